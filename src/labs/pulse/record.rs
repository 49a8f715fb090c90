//! What the demonstration's loop writes down of itself, for whoever shows it.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::runtime::loop_watch::LoopWatch;

/// Beats that are kept for the strip: those of twenty seconds.
const KEPT: usize = 4000;

/// One run of the small job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Beat {
    /// When it ran.
    pub ran: Instant,
    /// How long after the time it was due.
    pub lag: Duration,
}

/// One piece of slow work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// When the loop was given it.
    pub begun: Instant,
    /// How it ended; None while it is under way.
    pub ended: Option<Result<Duration, String>>,
    /// How often the loop's small job ran meanwhile.
    pub beats: u64,
}

/// The record of a loop under one strategy. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct Record {
    /// Lags and slow callbacks.
    pub watch: LoopWatch,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    beats: u64,
    recent: VecDeque<Beat>,
    call: Option<Call>,
    failed: Option<String>,
}

impl Record {
    /// The small job has run.
    pub fn beat(&self, beat: Beat) {
        self.watch.lagged(beat.lag);
        let mut state = self.state();
        state.beats += 1;
        if state.recent.len() == KEPT {
            state.recent.pop_front();
        }
        state.recent.push_back(beat);
        if let Some(call) = state.call.as_mut().filter(|call| call.ended.is_none()) {
            call.beats += 1;
        }
    }

    /// A piece of slow work begins.
    pub fn call_begun(&self) {
        self.state().call = Some(Call { begun: Instant::now(), ended: None, beats: 0 });
    }

    /// It has ended; an error says why it failed.
    pub fn call_ended(&self, failed: Option<String>) {
        if let Some(call) = &mut self.state().call {
            call.ended = Some(failed.map_or_else(|| Ok(call.begun.elapsed()), Err));
        }
    }

    /// The loop could not go on.
    pub fn failed(&self, why: String) {
        self.state().failed = Some(why);
    }

    /// How often the small job ran.
    pub fn beats(&self) -> u64 {
        self.state().beats
    }

    /// The last beats, oldest first, from this time on.
    pub fn beats_since(&self, time: Instant) -> Vec<Beat> {
        let state = self.state();
        let first = state.recent.partition_point(|beat| beat.ran < time);
        state.recent.range(first..).copied().collect()
    }

    /// The last piece of slow work.
    pub fn call(&self) -> Option<Call> {
        self.state().call.clone()
    }

    /// Why the loop could not go on, said once.
    pub fn take_failure(&self) -> Option<String> {
        self.state().failed.take()
    }

    /// Forgets everything.
    pub fn clear(&self) {
        *self.state() = State::default();
        self.watch.clear();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beats_during_a_call_are_counted() {
        let record = Record::default();
        let begun = Instant::now();
        let beat = |n: u64| Beat { ran: begun + Duration::from_millis(5 * n), lag: Duration::ZERO };
        record.beat(beat(0));
        record.call_begun();
        record.beat(beat(1));
        record.beat(beat(2));
        assert_eq!(record.call().unwrap().ended, None);
        record.call_ended(None);
        record.beat(beat(3));
        let call = record.call().unwrap();
        assert_eq!((call.beats, record.beats()), (2, 4));
        assert!(matches!(call.ended, Some(Ok(_))));
        assert_eq!(record.beats_since(beat(2).ran), [beat(2), beat(3)]);
        record.clear();
        assert_eq!((record.beats(), record.call(), record.watch.lag()), (0, None, None));
    }
}
