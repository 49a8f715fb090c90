//! Floor 2: input, theme, canvas and widgets. Knows no lab.

pub mod ascii;
pub mod big;
pub mod canvas;
#[cfg(test)]
pub mod contrast;
pub mod figures;
pub mod highlight;
pub mod input;
pub mod palette;
pub mod prompt;
pub mod safe_text;
#[cfg(test)]
pub mod snapshot;
pub mod theme;
pub mod theme_file;
pub mod widgets;
pub mod wrap;

pub use canvas::Canvas;
pub use theme::Theme;
