//! A job for a pool of threads (item 59): the threads are there already, and a bounded queue hands the jobs out. Starting one
//! costs a place in the queue; what it cannot do is wait for less than a whole thread.
//!
//! Python: `with ThreadPoolExecutor(max_workers=10) as pool: [f.result() for f in [pool.submit(work) for _ in jobs]]`

use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded};

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
        id: "pool-job",
        title: "pool job",
        item: 59,
        claim: "the threads are there already; a job is a place in their queue",
        wrong_on_purpose: false,
        source: include_str!("pool_job.rs"),
    },
    supports: supports_all,
    make: |setup| Ok(Box::new(PoolJob { workers: setup.workers })),
};

/// Jobs that may wait in the queue while jobs are started.
const QUEUE: usize = 1024;

struct PoolJob {
    workers: usize,
}

impl Unit for PoolJob {
    /// A round hands `count` jobs to the pool and waits until all are done.
    fn start(&self, count: usize) -> Result<Samples, CannotMeasure> {
        let pool = Pool::start(self.workers, QUEUE)?;
        rounds(count, |count| pool.fan_out(count, || ()))
    }

    /// Jobs that wait in the queue while the workers are busy.
    fn alive(&self, count: usize, _deep: bool) -> Result<Alive, CannotMeasure> {
        let (count, bounded) = Limits::read().tasks(0).of(count);
        let gate = Arc::new(Gate::default());
        // The stacks of a first pool stay in the allocator's cache, so that what grows is the queue and its jobs alone.
        Pool::start(self.workers, QUEUE)?.fan_out(QUEUE, || ())?;
        let before = resident::of_this_process();
        let pool = Pool::start(self.workers, self.workers + count)?;
        for _ in 0..self.workers {
            let gate = Arc::clone(&gate);
            pool.submit(move || gate.wait())?;
        }
        gate.until_waiting(self.workers);
        for number in 0..count {
            // A job carries something to work on.
            pool.submit(move || {
                black_box(number);
            })?;
        }
        let after = resident::of_this_process();
        gate.open();
        Ok(Alive {
            bytes: each(before, after, count),
            tried: count,
            failed_at: None,
            bounded: bounded.map(str::to_owned),
        })
    }

    /// A job goes to a pool of one worker, and its result comes back: a round trip on one core.
    fn switch(&self) -> Result<Samples, CannotMeasure> {
        stay_on_one_core();
        let pool = Pool::start(1, 1)?;
        let (results, result) = bounded(1);
        switches(|count| {
            for number in 0..count {
                let results = results.clone();
                pool.submit(move || {
                    let _ = results.send(number);
                })?;
                result.recv().map_err(|_| CannotMeasure("a worker has gone".to_owned()))?;
            }
            Ok(())
        })
    }

    fn waits(&self, count: usize) -> Result<Samples, CannotMeasure> {
        let pool = Pool::start(self.workers, QUEUE)?;
        let seconds = rounds(count, |count| pool.fan_out(count, || thread::sleep(Duration::from_millis(1))))?;
        Ok(seconds.times(count as f64))
    }
}

type Job = Box<dyn FnOnce() + Send>;

/// Threads that take jobs from one bounded queue. Dropped, it lets them finish and waits for them.
struct Pool {
    jobs: Option<Sender<Job>>,
    threads: Vec<JoinHandle<()>>,
}

impl Pool {
    fn start(workers: usize, queue: usize) -> Result<Self, CannotMeasure> {
        let (jobs, waiting): (Sender<Job>, Receiver<Job>) = bounded(queue);
        let mut pool = Self { jobs: Some(jobs), threads: Vec::with_capacity(workers) };
        for _ in 0..workers {
            let waiting = waiting.clone();
            pool.threads.push(thread::Builder::new().spawn(move || waiting.into_iter().for_each(|job| job()))?);
        }
        Ok(pool)
    }

    fn submit(&self, job: impl FnOnce() + Send + 'static) -> Result<(), CannotMeasure> {
        let gone = || CannotMeasure("the pool has ended".to_owned());
        self.jobs.as_ref().ok_or_else(gone)?.send(Box::new(job)).map_err(|_| gone())
    }

    /// Fan-out of `count` jobs, and the fan-in.
    fn fan_out(&self, count: usize, work: impl Fn() + Clone + Send + 'static) -> Result<(), CannotMeasure> {
        let left = Arc::new(AtomicUsize::new(count));
        let (done, all_done) = bounded(1);
        for _ in 0..count {
            let (left, done, work) = (Arc::clone(&left), done.clone(), work.clone());
            self.submit(move || {
                work();
                if left.fetch_sub(1, Ordering::AcqRel) == 1 {
                    let _ = done.send(());
                }
            })?;
        }
        all_done.recv().map_err(|_| CannotMeasure("the pool has ended".to_owned()))
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.jobs = None;
        for thread in self.threads.drain(..) {
            // A job that panicked has been reported by the hook, and its thread is at its end.
            let _ = thread.join();
        }
    }
}
