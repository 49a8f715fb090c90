//! `fanout guess play`.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::anyhow;
use serde::Serialize;

use super::{ADDRESS, address, chosen, open_files};
use crate::labs::guess::play::{Game, Games, Play, Stage, seats};
use crate::labs::guess::protocol::Fault;
use crate::labs::guess::strategies::STRATEGIES;
use crate::labs::headless::{Failure, Flags, Format, Interrupt, duration, list_strategies, print_json};
use crate::labs::table::{Table, number, text};
use crate::ui::figures;

/// Play games against a server, and say how fast that went. A single game is printed as it went.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    flags: Flags,
    /// The server.
    #[arg(long, value_name = "ADDRESS", default_value = ADDRESS)]
    connect: String,
    /// The least number of the range.
    #[arg(long, value_name = "L", allow_negative_numbers = true, required_unless_present = "list_strategies")]
    lower: Option<i64>,
    /// The greatest number of the range.
    #[arg(long, value_name = "U", allow_negative_numbers = true, required_unless_present = "list_strategies")]
    upper: Option<i64>,
    /// The number to be guessed.
    #[arg(long, value_name = "S", allow_negative_numbers = true, required_unless_present = "list_strategies")]
    secret: Option<i64>,
    /// Numbers asked for at most in a game.
    #[arg(long, value_name = "N", default_value_t = 5)]
    guesses: usize,
    /// Clients that play at once, each over one connection.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    clients: u32,
    /// Games in all [default: one for each client].
    #[arg(long, value_name = "M")]
    sessions: Option<u64>,
    /// Give a connection up when the server takes longer than this for a number.
    #[arg(long, value_name = "DURATION", default_value = "10s", value_parser = duration)]
    deadline: Duration,
}

/// What came of the games, in the form of its JSON. A request is one NUMBER answered.
#[derive(Debug, Serialize)]
struct Report {
    strategy: &'static str,
    clients: u32,
    sessions: u64,
    requests: u64,
    seconds: f64,
    sessions_per_second: f64,
    requests_per_second: f64,
    latency_us: Micros,
    failed: u64,
}

/// Latencies in microseconds.
#[derive(Debug, Serialize)]
struct Micros {
    p50: f64,
    p99: f64,
    max: f64,
}

/// Runs the command.
pub(super) fn run(args: &Args) -> Result<(), Failure> {
    let flags = &args.flags;
    if flags.list_strategies {
        return list_strategies(STRATEGIES, flags.output);
    }
    let game = game(args)?;
    let address = address("--connect", &args.connect)?;
    let (row, setup) = chosen(flags)?;
    let there = open_files::raise();
    if u64::from(args.clients) > there {
        return Err(anyhow!("--clients {}: the system lets this program have {there} connections", args.clients).into());
    }
    let interrupt = Interrupt::watch();
    let style = (row.make)(&setup)?;
    let sessions = args.sessions.unwrap_or(args.clients.into());
    let words = sessions == 1 && flags.output == Format::Human;
    let recorder = flags.recorder();
    let (told, first_fault) = (Arc::new(Mutex::new(Vec::new())), Arc::new(Mutex::new(None)));
    let play = {
        let (told, first_fault) = (Arc::clone(&told), Arc::clone(&first_fault));
        Play::new(address, Games::Listed(vec![game], sessions), args.deadline)
            .stopped_by(interrupt.token().child_token())
            .recorded(recorder.clone())
            .telling(Box::new(move |game, stage| {
                if let Stage::Over(Err(fault)) = stage {
                    first_fault.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(*fault);
                }
                if words {
                    told.lock().unwrap_or_else(PoisonError::into_inner).extend(in_words(game, stage));
                }
            }))
    };
    let play = Arc::new(play);
    let clients = args.clients.min(u32::try_from(sessions).unwrap_or(u32::MAX)) as usize;
    let begun = Instant::now();
    let played = style.play(&play, seats(&play, 0..clients));
    let report = Report::new(row.about.id, args.clients, &play, begun.elapsed());
    let told = std::mem::take(&mut *told.lock().unwrap_or_else(PoisonError::into_inner));
    if words {
        print_lines(&told)?;
    } else {
        report.print(flags.output)?;
    }
    flags.write_trace(&recorder)?;
    let first_fault = *first_fault.lock().unwrap_or_else(PoisonError::into_inner);
    finish(&play, played, first_fault, interrupt)
}

fn game(args: &Args) -> Result<Game, Failure> {
    let (Some(lower), Some(upper), Some(secret)) = (args.lower, args.upper, args.secret) else {
        return Err(Failure::Usage("--lower, --upper and --secret are needed".to_owned()));
    };
    if lower > upper {
        return Err(Failure::Usage(format!("--upper {upper}: less than --lower {lower}")));
    }
    if !(lower..=upper).contains(&secret) {
        return Err(Failure::Usage(format!("--secret {secret}: give a number from {lower} to {upper}")));
    }
    Ok(Game { lower, upper, secret, guesses: args.guesses })
}

/// What is printed of a game.
pub(super) fn in_words(game: &Game, stage: Stage<'_>) -> Vec<String> {
    match stage {
        Stage::Begun => vec![game.to_string()],
        Stage::Over(Ok(outcomes)) => {
            outcomes.iter().map(|(number, decision)| format!("Client: {number} is {decision}")).collect()
        }
        Stage::Over(Err(_)) => vec![],
    }
}

/// Writes lines to stdout.
pub(super) fn print_lines(lines: &[String]) -> Result<(), Failure> {
    use std::io::Write;
    let mut out = std::io::stdout().lock();
    for line in lines {
        writeln!(out, "{line}")?;
    }
    Ok(out.flush()?)
}

/// How the command ends: every game is accounted for when not all were played.
fn finish(
    play: &Play,
    played: std::io::Result<()>,
    first_fault: Option<Fault>,
    interrupt: &Interrupt,
) -> Result<(), Failure> {
    let tally = &play.tally;
    let [begun, finished, failed, cut_off] =
        [&tally.begun, &tally.finished, &tally.failed, &tally.cancelled].map(|count| count.load(Ordering::Relaxed));
    let not_begun = play.not_begun();
    if finished < begun + not_begun {
        let n = figures::grouped;
        eprintln!(
            "{} games begun: {} finished, {} failed, {} cut off; {} not begun",
            n(begun),
            n(finished),
            n(failed),
            n(cut_off),
            n(not_begun)
        );
    }
    interrupt.check()?;
    played?;
    if let Some(error) = play.no_server() {
        return Err(anyhow!("connecting to {error}").into());
    }
    match first_fault {
        Some(fault) => Err(anyhow!("{failed} games failed, the first one: {fault}").into()),
        None => Ok(()),
    }
}

impl Report {
    fn new(strategy: &'static str, clients: u32, play: &Play, took: Duration) -> Self {
        let count = |count: &std::sync::atomic::AtomicU64| count.load(Ordering::Relaxed);
        let tally = &play.tally;
        let (sessions, requests, seconds) = (count(&tally.finished), count(&tally.requests), took.as_secs_f64());
        let latency = tally.latency.percentiles();
        let micros = |latency: Duration| latency.as_nanos() as f64 / 1e3;
        Self {
            strategy,
            clients,
            sessions,
            requests,
            seconds,
            sessions_per_second: sessions as f64 / seconds,
            requests_per_second: requests as f64 / seconds,
            latency_us: Micros { p50: micros(latency.p50), p99: micros(latency.p99), max: micros(latency.max) },
            failed: count(&tally.failed),
        }
    }

    fn print(&self, format: Format) -> Result<(), Failure> {
        match format {
            Format::Json => print_json(self),
            Format::Human => print_lines(&self.lines()),
            format => self.table().print(format),
        }
    }

    fn lines(&self) -> Vec<String> {
        let n = |count: f64| figures::grouped(count as u64);
        let time = |micros: f64| {
            let (figure, unit) = figures::duration(micros / 1e6);
            format!("{figure} {unit}")
        };
        let Micros { p50, p99, max } = self.latency_us;
        vec![
            format!(
                "{} sessions, {} requests, {} clients as {}, in {:.3} s",
                n(self.sessions as f64),
                n(self.requests as f64),
                n(self.clients.into()),
                self.strategy,
                self.seconds
            ),
            format!("{} requests/s  {} sessions/s", n(self.requests_per_second), n(self.sessions_per_second)),
            format!("latency p50 {}  p99 {}  max {}", time(p50), time(p99), time(max)),
        ]
    }

    fn table(&self) -> Table {
        let titles = ["clients", "sessions", "requests", "seconds", "sessions_per_second", "requests_per_second"];
        let latencies = ["latency_us_p50", "latency_us_p99", "latency_us_max", "failed"];
        let mut columns = vec![text("strategy")];
        columns.extend(titles.into_iter().chain(latencies).map(number));
        let mut table = Table::new(columns);
        let Micros { p50, p99, max } = self.latency_us;
        table.row([
            self.strategy.to_owned(),
            self.clients.to_string(),
            self.sessions.to_string(),
            self.requests.to_string(),
            format!("{:.6}", self.seconds),
            format!("{:.1}", self.sessions_per_second),
            format!("{:.1}", self.requests_per_second),
            format!("{p50:.1}"),
            format!("{p99:.1}"),
            format!("{max:.1}"),
            self.failed.to_string(),
        ]);
        table
    }
}
