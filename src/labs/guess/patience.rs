//! How long to wait: for a peer (a deadline), and before going on (simulated thinking). Both can be changed while people wait.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

/// How long a peer may take to say a whole line, or to take an answer. Clones are the same deadline.
#[derive(Debug, Clone)]
pub struct Deadline(Arc<AtomicU64>);

impl Deadline {
    /// A deadline of so long; none when it is zero. Counted in milliseconds.
    pub fn new(after: Duration) -> Self {
        let deadline = Self(Arc::default());
        deadline.set(after);
        deadline
    }

    /// Changes it, for waits that begin from now on and those that would run out.
    pub fn set(&self, after: Duration) {
        self.0.store(after.as_millis() as u64, Ordering::Relaxed);
    }

    /// How long it is, if there is one.
    pub fn get(&self) -> Option<Duration> {
        match self.0.load(Ordering::Relaxed) {
            0 => None,
            millis => Some(Duration::from_millis(millis)),
        }
    }

    /// Whether a wait that began then is too long.
    pub fn passed(&self, begun: Instant) -> bool {
        self.get().is_some_and(|after| begun.elapsed() >= after)
    }
}

/// How long a client thinks about a number before it answers: simulated, so that a person can follow.
#[derive(Debug, Default)]
pub struct Thinking {
    /// Not zero while there is anything to wait for, so that a client flat out takes no lock.
    waits: AtomicU64,
    pace: Mutex<Pace>,
    condvar: Condvar,
    notify: Notify,
    ended: AtomicBool,
}

/// How fast clients go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Pace {
    /// Without a pause.
    #[default]
    FlatOut,
    /// After thinking for so long.
    After(Duration),
    /// Not until the pace changes.
    Paused,
}

impl Pace {
    /// What is left of a pause that began then; none when there is no end to it.
    fn left(self, begun: Instant) -> Option<Duration> {
        match self {
            Self::FlatOut => Some(Duration::ZERO),
            Self::After(pause) => Some(pause.saturating_sub(begun.elapsed())),
            Self::Paused => None,
        }
    }
}

impl Thinking {
    /// Changes the pace, also for those who think now.
    pub fn set(&self, pace: Pace) {
        *self.pace() = pace;
        self.waits.store(u64::from(pace != Pace::FlatOut), Ordering::Release);
        self.condvar.notify_all();
        self.notify.notify_waiters();
    }

    /// Nobody thinks any more: threads that do go on at once. (A coroutine is ended where it waits.)
    pub fn end(&self) {
        self.ended.store(true, Ordering::Release);
        // Whoever has looked at `ended` under the lock is waiting by now.
        drop(self.pace());
        self.condvar.notify_all();
    }

    /// Thinks, and blocks the thread.
    pub fn think(&self) {
        if self.waits.load(Ordering::Acquire) == 0 {
            return;
        }
        let begun = Instant::now();
        let mut pace = self.pace();
        while !self.ended.load(Ordering::Acquire) {
            pace = match pace.left(begun) {
                Some(Duration::ZERO) => return,
                Some(left) => self.condvar.wait_timeout(pace, left).unwrap_or_else(PoisonError::into_inner).0,
                None => self.condvar.wait(pace).unwrap_or_else(PoisonError::into_inner),
            };
        }
    }

    /// Thinks, and lets other coroutines run.
    pub async fn think_async(&self) {
        if self.waits.load(Ordering::Acquire) == 0 {
            return;
        }
        let begun = Instant::now();
        loop {
            let changed = self.notify.notified();
            let left = self.pace().left(begun);
            match left {
                Some(Duration::ZERO) => return,
                // Time is up or the pace has changed: either way, look again.
                Some(left) => drop(tokio::time::timeout(left, changed).await),
                None => changed.await,
            }
        }
    }

    fn pace(&self) -> MutexGuard<'_, Pace> {
        self.pace.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deadline_can_be_moved_and_taken_away() {
        let deadline = Deadline::new(Duration::from_millis(1));
        let begun = Instant::now().checked_sub(Duration::from_secs(1)).unwrap();
        assert!(deadline.passed(begun));
        deadline.clone().set(Duration::from_mins(1));
        assert!(!deadline.passed(begun));
        deadline.set(Duration::ZERO);
        assert_eq!(deadline.get(), None);
    }

    #[test]
    fn who_pauses_goes_on_when_the_pace_changes() {
        let thinking = Arc::new(Thinking::default());
        thinking.think();
        thinking.set(Pace::Paused);
        let blocked = Arc::clone(&thinking);
        let thread = std::thread::spawn(move || blocked.think());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(async {
            let go_on = async { thinking.set(Pace::After(Duration::from_millis(1))) };
            tokio::join!(biased; thinking.think_async(), go_on)
        });
        thread.join().unwrap();
    }
}
