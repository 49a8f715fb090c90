//! What the pane shows: a copy made by the worker.

use super::claims::Claim;
use super::findings::Row;
use crate::runtime::strategy::About;

/// The lab as it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct View {
    /// A line for each unit, at the count that is shown.
    pub lines: Vec<Line>,
    /// The unit that is chosen: an index in `lines`.
    pub chosen: usize,
    /// The chosen unit at every count.
    pub counts: Vec<Line>,
    /// The count that is shown.
    pub count: usize,
    /// Workers of the pools.
    pub workers: usize,
    /// What the seed says, beside what was found.
    pub claims: Vec<Claim>,
    /// What goes on.
    pub state: State,
}

/// One unit at one count.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// The unit.
    pub about: &'static About,
    /// Its figures so far.
    pub row: Row,
    /// Why fewer were alive than asked for, or why it cannot be measured here, if so.
    pub bounded: Option<String>,
    /// Others disturbed the measurement.
    pub contended: bool,
    /// It is being measured now.
    pub now: bool,
}

/// What goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// Nothing was asked for, or all is done.
    Idle,
    /// A probe runs.
    Measuring(Progress),
    /// The next probe is held back.
    Paused(Progress),
}

/// How far a measurement has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// Probes done.
    pub done: usize,
    /// Of so many.
    pub of: usize,
    /// What the present one measures.
    pub now: String,
}
