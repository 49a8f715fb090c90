//! One call of [`Pool::map`](super::Pool::map): jobs go out as workers come free, results come in, lost workers are replaced.

use std::thread;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_bytes::Bytes;

use super::frame::{self, Marks, Reply, Request};
use super::hand_out::{AfterLoss, HandOut};
use super::process::{InHand, Lost, Process};
use super::stages::{Stage, StageTimes};
use super::{Batch, JobError, Mapped, Pool, PoolError, greet};
use crate::runtime::clock;
use crate::runtime::control::Stopped;
use crate::runtime::span::State;

/// How often a waiting pool looks whether its run has been stopped or paused.
const LOOK: Duration = Duration::from_millis(50);

/// Workers lost one after another before they were ready, after which the pool gives up: the program does not start.
const FALSE_STARTS: usize = 3;

/// An answer that came within so many nanoseconds is soon followed by the next: to go to sleep and be woken on an idle core
/// takes as long.
const BRISK_NS: u64 = 100_000;

/// One call of [`Pool::map`] on its way.
pub(super) struct Round<'a, I, O> {
    pool: &'a mut Pool,
    inputs: &'a [I],
    batch: &'a Batch<'a>,
    hand_out: HandOut,
    results: Vec<Option<Result<O, JobError>>>,
    stages: StageTimes,
    replaced: usize,
    last_loss: Option<String>,
    /// The last answer came within [`BRISK_NS`].
    brisk: bool,
    next_kill: u64,
    kills: usize,
    anchor: clock::Anchor,
}

impl<'a, I: Serialize, O: DeserializeOwned> Round<'a, I, O> {
    pub(super) fn new(pool: &'a mut Pool, inputs: &'a [I], batch: &'a Batch<'a>) -> Self {
        let every = batch.kill_every.map_or(u64::MAX, |every| every.as_nanos() as u64);
        let (replaced, last_loss) = pool.bury();
        Self {
            pool,
            inputs,
            batch,
            hand_out: HandOut::of(inputs.len()),
            results: std::iter::repeat_with(|| None).take(inputs.len()).collect(),
            stages: StageTimes::default(),
            replaced,
            last_loss,
            brisk: false,
            next_kill: clock::now().saturating_add(every),
            kills: 0,
            anchor: clock::Anchor::now(),
        }
    }

    pub(super) fn run(mut self) -> Result<Mapped<O>, PoolError> {
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
            if !self.look_again()? {
                self.pool.wait(self.until_next_duty())?;
                self.take_in()?;
            }
        }
        let results = self.results.into_iter().map(|result| result.expect("none is missing")).collect();
        Ok(Mapped { results, stages: self.stages, replaced: self.replaced, last_loss: self.last_loss })
    }

    /// Gives a job to each worker that has none, and starts workers while jobs wait.
    fn hand_out(&mut self) -> Result<(), PoolError> {
        let busy = self.pool.processes.iter().filter(|process| process.job.is_some()).count();
        self.pool.fill(busy + self.hand_out.waiting())?;
        // A worker can be found dead while a job is sent to it, and is gone then: look anew each time.
        while let Some(place) = self.pool.processes.iter().position(Process::is_free) {
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

    /// While answers come fast, looks for the next one again and again, and says whether one has come. Between two looks
    /// the core is given to whoever wants it: a worker may be waiting for it.
    fn look_again(&mut self) -> Result<bool, PoolError> {
        let begun = clock::now();
        while self.brisk && clock::now() - begun < BRISK_NS {
            if self.take_in()? {
                return Ok(true);
            }
            thread::yield_now();
        }
        Ok(false)
    }

    /// Takes in what the workers have sent, sends on, and ends those whose time is up. Says whether a job was answered.
    fn take_in(&mut self) -> Result<bool, PoolError> {
        let (now, mut answered) = (clock::now(), false);
        for place in (0..self.pool.processes.len()).rev() {
            let outcome = self.attend(place);
            let process = &self.pool.processes[place];
            match outcome {
                Err(lost) => self.lose(place, &lost)?,
                Ok(true) => answered = true,
                Ok(false) if process.job.is_some_and(|job| now > job.deadline) => self.lose(place, &Lost::Hung)?,
                Ok(false) => {}
            }
        }
        Ok(answered)
    }

    /// Takes in what one worker has sent, and says whether that was its answer.
    fn attend(&mut self, place: usize) -> Result<bool, Lost> {
        let process = &mut self.pool.processes[place];
        process.receive()?;
        let received = clock::now();
        greet(process)?;
        process.go_on_sending().map_err(|_| Lost::Ended)?;
        let Some(job) = process.job else { return Ok(false) };
        let Some(body) = process.inbox.next()? else { return Ok(false) };
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
        self.brisk = received.saturating_sub(job.send) < BRISK_NS;
        self.record(place, job, marks, received);
        self.finish(job.index, result);
        self.account(job, marks, received, decoded);
        self.pool.processes[place].free_since = received;
        Ok(true)
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
        self.last_loss = Some(how.clone());
        if let Some(job) = process.job
            && self.hand_out.lost(job.index) == AfterLoss::GivenUp
        {
            self.finish(job.index, Err(JobError::Lost(how)));
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
