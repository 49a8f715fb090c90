//! What a worker is given to do, and what it answers.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use super::image::{Features, features};
use super::pair::Pair;
use super::search::{Kernel, WINDOW, count_down};
use crate::runtime::control::Stopped;

/// One item of a workload.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Task {
    /// Find the greatest common divisor.
    Gcd(Pair),
    /// Decode this image, filter it and count its edges: little to send, much to do, little to return.
    Image(ByteBuf),
    /// Add up these bytes: much to send for little to do.
    Sum(ByteBuf),
}

/// What came of a task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Answer {
    /// The greatest common divisor.
    Gcd(u64),
    /// What is known of the image.
    Features(Features),
    /// The sum of the bytes.
    Sum(u64),
}

impl Task {
    /// Does it. Searches go through `kernel`, window by window, with a checkpoint before each.
    ///
    /// An image that is none has features of nothing but zeros: its bytes come from this program, and a test decodes them.
    pub fn solve(&self, kernel: Kernel, checkpoint: impl FnMut() -> Result<(), Stopped>) -> Result<Answer, Stopped> {
        Ok(match self {
            Self::Gcd(pair) => Answer::Gcd(count_down(*pair, kernel, WINDOW, checkpoint)?),
            Self::Image(bytes) => Answer::Features(features(bytes).unwrap_or_default()),
            Self::Sum(bytes) => Answer::Sum(sum(bytes)),
        })
    }

    /// Candidates that a search may have to try; 0 for a task that is no search.
    pub fn candidates(&self) -> u64 {
        match self {
            Self::Gcd(pair) => pair.smaller(),
            Self::Image(_) | Self::Sum(_) => 0,
        }
    }

    /// The pair, if it is one.
    pub fn pair(&self) -> Option<Pair> {
        match self {
            Self::Gcd(pair) => Some(*pair),
            Self::Image(_) | Self::Sum(_) => None,
        }
    }
}

/// The sum of bytes. So many of them at once do not overflow 16 bits, which takes the least of a vector's room: the work is to
/// be small beside the sending.
fn sum(bytes: &[u8]) -> u64 {
    let part = |bytes: &[u8]| u64::from(bytes.iter().map(|byte| u16::from(*byte)).sum::<u16>());
    bytes.chunks(256).map(part).sum()
}

impl Answer {
    /// The answer in results: a number, or an array of them.
    pub fn to_json(&self) -> serde_json::Value {
        match self {
            Self::Gcd(number) | Self::Sum(number) => (*number).into(),
            Self::Features(features) => features.to_vec().into(),
        }
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gcd(number) | Self::Sum(number) => write!(f, "{number}"),
            // The brightness and the share of edges tell an image from another; the rest is in the results.
            Self::Features([mean, edges, ..]) => write!(f, "{mean}/{edges}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::labs::gcd::search::by_division;

    #[test]
    fn each_kind_of_task_has_its_answer() {
        let solve = |task: Task| task.solve(by_division, || Ok(())).unwrap();
        assert_eq!(solve(Task::Gcd(Pair::new(12, 18).unwrap())), Answer::Gcd(6));
        let image = crate::labs::gcd::image::make(&mut crate::labs::gcd::random::Random::new(1));
        let Answer::Features(features) = solve(Task::Image(ByteBuf::from(image))) else {
            panic!("an image has features")
        };
        assert_ne!(features, [0; 10]);
        assert_eq!(Answer::Features(features).to_json().as_array().unwrap().len(), 10);
        assert_eq!(solve(Task::Sum(ByteBuf::from(vec![255; 3]))), Answer::Sum(765));
    }
}
