//! Sixty-four or more cells a word, on one thread: what one core can do when the grain suits it.
//!
//! Beyond the seed. A cell is a bit, and eight words of 64 are added up by one instruction (AVX-512, AVX2 or whatever there
//! is, chosen at run time); a board that does not fit the cache is stepped several generations in one pass. Before more
//! workers, a better grain: this is thousands of times as fast as a task a cell.
//!
//! Python: nearest is `numpy.packbits` with shifts and logic over whole arrays

use std::sync::Arc;

use super::{Row, Stepper, compute_only};
use crate::labs::life::bitboard::{Alone, Crew, Torus, kernel::Instructions};
use crate::labs::life::grid::Grid;
use crate::labs::life::hand::Hand;
use crate::labs::life::order::{Advance, Failed, Fates, Order};
use crate::labs::life::part::Part;
use crate::labs::life::universe::{Space, Universe};
use crate::labs::life::window::advance_plane;
use crate::runtime::strategy::{About, Strategy};

pub(super) const STRATEGY: Row = Strategy {
    about: About {
        id: "bitboard",
        title: "Bitboard",
        item: 0,
        claim: "A bit a cell and eight words an instruction: a better grain beats more workers",
        wrong_on_purpose: false,
        source: include_str!("bitboard.rs"),
    },
    supports: compute_only,
    make: |setup| Ok(Box::new(Bitboard::new(Alone, vec![Hand::new(&setup.recorder, 0, "thread")]))),
};

/// A board of bits and the crew that steps it.
pub(super) struct Bitboard<C> {
    crew: C,
    /// One for each of the crew.
    hands: Vec<Hand>,
    instructions: Instructions,
    /// The board as it was left, and the generation that was answered then.
    kept: Option<(Arc<Universe>, Torus)>,
}

impl<C: Crew> Bitboard<C> {
    pub(super) fn new(crew: C, hands: Vec<Hand>) -> Self {
        Self { crew, hands, instructions: Instructions::best(), kept: None }
    }

    #[cfg(test)]
    pub(super) fn with(crew: C, instructions: Instructions) -> Self {
        let hands = (0..crew.hands()).map(Hand::unseen).collect();
        Self { instructions, ..Self::new(crew, hands) }
    }

    fn board(&mut self, from: &Arc<Universe>, grid: &Grid) -> Torus {
        match self.kept.take() {
            Some((answered, board)) if Arc::ptr_eq(&answered, from) => board,
            _ => Torus::new(grid, from.rule, self.instructions, &self.crew),
        }
    }

    fn advance_torus(&mut self, from: &Arc<Universe>, grid: &Grid, order: &Order) -> Advance {
        let mut board = self.board(from, grid);
        let (mut made, mut failed) = (0, None);
        board.advance(&self.crew, &self.hands, |so_far| {
            made = so_far;
            next(from, order, so_far).map_err(|why| failed = why).ok()
        });
        for (rows, hand) in board.band_rows().zip(&self.hands) {
            order.who.iter().for_each(|who| who.mark(Part::of_rows(rows.clone(), grid.width()), hand.number()));
        }
        let universe = if made == 0 {
            Arc::clone(from)
        } else {
            let (generation, rule) = (from.generation + made, from.rule);
            let space = Space::Torus(Arc::new(board.grid(&self.crew)));
            Arc::new(Universe { generation, rule, space })
        };
        self.kept = Some((Arc::clone(&universe), board));
        Advance { universe, failed }
    }
}

impl<C: Crew + Send> Stepper for Bitboard<C> {
    fn advance(&mut self, from: &Arc<Universe>, order: &Order) -> Advance {
        match &from.space {
            Space::Torus(grid) => self.advance_torus(from, grid, order),
            Space::Plane(plane) => advance_plane(from, plane, order, |from, order| self.advance(from, order)),
        }
    }
}

/// How many generations may be made at once after `made`; or that there are to be no more, and what went wrong if something
/// did.
fn next(from: &Universe, order: &Order, made: u64) -> Result<u64, Option<Failed>> {
    if order.is_filled(made) {
        return Err(None);
    }
    let cells = from.space.size().map_or(0, |(height, width)| (height * width) as u64);
    if order.cancel.is_cancelled() {
        return Err(Some(Failed::Cancelled(Fates { cancelled: cells, ..Fates::default() })));
    }
    let now = from.generation + made;
    if let Some(cell) = order.fault_after(now) {
        let fates = Fates { cancelled: cells - 1, ..Fates::default() };
        return Err(Some(cell.report("its whole board failed with it, before a word was written", fates)));
    }
    let before_fault = order.fault.filter(|fault| fault.generation > now).map(|fault| fault.generation - 1 - now);
    Ok((order.generations - made).min(before_fault.unwrap_or(u64::MAX)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::labs::life::rule::Rule;
    use crate::labs::life::soup::soup;
    use crate::labs::life::strategies::STRATEGIES;
    use crate::runtime::strategy::Setup;
    use proptest::prelude::*;

    /// So many threads, started for each call.
    struct Threads(usize);

    impl Crew for Threads {
        fn hands(&self) -> usize {
            self.0
        }

        fn awake(&self) -> bool {
            false
        }

        fn each<T: Send>(&self, parts: impl Iterator<Item = T>, work: impl Fn(T) + Sync) {
            let work = &work;
            std::thread::scope(|scope| parts.for_each(|part| drop(scope.spawn(move || work(part)))));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

        /// Every set of instructions that this processor has, against one cell after another.
        #[test]
        fn every_instruction_set_agrees_with_serial(
            height in 1..600_usize, width in 1..1300_usize, hands in 1..5_usize, generations in 1..70_u64,
            seed: u64, conway: bool, birth in 0..512_u16, survival in 0..512_u16,
        ) {
            let rule = if conway { Rule::LIFE } else { Rule::new(birth, survival) };
            let height = if height * width > 20_000 { 20_000 / width } else { height };
            let from = Arc::new(Universe::torus(rule, soup(height.max(1), width, 0.4, seed)));
            let order = Order::new(generations);
            let serial = Setup::headless(1, std::path::PathBuf::new());
            let expected = (STRATEGIES[0].make)(&serial).unwrap().advance(&from, &order);
            for instructions in Instructions::available() {
                for got in [
                    Bitboard::with(Alone, instructions).advance(&from, &order),
                    Bitboard::with(Threads(hands), instructions).advance(&from, &order),
                ] {
                    prop_assert_eq!(&got.universe, &expected.universe, "{:?}", instructions);
                }
            }
        }
    }

    #[test]
    fn a_board_that_was_kept_is_not_taken_for_another() {
        let first = Arc::new(Universe::torus(Rule::LIFE, soup(20, 20, 0.4, 1)));
        let second = Arc::new(Universe::torus(Rule::LIFE, soup(20, 20, 0.4, 2)));
        let mut bitboard = Bitboard::with(Alone, Instructions::best());
        let made = bitboard.advance(&first, &Order::new(3)).universe;
        let other = bitboard.advance(&second, &Order::new(3)).universe;
        assert_eq!(other, Bitboard::with(Alone, Instructions::best()).advance(&second, &Order::new(3)).universe);
        let on = bitboard.advance(&made, &Order::new(2)).universe;
        assert_eq!(
            on.space,
            Bitboard::with(Alone, Instructions::best()).advance(&first, &Order::new(5)).universe.space
        );
    }
}
