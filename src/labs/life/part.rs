//! The grain of a fan-out: how much of the grid one task takes.

use std::fmt;
use std::ops::Range;

use super::grid::Cell;
use super::hand::Hand;
use super::order::{CellFailed, Step};
use crate::runtime::span::State;

/// How much of the grid one task takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Grain {
    /// One cell: as the seed has it.
    #[default]
    Cell,
    /// One row.
    Row,
    /// As many rows as make a band for each worker.
    Band,
}

impl Grain {
    /// The grain's name in results and on the screen.
    pub fn name(self) -> &'static str {
        match self {
            Self::Cell => "cell",
            Self::Row => "row",
            Self::Band => "band",
        }
    }

    /// The parts of a grid, row by row.
    pub fn parts(self, height: usize, width: usize, workers: usize) -> impl Iterator<Item = Part> + Clone {
        let (rows, columns) = match self {
            Self::Cell => (1, 1),
            Self::Row => (1, width),
            Self::Band => (height.div_ceil(workers.max(1)), width),
        };
        (0..height).step_by(rows).flat_map(move |y| {
            (0..width).step_by(columns).map(move |x| Part {
                y: y as u32,
                x: x as u32,
                rows: rows.min(height - y) as u32,
                columns: columns as u32,
            })
        })
    }

    /// How many parts there are.
    pub fn count(self, height: usize, width: usize, workers: usize) -> usize {
        match self {
            Self::Cell => height * width,
            Self::Row => height,
            Self::Band => height.div_ceil(height.div_ceil(workers.max(1))),
        }
    }
}

/// A rectangle of cells: the work of one task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    y: u32,
    x: u32,
    rows: u32,
    columns: u32,
}

impl Part {
    /// Whole rows of a torus of this width.
    pub fn of_rows(rows: Range<usize>, width: usize) -> Self {
        Self { y: rows.start as u32, x: 0, rows: rows.len() as u32, columns: width as u32 }
    }

    /// Its rows.
    pub fn rows(self) -> Range<usize> {
        self.y as usize..(self.y + self.rows) as usize
    }

    /// Its columns.
    pub fn columns(self) -> Range<usize> {
        self.x as usize..(self.x + self.columns) as usize
    }

    /// How many cells it has.
    pub fn cells(self) -> u64 {
        u64::from(self.rows) * u64::from(self.columns)
    }

    /// The row and column of each of its cells.
    pub fn places(self) -> impl Iterator<Item = (usize, usize)> {
        self.rows().flat_map(move |y| self.columns().map(move |x| (y, x)))
    }

    /// Steps its cells one after another, each holding its thread while it waits.
    pub fn step(
        self,
        step: &Step,
        hand: &Hand,
        get: impl Fn(isize, isize) -> Cell,
        set: impl Fn(isize, isize, Cell),
    ) -> Result<(), CellFailed> {
        step.mark(self, hand);
        let cells = || self.places().try_for_each(|(y, x)| step.cell(y, x, hand, &get, &set));
        // Cells that wait are recorded while they do.
        if step.io.points > 0 { cells() } else { hand.does(|| self.to_string(), State::Running, cells) }
    }

    /// Steps its cells one after another, leaving the thread to others while they wait: `hand` computes, `waits` is the lane of
    /// the part itself.
    pub async fn step_async(
        self,
        step: &Step,
        hand: &Hand,
        waits: &Hand,
        get: impl Fn(isize, isize) -> Cell,
        set: impl Fn(isize, isize, Cell),
    ) -> Result<(), CellFailed> {
        step.mark(self, hand);
        if step.io.points == 0 {
            let cells = || self.places().try_for_each(|(y, x)| step.cell(y, x, hand, &get, &set));
            return hand.does(|| self.to_string(), State::Running, cells);
        }
        for (y, x) in self.places() {
            step.cell_async(y, x, waits, &get, &set).await?;
        }
        Ok(())
    }
}

/// What it is called in a trace.
impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { y, x, rows, columns } = self;
        match (rows, columns) {
            (1, 1) => write!(f, "cell {x},{y}"),
            (1, _) => write!(f, "row {y}"),
            _ => write!(f, "rows {y} to {}", y + rows - 1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_of_every_grain_are_the_grid() {
        for (height, width, workers) in [(1, 1, 1), (5, 9, 2), (7, 3, 10), (64, 64, 3)] {
            for grain in [Grain::Cell, Grain::Row, Grain::Band] {
                let parts: Vec<Part> = grain.parts(height, width, workers).collect();
                let cells: Vec<_> = parts.iter().flat_map(|part| part.places()).collect();
                let all: Vec<_> = (0..height).flat_map(|y| (0..width).map(move |x| (y, x))).collect();
                assert_eq!(cells, all, "{grain:?}");
                assert_eq!(parts.len(), grain.count(height, width, workers), "{grain:?} {height}");
                assert_eq!(parts.iter().map(|part| part.cells()).sum::<u64>(), (height * width) as u64);
            }
        }
    }
}
