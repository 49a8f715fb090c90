//! The table of strategies: a line each.

mod processes;
mod rayon;
mod serial;
mod threads;

use super::run::Run;
use super::workload::Workload;
use crate::runtime::process_pool::Job;
use crate::runtime::strategy::Strategy;

/// A row of this lab's table.
pub type Row = Strategy<Workload, dyn Run>;

/// Every strategy, in the order of the switch keys.
pub static STRATEGIES: &[Row] = &[serial::ROW, threads::ROW, rayon::ROW, processes::ROW];

/// What worker processes can run for these strategies, by name.
pub const JOBS: &[(&str, Job)] = &[(processes::JOB, processes::solve_job)];
