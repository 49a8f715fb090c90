//! A task of a work-stealing pool (beyond the seed): each worker has a queue of its own, and takes from the others' when it is
//! empty. Starting one is a push; it is meant to compute, and waiting in it holds up a core.
//!
//! Python: `ThreadPoolExecutor.map(work, items)`, if threads computed side by side and tasks cost almost nothing

use std::hint::black_box;
use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::{ThreadPool, ThreadPoolBuilder};

use super::{CannotMeasure, Row, Unit, each, rounds, switches};
use crate::labs::costs::gate::Gate;
use crate::labs::costs::limits::Limits;
use crate::labs::costs::order::Alive;
use crate::labs::costs::placement::stay_on_one_core;
use crate::runtime::resident;
use crate::runtime::stats::Samples;
use crate::runtime::strategy::{About, Strategy, supports_all};

/// The row of the table.
pub(super) const STRATEGY: Row = Strategy {
    about: About {
        id: "parallel-task",
        title: "parallel task",
        item: 0,
        claim: "a push onto a worker's own queue; idle workers steal",
        wrong_on_purpose: false,
        source: include_str!("parallel_task.rs"),
    },
    supports: supports_all,
    make: |setup| Ok(Box::new(ParallelTask { workers: setup.workers })),
};

struct ParallelTask {
    workers: usize,
}

fn pool(workers: usize) -> Result<ThreadPool, CannotMeasure> {
    ThreadPoolBuilder::new().num_threads(workers).build().map_err(|error| CannotMeasure(error.to_string()))
}

impl Unit for ParallelTask {
    /// A round spawns `count` in a scope, which ends when all have.
    fn start(&self, count: usize) -> Result<Samples, CannotMeasure> {
        let pool = pool(self.workers)?;
        let done = AtomicUsize::new(0);
        rounds(count, |count| {
            pool.scope(|scope| {
                for _ in 0..count {
                    scope.spawn(|_| {
                        done.fetch_add(1, Ordering::Relaxed);
                    });
                }
            });
            Ok(())
        })
    }

    /// Tasks that wait in the queue while the workers are busy.
    fn alive(&self, count: usize, _deep: bool) -> Result<Alive, CannotMeasure> {
        let (count, bounded) = Limits::read().tasks(0).of(count);
        let pool = pool(self.workers)?;
        let gate = Gate::default();
        let (before, after) = pool.in_place_scope(|scope| {
            for _ in 0..self.workers {
                scope.spawn(|_| gate.wait());
            }
            gate.until_waiting(self.workers);
            let before = resident::of_this_process();
            for number in 0..count {
                scope.spawn(move |_| {
                    black_box(number);
                });
            }
            let after = resident::of_this_process();
            gate.open();
            (before, after)
        });
        Ok(Alive {
            bytes: each(before, after, count),
            tried: count,
            failed_at: None,
            bounded: bounded.map(str::to_owned),
        })
    }

    /// A task runs to its end and is never switched; what is measured is handing one to a pool of one worker from outside,
    /// and waiting for it: a round trip on one core.
    fn switch(&self) -> Result<Samples, CannotMeasure> {
        stay_on_one_core();
        let pool = pool(1)?;
        switches(|count| {
            for number in 0..count {
                black_box(pool.install(|| black_box(number)));
            }
            Ok(())
        })
    }
}
