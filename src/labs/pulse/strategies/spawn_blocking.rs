//! The blocking call handed to a thread of the loop's pool: the loop only awaits its result.
//!
//! The seed's `run_in_executor` (items 62 and 63): the code that blocks stays as it is, and a thread of a pool blocks in the
//! loop's place. It costs a thread for as long as the call lasts.
//!
//! Python: `await loop.run_in_executor(None, blocking_func)`

use std::sync::Arc;

use super::{Coroutine, Failed, Job, Row, SlowWork};
use crate::runtime::strategy::{About, Strategy, supports_all};

pub(super) const STRATEGY: Row = Strategy {
    about: About {
        id: "spawn-blocking",
        title: "Blocking pool",
        item: 63,
        claim: "The same blocking read on a thread of a pool: the loop awaits its result and goes on",
        wrong_on_purpose: false,
        source: include_str!("spawn_blocking.rs"),
    },
    supports: supports_all,
    make: |_| Ok(Box::new(SpawnBlocking)),
};

struct SpawnBlocking;

impl SlowWork for SpawnBlocking {
    fn name(&self) -> &'static str {
        "run_in_executor"
    }

    fn call(&self, job: &Arc<Job>) -> Coroutine {
        let job = Arc::clone(job);
        Box::pin(async move {
            let blocked = tokio::task::spawn_blocking(move || job.peer.ask(job.block));
            Ok(blocked.await.map_err(|_| Failed::NoThread)??)
        })
    }
}
