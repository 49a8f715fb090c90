//! `fanout life`: the lab without a screen.

use std::fs::File;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context;
use serde::Serialize;
use tokio_util::sync::CancellationToken;

use super::order::{CellIo, Fault, Order};
use super::part::Grain;
use super::pattern::{self, Pattern, shipped};
use super::plane::{Bounds, Plane};
use super::rule::Rule;
use super::soup::soup;
use super::strategies::{Row, STRATEGIES, Task};
use super::universe::{Topology, Universe};
use crate::labs::headless::{Failure, Flags, Format, Interrupt, duration, list_strategies, print_json};
use crate::runtime::io_delay::IoDelay;
use crate::runtime::strategy::Setup;

/// Step generations of the Game of Life under a strategy.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    flags: Flags,
    /// A pattern to begin with: the name of a shipped one, a file, or - for stdin.
    #[arg(long, value_name = "NAME|FILE|-", conflicts_with_all = ["size", "density"])]
    pattern: Option<String>,
    /// List the shipped patterns: name, rule, who found it and when, what it is.
    #[arg(long)]
    list_patterns: bool,
    /// Columns and rows of the random soup.
    #[arg(long, value_name = "WIDTHxHEIGHT", default_value = "64x64", value_parser = size)]
    size: (usize, usize),
    /// The share of living cells in the soup.
    #[arg(long, value_name = "SHARE", default_value_t = 0.5, value_parser = density)]
    density: f64,
    /// The rule, as birth and survival [default: the pattern's, or B3/S23].
    #[arg(long, value_name = "RULE")]
    rule: Option<Rule>,
    /// The space [default: the torus for a soup; for a pattern the plane, unless its rule says otherwise].
    #[arg(long, value_enum)]
    topology: Option<Topology>,
    /// How many generations to make.
    #[arg(long, value_name = "N", default_value_t = 1)]
    generations: u64,
    /// Show every N-th generation, the first and the last included.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    every: Option<u64>,
    /// How a grid is written.
    #[arg(long, value_enum, default_value_t = Notation::Text, value_name = "FORMAT")]
    format: Notation,
    /// How much of the grid one task takes.
    #[arg(long, value_enum, default_value_t = Grain::Cell)]
    grain: Grain,
    /// Simulated I/O: how long each operation takes.
    #[arg(long, value_name = "TIME", default_value = "1ms", value_parser = duration)]
    io_delay: Duration,
    /// Simulated I/O: how often each cell waits, 0 to 2.
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(u8).range(0..=2))]
    io_points: u8,
    /// Let the cell in the middle fail in this generation.
    #[arg(long, value_name = "GENERATION", value_parser = clap::value_parser!(u64).range(1..))]
    fail_at: Option<u64>,
    /// Only print the grid to begin with.
    #[arg(long)]
    generate_only: bool,
}

/// How a grid is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Notation {
    /// Rows of * and -.
    Text,
    /// Run lengths, as pattern files have them.
    Rle,
}

/// The most cells that a grid may have: two gigabytes' worth at one bit each.
const MOST_CELLS: usize = 1 << 34;

fn size(text: &str) -> Result<(usize, usize), String> {
    let number = |part: &str| part.parse::<usize>().ok().filter(|n| *n > 0);
    let (width, height) = text
        .split_once('x')
        .and_then(|(width, height)| Some((number(width)?, number(height)?)))
        .ok_or("write WIDTHxHEIGHT, such as 64x64")?;
    match width.checked_mul(height) {
        Some(cells) if cells <= MOST_CELLS => Ok((width, height)),
        _ => Err(format!("a grid has at most {MOST_CELLS} cells")),
    }
}

fn density(text: &str) -> Result<f64, String> {
    text.parse().ok().filter(|share| (0.0..=1.0).contains(share)).ok_or_else(|| "write a share from 0 to 1".to_owned())
}

/// One line of results.
#[derive(Debug, Serialize)]
struct Outcome {
    strategy: &'static str,
    rule: String,
    topology: &'static str,
    width: u64,
    height: u64,
    workers: usize,
    grain: &'static str,
    generation: u64,
    population: u64,
    seconds: Option<f64>,
    load_seconds: Option<f64>,
    cell_updates_per_second: Option<f64>,
    skipped: Option<String>,
}

impl Outcome {
    /// Names and values as text, in the order of the JSON object.
    fn fields(&self, format: Format) -> Vec<(String, String)> {
        let number = |value: Option<f64>| value.map(|value| value.to_string()).unwrap_or_default();
        let quoted = |text: &str| match format {
            Format::Csv if text.contains([',', '"']) => format!("\"{}\"", text.replace('"', "\"\"")),
            _ => text.to_owned(),
        };
        [
            ("strategy", self.strategy.to_owned()),
            ("rule", self.rule.clone()),
            ("topology", self.topology.to_owned()),
            ("width", self.width.to_string()),
            ("height", self.height.to_string()),
            ("workers", self.workers.to_string()),
            ("grain", self.grain.to_owned()),
            ("generation", self.generation.to_string()),
            ("population", self.population.to_string()),
            ("seconds", number(self.seconds)),
            ("load_seconds", number(self.load_seconds)),
            ("cell_updates_per_second", number(self.cell_updates_per_second)),
            ("skipped", quoted(self.skipped.as_deref().unwrap_or_default())),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into()
    }
}

/// Runs the command.
pub fn run(args: &Args) -> Result<(), Failure> {
    let flags = &args.flags;
    if flags.list_strategies {
        return list_strategies(STRATEGIES, flags.output);
    }
    if args.list_patterns {
        return list_patterns(flags.output);
    }
    let rows = flags.chosen(STRATEGIES, "serial")?;
    flags.limit_cores()?;
    let begin = Instant::now();
    let origin = Arc::new(origin(args)?);
    let load_seconds = begin.elapsed().as_secs_f64();
    if args.generate_only {
        return write_grid(args, &mut BufWriter::new(io::stdout().lock()), &origin);
    }
    let executable = std::env::current_exe().unwrap_or_else(|_| PathBuf::new());
    let recorder = flags.recorder();
    let setup = Setup::headless(flags.workers(), executable);
    let mut report = Report { args, header: false };
    for row in rows {
        let setup = Setup { recorder: recorder.under(row.about.id), ..setup.clone() };
        let run = Run { args, row, setup: &setup, load_seconds };
        match (row.supports)(&Task::of(&origin, args.grain, args.io_points)) {
            Ok(()) => run.generations(&origin, &mut report)?,
            Err(why) if flags.all_strategies() => report.skipped(&run.outcome(&origin, None, Some(why)))?,
            Err(why) => return Err(anyhow::anyhow!("{}: {why}", row.about.id).into()),
        }
    }
    flags.write_trace(&recorder)
}

fn origin(args: &Args) -> Result<Universe, Failure> {
    let Some(name) = &args.pattern else {
        let grid = soup(args.size.1, args.size.0, args.density, args.flags.seed);
        let rule = args.rule.unwrap_or(Rule::LIFE);
        return Ok(match args.topology {
            Some(Topology::Plane) => Universe::plane(rule, Plane::from_grid(&grid, 0, 0)),
            _ => Universe::torus(rule, grid),
        });
    };
    let pattern = pattern(name)?;
    let universe = pattern.universe(args.rule, args.topology);
    universe.map_err(|why| anyhow::anyhow!("--pattern {name}: {why}").into())
}

fn pattern(name: &str) -> Result<Pattern, Failure> {
    let reading = || format!("--pattern {name}");
    let mut bar = Bar::new();
    if name == "-" {
        return Ok(pattern::read(io::stdin().lock(), &mut |share| bar.tell(share)).with_context(reading)?);
    }
    if let Ok(shipped) = shipped::find(name) {
        return Ok(shipped);
    }
    match File::open(name) {
        Ok(file) => Ok(pattern::read(file, &mut |share| bar.tell(share)).with_context(reading)?),
        Err(error) if error.kind() == io::ErrorKind::NotFound && !name.contains(['/', '.']) => {
            let unknown = shipped::find(name).err().map(|error| error.to_string()).unwrap_or_default();
            Err(Failure::Usage(format!("--pattern: {unknown}; and there is no file of this name")))
        }
        Err(error) => Err(anyhow::Error::new(error).context(reading()).into()),
    }
}

/// How far the reading of a large pattern is, on a terminal.
struct Bar {
    begun: Instant,
    drawn: bool,
}

impl Bar {
    fn new() -> Self {
        Self { begun: Instant::now(), drawn: false }
    }

    fn tell(&mut self, share: f64) -> bool {
        if self.begun.elapsed() > Duration::from_millis(200) && io::stderr().is_terminal() {
            let full = (share * 30.0) as usize;
            eprint!("\rreading {}{} {:3.0} %", "█".repeat(full), "░".repeat(30 - full.min(30)), share * 100.0);
            self.drawn = true;
        }
        !Interrupt::watch().token().is_cancelled()
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        if self.drawn {
            eprintln!();
        }
    }
}

fn list_patterns(format: Format) -> Result<(), Failure> {
    #[derive(Serialize)]
    struct Row {
        name: &'static str,
        title: String,
        rule: String,
        author: String,
        line: String,
    }
    let mut rows = Vec::new();
    for (name, _) in shipped::SHIPPED {
        let Pattern { name: title, rule, author, line, .. } = shipped::find(name)?;
        rows.push(Row { name, title, rule: rule.unwrap_or(Rule::LIFE).to_string(), author, line });
    }
    if format == Format::Json {
        return print_json(&rows);
    }
    let mut out = BufWriter::new(io::stdout().lock());
    for Row { name, rule, author, line, .. } in rows {
        writeln!(out, "{name}\t{rule}\t{author}\t{line}")?;
    }
    out.flush()?;
    Ok(())
}

/// One strategy's run.
struct Run<'a> {
    args: &'a Args,
    row: &'static Row,
    setup: &'a Setup,
    load_seconds: f64,
}

impl Run<'_> {
    fn generations(&self, origin: &Arc<Universe>, report: &mut Report<'_>) -> Result<(), Failure> {
        let interrupt = Interrupt::watch();
        let mut stepper = (self.row.make)(self.setup)?;
        let mut now = Arc::clone(origin);
        let mut seconds = 0.0;
        report.begin(&now)?;
        while now.generation < self.args.generations {
            let left = self.args.generations - now.generation;
            let next = self.args.every.map_or(left, |every| (every - now.generation % every).min(left));
            let cancel = interrupt.token().clone();
            let order = self.order(&now, next, cancel);
            let start = Instant::now();
            let advance = stepper.advance(&now, &order);
            seconds += start.elapsed().as_secs_f64();
            interrupt.check()?;
            if let Some(text) = stepper.made_good() {
                eprintln!("fanout: {}: {text}", self.row.about.id);
            }
            if let Some(failed) = advance.failed {
                let generation = advance.universe.generation + 1;
                let strategy = self.row.about.id;
                return Err(anyhow::Error::new(failed).context(format!("{strategy}: generation {generation}")).into());
            }
            now = advance.universe;
            report.reached(self, &now, seconds)?;
        }
        report.end(self, &now, seconds)
    }

    fn order(&self, now: &Universe, generations: u64, cancel: CancellationToken) -> Order {
        let args = self.args;
        let middle = now.space.size().unwrap_or_default();
        let fault = args.fail_at.map(|generation| Fault { generation, y: middle.0 / 2, x: middle.1 / 2 });
        let io = CellIo { points: args.io_points, io: IoDelay::new(args.io_delay) };
        Order { grain: args.grain, io, fault, cancel, ..Order::new(generations) }
    }

    fn outcome(&self, now: &Universe, seconds: Option<f64>, skipped: Option<String>) -> Outcome {
        let (height, width) = size_of(now);
        let cells = now.space.size().map(|(height, width)| height as f64 * width as f64 * now.generation as f64);
        Outcome {
            strategy: self.row.about.id,
            rule: now.rule.to_string(),
            topology: now.topology().name(),
            width,
            height,
            workers: self.setup.workers,
            grain: self.args.grain.name(),
            generation: now.generation,
            population: now.population(),
            seconds,
            load_seconds: seconds.map(|_| self.load_seconds),
            cell_updates_per_second: seconds.filter(|s| *s > 0.0).and_then(|seconds| Some(cells? / seconds)),
            skipped,
        }
    }
}

/// Rows and columns of the torus, or of what lives on the plane.
fn size_of(universe: &Universe) -> (u64, u64) {
    universe.space.bounds().map_or((0, 0), |bounds| (bounds.height(), bounds.width()))
}

/// Cells that are written as text or RLE.
const MOST_WRITTEN: u64 = 1 << 32;

fn write_grid(args: &Args, out: &mut impl Write, universe: &Universe) -> Result<(), Failure> {
    let (height, width) = size_of(universe);
    if height.checked_mul(width).is_none_or(|cells| cells > MOST_WRITTEN) {
        let why = format!("the cells that live are spread over {width} by {height}: that is too much to write");
        return Err(anyhow::anyhow!("{why}; --output json tells the population").into());
    }
    if let Some(Bounds { top, left, .. }) = universe.space.bounds() {
        let grid = universe.space.crop(top, left, height as usize, width as usize);
        let space = universe.space.size().map(|_| format!(":T{width},{height}")).unwrap_or_default();
        match args.format {
            Notation::Text => writeln!(out, "{grid}")?,
            Notation::Rle => pattern::write_rle(&grid, &format!("{}{space}", universe.rule), out)?,
        }
    }
    out.flush()?;
    Ok(())
}

/// A generation under its number, and an empty line.
fn write_frame(args: &Args, now: &Universe) -> Result<(), Failure> {
    let mut out = BufWriter::new(io::stdout().lock());
    writeln!(out, "Generation {}:", now.generation)?;
    write_grid(args, &mut out, now)?;
    writeln!(out)?;
    out.flush()?;
    Ok(())
}

/// Where results go, in the format asked for.
struct Report<'a> {
    args: &'a Args,
    header: bool,
}

impl Report<'_> {
    fn is_human(&self) -> bool {
        self.args.flags.output == Format::Human
    }

    fn begin(&self, now: &Universe) -> Result<(), Failure> {
        if self.is_human() && self.args.every.is_some() { write_frame(self.args, now) } else { Ok(()) }
    }

    fn reached(&mut self, run: &Run<'_>, now: &Universe, seconds: f64) -> Result<(), Failure> {
        if self.args.every.is_none() {
            return Ok(());
        }
        if self.is_human() { write_frame(self.args, now) } else { self.line(&run.outcome(now, Some(seconds), None)) }
    }

    fn end(&mut self, run: &Run<'_>, now: &Universe, seconds: f64) -> Result<(), Failure> {
        if self.is_human() {
            if self.args.every.is_none() {
                write_grid(self.args, &mut BufWriter::new(io::stdout().lock()), now)?;
            }
            let (number, unit) = crate::ui::figures::duration(seconds);
            eprintln!("{}: generation {} in {number} {unit}", run.row.about.id, now.generation);
            return Ok(());
        }
        if self.args.every.is_none() || self.args.generations == 0 {
            self.line(&run.outcome(now, Some(seconds), None))?;
        }
        Ok(())
    }

    fn skipped(&mut self, outcome: &Outcome) -> Result<(), Failure> {
        match (&outcome.skipped, self.is_human()) {
            (Some(why), true) => {
                eprintln!("{}: skipped: {why}", outcome.strategy);
                Ok(())
            }
            _ => self.line(outcome),
        }
    }

    fn line(&mut self, outcome: &Outcome) -> Result<(), Failure> {
        let format = self.args.flags.output;
        if format == Format::Json {
            return print_json(outcome);
        }
        let (names, values): (Vec<_>, Vec<_>) = outcome.fields(format).into_iter().unzip();
        let mut out = io::stdout().lock();
        let row = |cells: &[String]| match format {
            Format::Markdown => format!("| {} |", cells.join(" | ")),
            _ => cells.join(","),
        };
        if !std::mem::replace(&mut self.header, true) {
            writeln!(out, "{}", row(&names))?;
            if format == Format::Markdown {
                writeln!(out, "{}", row(&vec!["---".to_owned(); names.len()]))?;
            }
        }
        writeln!(out, "{}", row(&values))?;
        Ok(())
    }
}
