//! A counter for each worker, summed when all are done: nothing is shared, so nothing can be lost.
//!
//! The seed's fan-in (item 59) as the cure: the results meet once, at the end, and not at every step. As fast as the workers
//! are; the sum is there only after the last of them.
//!
//! Python: `total = sum(future.result() for future in futures)`

use std::hint::black_box;

use super::counter::{Counted, count};
use super::{Row, made};
use crate::labs::hazards::order::{CannotRun, Order, Outcome};
use crate::runtime::strategy::{About, Setup, Strategy, supports_all};

pub(super) const STRATEGY: Row = Strategy {
    about: About {
        id: "per-worker",
        title: "One each, summed",
        item: 59,
        claim: "Each worker counts for itself, and the fan-in adds up: nothing is shared until the end",
        wrong_on_purpose: false,
        source: include_str!("per_worker.rs"),
    },
    supports: supports_all,
    make: |setup| Ok(made(setup, run)),
};

fn run(order: &Order, setup: &Setup) -> Result<Outcome, CannotRun> {
    let Counted { done, own, seconds } = count(order, setup, |share| {
        let mut own = 0_u64;
        // Each update is made for real: the compiler would add the whole share at once.
        let done = share.each(|| own = black_box(own + 1));
        (done, own)
    })?;
    Ok(Outcome { expected: done, got: own, seconds, deadlock: None, starved: vec![] })
}
