//! Simulated input and output: a wait that costs no computing, and a gauge of how many wait at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

/// A simulated operation. Clones share one gauge.
#[derive(Debug, Clone, Default)]
pub struct IoDelay {
    /// How long each operation takes.
    pub delay: Duration,
    in_flight: Arc<AtomicUsize>,
}

/// One operation in flight, until it is dropped: also when its task is cancelled.
struct InFlight<'a>(&'a AtomicUsize);

impl<'a> InFlight<'a> {
    fn enter(gauge: &'a AtomicUsize) -> Self {
        gauge.fetch_add(1, Ordering::Relaxed);
        Self(gauge)
    }
}

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl IoDelay {
    /// Operations that take this long.
    pub fn new(delay: Duration) -> Self {
        Self { delay, in_flight: Arc::default() }
    }

    /// Operations in flight now.
    pub fn in_flight(&self) -> usize {
        self.in_flight.load(Ordering::Relaxed)
    }

    /// One operation that holds its thread, as a blocking read does.
    pub fn block(&self) {
        let _operation = InFlight::enter(&self.in_flight);
        thread::sleep(self.delay);
    }

    /// One operation that leaves its thread to others meanwhile.
    pub async fn wait(&self) {
        let _operation = InFlight::enter(&self.in_flight);
        tokio::time::sleep(self.delay).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_are_counted_while_they_are_in_flight() {
        let io = IoDelay::new(Duration::from_millis(20));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(async {
            let mut tasks = tokio::task::JoinSet::new();
            for _ in 0..50 {
                let io = io.clone();
                tasks.spawn(async move { io.wait().await });
            }
            tokio::task::yield_now().await;
            assert_eq!(io.in_flight(), 50);
            tasks.abort_all();
            while tasks.join_next().await.is_some() {}
        });
        assert_eq!(io.in_flight(), 0, "a cancelled operation is not in flight");
        io.block();
        assert_eq!(io.in_flight(), 0);
    }
}
