//! A blocking read in the middle of a coroutine: the whole loop waits with it.
//!
//! The seed's `slow_coroutine` (item 63): a system call that waits, made on the loop's own thread. For half a second no other
//! callback runs, the 5 ms job misses a hundred beats, and all of them come late at once. Nothing in the code looks wrong;
//! only the loop's own record names the culprit.
//!
//! Python: `async def slow_coroutine(): time.sleep(0.5)  # the loop stands still`

use std::sync::Arc;

use super::{Coroutine, Job, Row, SlowWork};
use crate::runtime::strategy::{About, Strategy, supports_all};

pub(super) const STRATEGY: Row = Strategy {
    about: About {
        id: "blocking",
        title: "Blocking call",
        item: 63,
        claim: "A blocking read on the loop's own thread: every other callback waits until it returns",
        wrong_on_purpose: false,
        source: include_str!("blocking.rs"),
    },
    supports: supports_all,
    make: |_| Ok(Box::new(Blocking)),
};

struct Blocking;

impl SlowWork for Blocking {
    fn name(&self) -> &'static str {
        "slow_coroutine"
    }

    fn call(&self, job: &Arc<Job>) -> Coroutine {
        let job = Arc::clone(job);
        // No await in here: this is one callback, and it takes as long as the peer does.
        Box::pin(async move { Ok(job.peer.ask(job.block)?) })
    }
}
