//! What repeated runs of one strategy have shown.

use std::time::Duration;

use super::run::Outcome;
use super::task::Answer;
use crate::runtime::load::Others;
use crate::runtime::process_pool::StageTimes;
use crate::runtime::stats::Samples;

/// Measurements of one strategy on one workload.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Measured {
    /// The measured times, in the order of the runs, in seconds.
    pub runs: Vec<f64>,
    /// The same, sorted.
    pub samples: Samples,
    /// In one of the runs others used the machine too.
    pub contended: bool,
    /// The answers of the last run.
    pub answers: Vec<Answer>,
    /// Time in the stages of the process pool, of all runs together, if there was one.
    pub stages: Option<StageTimes>,
    /// Worker processes that were lost and replaced, in all runs together.
    pub workers_replaced: usize,
    /// Turns taken with the simulated interpreter lock in the last run, if there was one.
    pub lock_turns: Option<u64>,
    /// The longest that a timer was kept waiting by the event loop, if there was one.
    pub loop_lag: Option<Duration>,
}

impl Measured {
    /// Takes in a run, and what others used of the machine meanwhile, where that is known.
    pub fn add(&mut self, outcome: Outcome, others: Option<Others>) {
        self.runs.push(outcome.elapsed.as_secs_f64());
        self.samples.add_duration(outcome.elapsed);
        self.contended |= others.is_some_and(|others| others.contended);
        if let Some(stages) = outcome.stages {
            self.stages.get_or_insert_default().merge(&stages);
        }
        self.workers_replaced += outcome.workers_replaced;
        self.loop_lag = self.loop_lag.max(outcome.loop_lag);
        self.lock_turns = outcome.lock_turns;
        self.answers = outcome.answers;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_kept_in_order_and_one_contended_run_marks_all() {
        let mut measured = Measured::default();
        for (milliseconds, contended) in [(30, false), (10, true), (20, false)] {
            let outcome =
                Outcome { elapsed: Duration::from_millis(milliseconds), workers_replaced: 1, ..Outcome::default() };
            measured.add(outcome, Some(Others { share: 0.1, contended }));
        }
        assert_eq!(measured.runs, [0.03, 0.01, 0.02]);
        assert_eq!((measured.samples.median(), measured.contended, measured.workers_replaced), (Some(0.02), true, 3));
    }
}
