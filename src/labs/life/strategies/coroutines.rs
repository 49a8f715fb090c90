//! A coroutine a cell on one event loop, gathered: tens of thousands wait at once, and no lock is needed.
//!
//! The seed's `asyncio` version (item 60). All run on one thread and change hands only at an `await`, so the grid needs no
//! lock; with I/O in every cell, all cells wait at the same time. What it cannot do is compute faster than one core.
//!
//! Python: `await asyncio.gather(*[step_cell(y, x, grid.get, next_grid.set) for y, x in cells])`

use std::cell::{Cell as Slot, RefCell};
use std::rc::Rc;
use std::sync::Arc;

use tokio::runtime::{Builder, Runtime};
use tokio::sync::Notify;
use tokio::task::LocalSet;

use super::{Row, Stepper, on_torus};
use crate::labs::life::grid::Grid;
use crate::labs::life::order::{Advance, CellFailed, Failed, Fates, Order, Step};
use crate::labs::life::part::{Grain, Part};
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

struct EventLoop(Runtime);

/// The tasks of one generation share this; they are on one thread.
struct Generation {
    step: Step,
    grid: Arc<Grid>,
    next: RefCell<Grid>,
    left: Slot<u64>,
    fates: Slot<Fates>,
    failure: Slot<Option<CellFailed>>,
    /// Told of the first failure, and of the last task's end.
    news: Notify,
}

impl Generation {
    async fn task(self: Rc<Self>, part: Part) {
        let set = |y, x, state| self.next.borrow_mut().set(y, x, state);
        let result = part.step_async(&self.step, |y, x| self.grid.get(y, x), set).await;
        let mut fates = self.fates.get();
        match result {
            Ok(()) if self.failure.get().is_some() => fates.unheard += part.cells(),
            Ok(()) => fates.finished += part.cells(),
            Err(failed) => {
                self.failure.set(Some(failed));
                self.news.notify_one();
            }
        }
        self.fates.set(fates);
        self.left.set(self.left.get() - part.cells());
        if self.left.get() == 0 {
            self.news.notify_one();
        }
    }

    async fn simulate(self: Rc<Self>, grain: Grain) -> Result<(), Failed> {
        let (height, width) = (self.grid.height(), self.grid.width());
        // Fan out.
        for part in grain.parts(height, width, 1) {
            tokio::task::spawn_local(Rc::clone(&self).task(part));
        }
        // Fan in. The first failure is heard at once; the tasks that are left run on, and nobody takes their results.
        while self.left.get() > 0 {
            tokio::select! {
                biased;
                () = self.step.cancel.cancelled() => {
                    let mut fates = self.fates.get();
                    fates.cancelled = self.left.get();
                    return Err(Failed::Cancelled(fates));
                }
                () = self.news.notified() => {}
            }
        }
        match self.failure.get() {
            Some(failed) => Err(failed.report("gather handed the first failure to the awaiter", self.fates.get())),
            None => Ok(()),
        }
    }
}

impl EventLoop {
    fn simulate(&self, step: Step, grid: &Arc<Grid>, grain: Grain) -> Result<Grid, Failed> {
        let generation = Rc::new(Generation {
            step,
            next: RefCell::new(Grid::new(grid.height(), grid.width())),
            left: Slot::new(grid.cells() as u64),
            grid: Arc::clone(grid),
            fates: Slot::default(),
            failure: Slot::default(),
            news: Notify::new(),
        });
        // When the set is dropped, the tasks that are left in it are cancelled.
        LocalSet::new().block_on(&self.0, Rc::clone(&generation).simulate(grain))?;
        Ok(generation.next.replace(Grid::new(1, 1)))
    }
}

impl Stepper for EventLoop {
    fn advance(&mut self, from: &Arc<Universe>, order: &Order) -> Advance {
        order.each_generation(from, |step, grid| self.simulate(step, grid, order.grain))
    }
}
