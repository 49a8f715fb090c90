//! The search in vectors, chosen for the processor at run time: what the seed's "C extension" stands for.
//!
//! Going down by a fixed step, a candidate's quotient hardly changes. So each lane divides once, at the top of its window, and
//! from then on carries quotient and remainder along by additions. For the smaller number `a`, a candidate `i`, and a step of
//! `s` candidates:
//!
//! ```text
//! a = q·i + r,  0 ≤ r < i
//! a = q·(i−s) + (r + q·s)
//! ```
//!
//! If `q·s ≤ i−2s`, the new remainder `r + q·s` is below `2·(i−s)` (for `r ≤ i−1`), and at most one subtraction of `i−s`, which
//! makes `q` one larger, brings it below `i−s`. Every candidate is tried, none is skipped, and all arithmetic
//! is in whole numbers: there is no rounding whose exactness would have to be argued.
//!
//! Where the argument ends, [`by_division`] takes over:
//! - below `i = √(a·s) + 2s`, where `q·s` outgrows `i` and one subtraction is not enough (a few thousandths of the candidates);
//! - for numbers above 2^30, where `r + q·s`, which is below `2·i`, outgrows the signed 32 bits that vectors compare.

use std::ops::RangeInclusive;
use std::sync::OnceLock;

use super::pair::Pair;
use super::search::{Kernel, by_division};

/// The largest number whose search fits into the lanes.
const LARGEST: u64 = 1 << 30;

/// A vector search over windows of candidates.
#[derive(Clone, Copy)]
pub struct Native {
    /// What it is made of: `AVX-512`, `AVX2` or `portable`.
    pub name: &'static str,
    /// The search.
    pub kernel: Kernel,
}

/// The vector searches that this processor can run, the fastest first.
pub fn runnable() -> Vec<Native> {
    let mut natives = vec![];
    #[cfg(target_arch = "x86_64")]
    {
        if is_x86_feature_detected!("avx512f") {
            natives.push(Native { name: "AVX-512", kernel: x86::by_avx512 });
        }
        if is_x86_feature_detected!("avx2") {
            natives.push(Native { name: "AVX2", kernel: x86::by_avx2 });
        }
    }
    natives.push(Native { name: "portable", kernel: by_portable });
    natives
}

/// The fastest of them.
pub fn native() -> Native {
    static NATIVE: OnceLock<Native> = OnceLock::new();
    *NATIVE.get_or_init(|| runnable()[0])
}

/// The part of a window that lanes can search: from the bottom up, `steps` steps of `STEP` candidates, and what stays for
/// division below and above.
struct Part {
    /// The topmost candidate of the lanes.
    top: u32,
    /// How many steps they go down, the first row not counted.
    steps: u32,
}

/// Searches a window: the lanes as far as they go, division for the rest. `lanes` says, of the rows of `STEP` candidates that
/// it goes through, the first one in which a candidate divides the smaller number.
fn search<const STEP: usize>(
    pair: Pair,
    window: RangeInclusive<u64>,
    lanes: impl Fn(u32, &Part) -> Option<u32>,
) -> Option<u64> {
    let (low, mut high) = window.into_inner();
    let smaller = pair.smaller();
    let floor = low.max((smaller as f64 * STEP as f64).sqrt() as u64 + 2 * STEP as u64);
    while smaller <= LARGEST && high >= floor + STEP as u64 {
        let rows = (high - floor + 1) / STEP as u64;
        let part = Part { top: high as u32, steps: rows as u32 - 1 };
        let Some(row) = lanes(smaller as u32, &part) else {
            high -= rows * STEP as u64;
            break;
        };
        // A row with a divisor of the smaller number: whether it divides the larger one too is rare enough for division.
        let top = high - u64::from(row) * STEP as u64;
        let bottom = top - (STEP as u64 - 1);
        if let Some(divisor) = by_division(pair, bottom..=top) {
            return Some(divisor);
        }
        high = bottom - 1;
    }
    if high < low { None } else { by_division(pair, low..=high) }
}

/// Quotient times step, and remainder, of each candidate of the topmost row, from the top down.
fn first_row<const STEP: usize>(smaller: u32, top: u32) -> ([u32; STEP], [u32; STEP], [u32; STEP]) {
    let candidates = std::array::from_fn(|lane| top - lane as u32);
    let growth = std::array::from_fn(|lane| smaller / (top - lane as u32) * STEP as u32);
    let remainders = std::array::from_fn(|lane| smaller % (top - lane as u32));
    (candidates, growth, remainders)
}

/// The search without vector instructions of any particular processor; the compiler uses what it may.
pub fn by_portable(pair: Pair, window: RangeInclusive<u64>) -> Option<u64> {
    const STEP: usize = 16;
    search::<STEP>(pair, window, |smaller, part| {
        let (mut candidates, mut growth, mut remainders) = first_row::<STEP>(smaller, part.top);
        if remainders.contains(&0) {
            return Some(0);
        }
        (1..=part.steps).find(|_| {
            let mut least = u32::MAX;
            for lane in 0..STEP {
                candidates[lane] -= STEP as u32;
                let grown = remainders[lane] + growth[lane];
                let carry = u32::from(grown >= candidates[lane]);
                remainders[lane] = grown - carry * candidates[lane];
                growth[lane] += carry * STEP as u32;
                least = least.min(remainders[lane]);
            }
            least == 0
        })
    })
}

#[cfg(target_arch = "x86_64")]
#[allow(unsafe_code, reason = "vector instructions, called only where the processor has them")]
mod x86 {
    use super::{Pair, Part, RangeInclusive, first_row, search};
    #[allow(clippy::wildcard_imports, reason = "the instructions' names say where they come from")]
    use std::arch::x86_64::*;

    /// Four vectors at a time: a step's additions depend on each other, and four chains of them keep the units busy.
    const CHAINS: usize = 4;

    pub(super) fn by_avx512(pair: Pair, window: RangeInclusive<u64>) -> Option<u64> {
        search::<{ CHAINS * 16 }>(pair, window, |smaller, part| {
            // SAFETY: `runnable` offers this kernel only where the processor has AVX-512F.
            unsafe { rows_avx512(smaller, part) }
        })
    }

    pub(super) fn by_avx2(pair: Pair, window: RangeInclusive<u64>) -> Option<u64> {
        search::<{ CHAINS * 8 }>(pair, window, |smaller, part| {
            // SAFETY: `runnable` offers this kernel only where the processor has AVX2.
            unsafe { rows_avx2(smaller, part) }
        })
    }

    #[target_feature(enable = "avx512f")]
    fn rows_avx512(smaller: u32, part: &Part) -> Option<u32> {
        const STEP: usize = CHAINS * 16;
        let (candidates, growth, remainders) = first_row::<STEP>(smaller, part.top);
        if remainders.contains(&0) {
            return Some(0);
        }
        let load = |from: &[u32; STEP]| -> [__m512i; CHAINS] {
            // SAFETY: each load reads 16 of the array's STEP numbers, and the array is that long.
            std::array::from_fn(|chain| unsafe { _mm512_loadu_si512(from[chain * 16..].as_ptr().cast()) })
        };
        let (mut candidates, mut growth, mut remainders) = (load(&candidates), load(&growth), load(&remainders));
        let step = _mm512_set1_epi32(STEP as i32);
        for row in 1..=part.steps {
            for chain in 0..CHAINS {
                let candidate = _mm512_sub_epi32(candidates[chain], step);
                let grown = _mm512_add_epi32(remainders[chain], growth[chain]);
                let carry = _mm512_cmpge_epu32_mask(grown, candidate);
                remainders[chain] = _mm512_mask_sub_epi32(grown, carry, grown, candidate);
                growth[chain] = _mm512_mask_add_epi32(growth[chain], carry, growth[chain], step);
                candidates[chain] = candidate;
            }
            let left = _mm512_min_epu32(remainders[0], remainders[1]);
            let right = _mm512_min_epu32(remainders[2], remainders[3]);
            let least = _mm512_min_epu32(left, right);
            if _mm512_testn_epi32_mask(least, least) != 0 {
                return Some(row);
            }
        }
        None
    }

    #[target_feature(enable = "avx2")]
    fn rows_avx2(smaller: u32, part: &Part) -> Option<u32> {
        const STEP: usize = CHAINS * 8;
        let (candidates, growth, remainders) = first_row::<STEP>(smaller, part.top);
        if remainders.contains(&0) {
            return Some(0);
        }
        let load = |from: &[u32; STEP]| -> [__m256i; CHAINS] {
            // SAFETY: each load reads 8 of the array's STEP numbers, and the array is that long.
            std::array::from_fn(|chain| unsafe { _mm256_loadu_si256(from[chain * 8..].as_ptr().cast()) })
        };
        let (mut candidates, mut growth, mut remainders) = (load(&candidates), load(&growth), load(&remainders));
        let (step, zero) = (_mm256_set1_epi32(STEP as i32), _mm256_setzero_si256());
        for row in 1..=part.steps {
            for chain in 0..CHAINS {
                let candidate = _mm256_sub_epi32(candidates[chain], step);
                let grown = _mm256_add_epi32(remainders[chain], growth[chain]);
                // Below 2^31 on both sides, so that the signed comparison is the right one.
                let keep = _mm256_cmpgt_epi32(candidate, grown);
                remainders[chain] = _mm256_sub_epi32(grown, _mm256_andnot_si256(keep, candidate));
                growth[chain] = _mm256_add_epi32(growth[chain], _mm256_andnot_si256(keep, step));
                candidates[chain] = candidate;
            }
            let left = _mm256_min_epu32(remainders[0], remainders[1]);
            let right = _mm256_min_epu32(remainders[2], remainders[3]);
            let least = _mm256_cmpeq_epi32(_mm256_min_epu32(left, right), zero);
            if _mm256_movemask_epi8(least) != 0 {
                return Some(row);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::labs::gcd::search::{WINDOW, count_down};
    use proptest::prelude::*;

    /// Holds every kernel to the plain one on a window.
    fn check(pair: Pair, window: &RangeInclusive<u64>) {
        let expected = by_division(pair, window.clone());
        for native in runnable() {
            assert_eq!((native.kernel)(pair, window.clone()), expected, "{} on {pair} in {window:?}", native.name);
        }
    }

    #[test]
    fn windows_at_every_edge_are_searched_as_by_division() {
        let edges = [1 << 20, 1 << 24, LARGEST, 1 << 31, 1 << 32, 1 << 53, u64::MAX - 200];
        for edge in edges {
            for smaller in (edge - 3)..=(edge + 3) {
                for pair in [Pair::new(smaller, smaller), Pair::new(smaller, smaller.saturating_add(1000))] {
                    let pair = pair.unwrap();
                    for high in [smaller, smaller / 2 + 1, smaller / 3 + 2, smaller / 1000 + 70] {
                        check(pair, &(high.saturating_sub(300).max(1)..=high));
                        check(pair, &(high..=high));
                    }
                }
            }
        }
    }

    #[test]
    fn divisors_are_found_in_every_lane_and_row() {
        for divisor in 1_000_000..1_000_200_u64 {
            let pair = Pair::new(divisor * 30, divisor * 31).unwrap();
            check(pair, &(999_900..=1_000_300));
        }
    }

    #[test]
    fn a_whole_window_below_the_largest_number_is_right() {
        let pair = Pair::new(LARGEST, LARGEST - 1).unwrap();
        check(pair, &(LARGEST - WINDOW..=LARGEST - 1));
        check(Pair::new(LARGEST, LARGEST).unwrap(), &(LARGEST / 2 - WINDOW..=LARGEST / 2 + 5));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        #[test]
        fn any_window_is_searched_as_by_division(
            a in 1_u64..=LARGEST + 1000, b in 1_u64..=u64::from(u32::MAX), at in 0.0..1.0_f64, length in 0_u64..5000,
        ) {
            let pair = Pair::new(a, b).unwrap();
            let high = ((pair.smaller() as f64 * at) as u64).max(1);
            check(pair, &(high.saturating_sub(length).max(1)..=high));
        }

        #[test]
        fn whole_searches_agree_with_euclid(a in 1_u64..100_000, b in 1_u64..100_000, times in 1_u64..10) {
            let pair = Pair::new(a * times, b * times).unwrap();
            for native in runnable() {
                prop_assert_eq!(count_down(pair, native.kernel, WINDOW, || Ok(())), Ok(pair.euclid()), "{}", native.name);
            }
        }
    }
}
