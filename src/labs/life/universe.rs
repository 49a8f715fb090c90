//! One whole generation: its number, its rule and its cells. Shared behind an `Arc` and never changed.

use std::sync::Arc;

use super::grid::Grid;
use super::rule::Rule;

/// A whole generation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Universe {
    /// Its number; the first is 0.
    pub generation: u64,
    /// The rule that leads to the next.
    pub rule: Rule,
    /// The cells.
    pub space: Space,
}

/// How space hangs together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Topology {
    /// What leaves at one edge comes in at the opposite one.
    Torus,
    /// Without edges.
    Plane,
}

/// The cells and the space that they live in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Space {
    /// A torus.
    Torus(Arc<Grid>),
}

impl Universe {
    /// Generation 0 on a torus.
    pub fn torus(rule: Rule, grid: Grid) -> Self {
        Self { generation: 0, rule, space: Space::Torus(Arc::new(grid)) }
    }

    /// Living cells.
    pub fn population(&self) -> u64 {
        match &self.space {
            Space::Torus(grid) => grid.population(),
        }
    }

    /// Bytes that this generation holds.
    pub fn bytes(&self) -> usize {
        match &self.space {
            Space::Torus(grid) => size_of_val(grid.words()),
        }
    }
}

impl Space {
    /// Sixty-four cells of row `y` from column `x` on; beyond the edges there is nothing.
    pub fn window(&self, y: i64, x: i64) -> u64 {
        match self {
            Self::Torus(grid) => match usize::try_from(y) {
                Ok(y) if y < grid.height() => grid.window(y, x as isize),
                _ => 0,
            },
        }
    }

    /// Living cells in the square of `1 << shift` cells a side whose top left corner this is; beyond the edges there are none.
    pub fn population_of_square(&self, y: i64, x: i64, shift: u32) -> u64 {
        let side = 1_i64 << shift;
        match self {
            Self::Torus(grid) => {
                let (top, bottom) = (y.clamp(0, grid.height() as i64), (y + side).clamp(0, grid.height() as i64));
                let (left, right) = (x.clamp(0, grid.width() as i64), (x + side).clamp(0, grid.width() as i64));
                let in_row = |row: i64| {
                    (left..right).step_by(64).map(move |x| {
                        let rest = right - x;
                        let mask = if rest >= 64 { u64::MAX } else { (1 << rest) - 1 };
                        u64::from((grid.window(row as usize, x as isize) & mask).count_ones())
                    })
                };
                (top..bottom).flat_map(in_row).sum()
            }
        }
    }

    /// Rows and columns; none on the plane.
    pub fn size(&self) -> Option<(usize, usize)> {
        match self {
            Self::Torus(grid) => Some((grid.height(), grid.width())),
        }
    }
}
