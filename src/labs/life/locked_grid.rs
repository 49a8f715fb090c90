//! The seed's grid for threads: every look and every write takes its lock.

use std::sync::{Mutex, PoisonError};

use super::grid::{Cell, Grid};

/// A grid whose cells many threads read and write, one at a time.
#[derive(Debug)]
pub struct LockedGrid(Mutex<Grid>);

impl LockedGrid {
    /// Locks up a grid.
    pub fn new(grid: Grid) -> Self {
        Self(Mutex::new(grid))
    }

    /// The cell at a row and column, counted round the torus.
    pub fn get(&self, y: isize, x: isize) -> Cell {
        self.lock().get(y, x)
    }

    /// Sets the cell at a row and column, counted round the torus.
    pub fn set(&self, y: isize, x: isize, state: Cell) {
        self.lock().set(y, x, state);
    }

    /// Takes the grid out and leaves one of a single cell.
    pub fn take(&self) -> Grid {
        std::mem::replace(&mut self.lock(), Grid::new(1, 1))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Grid> {
        // A cell is set by one store: after a panic elsewhere the grid is as whole as before.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
