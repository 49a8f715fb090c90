//! What a strategy is given and what it gives back.

use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::ValueEnum;
use rustix::time::{ClockId, clock_gettime};

use super::search::Kernel;
use super::task::{Answer, Task};
use crate::runtime::control::{Control, Stopped};
use crate::runtime::process_pool::StageTimes;
use crate::runtime::span::{Lane, Recorder, State};

/// A strategy of this lab, made and ready to run.
pub trait Run: Send {
    /// Does every task of the work, and measures the time around the work itself.
    fn run(&mut self, work: &Work) -> Result<Outcome, RunError>;
}

/// One run's work. Clones are the same work.
#[derive(Debug, Clone)]
pub struct Work {
    /// What is to be done.
    pub tasks: Arc<[Task]>,
    /// How it is cut up.
    pub chunking: Chunking,
    /// Pauses and stops it, and counts what is done.
    pub control: Control,
    /// Who worked or waited when.
    pub recorder: Recorder,
    /// A fault to inject: kill a worker process every so often.
    pub kill_every: Option<Duration>,
}

/// How a workload is cut into chunks, each of which one worker takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, ValueEnum)]
pub enum Chunking {
    /// One part for each worker, of the same number of items, dealt out beforehand: a dear part makes a straggler.
    Static,
    /// An item at a time, for whoever is free.
    Dynamic,
}

/// What came of a run.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Outcome {
    /// An answer for each task, in their order.
    pub answers: Vec<Answer>,
    /// Time around the work itself.
    pub elapsed: Duration,
    /// Time in each stage of the process pool, if one was used.
    pub stages: Option<StageTimes>,
    /// Worker processes that were lost and replaced.
    pub workers_replaced: usize,
    /// How the last of them ended.
    pub last_loss: Option<String>,
    /// Turns taken with the simulated interpreter lock, if there was one.
    pub lock_turns: Option<u64>,
    /// The longest time that the event loop kept a due timer waiting, if there was a loop.
    pub loop_lag: Option<Duration>,
}

/// Why a run has no outcome.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// It was told to stop.
    #[error(transparent)]
    Stopped(#[from] Stopped),
    /// It failed.
    #[error("{0}")]
    Failed(String),
}

impl Work {
    /// Work that nobody pauses, records or disturbs.
    pub fn new(tasks: Arc<[Task]>, chunking: Chunking) -> Self {
        Self { tasks, chunking, control: Control::default(), recorder: Recorder::off(), kill_every: None }
    }

    /// The chunks, in order, for so many workers.
    pub fn chunks(&self, workers: usize) -> Vec<Range<usize>> {
        let size = match self.chunking {
            Chunking::Static => self.tasks.len().div_ceil(workers).max(1),
            Chunking::Dynamic => 1,
        };
        (0..self.tasks.len()).step_by(size).map(|begin| begin..(begin + size).min(self.tasks.len())).collect()
    }

    /// Does the tasks of one chunk on the calling thread, with a block in its lane for each.
    pub fn solve(&self, chunk: Range<usize>, kernel: Kernel, lane: &Lane) -> Result<Vec<Answer>, Stopped> {
        let _inside = self.control.enter();
        chunk
            .map(|index| {
                self.control.checkpoint()?;
                let answer = if self.recorder.is_on() {
                    lane.fill("no item to do", State::Queue, Instant::now());
                    let mut meter = Meter::begin(lane, index);
                    let answer = self.tasks[index].solve(kernel, || {
                        meter.look();
                        self.control.checkpoint()
                    })?;
                    meter.end();
                    answer
                } else {
                    self.tasks[index].solve(kernel, || self.control.checkpoint())?
                };
                self.control.item_done();
                Ok(answer)
            })
            .collect()
    }
}

/// Lanes whose workers wait until all are done: the rest of the run is time without an item.
pub fn close(lanes: &[Lane]) {
    let end = Instant::now();
    for lane in lanes {
        lane.fill("no item to do", State::Queue, end);
    }
}

/// A wait for a core that is worth a block of its own.
const LONGEST_HIDDEN: Duration = Duration::from_micros(200);

/// Watches one item on its thread: what the clock says beyond the thread's own CPU time, it was ready and had no core.
struct Meter<'a> {
    lane: &'a Lane,
    label: String,
    begun: Instant,
    looked: Instant,
    cpu: Duration,
}

impl<'a> Meter<'a> {
    fn begin(lane: &'a Lane, index: usize) -> Self {
        let now = Instant::now();
        Self { lane, label: format!("item {index}"), begun: now, looked: now, cpu: cpu_time() }
    }

    /// Between two windows: a window that took longer than its thread computed is divided.
    fn look(&mut self) {
        let (now, cpu) = (Instant::now(), cpu_time());
        let waited = now.duration_since(self.looked).saturating_sub(cpu.saturating_sub(self.cpu));
        if waited > LONGEST_HIDDEN {
            let without = now.checked_sub(waited).unwrap_or(now);
            self.lane.record(self.label.clone(), State::Running, self.begun, without);
            self.lane.record("ready, no core", State::Ready, without, now);
            self.begun = now;
        }
        (self.looked, self.cpu) = (now, cpu);
    }

    fn end(mut self) {
        self.look();
        self.lane.record(self.label, State::Running, self.begun, self.looked);
    }
}

/// CPU time of the calling thread so far.
fn cpu_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::labs::gcd::workload::BuiltIn;

    #[test]
    fn chunks_cover_every_item_once_in_order() {
        let tasks = BuiltIn::Skewed.workload(1).tasks;
        for chunking in [Chunking::Static, Chunking::Dynamic] {
            let work = Work::new(Arc::clone(&tasks), chunking);
            for workers in [1, 2, 3, 7, 64, 200] {
                let chunks = work.chunks(workers);
                assert_eq!(chunks.iter().cloned().flatten().collect::<Vec<_>>(), (0..64).collect::<Vec<_>>());
                assert!(chunking == Chunking::Dynamic || chunks.len() <= workers);
            }
        }
    }
}
