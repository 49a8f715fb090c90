//! A job for a pool of worker processes (item 64): the process is there already, but what goes in and comes out has to be
//! turned into bytes, sent, and turned back. It pays when little goes in and out and much is done in between.
//!
//! Python: `with ProcessPoolExecutor() as pool: results = list(pool.map(work, inputs))`

use std::cell::{Cell, RefCell};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::{CannotMeasure, Row, Unit, each, rounds};
use crate::labs::costs::limits::Limits;
use crate::labs::costs::order::Alive;
use crate::labs::costs::placement::apart;
use crate::runtime::control::Control;
use crate::runtime::process_pool::{Batch, Call, Pool, PoolError, frame_sizes};
use crate::runtime::resident;
use crate::runtime::span::Recorder;
use crate::runtime::stats::Samples;
use crate::runtime::strategy::{About, Strategy, supports_all};

/// The row of the table.
pub(super) const STRATEGY: Row = Strategy {
    about: About {
        id: "process-job",
        title: "process job",
        item: 64,
        claim: "the process is there already; input and result go through a socket as bytes",
        wrong_on_purpose: false,
        source: include_str!("process_job.rs"),
    },
    supports: supports_all,
    make: |setup| Ok(Box::new(ProcessJob { executable: setup.executable.clone(), workers: setup.workers })),
};

/// The name of the job that gives back what it got.
pub const NOTHING: &str = "costs.nothing";

/// That job: what is left of a small job when the work itself is taken away.
pub fn nothing(call: &mut Call<'_>) -> Result<Vec<u8>, String> {
    call.run(|number: u64| Ok(number))
}

/// Round trips that are measured, after a tenth of them to warm up.
const ROUND_TRIPS: usize = 2000;

/// Jobs in a round at most: a round of more takes seconds and says the same.
const ROUND: usize = 10_000;

/// A job that takes longer has lost its worker.
const DEADLINE: Duration = Duration::from_secs(10);

/// The bytes of the job's request and of its reply, as they stand on the socket.
pub(super) fn bytes() -> Result<(usize, usize), CannotMeasure> {
    frame_sizes(NOTHING, &(ROUND_TRIPS as u64), &(ROUND_TRIPS as u64)).map_err(|error| CannotMeasure(error.to_string()))
}

struct ProcessJob {
    executable: PathBuf,
    workers: usize,
}

impl ProcessJob {
    fn pool(&self, workers: usize) -> Result<Pool, CannotMeasure> {
        let mut pool = Pool::new(self.executable.clone(), workers);
        pool.start()?;
        Ok(pool)
    }
}

/// Sends `count` jobs through the pool; `done` is called with the index of each when it is done.
fn map(pool: &mut Pool, count: usize, done: &dyn Fn(usize)) -> Result<(), CannotMeasure> {
    let inputs: Vec<u64> = (0..count as u64).collect();
    let batch = Batch {
        job: NOTHING,
        deadline: DEADLINE,
        control: &Control::default(),
        done,
        kill_every: None,
        recorder: &Recorder::off(),
    };
    for result in pool.map::<u64, u64>(&inputs, &batch)?.results {
        result.map_err(|error| CannotMeasure(error.to_string()))?;
    }
    Ok(())
}

impl Unit for ProcessJob {
    /// A round sends `count` jobs, or [`ROUND`], through a pool of all workers.
    fn start(&self, count: usize) -> Result<Samples, CannotMeasure> {
        let mut pool = self.pool(self.workers)?;
        rounds(count.min(ROUND), |count| map(&mut pool, count, &|_| ()))
    }

    /// Jobs that wait in the caller while the workers are busy: what the caller holds for each.
    fn alive(&self, count: usize, _deep: bool) -> Result<Alive, CannotMeasure> {
        let (count, bounded) = Limits::read().tasks(0).of(count);
        let mut pool = self.pool(self.workers)?;
        map(&mut pool, self.workers, &|_| ())?;
        let before = resident::of_this_process();
        let after = Cell::new(None);
        map(&mut pool, count, &|_| {
            // Read once, at the first job that is done: all the others wait then.
            if after.get().is_none() {
                after.set(Some(resident::of_this_process()));
            }
        })?;
        Ok(Alive {
            bytes: each(before, after.get().flatten(), count),
            tried: count,
            failed_at: None,
            bounded: bounded.map(str::to_owned),
        })
    }

    /// One job after another through a pool of one worker, on another core: a round trip each.
    fn switch(&self) -> Result<Samples, CannotMeasure> {
        let mut pool = apart(|| self.pool(1))?;
        map(&mut pool, ROUND_TRIPS / 10, &|_| ())?;
        let ends = RefCell::new(Vec::with_capacity(ROUND_TRIPS));
        map(&mut pool, ROUND_TRIPS, &|_| ends.borrow_mut().push(Instant::now()))?;
        Ok(ends.into_inner().windows(2).map(|pair| (pair[1] - pair[0]).as_secs_f64()).collect())
    }
}

impl From<PoolError> for CannotMeasure {
    fn from(error: PoolError) -> Self {
        Self(error.to_string())
    }
}
