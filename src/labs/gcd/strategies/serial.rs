//! One item after another on one thread: the baseline that every other strategy is measured against.
//!
//! Seed item 64, "Serial Execution". What it teaches: what the work itself costs, before anybody shares it out.
//!
//! Python: `results = list(map(gcd, NUMBERS))`

use std::time::Instant;

use super::Row;
use crate::labs::gcd::run::{Outcome, Run, RunError, Work};
use crate::labs::gcd::search::by_division;
use crate::runtime::strategy::{About, Strategy, supports_all};

pub(super) const ROW: Row = Strategy {
    about: About {
        id: "serial",
        title: "Serial",
        item: 64,
        claim: "One item after another: the time that all others are measured against",
        wrong_on_purpose: false,
        source: include_str!("serial.rs"),
    },
    supports: supports_all,
    make: |_| Ok(Box::new(Serial)),
};

struct Serial;

impl Run for Serial {
    fn run(&mut self, work: &Work) -> Result<Outcome, RunError> {
        let lane = work.recorder.lane("main");
        let start = Instant::now();
        let answers = work.solve(0..work.tasks.len(), by_division, &lane)?;
        Ok(Outcome { answers, elapsed: start.elapsed(), ..Outcome::default() })
    }
}
