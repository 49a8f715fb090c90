//! The migration from the top: the entry point is an event loop, and what it calls still blocks, on threads of a pool.
//!
//! Item 62's first way. Each file has the seed's `tail_file` on a pool thread; each line goes back to a coroutine on the
//! loop, which writes it, and the thread waits until it has. So the output belongs to the loop alone and needs no lock, and
//! every line costs two hand-overs.
//!
//! Python: `loop.run_in_executor(None, tail_file, handle, interval, lambda d: run_coroutine_threadsafe(write(d), loop).result())`

use std::sync::Arc;

use tokio::runtime::Handle;
use tokio::task::spawn_blocking;

use crate::labs::logs::sink::{Closed, Item};
use crate::labs::logs::sources::{Followed, Sources};
use crate::labs::logs::strategies::event_loop::{Ended, event_loop, run_tasks};
use crate::labs::logs::strategies::threads::tail_file;
use crate::labs::logs::strategies::{Crew, Follow, FollowError, Job};
use crate::runtime::caught;
use crate::runtime::span::Lane;
use crate::runtime::strategy::{About, CannotStart, Setup, Strategy, supports_all};

/// Its row in the table.
pub const STRATEGY: Strategy<Sources, dyn Follow> = Strategy {
    about: About {
        id: "top-down",
        title: "top-down, loop over threads",
        item: 62,
        claim: "An event loop at the top, blocking tails in its thread pool, each line handed back to the loop and \
                waited for; it polls: what is deleted or cut off before it was read is missed",
        wrong_on_purpose: false,
        source: include_str!("top_down.rs"),
    },
    supports: supports_all,
    make,
};

/// A pool thread is held by each file: as many as files can be open.
const MOST_FILES: usize = 10_000;

#[allow(clippy::unnecessary_wraps, reason = "the shape that Strategy::make wants")]
fn make(setup: &Setup) -> Result<Box<dyn Follow>, CannotStart> {
    Ok(Box::new(TopDown { setup: setup.clone() }))
}

struct TopDown {
    setup: Setup,
}

impl Follow for TopDown {
    fn run(&mut self, job: &Job) -> Result<(), FollowError> {
        let runtime = event_loop(&self.setup, MOST_FILES)?;
        let crew = Crew::new(&self.setup, &job.stop);
        let on_loop = runtime.handle().clone();
        run_tasks(&runtime, crew, job, |followed| {
            let lane = self.setup.recorder.lane(followed.origin.name.as_str());
            run_in_executor(followed, job.clone(), lane, on_loop.clone())
        });
        Ok(())
    }
}

/// A blocking tail on a thread of the loop's pool.
async fn run_in_executor(followed: Arc<Followed>, job: Job, lane: Lane, on_loop: Handle) -> Result<(), Ended> {
    let tail = move || {
        let write = |item: Item| run_coroutine_threadsafe(&on_loop, &job, item);
        caught::catch(|| tail_file(&followed, &job, &lane, write))
    };
    match spawn_blocking(tail).await {
        Ok(Ok(Ok(()))) => Ok(()),
        Ok(Err(panicked)) => Err(Ended::Panicked(panicked)),
        Ok(Ok(Err(Closed))) | Err(_) => Err(Ended::Closed),
    }
}

/// Has a coroutine on the loop write the item, and waits for it, on a thread that is not the loop's.
fn run_coroutine_threadsafe(on_loop: &Handle, job: &Job, item: Item) -> Result<(), Closed> {
    let sink = Arc::clone(&job.sink);
    let written = on_loop.spawn(async move { item.write(&*sink) });
    on_loop.block_on(written).unwrap_or(Err(Closed))
}
