//! The reference cards: every table of the seed as a page, each row with its Rust counterpart and, where there is one, the
//! strategy that shows it.

mod item59;
mod item60;
mod item61;
mod item62;
mod item63;
mod item64;
mod summary;

/// One page.
#[derive(Debug, PartialEq, Eq)]
pub struct Card {
    /// Its name in actions.
    pub id: &'static str,
    /// The seed's item; 0 for what belongs to all.
    pub item: u8,
    /// What it is about.
    pub title: &'static str,
    /// The headings of the seed's columns.
    pub columns: &'static [&'static str],
    /// Its rows.
    pub rows: &'static [Row],
}

/// One row of a card.
#[derive(Debug, PartialEq, Eq)]
pub struct Row {
    /// A cell for each of the seed's columns.
    pub cells: &'static [&'static str],
    /// How it is in Rust.
    pub rust: &'static str,
    /// The strategy that shows it.
    pub shown: Option<Shown>,
}

/// A strategy of a lab.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shown {
    /// The lab.
    pub lab: &'static str,
    /// The strategy.
    pub strategy: &'static str,
}

/// A row that no strategy shows.
const fn row(cells: &'static [&'static str], rust: &'static str) -> Row {
    Row { cells, rust, shown: None }
}

impl Row {
    /// The same row, shown by a strategy.
    const fn by(mut self, lab: &'static str, strategy: &'static str) -> Self {
        self.shown = Some(Shown { lab, strategy });
        self
    }
}

/// The items that have cards, in order.
pub const ITEMS: [u8; 6] = [59, 60, 61, 62, 63, 64];

/// Every card, in the order of the seed.
pub fn all() -> impl Iterator<Item = &'static Card> + Clone {
    [item59::CARDS, item60::CARDS, item61::CARDS, item62::CARDS, item63::CARDS, item64::CARDS, summary::CARDS]
        .into_iter()
        .flatten()
}

/// The place among all cards of the one with this name, or of the first of an item given as its number.
pub fn place(name: &str) -> Option<usize> {
    let item: Option<u8> = name.parse().ok();
    all().position(|card| card.id == name || Some(card.item) == item)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guides::advice::tree::tests::paths;
    use crate::labs::{self, Start};

    #[test]
    fn every_card_is_whole_and_its_name_its_own() {
        for card in all() {
            assert_eq!(all().filter(|other| other.id == card.id).count(), 1, "{}", card.id);
            assert!(card.id.parse::<u8>().is_err(), "{}: a number names an item", card.id);
            assert!(!card.rows.is_empty() && !card.columns.is_empty(), "{}", card.id);
            for row in card.rows {
                assert_eq!(row.cells.len(), card.columns.len(), "{}: {:?}", card.id, row.cells);
                assert!(row.cells.iter().all(|cell| !cell.is_empty()) && !row.rust.is_empty(), "{}: {row:?}", card.id);
            }
        }
    }

    #[test]
    fn every_strategy_that_a_card_or_the_tree_names_is_there() {
        let folder = tempfile::tempdir().unwrap();
        let labs = labs::all(&Start::alone(folder.path()));
        let of_cards = all().flat_map(|card| card.rows).filter_map(|row| row.shown);
        let of_tree = paths().into_iter().map(|(_, leaf)| Shown { lab: leaf.lab, strategy: leaf.strategy });
        for Shown { lab, strategy } in of_cards.chain(of_tree) {
            let Some(lab) = labs.iter().find(|known| known.about().id == lab) else { continue };
            let known = lab.strategies().iter().any(|about| about.id == strategy);
            assert!(known, "{} has no strategy {strategy}", lab.about().id);
        }
    }

    #[test]
    fn every_item_has_cards_and_is_found_by_its_number() {
        for item in ITEMS {
            let first = all().nth(place(&item.to_string()).unwrap()).unwrap();
            assert_eq!(first.item, item);
        }
        assert_eq!(place("summary").map(|place| place > 0), None);
    }
}
