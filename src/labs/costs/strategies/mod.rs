//! The units whose costs are measured: one file each, and the table of them.
//!
//! Every probe runs in a process of its own ([`super::probe`]), so a unit may take the whole process for itself: its cores,
//! its memory, its threads.

mod coroutine;
mod parallel_task;
mod pool_job;
mod process;
mod process_job;
mod python_job;
mod socket_pair;
mod thread;

use std::io;
use std::time::{Duration, Instant};

use super::order::Alive;
use crate::runtime::stats::Samples;
use crate::runtime::strategy::Strategy;

pub use process_job::{NOTHING, nothing};

/// A round is measured again until it has been for so long, or so often: a hundred rounds of a hundred tasks are over while the
/// scheduler leaves everything where it happens to be. Every probe is repeated later, between others.
const LONG_ENOUGH: Duration = Duration::from_millis(100);
const OFTEN_ENOUGH: usize = 10_000;

/// Short rounds come first for so long: until the threads of a pool are awake, and the scheduler has spread them over the cores,
/// a round takes a third of the time or three times as much.
const WARM_UP: Duration = Duration::from_millis(30);

/// Rounds of a switch, and switches in each.
const SWITCH_ROUNDS: usize = 40;
const SWITCHES: usize = 500;

/// Something that runs beside others, and what it costs.
pub trait Unit {
    /// The time from starting one to its end, in seconds, measured again and again with `count` in a round or in all.
    fn start(&self, count: usize) -> Result<Samples, CannotMeasure>;

    /// Keeps `count` of them alive at once, or as many as is safe, and reads what each takes. A deep thread or coroutine
    /// holds [`HELD`](super::order::HELD) bytes of its own; the others have nothing that could be deep.
    fn alive(&self, count: usize, deep: bool) -> Result<Alive, CannotMeasure>;

    /// The time to hand over from one to another, or of a round trip to one and back, in seconds.
    fn switch(&self) -> Result<Samples, CannotMeasure>;

    /// The time until `count` waits of a millisecond, begun at once, are over, in seconds.
    fn waits(&self, _count: usize) -> Result<Samples, CannotMeasure> {
        Err(CannotMeasure("waits are compared between pool jobs and coroutines alone".to_owned()))
    }
}

/// A row of the table. A unit that cannot be measured on this machine says why; any other takes every order.
pub type Row = Strategy<(), dyn Unit>;

/// Every unit, in the order of the table on the screen.
pub static STRATEGIES: &[Row] = &[
    thread::STRATEGY,
    pool_job::STRATEGY,
    coroutine::STRATEGY,
    parallel_task::STRATEGY,
    process::STRATEGY,
    process_job::STRATEGY,
    socket_pair::STRATEGY,
    python_job::STRATEGY,
];

/// Why a cost cannot be measured here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct CannotMeasure(pub String);

impl From<io::Error> for CannotMeasure {
    fn from(error: io::Error) -> Self {
        Self(error.to_string())
    }
}

/// Measures a round of `count` until it is known well enough, and returns the seconds of one unit in each round. Short rounds
/// warm up.
fn rounds(count: usize, mut round: impl FnMut(usize) -> Result<(), CannotMeasure>) -> Result<Samples, CannotMeasure> {
    let begun = Instant::now();
    round(count.min(1000))?;
    while begun.elapsed() < WARM_UP {
        round(count.min(1000))?;
    }
    let (mut samples, begun) = (Samples::new(), Instant::now());
    while samples.is_empty() || (samples.len() < OFTEN_ENOUGH && begun.elapsed() < LONG_ENOUGH) {
        let start = Instant::now();
        round(count)?;
        samples.add(start.elapsed().as_secs_f64() / count as f64);
    }
    Ok(samples)
}

/// Calls `switch` again and again, which makes so many switches each time, and returns the seconds of one.
fn switches(mut switch: impl FnMut(usize) -> Result<(), CannotMeasure>) -> Result<Samples, CannotMeasure> {
    switch(SWITCHES)?;
    let mut samples = Samples::new();
    for _ in 0..SWITCH_ROUNDS {
        let start = Instant::now();
        switch(SWITCHES)?;
        samples.add(start.elapsed().as_secs_f64() / SWITCHES as f64);
    }
    Ok(samples)
}

/// Growth that is less than so many bytes, eight pages, cannot be told from what the allocator keeps in hand.
const TOO_LITTLE: u64 = 32 << 10;

/// The memory that each of `count` took between two readings, if it can be told.
fn each(before: Option<u64>, after: Option<u64>, count: usize) -> Option<f64> {
    let grown = after?.saturating_sub(before?);
    (grown >= TOO_LITTLE && count > 0).then_some(grown as f64 / count as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::strategy::Setup;

    /// The units that need no further process. The others are held to the same by the tests of the command line.
    fn within_this_process() -> impl Iterator<Item = (&'static Row, Box<dyn Unit>)> {
        let setup = Setup::headless(2, "/nowhere".into());
        let alone = STRATEGIES
            .iter()
            .filter(|row| !["process", "process-job", "socket-pair", "python-job"].contains(&row.about.id));
        alone.map(move |row| (row, (row.make)(&setup).unwrap()))
    }

    #[test]
    fn every_unit_starts_and_switches_in_a_measurable_time() {
        for (row, unit) in within_this_process() {
            let id = row.about.id;
            let start = unit.start(100).unwrap().median().unwrap();
            assert!(start > 0.0 && start < 1.0, "{id}: {start}");
            // A thread of its own, since a unit may keep the calling one to one core.
            let switch = std::thread::scope(|scope| {
                let measured = scope.spawn(|| (row.make)(&Setup::headless(2, "/nowhere".into())).unwrap().switch());
                measured.join().unwrap().unwrap().median().unwrap()
            });
            assert!(switch > 0.0 && switch < 1.0, "{id}: {switch}");
        }
    }

    #[test]
    fn every_unit_is_alive_as_often_as_asked_and_lets_go_again() {
        for (row, unit) in within_this_process() {
            for deep in [false, true] {
                let alive = unit.alive(50, deep).unwrap();
                assert_eq!((alive.tried, alive.failed_at, alive.bounded), (50, None, None), "{}", row.about.id);
            }
        }
    }

    #[test]
    fn memory_is_told_only_where_it_can_be_seen_in_pages() {
        assert_eq!(each(Some(1 << 20), Some(2 << 20), 1024), Some(1024.0));
        assert_eq!(each(Some(1 << 20), Some((1 << 20) + 8192), 100), None);
        assert_eq!((each(None, Some(1), 1), each(Some(0), Some(1 << 20), 0)), (None, None));
    }

    #[test]
    fn waits_at_once_take_as_long_as_their_unit_lets_them() {
        for (row, unit) in within_this_process() {
            let waits = unit.waits(20);
            let (at_least, known) = match row.about.id {
                // Two workers, one wait each at a time.
                "pool-job" => (0.010, true),
                "coroutine" => (0.001, true),
                _ => (0.0, false),
            };
            assert_eq!(waits.is_ok(), known, "{}", row.about.id);
            if let Ok(waits) = waits {
                assert!(waits.min().unwrap() >= at_least, "{}: {waits:?}", row.about.id);
            }
        }
    }
}
