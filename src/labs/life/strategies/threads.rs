//! A thread a cell, started for one generation and joined at its end: what a pool saves you from.
//!
//! Item 59's starting point. Each thread costs its start and its stack, every generation anew, and nothing bounds how many
//! there are. So that this does not take the machine down, a grid of more parts than [`MOST`] is refused.
//!
//! Python: `[t.start() for t in (Thread(target=step_cell, args=c) for c in cells)]`, then `join` each

use std::sync::Arc;
use std::thread::{self, Builder};

use super::{Row, Stepper, Task};
use crate::labs::life::fan_in::FanIn;
use crate::labs::life::grid::Grid;
use crate::labs::life::hand::Hand;
use crate::labs::life::locked_grid::LockedGrid;
use crate::labs::life::order::{Advance, Failed, Order, Step};
use crate::labs::life::part::Grain;
use crate::labs::life::universe::Universe;
use crate::runtime::strategy::{About, Setup, Strategy};

pub(super) const STRATEGY: Row = Strategy {
    about: About {
        id: "threads",
        title: "Threads",
        item: 59,
        claim: "A thread a cell, started anew each generation: start-up and memory for every one of them",
        wrong_on_purpose: false,
        source: include_str!("threads.rs"),
    },
    supports,
    make: |setup| Ok(Box::new(Threads { setup: setup.clone(), hands: Vec::new() })),
};

/// Threads that a generation may start.
const MOST: usize = 4096;

/// Bytes of stack for each: a cell's step needs little, and thousands of them are there at once.
const STACK: usize = 128 << 10;

fn supports(task: &Task) -> Result<(), String> {
    task.on_torus()?;
    // The number of workers only matters to bands, of which there are few.
    let threads = task.grain.count(task.height, task.width, 1);
    if threads > MOST {
        return Err(format!(
            "a thread a {} would be {threads} threads; more than {MOST} are refused",
            task.grain.name()
        ));
    }
    Ok(())
}

struct Threads {
    setup: Setup,
    /// One for each part of the grid: its thread is another each generation, but its lane is not.
    hands: Vec<Hand>,
}

impl Threads {
    fn simulate(&mut self, step: &Step, grid: &Grid, grain: Grain) -> Result<Grid, Failed> {
        let (height, width) = (grid.height(), grid.width());
        let now = LockedGrid::new(grid.clone());
        let next = LockedGrid::new(Grid::new(height, width));
        let fan_in = FanIn::new(grid.cells());
        let parts = grain.parts(height, width, self.setup.workers);
        for index in self.hands.len()..grain.count(height, width, self.setup.workers) {
            self.hands.push(Hand::new(&self.setup.recorder, index, &format!("thread {index}")));
        }
        let mut refused = None;
        thread::scope(|scope| {
            // Fan out.
            for (part, hand) in parts.zip(&self.hands) {
                if step.cancel.is_cancelled() || refused.is_some() {
                    fan_in.skip(part.cells());
                    continue;
                }
                let (setup, now, next, fan_in) = (&self.setup, &now, &next, &fan_in);
                let work = move || {
                    setup.enter_thread();
                    let set = |y, x, state| next.set(y, x, state);
                    fan_in.run(part, || part.step(step, hand, |y, x| now.get(y, x), set));
                };
                let builder = Builder::new().name("life-thread".to_owned()).stack_size(STACK);
                if let Err(error) = builder.spawn_scoped(scope, work) {
                    refused = Some(Failed::Refused(format!("the system gives no more threads: {error}")));
                    fan_in.skip(part.cells());
                }
            }
            // Fan in: the scope joins every thread.
        });
        if let Some(refused) = refused {
            return Err(refused);
        }
        fan_in.wait("its thread kept it until it was joined")?;
        Ok(next.take())
    }
}

impl Stepper for Threads {
    fn advance(&mut self, from: &Arc<Universe>, order: &Order) -> Advance {
        order.each_generation(from, |step, grid| self.simulate(&step, grid, order.grain))
    }
}
