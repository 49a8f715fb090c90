//! The demonstration's own event loop: a small job every 5 ms, and slow work when somebody gives it some.

use std::hint::black_box;
use std::io;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use tokio::runtime::Builder;
use tokio::sync::mpsc;
use tokio::task::{JoinError, JoinHandle as TaskHandle, LocalSet, spawn_local};
use tokio_util::sync::CancellationToken;

use super::peer::Peer;
use super::record::{Beat, Record};
use super::strategies::{Coroutine, Job, Row};
use super::ticker::Ticker;
use crate::runtime::caught;
use crate::runtime::strategy::{CannotStart, Setup};

/// The small job is due this often.
pub const BEAT: Duration = Duration::from_millis(5);

/// A running loop. Dropped, it ends, whatever it does at that moment.
#[derive(Debug)]
pub struct DemoLoop {
    /// One order waits at most: who orders looks first whether one is under way.
    orders: mpsc::Sender<()>,
    job: Arc<Job>,
    thread: Option<JoinHandle<()>>,
}

impl DemoLoop {
    /// Starts a loop that does its slow work, `block` of it each time, as this strategy does. What it observes goes to `record`.
    pub fn start(row: &'static Row, setup: &Setup, block: Duration, record: Record) -> Result<Self, CannotStart> {
        let cannot = |error: io::Error| CannotStart::new(row.about.id, error);
        let (orders, waiting) = mpsc::channel(1);
        let peer = Peer::start().map_err(cannot)?;
        let job = Arc::new(Job { block, peer, stop: CancellationToken::new() });
        let (setup, inside) = (setup.clone(), Arc::clone(&job));
        let body = move || {
            setup.enter_thread();
            if let Err(why) = run(row, &setup, inside, &record, waiting) {
                record.failed(why);
            }
        };
        let thread = thread::Builder::new().name("pulse-loop".to_owned()).spawn(body).map_err(cannot)?;
        Ok(Self { orders, job, thread: Some(thread) })
    }

    /// Gives the loop a piece of slow work. False when it has one waiting already, or has ended.
    pub fn give_work(&self) -> bool {
        self.orders.try_send(()).is_ok()
    }

    /// Tells it to end: its slow work is cut short. Returns at once.
    pub fn stop(&self) {
        self.job.stop.cancel();
        self.job.peer.hang_up();
    }

    /// Whether its thread has ended.
    pub fn has_ended(&self) -> bool {
        self.thread.as_ref().is_none_or(JoinHandle::is_finished)
    }
}

impl Drop for DemoLoop {
    fn drop(&mut self) {
        self.stop();
        if let Some(thread) = self.thread.take() {
            // What went wrong inside was written to the record.
            let _ = thread.join();
        }
    }
}

/// The loop's thread.
fn run(
    row: &'static Row,
    setup: &Setup,
    job: Arc<Job>,
    record: &Record,
    orders: mpsc::Receiver<()>,
) -> Result<(), String> {
    let on_start = setup.clone();
    let runtime = Builder::new_current_thread()
        .enable_all()
        .thread_name("pulse-blocking")
        .on_thread_start(move || on_start.enter_thread())
        .build()
        .map_err(|error| error.to_string())?;
    let tasks = LocalSet::new();
    tasks.block_on(&runtime, serve(row, setup, job, record, orders))
}

/// Starts the small job and does the slow work that is ordered, until the loop is told to end. The tasks end with it.
async fn serve(
    row: &'static Row,
    setup: &Setup,
    job: Arc<Job>,
    record: &Record,
    mut orders: mpsc::Receiver<()>,
) -> Result<(), String> {
    let lane = setup.recorder.lane(format!("loop, {}", row.about.id));
    let work = (row.make)(setup).map_err(|error| error.to_string())?;
    let mut beat = spawn_local(record.watch.watched("beat", lane.clone(), beat(record.clone())));
    let mut call: Option<TaskHandle<()>> = None;
    loop {
        tokio::select! {
            biased;
            () = job.stop.cancelled() => return Ok(()),
            ended = &mut beat => return Err(why(ended.map(Result::err))),
            ended = async { call.as_mut().expect("the branch is guarded").await }, if call.is_some() => {
                call = None;
                if ended.is_err() {
                    record.call_ended(Some(why(ended.map(|()| None))));
                }
            }
            order = orders.recv(), if call.is_none() => match order {
                Some(()) => {
                    let slow = slow_work(work.call(&job), record.clone());
                    call = Some(spawn_local(record.watch.watched(work.name(), lane.clone(), slow)));
                }
                None => return Ok(()),
            },
        }
    }
}

/// One piece of slow work. Begin and end are written down in its own callbacks, so that no beat slips in between.
async fn slow_work(work: Coroutine, record: Record) {
    record.call_begun();
    let failed = work.await.err();
    record.call_ended(failed.map(|failed| failed.to_string()));
}

/// Why a task ended that was not to.
fn why(ended: Result<Option<io::Error>, JoinError>) -> String {
    match ended {
        Ok(failed) => failed.map_or_else(|| "it ended".to_owned(), |error| error.to_string()),
        Err(error) => match error.try_into_panic() {
            Ok(payload) => format!("panicked: {}", caught::message(&*payload)),
            Err(error) => error.to_string(),
        },
    }
}

/// The small job, again and again.
async fn beat(record: Record) -> io::Result<()> {
    let mut ticker = Ticker::new(BEAT)?;
    loop {
        let due = ticker.due().await?;
        let ran = Instant::now();
        small_job();
        record.beat(Beat { ran, lag: ran.saturating_duration_since(due) });
    }
}

/// A checksum over a kilobyte: some microseconds, as the handler of a small message takes (FNV-1a,
/// <http://www.isthe.com/chongo/tech/comp/fnv/>).
fn small_job() {
    let bytes = black_box([0x5a_u8; 1024]);
    let sum = bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3));
    black_box(sum);
}
