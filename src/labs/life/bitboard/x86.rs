//! The vectors of x86-64: AVX2 and AVX-512.

#![allow(unsafe_code, reason = "vector instructions")]

#[allow(clippy::wildcard_imports, reason = "two dozen names that say what they are")]
use std::arch::x86_64::*;

use super::lanes::Lanes;

/// Four words: AVX2.
#[derive(Debug, Clone, Copy)]
pub struct Avx2(__m256i);

/// Eight words: AVX-512 with the double shifts of VBMI2 and logic of three inputs.
#[derive(Debug, Clone, Copy)]
pub struct Avx512(__m512i);

// SAFETY, for every method below: the trait's condition holds, these types are used only in functions that enable the
// instructions; and the pointers are what `load` and `store` ask for.

impl Lanes for Avx2 {
    const COUNT: usize = 4;

    #[inline(always)]
    unsafe fn load(from: *const u64) -> Self {
        // SAFETY: see above.
        Self(unsafe { _mm256_load_si256(from.cast()) })
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut u64) {
        // SAFETY: see above.
        unsafe { _mm256_store_si256(to.cast(), self.0) }
    }

    #[inline(always)]
    fn lanes_up(self) -> Self {
        // SAFETY: see above. The lanes 3, 0, 1, 2.
        Self(unsafe { _mm256_permute4x64_epi64::<0b10_01_00_11>(self.0) })
    }

    #[inline(always)]
    fn lanes_down(self) -> Self {
        // SAFETY: see above. The lanes 1, 2, 3, 0.
        Self(unsafe { _mm256_permute4x64_epi64::<0b00_11_10_01>(self.0) })
    }

    #[inline(always)]
    fn left(self, before: Self) -> Self {
        // SAFETY: see above.
        Self(unsafe { _mm256_or_si256(_mm256_slli_epi64::<1>(self.0), _mm256_srli_epi64::<63>(before.0)) })
    }

    #[inline(always)]
    fn right(self, after: Self) -> Self {
        // SAFETY: see above.
        Self(unsafe { _mm256_or_si256(_mm256_srli_epi64::<1>(self.0), _mm256_slli_epi64::<63>(after.0)) })
    }

    #[inline(always)]
    fn and(self, other: Self) -> Self {
        // SAFETY: see above.
        Self(unsafe { _mm256_and_si256(self.0, other.0) })
    }

    #[inline(always)]
    fn or(self, other: Self) -> Self {
        // SAFETY: see above.
        Self(unsafe { _mm256_or_si256(self.0, other.0) })
    }

    #[inline(always)]
    fn xor(self, other: Self) -> Self {
        // SAFETY: see above.
        Self(unsafe { _mm256_xor_si256(self.0, other.0) })
    }

    #[inline(always)]
    fn hides(self, other: Self) -> Self {
        // SAFETY: see above.
        Self(unsafe { _mm256_andnot_si256(self.0, other.0) })
    }

    #[inline(always)]
    fn zero() -> Self {
        // SAFETY: see above.
        Self(unsafe { _mm256_setzero_si256() })
    }

    #[inline(always)]
    fn ones() -> Self {
        // SAFETY: see above.
        Self(unsafe { _mm256_set1_epi64x(-1) })
    }
}

/// Any function of three bits: bit `4a + 2b + c` of `TABLE` is its value.
macro_rules! of_three {
    ($table:literal, $a:expr, $b:expr, $c:expr) => {
        // SAFETY: see above.
        Self(unsafe { _mm512_ternarylogic_epi64::<$table>($a.0, $b.0, $c.0) })
    };
}

impl Lanes for Avx512 {
    const COUNT: usize = 8;

    #[inline(always)]
    unsafe fn load(from: *const u64) -> Self {
        // SAFETY: see above.
        Self(unsafe { _mm512_load_si512(from.cast()) })
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut u64) {
        // SAFETY: see above.
        unsafe { _mm512_store_si512(to.cast(), self.0) }
    }

    #[inline(always)]
    fn lanes_up(self) -> Self {
        // SAFETY: see above.
        Self(unsafe { _mm512_alignr_epi64::<7>(self.0, self.0) })
    }

    #[inline(always)]
    fn lanes_down(self) -> Self {
        // SAFETY: see above.
        Self(unsafe { _mm512_alignr_epi64::<1>(self.0, self.0) })
    }

    #[inline(always)]
    fn left(self, before: Self) -> Self {
        // SAFETY: see above.
        Self(unsafe { _mm512_shldi_epi64::<1>(self.0, before.0) })
    }

    #[inline(always)]
    fn right(self, after: Self) -> Self {
        // SAFETY: see above.
        Self(unsafe { _mm512_shrdi_epi64::<1>(self.0, after.0) })
    }

    #[inline(always)]
    fn and(self, other: Self) -> Self {
        // SAFETY: see above.
        Self(unsafe { _mm512_and_si512(self.0, other.0) })
    }

    #[inline(always)]
    fn or(self, other: Self) -> Self {
        // SAFETY: see above.
        Self(unsafe { _mm512_or_si512(self.0, other.0) })
    }

    #[inline(always)]
    fn xor(self, other: Self) -> Self {
        // SAFETY: see above.
        Self(unsafe { _mm512_xor_si512(self.0, other.0) })
    }

    #[inline(always)]
    fn hides(self, other: Self) -> Self {
        // SAFETY: see above.
        Self(unsafe { _mm512_andnot_si512(self.0, other.0) })
    }

    #[inline(always)]
    fn zero() -> Self {
        // SAFETY: see above.
        Self(unsafe { _mm512_setzero_si512() })
    }

    #[inline(always)]
    fn ones() -> Self {
        // SAFETY: see above.
        Self(unsafe { _mm512_set1_epi64(-1) })
    }

    #[inline(always)]
    fn add3(self, b: Self, c: Self) -> (Self, Self) {
        (of_three!(0b1001_0110, self, b, c), of_three!(0b1110_1000, self, b, c))
    }

    #[inline(always)]
    fn conway(parity: Self, twos: Self, carry: Self, fours: Self, alive: Self) -> Self {
        let one_pair = of_three!(0b0001_0100, twos, carry, fours);
        let two_pairs: Self = of_three!(0b0100_0010, twos, carry, fours);
        let two_pairs = two_pairs.and(alive);
        // parity ? one_pair : two_pairs
        of_three!(0b1100_1010, parity, one_pair, two_pairs)
    }
}
