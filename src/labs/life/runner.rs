//! The thread that steps generations for the worker, under whichever strategy a job names.

use std::sync::Arc;
use std::time::Instant;

use crossbeam_channel::Sender;

use super::order::{Advance, Order};
use super::pattern::Pattern;
use super::strategies::{Row, Stepper};
use super::universe::Universe;
use crate::runtime::caught::Panicked;
use crate::runtime::strategy::{CannotStart, Setup};
use crate::runtime::worker::Runner;

/// Some generations to be made under a strategy.
pub struct Generations {
    /// Which run of the lab this is for; the worker leaves aside what comes from an earlier one.
    pub run: u64,
    /// The strategy.
    pub row: &'static Row,
    /// What it is made from, if it has to be made.
    pub setup: Setup,
    /// The generation to go on from.
    pub from: Arc<Universe>,
    /// What to do.
    pub order: Order,
    /// Panic instead, as asked.
    pub panic: bool,
}

/// What came of a job.
pub enum Report {
    /// Generations, or why there are none.
    Done(Done),
    /// The strategy could not be made.
    CannotStart(CannotStart),
    /// The race stands otherwise than before.
    Raced,
    /// So much of a file has been read.
    Reading(f64),
    /// A file has been read.
    Read(Result<Box<Pattern>, String>),
    /// The runner panicked, and is gone.
    Panicked(Panicked),
}

/// Generations that were made.
pub struct Done {
    /// The job's run.
    pub run: u64,
    /// The strategy that made them.
    pub row: &'static Row,
    /// How many workers it had.
    pub workers: usize,
    /// The last whole generation, and what failed.
    pub advance: Advance,
    /// What was lost meanwhile and made good.
    pub made_good: Option<String>,
    /// How many were made.
    pub generations: u64,
    /// How long it took.
    pub seconds: f64,
    /// Living cells of the last one.
    pub population: u64,
}

/// The strategy that a runner holds ready: its pool is started once, and not again for each job.
struct Ready {
    row: &'static Row,
    workers: usize,
    stepper: Box<dyn Stepper>,
}

/// Starts the runner.
pub fn start(reports: Sender<Report>) -> Runner<Generations> {
    let mut ready: Option<Ready> = None;
    let work = move |job: Generations, reports: &Sender<Report>| {
        let report = run(&mut ready, &job).map_or_else(Report::CannotStart, Report::Done);
        // The worker is gone when nobody takes this: then the runner ends too, by its mailbox.
        let _ = reports.send(report);
    };
    Runner::start("life-run", reports, work, Report::Panicked)
}

fn run(slot: &mut Option<Ready>, job: &Generations) -> Result<Done, CannotStart> {
    let fits = |ready: &Ready| ready.row.about.id == job.row.about.id && ready.workers == job.setup.workers;
    let kept = slot.take().filter(fits);
    let ready = if let Some(ready) = kept {
        slot.insert(ready)
    } else {
        job.setup.enter_thread();
        let stepper = (job.row.make)(&job.setup)?;
        slot.insert(Ready { row: job.row, workers: job.setup.workers, stepper })
    };
    assert!(!job.panic, "this generation was asked to panic");
    let start = Instant::now();
    let advance = ready.stepper.advance(&job.from, &job.order);
    let seconds = start.elapsed().as_secs_f64();
    Ok(Done {
        run: job.run,
        row: job.row,
        workers: job.setup.workers,
        generations: advance.universe.generation - job.from.generation,
        population: advance.universe.population(),
        made_good: ready.stepper.made_good(),
        advance,
        seconds,
    })
}
