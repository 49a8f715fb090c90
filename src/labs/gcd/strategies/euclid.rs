//! Euclid's algorithm, on one thread: a few dozen divisions a pair in place of millions.
//!
//! Beyond the seed. What it teaches: a better algorithm beats every number of workers; look for it first.
//!
//! Python: `results = [math.gcd(a, b) for a, b in NUMBERS]`

use std::time::Instant;

use super::Row;
use super::native::only_pairs;
use crate::labs::gcd::run::{Outcome, Run, RunError, Work};
use crate::labs::gcd::task::{Answer, Task};
use crate::runtime::span::State;
use crate::runtime::strategy::{About, Strategy};

pub(super) const ROW: Row = Strategy {
    about: About {
        id: "euclid",
        title: "Euclid",
        item: 0,
        claim: "A better algorithm beats every number of workers",
        wrong_on_purpose: false,
        source: include_str!("euclid.rs"),
    },
    supports: only_pairs,
    make: |_| Ok(Box::new(Euclid)),
};

struct Euclid;

impl Run for Euclid {
    fn run(&mut self, work: &Work) -> Result<Outcome, RunError> {
        let lane = work.recorder.lane("main");
        let start = Instant::now();
        let mut answers = Vec::with_capacity(work.tasks.len());
        for (index, task) in work.tasks.iter().enumerate() {
            work.control.checkpoint()?;
            let Task::Gcd(pair) = task else {
                return Err(RunError::Failed(format!("item {index} is no pair")));
            };
            let label = if work.recorder.is_on() { format!("item {index}") } else { String::new() };
            answers.push(Answer::Gcd(lane.span(label, State::Running, || pair.euclid())));
            work.control.item_done();
        }
        Ok(Outcome { answers, elapsed: start.elapsed(), ..Outcome::default() })
    }
}
