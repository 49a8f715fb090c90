//! The brake and the progress of one run: whoever started it can pause it or stop it, and sees how many items are done.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
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
    paused: Mutex<bool>,
    go_on: Condvar,
    was_paused: AtomicBool,
    done: AtomicUsize,
    /// Rung when an item is done; rings that nobody has heard yet become one.
    progress: Option<Sender<()>>,
}

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
        let mut paused = self.paused();
        while *paused && !self.0.stop.is_cancelled() {
            paused = self.0.go_on.wait_timeout(paused, LOOK).unwrap_or_else(PoisonError::into_inner).0;
        }
        if self.0.stop.is_cancelled() { Err(Stopped) } else { Ok(()) }
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
        *self.paused() = pause;
        if pause {
            self.0.was_paused.store(true, Ordering::Relaxed);
        } else {
            self.0.go_on.notify_all();
        }
    }

    /// Whether it is paused now.
    pub fn is_paused(&self) -> bool {
        *self.paused()
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

    fn paused(&self) -> std::sync::MutexGuard<'_, bool> {
        self.0.paused.lock().unwrap_or_else(PoisonError::into_inner)
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
    fn items_done_are_counted_and_rings_become_one() {
        let (bell, heard) = bounded(1);
        let control = Control::with_progress(bell);
        for _ in 0..3 {
            control.item_done();
        }
        assert_eq!((control.done(), heard.try_iter().count()), (3, 1));
    }
}
