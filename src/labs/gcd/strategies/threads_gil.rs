//! Threads under a simulated interpreter lock: only the one that holds it runs, in turns of 5 ms.
//!
//! Seed item 64, "Thread-Based Parallelism (No Speedup)". What it teaches: threads that compute under an interpreter lock gain
//! nothing over one thread, however many cores there are; their lanes show them waiting for each other's turns to end.
//!
//! Python: `ThreadPoolExecutor(max_workers=2).map(gcd, NUMBERS)  # one interpreter lock`

use std::cell::RefCell;
use std::time::Instant;

use super::Row;
use super::threads::{Worker, fan_out};
use crate::labs::gcd::run::{Outcome, Run, RunError, Work};
use crate::labs::gcd::search::{by_division, count_down};
use crate::labs::gcd::task::{Answer, Task};
use crate::runtime::control::Stopped;
use crate::runtime::gil::{Gil, Turn};
use crate::runtime::span::{Lane, State};
use crate::runtime::strategy::{About, CannotStart, Setup, Strategy, supports_all};

pub(super) const ROW: Row = Strategy {
    about: About {
        id: "threads-gil",
        title: "Threads, GIL",
        item: 64,
        claim: "Threads under a simulated interpreter lock take turns of 5 ms and gain nothing",
        wrong_on_purpose: false,
        source: include_str!("threads_gil.rs"),
    },
    supports: supports_all,
    make,
};

#[allow(clippy::unnecessary_wraps, reason = "the shape that Strategy::make wants")]
fn make(setup: &Setup) -> Result<Box<dyn Run>, CannotStart> {
    Ok(Box::new(ThreadsGil { setup: setup.clone() }))
}

/// Candidates between two looks whether the lock is asked for: about 0.1 ms, where an interpreter looks at every loop.
const WINDOW: u64 = 1 << 16;

struct ThreadsGil {
    setup: Setup,
}

impl Run for ThreadsGil {
    fn run(&mut self, work: &Work) -> Result<Outcome, RunError> {
        let start = Instant::now();
        let gil = Gil::new();
        let solve = |worker: Worker<'_>| {
            // The turn lasts over items; between them, and within, it is given away only when asked for.
            let turns = Turns::begin(&gil, worker.lane);
            worker.chunks(|chunk| chunk.map(|index| turns.solve(work, index)).collect())
        };
        let answers = fan_out(&self.setup, work, "gcd-gil", &solve)?;
        Ok(Outcome { answers, elapsed: start.elapsed(), lock_turns: Some(gil.turns()), ..Outcome::default() })
    }
}

/// One thread's turns with the lock, shown in its lane.
struct Turns<'a> {
    turn: RefCell<Option<Turn<'a>>>,
    lane: &'a Lane,
}

impl<'a> Turns<'a> {
    fn begin(gil: &'a Gil, lane: &'a Lane) -> Self {
        let turn = lane.span("waits for its turn", State::InterpreterLock, || gil.take());
        Self { turn: RefCell::new(Some(turn)), lane }
    }

    /// Does one item, giving way in the middle of it when another thread asks.
    fn solve(&self, work: &Work, index: usize) -> Result<Answer, Stopped> {
        let _inside = work.control.enter();
        let mut begun = Instant::now();
        let label = || if work.recorder.is_on() { format!("item {index}") } else { String::new() };
        let checkpoint = || {
            work.control.checkpoint()?;
            if self.turn.borrow().as_ref().is_some_and(Turn::is_asked_for) {
                let waited = Instant::now();
                self.lane.record(label(), State::Running, begun, waited);
                work.control.aside(|| self.turn.replace_with(|turn| turn.take().map(Turn::give_way)));
                begun = Instant::now();
                self.lane.record("waits for its turn", State::InterpreterLock, waited, begun);
            }
            Ok(())
        };
        let task = &work.tasks[index];
        let answer = match task {
            Task::Gcd(pair) => Answer::Gcd(count_down(*pair, by_division, WINDOW, checkpoint)?),
            _ => task.solve(by_division, checkpoint)?,
        };
        self.lane.record(label(), State::Running, begun, Instant::now());
        work.control.item_done();
        Ok(answer)
    }
}
