//! Vectors of words: what the kernel computes with, once for each instruction set.

#![allow(clippy::cast_ptr_alignment, reason = "the kernel points at whole vectors")]
#![allow(
    unsafe_code,
    reason = "vectors are read and written through pointers by the kernel, which keeps them on the board"
)]

/// A vector of 64-bit words. The logic of the kernel is written over this; the defaults need only the plain operations.
///
/// # Safety of implementations
///
/// The methods of the vector types may use instructions that not every processor has. Such a type is only used inside a
/// function that enables them (`#[target_feature]`), which is only called after they were found to be there.
#[allow(clippy::return_self_not_must_use, reason = "they compute and nothing else: who would call one for nothing?")]
pub trait Lanes: Copy {
    /// Words in a vector.
    const COUNT: usize;

    /// Reads a vector.
    ///
    /// # Safety
    ///
    /// `from` points to [`Self::COUNT`] words, aligned to a whole vector.
    unsafe fn load(from: *const u64) -> Self;

    /// Writes a vector.
    ///
    /// # Safety
    ///
    /// `to` points to [`Self::COUNT`] words, aligned to a whole vector.
    unsafe fn store(self, to: *mut u64);

    /// Lane `j` gets the word of lane `j - 1`, the first that of the last.
    fn lanes_up(self) -> Self;

    /// Lane `j` gets the word of lane `j + 1`, the last that of the first.
    fn lanes_down(self) -> Self;

    /// The left neighbour of each cell: `self << 1`, with what comes in from the words before.
    fn left(self, before: Self) -> Self;

    /// The right neighbour of each cell: `self >> 1`, with what comes in from the words after.
    fn right(self, after: Self) -> Self;

    /// Bitwise and.
    fn and(self, other: Self) -> Self;

    /// Bitwise or.
    fn or(self, other: Self) -> Self;

    /// Bitwise exclusive or.
    fn xor(self, other: Self) -> Self;

    /// `other`, where `self` is not set.
    fn hides(self, other: Self) -> Self;

    /// No bit set.
    fn zero() -> Self;

    /// Every bit set.
    fn ones() -> Self;

    /// Sum and carry of three.
    #[inline(always)]
    fn add3(self, b: Self, c: Self) -> (Self, Self) {
        let half = self.xor(b);
        (half.xor(c), self.and(b).or(half.and(c)))
    }

    /// Conway's rule, from the parity of the nine cells and the bits that make up the number of pairs among them,
    /// `twos + carry + 2 fours`: alive if the nine make 3, or make 4 and the cell itself is alive.
    #[inline(always)]
    fn conway(parity: Self, twos: Self, carry: Self, fours: Self, alive: Self) -> Self {
        let odd = twos.xor(carry);
        let even = twos.and(carry);
        let one_pair = fours.hides(odd);
        let two_pairs = odd.hides(even.xor(fours)).and(alive);
        two_pairs.xor(parity.and(one_pair.xor(two_pairs)))
    }
}

/// Words one after the other, for processors whose vectors are not used: the compiler finds what it can.
#[derive(Debug, Clone, Copy)]
#[repr(align(32))]
pub struct Portable([u64; 4]);

impl Portable {
    #[inline]
    fn each(self, other: Self, operation: impl Fn(u64, u64) -> u64) -> Self {
        Self(std::array::from_fn(|i| operation(self.0[i], other.0[i])))
    }
}

impl Lanes for Portable {
    const COUNT: usize = 4;

    #[inline(always)]
    unsafe fn load(from: *const u64) -> Self {
        // SAFETY: the caller's promise is that of `load`.
        unsafe { from.cast::<Self>().read() }
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut u64) {
        // SAFETY: the caller's promise is that of `store`.
        unsafe { to.cast::<Self>().write(self) }
    }

    #[inline(always)]
    fn lanes_up(self) -> Self {
        let [a, b, c, d] = self.0;
        Self([d, a, b, c])
    }

    #[inline(always)]
    fn lanes_down(self) -> Self {
        let [a, b, c, d] = self.0;
        Self([b, c, d, a])
    }

    #[inline(always)]
    fn left(self, before: Self) -> Self {
        self.each(before, |word, before| word << 1 | before >> 63)
    }

    #[inline(always)]
    fn right(self, after: Self) -> Self {
        self.each(after, |word, after| word >> 1 | after << 63)
    }

    #[inline(always)]
    fn and(self, other: Self) -> Self {
        self.each(other, |a, b| a & b)
    }

    #[inline(always)]
    fn or(self, other: Self) -> Self {
        self.each(other, |a, b| a | b)
    }

    #[inline(always)]
    fn xor(self, other: Self) -> Self {
        self.each(other, |a, b| a ^ b)
    }

    #[inline(always)]
    fn hides(self, other: Self) -> Self {
        self.each(other, |a, b| !a & b)
    }

    #[inline(always)]
    fn zero() -> Self {
        Self([0; 4])
    }

    #[inline(always)]
    fn ones() -> Self {
        Self([u64::MAX; 4])
    }
}
