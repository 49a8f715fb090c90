//! The hazards and their cures: one file each, and the table of them.

mod atomic_add;
mod counter;
mod lock_order;
mod lock_order_cured;
mod loop_waits_thread;
mod loop_waits_thread_cured;
mod mutex;
mod never_yields;
mod per_worker;
mod pool_in_pool;
mod pool_in_pool_cured;
mod racy;
mod spawn_blocking;
mod turns;
mod yielding;

use super::order::{CannotRun, Order, Outcome};
use crate::runtime::strategy::{About, Setup, Strategy};

/// A way to do something that needs care, with or without it.
pub trait Hazard: Send {
    /// Does it once. When it returns, none of its threads is left.
    fn run(&mut self, order: &Order) -> Result<Outcome, CannotRun>;
}

/// What a strategy is to work on, for it to say whether it can.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Task {
    /// Workers.
    pub workers: usize,
}

/// A row of the table.
pub type Row = Strategy<Task, dyn Hazard>;

/// What can go wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Two workers change the same number, and one change overwrites the other.
    LostUpdate,
    /// Some wait for one another in a circle.
    Deadlock,
    /// Somebody never gets a turn.
    Starvation,
}

impl Kind {
    /// Its name in results.
    pub fn name(self) -> &'static str {
        match self {
            Self::LostUpdate => "lost-update",
            Self::Deadlock => "deadlock",
            Self::Starvation => "starvation",
        }
    }

    /// What a strategy of the table shows or cures.
    pub fn of(about: &About) -> Self {
        match about.id {
            "racy" | "mutex" | "atomic-add" | "per-worker" => Self::LostUpdate,
            "never-yields" | "yielding" | "spawn-blocking" => Self::Starvation,
            _ => Self::Deadlock,
        }
    }
}

/// Every hazard, its cures after it.
pub static STRATEGIES: &[Row] = &[
    racy::STRATEGY,
    mutex::STRATEGY,
    atomic_add::STRATEGY,
    per_worker::STRATEGY,
    pool_in_pool::STRATEGY,
    pool_in_pool_cured::STRATEGY,
    loop_waits_thread::STRATEGY,
    loop_waits_thread_cured::STRATEGY,
    lock_order::STRATEGY,
    lock_order_cured::STRATEGY,
    never_yields::STRATEGY,
    yielding::STRATEGY,
    spawn_blocking::STRATEGY,
];

/// A function with what its threads begin with, as a hazard.
struct Made<F>(Setup, F);

impl<F: FnMut(&Order, &Setup) -> Result<Outcome, CannotRun> + Send> Hazard for Made<F> {
    fn run(&mut self, order: &Order) -> Result<Outcome, CannotRun> {
        (self.1)(order, &self.0)
    }
}

/// A hazard that keeps nothing between two runs.
fn made(
    setup: &Setup,
    run: impl FnMut(&Order, &Setup) -> Result<Outcome, CannotRun> + Send + 'static,
) -> Box<dyn Hazard> {
    Box::new(Made(setup.clone(), run))
}

#[cfg(test)]
mod conformance;
