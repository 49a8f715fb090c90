//! The generations seen lately: what stepping back goes back to, and what a cell's age is read from.

use std::collections::VecDeque;
use std::sync::Arc;

use super::universe::Universe;

/// Generations that are kept at most.
const MOST: usize = 512;

/// Bytes of cells that are kept at most; the newest generation is kept however large it is.
const MOST_BYTES: usize = 64 << 20;

/// The last whole generations that were looked at, oldest first. Those between two looks are not kept.
#[derive(Debug, Default)]
pub struct History {
    seen: VecDeque<Arc<Universe>>,
    bytes: usize,
}

impl History {
    /// Takes in a generation.
    pub fn push(&mut self, universe: Arc<Universe>) {
        self.bytes += universe.bytes();
        self.seen.push_back(universe);
        while self.seen.len() > MOST || self.bytes > MOST_BYTES && self.seen.len() > 1 {
            if let Some(oldest) = self.seen.pop_front() {
                self.bytes -= oldest.bytes();
            }
        }
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// Takes out the last one, unless it is the only one; the one before it is the last then.
    pub fn back(&mut self) -> Option<Arc<Universe>> {
        if self.seen.len() < 2 {
            return None;
        }
        let newest = self.seen.pop_back()?;
        self.bytes -= newest.bytes();
        self.seen.back().cloned()
    }

    /// From the newest to the oldest.
    pub fn newest_first(&self) -> impl Iterator<Item = &Arc<Universe>> {
        self.seen.iter().rev()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::labs::life::grid::Grid;
    use crate::labs::life::rule::Rule;

    fn generation(number: u64, size: usize) -> Arc<Universe> {
        Arc::new(Universe { generation: number, ..Universe::torus(Rule::LIFE, Grid::new(size, size)) })
    }

    #[test]
    fn the_way_back_is_bounded_by_count_and_by_bytes() {
        let mut history = History::default();
        for number in 0..600 {
            history.push(generation(number, 10));
        }
        assert_eq!(history.seen.len(), MOST);
        assert_eq!(history.back().unwrap().generation, 598);
        assert_eq!(history.newest_first().next().unwrap().generation, 598);
        for number in 0..40 {
            history.push(generation(number, 4096));
        }
        assert_eq!(history.seen.len(), MOST_BYTES / (4096 * 4096 / 8));
        history.clear();
        history.push(generation(0, 10));
        assert_eq!(history.back(), None);
    }
}
