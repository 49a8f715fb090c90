//! Worker processes, each stepping a band of rows that is sent to it with the rows above and below.
//!
//! Item 64, on item 59's grid. Nothing is shared: every generation the cells go out as bytes and come back as bytes, and this
//! process keeps the last whole generation, so that a worker that dies costs a band made again and nothing else. For so little
//! to compute it is a poor bargain; that is what it shows.
//!
//! Python: `ProcessPoolExecutor.map(step_band, bands_with_halo)`, then the bands joined

use std::cell::RefCell;
use std::process;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;
use tokio_util::sync::CancellationToken;

use super::{Row, Stepper, Task};
use crate::labs::life::grid::Grid;
use crate::labs::life::hand::Hand;
use crate::labs::life::order::{Advance, CellFailed, CellIo, Failed, Fates, Order, Step};
use crate::labs::life::part::{Grain, Part};
use crate::labs::life::rule::Rule;
use crate::labs::life::strip::Strip;
use crate::labs::life::universe::Universe;
use crate::runtime::control::Control;
use crate::runtime::process_pool::{Batch, Call, Job, JobError, Pool, PoolError, say_replaced};
use crate::runtime::span::Recorder;
use crate::runtime::strategy::{About, Setup, Strategy};

pub(super) const STRATEGY: Row = Strategy {
    about: About {
        id: "processes",
        title: "Processes",
        item: 64,
        claim: "A band of rows a job in a process of its own: nothing is shared, and every cell is sent there and back",
        wrong_on_purpose: false,
        source: include_str!("processes.rs"),
    },
    supports: |task: &Task| task.compute_only().and_then(|()| task.on_torus()),
    make: |setup| Ok(Box::new(Processes::new(setup))),
};

/// What worker processes can run for the lab, by name.
pub const JOBS: &[(&str, Job)] = &[(JOB, step_band)];

const JOB: &str = "life.band";

/// A worker that has not answered for so long is taken for hung; the largest band takes seconds.
const DEADLINE: Duration = Duration::from_mins(1);

/// A band with its halo: the row above the first and the one below the last.
#[derive(Debug, Serialize, Deserialize)]
struct Band {
    birth: u16,
    survival: u16,
    width: usize,
    /// The words of all its rows, the halo included, eight bytes each, lowest first.
    cells: ByteBuf,
    /// The place in the band of the cell that is to fail.
    fault: Option<(usize, usize)>,
}

/// A band a generation on, and the process that made it.
#[derive(Debug, Serialize, Deserialize)]
struct Made {
    process: u32,
    cells: ByteBuf,
    /// The place of the cell that failed, if one did: then there are no cells.
    failed: Option<(usize, usize)>,
}

/// What a worker process does with a band.
fn step_band(call: &mut Call<'_>) -> Result<Vec<u8>, String> {
    call.run(|band: Band| {
        let stride = band.width.div_ceil(64).max(1);
        let (words, rest) = band.cells.as_chunks::<8>();
        let height = words.len() / stride;
        if height < 3 || words.len() != height * stride || !rest.is_empty() || band.width == 0 {
            return Err(format!("{} bytes are no band of {} columns with its halo", band.cells.len(), band.width));
        }
        let mut grid = Grid::new(height, band.width);
        grid.words_mut().iter_mut().zip(words).for_each(|(word, bytes)| *word = u64::from_le_bytes(*bytes));
        let step = Step {
            generation: 0,
            rule: Rule::new(band.birth, band.survival),
            io: CellIo::default(),
            // The grid begins a row above the band.
            fault: band.fault.map(|(y, x)| CellFailed { y: y + 1, x }),
            who: None,
            cancel: CancellationToken::new(),
        };
        let (mut strip, mut row) = (Strip::around(&grid, 1), vec![0; stride]);
        let mut made = Made { process: process::id(), cells: ByteBuf::new(), failed: None };
        for _ in 1..height - 1 {
            if let Err(cell) = strip.step_row(&step, &Hand::unseen(0), &mut row) {
                made.failed = Some((cell.y - 1, cell.x));
                break;
            }
            made.cells.extend(row.iter().flat_map(|word| word.to_le_bytes()));
        }
        Ok(made)
    })
}

struct Processes {
    pool: Pool,
    workers: usize,
    recorder: Recorder,
    /// The processes that have stepped a band so far: a hand each.
    seen: Vec<u32>,
    /// How many of them were lost and replaced and not told of, and how the last one ended.
    lost: usize,
    last_loss: Option<String>,
}

impl Processes {
    fn new(setup: &Setup) -> Self {
        let (workers, recorder) = (setup.workers, setup.recorder.clone());
        Self { pool: Pool::of(setup), workers, recorder, seen: Vec::new(), lost: 0, last_loss: None }
    }

    fn simulate(&mut self, step: &Step, grid: &Grid) -> Result<Grid, Failed> {
        let parts: Vec<Part> = Grain::Band.parts(grid.height(), grid.width(), self.workers).collect();
        let bands: Vec<Band> = parts.iter().map(|part| band(step, grid, *part)).collect();
        // Fan out, and in: the pool hands on the answers in the order of the bands, and tells in which order they came.
        let order = RefCell::new(Vec::new());
        let batch = Batch {
            job: JOB,
            deadline: DEADLINE,
            control: &Control::new(step.cancel.clone()),
            done: &|band| order.borrow_mut().push(band),
            kill_every: None,
            recorder: &self.recorder,
        };
        let mapped =
            self.pool.map::<_, Made>(&bands, &batch).map_err(|error| stopped(&error, &parts, &order.borrow()))?;
        self.lost += mapped.replaced;
        self.last_loss = mapped.last_loss.or(self.last_loss.take());
        let made = mapped.results.into_iter().collect::<Result<Vec<Made>, JobError>>();
        let made = made.map_err(|error| Failed::Refused(error.to_string()))?;
        if let Some((band, (y, x))) = made.iter().enumerate().find_map(|(band, made)| Some((band, made.failed?))) {
            let cell = CellFailed { y: parts[band].rows().start + y, x };
            let fates = fates(&parts, &order.borrow(), band);
            return Err(cell.report("its process sent the error back as bytes, and no cell of its band", fates));
        }
        let mut next = Grid::new(grid.height(), grid.width());
        for (part, made) in parts.into_iter().zip(made) {
            let hand = self.hand(made.process);
            step.mark(part, &hand);
            let words = next.rows_mut(part.rows());
            let (cells, _) = made.cells.as_chunks::<8>();
            if cells.len() != words.len() {
                return Err(Failed::Refused(format!(
                    "a process sent {} words for a band of {}",
                    cells.len(),
                    words.len()
                )));
            }
            words.iter_mut().zip(cells).for_each(|(word, bytes)| *word = u64::from_le_bytes(*bytes));
        }
        Ok(next)
    }

    fn hand(&mut self, process: u32) -> Hand {
        let place = self.seen.iter().position(|seen| *seen == process).unwrap_or_else(|| {
            self.seen.push(process);
            self.seen.len() - 1
        });
        Hand::unseen(place)
    }
}

/// The rows of a part with those above and below it, round the torus.
fn band(step: &Step, grid: &Grid, part: Part) -> Band {
    let (height, rows) = (grid.height(), part.rows());
    let with_halo = rows.start + height - 1..rows.end + height + 1;
    let cells: Vec<u8> = with_halo.flat_map(|y| grid.row(y % height)).flat_map(|word| word.to_le_bytes()).collect();
    let fault = step.fault.filter(|cell| rows.contains(&cell.y)).map(|cell| (cell.y - rows.start, cell.x));
    let (birth, survival) = (step.rule.birth(), step.rule.survival());
    Band { birth, survival, width: grid.width(), cells: ByteBuf::from(cells), fault }
}

/// What became of the cells when those of one band failed: all bands were answered, in this order.
fn fates(parts: &[Part], order: &[usize], failed: usize) -> Fates {
    let heard = order.iter().position(|band| *band == failed).unwrap_or(order.len());
    let cells = |bands: &[usize]| bands.iter().filter(|band| **band != failed).map(|band| parts[*band].cells()).sum();
    Fates { finished: cells(&order[..heard]), unheard: cells(&order[heard..]), cancelled: parts[failed].cells() - 1 }
}

fn stopped(error: &PoolError, parts: &[Part], answered: &[usize]) -> Failed {
    let all: u64 = parts.iter().map(|part| part.cells()).sum();
    let finished = answered.iter().map(|band| parts[*band].cells()).sum();
    match error {
        PoolError::Stopped(_) => Failed::Cancelled(Fates { finished, cancelled: all - finished, unheard: 0 }),
        other => Failed::Refused(other.to_string()),
    }
}

impl Stepper for Processes {
    fn advance(&mut self, from: &Arc<Universe>, order: &Order) -> Advance {
        order.each_generation(from, |step, grid| self.simulate(&step, grid))
    }

    fn made_good(&mut self) -> Option<String> {
        let how = self.last_loss.take()?;
        Some(say_replaced(std::mem::take(&mut self.lost), &how))
    }
}
