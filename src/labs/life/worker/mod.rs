//! The worker: it owns the universe, answers Commands, directs the runner, and publishes Views.

mod commands;
mod patterns;
mod race;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, bounded, select_biased};
use tokio_util::sync::CancellationToken;

use self::commands::DENSITY;
use super::ID;
use super::calm::Calm;
use super::colour::Colour;
use super::hand::Who;
use super::order::{CellIo, Failed, Fault, Order};
use super::part::Grain;
use super::picker::Picker;
use super::picture::Picture;
use super::race::Racing;
use super::record::Record;
use super::rule::Rule;
use super::runner::{self, Done, Generations, Report};
use super::soup::soup;
use super::speed::Speed;
use super::strategies::{self, Row, STRATEGIES, Task};
use super::tempo::Tempo;
use super::universe::Universe;
use super::view::{Command, Simulated, View};
use super::viewpoint::Viewpoint;
use crate::labs::{Doing, Notice, Start, Tone};
use crate::runtime::activity::{Activity, Level};
use crate::runtime::io_delay::IoDelay;
use crate::runtime::span::Recorder;
use crate::runtime::strategy::Setup;
use crate::runtime::worker::{Desk, Numbered, Outbox, REPORTS, Runner, spawn};
use crate::ui::canvas::Size;
use crate::ui::figures::duration;

/// How often the activity log tells the generation.
const TELL: Duration = Duration::from_millis(500);

/// Starts the worker.
pub fn start(start: &Start) -> Desk<Command, View, Notice> {
    let options = start.clone();
    spawn("life-worker", start.wake.clone(), move |commands, outbox| run(&options, &commands, outbox))
}

/// The worker's thread: runs until the mailbox is closed.
fn run(start: &Start, commands: &Receiver<Numbered<Command>>, mut outbox: Outbox<View, Notice>) {
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
            recv(due) -> _ => if life.waits() || life.go_on_with_picker() || life.let_go() { outbox.changed() },
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

/// How often the operations in flight are shown while cells wait.
const WAITING: Duration = Duration::from_millis(50);

/// How long a simulated operation takes.
const IO_DELAY: Duration = Duration::from_millis(1);

/// What the worker owns.
struct Life {
    start: Start,
    activity: Activity,
    reports: Sender<Report>,
    runner: Runner<Generations>,
    busy: Option<Busy>,
    /// Counts up when the universe is replaced, so that late reports are known as such.
    run: u64,
    strategy: usize,
    workers: usize,
    pattern: String,
    origin: Arc<Universe>,
    now: Arc<Universe>,
    record: Record,
    tempo: Tempo,
    viewpoint: Viewpoint,
    /// The whole pane's size, which a race takes.
    pane: Size,
    /// What is to go wrong in the next generation.
    mishap: Option<Mishap>,
    grain: Grain,
    io: CellIo,
    about: Option<String>,
    /// The place among the shipped patterns of the last one that was chosen.
    shipped: Option<usize>,
    reading: Option<f64>,
    race: Option<Racing>,
    picker: Option<Picker>,
    colour: Colour,
    /// Who stepped the cells, while the colours tell it.
    who: Option<Arc<Who>>,
    /// Holds back what would flash, while that is wanted.
    calm: Option<Calm>,
    /// The racers, until the runner is free.
    waiting_race: Option<Vec<&'static Row>>,
    /// The cell that failed.
    failed_cell: Option<(i64, i64)>,
    problem: Option<String>,
    /// Nothing has been shown yet: the first soup waits for the pane's size.
    placed: bool,
    soups: u64,
    told: Instant,
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
            strategy: strategies::first(),
            workers: start.workers.max(1),
            pattern: String::new(),
            now: Arc::clone(&origin),
            origin,
            record: Record::new(),
            tempo: Tempo::new(),
            viewpoint: Viewpoint::new(),
            pane: Size::default(),
            mishap: None,
            grain: Grain::Cell,
            io: CellIo { points: 0, io: IoDelay::new(IO_DELAY) },
            about: None,
            shipped: None,
            reading: None,
            race: None,
            picker: None,
            colour: Colour::default(),
            who: None,
            calm: start.calm.then(Calm::default),
            waiting_race: None,
            failed_cell: None,
            problem: None,
            placed: false,
            soups: 0,
            told: Instant::now(),
            start: start.clone(),
        }
    }

    fn row(&self) -> &'static Row {
        &STRATEGIES[self.strategy]
    }

    /// Another lab measures: what runs flat out takes a pace meanwhile.
    fn must_step_back(&self) -> bool {
        self.start.stage.must_step_back(ID)
    }

    /// Gives the runner its next job, if one is due.
    fn drive(&mut self) {
        if self.busy.is_some() || !self.placed {
            return;
        }
        self.drive_race();
        if self.is_racing() {
            return;
        }
        let Some(order) = self.tempo.order(Instant::now(), self.must_step_back()) else { return };
        let mishap = self.mishap.take();
        let fault = (mishap == Some(Mishap::Fault)).then(|| {
            let (height, width) = self.now.space.size().unwrap_or_default();
            Fault { generation: self.now.generation + 1, y: height / 2, x: width / 2 }
        });
        self.ask_who();
        let order = Order { grain: self.grain, io: self.io.clone(), who: self.who.clone(), fault, ..order };
        let cancel = order.cancel.clone();
        let panic = mishap == Some(Mishap::Panic);
        let (run, row, setup, from) = (self.run, self.row(), self.setup(), Arc::clone(&self.now));
        self.give(Generations { run, row, setup, from, order, panic }, cancel);
    }

    fn setup(&self) -> Setup {
        Setup {
            workers: self.workers,
            behind_screen: true,
            executable: self.start.executable.clone(),
            recorder: Recorder::off(),
        }
    }

    fn give(&mut self, job: Generations, cancel: CancellationToken) {
        // A runner that cannot take it has ended between its last report and now, by a panic whose report is on its way.
        self.busy = self.runner.give(job).then_some(Busy { cancel, given_up: None });
    }

    /// Whether cells wait for simulated I/O now.
    fn waits(&self) -> bool {
        self.busy.is_some() && self.io.points > 0
    }

    /// When there will be something to do; none while nothing goes on or only the runner is busy.
    fn due(&self) -> Option<Instant> {
        if self.waits() {
            return Some(Instant::now() + WAITING);
        }
        let idle = self.placed && self.busy.is_none() && !self.is_racing();
        let job = self.tempo.due().filter(|_| idle);
        let held = self.calm.as_ref().and_then(Calm::due);
        let held_lanes = self.race.iter().flat_map(Racing::calms).filter_map(Calm::due);
        job.into_iter().chain(self.picker.as_ref().map(Picker::due)).chain(held).chain(held_lanes).min()
    }

    /// A picture that was held back may be shown by now; whether there is one. Another that may be is due at once.
    fn let_go(&mut self) -> bool {
        let now = Instant::now();
        let lanes = self.race.iter_mut().flat_map(Racing::calms_mut);
        self.calm.iter_mut().chain(lanes).any(|calm| calm.let_go(now))
    }

    /// The preview in the list of patterns lives on; whether there is one.
    fn go_on_with_picker(&mut self) -> bool {
        self.picker.as_mut().map(|picker| picker.go_on(Instant::now())).is_some()
    }

    /// Sees to it that the next order notes who stepped each cell, if the colours tell that.
    fn ask_who(&mut self) {
        let size = self.now.space.size().filter(|_| self.colour == Colour::Worker);
        if self.who.as_ref().map(|who| who.size()) != size {
            self.who = size.map(|(height, width)| Who::new(height, width));
        }
    }

    fn take_report(&mut self, report: Report, outbox: &mut Outbox<View, Notice>) {
        match report {
            Report::Reading(share) => {
                self.reading = self.reading.map(|_| share);
                return;
            }
            Report::Read(read) => return self.take_pattern(read, outbox),
            Report::Raced => return self.tell_race(),
            _ => {}
        }
        let given_up = self.busy.take().and_then(|busy| busy.given_up);
        match report {
            Report::Done(done) if done.run == self.run => self.take_generations(done, given_up, outbox),
            Report::CannotStart(error) => self.stop(format!("{error}: s takes the next strategy"), outbox),
            Report::Panicked(panicked) => {
                self.runner = runner::start(self.reports.clone());
                self.stop(format!("the runner {panicked}; it was replaced, the grid is whole: Space goes on"), outbox);
            }
            // From a run that is over.
            _ => {}
        }
    }

    fn take_generations(&mut self, done: Done, given_up: Option<Instant>, outbox: &mut Outbox<View, Notice>) {
        if done.generations > 0 {
            self.now = Arc::clone(&done.advance.universe);
            self.record.seen(&self.now, done.population);
            self.record.rate.mark(Instant::now(), self.now.generation);
            if done.workers == self.workers {
                let index = STRATEGIES.iter().position(|row| row.about.id == done.row.about.id);
                index.inspect(|index| self.record.took(*index, done.seconds, done.generations));
            }
            self.tell_generation();
        }
        if let Some(text) = done.made_good {
            self.activity.line(Level::Warn, format_args!("{}: {text}", done.row.about.id));
            outbox.event(Notice { tone: Tone::Warn, text });
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

    fn task(&self) -> Task {
        Task::of(&self.now, self.grain, self.io.points)
    }

    /// Ends the runner's present order at its last whole generation.
    fn interrupt(&self) {
        self.busy.as_ref().inspect(|busy| busy.cancel.cancel());
    }

    /// Stands still because something went wrong.
    fn stop(&mut self, problem: String, outbox: &mut Outbox<View, Notice>) {
        self.activity.line(Level::Error, format_args!("{problem}"));
        outbox.event(Notice { tone: Tone::Bad, text: problem.clone() });
        self.problem = Some(problem);
        self.tempo.pause(true);
        self.record.rate.clear();
    }

    fn tell_generation(&mut self) {
        if self.told.elapsed() < TELL {
            return;
        }
        self.told = Instant::now();
        self.record.note_load(self.strategy);
        let (generation, population) = (self.now.generation, self.record.population());
        let rate = self.record.rate.per_second().map(|rate| format!(", {rate:.0} a second")).unwrap_or_default();
        let strategy = self.row().about.id;
        self.activity.line(Level::Info, format_args!("{strategy}: generation {generation}, {population} alive{rate}"));
    }

    fn doing(&self) -> Doing {
        if let Some(race) = &self.race {
            return Doing::racing(&race.standing());
        }
        let effective = self.tempo.effective_speed(self.must_step_back());
        let (text, tone) = match (&self.problem, self.tempo.is_paused(), self.tempo.speed()) {
            (Some(_), ..) => ("stopped".to_owned(), Tone::Bad),
            (None, true, _) => ("paused".to_owned(), Tone::Warn),
            (None, false, Speed::FlatOut) if effective != Speed::FlatOut => ("stepping back".to_owned(), Tone::Plain),
            (None, false, Speed::FlatOut) => ("flat out".to_owned(), Tone::Good),
            (None, false, Speed::Paced(rate)) => (format!("{rate}/s"), Tone::Good),
        };
        Doing { text, tone }
    }

    fn view(&mut self) -> View {
        let (look, who) = (&self.viewpoint.look, self.who.as_deref());
        let picture = Picture::coloured(look, &self.now, &self.record.history, self.colour, who);
        let picture = match &mut self.calm {
            Some(calm) => calm.hold(Instant::now(), picture),
            None => picture,
        };
        View {
            strategy: &self.row().about,
            workers: self.workers,
            doing: self.doing(),
            pattern: self.pattern.clone(),
            rule: self.now.rule,
            size: self.now.space.size(),
            generation: self.now.generation,
            population: self.record.population(),
            populations: self.record.populations().to_vec(),
            rate: self.record.rate.per_second().filter(|_| !self.tempo.is_paused()),
            speed: self.tempo.speed(),
            times: self.record.times(),
            problem: self.problem.clone(),
            grain: self.grain,
            io: (self.io.points > 0).then(|| Simulated {
                points: self.io.points,
                delay: self.io.io.delay,
                in_flight: self.io.io.in_flight(),
            }),
            about: self.about.clone(),
            reading: self.reading,
            race: self.race.as_mut().map(|race| race.view(self.pane, self.calm.is_some())),
            mark: self.viewpoint.cursor.or(self.failed_cell).and_then(|cell| self.viewpoint.character_of(cell)),
            look: self.viewpoint.look,
            picker: self.picker.as_ref().map(Picker::view),
            colour: self.colour,
            calm: self.calm.is_some(),
            picture,
        }
    }
}
