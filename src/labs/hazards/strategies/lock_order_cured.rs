//! Two threads take the same two locks in the same order: who has the first may take the second.
//!
//! The cure for two orders, beyond the seed: a rank for every lock, and nobody takes a lower one while he holds a higher one.
//! The second thread waits before it holds anything, and so keeps nobody from anything.
//!
//! Python: `for lock in sorted(locks, key=id): lock.acquire()`

use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Instant;

use super::{Row, made};
use crate::labs::hazards::lock::Lock;
use crate::labs::hazards::order::{CannotRun, Order, Outcome};
use crate::runtime::strategy::{About, Setup, Strategy, supports_all};

pub(super) const STRATEGY: Row = Strategy {
    about: About {
        id: "lock-order-cured",
        title: "Two locks, one order",
        item: 0,
        claim: "Both threads take lock A before lock B: who holds the first gets the second",
        wrong_on_purpose: false,
        source: include_str!("lock_order_cured.rs"),
    },
    supports: supports_all,
    make: |setup| Ok(made(setup, run)),
};

/// Transfers of each thread: enough that the two meet.
const TRANSFERS: u64 = 1000;

fn run(order: &Order, setup: &Setup) -> Result<Outcome, CannotRun> {
    let begun = Instant::now();
    let (a, b) = (Lock::new("lock A"), Lock::new("lock B"));
    let done = AtomicU64::new(0);
    let transfers = |who: &str| {
        setup.enter_thread();
        for _ in 0..TRANSFERS {
            let Ok(_first) = a.take(who, order) else { return };
            let Ok(_second) = b.take(who, order) else { return };
            done.fetch_add(1, Ordering::AcqRel);
        }
    };
    thread::scope(|scope| {
        let first = || transfers("thread 1");
        let thread = thread::Builder::new().name("hazards-lock-1".to_owned()).spawn_scoped(scope, first);
        thread.map_err(|why| CannotRun { what: "the thread", why })?;
        transfers("thread 2");
        Ok(())
    })?;
    Ok(order.outcome(2 * TRANSFERS, done.into_inner(), begun))
}
