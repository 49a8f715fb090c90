//! What the strategies with coroutines share: an event loop with a task for each file, and the seed's `tail_async`.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use tokio::task::{JoinError, JoinSet, spawn_blocking};
use tokio::time::{Instant, sleep, sleep_until, timeout};

use crate::labs::logs::open_file::{Buffer, Most};
use crate::labs::logs::sink::{Closed, Item, What};
use crate::labs::logs::source::NoNewData;
use crate::labs::logs::sources::Followed;
use crate::labs::logs::strategies::{Crew, FollowError, Job};
use crate::runtime::caught::{self, Panicked};
use crate::runtime::loop_watch::LoopWatch;
use crate::runtime::span::{Lane, State};
use crate::runtime::strategy::Setup;

/// How often the loop's lag is measured.
const BEAT: Duration = Duration::from_millis(20);

/// Why following one file ended before it was told to.
#[derive(Debug)]
pub(super) enum Ended {
    /// Nobody takes lines any more.
    Closed,
    /// The reader panicked.
    Panicked(Panicked),
}

/// An event loop on this thread, whose pool has at most so many threads.
pub(super) fn event_loop(setup: &Setup, threads: usize) -> Result<Runtime, FollowError> {
    let setup = setup.clone();
    Builder::new_current_thread()
        .enable_time()
        .max_blocking_threads(threads.max(1))
        .thread_name("logs-pool")
        .on_thread_start(move || setup.enter_thread())
        .build()
        .map_err(|source| FollowError::System { what: "an event loop cannot be started", source })
}

/// Runs a task for each file on the loop, for those that join later too, until the job's stop is set or all have ended.
pub(super) fn run_tasks<F>(runtime: &Runtime, crew: Crew<'_>, job: &Job, task: impl Fn(Arc<Followed>) -> F)
where
    F: Future<Output = Result<(), Ended>> + Send + 'static,
{
    runtime.block_on(async {
        let beat = tokio::spawn(measure_lag(job.watch.clone()));
        let mut tasks = JoinSet::new();
        let mut new = job.sources.all();
        loop {
            for followed in new.drain(..) {
                tasks.spawn(task(followed));
            }
            if tasks.is_empty() && !job.follow {
                break;
            }
            tokio::select! {
                Some(ended) = tasks.join_next() => take_end(&crew, ended),
                () = sleep(job.interval), if job.follow => new = job.sources.join_new(),
                () = job.stop.token().cancelled() => break,
            }
        }
        while let Some(ended) = tasks.join_next().await {
            take_end(&crew, ended);
        }
        beat.abort();
    });
    crew.end();
}

fn take_end(crew: &Crew<'_>, ended: Result<Result<(), Ended>, JoinError>) {
    let panicked = match ended {
        Ok(Err(Ended::Panicked(panicked))) => Some(panicked),
        Ok(Ok(()) | Err(Ended::Closed)) => None,
        Err(error) => {
            error.try_into_panic().ok().map(|payload| Panicked { message: caught::message(&*payload), place: None })
        }
    };
    crew.take_over(panicked);
}

/// A heartbeat on the loop: how late each beat comes is how long others have kept the loop.
async fn measure_lag(watch: LoopWatch) {
    loop {
        let due = Instant::now() + BEAT;
        sleep_until(due).await;
        watch.lagged(due.elapsed());
    }
}

/// Awaits something, and records how long.
async fn span<T>(lane: &Lane, label: &'static str, awaited: impl Future<Output = T>) -> T {
    let start = std::time::Instant::now();
    let made = awaited.await;
    lane.record(label, State::Io, start, std::time::Instant::now());
    made
}

/// Follows one file as a coroutine: only the blocking read is handed to the loop's pool. The seed's `tail_async`.
pub(super) async fn tail_async<F>(
    spans: Lane,
    followed: Arc<Followed>,
    job: Job,
    write: impl Fn(Item) -> F,
) -> Result<(), Ended>
where
    F: Future<Output = Result<(), Closed>>,
{
    let mut buffer = Buffer::default();
    while !job.stop.is_set() {
        // The buffer goes along to the pool's thread, and comes back with what was read.
        let on_pool = {
            let followed = Arc::clone(&followed);
            move || caught::catch(move || (followed.readline(Most::Line, &mut buffer), buffer))
        };
        let ((notes, line), back) = match span(&spans, "readline", spawn_blocking(on_pool)).await {
            Ok(read) => read.map_err(Ended::Panicked)?,
            // The loop is being taken down.
            Err(_) => return Err(Ended::Closed),
        };
        buffer = back;
        let item = |what| Item { origin: Arc::clone(&followed.origin), what };
        for note in notes {
            write(item(What::Note(note))).await.map_err(|Closed| Ended::Closed)?;
        }
        match line {
            Ok(line) => {
                let bytes = buffer.bytes(&line.found).to_vec();
                let written = write(item(What::Lines(bytes, line.found.ends)));
                span(&spans, "write", written).await.map_err(|Closed| Ended::Closed)?;
                followed.handed_on(&line, &buffer);
            }
            Err(NoNewData) if !job.follow => break,
            Err(NoNewData) => {
                let stopped = job.stop.token().cancelled();
                // Whether the interval or the stop has ended it is seen at the loop's head.
                let _ = span(&spans, "no new data", timeout(job.interval, stopped)).await;
            }
        }
    }
    Ok(())
}
