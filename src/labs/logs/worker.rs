//! The worker: it owns the ring of lines and the figures, answers Commands, directs the runner, and publishes Views.

use std::ffi::OsString;
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, bounded, never, select_biased};

use super::commands::{Commands, Errors};
use super::figures::Figures;
use super::merged::Merged;
use super::reading::Reading;
use super::ring::{MOST_BYTES, Ring};
use super::runner::{self, BLOCKS, Beside, Passed, Report, Run, ToWorker};
use super::sink::Sink;
use super::source::{Begin, Note};
use super::sources::Sources;
use super::stop::Stop;
use super::strategies::{Job, STRATEGIES};
use super::view::{Command, Status, View};
use super::viewport::{Shown, Viewport};
use super::{copying, descriptors, stream};
use crate::labs::common::Common;
use crate::labs::{Doing, Notice, Start, Tone};
use crate::runtime::loop_watch::LoopWatch;
use crate::runtime::span::Recorder;
use crate::runtime::strategy::{About, Setup};
use crate::runtime::worker::{Desk, Numbered, Outbox, REPORTS, Runner, spawn};
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

/// Starts the worker.
pub fn start(start: &Start) -> Desk<Command, View, Notice> {
    let options = start.clone();
    spawn("logs-worker", start.wake.clone(), move |commands, outbox| run(&options, &commands, outbox))
}

/// The worker's thread: runs until the mailbox is closed.
fn run(start: &Start, commands: &Receiver<Numbered<Command>>, mut outbox: Outbox<View, Notice>) {
    let (reports_in, reports) = bounded(REPORTS);
    let (passed_in, passed) = bounded(BLOCKS);
    let nothing = never();
    let mut logs = Logs::new(start, reports_in, passed_in);
    logs.begin(&mut outbox);
    loop {
        let lines = if logs.paused { &nothing } else { &passed };
        let step = logs.figures.due().map_or_else(never, crossbeam_channel::at);
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
        if logs.figures.tick(&logs.sources) {
            outbox.changed();
        }
        if commands.is_empty() {
            outbox.publish_if_due(|| logs.view());
        }
    }
    logs.ended.set();
    logs.stop.set();
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
    figures: Figures,
    viewport: Viewport,
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
            figures: Figures::default(),
            viewport: Viewport::default(),
        }
    }

    /// Takes up the files that the user named, or else the dashboard's own activity logs.
    fn begin(&mut self, outbox: &mut Outbox<View, Notice>) {
        descriptors::raise_limit();
        let (names, begin) = if self.start.files.is_empty() {
            let folder = glob::Pattern::escape(&self.start.activity.to_string_lossy());
            (vec![OsString::from(Path::new(&folder).join("*.log"))], Begin::All)
        } else {
            (self.start.files.iter().filter(|name| *name != "-").map(OsString::from).collect(), BEGIN)
        };
        match Sources::new(&names, begin) {
            Ok(sources) => {
                self.sources = Arc::new(sources);
                if self.start.files.iter().any(|name| name == "-") {
                    self.read_stdin(outbox);
                }
                self.figures.take_in(&self.sources);
                self.start_run();
            }
            Err(error) => {
                outbox.event(Notice { tone: Tone::Bad, text: format!("logs: {error}") });
                self.problem = Some(error.to_string());
            }
        }
    }

    /// Reads standard input until its end, whatever strategy follows the files.
    fn read_stdin(&self, outbox: &mut Outbox<View, Notice>) {
        if io::stdin().is_terminal() {
            let text = "logs: standard input is the keyboard here: pipe something into it, as in `make | fanout -`";
            return outbox.event(Notice { tone: Tone::Warn, text: text.to_owned() });
        }
        let (sink, origin) = (self.sink(&self.ended), self.sources.origin("-".to_owned()));
        let (end, ended) = (Arc::clone(&sink), Arc::clone(&origin));
        if let Err(error) = stream::read_stdin(origin, sink, move || end.note(&ended, Note::Over)) {
            let text = format!("logs: no thread for standard input: {error}");
            outbox.event(Notice { tone: Tone::Bad, text });
        }
    }

    /// A place for lines that is closed when `stop` is set.
    fn sink(&self, stop: &Stop) -> Arc<ToWorker> {
        ToWorker::new(self.passed.clone(), self.reports.clone(), Arc::clone(&self.beside), stop.clone())
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
            sink: self.sink(&self.stop),
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

    fn take_command(&mut self, command: Command, outbox: &mut Outbox<View, Notice>) {
        match command {
            Command::Common(Common::Strategy(pick)) => {
                let wanted = pick.from(self.strategy, STRATEGIES);
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
            Command::Common(Common::Pause) => {
                self.paused = !self.paused;
                self.beside.paused.store(self.paused, Ordering::Relaxed);
                // Files that are behind already are measured on.
                self.figures.wind();
            }
            Command::Common(Common::Run) => self.run_anew(),
            Command::Common(Common::Workers(change)) => {
                self.workers = change.apply(self.workers);
                self.run_anew();
            }
            Command::Place(place) => {
                (self.viewport.size, self.viewport.file_rows) = place.unwrap_or_default();
                self.scroll(|viewport, shown| viewport.scroll(0, shown));
            }
            Command::Scroll(lines) => self.scroll(|viewport, shown| viewport.scroll(lines, shown)),
            Command::Page(pages) => self.scroll(|viewport, shown| viewport.page(pages, shown)),
            Command::Oldest => self.scroll(Viewport::go_to_oldest),
            Command::Follow => self.viewport.follow(),
            Command::Shift(columns) => self.viewport.shift(columns),
            Command::Wrap => self.viewport.wrap = !self.viewport.wrap,
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
                self.viewport.current = None;
            }
            Command::Found { next } => self.scroll(|viewport, shown| viewport.go_to_found(next, shown))?,
            Command::ShowAll => {
                self.reading = Reading::default();
                self.viewport.current = None;
            }
            Command::ToggleIndex(index) => self.reading.toggle(index),
            Command::Toggle(name) => {
                let index = self.figures.called(&name).ok_or_else(|| format!("no file is called {name:?}"))?;
                self.reading.toggle(index);
            }
            Command::Copy(path) => {
                copying::copy(self.ring.clone(), self.reading.clone(), PathBuf::from(path), self.reports.clone());
            }
            Command::Merge(path) => {
                let create =
                    |path: String| Merged::create(Path::new(&path)).map_err(|error| format!("{path}: {error}"));
                let merged = path.map(create).transpose()?.map(Arc::new);
                *self.beside.merged.write().unwrap_or_else(PoisonError::into_inner) = merged;
            }
            Command::Exec(command) => {
                let (sink, origin) = (self.sink(&self.ended), self.sources.origin(command));
                self.figures.take_in(&self.sources);
                self.commands
                    .start(origin, true, Errors::Dropped, sink, || ())
                    .map_err(|error| format!("no thread for a command: {error}"))?;
            }
            _ => {}
        }
        Ok(())
    }

    /// Moves the viewport over the lines that are shown.
    fn scroll<T>(&mut self, go: impl FnOnce(&mut Viewport, Shown<'_>) -> T) -> T {
        let rows = self.rows();
        go(&mut self.viewport, Shown { ring: &self.ring, reading: &self.reading, rows })
    }

    /// Rows for lines: the status takes one of them while anything is on.
    fn rows(&self) -> u16 {
        let rows = self.viewport.size.rows;
        rows - u16::from(rows > 1 && !self.status().is_empty())
    }

    fn take_report(&mut self, report: Report, outbox: &mut Outbox<View, Notice>) {
        match report {
            Report::Ended(number, _) if number != self.run => return,
            Report::Waiting => return self.figures.wind(),
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

    fn take(&mut self, passed: Passed, outbox: &mut Outbox<View, Notice>) {
        match passed {
            Passed::Lines(origin, bytes, ends) => {
                let lines = self.ring.push(origin, &bytes, ends);
                self.figures.add(origin, lines, bytes.len() as u64, &self.sources);
            }
            Passed::Note(origin, note) => {
                if let Note::MergeFailed(_) = note {
                    *self.beside.merged.write().unwrap_or_else(PoisonError::into_inner) = None;
                }
                self.figures.note(origin, &note, &self.sources);
                let tone = match &note {
                    Note::CannotOpen(_) | Note::MergeFailed(_) => Tone::Bad,
                    Note::Truncated { lost } if *lost > 0 => Tone::Warn,
                    _ => Tone::Plain,
                };
                // A file that joins has its row from now on, which says enough.
                if note != Note::Joined {
                    outbox.event(Notice { tone, text: format!("{}: {note}", self.figures.name(origin)) });
                }
            }
        }
    }

    fn view(&self) -> View {
        let shown = Shown { ring: &self.ring, reading: &self.reading, rows: self.rows() };
        let count = self.reading.shown(&self.ring);
        let above = self.viewport.first_place(shown);
        let end = (above + u64::from(shown.rows)).min(count);
        let numbers = (above..end).filter_map(|place| self.reading.number_at(place, &self.ring));
        let total = self.figures.total();
        View {
            strategy: self.about(),
            doing: self.doing(),
            files: self.figures.files(self.viewport.file_rows, &self.reading),
            followed: self.figures.count(),
            total: total.lines,
            rate: total.rate.per_second(),
            behind: total.behind,
            above,
            below: count - end,
            following: self.viewport.follows(),
            wrap: self.viewport.wrap,
            status: self.status(),
            lines: numbers.filter_map(|number| self.viewport.line(number, shown, &self.figures)).collect(),
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
                let at = self.viewport.current.map(|current| format!("{} of ", grouped(reading.rank(current) as u64)));
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

    fn doing(&self) -> Doing {
        let (text, tone) = match (&self.problem, self.paused, self.viewport.follows()) {
            (Some(_), ..) => ("stopped", Tone::Bad),
            (None, true, _) => ("paused", Tone::Warn),
            (None, false, false) => ("scrolled back", Tone::Warn),
            (None, false, true) => ("following", Tone::Good),
        };
        Doing { text: text.to_owned(), tone }
    }
}
