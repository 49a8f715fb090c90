//! The ways to step a generation: one file each, and the table of them.

mod coroutines;
mod rayon;
mod serial;
mod thread_pool;

use std::sync::Arc;

use super::order::{Advance, Order};
use super::part::Grain;
use super::rule::Rule;
use super::universe::{Space, Universe};
use crate::runtime::strategy::Strategy;

/// A way to step generations, with whatever it keeps between them: a pool, an event loop, a layout of its own.
pub trait Stepper: Send {
    /// Makes generations as ordered, beginning from this one.
    ///
    /// The answer depends on `from` and the order alone. A stepper that keeps cells in a form of its own may go on from it
    /// when `from` is the very generation that it answered last (`Arc::ptr_eq`).
    fn advance(&mut self, from: &Arc<Universe>, order: &Order) -> Advance;
}

/// What a strategy is to work on, for it to say whether it can.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Task {
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
    /// The rule.
    pub rule: Rule,
    /// How much of the grid one task takes.
    pub grain: Grain,
    /// How often each cell waits for simulated input or output.
    pub io_points: u8,
}

impl Task {
    /// The task of stepping this universe.
    pub fn of(universe: &Universe, grain: Grain, io_points: u8) -> Self {
        let Space::Torus(grid) = &universe.space;
        Self { height: grid.height(), width: grid.width(), rule: universe.rule, grain, io_points }
    }
}

/// A row of the table.
pub type Row = Strategy<Task, dyn Stepper>;

/// Every strategy, in the order of the switch keys.
pub static STRATEGIES: &[Row] = &[serial::STRATEGY, thread_pool::STRATEGY, coroutines::STRATEGY, rayon::STRATEGY];

/// Simulated input and output only makes sense where something else can go on meanwhile.
fn without_io(task: &Task) -> Result<(), String> {
    match task.io_points {
        0 => Ok(()),
        _ => Err("simulated I/O is for pools and coroutines: here every cell would wait for the one before".to_owned()),
    }
}

#[cfg(test)]
pub(super) mod conformance;
