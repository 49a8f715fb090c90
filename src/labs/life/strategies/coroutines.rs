//! A coroutine a cell on one event loop, gathered: tens of thousands wait at once, and no lock is needed.
//!
//! The seed's `asyncio` version (item 60). All run on one thread and change hands only at an `await`, so the grid needs no
//! lock; with I/O in every cell, all cells wait at the same time. What it cannot do is compute faster than one core.
//!
//! Python: `await asyncio.gather(*[step_cell(y, x, grid.get, next_grid.set) for y, x in cells])`

use std::cell::RefCell;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::runtime::{Builder, Runtime};
use tokio::task::unconstrained;

use super::{Row, Stepper, on_torus};
use crate::labs::life::grid::Grid;
use crate::labs::life::hand::{Hand, TaskLanes};
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
    make: |setup| {
        let runtime = Builder::new_current_thread().enable_time().build();
        Ok(Box::new(EventLoop {
            runtime: runtime.map_err(|error| CannotStart::new("coroutines", error))?,
            hand: Hand::new(&setup.recorder, 0, "event loop"),
            tasks: TaskLanes::new(&setup.recorder),
        }))
    },
};

/// One thread that runs whichever coroutine can go on.
struct EventLoop {
    runtime: Runtime,
    hand: Hand,
    tasks: TaskLanes,
}

async fn simulate(step: &Step, grid: &Grid, grain: Grain, hand: &Hand, lanes: &TaskLanes) -> Result<Grid, Failed> {
    let (height, width) = (grid.height(), grid.width());
    // Borrowed for the length of a write, which no `await` interrupts: nobody else can be at it.
    let next = RefCell::new(Grid::new(height, width));
    let set = |y, x, state| next.borrow_mut().set(y, x, state);
    // Fan out: a coroutine for each part, of which none has begun.
    let tasks = grain.parts(height, width, 1).enumerate().map(|(index, part)| {
        Box::pin(async move {
            let result = part.step_async(step, hand, lanes.of(index), |y, x| grid.get(y, x), set).await;
            (part.cells(), result)
        })
    });
    let tasks: Vec<_> = tasks.collect();
    // Fan in: each is begun in its turn; those that wait then are gone back to when they can go on.
    let mut gathered = Gathered::default();
    let mut waiting = FuturesUnordered::new();
    for mut task in tasks {
        match poll_fn(|context| Poll::Ready(task.as_mut().poll(context))).await {
            Poll::Ready(ended) => gathered.take(ended),
            Poll::Pending => waiting.push(task),
        }
    }
    let mut cancelled = pin!(step.cancel.cancelled());
    loop {
        tokio::select! {
            biased;
            ended = waiting.next() => match ended {
                None => break,
                Some(ended) => gathered.take(ended),
            },
            () = &mut cancelled => {
                let Fates { finished, unheard, .. } = gathered.fates;
                let fates = Fates { cancelled: grid.cells() as u64 - finished - unheard, ..gathered.fates };
                return Err(Failed::Cancelled(fates));
            }
        }
    }
    drop(waiting);
    match gathered.failure {
        Some(cell) => Err(cell.report("gather handed the first failure to the awaiter", gathered.fates)),
        None => Ok(next.replace(Grid::new(1, 1))),
    }
}

/// What has been gathered. The first failure is what the caller hears of; the tasks that are left run on, and nobody takes
/// their results.
#[derive(Default)]
struct Gathered {
    fates: Fates,
    failure: Option<CellFailed>,
}

impl Gathered {
    fn take(&mut self, (cells, result): (u64, Result<(), CellFailed>)) {
        match result {
            Ok(()) if self.failure.is_some() => self.fates.unheard += cells,
            Ok(()) => self.fates.finished += cells,
            Err(cell) => self.failure = Some(cell),
        }
    }
}

impl Stepper for EventLoop {
    fn advance(&mut self, from: &Arc<Universe>, order: &Order) -> Advance {
        // All coroutines together are one task to the runtime, which would make them take turns as such: here each has its own.
        order.each_generation(from, |step, grid| {
            self.tasks.grow(order.grain.count(grid.height(), grid.width(), 1));
            let Self { runtime, hand, tasks } = &*self;
            runtime.block_on(unconstrained(simulate(&step, grid, order.grain, hand, tasks)))
        })
    }
}
