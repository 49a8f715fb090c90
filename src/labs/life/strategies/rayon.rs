//! Bands of rows over the cores, by work stealing: the grain that a computer likes.
//!
//! Beyond the seed: cells that only compute gain nothing from a task each. A band a task costs a few microseconds for a
//! whole generation, each band writes its own rows, and no lock is needed.
//!
//! Python: nearest is `ProcessPoolExecutor.map(step_band, bands)`, since threads share one interpreter lock

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use ::rayon::prelude::*;
use ::rayon::{ThreadPool, ThreadPoolBuilder};

use super::{Row, Stepper, compute_only};
use crate::labs::life::grid::Grid;
use crate::labs::life::hand::Hand;
use crate::labs::life::order::{Advance, CellFailed, Failed, Fates, Order, Step};
use crate::labs::life::part::Part;
use crate::labs::life::strip::Strip;
use crate::labs::life::universe::{Space, Universe};
use crate::labs::life::window::advance_plane;
use crate::runtime::span::State;
use crate::runtime::strategy::{About, CannotStart, Setup, Strategy};

pub(super) const STRATEGY: Row = Strategy {
    about: About {
        id: "rayon",
        title: "Rayon bands",
        item: 0,
        claim: "A band of rows a task, stolen by idle cores: computing scales with cores when the grain is coarse",
        wrong_on_purpose: false,
        source: include_str!("rayon.rs"),
    },
    supports: compute_only,
    make: |setup| Ok(Box::new(Bands { pool: pool(setup, "rayon")?, hands: hands(setup) })),
};

/// A pool of rayon threads for one strategy.
pub(super) fn pool(setup: &Setup, strategy: &'static str) -> Result<ThreadPool, CannotStart> {
    let setup = setup.clone();
    ThreadPoolBuilder::new()
        .num_threads(setup.workers)
        .thread_name(|index| format!("life-band-{index}"))
        .start_handler(move |_| setup.enter_thread())
        .build()
        .map_err(|error| CannotStart::new(strategy, error))
}

/// Bands a worker, so that one that finishes early finds something to steal.
const BANDS_A_WORKER: usize = 4;

/// The hands of a pool's threads, in their order.
pub(super) fn hands(setup: &Setup) -> Vec<Hand> {
    (0..setup.workers).map(|index| Hand::new(&setup.recorder, index, &format!("thread {index}"))).collect()
}

struct Bands {
    pool: ThreadPool,
    hands: Vec<Hand>,
}

impl Bands {
    fn simulate(&self, step: &Step, grid: &Grid) -> Result<Grid, Failed> {
        let (height, width) = (grid.height(), grid.width());
        let mut next = Grid::new(height, width);
        let rows = height.div_ceil(self.pool.current_num_threads() * BANDS_A_WORKER);
        let (finished, failing) = (AtomicU64::new(0), AtomicU64::new(0));
        let stride = grid.stride();
        let result = self.pool.install(|| {
            next.words_mut().par_chunks_mut(rows * stride).enumerate().try_for_each(|(band, words)| {
                if step.cancel.is_cancelled() {
                    return Err(None::<CellFailed>);
                }
                let hand = &self.hands[::rayon::current_thread_index().unwrap_or(0)];
                let part = Part::of_rows(band * rows..band * rows + words.len() / stride, width);
                step.mark(part, hand);
                let stepped = hand.does(
                    || part.to_string(),
                    State::Running,
                    || {
                        let mut strip = Strip::around(grid, band * rows);
                        words.chunks_mut(stride).try_for_each(|row| strip.step_row(step, hand, row))
                    },
                );
                stepped.map_err(|cell| {
                    failing.store(finished.load(Ordering::Relaxed), Ordering::Relaxed);
                    Some(cell)
                })?;
                finished.fetch_add((words.len() / stride * width) as u64, Ordering::Relaxed);
                Ok(())
            })
        });
        let (all, finished) = (grid.cells() as u64, finished.into_inner());
        result.map_err(|failed| match failed {
            None => Failed::Cancelled(Fates { finished, cancelled: all - finished, unheard: 0 }),
            Some(cell) => {
                let heard = failing.into_inner();
                let fates = Fates { finished: heard, unheard: finished - heard, cancelled: all - finished - 1 };
                cell.report("try_for_each handed it on, and bands not begun were left out", fates)
            }
        })?;
        Ok(next)
    }
}

impl Stepper for Bands {
    fn advance(&mut self, from: &Arc<Universe>, order: &Order) -> Advance {
        let torus =
            |from: &Arc<Universe>, order: &Order| order.each_generation(from, |step, grid| self.simulate(&step, grid));
        match &from.space {
            Space::Torus(_) => torus(from, order),
            Space::Plane(plane) => advance_plane(from, plane, order, torus),
        }
    }
}
