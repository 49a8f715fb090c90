//! What the pane shows: a copy made by the worker, sized by the screen.

use std::sync::Arc;

use super::book::Past;
use super::run::Chunking;
use super::task::Answer;
use crate::runtime::process_pool::StageTimes;
use crate::runtime::race::Standing;
use crate::runtime::span::Trace;
use crate::runtime::strategy::About;

/// The lab as it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct View {
    /// The workload's name.
    pub workload: String,
    /// How many items it has.
    pub items: usize,
    /// What they are called.
    pub noun: &'static str,
    /// How many may work at once.
    pub workers: usize,
    /// How the items are dealt out.
    pub chunking: Chunking,
    /// The only cores that may be used, where there is such a limit.
    pub cores: Option<usize>,
    /// Measured runs that a key starts.
    pub runs: usize,
    /// The strategy that is chosen: an index in `rows`.
    pub chosen: usize,
    /// A row for each strategy.
    pub rows: Vec<Row>,
    /// What goes on.
    pub state: State,
    /// The race, while one is shown.
    pub race: Option<Standing>,
    /// The answers, the first few of them, if the workload has been done.
    pub answers: Vec<Answer>,
    /// Whether all strategies gave the same.
    pub agree: Option<bool>,
    /// Speedup of the chosen strategy by number of workers.
    pub scaling: Vec<(usize, f64)>,
    /// The parallel share that Amdahl's law makes of them.
    pub amdahl: Option<f64>,
    /// The last runs, the newest first.
    pub history: Vec<Past>,
    /// Who worked or waited when, in the last run or the one under way.
    pub trace: Option<Arc<Trace>>,
}

/// What goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Nothing runs.
    Idle,
    /// A step of a plan runs.
    Running {
        /// Which strategy.
        strategy: usize,
        /// Which step, from 1.
        step: usize,
        /// Of how many.
        of: usize,
        /// It does not count.
        warm_up: bool,
    },
    /// A step is held between two items.
    Paused {
        /// Which strategy.
        strategy: usize,
    },
}

/// A strategy's row.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// The strategy.
    pub about: &'static About,
    /// Why it cannot take this workload.
    pub unsupported: Option<String>,
    /// Items done of the run that is under way, if it is this strategy's.
    pub done: Option<usize>,
    /// Measured times, in seconds: median, shortest, longest, and how many.
    pub times: Option<Times>,
    /// How many times as fast as serial.
    pub speedup: Option<f64>,
    /// The speedup over the workers.
    pub efficiency: Option<f64>,
    /// Others used the machine in one of the runs.
    pub contended: bool,
    /// Turns taken with the simulated interpreter lock in a run.
    pub lock_turns: Option<u64>,
    /// The longest that its event loop kept a timer waiting, in seconds.
    pub loop_lag: Option<f64>,
    /// Time in the process pool's stages.
    pub stages: Option<StageTimes>,
}

/// Measured times, in seconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Times {
    /// The middle one.
    pub median: f64,
    /// The shortest.
    pub min: f64,
    /// The longest.
    pub max: f64,
    /// How many there are.
    pub runs: usize,
}
