//! Gosper's hashlife: what repeats in space or time is computed once and remembered.
//!
//! Beyond the seed, and not a fan-out at all: before work is spread, some of it need not be done. Regular patterns are stepped
//! thousands of generations at a time; in a random soup, where nothing repeats, it is the slowest of all.
//!
//! Python: `@functools.cache` on a function from a square of cells to its middle, half as wide, some generations on

use std::sync::Arc;
use std::time::Instant;

use super::{Row, Stepper, Task};
use crate::labs::life::hand::Hand;
use crate::labs::life::hashlife::{Hashlife, Stopped};
use crate::labs::life::order::{Advance, Failed, Fates, Order};
use crate::labs::life::universe::{Space, Topology, Universe};
use crate::runtime::span::State;
use crate::runtime::strategy::{About, Strategy};

pub(super) const STRATEGY: Row = Strategy {
    about: About {
        id: "hashlife",
        title: "Hashlife",
        item: 0,
        claim: "A quadtree that remembers: work that repeats is not spread but left out",
        wrong_on_purpose: false,
        source: include_str!("hashlife.rs"),
    },
    supports,
    make: |setup| {
        let hand = Hand::new(&setup.recorder, 0, "thread");
        Ok(Box::new(Memory { kept: None, power: 0, hand }))
    },
};

/// Bytes that the remembered squares may take.
const MOST_BYTES: usize = 1 << 30;

fn supports(task: &Task) -> Result<(), String> {
    task.compute_only()?;
    match task.topology {
        Topology::Torus => Err("it needs the plane: its squares double in width, and a torus does not".to_owned()),
        Topology::Plane => Ok(()),
    }
}

struct Memory {
    /// The quadtree as it was left, and the generation that was answered then.
    kept: Option<(Arc<Universe>, Hashlife)>,
    /// The power of two of the steps, flat out.
    power: u32,
    hand: Hand,
}

impl Stepper for Memory {
    fn advance(&mut self, from: &Arc<Universe>, order: &Order) -> Advance {
        let Space::Plane(plane) = &from.space else {
            let refused = Failed::Refused("hashlife needs the plane".to_owned());
            return Advance { universe: Arc::clone(from), failed: Some(refused) };
        };
        let mut life = match self.kept.take() {
            Some((answered, life)) if Arc::ptr_eq(&answered, from) => life,
            _ => {
                self.power = 0;
                Hashlife::new(plane, from.rule, MOST_BYTES)
            }
        };
        let mut made = 0;
        let failed = loop {
            if order.is_filled(made) {
                break None;
            }
            if let Some(cell) = order.fault_after(from.generation + made) {
                let fates = Fates { cancelled: plane.population().saturating_sub(1), ..Fates::default() };
                break Some(cell.report("its square had no result, and so had none of those around it", fates));
            }
            let power = self.power(order, from.generation, made);
            let start = Instant::now();
            let step = || life.advance(power, &order.cancel);
            match self.hand.does(|| format!("{} generations", 1_u64 << power), State::Running, step) {
                Ok(()) => made += 1 << power,
                Err(Stopped::Cancelled) => break Some(Failed::Cancelled(Fates::default())),
                Err(Stopped::Full) => {
                    let limit = MOST_BYTES >> 20;
                    break Some(Failed::Refused(format!(
                        "more different squares than {limit} MiB hold: nothing repeats here"
                    )));
                }
                Err(Stopped::TooFar) => {
                    break Some(Failed::Refused("the pattern has grown beyond all coordinates".to_owned()));
                }
            }
            // Longer steps as long as they are short in time: squares remembered for shorter ones have to be made anew.
            if order.until.is_some_and(|until| start.elapsed() * 4 < until.saturating_duration_since(Instant::now())) {
                self.power = (power + 1).min(50);
            }
        };
        if made == 0 {
            self.kept = Some((Arc::clone(from), life));
            return Advance { universe: Arc::clone(from), failed };
        }
        let space = Space::Plane(Arc::new(life.plane()));
        let universe = Arc::new(Universe { generation: from.generation + made, rule: from.rule, space });
        self.kept = Some((Arc::clone(&universe), life));
        Advance { universe, failed }
    }
}

impl Memory {
    /// The power of two of the next step: the largest that does not go past what was ordered, nor past a fault.
    fn power(&self, order: &Order, from: u64, made: u64) -> u32 {
        let mut left = order.generations - made;
        if let Some(fault) = order.fault.filter(|fault| fault.generation > from + made) {
            left = left.min(fault.generation - 1 - from - made);
        }
        let most = left.max(1).ilog2();
        if order.until.is_some() { most.min(self.power) } else { most.min(50) }
    }
}
