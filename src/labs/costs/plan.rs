//! Which probes make a whole measurement, in which order.

use super::order::What;

/// Counts that are measured when none are asked for.
pub const COUNTS: [usize; 4] = [100, 1000, 10_000, 100_000];

/// Waits of a millisecond that pool jobs and coroutines are compared by (item 60).
pub const WAITS: usize = 10_000;

/// Threads of the pool that waits are compared with: the seed's `max_workers`.
pub const WAITING_POOL: usize = 10;

/// Units that are measured deep too, and how many of them.
const DEEP: [&str; 2] = ["thread", "coroutine"];

/// How many are alive when each holds memory of its own.
pub const DEEP_COUNT: usize = 1000;

/// Units whose waits are compared.
const WAITING: [&str; 2] = ["pool-job", "coroutine"];

/// One probe of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// The unit's name.
    pub unit: &'static str,
    /// What is measured of it.
    pub what: What,
}

/// Times that starts and switches are measured. They go round over all units, so that a machine that slows down slows all.
pub const ROUNDS: usize = 5;

/// The probes that measure these units at these counts: all of them, unit by unit, then starts and switches once more for
/// each further round. Memory does not depend on what else goes on, and ten thousand waits are many rounds in themselves.
pub fn steps(units: &[&'static str], counts: &[usize]) -> Vec<Step> {
    let all = of_units(units, counts);
    let again: Vec<Step> = all.iter().copied().filter(|step| step.is_repeated()).collect();
    all.into_iter().chain(std::iter::repeat_n(again, ROUNDS - 1).flatten()).collect()
}

fn of_units(units: &[&'static str], counts: &[usize]) -> Vec<Step> {
    let mut steps = Vec::new();
    for &unit in units {
        let mut add = |what| steps.push(Step { unit, what });
        add(What::Switch);
        for &count in counts {
            add(What::Start { count });
            add(What::Alive { count, deep: false });
        }
        if DEEP.contains(&unit) {
            add(What::Alive { count: DEEP_COUNT, deep: true });
        }
        if WAITING.contains(&unit) {
            add(What::Waits { count: WAITS });
        }
    }
    steps
}

impl Step {
    fn is_repeated(self) -> bool {
        matches!(self.what, What::Start { .. } | What::Switch)
    }

    /// Workers that the unit's pool has in this probe.
    pub fn workers(self, workers: usize) -> usize {
        if matches!(self.what, What::Waits { .. }) { WAITING_POOL } else { workers }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_reads_memory_once_and_measures_starts_and_switches_in_rounds() {
        let steps = steps(&["thread", "process"], &[100, 1000]);
        let often = |wanted: &Step| steps.iter().filter(|step| *step == wanted).count();
        for step in &steps {
            assert_eq!(often(step), if step.is_repeated() { ROUNDS } else { 1 }, "{step:?}");
        }
        assert_eq!(steps.len(), 5 + ROUNDS * 6);
        let waits = Step { unit: "pool-job", what: What::Waits { count: WAITS } };
        assert_eq!((waits.workers(2), steps[0].workers(2)), (10, 2));
    }
}
