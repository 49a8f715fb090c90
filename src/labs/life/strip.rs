//! Three rows of a torus, unpacked: all that the cells of one row look at.

use super::grid::{Cell, Grid};
use super::hand::Hand;
use super::order::{CellFailed, Step};

/// A row and the two beside it, a byte a cell, each with the cell beyond either end: no look at a cell goes round the torus.
#[derive(Debug)]
pub struct Strip<'a> {
    grid: &'a Grid,
    /// The row in the middle.
    y: usize,
    rows: [Vec<Cell>; 3],
}

impl<'a> Strip<'a> {
    /// The strip around row `y`.
    pub fn around(grid: &'a Grid, y: usize) -> Self {
        let height = grid.height();
        let rows = [y + height - 1, y, y + 1].map(|y| {
            let mut row = vec![Cell::Empty; grid.width() + 2];
            unpack(grid, y % height, &mut row);
            row
        });
        Self { grid, y, rows }
    }

    /// Steps the row in the middle, one cell after another, into the words of the next generation's row, and goes on to the
    /// row below.
    pub fn step_row(&mut self, step: &Step, hand: &Hand, words: &mut [u64]) -> Result<(), CellFailed> {
        let [above, here, below] = &self.rows;
        let y = self.y as isize;
        let get = |row: isize, column: isize| {
            let cells = match row - y {
                -1 => above,
                0 => here,
                _ => below,
            };
            cells[(column + 1) as usize]
        };
        for (word, first) in words.iter_mut().zip((0..).step_by(64)) {
            let mut made = 0;
            for x in first..self.grid.width().min(first + 64) {
                step.cell(self.y, x, hand, get, |_, _, state| made |= u64::from(state == Cell::Alive) << (x - first))?;
            }
            *word = made;
        }
        self.go_down();
        Ok(())
    }

    fn go_down(&mut self) {
        let height = self.grid.height();
        self.rows.rotate_left(1);
        self.y += 1;
        unpack(self.grid, (self.y + 1) % height, &mut self.rows[2]);
    }
}

/// Unpacks a row, and repeats its ends beyond one another.
fn unpack(grid: &Grid, y: usize, row: &mut [Cell]) {
    let width = grid.width();
    for (cells, word) in row[1..=width].chunks_mut(64).zip(grid.row(y)) {
        for (bit, cell) in cells.iter_mut().enumerate() {
            *cell = if word >> bit & 1 == 1 { Cell::Alive } else { Cell::Empty };
        }
    }
    (row[0], row[width + 1]) = (row[width], row[1]);
}
