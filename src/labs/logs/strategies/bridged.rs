//! Half way from the bottom: `tail_file` keeps its thread and its name, and inside it blocks on the coroutine.
//!
//! Item 62's bridge. Callers do not know yet that the work below has become a coroutine: each thread runs an event loop of
//! its own until that coroutine is complete. It costs all that threads cost and all that loops cost, and is meant to be
//! torn down when the callers have followed.
//!
//! Python: `def tail_file(handle, interval, write): loop.run_until_complete(tail_async(handle, interval, write))`

use std::sync::Arc;
use std::thread;

use crate::labs::logs::sink::Item;
use crate::labs::logs::sources::{Followed, Sources};
use crate::labs::logs::strategies::event_loop::{Ended, event_loop, tail_async};
use crate::labs::logs::strategies::{Crew, Follow, FollowError, Job, threads};
use crate::runtime::strategy::{About, CannotStart, Setup, Strategy, supports_all};

/// Its row in the table.
pub const STRATEGY: Strategy<Sources, dyn Follow> = Strategy {
    about: About {
        id: "bridged",
        title: "bridged, a loop a thread",
        item: 62,
        claim: "A thread for each file still, each blocking on its coroutine: the bridge between old callers and new \
                callees; it polls: what is deleted or cut off before it was read is missed",
        wrong_on_purpose: false,
        source: include_str!("bridged.rs"),
    },
    supports: supports_all,
    make,
};

#[allow(clippy::unnecessary_wraps, reason = "the shape that Strategy::make wants")]
fn make(setup: &Setup) -> Result<Box<dyn Follow>, CannotStart> {
    Ok(Box::new(Bridged { setup: setup.clone() }))
}

struct Bridged {
    setup: Setup,
}

impl Follow for Bridged {
    fn run(&mut self, job: &Job) -> Result<(), FollowError> {
        let crew = Crew::new(&self.setup, &job.stop);
        let started = thread::scope(|scope| {
            threads::for_each_file(job, |followed| {
                let (crew, setup) = (&crew, &self.setup);
                crew.start(scope, format!("logs-tail-{}", followed.origin.index), move || {
                    let ended = run_until_complete(setup, followed, job);
                    if let Err(Ended::Panicked(panicked)) = ended {
                        crew.take_over(Some(panicked));
                    }
                })
            })
        });
        crew.end();
        started
    }
}

/// Blocks this thread on the coroutine that follows the file.
fn run_until_complete(setup: &Setup, followed: Arc<Followed>, job: &Job) -> Result<(), Ended> {
    let Ok(runtime) = event_loop(setup, 1) else { return Err(Ended::Closed) };
    let sink = Arc::clone(&job.sink);
    let write_async = move |item: Item| {
        let sink = Arc::clone(&sink);
        async move { item.write(&*sink) }
    };
    let lane = setup.recorder.lane(followed.origin.name.as_str());
    runtime.block_on(tail_async(lane, followed, job.clone(), write_async))
}
