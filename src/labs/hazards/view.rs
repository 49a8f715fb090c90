//! What goes between the lab and its worker.

use super::order::Outcome;
use super::steps::Steps;
use super::strategies::Kind;
use super::waits::{Circle, Wait};
use crate::labs::Doing;
use crate::labs::common::Common;
use crate::runtime::strategy::About;

/// What a person asks of the lab.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    /// What every lab answers.
    Common(Common),
    /// Free who waits.
    Free,
    /// So many updates of the counter.
    Increments(u64),
    /// Let worker 0 or 1 do its next step.
    Step(usize),
    /// Begin the steps again.
    StepAgain,
}

/// The last run of a strategy.
#[derive(Debug, Clone, PartialEq)]
pub struct Ran {
    /// What came of it.
    pub outcome: Outcome,
    /// Others used the machine meanwhile: its time says little.
    pub contended: bool,
}

/// A strategy and its last run.
#[derive(Debug, Clone, PartialEq)]
pub struct StrategyRan {
    /// The strategy.
    pub about: &'static About,
    /// Its last run.
    pub ran: Option<Ran>,
}

/// All that the pane draws.
#[derive(Debug, Clone, PartialEq)]
pub struct View {
    /// The strategy chosen.
    pub strategy: &'static About,
    /// What it shows or cures.
    pub kind: Kind,
    /// What the lab does.
    pub doing: Doing,
    /// Workers of a run.
    pub workers: usize,
    /// Updates of the counter.
    pub increments: u64,
    /// A run is going on.
    pub running: bool,
    /// Who waits for whom now.
    pub waits: Vec<Wait>,
    /// The circle that was recognised in the run that is going on.
    pub circle: Option<Circle>,
    /// The strategies of the same kind, in the order of the table.
    pub ran: Vec<StrategyRan>,
    /// The step mode, when it is on.
    pub steps: Option<Steps>,
}
