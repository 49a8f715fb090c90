//! The patterns that come with the program.

use super::{Pattern, read};
use crate::runtime::strategy::closest;

/// Name and RLE of each.
pub static SHIPPED: &[(&str, &str)] = &[
    ("seed-glider", include_str!("../../../../assets/patterns/seed-glider.rle")),
    ("glider", include_str!("../../../../assets/patterns/glider.rle")),
    ("blinker", include_str!("../../../../assets/patterns/blinker.rle")),
    ("toad", include_str!("../../../../assets/patterns/toad.rle")),
    ("beacon", include_str!("../../../../assets/patterns/beacon.rle")),
    ("clock", include_str!("../../../../assets/patterns/clock.rle")),
    ("octagon-2", include_str!("../../../../assets/patterns/octagon-2.rle")),
    ("figure-eight", include_str!("../../../../assets/patterns/figure-eight.rle")),
    ("galaxy", include_str!("../../../../assets/patterns/galaxy.rle")),
    ("pulsar", include_str!("../../../../assets/patterns/pulsar.rle")),
    ("tumbler", include_str!("../../../../assets/patterns/tumbler.rle")),
    ("pentadecathlon", include_str!("../../../../assets/patterns/pentadecathlon.rle")),
    ("queen-bee-shuttle", include_str!("../../../../assets/patterns/queen-bee-shuttle.rle")),
    ("eater-1", include_str!("../../../../assets/patterns/eater-1.rle")),
    ("lwss", include_str!("../../../../assets/patterns/lwss.rle")),
    ("mwss", include_str!("../../../../assets/patterns/mwss.rle")),
    ("hwss", include_str!("../../../../assets/patterns/hwss.rle")),
    ("copperhead", include_str!("../../../../assets/patterns/copperhead.rle")),
    ("loafer", include_str!("../../../../assets/patterns/loafer.rle")),
    ("turtle", include_str!("../../../../assets/patterns/turtle.rle")),
    ("weekender", include_str!("../../../../assets/patterns/weekender.rle")),
    ("r-pentomino", include_str!("../../../../assets/patterns/r-pentomino.rle")),
    ("b-heptomino", include_str!("../../../../assets/patterns/b-heptomino.rle")),
    ("pi-heptomino", include_str!("../../../../assets/patterns/pi-heptomino.rle")),
    ("thunderbird", include_str!("../../../../assets/patterns/thunderbird.rle")),
    ("diehard", include_str!("../../../../assets/patterns/diehard.rle")),
    ("acorn", include_str!("../../../../assets/patterns/acorn.rle")),
    ("rabbits", include_str!("../../../../assets/patterns/rabbits.rle")),
    ("multum-in-parvo", include_str!("../../../../assets/patterns/multum-in-parvo.rle")),
    ("gosper-glider-gun", include_str!("../../../../assets/patterns/gosper-glider-gun.rle")),
    ("simkin-glider-gun", include_str!("../../../../assets/patterns/simkin-glider-gun.rle")),
    ("infinite-growth", include_str!("../../../../assets/patterns/infinite-growth.rle")),
    ("one-row", include_str!("../../../../assets/patterns/one-row.rle")),
    ("puffer-train", include_str!("../../../../assets/patterns/puffer-train.rle")),
    ("highlife-replicator", include_str!("../../../../assets/patterns/highlife-replicator.rle")),
];

/// A name that no shipped pattern has.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown pattern {name:?}{}", .close.map_or_else(|| "; --list-patterns lists them".to_owned(), |close| format!("; did you mean {close:?}?")))]
pub struct UnknownPattern {
    name: String,
    close: Option<&'static str>,
}

/// The shipped pattern of this name.
pub fn find(name: &str) -> Result<Pattern, UnknownPattern> {
    let found = SHIPPED.iter().find(|(id, _)| *id == name);
    let (_, rle) = found.ok_or_else(|| UnknownPattern {
        name: name.to_owned(),
        close: closest(name, SHIPPED.iter().map(|(id, _)| *id)),
    })?;
    Ok(read(rle.as_bytes(), &mut |_| true).expect("a test reads every shipped pattern"))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::labs::life::order::Order;
    use crate::labs::life::strategies::STRATEGIES;
    use crate::labs::life::universe::Universe;
    use crate::runtime::strategy::{self, Setup};

    /// After so many generations a pattern is as it was, moved down and to the right by so much.
    const RETURNS: &[(&str, u64, i64, i64)] = &[
        ("glider", 4, 1, 1),
        ("blinker", 2, 0, 0),
        ("toad", 2, 0, 0),
        ("beacon", 2, 0, 0),
        ("clock", 2, 0, 0),
        ("octagon-2", 5, 0, 0),
        ("figure-eight", 8, 0, 0),
        ("galaxy", 8, 0, 0),
        ("pulsar", 3, 0, 0),
        ("tumbler", 14, 0, 0),
        ("pentadecathlon", 15, 0, 0),
        ("queen-bee-shuttle", 30, 0, 0),
        ("eater-1", 1, 0, 0),
        ("lwss", 4, 0, 2),
        ("mwss", 4, 0, 2),
        ("hwss", 4, 0, 2),
        ("copperhead", 10, 1, 0),
        ("loafer", 7, 0, 1),
        ("turtle", 3, 0, 1),
        ("weekender", 7, 2, 0),
    ];

    fn after(universe: &Arc<Universe>, generations: u64) -> Arc<Universe> {
        let row = strategy::find(STRATEGIES, "bitboard").unwrap();
        let mut bitboard = (row.make)(&Setup::headless(1, std::path::PathBuf::new())).unwrap();
        bitboard.advance(universe, &Order::new(generations)).universe
    }

    fn started(name: &str) -> Arc<Universe> {
        Arc::new(find(name).unwrap().universe(None, None).unwrap())
    }

    #[test]
    fn every_pattern_says_what_it_is_and_fills_its_header() {
        for (id, _) in SHIPPED {
            let pattern = find(id).unwrap();
            assert!(!pattern.name.is_empty() && !pattern.author.is_empty() && !pattern.line.is_empty(), "{id}");
            let bounds = pattern.plane.bounds().unwrap();
            if *id != "seed-glider" {
                let size = (bounds.height() as usize, bounds.width() as usize);
                assert_eq!(pattern.declared, Some(size), "{id}");
            }
        }
        assert_eq!(find("glidr").unwrap_err().to_string(), r#"unknown pattern "glidr"; did you mean "glider"?"#);
    }

    #[test]
    fn oscillators_and_spaceships_come_back() {
        for (id, period, down, right) in RETURNS {
            let first = started(id);
            let bounds = first.space.bounds().unwrap();
            let at = |universe: &Universe, down: i64, right: i64| {
                universe.space.crop(
                    bounds.top + down,
                    bounds.left + right,
                    bounds.height() as usize,
                    bounds.width() as usize,
                )
            };
            let later = after(&first, *period);
            let moved = later.space.bounds().map(|now| (now.top - bounds.top, now.left - bounds.left));
            assert_eq!(moved.map(|(y, x)| (y.abs(), x.abs())), Some((*down, *right)), "{id}");
            let (y, x) = moved.unwrap();
            assert_eq!(at(&later, y, x), at(&first, 0, 0), "{id}");
            assert_eq!(later.population(), first.population(), "{id}");
            for earlier in (1..*period).filter(|earlier| period % earlier == 0) {
                let then = after(&first, earlier);
                assert!(
                    then.space.bounds() != first.space.bounds() || at(&then, 0, 0) != at(&first, 0, 0),
                    "{id} {earlier}"
                );
            }
        }
        let torus = started("seed-glider");
        assert_eq!(after(&torus, 180).space, torus.space);
    }

    #[test]
    fn methuselahs_settle_when_their_line_says() {
        for (id, generation) in
            [("b-heptomino", 148), ("pi-heptomino", 173), ("thunderbird", 243), ("multum-in-parvo", 3933)]
        {
            let settled = after(&started(id), generation);
            // What is left has a period of 2, besides gliders, whose number of cells is always 5.
            assert_eq!(settled.population(), after(&settled, 4).population(), "{id}");
        }
    }

    #[test]
    fn what_grows_for_ever_grows() {
        for id in ["infinite-growth", "one-row", "puffer-train", "gosper-glider-gun", "simkin-glider-gun"] {
            let populations = [1000, 2000, 4000].map(|generations| after(&started(id), generations).population());
            assert!(populations.is_sorted_by(|a, b| a * 5 / 4 < *b), "{id}: {populations:?}");
        }
    }
}
