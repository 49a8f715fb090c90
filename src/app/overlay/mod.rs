//! What lies over the panes for a while and takes the keys: one file each.

pub mod advice;
pub mod ask;
pub mod cards;
pub mod code;
pub mod confirm;
pub mod help;
pub mod palette;
pub mod results;
pub mod timeline;
pub mod welcome;

use std::sync::Arc;

use ratatui::layout::Rect;

use crate::runtime::span::Trace;
use crate::ui::Canvas;
use crate::ui::input::{Action, Key, Mouse};

pub use advice::Advice;
pub use ask::Ask;
pub use cards::Cards;
pub use code::Code;
pub use confirm::Confirm;
pub use help::Help;
pub use palette::Palette;
pub use results::Results;
pub use timeline::Timeline;
pub use welcome::Welcome;

/// What a key did to an overlay.
#[derive(Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It stays, and may look different.
    Stay,
    /// It goes.
    Close,
    /// It goes, and this is to be done.
    Do(Action),
}

/// Something that lies over the panes.
pub trait Overlay {
    /// Takes in a key.
    fn key(&mut self, key: Key) -> Outcome;

    /// Takes in a mouse event, at cells of the whole screen.
    fn mouse(&mut self, _mouse: Mouse) -> Outcome {
        Outcome::Stay
    }

    /// Takes in pasted text.
    fn paste(&mut self, _text: &str) {}

    /// Takes in what its own threads have made; true when it is to be drawn again.
    fn refresh(&mut self) -> bool {
        false
    }

    /// Takes in the newest trace of the lab in focus; true when it is to be drawn again.
    fn trace(&mut self, _trace: Arc<Trace>) -> bool {
        false
    }

    /// Draws it over the canvas, which is the whole screen. It may note what was drawn where, for scrolling and the mouse.
    fn draw(&mut self, canvas: &mut Canvas<'_>);
}

/// Clears a box in the middle of the canvas, frames it with a title and a line at the bottom, and returns its inside.
fn framed<'a>(canvas: &'a mut Canvas<'_>, columns: u16, rows: u16, title: &str, foot: &str) -> Canvas<'a> {
    let whole = canvas.area;
    let (width, height) = (columns.min(whole.width), rows.min(whole.height));
    let area = Rect { x: whole.x + (whole.width - width) / 2, y: whole.y + (whole.height - height) / 2, width, height };
    let mut part = canvas.part(area);
    let theme = part.theme;
    part.clear(theme.text);
    part.border(theme.focus);
    part.text(2, 0, &format!(" {title} "), theme.strong);
    let foot = format!(" {foot} ");
    let begin = width.saturating_sub(foot.chars().count() as u16 + 2);
    part.text(begin.max(1), height.saturating_sub(1), &foot, theme.dim);
    let inside = crate::app::layout::inside(area);
    let inset = Rect { x: inside.x + 1, width: inside.width.saturating_sub(2), ..inside };
    Canvas::new(canvas.buffer, inset.intersection(whole), canvas.theme)
}
