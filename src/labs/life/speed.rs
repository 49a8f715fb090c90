//! How fast generations are to come.

use std::time::{Duration, Instant};

/// Generations a second that the speed keys go through.
const STEPS: [u32; 11] = [1, 2, 5, 10, 15, 30, 60, 120, 250, 500, 1000];

/// How fast generations are to come: paced, or as fast as the strategy makes them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Speed {
    /// So many generations a second.
    Paced(u32),
    /// As many as there can be.
    FlatOut,
}

impl Speed {
    /// Fast enough to be alive, slow enough to be followed.
    pub const PLEASANT: Self = Self::Paced(15);

    /// The next step up; after the fastest comes flat out.
    #[must_use]
    pub fn faster(self) -> Self {
        match self {
            Self::Paced(rate) => {
                STEPS.iter().find(|step| **step > rate).map_or(Self::FlatOut, |step| Self::Paced(*step))
            }
            Self::FlatOut => Self::FlatOut,
        }
    }

    /// The next step down.
    #[must_use]
    pub fn slower(self) -> Self {
        match self {
            Self::Paced(rate) => Self::Paced(*STEPS.iter().rev().find(|step| **step < rate).unwrap_or(&STEPS[0])),
            Self::FlatOut => Self::Paced(STEPS[STEPS.len() - 1]),
        }
    }
}

/// When the next generations are due, at a pace.
#[derive(Debug)]
pub struct Pacer {
    due: Instant,
}

/// The shortest time between two orders: what is due within it is ordered together.
const GATHER: Duration = Duration::from_millis(15);

impl Pacer {
    /// The first generation is due at once.
    pub fn new() -> Self {
        Self { due: Instant::now() }
    }

    /// When the next order is due.
    pub fn due(&self) -> Instant {
        self.due
    }

    /// How many generations are due now at so many a second; 0 if none is. They count as ordered.
    ///
    /// Time that was missed because the strategy is too slow, or because the lab was paused, is not made up for.
    pub fn take(&mut self, now: Instant, rate: u32) -> u64 {
        if now < self.due {
            return 0;
        }
        let period = Duration::from_secs(1) / rate;
        let together = (GATHER.as_nanos() / period.as_nanos()).max(1) as u32;
        self.due += period * together;
        if self.due < now {
            self.due = now + period * together;
        }
        u64::from(together)
    }
}

impl Default for Pacer {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speed_goes_up_to_flat_out_and_down_to_one_a_second() {
        let mut speed = Speed::PLEASANT;
        for _ in 0..20 {
            speed = speed.faster();
        }
        assert_eq!(speed, Speed::FlatOut);
        for _ in 0..20 {
            speed = speed.slower();
        }
        assert_eq!(speed, Speed::Paced(1));
    }

    #[test]
    fn a_pace_is_kept_and_lost_time_is_not_made_up_for() {
        let mut pacer = Pacer::new();
        let start = pacer.due();
        let at = |milliseconds| start + Duration::from_millis(milliseconds);
        let made: u64 = (0..1000).map(|ms| pacer.take(at(ms), 20)).sum();
        assert_eq!(made, 20);
        assert_eq!(pacer.take(at(5000), 20), 1);
        assert_eq!(pacer.take(at(5001), 20), 0);
        let mut pacer = Pacer { due: start };
        let made: u64 = (0..1000).map(|ms| pacer.take(at(ms), 1000)).sum();
        assert!((985..=1015).contains(&made), "{made}");
    }
}
