//! One cell after another, on one thread: what the others are measured against.
//!
//! No fan-out at all. A failing cell ends the generation where it stands, and the error goes up by `?`.
//!
//! Python: `for y, x in cells: step_cell(y, x, grid.get, next_grid.set)`

use std::sync::Arc;

use super::{Row, Stepper, compute_only};
use crate::labs::life::grid::Grid;
use crate::labs::life::hand::Hand;
use crate::labs::life::order::{Advance, Failed, Fates, Order, Step};
use crate::labs::life::part::Part;
use crate::labs::life::strip::Strip;
use crate::labs::life::universe::{Space, Universe};
use crate::labs::life::window::advance_plane;
use crate::runtime::span::State;
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
    make: |setup| Ok(Box::new(Serial(Hand::new(&setup.recorder, 0, "thread")))),
};

struct Serial(Hand);

impl Stepper for Serial {
    fn advance(&mut self, from: &Arc<Universe>, order: &Order) -> Advance {
        let torus =
            |from: &Arc<Universe>, order: &Order| order.each_generation(from, |step, grid| self.simulate(&step, grid));
        match &from.space {
            Space::Torus(_) => torus(from, order),
            Space::Plane(plane) => advance_plane(from, plane, order, torus),
        }
    }
}

impl Serial {
    fn simulate(&self, step: &Step, grid: &Grid) -> Result<Grid, Failed> {
        step.mark(Part::of_rows(0..grid.height(), grid.width()), &self.0);
        self.0.does(|| format!("generation {}", step.generation), State::Running, || simulate(step, grid, &self.0))
    }
}

fn simulate(step: &Step, grid: &Grid, hand: &Hand) -> Result<Grid, Failed> {
    let (height, width) = (grid.height(), grid.width());
    let mut next = Grid::new(height, width);
    let mut strip = Strip::around(grid, 0);
    let fates = |finished: usize, cancelled: usize| Fates {
        finished: finished as u64,
        cancelled: cancelled as u64,
        unheard: 0,
    };
    for y in 0..height {
        if step.cancel.is_cancelled() {
            return Err(Failed::Cancelled(fates(y * width, grid.cells() - y * width)));
        }
        strip.step_row(step, hand, next.row_mut(y)).map_err(|cell| {
            let finished = cell.y * width + cell.x;
            let fates = fates(finished, grid.cells() - finished - 1);
            cell.report("it went up the call stack, and the loop ended there", fates)
        })?;
    }
    Ok(next)
}
