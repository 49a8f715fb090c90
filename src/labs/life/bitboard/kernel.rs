//! The kernel: rows of a board from the rows of the generation before.
//!
//! It goes down one column of vectors at a time. Of each row it adds up the three cells side by side once, and keeps the sums
//! of the last two rows in registers: three such sums make the nine cells around and including each cell. The words of a row
//! are interleaved (see `layout.rs`), so that the words before and after those of a vector are whole vectors too.

#![allow(unsafe_code, reason = "vectors are read and written through pointers, and vector instructions used")]

use super::lanes::{Lanes, Portable};
#[cfg(target_arch = "x86_64")]
use super::x86::{Avx2, Avx512};
use crate::labs::life::rule::Rule;

/// The instructions that the kernel uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Instructions {
    /// 512-bit vectors, logic of three inputs, double shifts.
    Avx512,
    /// 256-bit vectors.
    Avx2,
    /// Whatever the compiler takes for granted.
    Portable,
}

impl Instructions {
    /// Those that this processor has, the best first.
    pub fn available() -> impl Iterator<Item = Self> {
        [Self::Avx512, Self::Avx2, Self::Portable].into_iter().filter(|set| set.is_available())
    }

    /// The best that this processor has.
    pub fn best() -> Self {
        Self::available().next().unwrap_or(Self::Portable)
    }

    fn is_available(self) -> bool {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512vbmi2"),
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => is_x86_feature_detected!("avx2"),
            #[cfg(not(target_arch = "x86_64"))]
            Self::Avx512 | Self::Avx2 => false,
            Self::Portable => true,
        }
    }

    /// Words in a vector.
    pub fn lanes(self) -> usize {
        match self {
            Self::Avx512 => 8,
            Self::Avx2 | Self::Portable => 4,
        }
    }

    /// Their name on the screen.
    pub fn name(self) -> &'static str {
        match self {
            Self::Avx512 => "AVX-512",
            Self::Avx2 => "AVX2",
            Self::Portable => "portable",
        }
    }
}

/// Some rows to be made.
#[derive(Debug, Clone, Copy)]
pub struct Rows {
    /// Vectors in a row.
    pub vectors: usize,
    /// Words from a row to the next.
    pub stride: usize,
    /// The first row to make; at least 1.
    pub first: usize,
    /// The row after the last.
    pub end: usize,
}

/// Makes rows of `to` from those of `from`, one row above and one below included.
///
/// Both are whole boards whose rows begin at multiples of 64 bytes.
pub fn step(instructions: Instructions, rule: &Lookup, rows: Rows, from: &[u64], to: &mut [u64]) {
    if rows.first >= rows.end {
        return;
    }
    let words = rows.vectors * instructions.lanes();
    assert!(rows.first > 0 && words <= rows.stride && rows.vectors > 0, "{rows:?}");
    assert!(rows.end * rows.stride + words <= from.len() && rows.end * rows.stride <= to.len(), "{rows:?}");
    assert!(
        rows.stride.is_multiple_of(8)
            && from.as_ptr().addr().is_multiple_of(64)
            && to.as_ptr().addr().is_multiple_of(64)
    );
    assert!(instructions.is_available(), "{instructions:?} on a processor without it");
    let (from, to) = (from.as_ptr(), to.as_mut_ptr());
    // SAFETY: all rows that are read and written lie inside the boards and begin at vectors, as was just asserted, and so was
    // that the processor has the instructions.
    unsafe {
        match instructions {
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx512 => step_avx512(rule, rows, from, to),
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx2 => step_avx2(rule, rows, from, to),
            _ => step_portable(rule, rows, from, to),
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512vbmi2")]
unsafe fn step_avx512(rule: &Lookup, rows: Rows, from: *const u64, to: *mut u64) {
    // SAFETY: the caller's promise.
    unsafe { step_by::<Avx512>(rule, rows, from, to) }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
unsafe fn step_avx2(rule: &Lookup, rows: Rows, from: *const u64, to: *mut u64) {
    // SAFETY: the caller's promise.
    unsafe { step_by::<Avx2>(rule, rows, from, to) }
}

unsafe fn step_portable(rule: &Lookup, rows: Rows, from: *const u64, to: *mut u64) {
    // SAFETY: the caller's promise.
    unsafe { step_by::<Portable>(rule, rows, from, to) }
}

// All that follows is inlined into the functions above: only there are the vector instructions enabled. Closures would not be.

#[inline(always)]
unsafe fn step_by<V: Lanes>(rule: &Lookup, rows: Rows, from: *const u64, to: *mut u64) {
    // SAFETY: the caller's promise.
    unsafe {
        if rule.is_conway { columns::<V, _>(&Conway, rows, from, to) } else { columns::<V, _>(rule, rows, from, to) }
    }
}

/// The number of living cells among nine, and the one in the middle: `parity + 2 (twos + carry + 2 fours)`.
struct Nine<V> {
    parity: V,
    twos: V,
    carry: V,
    fours: V,
    alive: V,
}

/// What lives in the next generation.
trait Next {
    fn next<V: Lanes>(&self, nine: &Nine<V>) -> V;
}

struct Conway;

impl Next for Conway {
    #[inline(always)]
    fn next<V: Lanes>(&self, nine: &Nine<V>) -> V {
        V::conway(nine.parity, nine.twos, nine.carry, nine.fours, nine.alive)
    }
}

#[inline(always)]
unsafe fn columns<V: Lanes, N: Next>(rule: &N, rows: Rows, from: *const u64, to: *mut u64) {
    let last = rows.vectors - 1;
    // SAFETY: columns 0 to `last` are inside every row.
    unsafe {
        if last == 0 {
            column::<V, N, true, true>(rule, rows, from, to, 0);
            return;
        }
        column::<V, N, true, false>(rule, rows, from, to, 0);
        for index in 1..last {
            column::<V, N, false, false>(rule, rows, from, to, index);
        }
        column::<V, N, false, true>(rule, rows, from, to, last);
    }
}

/// Three cells side by side, added up: the one in the middle, the sum's parity and its carry.
struct Three<V> {
    alive: V,
    sum: V,
    carry: V,
}

/// Adds up the cells of one vector and their neighbours. At the first vector of a row what comes before is the last one with
/// its lanes moved up, and the other way round.
#[inline(always)]
unsafe fn three<V: Lanes, const FIRST: bool, const LAST: bool>(
    before: *const u64,
    alive: *const u64,
    after: *const u64,
) -> Three<V> {
    // SAFETY: the caller points at vectors of the board.
    let (before, alive, after) = unsafe { (V::load(before), V::load(alive), V::load(after)) };
    let left = alive.left(if FIRST { before.lanes_up() } else { before });
    let right = alive.right(if LAST { after.lanes_down() } else { after });
    let (sum, carry) = left.add3(alive, right);
    Three { alive, sum, carry }
}

/// One column of vectors, from the top down.
#[inline(always)]
unsafe fn column<V: Lanes, N: Next, const FIRST: bool, const LAST: bool>(
    rule: &N,
    rows: Rows,
    from: *const u64,
    to: *mut u64,
    index: usize,
) {
    let Rows { vectors, stride, first, end } = rows;
    let (before, after) = (if FIRST { vectors - 1 } else { index - 1 }, if LAST { 0 } else { index + 1 });
    // SAFETY: rows `first - 1` to `end` and the three columns are inside the board.
    unsafe {
        let start = from.add((first - 1) * stride);
        let mut before = start.add(before * V::COUNT);
        let mut middle = start.add(index * V::COUNT);
        let mut after = start.add(after * V::COUNT);
        let mut to = to.add(first * stride + index * V::COUNT);
        let mut above = three::<V, FIRST, LAST>(before, middle, after);
        let mut here = three::<V, FIRST, LAST>(before.add(stride), middle.add(stride), after.add(stride));
        for _ in first..end {
            let below = three::<V, FIRST, LAST>(before.add(2 * stride), middle.add(2 * stride), after.add(2 * stride));
            let (parity, carry) = above.sum.add3(here.sum, below.sum);
            let (twos, fours) = above.carry.add3(here.carry, below.carry);
            rule.next(&Nine { parity, twos, carry, fours, alive: here.alive }).store(to);
            above = here;
            here = below;
            before = before.add(stride);
            middle = middle.add(stride);
            after = after.add(stride);
            to = to.add(stride);
        }
    }
}

/// A rule as the kernel reads it.
#[derive(Debug, Clone)]
pub struct Lookup {
    is_conway: bool,
    /// For 0 to 9 living among the nine: whether a cell lives on, and whether one is born.
    lives: [(bool, bool); 10],
}

impl Lookup {
    /// The rule's table.
    pub fn new(rule: Rule) -> Self {
        let lives = std::array::from_fn(|nine| {
            let survives = nine > 0 && rule.survival() >> (nine - 1) & 1 == 1;
            let born = nine < 9 && rule.birth() >> nine & 1 == 1;
            (survives, born)
        });
        Self { is_conway: rule == Rule::LIFE, lives }
    }
}

impl Next for Lookup {
    #[inline(always)]
    fn next<V: Lanes>(&self, nine: &Nine<V>) -> V {
        let twos = nine.twos.xor(nine.carry);
        let carry = nine.twos.and(nine.carry);
        let planes = [nine.parity, twos, nine.fours.xor(carry), nine.fours.and(carry)];
        let mut living = V::zero();
        for (count, (survives, born)) in self.lives.iter().enumerate() {
            let mut counted = match (survives, born) {
                (false, false) => continue,
                (true, true) => V::ones(),
                (true, false) => nine.alive,
                (false, true) => nine.alive.hides(V::ones()),
            };
            // Those whose count has exactly the bits of `count`.
            for (bit, plane) in planes.iter().enumerate() {
                counted = if count >> bit & 1 == 1 { plane.and(counted) } else { plane.hides(counted) };
            }
            living = living.or(counted);
        }
        living
    }
}
