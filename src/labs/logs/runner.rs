//! The runner: the thread on which a strategy follows files for the dashboard, and the way its lines take to the worker.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use crossbeam_channel::{Sender, select};

use super::merged::Merged;
use super::open_file::Ends;
use super::sink::{Closed, Origin, Sink};
use super::source::Note;
use super::sources::Sources;
use super::stop::Stop;
use super::strategies::{Follow, Job};
use crate::runtime::strategy::{Setup, Strategy};
use crate::runtime::worker::Runner;

/// Blocks of lines that may wait for the worker, 256 KiB each at most: past it the readers wait.
pub const BLOCKS: usize = 16;

/// What readers hand to the worker.
#[derive(Debug)]
pub enum Passed {
    /// Whole lines, or a piece of one, of the origin of this index.
    Lines(usize, Vec<u8>, Ends),
    /// What happened to an origin.
    Note(usize, Note),
}

/// What a runner is to do.
pub struct Run {
    /// Its number, so that late reports are known as such.
    pub number: u64,
    /// Under which strategy.
    pub strategy: &'static Strategy<Sources, dyn Follow>,
    /// What the strategy is made from.
    pub setup: Setup,
    /// What it is to follow.
    pub job: Job,
}

/// What a runner reports.
#[derive(Debug)]
pub enum Report {
    /// The run of this number has ended, and why if not because it was told to.
    Ended(u64, Result<(), String>),
    /// A reader panicked, and the runner with it.
    Panicked(String),
    /// So many lines were copied to this file, or why not.
    Copied(PathBuf, Result<u64, String>),
    /// Lines came that the worker does not take in, since it is paused.
    Waiting,
}

/// Starts a runner.
pub fn start(reports: Sender<Report>) -> Runner<Run> {
    Runner::start(
        "logs-run",
        reports,
        |run: Run, reports| {
            let result = (run.strategy.make)(&run.setup)
                .map_err(|error| error.to_string())
                .and_then(|mut made| made.run(&run.job).map_err(|error| error.to_string()));
            let _ = reports.send(Report::Ended(run.number, result));
        },
        |panicked| Report::Panicked(panicked.message),
    )
}

/// What happens to lines beside being shown, for all runs.
#[derive(Debug, Default)]
pub struct Beside {
    /// The merged file, if one is written.
    pub merged: RwLock<Option<Arc<Merged>>>,
    /// How long each write takes on the simulated slow disk, in milliseconds; 0 without one.
    pub slow_disk_ms: AtomicU64,
    /// The worker takes no lines in now.
    pub paused: AtomicBool,
}

/// The worker as a place for lines. While it takes none, the reader waits here: the file is the buffer.
#[derive(Debug)]
pub struct ToWorker {
    passed: Sender<Passed>,
    reports: Sender<Report>,
    beside: Arc<Beside>,
    stop: Stop,
}

impl ToWorker {
    /// A way to the worker that is closed when `stop` is set.
    pub fn new(passed: Sender<Passed>, reports: Sender<Report>, beside: Arc<Beside>, stop: Stop) -> Arc<Self> {
        Arc::new(Self { passed, reports, beside, stop })
    }

    fn merged(&self) -> Option<Arc<Merged>> {
        self.beside.merged.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn send(&self, passed: Passed) -> Result<(), Closed> {
        select! {
            send(self.passed, passed) -> sent => sent.map_err(|_| Closed),
            recv(self.stop.closed()) -> _ => Err(Closed),
        }
    }
}

impl Sink for ToWorker {
    fn put(&self, from: &Origin, bytes: &[u8], ends: Ends) -> Result<(), Closed> {
        if self.beside.paused.load(Ordering::Relaxed) {
            // A full queue of reports has one to the same effect, or another that shows a new picture too.
            let _ = self.reports.try_send(Report::Waiting);
        }
        self.send(Passed::Lines(from.index, bytes.to_vec(), ends))?;
        let slow = self.beside.slow_disk_ms.load(Ordering::Relaxed);
        if slow > 0 {
            self.stop.wait(Duration::from_millis(slow));
        }
        // From here on the lines are taken, whatever becomes of the file.
        if let Some(Err(error)) = self.merged().map(|merged| merged.write(from.index, bytes, ends)) {
            self.note(from, Note::MergeFailed(error.to_string()));
        }
        Ok(())
    }

    fn note(&self, from: &Origin, note: Note) {
        if let (Note::Truncated { .. }, Some(merged)) = (&note, self.merged()) {
            merged.cut(from.index);
        }
        // Once stopped, nobody is left to tell.
        let _ = self.send(Passed::Note(from.index, note));
    }
}
