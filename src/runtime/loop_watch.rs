//! What an event loop observes of itself: how late its callbacks began, and which of them took too long.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;

use crate::runtime::span::{Lane, State};

/// A callback that takes longer than this is listed: three frames of 60 a second.
pub const SLOW: Duration = Duration::from_millis(50);

/// Slow callbacks that are kept; the oldest goes first.
const LISTED: usize = 64;

/// The longest lag that is told apart from longer ones.
const LONGEST: Duration = Duration::from_mins(1);

/// A callback that held its loop up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlowCallback {
    /// What ran.
    pub name: Cow<'static, str>,
    /// How long it kept the loop.
    pub took: Duration,
}

/// As Python's `asyncio` words it in its debug mode (seed item 63).
impl fmt::Display for SlowCallback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "slow callback \"{}\" took {:.3} seconds", self.name, self.took.as_secs_f64())
    }
}

/// How late callbacks began, over all that were seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lag {
    /// How many were seen.
    pub count: u64,
    /// Half of them began no later than this.
    pub p50: Duration,
    /// Nine of ten.
    pub p90: Duration,
    /// 99 of 100.
    pub p99: Duration,
    /// The latest.
    pub max: Duration,
}

/// Lags up to `to`, and how many there were of those above the bucket before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bucket {
    /// The upper end.
    pub to: Duration,
    /// How many.
    pub count: u64,
}

/// One loop's record of itself. Clones share it, so that another thread can read what the loop writes.
#[derive(Debug, Clone)]
pub struct LoopWatch(Arc<Mutex<Seen>>);

#[derive(Debug)]
struct Seen {
    /// In microseconds.
    lags: Histogram<u64>,
    slow: VecDeque<SlowCallback>,
    slow_count: u64,
}

impl Default for LoopWatch {
    fn default() -> Self {
        let lags = Histogram::new_with_bounds(1, LONGEST.as_micros() as u64, 3).expect("the bounds are in order");
        Self(Arc::new(Mutex::new(Seen { lags, slow: VecDeque::new(), slow_count: 0 })))
    }
}

impl LoopWatch {
    /// A record in which nothing has been seen.
    pub fn new() -> Self {
        Self::default()
    }

    /// A callback began so late.
    pub fn lagged(&self, lag: Duration) {
        self.seen().lags.saturating_record(lag.as_micros() as u64);
    }

    /// A callback of this name has kept the loop so long: true when that was too long, and it is listed.
    pub fn ran(&self, name: &str, took: Duration) -> bool {
        if took <= SLOW {
            return false;
        }
        let mut seen = self.seen();
        if seen.slow.len() == LISTED {
            seen.slow.pop_front();
        }
        seen.slow.push_back(SlowCallback { name: Cow::Owned(name.to_owned()), took });
        seen.slow_count += 1;
        true
    }

    /// A coroutine each of whose turns on the loop is a callback of this name, recorded in the lane too.
    pub fn watched<F: Future>(
        &self,
        name: &'static str,
        lane: Lane,
        coroutine: F,
    ) -> impl Future<Output = F::Output> + use<F> {
        let watch = self.clone();
        let mut coroutine = Box::pin(coroutine);
        std::future::poll_fn(move |context| {
            let begun = Instant::now();
            let polled = coroutine.as_mut().poll(context);
            let ended = Instant::now();
            watch.ran(name, ended - begun);
            lane.record(name, State::Running, begun, ended);
            polled
        })
    }

    /// How late callbacks began; None before the first.
    pub fn lag(&self) -> Option<Lag> {
        let Seen { lags, .. } = &*self.seen();
        let at = |quantile| Duration::from_micros(lags.value_at_quantile(quantile));
        (!lags.is_empty()).then(|| Lag {
            count: lags.len(),
            p50: at(0.5),
            p90: at(0.9),
            p99: at(0.99),
            max: Duration::from_micros(lags.max()),
        })
    }

    /// The lags in buckets that end at these times, in ascending order; what is above the last counts in it.
    pub fn buckets(&self, ends: &[Duration]) -> Vec<Bucket> {
        let Seen { lags, .. } = &*self.seen();
        let mut below = 0;
        let mut buckets: Vec<Bucket> = ends
            .iter()
            .map(|to| {
                let up_to = if lags.is_empty() { 0 } else { lags.count_between(0, to.as_micros() as u64) };
                let count = up_to - below;
                below = up_to;
                Bucket { to: *to, count }
            })
            .collect();
        if let Some(last) = buckets.last_mut() {
            last.count += lags.len() - below;
        }
        buckets
    }

    /// The slow callbacks that are kept, oldest first.
    pub fn slow(&self) -> Vec<SlowCallback> {
        self.seen().slow.iter().cloned().collect()
    }

    /// How many slow callbacks there were, those included that are no longer kept.
    pub fn slow_count(&self) -> u64 {
        self.seen().slow_count
    }

    /// Forgets everything.
    pub fn clear(&self) {
        let mut seen = self.seen();
        seen.lags.reset();
        seen.slow.clear();
        seen.slow_count = 0;
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn lags_are_summed_up_and_forgotten() {
        let watch = LoopWatch::new();
        assert_eq!(watch.lag(), None);
        for n in 1..=100 {
            watch.lagged(Duration::from_micros(n));
        }
        let lag = watch.clone().lag().unwrap();
        let micros = [lag.p50, lag.p90, lag.p99, lag.max].map(|d| d.as_micros());
        assert_eq!((lag.count, micros), (100, [50, 90, 99, 100]));
        watch.lagged(Duration::from_hours(1));
        assert!(watch.lag().unwrap().max >= LONGEST, "a lag beyond the range counts as the longest");
        watch.clear();
        assert_eq!(watch.lag(), None);
    }

    #[test]
    fn buckets_hold_every_lag_once() {
        let watch = LoopWatch::new();
        let counts = || watch.buckets(&[ms(1), ms(10), ms(100)]).iter().map(|b| b.count).collect::<Vec<_>>();
        assert_eq!(counts(), [0, 0, 0]);
        for lag in [0, 1, 2, 10, 11, 5000] {
            watch.lagged(ms(lag));
        }
        assert_eq!(counts(), [2, 2, 2]);
    }

    #[test]
    fn only_slow_callbacks_are_listed_in_the_seeds_words() {
        let watch = LoopWatch::new();
        assert!(!watch.ran("beat", SLOW));
        assert!(watch.ran("slow_coroutine", ms(503)));
        assert_eq!(watch.slow()[0].to_string(), r#"slow callback "slow_coroutine" took 0.503 seconds"#);
        for _ in 0..LISTED {
            watch.ran("later", ms(60));
        }
        assert_eq!((watch.slow().len(), watch.slow_count()), (LISTED, LISTED as u64 + 1));
        assert!(watch.slow().iter().all(|slow| slow.name == "later"), "the oldest has gone");
    }

    #[tokio::test]
    async fn each_turn_of_a_watched_coroutine_is_a_callback() {
        let (watch, recorder) = (LoopWatch::new(), crate::runtime::span::Recorder::new());
        let coroutine = async {
            tokio::task::yield_now().await;
            7
        };
        assert_eq!(watch.watched("coroutine", recorder.lane("loop"), coroutine).await, 7);
        assert_eq!(recorder.trace().spans.len(), 2, "one turn before the await, one after");
    }
}
