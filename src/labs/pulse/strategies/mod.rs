//! The ways to do slow work on an event loop: one file each, and the table of them.

mod async_io;
mod blocking;
mod cpu_on_loop;
mod own_thread;
mod spawn_blocking;
mod yielding;

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::peer::Peer;
use crate::runtime::strategy::Strategy;

/// One piece of slow work: what it takes, and whom to ask.
#[derive(Debug)]
pub struct Job {
    /// How long the peer takes to answer, or the computation to end.
    pub block: Duration,
    /// The slow peer.
    pub peer: Peer,
    /// Cancelled when the loop is to end.
    pub stop: CancellationToken,
}

/// Why slow work did not come to its end.
#[derive(Debug, thiserror::Error)]
pub enum Failed {
    /// No answer came.
    #[error("no answer from the slow peer: {0}")]
    Peer(#[from] io::Error),
    /// The loop was told to end.
    #[error("stopped before it was done")]
    Stopped,
    /// The thread that was to do it has ended.
    #[error("its thread has ended")]
    NoThread,
}

/// Slow work as a coroutine of the demonstration's loop.
pub type Coroutine = Pin<Box<dyn Future<Output = Result<(), Failed>>>>;

/// A way to do slow work on an event loop, with whatever it keeps between two pieces: a thread, a pool.
pub trait SlowWork {
    /// What its callback is called.
    fn name(&self) -> &'static str;

    /// The coroutine that does one piece of slow work, to be run on the loop.
    fn call(&self, job: &Arc<Job>) -> Coroutine;
}

/// A row of the table. Every strategy takes every length of work.
pub type Row = Strategy<Duration, dyn SlowWork>;

/// Every strategy, in the order of the switch keys.
pub static STRATEGIES: &[Row] = &[
    blocking::STRATEGY,
    cpu_on_loop::STRATEGY,
    spawn_blocking::STRATEGY,
    own_thread::STRATEGY,
    yielding::STRATEGY,
    async_io::STRATEGY,
];

#[cfg(test)]
mod conformance;
