//! One run of a hazard or a cure: what is asked for, how its threads wait, and what came of it.

use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, at, select};

use super::free::{Free, Freed};
use super::waits::{Deadlock, Wait, Waits};

/// What a run is asked to do. Clones belong to the same run.
#[derive(Debug, Clone)]
pub struct Order {
    /// Updates of the counter, over all workers.
    pub increments: u64,
    /// Workers.
    pub workers: usize,
    /// How long a coroutine keeps its loop. Whatever still waits when it is over is freed.
    pub time: Duration,
    /// Who waits for whom.
    pub waits: Waits,
    /// Ends the run.
    pub free: Free,
    deadline: Instant,
}

/// What came of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// How many updates, jobs or turns there should be.
    pub expected: u64,
    /// How many there were.
    pub got: u64,
    /// The time of the work, in seconds.
    pub seconds: f64,
    /// The deadlock that the run ended in.
    pub deadlock: Option<Deadlock>,
    /// Who waited in vain.
    pub starved: Vec<Wait>,
}

/// Why a run could not be made.
#[derive(Debug, thiserror::Error)]
#[error("{what} could not be started")]
pub struct CannotRun {
    /// What could not be started.
    pub what: &'static str,
    /// The system's reason.
    #[source]
    pub why: std::io::Error,
}

impl Order {
    /// An order that begins now.
    pub fn new(increments: u64, workers: usize, time: Duration) -> Self {
        let deadline = Instant::now() + time;
        Self { increments, workers: workers.max(1), time, waits: Waits::default(), free: Free::default(), deadline }
    }

    /// Whether the run is to end: it was freed, or its time is up.
    pub fn is_over(&self) -> bool {
        self.free.is_freed() || Instant::now() >= self.deadline
    }

    /// Blocks the calling thread until the result is there; meanwhile the wait stands among the others. Nobody waits for ever:
    /// the wait ends when the run is freed, or its time is up.
    pub fn wait_for<T>(&self, wait: Wait, result: &Receiver<T>) -> Result<T, Freed> {
        let _noted = self.waits.note(wait);
        select! {
            recv(result) -> result => result.map_err(|_| Freed),
            recv(self.free.channel()) -> _ => Err(Freed),
            recv(at(self.deadline)) -> _ => Err(Freed),
        }
    }

    /// The outcome of jobs of which so many should be done and so many were, and that began at this time.
    pub fn outcome(&self, expected: u64, got: u64, begun: Instant) -> Outcome {
        let seconds = begun.elapsed().as_secs_f64();
        Outcome { expected, got, seconds, deadlock: self.waits.deadlock(), starved: vec![] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crossbeam_channel::bounded;

    #[test]
    fn a_wait_ends_with_the_result_or_the_time() {
        let order = Order::new(0, 2, Duration::from_hours(1));
        let (sender, result) = bounded(1);
        sender.send(7).unwrap();
        assert_eq!(order.wait_for(Wait::on("one", "two"), &result), Ok(7));
        assert!(order.waits.now().is_empty() && !order.is_over());
        order.free.free();
        assert_eq!(order.wait_for(Wait::on("one", "two"), &result), Err(Freed));
        let late = Order::new(0, 2, Duration::ZERO);
        assert_eq!(late.wait_for(Wait::on("one", "two"), &result), Err(Freed));
        assert!(late.is_over());
    }
}
