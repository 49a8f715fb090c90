//! The brake and the progress of one run: whoever started it can pause it or stop it, and sees how many items are done.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crossbeam_channel::Sender;
use tokio_util::sync::CancellationToken;

/// How often a paused run looks whether it has been stopped.
const LOOK: Duration = Duration::from_millis(50);

/// The run was told to stop before it was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("stopped before it was done")]
pub struct Stopped;

/// One run's brake and progress. Clones are the same run's.
#[derive(Debug, Clone, Default)]
pub struct Control(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    stop: CancellationToken,
    brake: Mutex<Brake>,
    /// Rung when it may go on.
    go_on: Condvar,
    /// Rung when one thread fewer computes.
    held: Condvar,
    was_paused: AtomicBool,
    done: AtomicUsize,
    /// Rung when an item is done; rings that nobody has heard yet become one.
    progress: Option<Sender<()>>,
}

#[derive(Debug, Default)]
struct Brake {
    paused: bool,
    /// Threads that are at the run's work.
    inside: usize,
    /// Those of them that wait: at a checkpoint, or aside.
    waiting: usize,
}

/// A thread at the run's work, until this is dropped.
#[derive(Debug)]
pub struct Inside<'a>(&'a Control);

impl Control {
    /// A run that `stop` stops.
    pub fn new(stop: CancellationToken) -> Self {
        Self(Arc::new(Shared { stop, ..Shared::default() }))
    }

    /// A run that rings `progress` (a channel of one place) whenever an item is done.
    pub fn with_progress(progress: Sender<()>) -> Self {
        Self(Arc::new(Shared { progress: Some(progress), ..Shared::default() }))
    }

    /// Between two items or windows: returns at once while the run may go on, waits while it is paused.
    pub fn checkpoint(&self) -> Result<(), Stopped> {
        let mut brake = self.brake();
        if brake.paused {
            brake.waiting += 1;
            self.0.held.notify_all();
            while brake.paused && !self.is_stopped() {
                brake = self.0.go_on.wait_timeout(brake, LOOK).unwrap_or_else(PoisonError::into_inner).0;
            }
            brake.waiting -= 1;
        }
        if self.is_stopped() { Err(Stopped) } else { Ok(()) }
    }

    /// The calling thread is at the run's work until what is returned is dropped.
    pub fn enter(&self) -> Inside<'_> {
        self.brake().inside += 1;
        Inside(self)
    }

    /// Waits for something else than a core in the middle of the run's work: meanwhile this thread counts as waiting.
    pub fn aside<T>(&self, wait: impl FnOnce() -> T) -> T {
        self.brake().waiting += 1;
        self.0.held.notify_all();
        let value = wait();
        self.brake().waiting -= 1;
        value
    }

    /// Pauses the run, and returns when every thread at its work has come to a checkpoint.
    pub fn hold(&self) {
        self.pause(true);
        let mut brake = self.brake();
        while brake.waiting < brake.inside && !self.is_stopped() {
            brake = self.0.held.wait_timeout(brake, LOOK).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Tells the run to stop at its next checkpoint.
    pub fn stop(&self) {
        self.0.stop.cancel();
        self.0.go_on.notify_all();
    }

    /// Whether it was told to stop.
    pub fn is_stopped(&self) -> bool {
        self.0.stop.is_cancelled()
    }

    /// Pauses the run at its next checkpoint, or lets it go on.
    pub fn pause(&self, pause: bool) {
        self.brake().paused = pause;
        if pause {
            self.0.was_paused.store(true, Ordering::Relaxed);
        } else {
            self.0.go_on.notify_all();
        }
    }

    /// Whether it is paused now.
    pub fn is_paused(&self) -> bool {
        self.brake().paused
    }

    /// Whether it ever was paused: then its time says nothing.
    pub fn was_paused(&self) -> bool {
        self.0.was_paused.load(Ordering::Relaxed)
    }

    /// One more item is done.
    pub fn item_done(&self) {
        self.0.done.fetch_add(1, Ordering::Relaxed);
        if let Some(progress) = &self.0.progress {
            // A full channel means that the ring before this one has not been heard yet: it will show this item too.
            let _ = progress.try_send(());
        }
    }

    /// Items done so far.
    pub fn done(&self) -> usize {
        self.0.done.load(Ordering::Relaxed)
    }

    fn brake(&self) -> MutexGuard<'_, Brake> {
        self.0.brake.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Inside<'_> {
    fn drop(&mut self) {
        self.0.brake().inside -= 1;
        self.0.0.held.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crossbeam_channel::bounded;

    #[test]
    fn a_paused_run_waits_and_a_stopped_one_ends() {
        let control = Control::default();
        assert_eq!(control.checkpoint(), Ok(()));
        control.pause(true);
        let (passed_in, passed) = bounded(1);
        let inside = control.clone();
        let thread = std::thread::spawn(move || {
            let first = inside.checkpoint();
            passed_in.send(first).unwrap();
        });
        assert!(passed.try_recv().is_err(), "it waits");
        control.pause(false);
        assert_eq!(passed.recv().unwrap(), Ok(()));
        thread.join().unwrap();
        assert!(control.was_paused() && !control.is_paused());
        control.pause(true);
        control.stop();
        assert_eq!(control.checkpoint(), Err(Stopped), "a paused run can be stopped");
    }

    #[test]
    fn a_run_that_is_held_computes_no_more() {
        let control = Control::default();
        let steps = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            let work = || {
                let inside = control.enter();
                while control.checkpoint().is_ok() {
                    steps.fetch_add(1, Ordering::SeqCst);
                }
                drop(inside);
            };
            scope.spawn(work);
            scope.spawn(work);
            scope.spawn(|| {
                let _inside = control.enter();
                control.aside(|| {
                    while !control.is_stopped() {
                        std::thread::yield_now();
                    }
                });
            });
            for _ in 0..20 {
                control.pause(false);
                let before = steps.load(Ordering::SeqCst);
                while steps.load(Ordering::SeqCst) == before {
                    std::thread::yield_now();
                }
                control.hold();
                let held = steps.load(Ordering::SeqCst);
                std::thread::yield_now();
                assert_eq!(steps.load(Ordering::SeqCst), held, "nobody is in the middle of a step");
            }
            control.stop();
        });
        control.hold();
    }

    #[test]
    fn items_done_are_counted_and_rings_become_one() {
        let (bell, heard) = bounded(1);
        let control = Control::with_progress(bell);
        for _ in 0..3 {
            control.item_done();
        }
        assert_eq!((control.done(), heard.try_iter().count()), (3, 1));
    }
}
