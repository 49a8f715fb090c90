//! The words of a board, where the kernel likes to have them.

/// Words whose first one begins a line of the cache, all zero at first.
#[derive(Debug)]
pub struct Board {
    words: Vec<u64>,
    start: usize,
}

impl Board {
    /// So many words.
    pub fn new(words: usize) -> Self {
        // Pages of 2 MiB (madvise) were tried: 2 % faster once they are there, but a board of 16384 by 16384 took 150 ms longer
        // to begin with.
        let words = vec![0_u64; words + 8];
        let start = (0..8).find(|word| words[*word..].as_ptr().addr().is_multiple_of(64)).unwrap_or(0);
        Self { words, start }
    }

    /// The words.
    pub fn words(&self) -> &[u64] {
        &self.words[self.start..]
    }

    /// The words.
    pub fn words_mut(&mut self) -> &mut [u64] {
        &mut self.words[self.start..]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_board_begins_a_line_of_the_cache_and_is_empty() {
        for words in [1, 1000, 1 << 20] {
            let mut board = Board::new(words);
            assert!(board.words().as_ptr().addr().is_multiple_of(64));
            assert!(board.words().len() >= words && board.words().iter().all(|word| *word == 0));
            board.words_mut()[words - 1] = 7;
            assert_eq!(board.words()[words - 1], 7);
        }
    }
}
