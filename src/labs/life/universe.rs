//! One whole generation: its number, its rule and its cells. Shared behind an `Arc` and never changed.

use std::sync::Arc;

use super::grid::{Cell, Grid};
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

    /// The cells of a rectangle as they are to be drawn: where empty space is born and dies by turns, every second generation
    /// is turned round, so that the screen does not flash.
    pub fn steady_crop(&self, top: i64, left: i64, height: usize, width: usize) -> Grid {
        let mut grid = self.space.crop(top, left, height, width);
        let flashes = self.rule.births_from_nothing() && self.rule.survival() >> 8 & 1 == 0;
        if flashes && self.generation % 2 == 1 {
            let (mask, stride) = (grid.last_word_mask(), grid.stride());
            for (index, word) in grid.words_mut().iter_mut().enumerate() {
                *word = !*word & if (index + 1).is_multiple_of(stride) { mask } else { u64::MAX };
            }
        }
        grid
    }

    /// The same with one cell alive or empty; none where the plane's living cells are too far apart to be drawn over.
    pub fn painted(&self, y: i64, x: i64, state: impl FnOnce(Cell) -> Cell) -> Option<Self> {
        let space = match &self.space {
            Space::Torus(grid) => {
                let mut grid = Grid::clone(grid);
                let now = grid.get(y as isize, x as isize);
                grid.set(y as isize, x as isize, state(now));
                Space::Torus(Arc::new(grid))
            }
            Space::Plane(plane) => {
                let cell = Bounds { top: y, left: x, bottom: y + 1, right: x + 1 };
                let all = plane.bounds().map_or(cell, |bounds| bounds.with(&cell));
                all.height().checked_mul(all.width()).filter(|cells| *cells < 1 << 28)?;
                let mut grid = plane.crop(all.top, all.left, all.height() as usize, all.width() as usize);
                let (row, column) = ((y - all.top) as isize, (x - all.left) as isize);
                let now = grid.get(row, column);
                grid.set(row, column, state(now));
                Space::Plane(Arc::new(Plane::from_grid(&grid, all.top, all.left)))
            }
        };
        Some(Self { space, ..self.clone() })
    }

    /// The same cells in another space; none when they are too far apart for a torus.
    pub fn moved_to(&self, topology: Topology) -> Option<Self> {
        let space = match (&self.space, topology) {
            (Space::Torus(grid), Topology::Plane) => Space::Plane(Arc::new(Plane::from_grid(grid, 0, 0))),
            (Space::Plane(plane), Topology::Torus) => {
                let bounds = plane.bounds()?;
                bounds.height().checked_mul(bounds.width()).filter(|cells| *cells < 1 << 28)?;
                let grid = plane.crop(bounds.top, bounds.left, bounds.height() as usize, bounds.width() as usize);
                Space::Torus(Arc::new(grid))
            }
            _ => return Some(self.clone()),
        };
        Some(Self { space, ..self.clone() })
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
