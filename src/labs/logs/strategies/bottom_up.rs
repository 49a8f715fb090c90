//! The migration from the bottom: a coroutine for each file, and only the blocking read is handed to a pool.
//!
//! Item 62's second way, at its end. A thousand files need no thousand threads. But the write is still a blocking call on
//! the loop: while the disk is slow every file waits, and the loop's lag shows it. That is the breach which item 63 is
//! about; it is committed on this strategy's own loop.
//!
//! Python: `line = await loop.run_in_executor(None, readline, handle); output.write(line)`

use std::sync::Arc;

use crate::labs::logs::sink::Item;
use crate::labs::logs::sources::Sources;
use crate::labs::logs::strategies::event_loop::{event_loop, run_tasks, tail_async};
use crate::labs::logs::strategies::{Crew, Follow, FollowError, Job};
use crate::runtime::strategy::{About, CannotStart, Setup, Strategy, supports_all};

/// Its row in the table.
pub const STRATEGY: Strategy<Sources, dyn Follow> = Strategy {
    about: About {
        id: "bottom-up",
        title: "bottom-up, coroutines",
        item: 62,
        claim: "A coroutine for each file, blocking reads in a pool; the write still blocks the loop, as its lag \
                shows; it polls: what is deleted or cut off before it was read is missed",
        wrong_on_purpose: false,
        source: include_str!("bottom_up.rs"),
    },
    supports: supports_all,
    make,
};

#[allow(clippy::unnecessary_wraps, reason = "the shape that Strategy::make wants")]
fn make(setup: &Setup) -> Result<Box<dyn Follow>, CannotStart> {
    Ok(Box::new(BottomUp { setup: setup.clone() }))
}

struct BottomUp {
    setup: Setup,
}

impl Follow for BottomUp {
    fn run(&mut self, job: &Job) -> Result<(), FollowError> {
        let runtime = event_loop(&self.setup, self.setup.workers)?;
        let crew = Crew::new(&self.setup, &job.stop);
        run_tasks(&runtime, crew, job, |followed| {
            let sink = Arc::clone(&job.sink);
            let write_async = move |item: Item| {
                let sink = Arc::clone(&sink);
                async move { item.write(&*sink) }
            };
            let lane = self.setup.recorder.lane(followed.origin.name.as_str());
            tail_async(lane, followed, job.clone(), write_async)
        });
        Ok(())
    }
}
