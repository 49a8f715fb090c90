//! One suite for every strategy: on every input that it supports it makes the generations that `serial` makes.

use std::path::PathBuf;
use std::sync::Arc;

use proptest::prelude::*;

use super::{Row, STRATEGIES, Stepper, Task};
use crate::labs::life::grid::Grid;
use crate::labs::life::order::{Failed, Fault, Order};
use crate::labs::life::part::Grain;
use crate::labs::life::plane::{Bounds, Plane};
use crate::labs::life::rule::Rule;
use crate::labs::life::soup::soup;
use crate::labs::life::universe::Universe;
use crate::runtime::strategy::{Setup, find};

const OF_PROCESSES: [&str; 2] = ["processes", "mpi"];

const GRAINS: [Grain; 3] = [Grain::Cell, Grain::Row, Grain::Band];

fn setup(workers: usize) -> Setup {
    Setup::headless(workers, PathBuf::new())
}

/// Every strategy that needs no other program, made for so many workers. `tests/life_strategies.rs` and `tests/mpi.rs` have
/// those with processes and ranks: in here "this program" is the test.
pub(crate) fn all(workers: usize) -> Vec<(&'static Row, Box<dyn Stepper>)> {
    STRATEGIES
        .iter()
        .filter(|row| !OF_PROCESSES.contains(&row.about.id))
        .map(|row| (row, (row.make)(&setup(workers)).unwrap()))
        .collect()
}

/// Those that can step this universe.
fn able(from: &Universe) -> Vec<(&'static Row, Box<dyn Stepper>)> {
    all(2).into_iter().filter(|(row, _)| (row.supports)(&Task::of(from, Grain::Cell, 0)).is_ok()).collect()
}

fn expected(from: &Arc<Universe>, generations: u64) -> Arc<Universe> {
    (STRATEGIES[0].make)(&setup(1)).unwrap().advance(from, &Order::new(generations)).universe
}

fn check(from: &Arc<Universe>, generations: u64, workers: usize) {
    let expected = expected(from, generations);
    for (row, mut stepper) in all(workers) {
        for grain in GRAINS {
            if (row.supports)(&Task::of(from, grain, 0)).is_err() {
                continue;
            }
            let got = stepper.advance(from, &Order { grain, ..Order::new(generations) });
            assert_eq!(got.failed, None, "{} by {grain:?}", row.about.id);
            assert_eq!(got.universe, expected, "{} by {grain:?}", row.about.id);
        }
    }
}

#[test]
fn the_dashboard_begins_with_rayon() {
    assert_eq!(STRATEGIES[super::first()].about.id, "rayon");
}

#[test]
fn all_agree_on_sizes_that_are_hard_to_get_right() {
    for (height, width) in [(1, 1), (1, 7), (7, 1), (2, 2), (3, 5), (63, 65), (5, 128), (3, 511), (1, 513)] {
        let universe = Arc::new(Universe::torus(Rule::LIFE, soup(height, width, 0.4, 9)));
        check(&universe, 3, 2);
    }
}

fn rules() -> impl Strategy<Value = Rule> {
    prop_oneof![Just(Rule::LIFE), (0..512_u16, 0..512_u16).prop_map(|(birth, survival)| Rule::new(birth, survival))]
}

use proptest::strategy::Strategy;

proptest! {
    #![proptest_config(ProptestConfig { cases: 20, ..ProptestConfig::default() })]

    #[test]
    fn all_agree_on_random_tori(height in 1..16_usize, width in 1..140_usize, density in 0.1..0.7, seed: u64,
                                rule in rules(), workers in 1..5_usize, generations in 1..6_u64) {
        let universe = Arc::new(Universe::torus(rule, soup(height, width, density, seed)));
        check(&universe, generations, workers);
    }

    #[test]
    fn switching_never_changes_the_sequence(seed: u64, order in proptest::collection::vec(0..STRATEGIES.len() - OF_PROCESSES.len(), 1..12)) {
        let origin = Arc::new(Universe::torus(Rule::LIFE, soup(13, 70, 0.5, seed)));
        let mut steppers = all(2);
        let mut now = Arc::clone(&origin);
        for index in &order {
            let (row, stepper) = &mut steppers[*index];
            if (row.supports)(&Task::of(&now, Grain::Cell, 0)).is_ok() {
                now = stepper.advance(&now, &Order::new(1)).universe;
            }
        }
        prop_assert_eq!(&now, &expected(&origin, now.generation));
    }
}

#[test]
fn a_failing_cell_is_reported_and_the_last_whole_generation_stays() {
    let from = Arc::new(Universe::torus(Rule::LIFE, soup(30, 40, 0.5, 3)));
    let whole = expected(&from, 2);
    for (row, mut stepper) in able(&from) {
        let fault = Some(Fault { generation: 3, y: 17, x: 8 });
        let got = stepper.advance(&from, &Order { fault, ..Order::new(9) });
        assert_eq!(got.universe, whole, "{}", row.about.id);
        let Some(Failed::Cell { y: 17, x: 8, fates, .. }) = &got.failed else {
            panic!("{}: {:?}", row.about.id, got.failed)
        };
        assert_eq!(fates.finished + fates.cancelled + fates.unheard, 30 * 40 - 1, "{}: {fates}", row.about.id);
        assert!(got.failed.as_ref().unwrap().to_string().contains("cell 8,17: Problem with I/O"), "{:?}", got.failed);
        let again = stepper.advance(&got.universe, &Order::new(1));
        assert_eq!(again.universe, expected(&from, 3), "{} goes on after a failure", row.about.id);
    }
}

#[test]
fn a_cancelled_order_ends_at_a_whole_generation() {
    let from = Arc::new(Universe::torus(Rule::LIFE, soup(30, 40, 0.5, 3)));
    for (row, mut stepper) in able(&from) {
        let order = Order::new(9);
        order.cancel.cancel();
        let got = stepper.advance(&from, &order);
        assert!(matches!(got.failed, Some(Failed::Cancelled(_))), "{}: {:?}", row.about.id, got.failed);
        assert_eq!(got.universe, from, "{}", row.about.id);
    }
}

/// The strategies that step the plane, with what each makes of this universe.
fn on_plane(from: &Arc<Universe>, generations: u64) -> Vec<(&'static str, Arc<Universe>)> {
    able(from)
        .into_iter()
        .map(|(row, mut stepper)| {
            let got = stepper.advance(from, &Order::new(generations));
            assert_eq!(got.failed, None, "{}", row.about.id);
            assert_eq!(got.universe.generation, from.generation + generations, "{}", row.about.id);
            (row.about.id, got.universe)
        })
        .collect()
}

/// What lives and where, whatever the shape of the quadtree.
fn cells(universe: &Universe) -> Option<(i64, i64, Grid)> {
    let Bounds { top, left, bottom, right } = universe.space.bounds()?;
    Some((top, left, universe.space.crop(top, left, (bottom - top) as usize, (right - left) as usize)))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6, ..ProptestConfig::default() })]

    #[test]
    fn all_agree_on_the_plane(height in 1..30_usize, width in 1..70_usize, top in -40..40_i64, left in -40..40_i64,
                              seed: u64, rule in rules(), generations in 1..20_u64) {
        let rule = Rule::new(rule.birth() & !1, rule.survival());
        let from = Arc::new(Universe::plane(rule, Plane::from_grid(&soup(height, width, 0.4, seed), top, left)));
        let made = on_plane(&from, generations);
        for id in ["serial", "rayon", "bitboard", "bitboard-rayon", "hashlife"] {
            prop_assert!(made.iter().any(|(made, _)| *made == id), "{} steps the plane", id);
        }
        for (id, universe) in &made {
            prop_assert_eq!(cells(universe), cells(&made[0].1), "{}", id);
            prop_assert_eq!(universe.population(), made[0].1.population(), "{}", id);
        }
    }

    /// Hashlife from step to step and in one go, on the way a shorter step or a longer one.
    #[test]
    fn hashlife_goes_on_from_where_it_was(seed: u64, steps in proptest::collection::vec(1..70_u64, 1..6)) {
        let from = Arc::new(Universe::plane(Rule::LIFE, Plane::from_grid(&soup(20, 20, 0.5, seed), 0, 0)));
        let row = find(STRATEGIES, "hashlife").unwrap();
        let mut hashlife = (row.make)(&setup(1)).unwrap();
        let mut now = Arc::clone(&from);
        for step in &steps {
            now = hashlife.advance(&now, &Order::new(*step)).universe;
        }
        let bitboard = (find(STRATEGIES, "bitboard").unwrap().make)(&setup(1)).unwrap().advance(&from, &Order::new(now.generation));
        prop_assert_eq!(cells(&now), cells(&bitboard.universe));
    }
}

fn shipped(name: &str) -> Arc<Universe> {
    Arc::new(crate::labs::life::pattern::shipped::find(name).unwrap().universe(None, None).unwrap())
}

#[test]
fn known_facts_hold_under_the_fast_strategies() {
    for id in ["bitboard", "bitboard-rayon", "hashlife"] {
        let mut stepper = (find(STRATEGIES, id).unwrap().make)(&setup(2)).unwrap();
        let mut population =
            |name: &str, generations| stepper.advance(&shipped(name), &Order::new(generations)).universe.population();
        assert_eq!(population("r-pentomino", 1103), 116, "{id}");
        assert_eq!(population("acorn", 5206), 633, "{id}");
        assert_eq!((population("diehard", 129), population("diehard", 130)), (2, 0), "{id}");
        // A gun: every thirty generations five more cells, those of a glider.
        let gun = [0, 30, 60, 900].map(|generations| population("gosper-glider-gun", generations));
        assert_eq!(gun, [36, 41, 46, 36 + 5 * 30], "{id}");
        assert_eq!([0, 12, 24, 36].map(|g| population("highlife-replicator", g)), [12, 24, 24, 48], "{id}");
    }
}
