//! A thread for each file, which looks at it at an interval: the seed's `tail_file`.
//!
//! Item 62 starts from here. The code reads as it runs, and costs a thread a file and a wait of up to the interval for each
//! line. What happens to a name between two looks it learns from what is there at the second.
//!
//! Python: `[Thread(target=tail_file, args=(handle, interval, write)).start() for handle in handles]`

use std::thread;

use crate::labs::logs::open_file::{Buffer, Most};
use crate::labs::logs::sink::Closed;
use crate::labs::logs::source::NoNewData;
use crate::labs::logs::sources::{Followed, Sources};
use crate::labs::logs::strategies::{Crew, Follow, FollowError, Job};
use crate::runtime::strategy::{About, CannotStart, Setup, Strategy, supports_all};

/// Its row in the table.
pub const STRATEGY: Strategy<Sources, dyn Follow> = Strategy {
    about: About {
        id: "threads",
        title: "threads, polling",
        item: 62,
        claim: "a thread for each file that looks, sleeps and looks again: simple, and late by up to the interval",
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
            let mut new = job.sources.all();
            loop {
                for followed in new {
                    let name = format!("logs-tail-{}", followed.origin.index);
                    let started = crew.start(scope, name, move || {
                        // That nobody takes lines any more is known to whoever set the stop.
                        let _ = tail_file(&followed, job);
                    });
                    if started.is_err() {
                        job.stop.set();
                        return started;
                    }
                }
                if !job.follow || job.stop.wait(job.interval) {
                    return Ok(());
                }
                new = job.sources.join_new();
            }
        });
        crew.end();
        started
    }
}

/// Follows one file on this thread, a line at a time.
fn tail_file(followed: &Followed, job: &Job) -> Result<(), Closed> {
    let mut buffer = Buffer::default();
    while !job.stop.is_set() {
        let (notes, line) = followed.readline(Most::Line, &mut buffer);
        for note in notes {
            job.sink.note(&followed.origin, note);
        }
        match line {
            Ok(line) => {
                job.sink.put(&followed.origin, buffer.bytes(&line.found), line.found.ends)?;
                followed.handed_on(&line, &buffer);
            }
            Err(NoNewData) if !job.follow => break,
            Err(NoNewData) => {
                job.stop.wait(job.interval);
            }
        }
    }
    Ok(())
}
