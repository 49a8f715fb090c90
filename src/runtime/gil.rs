//! A simulated interpreter lock, as `CPython`'s: one thread runs at a time, and gives way when another has waited long enough.
//!
//! `CPython` (since 3.2, `Python/ceval_gil.c`): a thread that wants the lock waits for one switch interval, 5 ms; if nobody has
//! let go of it meanwhile, it asks the holder to, and the holder does at its next check, and then waits until another thread
//! has really taken the lock ("forced switching").

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// After how long a waiting thread asks for the lock: `sys.getswitchinterval()`.
pub const SWITCH_INTERVAL: Duration = Duration::from_millis(5);

/// The lock.
#[derive(Debug, Default)]
pub struct Gil {
    state: Mutex<State>,
    /// Rung when the lock is let go of.
    free: Condvar,
    /// Rung when it is taken.
    taken: Condvar,
    /// Somebody has waited for a switch interval.
    asked: AtomicBool,
}

#[derive(Debug, Default)]
struct State {
    held: bool,
    /// Times that it was taken.
    turns: u64,
    waiting: usize,
}

/// The lock, held until this is dropped.
#[derive(Debug)]
pub struct Turn<'a>(&'a Gil);

impl Gil {
    /// A lock that nobody holds.
    pub fn new() -> Self {
        Self::default()
    }

    /// Waits for a turn.
    pub fn take(&self) -> Turn<'_> {
        let mut state = self.state();
        state.waiting += 1;
        while state.held {
            let turns = state.turns;
            let (locked, timeout) =
                self.free.wait_timeout(state, SWITCH_INTERVAL).unwrap_or_else(PoisonError::into_inner);
            state = locked;
            // Only if it was the same turn all the time: a new holder has an interval of its own.
            if timeout.timed_out() && state.held && state.turns == turns {
                self.asked.store(true, Ordering::Relaxed);
            }
        }
        state.waiting -= 1;
        state.held = true;
        state.turns += 1;
        self.asked.store(false, Ordering::Relaxed);
        self.taken.notify_all();
        Turn(self)
    }

    /// Times that the lock was taken so far.
    pub fn turns(&self) -> u64 {
        self.state().turns
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Turn<'_> {
    /// Whether another thread has waited long enough: the holder should [`give_way`](Self::give_way).
    pub fn is_asked_for(&self) -> bool {
        self.0.asked.load(Ordering::Relaxed)
    }

    /// Lets another thread take the lock, waits until it has, and then for the next turn.
    #[must_use = "the turn ends when this is dropped"]
    pub fn give_way(self) -> Self {
        let gil = self.0;
        let turns = gil.turns();
        drop(self);
        let mut state = gil.state();
        while state.turns == turns && state.waiting > 0 {
            state = gil.taken.wait_timeout(state, SWITCH_INTERVAL).unwrap_or_else(PoisonError::into_inner).0;
        }
        drop(state);
        gil.take()
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.0.state().held = false;
        self.0.free.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicUsize;
    use std::thread;

    #[test]
    fn one_runs_at_a_time_and_all_get_their_turns() {
        let (gil, inside) = (Gil::new(), AtomicUsize::new(0));
        thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    let mut turn = gil.take();
                    let mut given = 0;
                    while given < 2 {
                        assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0, "alone");
                        inside.fetch_sub(1, Ordering::SeqCst);
                        // The last one that still runs is asked by nobody.
                        if turn.is_asked_for() || gil.state().waiting == 0 {
                            turn = turn.give_way();
                            given += 1;
                        }
                    }
                });
            }
        });
        assert!(gil.turns() >= 9, "three threads, three turns each: {}", gil.turns());
    }

    #[test]
    fn a_lone_thread_is_never_asked_to_give_way() {
        let gil = Gil::new();
        let turn = gil.take();
        assert!(!turn.is_asked_for());
        drop(turn);
        assert_eq!(gil.turns(), 1);
    }
}
