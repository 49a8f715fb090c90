//! The worker: it owns the universe, answers Commands, directs the runner, and publishes Views.

use std::fs::File;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, TrySendError, bounded, select_biased};
use tokio_util::sync::CancellationToken;

use super::ID;
use super::figures::{Rate, Timing};
use super::grid::Cell;
use super::history::History;
use super::order::{CellIo, Failed, Fault, Order};
use super::part::Grain;
use super::pattern::{self, Pattern, shipped};
use super::picture::{Look, Picture, Zoom};
use super::rule::Rule;
use super::runner::{self, Done, Generations, Job, Report, Turn};
use super::soup::soup;
use super::speed::{Pacer, Speed};
use super::strategies::{DEFAULT, Row, STRATEGIES, Task};
use super::universe::{Topology, Universe};
use super::view::{self, Command, Event, RaceLane, Simulated, Time, View};
use crate::labs::common::{Common, Pick};
use crate::labs::{Doing, Notice, Start, Tone};
use crate::runtime::activity::{Activity, Level};
use crate::runtime::io_delay::IoDelay;
use crate::runtime::load::Watch;
use crate::runtime::span::Recorder;
use crate::runtime::strategy::{Setup, find};
use crate::runtime::worker::{Numbered, Outbox, REPORTS, Runner};
use crate::ui::canvas::Size;
use crate::ui::figures::duration;

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
            recv(due) -> _ => if life.waits() { outbox.changed() },
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
    /// When a person gave it up.
    given_up: Option<Instant>,
}

/// What a person lets go wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mishap {
    /// The runner panics.
    Panic,
    /// A cell fails.
    Fault,
}

/// A race that is on or over.
struct Racing {
    goal: u64,
    lanes: Vec<Racer>,
}

struct Racer {
    row: &'static Row,
    now: Arc<Universe>,
    seconds: f64,
}

/// Generations that a race goes over.
const RACE: u64 = 500;

/// How often the operations in flight are shown while cells wait.
const WAITING: Duration = Duration::from_millis(50);

/// How long a simulated operation takes.
const IO_DELAY: Duration = Duration::from_millis(1);

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
    /// What is to go wrong in the next generation.
    mishap: Option<Mishap>,
    grain: Grain,
    io: CellIo,
    about: Option<String>,
    /// The place among the shipped patterns of the last one that was chosen.
    shipped: Option<usize>,
    reading: Option<f64>,
    race: Option<Racing>,
    /// The racers, until the runner has them.
    waiting_race: Option<Vec<&'static Row>>,
    /// The cell under the cursor, while drawing by keyboard is on.
    cursor: Option<(i64, i64)>,
    /// The cell that failed.
    failed_cell: Option<(i64, i64)>,
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
            mishap: None,
            grain: Grain::Cell,
            io: CellIo { points: 0, io: IoDelay::new(IO_DELAY) },
            about: None,
            shipped: None,
            reading: None,
            race: None,
            waiting_race: None,
            cursor: None,
            failed_cell: None,
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
        self.drive_race();
        if self.busy.is_some() {
            return;
        }
        let now = Instant::now();
        let order = if self.steps > 0 {
            self.steps -= 1;
            Order::new(1)
        } else if self.paused || self.race.is_some() {
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
        let mishap = self.mishap.take();
        let fault = (mishap == Some(Mishap::Fault)).then(|| {
            let (height, width) = self.now.space.size().unwrap_or_default();
            Fault { generation: self.now.generation + 1, y: height / 2, x: width / 2 }
        });
        let order = Order { grain: self.grain, io: self.io.clone(), fault, ..order };
        let cancel = order.cancel.clone();
        let panic = mishap == Some(Mishap::Panic);
        let (run, row, setup, from) = (self.run, self.row(), self.setup(), Arc::clone(&self.now));
        self.give(Job::Advance(Generations { run, row, setup, from, order, panic }), cancel);
    }

    fn setup(&self) -> Setup {
        Setup {
            workers: self.workers,
            behind_screen: true,
            executable: self.start.executable.clone(),
            recorder: Recorder::off(),
        }
    }

    fn give(&mut self, job: Job, cancel: CancellationToken) {
        // A runner that cannot take it has ended between its last report and now, by a panic whose report is on its way.
        self.busy = self.runner.give(job).then_some(Busy { cancel, given_up: None });
    }

    /// Whether cells wait for simulated I/O now.
    fn waits(&self) -> bool {
        self.busy.is_some() && self.io.points > 0
    }

    /// When a job will be due; none while nothing goes on or the runner is busy.
    fn due(&self) -> Option<Instant> {
        if self.waits() {
            return Some(Instant::now() + WAITING);
        }
        let waits = self.placed && self.busy.is_none() && !self.paused && self.race.is_none();
        waits.then(|| self.pacer.due())
    }

    fn take_report(&mut self, report: Report, outbox: &mut Outbox<View, Event>) {
        match report {
            Report::Reading(share) => {
                self.reading = self.reading.map(|_| share);
                return;
            }
            Report::Read(read) => return self.take_pattern(read, outbox),
            Report::Turn(turn) => return self.take_turn(turn),
            _ => {}
        }
        let given_up = self.busy.take().and_then(|busy| busy.given_up);
        match report {
            Report::Done(done) if done.run == self.run => self.take_generations(done, given_up, outbox),
            Report::RaceOver { run, failed: Some(failed) } if run == self.run => {
                self.race = None;
                self.stop(format!("the race ended: {failed}: Space goes on"), outbox);
            }
            Report::RaceOver { run, failed: None } if run == self.run => self.tell_race(),
            Report::CannotStart(error) => self.stop(format!("{error}: s takes the next strategy"), outbox),
            Report::Panicked(panicked) => {
                self.runner = runner::start(self.reports.clone());
                self.race = None;
                self.stop(format!("the runner {panicked}; it was replaced, the grid is whole: Space goes on"), outbox);
            }
            // From a run that is over.
            _ => {}
        }
    }

    fn take_generations(&mut self, done: Done, given_up: Option<Instant>, outbox: &mut Outbox<View, Event>) {
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
        match (done.advance.failed, given_up) {
            (Some(Failed::Cancelled(fates)), Some(given_up)) => {
                let (number, unit) = duration(given_up.elapsed().as_secs_f64());
                let text = format!("given up: it stopped after {number} {unit}; cells: {fates}. Space goes on");
                self.stop(text, outbox);
            }
            (None | Some(Failed::Cancelled(_)), _) => {}
            (Some(failed), _) => {
                if let Failed::Cell { y, x, .. } = &failed {
                    self.failed_cell = Some((*y as i64, *x as i64));
                }
                self.stop(format!("{failed}. n tries again, Space goes on"), outbox);
            }
        }
    }

    fn take_turn(&mut self, turn: Turn) {
        if turn.run == self.run
            && let Some(racer) = self.race.as_mut().and_then(|race| race.lanes.get_mut(turn.lane))
        {
            (racer.now, racer.seconds) = (turn.universe, turn.seconds);
        }
    }

    fn tell_race(&mut self) {
        for racer in self.race.iter().flat_map(|race| &race.lanes) {
            let (id, generation, seconds) = (racer.row.about.id, racer.now.generation, racer.seconds);
            self.activity.line(Level::Info, format_args!("race: {id} at generation {generation} in {seconds:.3} s"));
        }
    }

    fn take_pattern(&mut self, read: Result<Box<Pattern>, String>, outbox: &mut Outbox<View, Event>) {
        self.reading = None;
        match read.and_then(|pattern| Ok((pattern.universe(None, None)?, pattern))) {
            Ok((universe, pattern)) => {
                let name = if pattern.name.is_empty() { "file".to_owned() } else { pattern.name.clone() };
                self.begin(name, Arc::new(universe));
                self.about = about(&pattern);
                self.keep_a_strategy_that_can(outbox);
            }
            Err(why) => outbox.event(Notice { tone: Tone::Bad, text: why }),
        }
    }

    /// Takes the next strategy that can step what there is now, if the present one cannot.
    fn keep_a_strategy_that_can(&mut self, outbox: &mut Outbox<View, Event>) {
        if (self.row().supports)(&self.task()).is_err() {
            self.switch(Pick::Next, outbox);
        }
    }

    fn task(&self) -> Task {
        Task::of(&self.now, self.grain, self.io.points)
    }

    fn choose_pattern(&mut self, name: &str, outbox: &mut Outbox<View, Event>) {
        match shipped::find(name) {
            Ok(pattern) => {
                self.shipped = shipped::SHIPPED.iter().position(|(id, _)| *id == name);
                self.take_pattern(Ok(Box::new(pattern)), outbox);
            }
            Err(error) => outbox.event(Notice { tone: Tone::Warn, text: error.to_string() }),
        }
    }

    fn next_pattern(&mut self, by: i8, outbox: &mut Outbox<View, Event>) {
        let all = shipped::SHIPPED.len();
        let place = match self.shipped {
            Some(place) => (place + all).saturating_add_signed(by.into()) % all,
            None => 0,
        };
        self.choose_pattern(shipped::SHIPPED[place].0, outbox);
    }

    /// Reads a file on a thread of its own; what comes of it comes as reports.
    fn open(&mut self, path: &str) {
        let (path, reports) = (path.to_owned(), self.reports.clone());
        self.reading = Some(0.0);
        let read = move || {
            let mut progress = |share| {
                // A worker that is behind misses a step of the bar, no more.
                !matches!(reports.try_send(Report::Reading(share)), Err(TrySendError::Disconnected(_)))
            };
            let file = File::open(&path).map_err(|error| format!("{path}: {error}"));
            let read = file.and_then(|file| {
                pattern::read(file, &mut progress).map(Box::new).map_err(|error| format!("{path}: {error}"))
            });
            let _ = reports.send(Report::Read(read));
        };
        if thread::Builder::new().name("life-read".to_owned()).spawn(read).is_err() {
            self.reading = None;
        }
    }

    /// Goes on with other cells at the same generation.
    fn replace(&mut self, universe: Universe) {
        self.interrupt();
        self.run += 1;
        self.race = None;
        self.problem = None;
        self.failed_cell = None;
        let other = self.now.space.size() != universe.space.size() || self.now.rule != universe.rule;
        if other {
            self.times.fill(Timing::default());
            self.history.clear();
        } else {
            // The picture before the stroke is no generation to go back to.
            self.history.back();
        }
        self.now = Arc::new(universe);
        self.seen(self.now.population());
    }

    fn paint(&mut self, y: i64, x: i64, state: impl FnOnce(Cell) -> Cell, outbox: &mut Outbox<View, Event>) {
        let inside = self
            .now
            .space
            .size()
            .is_none_or(|(height, width)| (0..height as i64).contains(&y) && (0..width as i64).contains(&x));
        if !inside {
            return;
        }
        self.set_paused(true);
        match self.now.painted(y, x, state) {
            Some(universe) => self.replace(universe),
            None => outbox.event(Notice { tone: Tone::Warn, text: "too far apart to be drawn over".to_owned() }),
        }
    }

    /// The cell at the upper left of a character.
    fn cell_at(&self, column: u16, row: u16) -> (i64, i64) {
        let ((across, down), (top, left)) = (self.look.zoom.pixels(), self.look.origin());
        let shift = self.look.zoom.shift();
        (top + (i64::from(row * down) << shift), left + (i64::from(column * across) << shift))
    }

    /// The character that shows a cell, if one does.
    fn character_of(&self, (y, x): (i64, i64)) -> Option<(u16, u16)> {
        let ((across, down), (top, left)) = (self.look.zoom.pixels(), self.look.origin());
        let shift = self.look.zoom.shift();
        let place = |at: i64, corner: i64, pixels: u16, most: u16| {
            u16::try_from(((at - corner) >> shift) / i64::from(pixels))
                .ok()
                .filter(|place| at >= corner && *place < most)
        };
        Some((place(x, left, across, self.look.columns)?, place(y, top, down, self.look.rows)?))
    }

    fn start_race(&mut self, names: &[&'static str], outbox: &mut Outbox<View, Event>) {
        self.interrupt();
        self.run += 1;
        if self.race.take().is_some() {
            self.pacer = Pacer::new();
            return;
        }
        let task = Task::of(&self.now, Grain::Cell, 0);
        let able = |row: &&'static Row| (row.supports)(&task).is_ok();
        let mut rows: Vec<&'static Row> = if names.is_empty() {
            let usual = ["coroutines", "thread-pool", "rayon", "bitboard", "bitboard-rayon", "hashlife", "serial"];
            usual.iter().filter_map(|id| find(STRATEGIES, id).ok()).filter(able).collect()
        } else {
            STRATEGIES.iter().filter(|row| names.contains(&row.about.id)).filter(able).collect()
        };
        rows.truncate(4);
        if rows.len() < 2 {
            let text = "a race takes at least two strategies that can step this grid".to_owned();
            return outbox.event(Notice { tone: Tone::Warn, text });
        }
        let goal = self.now.generation + RACE;
        let lanes = rows.iter().map(|row| Racer { row, now: Arc::clone(&self.now), seconds: 0.0 }).collect();
        self.race = Some(Racing { goal, lanes });
        self.waiting_race = Some(rows);
    }

    /// Begins the race that was asked for, once the runner is free.
    fn drive_race(&mut self) {
        let Some((rows, race)) = self.waiting_race.take().zip(self.race.as_ref()) else { return };
        let cancel = CancellationToken::new();
        let (goal, run, from) = (race.goal, self.run, Arc::clone(&self.now));
        self.give(
            Job::Race(runner::Race { run, rows, setup: self.setup(), from, goal, cancel: cancel.clone() }),
            cancel,
        );
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
        match command {
            Command::Common(Common::Strategy(pick)) => self.switch(*pick, outbox),
            Command::Common(Common::Pause) => self.set_paused(!self.paused),
            Command::Common(Common::Run) => {
                let about = self.about.take();
                self.begin(self.pattern.clone(), Arc::clone(&self.origin));
                self.about = about;
                self.keep_a_strategy_that_can(outbox);
            }
            Command::Common(Common::Workers(change)) => {
                self.workers = change.apply(self.workers);
                self.times[self.strategy] = Timing::default();
                self.activity.line(Level::Info, format_args!("{} workers", self.workers));
            }
            Command::Place(size) => self.place(*size),
            Command::Faster => self.set_speed(self.speed.faster()),
            Command::Slower => self.set_speed(self.speed.slower()),
            Command::FlatOut if self.speed == Speed::FlatOut => self.set_speed(self.pace),
            Command::FlatOut => self.set_speed(Speed::FlatOut),
            Command::Step => {
                self.set_paused(true);
                self.steps += 1;
            }
            Command::Back => self.back(outbox),
            Command::Soup => {
                self.new_soup();
                self.keep_a_strategy_that_can(outbox);
            }
            Command::SeedGlider => self.choose_pattern("seed-glider", outbox),
            Command::Pan(down, right) => self.pan(*down, *right),
            Command::Nearer => self.look.zoom = self.look.zoom.nearer(),
            Command::Farther => self.look.zoom = self.look.zoom.farther(),
            Command::Fit => self.fit(),
            Command::Panic => {
                self.mishap = Some(Mishap::Panic);
                self.problem = None;
                if self.paused {
                    self.steps += 1;
                }
            }
            Command::Fail => {
                self.mishap = Some(Mishap::Fault);
                self.problem = None;
                self.interrupt();
                if self.paused {
                    self.steps += 1;
                }
            }
            Command::Cancel => {
                if let Some(busy) = &mut self.busy {
                    busy.given_up = Some(Instant::now());
                    busy.cancel.cancel();
                }
            }
            Command::Io => {
                self.io.points = (self.io.points + 1) % 3;
                self.changed_task(outbox);
            }
            Command::Grain => {
                self.grain = match self.grain {
                    Grain::Cell => Grain::Row,
                    Grain::Row => Grain::Band,
                    Grain::Band => Grain::Cell,
                };
                self.changed_task(outbox);
            }
            Command::Pattern(name) => self.choose_pattern(name, outbox),
            Command::NextPattern(by) => self.next_pattern(*by, outbox),
            Command::Open(path) => self.open(path),
            Command::Rule(rule) => {
                self.replace(Universe { rule: *rule, ..(*self.now).clone() });
                self.keep_a_strategy_that_can(outbox);
            }
            Command::Topology(topology) => self.set_topology(*topology, outbox),
            Command::PaintAt { column, row, alive } => {
                let (y, x) = self.cell_at(*column, *row);
                let state = if *alive { Cell::Alive } else { Cell::Empty };
                self.paint(y, x, |_| state, outbox);
            }
            Command::Paint(x, y) => self.paint(*y, *x, turned, outbox),
            Command::Edit => {
                self.cursor = if self.cursor.is_some() { None } else { Some((self.look.y, self.look.x)) };
                self.set_paused(true);
            }
            Command::Toggle => {
                if let Some((y, x)) = self.cursor {
                    self.paint(y, x, turned, outbox);
                }
            }
            Command::Race(names) => self.start_race(names, outbox),
        }
    }

    /// The fan-out is another now: times of the one before are not compared with it.
    fn changed_task(&mut self, outbox: &mut Outbox<View, Event>) {
        self.times.fill(Timing::default());
        self.interrupt();
        self.keep_a_strategy_that_can(outbox);
    }

    fn set_topology(&mut self, topology: Option<Topology>, outbox: &mut Outbox<View, Event>) {
        let wanted = topology.unwrap_or(match self.now.topology() {
            Topology::Torus => Topology::Plane,
            Topology::Plane => Topology::Torus,
        });
        match self.now.moved_to(wanted) {
            Some(universe) => {
                self.replace(universe);
                self.fit();
                self.keep_a_strategy_that_can(outbox);
            }
            None => outbox.event(Notice { tone: Tone::Warn, text: "no torus fits around these cells".to_owned() }),
        }
    }

    fn switch(&mut self, pick: Pick, outbox: &mut Outbox<View, Event>) {
        let task = self.task();
        let index_of = |id: &str| STRATEGIES.iter().position(|row| row.about.id == id);
        let mut wanted = pick.from(self.strategy, STRATEGIES.len(), index_of);
        // A key that goes through the table passes over those that cannot take this grid; one that is named says why.
        let mut passed = 0;
        while let Err(why) = (STRATEGIES[wanted].supports)(&task) {
            passed += 1;
            if passed > STRATEGIES.len() {
                return;
            }
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
        self.end_race();
        self.interrupt();
        self.activity.line(Level::Info, format_args!("strategy {}", STRATEGIES[wanted].about.id));
    }

    /// Leaves the race for the grid that all began from.
    fn end_race(&mut self) {
        if self.race.take().is_some() {
            self.run += 1;
            self.pacer = Pacer::new();
        }
    }

    /// Ends the runner's present order at its last whole generation.
    fn interrupt(&self) {
        self.busy.as_ref().inspect(|busy| busy.cancel.cancel());
    }

    fn set_paused(&mut self, paused: bool) {
        self.paused = paused;
        self.problem = None;
        self.failed_cell = None;
        if self.race.is_some() {
            self.interrupt();
            self.end_race();
        }
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
        self.failed_cell = None;
        self.race = None;
        self.about = None;
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
        if let Some((y, x)) = &mut self.cursor {
            *y += i64::from(down);
            *x += i64::from(right);
            return;
        }
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
        if let Some(race) = &self.race {
            let on = race.lanes.iter().any(|racer| racer.now.generation < race.goal);
            let text = if on { "race" } else { "race over" };
            return Doing { text: text.to_owned(), tone: if on { Tone::Good } else { Tone::Plain } };
        }
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

    /// The racers side by side: each shows the middle of what it has made.
    fn race_view(&self, race: &Racing) -> view::Race {
        let lanes = race.lanes.len() as u16;
        let columns = (self.look.columns / lanes).saturating_sub(1);
        let look = Look { columns, rows: self.look.rows.saturating_sub(2), ..self.look };
        let look = match self.now.space.bounds() {
            Some(bounds) => look.fitting(bounds.height(), bounds.width()),
            None => look,
        };
        let lane = |racer: &Racer| RaceLane {
            strategy: &racer.row.about,
            generation: racer.now.generation,
            seconds: racer.seconds,
            picture: Picture::take(&look, &racer.now, &History::default()),
        };
        view::Race { begin: race.goal - RACE, goal: race.goal, lanes: race.lanes.iter().map(lane).collect() }
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
            grain: self.grain,
            io: (self.io.points > 0).then(|| Simulated {
                points: self.io.points,
                delay: self.io.io.delay,
                in_flight: self.io.io.in_flight(),
            }),
            about: self.about.clone(),
            reading: self.reading,
            race: self.race.as_ref().map(|race| self.race_view(race)),
            mark: self.cursor.or(self.failed_cell).and_then(|cell| self.character_of(cell)),
            look: self.look,
            picture: Picture::take(&self.look, &self.now, &self.history),
        }
    }
}

/// What a pattern's file says of it.
fn about(pattern: &Pattern) -> Option<String> {
    let parts = [&pattern.name, &pattern.author, &pattern.line];
    let parts: Vec<&str> = parts.into_iter().map(String::as_str).filter(|part| !part.is_empty()).collect();
    (!parts.is_empty()).then(|| parts.join(" · "))
}

/// The other state.
fn turned(state: Cell) -> Cell {
    match state {
        Cell::Alive => Cell::Empty,
        Cell::Empty => Cell::Alive,
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
