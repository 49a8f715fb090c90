//! The nine stages that a job goes through, from the caller's value to the merged result, and the time each took.

use serde::ser::{Serialize, SerializeMap, Serializer};

/// The stages of a job in a process pool, in the seed's order (item 64).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// The caller turns the input into bytes.
    EncodeInput,
    /// The bytes go to the worker.
    SendInput,
    /// The worker turns them into values.
    DecodeInput,
    /// The worker finds the function by its name.
    ResolveFunction,
    /// The work itself.
    Run,
    /// The worker turns the result into bytes.
    EncodeResult,
    /// The bytes go back.
    SendResult,
    /// The caller turns them into values.
    DecodeResult,
    /// The caller puts the result in its place.
    Merge,
}

impl Stage {
    /// Every stage, in order.
    pub const ALL: [Self; 9] = [
        Self::EncodeInput,
        Self::SendInput,
        Self::DecodeInput,
        Self::ResolveFunction,
        Self::Run,
        Self::EncodeResult,
        Self::SendResult,
        Self::DecodeResult,
        Self::Merge,
    ];

    /// Its name as words: `encode input`.
    pub fn words(self) -> String {
        self.name().replace('_', " ")
    }

    /// Its name in results.
    pub fn name(self) -> &'static str {
        match self {
            Self::EncodeInput => "encode_input",
            Self::SendInput => "send_input",
            Self::DecodeInput => "decode_input",
            Self::ResolveFunction => "resolve_function",
            Self::Run => "run",
            Self::EncodeResult => "encode_result",
            Self::SendResult => "send_result",
            Self::DecodeResult => "decode_result",
            Self::Merge => "merge",
        }
    }
}

/// Time spent in each stage, summed over jobs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StageTimes {
    nanoseconds: [u64; 9],
}

impl StageTimes {
    /// Adds the time from `begin` to `end`, in nanoseconds of the same clock.
    pub fn add(&mut self, stage: Stage, begin: u64, end: u64) {
        self.nanoseconds[stage as usize] += end.saturating_sub(begin);
    }

    /// Takes in another sum.
    pub fn merge(&mut self, other: &Self) {
        for (mine, more) in self.nanoseconds.iter_mut().zip(other.nanoseconds) {
            *mine += more;
        }
    }

    /// The mean of so many sums.
    #[must_use]
    pub fn mean(mut self, count: usize) -> Self {
        self.nanoseconds.iter_mut().for_each(|nanoseconds| *nanoseconds /= count.max(1) as u64);
        self
    }

    /// Time in a stage, in seconds.
    pub fn seconds(&self, stage: Stage) -> f64 {
        self.nanoseconds[stage as usize] as f64 / 1e9
    }

    /// Time in all stages, in seconds.
    pub fn total(&self) -> f64 {
        Stage::ALL.iter().map(|stage| self.seconds(*stage)).sum()
    }

    /// Each stage's share of all the time, 0 to 1, the largest first.
    pub fn shares(&self) -> Vec<(Stage, f64)> {
        let total = self.total().max(1e-12);
        let mut shares: Vec<_> = Stage::ALL.into_iter().map(|stage| (stage, self.seconds(stage) / total)).collect();
        shares.sort_by(|a, b| b.1.total_cmp(&a.1));
        shares
    }

    /// The share of all the time that did not go into the work itself, 0 to 1.
    pub fn overhead(&self) -> f64 {
        let total = self.total();
        if total > 0.0 { 1.0 - self.seconds(Stage::Run) / total } else { 0.0 }
    }
}

impl Serialize for StageTimes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(Stage::ALL.len()))?;
        for stage in Stage::ALL {
            map.serialize_entry(stage.name(), &self.seconds(stage))?;
        }
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_summed_and_written_in_order() {
        let mut times = StageTimes::default();
        times.add(Stage::Run, 1_000, 3_001_000);
        times.add(Stage::Merge, 5, 3);
        let mut more = StageTimes::default();
        more.add(Stage::SendInput, 0, 1_000_000);
        times.merge(&more);
        assert!((times.overhead() - 0.25).abs() < 1e-9, "{times:?}");
        assert_eq!(times.shares()[..2], [(Stage::Run, 0.75), (Stage::SendInput, 0.25)]);
        let json = serde_json::to_string(&times).unwrap();
        let expected =
            r#"{"encode_input":0.0,"send_input":0.001,"decode_input":0.0,"resolve_function":0.0,"run":0.003,"#;
        assert!(json.starts_with(expected), "{json}");
    }
}
