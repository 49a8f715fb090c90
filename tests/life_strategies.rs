//! The Life strategy whose workers are processes, held to what `serial` makes: also when a worker is killed in mid-generation.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use fanout::labs::life::grid::Grid;
use fanout::labs::life::hand::Who;
use fanout::labs::life::order::{Failed, Fault, Order};
use fanout::labs::life::rule::Rule;
use fanout::labs::life::soup::soup;
use fanout::labs::life::strategies::{STRATEGIES, Stepper};
use fanout::labs::life::universe::Universe;
use fanout::runtime::span::Recorder;
use fanout::runtime::strategy::{Setup, find};
use rustix::process::{Pid, Signal, kill_process};

fn setup(workers: usize) -> Setup {
    Setup::headless(workers, PathBuf::from(env!("CARGO_BIN_EXE_fanout")))
}

/// Only one test at a time: what is killed must be of its own pool.
static TURN: Mutex<()> = Mutex::new(());

fn turn() -> MutexGuard<'static, ()> {
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

fn processes(workers: usize) -> Box<dyn Stepper> {
    (find(STRATEGIES, "processes").unwrap().make)(&setup(workers)).unwrap()
}

fn serial(from: &Arc<Universe>, generations: u64) -> Arc<Universe> {
    (STRATEGIES[0].make)(&setup(1)).unwrap().advance(from, &Order::new(generations)).universe
}

fn torus(rule: Rule, grid: Grid) -> Arc<Universe> {
    Arc::new(Universe::torus(rule, grid))
}

#[test]
fn bands_in_processes_make_the_same_generations() {
    let _turn = turn();
    let rules = [Rule::LIFE, "B36/S23".parse().unwrap(), "B0123478/S34678".parse().unwrap()];
    for (height, width, workers) in [(1, 1, 2), (2, 3, 1), (5, 64, 2), (63, 65, 3), (40, 130, 2)] {
        let mut stepper = processes(workers);
        for (seed, rule) in (0..).zip(rules) {
            let from = torus(rule, soup(height, width, 0.4, seed));
            let got = stepper.advance(&from, &Order::new(5));
            assert_eq!((got.failed, got.universe), (None, serial(&from, 5)), "{width}x{height} {rule}");
        }
    }
}

/// The processes that this one has started and that still run.
fn children() -> Vec<Pid> {
    let tasks = std::fs::read_dir("/proc/self/task").unwrap().flatten();
    let lists = tasks.filter_map(|task| std::fs::read_to_string(task.path().join("children")).ok());
    let numbers = lists.flat_map(|list| list.split_whitespace().filter_map(|pid| pid.parse().ok()).collect::<Vec<_>>());
    numbers.filter_map(Pid::from_raw).collect()
}

#[test]
#[cfg(target_os = "linux")]
fn a_worker_killed_in_mid_generation_changes_nothing() {
    let _turn = turn();
    let from = torus(Rule::LIFE, soup(1500, 1500, 0.4, 5));
    let generations = 6;
    let (over, killed) = (AtomicBool::new(false), AtomicUsize::new(0));
    let got = std::thread::scope(|scope| {
        scope.spawn(|| {
            // One alone: a job that loses two workers is given up, and rightly so.
            while !over.load(Ordering::Relaxed) && killed.load(Ordering::Relaxed) == 0 {
                let busy = |pid: &Pid| {
                    let stat =
                        std::fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero())).unwrap_or_default();
                    stat.contains(") R")
                };
                if let Some(victim) = children().into_iter().find(busy) {
                    killed.fetch_add(usize::from(kill_process(victim, Signal::KILL).is_ok()), Ordering::Relaxed);
                }
                std::thread::yield_now();
            }
        });
        let mut stepper = processes(2);
        let got = loop {
            let got = stepper.advance(&from, &Order::new(generations));
            if killed.load(Ordering::Relaxed) > 0 {
                break got;
            }
        };
        over.store(true, Ordering::Relaxed);
        // One that was killed when it had answered is found dead now.
        stepper.advance(&from, &Order::new(1));
        let told = stepper.made_good().expect("it says so");
        assert!(told.contains("SIGKILL") && told.ends_with("replaced, and no result is missing"), "{told}");
        assert_eq!(stepper.made_good(), None, "once");
        got
    });
    assert_eq!((got.failed, got.universe), (None, serial(&from, generations)));
}

#[test]
fn a_failing_cell_comes_back_as_an_error_and_the_grid_stays() {
    let _turn = turn();
    let from = torus(Rule::LIFE, soup(30, 40, 0.5, 3));
    let mut stepper = processes(3);
    let order = Order { fault: Some(Fault { generation: 3, y: 17, x: 8 }), ..Order::new(9) };
    let got = stepper.advance(&from, &order);
    assert_eq!(got.universe, serial(&from, 2));
    let Some(Failed::Cell { y: 17, x: 8, fates, .. }) = got.failed else { panic!("{:?}", got.failed) };
    assert_eq!(fates.finished + fates.cancelled + fates.unheard, 30 * 40 - 1, "{fates}");
    assert_eq!(stepper.advance(&got.universe, &Order::new(1)).universe, serial(&from, 3), "it goes on");
    let order = Order::new(9);
    order.cancel.cancel();
    let got = stepper.advance(&from, &order);
    assert!(matches!(got.failed, Some(Failed::Cancelled(_))) && got.universe == from, "{:?}", got.failed);
}

#[test]
fn bands_are_stepped_by_different_processes_and_their_lanes_say_so() {
    let _turn = turn();
    let from = torus(Rule::LIFE, soup(600, 600, 0.4, 5));
    let (who, recorder) = (Who::new(600, 600), Recorder::new());
    let setup = Setup { recorder: recorder.clone(), ..setup(2) };
    let mut stepper = (find(STRATEGIES, "processes").unwrap().make)(&setup).unwrap();
    stepper.advance(&from, &Order { who: Some(Arc::clone(&who)), ..Order::new(3) });
    let first = (who.at(0, 0), who.at(299, 599), who.at(300, 0), who.at(599, 599));
    assert!(first == (0, 0, 1, 1) || first == (1, 1, 0, 0) || first == (0, 0, 0, 0), "{first:?}");
    let trace = recorder.trace();
    assert!(trace.lanes.iter().all(|lane| lane.starts_with("process ")), "{:?}", trace.lanes);
    assert!(!trace.spans.is_empty());
}
