//! Rayon: a pool of threads that steal halves of each other's work.
//!
//! Beyond the seed. What it teaches: a parallel iterator is the serial code with one word changed, and its pool evens out
//! items of unlike cost by itself.
//!
//! Python: `ThreadPoolExecutor(max_workers=2).map(gcd, NUMBERS)  # on an interpreter without a lock`

use std::time::Instant;

use rayon::iter::{IndexedParallelIterator, IntoParallelIterator, ParallelIterator};
use rayon::{ThreadPool, ThreadPoolBuilder};

use super::Row;
use crate::labs::gcd::run::{Outcome, Run, RunError, Work, close};
use crate::labs::gcd::search::{Kernel, by_division};
use crate::runtime::control::Stopped;
use crate::runtime::span::Lane;
use crate::runtime::strategy::{About, CannotStart, Setup, Strategy, supports_all};

pub(super) const ROW: Row = Strategy {
    about: About {
        id: "rayon",
        title: "Rayon",
        item: 0,
        claim: "Work stealing: one word makes the loop parallel, and nobody idles while another has much left",
        wrong_on_purpose: false,
        source: include_str!("rayon.rs"),
    },
    supports: supports_all,
    make: |setup| Ok(Box::new(Stealing::new(setup, "rayon", by_division)?)),
};

/// A pool of threads that steal work, and the kernel they search with.
pub(super) struct Stealing {
    pool: ThreadPool,
    kernel: Kernel,
}

impl Stealing {
    pub(super) fn new(setup: &Setup, strategy: &'static str, kernel: Kernel) -> Result<Self, CannotStart> {
        let setup = setup.clone();
        let pool = ThreadPoolBuilder::new()
            .num_threads(setup.workers)
            .thread_name(|number| format!("gcd-rayon-{number}"))
            .start_handler(move |_| setup.enter_thread())
            .build()
            .map_err(|error| CannotStart::new(strategy, error))?;
        Ok(Self { pool, kernel })
    }
}

impl Run for Stealing {
    fn run(&mut self, work: &Work) -> Result<Outcome, RunError> {
        let workers = self.pool.current_num_threads();
        let lanes: Vec<Lane> = (0..workers).map(|number| work.recorder.lane(format!("thread {number}"))).collect();
        let start = Instant::now();
        let solved = self.pool.install(|| {
            work.chunks(workers)
                .into_par_iter()
                // A chunk is the smallest piece that is worth stealing, and also the largest that is kept.
                .with_max_len(1)
                .map(|chunk| work.solve(chunk, self.kernel, &lanes[rayon::current_thread_index().unwrap_or(0)]))
                .collect::<Result<Vec<_>, Stopped>>()
        })?;
        let elapsed = start.elapsed();
        close(&lanes);
        Ok(Outcome { answers: solved.concat(), elapsed, ..Outcome::default() })
    }
}
