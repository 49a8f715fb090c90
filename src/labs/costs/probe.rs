//! A probe runs in a process of its own: what thousands of threads and tasks take there is all theirs, nothing of it is left
//! when the process has ended, and ending it is how a measurement is cancelled.

use super::order::{Found, Order, Value, What};
use super::strategies::{CannotMeasure, STRATEGIES};
use crate::runtime::alone::{self, AloneError};
use crate::runtime::control::Control;
use crate::runtime::load::Watch;
use crate::runtime::process_pool::{Call, JobError};
use crate::runtime::strategy::{Setup, find};

/// The probe's name in the table of jobs.
pub const JOB: &str = "costs.probe";

/// Why a probe has no answer.
#[derive(Debug, thiserror::Error)]
#[error("{unit}, {what}: {source}")]
pub struct ProbeError {
    /// The unit.
    unit: String,
    /// What was to be measured.
    what: String,
    /// The reason.
    pub source: AloneError,
}

/// Runs a probe in a process of its own, until it has answered or the control says stop. One that fails is run once more, since
/// what it has started may have been killed; that, and a process that was lost, is told.
pub fn measure(order: &Order, control: &Control, tell: &dyn Fn(String)) -> Result<Found, ProbeError> {
    let named = |source| ProbeError { unit: order.unit.clone(), what: order.what.words(), source };
    let run = || alone::run(&order.executable, JOB, order, control, tell).map_err(named);
    match run() {
        Err(error) if matches!(error.source, AloneError::Job(JobError::Failed(_))) => {
            tell(format!("{error}; it is measured again"));
            run()
        }
        result => result,
    }
}

/// The job: measures what is ordered, in this process.
pub fn run(call: &mut Call<'_>) -> Result<Vec<u8>, String> {
    call.run(|order: Order| {
        let watch = Watch::start("");
        let value = value(&order).map_err(|error| error.to_string())?;
        let others = watch.finish();
        Ok(Found { value, contended: others.filter(|others| others.contended).map(|others| others.share) })
    })
}

fn value(order: &Order) -> Result<Value, CannotMeasure> {
    let row = find(STRATEGIES, &order.unit).map_err(|error| CannotMeasure(error.to_string()))?;
    // Here, in the probe's own process, since programs may have to be started to tell.
    if let Err(why) = (row.supports)(&()) {
        return Ok(Value::Unsupported(why));
    }
    let setup = Setup::headless(order.workers, order.executable.clone());
    let unit = (row.make)(&setup).map_err(|error| CannotMeasure(error.to_string()))?;
    let samples = match order.what {
        What::Start { count } => unit.start(count)?,
        What::Switch => unit.switch()?,
        What::Waits { count } => unit.waits(count)?,
        What::Alive { count, deep } => return Ok(Value::Alive(unit.alive(count, deep)?)),
    };
    samples.median().map(Value::Seconds).ok_or_else(|| CannotMeasure("nothing was measured".to_owned()))
}
