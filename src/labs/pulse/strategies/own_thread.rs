//! A thread with an event loop of its own takes all the blocking calls, one after the other, in order.
//!
//! The seed's `WriteThread` (item 63): coroutines are sent to the other loop, which may block as it likes, and the first loop
//! awaits their results. Against a pool it keeps the calls in order and needs one thread for all of them.
//!
//! Python: `await wrap_future(run_coroutine_threadsafe(self.real_write(data), self.loop))`

use std::io;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use tokio::runtime::Builder;
use tokio::sync::{mpsc, oneshot};

use super::{Coroutine, Failed, Job, Row, SlowWork};
use crate::runtime::strategy::{About, CannotStart, Setup, Strategy, supports_all};

pub(super) const STRATEGY: Row = Strategy {
    about: About {
        id: "own-thread",
        title: "Thread with a loop",
        item: 63,
        claim: "One thread with an event loop of its own takes the blocking calls in order, and may block",
        wrong_on_purpose: false,
        source: include_str!("own_thread.rs"),
    },
    supports: supports_all,
    make: |setup| Ok(Box::new(OwnThread::start(setup).map_err(|error| CannotStart::new("own-thread", error))?)),
};

/// A call for the other loop, and where its result goes.
struct Sent {
    job: Arc<Job>,
    result: oneshot::Sender<io::Result<()>>,
}

struct OwnThread {
    calls: Option<mpsc::Sender<Sent>>,
    thread: Option<JoinHandle<()>>,
}

impl OwnThread {
    fn start(setup: &Setup) -> io::Result<Self> {
        let runtime = Builder::new_current_thread().build()?;
        let (calls, mut received) = mpsc::channel::<Sent>(16);
        let setup = setup.clone();
        let body = move || {
            setup.enter_thread();
            runtime.block_on(async {
                while let Some(Sent { job, result }) = received.recv().await {
                    // This loop has nobody else to keep waiting. Whoever asked may have gone meanwhile.
                    let _ = result.send(job.peer.ask(job.block));
                }
            });
        };
        let thread = thread::Builder::new().name("pulse-own".to_owned()).spawn(body)?;
        Ok(Self { calls: Some(calls), thread: Some(thread) })
    }
}

impl SlowWork for OwnThread {
    fn name(&self) -> &'static str {
        "run_coroutine_threadsafe"
    }

    fn call(&self, job: &Arc<Job>) -> Coroutine {
        // Weak: the thread ends when `self` does, whoever still waits for an answer.
        let (job, calls) = (Arc::clone(job), self.calls.as_ref().map(mpsc::Sender::downgrade));
        Box::pin(async move {
            let (result, answer) = oneshot::channel();
            let calls = calls.and_then(|calls| calls.upgrade()).ok_or(Failed::NoThread)?;
            calls.send(Sent { job, result }).await.map_err(|_| Failed::NoThread)?;
            drop(calls);
            Ok(answer.await.map_err(|_| Failed::NoThread)??)
        })
    }
}

impl Drop for OwnThread {
    fn drop(&mut self) {
        self.calls = None;
        if let Some(thread) = self.thread.take() {
            // It ends with its queue and has nothing to say.
            let _ = thread.join();
        }
    }
}
