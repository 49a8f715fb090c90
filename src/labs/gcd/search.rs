//! The seed's search: count down from the smaller number until one divides both. Slow on purpose, and all arithmetic.
//!
//! It is cut into windows of candidates, so that it can be paused and stopped between two of them.

use std::ops::RangeInclusive;

use super::pair::Pair;
use crate::runtime::control::Stopped;

/// Candidates in one window: about 2 ms of the plain search.
pub const WINDOW: u64 = 1 << 20;

/// Finds the largest number in a window that divides both of a pair, if one does. The window is within 1 and the pair's
/// smaller number.
pub type Kernel = fn(Pair, RangeInclusive<u64>) -> Option<u64>;

/// The plain kernel: every candidate tried by division, from the top.
///
/// Numbers that fit into 32 bits are divided as such, which takes a processor half the time of a division in 64 bits.
pub fn by_division(pair: Pair, window: RangeInclusive<u64>) -> Option<u64> {
    let (low, high) = window.into_inner();
    match (u32::try_from(pair.smaller()), u32::try_from(pair.larger())) {
        (Ok(smaller), Ok(larger)) => narrow(smaller, larger, low as u32, high as u32).map(u64::from),
        _ => (low..=high).rev().find(|candidate| pair.has_divisor(*candidate)),
    }
}

fn narrow(smaller: u32, larger: u32, low: u32, high: u32) -> Option<u32> {
    (low..=high).rev().find(|candidate| smaller.is_multiple_of(*candidate) && larger.is_multiple_of(*candidate))
}

/// The greatest common divisor, by a kernel that goes from window to window of `candidates` each; `checkpoint` is called
/// before each of them.
pub fn count_down(
    pair: Pair,
    kernel: Kernel,
    candidates: u64,
    mut checkpoint: impl FnMut() -> Result<(), Stopped>,
) -> Result<u64, Stopped> {
    let mut high = pair.smaller();
    loop {
        checkpoint()?;
        let low = high.saturating_sub(candidates - 1).max(1);
        match kernel(pair, low..=high) {
            Some(divisor) => return Ok(divisor),
            // 1 divides every number, so that the search ends here at the latest.
            None if low == 1 => return Ok(1),
            None => high = low - 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_window_has_its_largest_common_divisor_or_none() {
        let pair = Pair::new(60, 84).unwrap();
        assert_eq!(by_division(pair, 1..=60), Some(12));
        assert_eq!(by_division(pair, 5..=11), Some(6));
        assert_eq!(by_division(pair, 13..=60), None);
        assert_eq!(by_division(pair, 12..=12), Some(12));
        let wide = Pair::new(u64::MAX, u64::MAX - 1).unwrap();
        assert_eq!(by_division(wide, 1..=1000), Some(1));
        assert_eq!(by_division(Pair::new(u64::MAX, 15).unwrap(), 1..=15), Some(15));
    }

    #[test]
    fn a_search_can_be_stopped_between_windows() {
        let mut windows = 0;
        let stopped = count_down(Pair::new(1_000_003, 1_000_033).unwrap(), by_division, 1000, || {
            windows += 1;
            if windows > 3 { Err(Stopped) } else { Ok(()) }
        });
        assert_eq!((stopped, windows), (Err(Stopped), 4));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn counting_down_agrees_with_euclid(a in 1_u64..20_000, b in 1_u64..20_000, candidates in 1_u64..30_000) {
            let pair = Pair::new(a, b).unwrap();
            prop_assert_eq!(count_down(pair, by_division, candidates, || Ok(())), Ok(pair.euclid()));
        }
    }
}
