//! The worker: it owns the ring of lines and the figures, answers Commands, directs the runner, and publishes Views.

use std::ffi::OsString;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bstr::ByteSlice;
use crossbeam_channel::{Receiver, Sender, bounded, never, select_biased};

use super::level::Level;
use super::names::short_names;
use super::rate::{Rate, Steps};
use super::ring::{MOST_BYTES, Ring};
use super::runner::{self, BLOCKS, Passed, Report, Run, ToWorker};
use super::source::{Begin, Note};
use super::sources::Sources;
use super::stop::Stop;
use super::strategies::{Job, STRATEGIES};
use super::view::{Command, Event, FileView, LineView, View};
use crate::labs::common::Common;
use crate::labs::{Doing, Notice, Start, Tone};
use crate::runtime::loop_watch::LoopWatch;
use crate::runtime::span::Recorder;
use crate::runtime::strategy::{About, Setup};
use crate::runtime::worker::{Numbered, Outbox, REPORTS, Runner};
use crate::ui::canvas::Size;

/// Where reading begins in the files that were named: their last lines, found at once in a file of any size.
const BEGIN: Begin = Begin::LastWithin(1000, 1 << 20);

/// How often the polling strategies look.
const INTERVAL: Duration = Duration::from_millis(100);

/// Panics in a row, each within [`IN_A_ROW`] of the one before, after which the readers are not started again by themselves.
const MOST_PANICS: u32 = 5;
const IN_A_ROW: Duration = Duration::from_secs(2);

/// The worker's thread: runs until the mailbox is closed.
pub fn run(start: &Start, commands: &Receiver<Numbered<Command>>, mut outbox: Outbox<View, Event>) {
    let (reports_in, reports) = bounded(REPORTS);
    let (passed_in, passed) = bounded(BLOCKS);
    let nothing = never();
    let mut logs = Logs::new(start, reports_in, passed_in);
    logs.begin(&mut outbox);
    loop {
        let lines = if logs.paused { &nothing } else { &passed };
        let step = logs.steps.due().map_or_else(never, crossbeam_channel::at);
        select_biased! {
            recv(commands) -> command => match command {
                Ok(Numbered { number, command }) => {
                    logs.take_command(command, &mut outbox);
                    outbox.answer(number);
                }
                Err(_) => break,
            },
            recv(reports) -> report => {
                logs.take_report(report.expect("the worker holds a sender itself"), &mut outbox);
                outbox.changed();
            }
            recv(step) -> _ => {}
            recv(outbox.due()) -> _ => {}
            recv(lines) -> passed => {
                logs.take(passed.expect("the worker holds a sender itself"), &mut outbox);
                outbox.changed();
            }
        }
        if logs.tick() {
            outbox.changed();
        }
        if commands.is_empty() {
            outbox.publish_if_due(|| logs.view());
        }
    }
    logs.stop.set();
}

/// What is known of one origin.
#[derive(Debug, Default)]
struct Figures {
    lines: u64,
    rate: Rate,
    trouble: Option<String>,
}

/// What the worker owns.
struct Logs {
    start: Start,
    reports: Sender<Report>,
    passed: Sender<Passed>,
    runner: Runner<Run>,
    sources: Arc<Sources>,
    /// Ends the run that is under way.
    stop: Stop,
    /// The number of the last run that was started.
    run: u64,
    running: bool,
    /// What is wanted: a run under another strategy is ended first.
    strategy: usize,
    workers: usize,
    /// A new run is to be started once the one under way has ended.
    restart: bool,
    paused: bool,
    problem: Option<String>,
    panics: (u32, Option<Instant>),
    ring: Ring,
    figures: Vec<Figures>,
    names: Vec<String>,
    total: Figures,
    steps: Steps,
    size: Size,
    file_rows: usize,
    /// The number of the first line in view; none while following.
    top: Option<u64>,
}

impl Logs {
    fn new(start: &Start, reports: Sender<Report>, passed: Sender<Passed>) -> Self {
        Self {
            start: start.clone(),
            runner: runner::start(reports.clone()),
            reports,
            passed,
            sources: Arc::new(Sources::none()),
            stop: Stop::new(),
            run: 0,
            running: false,
            strategy: 0,
            workers: start.workers.max(1),
            restart: false,
            paused: false,
            problem: None,
            panics: (0, None),
            ring: Ring::new(MOST_BYTES),
            figures: Vec::new(),
            names: Vec::new(),
            total: Figures::default(),
            steps: Steps::default(),
            size: Size::default(),
            file_rows: 0,
            top: None,
        }
    }

    /// Takes up the files that the user named, or else the dashboard's own activity logs.
    fn begin(&mut self, outbox: &mut Outbox<View, Event>) {
        let (names, begin) = if self.start.files.is_empty() {
            let folder = glob::Pattern::escape(&self.start.activity.to_string_lossy());
            (vec![OsString::from(Path::new(&folder).join("*.log"))], Begin::All)
        } else {
            (self.start.files.iter().map(OsString::from).collect(), BEGIN)
        };
        match Sources::new(&names, begin) {
            Ok(sources) => {
                self.sources = Arc::new(sources);
                self.start_run();
            }
            Err(error) => {
                outbox.event(Notice { tone: Tone::Bad, text: format!("logs: {error}") });
                self.problem = Some(error.to_string());
            }
        }
    }

    fn about(&self) -> &'static About {
        &STRATEGIES[self.strategy].about
    }

    /// Starts a run under the wanted strategy; what is known of the files goes on from where it is.
    fn start_run(&mut self) {
        self.stop = Stop::new();
        self.run += 1;
        let setup = Setup {
            workers: self.workers,
            behind_screen: true,
            executable: self.start.executable.clone(),
            recorder: Recorder::off(),
        };
        let job = Job {
            sources: Arc::clone(&self.sources),
            sink: ToWorker::new(self.passed.clone(), self.stop.clone()),
            interval: INTERVAL,
            follow: true,
            stop: self.stop.clone(),
            watch: LoopWatch::new(),
        };
        let run = Run { number: self.run, strategy: &STRATEGIES[self.strategy], setup, job };
        self.running = self.runner.give(run);
        self.restart = false;
        self.problem = (!self.running).then(|| "the runner takes no work: press r".to_owned());
    }

    /// Ends the run under way, and starts another when it has ended.
    fn run_anew(&mut self) {
        self.stop.set();
        if self.running {
            self.restart = true;
        } else {
            self.start_run();
        }
    }

    fn take_command(&mut self, command: Command, outbox: &mut Outbox<View, Event>) {
        match command {
            Command::Common(Common::Strategy(pick)) => {
                let index_of = |id: &str| STRATEGIES.iter().position(|row| row.about.id == id);
                let wanted = pick.from(self.strategy, STRATEGIES.len(), index_of);
                match (STRATEGIES[wanted].supports)(&self.sources) {
                    Ok(()) if wanted != self.strategy => {
                        self.strategy = wanted;
                        self.run_anew();
                    }
                    Ok(()) => {}
                    Err(why) => {
                        let text = format!("{}: {why}", STRATEGIES[wanted].about.id);
                        outbox.event(Notice { tone: Tone::Warn, text });
                    }
                }
            }
            Command::Common(Common::Pause) => self.paused = !self.paused,
            Command::Common(Common::Run) => self.run_anew(),
            Command::Common(Common::Workers(change)) => {
                self.workers = change.apply(self.workers);
                self.run_anew();
            }
            Command::Place(place) => {
                (self.size, self.file_rows) = place.unwrap_or_default();
                self.scroll(0);
            }
            Command::Scroll(lines) => self.scroll(lines),
            Command::Page(pages) => {
                self.scroll(pages.saturating_mul(i64::from(self.size.rows.saturating_sub(1).max(1))));
            }
            Command::Oldest => self.top = Some(self.ring.begin()),
            Command::Follow => self.top = None,
            Command::Panic => self.sources.panic_at_next_look(),
        }
    }

    /// Moves the view; at the newest line it follows again.
    fn scroll(&mut self, lines: i64) {
        if lines == 0 && self.top.is_none() {
            return;
        }
        let top = self.top().saturating_add_signed(lines).max(self.ring.begin());
        self.top = (top < self.last_top()).then_some(top);
    }

    /// The number of the first line in view while the newest is in view.
    fn last_top(&self) -> u64 {
        self.ring.end().saturating_sub(u64::from(self.size.rows)).max(self.ring.begin())
    }

    fn top(&self) -> u64 {
        self.top.map_or_else(|| self.last_top(), |top| top.max(self.ring.begin()))
    }

    fn take_report(&mut self, report: Report, outbox: &mut Outbox<View, Event>) {
        match report {
            Report::Ended(number, _) if number != self.run => return,
            Report::Ended(_, result) => {
                self.running = false;
                if let Err(why) = result {
                    let text = format!("logs: {}: {why}; press r to follow again", self.about().id);
                    outbox.event(Notice { tone: Tone::Bad, text });
                    self.problem = Some(why);
                }
            }
            Report::Panicked(message) => {
                self.running = false;
                self.runner = runner::start(self.reports.clone());
                let now = Instant::now();
                let in_a_row = self.panics.1.is_some_and(|last| now.duration_since(last) < IN_A_ROW);
                self.panics = (if in_a_row { self.panics.0 + 1 } else { 1 }, Some(now));
                self.restart |= self.panics.0 < MOST_PANICS;
                let goes_on = if self.restart { "started again where it was" } else { "press r to follow again" };
                let text = format!("the logs reader panicked: {message}; {goes_on}");
                outbox.event(Notice { tone: Tone::Bad, text });
                self.problem = (!self.restart).then_some(message);
            }
        }
        if self.restart {
            self.start_run();
        }
    }

    fn take(&mut self, passed: Passed, outbox: &mut Outbox<View, Event>) {
        match passed {
            Passed::Lines(origin, bytes, ends) => {
                let lines = self.ring.push(origin, &bytes, ends);
                let figures = self.of(origin);
                figures.lines += lines;
                figures.rate.add(lines);
                figures.trouble = None;
                self.total.lines += lines;
                self.total.rate.add(lines);
                self.steps.wind(Instant::now());
            }
            Passed::Note(origin, note) => {
                let trouble = match &note {
                    Note::Gone => Some("not there".to_owned()),
                    Note::CannotOpen(why) => Some(why.clone()),
                    Note::Ended(_) => Some("ended".to_owned()),
                    _ => None,
                };
                self.of(origin).trouble = trouble;
                let tone = match &note {
                    Note::CannotOpen(_) => Tone::Bad,
                    Note::Truncated { lost } if *lost > 0 => Tone::Warn,
                    _ => Tone::Plain,
                };
                let text = format!("{}: {note}", self.names[origin]);
                outbox.event(Notice { tone, text });
            }
        }
    }

    /// The figures of an origin. The first that is heard of it brings its name.
    fn of(&mut self, origin: usize) -> &mut Figures {
        if origin >= self.figures.len() {
            let origins = self.sources.origins();
            self.figures.resize_with(origins.len(), Figures::default);
            self.names = short_names(origins.iter().map(|origin| origin.name.as_str()));
        }
        &mut self.figures[origin]
    }

    /// Ends a step of the rates, if its time has come; whether it has.
    fn tick(&mut self) -> bool {
        let all = self.figures.iter_mut().chain([&mut self.total]).map(|figures| &mut figures.rate);
        self.steps.tick(Instant::now(), all)
    }

    fn view(&self) -> View {
        let top = self.top();
        let numbers = top..(top + u64::from(self.size.rows)).min(self.ring.end());
        View {
            strategy: self.about(),
            doing: self.doing(),
            files: self.files(),
            followed: self.figures.len(),
            total: self.total.lines,
            rate: self.total.rate.per_second(),
            above: top - self.ring.begin(),
            below: self.ring.end() - numbers.end,
            following: self.top.is_none(),
            lines: numbers.filter_map(|number| self.line(number)).collect(),
        }
    }

    fn line(&self, number: u64) -> Option<LineView> {
        let line = self.ring.get(number)?;
        // A character in view takes at most four bytes; one cut through at the end is out of view.
        let seen = &line.text[..line.text.len().min(usize::from(self.size.columns) * 4 + 4)];
        Some(LineView {
            index: line.origin,
            name: self.names.get(line.origin).cloned().unwrap_or_default(),
            text: seen.to_str_lossy().into_owned(),
            level: Level::of(seen),
            goes_on: line.goes_on,
        })
    }

    /// The files that have a row: when there are too many, those with the most lines lately.
    fn files(&self) -> Vec<FileView> {
        let mut shown: Vec<usize> = (0..self.figures.len()).collect();
        if shown.len() > self.file_rows {
            shown.sort_by(|a, b| {
                let of = |index: &usize| self.figures[*index].rate.recent().iter().sum::<f64>();
                of(b).total_cmp(&of(a)).then(a.cmp(b))
            });
            shown.truncate(self.file_rows);
            shown.sort_unstable();
        }
        shown
            .into_iter()
            .map(|index| {
                let Figures { lines, rate, trouble } = &self.figures[index];
                FileView {
                    index,
                    name: self.names[index].clone(),
                    lines: *lines,
                    rate: rate.per_second(),
                    recent: rate.recent(),
                    trouble: trouble.clone(),
                }
            })
            .collect()
    }

    fn doing(&self) -> Doing {
        let (text, tone) = match (&self.problem, self.paused, self.top) {
            (Some(_), ..) => ("stopped", Tone::Bad),
            (None, true, _) => ("paused", Tone::Warn),
            (None, false, Some(_)) => ("scrolled back", Tone::Warn),
            (None, false, None) => ("following", Tone::Good),
        };
        Doing { text: text.to_owned(), tone }
    }
}
