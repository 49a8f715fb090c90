//! Threads of the operating system that take the next chunk as they come free.
//!
//! Seed item 64, "Thread-Based Parallelism". In the seed threads gain nothing, since one interpreter lock lets only one of
//! them run. What it teaches: without such a lock threads are true parallelism, and the cheapest to hand work to.
//!
//! Python: `ThreadPoolExecutor(max_workers=2).map(gcd, NUMBERS)`

use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;

use super::Row;
use crate::labs::gcd::run::{Outcome, Run, RunError, Work};
use crate::labs::gcd::search::by_division;
use crate::labs::gcd::task::Answer;
use crate::runtime::control::Stopped;
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

/// Chunks done by one thread, each with its place among all chunks.
type Part = Result<Vec<(usize, Vec<Answer>)>, Stopped>;

impl Run for Threads {
    fn run(&mut self, work: &Work<'_>) -> Result<Outcome, RunError> {
        let start = Instant::now();
        let chunks = work.chunks(self.setup.workers);
        let next = AtomicUsize::new(0);
        let (setup, chunks, next) = (&self.setup, &chunks[..], &next);
        let take_chunks = |number: usize| -> Part {
            setup.enter_thread();
            let lane = work.recorder.lane(format!("thread {number}"));
            let mut done = vec![];
            loop {
                let place = next.fetch_add(1, Ordering::Relaxed);
                let Some(chunk) = chunks.get(place) else { return Ok(done) };
                done.push((place, work.solve(chunk.clone(), by_division, &lane)?));
            }
        };
        let parts: Vec<Part> = thread::scope(|scope| {
            let threads: Vec<_> = (0..setup.workers.min(chunks.len()))
                .map(|number| {
                    thread::Builder::new()
                        .name(format!("gcd-thread-{number}"))
                        .spawn_scoped(scope, move || take_chunks(number))
                })
                .collect();
            threads
                .into_iter()
                .map(|thread| match thread.map(thread::ScopedJoinHandle::join) {
                    Ok(Ok(part)) => Ok(part),
                    Ok(Err(panic)) => resume_unwind(panic),
                    Err(error) => Err(RunError::Failed(format!("no thread could be started: {error}"))),
                })
                .collect::<Result<_, _>>()
        })?;
        let mut done = parts.into_iter().collect::<Result<Vec<_>, _>>()?.concat();
        done.sort_unstable_by_key(|(place, _)| *place);
        let answers = done.into_iter().flat_map(|(_, answers)| answers).collect();
        Ok(Outcome { answers, elapsed: start.elapsed(), ..Outcome::default() })
    }
}
