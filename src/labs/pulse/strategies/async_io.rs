//! The read that does not block: the loop is told when the answer has come, and does other things until then.
//!
//! What an event loop is made for (items 60 and 63 of the seed): the socket is handed to the loop, the coroutine awaits it,
//! and no thread waits at all. It needs I/O that the system can announce; files on disk are not of that kind.
//!
//! Python: `data = await reader.read(1024)`

use std::sync::Arc;

use super::{Coroutine, Job, Row, SlowWork};
use crate::runtime::strategy::{About, Strategy, supports_all};

pub(super) const STRATEGY: Row = Strategy {
    about: About {
        id: "async-io",
        title: "Async I/O",
        item: 63,
        claim: "The same read awaited: the loop is told when the answer is there, and no thread waits",
        wrong_on_purpose: false,
        source: include_str!("async_io.rs"),
    },
    supports: supports_all,
    make: |_| Ok(Box::new(AsyncIo)),
};

struct AsyncIo;

impl SlowWork for AsyncIo {
    fn name(&self) -> &'static str {
        "read_async"
    }

    fn call(&self, job: &Arc<Job>) -> Coroutine {
        let job = Arc::clone(job);
        Box::pin(async move { Ok(job.peer.ask_async(job.block).await?) })
    }
}
