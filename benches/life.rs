//! A generation under every strategy, on tori of 50 % soup: cells a second.

#![allow(missing_docs, unreachable_pub, reason = "criterion's macros make functions of their own")]

use std::hint::black_box;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use fanout::labs::life::order::Order;
use fanout::labs::life::part::Grain;
use fanout::labs::life::rule::Rule;
use fanout::labs::life::soup::soup;
use fanout::labs::life::strategies::{STRATEGIES, Task};
use fanout::labs::life::universe::Universe;
use fanout::runtime::cores;
use fanout::runtime::strategy::Setup;

/// Sides of the tori, and the generations that one measurement makes of each.
const SIZES: [(usize, u64); 4] = [(64, 16), (1024, 1024), (4096, 256), (16384, 64)];

/// The largest side for a strategy: with a task a cell, a generation of more would take minutes.
fn most(strategy: &str) -> usize {
    match strategy {
        "bitboard" | "bitboard-rayon" => 16384,
        "serial" | "rayon" | "processes" => 4096,
        _ => 64,
    }
}

fn generations(criterion: &mut Criterion) {
    for (side, generations) in SIZES {
        let universe = Arc::new(Universe::torus(Rule::LIFE, soup(side, side, 0.5, 42)));
        let mut group = criterion.benchmark_group(format!("life {side}x{side}"));
        group.sample_size(10).warm_up_time(Duration::from_millis(300)).measurement_time(Duration::from_secs(2));
        for row in STRATEGIES.iter().filter(|row| side <= most(row.about.id)) {
            if (row.supports)(&Task::of(&universe, Grain::Cell, 0)).is_err() {
                continue;
            }
            // What steps single cells makes few generations of a large torus.
            let slow = matches!(row.about.id, "serial" | "rayon" | "processes") && side > 64;
            let generations = if slow { 1 } else { generations };
            let setup = Setup::headless(cores::available(), PathBuf::from(env!("CARGO_BIN_EXE_fanout")));
            let mut stepper = (row.make)(&setup).expect("every strategy starts here");
            let mut now = Arc::clone(&universe);
            group.throughput(Throughput::Elements((side * side) as u64 * generations));
            group.bench_function(row.about.id, |bencher| {
                bencher.iter(|| {
                    now = stepper.advance(&now, &Order::new(generations)).universe;
                    black_box(now.generation)
                });
            });
        }
        group.finish();
    }
}

criterion_group!(benches, generations);
criterion_main!(benches);
