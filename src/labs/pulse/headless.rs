//! `fanout pulse`: the lab without a screen.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde::Serialize;

use super::demo_loop::DemoLoop;
use super::record::Record;
use super::strategies::{Row, STRATEGIES};
use super::view::BUCKETS;
use crate::labs::headless::{Failure, Flags, Format, Interrupt, duration, list_strategies, print_json};
use crate::labs::table::{Table, number, text};
use crate::runtime::strategy::Setup;
use crate::ui::figures;

/// Run an event loop that beats every 5 ms, and see what slow work does to it under each strategy.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    flags: Flags,
    /// How long a piece of slow work takes.
    #[arg(long, value_name = "DURATION", default_value = "500ms", value_parser = duration)]
    block: Duration,
    /// How long each strategy's loop runs; it is given slow work again and again, with a rest between.
    #[arg(long, value_name = "DURATION", default_value = "5s", value_parser = duration)]
    duration: Duration,
}

/// The rest between two pieces of slow work at most.
const REST: Duration = Duration::from_secs(1);

/// Columns of the longest bar.
const BAR: usize = 40;

#[derive(Debug, Serialize)]
struct LagMicros {
    p50: u64,
    p90: u64,
    p99: u64,
    max: u64,
}

#[derive(Debug, Serialize)]
struct Slow {
    name: String,
    seconds: f64,
}

/// One line of results.
#[derive(Debug, Serialize)]
struct Outcome {
    strategy: &'static str,
    seconds: f64,
    beats: u64,
    lag_us: Option<LagMicros>,
    slow: Vec<Slow>,
    skipped: Option<String>,
}

/// Runs the command.
pub fn run(args: &Args) -> Result<(), Failure> {
    let flags = &args.flags;
    if flags.list_strategies {
        return list_strategies(STRATEGIES, flags.output);
    }
    let rows = flags.chosen(STRATEGIES, "all")?;
    if args.duration <= args.block {
        let (duration, block) = (args.duration, args.block);
        return Err(Failure::Usage(format!(
            "--duration {duration:?}: the loop is to run for longer than its slow work takes (--block {block:?})"
        )));
    }
    flags.limit_cores()?;
    let interrupt = Interrupt::watch();
    let recorder = flags.recorder();
    let setup = Setup { recorder: recorder.clone(), ..Setup::headless(flags.workers(), PathBuf::new()) };
    let mut outcomes = Vec::new();
    for row in rows {
        let record = Record::default();
        let seconds = measure(row, &setup, args, &record, interrupt)?;
        let outcome = outcome(row, seconds, &record);
        match flags.output {
            Format::Json => print_json(&outcome)?,
            Format::Human => print_for_people(row, &outcome, &record)?,
            Format::Csv | Format::Markdown => outcomes.push(outcome),
        }
    }
    if matches!(flags.output, Format::Csv | Format::Markdown) {
        table(&outcomes).print(flags.output)?;
    }
    flags.write_trace(&recorder)
}

/// Runs one strategy's loop and gives it slow work. Returns for how many seconds it ran.
fn measure(
    row: &'static Row,
    setup: &Setup,
    args: &Args,
    record: &Record,
    interrupt: &Interrupt,
) -> Result<f64, Failure> {
    let demo = DemoLoop::start(row, setup, args.block, record.clone())?;
    let begun = Instant::now();
    let rest = REST.min(args.duration.saturating_sub(args.block) / 4);
    let mut at = rest;
    while at + args.block + rest <= args.duration {
        wait(interrupt, begun + at)?;
        demo.give_work();
        at += args.block + rest;
    }
    wait(interrupt, begun + args.duration)?;
    let seconds = begun.elapsed().as_secs_f64();
    let failed = record.take_failure().or_else(|| record.call().and_then(|call| call.ended?.err()));
    match failed {
        Some(why) => Err(anyhow::anyhow!("{}: {why}", row.about.id).into()),
        None => Ok(seconds),
    }
}

/// Waits until this time, or fails as a signal says.
fn wait(interrupt: &Interrupt, until: Instant) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
    // Running out of time is what is waited for.
    let _ = runtime.block_on(async { tokio::time::timeout_at(until.into(), interrupt.token().cancelled()).await });
    interrupt.check()
}

fn outcome(row: &'static Row, seconds: f64, record: &Record) -> Outcome {
    let micros = |time: Duration| time.as_micros() as u64;
    Outcome {
        strategy: row.about.id,
        seconds,
        beats: record.beats(),
        lag_us: record.watch.lag().map(|lag| LagMicros {
            p50: micros(lag.p50),
            p90: micros(lag.p90),
            p99: micros(lag.p99),
            max: micros(lag.max),
        }),
        slow: record
            .watch
            .slow()
            .into_iter()
            .map(|slow| Slow { seconds: slow.took.as_secs_f64(), name: slow.name.into_owned() })
            .collect(),
        skipped: None,
    }
}

fn print_for_people(row: &Row, outcome: &Outcome, record: &Record) -> Result<(), Failure> {
    let mut page = format!("{}: {}\n", row.about.id, row.about.claim);
    let time = |time: Duration| {
        let (number, unit) = figures::duration(time.as_secs_f64());
        format!("{number} {unit}")
    };
    let _ = writeln!(page, "  {} beats in {:.2} s", outcome.beats, outcome.seconds);
    if let Some(lag) = record.watch.lag() {
        let [p50, p90, p99, max] = [lag.p50, lag.p90, lag.p99, lag.max].map(time);
        let _ = writeln!(page, "  lag: p50 {p50}, p90 {p90}, p99 {p99}, max {max}");
    }
    let buckets = record.watch.buckets(&BUCKETS);
    let most = buckets.iter().map(|bucket| bucket.count).max().unwrap_or(0).max(1);
    for bucket in buckets.iter().filter(|bucket| bucket.count > 0) {
        let bar = "█".repeat((bucket.count as usize * BAR).div_ceil(most as usize));
        let _ = writeln!(page, "  up to {:>7} {:>6}  {bar}", time(bucket.to), bucket.count);
    }
    for slow in record.watch.slow() {
        let _ = writeln!(page, "  {slow}");
    }
    page.push('\n');
    let mut out = std::io::stdout().lock();
    out.write_all(page.as_bytes())?;
    Ok(out.flush()?)
}

fn table(outcomes: &[Outcome]) -> Table {
    let mut table = Table::new([
        text("strategy"),
        number("seconds"),
        number("beats"),
        number("p50_us"),
        number("p90_us"),
        number("p99_us"),
        number("max_us"),
        text("slow"),
        text("skipped"),
    ]);
    for outcome in outcomes {
        let micros =
            |of: fn(&LagMicros) -> u64| outcome.lag_us.as_ref().map(|lag| of(lag).to_string()).unwrap_or_default();
        let slow: Vec<String> = outcome.slow.iter().map(|slow| format!("{} {:.3}", slow.name, slow.seconds)).collect();
        table.row([
            outcome.strategy.to_owned(),
            format!("{:.3}", outcome.seconds),
            outcome.beats.to_string(),
            micros(|lag| lag.p50),
            micros(|lag| lag.p90),
            micros(|lag| lag.p99),
            micros(|lag| lag.max),
            slow.join("; "),
            outcome.skipped.clone().unwrap_or_default(),
        ]);
    }
    table
}
