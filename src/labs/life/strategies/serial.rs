//! One cell after another, on one thread: what the others are measured against.
//!
//! No fan-out at all. A failing cell ends the generation where it stands, and the error goes up by `?`.
//!
//! Python: `for y, x in cells: step_cell(y, x, grid.get, next_grid.set)`

use std::sync::Arc;

use super::{Row, Stepper, compute_only};
use crate::labs::life::grid::{Cell, Grid};
use crate::labs::life::order::{Advance, Failed, Fates, Order, Step};
use crate::labs::life::universe::{Space, Universe};
use crate::labs::life::window::advance_plane;
use crate::runtime::strategy::{About, Strategy};

pub(super) const STRATEGY: Row = Strategy {
    about: About {
        id: "serial",
        title: "Serial",
        item: 59,
        claim: "One cell after another: nothing to coordinate, and nothing that overlaps",
        wrong_on_purpose: false,
        source: include_str!("serial.rs"),
    },
    supports: compute_only,
    make: |_| Ok(Box::new(Serial)),
};

struct Serial;

impl Stepper for Serial {
    fn advance(&mut self, from: &Arc<Universe>, order: &Order) -> Advance {
        let torus =
            |from: &Arc<Universe>, order: &Order| order.each_generation(from, |step, grid| simulate(&step, grid));
        match &from.space {
            Space::Torus(_) => torus(from, order),
            Space::Plane(plane) => advance_plane(from, plane, order, torus),
        }
    }
}

fn simulate(step: &Step, grid: &Grid) -> Result<Grid, Failed> {
    let (height, width) = (grid.height(), grid.width());
    let mut next = Grid::new(height, width);
    for y in 0..height {
        let fates = |x: usize| {
            let finished = (y * width + x) as u64;
            Fates { finished, cancelled: grid.cells() as u64 - finished, unheard: 0 }
        };
        if step.cancel.is_cancelled() {
            return Err(Failed::Cancelled(fates(0)));
        }
        for x in 0..width {
            let set = |y, x, state| {
                if state == Cell::Alive {
                    next.set(y, x, state);
                }
            };
            step.cell(y, x, |y, x| grid.get(y, x), set).map_err(|failed| {
                let mut fates = fates(x);
                fates.cancelled -= 1;
                failed.report("it went up the call stack, and the loop ended there", fates)
            })?;
        }
    }
    Ok(next)
}
