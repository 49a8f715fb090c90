//! Two threads take two locks in different orders: each holds what the other needs.
//!
//! Beyond the seed, and the price of the locks of its item 59: with one lock nothing can go wrong, with two the order matters.
//! In a real program the two must meet in a window of some nanoseconds; here each waits until the other has its first lock, so
//! that it goes wrong every time and not once a year.
//!
//! Python: `with lock_a: with lock_b: ...  # and in another thread: with lock_b: with lock_a: ...`

use std::sync::Barrier;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Instant;

use super::{Row, made};
use crate::labs::hazards::lock::Lock;
use crate::labs::hazards::order::{CannotRun, Order, Outcome};
use crate::runtime::strategy::{About, Setup, Strategy, supports_all};

pub(super) const STRATEGY: Row = Strategy {
    about: About {
        id: "lock-order",
        title: "Two locks, two orders",
        item: 0,
        claim: "Each thread holds one lock and waits for the other's: neither gives back what it has",
        wrong_on_purpose: true,
        source: include_str!("lock_order.rs"),
    },
    supports: supports_all,
    make: |setup| Ok(made(setup, run)),
};

fn run(order: &Order, setup: &Setup) -> Result<Outcome, CannotRun> {
    let begun = Instant::now();
    let (a, b) = (Lock::new("lock A"), Lock::new("lock B"));
    let both_hold_one = Barrier::new(2);
    let done = AtomicU64::new(0);
    let transfer = |who: &str, first: &Lock, second: &Lock| {
        setup.enter_thread();
        let first = first.take(who, order);
        both_hold_one.wait();
        if first.is_ok() && second.take(who, order).is_ok() {
            done.fetch_add(1, Ordering::AcqRel);
        }
    };
    thread::scope(|scope| {
        // The second thread is this one: a first that found no second would wait at the barrier for ever.
        let first = || transfer("thread 1", &a, &b);
        let thread = thread::Builder::new().name("hazards-lock-1".to_owned()).spawn_scoped(scope, first);
        thread.map_err(|why| CannotRun { what: "the thread", why })?;
        transfer("thread 2", &b, &a);
        Ok(())
    })?;
    Ok(order.outcome(2, done.into_inner(), begun))
}
