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
mod hand_out;
mod process;
mod serve;
mod stages;

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_bytes::Bytes;

pub use self::frame::{Damaged, frame_sizes};
use self::frame::{Marks, PROTOCOL, Reply, Request};
use self::hand_out::{AfterLoss, HandOut};
use self::process::{InHand, Lost, Process};
pub use self::serve::{Call, Job, ServeError, serve};
pub use self::stages::{Stage, StageTimes};
use crate::runtime::clock;
use crate::runtime::control::{Control, Stopped};
use crate::runtime::span::{Recorder, State};

/// How long a worker process may take to come up.
const START: Duration = Duration::from_secs(10);

/// How often a waiting pool looks whether its run has been stopped or paused.
const LOOK: Duration = Duration::from_millis(50);

/// Workers lost one after another before they were ready, after which the pool gives up: the program does not start.
const FALSE_STARTS: usize = 3;

/// A pool of worker processes. It starts none before the first job, or [`Pool::start`].
#[derive(Debug)]
pub struct Pool {
    executable: PathBuf,
    size: usize,
    processes: Vec<Process>,
    /// Workers lost since a job was last done, before they were ready.
    false_starts: usize,
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
    /// Workers that were lost and replaced meanwhile.
    pub replaced: usize,
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
        Self { executable, size: size.max(1), processes: Vec::new(), false_starts: 0 }
    }

    /// Starts all the workers and waits until they are up, so that a measured call does not count it.
    pub fn start(&mut self) -> Result<(), PoolError> {
        self.fill(self.size)?;
        let deadline = clock::now() + START.as_nanos() as u64;
        while self.processes.iter().any(|process| !process.ready) {
            let now = clock::now();
            if now > deadline {
                return Err(self.cannot_start("it does not say that it is ready"));
            }
            self.wait(Duration::from_nanos(deadline - now))?;
            for index in (0..self.processes.len()).rev() {
                if let Err(lost) = self.processes[index].receive().and_then(|()| greet(&mut self.processes[index])) {
                    let why = format!("{lost} ({})", self.processes[index].end());
                    return Err(self.cannot_start(why));
                }
            }
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

    /// Starts workers until there are `count`.
    fn fill(&mut self, count: usize) -> Result<(), PoolError> {
        while self.processes.len() < count.min(self.size) {
            let process = Process::start(&self.executable).map_err(|error| self.cannot_start(error))?;
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

/// One call of [`Pool::map`] on its way.
struct Round<'a, I, O> {
    pool: &'a mut Pool,
    inputs: &'a [I],
    batch: &'a Batch<'a>,
    hand_out: HandOut,
    results: Vec<Option<Result<O, JobError>>>,
    stages: StageTimes,
    replaced: usize,
    next_kill: u64,
    kills: usize,
    anchor: clock::Anchor,
}

impl<'a, I: Serialize, O: DeserializeOwned> Round<'a, I, O> {
    fn new(pool: &'a mut Pool, inputs: &'a [I], batch: &'a Batch<'a>) -> Self {
        let every = batch.kill_every.map_or(u64::MAX, |every| every.as_nanos() as u64);
        Self {
            pool,
            inputs,
            batch,
            hand_out: HandOut::of(inputs.len()),
            results: std::iter::repeat_with(|| None).take(inputs.len()).collect(),
            stages: StageTimes::default(),
            replaced: 0,
            next_kill: clock::now().saturating_add(every),
            kills: 0,
            anchor: clock::Anchor::new(),
        }
    }

    fn run(mut self) -> Result<Mapped<O>, PoolError> {
        while !self.hand_out.is_over() {
            if self.batch.control.is_stopped() {
                return Err(Stopped.into());
            }
            if self.batch.control.is_paused() {
                if self.pool.processes.iter().all(|process| process.job.is_none()) {
                    self.batch.control.checkpoint()?;
                    continue;
                }
            } else {
                self.hand_out()?;
            }
            // A job that could not be encoded is finished without having been under way.
            if self.hand_out.is_over() {
                break;
            }
            self.inject_fault();
            self.pool.wait(self.until_next_duty())?;
            self.take_in()?;
        }
        let results = self.results.into_iter().map(|result| result.expect("none is missing")).collect();
        Ok(Mapped { results, stages: self.stages, replaced: self.replaced })
    }

    /// Gives a job to each worker that has none, and starts workers while jobs wait.
    fn hand_out(&mut self) -> Result<(), PoolError> {
        let busy = self.pool.processes.iter().filter(|process| process.job.is_some()).count();
        self.pool.fill(busy + self.hand_out.waiting())?;
        let free = |process: &Process| process.ready && process.job.is_none();
        // A worker can be found dead while a job is sent to it, and is gone then: look anew each time.
        while let Some(place) = self.pool.processes.iter().position(free) {
            let Some(index) = self.hand_out.take() else { break };
            self.send(place, index)?;
        }
        Ok(())
    }

    /// Encodes an input and begins to send it. An input that cannot be encoded is that job's error.
    fn send(&mut self, place: usize, index: usize) -> Result<(), PoolError> {
        let process = &mut self.pool.processes[place];
        let began = clock::now();
        let number = process.requests + 1;
        let encoded = postcard::to_stdvec(&self.inputs[index]).map_err(frame::Damaged::from).and_then(|input| {
            frame::write(&mut process.out, &Request { number, job: self.batch.job, input: Bytes::new(&input) })
        });
        if let Err(error) = encoded {
            process.out.clear();
            let error = JobError::Codec { what: "input", done: "encoded", why: error.to_string() };
            self.finish(index, Err(error));
            return Ok(());
        }
        let send = clock::now();
        self.stages.add(Stage::EncodeInput, began, send);
        process.requests = number;
        self.hand_out.begun(index);
        let deadline = send.saturating_add(self.batch.deadline.as_nanos() as u64);
        process.job = Some(InHand { index, began, send, deadline });
        // A worker that has died is noticed here or by its socket, and in both cases its job is taken back.
        if process.begin_send().is_err() { self.lose(place, &Lost::Ended) } else { Ok(()) }
    }

    /// Takes in what the workers have sent, sends on, and ends those whose time is up.
    fn take_in(&mut self) -> Result<(), PoolError> {
        let now = clock::now();
        for place in (0..self.pool.processes.len()).rev() {
            let outcome = self.attend(place);
            let process = &self.pool.processes[place];
            match outcome {
                Err(lost) => self.lose(place, &lost)?,
                Ok(()) if process.job.is_some_and(|job| now > job.deadline) => self.lose(place, &Lost::Hung)?,
                Ok(()) => {}
            }
        }
        Ok(())
    }

    fn attend(&mut self, place: usize) -> Result<(), Lost> {
        let process = &mut self.pool.processes[place];
        process.receive()?;
        let received = clock::now();
        greet(process)?;
        process.go_on_sending().map_err(|_| Lost::Ended)?;
        let Some(job) = process.job else { return Ok(()) };
        let Some(body) = process.inbox.next()? else { return Ok(()) };
        let (marks, result) = match postcard::from_bytes(body).map_err(frame::Damaged::from)? {
            Reply::Done { number, marks, result } if number == process.requests => (marks, result),
            _ => return Err(Lost::OutOfTurn),
        };
        let result = match result {
            Ok(bytes) => postcard::from_bytes(bytes).map_err(|error| JobError::Codec {
                what: "result",
                done: "decoded",
                why: error.to_string(),
            }),
            Err(why) => Err(JobError::Failed(why.to_owned())),
        };
        let decoded = clock::now();
        process.job = None;
        self.record(place, job, marks, received);
        self.finish(job.index, result);
        self.account(job, marks, received, decoded);
        self.pool.processes[place].free_since = received;
        Ok(())
    }

    fn finish(&mut self, index: usize, result: Result<O, JobError>) {
        self.results[index] = Some(result);
        self.hand_out.finished();
        self.pool.false_starts = 0;
        (self.batch.done)(index);
    }

    /// Adds a job's times to the stages. A job that failed has no times after the stage it failed in.
    fn account(&mut self, job: InHand, marks: Marks, received: u64, decoded: u64) {
        use Stage::{DecodeInput, DecodeResult, EncodeResult, Merge, ResolveFunction, Run, SendInput, SendResult};
        let merged = clock::now();
        self.stages.add(SendInput, job.send, marks.received);
        self.stages.add(ResolveFunction, marks.received, marks.resolved);
        if marks.encoded > 0 {
            self.stages.add(DecodeInput, marks.resolved, marks.decoded);
            self.stages.add(Run, marks.decoded, marks.ran);
            self.stages.add(EncodeResult, marks.ran, marks.encoded);
            self.stages.add(SendResult, marks.encoded, received);
        }
        self.stages.add(DecodeResult, received, decoded);
        self.stages.add(Merge, decoded, merged);
    }

    /// Writes a job into the worker's lane: waiting for work, receiving, working, sending.
    fn record(&mut self, place: usize, job: InHand, marks: Marks, received: u64) {
        if !self.batch.recorder.is_on() {
            return;
        }
        let process = &mut self.pool.processes[place];
        let id = process.id();
        let lane = process.lane.get_or_insert_with(|| self.batch.recorder.lane(format!("process {id}")));
        let at = |nanoseconds| self.anchor.instant(nanoseconds);
        let ended = if marks.encoded > 0 { marks.encoded } else { received };
        if job.began > process.free_since {
            lane.record("waits for a job", State::Queue, at(process.free_since), at(job.began));
        }
        lane.record("input", State::Io, at(job.began), at(marks.received));
        lane.record(format!("item {}", job.index), State::Running, at(marks.received), at(ended));
        lane.record("result", State::Io, at(ended), at(received));
    }

    /// Ends, reaps and removes a worker; its job is tried again or given up.
    fn lose(&mut self, place: usize, lost: &Lost) -> Result<(), PoolError> {
        let mut process = self.pool.processes.swap_remove(place);
        let how = format!("{lost} ({})", process.end());
        if !process.ready {
            self.pool.false_starts += 1;
            if self.pool.false_starts >= FALSE_STARTS {
                return Err(self.pool.cannot_start(how));
            }
        }
        self.replaced += 1;
        if let Some(job) = process.job {
            if self.hand_out.lost(job.index) == AfterLoss::GivenUp {
                self.finish(job.index, Err(JobError::Lost(how)));
            }
        }
        Ok(())
    }

    /// Kills a busy worker when it is time to, each time another one; but none whose job has lost a worker before, since the
    /// fault is there to show that one loss is made good, and not to use up the tries.
    fn inject_fault(&mut self) {
        let Some(every) = self.batch.kill_every else { return };
        let now = clock::now();
        if now < self.next_kill {
            return;
        }
        self.next_kill = now + every.as_nanos() as u64;
        let hand_out = &self.hand_out;
        let first_try = |process: &&mut Process| process.job.is_some_and(|job| hand_out.is_first_try(job.index));
        let mut victims: Vec<&mut Process> = self.pool.processes.iter_mut().filter(first_try).collect();
        if !victims.is_empty() {
            let victim = self.kills % victims.len();
            victims[victim].kill();
            self.kills += 1;
        }
    }

    /// The time until a deadline, an injected fault, or the next look at the brake.
    fn until_next_duty(&self) -> Duration {
        let deadlines = self.pool.processes.iter().filter_map(|process| process.job.map(|job| job.deadline));
        let next = deadlines.min().unwrap_or(u64::MAX).min(self.next_kill);
        Duration::from_nanos(next.saturating_sub(clock::now())).min(LOOK)
    }
}
