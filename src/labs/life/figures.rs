//! What has been measured: generations a second now, and the time of a generation under each strategy.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::runtime::stats::Samples;

/// Slices that a strategy's figure is the median of.
const SLICES: usize = 31;

/// The stretch that generations a second are counted over.
const STRETCH: Duration = Duration::from_secs(1);

/// Generations a second, over the last second.
#[derive(Debug, Default)]
pub struct Rate {
    marks: VecDeque<(Instant, u64)>,
}

impl Rate {
    /// This generation was reached at this time.
    pub fn mark(&mut self, now: Instant, generation: u64) {
        if self.marks.back().is_some_and(|(_, last)| *last > generation) {
            self.marks.clear();
        }
        self.marks.push_back((now, generation));
        while self.marks.len() > 2 && self.marks.get(1).is_some_and(|(at, _)| now.duration_since(*at) > STRETCH) {
            self.marks.pop_front();
        }
    }

    /// Begins to count anew.
    pub fn clear(&mut self) {
        self.marks.clear();
    }

    /// Generations a second; none before there is something to count.
    pub fn per_second(&self) -> Option<f64> {
        let ((begin, first), (end, last)) = (self.marks.front()?, self.marks.back()?);
        let seconds = end.duration_since(*begin).as_secs_f64();
        (seconds > 0.0).then(|| (last - first) as f64 / seconds)
    }
}

/// The time of a generation under one strategy, as measured lately.
#[derive(Debug, Clone, Default)]
pub struct Timing {
    slices: VecDeque<f64>,
    /// Whether others used the machine while the last of them were measured; none before that is known.
    pub contended: Option<bool>,
}

impl Timing {
    /// So many generations took so many seconds.
    pub fn add(&mut self, seconds: f64, generations: u64) {
        if generations == 0 {
            return;
        }
        if self.slices.len() == SLICES {
            self.slices.pop_front();
        }
        self.slices.push_back(seconds / generations as f64);
    }

    /// Seconds a generation: the median of the last slices.
    pub fn seconds(&self) -> Option<f64> {
        self.slices.iter().copied().collect::<Samples>().median()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_that_of_the_last_second() {
        let mut rate = Rate::default();
        let start = Instant::now();
        assert_eq!(rate.per_second(), None);
        for tenth in 0..=40 {
            rate.mark(start + Duration::from_millis(100 * tenth), tenth * if tenth < 20 { 1 } else { 5 });
        }
        let now = rate.per_second().unwrap();
        assert!((now - 50.0).abs() < 1.0, "{now}");
        rate.mark(start + Duration::from_secs(5), 0);
        assert_eq!(rate.per_second(), None, "it begins anew when the generations do");
    }

    #[test]
    fn a_timing_is_the_median_a_generation() {
        let mut timing = Timing::default();
        assert_eq!(timing.seconds(), None);
        for (seconds, generations) in [(2.0, 2), (9.0, 3), (1.0, 1), (5.0, 0)] {
            timing.add(seconds, generations);
        }
        assert_eq!(timing.seconds(), Some(1.0));
    }
}
