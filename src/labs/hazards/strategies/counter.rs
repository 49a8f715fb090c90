//! Workers that add to one counter: what the strategies about lost updates share.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{self, ScopedJoinHandle};
use std::time::{Duration, Instant};

use crate::labs::hazards::order::{CannotRun, Order};
use crate::runtime::strategy::Setup;

/// Updates between two looks whether the run is to end.
const LOOK: u64 = 1 << 16;

/// What the workers did.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Counted {
    /// Updates that they made.
    pub(super) done: u64,
    /// The sum of what they kept for themselves.
    pub(super) own: u64,
    /// From the first update to the last, in seconds.
    pub(super) seconds: f64,
}

/// One worker's part of the updates.
pub(super) struct Share<'a> {
    order: &'a Order,
    updates: u64,
}

impl Share<'_> {
    /// Makes every update, unless the run is ended before. Returns how many it made.
    pub(super) fn each(&self, mut update: impl FnMut()) -> u64 {
        let mut done = 0;
        while done < self.updates && !self.order.is_over() {
            let part = LOOK.min(self.updates - done);
            for _ in 0..part {
                update();
            }
            done += part;
        }
        done
    }

    /// Waits until every worker that has an update to make has come here, unless the run is ended before. `here` counts them.
    pub(super) fn wait_for_all(&self, here: &AtomicUsize) {
        let all = self.order.workers.min(usize::try_from(self.order.increments).unwrap_or(usize::MAX));
        wait_for(all, here, self.order);
    }
}

fn wait_for(all: usize, here: &AtomicUsize, order: &Order) {
    here.fetch_add(1, Ordering::AcqRel);
    while here.load(Ordering::Acquire) < all && !order.is_over() {
        thread::yield_now();
    }
}

/// Splits the updates among the workers and lets them begin together. `work` makes one worker's share; it returns how many it
/// made, and what it kept for itself.
pub(super) fn count(
    order: &Order,
    setup: &Setup,
    work: impl Fn(&Share<'_>) -> (u64, u64) + Sync,
) -> Result<Counted, CannotRun> {
    let workers = order.workers as u64;
    let ready = AtomicUsize::new(0);
    let body = &|index: u64| {
        setup.enter_thread();
        // They begin together: a thread that starts late would find the others done.
        wait_for(order.workers, &ready, order);
        let begun = Instant::now();
        let updates = order.increments / workers + u64::from(index < order.increments % workers);
        let (done, own) = work(&Share { order, updates });
        (done, own, begun, Instant::now())
    };
    thread::scope(|scope| {
        let mut threads: Vec<ScopedJoinHandle<'_, _>> = Vec::new();
        for index in 0..workers {
            let name = format!("hazards-add-{}", index + 1);
            let thread = thread::Builder::new().name(name).spawn_scoped(scope, move || body(index));
            threads.push(thread.map_err(|why| {
                order.free.free();
                CannotRun { what: "a worker's thread", why }
            })?);
        }
        let ends: Vec<(u64, u64, Instant, Instant)> =
            threads.into_iter().filter_map(|thread| thread.join().ok()).collect();
        let begun = ends.iter().map(|end| end.2).min();
        let ended = ends.iter().map(|end| end.3).max();
        let time = begun.zip(ended).map_or(Duration::ZERO, |(begun, ended)| ended.saturating_duration_since(begun));
        Ok(Counted {
            done: ends.iter().map(|end| end.0).sum(),
            own: ends.iter().map(|end| end.1).sum(),
            seconds: time.as_secs_f64(),
        })
    })
}
