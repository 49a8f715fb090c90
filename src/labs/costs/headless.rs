//! `fanout costs`: what a thread, a pool job, a coroutine, a parallel task, a process and a process job cost here.

use std::env;
use std::io::{self, IsTerminal, Write};

use anyhow::Context;

use super::claims::{self, Claim};
use super::findings::{Findings, Row};
use super::order::Order;
use super::plan::{self, COUNTS, Step};
use super::probe;
use super::strategies::STRATEGIES;
use crate::labs::headless::{Failure, Flags, Format, Interrupt, list_strategies, print_json};
use crate::labs::table::{Table, number, text};
use crate::runtime::control::Control;
use crate::runtime::span::{Recorder, State as SpanState};
use crate::runtime::strategy::About;
use crate::ui::figures;

/// The most that may be asked for at once.
const MOST: usize = 1_000_000;

/// Arguments of `fanout costs`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// How many to start, and to keep alive at once; bounded by what is safe here.
    #[arg(long, value_name = "N,…", value_delimiter = ',', default_values_t = COUNTS, value_parser = count)]
    counts: Vec<usize>,
    #[command(flatten)]
    flags: Flags,
}

fn count(text: &str) -> Result<usize, String> {
    let wrong = || format!("{text:?} is not a count: write whole numbers from 1 to {MOST}, as in 1000,10000");
    text.parse().ok().filter(|count| (1..=MOST).contains(count)).ok_or_else(wrong)
}

/// Runs the command.
pub fn run(args: &Args) -> Result<(), Failure> {
    if args.flags.list_strategies {
        return list_strategies(STRATEGIES, args.flags.output);
    }
    args.flags.limit_cores()?;
    let units: Vec<&'static About> = args.flags.chosen(STRATEGIES, "all")?.into_iter().map(|row| &row.about).collect();
    let recorder = args.flags.recorder();
    let findings = measure(&units, args, &recorder)?;
    args.flags.write_trace(&recorder)?;
    for unit in &units {
        let Some(why) = findings.unsupported(unit.id) else { continue };
        if units.len() == 1 {
            return Err(Failure::Failed(anyhow::anyhow!("{}: {why}", unit.id)));
        }
        eprintln!("skipped: {}: {why}", unit.id);
    }
    let rows: Vec<Row> =
        units.iter().flat_map(|unit| args.counts.iter().map(|count| findings.row(unit.id, *count))).collect();
    say_what_was_bounded(&rows, &findings)?;
    match args.flags.output {
        Format::Json => print_json(&rows),
        Format::Human => {
            human_table(&rows).print(Format::Human)?;
            print_claims(&claims::all(&findings, &args.counts))
        }
        format => table(&rows).print(format),
    }
}

/// Runs the whole plan, probe by probe.
fn measure(units: &[&'static About], args: &Args, recorder: &Recorder) -> Result<Findings, Failure> {
    let lane = recorder.lane("probes");
    let interrupt = Interrupt::watch();
    let control = Control::new(interrupt.token().clone());
    let executable = env::current_exe().context("this program's own path")?;
    let names: Vec<&'static str> = units.iter().map(|unit| unit.id).collect();
    let steps = plan::steps(&names, &args.counts);
    let mut findings = Findings::default();
    let mut progress = Progress::new(steps.len());
    for step in steps {
        progress.show(step);
        let workers = step.workers(args.flags.workers());
        let order = Order { unit: step.unit.to_owned(), what: step.what, workers, executable: executable.clone() };
        let label = format!("{}, {}", step.unit, step.what.words());
        let tell = |text| eprintln!("fanout: {text}");
        match lane.span(label, SpanState::Running, || probe::measure(&order, &control, &tell)) {
            Ok(found) => findings.add(step, found),
            Err(error) => {
                progress.clear();
                interrupt.check()?;
                return Err(error.into());
            }
        }
    }
    progress.clear();
    Ok(findings)
}

/// One line on stderr that says what is measured now, when somebody looks.
struct Progress {
    done: usize,
    of: usize,
    seen: bool,
}

impl Progress {
    fn new(of: usize) -> Self {
        Self { done: 0, of, seen: io::stderr().is_terminal() }
    }

    fn show(&mut self, step: Step) {
        if self.seen {
            eprint!("\r\x1b[K{} of {}: {}, {}", self.done + 1, self.of, step.unit, step.what.words());
        }
        self.done += 1;
    }

    fn clear(&self) {
        if self.seen {
            eprint!("\r\x1b[K");
        }
    }
}

/// Where fewer were tried than asked for, where others disturbed: on stderr, since the data has no place for words.
fn say_what_was_bounded(rows: &[Row], findings: &Findings) -> Result<(), Failure> {
    let mut err = io::stderr().lock();
    let mut said = Vec::new();
    for row in rows {
        let Some(alive) = findings.alive(row.unit, row.count, false) else { continue };
        let (tried, count) = (figures::grouped(alive.tried as u64), figures::grouped(row.count as u64));
        if let Some(why) = alive.bounded.as_ref().filter(|_| !said.contains(&row.unit)) {
            said.push(row.unit);
            writeln!(err, "{}: {tried} at once instead of {count} and more: {why}", row.unit)?;
        }
        if let Some(at) = alive.failed_at {
            let at = figures::grouped(at as u64);
            writeln!(err, "{}: the system refused one of {tried} when {at} were alive", row.unit)?;
        }
    }
    let disturbed: Vec<&Row> = rows.iter().filter(|row| findings.is_contended(row.unit, row.count)).collect();
    if !disturbed.is_empty() {
        let (some, all) = (disturbed.len(), rows.len());
        writeln!(err, "contended: others used more than 5 % of the machine during {some} of {all} rows")?;
    }
    Ok(())
}

/// The fields of the JSON, as CSV and Markdown.
fn table(rows: &[Row]) -> Table {
    let mut table = Table::new([
        text("unit"),
        number("count"),
        number("start_ns"),
        number("bytes"),
        number("switch_ns"),
        number("max_tried"),
        number("failed_at"),
    ]);
    let float = |value: Option<f64>| value.map_or(String::new(), |value| value.to_string());
    let whole = |value: Option<usize>| value.map_or(String::new(), |value| value.to_string());
    for row in rows {
        table.row([
            row.unit.to_owned(),
            row.count.to_string(),
            float(row.start_ns),
            float(row.bytes),
            float(row.switch_ns),
            whole(row.max_tried),
            whole(row.failed_at),
        ]);
    }
    table
}

/// The same with units that people read.
fn human_table(rows: &[Row]) -> Table {
    let mut table = Table::new([
        text("unit"),
        number("count"),
        number("start"),
        number("memory each"),
        number("switch"),
        number("at once"),
    ]);
    let time = |nanoseconds: Option<f64>| {
        nanoseconds.map_or("–".to_owned(), |nanoseconds| {
            let (figure, unit) = figures::duration(nanoseconds / 1e9);
            format!("{figure} {unit}")
        })
    };
    for row in rows {
        let bytes = row.bytes.map_or("–".to_owned(), |bytes| {
            let (figure, unit) = figures::bytes(bytes);
            format!("{figure} {unit}")
        });
        let at_once = row.max_tried.map_or("–".to_owned(), |tried| figures::grouped(tried as u64));
        table.row([
            row.unit.to_owned(),
            figures::grouped(row.count as u64),
            time(row.start_ns),
            bytes,
            time(row.switch_ns),
            at_once,
        ]);
    }
    table
}

/// What the seed says beside what was measured.
fn print_claims(claims: &[Claim]) -> Result<(), Failure> {
    if claims.is_empty() {
        return Ok(());
    }
    let mut table = Table::new([text("item 60"), text("the seed says"), text("here"), text(""), text("")]);
    for claim in claims {
        table.row([
            claim.topic.to_owned(),
            claim.seed.to_owned(),
            claim.here.clone(),
            claim.verdict.word().to_owned(),
            claim.more.clone(),
        ]);
    }
    let mut out = io::stdout().lock();
    writeln!(out)?;
    drop(out);
    table.print(Format::Human)
}
