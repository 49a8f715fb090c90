//! A band of rows with a margin above and below, stepped several generations in one pass through memory.
//!
//! Row `y` of generation `t` needs rows `y - 1` to `y + 1` of generation `t - 1`. So a pass goes down the band in blocks of
//! rows, and makes of each block one generation after another, each one row behind the last:
//!
//! ```text
//!  rows ─►  ▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓░░░░░░░░     generation 1 of this block
//!           ▓▓▓▓▓▓▓▓▓▓▓▓▓▓░░░░░░░░      generation 2, one row behind
//!           ▓▓▓▓▓▓▓▓▓▓▓▓▓░░░░░░░░       generation 3
//! ```
//!
//! Two boards are enough: generation `t` overwrites rows of `t - 2` that nobody needs any more. The margin loses one row a
//! generation at either end, so that with a margin of `n` rows a pass makes at most `n` generations.

use super::DEEP;
use super::kernel::{self, Instructions, Lookup, Rows};
use super::layout::Layout;

/// The words of a board, whose first one begins a line of the cache.
#[derive(Debug)]
struct Board {
    words: Vec<u64>,
    start: usize,
}

impl Board {
    fn new(rows: usize, layout: Layout) -> Self {
        let words = vec![0_u64; rows * layout.stride + 8];
        let start = (0..8).find(|word| words[*word..].as_ptr().addr().is_multiple_of(64)).unwrap_or(0);
        Self { words, start }
    }

    fn words(&self) -> &[u64] {
        &self.words[self.start..]
    }

    fn words_mut(&mut self) -> &mut [u64] {
        &mut self.words[self.start..]
    }
}

/// Bytes of rows that a block may have, so that it stays in the first-level cache.
const BLOCK_BYTES: usize = 16 << 10;

/// A band of rows.
#[derive(Debug)]
pub struct Band {
    layout: Layout,
    instructions: Instructions,
    rows: usize,
    margin: usize,
    now: Board,
    other: Board,
}

impl Band {
    /// An empty band of so many rows, of which a pass can make at most `margin` generations.
    pub fn new(layout: Layout, instructions: Instructions, rows: usize, margin: usize) -> Self {
        let all = rows + 2 * margin;
        Self { layout, instructions, rows, margin, now: Board::new(all, layout), other: Board::new(all, layout) }
    }

    /// Rows, without the margin.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// A row of the band, laid out.
    pub fn row(&self, row: usize) -> &[u64] {
        let stride = self.layout.stride;
        &self.now.words()[(self.margin + row) * stride..][..stride]
    }

    /// A row of the band and its margin, laid out: the margin's first row is row 0.
    pub fn row_with_margin_mut(&mut self, row: usize) -> &mut [u64] {
        let stride = self.layout.stride;
        &mut self.now.words_mut()[row * stride..][..stride]
    }

    /// Copies a row of the band to a row of its margin, whose first row is row 0.
    pub fn repeat_row(&mut self, row: usize, margin_row: usize) {
        let (stride, from) = (self.layout.stride, (self.margin + row) * self.layout.stride);
        self.now.words_mut().copy_within(from..from + stride, margin_row * stride);
    }

    /// Makes so many generations, at most as many as the margin has rows. The margin has to hold the rows above and below.
    pub fn pass(&mut self, rule: &Lookup, generations: usize) {
        assert!(generations <= self.margin, "{generations} generations need a wider margin than {}", self.margin);
        // A shorter pass leaves the outer rows of the margin aside.
        let mut outer = self.margin - generations;
        while outer < self.margin {
            let depth = (self.margin - outer).min(DEEP);
            self.sweep(rule, depth, outer);
            outer += depth;
        }
    }

    /// Goes once through memory and makes so many generations of all but the outer rows of the margin.
    fn sweep(&mut self, rule: &Lookup, generations: usize, outer: usize) {
        let (top, bottom) = (outer, self.rows + 2 * self.margin - outer);
        let block = (BLOCK_BYTES / (self.layout.stride * 8)).clamp(8, 64);
        let mut begin = top;
        while begin < bottom {
            for generation in 1..=generations {
                let first = (begin - top).saturating_sub(generation).max(generation) + top;
                let end = (begin + block).saturating_sub(generation).min(bottom - generation);
                let rows = Rows { vectors: self.layout.vectors, stride: self.layout.stride, first, end };
                let (from, to) =
                    if generation % 2 == 1 { (&self.now, &mut self.other) } else { (&self.other, &mut self.now) };
                kernel::step(self.instructions, rule, rows, from.words(), to.words_mut());
                self.close(generation, first, end);
            }
            begin += block;
        }
        if generations % 2 == 1 {
            std::mem::swap(&mut self.now, &mut self.other);
        }
    }

    fn close(&mut self, generation: usize, first: usize, end: usize) {
        let made = if generation % 2 == 1 { &mut self.other } else { &mut self.now };
        let stride = self.layout.stride;
        if self.layout.is_closed() || first >= end {
            return;
        }
        for row in made.words_mut()[first * stride..end * stride].chunks_exact_mut(stride) {
            self.layout.close(row);
        }
    }
}
