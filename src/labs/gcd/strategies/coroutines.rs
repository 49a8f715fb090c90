//! Coroutines on one event loop: a task for each item, all on one thread.
//!
//! Seed items 60, 63 and 64. What it teaches: an event loop runs one coroutine at a time, so that work without a wait in it
//! gains nothing there, and while an item computes, the loop answers nobody: a timer that was due waits for its end.
//!
//! Python: `results = await asyncio.gather(*(gcd_async(pair) for pair in NUMBERS))`

use std::time::{Duration, Instant};

use futures_util::StreamExt;
use futures_util::stream::FuturesOrdered;
use tokio::runtime::{Builder, Runtime};
use tokio::time::MissedTickBehavior;

use super::Row;
use crate::labs::gcd::run::{Outcome, Run, RunError, Work};
use crate::labs::gcd::search::by_division;
use crate::labs::gcd::task::Answer;
use crate::runtime::control::Stopped;
use crate::runtime::strategy::{About, CannotStart, Setup, Strategy, supports_all};

pub(super) const ROW: Row = Strategy {
    about: About {
        id: "coroutines",
        title: "Coroutines",
        item: 64,
        claim: "Coroutines share one thread: no gain for work that never waits, and a loop that answers late",
        wrong_on_purpose: false,
        source: include_str!("coroutines.rs"),
    },
    supports: supports_all,
    make: |setup| Ok(Box::new(Coroutines { runtime: event_loop(setup, "coroutines")? })),
};

/// How often the loop's timer is due. A shorter time would take a core from the work: each beat wakes a thread.
const BEAT: Duration = Duration::from_millis(5);

/// An event loop on the thread that runs it, with a pool of at most as many threads for blocking calls as there are workers.
pub(super) fn event_loop(setup: &Setup, strategy: &'static str) -> Result<Runtime, CannotStart> {
    let setup = setup.clone();
    Builder::new_current_thread()
        .enable_time()
        .max_blocking_threads(setup.workers)
        .thread_name("gcd-blocking")
        .on_thread_start(move || setup.enter_thread())
        .build()
        .map_err(|error| CannotStart::new(strategy, error))
}

/// Runs `work` on the loop beside a timer, and returns with it the longest that the timer was late.
pub(super) fn with_lag<T>(runtime: &Runtime, work: impl Future<Output = T>) -> (T, Duration) {
    runtime.block_on(async {
        let mut beat = tokio::time::interval(BEAT);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut lag = Duration::ZERO;
        tokio::pin!(work);
        loop {
            tokio::select! {
                biased;
                due = beat.tick() => lag = lag.max(due.elapsed()),
                result = &mut work => {
                    // What was due while the last item computed has not been looked at yet.
                    let late = tokio::time::timeout(Duration::ZERO, beat.tick()).await;
                    let late = late.map_or(Duration::ZERO, |due| due.elapsed());
                    return (result, lag.max(late));
                }
            }
        }
    })
}

struct Coroutines {
    runtime: Runtime,
}

impl Run for Coroutines {
    fn run(&mut self, work: &Work) -> Result<Outcome, RunError> {
        let lane = work.recorder.lane("event loop");
        let start = Instant::now();
        let gathered = async {
            let coroutine = |chunk| async { work.solve(chunk, by_division, &lane) };
            let mut coroutines: FuturesOrdered<_> = work.chunks(1).into_iter().map(coroutine).collect();
            let mut answers = Vec::with_capacity(work.tasks.len());
            while let Some(solved) = coroutines.next().await {
                answers.extend(solved?);
                // Only here does the loop come to its timers.
                tokio::task::yield_now().await;
            }
            Ok::<Vec<Answer>, Stopped>(answers)
        };
        let (answers, lag) = with_lag(&self.runtime, gathered);
        Ok(Outcome { answers: answers?, elapsed: start.elapsed(), loop_lag: Some(lag), ..Outcome::default() })
    }
}
