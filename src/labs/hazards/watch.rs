//! Runs a hazard while somebody watches it, who frees it as soon as its deadlock is recognised.

use std::thread;
use std::time::Duration;

use crossbeam_channel::{bounded, select, tick};
use tokio_util::sync::CancellationToken;

use super::order::{CannotRun, Order, Outcome};
use super::strategies::Hazard;

/// How often the watcher looks whether the whole program is to end.
const LOOK: Duration = Duration::from_millis(50);

/// Runs it to its end. A deadlock is freed when it has been recognised; everything is freed when `stop` is cancelled.
pub fn run_and_free(hazard: &mut dyn Hazard, order: &Order, stop: &CancellationToken) -> Result<Outcome, CannotRun> {
    let (ended_in, ended) = bounded::<()>(0);
    thread::scope(|scope| {
        let run = scope.spawn(move || {
            let _tells_the_end = ended_in;
            hazard.run(order)
        });
        let look = tick(LOOK);
        loop {
            select! {
                recv(ended) -> _ => break,
                recv(order.waits.changes()) -> _ => {}
                recv(look) -> _ => {}
            }
            if order.waits.deadlock().is_some() || stop.is_cancelled() {
                order.free.free();
            }
        }
        run.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}
