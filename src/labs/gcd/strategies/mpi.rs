//! Ranks over MPI: the pairs are scattered over them, each searches its own, and the answers are gathered.
//!
//! Beyond the seed: what its process pool does on one machine, ranks do on as many as there are. Nothing is shared and nobody
//! supervises: a rank that dies ends the job, where a pool would have replaced a worker.
//!
//! Python: `comm.gather([gcd(pair) for pair in comm.scatter(parts)])`, with mpi4py

use std::time::Instant;

use serde::{Deserialize, Serialize};

use super::Row;
use crate::labs::gcd::run::{Outcome, Run, RunError, Work};
use crate::labs::gcd::search::by_division;
use crate::labs::gcd::task::{Answer, Task};
use crate::runtime::clock;
use crate::runtime::control::Stopped;
use crate::runtime::ranks::{RankJob, Ranks, share};
use crate::runtime::span::State;
use crate::runtime::strategy::{About, CannotStart, Strategy};

pub(super) const ROW: Row = Strategy {
    about: About {
        id: "mpi",
        title: "MPI ranks",
        item: 0,
        claim: "Past one machine: pairs scattered over ranks that share nothing, answers gathered",
        wrong_on_purpose: false,
        source: include_str!("mpi.rs"),
    },
    supports: |_| Ranks::of_this_program().map(drop),
    make: |_| {
        let ranks = Ranks::of_this_program().map_err(|why| CannotStart::new("mpi", why))?;
        Ok(Box::new(Mpi(ranks)))
    },
};

/// What the other ranks do.
pub(super) const RANK_JOB: (&str, RankJob) = ("gcd", |ranks| {
    let _ = solve(*ranks, None);
});

/// What one rank has done.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Part {
    answers: Vec<Answer>,
    /// When each was begun and done, in nanoseconds of the machine's clock. Clocks of other machines differ.
    times: Vec<(u64, u64)>,
}

/// Collective: each rank does its part. The first one gives the work and gets all parts; if it was told to stop, they are not
/// complete.
fn solve(ranks: Ranks, work: Option<&Work>) -> (Vec<Part>, Result<(), Stopped>) {
    let parts = work.map(|work| {
        let part = |rank| work.tasks[share(work.tasks.len(), ranks.count(), rank)].to_vec();
        (0..ranks.count()).map(part).collect::<Vec<Vec<Task>>>()
    });
    let tasks: Vec<Task> = ranks.scatter(parts.as_deref());
    let mut part = Part::default();
    let checkpoint = || work.map_or(Ok(()), |work| work.control.checkpoint());
    let done = tasks.iter().try_for_each(|task| {
        let begun = clock::now();
        part.answers.push(task.solve(by_division, checkpoint)?);
        part.times.push((begun, clock::now()));
        if let Some(work) = work {
            work.control.item_done();
        }
        Ok(())
    });
    // Also after a stop: the others wait here.
    (ranks.gather(&part), done)
}

struct Mpi(Ranks);

impl Run for Mpi {
    fn run(&mut self, work: &Work) -> Result<Outcome, RunError> {
        let start = Instant::now();
        self.0.call(RANK_JOB.0);
        let (parts, done) = solve(self.0, Some(work));
        done?;
        let elapsed = start.elapsed();
        let anchor = clock::Anchor::now();
        for (rank, part) in parts.iter().enumerate() {
            if work.recorder.is_on() {
                let lane = work.recorder.lane(format!("rank {rank}"));
                let first = share(work.tasks.len(), parts.len(), rank).start;
                for (number, (begun, ended)) in part.times.iter().enumerate() {
                    let label = format!("item {}", first + number);
                    lane.record(label, State::Running, anchor.instant(*begun), anchor.instant(*ended));
                }
            }
            if rank > 0 {
                part.answers.iter().for_each(|_| work.control.item_done());
            }
        }
        let answers = parts.into_iter().flat_map(|part| part.answers).collect();
        Ok(Outcome { answers, elapsed, ..Outcome::default() })
    }
}
