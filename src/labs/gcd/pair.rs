//! A pair of numbers whose greatest common divisor is wanted.

use std::fmt;
use std::num::NonZeroU64;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Two positive numbers. Zero has every number as a divisor, so that a search for the greatest would not end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Pair {
    a: NonZeroU64,
    b: NonZeroU64,
}

/// A text or numbers that make no pair.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotAPair {
    /// One of the numbers is 0.
    #[error("0 has no greatest divisor: both numbers of a pair are at least 1")]
    Zero,
    /// The text is not two numbers with a comma between.
    #[error(
        "{0:?} is not a pair: write two whole numbers from 1 to 18446744073709551615 with a comma between, as in 12,18"
    )]
    Text(String),
}

impl Pair {
    /// A pair; the error says that 0 is none.
    pub fn new(a: u64, b: u64) -> Result<Self, NotAPair> {
        match (NonZeroU64::new(a), NonZeroU64::new(b)) {
            (Some(a), Some(b)) => Ok(Self { a, b }),
            _ => Err(NotAPair::Zero),
        }
    }

    /// A pair known to be good when the program is built.
    pub(super) const fn known(a: u64, b: u64) -> Self {
        match (NonZeroU64::new(a), NonZeroU64::new(b)) {
            (Some(a), Some(b)) => Self { a, b },
            _ => panic!("0 in a pair"),
        }
    }

    /// The smaller number: where a search begins.
    pub fn smaller(self) -> u64 {
        self.a.min(self.b).get()
    }

    /// The larger number.
    pub fn larger(self) -> u64 {
        self.a.max(self.b).get()
    }

    /// Whether both numbers are divisible by this one, which is not 0.
    pub fn has_divisor(self, divisor: u64) -> bool {
        self.a.get().is_multiple_of(divisor) && self.b.get().is_multiple_of(divisor)
    }

    /// The greatest common divisor by Euclid's algorithm (Elements, book 7, proposition 2): a few dozen divisions at most.
    pub fn euclid(self) -> u64 {
        let (mut larger, mut smaller) = (self.larger(), self.smaller());
        while smaller > 0 {
            (larger, smaller) = (smaller, larger % smaller);
        }
        larger
    }
}

impl FromStr for Pair {
    type Err = NotAPair;

    fn from_str(text: &str) -> Result<Self, NotAPair> {
        let numbers = text.split_once(',').and_then(|(a, b)| Some((a.trim().parse().ok()?, b.trim().parse().ok()?)));
        let (a, b) = numbers.ok_or_else(|| NotAPair::Text(text.to_owned()))?;
        Self::new(a, b)
    }
}

impl fmt::Display for Pair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{},{}", self.a, self.b)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_read_as_they_are_written() {
        let pair: Pair = " 18 , 12".parse().unwrap();
        assert_eq!((pair.to_string().as_str(), pair.smaller(), pair.larger()), ("18,12", 12, 18));
        assert_eq!("0,5".parse::<Pair>(), Err(NotAPair::Zero));
        for text in ["", "5", "1,2,3", "-1,2", "1.5,2", "18446744073709551616,1"] {
            assert_eq!(text.parse::<Pair>(), Err(NotAPair::Text(text.to_owned())));
        }
    }

    #[test]
    fn euclid_finds_the_greatest_common_divisor() {
        let cases = [(12, 18, 6), (1, u64::MAX, 1), (7, 7, 7), (17, 13, 1), (u64::MAX, u64::MAX / 3, u64::MAX / 3)];
        for (a, b, divisor) in cases {
            assert_eq!(Pair::new(a, b).unwrap().euclid(), divisor, "{a},{b}");
        }
    }
}
