//! Bottom-up, with the blocking write moved to a thread that runs an event loop of its own: the seed's `WriteThread`.
//!
//! Item 63. The loop that follows the files only awaits: it hands each line to the writer's loop and is free until the
//! answer comes. However slow the disk, the lag stays low. The writer is a scope: it is started before the first file is
//! read, and has written everything when it is left.
//!
//! Python: `async with WriteThread(output_path) as output: await gather(*(tail_async(h, interval, output.write) for h in handles))`

use std::io;
use std::sync::Arc;
use std::thread::{Builder, JoinHandle};

use tokio::sync::{mpsc, oneshot};

use crate::labs::logs::sink::{Closed, Item, Sink};
use crate::labs::logs::sources::Sources;
use crate::labs::logs::strategies::event_loop::{event_loop, run_tasks, tail_async};
use crate::labs::logs::strategies::{Crew, Follow, FollowError, Job};
use crate::runtime::caught::{self, Panicked};
use crate::runtime::span::State;
use crate::runtime::strategy::{About, CannotStart, Setup, Strategy, supports_all};

/// Its row in the table.
pub const STRATEGY: Strategy<Sources, dyn Follow> = Strategy {
    about: About {
        id: "writer-thread",
        title: "writer thread, coroutines",
        item: 63,
        claim: "Coroutines that only await: a thread with its own event loop does the blocking writes, started and \
                stopped as a scope; it polls: what is deleted or cut off before it was read is missed",
        wrong_on_purpose: false,
        source: include_str!("writer_thread.rs"),
    },
    supports: supports_all,
    make,
};

/// Items that may wait for the writer. Each reader waits for its own, so that more would never be used.
const WAITING: usize = 64;

#[allow(clippy::unnecessary_wraps, reason = "the shape that Strategy::make wants")]
fn make(setup: &Setup) -> Result<Box<dyn Follow>, CannotStart> {
    Ok(Box::new(WriterThread { setup: setup.clone() }))
}

struct WriterThread {
    setup: Setup,
}

impl Follow for WriterThread {
    fn run(&mut self, job: &Job) -> Result<(), FollowError> {
        let runtime = event_loop(&self.setup, self.setup.workers)?;
        let crew = Crew::new(&self.setup, &job.stop);
        let writer = WriteThread::enter(&self.setup, Arc::clone(&job.sink))
            .map_err(|source| FollowError::System { what: "the writer thread cannot be started", source })?;
        run_tasks(&runtime, crew, job, |followed| {
            let output = writer.output();
            let lane = self.setup.recorder.lane(followed.origin.name.as_str());
            tail_async(lane, followed, job.clone(), move |item| write(output.clone(), item))
        });
        writer.exit();
        Ok(())
    }
}

/// A line on its way, and where the writer says that it is written.
type Order = (Item, oneshot::Sender<Result<(), Closed>>);

/// Hands an item to the writer, and awaits its answer.
async fn write(output: mpsc::Sender<Order>, item: Item) -> Result<(), Closed> {
    let (answer, answered) = oneshot::channel();
    output.send((item, answer)).await.map_err(|_| Closed)?;
    answered.await.unwrap_or(Err(Closed))
}

/// The writing thread, from enter to exit.
struct WriteThread {
    output: mpsc::Sender<Order>,
    thread: JoinHandle<Result<(), Panicked>>,
}

impl WriteThread {
    /// Starts the thread and its event loop.
    fn enter(setup: &Setup, sink: Arc<dyn Sink>) -> io::Result<Self> {
        let (output, mut orders) = mpsc::channel::<Order>(WAITING);
        let (setup, lane) = (setup.clone(), setup.recorder.lane("writer"));
        let own_loop = tokio::runtime::Builder::new_current_thread().build()?;
        let real_write = async move {
            while let Some((item, answer)) = orders.recv().await {
                // Whoever asked may have been stopped meanwhile; what it asked for is written all the same.
                let _ = answer.send(lane.span("write", State::Io, || item.write(&*sink)));
            }
        };
        let thread = Builder::new().name("logs-writer".to_owned()).spawn(move || {
            setup.enter_thread();
            caught::catch(|| own_loop.block_on(real_write))
        })?;
        Ok(Self { output, thread })
    }

    /// A way for items to the thread.
    fn output(&self) -> mpsc::Sender<Order> {
        self.output.clone()
    }

    /// Has everything written, and ends the thread.
    fn exit(self) {
        drop(self.output);
        if let Ok(Err(panicked)) = self.thread.join() {
            std::panic::resume_unwind(Box::new(panicked.message));
        }
    }
}
