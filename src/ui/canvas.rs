//! Where a pane draws: a rectangle of the frame's buffer and the theme.

use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Line;
use ratatui::widgets::Widget;

use crate::ui::safe_text;
use crate::ui::theme::Theme;

/// A size in cells of the terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Size {
    /// Columns.
    pub columns: u16,
    /// Rows.
    pub rows: u16,
}

/// A rectangle to draw in. What would fall outside it is not drawn.
#[derive(Debug)]
pub struct Canvas<'a> {
    /// The frame's buffer.
    pub buffer: &'a mut Buffer,
    /// The part of it that is this canvas, in the buffer's own coordinates.
    pub area: Rect,
    /// The colours.
    pub theme: &'a Theme,
}

impl<'a> Canvas<'a> {
    /// A canvas over this part of the buffer.
    pub fn new(buffer: &'a mut Buffer, area: Rect, theme: &'a Theme) -> Self {
        let area = area.intersection(buffer.area);
        Self { buffer, area, theme }
    }

    /// A canvas over a part of this one; `area` is in the buffer's coordinates.
    pub fn part(&mut self, area: Rect) -> Canvas<'_> {
        Canvas { area: area.intersection(self.area), buffer: self.buffer, theme: self.theme }
    }

    /// One row of this canvas, counted from its top; of no height when there is no such row.
    pub fn row(&self, row: u16) -> Rect {
        let Rect { x, y, width, height } = self.area;
        Rect { x, y: y + row.min(height), width, height: u16::from(row < height) }
    }

    /// Writes our own text at a column and row counted from the canvas's corner, cut at its edge. Returns the column after
    /// it. Text from outside goes through [`Canvas::foreign`].
    pub fn text(&mut self, column: u16, row: u16, text: &str, style: Style) -> u16 {
        let Rect { x, y, width, height } = self.area;
        if column >= width || row >= height {
            return column;
        }
        let room = usize::from(width - column);
        if !text.chars().all(takes_one_column) {
            let (end, _) = self.buffer.set_stringn(x + column, y + row, text, room, style);
            return end - x;
        }
        // Each of these is a cell: no need to look for what belongs together, and how wide it is.
        let begin = self.buffer.index_of(x + column, y + row);
        let cells = self.buffer.content[begin..begin + room].iter_mut().zip(text.chars());
        let mut end = column;
        for (cell, character) in cells {
            cell.set_char(character).set_style(style);
            end += 1;
        }
        end
    }

    /// Writes text that came from outside, with everything that could act on the terminal made visible.
    pub fn foreign(&mut self, column: u16, row: u16, text: &str, style: Style) -> u16 {
        let (text, _) = safe_text::visible(text, usize::from(self.area.width.saturating_sub(column)));
        self.text(column, row, &text, style)
    }

    /// Writes our own text so that it ends at the right edge.
    pub fn text_right(&mut self, row: u16, text: &str, style: Style) {
        let width = unicode_width::UnicodeWidthStr::width(text).min(usize::from(self.area.width)) as u16;
        self.text(self.area.width - width, row, text, style);
    }

    /// Writes a line of styled pieces at a row.
    pub fn line(&mut self, row: u16, line: &Line<'_>) {
        line.render(self.row(row), self.buffer);
    }

    /// Draws a widget over the whole canvas.
    pub fn widget(&mut self, widget: impl Widget) {
        widget.render(self.area, self.buffer);
    }

    /// Draws a line round the canvas, along its inner edge.
    pub fn border(&mut self, style: Style) {
        let Rect { x, y, width, height } = self.area;
        if width < 2 || height < 2 {
            return;
        }
        let (right, bottom) = (width - 1, height - 1);
        let mut glyph = |column: u16, row: u16, glyph: &str| {
            self.buffer[(x + column, y + row)].set_symbol(glyph).set_style(style);
        };
        for column in 1..right {
            glyph(column, 0, "─");
            glyph(column, bottom, "─");
        }
        for row in 1..bottom {
            glyph(0, row, "│");
            glyph(right, row, "│");
        }
        for (column, row, corner) in [(0, 0, "╭"), (right, 0, "╮"), (0, bottom, "╰"), (right, bottom, "╯")] {
            glyph(column, row, corner);
        }
    }

    /// Fills the canvas with spaces of this style, on the theme's ground where the style has none.
    pub fn clear(&mut self, style: Style) {
        let style = Style::new().bg(self.theme.ground).patch(style);
        let mut blank = Cell::EMPTY;
        blank.set_style(style);
        for row in self.area.rows().filter(|row| row.width > 0) {
            let begin = self.buffer.index_of(row.x, row.y);
            self.buffer.content[begin..begin + usize::from(row.width)].fill(blank.clone());
        }
    }
}

/// Whether a character is a cell of its own, whatever stands beside it: true of ASCII, the letters of Western Europe, dashes and
/// dots, arrows, signs, lines, blocks and Braille.
fn takes_one_column(character: char) -> bool {
    matches!(character,
        ' '..='~'
        | '\u{a1}'..='\u{ac}' | '\u{ae}'..='\u{17f}'
        | '\u{2010}'..='\u{2027}' | '\u{2190}'..='\u{22ff}'
        | '\u{2500}'..='\u{259f}' | '\u{2800}'..='\u{28ff}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::theme::Depth;

    #[test]
    fn text_is_drawn_as_ratatui_draws_it() {
        let theme = Theme::dark(Depth::None, false);
        for character in ('\u{20}'..='\u{ffff}').filter(|character| !character.is_control()) {
            let text = format!("a{character}b");
            let (mut ours, mut theirs) = (Buffer::empty(Rect::new(0, 0, 4, 1)), Buffer::empty(Rect::new(0, 0, 4, 1)));
            let end = Canvas::new(&mut ours, theirs.area, &theme).text(0, 0, &text, Style::new());
            let (theirs_end, _) = theirs.set_stringn(0, 0, &text, 4, Style::new());
            assert_eq!((end, &ours), (theirs_end, &theirs), "U+{:04X}", u32::from(character));
        }
    }

    #[test]
    fn nothing_is_drawn_outside() {
        let theme = Theme::dark(Depth::None, false);
        let mut buffer = Buffer::empty(Rect::new(0, 0, 6, 2));
        let mut canvas = Canvas::new(&mut buffer, Rect::new(1, 0, 4, 1), &theme);
        assert_eq!(canvas.text(2, 0, "abcdef", Style::new()), 4);
        canvas.text(9, 0, "x", Style::new());
        canvas.text(0, 1, "x", Style::new());
        canvas.foreign(0, 0, "\x1bz", Style::new());
        canvas.part(Rect::new(9, 0, 3, 1)).clear(Style::new());
        assert_eq!(buffer, Buffer::with_lines([" ␛zab ", "      "]));
    }
}
