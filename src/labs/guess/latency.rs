//! A histogram of latencies that many threads write to and one reads while they do.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Buckets to each doubling: a percentile is exact to one part in 32.
const PARTS: u64 = 32;

/// Doublings: the last bucket begins at half an hour.
const DOUBLINGS: usize = 37;

const BUCKETS: usize = DOUBLINGS * PARTS as usize;

/// Counts of latencies in buckets that grow with them.
pub struct Latency {
    counts: Box<[AtomicU64]>,
    max_ns: AtomicU64,
}

/// What a histogram says. All zero when it is empty.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Percentiles {
    /// Half were no longer.
    pub p50: Duration,
    /// 99 in 100 were no longer.
    pub p99: Duration,
    /// The longest.
    pub max: Duration,
}

impl Default for Latency {
    fn default() -> Self {
        Self { counts: (0..BUCKETS).map(|_| AtomicU64::new(0)).collect(), max_ns: AtomicU64::new(0) }
    }
}

impl std::fmt::Debug for Latency {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Latency").field(&self.percentiles()).finish()
    }
}

impl Latency {
    /// Counts one.
    pub fn record(&self, latency: Duration) {
        let ns = u64::try_from(latency.as_nanos()).unwrap_or(u64::MAX);
        self.counts[bucket(ns)].fetch_add(1, Ordering::Relaxed);
        // A read first: the longest hardly ever changes, and a write would take the cache line from the other threads.
        if ns > self.max_ns.load(Ordering::Relaxed) {
            self.max_ns.fetch_max(ns, Ordering::Relaxed);
        }
    }

    /// The percentiles of all that was counted so far.
    pub fn percentiles(&self) -> Percentiles {
        let counts: Vec<u64> = self.counts.iter().map(|count| count.load(Ordering::Relaxed)).collect();
        let all: u64 = counts.iter().sum();
        if all == 0 {
            return Percentiles::default();
        }
        let max = Duration::from_nanos(self.max_ns.load(Ordering::Relaxed));
        let at = |share: f64| {
            let wanted = ((all as f64 * share).ceil() as u64).max(1);
            let mut seen = 0;
            let reached = counts.iter().position(|count| {
                seen += count;
                seen >= wanted
            });
            reached.map_or(max, |bucket| Duration::from_nanos(last_in(bucket)).min(max))
        };
        Percentiles { p50: at(0.5), p99: at(0.99), max }
    }

    /// Counts in `bars` steps of equal ratio between two latencies; what lies outside is counted in the first or last.
    pub fn bars(&self, from: Duration, to: Duration, bars: usize) -> Vec<u64> {
        let mut out = vec![0; bars];
        let (from, to) = (from.as_nanos().max(1) as f64, to.as_nanos().max(2) as f64);
        for (bucket, count) in self.counts.iter().enumerate() {
            let count = count.load(Ordering::Relaxed);
            if count > 0 && bars > 0 {
                let place = (last_in(bucket) as f64 / from).ln() / (to / from).ln() * bars as f64;
                out[place.clamp(0.0, (bars - 1) as f64) as usize] += count;
            }
        }
        out
    }

    /// Forgets everything.
    pub fn clear(&self) {
        self.counts.iter().for_each(|count| count.store(0, Ordering::Relaxed));
        self.max_ns.store(0, Ordering::Relaxed);
    }
}

/// The bucket of a latency: below 32 ns its own, then 32 to each doubling.
fn bucket(ns: u64) -> usize {
    let doublings = u64::from((ns | (PARTS - 1)).ilog2() - PARTS.ilog2() + 1) * u64::from(ns >= PARTS);
    let place = if doublings == 0 { ns } else { doublings * PARTS + (ns >> (doublings - 1)) - PARTS };
    (place as usize).min(BUCKETS - 1)
}

/// The longest latency of a bucket, in nanoseconds.
fn last_in(bucket: usize) -> u64 {
    let (doublings, part) = (bucket as u64 / PARTS, bucket as u64 % PARTS);
    if doublings == 0 { part } else { ((PARTS + part + 1) << (doublings - 1)) - 1 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_bucket_holds_latencies_within_one_part_in_32(ns in 0_u64..1 << 40) {
            let last = last_in(bucket(ns));
            prop_assert!(ns <= last && last - ns <= ns / PARTS);
            prop_assert_eq!(bucket(last), bucket(ns));
            prop_assert_eq!(bucket(last + 1), bucket(ns) + 1);
        }
    }

    #[test]
    fn percentiles_and_bars_are_those_of_what_was_counted() {
        let latency = Latency::default();
        assert_eq!(latency.percentiles(), Percentiles::default());
        for micros in 1..=1000 {
            latency.record(Duration::from_micros(micros));
        }
        let Percentiles { p50, p99, max } = latency.percentiles();
        let near = |got: Duration, micros: f64| (got.as_secs_f64() * 1e6 / micros - 1.0).abs() < 0.04;
        assert!(near(p50, 500.0) && near(p99, 990.0), "{p50:?} {p99:?}");
        assert_eq!(max, Duration::from_millis(1));
        let bars = latency.bars(Duration::from_micros(1), Duration::from_millis(1), 3);
        assert_eq!(bars.iter().sum::<u64>(), 1000);
        assert!(bars[0] < bars[1] && bars[1] < bars[2], "{bars:?}");
        latency.record(Duration::from_hours(9));
        assert_eq!(latency.percentiles().max, Duration::from_hours(9));
        latency.clear();
        assert_eq!(latency.percentiles(), Percentiles::default());
    }
}
