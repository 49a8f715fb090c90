//! The ways to follow many files at once: a line each in the table.

mod event_loop;

pub mod bottom_up;
pub mod bridged;
pub mod notify;
pub mod threads;
pub mod top_down;
pub mod writer_thread;

#[cfg(test)]
mod conformance;

use std::panic::resume_unwind;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use crate::labs::logs::sink::Sink;
use crate::labs::logs::sources::Sources;
use crate::labs::logs::stop::Stop;
use crate::runtime::caught::{self, Panicked};
use crate::runtime::loop_watch::LoopWatch;
use crate::runtime::strategy::{Setup, Strategy};

/// What a strategy is to do. Clones are the same job.
#[derive(Clone)]
pub struct Job {
    /// What is followed; the offsets are in there, and stay when the strategy is switched.
    pub sources: Arc<Sources>,
    /// Where lines go.
    pub sink: Arc<dyn Sink>,
    /// How often the polling strategies look.
    pub interval: Duration,
    /// Whether to wait for more when everything has been read.
    pub follow: bool,
    /// Set when the strategy is to end.
    pub stop: Stop,
    /// What a strategy's event loop observes of itself.
    pub watch: LoopWatch,
}

/// A strategy could not go on.
#[derive(Debug, thiserror::Error)]
pub enum FollowError {
    /// The system gave no thread, no runtime or no event queue.
    #[error("{what}: {source}")]
    System {
        /// What was asked for.
        what: &'static str,
        /// What the system said.
        source: std::io::Error,
    },
}

/// A way to follow files.
pub trait Follow: Send {
    /// Follows until the job's stop is set, or until all has been read when the job does not follow.
    ///
    /// When it returns, no thread of it reads any more. A reader's panic becomes its own.
    fn run(&mut self, job: &Job) -> Result<(), FollowError>;
}

/// The table: the first one is the default.
pub static STRATEGIES: &[Strategy<Sources, dyn Follow>] = &[
    notify::STRATEGY,
    threads::STRATEGY,
    top_down::STRATEGY,
    bottom_up::STRATEGY,
    bridged::STRATEGY,
    writer_thread::STRATEGY,
];

/// Threads of one run that read files. One that panics ends them all, and the panic is passed on at the end.
#[derive(Debug)]
struct Crew<'a> {
    setup: &'a Setup,
    stop: &'a Stop,
    panic: Mutex<Option<Panicked>>,
}

impl<'a> Crew<'a> {
    fn new(setup: &'a Setup, stop: &'a Stop) -> Self {
        Self { setup, stop, panic: Mutex::new(None) }
    }

    /// Starts a thread of this name that does `work`.
    fn start<'scope>(
        &'scope self,
        scope: &'scope thread::Scope<'scope, '_>,
        name: String,
        work: impl FnOnce() + Send + 'scope,
    ) -> Result<(), FollowError> {
        let guarded = move || {
            self.setup.enter_thread();
            self.watch(work);
        };
        thread::Builder::new()
            .name(name)
            .spawn_scoped(scope, guarded)
            .map(drop)
            .map_err(|source| FollowError::System { what: "a thread cannot be started", source })
    }

    /// Does `work`; a panic in it is kept, and ends the run.
    fn watch(&self, work: impl FnOnce()) {
        self.take_over(caught::catch(work).err());
    }

    /// Keeps a panic that was caught elsewhere, and ends the run.
    fn take_over(&self, panic: Option<Panicked>) {
        if let Some(panic) = panic {
            self.panic.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(panic);
            self.stop.set();
        }
    }

    /// Goes on with the panic of one of the threads, if one did; they have all ended.
    fn end(self) {
        if let Some(panic) = self.panic.into_inner().unwrap_or_else(PoisonError::into_inner) {
            let place = panic.place.map(|place| format!(" ({place})")).unwrap_or_default();
            resume_unwind(Box::new(format!("{}{place}", panic.message)));
        }
    }
}
