//! An event loop blocks until a thread is done, and the thread waits for a coroutine of that loop.
//!
//! What can go wrong where threads and coroutines are mixed (item 62 of the seed): `run_coroutine_threadsafe(...).result()` in
//! the thread needs a loop that turns, and `thread.join()` on the loop's own thread stops it. Each call is right where it
//! stands; together they wait for one another.
//!
//! Python: `async def main(): thread.join()  # and in the thread: run_coroutine_threadsafe(coro, loop).result()`

use std::thread;
use std::time::Instant;

use crossbeam_channel::{Sender, bounded};
use tokio::runtime::Builder;
use tokio::sync::mpsc;
use tokio::task::LocalSet;

use super::{Row, made};
use crate::labs::hazards::order::{CannotRun, Order, Outcome};
use crate::labs::hazards::waits::{Noted, Wait};
use crate::runtime::strategy::{About, Setup, Strategy, supports_all};

pub(super) const STRATEGY: Row = Strategy {
    about: About {
        id: "loop-waits-thread",
        title: "Loop waits for thread",
        item: 62,
        claim: "The loop blocks on a thread that waits for a coroutine of that loop: neither goes on",
        wrong_on_purpose: true,
        source: include_str!("loop_waits_thread.rs"),
    },
    supports: supports_all,
    make: |setup| Ok(made(setup, run)),
};

/// A coroutine for the loop: it waits for the loop until it is run, and then gives its result.
struct Sent {
    waiting: Noted,
    result: Sender<()>,
}

fn run(order: &Order, setup: &Setup) -> Result<Outcome, CannotRun> {
    let begun = Instant::now();
    let runtime = Builder::new_current_thread().build().map_err(|why| CannotRun { what: "the event loop", why })?;
    let (to_loop, mut sent) = mpsc::channel::<Sent>(1);
    let (ended_in, ended) = bounded(1);
    let in_thread = || {
        setup.enter_thread();
        let (result, answer) = bounded(1);
        let waiting = order.waits.note(Wait::on("the coroutine", "the loop"));
        if to_loop.blocking_send(Sent { waiting, result }).is_ok() {
            let answered = order.wait_for(Wait::on("the thread", "the coroutine"), &answer).is_ok();
            // The loop may have been freed and gone.
            let _ = ended_in.send(answered);
        }
    };
    thread::scope(|scope| {
        let thread = thread::Builder::new().name("hazards-thread".to_owned()).spawn_scoped(scope, in_thread);
        thread.map_err(|why| CannotRun { what: "the thread", why })?;
        let got = LocalSet::new().block_on(&runtime, async {
            tokio::task::spawn_local(async move {
                while let Some(Sent { waiting, result }) = sent.recv().await {
                    drop(waiting);
                    let _ = result.send(());
                }
            });
            // No await: the loop stands still in here, and the coroutine above never gets its turn.
            order.wait_for(Wait::on("the loop", "the thread"), &ended) == Ok(true)
        });
        Ok(order.outcome(1, u64::from(got), begun))
    })
}
