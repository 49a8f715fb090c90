//! The one signal that tells the event loop that some worker has something new to show.

use std::sync::Arc;

use tokio::sync::Notify;

/// Rung by workers from their threads, awaited by the event loop. Rings that nobody has heard yet become one.
#[derive(Debug, Clone, Default)]
pub struct Wake(Arc<Notify>);

impl Wake {
    /// A signal that has not been rung.
    pub fn new() -> Self {
        Self::default()
    }

    /// Something is new. Never blocks.
    pub fn ring(&self) {
        self.0.notify_one();
    }

    /// Completes once the signal has been rung since the last time.
    pub async fn rung(&self) {
        self.0.notified().await;
    }
}
