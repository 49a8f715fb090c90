//! The worker: it has hazards run, shows who waits for whom while they do, and frees them.

use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, bounded, select_biased};

use super::ID;
use super::order::{CannotRun, Order, Outcome};
use super::steps::{Steps, program};
use super::strategies::{Kind, Row, STRATEGIES, Task};
use super::view::{Command, Ran, StrategyRan, View};
use crate::labs::common::{Common, Pick};
use crate::labs::{Doing, Notice, Start, Tone};
use crate::runtime::activity::{Activity, Level};
use crate::runtime::caught::Panicked;
use crate::runtime::load::Watch;
use crate::runtime::span::Recorder;
use crate::runtime::stage::Quiet;
use crate::runtime::strategy::{CannotStart, Setup};
use crate::runtime::worker::{Desk, Numbered, Outbox, REPORTS, Runner, spawn};

/// Updates of the counter at first.
const INCREMENTS: u64 = 1_000_000;

/// How long a deadlock stands before it is freed, whoever looks at it.
const STANDS: Duration = Duration::from_mins(1);

/// How long a coroutine keeps its loop.
const STARVES: Duration = Duration::from_secs(2);

/// How often a computing run looks whether somebody else measures.
const LOOK: Duration = Duration::from_millis(100);

/// A run for the runner.
struct Job {
    row: &'static Row,
    setup: Setup,
    order: Order,
}

/// What the runner says.
enum Report {
    Ran(Result<Outcome, CannotRun>),
    CannotStart(CannotStart),
    Panicked(Panicked),
}

/// Starts the worker.
pub fn start(start: &Start) -> Desk<Command, View, Notice> {
    let options = start.clone();
    spawn("hazards-worker", start.wake.clone(), move |commands, outbox| run(&options, &commands, outbox))
}

/// The worker's thread: runs until the mailbox is closed.
fn run(start: &Start, commands: &Receiver<Numbered<Command>>, mut outbox: Outbox<View, Notice>) {
    let (reports_in, reports) = bounded(REPORTS);
    let mut hazards = Hazards::new(start, reports_in);
    // There is something to see before anything is asked.
    outbox.changed();
    outbox.publish_if_due(|| hazards.view());
    loop {
        let changes =
            hazards.running.as_ref().map_or_else(crossbeam_channel::never, |run| run.order.waits.changes().clone());
        let due = hazards.due().map_or_else(crossbeam_channel::never, crossbeam_channel::at);
        select_biased! {
            recv(commands) -> command => match command {
                Ok(Numbered { number, command }) => {
                    hazards.take_command(command, &mut outbox);
                    outbox.answer(number);
                }
                Err(_) => break,
            },
            recv(reports) -> report => {
                hazards.take_report(report.expect("the worker holds a sender itself"), &mut outbox);
                outbox.changed();
            }
            recv(changes) -> _ => {
                hazards.recognise(&mut outbox);
                outbox.changed();
            }
            recv(due) -> _ => hazards.step_back(&mut outbox),
            recv(outbox.due()) -> _ => {}
        }
        if commands.is_empty() {
            outbox.publish_if_due(|| hazards.view());
        }
    }
    hazards.free();
}

/// The run that is going on.
struct Running {
    strategy: usize,
    order: Order,
    watch: Watch,
    /// Held while a time is measured.
    _quiet: Option<Quiet>,
    /// Its deadlock was told.
    told: bool,
}

/// What the worker owns.
struct Hazards {
    start: Start,
    activity: Activity,
    reports: Sender<Report>,
    /// Started with the first run.
    runner: Option<Runner<Job>>,
    running: Option<Running>,
    strategy: usize,
    workers: usize,
    increments: u64,
    /// The last run of each strategy, in the order of the table.
    ran: Vec<Option<Ran>>,
    steps: Option<Steps>,
    /// A run is to follow the one of the strategy before, which was told to end.
    next: bool,
}

impl Hazards {
    fn new(start: &Start, reports: Sender<Report>) -> Self {
        Self {
            activity: Activity::open(&start.activity, ID),
            start: start.clone(),
            reports,
            runner: None,
            running: None,
            strategy: 0,
            // One worker alone shows nothing.
            workers: start.workers.max(2),
            increments: INCREMENTS,
            ran: STRATEGIES.iter().map(|_| None).collect(),
            steps: None,
            next: false,
        }
    }

    fn row(&self) -> &'static Row {
        &STRATEGIES[self.strategy]
    }

    /// When to look whether somebody else measures: only a run that computes has to make way.
    fn due(&self) -> Option<Instant> {
        let computes = |run: &Running| Kind::of(&STRATEGIES[run.strategy].about) != Kind::Deadlock;
        self.running.as_ref().filter(|run| computes(run)).map(|_| Instant::now() + LOOK)
    }

    fn step_back(&mut self, outbox: &mut Outbox<View, Notice>) {
        if self.start.stage.must_step_back(ID) && self.running.is_some() {
            self.free();
            self.say(outbox, Tone::Plain, "another lab measures: the run was ended, r runs it again".to_owned());
        }
    }

    fn free(&self) {
        if let Some(running) = &self.running {
            running.order.free.free();
        }
    }

    fn say(&mut self, outbox: &mut Outbox<View, Notice>, tone: Tone, text: String) {
        let level = if tone == Tone::Bad { Level::Error } else { Level::Info };
        self.activity.line(level, format_args!("{text}"));
        outbox.event(Notice { tone, text });
    }

    fn take_command(&mut self, command: Command, outbox: &mut Outbox<View, Notice>) {
        match command {
            Command::Common(Common::Strategy(pick)) => self.switch(pick),
            Command::Common(Common::Run) => self.run(outbox),
            Command::Common(Common::Pause) if self.running.is_none() => self.begin(outbox),
            Command::Free if self.running.is_none() => {
                self.say(outbox, Tone::Plain, "nothing runs that could be freed: r runs it".to_owned());
            }
            Command::Common(Common::Pause) | Command::Free => self.free(),
            Command::Common(Common::Workers(change)) => self.workers = change.apply(self.workers),
            Command::Increments(increments) => self.increments = increments,
            Command::Step(worker) => self.step(worker, outbox),
            Command::StepAgain => self.steps = program(self.row().about.id).map(Steps::new),
        }
    }

    /// Runs the chosen strategy: now, or after the run of another one that is under way.
    fn run(&mut self, outbox: &mut Outbox<View, Notice>) {
        match &self.running {
            None => self.begin(outbox),
            Some(run) if run.strategy != self.strategy => self.next = true,
            Some(_) => self.say(outbox, Tone::Plain, "it still runs: x frees it".to_owned()),
        }
    }

    fn step(&mut self, worker: usize, outbox: &mut Outbox<View, Notice>) {
        if let Some(program) = program(self.row().about.id) {
            self.steps.get_or_insert_with(|| Steps::new(program)).advance(worker);
        } else {
            let text = "steps are for the shared counter: s goes on to Load and store".to_owned();
            self.say(outbox, Tone::Plain, text);
        }
    }

    fn switch(&mut self, pick: Pick) {
        let picked = pick.from(self.strategy, STRATEGIES);
        if picked != self.strategy {
            self.free();
            // The step mode stays on where the new strategy has steps.
            let stepping = self.steps.take().is_some();
            self.strategy = picked;
            self.steps = program(self.row().about.id).filter(|_| stepping).map(Steps::new);
            self.activity.line(Level::Info, format_args!("strategy {}", self.row().about.id));
        }
    }

    fn begin(&mut self, outbox: &mut Outbox<View, Notice>) {
        let row = self.row();
        if let Err(why) = (row.supports)(&Task { workers: self.workers }) {
            return self.say(outbox, Tone::Warn, format!("{}: {why}", row.about.id));
        }
        if let Some(other) = self.start.stage.measuring() {
            return self.say(outbox, Tone::Plain, format!("{other} measures: try again when it is done"));
        }
        let kind = Kind::of(&row.about);
        let time = if kind == Kind::Starvation { STARVES } else { STANDS };
        let order = Order::new(self.increments, self.workers, time);
        let setup = Setup {
            workers: self.workers,
            behind_screen: true,
            executable: self.start.executable.clone(),
            recorder: Recorder::off(),
        };
        let quiet = (kind == Kind::LostUpdate).then(|| self.start.stage.ask_for_quiet(ID));
        let watch = Watch::start(ID);
        let reports = &self.reports;
        let runner = self.runner.get_or_insert_with(|| start_runner(reports.clone()));
        if runner.give(Job { row, setup, order: order.clone() }) {
            self.steps = None;
            self.running = Some(Running { strategy: self.strategy, order, watch, _quiet: quiet, told: false });
            self.activity.line(Level::Info, format_args!("{}: run by {} workers", row.about.id, self.workers));
        } else {
            self.say(outbox, Tone::Bad, "the runner has ended: r starts another".to_owned());
            self.runner = None;
        }
    }

    /// Tells of a deadlock as soon as it is one.
    fn recognise(&mut self, outbox: &mut Outbox<View, Notice>) {
        let Some(running) = self.running.as_mut().filter(|running| !running.told) else { return };
        let Some(deadlock) = running.order.waits.deadlock() else { return };
        running.told = true;
        let id = STRATEGIES[running.strategy].about.id;
        self.activity.line(Level::Warn, format_args!("{id}: {}", deadlock.circle));
        let text = format!("deadlock recognised after {:.1} ms: x frees it", deadlock.after.as_secs_f64() * 1e3);
        outbox.event(Notice { tone: Tone::Warn, text });
    }

    fn take_report(&mut self, report: Report, outbox: &mut Outbox<View, Notice>) {
        self.recognise(outbox);
        let Some(running) = self.running.take() else { return };
        let about = &STRATEGIES[running.strategy].about;
        match report {
            Report::Ran(Ok(outcome)) => {
                let contended = running.watch.finish().is_some_and(|others| others.contended);
                let Outcome { expected, got, seconds, .. } = outcome;
                self.activity.line(Level::Info, format_args!("{}: {got} of {expected} in {seconds:.6} s", about.id));
                self.ran[running.strategy] = Some(Ran { outcome, contended });
            }
            Report::Ran(Err(error)) => self.say(outbox, Tone::Bad, format!("{}: {error}: {}", about.id, error.why)),
            Report::CannotStart(error) => self.say(outbox, Tone::Bad, error.to_string()),
            Report::Panicked(panicked) => {
                self.runner = None;
                self.say(outbox, Tone::Bad, format!("the runner {panicked}; r starts another"));
            }
        }
        if std::mem::take(&mut self.next) {
            self.begin(outbox);
        }
    }

    fn doing(&self) -> Doing {
        let (text, tone) = match &self.running {
            Some(running) if running.order.waits.deadlock().is_some() => ("deadlocked, x frees it", Tone::Bad),
            Some(_) => ("running", Tone::Good),
            None if self.steps.is_some() => ("step by step", Tone::Plain),
            None => ("r runs it", Tone::Plain),
        };
        Doing { text: text.to_owned(), tone }
    }

    fn view(&self) -> View {
        let kind = Kind::of(&self.row().about);
        // What still runs after a switch is on its way out, and belongs to the strategy before.
        let shown = self.running.as_ref().filter(|running| running.strategy == self.strategy);
        let same = STRATEGIES.iter().zip(&self.ran).filter(|(row, _)| Kind::of(&row.about) == kind);
        View {
            strategy: &self.row().about,
            kind,
            doing: self.doing(),
            workers: self.workers,
            increments: self.increments,
            running: shown.is_some(),
            waits: shown.map(|running| running.order.waits.now()).unwrap_or_default(),
            circle: shown.and_then(|running| running.order.waits.deadlock()).map(|deadlock| deadlock.circle),
            ran: same.map(|(row, ran)| StrategyRan { about: &row.about, ran: ran.clone() }).collect(),
            steps: self.steps.clone(),
        }
    }
}

fn start_runner(reports: Sender<Report>) -> Runner<Job> {
    let work = |job: Job, reports: &Sender<Report>| {
        let report = match (job.row.make)(&job.setup) {
            Ok(mut hazard) => Report::Ran(hazard.run(&job.order)),
            Err(error) => Report::CannotStart(error),
        };
        // The worker has gone when the program ends.
        let _ = reports.send(report);
    };
    Runner::start("hazards-run", reports, work, Report::Panicked)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::labs::common::Change;
    use crate::runtime::worker::Published;

    struct Bench {
        desk: Desk<Command, View, Notice>,
        start: Start,
        folder: tempfile::TempDir,
        answered: u64,
    }

    impl Bench {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let start = Start::alone(folder.path());
            Self { desk: super::start(&start), start, folder, answered: 0 }
        }

        /// Sends a Command and waits for a View that has taken it in and is as wanted.
        fn see(&mut self, command: Command, wanted: impl Fn(&View) -> bool) -> View {
            self.answered = self.desk.send(command).unwrap();
            let deadline = Instant::now() + Duration::from_mins(1);
            loop {
                if let Some(Published { answered, view }) = self.desk.take_view()
                    && answered >= self.answered
                    && wanted(&view)
                {
                    return view;
                }
                assert!(Instant::now() < deadline, "no such view came");
                std::thread::yield_now();
            }
        }

        fn notice(&self) -> String {
            self.desk.events().map(|notice| notice.text).last().unwrap_or_default()
        }
    }

    const RUN: Command = Command::Common(Common::Run);

    fn named(id: &'static str) -> Command {
        Command::Common(Common::Strategy(Pick::Named(id)))
    }

    fn workers(count: usize) -> Command {
        Command::Common(Common::Workers(Change::To(count)))
    }

    #[test]
    fn the_first_view_comes_unasked() {
        let bench = Bench::new();
        let deadline = Instant::now() + Duration::from_mins(1);
        let mut desk = bench.desk;
        while desk.take_view().is_none() {
            assert!(Instant::now() < deadline, "no view came");
            std::thread::yield_now();
        }
    }

    #[test]
    fn a_deadlock_is_drawn_until_a_key_frees_it() {
        let mut bench = Bench::new();
        bench.see(named("lock-order"), |view| view.strategy.id == "lock-order");
        let view = bench.see(RUN, |view| view.circle.is_some());
        assert!(view.running && view.waits.len() >= 4, "{view:?}");
        assert_eq!(view.doing.text, "deadlocked, x frees it");
        let view = bench.see(Command::Free, |view| !view.running);
        let ran = view.ran.iter().find(|row| row.about.id == "lock-order").unwrap().ran.as_ref().unwrap();
        assert_eq!((ran.outcome.expected, ran.outcome.got), (2, 0));
        assert!(bench.notice().starts_with("deadlock recognised after "));
        // A switch frees too, and a new run goes on.
        bench.see(RUN, |view| view.circle.is_some());
        bench.see(named("lock-order-cured"), |view| !view.running);
        let finished = |view: &View| view.ran.iter().any(|row| row.about.id == "lock-order-cured" && row.ran.is_some());
        bench.see(RUN, finished);
        let log = std::fs::read_to_string(bench.folder.path().join("hazards.log")).unwrap();
        assert!(log.contains("lock-order: thread 1 waits for lock B, which is held by thread 2"), "{log}");
        assert_eq!(bench.desk.join(Instant::now() + Duration::from_secs(30)), Ok(()));
    }

    #[test]
    fn steps_are_taken_by_hand_and_stay_on_through_a_switch() {
        let mut bench = Bench::new();
        for worker in [0, 1, 0, 1] {
            bench.see(Command::Step(worker), |_| true);
        }
        let steps = bench.see(Command::Step(0), |_| true).steps.unwrap();
        assert_eq!((steps.expected(), steps.got()), (2, 1));
        let steps = bench.see(named("mutex"), |_| true).steps.unwrap();
        assert_eq!(steps.expected(), 0);
        assert_eq!(bench.see(named("never-yields"), |_| true).steps, None);
        bench.see(Command::Step(0), |_| true);
        assert!(bench.notice().starts_with("steps are for the shared counter"));
        assert_eq!(bench.desk.join(Instant::now() + Duration::from_secs(30)), Ok(()));
    }

    #[test]
    fn nothing_starts_while_another_lab_measures_or_with_too_few_workers() {
        let mut bench = Bench::new();
        let quiet = bench.start.stage.ask_for_quiet("gcd");
        assert!(!bench.see(RUN, |_| true).running);
        assert_eq!(bench.notice(), "gcd measures: try again when it is done");
        drop(quiet);
        bench.see(workers(1), |view| view.workers == 1);
        assert!(!bench.see(RUN, |_| true).running);
        assert!(bench.notice().contains("give it at least 2"));
        bench.see(workers(2), |_| true);
        bench.see(Command::Increments(1000), |view| view.increments == 1000);
        let view = bench.see(RUN, |view| view.ran[0].ran.is_some());
        assert_eq!(view.ran[0].ran.as_ref().unwrap().outcome.expected, 1000);
        bench.see(named("never-yields"), |_| true);
        let has_begun = |view: &View| {
            view.running || view.ran.iter().any(|row| row.about.id == "never-yields" && row.ran.is_some())
        };
        bench.see(RUN, has_begun);
        let quiet = bench.start.stage.ask_for_quiet("gcd");
        bench.see(Command::StepAgain, |view| !view.running);
        drop(quiet);
        assert_eq!(bench.desk.join(Instant::now() + Duration::from_secs(30)), Ok(()));
    }
}
