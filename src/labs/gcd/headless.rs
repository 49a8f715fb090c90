//! `fanout gcd`: the lab without a screen.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use std::{env, fs};

use anyhow::Context;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::measure::Measured;
use super::pair::Pair;
use super::run::{Chunking, Run, RunError, Work};
use super::strategies::{Row, STRATEGIES, look_around};
use super::workload::{NoWorkload, Workload};
use crate::labs::headless::{Failure, Flags, Format, Interrupt, duration, list_strategies, print_json};
use crate::labs::table::{Table, number, text};
use crate::runtime::control::Control;
use crate::runtime::load::Watch;
use crate::runtime::machine::Machine;
use crate::runtime::process_pool::StageTimes;
use crate::runtime::span::{Recorder, StateTimes};
use crate::runtime::stats::{Samples, outliers, speedup};
use crate::runtime::strategy::Setup;
use crate::runtime::usage::{Before, Usage};
use crate::ui::figures;

/// Measure how much faster each strategy makes CPU-bound work: greatest common divisors by counting down.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    flags: Flags,
    /// What to compute: seed, workshop, skewed, images, transfer, random, or a file with a pair A,B a line [default: seed].
    #[arg(long, value_name = "NAME|FILE", conflicts_with = "pair")]
    workload: Option<String>,
    /// A pair whose greatest common divisor is wanted; may be given again.
    #[arg(long, value_name = "A,B")]
    pair: Vec<Pair>,
    /// Measured runs of each strategy, round-robin, so that a machine that slows down slows all.
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..))]
    runs: u16,
    /// Runs of each strategy before the first that is measured.
    #[arg(long, value_name = "N", default_value_t = 1)]
    warmup: u16,
    /// How the items are dealt out.
    #[arg(long, value_enum, default_value_t = Chunking::Dynamic, value_name = "HOW")]
    chunking: Chunking,
    /// Compute the workload so many times over.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    repeat: u32,
    /// A fault on purpose: kill a worker process every so often.
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    kill_worker_every: Option<Duration>,
    /// JSON results of other machines, shown beside this one's.
    #[arg(long, value_name = "FILE", num_args = 1..)]
    import: Vec<PathBuf>,
}

/// A strategy on the command line's list: made, or why it is not run.
struct Entry {
    row: &'static Row,
    made: Result<Box<dyn Run>, String>,
    measured: Measured,
    usage: Usage,
    waiting: StateTimes,
}

/// Runs the command.
pub fn run(args: &Args) -> Result<(), Failure> {
    if args.flags.list_strategies {
        return list_strategies(STRATEGIES, args.flags.output);
    }
    args.flags.limit_cores()?;
    look_around();
    let rows = args.flags.chosen(STRATEGIES, "all")?;
    let workload = workload(args)?;
    let imported = args.import.iter().map(|path| Imported::read(path)).collect::<Result<Vec<_>, _>>()?;
    let machine = Machine::here();
    let setup = Setup::headless(args.flags.workers(), env::current_exe().context("this program's own path")?);
    let skip = args.flags.strategy.is_empty() || args.flags.all_strategies();
    let mut entries = rows.into_iter().map(|row| entry(row, &workload, &setup, skip)).collect::<Result<Vec<_>, _>>()?;
    let interrupt = Interrupt::watch();
    let recorder = args.flags.recorder();
    for round in 0..args.warmup + args.runs {
        for entry in &mut entries {
            let run = round.checked_sub(args.warmup);
            measure(entry, &workload, args, run, &recorder, interrupt)?;
        }
    }
    args.flags.write_trace(&recorder)?;
    let report = Report::new(&machine, &workload, &setup, &entries);
    report.warn();
    match args.flags.output {
        Format::Json => print_json(&report),
        Format::Human => report.print_for_people(args, &imported),
        format => report.table().print(format),
    }
}

fn workload(args: &Args) -> Result<Workload, Failure> {
    let workload = if args.pair.is_empty() {
        let name = args.workload.as_deref().unwrap_or("seed");
        Workload::named(name, args.flags.seed).map_err(|error| match error {
            NoWorkload::Unknown { .. } => Failure::Usage(format!("--workload: {error}")),
            other => other.into(),
        })?
    } else {
        Workload::of_pairs("pairs", args.pair.clone())
    };
    Ok(workload.repeated(args.repeat as usize))
}

/// Makes a strategy. One that cannot take the workload or cannot start is skipped when all were asked for.
fn entry(row: &'static Row, workload: &Workload, setup: &Setup, skip: bool) -> Result<Entry, Failure> {
    let made = (row.supports)(workload)
        .map_err(|why| format!("{} cannot take this workload: {why}", row.about.id))
        .and_then(|()| (row.make)(setup).map_err(|error| error.to_string()));
    match made {
        Err(why) if !skip => Err(Failure::Failed(anyhow::anyhow!(why))),
        made => Ok(Entry {
            row,
            made,
            measured: Measured::default(),
            usage: Usage::default(),
            waiting: StateTimes::default(),
        }),
    }
}

/// One run of one strategy; a warm-up has no number, and leaves no figure and no trace.
fn measure(
    entry: &mut Entry,
    workload: &Workload,
    args: &Args,
    run: Option<u16>,
    traced: &Recorder,
    interrupt: &Interrupt,
) -> Result<(), Failure> {
    let Ok(strategy) = &mut entry.made else { return Ok(()) };
    let id = entry.row.about.id;
    // Waiting is summed from a trace, so that one is recorded also when nobody wants to see it.
    let recorder = match run {
        Some(run) if traced.is_on() => traced.under(&format!("{id} {}", run + 1)),
        _ => Recorder::new(),
    };
    let waited_before = recorder.trace().state_times();
    let work = Work {
        tasks: Arc::clone(&workload.tasks),
        chunking: args.chunking,
        control: Control::new(interrupt.token().clone()),
        recorder: recorder.clone(),
        kill_every: args.kill_worker_every,
    };
    let (watch, before) = (Watch::start("gcd"), Before::read());
    let result = strategy.run(&work);
    let (usage, others) = (before.since(), watch.finish());
    match result {
        Ok(outcome) if run.is_some() => {
            entry.measured.add(outcome, others);
            entry.usage.add(&usage);
            entry.waiting.merge(&recorder.trace().state_times());
            entry.waiting.merge(&waited_before.scaled(-1.0));
            Ok(())
        }
        Ok(_) => Ok(()),
        Err(RunError::Stopped(_)) => {
            interrupt.check()?;
            Err(Failure::Failed(anyhow::anyhow!("{id}: stopped before it was done")))
        }
        Err(RunError::Failed(why)) => Err(Failure::Failed(anyhow::anyhow!("{id}: {why}"))),
    }
}

/// What is read of another call's JSON.
#[derive(Debug, Deserialize)]
struct Imported {
    machine: Machine,
    workload: String,
    workers: usize,
    strategies: Vec<ImportedLine>,
}

#[derive(Debug, Deserialize)]
struct ImportedLine {
    strategy: String,
    median_s: Option<f64>,
    speedup: Option<f64>,
}

impl Imported {
    fn read(path: &Path) -> Result<Self, Failure> {
        let read = || anyhow::Ok(serde_json::from_slice(&fs::read(path)?)?);
        read()
            .with_context(|| format!("--import {}: no results of fanout gcd", path.display()))
            .map_err(Failure::Failed)
    }

    /// What the column is headed with.
    fn label(&self) -> String {
        let machine = self.machine.model.as_deref().unwrap_or(&self.machine.system);
        format!("{machine} ({}, {})", self.workload, plural(self.workers, "worker"))
    }
}

/// All that a call has found, in the form of its JSON.
#[derive(Debug, Serialize)]
struct Report<'a> {
    machine: &'a Machine,
    workload: &'a str,
    inputs: usize,
    workers: usize,
    strategies: Vec<Line<'a>>,
}

/// What was found of one strategy.
#[derive(Debug, Serialize)]
struct Line<'a> {
    strategy: &'static str,
    workers: usize,
    runs_s: &'a [f64],
    median_s: Option<f64>,
    min_s: Option<f64>,
    max_s: Option<f64>,
    speedup: Option<f64>,
    contended: bool,
    results: Vec<Value>,
    cpu_s: Option<f64>,
    context_switches: Option<u64>,
    peak_rss_bytes: Option<u64>,
    waiting_s: Option<StateTimes>,
    workers_replaced: usize,
    stages: Option<StageTimes>,
    skipped: Option<&'a str>,
}

impl<'a> Report<'a> {
    fn new(machine: &'a Machine, workload: &'a Workload, setup: &Setup, entries: &'a [Entry]) -> Self {
        let serial = entries.iter().find(|entry| entry.row.about.id == "serial");
        let baseline = serial.map(|entry| entry.measured.samples.clone()).unwrap_or_default();
        let strategies = entries.iter().map(|entry| Line::new(entry, &baseline, setup)).collect();
        let inputs = workload.tasks.len();
        Self { machine, workload: &workload.name, inputs, workers: setup.workers, strategies }
    }

    /// A row for each strategy.
    fn table(&self) -> Table {
        let mut table = Table::new([
            text("strategy"),
            number("median_s"),
            number("min_s"),
            number("max_s"),
            number("speedup"),
            number("cores_busy"),
            number("cpu_s"),
            number("context_switches"),
            number("peak_rss_bytes"),
            text("skipped"),
        ]);
        let figure = |value: Option<f64>| value.map(|value| format!("{value:.4}")).unwrap_or_default();
        let count = |value: Option<u64>| value.map(|value| value.to_string()).unwrap_or_default();
        for line in &self.strategies {
            table.row([
                line.strategy.to_owned(),
                figure(line.median_s),
                figure(line.min_s),
                figure(line.max_s),
                figure(line.speedup),
                figure(line.cores_busy()),
                figure(line.cpu_s),
                count(line.context_switches),
                count(line.peak_rss_bytes),
                line.skipped.unwrap_or_default().to_owned(),
            ]);
        }
        table
    }
}

impl<'a> Line<'a> {
    fn new(entry: &'a Entry, baseline: &Samples, setup: &Setup) -> Self {
        let Measured { runs, samples, contended, answers, stages, workers_replaced, .. } = &entry.measured;
        let measured = !runs.is_empty();
        Self {
            strategy: entry.row.about.id,
            workers: setup.workers,
            runs_s: runs,
            median_s: samples.median(),
            min_s: samples.min(),
            max_s: samples.max(),
            speedup: speedup(baseline, samples),
            contended: *contended,
            results: answers.iter().map(super::task::Answer::to_json).collect(),
            cpu_s: measured.then_some(entry.usage.cpu_s / runs.len() as f64),
            context_switches: measured.then(|| entry.usage.context_switches / runs.len() as u64),
            peak_rss_bytes: measured.then_some(entry.usage.peak_rss_bytes),
            waiting_s: measured.then(|| entry.waiting.scaled(1.0 / runs.len() as f64)),
            workers_replaced: *workers_replaced,
            stages: stages.map(|stages| stages.mean(runs.len())),
            skipped: entry.made.as_ref().err().map(String::as_str),
        }
    }

    /// Cores kept busy on average, from the CPU time of a run.
    fn cores_busy(&self) -> Option<f64> {
        let mean = self.runs_s.iter().sum::<f64>() / self.runs_s.len() as f64;
        self.cpu_s.filter(|_| mean > 0.0).map(|cpu| cpu / mean)
    }
}

/// Columns of a full bar.
const BAR: f64 = 24.0;

impl Report<'_> {
    /// The table with bars, then what the answers say; what needs a word goes to stderr.
    fn print_for_people(&self, args: &Args, imported: &[Imported]) -> Result<(), Failure> {
        let mut out = io::stdout().lock();
        writeln!(
            out,
            "{}: {}, {}, {} after {}\n{}\n",
            self.workload,
            plural(self.inputs, "item"),
            plural(self.workers, "worker"),
            plural(args.runs.into(), "run"),
            plural(args.warmup.into(), "warm-up"),
            self.machine.line()
        )?;
        out.write_all(self.human_table().aligned().as_bytes())?;
        writeln!(out, "\n{}", self.verdict())?;
        for line in &self.strategies {
            if let Some(stages) = &line.stages {
                writeln!(out, "{}", where_the_time_went(line.strategy, stages))?;
            }
        }
        if !imported.is_empty() {
            writeln!(out, "\nspeedup and median beside other machines:")?;
            out.write_all(self.beside(imported).aligned().as_bytes())?;
        }
        Ok(out.flush()?)
    }

    /// Says on stderr what a reader of the figures has to know.
    fn warn(&self) {
        for line in &self.strategies {
            let name = line.strategy;
            if let Some(why) = line.skipped {
                eprintln!("skipped: {why}");
            }
            if line.contended {
                eprintln!("contended: other programs used the machine while {name} ran; do not quote its figures");
            }
            let outliers = outliers(line.runs_s);
            if outliers > 0 {
                eprintln!(
                    "outliers: {outliers} of {} runs of {name} lie far from the rest; something else was at work, so measure again on a quiet machine",
                    line.runs_s.len()
                );
            }
        }
    }

    /// A row for each strategy, a column for each machine.
    fn beside(&self, imported: &[Imported]) -> Table {
        let columns = imported.iter().map(|other| number(other.label()));
        let mut table = Table::new([text("strategy"), number("here")].into_iter().chain(columns).collect::<Vec<_>>());
        let cell = |speedup: Option<f64>, median: Option<f64>| match (speedup, median) {
            (Some(speedup), Some(median)) => {
                let (figure, unit) = figures::duration(median);
                format!("{speedup:.2}x, {figure} {unit}")
            }
            _ => "–".to_owned(),
        };
        for line in self.strategies.iter().filter(|line| line.skipped.is_none()) {
            let others = imported.iter().map(|other| {
                let there = other.strategies.iter().find(|there| there.strategy == line.strategy);
                cell(there.and_then(|there| there.speedup), there.and_then(|there| there.median_s))
            });
            let here = [line.strategy.to_owned(), cell(line.speedup, line.median_s)];
            table.row(here.into_iter().chain(others).collect::<Vec<_>>());
        }
        table
    }

    fn human_table(&self) -> Table {
        let mut table = Table::new([
            text("strategy"),
            number("median"),
            number("min"),
            number("max"),
            number("speedup"),
            number("cores busy"),
            text(""),
        ]);
        let slowest = self.strategies.iter().filter_map(|line| line.median_s).fold(0.0, f64::max);
        let time = |seconds: Option<f64>| {
            seconds.map(|seconds| [figures::duration(seconds).0.as_str(), figures::duration(seconds).1].join(" "))
        };
        let dash = || "–".to_owned();
        for line in self.strategies.iter().filter(|line| line.skipped.is_none()) {
            let share = line.median_s.map_or(0.0, |median| median / slowest);
            table.row([
                line.strategy.to_owned(),
                time(line.median_s).unwrap_or_else(dash),
                time(line.min_s).unwrap_or_else(dash),
                time(line.max_s).unwrap_or_else(dash),
                line.speedup.map_or_else(dash, |speedup| format!("{speedup:.2}x")),
                line.cores_busy().map_or_else(dash, |cores| format!("{cores:.2}")),
                "█".repeat((share * BAR).round().max(1.0) as usize),
            ]);
        }
        table
    }

    /// Whether all strategies found the same, and what.
    fn verdict(&self) -> String {
        let mut results = self.strategies.iter().filter(|line| !line.runs_s.is_empty()).map(|line| &line.results);
        let Some(first) = results.next() else { return "nothing was run".to_owned() };
        if results.any(|other| other != first) {
            return "THE STRATEGIES DISAGREE: see the results with --output json".to_owned();
        }
        let shown: Vec<String> = first.iter().take(12).map(Value::to_string).collect();
        let more = if first.len() > 12 { format!(" and {} more", first.len() - 12) } else { String::new() };
        format!("results, the same from all: {}{more}", shown.join(" "))
    }
}

/// The stages of a process strategy that took the most, in words.
fn where_the_time_went(strategy: &str, stages: &StageTimes) -> String {
    let shares = stages.shares().into_iter().take(5);
    let shares: Vec<String> =
        shares.map(|(stage, share)| format!("{} {:.1} %", stage.words(), share * 100.0)).collect();
    format!("where the time of {strategy} went: {}", shares.join(", "))
}

fn plural(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}
