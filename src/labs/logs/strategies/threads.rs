//! A thread for each file, which looks at it at an interval: the seed's `tail_file`.
//!
//! Item 62 starts from here. The code reads as it runs, and costs a thread a file and a wait of up to the interval for each
//! line. What happens to a name between two looks it learns from what is there at the second.
//!
//! Python: `[Thread(target=tail_file, args=(handle, interval, write)).start() for handle in handles]`

use std::sync::Arc;
use std::thread;

use crate::labs::logs::open_file::{Buffer, Most};
use crate::labs::logs::sink::{Closed, Item, What};
use crate::labs::logs::source::NoNewData;
use crate::labs::logs::sources::{Followed, Sources};
use crate::labs::logs::strategies::{Crew, Follow, FollowError, Job};
use crate::runtime::span::{Lane, State};
use crate::runtime::strategy::{About, CannotStart, Setup, Strategy, supports_all};

/// Its row in the table.
pub const STRATEGY: Strategy<Sources, dyn Follow> = Strategy {
    about: About {
        id: "threads",
        title: "threads, polling",
        item: 62,
        claim: "A thread for each file that looks, sleeps and looks again: simple, late by up to the interval; a file \
                that comes and goes between two looks is missed",
        wrong_on_purpose: false,
        source: include_str!("threads.rs"),
    },
    supports: supports_all,
    make,
};

#[allow(clippy::unnecessary_wraps, reason = "the shape that Strategy::make wants")]
fn make(setup: &Setup) -> Result<Box<dyn Follow>, CannotStart> {
    Ok(Box::new(Threads { setup: setup.clone() }))
}

struct Threads {
    setup: Setup,
}

impl Follow for Threads {
    fn run(&mut self, job: &Job) -> Result<(), FollowError> {
        let crew = Crew::new(&self.setup, &job.stop);
        let started = thread::scope(|scope| {
            for_each_file(job, |followed| {
                let lane = self.setup.recorder.lane(followed.origin.name.as_str());
                crew.start(scope, format!("logs-tail-{}", followed.origin.index), move || {
                    let write = |item: Item| item.write(&*job.sink);
                    // That nobody takes lines any more is known to whoever set the stop.
                    let _ = tail_file(&followed, job, &lane, write);
                })
            })
        });
        crew.end();
        started
    }
}

/// Calls `start` for each file that is followed, and for those that join later, until the job's stop is set.
pub(super) fn for_each_file(
    job: &Job,
    start: impl Fn(Arc<Followed>) -> Result<(), FollowError>,
) -> Result<(), FollowError> {
    let mut new = job.sources.all();
    loop {
        if let Err(error) = new.into_iter().try_for_each(&start) {
            job.stop.set();
            return Err(error);
        }
        if !job.follow || job.stop.wait(job.interval) {
            return Ok(());
        }
        new = job.sources.join_new();
    }
}

/// Follows one file on this thread, a line at a time.
pub(super) fn tail_file(
    followed: &Followed,
    job: &Job,
    spans: &Lane,
    write: impl Fn(Item) -> Result<(), Closed>,
) -> Result<(), Closed> {
    let mut buffer = Buffer::default();
    let item = |what| Item { origin: Arc::clone(&followed.origin), what };
    while !job.stop.is_set() {
        let (notes, line) = spans.span("readline", State::Running, || followed.readline(Most::Line, &mut buffer));
        for note in notes {
            write(item(What::Note(note)))?;
        }
        match line {
            Ok(line) => {
                let lines = item(What::Lines(buffer.bytes(&line.found).to_vec(), line.found.ends));
                spans.span("write", State::Io, || write(lines))?;
                followed.handed_on(&line, &buffer);
            }
            Err(NoNewData) if !job.follow => break,
            Err(NoNewData) => {
                spans.span("no new data", State::Io, || job.stop.wait(job.interval));
            }
        }
    }
    Ok(())
}
