//! The worker: it owns the ring of lines and the figures, answers Commands, directs the runner, and publishes Views.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use bstr::ByteSlice;
use crossbeam_channel::{Receiver, Sender, bounded, never, select_biased};

use super::commands::{Commands, Errors};
use super::level::Level;
use super::merged::Merged;
use super::names::short_names;
use super::rate::{Rate, Steps};
use super::reading::Reading;
use super::ring::{MOST_BYTES, Ring};
use super::runner::{self, BLOCKS, Beside, Passed, Report, Run, ToWorker};
use super::source::{Begin, Note};
use super::sources::Sources;
use super::stop::Stop;
use super::strategies::{Job, STRATEGIES};
use super::view::{Command, Event, FileView, LineView, Status, View};
use crate::labs::common::Common;
use crate::labs::{Doing, Notice, Start, Tone};
use crate::runtime::loop_watch::LoopWatch;
use crate::runtime::span::Recorder;
use crate::runtime::strategy::{About, Setup};
use crate::runtime::worker::{Numbered, Outbox, REPORTS, Runner};
use crate::ui::canvas::Size;
use crate::ui::figures::{duration, grouped};

/// Where reading begins in the files that were named: their last lines, found at once in a file of any size.
const BEGIN: Begin = Begin::LastWithin(1000, 1 << 20);

/// How often the polling strategies look.
const INTERVAL: Duration = Duration::from_millis(100);

/// Steps of filter and search for each block of lines.
const STEPS_A_BLOCK: usize = 4;

/// What the simulated slow disk adds to each write, in milliseconds.
const SLOW_DISK_MS: u64 = 50;

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
        // What filter and search have not looked at yet is looked at when nothing else is to be done.
        let idle = if logs.reading.is_behind(&logs.ring) { crossbeam_channel::at(Instant::now()) } else { never() };
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
                // A block has a few thousand lines: filter and search keep up with them.
                for _ in 0..STEPS_A_BLOCK {
                    logs.reading.step(&logs.ring);
                }
                outbox.changed();
            }
            recv(idle) -> _ => {
                logs.reading.step(&logs.ring);
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
    logs.ended.set();
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
    /// Set when the worker ends.
    ended: Stop,
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
    reading: Reading,
    beside: Arc<Beside>,
    commands: Commands,
    watch: LoopWatch,
    figures: Vec<Figures>,
    names: Vec<String>,
    total: Figures,
    steps: Steps,
    pane: Pane,
}

/// What of the lines is in view.
#[derive(Debug, Default)]
struct Pane {
    /// Of the part that shows lines.
    size: Size,
    /// How many files have figures.
    file_rows: usize,
    /// The number of the first line in view; none while following.
    top: Option<u64>,
    /// The found line that was gone to last.
    current: Option<u64>,
    /// Columns that are out of view at the left.
    shift: usize,
    wrap: bool,
}

impl Logs {
    fn new(start: &Start, reports: Sender<Report>, passed: Sender<Passed>) -> Self {
        Self {
            start: start.clone(),
            runner: runner::start(reports.clone()),
            reports,
            passed,
            sources: Arc::new(Sources::none()),
            ended: Stop::new(),
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
            reading: Reading::default(),
            beside: Arc::default(),
            commands: Commands::default(),
            watch: LoopWatch::new(),
            figures: Vec::new(),
            names: Vec::new(),
            total: Figures::default(),
            steps: Steps::default(),
            pane: Pane::default(),
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
        self.watch = LoopWatch::new();
        self.run += 1;
        let setup = Setup {
            workers: self.workers,
            behind_screen: true,
            executable: self.start.executable.clone(),
            recorder: Recorder::off(),
        };
        let job = Job {
            sources: Arc::clone(&self.sources),
            sink: ToWorker::new(self.passed.clone(), Arc::clone(&self.beside), self.stop.clone()),
            interval: INTERVAL,
            follow: true,
            stop: self.stop.clone(),
            watch: self.watch.clone(),
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
                (self.pane.size, self.pane.file_rows) = place.unwrap_or_default();
                self.scroll(0);
            }
            Command::Scroll(lines) => self.scroll(lines),
            Command::Page(pages) => {
                self.scroll(pages.saturating_mul(i64::from(self.rows().saturating_sub(1).max(1))));
            }
            Command::Oldest => self.pane.top = Some(self.ring.begin()),
            Command::Follow => self.pane.top = None,
            Command::Shift(columns) => self.pane.shift = self.pane.shift.saturating_add_signed(columns as isize),
            Command::Wrap => self.pane.wrap = !self.pane.wrap,
            Command::Memory(mebibytes) => self.ring.set_most_bytes(mebibytes << 20),
            Command::Panic => self.sources.panic_at_next_look(),
            Command::SlowDisk => {
                self.beside.slow_disk_ms.fetch_xor(SLOW_DISK_MS, Ordering::Relaxed);
                // The loop's lag is measured anew.
                self.run_anew();
            }
            other => {
                if let Err(text) = self.take_reading_command(other) {
                    outbox.event(Notice { tone: Tone::Bad, text: format!("logs: {text}") });
                }
            }
        }
    }

    /// Commands on what is shown and where else lines go.
    fn take_reading_command(&mut self, command: Command) -> Result<(), String> {
        // The error is drawn over several lines, under the expression; the last of them says what is wrong.
        let unreadable = |error: regex::Error| {
            let text = error.to_string();
            text.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned()
        };
        match command {
            Command::Only(expression) => self.reading.set_only(expression.as_deref()).map_err(unreadable)?,
            Command::Without(expression) => self.reading.set_without(expression.as_deref()).map_err(unreadable)?,
            Command::Search(expression) => {
                self.reading.set_search(expression.as_deref()).map_err(unreadable)?;
                self.pane.current = None;
            }
            Command::Found { next } => self.go_to_found(next)?,
            Command::ShowAll => {
                self.reading = Reading::default();
                self.pane.current = None;
            }
            Command::ToggleIndex(index) => self.reading.toggle(index),
            Command::Toggle(name) => {
                let index = self.names.iter().position(|known| *known == name);
                let close = || self.names.iter().position(|known| known.contains(&name));
                self.reading.toggle(index.or_else(close).ok_or_else(|| format!("no file is called {name:?}"))?);
            }
            Command::Copy(path) => self.copy_to(PathBuf::from(path)),
            Command::Merge(path) => {
                let create =
                    |path: String| Merged::create(Path::new(&path)).map_err(|error| format!("{path}: {error}"));
                let merged = path.map(create).transpose()?.map(Arc::new);
                *self.beside.merged.write().unwrap_or_else(PoisonError::into_inner) = merged;
            }
            Command::Exec(command) => {
                let sink = ToWorker::new(self.passed.clone(), Arc::clone(&self.beside), self.ended.clone());
                let origin = self.sources.origin(command);
                self.commands
                    .start(origin, true, Errors::Dropped, sink, || ())
                    .map_err(|error| format!("no thread for a command: {error}"))?;
            }
            _ => {}
        }
        Ok(())
    }

    /// Goes to the next line that the search has found, or to the one before, and shows it a third from the top.
    fn go_to_found(&mut self, next: bool) -> Result<(), String> {
        let edge = self.first_place() + if next { 0 } else { u64::from(self.rows()) };
        let in_view = self.reading.number_at(edge, &self.ring).unwrap_or(self.ring.end());
        let from = self.pane.current.unwrap_or(in_view);
        let number = self.reading.next_found(from, next).ok_or("nothing was found: / searches")?;
        self.pane.current = Some(number);
        let place = self.reading.place_of(number, &self.ring).saturating_sub(u64::from(self.rows()) / 3);
        self.pane.top = self.reading.number_at(place, &self.ring);
        Ok(())
    }

    /// Writes the lines that are shown to a file, on a thread of its own: what it reads is a clone that stays as it is.
    fn copy_to(&self, path: PathBuf) {
        let (ring, reading, reports) = (self.ring.clone(), self.reading.clone(), self.reports.clone());
        let failed = path.clone();
        let copy = move || {
            let result = copy_shown(&ring, &reading, &path).map_err(|error| error.to_string());
            // The worker may have ended meanwhile.
            let _ = reports.send(Report::Copied(path, result));
        };
        if let Err(error) = thread::Builder::new().name("logs-copy".to_owned()).spawn(copy) {
            let _ = self.reports.try_send(Report::Copied(failed, Err(error.to_string())));
        }
    }

    /// Moves the view; at the newest line it follows again.
    fn scroll(&mut self, lines: i64) {
        if lines == 0 && self.pane.top.is_none() {
            return;
        }
        let place = self.first_place().saturating_add_signed(lines);
        self.pane.top = if place < self.last_place() { self.reading.number_at(place, &self.ring) } else { None };
    }

    /// Rows for lines: the status takes one of them while anything is on.
    fn rows(&self) -> u16 {
        self.pane.size.rows - u16::from(self.pane.size.rows > 1 && !self.status().is_empty())
    }

    /// The place, among the shown lines, of the first in view while the newest is in view.
    fn last_place(&self) -> u64 {
        self.reading.shown(&self.ring).saturating_sub(u64::from(self.rows()))
    }

    /// The place, among the shown lines, of the first in view.
    fn first_place(&self) -> u64 {
        let last = self.last_place();
        self.pane.top.map_or(last, |top| self.reading.place_of(top, &self.ring).min(last))
    }

    fn take_report(&mut self, report: Report, outbox: &mut Outbox<View, Event>) {
        match report {
            Report::Ended(number, _) if number != self.run => return,
            Report::Copied(path, result) => {
                let path = path.display();
                let (tone, text) = match result {
                    Ok(lines) => (Tone::Good, format!("{} lines copied to {path}", grouped(lines))),
                    Err(why) => (Tone::Bad, format!("logs: {path}: {why}")),
                };
                return outbox.event(Notice { tone, text });
            }
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
                if let Note::MergeFailed(_) = note {
                    *self.beside.merged.write().unwrap_or_else(PoisonError::into_inner) = None;
                }
                let trouble = match &note {
                    Note::Gone => Some("not there".to_owned()),
                    Note::CannotOpen(why) => Some(why.clone()),
                    Note::Ended(_) => Some("ended".to_owned()),
                    _ => None,
                };
                self.of(origin).trouble = trouble;
                let tone = match &note {
                    Note::CannotOpen(_) | Note::MergeFailed(_) => Tone::Bad,
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
        let shown = self.reading.shown(&self.ring);
        let above = self.first_place();
        let end = (above + u64::from(self.rows())).min(shown);
        let numbers = (above..end).filter_map(|place| self.reading.number_at(place, &self.ring));
        View {
            strategy: self.about(),
            doing: self.doing(),
            files: self.files(),
            followed: self.figures.len(),
            total: self.total.lines,
            rate: self.total.rate.per_second(),
            above,
            below: shown - end,
            following: self.pane.top.is_none(),
            wrap: self.pane.wrap,
            status: self.status(),
            lines: numbers.filter_map(|number| self.line(number)).collect(),
        }
    }

    /// What is on beside following.
    fn status(&self) -> Vec<Status> {
        let reading = &self.reading;
        let mut status = Vec::new();
        let mut say = |label, text: Option<String>| status.extend(text.map(|text| Status { label, text }));
        let shown =
            || format!("{} of {}", grouped(reading.shown(&self.ring)), grouped(self.ring.end() - self.ring.begin()));
        say("only", reading.only.clone());
        say("without", reading.without.clone());
        say("shown", (reading.only.is_some() || reading.without.is_some()).then(shown));
        say(
            "search",
            reading.sought.as_ref().map(|sought| {
                let at = self.pane.current.map(|current| format!("{} of ", grouped(reading.rank(current) as u64)));
                format!("{sought}  {}{}", at.unwrap_or_default(), grouped(reading.found() as u64))
            }),
        );
        let merged = self.beside.merged.read().unwrap_or_else(PoisonError::into_inner);
        say("merging to", merged.as_ref().map(|merged| merged.path().display().to_string()));
        let slow = self.beside.slow_disk_ms.load(Ordering::Relaxed);
        say("simulated slow disk", (slow > 0).then(|| format!("{slow} ms a write")));
        say(
            "loop lag",
            self.watch.lag().map(|lag| {
                let text = |time: Duration| {
                    let (number, unit) = duration(time.as_secs_f64());
                    format!("{number} {unit}")
                };
                format!("p50 {}  max {}", text(lag.p50), text(lag.max))
            }),
        );
        status
    }

    fn line(&self, number: u64) -> Option<LineView> {
        let line = self.ring.get(number)?;
        let rows = if self.pane.wrap { usize::from(self.rows()) } else { 1 };
        let shift = if self.pane.wrap { 0 } else { self.pane.shift };
        // A character in view takes at most four bytes; one cut through at the end is out of view.
        let most = (usize::from(self.pane.size.columns) * rows + shift) * 4 + 4;
        let seen = line.text[..line.text.len().min(most)].to_str_lossy();
        let text: String = if shift > 0 { seen.chars().skip(shift).collect() } else { seen.into_owned() };
        Some(LineView {
            index: line.origin,
            name: self.names.get(line.origin).cloned().unwrap_or_default(),
            found: self.reading.places(text.as_bytes()),
            level: Level::of(line.text),
            goes_on: line.goes_on,
            current: self.pane.current == Some(number),
            text,
        })
    }

    /// The files that have a row: when there are too many, those with the most lines lately.
    fn files(&self) -> Vec<FileView> {
        let mut shown: Vec<usize> = (0..self.figures.len()).collect();
        if shown.len() > self.pane.file_rows {
            shown.sort_by(|a, b| {
                let of = |index: &usize| self.figures[*index].rate.recent().iter().sum::<f64>();
                of(b).total_cmp(&of(a)).then(a.cmp(b))
            });
            shown.truncate(self.pane.file_rows);
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
                    hidden: self.reading.hides(index),
                }
            })
            .collect()
    }

    fn doing(&self) -> Doing {
        let (text, tone) = match (&self.problem, self.paused, self.pane.top) {
            (Some(_), ..) => ("stopped", Tone::Bad),
            (None, true, _) => ("paused", Tone::Warn),
            (None, false, Some(_)) => ("scrolled back", Tone::Warn),
            (None, false, None) => ("following", Tone::Good),
        };
        Doing { text: text.to_owned(), tone }
    }
}

/// Writes the shown lines to a file, as they stood; how many.
fn copy_shown(ring: &Ring, reading: &Reading, path: &Path) -> io::Result<u64> {
    let mut out = BufWriter::new(File::create(path)?);
    let mut lines = 0;
    for line in (ring.begin()..ring.end()).filter_map(|number| ring.get(number)).filter(|line| reading.shows(*line)) {
        out.write_all(line.text)?;
        if !line.goes_on {
            out.write_all(b"\n")?;
            lines += 1;
        }
    }
    out.flush()?;
    Ok(lines)
}
