//! A row of bars that shows how a number went lately.

use ratatui::style::Style;

use crate::ui::Canvas;

const BLOCKS: [&str; 9] = [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];
const ASCII: [&str; 9] = [" ", "_", "_", ".", "-", "-", "=", "=", "#"];

/// Draws the last values that fit, the newest at the right, in the first row of the canvas. `full` is the value of a full
/// bar; a value above zero is never drawn as nothing.
pub fn sparkline(canvas: &mut Canvas<'_>, values: &[f64], full: f64, style: Style) {
    let glyphs = if canvas.theme.ascii { &ASCII } else { &BLOCKS };
    let width = usize::from(canvas.area.width);
    let shown = &values[values.len().saturating_sub(width)..];
    let begin = width - shown.len();
    for (i, value) in shown.iter().enumerate() {
        canvas.text((begin + i) as u16, 0, glyphs[level(*value, full)], style);
    }
}

/// Draws one bar as high as the canvas allows: `share`, from 0 to 1, of all its rows in one column. A share above zero is never
/// drawn as nothing.
pub fn tall_bar(canvas: &mut Canvas<'_>, column: u16, share: f64, style: Style) {
    let glyphs = if canvas.theme.ascii { &ASCII } else { &BLOCKS };
    let rows = canvas.area.height;
    let eighths = if share > 0.0 { ((share * f64::from(rows) * 8.0).round() as usize).max(1) } else { 0 };
    for row in 0..rows {
        let below = usize::from(rows - 1 - row) * 8;
        let glyph = glyphs[eighths.saturating_sub(below).min(8)];
        if glyph != " " {
            canvas.text(column, row, glyph, style);
        }
    }
}

fn level(value: f64, full: f64) -> usize {
    if value <= 0.0 || full <= 0.0 || value.is_nan() {
        return 0;
    }
    ((value / full * 8.0).round() as usize).clamp(1, 8)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::Theme;
    use crate::ui::theme::Depth;
    use ratatui::{buffer::Buffer, layout::Rect};

    #[test]
    fn the_newest_stands_at_the_right() {
        let theme = Theme::dark(Depth::None, false);
        let mut buffer = Buffer::empty(Rect::new(0, 0, 4, 1));
        sparkline(
            &mut Canvas::new(&mut buffer, Rect::new(0, 0, 4, 1), &theme),
            &[1.0, 8.0, 0.0, 4.0, 0.01],
            8.0,
            Style::new(),
        );
        assert_eq!(buffer, Buffer::with_lines(["█ ▄▁"]));
    }

    #[test]
    fn a_tall_bar_grows_from_the_bottom() {
        let theme = Theme::dark(Depth::None, false);
        let mut buffer = Buffer::empty(Rect::new(0, 0, 4, 2));
        let mut canvas = Canvas::new(&mut buffer, Rect::new(0, 0, 4, 2), &theme);
        for (column, share) in [0.0, 0.001, 0.75, 1.0].into_iter().enumerate() {
            tall_bar(&mut canvas, column as u16, share, Style::new());
        }
        assert_eq!(buffer, Buffer::with_lines(["  ▄█", " ▁██"]));
    }
}
