//! The thread that steps generations for the worker, under whichever strategy a job names.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::Sender;
use tokio_util::sync::CancellationToken;

use super::order::{Advance, Failed, Order};
use super::pattern::Pattern;
use super::strategies::{Row, Stepper};
use super::universe::Universe;
use crate::runtime::caught::Panicked;
use crate::runtime::strategy::{CannotStart, Setup};
use crate::runtime::worker::Runner;

/// What the runner is asked to do.
pub enum Job {
    /// Generations under a strategy.
    Advance(Generations),
    /// The same generations under several.
    Race(Race),
}

/// A race: the strategies get the machine in turns, and each one's clock runs in its own turns.
pub struct Race {
    /// Which run of the lab this is for.
    pub run: u64,
    /// The racers.
    pub rows: Vec<&'static Row>,
    /// What they are made from.
    pub setup: Setup,
    /// Where they all begin.
    pub from: Arc<Universe>,
    /// The generation that is the finish.
    pub goal: u64,
    /// Cancelled when the race is to end.
    pub cancel: CancellationToken,
}

/// A racer's turn ends at the first whole generation past this: four of them take about as long as a frame.
const TURN: Duration = Duration::from_millis(4);

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
    /// A racer has had a turn.
    Turn(Turn),
    /// The race is over.
    RaceOver {
        /// Its run.
        run: u64,
        /// Why it ended early, if it did.
        failed: Option<Failed>,
    },
    /// So much of a file has been read.
    Reading(f64),
    /// A file has been read.
    Read(Result<Box<Pattern>, String>),
    /// The runner panicked, and is gone.
    Panicked(Panicked),
}

/// What a racer did in its turn.
pub struct Turn {
    /// The race's run.
    pub run: u64,
    /// Which racer.
    pub lane: usize,
    /// Where it is now.
    pub universe: Arc<Universe>,
    /// Seconds that it had the machine, all its turns together.
    pub seconds: f64,
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
pub fn start(reports: Sender<Report>) -> Runner<Job> {
    let mut ready: Option<Ready> = None;
    let work = move |job: Job, reports: &Sender<Report>| {
        let report = match job {
            Job::Advance(job) => run(&mut ready, &job).map(Report::Done),
            Job::Race(job) => race(&job, reports),
        };
        let report = report.unwrap_or_else(Report::CannotStart);
        // The worker is gone when nobody takes this: then the runner ends too, by its mailbox.
        let _ = reports.send(report);
    };
    Runner::start("life-run", reports, work, Report::Panicked)
}

fn race(race: &Race, reports: &Sender<Report>) -> Result<Report, CannotStart> {
    race.setup.enter_thread();
    let mut lanes = Vec::new();
    for row in &race.rows {
        lanes.push(((row.make)(&race.setup)?, Arc::clone(&race.from), 0.0));
    }
    let run = race.run;
    while lanes.iter().any(|(_, now, _)| now.generation < race.goal) {
        for (lane, (stepper, now, seconds)) in lanes.iter_mut().enumerate() {
            let left = race.goal.saturating_sub(now.generation);
            if left == 0 {
                continue;
            }
            let start = Instant::now();
            let order = Order { until: Some(start + TURN), cancel: race.cancel.clone(), ..Order::new(left) };
            let advance = stepper.advance(now, &order);
            *seconds += start.elapsed().as_secs_f64();
            *now = advance.universe;
            let turn = Turn { run, lane, universe: Arc::clone(now), seconds: *seconds };
            if reports.send(Report::Turn(turn)).is_err() || advance.failed.is_some() {
                return Ok(Report::RaceOver { run, failed: advance.failed });
            }
        }
    }
    Ok(Report::RaceOver { run, failed: None })
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
        advance,
        seconds,
    })
}
