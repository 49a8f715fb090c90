//! A coroutine that computes and never awaits: a hundred others on its loop wait, and none gets a turn.
//!
//! Why item 63 of the seed wants long work off the loop. Coroutines take turns only at an `await`; one that has none keeps the
//! loop for as long as it likes, and nothing can take it away. Nobody is deadlocked, and still nothing moves.
//!
//! Python: `async def greedy(): while True: compute()  # no await anywhere`

use super::turns::{SLICE, computation, count_turns};
use super::{Row, made};
use crate::labs::hazards::order::{CannotRun, Order, Outcome};
use crate::labs::hazards::waits::Wait;
use crate::runtime::strategy::{About, Setup, Strategy, supports_all};

pub(super) const STRATEGY: Row = Strategy {
    about: About {
        id: "never-yields",
        title: "Never yields",
        item: 63,
        claim: "A coroutine without an await keeps its loop: a hundred others never get a turn",
        wrong_on_purpose: true,
        source: include_str!("never_yields.rs"),
    },
    supports: supports_all,
    make: |setup| Ok(made(setup, run)),
};

fn run(order: &Order, setup: &Setup) -> Result<Outcome, CannotRun> {
    let mine = order.clone();
    count_turns(order, setup, async move {
        let on = vec!["a coroutine that never awaits".to_owned()];
        let busy = mine.waits.note(Wait { who: "the loop".to_owned(), how: "is busy with", on });
        let mut computation = computation(&mine);
        while !computation.go_on(SLICE) && !mine.free.is_freed() {}
        busy
    })
}
