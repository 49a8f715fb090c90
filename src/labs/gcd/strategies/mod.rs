//! The table of strategies: a line each.

mod blocking_pool;
mod coroutines;
mod euclid;
mod mpi;
mod native;
mod processes;
mod python;
mod rayon;
mod serial;
mod threads;
mod threads_gil;

use super::run::Run;
use super::workload::Workload;
use crate::runtime::process_pool::Job;
use crate::runtime::ranks::RankJob;
use crate::runtime::strategy::Strategy;

/// A row of this lab's table.
pub type Row = Strategy<Workload, dyn Run>;

/// Every strategy, in the order of the switch keys.
pub static STRATEGIES: &[Row] = &[
    serial::ROW,
    threads::ROW,
    threads_gil::ROW,
    rayon::ROW,
    processes::ROW,
    coroutines::ROW,
    blocking_pool::ROW,
    native::ROW,
    native::RAYON_ROW,
    euclid::ROW,
    python::SERIAL,
    python::THREADS,
    python::FREE_THREADED,
    python::PROCESSES,
    mpi::ROW,
];

/// What worker processes can run for these strategies, by name.
pub const JOBS: &[(&str, Job)] = &[(processes::JOB, processes::solve_job)];

/// What the other ranks do for these strategies.
pub const RANK_JOB: (&str, RankJob) = mpi::RANK_JOB;

/// Looks for what strategies need on this machine and may not be there. Blocks for as long as that takes; until it has been
/// called, those strategies say that they are not supported.
pub fn look_around() {
    python::look();
}

/// Whether a strategy is quick enough for a first look: an interpreter takes a hundred times as long as the rest.
pub fn is_quick(row: &Row) -> bool {
    !row.about.id.starts_with("python")
}
