//! Ranks over MPI: the grid is cut into bands, one for each rank, and each generation neighbours exchange the rows at their
//! edges.
//!
//! Beyond the seed: domain decomposition, as simulations do it on a thousand machines. A rank keeps its band, so that only
//! edges travel: what is computed grows with the area, what is sent with the edge. Nothing is shared, and all ranks go in step.
//!
//! Python: `comm.Sendrecv(band[1], above, halo, below)` each generation, with mpi4py

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

use super::{Row, Stepper, Task};
use crate::labs::life::grid::Grid;
use crate::labs::life::hand::Hand;
use crate::labs::life::order::{Advance, CellFailed, CellIo, Failed, Fates, Order, Step};
use crate::labs::life::rule::Rule;
use crate::labs::life::strip::Strip;
use crate::labs::life::universe::{Space, Universe};
use crate::runtime::clock;
use crate::runtime::ranks::{RankJob, Ranks, share};
use crate::runtime::span::{Recorder, State};
use crate::runtime::strategy::{About, CannotStart, Strategy};

pub(super) const STRATEGY: Row = Strategy {
    about: About {
        id: "mpi",
        title: "MPI ranks",
        item: 0,
        claim: "Past one machine: each rank keeps a band, and only the rows at the edges travel",
        wrong_on_purpose: false,
        source: include_str!("mpi.rs"),
    },
    supports,
    make: |setup| {
        let ranks = Ranks::of_this_program().map_err(|why| CannotStart::new("mpi", why))?;
        Ok(Box::new(Mpi { ranks, recorder: setup.recorder.clone() }))
    },
};

/// What the other ranks do.
pub(super) const RANK_JOB: (&str, RankJob) = ("life", |ranks| {
    evolve(*ranks, None);
});

fn supports(task: &Task) -> Result<(), String> {
    let ranks = Ranks::of_this_program()?.count();
    task.compute_only()?;
    task.on_torus()?;
    if task.height < ranks {
        return Err(format!("{} rows are too few for {ranks} ranks: each keeps a band", task.height));
    }
    Ok(())
}

/// What is to be done, as all ranks are told.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Plan {
    height: usize,
    width: usize,
    birth: u16,
    survival: u16,
    generations: u64,
    /// The cell that is to fail, by row and column, and before which of these generations, counted from 0.
    fault: Option<(u64, usize, usize)>,
    /// Whether times are to be kept.
    traced: bool,
}

/// How it stands after a generation. The ranks go by the largest of what they say.
#[repr(u8)]
enum Standing {
    GoOn = 0,
    /// This generation counts, and is the last.
    Enough = 1,
    /// A cell has failed: this generation does not count.
    Failed = 2,
    /// Nobody wants it any more: this generation does not count.
    Cancelled = 3,
}

/// What a rank has at the end.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Band {
    words: Vec<u64>,
    /// Whole generations that were made.
    made: u64,
    /// Cells stepped in a generation that does not count.
    in_vain: u64,
    /// How it ended.
    standing: u8,
    /// What was done when, in nanoseconds of the machine's clock.
    spans: Vec<(Doing, u64, u64)>,
}

/// What a rank does in a generation.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
enum Doing {
    Exchanging,
    Stepping,
    Agreeing,
}

/// Collective: all ranks make the generations of a plan. The first one says which, and gets the bands.
fn evolve(ranks: Ranks, first: Option<(&Plan, &Grid, &Order)>) -> Vec<Band> {
    let plan: Plan = ranks.tell(first.map(|(plan, ..)| plan));
    let rows = |rank| share(plan.height, ranks.count(), rank);
    let parts = first.map(|(_, grid, _)| {
        let words = |rank| rows(rank).flat_map(|y| grid.row(y)).copied().collect::<Vec<u64>>();
        (0..ranks.count()).map(words).collect::<Vec<_>>()
    });
    let words: Vec<u64> = ranks.scatter(parts.as_deref());
    let (own, height) = (rows(ranks.own()), rows(ranks.own()).len());
    // With a row of halo above and one below.
    let mut grid = Grid::new(height + 2, plan.width);
    grid.rows_mut(1..height + 1).copy_from_slice(&words);
    let (mut next, mut above, mut below) = (grid.clone(), vec![0; grid.stride()], vec![0; grid.stride()]);
    let mut band = Band::default();
    while band.made < plan.generations {
        let mut begun = clock::now();
        let mut lap = |doing: Doing| {
            let now = clock::now();
            if plan.traced {
                band.spans.push((doing, std::mem::replace(&mut begun, now), now));
            }
        };
        ranks.exchange(grid.row(1), grid.row(height), &mut above, &mut below);
        grid.row_mut(0).copy_from_slice(&above);
        grid.row_mut(height + 1).copy_from_slice(&below);
        lap(Doing::Exchanging);
        let fault = plan.fault.filter(|(before, y, _)| *before == band.made && own.contains(y));
        let step = Step {
            generation: 0,
            rule: Rule::new(plan.birth, plan.survival),
            io: CellIo::default(),
            fault: fault.map(|(_, y, x)| CellFailed { y: y - own.start + 1, x }),
            who: None,
            cancel: CancellationToken::new(),
        };
        let (mut strip, hand) = (Strip::around(&grid, 1), Hand::unseen(ranks.own()));
        let failed = (1..=height).find(|y| strip.step_row(&step, &hand, next.row_mut(*y)).is_err());
        lap(Doing::Stepping);
        let standing = ranks.largest(match first {
            _ if failed.is_some() => Standing::Failed,
            Some((.., order)) if order.cancel.is_cancelled() => Standing::Cancelled,
            Some((.., order)) if order.is_filled(band.made + 1) => Standing::Enough,
            _ => Standing::GoOn,
        } as u8);
        lap(Doing::Agreeing);
        band.standing = standing;
        if standing >= Standing::Failed as u8 {
            band.in_vain = (failed.unwrap_or(height + 1) - 1) as u64 * plan.width as u64;
            break;
        }
        std::mem::swap(&mut grid, &mut next);
        band.made += 1;
        if standing == Standing::Enough as u8 {
            break;
        }
    }
    band.words = grid.rows_mut(1..height + 1).to_vec();
    ranks.gather(&band)
}

struct Mpi {
    ranks: Ranks,
    recorder: Recorder,
}

impl Mpi {
    fn record(&self, bands: &[Band]) {
        let anchor = clock::Anchor::now();
        for (rank, band) in bands.iter().enumerate() {
            let lane = self.recorder.lane(format!("rank {rank}"));
            for (doing, begun, ended) in &band.spans {
                let (label, state) = match doing {
                    Doing::Exchanging => ("edges", State::Io),
                    Doing::Stepping => ("band", State::Running),
                    Doing::Agreeing => ("waits for the other ranks", State::Queue),
                };
                lane.record(label, state, anchor.instant(*begun), anchor.instant(*ended));
            }
        }
    }
}

impl Stepper for Mpi {
    fn advance(&mut self, from: &Arc<Universe>, order: &Order) -> Advance {
        let refused = |why: &str| Advance { universe: Arc::clone(from), failed: Some(Failed::Refused(why.to_owned())) };
        let Space::Torus(grid) = &from.space else { return refused("it steps a torus only") };
        if order.generations == 0 {
            return Advance { universe: Arc::clone(from), failed: None };
        }
        let fault = order.fault.filter(|fault| fault.generation > from.generation);
        let plan = Plan {
            height: grid.height(),
            width: grid.width(),
            birth: from.rule.birth(),
            survival: from.rule.survival(),
            generations: order.generations,
            fault: fault.map(|fault| (fault.generation - from.generation - 1, fault.y, fault.x)),
            traced: self.recorder.is_on(),
        };
        self.ranks.call(RANK_JOB.0);
        let bands = evolve(self.ranks, Some((&plan, grid, order)));
        self.record(&bands);
        let Some(Band { made, standing, .. }) = bands.first() else { return refused("the ranks gave nothing back") };
        let mut last = Grid::new(grid.height(), grid.width());
        for (rank, band) in bands.iter().enumerate() {
            last.rows_mut(share(grid.height(), bands.len(), rank)).copy_from_slice(&band.words);
        }
        let (finished, all) = (bands.iter().map(|band| band.in_vain).sum::<u64>(), grid.cells() as u64);
        let failed = match (*standing, order.fault) {
            (standing, Some(fault)) if standing == Standing::Failed as u8 => {
                let fates = Fates { finished, cancelled: all - finished - 1, unheard: 0 };
                let cell = CellFailed { y: fault.y, x: fault.x };
                Some(cell.report("its rank said so when all agreed on how it stands", fates))
            }
            (standing, _) if standing == Standing::Cancelled as u8 => {
                Some(Failed::Cancelled(Fates { finished, cancelled: all - finished, unheard: 0 }))
            }
            _ => None,
        };
        let (generation, rule) = (from.generation + made, from.rule);
        Advance { universe: Arc::new(Universe { generation, rule, space: Space::Torus(Arc::new(last)) }), failed }
    }
}
