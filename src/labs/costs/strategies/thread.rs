//! A thread of the operating system (item 60): a stack of its own, started and switched by the kernel. It can do anything,
//! also wait in the middle of a call that knows nothing of waiting; that is what its stack and the kernel's work are paid for.
//!
//! Python: `thread = Thread(target=work); thread.start(); thread.join()`

use std::hint::black_box;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, Builder, Thread};
use std::time::Instant;

use super::{CannotMeasure, LONG_ENOUGH, Row, Unit, each, switches};
use crate::labs::costs::gate::Gate;
use crate::labs::costs::limits::Limits;
use crate::labs::costs::order::{Alive, HELD};
use crate::labs::costs::placement::stay_on_one_core;
use crate::runtime::resident;
use crate::runtime::stats::Samples;
use crate::runtime::strategy::{About, Strategy, supports_all};

/// The row of the table.
pub(super) const STRATEGY: Row = Strategy {
    about: About {
        id: "thread",
        title: "thread",
        item: 60,
        claim: "a stack of its own, started and switched by the kernel",
        wrong_on_purpose: false,
        source: include_str!("thread.rs"),
    },
    supports: supports_all,
    make: |_| Ok(Box::new(OsThread)),
};

/// Threads that are started in one probe at most. After more of them the scheduler may have settled both sides on one core,
/// where a start costs a third; a program that starts a thread now and then pays the whole.
const STARTED: usize = 500;

struct OsThread;

impl Unit for OsThread {
    /// Started and joined one after another.
    fn start(&self, count: usize) -> Result<Samples, CannotMeasure> {
        let (mut samples, begun) = (Samples::new(), Instant::now());
        while samples.len() < count.min(STARTED) && (samples.is_empty() || begun.elapsed() < LONG_ENOUGH) {
            let start = Instant::now();
            let thread = Builder::new().spawn(|| ())?;
            thread.join().map_err(|_| CannotMeasure("an empty thread panicked".to_owned()))?;
            samples.add_duration(start.elapsed());
        }
        Ok(samples)
    }

    fn alive(&self, count: usize, deep: bool) -> Result<Alive, CannotMeasure> {
        let (count, bounded) = Limits::read().threads(if deep { HELD } else { 0 }).of(count);
        let gate = Gate::default();
        let before = resident::of_this_process();
        thread::scope(|scope| {
            let started = (0..count).take_while(|_| {
                let wait = || if deep { wait_deep(&gate) } else { gate.wait() };
                Builder::new().spawn_scoped(scope, wait).is_ok()
            });
            let started = started.count();
            gate.until_waiting(started);
            let after = resident::of_this_process();
            gate.open();
            Ok(Alive {
                bytes: each(before, after, started),
                tried: count,
                failed_at: (started < count).then_some(started),
                bounded: bounded.map(str::to_owned),
            })
        })
    }

    /// Two threads on one core hand a turn to each other.
    fn switch(&self) -> Result<Samples, CannotMeasure> {
        stay_on_one_core();
        let (turn, stop) = (AtomicBool::new(false), AtomicBool::new(false));
        let first = thread::current();
        thread::scope(|scope| {
            let second = Builder::new().spawn_scoped(scope, || while hand_over(&turn, true, &first, &stop) {})?;
            let samples = switches(|count| {
                for _ in 0..count / 2 {
                    hand_over(&turn, false, second.thread(), &stop);
                }
                Ok(())
            });
            stop.store(true, Ordering::Release);
            second.thread().unpark();
            samples
        })
    }
}

/// Waits until it is this side's turn, then gives it to the other side. False when it is time to stop.
fn hand_over(turn: &AtomicBool, mine: bool, other: &Thread, stop: &AtomicBool) -> bool {
    while turn.load(Ordering::Acquire) != mine {
        if stop.load(Ordering::Acquire) {
            return false;
        }
        thread::park();
    }
    turn.store(!mine, Ordering::Release);
    other.unpark();
    true
}

/// Waits with a piece of the stack in use. Not inlined, so that a thread that is not deep has no such frame.
#[inline(never)]
#[allow(clippy::large_stack_arrays, reason = "the stack in use is what is measured")]
fn wait_deep(gate: &Gate) {
    let mut held = [0_u8; HELD];
    black_box(&mut held);
    gate.wait();
    black_box(&held);
}
