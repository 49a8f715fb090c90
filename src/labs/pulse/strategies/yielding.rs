//! The long computation in slices of a millisecond, with an `await` between them: the others get their turns.
//!
//! Beyond the seed, whose answer to item 63 is always another thread. A coroutine that gives the loop back after every slice
//! stays on one core and needs no thread; a turn comes late by one slice at most. It only works where the computation can be
//! cut, and it takes as much longer as the others take.
//!
//! Python: `for part in parts: compute(part); await asyncio.sleep(0)`

use std::sync::Arc;
use std::time::Duration;

use super::{Coroutine, Failed, Job, Row, SlowWork};
use crate::runtime::computation::Computation;
use crate::runtime::strategy::{About, Strategy, supports_all};

pub(super) const STRATEGY: Row = Strategy {
    about: About {
        id: "yielding",
        title: "Yielding",
        item: 0,
        claim: "The same computation in slices of 1 ms, the loop given back between them: nobody waits longer than a slice",
        wrong_on_purpose: false,
        source: include_str!("yielding.rs"),
    },
    supports: supports_all,
    make: |_| Ok(Box::new(Yielding)),
};

/// How long it computes before it gives the loop back.
const SLICE: Duration = Duration::from_millis(1);

struct Yielding;

impl SlowWork for Yielding {
    fn name(&self) -> &'static str {
        "computation_in_slices"
    }

    fn call(&self, job: &Arc<Job>) -> Coroutine {
        let job = Arc::clone(job);
        Box::pin(async move {
            let mut computation = Computation::of(job.block);
            while !computation.go_on(SLICE) {
                tokio::task::yield_now().await;
                if job.stop.is_cancelled() {
                    return Err(Failed::Stopped);
                }
            }
            Ok(())
        })
    }
}
