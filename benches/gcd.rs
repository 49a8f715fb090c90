//! The search for a greatest common divisor: kernel by kernel, and a job's way through the process pool.
//!
//! `cargo bench --bench gcd`

use std::hint::black_box;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use fanout::labs::gcd::kernel;
use fanout::labs::gcd::pair::Pair;
use fanout::labs::gcd::run::{Chunking, Work};
use fanout::labs::gcd::search::{WINDOW, by_division, count_down};
use fanout::labs::gcd::strategies::STRATEGIES;
use fanout::labs::gcd::workload::Workload;
use fanout::runtime::strategy::{Setup, find};

/// One of the seed's pairs, searched by each kernel that this processor runs.
fn kernels(criterion: &mut Criterion) {
    let pair = Pair::new(1_963_309, 2_265_973).expect("no zero");
    let mut group = criterion.benchmark_group("search of 1,963,309 candidates");
    group.throughput(Throughput::Elements(pair.smaller()));
    group.bench_function("division", |bencher| {
        bencher.iter(|| count_down(black_box(pair), by_division, WINDOW, || Ok(())));
    });
    for native in kernel::runnable() {
        group.bench_function(native.name, |bencher| {
            bencher.iter(|| count_down(black_box(pair), native.kernel, WINDOW, || Ok(())));
        });
    }
    group.bench_function("Euclid", |bencher| bencher.iter(|| black_box(pair).euclid()));
    group.finish();
}

/// What handing over costs: a hundred pairs that are hardly any work, by each strategy.
fn handing_over(criterion: &mut Criterion) {
    let workload = Workload::of_pairs("small", vec![Pair::new(12, 18).expect("no zero"); 100]);
    let setup = Setup::headless(2, PathBuf::from(env!("CARGO_BIN_EXE_fanout")));
    let mut group = criterion.benchmark_group("a hundred small items");
    group.throughput(Throughput::Elements(100)).measurement_time(Duration::from_secs(2));
    for id in ["serial", "threads", "rayon", "blocking-pool", "processes"] {
        let row = find(STRATEGIES, id).expect("it is in the table");
        let mut strategy = (row.make)(&setup).expect("it starts");
        group.bench_with_input(BenchmarkId::from_parameter(id), &workload, |bencher, workload| {
            bencher.iter(|| strategy.run(&Work::new(Arc::clone(&workload.tasks), Chunking::Dynamic)));
        });
    }
    group.finish();
}

criterion_group!(benches, kernels, handing_over);
criterion_main!(benches);
