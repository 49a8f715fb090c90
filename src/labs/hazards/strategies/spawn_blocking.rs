//! The same computation on a thread of the loop's pool: the loop only awaits its end.
//!
//! The seed's cure for long work on a loop (item 63, `run_in_executor`): the computation does not change at all, and another
//! core can do it.
//!
//! Python: `await loop.run_in_executor(None, compute)`

use super::turns::{SLICE, computation, count_turns};
use super::{Row, made};
use crate::labs::hazards::order::{CannotRun, Order, Outcome};
use crate::runtime::strategy::{About, Setup, Strategy, supports_all};

pub(super) const STRATEGY: Row = Strategy {
    about: About {
        id: "spawn-blocking",
        title: "Blocking pool",
        item: 63,
        claim: "The same work on a thread beside the loop: the loop turns freely",
        wrong_on_purpose: false,
        source: include_str!("spawn_blocking.rs"),
    },
    supports: supports_all,
    make: |setup| Ok(made(setup, run)),
};

fn run(order: &Order, setup: &Setup) -> Result<Outcome, CannotRun> {
    let mine = order.clone();
    count_turns(order, setup, async move {
        let computed = tokio::task::spawn_blocking(move || {
            let mut computation = computation(&mine);
            while !computation.go_on(SLICE) && !mine.free.is_freed() {}
        });
        // A panic of the computation ends it, and nothing else depends on its result.
        let _ = computed.await;
    })
}
