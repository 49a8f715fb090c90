//! What every lab's subcommand shares: the flags that mean the same everywhere, output, interruption, and how it fails.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use anyhow::Context;
use clap::ValueEnum;
use serde::Serialize;
use tokio_util::sync::CancellationToken;

use crate::runtime::chrome_trace;
use crate::runtime::cores;
use crate::runtime::span::Recorder;
use crate::runtime::strategy::{Strategy, find};

/// The flags that mean the same in every lab.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Shared options")]
pub struct Flags {
    /// The strategies to run, separated by commas, or all.
    #[arg(long, value_name = "NAME,…", value_delimiter = ',')]
    pub strategy: Vec<String>,
    /// List the strategies: name, item of the seed, claim.
    #[arg(long)]
    pub list_strategies: bool,
    /// Workers a strategy may use [default: the cores available].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub workers: Option<u16>,
    /// Limit the program and its children to N cores.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub cores: Option<u16>,
    /// How results are written.
    #[arg(long, value_enum, default_value_t = Format::Human, value_name = "FORMAT")]
    pub output: Format,
    /// Seed of everything random: the same seed gives the same run.
    #[arg(long, value_name = "N", default_value_t = 42)]
    pub seed: u64,
    /// Write who worked when as Chrome trace JSON, which Perfetto opens.
    #[arg(long, value_name = "FILE")]
    pub trace: Option<PathBuf>,
}

/// How results are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    Human,
    /// One JSON value a line.
    Json,
    /// Comma-separated values with a header.
    Csv,
    /// A Markdown table.
    Markdown,
}

/// How a command ends when it does not simply succeed.
#[derive(Debug)]
pub enum Failure {
    /// The command line asked for something that is not there: exit code 2.
    Usage(String),
    /// It failed: exit code 1.
    Failed(anyhow::Error),
    /// Whoever reads stdout has gone: exit code 0, and quiet.
    ClosedPipe,
    /// A signal ended it: 128 and the signal's number.
    Interrupted(u8),
}

impl<E: Into<anyhow::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        let error = error.into();
        let closed = error
            .chain()
            .any(|cause| cause.downcast_ref::<io::Error>().is_some_and(|e| e.kind() == io::ErrorKind::BrokenPipe));
        if closed { Self::ClosedPipe } else { Self::Failed(error) }
    }
}

impl Failure {
    /// The exit code that the contract gives it.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Usage(_) => 2,
            Self::Failed(_) => 1,
            Self::ClosedPipe => 0,
            Self::Interrupted(code) => *code,
        }
    }

    /// What is to be said on stderr, if anything.
    pub fn message(&self) -> Option<String> {
        match self {
            Self::Usage(text) => Some(text.clone()),
            Self::Failed(error) => Some(format!("{error:#}")),
            Self::ClosedPipe | Self::Interrupted(_) => None,
        }
    }
}

impl Flags {
    /// Workers to use.
    pub fn workers(&self) -> usize {
        self.workers.map_or_else(cores::available, usize::from)
    }

    /// A recorder that is on when `--trace` asks for one.
    pub fn recorder(&self) -> Recorder {
        if self.trace.is_some() { Recorder::new() } else { Recorder::off() }
    }

    /// Writes what was recorded to the file of `--trace`, if one was asked for.
    pub fn write_trace(&self, recorder: &Recorder) -> Result<(), Failure> {
        let Some(path) = &self.trace else { return Ok(()) };
        let written = File::create(path).and_then(|file| {
            let mut out = BufWriter::new(file);
            chrome_trace::write(&recorder.trace(), &mut out)?;
            out.flush()
        });
        written.with_context(|| format!("--trace {}: cannot be written", path.display())).map_err(Failure::Failed)
    }

    /// Limits the program to `--cores`, if asked. To be called before any thread is started.
    pub fn limit_cores(&self) -> Result<(), Failure> {
        let Some(count) = self.cores else { return Ok(()) };
        cores::limit(usize::from(count)).map_err(|why| Failure::Failed(anyhow::anyhow!("--cores {count}: {why}")))
    }

    /// The rows of the table that `--strategy` names, in the order named; `default` when it names none. `all` leaves out
    /// those that go wrong on purpose.
    pub fn chosen<'a, I: ?Sized, M: ?Sized>(
        &self,
        table: &'a [Strategy<I, M>],
        default: &str,
    ) -> Result<Vec<&'a Strategy<I, M>>, Failure> {
        let default = [default.to_owned()];
        let names = if self.strategy.is_empty() { &default[..] } else { &self.strategy };
        let mut rows: Vec<&Strategy<I, M>> = Vec::new();
        for name in names {
            let more = if name == "all" {
                table.iter().filter(|row| !row.about.wrong_on_purpose).collect()
            } else {
                vec![find(table, name).map_err(|error| Failure::Usage(format!("--strategy: {error}")))?]
            };
            for row in more {
                if !rows.iter().any(|known| known.about.id == row.about.id) {
                    rows.push(row);
                }
            }
        }
        Ok(rows)
    }

    /// Whether strategies were asked for by `all`, so that one that cannot take the input is skipped and not an error.
    pub fn all_strategies(&self) -> bool {
        self.strategy.iter().any(|name| name == "all")
    }
}

/// Writes `--list-strategies`: a line each of name, item of the seed and claim, or a JSON array.
pub fn list_strategies<I: ?Sized, M: ?Sized>(table: &[Strategy<I, M>], format: Format) -> Result<(), Failure> {
    #[derive(Serialize)]
    struct Row {
        name: &'static str,
        item: u8,
        claim: &'static str,
    }
    let rows = table.iter().map(|row| Row { name: row.about.id, item: row.about.item, claim: row.about.claim });
    if format == Format::Json {
        return print_json(&rows.collect::<Vec<_>>());
    }
    let mut out = io::stdout().lock();
    for row in rows {
        writeln!(out, "{}\t{}\t{}", row.name, row.item, row.claim)?;
    }
    Ok(())
}

/// Writes one JSON value and a newline to stdout.
pub fn print_json(value: &impl Serialize) -> Result<(), Failure> {
    let mut line = serde_json::to_vec(value)?;
    line.push(b'\n');
    let mut out = io::stdout().lock();
    out.write_all(&line)?;
    out.flush()?;
    Ok(())
}

/// Reads a duration as the command line writes it: `5ms`, `2s`, `1.5s`, `10m`.
pub fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || format!("{text:?} is not a duration: write 500us, 5ms, 2s or 10m");
    let unit_at = text.find(|c: char| !c.is_ascii_digit() && c != '.').ok_or_else(wrong)?;
    let number: f64 = text[..unit_at].parse().map_err(|_| wrong())?;
    let unit = match &text[unit_at..] {
        "us" => 1e-6,
        "ms" => 1e-3,
        "s" => 1.0,
        "m" => 60.0,
        _ => return Err(wrong()),
    };
    Duration::try_from_secs_f64(number * unit).map_err(|_| wrong())
}

/// How long a command has to end in order after a signal, in hundredths of a second. A build for tests has longer: there many
/// run at once, on a machine that may have little to give, and what is tested is that they end in order.
const TO_END: u32 = if cfg!(debug_assertions) { 1000 } else { 50 };

/// Ctrl-C, SIGTERM and SIGHUP, as a token that work looks at.
#[derive(Debug, Clone)]
pub struct Interrupt {
    token: CancellationToken,
    signal: Arc<AtomicU8>,
}

impl Interrupt {
    /// Begins to watch the signals: one that comes after this call is not missed. The first one cancels the token; the
    /// command then has half a second to end in order, after which the program is ended. Child processes end by themselves
    /// when it does.
    pub fn watch() -> &'static Self {
        static WATCH: OnceLock<Interrupt> = OnceLock::new();
        WATCH.get_or_init(|| {
            let interrupt = Self { token: CancellationToken::new(), signal: Arc::default() };
            let (watched, (watching, is_watching)) = (interrupt.clone(), sync_channel(0));
            std::thread::Builder::new()
                .name("signals".to_owned())
                .spawn(move || watched.wait(watching))
                .expect("the system gives a thread for the signals");
            // Nothing is ever sent: the other end is dropped when the signals are watched, or cannot be.
            let _: Result<(), _> = is_watching.recv();
            interrupt
        })
    }

    /// Cancelled by the first signal.
    pub fn token(&self) -> &CancellationToken {
        &self.token
    }

    /// How the command is to end if a signal has come.
    pub fn check(&self) -> Result<(), Failure> {
        match self.signal.load(Ordering::Acquire) {
            0 => Ok(()),
            signal => Err(Failure::Interrupted(128 + signal)),
        }
    }

    fn wait(&self, watching: SyncSender<()>) {
        use tokio::signal::unix::{SignalKind, signal};
        let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else { return };
        runtime.block_on(async {
            let kinds = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()];
            let [Ok(mut int), Ok(mut term), Ok(mut hup)] = kinds.map(signal) else { return };
            drop(watching);
            let number: u8 = tokio::select! {
                _ = int.recv() => 2,
                _ = term.recv() => 15,
                _ = hup.recv() => 1,
            };
            self.signal.store(number, Ordering::Release);
            self.token.cancel();
            // Many short sleeps: while the whole program is stopped, its half second does not run out.
            for _ in 0..TO_END {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            std::process::exit(128 + i32::from(number));
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::strategy::{About, supports_all};

    fn row(id: &'static str, wrong_on_purpose: bool) -> Strategy<(), str> {
        let about = About { id, title: id, item: 59, claim: "", wrong_on_purpose, source: "" };
        Strategy { about, supports: supports_all, make: |_| Ok("made".into()) }
    }

    fn flags(names: &[&str]) -> Flags {
        Flags {
            strategy: names.iter().map(|name| (*name).to_owned()).collect(),
            list_strategies: false,
            workers: None,
            cores: None,
            output: Format::Human,
            seed: 42,
            trace: None,
        }
    }

    #[test]
    fn strategies_are_chosen_by_name_and_all_leaves_out_the_wrong_ones() {
        let table = [row("serial", false), row("racy", true), row("rayon", false)];
        let chosen = |names: &[&str]| {
            flags(names).chosen(&table, "serial").map(|rows| rows.iter().map(|row| row.about.id).collect::<Vec<_>>())
        };
        assert_eq!(chosen(&[]).unwrap(), ["serial"]);
        assert_eq!(chosen(&["rayon", "all"]).unwrap(), ["rayon", "serial"]);
        assert_eq!(chosen(&["racy"]).unwrap(), ["racy"]);
        let failure = chosen(&["rayno"]).unwrap_err();
        assert_eq!(failure.exit_code(), 2);
        assert_eq!(failure.message().unwrap(), r#"--strategy: unknown strategy "rayno"; did you mean "rayon"?"#);
    }

    #[test]
    fn durations_are_read_with_their_unit() {
        let milliseconds = |text| duration(text).map(|d| d.as_millis());
        assert_eq!(["5ms", "2s", "1.5s", "10m", "0s"].map(milliseconds), [5, 2000, 1500, 600_000, 0].map(Ok));
        for text in ["", "5", "ms", "-5ms", "5h", "1.2.3s", "5 ms"] {
            assert!(duration(text).unwrap_err().contains("is not a duration: write 500us, 5ms, 2s or 10m"), "{text:?}");
        }
    }

    #[test]
    fn a_closed_pipe_is_told_from_a_failure() {
        let closed: Failure = anyhow::Error::from(io::Error::from(io::ErrorKind::BrokenPipe)).context("writing").into();
        assert_eq!(closed.exit_code(), 0);
        let failed: Failure = anyhow::anyhow!("inner").context("outer").into();
        assert_eq!((failed.exit_code(), failed.message().unwrap().as_str()), (1, "outer: inner"));
    }
}
