//! One suite for every strategy: on every input that it supports it makes the generations that `serial` makes.

use std::path::PathBuf;
use std::sync::Arc;

use proptest::prelude::*;

use super::{Row, STRATEGIES, Stepper, Task};
use crate::labs::life::order::{Failed, Fault, Order};
use crate::labs::life::part::Grain;
use crate::labs::life::rule::Rule;
use crate::labs::life::soup::soup;
use crate::labs::life::universe::Universe;
use crate::runtime::strategy::Setup;

const GRAINS: [Grain; 3] = [Grain::Cell, Grain::Row, Grain::Band];

fn setup(workers: usize) -> Setup {
    Setup::headless(workers, PathBuf::new())
}

/// Every strategy, made for so many workers.
pub(crate) fn all(workers: usize) -> Vec<(&'static Row, Box<dyn Stepper>)> {
    STRATEGIES.iter().map(|row| (row, (row.make)(&setup(workers)).unwrap())).collect()
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
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn all_agree_on_random_tori(height in 1..16_usize, width in 1..140_usize, density in 0.1..0.7, seed: u64,
                                rule in rules(), workers in 1..5_usize, generations in 1..6_u64) {
        let universe = Arc::new(Universe::torus(rule, soup(height, width, density, seed)));
        check(&universe, generations, workers);
    }

    #[test]
    fn switching_never_changes_the_sequence(seed: u64, order in proptest::collection::vec(0..STRATEGIES.len(), 1..12)) {
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
    for (row, mut stepper) in all(2) {
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
    for (row, mut stepper) in all(2) {
        let order = Order::new(9);
        order.cancel.cancel();
        let got = stepper.advance(&from, &order);
        assert!(matches!(got.failed, Some(Failed::Cancelled(_))), "{}: {:?}", row.about.id, got.failed);
        assert_eq!(got.universe, from, "{}", row.about.id);
    }
}
