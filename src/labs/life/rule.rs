//! Rules, and the three functions that everything else is made of.

use std::fmt;
use std::str::FromStr;

use super::grid::Cell;

/// An outer-totalistic rule: how many living neighbours give birth to a cell, and with how many it survives.
/// Written `B3/S23`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Rule {
    birth: u16,
    survival: u16,
}

impl Rule {
    /// Conway's Game of Life.
    pub const LIFE: Self = Self { birth: 1 << 3, survival: 1 << 2 | 1 << 3 };

    /// A rule from two sets of counts: bit `n` stands for `n` living neighbours, 0 to 8.
    pub fn new(birth: u16, survival: u16) -> Self {
        Self { birth: birth & 0x1ff, survival: survival & 0x1ff }
    }

    /// Bit `n` is set if `n` living neighbours give birth.
    pub fn birth(self) -> u16 {
        self.birth
    }

    /// Bit `n` is set if a cell with `n` living neighbours survives.
    pub fn survival(self) -> u16 {
        self.survival
    }

    /// Cells are born out of nothing, so that empty space does not stay empty.
    pub fn births_from_nothing(self) -> bool {
        self.birth & 1 == 1
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = |set: u16| (0..=8).filter(|n| set >> n & 1 == 1).map(|n| n.to_string()).collect::<String>();
        f.pad(&format!("B{}/S{}", digits(self.birth), digits(self.survival)))
    }
}

/// A text that is no rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a rule: write B3/S23, or 23/3 as survival and birth")]
pub struct NotARule(String);

impl FromStr for Rule {
    type Err = NotARule;

    fn from_str(text: &str) -> Result<Self, NotARule> {
        let wrong = || NotARule(text.to_owned());
        let set = |digits: &str| {
            digits.bytes().try_fold(0, |set, digit| match digit {
                b'0'..=b'8' => Ok(set | 1 << (digit - b'0')),
                _ => Err(wrong()),
            })
        };
        let word = text.trim();
        if word.eq_ignore_ascii_case("life") {
            return Ok(Self::LIFE);
        }
        let (first, second) = word.split_once('/').ok_or_else(wrong)?;
        let after = |part: &'_ str, letter: char| part.strip_prefix([letter, letter.to_ascii_lowercase()]).map(set);
        match (after(first, 'B'), after(second, 'S'), after(first, 'S'), after(second, 'B')) {
            (Some(birth), Some(survival), ..) | (.., Some(survival), Some(birth)) => Ok(Self::new(birth?, survival?)),
            (None, None, None, None) => Ok(Self::new(set(second)?, set(first)?)),
            _ => Err(wrong()),
        }
    }
}

/// The living cells among the eight around the one at row `y` and column `x`.
#[allow(clippy::inline_always, reason = "a call costs more than the work, and the compiler left it one")]
#[inline(always)]
pub fn count_neighbors(y: isize, x: isize, get: impl Fn(isize, isize) -> Cell) -> u8 {
    let north = get(y - 1, x);
    let northeast = get(y - 1, x + 1);
    let east = get(y, x + 1);
    let southeast = get(y + 1, x + 1);
    let south = get(y + 1, x);
    let southwest = get(y + 1, x - 1);
    let west = get(y, x - 1);
    let northwest = get(y - 1, x - 1);
    let one = |state| u8::from(state == Cell::Alive);
    one(north) + one(northeast) + one(east) + one(southeast) + one(south) + one(southwest) + one(west) + one(northwest)
}

/// What becomes of a cell that has so many living neighbours.
#[inline]
pub fn game_logic(rule: Rule, state: Cell, neighbors: u8) -> Cell {
    let counts = match state {
        Cell::Alive => rule.survival,
        Cell::Empty => rule.birth,
    };
    if counts >> neighbors & 1 == 1 { Cell::Alive } else { Cell::Empty }
}

/// One cell's step: read it and its neighbours, apply the rule, write the result.
#[inline]
pub fn step_cell(
    rule: Rule,
    y: isize,
    x: isize,
    get: impl Fn(isize, isize) -> Cell,
    set: impl FnOnce(isize, isize, Cell),
) {
    let state = get(y, x);
    let neighbors = count_neighbors(y, x, get);
    let next_state = game_logic(rule, state, neighbors);
    set(y, x, next_state);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_read_in_both_notations() {
        let rule = |text: &str| text.parse::<Rule>();
        assert_eq!(rule("B3/S23"), Ok(Rule::LIFE));
        assert_eq!(rule("b3/s23"), Ok(Rule::LIFE));
        assert_eq!(rule("23/3"), Ok(Rule::LIFE));
        assert_eq!(rule("S23/B3"), Ok(Rule::LIFE));
        assert_eq!(rule("B36/S23").unwrap().to_string(), "B36/S23");
        assert_eq!(rule("B2/S").unwrap().to_string(), "B2/S");
        assert!(rule("B0/S8").unwrap().births_from_nothing());
        for text in ["", "B3", "B9/S23", "B3/B23", "3", "B3/23"] {
            assert!(rule(text).unwrap_err().to_string().contains("write B3/S23"), "{text}");
        }
    }

    #[test]
    fn conways_rule_for_every_count() {
        for (neighbors, living, empty) in [
            (0, Cell::Empty, Cell::Empty),
            (1, Cell::Empty, Cell::Empty),
            (2, Cell::Alive, Cell::Empty),
            (3, Cell::Alive, Cell::Alive),
            (4, Cell::Empty, Cell::Empty),
            (8, Cell::Empty, Cell::Empty),
        ] {
            assert_eq!(game_logic(Rule::LIFE, Cell::Alive, neighbors), living);
            assert_eq!(game_logic(Rule::LIFE, Cell::Empty, neighbors), empty);
        }
    }

    #[test]
    fn a_cell_counts_the_eight_around_it_and_not_itself() {
        let nine = |y: isize, x: isize| if y.abs() <= 1 && x.abs() <= 1 { Cell::Alive } else { Cell::Empty };
        assert_eq!(count_neighbors(0, 0, nine), 8);
        assert_eq!(count_neighbors(2, 2, nine), 1);
        let mut written = None;
        step_cell(Rule::LIFE, 0, 0, nine, |y, x, state| written = Some((y, x, state)));
        assert_eq!(written, Some((0, 0, Cell::Empty)));
    }
}
