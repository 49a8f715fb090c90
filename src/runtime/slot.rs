//! The view slot: one place, which a worker overwrites and the screen empties. Whoever looks late sees the newest only.
//!
//! Its interleavings are checked by loom, in `tests/interleavings.rs`, from this very file.

use super::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A place for the newest of something. Clones share it.
#[derive(Debug)]
pub struct Slot<T>(Arc<Mutex<Option<T>>>);

impl<T> Clone for Slot<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> Default for Slot<T> {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(None)))
    }
}

impl<T> Slot<T> {
    /// Puts something there; what was there before and has not been taken is let go.
    pub fn put(&self, new: T) {
        let old = self.content().replace(new);
        // A large one is dropped when nobody waits for the lock any more.
        drop(old);
    }

    /// Takes what is there.
    pub fn take(&self) -> Option<T> {
        self.content().take()
    }

    /// Also after a panic elsewhere: the content is replaced whole and never half-changed.
    fn content(&self) -> MutexGuard<'_, Option<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
