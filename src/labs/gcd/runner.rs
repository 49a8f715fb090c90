//! The runner: makes strategies when they are first needed, keeps them for the next run, and runs one step after another.

use std::collections::HashMap;
use std::sync::Arc;

use crossbeam_channel::Sender;

use super::book::Conditions;
use super::run::{Outcome, Run, RunError, Work};
use super::strategies::STRATEGIES;
use super::workload::Workload;
use crate::runtime::caught::Panicked;
use crate::runtime::control::Control;
use crate::runtime::cores;
use crate::runtime::load::{Others, Watch};
use crate::runtime::span::Recorder;
use crate::runtime::stage::Stage;
use crate::runtime::strategy::Setup;
use crate::runtime::worker::Runner;

/// One run of one strategy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// Index in the table of strategies.
    pub strategy: usize,
    /// Under what conditions.
    pub conditions: Conditions,
    /// A warm-up does not count.
    pub warm_up: bool,
}

/// A step with all that it needs.
#[derive(Debug)]
pub struct Errand {
    /// What is to be run.
    pub step: Step,
    /// The items.
    pub workload: Workload,
    /// Its brake and progress.
    pub control: Control,
    /// Who works or waits when.
    pub recorder: Recorder,
    /// A fault on purpose: panic instead.
    pub panic: bool,
}

/// What a runner reports.
#[derive(Debug)]
pub enum Report {
    /// A step has ended, well or not, and what others used of the machine meanwhile.
    Ended(Result<Outcome, RunError>, Option<Others>),
    /// It panicked, and is gone.
    Panicked(Panicked),
}

/// Starts a runner; all that it starts is limited to so many cores, if a limit is given.
pub fn start(setup: Setup, stage: Stage, cores: Option<usize>, reports: Sender<Report>) -> Runner<Errand> {
    let mut strategies = Strategies { setup, cores, made: HashMap::new(), entered: false };
    let work = move |errand: Errand, reports: &Sender<Report>| {
        let (result, others) = strategies.run(&errand, &stage);
        // When the worker is gone there is nobody left to tell.
        let _ = reports.send(Report::Ended(result, others));
    };
    Runner::start("gcd-run", reports, work, Report::Panicked)
}

/// The strategies that have been made, each for its last number of workers: pools and processes are reused.
struct Strategies {
    setup: Setup,
    cores: Option<usize>,
    made: HashMap<usize, (usize, Box<dyn Run>)>,
    entered: bool,
}

impl Strategies {
    fn run(&mut self, errand: &Errand, stage: &Stage) -> (Result<Outcome, RunError>, Option<Others>) {
        if !self.entered {
            // Once: threads and processes that are started from here stand as far behind the screen as this thread.
            self.setup.enter_thread();
            if let Some(why) = self.cores.and_then(|count| cores::limit(count).err()) {
                return (Err(RunError::Failed(why)), None);
            }
            self.entered = true;
        }
        let Step { strategy, conditions, .. } = errand.step;
        let made = match self.made(strategy, conditions.workers) {
            Ok(made) => made,
            Err(error) => return (Err(error), None),
        };
        let work = Work {
            tasks: Arc::clone(&errand.workload.tasks),
            chunking: conditions.chunking,
            control: errand.control.clone(),
            recorder: errand.recorder.clone(),
            kill_every: None,
        };
        let _quiet = stage.ask_for_quiet("gcd");
        assert!(!errand.panic, "a panic on purpose (gcd.panic)");
        let watch = Watch::start("gcd");
        let result = made.run(&work);
        (result, watch.finish())
    }

    fn made(&mut self, strategy: usize, workers: usize) -> Result<&mut dyn Run, RunError> {
        if self.made.get(&strategy).is_none_or(|(count, _)| *count != workers) {
            // The old one goes first, so that there are never two pools of worker processes at once.
            self.made.remove(&strategy);
            let setup = Setup { workers, ..self.setup.clone() };
            let made = (STRATEGIES[strategy].make)(&setup).map_err(|error| RunError::Failed(error.to_string()))?;
            self.made.insert(strategy, (workers, made));
        }
        let (_, made) = self.made.get_mut(&strategy).expect("it was there or has just been made");
        Ok(made.as_mut())
    }
}
