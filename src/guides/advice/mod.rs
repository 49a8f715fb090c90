//! Advice: the seed's decision tree as data, and behind each of its leaves what was measured on this machine.

pub mod adviser;
pub mod evidence;
pub mod headless;
pub mod speedup;
pub mod tree;

use crate::runtime::process_pool::Job;

/// The jobs that advice has worker processes run.
pub const JOBS: &[(&str, Job)] = &[(speedup::JOB, speedup::run)];
