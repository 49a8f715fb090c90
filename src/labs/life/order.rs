//! What a strategy is asked to do, and what it answers.

use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use tokio_util::sync::CancellationToken;

use super::grid::{Cell, Grid};
use super::hand::{Hand, Who};
use super::part::{Grain, Part};
use super::rule::{Rule, count_neighbors, game_logic, step_cell};
use super::universe::{Space, Universe};
use crate::runtime::io_delay::IoDelay;
use crate::runtime::span::State;

/// Some generations to be made.
#[derive(Debug, Clone)]
pub struct Order {
    /// How many at most.
    pub generations: u64,
    /// The first whole generation past this moment ends it; at least one is made.
    pub until: Option<Instant>,
    /// How much of the grid one task takes.
    pub grain: Grain,
    /// Simulated input and output in every cell.
    pub io: CellIo,
    /// A fault to inject.
    pub fault: Option<Fault>,
    /// Who stepped each cell of a torus, if somebody wants to know.
    pub who: Option<Arc<Who>>,
    /// Cancelled when the order is no longer wanted.
    pub cancel: CancellationToken,
}

/// Simulated input and output in a cell's step.
#[derive(Debug, Clone, Default)]
pub struct CellIo {
    /// How often a cell waits: 0; 1, in `game_logic`; 2, in `count_neighbors` too.
    pub points: u8,
    /// The operation.
    pub io: IoDelay,
}

/// A cell that fails with "Problem with I/O".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fault {
    /// The generation that does not come about: its number.
    pub generation: u64,
    /// The row of the cell.
    pub y: usize,
    /// The column of the cell.
    pub x: usize,
}

/// What came of an order.
#[derive(Debug)]
pub struct Advance {
    /// The last whole generation.
    pub universe: Arc<Universe>,
    /// Why there are fewer generations than were asked for, if something went wrong.
    pub failed: Option<Failed>,
}

/// Why a generation did not come about.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failed {
    /// A cell failed.
    #[error("cell {x},{y}: {problem}; {route}; {fates}")]
    Cell {
        /// Its row.
        y: usize,
        /// Its column.
        x: usize,
        /// What it said.
        problem: ProblemWithIo,
        /// How the failure travelled to the caller.
        route: &'static str,
        /// What became of the other cells.
        fates: Fates,
    },
    /// The order was cancelled in the middle of a generation.
    #[error("cancelled; {0}")]
    Cancelled(Fates),
    /// It cannot be done.
    #[error("{0}")]
    Refused(String),
}

/// The fault that is injected; the words are the seed's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("Problem with I/O")]
pub struct ProblemWithIo;

/// What became of the cells of a generation that failed, in cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Fates {
    /// Done before the failure.
    pub finished: u64,
    /// Never begun, or stopped in the middle.
    pub cancelled: u64,
    /// Done after the failure, though nobody listened any more.
    pub unheard: u64,
}

impl fmt::Display for Fates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} finished, {} cancelled, {} ran on unheard", self.finished, self.cancelled, self.unheard)
    }
}

/// A cell's step failed: which cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CellFailed {
    /// Its row.
    pub y: usize,
    /// Its column.
    pub x: usize,
}

impl CellFailed {
    /// The report to the caller.
    pub fn report(self, route: &'static str, fates: Fates) -> Failed {
        Failed::Cell { y: self.y, x: self.x, problem: ProblemWithIo, route, fates }
    }
}

impl Order {
    /// An order for so many generations, with nothing in its way.
    pub fn new(generations: u64) -> Self {
        Self {
            generations,
            until: None,
            grain: Grain::Cell,
            io: CellIo::default(),
            fault: None,
            who: None,
            cancel: CancellationToken::new(),
        }
    }

    /// Whether to end after `made` generations.
    pub fn is_filled(&self, made: u64) -> bool {
        made >= self.generations || made > 0 && self.until.is_some_and(|until| Instant::now() >= until)
    }

    /// The fault's cell, if it is to happen on the way from this generation to the next.
    pub fn fault_after(&self, generation: u64) -> Option<CellFailed> {
        let fault = self.fault.filter(|fault| fault.generation == generation + 1)?;
        Some(CellFailed { y: fault.y, x: fault.x })
    }

    /// Makes one generation after another of a torus, each from the one before by `step`.
    pub fn each_generation(
        &self,
        from: &Arc<Universe>,
        mut step: impl FnMut(Step, &Arc<Grid>) -> Result<Grid, Failed>,
    ) -> Advance {
        let mut universe = Arc::clone(from);
        let mut made = 0;
        let failed = loop {
            if self.is_filled(made) {
                break None;
            }
            if self.cancel.is_cancelled() {
                break Some(Failed::Cancelled(Fates::default()));
            }
            let Space::Torus(grid) = &universe.space else {
                break Some(Failed::Refused("it steps a torus only".to_owned()));
            };
            let step_of_cells = Step {
                generation: universe.generation + 1,
                who: self.who.clone(),
                rule: universe.rule,
                io: self.io.clone(),
                fault: self.fault_after(universe.generation),
                cancel: self.cancel.clone(),
            };
            match step(step_of_cells, grid) {
                Ok(next) => {
                    let (generation, rule) = (universe.generation + 1, universe.rule);
                    universe = Arc::new(Universe { generation, rule, space: Space::Torus(Arc::new(next)) });
                    made += 1;
                }
                Err(failed) => break Some(failed),
            }
        };
        Advance { universe, failed }
    }
}

/// What each cell of one generation needs to know.
#[derive(Debug, Clone)]
pub struct Step {
    /// The number of the generation that is made.
    pub generation: u64,
    /// The rule.
    pub rule: Rule,
    /// Simulated input and output.
    pub io: CellIo,
    /// The cell that is to fail.
    pub fault: Option<CellFailed>,
    /// Who stepped each cell, if somebody wants to know.
    pub who: Option<Arc<Who>>,
    /// Cancelled when the generation is no longer wanted.
    pub cancel: CancellationToken,
}

impl Step {
    /// These cells are stepped by this hand.
    pub fn mark(&self, part: Part, hand: &Hand) {
        self.who.iter().for_each(|who| who.mark(part, hand.number()));
    }

    /// One cell's step that holds its thread while it waits.
    #[inline]
    pub fn cell(
        &self,
        y: usize,
        x: usize,
        hand: &Hand,
        get: impl Fn(isize, isize) -> Cell,
        set: impl FnOnce(isize, isize, Cell),
    ) -> Result<(), CellFailed> {
        if self.io.points == 0 && self.fault.is_none() {
            step_cell(self.rule, y as isize, x as isize, get, set);
            return Ok(());
        }
        self.cell_that_waits_or_fails(y, x, hand, get, set)
    }

    fn cell_that_waits_or_fails(
        &self,
        y: usize,
        x: usize,
        hand: &Hand,
        get: impl Fn(isize, isize) -> Cell,
        set: impl FnOnce(isize, isize, Cell),
    ) -> Result<(), CellFailed> {
        let state = get(y as isize, x as isize);
        let wait = || hand.does(|| "simulated I/O".to_owned(), State::Io, || self.io.io.block());
        if self.io.points > 1 {
            wait();
        }
        let neighbors = count_neighbors(y as isize, x as isize, get);
        if self.io.points > 0 {
            wait();
        }
        self.check(y, x)?;
        set(y as isize, x as isize, game_logic(self.rule, state, neighbors));
        Ok(())
    }

    /// One cell's step that leaves its thread to others while it waits. The waits are on the heap: without any, a cell's
    /// coroutine is so small that ten thousand of them stay in the cache.
    pub async fn cell_async(
        &self,
        y: usize,
        x: usize,
        waits: &Hand,
        get: impl Fn(isize, isize) -> Cell,
        set: impl FnOnce(isize, isize, Cell),
    ) -> Result<(), CellFailed> {
        let state = get(y as isize, x as isize);
        if self.io.points > 1 {
            Box::pin(self.wait(waits)).await;
        }
        let neighbors = count_neighbors(y as isize, x as isize, get);
        if self.io.points > 0 {
            Box::pin(self.wait(waits)).await;
        }
        self.check(y, x)?;
        set(y as isize, x as isize, game_logic(self.rule, state, neighbors));
        Ok(())
    }

    async fn wait(&self, waits: &Hand) {
        let begun = waits.begins();
        self.io.io.wait().await;
        waits.did(|| "simulated I/O".to_owned(), State::Io, begun);
    }

    fn check(&self, y: usize, x: usize) -> Result<(), CellFailed> {
        match self.fault {
            Some(cell) if cell == (CellFailed { y, x }) => Err(cell),
            _ => Ok(()),
        }
    }
}
