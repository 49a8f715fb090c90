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

use super::board::Board;
use super::kernel::{self, Instructions, Lookup, Rows};
use super::layout::Layout;

/// Bytes of rows that a block may have, so that it stays in the first-level cache.
const BLOCK_BYTES: usize = 16 << 10;

/// Generations that one sweep through memory makes.
pub const DEEP: usize = 16;

/// One of the two sides where a band has a neighbour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Towards row 0.
    Above,
    /// Towards the last row.
    Below,
}

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
        let words = (rows + 2 * margin) * layout.stride;
        Self { layout, instructions, rows, margin, now: Board::new(words), other: Board::new(words) }
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

    /// A row of the band, to be laid out.
    pub fn row_mut(&mut self, row: usize) -> &mut [u64] {
        let stride = self.layout.stride;
        &mut self.now.words_mut()[(self.margin + row) * stride..][..stride]
    }

    /// Copies the band's outermost rows on one side, as many as a margin has: what the neighbour there needs.
    pub fn copy_edge(&self, side: Side, to: &mut Vec<u64>) {
        let first = match side {
            Side::Above => self.margin,
            Side::Below => self.rows,
        };
        let stride = self.layout.stride;
        to.clear();
        to.extend_from_slice(&self.now.words()[first * stride..(first + self.margin) * stride]);
    }

    /// Fills the margin on one side with the edge of the neighbour there.
    pub fn set_margin(&mut self, side: Side, edge: &[u64]) {
        let first = match side {
            Side::Above => 0,
            Side::Below => self.margin + self.rows,
        };
        self.now.words_mut()[first * self.layout.stride..][..edge.len()].copy_from_slice(edge);
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
