//! Threads that take jobs from one queue, as many at once as there are threads (the seed's `ThreadPoolExecutor`, item 59).

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

use crossbeam_channel::{Receiver, Sender, bounded};

use super::order::Order;
use super::waits::{Noted, Wait};
use crate::labs::common::MOST_WORKERS;
use crate::runtime::strategy::Setup;

/// Jobs that may wait in the queue: two for each worker that there can be.
const QUEUE: usize = 2 * MOST_WORKERS;

type Run = Box<dyn FnOnce() + Send>;

/// A job in the queue: it waits for a worker until one takes it.
struct Queued {
    name: String,
    waiting: Noted,
    run: Run,
}

/// Who hands jobs in. Clones are the same pool.
#[derive(Clone)]
pub struct Pool {
    queue: Sender<Queued>,
    order: Order,
}

/// What the workers do: when all of them are busy, a job that waits for a worker waits for their jobs.
struct Busy {
    workers: usize,
    jobs: Vec<String>,
    full: Option<Noted>,
}

/// The pool's threads, to be joined.
pub struct Threads(Vec<JoinHandle<()>>);

impl Pool {
    /// Starts the threads of a pool. They end when every handle of the pool is gone.
    pub fn start(order: &Order, setup: &Setup) -> io::Result<(Self, Threads)> {
        let (queue, jobs) = bounded(QUEUE);
        let busy = Arc::new(Mutex::new(Busy { workers: order.workers, jobs: Vec::new(), full: None }));
        let mut threads = Threads(Vec::new());
        for index in 1..=order.workers {
            let (setup, jobs, busy, order) = (setup.clone(), jobs.clone(), Arc::clone(&busy), order.clone());
            let body = move || {
                setup.enter_thread();
                work(&jobs, &busy, &order);
            };
            threads.0.push(thread::Builder::new().name(format!("hazards-pool-{index}")).spawn(body)?);
        }
        Ok((Self { queue, order: order.clone() }, threads))
    }

    /// Hands a job in. Its result comes through the channel.
    pub fn submit<T: Send + 'static>(&self, name: &str, job: impl FnOnce() -> T + Send + 'static) -> Receiver<T> {
        let (result_in, result) = bounded(1);
        let run = Box::new(move || {
            // Whoever asked may have been freed and gone.
            let _ = result_in.send(job());
        });
        let waiting = self.order.waits.note(Wait::on(name, "a worker"));
        // The threads live as long as a handle of the pool, so that the queue is open; it has room for every job of a run.
        let _ = self.queue.send(Queued { name: name.to_owned(), waiting, run });
        result
    }
}

impl Threads {
    /// Waits for the threads' end. Every handle of the pool must be gone, or go with the jobs that hold it.
    pub fn join(self) {
        for thread in self.0 {
            // A job that panicked has closed its result's channel: whoever waits for it knows.
            let _ = thread.join();
        }
    }
}

fn work(jobs: &Receiver<Queued>, busy: &Mutex<Busy>, order: &Order) {
    for Queued { name, waiting, run } in jobs {
        // First it waits no longer, and then a worker is busy with it: the other way round it would wait for itself.
        drop(waiting);
        lock(busy).begin(&name, order);
        run();
        lock(busy).end(&name);
    }
}

fn lock(busy: &Mutex<Busy>) -> MutexGuard<'_, Busy> {
    busy.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Busy {
    fn begin(&mut self, job: &str, order: &Order) {
        self.jobs.push(job.to_owned());
        if self.jobs.len() == self.workers {
            let full = Wait { who: "a worker".to_owned(), how: "is busy with", on: self.jobs.clone() };
            self.full = Some(order.waits.note(full));
        }
    }

    fn end(&mut self, job: &str) {
        self.full = None;
        self.jobs.retain(|other| other != job);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;
    use std::time::Duration;

    #[test]
    fn jobs_give_their_results_and_nothing_is_left() {
        let order = Order::new(0, 3, Duration::from_hours(1));
        let (pool, threads) = Pool::start(&order, &Setup::headless(3, PathBuf::new())).unwrap();
        let results: Vec<Receiver<u64>> = (0..50).map(|n| pool.submit(&format!("job {n}"), move || n * n)).collect();
        assert_eq!(
            results.iter().map(|result| result.recv().unwrap()).sum::<u64>(),
            (0..50_u64).map(|n| n * n).sum::<u64>()
        );
        drop(pool);
        threads.join();
        assert!(order.waits.now().is_empty());
        assert_eq!(order.waits.deadlock(), None);
    }
}
