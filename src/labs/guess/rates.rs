//! How much happens a second, lately.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// How long one rate is counted.
const EACH: Duration = Duration::from_millis(500);

/// Rates that are kept.
const KEPT: usize = 60;

/// Rates that the present one is the mean of.
const RECENT: usize = 4;

/// The share that the last half second has in the games a second: they end too seldom to be told from it alone.
const WEIGHT: f64 = 0.2;

/// Requests and games a second, counted from what was counted in all.
#[derive(Debug)]
pub struct Rates {
    requests_per_second: VecDeque<f64>,
    games_per_second: f64,
    since: Instant,
    requests: u64,
    games: u64,
}

impl Rates {
    /// Nothing is known yet; so much was counted until now.
    pub fn new(requests: u64, games: u64) -> Self {
        Self { requests_per_second: VecDeque::new(), games_per_second: 0.0, since: Instant::now(), requests, games }
    }

    /// Takes in what is counted now. Returns the new rate of requests when it was time for one.
    pub fn count(&mut self, requests: u64, games: u64) -> Option<f64> {
        let elapsed = self.since.elapsed();
        if elapsed < EACH {
            return None;
        }
        let rate = |now: u64, before: u64| now.saturating_sub(before) as f64 / elapsed.as_secs_f64();
        let latest = rate(requests, self.requests);
        if self.requests_per_second.len() == KEPT {
            self.requests_per_second.pop_front();
        }
        self.requests_per_second.push_back(latest);
        self.games_per_second += (rate(games, self.games) - self.games_per_second) * WEIGHT;
        (self.since, self.requests, self.games) = (Instant::now(), requests, games);
        Some(latest)
    }

    /// Requests a second, over the last two seconds.
    pub fn requests_per_second(&self) -> f64 {
        let recent = self.requests_per_second.iter().rev().take(RECENT);
        recent.clone().sum::<f64>() / recent.count().max(1) as f64
    }

    /// Games ended a second, the last ones counting most.
    pub fn games_per_second(&self) -> f64 {
        self.games_per_second
    }

    /// Requests a second in each of the last half seconds, oldest first.
    pub fn of_half_seconds(&self) -> Vec<f64> {
        self.requests_per_second.iter().copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_what_came_since_the_last_one_over_its_time() {
        let mut rates = Rates::new(100, 10);
        assert_eq!((rates.count(1000, 20), rates.requests_per_second()), (None, 0.0), "it is too early");
        for (requests, games) in [(1100, 20), (1300, 20)] {
            rates.since = Instant::now().checked_sub(Duration::from_secs(1)).unwrap();
            assert!(rates.count(requests, games).is_some());
        }
        // A second and the moments since, which are many on a busy machine.
        assert!((600.0..=1200.0).contains(&(rates.of_half_seconds().iter().sum::<f64>())), "{rates:?}");
        assert!((300.0..=600.0).contains(&rates.requests_per_second()), "{rates:?}");
        assert!((0.8..=1.6).contains(&rates.games_per_second()), "{rates:?}");
        for _ in 0..KEPT {
            rates.since = Instant::now().checked_sub(Duration::from_secs(1)).unwrap();
            rates.count(1300, 20);
        }
        assert_eq!((rates.of_half_seconds().len(), rates.requests_per_second()), (KEPT, 0.0));
    }
}
