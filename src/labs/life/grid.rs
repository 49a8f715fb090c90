//! The grid: a torus of cells, 64 to a word, and its text form.

use std::fmt;
use std::ops::Range;
use std::str::FromStr;

/// The state of one cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cell {
    /// Dead; written `-`.
    Empty,
    /// Alive; written `*`.
    Alive,
}

/// Cells on a torus: what leaves at one edge comes in at the opposite one.
///
/// Bit `x % 64` of word `x / 64` of a row is the cell in column `x`; bits beyond the width are always zero.
#[derive(Clone, PartialEq, Eq)]
pub struct Grid {
    height: usize,
    width: usize,
    stride: usize,
    words: Vec<u64>,
}

impl Grid {
    /// An empty grid of `height` rows and `width` columns, at least one of each.
    pub fn new(height: usize, width: usize) -> Self {
        assert!(height > 0 && width > 0, "a grid has at least one cell, not {width}x{height}");
        let stride = width.div_ceil(64);
        Self { height, width, stride, words: vec![0; height * stride] }
    }

    /// Rows.
    pub fn height(&self) -> usize {
        self.height
    }

    /// Columns.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Words that a row takes.
    pub fn stride(&self) -> usize {
        self.stride
    }

    /// Cells in all.
    pub fn cells(&self) -> usize {
        self.height * self.width
    }

    /// The cell at a row and column, counted round the torus.
    #[inline]
    pub fn get(&self, y: isize, x: isize) -> Cell {
        let (y, x) = (wrap(y, self.height), wrap(x, self.width));
        if self.words[y * self.stride + x / 64] >> (x % 64) & 1 == 1 { Cell::Alive } else { Cell::Empty }
    }

    /// Sets the cell at a row and column, counted round the torus.
    #[inline]
    pub fn set(&mut self, y: isize, x: isize, state: Cell) {
        let (y, x) = (wrap(y, self.height), wrap(x, self.width));
        let word = &mut self.words[y * self.stride + x / 64];
        match state {
            Cell::Alive => *word |= 1 << (x % 64),
            Cell::Empty => *word &= !(1 << (x % 64)),
        }
    }

    /// The words of a row.
    pub fn row(&self, y: usize) -> &[u64] {
        &self.words[y * self.stride..][..self.stride]
    }

    /// The words of a row; bits beyond the width must stay zero.
    pub fn row_mut(&mut self, y: usize) -> &mut [u64] {
        &mut self.words[y * self.stride..][..self.stride]
    }

    /// The words of some rows, one after the other; bits beyond the width must stay zero.
    pub fn rows_mut(&mut self, rows: Range<usize>) -> &mut [u64] {
        &mut self.words[rows.start * self.stride..rows.end * self.stride]
    }

    /// All words, row after row.
    pub fn words(&self) -> &[u64] {
        &self.words
    }

    /// All words, row after row; bits beyond the width must stay zero.
    pub fn words_mut(&mut self) -> &mut [u64] {
        &mut self.words
    }

    /// Living cells.
    pub fn population(&self) -> u64 {
        self.words.iter().map(|word| u64::from(word.count_ones())).sum()
    }

    /// The columns and rows of the living cells, row by row.
    pub fn living(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        (0..self.height).flat_map(move |y| {
            self.row(y).iter().enumerate().flat_map(move |(i, word)| ones(*word).map(move |bit| (i * 64 + bit, y)))
        })
    }

    /// Sixty-four cells of a row from column `x` on, which may lie outside: cells there are empty, not wrapped.
    pub fn window(&self, y: usize, x: isize) -> u64 {
        let row = self.row(y);
        let word = |index: isize| usize::try_from(index).ok().and_then(|i| row.get(i)).copied().unwrap_or(0);
        let (index, shift) = (x.div_euclid(64), x.rem_euclid(64));
        if shift == 0 { word(index) } else { word(index) >> shift | word(index + 1) << (64 - shift) }
    }

    /// The cells of a rectangle as a grid of their own; what lies outside is empty.
    #[must_use]
    pub fn crop(&self, top: isize, left: isize, height: usize, width: usize) -> Self {
        let mut grid = Self::new(height, width);
        let mask = grid.last_word_mask();
        for row in 0..height {
            let Some(y) = usize::try_from(top + row as isize).ok().filter(|y| *y < self.height) else { continue };
            for (index, word) in grid.row_mut(row).iter_mut().enumerate() {
                *word = self.window(y, left + 64 * index as isize);
            }
            if let Some(last) = grid.row_mut(row).last_mut() {
                *last &= mask;
            }
        }
        grid
    }

    /// Makes those of eight cells of a row alive that are set, from column `x` on, as far as they lie inside.
    pub fn or_byte(&mut self, y: usize, x: isize, cells: u8) {
        let (stride, mask) = (self.stride, self.last_word_mask());
        let row = &mut self.words[y * stride..][..stride];
        let (index, shift) = (x.div_euclid(64), x.rem_euclid(64));
        let pieces = [
            (index, u64::from(cells) << shift),
            (index + 1, u64::from(cells).checked_shr(64 - shift as u32).unwrap_or(0)),
        ];
        for (index, cells) in pieces {
            if let Ok(index) = usize::try_from(index)
                && index < stride
            {
                row[index] |= if index + 1 == stride { cells & mask } else { cells };
            }
        }
    }

    /// The bits of a row's last word that are cells.
    pub fn last_word_mask(&self) -> u64 {
        match self.width % 64 {
            0 => u64::MAX,
            rest => (1 << rest) - 1,
        }
    }
}

/// The places of the bits that are set, lowest first.
pub fn ones(mut word: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let bit = (word != 0).then(|| word.trailing_zeros() as usize);
        word &= word.wrapping_sub(1);
        bit
    })
}

#[inline]
fn wrap(at: isize, size: usize) -> usize {
    // A negative number becomes a huge one, which is not below the size either.
    let place = at as usize;
    if place < size { place } else { at.rem_euclid(size as isize) as usize }
}

/// Rows of `*` and `-`, a newline between rows and none at the end.
impl fmt::Display for Grid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut line = String::with_capacity(self.width + 1);
        for y in 0..self.height {
            line.clear();
            line.extend(
                (0..self.width).map(|x| if self.get(y as isize, x as isize) == Cell::Alive { '*' } else { '-' }),
            );
            if y + 1 < self.height {
                line.push('\n');
            }
            f.write_str(&line)?;
        }
        Ok(())
    }
}

impl fmt::Debug for Grid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "Grid {}x{}", self.width, self.height)?;
        if self.cells() <= 10_000 { fmt::Display::fmt(self, f) } else { write!(f, "{} alive", self.population()) }
    }
}

/// A text that is no grid.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotAGrid {
    /// There are no cells.
    #[error("there is no row of cells")]
    Empty,
    /// A character that is no cell.
    #[error("line {line}, column {column}: {found:?} is no cell: write * or -")]
    Character {
        /// Counted from 1.
        line: usize,
        /// Counted from 1.
        column: usize,
        /// What stands there.
        found: char,
    },
    /// A row of another length than the first.
    #[error("line {line}: a row of {found} cells, where the first has {expected}")]
    Ragged {
        /// Counted from 1.
        line: usize,
        /// Cells in this row.
        found: usize,
        /// Cells in the first row.
        expected: usize,
    },
}

impl FromStr for Grid {
    type Err = NotAGrid;

    fn from_str(text: &str) -> Result<Self, NotAGrid> {
        let width = text.lines().next().map_or(0, |line| line.chars().count());
        if width == 0 {
            return Err(NotAGrid::Empty);
        }
        let mut grid = Self::new(text.lines().count(), width);
        for (y, line) in text.lines().enumerate() {
            let found = line.chars().count();
            if found != width {
                return Err(NotAGrid::Ragged { line: y + 1, found, expected: width });
            }
            for (x, character) in line.chars().enumerate() {
                match character {
                    '*' => grid.set(y as isize, x as isize, Cell::Alive),
                    '-' => {}
                    found => return Err(NotAGrid::Character { line: y + 1, column: x + 1, found }),
                }
            }
        }
        Ok(grid)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_goes_in_and_comes_out() {
        let text = "---*-----\n----*----\n--***----\n---------\n---------";
        let grid: Grid = text.parse().unwrap();
        assert_eq!((grid.height(), grid.width(), grid.population()), (5, 9, 5));
        assert_eq!(grid.to_string(), text);
        assert_eq!(grid.living().collect::<Vec<_>>(), [(3, 0), (4, 1), (2, 2), (3, 2), (4, 2)]);
    }

    #[test]
    fn a_wrong_text_is_named_by_line_and_column() {
        let error = |text: &str| text.parse::<Grid>().unwrap_err().to_string();
        assert_eq!(error("--\n-x"), "line 2, column 2: 'x' is no cell: write * or -");
        assert_eq!(error("--\n---"), "line 2: a row of 3 cells, where the first has 2");
        assert_eq!(error(""), "there is no row of cells");
    }

    #[test]
    fn coordinates_go_round_the_torus() {
        let mut grid = Grid::new(3, 70);
        grid.set(-1, -1, Cell::Alive);
        assert_eq!((grid.get(2, 69), grid.get(5, 139), grid.get(0, 0)), (Cell::Alive, Cell::Alive, Cell::Empty));
        grid.set(2, 69, Cell::Empty);
        assert_eq!(grid, Grid::new(3, 70));
    }

    #[test]
    fn a_window_shows_what_is_there_and_nothing_beyond() {
        let mut grid = Grid::new(1, 70);
        grid.set(0, 0, Cell::Alive);
        grid.set(0, 69, Cell::Alive);
        assert_eq!(grid.window(0, 0), 1);
        assert_eq!(grid.window(0, -3), 8);
        assert_eq!(grid.window(0, 6), 1 << 63);
        assert_eq!(grid.window(0, 66), 8);
        assert_eq!((grid.window(0, 70), grid.window(0, 500), grid.window(0, -64)), (0, 0, 0));
    }
}
