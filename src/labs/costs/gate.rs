//! A gate at which many threads wait until it is opened, and which knows when all have come.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// The gate. It allocates nothing, so that those who wait at it cost only what they are.
#[derive(Debug, Default)]
pub struct Gate {
    state: Mutex<State>,
    came: Condvar,
    opened: Condvar,
}

#[derive(Debug, Default)]
struct State {
    waiting: usize,
    open: bool,
}

impl Gate {
    /// Waits at the gate until it is open.
    pub fn wait(&self) {
        let mut state = self.lock();
        state.waiting += 1;
        self.came.notify_one();
        while !state.open {
            state = self.opened.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Returns once so many have come to the gate.
    pub fn until_waiting(&self, count: usize) {
        let mut state = self.lock();
        while state.waiting < count {
            state = self.came.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Opens the gate for good.
    pub fn open(&self) {
        self.lock().open = true;
        self.opened.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn nobody_passes_before_it_opens() {
        let (gate, passed) = (Gate::default(), AtomicUsize::new(0));
        std::thread::scope(|scope| {
            for _ in 0..5 {
                scope.spawn(|| {
                    gate.wait();
                    passed.fetch_add(1, Ordering::SeqCst);
                });
            }
            gate.until_waiting(5);
            assert_eq!(passed.load(Ordering::SeqCst), 0);
            gate.open();
        });
        assert_eq!(passed.load(Ordering::SeqCst), 5);
    }
}
