//! One instruction that loads, adds and stores, and that nothing can come between.
//!
//! Beyond the seed: the processor has what the lock builds, for one number at a time. No worker waits in a queue, but the
//! number's cache line still travels between the cores at every update.
//!
//! Python: `next(itertools.count())  # one call that the interpreter lock keeps whole`

use std::sync::atomic::{AtomicU64, Ordering};

use super::counter::{Counted, count};
use super::{Row, made};
use crate::labs::hazards::order::{CannotRun, Order, Outcome};
use crate::runtime::strategy::{About, Setup, Strategy, supports_all};

pub(super) const STRATEGY: Row = Strategy {
    about: About {
        id: "atomic-add",
        title: "Atomic add",
        item: 0,
        claim: "One instruction that adds: nothing comes between, and only the cache line travels",
        wrong_on_purpose: false,
        source: include_str!("atomic_add.rs"),
    },
    supports: supports_all,
    make: |setup| Ok(made(setup, run)),
};

fn run(order: &Order, setup: &Setup) -> Result<Outcome, CannotRun> {
    let counter = AtomicU64::new(0);
    let Counted { done, seconds, .. } = count(order, setup, |share| {
        let done = share.each(|| {
            counter.fetch_add(1, Ordering::Relaxed);
        });
        (done, 0)
    })?;
    Ok(Outcome { expected: done, got: counter.into_inner(), seconds, deadlock: None, starved: vec![] })
}
