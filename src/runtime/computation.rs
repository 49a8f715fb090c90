//! Something to compute that can be cut in slices.

use std::hint::black_box;
use std::time::{Duration, Instant};

/// Rounds between two looks at the clock: a few microseconds.
const ROUNDS: u32 = 2000;

/// A computation that needs so much time of its thread.
#[derive(Debug)]
pub struct Computation {
    left: Duration,
    state: u64,
}

impl Computation {
    /// A computation of this length.
    pub fn of(time: Duration) -> Self {
        Self { left: time, state: 0x9e37_79b9_7f4a_7c15 }
    }

    /// Computes for so long at most, by the clock. True when it is done.
    pub fn go_on(&mut self, at_most: Duration) -> bool {
        let slice = at_most.min(self.left);
        let begun = Instant::now();
        loop {
            for _ in 0..ROUNDS {
                // One step of Marsaglia's xorshift (https://doi.org/10.18637/jss.v008.i14).
                self.state ^= self.state << 13;
                self.state ^= self.state >> 7;
                self.state ^= self.state << 17;
            }
            black_box(self.state);
            let spent = begun.elapsed();
            if spent >= slice {
                self.left = self.left.saturating_sub(spent);
                return self.left.is_zero();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slices_add_up_to_the_whole() {
        let begun = Instant::now();
        let mut computation = Computation::of(Duration::from_millis(10));
        let mut slices = 1;
        while !computation.go_on(Duration::from_millis(1)) {
            slices += 1;
        }
        assert!(begun.elapsed() >= Duration::from_millis(10));
        assert!(slices <= 10, "a slice is never shorter than asked");
        assert!(Computation::of(Duration::ZERO).go_on(Duration::from_secs(1)));
    }
}
