//! One whole generation: its number, its rule and its cells. Shared behind an `Arc` and never changed.

use std::sync::Arc;

use super::grid::Grid;
use super::plane::{Bounds, Plane};
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Topology {
    /// What leaves at one edge comes in at the opposite one.
    Torus,
    /// Without edges.
    Plane,
}

impl Topology {
    /// Its name in results and on the screen.
    pub fn name(self) -> &'static str {
        match self {
            Self::Torus => "torus",
            Self::Plane => "plane",
        }
    }
}

/// The cells and the space that they live in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Space {
    /// A torus.
    Torus(Arc<Grid>),
    /// The plane.
    Plane(Arc<Plane>),
}

impl Universe {
    /// Generation 0 on a torus.
    pub fn torus(rule: Rule, grid: Grid) -> Self {
        Self { generation: 0, rule, space: Space::Torus(Arc::new(grid)) }
    }

    /// Generation 0 on the plane.
    pub fn plane(rule: Rule, plane: Plane) -> Self {
        Self { generation: 0, rule, space: Space::Plane(Arc::new(plane)) }
    }

    /// How its space hangs together.
    pub fn topology(&self) -> Topology {
        match self.space {
            Space::Torus(_) => Topology::Torus,
            Space::Plane(_) => Topology::Plane,
        }
    }

    /// Living cells.
    pub fn population(&self) -> u64 {
        match &self.space {
            Space::Torus(grid) => grid.population(),
            Space::Plane(plane) => plane.population(),
        }
    }

    /// Bytes that this generation holds.
    pub fn bytes(&self) -> usize {
        match &self.space {
            Space::Torus(grid) => size_of_val(grid.words()),
            Space::Plane(plane) => plane.bytes(),
        }
    }
}

impl Space {
    /// The cells of a rectangle, from row `top` and column `left` on; beyond the edges there is nothing.
    pub fn crop(&self, top: i64, left: i64, height: usize, width: usize) -> Grid {
        match self {
            Self::Torus(grid) => grid.crop(top as isize, left as isize, height, width),
            Self::Plane(plane) => plane.crop(top, left, height, width),
        }
    }

    /// The rectangle that holds everything: the torus, or what lives on the plane, if anything does.
    pub fn bounds(&self) -> Option<Bounds> {
        match self {
            Self::Torus(grid) => {
                Some(Bounds { top: 0, left: 0, bottom: grid.height() as i64, right: grid.width() as i64 })
            }
            Self::Plane(plane) => plane.bounds(),
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
            Self::Plane(plane) => plane.population_of_square(y, x, shift),
        }
    }

    /// Rows and columns; none on the plane.
    pub fn size(&self) -> Option<(usize, usize)> {
        match self {
            Self::Torus(grid) => Some((grid.height(), grid.width())),
            Self::Plane(_) => None,
        }
    }
}
