//! As `coroutines`, but in a group: the first failure cancels the others.
//!
//! Item 60, by structured concurrency: no task outlives the block that started it. With a bare gather the others run on after
//! a failure, and nobody listens; here they are cancelled at their next `await`, and the caller hears of it when all are gone.
//!
//! Python: `async with asyncio.TaskGroup() as group: [group.create_task(step_cell(c)) for c in cells]`

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use tokio::runtime::{Builder, Runtime};
use tokio::task::{JoinSet, LocalSet};

use super::{Row, Stepper, on_torus};
use crate::labs::life::grid::Grid;
use crate::labs::life::hand::{Hand, TaskLanes};
use crate::labs::life::order::{Advance, Failed, Fates, Order, Step};
use crate::labs::life::part::Grain;
use crate::labs::life::universe::Universe;
use crate::runtime::strategy::{About, CannotStart, Strategy};

pub(super) const STRATEGY: Row = Strategy {
    about: About {
        id: "task-group",
        title: "Task group",
        item: 60,
        claim: "Coroutines that live and fail together: the first failure cancels the others",
        wrong_on_purpose: false,
        source: include_str!("task_group.rs"),
    },
    supports: on_torus,
    make: |setup| {
        let runtime = Builder::new_current_thread().enable_time().build();
        Ok(Box::new(Group {
            runtime: runtime.map_err(|error| CannotStart::new("task-group", error))?,
            hand: Hand::new(&setup.recorder, 0, "event loop"),
            lanes: TaskLanes::new(&setup.recorder),
        }))
    },
};

struct Group {
    runtime: Runtime,
    hand: Hand,
    lanes: TaskLanes,
}

/// The tasks of one generation share this; they are on one thread.
struct Generation {
    step: Step,
    grid: Arc<Grid>,
    next: RefCell<Grid>,
    hand: Hand,
}

impl Generation {
    async fn simulate(self: Rc<Self>, grain: Grain, lanes: &TaskLanes) -> Result<(), Failed> {
        // Fan out.
        let mut tasks = JoinSet::new();
        for (index, part) in grain.parts(self.grid.height(), self.grid.width(), 1).enumerate() {
            let (generation, waits) = (Rc::clone(&self), lanes.of(index).clone());
            tasks.spawn_local(async move {
                let set = |y, x, state| generation.next.borrow_mut().set(y, x, state);
                let Self { step, grid, hand, .. } = &*generation;
                let cells = part.step_async(step, hand, &waits, |y, x| grid.get(y, x), set);
                cells.await.map(|()| part.cells())
            });
        }
        // Fan in. The group is only left when every task has ended.
        let all = self.grid.cells() as u64;
        let (mut finished, mut failure, mut cancelled) = (0, None, false);
        loop {
            tokio::select! {
                biased;
                () = self.step.cancel.cancelled(), if !cancelled => {
                    cancelled = true;
                    tasks.abort_all();
                }
                ended = tasks.join_next() => match ended {
                    None => break,
                    Some(Ok(Ok(cells))) => finished += cells,
                    Some(Ok(Err(cell))) => {
                        failure.get_or_insert(cell);
                        tasks.abort_all();
                    }
                    // It was cancelled; a panic on this thread would have come up by itself.
                    Some(Err(_)) => {}
                },
            }
        }
        match failure {
            Some(cell) => {
                let fates = Fates { finished, cancelled: all - finished - 1, unheard: 0 };
                Err(cell.report("the group cancelled the others and handed it to the one who left the block", fates))
            }
            None if cancelled => Err(Failed::Cancelled(Fates { finished, cancelled: all - finished, unheard: 0 })),
            None => Ok(()),
        }
    }
}

impl Group {
    fn simulate(&mut self, step: Step, grid: &Arc<Grid>, grain: Grain) -> Result<Grid, Failed> {
        let next = RefCell::new(Grid::new(grid.height(), grid.width()));
        self.lanes.grow(grain.count(grid.height(), grid.width(), 1));
        let generation = Rc::new(Generation { step, next, grid: Arc::clone(grid), hand: self.hand.clone() });
        LocalSet::new().block_on(&self.runtime, Rc::clone(&generation).simulate(grain, &self.lanes))?;
        Ok(generation.next.replace(Grid::new(1, 1)))
    }
}

impl Stepper for Group {
    fn advance(&mut self, from: &Arc<Universe>, order: &Order) -> Advance {
        order.each_generation(from, |step, grid| self.simulate(step, grid, order.grain))
    }
}
