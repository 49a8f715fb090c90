//! Workers add to one counter by loading it, adding one, and storing it: updates get lost.
//!
//! Why the seed's grid has a lock (item 59). Between the load and the store of one worker another one may load the same old
//! value, and then one of the two stores overwrites the other. No line is wrong by itself, and a single worker never shows
//! it. In Python the interpreter lock does not help: it may change hands between the load and the store.
//!
//! The system may take a worker's core away between the two at any time. Here each worker gives it up there now and then, and
//! with its first update waits there for the others, so that a run of a fraction of a millisecond shows what a long one would,
//! also on a single core.
//!
//! Python: `counter.value = counter.value + 1  # from several threads, without a lock`

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::thread;

use super::counter::{Counted, count};
use super::{Row, Task, made};
use crate::labs::hazards::order::{CannotRun, Order, Outcome};
use crate::runtime::strategy::{About, Setup, Strategy};

pub(super) const STRATEGY: Row = Strategy {
    about: About {
        id: "racy",
        title: "Load and store",
        item: 59,
        claim: "Each worker loads, adds one and stores: one store overwrites another, and updates are lost",
        wrong_on_purpose: true,
        source: include_str!("racy.rs"),
    },
    supports: |task: &Task| match task.workers {
        0 | 1 => Err("one worker alone loses nothing: give it at least 2".to_owned()),
        _ => Ok(()),
    },
    make: |setup| Ok(made(setup, run)),
};

/// A worker gives its core up between a load and a store once in so many updates.
const INTERRUPTED: u64 = 1 << 14;

fn run(order: &Order, setup: &Setup) -> Result<Outcome, CannotRun> {
    // Atomic, since Rust refuses a data race; but each access by itself, as a plain variable would be used.
    let (counter, loaded) = (AtomicU64::new(0), AtomicUsize::new(0));
    let Counted { done, seconds, .. } = count(order, setup, |share| {
        let mut updates = 0_u64;
        let done = share.each(|| {
            let old = counter.load(Ordering::Relaxed);
            updates += 1;
            if updates == 1 {
                share.wait_for_all(&loaded);
            } else if updates.is_multiple_of(INTERRUPTED) {
                thread::yield_now();
            }
            counter.store(old + 1, Ordering::Relaxed);
        });
        (done, 0)
    })?;
    Ok(Outcome { expected: done, got: counter.into_inner(), seconds, deadlock: None, starved: vec![] })
}
