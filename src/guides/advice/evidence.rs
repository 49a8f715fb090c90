//! What is measured behind the tree: for each topic a few findings, each beside what the seed says.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Serialize;

use super::speedup::{self, Speedup};
use super::tree::SEED_THRESHOLD;
use crate::labs::costs::limits::Limits;
use crate::labs::costs::order::{Order, Value, What};
use crate::labs::costs::plan::WAITING_POOL;
use crate::labs::costs::probe;
use crate::runtime::alone::{self, AloneError};
use crate::runtime::control::Control;

/// Something that can be measured to support an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Topic {
    /// From how many waits at once coroutines are faster than a pool with a thread for each.
    Crossover,
    /// Ten thousand waits of a millisecond, in a pool of ten and as coroutines.
    TenThousandWaits,
    /// Memory of a thread that waits.
    ThreadMemory,
    /// Memory of a coroutine that waits.
    CoroutineMemory,
    /// The time to start a thread and join it.
    ThreadStart,
    /// The time to start a parallel task and see it end.
    TaskStart,
    /// Threads that may safely be alive at once.
    MostThreads,
    /// How long a job must be for the way to a worker process not to matter.
    JobLength,
    /// How many times as fast as serial a strategy of the GCD lab is.
    Speedup(&'static str),
}

/// A claim with its number.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Finding {
    /// What the number says.
    pub claim: String,
    /// The number; null when it could not be measured undisturbed.
    pub value: Option<f64>,
    /// Its unit.
    pub unit: &'static str,
    /// Whether it is the seed's and not this machine's.
    #[serde(skip)]
    pub of_seed: bool,
}

/// What was found so far, by topic; an error in words where measuring failed.
pub type Board = BTreeMap<Topic, Result<Vec<Finding>, String>>;

/// Where and how to measure.
#[derive(Debug, Clone)]
pub struct Bench {
    /// This program.
    pub executable: PathBuf,
    /// Workers of pools.
    pub workers: usize,
    /// Stops it.
    pub control: Control,
}

/// Counts at which pools and coroutines are compared to find where they cross.
const LADDER: [usize; 6] = [10, 30, 100, 300, 1000, 3000];

/// Units alive at once when their memory is read.
const ALIVE: usize = 1000;

/// A job is long enough when its way there and back is under a twentieth of it.
const SMALL_PART: f64 = 20.0;

/// Times that a disturbed measurement is tried.
const TRIES: usize = 3;

/// A measured number, and whether others disturbed it.
#[derive(Debug, Clone, Copy)]
struct Measured {
    value: f64,
    contended: bool,
}

impl Topic {
    /// What it is about, while it is measured.
    pub fn words(self) -> String {
        match self {
            Self::Crossover => "where coroutines overtake a pool".to_owned(),
            Self::TenThousandWaits => "10,000 waits of 1 ms".to_owned(),
            Self::ThreadMemory => "a thread's memory".to_owned(),
            Self::CoroutineMemory => "a coroutine's memory".to_owned(),
            Self::ThreadStart => "a thread's start".to_owned(),
            Self::TaskStart => "a parallel task's start".to_owned(),
            Self::MostThreads => "threads at once".to_owned(),
            Self::JobLength => "the way to a process and back".to_owned(),
            Self::Speedup(strategy) => format!("{strategy} against serial"),
        }
    }

    /// Measures it. The error is the person's: a measurement that was stopped, or failed.
    pub fn measure(self, bench: &Bench) -> Result<Vec<Finding>, AloneError> {
        Ok(match self {
            Self::Crossover => vec![
                bench.crossover()?,
                seed("the seed's threshold between a pool and coroutines", SEED_THRESHOLD as f64, "operations at once"),
            ],
            Self::TenThousandWaits => {
                let waits = What::Waits { count: 10_000 };
                let pool = bench.seconds("pool-job", waits, WAITING_POOL)?;
                let coroutines = bench.seconds("coroutine", waits, 1)?;
                vec![
                    finding(format!("10,000 waits of 1 ms in a pool of {WAITING_POOL}"), pool.times(1e3), "ms"),
                    finding("10,000 waits of 1 ms as coroutines", coroutines.times(1e3), "ms"),
                ]
            }
            Self::ThreadMemory => vec![
                bench.memory("thread", "memory of a thread that waits")?,
                seed("the seed's memory of a thread, about", 1e6, "bytes"),
            ],
            Self::CoroutineMemory => vec![
                bench.memory("coroutine", "memory of a coroutine that waits")?,
                seed("the seed's memory of a coroutine, less than", 1000.0, "bytes"),
            ],
            Self::ThreadStart => {
                let start = bench.seconds("thread", What::Start { count: ALIVE }, 1)?;
                vec![finding("to start a thread and join it", start.times(1e6), "µs")]
            }
            Self::TaskStart => {
                let start = bench.seconds("parallel-task", What::Start { count: 10_000 }, bench.workers)?;
                vec![finding("to start a parallel task and see it end", start.times(1e6), "µs")]
            }
            Self::MostThreads => vec![
                finding(
                    "threads that may safely be alive at once here",
                    Measured { value: Limits::read().threads(0).most as f64, contended: false },
                    "threads",
                ),
                seed("the seed's most threads at once: hundreds, so less than", 1000.0, "threads"),
            ],
            Self::JobLength => {
                let round_trip = bench.seconds("process-job", What::Switch, 1)?;
                vec![
                    finding("the way of a small job to a worker process and back", round_trip.times(1e6), "µs"),
                    finding(
                        "a job loses less than 5 % on that way when it takes at least",
                        round_trip.times(SMALL_PART * 1e3),
                        "ms",
                    ),
                ]
            }
            Self::Speedup(strategy) => {
                let mut findings = vec![bench.speedup(strategy)?];
                findings.extend(seeds_speedup(strategy));
                findings
            }
        })
    }
}

/// The seed's own figure for an approach (item 64), where it has one.
fn seeds_speedup(strategy: &str) -> Option<Finding> {
    match strategy {
        "threads" => Some(seed("the seed's speedup of threads, under the interpreter lock", 1.0, "times serial")),
        "processes" => Some(seed("the seed's speedup of processes, about", 2.0, "times serial")),
        "native" => Some(seed("the seed's speedup of a C extension, at least", 5.0, "times serial")),
        _ => None,
    }
}

impl Measured {
    fn times(self, factor: f64) -> Self {
        Self { value: self.value * factor, ..self }
    }
}

/// A finding of this machine, rounded to three figures. One that others disturbed is not quoted.
fn finding(claim: impl Into<String>, measured: Measured, unit: &'static str) -> Finding {
    let claim = claim.into();
    if measured.contended {
        let claim = format!("{claim} (others used the machine: measure again)");
        return Finding { claim, value: None, unit, of_seed: false };
    }
    Finding { claim, value: Some(three_figures(measured.value)), unit, of_seed: false }
}

fn seed(claim: &str, value: f64, unit: &'static str) -> Finding {
    Finding { claim: claim.to_owned(), value: Some(value), unit, of_seed: true }
}

fn three_figures(value: f64) -> f64 {
    if value == 0.0 || !value.is_finite() {
        return value;
    }
    let scale = 10_f64.powi(2 - value.abs().log10().floor() as i32);
    (value * scale).round() / scale
}

/// Measures again while others disturb, a few times at most.
fn undisturbed(mut measure: impl FnMut() -> Result<Measured, AloneError>) -> Result<Measured, AloneError> {
    let mut measured = measure()?;
    for _ in 1..TRIES {
        if !measured.contended {
            break;
        }
        measured = measure()?;
    }
    Ok(measured)
}

impl Bench {
    fn probe(&self, unit: &str, what: What, workers: usize) -> Result<(Value, bool), AloneError> {
        let order = Order { unit: unit.to_owned(), what, workers, executable: self.executable.clone() };
        let found = probe::measure(&order, &self.control, &|_| ()).map_err(|error| error.source)?;
        Ok((found.value, found.contended.is_some()))
    }

    fn seconds(&self, unit: &str, what: What, workers: usize) -> Result<Measured, AloneError> {
        undisturbed(|| {
            let (value, contended) = self.probe(unit, what, workers)?;
            let value = if let Value::Seconds(seconds) = value { seconds } else { f64::NAN };
            Ok(Measured { value, contended })
        })
    }

    fn memory(&self, unit: &str, claim: &str) -> Result<Finding, AloneError> {
        let what = What::Alive { count: ALIVE, deep: false };
        // Others change how long it takes, and not how much memory it is.
        let (value, _) = self.probe(unit, what, self.workers)?;
        let bytes = if let Value::Alive(alive) = value { alive.bytes } else { None };
        Ok(Finding { claim: claim.to_owned(), value: bytes.map(three_figures), unit: "bytes", of_seed: false })
    }

    fn speedup(&self, strategy: &str) -> Result<Finding, AloneError> {
        let order = speedup::Order {
            strategy: strategy.to_owned(),
            workers: self.workers,
            executable: self.executable.clone(),
        };
        let measured = undisturbed(|| {
            let Speedup { times, contended } =
                alone::run(&self.executable, speedup::JOB, &order, &self.control, &|_| ())?;
            Ok(Measured { value: times, contended })
        })?;
        let with = if matches!(strategy, "native" | "euclid") { 1 } else { self.workers };
        let plural = if with == 1 { "" } else { "s" };
        Ok(finding(format!("speedup of {strategy} with {with} worker{plural}"), measured, "times serial"))
    }

    /// The number of waits of 1 ms at once from which coroutines are done sooner than a pool that has a thread for each.
    fn crossover(&self) -> Result<Finding, AloneError> {
        let most = Limits::read().threads(0).most;
        let (mut points, mut contended) = (Vec::new(), false);
        for count in LADDER.into_iter().filter(|count| *count <= most) {
            let what = What::Waits { count };
            let pool = self.seconds("pool-job", what, count)?;
            let coroutines = self.seconds("coroutine", what, 1)?;
            contended |= pool.contended || coroutines.contended;
            points.push((count as f64, pool.value / coroutines.value));
        }
        let claim = "coroutines overtake a pool with a thread for each wait at";
        let unit = "waits at once";
        Ok(match crossing(&points) {
            Some(value) => finding(claim, Measured { value, contended }, unit),
            None => Finding {
                claim: format!("coroutines did not overtake a pool with a thread for each of up to {most} waits"),
                value: None,
                unit,
                of_seed: false,
            },
        })
    }
}

/// Where the second thing overtakes the first for good: `points` are counts, and times of the first over times of the second.
/// Between two points the ratio is taken to follow a power of the count.
fn crossing(points: &[(f64, f64)]) -> Option<f64> {
    let overtaken = points.iter().rposition(|(_, ratio)| *ratio < 1.0).map_or(0, |last| last + 1);
    let (count, ratio) = *points.get(overtaken)?;
    let Some((before, ratio_before)) = overtaken.checked_sub(1).map(|place| points[place]) else { return Some(count) };
    let part = ratio_before.ln() / (ratio_before.ln() - ratio.ln());
    Some(before * (count / before).powf(part))
}

/// The threshold between few and many that was measured, if it was.
pub fn threshold(board: &Board) -> Option<usize> {
    let findings = board.get(&Topic::Crossover)?.as_ref().ok()?;
    findings.iter().find(|finding| !finding.of_seed)?.value.map(|value| value.round() as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_crossing_lies_where_the_ratio_is_one() {
        let near = |points: &[(f64, f64)], wanted: f64| {
            let found = crossing(points).unwrap();
            assert!((found / wanted - 1.0).abs() < 1e-9, "{found} {wanted}");
        };
        near(&[(10.0, 0.1), (100.0, 1.0), (1000.0, 10.0)], 100.0);
        near(&[(10.0, 0.5), (1000.0, 2.0)], 100.0);
        near(&[(10.0, 1.5), (100.0, 3.0)], 10.0);
        near(&[(10.0, 1.5), (100.0, 0.5), (1000.0, 2.0)], 100.0 * 10_f64.powf(0.5));
        assert_eq!(crossing(&[(10.0, 0.5), (100.0, 0.9)]), None);
        assert_eq!(crossing(&[]), None);
    }

    #[test]
    fn a_disturbed_number_is_not_quoted() {
        let quiet = finding("to start", Measured { value: 59.0824, contended: false }, "µs");
        assert_eq!((quiet.value, quiet.claim.as_str()), (Some(59.1), "to start"));
        let disturbed = finding("to start", Measured { value: 59.0824, contended: true }, "µs");
        assert_eq!(disturbed.value, None);
        assert!(disturbed.claim.contains("measure again"));
        let figures = [0.0, 16_311.0, 1.956, 0.001_234].map(|value| three_figures(value).to_string());
        assert_eq!(figures, ["0", "16300", "1.96", "0.00123"]);
    }

    #[test]
    fn the_threshold_is_the_measured_one() {
        let mut board = Board::new();
        assert_eq!(threshold(&board), None);
        let measured = finding("overtake", Measured { value: 141.7, contended: false }, "waits at once");
        board.insert(Topic::Crossover, Ok(vec![measured, seed("the seed's", 100.0, "operations at once")]));
        assert_eq!(threshold(&board), Some(142));
        board.insert(Topic::Crossover, Err("no".to_owned()));
        assert_eq!(threshold(&board), None);
    }
}
