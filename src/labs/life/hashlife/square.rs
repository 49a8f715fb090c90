//! The smallest squares that are stepped cell by cell: 16 by 16 cells, of which the middle 8 by 8 are known 4 generations on.

use crate::labs::life::rule::Rule;

/// A rule, as it is applied to whole rows of cells.
#[derive(Debug, Clone)]
pub struct Rows {
    is_conway: bool,
    rule: Rule,
}

/// Sixteen rows of sixteen cells, and the same as vectors of the compiler's choosing.
type Square = [u16; 16];

impl Rows {
    /// For this rule.
    pub fn new(rule: Rule) -> Self {
        Self { is_conway: rule == Rule::LIFE, rule }
    }

    /// The middle of a square of four leaves after `generations`, at most 4.
    pub fn middle(&self, leaves: [u64; 4], generations: u32) -> u64 {
        let mut rows = join(leaves);
        for _ in 0..generations {
            rows = if self.is_conway { conway(&rows) } else { general(&rows, self.rule) };
        }
        u64::from_le_bytes(std::array::from_fn(|y| (rows[y + 4] >> 4) as u8))
    }
}

fn join([nw, ne, sw, se]: [u64; 4]) -> Square {
    let halves = [(nw.to_le_bytes(), ne.to_le_bytes()), (sw.to_le_bytes(), se.to_le_bytes())];
    std::array::from_fn(|y| {
        let (west, east) = &halves[y / 8];
        u16::from(west[y % 8]) | u16::from(east[y % 8]) << 8
    })
}

/// Sum and carry of three bits in each place.
fn add3(a: u16, b: u16, c: u16) -> (u16, u16) {
    let half = a ^ b;
    (half ^ c, a & b | half & c)
}

/// One generation; what it makes of the cells at the edge, whose neighbours are missing, is of no use.
fn conway(rows: &Square) -> Square {
    let (mut sum, mut carry) = ([0; 16], [0; 16]);
    for y in 0..16 {
        (sum[y], carry[y]) = add3(rows[y] << 1, rows[y], rows[y] >> 1);
    }
    let mut next = [0; 16];
    for y in 1..15 {
        let (parity, ones) = add3(sum[y - 1], sum[y], sum[y + 1]);
        let (twos, fours) = add3(carry[y - 1], carry[y], carry[y + 1]);
        let (odd, even) = (twos ^ ones, twos & ones);
        // The nine cells make 3, or make 4 and the one in the middle is alive.
        let (three, four) = (parity & odd & !fours, !parity & !odd & (even ^ fours));
        next[y] = three | four & rows[y];
    }
    next
}

fn general(rows: &Square, rule: Rule) -> Square {
    let mut next = [0; 16];
    for y in 1..15 {
        let mut planes = [0_u16; 4];
        for row in &rows[y - 1..=y + 1] {
            for cells in [row << 1, *row, row >> 1] {
                let mut carry = cells;
                for plane in &mut planes {
                    (*plane, carry) = (*plane ^ carry, *plane & carry);
                }
            }
        }
        for nine in 0..=9_u16 {
            let counted =
                (0..4).fold(u16::MAX, |some, bit| some & if nine >> bit & 1 == 1 { planes[bit] } else { !planes[bit] });
            let survives = nine > 0 && rule.survival() >> (nine - 1) & 1 == 1;
            let born = nine < 9 && rule.birth() >> nine & 1 == 1;
            next[y] |= counted & (if survives { rows[y] } else { 0 } | if born { !rows[y] } else { 0 });
        }
    }
    next
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::labs::life::grid::Grid;
    use crate::labs::life::rule::step_cell;
    use crate::labs::life::soup::soup;

    fn leaf(grid: &Grid, y: usize, x: usize) -> u64 {
        u64::from_le_bytes(std::array::from_fn(|row| grid.window(y + row, x as isize) as u8))
    }

    #[test]
    fn the_middle_is_what_single_cells_make_of_it() {
        for (seed, rule) in [
            (1, Rule::LIFE),
            (2, Rule::new(1 << 3 | 1 << 6, 1 << 2 | 1 << 3)),
            (3, Rule::new(0b1_0101_0110, 0b1_1000_1101)),
        ] {
            let mut grid = soup(16, 16, 0.4, seed);
            let leaves = [leaf(&grid, 0, 0), leaf(&grid, 0, 8), leaf(&grid, 8, 0), leaf(&grid, 8, 8)];
            for generations in 0..=4 {
                assert_eq!(Rows::new(rule).middle(leaves, generations), leaf(&grid, 4, 4), "{rule} {generations}");
                let mut next = Grid::new(16, 16);
                for (y, x) in (0..16).flat_map(|y| (0..16).map(move |x| (y, x))) {
                    step_cell(rule, y, x, |y, x| grid.get(y, x), |y, x, state| next.set(y, x, state));
                }
                grid = next;
            }
        }
    }
}
