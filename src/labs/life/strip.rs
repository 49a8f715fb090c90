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
        let (y, width) = (self.y as isize, self.grid.width());
        for (word, first) in words.iter_mut().zip((0..).step_by(64)) {
            let cells = first..width.min(first + 64) + 2;
            let [above, here, below] = &self.rows;
            let (above, here, below) = (&above[cells.clone()], &here[cells.clone()], &below[cells]);
            let mut made = 0;
            for bit in 0..here.len() - 2 {
                let (above, here, below) = (&above[bit..bit + 3], &here[bit..bit + 3], &below[bit..bit + 3]);
                let x = (first + bit) as isize;
                // Nine cells around this one: what is outside of them nobody looks at.
                let get =
                    |row: isize, column: isize| [above, here, below][(row - y + 1) as usize][(column - x + 1) as usize];
                let set = |_, _, state| made |= u64::from(state == Cell::Alive) << bit;
                step.cell(self.y, first + bit, hand, get, set)?;
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
