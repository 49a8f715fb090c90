//! Sixty-four or more cells at a time: boards of bits, and the vector kernel that steps them.

#![allow(
    clippy::inline_always,
    reason = "vector instructions are only enabled in the functions that all is inlined into"
)]

pub mod band;
pub mod kernel;
pub mod lanes;
pub mod layout;
#[cfg(target_arch = "x86_64")]
pub mod x86;

use std::sync::Arc;

use band::Band;
use kernel::{Instructions, Lookup};
use layout::Layout;

use super::grid::Grid;
use super::rule::Rule;

/// A torus cut into bands of rows.
#[derive(Debug)]
pub struct Torus {
    height: usize,
    width: usize,
    layout: Layout,
    rule: Lookup,
    margin: usize,
    bands: Vec<Band>,
}

/// Who steps the bands of a pass: all of them, in any order or at once.
pub trait Crew {
    /// Runs what calls [`Crew::each`] again and again where the crew is at hand.
    fn enter<R: Send>(&self, work: impl FnOnce() -> R + Send) -> R;

    /// Calls `step` for every band.
    fn each(&self, bands: &mut [Band], step: impl Fn(&mut Band) + Sync + Send);
}

/// The calling thread alone.
pub struct Alone;

impl Crew for Alone {
    fn enter<R: Send>(&self, work: impl FnOnce() -> R + Send) -> R {
        work()
    }

    fn each(&self, bands: &mut [Band], step: impl Fn(&mut Band) + Sync + Send) {
        bands.iter_mut().for_each(step);
    }
}

/// Generations that a pass makes of a board that does not fit the cache of a core.
const DEEP: usize = 16;

/// Generations that several bands make before they meet to exchange their margins: a meeting costs tens of microseconds, and
/// each generation between two of them a row made twice at either end of a band.
const APART: usize = 32;

/// Bytes of a board beyond which a pass makes many generations: it would not stay in the second-level cache.
const LARGE: usize = 512 << 10;

impl Torus {
    /// The cells of a grid, cut into at most `bands` bands.
    pub fn new(grid: &Grid, rule: Rule, instructions: Instructions, bands: usize) -> Self {
        let (height, width) = (grid.height(), grid.width());
        let layout = Layout::new(width, instructions);
        let deep = height * layout.stride * 8 > LARGE;
        // Bands pay for their margins with rows that are made twice.
        let margin = match bands {
            1 if deep => DEEP,
            1 => 4,
            _ => APART,
        };
        let margin = margin.min(height);
        let rows = height.div_ceil(bands.clamp(1, height.div_ceil(4 * margin)));
        let bands = (0..height).step_by(rows).map(|first| {
            let mut band = Band::new(layout, instructions, rows.min(height - first), margin);
            for row in 0..band.rows() {
                layout.spread(grid.row(first + row), band.row_with_margin_mut(margin + row));
            }
            band
        });
        Self { height, width, layout, rule: Lookup::new(rule), margin, bands: bands.collect() }
    }

    /// Makes some generations, at most `generations` and as many as one pass makes. Says how many.
    pub fn pass(&mut self, generations: u64, crew: &impl Crew) -> u64 {
        let made = generations.min(self.margin as u64);
        self.exchange_margins();
        let rule = &self.rule;
        crew.each(&mut self.bands, |band| band.pass(rule, made as usize));
        made
    }

    /// Copies to each band's margin the rows of the others that lie above and below it, round the torus.
    fn exchange_margins(&mut self) {
        let margin = self.margin;
        let mut first = 0;
        for index in 0..self.bands.len() {
            let rows = self.bands[index].rows();
            for away in 0..margin {
                let above = (first + self.height - 1 - away % self.height) % self.height;
                let below = (first + rows + away) % self.height;
                self.copy_row(above, index, margin - 1 - away);
                self.copy_row(below, index, margin + rows + away);
            }
            first += rows;
        }
    }

    fn copy_row(&mut self, y: usize, to: usize, at: usize) {
        let rows = self.bands[0].rows();
        let (from, row) = (y / rows, y % rows);
        let stride = self.layout.stride;
        if from == to {
            self.bands[to].repeat_row(row, at);
            return;
        }
        let [source, target] = self.bands.get_disjoint_mut([from, to]).expect("two bands that are there");
        target.row_with_margin_mut(at)[..stride].copy_from_slice(source.row(row));
    }

    /// The cells as a grid.
    pub fn grid(&self) -> Grid {
        let mut grid = Grid::new(self.height, self.width);
        let rows = self.bands.iter().flat_map(|band| (0..band.rows()).map(move |row| band.row(row)));
        for (y, row) in rows.enumerate() {
            self.layout.gather(row, grid.row_mut(y));
        }
        grid
    }

    /// The cells as a grid to be shared.
    pub fn shared(&self) -> Arc<Grid> {
        Arc::new(self.grid())
    }
}
