//! The worker: it owns the universe, answers Commands, directs the runner, and publishes Views.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, bounded, select_biased};
use tokio_util::sync::CancellationToken;

use super::figures::{Rate, Timing};
use super::history::History;
use super::order::{CellIo, Order};
use super::part::Grain;
use super::picture::{Look, Picture, Zoom};
use super::rule::Rule;
use super::runner::{self, Done, Job, Report};
use super::soup::soup;
use super::speed::{Pacer, Speed};
use super::strategies::{DEFAULT, Row, STRATEGIES, Task};
use super::universe::Universe;
use super::view::{Command, Event, Time, View};
use super::{ID, SEED_GLIDER};
use crate::labs::common::{Common, Pick};
use crate::labs::{Doing, Notice, Start, Tone};
use crate::runtime::activity::{Activity, Level};
use crate::runtime::load::Watch;
use crate::runtime::span::Recorder;
use crate::runtime::strategy::Setup;
use crate::runtime::worker::{Numbered, Outbox, REPORTS, Runner};
use crate::ui::canvas::Size;

/// How long the runner computes, flat out, before it reports: a little under a frame's time.
const SLICE: Duration = Duration::from_millis(12);

/// The share of living cells in a new soup.
const DENSITY: f64 = 0.35;

/// How often the activity log tells the generation.
const TELL: Duration = Duration::from_millis(500);

/// Populations that are kept for the sparkline.
const POPULATIONS: usize = 256;

/// The worker's thread: runs until the mailbox is closed.
pub fn run(start: &Start, commands: &Receiver<Numbered<Command>>, mut outbox: Outbox<View, Event>) {
    let (reports_in, reports) = bounded(REPORTS);
    let mut life = Life::new(start, reports_in);
    loop {
        life.drive();
        let due = life.due().map_or_else(crossbeam_channel::never, crossbeam_channel::at);
        select_biased! {
            recv(commands) -> command => match command {
                Ok(Numbered { number, command }) => {
                    life.take_command(&command, &mut outbox);
                    outbox.answer(number);
                }
                Err(_) => break,
            },
            recv(reports) -> report => {
                life.take_report(report.expect("the worker holds a sender itself"), &mut outbox);
                outbox.changed();
            }
            recv(due) -> _ => {}
            recv(outbox.due()) -> _ => {}
        }
        // A View that more waiting Commands would change again is not worth making.
        if commands.is_empty() {
            outbox.publish_if_due(|| life.view());
        }
    }
    life.busy.inspect(|busy| busy.cancel.cancel());
}

/// A job that the runner has.
struct Busy {
    cancel: CancellationToken,
}

/// What the worker owns.
struct Life {
    start: Start,
    activity: Activity,
    reports: Sender<Report>,
    runner: Runner<Job>,
    busy: Option<Busy>,
    /// Counts up when the universe is replaced, so that late reports are known as such.
    run: u64,
    strategy: usize,
    workers: usize,
    pattern: String,
    origin: Arc<Universe>,
    now: Arc<Universe>,
    population: u64,
    populations: Vec<f64>,
    history: History,
    /// The strategy's place in the table is its place here.
    times: Vec<Timing>,
    rate: Rate,
    speed: Speed,
    /// The pace to come back to from flat out.
    pace: Speed,
    pacer: Pacer,
    paused: bool,
    /// Single steps that are still to be made.
    steps: u64,
    panic_next: bool,
    problem: Option<String>,
    look: Look,
    /// Nothing has been shown yet: the first soup waits for the pane's size.
    placed: bool,
    soups: u64,
    told: Instant,
    /// What others use of the machine, since the load was last looked at.
    load: Watch,
}

impl Life {
    fn new(start: &Start, reports: Sender<Report>) -> Self {
        let origin = Arc::new(Universe::torus(Rule::LIFE, soup(1, 1, DENSITY, start.seed)));
        Self {
            activity: Activity::open(&start.activity, ID),
            runner: runner::start(reports.clone()),
            reports,
            busy: None,
            run: 0,
            strategy: DEFAULT,
            workers: start.workers.max(1),
            pattern: String::new(),
            now: Arc::clone(&origin),
            origin,
            population: 0,
            populations: Vec::new(),
            history: History::default(),
            times: vec![Timing::default(); STRATEGIES.len()],
            rate: Rate::default(),
            speed: Speed::PLEASANT,
            pace: Speed::PLEASANT,
            pacer: Pacer::new(),
            paused: false,
            steps: 0,
            panic_next: false,
            problem: None,
            look: Look { y: 0, x: 0, zoom: Zoom::Half, columns: 0, rows: 0 },
            placed: false,
            soups: 0,
            told: Instant::now(),
            load: Watch::start(ID),
            start: start.clone(),
        }
    }

    fn row(&self) -> &'static Row {
        &STRATEGIES[self.strategy]
    }

    /// The speed as it is now: flat out becomes a pace while another lab measures.
    fn effective_speed(&self) -> Speed {
        match self.speed {
            Speed::FlatOut if self.start.stage.must_step_back(ID) => Speed::PLEASANT,
            speed => speed,
        }
    }

    /// Gives the runner its next job, if one is due.
    fn drive(&mut self) {
        if self.busy.is_some() || !self.placed {
            return;
        }
        let now = Instant::now();
        let order = if self.steps > 0 {
            self.steps -= 1;
            Order::new(1)
        } else if self.paused {
            return;
        } else {
            match self.effective_speed() {
                Speed::FlatOut => Order { until: Some(now + SLICE), ..Order::new(u64::MAX) },
                Speed::Paced(rate) => match self.pacer.take(now, rate) {
                    0 => return,
                    generations => Order { until: Some(now + SLICE), ..Order::new(generations) },
                },
            }
        };
        let order = Order { grain: Grain::Cell, io: CellIo::default(), ..order };
        self.busy = Some(Busy { cancel: order.cancel.clone() });
        let setup = Setup {
            workers: self.workers,
            behind_screen: true,
            executable: self.start.executable.clone(),
            recorder: Recorder::off(),
        };
        let panic = std::mem::take(&mut self.panic_next);
        let job = Job { run: self.run, row: self.row(), setup, from: Arc::clone(&self.now), order, panic };
        if !self.runner.give(job) {
            // It ended between its last report and now, by a panic whose report is on its way.
            self.busy = None;
        }
    }

    /// When a job will be due; none while nothing goes on or the runner is busy.
    fn due(&self) -> Option<Instant> {
        let waits = self.placed && self.busy.is_none() && !self.paused;
        waits.then(|| self.pacer.due())
    }

    fn take_report(&mut self, report: Report, outbox: &mut Outbox<View, Event>) {
        self.busy = None;
        match report {
            Report::Done(done) if done.run == self.run => self.take_generations(done, outbox),
            Report::Done(_) => {}
            Report::CannotStart(error) => self.stop(format!("{error}: s takes the next strategy"), outbox),
            Report::Panicked(panicked) => {
                self.runner = runner::start(self.reports.clone());
                self.stop(format!("the runner {panicked}; it was replaced, the grid is whole: Space goes on"), outbox);
            }
        }
    }

    fn take_generations(&mut self, done: Done, outbox: &mut Outbox<View, Event>) {
        if done.generations > 0 {
            self.now = Arc::clone(&done.advance.universe);
            self.seen(done.population);
            self.rate.mark(Instant::now(), self.now.generation);
            if done.workers == self.workers {
                let index = STRATEGIES.iter().position(|row| row.about.id == done.row.about.id);
                index.inspect(|index| self.times[*index].add(done.seconds, done.generations));
            }
            self.tell_generation();
        }
        match done.advance.failed {
            Some(failed) if !matches!(failed, super::order::Failed::Cancelled(_)) => {
                self.stop(format!("{failed}: Space goes on"), outbox);
            }
            _ => {}
        }
    }

    /// Takes in that the present generation, of so many living cells, is there to be seen.
    fn seen(&mut self, population: u64) {
        self.population = population;
        self.populations.push(population as f64);
        if self.populations.len() > 2 * POPULATIONS {
            self.populations.drain(..POPULATIONS);
        }
        self.history.push(Arc::clone(&self.now));
    }

    /// Stands still because something went wrong.
    fn stop(&mut self, problem: String, outbox: &mut Outbox<View, Event>) {
        self.activity.line(Level::Error, format_args!("{problem}"));
        outbox.event(Notice { tone: Tone::Bad, text: problem.clone() });
        self.problem = Some(problem);
        self.paused = true;
        self.steps = 0;
        self.rate.clear();
    }

    fn tell_generation(&mut self) {
        if self.told.elapsed() < TELL {
            return;
        }
        self.told = Instant::now();
        self.note_load();
        let (generation, population) = (self.now.generation, self.population);
        let rate = self.rate.per_second().map(|rate| format!(", {rate:.0} a second")).unwrap_or_default();
        let strategy = self.row().about.id;
        self.activity.line(Level::Info, format_args!("{strategy}: generation {generation}, {population} alive{rate}"));
    }

    /// Marks the strategy's times as contended, or as clean, by what others have used of the machine since the last call.
    fn note_load(&mut self) {
        let contended = self.load.finish().map(|others| others.contended);
        let timing = &mut self.times[self.strategy];
        // Where the system does not say, nothing is known against the times.
        timing.contended = contended.or(timing.contended).or((!cfg!(target_os = "linux")).then_some(false));
        self.load = Watch::start(ID);
    }

    fn take_command(&mut self, command: &Command, outbox: &mut Outbox<View, Event>) {
        match *command {
            Command::Common(Common::Strategy(pick)) => self.switch(pick, outbox),
            Command::Common(Common::Pause) => self.set_paused(!self.paused),
            Command::Common(Common::Run) => self.begin(self.pattern.clone(), Arc::clone(&self.origin)),
            Command::Common(Common::Workers(change)) => {
                self.workers = change.apply(self.workers);
                self.times[self.strategy] = Timing::default();
                self.activity.line(Level::Info, format_args!("{} workers", self.workers));
            }
            Command::Place(size) => self.place(size),
            Command::Faster => self.set_speed(self.speed.faster()),
            Command::Slower => self.set_speed(self.speed.slower()),
            Command::FlatOut if self.speed == Speed::FlatOut => self.set_speed(self.pace),
            Command::FlatOut => self.set_speed(Speed::FlatOut),
            Command::Step => {
                self.set_paused(true);
                self.steps += 1;
            }
            Command::Back => self.back(outbox),
            Command::Soup => self.new_soup(),
            Command::SeedGlider => match SEED_GLIDER.parse() {
                Ok(grid) => self.begin("seed-glider".to_owned(), Arc::new(Universe::torus(Rule::LIFE, grid))),
                Err(error) => self.stop(format!("seed-glider: {error}"), outbox),
            },
            Command::Pan(down, right) => self.pan(down, right),
            Command::Nearer => self.look.zoom = self.look.zoom.nearer(),
            Command::Farther => self.look.zoom = self.look.zoom.farther(),
            Command::Fit => self.fit(),
            Command::Panic => {
                self.panic_next = true;
                self.problem = None;
                if self.paused {
                    self.steps += 1;
                }
            }
        }
    }

    fn switch(&mut self, pick: Pick, outbox: &mut Outbox<View, Event>) {
        let task = Task::of(&self.now, Grain::Cell, 0);
        let index_of = |id: &str| STRATEGIES.iter().position(|row| row.about.id == id);
        let mut wanted = pick.from(self.strategy, STRATEGIES.len(), index_of);
        // A key that goes through the table passes over those that cannot take this grid; one that is named says why.
        while let Err(why) = (STRATEGIES[wanted].supports)(&task) {
            let text = format!("{}: {why}", STRATEGIES[wanted].about.title);
            outbox.event(Notice { tone: Tone::Warn, text });
            match pick {
                Pick::Named(_) => return,
                Pick::Next | Pick::Previous => wanted = pick.from(wanted, STRATEGIES.len(), index_of),
            }
        }
        self.note_load();
        self.strategy = wanted;
        self.problem = None;
        self.interrupt();
        self.activity.line(Level::Info, format_args!("strategy {}", STRATEGIES[wanted].about.id));
    }

    /// Ends the runner's present order at its last whole generation.
    fn interrupt(&self) {
        self.busy.as_ref().inspect(|busy| busy.cancel.cancel());
    }

    fn set_paused(&mut self, paused: bool) {
        self.paused = paused;
        self.problem = None;
        self.steps = 0;
        self.rate.clear();
        if !paused {
            self.pacer = Pacer::new();
        }
    }

    fn set_speed(&mut self, speed: Speed) {
        if self.speed != Speed::FlatOut {
            self.pace = self.speed;
        }
        self.speed = speed;
        self.pacer = Pacer::new();
        self.rate.clear();
        self.activity.line(Level::Info, format_args!("speed {speed:?}"));
    }

    /// Begins with generation 0 of another universe, or again with that of the same.
    fn begin(&mut self, pattern: String, origin: Arc<Universe>) {
        self.interrupt();
        self.run += 1;
        let other = self.now.space.size() != origin.space.size() || self.now.rule != origin.rule;
        if other {
            self.times.fill(Timing::default());
        }
        self.now = Arc::clone(&origin);
        self.origin = origin;
        self.history.clear();
        self.populations.clear();
        self.rate.clear();
        self.problem = None;
        self.seen(self.now.population());
        self.pattern = pattern;
        if other {
            self.fit();
        }
        self.activity.line(Level::Info, format_args!("{}: generation 0, {} alive", self.pattern, self.population));
    }

    fn new_soup(&mut self) {
        let (height, width) = (usize::from(self.look.rows).max(1) * 2, usize::from(self.look.columns).max(1));
        let seed = self.start.seed.wrapping_add(self.soups);
        self.soups += 1;
        let grid = soup(height, width, DENSITY, seed);
        self.begin(format!("soup {seed}"), Arc::new(Universe::torus(Rule::LIFE, grid)));
    }

    fn back(&mut self, outbox: &mut Outbox<View, Event>) {
        self.set_paused(true);
        self.interrupt();
        self.run += 1;
        match self.history.back() {
            Some(before) => {
                self.population = before.population();
                self.populations.pop();
                self.now = before;
            }
            None => outbox.event(Notice { tone: Tone::Warn, text: "no generation before this one is kept".to_owned() }),
        }
    }

    fn place(&mut self, size: Option<Size>) {
        let Some(size) = size.filter(|size| size.columns > 0 && size.rows > 0) else { return };
        (self.look.columns, self.look.rows) = (size.columns, size.rows);
        if self.placed {
            self.fit();
        } else {
            self.placed = true;
            self.new_soup();
        }
    }

    fn pan(&mut self, down: i8, right: i8) {
        let (width, height) = self.look.pixels();
        let shift = self.look.zoom.shift();
        let by = |tenths: i8, pixels: usize| i64::from(tenths) * ((pixels.div_ceil(10) as i64) << shift);
        self.look.y = self.look.y.saturating_add(by(down, height));
        self.look.x = self.look.x.saturating_add(by(right, width));
    }

    /// Shows the whole.
    fn fit(&mut self) {
        if let Some(bounds) = self.now.space.bounds() {
            self.look = self.look.fitting(bounds.height(), bounds.width());
            self.look.y = i64::midpoint(bounds.top, bounds.bottom);
            self.look.x = i64::midpoint(bounds.left, bounds.right);
        }
    }

    fn doing(&self) -> Doing {
        let (text, tone) = match (&self.problem, self.paused, self.speed) {
            (Some(_), ..) => ("stopped".to_owned(), Tone::Bad),
            (None, true, _) => ("paused".to_owned(), Tone::Warn),
            (None, false, Speed::FlatOut) if self.effective_speed() != Speed::FlatOut => {
                ("stepping back".to_owned(), Tone::Plain)
            }
            (None, false, Speed::FlatOut) => ("flat out".to_owned(), Tone::Good),
            (None, false, Speed::Paced(rate)) => (format!("{rate}/s"), Tone::Good),
        };
        Doing { text, tone }
    }

    fn view(&self) -> View {
        let times = STRATEGIES.iter().zip(&self.times).filter_map(|(row, timing)| {
            let seconds = timing.seconds()?;
            Some(Time { strategy: &row.about, seconds, contended: timing.contended })
        });
        View {
            strategy: &self.row().about,
            workers: self.workers,
            doing: self.doing(),
            pattern: self.pattern.clone(),
            rule: self.now.rule,
            size: self.now.space.size(),
            generation: self.now.generation,
            population: self.population,
            populations: self.populations[self.populations.len().saturating_sub(POPULATIONS)..].to_vec(),
            rate: self.rate.per_second().filter(|_| !self.paused),
            speed: self.speed,
            times: times.collect(),
            problem: self.problem.clone(),
            look: self.look,
            picture: Picture::take(&self.look, &self.now, &self.history),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::labs::common::{Change, Pick};
    use crate::labs::life::strategies::Stepper;
    use crate::runtime::stage::Stage;
    use crate::runtime::worker::{Desk, spawn};

    type LifeDesk = Desk<Command, View, Event>;

    /// Nothing takes as long as this unless it hangs.
    const LONG: Duration = Duration::from_secs(20);

    fn start(folder: &std::path::Path) -> Start {
        Start { workers: 2, ..Start::alone(folder) }
    }

    fn started(folder: &std::path::Path) -> LifeDesk {
        let start = start(folder);
        let options = start.clone();
        spawn("life-worker", start.wake, move |commands, outbox| run(&options, &commands, outbox))
    }

    /// The first View that answers this command and is as wanted.
    fn view(desk: &mut LifeDesk, command: Command, wanted: impl Fn(&View) -> bool) -> View {
        let number = desk.send(command).unwrap();
        let deadline = Instant::now() + LONG;
        loop {
            if let Some(published) = desk.take_view()
                && published.answered >= number
                && wanted(&published.view)
            {
                return published.view;
            }
            assert!(Instant::now() < deadline, "no such view came");
            std::thread::yield_now();
        }
    }

    fn place() -> Command {
        Command::Place(Some(Size { columns: 12, rows: 4 }))
    }

    fn pause() -> Command {
        Command::Common(Common::Pause)
    }

    fn origin() -> Arc<Universe> {
        Arc::new(Universe::torus(Rule::LIFE, soup(8, 12, DENSITY, 42)))
    }

    fn serial(from: &Arc<Universe>, generations: u64) -> Arc<Universe> {
        let mut serial: Box<dyn Stepper> =
            (STRATEGIES[0].make)(&Setup::headless(1, std::path::PathBuf::new())).unwrap();
        serial.advance(from, &Order::new(generations)).universe
    }

    fn living(view: &View) -> Vec<bool> {
        view.picture.pixels.iter().map(|pixel| *pixel > 0).collect()
    }

    #[test]
    fn switching_strategy_in_mid_run_never_changes_the_sequence() {
        let folder = tempfile::tempdir().unwrap();
        let mut desk = started(folder.path());
        view(&mut desk, place(), |view| view.generation > 0);
        view(&mut desk, Command::FlatOut, |_| true);
        let mut last = 0;
        let task = Task::of(&origin(), Grain::Cell, 0);
        let able = || STRATEGIES.iter().filter(|row| (row.supports)(&task).is_ok());
        for (index, row) in able().chain(able()).enumerate() {
            let switch = Command::Common(Common::Strategy(Pick::Named(row.about.id)));
            let after = view(&mut desk, switch, |view| view.strategy.id == row.about.id && view.generation > last + 3);
            last = after.generation;
            let change = if index % 2 == 0 { Change::More } else { Change::Fewer };
            view(&mut desk, Command::Common(Common::Workers(change)), |_| true);
        }
        view(&mut desk, pause(), |_| true);
        // The order under way when the pause came may still bring its generations.
        let settled = view(&mut desk, Command::Step, |view| view.generation > last);
        let settled = view(&mut desk, Command::Step, |view| view.generation > settled.generation);
        assert_eq!(living(&settled), {
            let expected = serial(&origin(), settled.generation);
            living(&View { picture: Picture::take(&settled.look, &expected, &History::default()), ..settled.clone() })
        });
        desk.join(Instant::now() + LONG).unwrap();
    }

    #[test]
    fn a_panic_in_the_runner_leaves_worker_and_grid() {
        let folder = tempfile::tempdir().unwrap();
        let mut desk = started(folder.path());
        view(&mut desk, place(), |view| view.generation > 2);
        let stopped = view(&mut desk, Command::Panic, |view| view.problem.is_some());
        assert!(stopped.problem.as_ref().unwrap().contains("asked to panic"), "{:?}", stopped.problem);
        assert!(stopped.problem.as_ref().unwrap().contains("Space goes on"), "{:?}", stopped.problem);
        assert_eq!(stopped.doing.tone, Tone::Bad);
        let on = view(&mut desk, pause(), |view| view.generation > stopped.generation);
        assert_eq!(on.problem, None);
        desk.join(Instant::now() + LONG).unwrap();
        let log = std::fs::read_to_string(folder.path().join("life.log")).unwrap();
        assert!(log.contains("ERROR the runner panicked"), "{log}");
    }

    #[test]
    fn steps_go_forward_and_back_and_run_begins_again() {
        let folder = tempfile::tempdir().unwrap();
        let mut desk = started(folder.path());
        view(&mut desk, pause(), |_| true);
        let first = view(&mut desk, place(), |_| true);
        assert_eq!(first.generation, 0);
        let second = view(&mut desk, Command::Step, |view| view.generation == 1);
        let third = view(&mut desk, Command::Step, |view| view.generation == 2);
        let back = view(&mut desk, Command::Back, |view| view.generation == 1);
        assert_eq!((living(&back), back.population), (living(&second), second.population));
        let again = view(&mut desk, Command::Step, |view| view.generation == 2);
        assert_eq!(living(&again), living(&third));
        let begun = view(&mut desk, Command::Common(Common::Run), |view| view.generation == 0);
        assert_eq!(living(&begun), living(&first));
        let glider = view(&mut desk, Command::SeedGlider, |view| view.generation == 0);
        assert_eq!((glider.size, glider.population), (Some((5, 9)), 5));
        desk.join(Instant::now() + LONG).unwrap();
    }

    #[test]
    fn paused_it_publishes_nothing_and_no_timer_runs() {
        let (reports, _kept) = bounded(REPORTS);
        let folder = tempfile::tempdir().unwrap();
        let mut life = Life::new(&start(folder.path()), reports);
        assert_eq!(life.due(), None, "nothing goes on before it is on the screen");
        life.place(Some(Size { columns: 10, rows: 5 }));
        assert!(life.due().is_some());
        life.set_paused(true);
        assert_eq!(life.due(), None);
        life.drive();
        assert!(life.busy.is_none());
    }

    #[test]
    fn flat_out_gives_way_while_another_lab_measures() {
        let (reports, _kept) = bounded(REPORTS);
        let folder = tempfile::tempdir().unwrap();
        let stage = Stage::new();
        let mut life = Life::new(&Start { stage: stage.clone(), ..start(folder.path()) }, reports);
        life.set_speed(Speed::FlatOut);
        assert_eq!(life.effective_speed(), Speed::FlatOut);
        let quiet = stage.ask_for_quiet("gcd");
        assert_eq!((life.effective_speed(), life.doing().text.as_str()), (Speed::PLEASANT, "stepping back"));
        drop(quiet);
        assert_eq!(life.effective_speed(), Speed::FlatOut);
    }
}
