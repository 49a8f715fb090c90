//! The jobs hand their followers in and end; the waiting is done outside of the pool.
//!
//! The cure for a pool that waits for itself (item 59 of the seed): no job ever waits for a job of its own pool. Fan-out and
//! fan-in both belong to the caller, who holds no worker while he waits.
//!
//! Python: `inner = [f.result() for f in [pool.submit(job) for _ in range(n)]]; [f.result() for f in inner]`

use std::time::Instant;

use crossbeam_channel::Receiver;

use super::{Row, made};
use crate::labs::hazards::order::{CannotRun, Order, Outcome};
use crate::labs::hazards::pool::Pool;
use crate::labs::hazards::waits::Wait;
use crate::runtime::strategy::{About, Setup, Strategy, supports_all};

pub(super) const STRATEGY: Row = Strategy {
    about: About {
        id: "pool-in-pool-cured",
        title: "Waiting outside",
        item: 59,
        claim: "Jobs hand others in and end, and only the caller waits: no worker is ever kept by a wait",
        wrong_on_purpose: false,
        source: include_str!("pool_in_pool_cured.rs"),
    },
    supports: supports_all,
    make: |setup| Ok(made(setup, run)),
};

fn run(order: &Order, setup: &Setup) -> Result<Outcome, CannotRun> {
    let begun = Instant::now();
    let (pool, threads) = Pool::start(order, setup).map_err(|why| CannotRun { what: "the pool's threads", why })?;
    let name = |index: usize| format!("job {index}");
    // Fan out: each job hands in another and returns what that one's result will come through.
    let outer: Vec<Receiver<Receiver<()>>> = (0..order.workers)
        .map(|index| {
            let inside = pool.clone();
            pool.submit(&name(2 * index + 1), move || inside.submit(&name(2 * index + 2), || ()))
        })
        .collect();
    // Fan in: the caller waits for the first ones, and then for the others.
    let mut got = 0;
    let mut inner = Vec::new();
    for (index, job) in outer.iter().enumerate() {
        if let Ok(second) = order.wait_for(Wait::on("the caller", &name(2 * index + 1)), job) {
            got += 1;
            inner.push((index, second));
        }
    }
    for (index, job) in &inner {
        if order.wait_for(Wait::on("the caller", &name(2 * index + 2)), job).is_ok() {
            got += 1;
        }
    }
    let outcome = order.outcome(2 * order.workers as u64, got, begun);
    drop(pool);
    threads.join();
    Ok(outcome)
}
