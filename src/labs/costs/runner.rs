//! The runner: takes one probe after another and has it measured.

use crossbeam_channel::Sender;

use super::order::{Found, Order};
use super::probe::{self, ProbeError};
use crate::runtime::caught::Panicked;
use crate::runtime::control::Control;
use crate::runtime::priority;
use crate::runtime::worker::Runner;

/// A probe to be made.
#[derive(Debug)]
pub struct Errand {
    /// What to measure.
    pub order: Order,
    /// Its brake.
    pub control: Control,
    /// A fault on purpose: panic instead.
    pub panic: bool,
}

/// What the runner reports.
#[derive(Debug)]
pub enum Report {
    /// Something was lost and made good.
    Told(String),
    /// A probe has ended, well or not.
    Ended(Result<Found, ProbeError>),
    /// The runner panicked, and is gone.
    Panicked(Panicked),
}

/// Starts a runner.
pub fn start(reports: Sender<Report>) -> Runner<Errand> {
    let mut entered = false;
    let work = move |errand: Errand, reports: &Sender<Report>| {
        if !entered {
            // The processes that are started from here stand where this thread does.
            priority::step_back();
            entered = true;
        }
        assert!(!errand.panic, "a panic on purpose (costs.panic)");
        // When the worker is gone there is nobody left to tell.
        let report = |report| drop(reports.send(report));
        let result = probe::measure(&errand.order, &errand.control, &|text| report(Report::Told(text)));
        report(Report::Ended(result));
    };
    Runner::start("costs-run", reports, work, Report::Panicked)
}
