//! The ways to step a generation: one file each, and the table of them.

mod bitboard;
mod bitboard_rayon;
mod coroutines;
mod coroutines_mt;
mod hashlife;
mod mpi;
mod processes;
mod rayon;
mod serial;
mod task_group;
mod thread_pool;
mod threads;

use std::sync::Arc;

pub use self::processes::JOBS;
use super::order::{Advance, Order};
use super::part::Grain;
use super::rule::Rule;
use super::universe::{Topology, Universe};
use crate::runtime::ranks::RankJob;
use crate::runtime::strategy::Strategy;

/// A way to step generations, with whatever it keeps between them: a pool, an event loop, a layout of its own.
pub trait Stepper: Send {
    /// Makes generations as ordered, beginning from this one.
    ///
    /// The answer depends on `from` and the order alone. A stepper that keeps cells in a form of its own may go on from it
    /// when `from` is the very generation that it answered last (`Arc::ptr_eq`).
    fn advance(&mut self, from: &Arc<Universe>, order: &Order) -> Advance;

    /// What was lost and made good since this was last asked, for people.
    fn made_good(&mut self) -> Option<String> {
        None
    }
}

/// What a strategy is to work on, for it to say whether it can.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Task {
    /// The space.
    pub topology: Topology,
    /// Rows; 0 on the plane.
    pub height: usize,
    /// Columns; 0 on the plane.
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
        let (height, width) = universe.space.size().unwrap_or_default();
        let (topology, rule) = (universe.topology(), universe.rule);
        Self { topology, height, width, rule, grain, io_points }
    }

    /// For strategies whose grid is a torus.
    fn on_torus(&self) -> Result<(), String> {
        match self.topology {
            Topology::Torus => Ok(()),
            Topology::Plane => Err("it needs a torus: a task a cell needs to know the cells beforehand".to_owned()),
        }
    }

    /// For strategies that step one cell after another, with nothing that could go on while one waits.
    fn compute_only(&self) -> Result<(), String> {
        if self.io_points > 0 {
            return Err(
                "simulated I/O is for pools and coroutines: here each cell would wait for the one before".to_owned()
            );
        }
        if self.topology == Topology::Plane && self.rule.births_from_nothing() {
            return Err(format!("{} fills the empty plane: it needs a torus", self.rule));
        }
        Ok(())
    }
}

/// A row of the table.
pub type Row = Strategy<Task, dyn Stepper>;

/// Every strategy, in the order of the switch keys.
pub static STRATEGIES: &[Row] = &[
    serial::STRATEGY,
    threads::STRATEGY,
    thread_pool::STRATEGY,
    coroutines::STRATEGY,
    coroutines_mt::STRATEGY,
    task_group::STRATEGY,
    rayon::STRATEGY,
    processes::STRATEGY,
    bitboard::STRATEGY,
    bitboard_rayon::STRATEGY,
    hashlife::STRATEGY,
    mpi::STRATEGY,
];

/// What the other ranks do for these strategies.
pub const RANK_JOB: (&str, RankJob) = mpi::RANK_JOB;

/// The place in the table of the strategy that the dashboard begins with.
pub fn first() -> usize {
    STRATEGIES.iter().position(|row| row.about.id == "rayon").unwrap_or_default()
}

/// [`Task::compute_only`], as a row of the table takes it.
fn compute_only(task: &Task) -> Result<(), String> {
    task.compute_only()
}

/// [`Task::on_torus`], as a row of the table takes it.
fn on_torus(task: &Task) -> Result<(), String> {
    task.on_torus()
}

#[cfg(test)]
pub(super) mod conformance;
