//! The one signal that tells the event loop that some worker has something new to show.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

/// Rung by workers from their threads, awaited by the event loop. Rings that nobody has heard yet become one.
#[derive(Debug, Clone)]
pub struct Wake(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    notify: Notify,
    origin: Instant,
    /// Nanoseconds from `origin` to the first ring not heard yet, and 0 when there is none.
    rung_at: AtomicU64,
}

impl Default for Wake {
    fn default() -> Self {
        Self(Arc::new(Shared { notify: Notify::new(), origin: Instant::now(), rung_at: AtomicU64::new(0) }))
    }
}

impl Wake {
    /// A signal that has not been rung.
    pub fn new() -> Self {
        Self::default()
    }

    /// Something is new. Never blocks.
    pub fn ring(&self) {
        let now = self.0.origin.elapsed().as_nanos() as u64;
        // Only the first of several unheard rings tells how long the event loop let a worker wait.
        let _ = self.0.rung_at.compare_exchange(0, now.max(1), Ordering::Relaxed, Ordering::Relaxed);
        self.0.notify.notify_one();
    }

    /// Completes once the signal has been rung since the last time, with the time of the first ring that was not heard yet.
    pub async fn rung(&self) -> Instant {
        self.0.notify.notified().await;
        match self.0.rung_at.swap(0, Ordering::Relaxed) {
            0 => Instant::now(),
            at => self.0.origin + Duration::from_nanos(at),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn rings_that_nobody_heard_become_one_and_tell_the_first_ones_time() {
        let wake = Wake::new();
        let before = Instant::now();
        wake.ring();
        let between = Instant::now();
        wake.clone().ring();
        let rung = wake.rung().await;
        assert!(before <= rung && rung <= between);
        let second = tokio::time::timeout(Duration::ZERO, wake.rung()).await;
        assert!(second.is_err(), "one signal for two rings");
    }
}
