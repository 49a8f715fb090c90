//! The counter behind a lock: load, add and store happen while nobody else can.
//!
//! What the seed's `LockingGrid` does (item 59). Right, and the most general of the cures: whatever stands between taking and
//! giving back the lock is one step for all others. The price is that workers wait for one another.
//!
//! Python: `with lock: counter.value += 1`

use std::sync::{Mutex, PoisonError};

use super::counter::{Counted, count};
use super::{Row, made};
use crate::labs::hazards::order::{CannotRun, Order, Outcome};
use crate::runtime::strategy::{About, Setup, Strategy, supports_all};

pub(super) const STRATEGY: Row = Strategy {
    about: About {
        id: "mutex",
        title: "Mutex",
        item: 59,
        claim: "The same under a lock: nothing is lost, and the workers wait for one another",
        wrong_on_purpose: false,
        source: include_str!("mutex.rs"),
    },
    supports: supports_all,
    make: |setup| Ok(made(setup, run)),
};

fn run(order: &Order, setup: &Setup) -> Result<Outcome, CannotRun> {
    let counter = Mutex::new(0_u64);
    let Counted { done, seconds, .. } = count(order, setup, |share| {
        let done = share.each(|| *counter.lock().unwrap_or_else(PoisonError::into_inner) += 1);
        (done, 0)
    })?;
    let got = counter.into_inner().unwrap_or_else(PoisonError::into_inner);
    Ok(Outcome { expected: done, got, seconds, deadlock: None, starved: vec![] })
}
