//! The costs lab: what a thread, a pool job, a coroutine, a parallel task, a process and a process job cost on this machine
//! (seed item 60's comparison table).

pub mod claims;
pub mod echo;
pub mod findings;
pub mod gate;
pub mod headless;
pub mod limits;
pub mod order;
pub mod placement;
pub mod plan;
pub mod probe;
pub mod resident;
pub mod strategies;

use crate::runtime::process_pool::Job;

/// The jobs that this lab has worker processes run.
pub const JOBS: &[(&str, Job)] = &[(probe::JOB, probe::run), (strategies::NOTHING, strategies::nothing)];
