//! A race over the workload that is chosen.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, bounded};
use tokio_util::sync::CancellationToken;

use super::run::{Chunking, Outcome, RunError, Work};
use super::strategies::Row;
use super::workload::Workload;
use crate::runtime::caught;
use crate::runtime::control::Control;
use crate::runtime::cores;
use crate::runtime::race::{Entry, Lap, Mark, Plan, Racer, Sharing, Starter};
use crate::runtime::span::{Recorder, State};
use crate::runtime::strategy::Setup;

/// Who usually races, as far as they can take the workload.
pub const USUAL: [&str; 6] = ["serial", "threads", "processes", "native", "rayon", "coroutines"];

/// What all racers do, and under what conditions.
#[derive(Debug, Clone)]
pub struct Course {
    /// The items.
    pub workload: Workload,
    /// How they are dealt out.
    pub chunking: Chunking,
    /// The only cores that may be used, where there is such a limit.
    pub cores: Option<usize>,
    /// What the strategies are made from.
    pub setup: Setup,
}

/// The race of these strategies.
pub fn plan(course: &Course, rows: &[&'static Row]) -> Plan {
    let starter = |row: &&'static Row| {
        let (row, course) = (*row, course.clone());
        Starter { about: &row.about, enter: Box::new(move |cancel| enter(row, course, cancel)) }
    };
    Plan {
        lab: "gcd",
        what: course.workload.name.clone(),
        unit: course.workload.noun(),
        goal: course.workload.tasks.len() as u64,
        sharing: Sharing::InTurns,
        starters: rows.iter().map(starter).collect(),
    }
}

/// Whether a strategy's work is done where no checkpoint reaches it: in other processes, or by an interpreter.
fn is_elsewhere(row: &Row) -> bool {
    ["processes", "mpi", "python"].iter().any(|kind| row.about.id.starts_with(kind))
}

fn enter(row: &'static Row, course: Course, cancel: &CancellationToken) -> Result<Entry, String> {
    let Course { workload, chunking, cores, setup } = course;
    // All that starts from here on keeps to the limit.
    cores.map_or(Ok(()), cores::limit)?;
    let goal = workload.tasks.len() as u64;
    let control = Control::new(cancel.child_token());
    let work = Work { control: control.clone(), ..Work::new(Arc::clone(&workload.tasks), chunking) };
    let mut strategy = (row.make)(&setup).map_err(|error| error.to_string())?;
    if is_elsewhere(row) {
        let recorder = Recorder::new();
        let work = Work { recorder: recorder.clone(), ..work };
        return Ok(Entry::Whole(Box::new(move || {
            let outcome = strategy.run(&work).map_err(|error| error.to_string())?;
            Ok(marks(&recorder, &outcome, goal))
        })));
    }
    control.hold();
    let (report, ended) = bounded(1);
    let body = move || {
        setup.enter_thread();
        let run = || {
            work.control.checkpoint().map_err(RunError::from)?;
            strategy.run(&work)
        };
        let result = caught::catch(run).map_err(|panicked| panicked.to_string());
        // Nobody takes it when the race has ended before.
        let _ = report.send(result.and_then(|result| result.map_err(|error| error.to_string())));
    };
    thread::Builder::new().name("gcd-racer".to_owned()).spawn(body).map_err(|error| error.to_string())?;
    Ok(Entry::InTurns(Box::new(Held { control, ended, goal })))
}

/// How many items were done when, by the ends of their spans.
fn marks(recorder: &Recorder, outcome: &Outcome, goal: u64) -> Vec<Mark> {
    let spans = recorder.trace().spans;
    let begin = spans.iter().map(|span| span.start_ns).min().unwrap_or(0);
    let items = spans.iter().filter(|span| span.state == State::Running);
    let mut ends: Vec<u64> = items.map(|span| span.end_ns - begin).collect();
    ends.sort_unstable();
    let before = ends.into_iter().zip(1..goal).map(|(end, done)| (Duration::from_nanos(end), done));
    let before = before.filter(|(end, _)| *end < outcome.elapsed);
    before.chain([(outcome.elapsed, goal)]).collect()
}

/// A run on a thread of its own, held between its turns.
struct Held {
    control: Control,
    ended: Receiver<Result<Outcome, String>>,
    goal: u64,
}

impl Racer for Held {
    fn turn(&mut self, slice: Duration) -> Result<Lap, String> {
        let begun = Instant::now();
        self.control.pause(false);
        match self.ended.recv_timeout(slice) {
            Ok(result) => result.map(|_| Lap { took: begun.elapsed(), done: self.goal }),
            Err(RecvTimeoutError::Timeout) => {
                self.control.hold();
                // The last item may be done and its answer still be on the way to the others.
                let done = (self.control.done() as u64).min(self.goal - 1);
                Ok(Lap { took: begun.elapsed(), done })
            }
            Err(RecvTimeoutError::Disconnected) => Err("its thread has ended".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::labs::gcd::strategies::STRATEGIES;
    use crate::labs::gcd::workload::BuiltIn;
    use crate::runtime::race::{LaneState, Race, Standing};
    use crate::runtime::stage::Stage;
    use crate::runtime::strategy::find;
    use std::path::PathBuf;

    fn race(ids: &[&str], workload: Workload) -> Standing {
        let setup = Setup::headless(2, PathBuf::new());
        let course = Course { workload, chunking: Chunking::Dynamic, cores: None, setup: setup.clone() };
        let rows: Vec<&'static Row> = ids.iter().map(|id| find(STRATEGIES, id).unwrap()).collect();
        let (bell, heard) = bounded(1);
        let ring = move || {
            let _ = bell.try_send(());
        };
        let race = Race::start(plan(&course, &rows), setup, Stage::new(), ring).unwrap();
        loop {
            heard.recv_timeout(Duration::from_secs(30)).expect("it goes on");
            let standing = race.standing();
            if standing.over {
                return standing;
            }
        }
    }

    #[test]
    fn every_way_of_working_in_this_process_can_be_held_and_comes_to_the_finish() {
        let groups =
            [["serial", "threads", "threads-gil", "rayon"], ["coroutines", "blocking-pool", "native", "euclid"]];
        for ids in groups {
            let standing = race(&ids, BuiltIn::Seed.workload(1));
            for lane in &standing.lanes {
                assert_eq!((&lane.state, lane.done), (&LaneState::Finished, 6), "{}", lane.about.id);
                assert!(lane.seconds > 0.0 && !lane.replayed);
            }
        }
    }

    #[test]
    fn spans_become_marks_and_the_last_one_is_the_finish() {
        let recorder = Recorder::new();
        let lane = recorder.lane("worker");
        let begun = Instant::now();
        for (label, state, from, to) in
            [("item 0", State::Running, 0, 2), ("wait", State::Io, 2, 3), ("item 1", State::Running, 3, 7)]
        {
            let at = |millis| begun + Duration::from_millis(millis);
            lane.record(label, state, at(from), at(to));
        }
        let outcome = Outcome { elapsed: Duration::from_millis(9), ..Outcome::default() };
        let millis: Vec<_> = marks(&recorder, &outcome, 3).iter().map(|(at, done)| (at.as_millis(), *done)).collect();
        assert_eq!(millis, [(2, 1), (7, 2), (9, 3)]);
    }
}
