//! The results of this session: what each strategy measured on each workload with each number of workers.

use std::collections::{HashMap, VecDeque};

use super::measure::Measured;
use super::run::{Chunking, Outcome};
use super::task::Answer;
use super::workload::BuiltIn;
use crate::runtime::load::Others;
use crate::runtime::stats::speedup;

/// Runs that the history keeps.
const HISTORY: usize = 200;

/// What was measured under the same conditions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Conditions {
    /// What was computed.
    pub workload: BuiltIn,
    /// How many could work at once.
    pub workers: usize,
    /// How it was dealt out.
    pub chunking: Chunking,
    /// The only cores that could be used, where there was such a limit.
    pub cores: Option<usize>,
}

/// One run of the history.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Past {
    /// Index in the table of strategies.
    pub strategy: usize,
    /// Under what conditions.
    pub conditions: Conditions,
    /// How long it took.
    pub seconds: f64,
    /// Others used the machine meanwhile.
    pub contended: bool,
}

/// Measurements by condition and strategy, and the runs in their order.
#[derive(Debug, Default)]
pub struct Book {
    measured: HashMap<(Conditions, usize), Measured>,
    history: VecDeque<Past>,
}

impl Book {
    /// Takes in a run.
    pub fn add(&mut self, conditions: Conditions, strategy: usize, outcome: Outcome, others: Option<Others>) {
        let seconds = outcome.elapsed.as_secs_f64();
        let contended = others.is_some_and(|others| others.contended);
        if self.history.len() == HISTORY {
            self.history.pop_front();
        }
        self.history.push_back(Past { strategy, conditions, seconds, contended });
        self.measured.entry((conditions, strategy)).or_default().add(outcome, others);
    }

    /// What a strategy measured under these conditions.
    pub fn measured(&self, conditions: Conditions, strategy: usize) -> Option<&Measured> {
        self.measured.get(&(conditions, strategy))
    }

    /// The runs, the newest last.
    pub fn history(&self) -> impl DoubleEndedIterator<Item = &Past> {
        self.history.iter()
    }

    /// How many times as fast as serial, under the same conditions.
    pub fn speedup(&self, conditions: Conditions, strategy: usize) -> Option<f64> {
        let baseline = self.measured(conditions, 0)?;
        speedup(&baseline.samples, &self.measured(conditions, strategy)?.samples)
    }

    /// Speedup by number of workers, for those that were measured, in order. The serial time of any of them is the baseline:
    /// it has no use for workers.
    pub fn scaling(&self, conditions: Conditions, strategy: usize) -> Vec<(usize, f64)> {
        let with = |workers| Conditions { workers, ..conditions };
        let counts: Vec<usize> =
            (1..=crate::labs::common::MOST_WORKERS).filter(|n| self.measured(with(*n), strategy).is_some()).collect();
        let serial = (1..=crate::labs::common::MOST_WORKERS).find_map(|n| self.measured(with(n), 0));
        let Some(serial) = serial else { return vec![] };
        let point = |n: usize| Some((n, speedup(&serial.samples, &self.measured(with(n), strategy)?.samples)?));
        counts.into_iter().filter_map(point).collect()
    }

    /// The answers to a workload that the first strategy to finish it gave, whatever the conditions, and whether all agree.
    pub fn answers(&self, workload: BuiltIn) -> Option<(&[Answer], bool)> {
        let mut of_workload: Vec<_> = self.measured.iter().filter(|((at, _), _)| at.workload == workload).collect();
        of_workload.sort_by_key(|((at, strategy), _)| (*strategy, at.workers));
        let (_, first) = of_workload.first()?;
        Some((&first.answers, of_workload.iter().all(|(_, measured)| measured.answers == first.answers)))
    }
}

/// The share of the work that runs in parallel, as Amdahl's law makes it of measured speedups: of all shares p, the one whose
/// 1 / ((1 - p) + p / n) comes nearest in the sense of least squares of the times. None without a point beyond one worker.
///
/// G. Amdahl, "Validity of the single processor approach to achieving large scale computing capabilities", 1967.
pub fn amdahl(points: &[(usize, f64)]) -> Option<f64> {
    let (mut above, mut below) = (0.0, 0.0);
    for (workers, speedup) in points.iter().filter(|(workers, speedup)| *workers > 1 && *speedup > 0.0) {
        let (saved, share) = (1.0 - 1.0 / speedup, 1.0 - 1.0 / *workers as f64);
        above += saved * share;
        below += share * share;
    }
    (below > 0.0).then(|| (above / below).clamp(0.0, 1.0))
}

/// The speedup that Amdahl's law allows for this parallel share.
pub fn amdahl_speedup(share: f64, workers: f64) -> f64 {
    1.0 / ((1.0 - share) + share / workers)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn book() -> Book {
        let mut book = Book::default();
        for (strategy, workers, milliseconds, divisor) in [(0, 1, 100, 6), (1, 1, 100, 6), (1, 2, 50, 6), (1, 4, 50, 7)]
        {
            let conditions = Conditions { workload: BuiltIn::Seed, workers, chunking: Chunking::Dynamic, cores: None };
            let outcome = Outcome {
                elapsed: Duration::from_millis(milliseconds),
                answers: vec![Answer::Gcd(divisor)],
                ..Outcome::default()
            };
            book.add(conditions, strategy, outcome, None);
        }
        book
    }

    #[test]
    fn results_are_kept_by_their_conditions() {
        let book = book();
        let at = |workers| Conditions { workload: BuiltIn::Seed, workers, chunking: Chunking::Dynamic, cores: None };
        assert_eq!(book.speedup(at(1), 1), Some(1.0));
        assert_eq!(book.speedup(at(2), 1), None, "serial was not measured with two workers");
        assert_eq!(book.scaling(at(1), 1), [(1, 1.0), (2, 2.0), (4, 2.0)]);
        assert_eq!(book.answers(BuiltIn::Seed), Some((&[Answer::Gcd(6)][..], false)));
        assert_eq!(book.answers(BuiltIn::Workshop), None);
        assert_eq!(book.history().next_back().unwrap().conditions, at(4));
    }

    #[test]
    fn amdahls_share_is_found_again_in_what_it_predicts() {
        for share in [0.0, 0.5, 0.9, 1.0] {
            let points: Vec<_> = [1, 2, 4, 8].map(|n| (n, amdahl_speedup(share, n as f64))).into();
            assert!((amdahl(&points).unwrap() - share).abs() < 1e-9);
        }
        assert_eq!(amdahl(&[(1, 1.0)]), None);
    }
}
