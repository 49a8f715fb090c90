//! How the cells of a row are laid out in the words of a board.
//!
//! A row is cut into as many pieces as a vector has lanes, and lane `j` holds the `j`-th piece: word `k` of piece `j` is word
//! `k * lanes + j` of the row. The words before and after those of a vector are then whole vectors too.
//!
//! Where the width does not fill the pieces, the row is closed to a ring by two cells beyond it that the board keeps up to date:
//! the one after the last cell repeats the first, and the last of all repeats the last cell.

use super::kernel::Instructions;

/// The layout of a board's rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layout {
    /// Cells in a row.
    pub width: usize,
    /// Words in a vector.
    pub lanes: usize,
    /// Vectors in a row.
    pub vectors: usize,
    /// Words from a row to the next: whole blocks of eight.
    pub stride: usize,
}

impl Layout {
    /// The layout of rows of this width for a set of instructions.
    pub fn new(width: usize, instructions: Instructions) -> Self {
        let lanes = instructions.lanes();
        let fill = lanes * 64;
        let vectors = if width.is_multiple_of(fill) { width / fill } else { (width + 2).div_ceil(fill) };
        let blocks = (vectors * lanes).div_ceil(8);
        // Rows that are a multiple of a page apart share the same few lines of the first-level cache.
        let padding = usize::from(blocks.is_multiple_of(8));
        Self { width, lanes, vectors, stride: (blocks + padding) * 8 }
    }

    /// Whether the pieces are filled, so that the ring closes by itself.
    pub fn is_closed(&self) -> bool {
        self.width == self.room()
    }

    /// Cells that the pieces have room for.
    fn room(&self) -> usize {
        self.vectors * self.lanes * 64
    }

    /// The word of a row, counted in the layout, that holds its word `index` counted from the left.
    pub fn place(&self, index: usize) -> usize {
        index % self.vectors * self.lanes + index / self.vectors
    }

    /// Brings the two cells that close the ring up to date.
    pub fn close(&self, row: &mut [u64]) {
        let room = self.room();
        if self.is_closed() {
            return;
        }
        let at = |column: usize| (self.place(column / 64), column % 64);
        let (first, last) = (at(0), at(self.width - 1));
        let (first, last) = (row[first.0] >> first.1 & 1, row[last.0] >> last.1 & 1);
        for (column, state) in [(self.width, first), (room - 1, last)] {
            let (word, bit) = at(column);
            row[word] = row[word] & !(1 << bit) | state << bit;
        }
    }

    /// Lays out a row whose words come from the left, 64 cells each.
    pub fn spread(&self, words: &[u64], row: &mut [u64]) {
        row[..self.vectors * self.lanes].fill(0);
        for (lane, piece) in words.chunks(self.vectors).enumerate() {
            for (index, word) in piece.iter().enumerate() {
                row[index * self.lanes + lane] = *word;
            }
        }
        self.close(row);
    }

    /// Takes a row back into words from the left; bits beyond the width are zero.
    pub fn gather(&self, row: &[u64], words: &mut [u64]) {
        for (lane, piece) in words.chunks_mut(self.vectors).enumerate() {
            for (index, word) in piece.iter_mut().enumerate() {
                *word = row[index * self.lanes + lane];
            }
        }
        let rest = self.width % 64;
        if rest > 0
            && let Some(last) = words.last_mut()
        {
            *last &= (1 << rest) - 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::labs::life::soup::soup;

    #[test]
    fn rows_come_back_as_they_went_in() {
        for instructions in [Instructions::Avx512, Instructions::Portable] {
            for width in [1, 2, 63, 64, 65, 254, 255, 256, 257, 511, 512, 513, 1024, 3000, 4096] {
                let layout = Layout::new(width, instructions);
                let grid = soup(1, width, 0.5, width as u64);
                let mut row = vec![0; layout.stride];
                layout.spread(grid.row(0), &mut row);
                let mut back = vec![u64::MAX; grid.stride()];
                layout.gather(&row, &mut back);
                assert_eq!(back, grid.row(0), "{width} {instructions:?}");
            }
        }
    }
}
