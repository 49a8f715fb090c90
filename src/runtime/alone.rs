//! One job in a process of its own, which ends with it: for measurements that want a process to themselves, and that are
//! cancelled by ending it.

use std::path::Path;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::runtime::control::Control;
use crate::runtime::process_pool::{Batch, JobError, Pool, PoolError, say_replaced};
use crate::runtime::span::Recorder;

/// A job that takes longer is ended.
const DEADLINE: Duration = Duration::from_mins(1);

/// Why a job has no answer.
#[derive(Debug, thiserror::Error)]
pub enum AloneError {
    /// Its process did not come up, or it was cancelled.
    #[error(transparent)]
    Pool(#[from] PoolError),
    /// It failed, or its process did.
    #[error(transparent)]
    Job(#[from] JobError),
}

impl AloneError {
    /// Whether it was cancelled, rather than failed.
    pub fn is_stopped(&self) -> bool {
        matches!(self, Self::Pool(PoolError::Stopped(_)))
    }
}

/// Runs the job of this name in a process of its own, until it has answered or the control says stop. That the process was
/// lost and another took its job is told.
pub fn run<I: Serialize, O: DeserializeOwned>(
    executable: &Path,
    job: &str,
    input: &I,
    control: &Control,
    tell: &dyn Fn(String),
) -> Result<O, AloneError> {
    let batch = Batch { job, deadline: DEADLINE, control, done: &|_| (), kill_every: None, recorder: &Recorder::off() };
    let mapped = Pool::new(executable.to_owned(), 1).map(&[input], &batch)?;
    if let Some(how) = &mapped.last_loss {
        tell(say_replaced(mapped.replaced, how));
    }
    Ok(mapped.results.into_iter().next().expect("one input has one result")?)
}
