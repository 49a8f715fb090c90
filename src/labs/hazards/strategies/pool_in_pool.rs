//! Jobs of a full pool wait for jobs of the same pool: no worker is left to run what all of them wait for.
//!
//! A pool bounds how many jobs run at once (item 59 of the seed), and so a job that submits another and waits for its result
//! holds one of the places that the other needs. With as many such jobs as workers the pool waits for itself for ever; with
//! one fewer everything goes well, which is why it is found late.
//!
//! Python: `def job(): return pool.submit(inner).result()  # from every worker of the pool at once`

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use crossbeam_channel::{Receiver, bounded};

use super::{Row, made};
use crate::labs::hazards::order::{CannotRun, Order, Outcome};
use crate::labs::hazards::pool::Pool;
use crate::labs::hazards::waits::Wait;
use crate::runtime::strategy::{About, Setup, Strategy, supports_all};

pub(super) const STRATEGY: Row = Strategy {
    about: About {
        id: "pool-in-pool",
        title: "Pool in pool",
        item: 59,
        claim: "Every worker waits for a job that needs a worker: the full pool waits for itself",
        wrong_on_purpose: true,
        source: include_str!("pool_in_pool.rs"),
    },
    supports: supports_all,
    make: |setup| Ok(made(setup, run)),
};

fn run(order: &Order, setup: &Setup) -> Result<Outcome, CannotRun> {
    let begun = Instant::now();
    let (pool, threads) = Pool::start(order, setup).map_err(|why| CannotRun { what: "the pool's threads", why })?;
    let done = Arc::new(AtomicU64::new(0));
    // All of them are in the queue before the first goes on: it is the full pool that is shown, not luck.
    let (open, gate) = bounded::<()>(0);
    let outer: Vec<Receiver<()>> = (0..order.workers)
        .map(|index| {
            let (mine, its) = (format!("job {}", 2 * index + 1), format!("job {}", 2 * index + 2));
            let (pool, order, done, gate) = (pool.clone(), order.clone(), Arc::clone(&done), gate.clone());
            pool.clone().submit(&mine.clone(), move || {
                let _ = gate.recv();
                let inner = {
                    let (order, done) = (order.clone(), Arc::clone(&done));
                    pool.submit(&its, move || count_unless_freed(&order, &done))
                };
                if order.wait_for(Wait::on(&mine, &its), &inner).is_ok() {
                    count_unless_freed(&order, &done);
                }
            })
        })
        .collect();
    drop(open);
    for job in outer {
        // It ends with its jobs or is freed; what was done is counted.
        let _ = job.recv();
    }
    let outcome = order.outcome(2 * order.workers as u64, done.load(Ordering::Acquire), begun);
    drop(pool);
    threads.join();
    Ok(outcome)
}

/// A job is done. One that could only run because the pool was freed does not count.
fn count_unless_freed(order: &Order, done: &AtomicU64) {
    if !order.is_over() {
        done.fetch_add(1, Ordering::AcqRel);
    }
}
