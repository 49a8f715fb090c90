//! The words of a board, where the kernel and the memory like to have them.

#![allow(unsafe_code, reason = "the system is advised about the board's memory")]

/// Words whose first one begins a line of the cache, all zero at first.
#[derive(Debug)]
pub struct Board {
    words: Vec<u64>,
    start: usize,
}

/// Bytes from which on a board is worth large pages.
const LARGE: usize = 4 << 20;

impl Board {
    /// So many words.
    pub fn new(words: usize) -> Self {
        // Zeroed memory of this size comes untouched from the system: whoever writes a row first brings its page in.
        let words = vec![0_u64; words + 8];
        advise_large_pages(&words);
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

/// Asks for pages of 2 MiB: going down a column of a large board touches another page of 4 KiB every few rows, more than the
/// processor keeps the places of. Best effort.
#[cfg(target_os = "linux")]
fn advise_large_pages(words: &[u64]) {
    use rustix::mm::{Advice, madvise};
    let bytes = size_of_val(words);
    if bytes < LARGE {
        return;
    }
    let page = rustix::param::page_size();
    let range = words.as_ptr_range();
    let (begin, end) = (range.start.addr().next_multiple_of(page), range.end.addr() / page * page);
    // SAFETY: these are whole pages inside the slice, and the advice changes how they are mapped, not what they hold.
    let _ = unsafe { madvise(std::ptr::with_exposed_provenance_mut(begin), end - begin, Advice::LinuxHugepage) };
}

#[cfg(not(target_os = "linux"))]
fn advise_large_pages(_words: &[u64]) {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_board_begins_a_line_of_the_cache_and_is_empty() {
        for words in [1, 1000, LARGE / 8 + 3] {
            let mut board = Board::new(words);
            assert!(board.words().as_ptr().addr().is_multiple_of(64));
            assert!(board.words().len() >= words && board.words().iter().all(|word| *word == 0));
            board.words_mut()[words - 1] = 7;
            assert_eq!(board.words()[words - 1], 7);
        }
    }
}
