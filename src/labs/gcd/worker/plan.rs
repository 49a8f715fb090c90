//! What the worker plans: which strategies run, how often, under what conditions, one after the other.

use super::Worker;
use crate::labs::gcd::book::Conditions;
use crate::labs::gcd::runner::Step;
use crate::labs::gcd::strategies::{STRATEGIES, is_quick};
use crate::runtime::cores;

impl Worker {
    /// The strategies that can take the workload, in order.
    pub(super) fn supported(&self) -> Vec<usize> {
        (0..STRATEGIES.len()).filter(|index| (STRATEGIES[*index].supports)(&self.workload).is_ok()).collect()
    }

    /// One run of each strategy that is quick enough: a first look.
    pub(super) fn plan_round(&mut self, warm_up: bool) {
        let conditions = self.conditions;
        let quick = self.supported().into_iter().filter(|index| is_quick(&STRATEGIES[*index]));
        self.plan.extend(quick.map(|strategy| Step { strategy, conditions, warm_up }));
    }

    /// Ends what runs and plans `runs` of each of these, round-robin, so that a machine that slows down slows all. More than
    /// one run is preceded by a warm-up.
    pub(super) fn replan(&mut self, strategies: &[usize], runs: usize) {
        self.stop();
        let conditions = self.conditions;
        let warm_ups = usize::from(runs > 1);
        for round in 0..warm_ups + runs {
            let warm_up = round < warm_ups;
            self.plan.extend(strategies.iter().map(|strategy| Step { strategy: *strategy, conditions, warm_up }));
        }
    }

    /// Runs the chosen strategy once, and before it serial if it is still to be measured under these conditions.
    pub(super) fn replan_missing(&mut self) {
        let mut strategies = vec![self.chosen];
        if self.chosen != 0 && self.book.measured(self.conditions, 0).is_none() {
            strategies.insert(0, 0);
        }
        self.replan(&strategies, 1);
    }

    /// Serial once, then the chosen strategy with 1, 2, 4 … workers, to twice the cores.
    pub(super) fn plan_scaling(&mut self) {
        self.stop();
        let most = (2 * cores::available()).max(4);
        let counts = std::iter::successors(Some(1), |n| Some(n * 2)).take_while(|n| *n <= most);
        let step = |strategy, workers| Step {
            strategy,
            conditions: Conditions { workers, ..self.conditions },
            warm_up: false,
        };
        let steps: Vec<Step> =
            std::iter::once(step(0, 1)).chain(counts.map(|workers| step(self.chosen, workers))).collect();
        self.plan.extend(steps);
    }
}
