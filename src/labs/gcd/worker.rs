//! The lab's worker: owns the results, plans runs, directs the runner, publishes views.

mod plan;

use std::collections::VecDeque;
use std::sync::Arc;

use crossbeam_channel::{Receiver, Sender, bounded, select_biased};

use super::book::{Book, Conditions, amdahl};
use super::race::{self, Course};
use super::run::{Chunking, Outcome, RunError};
use super::runner::{self, Errand, Report, Step};
use super::strategies::{self, STRATEGIES, look_around};
use super::view::{Row, State, Times, View};
use super::workload::{BuiltIn, Workload};
use crate::labs::common::{Common, Pick};
use crate::labs::race::racers;
use crate::labs::{Notice, Start, Tone};
use crate::runtime::activity::{Activity, Level};
use crate::runtime::control::Control;
use crate::runtime::load::Others;
use crate::runtime::process_pool::say_replaced;
use crate::runtime::race::Race;
use crate::runtime::span::{Recorder, Trace};
use crate::runtime::stats::Samples;
use crate::runtime::strategy::Setup;
use crate::runtime::worker::{Desk, Numbered, Outbox, REPORTS, Runner, spawn};
use crate::ui::figures;

/// Numbers of measured runs that a person can choose from.
pub const RUNS: [usize; 4] = [1, 3, 5, 10];

/// Answers that a view carries.
const SHOWN_ANSWERS: usize = 32;

/// Past runs that a view carries.
const SHOWN_HISTORY: usize = 32;

/// What the worker is asked to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// What every lab answers; to choose a strategy is to run it.
    Common(Common),
    /// Run all strategies, round-robin.
    RunAll,
    /// Take this workload.
    Workload(BuiltIn),
    /// Take the next workload.
    NextWorkload,
    /// Deal the items out in the other way.
    Chunking,
    /// Take the next number of measured runs.
    Runs,
    /// Run the chosen strategy with 1, 2, 4 … workers.
    Scale,
    /// Limit all that runs to one core, or let it use all again.
    Cores,
    /// Race these strategies, or the usual ones if none is named; a race that is shown ends.
    Race(Vec<&'static str>),
    /// End what runs, and what is planned.
    Stop,
    /// Let the next run's runner panic.
    Panic,
}

/// Starts the worker, which begins with one round over the strategies on the seed's pairs.
pub fn start(start: &Start) -> Desk<Command, View, Notice> {
    let begin = start.clone();
    spawn("gcd", start.wake.clone(), move |commands, outbox| Worker::new(begin, outbox).serve(&commands))
}

/// The run that is under way.
struct Current {
    step: Step,
    control: Control,
    recorder: Recorder,
}

struct Worker {
    start: Start,
    setup: Setup,
    outbox: Outbox<View, Notice>,
    activity: Activity,
    chosen: usize,
    conditions: Conditions,
    workload: Workload,
    runs: usize,
    book: Book,
    /// Who worked or waited when in the last run.
    trace: Option<Arc<Trace>>,
    plan: VecDeque<Step>,
    /// Steps of the present plan that have ended.
    ended: usize,
    current: Option<Current>,
    /// The race that is shown, on or over.
    race: Option<Race>,
    /// Racers that wait until the runner is free.
    waiting_race: Option<Vec<&'static strategies::Row>>,
    panic_next: bool,
    /// The runner belongs to another limit of cores, and goes when its present step has ended.
    restart_when_free: bool,
    runner: Runner<Errand>,
    reports: Receiver<Report>,
    report: Sender<Report>,
    progress: Receiver<()>,
    advance: Sender<()>,
}

impl Worker {
    fn new(start: Start, outbox: Outbox<View, Notice>) -> Self {
        let (report, reports) = bounded(REPORTS);
        let (advance, progress) = bounded(1);
        let setup = Setup {
            workers: start.workers,
            behind_screen: true,
            executable: start.executable.clone(),
            recorder: Recorder::off(),
        };
        let workload = BuiltIn::Seed;
        let mut worker = Self {
            activity: Activity::open(&start.activity, "gcd"),
            chosen: 0,
            conditions: Conditions { workload, workers: start.workers, chunking: Chunking::Dynamic, cores: None },
            workload: workload.workload(start.seed),
            runs: RUNS[1],
            book: Book::default(),
            trace: None,
            plan: VecDeque::new(),
            ended: 0,
            current: None,
            race: None,
            waiting_race: None,
            panic_next: false,
            restart_when_free: false,
            runner: runner::start(setup.clone(), start.stage.clone(), None, report.clone()),
            start,
            setup,
            outbox,
            reports,
            report,
            progress,
            advance,
        };
        worker.look_around();
        // What runs while the dashboard itself starts would measure that.
        worker.plan_round(true);
        worker.plan_round(false);
        worker
    }

    /// Looks for what strategies need on a thread beside, since programs are started for it.
    fn look_around(&self) {
        let advance = self.advance.clone();
        let look = move || {
            look_around();
            // A View that shows what was found; a full channel means that one is due anyway.
            let _ = advance.try_send(());
        };
        // Without the thread the strategies that need it stay unsupported, and say so.
        let _ = std::thread::Builder::new().name("gcd-look".to_owned()).spawn(look);
    }

    fn serve(mut self, commands: &Receiver<Numbered<Command>>) {
        loop {
            self.begin_next();
            // A view made while commands wait would be out of date before it is seen.
            if commands.is_empty() {
                self.publish();
            }
            select_biased! {
                recv(commands) -> command => match command {
                    Ok(Numbered { number, command }) => {
                        self.obey(command);
                        self.outbox.answer(number);
                    }
                    Err(_) => break,
                },
                recv(self.reports) -> report => self.take(report.expect("the worker holds a sender itself")),
                recv(self.progress) -> _ => self.outbox.changed(),
                recv(self.outbox.due()) -> _ => {}
            }
        }
        self.stop();
    }

    fn obey(&mut self, command: Command) {
        match command {
            Command::Common(Common::Strategy(pick)) => self.choose(pick),
            Command::Common(Common::Pause) => self.pause(),
            Command::Common(Common::Run) => self.replan(&[self.chosen], self.runs),
            Command::Common(Common::Workers(change)) => {
                self.conditions.workers = change.apply(self.conditions.workers);
                self.replan_missing();
            }
            Command::RunAll => self.replan(&self.supported(), self.runs),
            Command::Workload(workload) => self.take_workload(workload),
            Command::NextWorkload => {
                let place = BuiltIn::ALL.iter().position(|known| *known == self.conditions.workload).unwrap_or(0);
                self.take_workload(BuiltIn::ALL[(place + 1) % BuiltIn::ALL.len()]);
            }
            Command::Chunking => {
                self.conditions.chunking = match self.conditions.chunking {
                    Chunking::Static => Chunking::Dynamic,
                    Chunking::Dynamic => Chunking::Static,
                };
                self.replan_missing();
            }
            Command::Runs => {
                let place = RUNS.iter().position(|runs| *runs == self.runs).unwrap_or(0);
                self.runs = RUNS[(place + 1) % RUNS.len()];
            }
            Command::Scale => self.plan_scaling(),
            Command::Cores => self.limit_cores(),
            Command::Race(named) => self.race(&named),
            Command::Stop => self.stop(),
            Command::Panic => self.panic_next = true,
        }
    }

    /// Chooses a strategy and runs it; what is under way for another is ended, and all results stay.
    fn choose(&mut self, pick: Pick) {
        let wanted = pick.from(self.chosen, STRATEGIES);
        let row = &STRATEGIES[wanted];
        if let (Pick::Named(id), Err(why)) = (pick, (row.supports)(&self.workload)) {
            let kept = STRATEGIES[self.chosen].about.title;
            self.say(Tone::Warn, format!("{id}: {why}; {kept} stays"));
            return;
        }
        self.chosen = wanted;
        self.activity.line(Level::Info, format_args!("strategy {}", row.about.id));
        match (row.supports)(&self.workload) {
            Ok(()) => self.replan_missing(),
            Err(_) => self.stop(),
        }
    }

    fn take_workload(&mut self, workload: BuiltIn) {
        self.conditions.workload = workload;
        self.workload = workload.workload(self.start.seed);
        self.activity
            .line(Level::Info, format_args!("workload {}, {} items", workload.name(), self.workload.tasks.len()));
        let fresh = self.book.answers(workload).is_none();
        self.stop();
        if fresh {
            self.plan_round(false);
        }
    }

    /// A limit holds for all that a thread starts after it, so that a new runner begins with it.
    fn limit_cores(&mut self) {
        self.stop();
        self.conditions.cores = if self.conditions.cores.is_none() { Some(1) } else { None };
        if self.current.is_none() {
            self.restart_runner();
        } else {
            self.restart_when_free = true;
        }
        self.replan_missing();
    }

    /// Races these strategies once the runner is free, or ends the race that is shown.
    fn race(&mut self, named: &[&'static str]) {
        let shown = self.race.is_some();
        self.stop();
        if shown {
            return;
        }
        match racers(STRATEGIES, named, &race::USUAL, &self.workload) {
            Ok(rows) => self.waiting_race = Some(rows),
            Err(why) => self.say(Tone::Warn, why),
        }
    }

    fn begin_race(&mut self, rows: &[&'static strategies::Row]) {
        let Conditions { workers, chunking, cores, .. } = self.conditions;
        let setup = Setup { workers, ..self.setup.clone() };
        let course = Course { workload: self.workload.clone(), chunking, cores, setup: setup.clone() };
        let advance = self.advance.clone();
        let ring = move || {
            // A full channel means that a View is due anyway.
            let _ = advance.try_send(());
        };
        match Race::start(race::plan(&course, rows), setup, self.start.stage.clone(), ring) {
            Ok(race) => self.race = Some(race),
            Err(error) => self.say(Tone::Bad, format!("no race: {error}")),
        }
        self.outbox.changed();
    }

    /// Ends what runs, at its next checkpoint, and forgets the plan.
    fn stop(&mut self) {
        (self.race, self.waiting_race) = (None, None);
        self.plan.clear();
        self.ended = 0;
        if let Some(current) = &self.current {
            current.control.stop();
        }
    }

    fn pause(&mut self) {
        match &self.current {
            Some(current) => current.control.pause(!current.control.is_paused()),
            None => self.say(Tone::Plain, "nothing runs: r runs the strategy, a runs all".to_owned()),
        }
    }

    /// Gives the runner the next step of the plan when nothing is under way.
    fn begin_next(&mut self) {
        if self.current.is_some() {
            return;
        }
        if std::mem::take(&mut self.restart_when_free) {
            self.restart_runner();
        }
        if let Some(rows) = self.waiting_race.take() {
            return self.begin_race(&rows);
        }
        let Some(step) = self.plan.pop_front() else { return };
        let control = Control::with_progress(self.advance.clone());
        let recorder = Recorder::new();
        let errand = Errand {
            step,
            workload: self.workload.clone(),
            control: control.clone(),
            recorder: recorder.clone(),
            panic: std::mem::take(&mut self.panic_next),
        };
        if self.runner.give(errand) {
            self.current = Some(Current { step, control, recorder });
        } else {
            self.restart_runner();
            self.plan.push_front(step);
        }
        self.outbox.changed();
    }

    fn restart_runner(&mut self) {
        self.runner =
            runner::start(self.setup.clone(), self.start.stage.clone(), self.conditions.cores, self.report.clone());
    }

    /// Takes in what the runner reports.
    fn take(&mut self, report: Report) {
        let Some(Current { step, control, recorder }) = self.current.take() else { return };
        self.trace = Some(Arc::new(recorder.trace()));
        self.outbox.changed();
        let title = STRATEGIES[step.strategy].about.title;
        match report {
            Report::Ended(Ok(outcome), others) => self.enter(step, &control, outcome, others),
            Report::Ended(Err(RunError::Stopped(_)), _) => {
                self.activity.line(Level::Info, format_args!("{title} stopped"));
            }
            Report::Ended(Err(RunError::Failed(why)), _) => {
                self.activity.line(Level::Error, format_args!("{title} failed: {why}"));
                self.say(Tone::Bad, format!("{title} failed: {why}"));
                self.ended += 1;
            }
            Report::Panicked(panic) => {
                self.activity.line(Level::Error, format_args!("{title} {panic}"));
                self.say(Tone::Bad, format!("{title} {panic}; results are kept, r runs again"));
                self.plan.clear();
                self.restart_runner();
            }
        }
        if self.plan.is_empty() {
            self.ended = 0;
        }
    }

    /// Enters a run into the book, if it counts.
    fn enter(&mut self, step: Step, control: &Control, outcome: Outcome, others: Option<Others>) {
        let about = &STRATEGIES[step.strategy].about;
        self.ended += 1;
        let (figure, unit) = figures::duration(outcome.elapsed.as_secs_f64());
        if let Some(how) = &outcome.last_loss {
            let text = say_replaced(outcome.workers_replaced, how);
            self.activity.line(Level::Warn, format_args!("{}: {text}", about.id));
            self.say(Tone::Warn, text);
        }
        if control.was_paused() {
            self.say(Tone::Plain, format!("{} was paused, so its time does not count: it runs again", about.title));
            self.ended -= 1;
            self.plan.push_back(step);
            return;
        }
        let Conditions { workload, workers, .. } = step.conditions;
        let note = match others {
            _ if step.warm_up => ", warm-up",
            Some(Others { contended: true, .. }) => ", contended",
            _ => "",
        };
        let text = format_args!("{} {} with {workers} workers: {figure} {unit}{note}", about.id, workload.name());
        self.activity.line(if note == ", contended" { Level::Warn } else { Level::Info }, text);
        if !step.warm_up {
            self.book.add(step.conditions, step.strategy, outcome, others);
        }
    }

    fn say(&mut self, tone: Tone, text: String) {
        self.outbox.event(Notice { tone, text });
    }

    fn publish(&mut self) {
        let Self { outbox, chosen, conditions, workload, runs, book, plan, ended, current, race, trace, .. } = self;
        outbox.publish_if_due(|| {
            let state = match current {
                None => State::Idle,
                Some(current) if current.control.is_paused() => State::Paused { strategy: current.step.strategy },
                Some(Current { step, .. }) => State::Running {
                    strategy: step.strategy,
                    step: *ended + 1,
                    of: *ended + 1 + plan.len(),
                    warm_up: step.warm_up,
                },
            };
            let answers = book.answers(conditions.workload);
            let scaling = book.scaling(*conditions, *chosen);
            View {
                workload: workload.name.clone(),
                items: workload.tasks.len(),
                noun: workload.noun(),
                workers: conditions.workers,
                chunking: conditions.chunking,
                cores: conditions.cores,
                runs: *runs,
                chosen: *chosen,
                rows: (0..STRATEGIES.len())
                    .map(|index| row(index, book, *conditions, workload, current.as_ref()))
                    .collect(),
                state,
                race: race.as_ref().map(Race::standing),
                answers: answers.map(|(all, _)| all.iter().take(SHOWN_ANSWERS).cloned().collect()).unwrap_or_default(),
                agree: answers.map(|(_, agree)| agree),
                amdahl: amdahl(&scaling),
                scaling,
                trace: live(current.as_ref()).or_else(|| trace.clone()),
                history: book.history().rev().take(SHOWN_HISTORY).copied().collect(),
            }
        });
    }
}

/// What has been recorded so far of the run that is under way, while it is not too much to copy for every view.
fn live(current: Option<&Current>) -> Option<Arc<Trace>> {
    const MOST: usize = 20_000;
    let recorder = &current?.recorder;
    (recorder.spans() <= MOST).then(|| Arc::new(recorder.trace()))
}

/// A strategy's row as it stands.
fn row(index: usize, book: &Book, conditions: Conditions, workload: &Workload, current: Option<&Current>) -> Row {
    let strategy = &STRATEGIES[index];
    let measured = book.measured(conditions, index);
    let speedup = book.speedup(conditions, index);
    Row {
        about: &strategy.about,
        unsupported: (strategy.supports)(workload).err(),
        done: current.filter(|current| current.step.strategy == index).map(|current| current.control.done()),
        times: measured.and_then(|measured| times(&measured.samples)),
        speedup,
        efficiency: speedup.map(|speedup| speedup / conditions.workers as f64),
        contended: measured.is_some_and(|measured| measured.contended),
        lock_turns: measured.and_then(|measured| measured.lock_turns),
        loop_lag: measured.and_then(|measured| measured.loop_lag).map(|lag| lag.as_secs_f64()),
        stages: measured.and_then(|measured| Some(measured.stages?.mean(measured.runs.len()))),
    }
}

fn times(samples: &Samples) -> Option<Times> {
    Some(Times { median: samples.median()?, min: samples.min()?, max: samples.max()?, runs: samples.len() })
}
