//! The bitboard over all cores: the best grain, and then more workers.
//!
//! Beyond the seed. The board is cut into a band of rows a worker; a band takes along enough rows of its neighbours that it
//! can make many generations before they have to meet again. One meeting for sixteen generations is what lets it scale.
//!
//! Python: nearest is `ProcessPoolExecutor.map(step_band, bands)` over `multiprocessing.shared_memory`

use ::rayon::ThreadPool;
use ::rayon::prelude::*;

use super::bitboard::Bitboard;
use super::rayon::pool;
use super::{Row, compute_only};
use crate::labs::life::bitboard::{Crew, band::Band};
use crate::runtime::strategy::{About, Strategy};

pub(super) const STRATEGY: Row = Strategy {
    about: About {
        id: "bitboard-rayon",
        title: "Bitboard, n cores",
        item: 0,
        claim: "Bands of bits over all cores that meet once in many generations: the fastest way on a torus",
        wrong_on_purpose: false,
        source: include_str!("bitboard_rayon.rs"),
    },
    supports: compute_only,
    make: |setup| Ok(Box::new(Bitboard::new(Team(pool(setup, "bitboard-rayon")?), setup.workers))),
};

struct Team(ThreadPool);

impl Crew for Team {
    fn enter<R: Send>(&self, work: impl FnOnce() -> R + Send) -> R {
        // One of the team directs the others: woken once for all passes, they are at hand for the next.
        self.0.install(work)
    }

    fn each(&self, bands: &mut [Band], step: impl Fn(&mut Band) + Sync + Send) {
        bands.par_iter_mut().with_max_len(1).for_each(step);
    }
}
