//! Coroutines that want a turn on a loop that another one is on: what the strategies about starvation share.

use std::cell::Cell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use tokio::runtime::Builder;
use tokio::task::{LocalSet, spawn_local, yield_now};

use crate::labs::hazards::order::{CannotRun, Order, Outcome};
use crate::labs::hazards::waits::Wait;
use crate::runtime::computation::Computation;
use crate::runtime::strategy::Setup;

/// Coroutines that want a turn.
const OTHERS: u64 = 100;

/// How long the greedy coroutine computes before it looks whether the run is to end.
pub(super) const SLICE: Duration = Duration::from_millis(1);

/// The computation of the greedy coroutine: it fills the run's time.
pub(super) fn computation(order: &Order) -> Computation {
    Computation::of(order.time)
}

/// Runs `greedy` on an event loop on which a hundred others want one turn each, and counts those that had theirs while it ran.
/// What it returns is kept until then.
pub(super) fn count_turns<T: 'static>(
    order: &Order,
    setup: &Setup,
    greedy: impl Future<Output = T> + 'static,
) -> Result<Outcome, CannotRun> {
    let begun = Instant::now();
    let on_start = setup.clone();
    let runtime = Builder::new_current_thread()
        .thread_name("hazards-block")
        .on_thread_start(move || on_start.enter_thread())
        .build()
        .map_err(|why| CannotRun { what: "the event loop", why })?;
    let turns = Rc::new(Cell::new(0));
    let (got, starved) = LocalSet::new().block_on(&runtime, async {
        let greedy = spawn_local(greedy);
        let waiting = Rc::new(order.waits.note(Wait::on("each of 100 coroutines", "the loop")));
        for _ in 0..OTHERS {
            let (turns, waiting) = (Rc::clone(&turns), Rc::clone(&waiting));
            spawn_local(async move {
                yield_now().await;
                turns.set(turns.get() + 1);
                drop(waiting);
            });
        }
        drop(waiting);
        // It ends by itself; a panic in it ends it too.
        let _kept = greedy.await;
        (turns.get(), order.waits.now())
    });
    let starved = if got < OTHERS { starved } else { vec![] };
    Ok(Outcome { expected: OTHERS, got, seconds: begun.elapsed().as_secs_f64(), deadlock: None, starved })
}
