//! The bitboard over all cores: the best grain, and then more workers.
//!
//! Beyond the seed. Each worker keeps a band of rows in memory of its own, with enough rows of its two neighbours that it can
//! make many generations before it needs theirs again. They never meet all at once, and a worker that has to wait for a
//! neighbour looks for it awake, since being woken takes longer than the wait: that is what lets it scale.
//!
//! Python: nearest is `ProcessPoolExecutor.map(step_band, bands)` over `multiprocessing.shared_memory`

use ::rayon::ThreadPool;

use super::bitboard::Bitboard;
use super::rayon::{hands, pool};
use super::{Row, compute_only};
use crate::labs::life::bitboard::Crew;
use crate::runtime::cores;
use crate::runtime::strategy::{About, Strategy};

pub(super) const STRATEGY: Row = Strategy {
    about: About {
        id: "bitboard-rayon",
        title: "Bitboard, n cores",
        item: 0,
        claim: "Bands of bits over all cores that exchange their edges once in many generations: the fastest way on a torus",
        wrong_on_purpose: false,
        source: include_str!("bitboard_rayon.rs"),
    },
    supports: compute_only,
    make: |setup| Ok(Box::new(Bitboard::new(Team(pool(setup, "bitboard-rayon")?), hands(setup)))),
};

struct Team(ThreadPool);

impl Crew for Team {
    fn hands(&self) -> usize {
        self.0.current_num_threads()
    }

    fn awake(&self) -> bool {
        self.hands() <= cores::available()
    }

    fn each<T: Send>(&self, parts: impl Iterator<Item = T>, work: impl Fn(T) + Sync) {
        let (parts, work) = (parts.collect::<Vec<T>>(), &work);
        // A thread for each part, as they wait for one another: there are no more parts than threads, and what one of them
        // has not begun another takes.
        self.0.scope(|scope| parts.into_iter().for_each(|part| scope.spawn(move |_| work(part))));
    }
}
