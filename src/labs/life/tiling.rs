//! How the racers of a race share the pane: side by side, one below another or two by two, and how near each one's cells
//! are looked at, so that a lane is filled by the whole grid.

use super::picture::{Look, Zoom};
use super::plane::Bounds;
use super::universe::{Space, Topology};
use crate::ui::canvas::Size;

/// Rows above all lanes.
const HEADING: u16 = 1;

/// Rows above a lane's picture where its figures are large, and where they share a row with its name.
const LARGE: u16 = 3;
const SMALL: u16 = 1;

/// The narrowest lane with room for large figures beside its name and its track.
const LARGE_FROM: u16 = 44;

/// Columns between lanes.
const GAP: u16 = 2;

/// A zoom is near enough to be taken if so much of the grid's height and width is seen, in tenths: to look from twice as far
/// for the rest would leave most of the lane empty.
const SEEN: u64 = 8;

/// The most columns that a cell is drawn across.
const WIDEST: u64 = 8;

/// How the lanes of a race share the pane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tiling {
    /// Columns and rows of a lane.
    pub lane: Size,
    /// Rows at the top of a lane that its figures take; its picture takes the others.
    pub above: u16,
    /// Lanes beside one another.
    across: u16,
    /// Rows between lanes.
    gap: u16,
}

/// What a lane is to show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Whole {
    topology: Topology,
    bounds: Bounds,
}

impl Whole {
    /// All of a torus; of the plane, where patterns grow, twice as much as the living cells take now.
    pub fn of(space: &Space) -> Self {
        let topology = if space.size().is_some() { Topology::Torus } else { Topology::Plane };
        let nothing = Bounds { top: 0, left: 0, bottom: 0, right: 0 };
        Self { topology, bounds: space.bounds().unwrap_or(nothing) }
    }
}

/// How near a grid is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fit {
    /// The part in view.
    pub look: Look,
    /// Columns that a cell is drawn across, and half-rows down; more than one only where the whole is in view.
    pub times: u16,
}

impl Fit {
    /// How much of a character a cell takes, to be compared with that of others.
    fn nearness(&self) -> f64 {
        let (across, down) = self.look.zoom.pixels();
        let cells = f64::from(across * down) * 4_f64.powi(self.look.zoom.shift() as i32);
        f64::from(self.times).powi(2) / cells
    }
}

impl Tiling {
    /// The arrangement that shows so many racers from nearest by in a pane of this size.
    pub fn best(pane: Size, racers: u16, whole: &Whole) -> Self {
        // None leaves a place empty.
        let across = || (1..=racers.max(1)).filter(|across| racers.max(1).is_multiple_of(*across));
        let arrangements = [LARGE, SMALL].into_iter().flat_map(|above| across().map(move |across| (above, across)));
        let tilings = arrangements.map(|(above, across)| Self::new(pane, racers, across, above));
        let tilings = tilings.filter(|tiling| tiling.above == SMALL || tiling.lane.columns >= LARGE_FROM);
        // Of two that are equally near the one with larger figures is taken, then the one with more across.
        let rank = |tiling: &Self| (tiling.fit(whole).nearness(), tiling.above, tiling.across);
        let best = tilings.max_by(|one, other| {
            let (one, other) = (rank(one), rank(other));
            one.0.total_cmp(&other.0).then((one.1, one.2).cmp(&(other.1, other.2)))
        });
        best.unwrap_or_else(|| Self::new(pane, racers, 1, SMALL))
    }

    fn new(pane: Size, racers: u16, across: u16, above: u16) -> Self {
        let down = racers.max(1) / across;
        let gap = u16::from(above == LARGE);
        let columns = (pane.columns + GAP) / across;
        let rows = (pane.rows.saturating_sub(HEADING) + gap) / down;
        let lane = Size { columns: columns.saturating_sub(GAP), rows: rows.saturating_sub(gap) };
        Self { lane, above, across, gap }
    }

    /// The column and row of a lane's upper left corner.
    pub fn corner(&self, lane: u16) -> (u16, u16) {
        let (column, row) = (lane % self.across, lane / self.across);
        (column * (self.lane.columns + GAP), HEADING + row * (self.lane.rows + self.gap))
    }

    /// The columns and rows of a lane's picture.
    pub fn picture(&self) -> Size {
        Size { rows: self.lane.rows.saturating_sub(self.above), ..self.lane }
    }

    /// How it is looked at in a lane: from as near by as shows it whole, or nearly so.
    pub fn fit(&self, whole: &Whole) -> Fit {
        let Size { columns, rows } = self.picture();
        let Bounds { top, left, bottom, right } = whole.bounds;
        let (height, width) = (whole.bounds.height(), whole.bounds.width());
        let look =
            Look { y: i64::midpoint(top, bottom), x: i64::midpoint(left, right), zoom: Zoom::Half, columns, rows };
        if whole.topology == Topology::Plane {
            return Fit { look: look.fitting(height.saturating_mul(2), width.saturating_mul(2)), times: 1 };
        }
        let times = (u64::from(columns) / width.max(1)).min(2 * u64::from(rows) / height.max(1)).min(WIDEST);
        if times < 2 {
            return Fit { look: look.fitting((height * SEEN).div_ceil(10), (width * SEEN).div_ceil(10)), times: 1 };
        }
        // The grid itself from its corner on; it is drawn larger afterwards.
        let look = Look { columns: width as u16, rows: height.div_ceil(2) as u16, ..look };
        let (across, down) = look.pixels();
        Fit { look: Look { y: top + down as i64 / 2, x: left + across as i64 / 2, ..look }, times: times as u16 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::labs::life::grid::Grid;
    use crate::labs::life::plane::Plane;
    use crate::ui::snapshot::PANE_SIZES;
    use std::sync::Arc;

    fn torus(height: usize, width: usize) -> Whole {
        Whole::of(&Space::Torus(Arc::new(Grid::new(height, width))))
    }

    #[test]
    fn lanes_stay_in_the_pane_and_apart() {
        for Size { columns, rows } in PANE_SIZES.into_iter().chain([Size { columns: 118, rows: 36 }]) {
            for racers in 2..=4 {
                for (height, width) in [(5, 9), (28, 58), (64, 60), (1024, 1024), (3, 4000)] {
                    let tiling = Tiling::best(Size { columns, rows }, racers, &torus(height, width));
                    let corners: Vec<_> = (0..racers).map(|lane| tiling.corner(lane)).collect();
                    let Size { columns: wide, rows: high } = tiling.lane;
                    for (index, (x, y)) in corners.iter().enumerate() {
                        assert!(
                            x + wide <= columns && y + high <= rows && *y >= HEADING,
                            "{tiling:?} in {columns}x{rows}"
                        );
                        for (x2, y2) in &corners[index + 1..] {
                            assert!(
                                x.abs_diff(*x2) >= wide || y.abs_diff(*y2) >= high,
                                "{tiling:?} in {columns}x{rows}"
                            );
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn a_lane_is_filled_by_nearly_the_whole_grid() {
        for pane in PANE_SIZES {
            for (height, width) in [(16, 38), (28, 58), (64, 60), (100, 100), (1000, 3000)] {
                let whole = torus(height, width);
                let tiling = Tiling::best(pane, 4, &whole);
                let look = tiling.fit(&whole).look;
                let (across, down) = look.pixels();
                let (across, down) = (across << look.zoom.shift(), down << look.zoom.shift());
                assert!(across * 10 >= width * 8 && down * 10 >= height * 8, "{look:?} of {width}x{height}");
                assert!(across < width * 2 || down < height * 2, "{look:?} of {width}x{height}: it could be nearer");
            }
        }
    }

    #[test]
    fn a_small_grid_is_drawn_larger_than_life() {
        let whole = torus(5, 9);
        let tiling = Tiling::best(PANE_SIZES[1], 4, &whole);
        let Fit { look, times } = tiling.fit(&whole);
        assert_eq!((look.columns, look.rows, look.origin()), (9, 3, (0, 0)));
        let Size { columns, rows } = tiling.picture();
        assert!(times >= 2 && times * 9 <= columns && times * 5 <= rows * 2, "{times} in {tiling:?}");
    }

    #[test]
    fn no_size_breaks_it() {
        for (columns, rows) in [(0, 0), (1, 1), (3, 200), (300, 2)] {
            let tiling = Tiling::best(Size { columns, rows }, 4, &torus(20, 20));
            assert!(tiling.lane.columns <= columns && tiling.lane.rows <= rows);
        }
        let nothing = Whole::of(&Space::Plane(Arc::new(Plane::from_grid(&Grid::new(3, 3), 0, 0))));
        assert_eq!(Tiling::best(PANE_SIZES[0], 2, &nothing).fit(&nothing).times, 1);
    }
}
