//! A coroutine (item 60): a state machine of the compiler's making on an event loop. Starting one is an allocation, switching
//! is a function's return, and a waiting one takes only what it still has to remember.
//!
//! Python: `async def main(): await asyncio.gather(*(work() for _ in range(10_000)))`

use std::cell::Cell;
use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::runtime::Runtime;
use tokio::sync::Notify;

use super::{CannotMeasure, Row, Unit, each, rounds, switches};
use crate::labs::costs::limits::Limits;
use crate::labs::costs::order::{Alive, HELD};
use crate::labs::costs::placement::stay_on_one_core;
use crate::runtime::resident;
use crate::runtime::stats::Samples;
use crate::runtime::strategy::{About, Strategy, supports_all};

/// The row of the table.
pub(super) const STRATEGY: Row = Strategy {
    about: About {
        id: "coroutine",
        title: "coroutine",
        item: 60,
        claim: "a state machine on an event loop; a waiting one takes only what it has to remember",
        wrong_on_purpose: false,
        source: include_str!("coroutine.rs"),
    },
    supports: supports_all,
    make: |_| Ok(Box::new(Coroutine)),
};

/// Longer than any probe: these sleeps are never waited for.
const FOR_LONG: Duration = Duration::from_hours(1);

struct Coroutine;

fn event_loop() -> Result<Runtime, CannotMeasure> {
    Ok(tokio::runtime::Builder::new_current_thread().enable_time().build()?)
}

/// Runs `count` coroutines at once on the loop, until all have ended.
fn gather<F: Future<Output = ()> + Send + 'static>(event_loop: &Runtime, count: usize, make: impl Fn() -> F) {
    event_loop.block_on(async {
        let tasks: Vec<_> = (0..count).map(|_| tokio::spawn(make())).collect();
        for task in tasks {
            let _ = task.await;
        }
    });
}

impl Unit for Coroutine {
    /// A round spawns `count` and awaits them all.
    fn start(&self, count: usize) -> Result<Samples, CannotMeasure> {
        let event_loop = event_loop()?;
        rounds(count, |count| {
            gather(&event_loop, count, || async {});
            Ok(())
        })
    }

    fn alive(&self, count: usize, deep: bool) -> Result<Alive, CannotMeasure> {
        let (count, bounded) = Limits::read().tasks(if deep { HELD } else { 0 }).of(count);
        let event_loop = event_loop()?;
        gather(&event_loop, 1, || tokio::time::sleep(Duration::from_millis(1)));
        BEGUN.set(0);
        let before = resident::of_this_process();
        let after = event_loop.block_on(async {
            for _ in 0..count {
                if deep {
                    tokio::spawn(sleep_deep());
                } else {
                    tokio::spawn(sleep());
                }
            }
            // One that was not begun holds nothing yet, and the loop comes back here before it has begun them all.
            while BEGUN.get() < count {
                tokio::task::yield_now().await;
            }
            resident::of_this_process()
        });
        Ok(Alive {
            bytes: each(before, after, count),
            tried: count,
            failed_at: None,
            bounded: bounded.map(str::to_owned),
        })
    }

    /// Two coroutines hand a turn to each other.
    fn switch(&self) -> Result<Samples, CannotMeasure> {
        stay_on_one_core();
        let event_loop = event_loop()?;
        let (here, there) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let stop = Arc::new(AtomicBool::new(false));
        let other = event_loop.spawn({
            let (here, there, stop) = (Arc::clone(&here), Arc::clone(&there), Arc::clone(&stop));
            async move {
                while !stop.load(Ordering::Relaxed) {
                    there.notified().await;
                    here.notify_one();
                }
            }
        });
        let samples = switches(|count| {
            event_loop.block_on(async {
                for _ in 0..count / 2 {
                    there.notify_one();
                    here.notified().await;
                }
            });
            Ok(())
        });
        stop.store(true, Ordering::Relaxed);
        there.notify_one();
        let _ = event_loop.block_on(other);
        samples
    }

    fn waits(&self, count: usize) -> Result<Samples, CannotMeasure> {
        let event_loop = event_loop()?;
        let seconds = rounds(count, |count| {
            gather(&event_loop, count, || tokio::time::sleep(Duration::from_millis(1)));
            Ok(())
        })?;
        Ok(seconds.times(count as f64))
    }
}

thread_local! {
    /// Coroutines of this thread's loop that have begun to sleep.
    static BEGUN: Cell<usize> = const { Cell::new(0) };
}

async fn sleep() {
    BEGUN.set(BEGUN.get() + 1);
    tokio::time::sleep(FOR_LONG).await;
}

/// Sleeps with something to remember across the await.
#[allow(clippy::large_stack_arrays, reason = "what the future holds is what is measured")]
async fn sleep_deep() {
    let mut held = [0_u8; HELD];
    black_box(&mut held);
    sleep().await;
    black_box(&held);
}
