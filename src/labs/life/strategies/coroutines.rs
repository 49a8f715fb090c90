//! A coroutine a cell on one event loop, gathered: tens of thousands wait at once, and no lock is needed.
//!
//! The seed's `asyncio` version (item 60). All run on one thread and change hands only at an `await`, so the grid needs no
//! lock; with I/O in every cell, all cells wait at the same time. What it cannot do is compute faster than one core.
//!
//! Python: `await asyncio.gather(*[step_cell(y, x, grid.get, next_grid.set) for y, x in cells])`

use std::cell::RefCell;
use std::pin::pin;
use std::sync::Arc;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::runtime::{Builder, Runtime};

use super::{Row, Stepper, on_torus};
use crate::labs::life::grid::Grid;
use crate::labs::life::order::{Advance, CellFailed, Failed, Fates, Order, Step};
use crate::labs::life::part::Grain;
use crate::labs::life::universe::Universe;
use crate::runtime::strategy::{About, CannotStart, Strategy};

pub(super) const STRATEGY: Row = Strategy {
    about: About {
        id: "coroutines",
        title: "Coroutines",
        item: 60,
        claim: "A task a cell on one event loop: all of them wait at once, without threads and without locks",
        wrong_on_purpose: false,
        source: include_str!("coroutines.rs"),
    },
    supports: on_torus,
    make: |_| {
        let runtime = Builder::new_current_thread().enable_time().build();
        Ok(Box::new(EventLoop(runtime.map_err(|error| CannotStart::new("coroutines", error))?)))
    },
};

/// One thread that runs whichever coroutine can go on.
struct EventLoop(Runtime);

async fn simulate(step: &Step, grid: &Grid, grain: Grain) -> Result<Grid, Failed> {
    let (height, width) = (grid.height(), grid.width());
    // Borrowed for the length of a write, which no `await` interrupts: nobody else can be at it.
    let next = RefCell::new(Grid::new(height, width));
    // Fan out.
    let set = |y, x, state| next.borrow_mut().set(y, x, state);
    let tasks = grain.parts(height, width, 1).map(|part| async move {
        let result = part.step_async(step, |y, x| grid.get(y, x), set).await;
        (part.cells(), result)
    });
    let mut tasks: FuturesUnordered<_> = tasks.collect();
    // Fan in. The first failure is what the caller hears of; the tasks that are left run on, and nobody takes their results.
    let mut cancelled = pin!(step.cancel.cancelled());
    let (mut fates, mut failure): (Fates, Option<CellFailed>) = (Fates::default(), None);
    loop {
        tokio::select! {
            biased;
            ended = tasks.next() => match ended {
                None => break,
                Some((cells, Ok(()))) if failure.is_some() => fates.unheard += cells,
                Some((cells, Ok(()))) => fates.finished += cells,
                Some((_, Err(cell))) => failure = Some(cell),
            },
            () = &mut cancelled => {
                fates.cancelled = grid.cells() as u64 - fates.finished - fates.unheard;
                return Err(Failed::Cancelled(fates));
            }
        }
    }
    drop(tasks);
    match failure {
        Some(cell) => Err(cell.report("gather handed the first failure to the awaiter", fates)),
        None => Ok(next.replace(Grid::new(1, 1))),
    }
}

impl Stepper for EventLoop {
    fn advance(&mut self, from: &Arc<Universe>, order: &Order) -> Advance {
        order.each_generation(from, |step, grid| self.0.block_on(simulate(&step, grid, order.grain)))
    }
}
