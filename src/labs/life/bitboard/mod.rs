//! Sixty-four or more cells at a time: boards of bits, and the vector kernel that steps them.

#![allow(
    clippy::inline_always,
    reason = "vector instructions are only enabled in the functions that all is inlined into"
)]

pub mod band;
pub mod board;
pub mod halo;
pub mod kernel;
pub mod lanes;
pub mod layout;
#[cfg(target_arch = "x86_64")]
pub mod x86;

use std::ops::Range;

use crossbeam_channel::{Receiver, Sender, bounded};

use band::{Band, DEEP};
use kernel::{Instructions, Lookup};
use layout::Layout;

use super::grid::Grid;
use super::hand::Hand;
use super::rule::Rule;
use crate::runtime::span::State;

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

/// Who works on the bands.
pub trait Crew: Sync {
    /// How many bands it works on at the same time.
    fn hands(&self) -> usize;

    /// Whether each of them has a core, so that it may wait awake.
    fn awake(&self) -> bool;

    /// Does `work` with every part, all at the same time: they may wait for one another. There are at most as many parts as
    /// hands.
    fn each<T: Send>(&self, parts: impl Iterator<Item = T>, work: impl Fn(T) + Sync);
}

/// The calling thread alone.
pub struct Alone;

impl Crew for Alone {
    fn hands(&self) -> usize {
        1
    }

    fn awake(&self) -> bool {
        false
    }

    fn each<T: Send>(&self, parts: impl Iterator<Item = T>, work: impl Fn(T) + Sync) {
        parts.for_each(work);
    }
}

/// Generations between two exchanges of margins. Each of them makes one more row of a neighbour's anew at either end of a band.
const APART: usize = 32;

/// Bytes of a board beyond which a pass makes many generations: it would not stay in the second-level cache.
const LARGE: usize = 512 << 10;

impl Torus {
    /// The cells of a grid, cut into as many bands as the crew has hands, if they are high enough.
    pub fn new(grid: &Grid, rule: Rule, instructions: Instructions, crew: &impl Crew) -> Self {
        let (height, width) = (grid.height(), grid.width());
        let layout = Layout::new(width, instructions);
        let margin = match crew.hands() {
            1 if height * layout.stride * 8 > LARGE => DEEP,
            // A band that is its own neighbour and stays in the cache has nothing to gain from a wide margin.
            1 => 4,
            _ => APART,
        };
        let margin = margin.min(height);
        let count = crew.hands().clamp(1, (height / (4 * margin)).max(1));
        let rows = |band: usize| height / count + usize::from(band < height % count);
        let mut bands: Vec<Option<Band>> = (0..count).map(|_| None).collect();
        let mut first = 0;
        // Each hand makes its own band, so that its memory is the hand's.
        let parts = bands.iter_mut().enumerate().map(|(index, band)| {
            let from = first;
            first += rows(index);
            (band, from..first)
        });
        crew.each(parts, |(made, range)| {
            let mut band = Band::new(layout, instructions, range.len(), margin);
            for (row, y) in range.enumerate() {
                layout.spread(grid.row(y), band.row_mut(row));
            }
            *made = Some(band);
        });
        let bands = bands.into_iter().map(|band| band.expect("the crew works on every part")).collect();
        Self { height, width, layout, rule: Lookup::new(rule), margin, bands }
    }

    /// The rows of each band.
    pub fn band_rows(&self) -> impl Iterator<Item = Range<usize>> {
        let mut first = 0;
        self.bands.iter().map(move |band| {
            let from = first;
            first += band.rows();
            from..first
        })
    }

    /// Makes generations as long as `next`, which is told how many there are, says how many more it wants at most. Each of the
    /// crew has a hand.
    pub fn advance(&mut self, crew: &impl Crew, hands: &[Hand], next: impl FnMut(u64) -> Option<u64> + Send) {
        let (most, rule, awake) = (self.margin as u64, &self.rule, crew.awake());
        let (orders_in, orders): (Vec<_>, Vec<_>) = (1..self.bands.len()).map(|_| bounded(1)).unzip();
        let halos = halo::ring(self.bands.len());
        let leads =
            std::iter::once(Lead::Decides { next, tell: orders_in }).chain(orders.into_iter().map(Lead::Follows));
        let parts = self.bands.iter_mut().zip(halos).zip(leads).zip(hands);
        crew.each(parts, |(((band, mut halo), mut lead), hand)| {
            let mut made = 0;
            loop {
                let begun = hand.begins();
                let Some(generations) = lead.next(made, most, awake) else { break };
                // Who is gone early has panicked: the crew hands that on.
                let Ok(()) = halo.exchange(band, awake) else { break };
                hand.did(|| "exchanges edges".to_owned(), State::Queue, begun);
                let pass = || band.pass(rule, generations as usize);
                hand.does(|| format!("{generations} generations"), State::Running, pass);
                made += generations;
            }
        });
    }

    /// The cells as a grid.
    pub fn grid(&self, crew: &impl Crew) -> Grid {
        let mut grid = Grid::new(self.height, self.width);
        let stride = grid.stride();
        let mut rest = grid.words_mut();
        let parts = self.bands.iter().map(|band| {
            let (words, others) = std::mem::take(&mut rest).split_at_mut(band.rows() * stride);
            rest = others;
            (band, words)
        });
        crew.each(parts, |(band, words)| {
            for (row, words) in words.chunks_mut(stride).enumerate() {
                self.layout.gather(band.row(row), words);
            }
        });
        grid
    }
}

/// How a band learns how many generations the next pass makes: the first one decides, and tells the others.
enum Lead<N> {
    Decides { next: N, tell: Vec<Sender<u64>> },
    Follows(Receiver<u64>),
}

impl<N: FnMut(u64) -> Option<u64>> Lead<N> {
    fn next(&mut self, made: u64, most: u64, awake: bool) -> Option<u64> {
        match self {
            Self::Decides { next, tell } => {
                let generations = next(made)?.min(most);
                tell.iter().try_for_each(|other| other.send(generations)).ok()?;
                Some(generations)
            }
            Self::Follows(told) => halo::receive(told, awake).ok(),
        }
    }
}
