//! A task a cell on threads that were started once, over a bounded queue and a grid with a lock.
//!
//! The seed's `ThreadPoolExecutor` (item 59): no thread is started for a generation, `max_workers` bounds how many run at
//! once, and a failure is kept until the caller asks for the result. What it costs is a trip through the queue for each cell
//! and the lock; what it cannot do is wait for more cells at once than it has workers.
//!
//! Python: `futures = [pool.submit(step_cell, y, x, grid.get, next_grid.set) for y, x in cells]`, then `result()` each

use std::sync::Arc;
use std::thread::{self, JoinHandle};

use crossbeam_channel::{Receiver, Sender, bounded};

use super::{Row, Stepper, on_torus};
use crate::labs::life::fan_in::FanIn;
use crate::labs::life::grid::Grid;
use crate::labs::life::hand::Hand;
use crate::labs::life::locked_grid::LockedGrid;
use crate::labs::life::order::{Advance, Failed, Order, Step};
use crate::labs::life::part::{Grain, Part};
use crate::labs::life::universe::Universe;
use crate::runtime::strategy::{About, CannotStart, Setup, Strategy};

pub(super) const STRATEGY: Row = Strategy {
    about: About {
        id: "thread-pool",
        title: "Thread pool",
        item: 59,
        claim: "A task a cell on threads started once: no start-up cost, and never more at once than workers",
        wrong_on_purpose: false,
        source: include_str!("thread_pool.rs"),
    },
    supports: on_torus,
    make: |setup| Ok(Box::new(Pool::start(setup)?)),
};

/// Tasks that may wait in the queue before the one who submits has to.
const QUEUE: usize = 1024;

/// The tasks of one generation share this.
struct Generation {
    step: Step,
    grid: LockedGrid,
    next: LockedGrid,
    fan_in: FanIn,
}

struct Task {
    generation: Arc<Generation>,
    part: Part,
}

struct Pool {
    queue: Option<Sender<Task>>,
    threads: Vec<JoinHandle<()>>,
}

impl Pool {
    fn start(setup: &Setup) -> Result<Self, CannotStart> {
        let (queue, tasks) = bounded(QUEUE);
        let mut pool = Self { queue: Some(queue), threads: Vec::new() };
        for index in 0..setup.workers {
            let (setup, tasks) = (setup.clone(), tasks.clone());
            let thread = thread::Builder::new()
                .name(format!("life-cell-{index}"))
                .spawn(move || {
                    setup.enter_thread();
                    work(&tasks, &Hand::new(&setup.recorder, index, &format!("thread {index}")));
                })
                .map_err(|error| CannotStart::new("thread-pool", format_args!("thread {}: {error}", index + 1)))?;
            pool.threads.push(thread);
        }
        Ok(pool)
    }

    fn simulate(&self, step: Step, grid: &Grid, grain: Grain) -> Result<Grid, Failed> {
        let (height, width) = (grid.height(), grid.width());
        let generation = Arc::new(Generation {
            fan_in: FanIn::new(grid.cells()),
            grid: LockedGrid::new(grid.clone()),
            next: LockedGrid::new(Grid::new(height, width)),
            step,
        });
        let queue = self.queue.as_ref().expect("the queue is closed only by drop");
        // Fan out.
        for (index, part) in grain.parts(height, width, self.threads.len()).enumerate() {
            if index % 64 == 0 && generation.step.cancel.is_cancelled() {
                generation.fan_in.stop();
            }
            let task = Task { generation: Arc::clone(&generation), part };
            if queue.send(task).is_err() {
                return Err(Failed::Refused("every thread of the pool has ended".to_owned()));
            }
        }
        // Fan in.
        generation.fan_in.wait("its future kept it until the caller asked for the result")?;
        Ok(generation.next.take())
    }
}

fn work(tasks: &Receiver<Task>, hand: &Hand) {
    for Task { generation, part } in tasks {
        hand.waited_for_work();
        let Generation { step, grid, next, fan_in } = &*generation;
        if step.io.points > 0 && step.cancel.is_cancelled() {
            fan_in.stop();
        }
        fan_in.run(part, || part.step(step, hand, |y, x| grid.get(y, x), |y, x, state| next.set(y, x, state)));
    }
}

impl Stepper for Pool {
    fn advance(&mut self, from: &Arc<Universe>, order: &Order) -> Advance {
        order.each_generation(from, |step, grid| self.simulate(step, grid, order.grain))
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.queue = None;
        for thread in self.threads.drain(..) {
            // A thread of the pool catches the panics of its tasks and has nothing else to say.
            let _ = thread.join();
        }
    }
}
