//! The loop awaits the thread's end instead of blocking on it, and runs the coroutine meanwhile.
//!
//! The cure for a loop and a thread that wait for one another (item 62 of the seed): on a loop's own thread every wait is an
//! `await`, so that the loop turns and the thread gets the result it asked for.
//!
//! Python: `async def main(): await asyncio.to_thread(work)  # in it run_coroutine_threadsafe(coro, loop).result()`

use std::thread;
use std::time::Instant;

use crossbeam_channel::{Sender, bounded};
use tokio::runtime::Builder;
use tokio::sync::{mpsc, oneshot};
use tokio::task::LocalSet;

use super::{Row, made};
use crate::labs::hazards::order::{CannotRun, Order, Outcome};
use crate::labs::hazards::waits::{Noted, Wait};
use crate::runtime::strategy::{About, Setup, Strategy, supports_all};

pub(super) const STRATEGY: Row = Strategy {
    about: About {
        id: "loop-waits-thread-cured",
        title: "Loop awaits thread",
        item: 62,
        claim: "The loop awaits the thread and turns meanwhile: the coroutine runs, and the thread ends",
        wrong_on_purpose: false,
        source: include_str!("loop_waits_thread_cured.rs"),
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
    let (ended_in, ended) = oneshot::channel();
    let in_thread = move || {
        setup.enter_thread();
        let (result, answer) = bounded(1);
        let waiting = order.waits.note(Wait::on("the coroutine", "the loop"));
        if to_loop.blocking_send(Sent { waiting, result }).is_ok() {
            let answered = order.wait_for(Wait::on("the thread", "the coroutine"), &answer).is_ok();
            // The loop waits for this until its end.
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
            // The loop goes on with its coroutines until the thread has ended.
            ended.await == Ok(true)
        });
        Ok(order.outcome(1, u64::from(got), begun))
    })
}
