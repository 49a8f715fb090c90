//! The soak: the dashboard with everything on, for as long as asked; then whether anything has grown.
//!
//! The real event loop runs, with the real labs, and draws into a pipe that is read as fast as a terminal would. A script
//! presses the keys: it goes through every strategy of every lab, round after round, while log files are written and rotated.
//! Between rounds all labs are paused, and what the program holds at rest is compared.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::Context;
use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};
use serde::Serialize;
use tokio::io::AsyncReadExt;
use tokio::net::unix::pipe;
use tokio::sync::mpsc;

use crate::app::TO_END;
use crate::app::event_loop::EventLoop;
use crate::app::input::Input;
use crate::app::keys::Keymap;
use crate::app::look::Look;
use crate::app::pace::Pace;
use crate::app::pulse::Pulse;
use crate::app::screen::{NonBlocking, Screen};
use crate::app::state::State;
use crate::labs::headless::{Failure, Format, duration, print_json};
use crate::labs::logs::source;
use crate::labs::table::{Table, number, text};
use crate::labs::{self, Lab, Start};
use crate::runtime::{heap, resident};

/// The screen it is drawn for.
const SIZE: (u16, u16) = (120, 40);

/// From one key to the next.
const BETWEEN_KEYS: Duration = Duration::from_millis(150);

/// How long all labs are paused before what is held is looked at: what was under way has ended by then.
const REST: Duration = Duration::from_secs(3);

/// How long nothing is written before that: files that were rotated are let go.
const QUIET: Duration = source::HOLD.saturating_add(Duration::from_secs(1));

/// When the first look is taken that the last is compared with: caches and pools are filled by then.
const SETTLED: Duration = Duration::from_mins(1);

/// How long lines that were written may take to be counted.
const TO_COUNT: Duration = Duration::from_secs(10);

/// Files that are written.
const FILES: usize = 3;

/// Lines written at once to each file, and from one time to the next: 3,000 lines a second in all.
const LINES: u64 = 50;
const BETWEEN_WRITES: Duration = Duration::from_millis(50);

/// Lines after which a file is renamed and begun anew.
const ROTATED_AFTER: u64 = 5000;

/// Arguments of `fanout soak`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// How long.
    #[arg(long, value_name = "TIME", default_value = "10m", value_parser = duration)]
    duration: Duration,
    /// How the result is written.
    #[arg(long, value_enum, default_value_t = Format::Human, value_name = "FORMAT")]
    output: Format,
}

/// What came of it.
#[derive(Debug, Serialize)]
struct Report {
    seconds: f64,
    /// Resident memory; null where the system does not say.
    rss_bytes: Growth,
    descriptors: Growth,
    threads: Growth,
    lag_us: Lag,
    /// Log lines that were written and not counted.
    lost: u64,
}

/// A figure after the first minute and at the end, each at rest.
#[derive(Debug, Clone, Copy, Serialize)]
struct Growth {
    first_minute: Option<u64>,
    last: Option<u64>,
}

/// From event to handler on the dashboard's own loop, in microseconds.
#[derive(Debug, Serialize)]
struct Lag {
    p50: u64,
    p99: u64,
    max: u64,
}

/// What the program holds at a moment.
#[derive(Debug, Clone, Copy)]
struct Held {
    rss_bytes: Option<u64>,
    descriptors: Option<u64>,
    threads: Option<u64>,
}

impl fmt::Display for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rss_bytes, descriptors, threads } = *self;
        let figure = |count: Option<u64>| count.map_or_else(|| "?".to_owned(), |count| count.to_string());
        let megabytes = rss_bytes.map_or_else(|| "?".to_owned(), |bytes| format!("{:.1}", bytes as f64 / 1e6));
        write!(f, "{megabytes} MB, {} descriptors, {} threads", figure(descriptors), figure(threads))
    }
}

impl Held {
    fn now() -> Self {
        let entries = |folder| fs::read_dir(folder).ok().map(|entries| entries.count() as u64);
        Self {
            rss_bytes: resident::of_this_process(),
            descriptors: entries("/proc/self/fd"),
            threads: entries("/proc/self/task"),
        }
    }
}

/// Runs it and prints the report.
pub fn run(args: &Args) -> Result<(), Failure> {
    heap::share();
    let folder = tempfile::Builder::new().prefix("fanout-").tempdir().context("no temporary folder")?;
    let logs = folder.path().join("soak-*.log").to_string_lossy().into_owned();
    let start = Start { files: vec![logs], ..Start::alone(folder.path()) };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let report = runtime.block_on(soak(&start, folder.path(), args.duration))?;
    if args.output == Format::Json {
        return print_json(&report);
    }
    let mut table = Table::new([text("at rest"), number("first minute"), number("last")]);
    let held = [
        ("resident memory, bytes", report.rss_bytes),
        ("descriptors", report.descriptors),
        ("threads", report.threads),
    ];
    for (name, growth) in held {
        let figure = |count: Option<u64>| count.map_or_else(|| "unknown".to_owned(), |count| count.to_string());
        table.row([name.to_owned(), figure(growth.first_minute), figure(growth.last)]);
    }
    table.print(args.output)?;
    let Lag { p50, p99, max } = report.lag_us;
    eprintln!("the loop's wait in µs: p50 {p50}, p99 {p99}, max {max}");
    eprintln!("{} log lines lost in {:.0} s", report.lost, report.seconds);
    Ok(())
}

async fn soak(start: &Start, folder: &Path, length: Duration) -> Result<Report, Failure> {
    let begun = Instant::now();
    let labs = labs::all(start);
    let script = Script::of(&labs);
    let keymap = Keymap::new(labs.iter().map(|lab| lab.about()), &BTreeMap::new())?;
    let look = Look::shipped("dark");
    let (sender, receiver) = pipe::pipe()?;
    let screen = Screen::new(NonBlocking::from(sender), SIZE.0, SIZE.1);
    let mut state = State::new(labs, keymap, look, start.stage.clone(), start.wake.clone(), screen.area());
    state.pulse = Pulse::new(start.dashboard.clone());
    let writer = Writer::start(folder)?;
    let (keys, input) = mpsc::channel(1);
    let pace = Pace::new(60);
    let mut events = EventLoop { state: &mut state, screen, terminal: None, input, wake: start.wake.clone(), pace };
    let held = tokio::select! {
        ended = events.run() => return Err(ended.err().unwrap_or(Failure::Interrupted(130))),
        read = read_all(receiver) => return Err(read.err().map_or(Failure::ClosedPipe, Failure::from)),
        held = script.go_round(&keys, &writer, begun, length) => held?,
    };
    let written = writer.end()?;
    let deadline = Instant::now() + TO_COUNT;
    let counted = loop {
        state.refresh();
        let counted = state.measured("logs", "lines").map_or(0, |lines| lines.value as u64);
        if counted >= written || Instant::now() >= deadline {
            break counted;
        }
        // A View comes for every change; without one there is nothing to count but the deadline.
        let _ = tokio::time::timeout(Duration::from_millis(100), start.wake.rung()).await;
    };
    state.shut_down(Instant::now() + TO_END);
    let growth = |of: fn(&Held) -> Option<u64>| Growth { first_minute: of(&held.0), last: of(&held.1) };
    let lag = start.dashboard.lag().context("the loop has handled nothing")?;
    Ok(Report {
        seconds: begun.elapsed().as_secs_f64(),
        rss_bytes: growth(|held| held.rss_bytes),
        descriptors: growth(|held| held.descriptors),
        threads: growth(|held| held.threads),
        lag_us: Lag {
            p50: lag.p50.as_micros() as u64,
            p99: lag.p99.as_micros() as u64,
            max: lag.max.as_micros() as u64,
        },
        lost: written.saturating_sub(counted),
    })
}

/// Reads the frames, as a terminal does.
async fn read_all(mut receiver: pipe::Receiver) -> io::Result<()> {
    let mut bytes = vec![0; 64 * 1024];
    while receiver.read(&mut bytes).await? > 0 {}
    Ok(())
}

/// The keys of a round.
struct Script {
    labs: usize,
    round: Vec<KeyCode>,
}

impl Script {
    /// Every lab in turn, its strategies one after the other, each run again; the overlays in between.
    fn of(labs: &[Box<dyn Lab>]) -> Self {
        let mut round = Vec::new();
        for (number, lab) in labs.iter().enumerate() {
            round.push(digit(number));
            for _ in lab.strategies() {
                round.extend([KeyCode::Char('s'), KeyCode::Char('r')]);
            }
            round.extend("zz?".chars().map(KeyCode::Char));
            round.extend([KeyCode::Esc, KeyCode::Char('c'), KeyCode::Esc, KeyCode::Char('t'), KeyCode::Esc]);
        }
        Self { labs: labs.len(), round }
    }

    /// Goes round until the time is over; what was held at rest after the first minute, and at the end.
    async fn go_round(
        &self,
        keys: &mpsc::Sender<Input>,
        writer: &Writer,
        begun: Instant,
        length: Duration,
    ) -> Result<(Held, Held), Failure> {
        let mut first = None;
        loop {
            for key in &self.round {
                press(keys, *key).await;
            }
            writer.rest(true);
            tokio::time::sleep(QUIET).await;
            self.pause_or_go_on(keys).await;
            tokio::time::sleep(REST).await;
            // Reading the kernel's figures walks all pages, which is not for the loop's own thread.
            let held = tokio::task::spawn_blocking(Held::now).await?;
            self.pause_or_go_on(keys).await;
            writer.rest(false);
            eprintln!("{:4.0} s: {held}", begun.elapsed().as_secs_f64());
            if begun.elapsed() >= SETTLED.min(length / 2) {
                first = first.or(Some(held));
            }
            if begun.elapsed() >= length {
                return Ok((first.unwrap_or(held), held));
            }
        }
    }

    async fn pause_or_go_on(&self, keys: &mpsc::Sender<Input>) {
        for number in 0..self.labs {
            press(keys, digit(number)).await;
            press(keys, KeyCode::Char(' ')).await;
        }
    }
}

/// The key that goes to the pane of this place, counted from 0.
fn digit(place: usize) -> KeyCode {
    char::from_digit(place as u32 + 1, 10).map_or(KeyCode::Tab, KeyCode::Char)
}

async fn press(keys: &mpsc::Sender<Input>, key: KeyCode) {
    let event = Event::Key(KeyEvent::new(key, KeyModifiers::NONE));
    // The loop that takes it runs as long as this does.
    let _ = keys.send(Input { event: Ok(event), at: Instant::now() }).await;
    tokio::time::sleep(BETWEEN_KEYS).await;
}

/// A thread that writes log files and rotates them.
struct Writer {
    thread: JoinHandle<io::Result<()>>,
    told: Arc<Told>,
    written: Arc<AtomicU64>,
}

/// What the writer is told.
#[derive(Default)]
struct Told {
    rest: AtomicBool,
    stop: AtomicBool,
}

impl Writer {
    fn start(folder: &Path) -> io::Result<Self> {
        let (told, written) = (Arc::<Told>::default(), Arc::new(AtomicU64::new(0)));
        let paths: Vec<PathBuf> = (1..=FILES).map(|number| folder.join(format!("soak-{number}.log"))).collect();
        let thread = thread::Builder::new().name("soak-writer".to_owned()).spawn({
            let (told, written) = (Arc::clone(&told), Arc::clone(&written));
            move || write(&paths, &told, &written)
        })?;
        Ok(Self { thread, told, written })
    }

    /// Lets it rest, or write on.
    fn rest(&self, rest: bool) {
        self.told.rest.store(rest, Ordering::Release);
    }

    /// Ends it; how many lines were written.
    fn end(self) -> Result<u64, Failure> {
        self.told.stop.store(true, Ordering::Release);
        self.thread.join().map_err(|_| anyhow::anyhow!("the writer of the log files panicked"))??;
        Ok(self.written.load(Ordering::Acquire))
    }
}

fn write(paths: &[PathBuf], told: &Told, written: &AtomicU64) -> io::Result<()> {
    let mut number = 0;
    while !told.stop.load(Ordering::Acquire) {
        thread::sleep(BETWEEN_WRITES);
        if told.rest.load(Ordering::Acquire) {
            continue;
        }
        for path in paths {
            if number > 0 && number % ROTATED_AFTER == 0 {
                fs::rename(path, path.with_extension("log.1"))?;
            }
            let mut out = BufWriter::new(File::options().create(true).append(true).open(path)?);
            for line in number..number + LINES {
                writeln!(out, "INFO line {line} of the soak")?;
            }
            out.flush()?;
        }
        number += LINES;
        written.store(number * paths.len() as u64, Ordering::Release);
    }
    Ok(())
}
