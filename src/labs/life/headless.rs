//! `fanout life`: the lab without a screen.

use std::io::{self, BufWriter, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use serde::Serialize;

use super::SEED_GLIDER;
use super::order::Order;
use super::part::Grain;
use super::rule::Rule;
use super::soup::soup;
use super::strategies::{Row, STRATEGIES, Task};
use super::universe::{Space, Universe};
use crate::labs::headless::{Failure, Flags, Format, Interrupt, list_strategies, print_json};
use crate::runtime::strategy::Setup;

/// Step generations of the Game of Life under a strategy.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    flags: Flags,
    /// A pattern to begin with instead of a random soup: seed-glider.
    #[arg(long, value_name = "NAME", conflicts_with_all = ["size", "density"])]
    pattern: Option<String>,
    /// Columns and rows of the random soup.
    #[arg(long, value_name = "WIDTHxHEIGHT", default_value = "64x64", value_parser = size)]
    size: (usize, usize),
    /// The share of living cells in the soup.
    #[arg(long, value_name = "SHARE", default_value_t = 0.5, value_parser = density)]
    density: f64,
    /// The rule, as birth and survival.
    #[arg(long, value_name = "RULE", default_value_t = Rule::LIFE)]
    rule: Rule,
    /// How many generations to make.
    #[arg(long, value_name = "N", default_value_t = 1)]
    generations: u64,
    /// Show every N-th generation, the first and the last included.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    every: Option<u64>,
    /// How much of the grid one task takes.
    #[arg(long, value_enum, default_value_t = Grain::Cell)]
    grain: Grain,
    /// Only print the grid to begin with.
    #[arg(long)]
    generate_only: bool,
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
    width: usize,
    height: usize,
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
    let rows = flags.chosen(STRATEGIES, "serial")?;
    flags.limit_cores()?;
    let begin = Instant::now();
    let origin = Arc::new(origin(args)?);
    let load_seconds = begin.elapsed().as_secs_f64();
    if args.generate_only {
        let mut out = BufWriter::new(io::stdout().lock());
        return write_grid(&mut out, &origin);
    }
    let executable = std::env::current_exe().unwrap_or_else(|_| PathBuf::new());
    let setup = Setup::headless(flags.workers(), executable);
    let mut report = Report { args, header: false };
    for row in rows {
        let run = Run { args, row, setup: &setup, load_seconds };
        match (row.supports)(&Task::of(&origin, args.grain, 0)) {
            Ok(()) => run.generations(&origin, &mut report)?,
            Err(why) if flags.all_strategies() => report.skipped(&run.outcome(&origin, None, Some(why)))?,
            Err(why) => return Err(anyhow::anyhow!("{}: {why}", row.about.id).into()),
        }
    }
    Ok(())
}

fn origin(args: &Args) -> Result<Universe, Failure> {
    let grid = match args.pattern.as_deref() {
        Some("seed-glider") => SEED_GLIDER.parse()?,
        Some(name) => {
            return Err(Failure::Usage(format!("--pattern: unknown pattern {name:?}; there is: seed-glider")));
        }
        None => soup(args.size.1, args.size.0, args.density, args.flags.seed),
    };
    Ok(Universe::torus(args.rule, grid))
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
            let order = Order { grain: self.args.grain, cancel, ..Order::new(next) };
            let start = Instant::now();
            let advance = stepper.advance(&now, &order);
            seconds += start.elapsed().as_secs_f64();
            interrupt.check()?;
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

    fn outcome(&self, now: &Universe, seconds: Option<f64>, skipped: Option<String>) -> Outcome {
        let Space::Torus(grid) = &now.space;
        let cells = grid.cells() as f64 * now.generation as f64;
        Outcome {
            strategy: self.row.about.id,
            rule: now.rule.to_string(),
            topology: "torus",
            width: grid.width(),
            height: grid.height(),
            workers: self.setup.workers,
            grain: self.args.grain.name(),
            generation: now.generation,
            population: now.population(),
            seconds,
            load_seconds: seconds.map(|_| self.load_seconds),
            cell_updates_per_second: seconds.filter(|s| *s > 0.0).map(|seconds| cells / seconds),
            skipped,
        }
    }
}

fn write_grid(out: &mut impl Write, universe: &Universe) -> Result<(), Failure> {
    let Space::Torus(grid) = &universe.space;
    writeln!(out, "{grid}")?;
    out.flush()?;
    Ok(())
}

/// A generation under its number, and an empty line.
fn write_frame(now: &Universe) -> Result<(), Failure> {
    let mut out = BufWriter::new(io::stdout().lock());
    writeln!(out, "Generation {}:", now.generation)?;
    write_grid(&mut out, now)?;
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
        if self.is_human() && self.args.every.is_some() { write_frame(now) } else { Ok(()) }
    }

    fn reached(&mut self, run: &Run<'_>, now: &Universe, seconds: f64) -> Result<(), Failure> {
        if self.args.every.is_none() {
            return Ok(());
        }
        if self.is_human() { write_frame(now) } else { self.line(&run.outcome(now, Some(seconds), None)) }
    }

    fn end(&mut self, run: &Run<'_>, now: &Universe, seconds: f64) -> Result<(), Failure> {
        if self.is_human() {
            if self.args.every.is_none() {
                write_grid(&mut BufWriter::new(io::stdout().lock()), now)?;
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
