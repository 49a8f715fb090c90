//! Worker processes, each with its own memory, that get their input and give their answer as bytes over a socket.
//!
//! Seed item 64, "Process-Based Parallelism". What it teaches: processes are true parallelism even under an interpreter
//! lock, paid for with nine stages a job; worth it when little data goes in, much is computed, and little comes out.
//!
//! Python: `ProcessPoolExecutor(max_workers=2).map(gcd, NUMBERS)`

use std::time::{Duration, Instant};

use super::Row;
use crate::labs::gcd::run::{Outcome, Run, RunError, Work};
use crate::labs::gcd::search::by_division;
use crate::labs::gcd::task::{Answer, Task};
use crate::runtime::process_pool::{Batch, Call, Pool, PoolError};
use crate::runtime::strategy::{About, CannotStart, Setup, Strategy, supports_all};

pub(super) const ROW: Row = Strategy {
    about: About {
        id: "processes",
        title: "Processes",
        item: 64,
        claim: "Processes share no lock and no memory: every job is encoded, sent, and decoded, there and back",
        wrong_on_purpose: false,
        source: include_str!("processes.rs"),
    },
    supports: supports_all,
    make,
};

#[allow(clippy::unnecessary_wraps, reason = "the shape that Strategy::make wants")]
fn make(setup: &Setup) -> Result<Box<dyn Run>, CannotStart> {
    Ok(Box::new(Processes { pool: Pool::of(setup), workers: setup.workers }))
}

/// The job's name in the workers' table.
pub(super) const JOB: &str = "gcd.solve";

/// What a worker process does with a chunk.
pub(super) fn solve_job(call: &mut Call<'_>) -> Result<Vec<u8>, String> {
    call.run(|tasks: Vec<Task>| {
        tasks
            .iter()
            .map(|task| task.solve(by_division, || Ok(())))
            .collect::<Result<Vec<Answer>, _>>()
            .map_err(|stopped| stopped.to_string())
    })
}

struct Processes {
    pool: Pool,
    workers: usize,
}

impl Run for Processes {
    fn run(&mut self, work: &Work) -> Result<Outcome, RunError> {
        self.pool.start().map_err(failed)?;
        let start = Instant::now();
        let chunks: Vec<&[Task]> = work.chunks(self.workers).into_iter().map(|chunk| &work.tasks[chunk]).collect();
        let done = |place: usize| (0..chunks[place].len()).for_each(|_| work.control.item_done());
        let batch = Batch {
            job: JOB,
            deadline: deadline(&chunks),
            control: &work.control,
            done: &done,
            kill_every: work.kill_every,
            recorder: &work.recorder,
        };
        let mapped = self.pool.map::<_, Vec<Answer>>(&chunks, &batch).map_err(failed)?;
        let answers = mapped.results.into_iter().collect::<Result<Vec<_>, _>>();
        Ok(Outcome {
            answers: answers.map_err(|error| RunError::Failed(error.to_string()))?.concat(),
            elapsed: start.elapsed(),
            stages: Some(mapped.stages),
            workers_replaced: mapped.replaced,
            last_loss: mapped.last_loss,
            ..Outcome::default()
        })
    }
}

fn failed(error: PoolError) -> RunError {
    match error {
        PoolError::Stopped(stopped) => stopped.into(),
        other => RunError::Failed(format!("{:#}", anyhow::Error::from(other))),
    }
}

/// After how long a worker is taken for hung: half a minute, and for the dearest chunk 200 ns a candidate, a hundred times
/// what it should take.
fn deadline(chunks: &[&[Task]]) -> Duration {
    let dearest = chunks.iter().map(|chunk| chunk.iter().map(|task| u128::from(task.candidates())).sum::<u128>()).max();
    let nanoseconds = u64::try_from(dearest.unwrap_or(0).saturating_mul(200)).unwrap_or(u64::MAX);
    Duration::from_secs(30).saturating_add(Duration::from_nanos(nanoseconds))
}
