//! Cells on the unbounded plane: a quadtree that never changes, with the population of each square.

use std::collections::HashMap;

use super::grid::Grid;

/// Squares of 8 by 8 cells are the leaves.
const LEAF_LEVEL: u32 = 3;

/// The largest quadtree: coordinates stay within 64 bits with room to spare.
pub const MOST_LEVEL: u32 = 60;

/// A quadtree over the square of `1 << level` cells a side whose middle is the cell at row 0 and column 0.
///
/// Nodes of the lowest level have leaves for children. Number 0 is the empty square, of every size. Squares that look alike may
/// be one node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plane {
    level: u32,
    root: u32,
    nodes: Vec<Node>,
    /// Bit `8 y + x` is the cell at row `y` and column `x`.
    leaves: Vec<u64>,
}

/// Four squares: northwest, northeast, southwest, southeast.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Node {
    children: [u32; 4],
    population: u64,
}

/// Rows and columns from the first to the one after the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// The first row.
    pub top: i64,
    /// The first column.
    pub left: i64,
    /// The row after the last.
    pub bottom: i64,
    /// The column after the last.
    pub right: i64,
}

impl Bounds {
    /// Rows.
    pub fn height(&self) -> u64 {
        self.bottom.abs_diff(self.top)
    }

    /// Columns.
    pub fn width(&self) -> u64 {
        self.right.abs_diff(self.left)
    }

    /// The smallest bounds with both in them.
    #[must_use]
    pub fn with(&self, other: &Self) -> Self {
        Self {
            top: self.top.min(other.top),
            left: self.left.min(other.left),
            bottom: self.bottom.max(other.bottom),
            right: self.right.max(other.right),
        }
    }

    /// Wider by this many cells on every side.
    #[must_use]
    pub fn widened(&self, by: i64) -> Self {
        Self { top: self.top - by, left: self.left - by, bottom: self.bottom + by, right: self.right + by }
    }
}

/// Builds a quadtree from the leaves up, joining squares that look alike when asked.
#[derive(Debug)]
pub struct Builder {
    plane: Plane,
}

impl Default for Builder {
    fn default() -> Self {
        Self::new()
    }
}

impl Builder {
    /// Nothing but the empty square.
    pub fn new() -> Self {
        let plane = Plane { level: LEAF_LEVEL + 1, root: 0, nodes: vec![Node::default()], leaves: vec![0] };
        Self { plane }
    }

    /// A leaf.
    pub fn leaf(&mut self, cells: u64) -> u32 {
        if cells == 0 {
            return 0;
        }
        self.plane.leaves.push(cells);
        self.plane.leaves.len() as u32 - 1
    }

    /// A square made of four; `of_leaves` when these are leaves. None when there are more living cells than can be counted.
    pub fn node(&mut self, children: [u32; 4], of_leaves: bool) -> Option<u32> {
        if children == [0; 4] {
            return Some(0);
        }
        let count = |child: u32| {
            if of_leaves {
                u64::from(self.plane.leaves[child as usize].count_ones())
            } else {
                self.plane.nodes[child as usize].population
            }
        };
        let population = children.iter().try_fold(0_u64, |sum, child| sum.checked_add(count(*child)))?;
        self.plane.nodes.push(Node { children, population });
        Some(self.plane.nodes.len() as u32 - 1)
    }

    /// The plane whose outermost square this is.
    pub fn finish(mut self, root: u32, level: u32) -> Plane {
        (self.plane.root, self.plane.level) = (root, level);
        self.plane
    }
}

impl Plane {
    /// Nothing alive anywhere.
    pub fn empty() -> Self {
        Builder::new().finish(0, LEAF_LEVEL + 1)
    }

    /// The cells of a grid, whose first row and column are put here.
    pub fn from_grid(grid: &Grid, top: i64, left: i64) -> Self {
        let (bottom, right) = (top + grid.height() as i64, left + grid.width() as i64);
        let farthest = [top, left, bottom, right].map(i64::unsigned_abs).into_iter().max().unwrap_or(0);
        let level = (u64::BITS - farthest.leading_zeros() + 1).max(LEAF_LEVEL + 1);
        let mut source = FromGrid { grid, bounds: Bounds { top, left, bottom, right }, builder: Builder::new() };
        let half = -1_i64 << (level - 1);
        let root = source.square(level, half, half);
        source.builder.finish(root, level)
    }

    /// The outermost square's level.
    pub fn level(&self) -> u32 {
        self.level
    }

    /// The outermost square.
    pub fn root(&self) -> u32 {
        self.root
    }

    /// A square's four parts.
    pub fn children(&self, node: u32) -> [u32; 4] {
        self.nodes[node as usize].children
    }

    /// A leaf's cells.
    pub fn leaf(&self, leaf: u32) -> u64 {
        self.leaves[leaf as usize]
    }

    /// Nodes, the empty one included.
    pub fn node_count(&self) -> usize {
        self.nodes.len()
    }

    /// Leaves, the empty one included.
    pub fn leaf_count(&self) -> usize {
        self.leaves.len()
    }

    /// Living cells.
    pub fn population(&self) -> u64 {
        self.nodes[self.root as usize].population
    }

    /// Bytes that it holds.
    pub fn bytes(&self) -> usize {
        size_of_val(self.nodes.as_slice()) + size_of_val(self.leaves.as_slice())
    }

    /// The smallest rectangle with every living cell in it; none when nothing lives.
    pub fn bounds(&self) -> Option<Bounds> {
        let mut seen = HashMap::new();
        let local = self.extent(self.root, self.level, &mut seen)?;
        let half = -1_i64 << (self.level - 1);
        let at = |offset: u64| half.wrapping_add_unsigned(offset);
        let [top, left, bottom, right] = local.map(at);
        Some(Bounds { top, left, bottom, right })
    }

    /// The bounds within a square: top, left, bottom, right, from its corner.
    fn extent(&self, node: u32, level: u32, seen: &mut HashMap<(u32, u32), [u64; 4]>) -> Option<[u64; 4]> {
        if node == 0 {
            return None;
        }
        if level == LEAF_LEVEL {
            let cells = self.leaf(node);
            let columns = cells.to_le_bytes().into_iter().fold(0, |all, row| all | row);
            let (top, bottom) = (cells.trailing_zeros() / 8, 8 - cells.leading_zeros() / 8);
            let (left, right) = (columns.trailing_zeros(), 8 - columns.leading_zeros());
            return Some([top, left, bottom, right].map(u64::from));
        }
        if let Some(known) = seen.get(&(node, level)) {
            return Some(*known);
        }
        let half = 1_u64 << (level - 1);
        let mut all: Option<[u64; 4]> = None;
        for (index, child) in self.children(node).into_iter().enumerate() {
            let (down, across) = (half * (index as u64 / 2), half * (index as u64 % 2));
            let Some([top, left, bottom, right]) = self.extent(child, level - 1, seen) else { continue };
            let part = [top + down, left + across, bottom + down, right + across];
            all =
                Some(all.map_or(part, |[t, l, b, r]| [t.min(part[0]), l.min(part[1]), b.max(part[2]), r.max(part[3])]));
        }
        all.inspect(|extent| {
            seen.insert((node, level), *extent);
        })
    }

    /// The cells of a rectangle as a grid: `height` rows and `width` columns from row `top` and column `left` on.
    pub fn crop(&self, top: i64, left: i64, height: usize, width: usize) -> Grid {
        let mut grid = Grid::new(height, width);
        let half = -1_i64 << (self.level - 1);
        self.copy(self.root, self.level, half - top, half - left, &mut grid);
        grid
    }

    /// Copies a square, whose corner is at this row and column of the grid, as far as it lies inside.
    fn copy(&self, node: u32, level: u32, y: i64, x: i64, grid: &mut Grid) {
        let side = 1_i64 << level;
        let (height, width) = (grid.height() as i64, grid.width() as i64);
        if node == 0 || y >= height || x >= width || y + side <= 0 || x + side <= 0 {
            return;
        }
        if level == LEAF_LEVEL {
            for (row, cells) in self.leaf(node).to_le_bytes().into_iter().enumerate() {
                let y = y + row as i64;
                if cells != 0 && (0..height).contains(&y) {
                    grid.or_byte(y as usize, x as isize, cells);
                }
            }
            return;
        }
        let half = side / 2;
        for (index, child) in self.children(node).into_iter().enumerate() {
            let (down, across) = (half * (index as i64 / 2), half * (index as i64 % 2));
            self.copy(child, level - 1, y + down, x + across, grid);
        }
    }

    /// Living cells in the square of `1 << shift` cells a side whose top left corner this is; the corner is at a multiple of
    /// the side.
    pub fn population_of_square(&self, y: i64, x: i64, shift: u32) -> u64 {
        let half = 1_i64 << (self.level - 1);
        if shift >= self.level {
            // It holds one of the four quarters around the middle, or nothing.
            let far = |at: i64| (at == 0 || at == -(1 << shift)).then_some(usize::from(at == 0));
            let Some((south, east)) = far(y).zip(far(x)) else { return 0 };
            let quarter = self.children(self.root)[2 * south + east];
            return match self.level {
                4 => u64::from(self.leaf(quarter).count_ones()),
                _ => self.nodes[quarter as usize].population,
            };
        }
        if !(-half..half).contains(&y) || !(-half..half).contains(&x) {
            return 0;
        }
        let (mut y, mut x) = ((y + half) as u64, (x + half) as u64);
        let (mut node, mut level) = (self.root, self.level);
        while level > shift.max(LEAF_LEVEL) && node != 0 {
            level -= 1;
            let index = (y >> level & 1) * 2 + (x >> level & 1);
            node = self.children(node)[index as usize];
        }
        match (node, level) {
            (0, _) => 0,
            (leaf, LEAF_LEVEL) => {
                (y, x) = (y % 8, x % 8);
                let side = 1_u64 << shift.min(LEAF_LEVEL);
                let row = ((1_u64 << side) - 1) << x;
                let mask = (y..y + side).fold(0, |mask, y| mask | (row & 0xff) << (8 * y));
                u64::from((self.leaf(leaf) & mask).count_ones())
            }
            (node, _) => self.nodes[node as usize].population,
        }
    }
}

/// Builds a quadtree over a grid.
struct FromGrid<'a> {
    grid: &'a Grid,
    bounds: Bounds,
    builder: Builder,
}

impl FromGrid<'_> {
    fn square(&mut self, level: u32, y: i64, x: i64) -> u32 {
        let Bounds { top, left, bottom, right } = self.bounds;
        let side = 1_i64 << level;
        if y >= bottom || x >= right || y + side <= top || x + side <= left {
            return 0;
        }
        if level == LEAF_LEVEL {
            let row = |row: i64| match usize::try_from(y + row - top) {
                Ok(y) if y < self.grid.height() => self.grid.window(y, (x - left) as isize) as u8,
                _ => 0,
            };
            let cells = u64::from_le_bytes(std::array::from_fn(|index| row(index as i64)));
            return self.builder.leaf(cells);
        }
        let half = side / 2;
        let corners = [(y, x), (y, x + half), (y + half, x), (y + half, x + half)];
        let children = corners.map(|(y, x)| self.square(level - 1, y, x));
        self.builder
            .node(children, level == LEAF_LEVEL + 1)
            .expect("a grid in memory has fewer cells than u64 can count")
    }
}

/// Cells set one run after another, in squares of 64 by 64: what pattern files are read into.
#[derive(Debug, Default)]
pub struct Tiles {
    tiles: HashMap<(i64, i64), Box<[u64; 64]>>,
}

/// Squares that a pattern file may fill: two gigabytes' worth.
pub const MOST_TILES: usize = 4 << 20;

/// A pattern too large to be held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooLarge;

impl Tiles {
    /// Makes `length` cells of row `y` alive, from column `x` on.
    pub fn run(&mut self, y: i64, x: i64, length: u64) -> Result<(), TooLarge> {
        if length / 64 + self.tiles.len() as u64 > MOST_TILES as u64 {
            return Err(TooLarge);
        }
        let end = x.checked_add_unsigned(length).filter(|end| *end < 1 << 58).ok_or(TooLarge)?;
        let mut at = x;
        while at < end {
            let (tile, from) = (at.div_euclid(64), at.rem_euclid(64));
            let count = (64 - from).min(end - at);
            let mask = if count == 64 { u64::MAX } else { ((1 << count) - 1) << from };
            let rows = self.tiles.entry((y.div_euclid(64), tile)).or_insert_with(|| Box::new([0; 64]));
            rows[y.rem_euclid(64) as usize] |= mask;
            at += count;
        }
        Ok(())
    }

    /// The plane with these cells.
    pub fn plane(self) -> Plane {
        let mut builder = Builder::new();
        let mut level = 6;
        let mut squares: HashMap<(i64, i64), u32> = HashMap::with_capacity(self.tiles.len());
        for (place, rows) in self.tiles {
            let square = tile(&mut builder, &rows, 6, 0, 0);
            squares.insert(place, square);
        }
        // Until the squares around the middle are all there are.
        while squares.keys().any(|(y, x)| !(-1..=0).contains(y) || !(-1..=0).contains(x)) {
            let mut larger: HashMap<(i64, i64), [u32; 4]> = HashMap::with_capacity(squares.len() / 2);
            for ((y, x), square) in squares {
                let index = (y.rem_euclid(2) * 2 + x.rem_euclid(2)) as usize;
                larger.entry((y.div_euclid(2), x.div_euclid(2))).or_default()[index] = square;
            }
            squares = larger
                .into_iter()
                .map(|(place, children)| {
                    (place, builder.node(children, false).expect("tiles in memory can be counted"))
                })
                .collect();
            level += 1;
        }
        let at = |y, x| squares.get(&(y, x)).copied().unwrap_or(0);
        let children = [at(-1, -1), at(-1, 0), at(0, -1), at(0, 0)];
        let root = builder.node(children, false).expect("tiles in memory can be counted");
        builder.finish(root, level + 1)
    }
}

fn tile(builder: &mut Builder, rows: &[u64; 64], level: u32, y: usize, x: usize) -> u32 {
    if level == LEAF_LEVEL {
        let cells = u64::from_le_bytes(std::array::from_fn(|row| (rows[y + row] >> x) as u8));
        return builder.leaf(cells);
    }
    let half = 1 << (level - 1);
    let corners = [(y, x), (y, x + half), (y + half, x), (y + half, x + half)];
    let children = corners.map(|(y, x)| tile(builder, rows, level - 1, y, x));
    builder.node(children, level == LEAF_LEVEL + 1).expect("a tile has 4096 cells")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::labs::life::soup::soup;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig { cases: 30, ..ProptestConfig::default() })]

        #[test]
        fn a_grid_goes_in_and_comes_out_wherever_it_is_put(
            height in 1..90_usize, width in 1..150_usize, top in -300..300_i64, left in -300..300_i64, seed: u64,
        ) {
            let grid = soup(height, width, 0.3, seed);
            let plane = Plane::from_grid(&grid, top, left);
            prop_assert_eq!(plane.population(), grid.population());
            prop_assert_eq!(plane.crop(top, left, height, width), grid.clone());
            let mut tiles = Tiles::default();
            for (x, y) in grid.living() {
                tiles.run(top + y as i64, left + x as i64, 1).unwrap();
            }
            let same = tiles.plane();
            prop_assert_eq!(same.crop(top, left, height, width), grid.clone());
            prop_assert_eq!((same.population(), same.bounds()), (plane.population(), plane.bounds()));
            if let Some(bounds) = plane.bounds() {
                let living: Vec<_> = grid.living().map(|(x, y)| (top + y as i64, left + x as i64)).collect();
                prop_assert_eq!(bounds.top, living.iter().map(|(y, _)| *y).min().unwrap());
                prop_assert_eq!(bounds.bottom, living.iter().map(|(y, _)| *y).max().unwrap() + 1);
                prop_assert_eq!(bounds.left, living.iter().map(|(_, x)| *x).min().unwrap());
                prop_assert_eq!(bounds.right, living.iter().map(|(_, x)| *x).max().unwrap() + 1);
            }
            // Every square of every size adds up to the whole.
            for shift in [0, 2, 3, 4, 6, 9, 12] {
                let side = 1_i64 << shift;
                let (from_y, from_x) = ((top >> shift) << shift, (left >> shift) << shift);
                let mut sum = 0;
                for y in (from_y..top + height as i64).step_by(side as usize) {
                    for x in (from_x..left + width as i64).step_by(side as usize) {
                        sum += plane.population_of_square(y, x, shift);
                    }
                }
                prop_assert_eq!(sum, grid.population(), "squares of {}", side);
            }
        }
    }

    #[test]
    fn a_run_that_is_too_long_is_refused_and_takes_no_memory() {
        let mut tiles = Tiles::default();
        assert_eq!(tiles.run(0, 0, 1_000_000_000_000_000_000), Err(TooLarge));
        assert_eq!(tiles.run(0, i64::MAX - 5, 10), Err(TooLarge));
        assert_eq!(tiles.plane().population(), 0);
    }

    #[test]
    fn nothing_has_no_bounds() {
        assert_eq!((Plane::empty().bounds(), Plane::empty().population()), (None, 0));
        assert_eq!(Tiles::default().plane().bounds(), None);
    }
}
