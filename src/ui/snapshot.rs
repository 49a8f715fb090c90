//! For tests: what a canvas looks like, as text.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::ui::canvas::{Canvas, Size};
use crate::ui::contrast;
use crate::ui::theme::{Depth, Theme};

/// Draws on an empty canvas of this size and returns its rows as text, without their trailing spaces. Every word must be
/// drawn so that it can be read.
pub fn picture(columns: u16, rows: u16, draw: impl FnOnce(&mut Canvas<'_>)) -> String {
    let theme = Theme::dark(Depth::True, false);
    let mut buffer = Buffer::empty(Rect::new(0, 0, columns, rows));
    let area = buffer.area;
    draw(&mut Canvas::new(&mut buffer, area, &theme));
    assert_eq!(contrast::too_faint(&buffer, contrast::DARK), None, "too faint to be read");
    text(&buffer)
}

/// The sizes that panes have inside the dashboard's layouts of 80x24, 120x40 and 200x60.
pub const PANE_SIZES: [Size; 3] =
    [Size { columns: 38, rows: 11 }, Size { columns: 58, rows: 20 }, Size { columns: 98, rows: 32 }];

/// The rows of a buffer as text, without their trailing spaces.
pub fn text(buffer: &Buffer) -> String {
    let mut out = String::new();
    for y in buffer.area.top()..buffer.area.bottom() {
        let mut row = String::new();
        let mut skip = 0;
        for x in buffer.area.left()..buffer.area.right() {
            if skip > 0 {
                skip -= 1;
                continue;
            }
            let symbol = buffer[(x, y)].symbol();
            skip = unicode_width::UnicodeWidthStr::width(symbol).saturating_sub(1);
            row.push_str(symbol);
        }
        out.push_str(row.trim_end());
        out.push('\n');
    }
    out
}
