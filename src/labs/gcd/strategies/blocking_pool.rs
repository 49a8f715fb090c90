//! An event loop that hands each item to a pool of threads and stays free itself.
//!
//! Seed items 61 to 63, "Move blocking I/O to separate threads". What it teaches: work that would block the loop belongs on
//! threads beside it; then it runs on all cores, and the loop's timers stay on time.
//!
//! Python: `results = await asyncio.gather(*(loop.run_in_executor(pool, gcd, pair) for pair in NUMBERS))`

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use tokio::runtime::Runtime;
use tokio::task::JoinHandle;

use super::Row;
use super::coroutines::{event_loop, with_lag};
use crate::labs::gcd::run::{Outcome, Run, RunError, Work, close};
use crate::labs::gcd::search::by_division;
use crate::labs::gcd::task::Answer;
use crate::runtime::control::Stopped;
use crate::runtime::span::Lane;
use crate::runtime::strategy::{About, CannotStart, Setup, Strategy, supports_all};

pub(super) const ROW: Row = Strategy {
    about: About {
        id: "blocking-pool",
        title: "Blocking pool",
        item: 63,
        claim: "An event loop hands the work to threads: full speed, and its timers stay on time",
        wrong_on_purpose: false,
        source: include_str!("blocking_pool.rs"),
    },
    supports: supports_all,
    make,
};

fn make(setup: &Setup) -> Result<Box<dyn Run>, CannotStart> {
    Ok(Box::new(BlockingPool { runtime: event_loop(setup, "blocking-pool")?, workers: setup.workers }))
}

struct BlockingPool {
    runtime: Runtime,
    workers: usize,
}

/// Lanes that no thread uses just now: one for each that works at once.
type FreeLanes = Arc<Mutex<Vec<Lane>>>;

impl Run for BlockingPool {
    fn run(&mut self, work: &Work) -> Result<Outcome, RunError> {
        let lanes = (0..self.workers).rev().map(|number| work.recorder.lane(format!("blocking thread {number}")));
        let lanes: Vec<Lane> = lanes.collect();
        let free_lanes: FreeLanes = Arc::new(Mutex::new(lanes.clone()));
        let start = Instant::now();
        let (solved, lag) = with_lag(&self.runtime, async {
            let solve = |chunk| {
                let (work, lanes) = (work.clone(), Arc::clone(&free_lanes));
                tokio::task::spawn_blocking(move || {
                    let lane = free(&lanes).pop();
                    let lane = lane.unwrap_or_else(|| work.recorder.lane("blocking thread"));
                    let solved = work.solve(chunk, by_division, &lane);
                    free(&lanes).push(lane);
                    solved
                })
            };
            let handles: Vec<JoinHandle<Result<Vec<Answer>, Stopped>>> =
                work.chunks(self.workers).into_iter().map(solve).collect();
            let mut solved = Vec::with_capacity(handles.len());
            for handle in handles {
                solved.push(handle.await);
            }
            solved
        });
        let mut answers = Vec::with_capacity(work.tasks.len());
        for part in solved {
            answers.extend(part.map_err(|error| RunError::Failed(error.to_string()))??);
        }
        let elapsed = start.elapsed();
        close(&lanes);
        Ok(Outcome { answers, elapsed, loop_lag: Some(lag), ..Outcome::default() })
    }
}

fn free(lanes: &FreeLanes) -> std::sync::MutexGuard<'_, Vec<Lane>> {
    lanes.lock().unwrap_or_else(PoisonError::into_inner)
}
