//! Worker processes: started once and reused, each handed one job at a time, replaced when they die.
//!
//! ```text
//!  caller's thread                         worker process (`fanout worker`)
//!  encode ─ send ───────── socket ───────► decode ─ resolve ─ run ─ encode
//!  merge ◄─ decode ◄────── socket ◄─────── send
//! ```
//!
//! The pool has no threads of its own: the thread that calls [`Pool::map`] waits on all sockets at once. What it promises:
//!
//! - Results stand in the order of the inputs, each exactly once; at most as many jobs are under way as there are workers.
//! - A job that fails or panics returns its error, and the worker goes on.
//! - A worker that dies, answers nonsense or gives no answer by the job's deadline is ended, reaped and replaced. Its job is
//!   run again once; a job that has lost two workers is reported as failed.
//! - Workers end when the pool is dropped, and when this process ends, however it ends.

mod frame;
pub mod hand_out;
mod process;
mod round;
mod serve;
mod stages;

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use serde::Serialize;
use serde::de::DeserializeOwned;

pub use self::frame::{Damaged, frame_sizes};
use self::frame::{PROTOCOL, Reply};
use self::process::{Lost, Process};
use self::round::Round;
pub use self::serve::{Call, Job, ServeError, serve};
pub use self::stages::{Stage, StageTimes};
use crate::runtime::clock;
use crate::runtime::control::{Control, Stopped};
use crate::runtime::span::Recorder;
use crate::runtime::strategy::Setup;

/// How long a worker process may take to come up.
const START: Duration = Duration::from_secs(10);

/// A pool of worker processes. It starts none before the first job, or [`Pool::start`].
#[derive(Debug)]
pub struct Pool {
    executable: PathBuf,
    size: usize,
    /// Its processes give way to the thread that draws.
    behind_screen: bool,
    processes: Vec<Process>,
    /// Workers lost since a job was last done, before they were ready.
    false_starts: usize,
    /// Workers that died while they had nothing to do, not yet told of, and how the last of them ended.
    dead: (usize, Option<String>),
}

/// How one call of [`Pool::map`] is to be run.
#[derive(Clone)]
pub struct Batch<'a> {
    /// The job's name in the workers' table.
    pub job: &'a str,
    /// A worker that has not answered a job for so long is taken for hung, and ended.
    pub deadline: Duration,
    /// Pauses between jobs, stops at once.
    pub control: &'a Control,
    /// Called with the index of each input whose result is there.
    pub done: &'a dyn Fn(usize),
    /// A fault to inject: every so often one of the busy workers is killed.
    pub kill_every: Option<Duration>,
    /// Who worked or waited when: a lane for each worker.
    pub recorder: &'a Recorder,
}

/// What came of a call of [`Pool::map`].
#[derive(Debug)]
pub struct Mapped<O> {
    /// A result for each input, in the order of the inputs.
    pub results: Vec<Result<O, JobError>>,
    /// The time that the jobs spent in each stage.
    pub stages: StageTimes,
    /// Workers that were lost and replaced meanwhile, or found dead at the beginning.
    pub replaced: usize,
    /// How the last of them ended.
    pub last_loss: Option<String>,
}

/// What is said of so many workers that were lost and replaced, the last of which ended like this.
pub fn say_replaced(count: usize, how: &str) -> String {
    let lost = match count {
        1 => "a worker process was lost".to_owned(),
        count => format!("{count} worker processes were lost"),
    };
    format!("{lost}: {how}; replaced, and no result is missing")
}

/// Why a single job has no result.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JobError {
    /// The job itself said so, or panicked.
    #[error("{0}")]
    Failed(String),
    /// The input or the result could not be turned into bytes or back.
    #[error("its {what} cannot be {done}: {why}")]
    Codec {
        /// Input or result.
        what: &'static str,
        /// Encoded or decoded.
        done: &'static str,
        /// The reason.
        why: String,
    },
    /// Two workers were lost over it.
    #[error("the worker process was lost, and the one that tried again too: {0}")]
    Lost(String),
}

/// Why a whole call has no results.
#[derive(Debug, thiserror::Error)]
pub enum PoolError {
    /// No worker process comes up.
    #[error("no worker process comes up from {}: {why}", .executable.display())]
    CannotStart {
        /// The program.
        executable: PathBuf,
        /// The reason.
        why: String,
    },
    /// Waiting for the workers failed.
    #[error("waiting for worker processes failed")]
    Wait(#[source] io::Error),
    /// The run was told to stop.
    #[error(transparent)]
    Stopped(#[from] Stopped),
}

impl Pool {
    /// A pool of at most `size` workers, which run `executable worker`.
    pub fn new(executable: PathBuf, size: usize) -> Self {
        let behind_screen = false;
        Self { executable, size: size.max(1), behind_screen, processes: Vec::new(), false_starts: 0, dead: (0, None) }
    }

    /// The pool of a strategy that was asked to be made like this.
    pub fn of(setup: &Setup) -> Self {
        Self { behind_screen: setup.behind_screen, ..Self::new(setup.executable.clone(), setup.workers) }
    }

    /// Starts all the workers and waits until they are up, so that a measured call does not count it.
    pub fn start(&mut self) -> Result<(), PoolError> {
        self.dead = self.bury();
        self.fill(self.size)?;
        let deadline = clock::now() + START.as_nanos() as u64;
        while self.processes.iter().any(|process| !process.ready) {
            let now = clock::now();
            if now > deadline {
                return Err(self.cannot_start("it does not say that it is ready"));
            }
            self.wait(Duration::from_nanos(deadline - now))?;
            for place in (0..self.processes.len()).rev() {
                let process = &mut self.processes[place];
                let Err(lost) = process.receive().and_then(|()| greet(process)) else { continue };
                let mut process = self.processes.swap_remove(place);
                let why = format!("{lost} ({})", process.end());
                // One that was up and was killed is replaced; one that never comes up would be started for ever.
                if !process.ready {
                    return Err(self.cannot_start(why));
                }
                self.dead = (self.dead.0 + 1, Some(why));
            }
            self.fill(self.size)?;
        }
        Ok(())
    }

    /// The process ids of the workers that are up.
    pub fn process_ids(&self) -> Vec<u32> {
        self.processes.iter().map(Process::id).collect()
    }

    /// Runs the job on every input, and returns the results in their order.
    pub fn map<I: Serialize, O: DeserializeOwned>(
        &mut self,
        inputs: &[I],
        batch: &Batch<'_>,
    ) -> Result<Mapped<O>, PoolError> {
        for process in &mut self.processes {
            process.lane = None;
            process.free_since = clock::now();
        }
        let result = Round::new(self, inputs, batch).run();
        // What is still busy belongs to a call that was stopped or failed: it is of no use to the next one.
        self.processes.retain(|process| process.job.is_none());
        result
    }

    /// Removes the workers that have died since they last answered, and says how many there were and how the last one ended.
    /// A job sent to one of them would have lost a try for nothing.
    fn bury(&mut self) -> (usize, Option<String>) {
        let (mut count, mut how) = std::mem::take(&mut self.dead);
        for place in (0..self.processes.len()).rev() {
            let process = &mut self.processes[place];
            // One that is not up yet is waited for elsewhere, and must not be read here.
            if !process.ready {
                continue;
            }
            if let Err(lost) = process.receive() {
                how = Some(format!("{lost} ({})", self.processes.swap_remove(place).end()));
                count += 1;
            }
        }
        (count, how)
    }

    /// Starts workers until there are `count`.
    fn fill(&mut self, count: usize) -> Result<(), PoolError> {
        while self.processes.len() < count.min(self.size) {
            let process =
                Process::start(&self.executable, self.behind_screen).map_err(|error| self.cannot_start(error))?;
            self.processes.push(process);
        }
        Ok(())
    }

    /// Waits until a worker has something for us, or takes more of a request.
    fn wait(&self, most: Duration) -> Result<(), PoolError> {
        let interest = |process: &Process| {
            if process.is_sending() { PollFlags::IN | PollFlags::OUT } else { PollFlags::IN }
        };
        let mut waited: Vec<PollFd<'_>> =
            self.processes.iter().map(|process| PollFd::new(&process.socket, interest(process))).collect();
        let timeout = Timespec { tv_sec: most.as_secs() as i64, tv_nsec: most.subsec_nanos().into() };
        match poll(&mut waited, Some(&timeout)) {
            Ok(_) | Err(rustix::io::Errno::INTR) => Ok(()),
            Err(error) => Err(PoolError::Wait(error.into())),
        }
    }

    fn cannot_start(&self, why: impl std::fmt::Display) -> PoolError {
        PoolError::CannotStart { executable: self.executable.clone(), why: why.to_string() }
    }
}

/// Takes a worker's first word, if it has come.
fn greet(process: &mut Process) -> Result<(), Lost> {
    if process.ready {
        return Ok(());
    }
    let Some(body) = process.inbox.next()? else { return Ok(()) };
    match postcard::from_bytes(body).map_err(frame::Damaged::from)? {
        Reply::Ready(PROTOCOL) => process.ready = true,
        Reply::Ready(other) => return Err(Lost::Protocol(other)),
        Reply::Done { .. } => return Err(Lost::OutOfTurn),
    }
    process.free_since = clock::now();
    Ok(())
}
