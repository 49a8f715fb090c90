//! The machine's monotonic clock in nanoseconds: the same in every process, so that stages can be compared across them.

use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};

/// Now, in nanoseconds of the machine's monotonic clock.
pub fn now() -> u64 {
    let now = clock_gettime(ClockId::Monotonic);
    now.tv_sec as u64 * 1_000_000_000 + now.tv_nsec as u64
}

/// Turns readings of this clock into the standard library's.
#[derive(Debug, Clone, Copy)]
pub struct Anchor {
    instant: Instant,
    nanoseconds: u64,
}

impl Anchor {
    /// The two clocks, read one after the other.
    pub fn now() -> Self {
        Self { instant: Instant::now(), nanoseconds: now() }
    }

    /// The instant of a reading.
    pub fn instant(&self, nanoseconds: u64) -> Instant {
        if nanoseconds >= self.nanoseconds {
            self.instant + Duration::from_nanos(nanoseconds - self.nanoseconds)
        } else {
            let before = Duration::from_nanos(self.nanoseconds - nanoseconds);
            self.instant.checked_sub(before).unwrap_or(self.instant)
        }
    }
}
