//! What a strategy is given and what it gives back.

use std::ops::Range;
use std::time::Duration;

use clap::ValueEnum;

use super::search::Kernel;
use super::task::{Answer, Task};
use crate::runtime::control::{Control, Stopped};
use crate::runtime::process_pool::StageTimes;
use crate::runtime::span::{Lane, Recorder, State};

/// A strategy of this lab, made and ready to run.
pub trait Run: Send {
    /// Does every task of the work, and measures the time around the work itself.
    fn run(&mut self, work: &Work<'_>) -> Result<Outcome, RunError>;
}

/// One run's work.
#[derive(Debug, Clone)]
pub struct Work<'a> {
    /// What is to be done.
    pub tasks: &'a [Task],
    /// How it is cut up.
    pub chunking: Chunking,
    /// Pauses and stops it, and counts what is done.
    pub control: &'a Control,
    /// Who worked or waited when.
    pub recorder: &'a Recorder,
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

impl Work<'_> {
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
        chunk
            .map(|index| {
                self.control.checkpoint()?;
                let label = if self.recorder.is_on() { format!("item {index}") } else { String::new() };
                let answer =
                    lane.span(label, State::Running, || self.tasks[index].solve(kernel, || self.control.checkpoint()))?;
                self.control.item_done();
                Ok(answer)
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::labs::gcd::workload::BuiltIn;

    #[test]
    fn chunks_cover_every_item_once_in_order() {
        let tasks = BuiltIn::Skewed.workload(1).tasks;
        let (control, recorder) = (Control::default(), Recorder::off());
        for chunking in [Chunking::Static, Chunking::Dynamic] {
            let work = Work { tasks: &tasks, chunking, control: &control, recorder: &recorder, kill_every: None };
            for workers in [1, 2, 3, 7, 64, 200] {
                let chunks = work.chunks(workers);
                assert_eq!(chunks.iter().cloned().flatten().collect::<Vec<_>>(), (0..64).collect::<Vec<_>>());
                assert!(chunking == Chunking::Dynamic || chunks.len() <= workers);
            }
        }
    }
}
