//! How many times as fast as serial a strategy of the GCD lab is: measured in a process of its own, in turns.

use std::path::PathBuf;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::labs::gcd::run::{Chunking, Run, Work};
use crate::labs::gcd::strategies::STRATEGIES;
use crate::labs::gcd::workload::{BuiltIn, Workload};
use crate::runtime::load::Watch;
use crate::runtime::process_pool::Call;
use crate::runtime::stats::{self, Samples};
use crate::runtime::strategy::{Setup, find};

/// The job's name.
pub const JOB: &str = "advice.speedup";

/// Times that the seed's six pairs are done in one run.
const REPEATED: usize = 5;

/// Measured runs, after one to warm up.
const RUNS: usize = 5;

/// What to measure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// The strategy.
    pub strategy: String,
    /// Workers it may use.
    pub workers: usize,
    /// The program that worker processes run.
    pub executable: PathBuf,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Speedup {
    /// Median of serial over its median.
    pub times: f64,
    /// Others used too much of the machine meanwhile.
    pub contended: bool,
}

/// The job: runs serial and the strategy in turns on the seed's pairs.
pub fn run(call: &mut Call<'_>) -> Result<Vec<u8>, String> {
    call.run(|order: Order| {
        let workload = BuiltIn::Seed.workload(42).repeated(REPEATED);
        let setup = Setup::headless(order.workers, order.executable.clone());
        let mut serial = make("serial", &setup)?;
        let mut other = make(&order.strategy, &setup)?;
        let (mut baseline, mut samples) = (Samples::new(), Samples::new());
        seconds(serial.as_mut(), &workload)?;
        seconds(other.as_mut(), &workload)?;
        let watch = Watch::start("");
        for _ in 0..RUNS {
            baseline.add(seconds(serial.as_mut(), &workload)?);
            samples.add(seconds(other.as_mut(), &workload)?);
        }
        let contended = watch.finish().is_some_and(|others| others.contended);
        let times = stats::speedup(&baseline, &samples).ok_or("the runs were too short to be measured")?;
        Ok(Speedup { times, contended })
    })
}

fn make(strategy: &str, setup: &Setup) -> Result<Box<dyn Run>, String> {
    let row = find(STRATEGIES, strategy).map_err(|error| error.to_string())?;
    (row.make)(setup).map_err(|error| error.to_string())
}

fn seconds(strategy: &mut dyn Run, workload: &Workload) -> Result<f64, String> {
    let work = Work::new(Arc::clone(&workload.tasks), Chunking::Dynamic);
    strategy.run(&work).map(|outcome| outcome.elapsed.as_secs_f64()).map_err(|error| error.to_string())
}
