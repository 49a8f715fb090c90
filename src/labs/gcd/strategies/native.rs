//! The seed's search in the processor's vectors, on one thread: what the seed writes a C extension for.
//!
//! Seed item 64, "Alternative: C Extensions". What it teaches: before more workers, better use of one: sixteen candidates an
//! instruction beat any number of cores that this machine has. The kernel is in `kernel.rs`.
//!
//! Python: `results = [gcd_extension.gcd(a, b) for a, b in NUMBERS]`

use std::time::Instant;

use super::Row;
use super::rayon::Stealing;
use crate::labs::gcd::kernel::native;
use crate::labs::gcd::run::{Outcome, Run, RunError, Work};
use crate::labs::gcd::workload::Workload;
use crate::runtime::strategy::{About, Strategy};

pub(super) const ROW: Row = Strategy {
    about: About {
        id: "native",
        title: "Native",
        item: 64,
        claim: "The same search in vector instructions, on one thread: the extension for the hot spot",
        wrong_on_purpose: false,
        source: include_str!("native.rs"),
    },
    supports: only_pairs,
    make: |_| Ok(Box::new(Native)),
};

/// The same on all cores: the two gains multiply.
pub(super) const RAYON_ROW: Row = Strategy {
    about: About {
        id: "native-rayon",
        title: "Native, rayon",
        item: 64,
        claim: "Vector instructions on every core: the gains of the kernel and of the cores multiply",
        wrong_on_purpose: false,
        source: include_str!("native.rs"),
    },
    supports: only_pairs,
    make: |setup| Ok(Box::new(Stealing::new(setup, "native-rayon", native().kernel)?)),
};

/// For strategies that can do nothing but search divisors.
pub(super) fn only_pairs(workload: &Workload) -> Result<(), String> {
    if workload.tasks.iter().all(|task| task.pair().is_some()) {
        Ok(())
    } else {
        Err("it only searches common divisors of pairs".to_owned())
    }
}

struct Native;

impl Run for Native {
    fn run(&mut self, work: &Work) -> Result<Outcome, RunError> {
        let lane = work.recorder.lane(format!("main, {}", native().name));
        let start = Instant::now();
        let answers = work.solve(0..work.tasks.len(), native().kernel, &lane)?;
        Ok(Outcome { answers, elapsed: start.elapsed(), ..Outcome::default() })
    }
}
