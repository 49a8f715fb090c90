//! Random grids: the same seed gives the same soup on every machine.

use super::grid::Grid;

/// `SplitMix64`, Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014.
#[derive(Debug, Clone)]
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    }

    /// A word each of whose bits is one with the probability `chance` / 65536.
    ///
    /// Read from its lowest set bit up, the binary fraction says how to combine fair words: a one joins by `|` and halves
    /// the distance to 1, a zero joins by `&` and halves the distance to 0.
    fn word(&mut self, chance: u32) -> u64 {
        if chance >= 1 << 16 {
            return u64::MAX;
        }
        if chance == 0 {
            return 0;
        }
        let lowest = chance.trailing_zeros();
        let mut word = self.next();
        for bit in lowest + 1..16 {
            let fair = self.next();
            word = if chance >> bit & 1 == 1 { word | fair } else { word & fair };
        }
        word
    }
}

/// A random grid in which each cell lives with the probability `density` (0 to 1, in steps of 1/65536).
pub fn soup(height: usize, width: usize, density: f64, seed: u64) -> Grid {
    let chance = (density.clamp(0.0, 1.0) * 65536.0).round() as u32;
    let mut random = Random(seed);
    let mut grid = Grid::new(height, width);
    let mask = grid.last_word_mask();
    for y in 0..height {
        let row = grid.row_mut(y);
        row.fill_with(|| random.word(chance));
        if let Some(last) = row.last_mut() {
            *last &= mask;
        }
    }
    grid
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_seed_decides() {
        assert_eq!(soup(10, 70, 0.5, 42), soup(10, 70, 0.5, 42));
        assert_ne!(soup(10, 70, 0.5, 42), soup(10, 70, 0.5, 43));
    }

    #[test]
    fn the_density_is_met() {
        for density in [0.0, 0.1, 0.375, 0.5, 0.9, 1.0] {
            let share = soup(500, 333, density, 7).population() as f64 / (500.0 * 333.0);
            assert!((share - density).abs() < 0.01, "{density}: {share}");
        }
    }
}
