//! `fanout hazards`: the lab without a screen.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context;
use serde::Serialize;

use super::order::{Order, Outcome};
use super::strategies::{Kind, Row, STRATEGIES, Task};
use super::watch::run_and_free;
use crate::labs::headless::{Failure, Flags, Format, Interrupt, duration, list_strategies, print_json};
use crate::labs::table::{Table, number, text};
use crate::runtime::span::State;
use crate::runtime::strategy::Setup;
use crate::ui::figures::{self, grouped};

/// See what goes wrong without care, on purpose and safely, and what cures it. Without --strategy everything is run, also what
/// goes wrong on purpose; `all` leaves that out.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    flags: Flags,
    /// How often the counter is updated, over all workers.
    #[arg(long, value_name = "N", default_value_t = 1_000_000, value_parser = clap::value_parser!(u64).range(1..))]
    increments: u64,
    /// How long a coroutine keeps its loop; whatever still waits then is freed.
    #[arg(long, value_name = "DURATION", default_value = "2s", value_parser = duration)]
    duration: Duration,
}

#[derive(Debug, Serialize)]
struct WaitsFor {
    who: String,
    r#for: String,
}

/// One line of results.
#[derive(Debug, Serialize)]
struct Line {
    strategy: &'static str,
    kind: &'static str,
    expected: Option<u64>,
    got: Option<u64>,
    lost: Option<u64>,
    seconds: Option<f64>,
    waits: Vec<WaitsFor>,
    skipped: Option<String>,
}

/// Runs the command.
pub fn run(args: &Args) -> Result<(), Failure> {
    let flags = &args.flags;
    if flags.list_strategies {
        return list_strategies(STRATEGIES, flags.output);
    }
    let everything = flags.strategy.is_empty();
    let rows = if everything { STRATEGIES.iter().collect() } else { flags.chosen(STRATEGIES, "all")? };
    flags.limit_cores()?;
    let interrupt = Interrupt::watch();
    let recorder = flags.recorder();
    let setup = Setup { recorder: recorder.clone(), ..Setup::headless(flags.workers(), PathBuf::new()) };
    let mut lines = Vec::new();
    for row in rows {
        let outcome = match (row.supports)(&Task { workers: setup.workers }) {
            Ok(()) => Ok(run_one(row, &setup, args, interrupt)?),
            Err(why) if everything || flags.all_strategies() => Err(why),
            Err(why) => return Err(anyhow::anyhow!("{}: {why}", row.about.id).into()),
        };
        let line = line(row, &outcome);
        match flags.output {
            Format::Json => print_json(&line)?,
            Format::Human => print_for_people(row, &outcome)?,
            Format::Csv | Format::Markdown => lines.push(line),
        }
    }
    if matches!(flags.output, Format::Csv | Format::Markdown) {
        table(&lines).print(flags.output)?;
    }
    flags.write_trace(&recorder)
}

fn run_one(row: &'static Row, setup: &Setup, args: &Args, interrupt: &Interrupt) -> Result<Outcome, Failure> {
    let mut hazard = (row.make)(setup)?;
    let order = Order::new(args.increments, setup.workers, args.duration);
    let lane = setup.recorder.lane(row.about.id);
    let outcome = lane.span(row.about.id, State::Running, || run_and_free(&mut *hazard, &order, interrupt.token()));
    interrupt.check()?;
    Ok(outcome.context(row.about.id)?)
}

fn line(row: &Row, outcome: &Result<Outcome, String>) -> Line {
    let kind = Kind::of(&row.about);
    let mut line = Line {
        strategy: row.about.id,
        kind: kind.name(),
        expected: None,
        got: None,
        lost: None,
        seconds: None,
        waits: vec![],
        skipped: outcome.as_ref().err().cloned(),
    };
    if let Ok(Outcome { expected, got, seconds, deadlock, starved }) = outcome {
        line.expected = Some(*expected);
        line.got = Some(*got);
        line.lost = (kind == Kind::LostUpdate).then(|| expected - got);
        line.seconds = Some(*seconds);
        let circle = deadlock.iter().flat_map(|deadlock| &deadlock.circle.0);
        line.waits = circle.map(|link| WaitsFor { who: link.who.clone(), r#for: link.on.clone() }).collect();
        line.waits.extend(starved.iter().map(|wait| WaitsFor { who: wait.who.clone(), r#for: wait.on.join(", ") }));
    }
    line
}

fn print_for_people(row: &Row, outcome: &Result<Outcome, String>) -> Result<(), Failure> {
    let wrong = if row.about.wrong_on_purpose { " (wrong on purpose)" } else { "" };
    let mut page = format!("{}{wrong}: {}\n", row.about.id, row.about.claim);
    let time = |seconds: f64| {
        let (number, unit) = figures::duration(seconds);
        format!("{number} {unit}")
    };
    match outcome {
        Err(why) => {
            let _ = writeln!(page, "  skipped: {why}");
        }
        Ok(Outcome { expected, got, seconds, deadlock, starved }) => {
            let took = time(*seconds);
            let (expected_text, got_text) = (grouped(*expected), grouped(*got));
            let _ = match Kind::of(&row.about) {
                Kind::LostUpdate => {
                    let lost = grouped(expected - got);
                    writeln!(page, "  expected {expected_text}, got {got_text}: {lost} lost, in {took}")
                }
                Kind::Deadlock => writeln!(page, "  {got_text} of {expected_text} jobs done, in {took}"),
                Kind::Starvation => {
                    writeln!(page, "  {got_text} of {expected_text} coroutines had their turn, in {took}")
                }
            };
            if let Some(deadlock) = deadlock {
                let after = time(deadlock.after.as_secs_f64());
                let _ = writeln!(page, "  deadlock, recognised after {after} and freed: {}", deadlock.circle);
            }
            for wait in starved {
                let _ = writeln!(page, "  {} {} {}", wait.who, wait.how, wait.on.join(", "));
            }
        }
    }
    let mut out = std::io::stdout().lock();
    out.write_all(page.as_bytes())?;
    Ok(out.flush()?)
}

fn table(lines: &[Line]) -> Table {
    let mut table = Table::new([
        text("strategy"),
        text("kind"),
        number("expected"),
        number("got"),
        number("lost"),
        number("seconds"),
        text("waits"),
        text("skipped"),
    ]);
    let count = |count: Option<u64>| count.map(|count| count.to_string()).unwrap_or_default();
    for line in lines {
        let waits: Vec<String> = line.waits.iter().map(|wait| format!("{} for {}", wait.who, wait.r#for)).collect();
        table.row([
            line.strategy.to_owned(),
            line.kind.to_owned(),
            count(line.expected),
            count(line.got),
            count(line.lost),
            line.seconds.map(|seconds| format!("{seconds:.6}")).unwrap_or_default(),
            waits.join("; "),
            line.skipped.clone().unwrap_or_default(),
        ]);
    }
    table
}
