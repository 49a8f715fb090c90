//! What the screen shows of a universe: pixels for the part in view, each with an age or a density.

use super::colour::Colour;
use super::grid::Grid;
use super::hand::Who;
use super::history::History;
use super::universe::{Space, Universe};

/// A pixel outside the torus.
pub const OUTSIDE: u8 = u8::MAX;

/// Age classes of living cells, and steps of density.
pub const CLASSES: usize = 8;

/// Generations that a cell has lived at least, by age class.
const AGES: [u64; CLASSES] = [0, 1, 2, 4, 8, 16, 32, 64];

/// How many cells a character of the screen shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Zoom {
    /// One cell a character.
    Cell,
    /// One above the other.
    Half,
    /// Two by two.
    Quadrant,
    /// Two columns by four rows.
    Braille,
    /// Two pixels, one above the other, each a square of `1 << shift` cells a side, shaded by how many of them live.
    Density {
        /// At least 2.
        shift: u32,
    },
}

impl Zoom {
    /// The farthest that density shading goes.
    const FARTHEST: u32 = 40;

    /// Columns and rows of pixels in a character.
    pub fn pixels(self) -> (u16, u16) {
        match self {
            Self::Cell => (1, 1),
            Self::Half | Self::Density { .. } => (1, 2),
            Self::Quadrant => (2, 2),
            Self::Braille => (2, 4),
        }
    }

    /// Cells along the side of a pixel, as a power of two.
    pub fn shift(self) -> u32 {
        match self {
            Self::Density { shift } => shift,
            _ => 0,
        }
    }

    /// One level nearer.
    #[must_use]
    pub fn nearer(self) -> Self {
        match self {
            Self::Cell | Self::Half => Self::Cell,
            Self::Quadrant => Self::Half,
            Self::Braille => Self::Quadrant,
            Self::Density { shift: ..=2 } => Self::Braille,
            Self::Density { shift } => Self::Density { shift: shift - 1 },
        }
    }

    /// One level farther.
    #[must_use]
    pub fn farther(self) -> Self {
        match self {
            Self::Cell => Self::Half,
            Self::Half => Self::Quadrant,
            Self::Quadrant => Self::Braille,
            Self::Braille => Self::Density { shift: 2 },
            Self::Density { shift } => Self::Density { shift: (shift + 1).min(Self::FARTHEST) },
        }
    }

    /// Its name on the screen.
    pub fn name(self) -> String {
        match self {
            Self::Cell => "1×1".to_owned(),
            Self::Half => "1×2".to_owned(),
            Self::Quadrant => "2×2".to_owned(),
            Self::Braille => "2×4".to_owned(),
            Self::Density { shift } => format!("{0}×{1}", 1_u64 << shift, 2_u64 << shift),
        }
    }
}

/// Which part of a universe is in view.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// The row in the middle.
    pub y: i64,
    /// The column in the middle.
    pub x: i64,
    /// How many cells a character shows.
    pub zoom: Zoom,
    /// Characters in a row.
    pub columns: u16,
    /// Rows of characters.
    pub rows: u16,
}

impl Look {
    /// Columns and rows of pixels.
    pub fn pixels(&self) -> (usize, usize) {
        let (across, down) = self.zoom.pixels();
        (usize::from(self.columns * across), usize::from(self.rows * down))
    }

    /// The row and column of the cell at the top left corner.
    pub fn origin(&self) -> (i64, i64) {
        let (width, height) = self.pixels();
        let shift = self.zoom.shift();
        let corner = |middle: i64, pixels: usize| {
            let at = middle.saturating_sub((pixels as i64 / 2) << shift);
            // A pixel's square begins at a multiple of its side, so that it keeps its cells while the view is moved.
            at >> shift << shift
        };
        (corner(self.y, height), corner(self.x, width))
    }

    /// The nearest zoom that shows so many rows and columns whole.
    #[must_use]
    pub fn fitting(self, height: u64, width: u64) -> Self {
        let mut look = Self { zoom: Zoom::Half, ..self };
        loop {
            let (across, down) = look.pixels();
            let shift = look.zoom.shift();
            let fits = width <= (across as u64) << shift && height <= (down as u64) << shift;
            let farther = look.zoom.farther();
            if fits || farther == look.zoom {
                return look;
            }
            look.zoom = farther;
        }
    }
}

/// What is in view, pixel by pixel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// Columns of pixels.
    pub width: usize,
    /// Rows of pixels.
    pub height: usize,
    /// What a pixel is.
    pub zoom: Zoom,
    /// Row by row: 0 for nothing alive, 1 to [`CLASSES`] for an age (1 is the youngest) or a density, or [`OUTSIDE`].
    pub pixels: Vec<u8>,
}

impl Picture {
    /// The picture of a universe, with ages from what was seen before it. The history may end with the universe itself.
    pub fn take(look: &Look, universe: &Universe, history: &History) -> Self {
        Self::coloured(look, universe, history, Colour::Age, None)
    }

    /// The same with colours of another meaning. Without anything known of who stepped the cells, they are all one worker's.
    pub fn coloured(look: &Look, universe: &Universe, history: &History, colour: Colour, who: Option<&Who>) -> Self {
        let (width, height) = look.pixels();
        let mut picture = Self { width, height, zoom: look.zoom, pixels: vec![0; width * height] };
        let (top, left) = look.origin();
        if width == 0 || height == 0 {
            return picture;
        }
        match look.zoom {
            Zoom::Density { shift } => {
                for (row, pixels) in picture.pixels.chunks_mut(width).enumerate() {
                    densities(universe, top.saturating_add((row as i64) << shift), left, shift, pixels);
                }
            }
            _ => match colour {
                Colour::Age => ages(universe, history, top, left, &mut picture),
                Colour::Activity => activity(universe, history, top, left, &mut picture),
                Colour::Worker => workers(universe, who, top, left, &mut picture),
            },
        }
        universe.space.mark_outside(look, &mut picture);
        picture
    }
}

impl Picture {
    /// The same with every pixel drawn so many times across and down, in the middle of so many characters of half-blocks.
    #[must_use]
    pub fn enlarged(&self, times: usize, columns: u16, rows: u16) -> Self {
        let (width, height) = (usize::from(columns), 2 * usize::from(rows));
        let before = |size: usize, pixels: usize| size.saturating_sub(pixels * times) / 2;
        let (above, left) = (before(height, self.height), before(width, self.width));
        let at = |y: usize, x: usize| {
            let (y, x) = (y.checked_sub(above)? / times, x.checked_sub(left)? / times);
            (x < self.width).then(|| self.pixels.get(y * self.width + x).copied())?
        };
        let places = (0..width * height).map(|index| (index / width, index % width));
        let pixels = places.map(|(y, x)| at(y, x).unwrap_or(OUTSIDE)).collect();
        Self { width, height, zoom: self.zoom, pixels }
    }
}

impl Space {
    /// Marks the pixels that lie beyond the edges.
    fn mark_outside(&self, look: &Look, picture: &mut Picture) {
        let Self::Torus(grid) = self else { return };
        let (top, left) = look.origin();
        let shift = look.zoom.shift();
        let inside =
            |at: usize, corner: i64, size: usize| (0..size as i64).contains(&(corner + ((at as i64) << shift)));
        for (index, pixel) in picture.pixels.iter_mut().enumerate() {
            let (row, column) = (index / picture.width, index % picture.width);
            if !inside(row, top, grid.height()) || !inside(column, left, grid.width()) {
                *pixel = OUTSIDE;
            }
        }
    }
}

/// The cells in view, by how long each has lived as far as was seen.
fn ages(universe: &Universe, history: &History, top: i64, left: i64, picture: &mut Picture) {
    let (height, width) = (picture.height, picture.width);
    let mut alive = universe.steady_crop(top, left, height, width);
    add(&alive, picture);
    let mut class = 1;
    for before in history.newest_first().filter(|before| before.generation < universe.generation) {
        let was_alive = before.steady_crop(top, left, height, width);
        alive.words_mut().iter_mut().zip(was_alive.words()).for_each(|(word, was)| *word &= was);
        while class < CLASSES && AGES[class] <= universe.generation - before.generation {
            add(&alive, picture);
            class += 1;
        }
        if class == CLASSES {
            break;
        }
    }
}

/// The living cells in view, by how often each has changed in as many of the generations seen lately as there are classes.
fn activity(universe: &Universe, history: &History, top: i64, left: i64, picture: &mut Picture) {
    let (height, width) = (picture.height, picture.width);
    let alive = universe.steady_crop(top, left, height, width);
    add(&alive, picture);
    let mut after = alive.clone();
    let before = history.newest_first().filter(|before| before.generation < universe.generation);
    for before in before.take(CLASSES - 1) {
        let before = before.steady_crop(top, left, height, width);
        let words = after.words_mut().iter_mut().zip(before.words()).zip(alive.words());
        words.for_each(|((word, before), alive)| *word = (*word ^ before) & alive);
        add(&after, picture);
        after = before;
    }
}

/// The living cells in view, by the worker that stepped each: one more than its number, as far as there are classes.
fn workers(universe: &Universe, who: Option<&Who>, top: i64, left: i64, picture: &mut Picture) {
    let alive = universe.steady_crop(top, left, picture.height, picture.width);
    let who = who.filter(|who| Some(who.size()) == universe.space.size());
    for (x, y) in alive.living() {
        // Beyond the edges of a torus nothing is shown alive.
        let hand = who.map_or(0, |who| who.at((top + y as i64) as usize, (left + x as i64) as usize));
        picture.pixels[y * picture.width + x] = 1 + hand % CLASSES as u8;
    }
}

/// One class more for each pixel whose cell is in `cells`.
fn add(cells: &Grid, picture: &mut Picture) {
    for (x, y) in cells.living() {
        picture.pixels[y * picture.width + x] += 1;
    }
}

/// One row of squares from column `left` on, by the share of living cells.
fn densities(universe: &Universe, y: i64, left: i64, shift: u32, pixels: &mut [u8]) {
    let cells = (1_u64 << shift).saturating_mul(1 << shift);
    for (column, pixel) in pixels.iter_mut().enumerate() {
        let alive = universe.space.population_of_square(y, left.saturating_add((column as i64) << shift), shift);
        *pixel = density_class(alive, cells);
    }
}

/// The step of shading for so many living among so many cells. Life's own ash is sparse, so that steps are finer there:
/// each class has about twice the density of the one before.
fn density_class(alive: u64, cells: u64) -> u8 {
    if alive == 0 {
        return 0;
    }
    let halvings = (cells as f64 / alive as f64).log2();
    ((CLASSES as f64 - halvings).round()).clamp(1.0, CLASSES as f64) as u8
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::labs::life::part::Grain;
    use crate::labs::life::rule::Rule;
    use std::sync::Arc;

    fn generation(number: u64, text: &str) -> Arc<Universe> {
        let grid: Grid = text.parse().unwrap();
        Arc::new(Universe { generation: number, ..Universe::torus(Rule::LIFE, grid) })
    }

    fn look(zoom: Zoom, columns: u16, rows: u16, y: i64, x: i64) -> Look {
        Look { y, x, zoom, columns, rows }
    }

    #[test]
    fn ages_are_read_from_what_was_seen() {
        let mut history = History::default();
        for (number, text) in [(0, "*---"), (1, "**--"), (2, "**--"), (3, "**-*")] {
            history.push(generation(number, text));
        }
        let now = generation(4, "****");
        history.push(Arc::clone(&now));
        let picture = Picture::take(&look(Zoom::Half, 4, 1, 0, 2), &now, &history);
        assert_eq!((picture.width, picture.height), (4, 2));
        // Since generation 0 (4 steps), 1 (3 steps), born now, born one before; the torus has one row, and begins at -1 here.
        assert_eq!(picture.pixels[..4], [OUTSIDE; 4]);
        assert_eq!(picture.pixels[4..], [4, 3, 1, 2]);
    }

    #[test]
    fn colours_tell_how_often_a_cell_has_changed_or_who_stepped_it() {
        let mut history = History::default();
        for (number, text) in [(0, "*-*-"), (1, "--*-"), (2, "*-*-"), (3, "--*-")] {
            history.push(generation(number, text));
        }
        let now = generation(4, "*-**");
        let look = look(Zoom::Cell, 4, 1, 0, 2);
        let who = Who::new(1, 4);
        who.mark(Grain::Cell.parts(1, 4, 1).nth(2).unwrap(), 3);
        let taken = |colour| Picture::coloured(&look, &now, &history, colour, Some(&who)).pixels;
        assert_eq!(taken(Colour::Activity), [5, 0, 1, 2]);
        assert_eq!(taken(Colour::Worker), [1, 0, 4, 1]);
        assert_eq!(taken(Colour::Age), [1, 0, 4, 1]);
    }

    #[test]
    fn a_far_zoom_counts_and_an_edge_is_marked() {
        let mut grid = Grid::new(8, 8);
        for cell in 0..8 {
            grid.set(cell, cell, crate::labs::life::grid::Cell::Alive);
        }
        let now = Universe::torus(Rule::LIFE, grid);
        let picture = Picture::take(&look(Zoom::Density { shift: 2 }, 3, 1, 4, 4), &now, &History::default());
        assert_eq!((picture.width, picture.height), (3, 2));
        assert_eq!(picture.pixels, [6, 0, OUTSIDE, 0, 6, OUTSIDE]);
        assert_eq!((density_class(0, 16), density_class(1, 1 << 20), density_class(16, 16)), (0, 1, 8));
    }

    #[test]
    fn a_small_picture_is_enlarged_in_the_middle() {
        let small = Picture { width: 2, height: 2, zoom: Zoom::Half, pixels: vec![1, 0, 0, 2] };
        let large = small.enlarged(2, 6, 2);
        assert_eq!((large.width, large.height), (6, 4));
        let o = OUTSIDE;
        assert_eq!(large.pixels[..12], [o, 1, 1, 0, 0, o, o, 1, 1, 0, 0, o]);
        assert_eq!(large.pixels[12..], [o, 0, 0, 2, 2, o, o, 0, 0, 2, 2, o]);
        assert_eq!(small.enlarged(3, 2, 1).pixels, [1, 1, 1, 1]);
    }

    #[test]
    fn zoom_goes_out_and_comes_back() {
        let mut zoom = Zoom::Cell;
        for _ in 0..7 {
            zoom = zoom.farther();
        }
        assert_eq!(zoom, Zoom::Density { shift: 5 });
        for _ in 0..9 {
            zoom = zoom.nearer();
        }
        assert_eq!(zoom, Zoom::Cell);
        let fit = look(Zoom::Cell, 60, 15, 0, 0);
        assert_eq!(fit.fitting(30, 60).zoom, Zoom::Half);
        assert_eq!(fit.fitting(30, 61).zoom, Zoom::Quadrant);
        assert_eq!(fit.fitting(1000, 1000).zoom, Zoom::Density { shift: 6 });
    }
}
