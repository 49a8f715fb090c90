//! How many lines a second came lately, in steps of half a second.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// The time that one bar of a sparkline stands for.
pub const STEP: Duration = Duration::from_millis(500);

/// Steps that are remembered.
const STEPS: usize = 48;

/// Counts by step, the newest last.
#[derive(Debug, Clone, Default)]
pub struct Rate {
    /// Complete steps.
    steps: VecDeque<u64>,
    /// The step that is under way.
    now: u64,
}

/// When steps end, for all rates at once: a clock that runs only while there is something to see.
#[derive(Debug, Default)]
pub struct Steps {
    next: Option<Instant>,
}

impl Rate {
    /// So many lines came.
    pub fn add(&mut self, lines: u64) {
        self.now += lines;
    }

    /// A step has ended.
    fn step(&mut self) {
        if self.steps.len() == STEPS {
            self.steps.pop_front();
        }
        self.steps.push_back(std::mem::take(&mut self.now));
    }

    /// Whether nothing came within what is remembered.
    fn is_still(&self) -> bool {
        self.now == 0 && self.steps.iter().all(|step| *step == 0)
    }

    /// Lines a second in the last two complete steps.
    pub fn per_second(&self) -> f64 {
        let lately = self.steps.iter().rev().take(2);
        let (steps, lines) = lately.fold((0, 0), |(steps, lines), step| (steps + 1, lines + step));
        if steps == 0 { 0.0 } else { lines as f64 / (f64::from(steps) * STEP.as_secs_f64()) }
    }

    /// Lines a second in each remembered step, oldest first.
    pub fn recent(&self) -> Vec<f64> {
        self.steps.iter().map(|lines| *lines as f64 / STEP.as_secs_f64()).collect()
    }
}

impl Steps {
    /// Lines came: the clock runs.
    pub fn wind(&mut self, now: Instant) {
        self.next.get_or_insert(now + STEP);
    }

    /// When the step under way ends; none while the clock stands.
    pub fn due(&self) -> Option<Instant> {
        self.next
    }

    /// Ends the step, if its time has come, and says whether any rate looks different now. The clock stops once all rates
    /// are still.
    pub fn tick<'a>(&mut self, now: Instant, rates: impl Iterator<Item = &'a mut Rate>) -> Option<bool> {
        let next = self.next.filter(|next| now >= *next)?;
        let (mut moved, mut still) = (false, true);
        for rate in rates {
            moved |= !rate.is_still();
            rate.step();
            still &= rate.is_still();
        }
        // After a pause of the whole program the missed steps are not made up for.
        self.next = (!still).then_some((next + STEP).max(now));
        Some(moved)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_runs_until_all_is_still() {
        let (mut rate, mut steps, start) = (Rate::default(), Steps::default(), Instant::now());
        assert_eq!(steps.due(), None);
        rate.add(10);
        steps.wind(start);
        assert_eq!(steps.tick(start, std::iter::once(&mut rate)), None);
        assert_eq!(steps.tick(start + STEP, std::iter::once(&mut rate)), Some(true));
        assert!((rate.per_second() - 20.0).abs() < 1e-9);
        for n in 2..=STEPS as u32 {
            assert_eq!(steps.tick(start + STEP * n, std::iter::once(&mut rate)), Some(true));
        }
        assert_eq!(rate.recent()[..2], [20.0, 0.0]);
        let end = start + STEP * (STEPS as u32 + 1);
        assert_eq!(steps.tick(end, std::iter::once(&mut rate)), Some(true), "the last bar has left");
        assert_eq!(steps.due(), None);
        steps.wind(end);
        assert_eq!(steps.tick(end + STEP, std::iter::once(&mut rate)), Some(false), "nothing looks different");
    }
}
