//! One suite over the table: every hazard goes wrong in its own way, every cure does not, and all of them end.

use std::path::PathBuf;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::{Kind, Row, STRATEGIES, Task};
use crate::labs::hazards::order::{Order, Outcome};
use crate::labs::hazards::watch::run_and_free;
use crate::runtime::strategy::Setup;

/// So many that both workers are in the middle of theirs, also when other programs have the cores.
const MANY: u64 = 20_000_000;

fn run(row: &Row, increments: u64, workers: usize, time: Duration) -> Outcome {
    let mut hazard = (row.make)(&Setup::headless(workers, PathBuf::new())).unwrap();
    run_and_free(&mut *hazard, &Order::new(increments, workers, time), &CancellationToken::new()).unwrap()
}

fn of(kind: Kind, wrong: bool) -> impl Iterator<Item = &'static Row> {
    STRATEGIES.iter().filter(move |row| Kind::of(&row.about) == kind && row.about.wrong_on_purpose == wrong)
}

const HOUR: Duration = Duration::from_hours(1);

#[test]
fn a_racy_counter_loses_updates_and_the_cures_lose_none() {
    for row in of(Kind::LostUpdate, true) {
        let outcome = run(row, MANY, 2, HOUR);
        assert_eq!(outcome.expected, MANY);
        assert!(outcome.got < MANY, "{}: {outcome:?}", row.about.id);
        // However little there is to do: each of these has loaded what the others have.
        for increments in [2, 3] {
            let outcome = run(row, increments, 3, HOUR);
            assert!(outcome.expected == increments && outcome.got < increments, "{}: {outcome:?}", row.about.id);
        }
        assert!((row.supports)(&Task { workers: 1 }).is_err());
    }
    for row in of(Kind::LostUpdate, false) {
        for workers in [1, 2, 7] {
            let outcome = run(row, 100_003, workers, HOUR);
            assert_eq!((outcome.expected, outcome.got), (100_003, 100_003), "{} by {workers}", row.about.id);
        }
    }
}

/// The text with every number written N.
fn without_numbers(text: &str) -> String {
    regex::Regex::new(r"\d+").unwrap().replace_all(text, "N").into_owned()
}

#[test]
fn every_deadlock_is_recognised_and_freed_with_its_circle_named() {
    let told = |id: &str| match id {
        // Any job that holds a worker closes the circle; which one is found first is the scheduler's choice.
        "pool-in-pool" => "job N waits for job N, which waits for a worker, which is busy with job N",
        "loop-waits-thread" => {
            "the coroutine waits for the loop, which waits for the thread, which waits for the coroutine"
        }
        _ => "thread 1 waits for lock B, which is held by thread 2, which waits for lock A, which is held by thread 1",
    };
    for row in of(Kind::Deadlock, true) {
        for workers in [1, 2, 5] {
            let outcome = run(row, 0, workers, HOUR);
            let deadlock = outcome.deadlock.as_ref().unwrap_or_else(|| panic!("{}: {outcome:?}", row.about.id));
            let circle = deadlock.circle.to_string();
            let circle = if row.about.id == "pool-in-pool" { without_numbers(&circle) } else { circle };
            assert_eq!(circle, told(row.about.id));
            assert_eq!(outcome.got, 0, "{}", row.about.id);
        }
    }
    for row in of(Kind::Deadlock, false) {
        for workers in [1, 2, 5] {
            let outcome = run(row, 0, workers, HOUR);
            assert_eq!(outcome.deadlock, None, "{}", row.about.id);
            assert!(outcome.expected > 0 && outcome.got == outcome.expected, "{}: {outcome:?}", row.about.id);
        }
    }
}

#[test]
fn a_deadlock_that_nobody_frees_ends_when_its_time_is_up() {
    for row in of(Kind::Deadlock, true) {
        let mut hazard = (row.make)(&Setup::headless(2, PathBuf::new())).unwrap();
        let outcome = hazard.run(&Order::new(0, 2, Duration::from_secs(1))).unwrap();
        assert!(outcome.deadlock.is_some() && outcome.got < outcome.expected, "{}", row.about.id);
    }
}

#[test]
fn who_never_yields_starves_the_others_and_the_cures_give_all_a_turn() {
    for row in of(Kind::Starvation, true) {
        let outcome = run(row, 0, 2, Duration::from_millis(50));
        assert_eq!((outcome.expected, outcome.got), (100, 0), "{}", row.about.id);
        let waits: Vec<String> =
            outcome.starved.iter().map(|wait| format!("{} {} {}", wait.who, wait.how, wait.on[0])).collect();
        assert_eq!(
            waits,
            ["each of 100 coroutines waits for the loop", "the loop is busy with a coroutine that never awaits"]
        );
    }
    for row in of(Kind::Starvation, false) {
        let outcome = run(row, 0, 2, Duration::from_secs(1));
        assert_eq!((outcome.expected, outcome.got), (100, 100), "{}", row.about.id);
    }
}

#[test]
fn a_run_is_ended_from_outside() {
    let stop = CancellationToken::new();
    stop.cancel();
    for row in STRATEGIES {
        let mut hazard = (row.make)(&Setup::headless(2, PathBuf::new())).unwrap();
        run_and_free(&mut *hazard, &Order::new(u64::MAX / 4, 2, HOUR), &stop).unwrap();
    }
}
