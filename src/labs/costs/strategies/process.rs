//! A process of the operating system (item 64): memory of its own, a program to load, and nothing shared. That is why it takes
//! the longest to start and why nothing that happens in it can harm the others.
//!
//! Python: `process = Process(target=work); process.start(); process.join()`

use std::path::PathBuf;
use std::time::Instant;

use super::{CannotMeasure, LONG_ENOUGH, Row, Unit};
use crate::labs::costs::echo::Echo;
use crate::labs::costs::limits::Limits;
use crate::labs::costs::order::Alive;
use crate::labs::costs::placement::stay_on_one_core;
use crate::runtime::resident;
use crate::runtime::stats::Samples;
use crate::runtime::strategy::{About, Strategy, supports_all};

/// The row of the table.
pub(super) const STRATEGY: Row = Strategy {
    about: About {
        id: "process",
        title: "process",
        item: 64,
        claim: "memory of its own and a program to load; nothing is shared",
        wrong_on_purpose: false,
        source: include_str!("process.rs"),
    },
    supports: supports_all,
    make: |setup| Ok(Box::new(Process { executable: setup.executable.clone() })),
};

struct Process {
    executable: PathBuf,
}

impl Unit for Process {
    /// Started one after another; each ends as soon as it is up.
    fn start(&self, count: usize) -> Result<Samples, CannotMeasure> {
        let (mut samples, begun) = (Samples::new(), Instant::now());
        while samples.len() < count && (samples.is_empty() || begun.elapsed() < LONG_ENOUGH) {
            let start = Instant::now();
            Echo::start(&self.executable, 1, 1)?.end()?;
            samples.add_duration(start.elapsed());
        }
        Ok(samples)
    }

    /// The memory of a process that waits: what would be free again without it.
    fn alive(&self, count: usize, _deep: bool) -> Result<Alive, CannotMeasure> {
        let (count, bounded) = Limits::read().processes().of(count);
        let mut alive = Vec::with_capacity(count);
        while alive.len() < count {
            match Echo::start(&self.executable, 1, 1) {
                Ok(echo) => alive.push(echo),
                Err(_) => break,
            }
        }
        for echo in &mut alive {
            // It is up, and has run what it will run, once it has answered.
            echo.round_trip()?;
        }
        let sizes: Vec<u64> = alive.iter().filter_map(|echo| resident::of_process_alone(echo.id())).collect();
        let started = alive.len();
        for echo in alive {
            echo.end()?;
        }
        Ok(Alive {
            bytes: (sizes.len() == started && started > 0).then(|| sizes.iter().sum::<u64>() as f64 / started as f64),
            tried: count,
            failed_at: (started < count).then_some(started),
            bounded: bounded.map(str::to_owned),
        })
    }

    /// Two processes on one core hand a byte to each other.
    fn switch(&self) -> Result<Samples, CannotMeasure> {
        stay_on_one_core();
        let mut echo = Echo::start(&self.executable, 1, 1)?;
        let round_trips = echo.round_trips()?;
        echo.end()?;
        Ok(round_trips.times(0.5))
    }
}
