//! Where a person looks and draws: the part in view, and the cursor.

use super::picture::{Look, Zoom};
use super::universe::Space;
use crate::ui::canvas::Size;

/// The part in view, and the cursor on it.
#[derive(Debug)]
pub struct Viewpoint {
    /// The part in view.
    pub look: Look,
    /// The row and column under the cursor, while drawing by keyboard is on.
    pub cursor: Option<(i64, i64)>,
}

impl Viewpoint {
    /// Of nothing: the pane has no size yet.
    pub fn new() -> Self {
        Self { look: Look { y: 0, x: 0, zoom: Zoom::Half, columns: 0, rows: 0 }, cursor: None }
    }

    /// The pane has this size now.
    pub fn resize(&mut self, size: Size) {
        (self.look.columns, self.look.rows) = (size.columns, size.rows);
    }

    /// Moves the view by so many tenths of it, or the cursor by so many cells.
    pub fn pan(&mut self, down: i8, right: i8) {
        if let Some((y, x)) = &mut self.cursor {
            *y += i64::from(down);
            *x += i64::from(right);
            return;
        }
        let (width, height) = self.look.pixels();
        let shift = self.look.zoom.shift();
        let by = |tenths: i8, pixels: usize| i64::from(tenths) * ((pixels.div_ceil(10) as i64) << shift);
        self.look.y = self.look.y.saturating_add(by(down, height));
        self.look.x = self.look.x.saturating_add(by(right, width));
    }

    /// One level nearer.
    pub fn nearer(&mut self) {
        self.look.zoom = self.look.zoom.nearer();
    }

    /// One level farther.
    pub fn farther(&mut self) {
        self.look.zoom = self.look.zoom.farther();
    }

    /// Shows the whole.
    pub fn fit(&mut self, space: &Space) {
        if let Some(bounds) = space.bounds() {
            self.look = self.look.fitting(bounds.height(), bounds.width());
            self.look.y = i64::midpoint(bounds.top, bounds.bottom);
            self.look.x = i64::midpoint(bounds.left, bounds.right);
        }
    }

    /// The cursor in the middle of the view, or none.
    pub fn turn_cursor(&mut self) {
        self.cursor = if self.cursor.is_some() { None } else { Some((self.look.y, self.look.x)) };
    }

    /// The cell at the upper left of a character.
    pub fn cell_at(&self, column: u16, row: u16) -> (i64, i64) {
        let ((across, down), (top, left)) = (self.look.zoom.pixels(), self.look.origin());
        let shift = self.look.zoom.shift();
        (top + (i64::from(row * down) << shift), left + (i64::from(column * across) << shift))
    }

    /// The character that shows a cell, if one does.
    pub fn character_of(&self, (y, x): (i64, i64)) -> Option<(u16, u16)> {
        let ((across, down), (top, left)) = (self.look.zoom.pixels(), self.look.origin());
        let shift = self.look.zoom.shift();
        let place = |at: i64, corner: i64, pixels: u16, most: u16| {
            u16::try_from(((at - corner) >> shift) / i64::from(pixels))
                .ok()
                .filter(|place| at >= corner && *place < most)
        };
        Some((place(x, left, across, self.look.columns)?, place(y, top, down, self.look.rows)?))
    }
}

impl Default for Viewpoint {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_character_shows_the_cell_that_it_was_asked_for() {
        let mut viewpoint = Viewpoint::new();
        viewpoint.resize(Size { columns: 20, rows: 10 });
        viewpoint.pan(3, -2);
        for zoom in [Zoom::Cell, Zoom::Half, Zoom::Quadrant, Zoom::Braille, Zoom::Density { shift: 3 }] {
            viewpoint.look.zoom = zoom;
            for place in [(0, 0), (7, 3), (19, 9)] {
                assert_eq!(viewpoint.character_of(viewpoint.cell_at(place.0, place.1)), Some(place), "{zoom:?}");
            }
            assert_eq!(viewpoint.character_of(viewpoint.cell_at(20, 0)), None, "{zoom:?}");
        }
    }

    #[test]
    fn the_arrows_move_the_cursor_while_there_is_one() {
        let mut viewpoint = Viewpoint::new();
        viewpoint.resize(Size { columns: 20, rows: 10 });
        viewpoint.turn_cursor();
        viewpoint.pan(1, -1);
        assert_eq!((viewpoint.cursor, viewpoint.look.y, viewpoint.look.x), (Some((1, -1)), 0, 0));
        viewpoint.turn_cursor();
        viewpoint.pan(1, 0);
        assert_eq!((viewpoint.cursor, viewpoint.look.y), (None, 2));
    }
}
