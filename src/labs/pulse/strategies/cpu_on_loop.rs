//! A long computation in the middle of a coroutine: it waits for nothing, and the loop stands still all the same.
//!
//! The third of the seed's bad patterns (item 63). An event loop changes from one coroutine to another only at an `await`, and
//! a computation has none: it keeps the loop as surely as a blocking call does, and one core as well.
//!
//! Python: `async def report(): result = expensive_computation()  # no await, no turn for anybody else`

use std::sync::Arc;
use std::time::Duration;

use super::{Coroutine, Failed, Job, Row, SlowWork};
use crate::runtime::computation::Computation;
use crate::runtime::strategy::{About, Strategy, supports_all};

pub(super) const STRATEGY: Row = Strategy {
    about: About {
        id: "cpu-on-loop",
        title: "Computing on the loop",
        item: 63,
        claim: "A long computation between two awaits keeps the loop just as a blocking call does",
        wrong_on_purpose: false,
        source: include_str!("cpu_on_loop.rs"),
    },
    supports: supports_all,
    make: |_| Ok(Box::new(CpuOnLoop)),
};

/// How often it looks whether the whole loop is to end, which nobody could tell it otherwise.
const LOOK: Duration = Duration::from_millis(1);

struct CpuOnLoop;

impl SlowWork for CpuOnLoop {
    fn name(&self) -> &'static str {
        "expensive_computation"
    }

    fn call(&self, job: &Arc<Job>) -> Coroutine {
        let job = Arc::clone(job);
        Box::pin(async move {
            let mut computation = Computation::of(job.block);
            while !computation.go_on(LOOK) {
                if job.stop.is_cancelled() {
                    return Err(Failed::Stopped);
                }
            }
            Ok(())
        })
    }
}
