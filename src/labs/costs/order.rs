//! What is asked of a probe and what it answers: values that go to a process of their own and back.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// One probe: what to measure of which unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// The unit's name.
    pub unit: String,
    /// What to measure of it.
    pub what: What,
    /// Workers of a pool.
    pub workers: usize,
    /// The program that further processes run.
    pub executable: PathBuf,
}

/// What can be measured of a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum What {
    /// The time from starting one to its end, with nothing done in between; so many in a round, or in all.
    Start {
        /// How many.
        count: usize,
    },
    /// The memory that each takes while so many are alive at once and wait.
    Alive {
        /// How many.
        count: usize,
        /// Each holds [`HELD`] bytes while it waits: on its stack, or in its future.
        deep: bool,
    },
    /// The time to hand over from one to another, or for one round trip.
    Switch,
    /// The time until so many waits of one millisecond, begun at once, are over.
    Waits {
        /// How many.
        count: usize,
    },
}

/// What a deep unit holds while it waits, in bytes.
pub const HELD: usize = 64 << 10;

/// What a probe found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Found {
    /// The value.
    pub value: Value,
    /// Others used so much of the machine meanwhile (its share, 0 to 1) that the value is not to be quoted.
    pub contended: Option<f64>,
}

/// A measured value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Value {
    /// A time in seconds, the median of those measured.
    Seconds(f64),
    /// What was seen with many alive at once.
    Alive(Alive),
    /// The unit cannot be measured on this machine, for this reason.
    Unsupported(String),
}

/// What was seen with many alive at once.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Alive {
    /// Memory of each in bytes, where it can be read.
    pub bytes: Option<f64>,
    /// So many were alive, or tried, at once.
    pub tried: usize,
    /// The system refused one when so many were alive.
    pub failed_at: Option<usize>,
    /// Why no more were tried, when it was fewer than asked for.
    pub bounded: Option<String>,
}

impl What {
    /// What it is, in a few words.
    pub fn words(self) -> String {
        use crate::ui::figures::grouped;
        match self {
            Self::Start { count } => format!("starting {}", grouped(count as u64)),
            Self::Alive { count, deep: false } => format!("{} alive at once", grouped(count as u64)),
            Self::Alive { count, deep: true } => format!("{} that hold 64 KiB", grouped(count as u64)),
            Self::Switch => "switching".to_owned(),
            Self::Waits { count } => format!("{} waits of 1 ms", grouped(count as u64)),
        }
    }
}
