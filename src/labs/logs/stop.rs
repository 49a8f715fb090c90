//! The wish that a strategy ends, as threads wait for it and as coroutines do.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
use tokio_util::sync::CancellationToken;

/// A flag that is set once. Clones are the same flag.
#[derive(Debug, Clone)]
pub struct Stop {
    token: CancellationToken,
    /// Dropped when the flag is set, which closes the channel.
    open: Arc<Mutex<Option<Sender<()>>>>,
    closed: Receiver<()>,
}

impl Default for Stop {
    fn default() -> Self {
        let (open, closed) = bounded(0);
        Self { token: CancellationToken::new(), open: Arc::new(Mutex::new(Some(open))), closed }
    }
}

impl Stop {
    /// A flag that is not set.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets it, and wakes all who wait.
    pub fn set(&self) {
        self.token.cancel();
        *self.open.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Whether it is set.
    pub fn is_set(&self) -> bool {
        self.token.is_cancelled()
    }

    /// The same flag for coroutines.
    pub fn token(&self) -> &CancellationToken {
        &self.token
    }

    /// The same flag for a thread that selects: a channel that is closed once it is set.
    pub fn closed(&self) -> &Receiver<()> {
        &self.closed
    }

    /// A thread's sleep, `most` long, that the flag ends; whether it is set then.
    pub fn wait(&self, most: Duration) -> bool {
        !matches!(self.closed.recv_timeout(most), Err(RecvTimeoutError::Timeout))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_ends_with_the_time_or_with_the_flag() {
        let stop = Stop::new();
        assert!(!stop.wait(Duration::from_millis(1)));
        let waiting = std::thread::spawn({
            let stop = stop.clone();
            move || stop.wait(Duration::from_mins(1))
        });
        stop.set();
        assert!(waiting.join().unwrap());
        assert!(stop.is_set());
    }
}
