//! Every strategy of the GCD lab is held to the same results on every workload it supports.

use std::path::PathBuf;
use std::sync::Arc;

use fanout::labs::gcd::pair::Pair;
use fanout::labs::gcd::run::{Chunking, Outcome, Run, RunError, Work};
use fanout::labs::gcd::search::by_division;
use fanout::labs::gcd::strategies::{Row, STRATEGIES, look_around};
use fanout::labs::gcd::task::{Answer, Task};
use fanout::labs::gcd::workload::{BuiltIn, Workload};
use fanout::runtime::control::Control;
use fanout::runtime::span::{Recorder, Trace};
use fanout::runtime::strategy::Setup;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

fn made(row: &Row, workers: usize) -> Box<dyn Run> {
    let setup = Setup::headless(workers, PathBuf::from(env!("CARGO_BIN_EXE_fanout")));
    (row.make)(&setup).expect("it starts here")
}

fn run(
    strategy: &mut dyn Run,
    tasks: &Arc<[Task]>,
    chunking: Chunking,
    control: &Control,
) -> Result<Outcome, RunError> {
    strategy.run(&Work { control: control.clone(), ..Work::new(Arc::clone(tasks), chunking) })
}

/// What must come out, found without any strategy.
fn truth(tasks: &[Task]) -> Vec<Answer> {
    let solve = |task: &Task| match task.pair() {
        Some(pair) => Answer::Gcd(pair.euclid()),
        None => task.solve(by_division, || Ok(())).unwrap(),
    };
    tasks.iter().map(solve).collect()
}

/// The rows that take a workload, each made for so many workers.
fn supporting(workload: &Workload, workers: usize) -> Vec<(&'static str, Box<dyn Run>)> {
    look_around();
    let rows = STRATEGIES.iter().filter(|row| (row.supports)(workload).is_ok());
    rows.map(|row| (row.about.id, made(row, workers))).collect()
}

#[test]
fn every_strategy_gives_the_true_answers_in_order() {
    for (built_in, items) in [(BuiltIn::Seed, 6), (BuiltIn::Images, 4), (BuiltIn::Transfer, 5)] {
        let whole = built_in.workload(42);
        let workload = Workload { tasks: whole.tasks[..items].into(), ..whole };
        let expected = truth(&workload.tasks);
        for workers in [1, 3] {
            for (id, mut strategy) in supporting(&workload, workers) {
                for chunking in [Chunking::Dynamic, Chunking::Static] {
                    // An interpreter takes seconds a run, and knows nothing of our chunks of threads.
                    if id.starts_with("python") && (workers, chunking) != (3, Chunking::Dynamic) {
                        continue;
                    }
                    let control = Control::default();
                    let outcome = run(strategy.as_mut(), &workload.tasks, chunking, &control).unwrap();
                    assert_eq!(outcome.answers, expected, "{id} on {} with {workers} workers", workload.name);
                    assert_eq!(control.done(), workload.tasks.len(), "{id} counts its items");
                    assert!(!outcome.elapsed.is_zero(), "{id} measures its time");
                }
            }
        }
    }
}

/// Pairs of every kind: random ones, equal ones, with 1, of primes, and multiples of each other.
fn pairs() -> impl Strategy<Value = Pair> {
    let any = 1_u64..1_000_000;
    prop_oneof![
        4 => (any.clone(), any.clone()),
        1 => any.clone().prop_map(|n| (n, n)),
        1 => any.clone().prop_map(|n| (1, n)),
        1 => prop::sample::select(vec![(999_983, 999_979), (2, 999_983), (999_961, 999_961)]),
        1 => (1_u64..1000, 1_u64..1000).prop_map(|(n, times)| (n * times, n)),
        1 => (1_u64..1000, 1_u64..1000, 1_u64..1000).prop_map(|(n, a, b)| (n * a, n * b)),
    ]
    .prop_map(|(a, b)| Pair::new(a, b).unwrap())
}

#[test]
fn every_strategy_agrees_with_euclid_on_a_thousand_pairs() {
    let pairs_of_all_kinds = prop::collection::vec(pairs(), 1000);
    TestRunner::new(Config::with_cases(1))
        .run(&pairs_of_all_kinds, |pairs| {
            let workload = Workload::of_pairs("pairs", pairs);
            let expected = truth(&workload.tasks);
            for (id, mut strategy) in supporting(&workload, 2) {
                let outcome = run(strategy.as_mut(), &workload.tasks, Chunking::Dynamic, &Control::default());
                prop_assert_eq!(&outcome.unwrap().answers, &expected, "{}", id);
            }
            Ok(())
        })
        .unwrap();
}

#[test]
fn a_stopped_run_ends_and_the_strategy_can_run_again() {
    // Its search would take hours.
    let endless = Workload::of_pairs("endless", vec![Pair::new(u64::MAX, u64::MAX - 1).unwrap(); 2]);
    let small = Workload::of_pairs("small", vec![Pair::new(12, 18).unwrap()]);
    for (id, mut strategy) in supporting(&endless, 2) {
        if id == "euclid" {
            continue;
        }
        let control = Control::default();
        let stopped = std::thread::scope(|scope| {
            let running = scope.spawn(|| run(strategy.as_mut(), &endless.tasks, Chunking::Dynamic, &control));
            control.stop();
            running.join().unwrap()
        });
        assert!(matches!(stopped, Err(RunError::Stopped(_))), "{id}: {stopped:?}");
        let outcome = run(strategy.as_mut(), &small.tasks, Chunking::Dynamic, &Control::default()).unwrap();
        assert_eq!(outcome.answers, [Answer::Gcd(6)], "{id}");
    }
}

/// The trace of one run.
fn traced(strategy: &mut dyn Run, tasks: &Arc<[Task]>) -> Trace {
    let work = Work { recorder: Recorder::new(), ..Work::new(Arc::clone(tasks), Chunking::Dynamic) };
    strategy.run(&work).unwrap();
    work.recorder.trace()
}

#[test]
fn lanes_show_every_item_and_never_overlap_themselves() {
    let workload = BuiltIn::Seed.workload(42);
    for (id, mut strategy) in supporting(&workload, 2) {
        let trace = traced(strategy.as_mut(), &workload.tasks);
        for item in 0..workload.tasks.len() {
            let label = format!("item {item}");
            assert!(trace.spans.iter().any(|span| span.label == label), "{id}: {label} in {trace:?}");
        }
        for lane in 0..trace.lanes.len() as u32 {
            let mut spans: Vec<_> = trace.spans.iter().filter(|span| span.lane == lane).collect();
            spans.sort_by_key(|span| span.start_ns);
            assert!(spans.windows(2).all(|pair| pair[0].end_ns <= pair[1].start_ns), "{id}: {spans:?}");
        }
    }
}

#[test]
fn what_is_not_supported_says_why() {
    look_around();
    let workloads = BuiltIn::ALL.map(|built_in| built_in.workload(42));
    for row in STRATEGIES {
        for workload in &workloads {
            if let Err(why) = (row.supports)(workload) {
                assert!(!why.is_empty(), "{} on {}", row.about.id, workload.name);
            }
        }
        let supported = (row.supports)(&workloads[0]);
        let missing = supported.as_ref().is_err_and(|why| why.contains("on the PATH") || why.contains("mpirun"));
        assert!(supported.is_ok() || missing, "{} takes the seed's pairs: {supported:?}", row.about.id);
        assert!(!row.about.source.is_empty() && !row.about.claim.ends_with('.'), "{}", row.about.id);
    }
}
