//! A task a cell on an event loop of many threads: coroutines that also use every core.
//!
//! Beyond the seed: the same `async` functions on tokio's work-stealing runtime. They wait as cheaply as on one loop, and
//! compute on all cores; but they are no longer alone, so that each cell is now written by an atomic operation.
//!
//! Python: nearest is free-threaded Python with an event loop a thread; `asyncio` itself has one

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use tokio::runtime::{Builder, Runtime};

use super::{Row, Stepper, on_torus};
use crate::labs::life::fan_in::{FanIn, Trouble};
use crate::labs::life::grid::{Cell, Grid};
use crate::labs::life::hand::{Hand, TaskLanes};
use crate::labs::life::order::{Advance, Failed, Order, Step};
use crate::labs::life::part::{Grain, Part};
use crate::labs::life::universe::Universe;
use crate::runtime::strategy::{About, CannotStart, Setup, Strategy};

pub(super) const STRATEGY: Row = Strategy {
    about: About {
        id: "coroutines-mt",
        title: "Coroutines, n threads",
        item: 0,
        claim: "A task a cell on a work-stealing event loop: waits like coroutines and computes on every core",
        wrong_on_purpose: false,
        source: include_str!("coroutines_mt.rs"),
    },
    supports: on_torus,
    make: |setup| Ok(Box::new(Loops::start(setup)?)),
};

struct Loops {
    runtime: Runtime,
    workers: usize,
    lanes: TaskLanes,
}

thread_local! {
    /// The hand of a thread of the event loop.
    static HAND: RefCell<Hand> = RefCell::new(Hand::unseen(0));
}

/// The tasks of one generation share this.
struct Generation {
    step: Step,
    grid: Arc<Grid>,
    /// Empty at first; a cell that lives sets its bit.
    next: Vec<AtomicU64>,
    fan_in: FanIn,
}

impl Generation {
    async fn task(self: Arc<Self>, part: Part, waits: Hand) {
        if self.fan_in.is_stopped() {
            self.fan_in.skip(part.cells());
            return;
        }
        let stride = self.grid.stride();
        let set = |y: isize, x: isize, state| {
            if state == Cell::Alive {
                let (y, x) = (y as usize, x as usize);
                self.next[y * stride + x / 64].fetch_or(1 << (x % 64), Ordering::Relaxed);
            }
        };
        let hand = HAND.with_borrow(Hand::clone);
        let work = part.step_async(&self.step, &hand, &waits, |y, x| self.grid.get(y, x), set);
        if self.step.io.points == 0 {
            return self.fan_in.report(part, work.await.err().map(Trouble::Cell));
        }
        tokio::select! {
            result = work => self.fan_in.report(part, result.err().map(Trouble::Cell)),
            () = self.step.cancel.cancelled() => self.fan_in.skip(part.cells()),
        }
    }

    #[allow(clippy::unused_async, reason = "it runs as a task, so that its own tasks start on the runtime's threads")]
    async fn fan_out(self: Arc<Self>, grain: Grain, workers: usize, lanes: Vec<Hand>) {
        for (index, part) in grain.parts(self.grid.height(), self.grid.width(), workers).enumerate() {
            if index % 64 == 0 && self.step.cancel.is_cancelled() {
                self.fan_in.stop();
            }
            let waits = lanes.get(index).cloned().unwrap_or(Hand::unseen(0));
            tokio::spawn(Arc::clone(&self).task(part, waits));
        }
    }
}

impl Loops {
    fn start(setup: &Setup) -> Result<Self, CannotStart> {
        let workers = setup.workers;
        let (setup, lanes) = (setup.clone(), TaskLanes::new(&setup.recorder));
        let started = AtomicUsize::new(0);
        let runtime = Builder::new_multi_thread()
            .worker_threads(workers)
            .thread_name("life-loop")
            .on_thread_start(move || {
                setup.enter_thread();
                let index = started.fetch_add(1, Ordering::Relaxed);
                HAND.set(Hand::new(&setup.recorder, index, &format!("event loop {index}")));
            })
            .enable_time()
            .build()
            .map_err(|error| CannotStart::new("coroutines-mt", error))?;
        Ok(Self { runtime, workers, lanes })
    }

    fn simulate(&mut self, step: Step, grid: &Arc<Grid>, grain: Grain) -> Result<Grid, Failed> {
        let generation = Arc::new(Generation {
            step,
            grid: Arc::clone(grid),
            next: grid.words().iter().map(|_| AtomicU64::new(0)).collect(),
            fan_in: FanIn::new(grid.cells()),
        });
        self.lanes.grow(grain.count(grid.height(), grid.width(), self.workers));
        self.runtime.spawn(Arc::clone(&generation).fan_out(grain, self.workers, self.lanes.all().to_vec()));
        generation.fan_in.wait("its task kept it until it was joined")?;
        let mut next = Grid::new(grid.height(), grid.width());
        for (word, made) in next.words_mut().iter_mut().zip(&generation.next) {
            *word = made.load(Ordering::Relaxed);
        }
        Ok(next)
    }
}

impl Stepper for Loops {
    fn advance(&mut self, from: &Arc<Universe>, order: &Order) -> Advance {
        order.each_generation(from, |step, grid| self.simulate(step, grid, order.grain))
    }
}
