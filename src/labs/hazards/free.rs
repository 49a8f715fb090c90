//! The way out of everything that waits here: whoever waits, waits for this too.

use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};

use crossbeam_channel::{Receiver, Sender, TryRecvError, bounded};

/// What a wait ends with that was ended from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("freed from outside")]
pub struct Freed;

/// A switch that frees all who wait. Clones are the same switch.
#[derive(Debug, Clone)]
pub struct Free {
    /// Nothing is ever sent: the channel's end is the signal, and all who wait on it hear it.
    hold: Arc<Mutex<Option<Sender<Infallible>>>>,
    freed: Receiver<Infallible>,
}

impl Default for Free {
    fn default() -> Self {
        let (hold, freed) = bounded(0);
        Self { hold: Arc::new(Mutex::new(Some(hold))), freed }
    }
}

impl Free {
    /// Frees all who wait, now and later.
    pub fn free(&self) {
        *self.hold.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Whether it was used.
    pub fn is_freed(&self) -> bool {
        self.freed.try_recv() == Err(TryRecvError::Disconnected)
    }

    /// A channel that ends when it is used.
    pub fn channel(&self) -> &Receiver<Infallible> {
        &self.freed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_who_wait_are_freed() {
        let free = Free::default();
        assert!(!free.is_freed());
        let waiting = free.clone();
        let thread = std::thread::spawn(move || waiting.channel().recv());
        free.free();
        assert!(thread.join().unwrap().is_err());
        assert!(free.is_freed() && free.clone().is_freed());
    }
}
