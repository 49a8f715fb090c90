//! What a hazard takes, it gives back. The only test of its process, so that the threads which it counts are nobody else's.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use fanout::labs::hazards::order::Order;
use fanout::labs::hazards::strategies::STRATEGIES;
use fanout::labs::hazards::watch::run_and_free;
use fanout::runtime::strategy::Setup;
use tokio_util::sync::CancellationToken;

fn threads() -> usize {
    fs::read_dir("/proc/self/task").expect("Linux lists the threads of a process").count()
}

#[test]
fn no_thread_is_left_by_any_hazard_or_cure_however_it_ends() {
    let before = threads();
    for row in STRATEGIES {
        // Freed when its deadlock is recognised, left to its deadline, and stopped before it has begun.
        for (freed, stopped) in [(true, false), (false, false), (true, true)] {
            let mut hazard = (row.make)(&Setup::headless(2, PathBuf::new())).unwrap();
            let order = Order::new(100_000, 2, Duration::from_millis(50));
            let stop = CancellationToken::new();
            if stopped {
                stop.cancel();
            }
            let outcome = if freed { run_and_free(&mut *hazard, &order, &stop) } else { hazard.run(&order) };
            outcome.unwrap();
            drop(hazard);
            // A thread that was joined may be listed for a moment longer.
            let deadline = Instant::now() + Duration::from_secs(30);
            while threads() > before {
                assert!(Instant::now() < deadline, "{}: {} threads, {before} before", row.about.id, threads());
                std::thread::yield_now();
            }
        }
    }
}
