//! The same computation, given up for a moment after every slice: the others get their turns.
//!
//! One cure for the coroutine that never awaits, beyond the seed: an `await` between the parts of the work. It stays on one
//! core, and takes as much longer as the others take.
//!
//! Python: `async def polite(): while work: compute(part); await asyncio.sleep(0)`

use super::turns::{SLICE, computation, count_turns};
use super::{Row, made};
use crate::labs::hazards::order::{CannotRun, Order, Outcome};
use crate::runtime::strategy::{About, Setup, Strategy, supports_all};

pub(super) const STRATEGY: Row = Strategy {
    about: About {
        id: "yielding",
        title: "Yielding",
        item: 0,
        claim: "The same work gives the loop back after every slice: all hundred get their turn",
        wrong_on_purpose: false,
        source: include_str!("yielding.rs"),
    },
    supports: supports_all,
    make: |setup| Ok(made(setup, run)),
};

fn run(order: &Order, setup: &Setup) -> Result<Outcome, CannotRun> {
    let mine = order.clone();
    count_turns(order, setup, async move {
        let mut computation = computation(&mine);
        while !computation.go_on(SLICE) && !mine.free.is_freed() {
            tokio::task::yield_now().await;
        }
    })
}
