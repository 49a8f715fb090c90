//! Threads of the operating system that take the next chunk as they come free.
//!
//! Seed item 64, "Thread-Based Parallelism". In the seed threads gain nothing, since one interpreter lock lets only one of
//! them run. What it teaches: without such a lock threads are true parallelism, and the cheapest to hand work to.
//!
//! Python: `ThreadPoolExecutor(max_workers=2).map(gcd, NUMBERS)`

use std::ops::Range;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;

use super::Row;
use crate::labs::gcd::run::{Outcome, Run, RunError, Work, close};
use crate::labs::gcd::search::by_division;
use crate::labs::gcd::task::Answer;
use crate::runtime::control::Stopped;
use crate::runtime::span::Lane;
use crate::runtime::strategy::{About, CannotStart, Setup, Strategy, supports_all};

pub(super) const ROW: Row = Strategy {
    about: About {
        id: "threads",
        title: "Threads",
        item: 64,
        claim: "Threads without an interpreter lock: as many times as fast as there are cores",
        wrong_on_purpose: false,
        source: include_str!("threads.rs"),
    },
    supports: supports_all,
    make,
};

#[allow(clippy::unnecessary_wraps, reason = "the shape that Strategy::make wants")]
fn make(setup: &Setup) -> Result<Box<dyn Run>, CannotStart> {
    Ok(Box::new(Threads { setup: setup.clone() }))
}

struct Threads {
    setup: Setup,
}

impl Run for Threads {
    fn run(&mut self, work: &Work) -> Result<Outcome, RunError> {
        let start = Instant::now();
        let solve = |worker: Worker<'_>| worker.chunks(|chunk| work.solve(chunk, by_division, worker.lane));
        let answers = fan_out(&self.setup, work, "gcd-thread", &solve)?;
        Ok(Outcome { answers, elapsed: start.elapsed(), ..Outcome::default() })
    }
}

/// Chunks done by one thread, each with its place among all chunks.
pub(super) type Part = Result<Vec<(usize, Vec<Answer>)>, Stopped>;

/// One thread, and the chunks that it shares with the others.
#[derive(Clone, Copy)]
pub(super) struct Worker<'a> {
    pub(super) lane: &'a Lane,
    chunks: &'a [Range<usize>],
    next: &'a AtomicUsize,
}

impl Worker<'_> {
    /// Takes the next chunk, again and again, until none is left.
    pub(super) fn chunks(&self, solve: impl Fn(Range<usize>) -> Result<Vec<Answer>, Stopped>) -> Part {
        let mut done = vec![];
        loop {
            let place = self.next.fetch_add(1, Ordering::Relaxed);
            let Some(chunk) = self.chunks.get(place) else { return Ok(done) };
            done.push((place, solve(chunk.clone())?));
        }
    }
}

/// Runs `solve` on as many threads as there are workers, and puts what they return in order. A panic in one of them goes on
/// in the caller.
pub(super) fn fan_out(
    setup: &Setup,
    work: &Work,
    name: &str,
    solve: &(dyn Fn(Worker<'_>) -> Part + Sync),
) -> Result<Vec<Answer>, RunError> {
    let chunks = work.chunks(setup.workers);
    let (chunks, next) = (&chunks[..], &AtomicUsize::new(0));
    let count = setup.workers.min(chunks.len());
    let lanes: Vec<Lane> = (0..count).map(|number| work.recorder.lane(format!("thread {number}"))).collect();
    let parts: Vec<Part> = thread::scope(|scope| {
        let threads: Vec<_> = lanes
            .iter()
            .enumerate()
            .map(|(number, lane)| {
                let body = move || {
                    setup.enter_thread();
                    solve(Worker { lane, chunks, next })
                };
                thread::Builder::new().name(format!("{name}-{number}")).spawn_scoped(scope, body)
            })
            .collect();
        let joined = threads.into_iter().map(|thread| match thread.map(thread::ScopedJoinHandle::join) {
            Ok(Ok(part)) => Ok(part),
            Ok(Err(panic)) => resume_unwind(panic),
            Err(error) => Err(RunError::Failed(format!("no thread could be started: {error}"))),
        });
        joined.collect::<Result<_, _>>()
    })?;
    close(&lanes);
    let mut done = parts.into_iter().collect::<Result<Vec<_>, _>>()?.concat();
    done.sort_unstable_by_key(|(place, _)| *place);
    Ok(done.into_iter().flat_map(|(_, answers)| answers).collect())
}
