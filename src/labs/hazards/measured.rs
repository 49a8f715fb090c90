//! The numbers that this lab can be asked for. What belongs to a strategy is of its last run, and is there while a strategy of the
//! same kind is chosen.

use super::view::View;
use crate::labs::measured::{Measure, Measured, Unit};

/// Their names.
pub static MEASURES: &[Measure] = &[
    Measure { name: "workers", line: "workers of a run" },
    Measure { name: "running", line: "1 while a run goes on, else 0" },
    Measure { name: "waits", line: "who waits now, in the run that goes on" },
    Measure { name: "deadlocked", line: "1 while a circle of waits is recognised, else 0" },
    Measure { name: "expected.*", line: "updates, jobs or turns that there should be" },
    Measure { name: "got.*", line: "updates, jobs or turns that there were" },
    Measure { name: "lost.*", line: "those that are missing" },
    Measure { name: "seconds.*", line: "the time that a run took" },
];

/// The number of this name, from the last View.
pub fn measured(view: &View, name: &str) -> Option<Measured> {
    let count = |count: u64| Measured::plain(count as f64, Unit::Count);
    Some(match name {
        "workers" => count(view.workers as u64),
        "running" => Measured::state(view.running),
        "waits" => count(view.waits.len() as u64),
        "deadlocked" => Measured::state(view.circle.is_some()),
        _ => {
            let (kind, strategy) = name.split_once('.')?;
            let ran = view.ran.iter().find(|row| row.about.id == strategy)?.ran.as_ref()?;
            match kind {
                "expected" => count(ran.outcome.expected),
                "got" => count(ran.outcome.got),
                "lost" => count(ran.outcome.expected.saturating_sub(ran.outcome.got)),
                "seconds" => Measured { value: ran.outcome.seconds, unit: Unit::Seconds, contended: ran.contended },
                _ => return None,
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::super::order::Outcome;
    use super::super::strategies::{Kind, STRATEGIES};
    use super::super::view::{Ran, StrategyRan};
    use super::*;
    use crate::labs::{Doing, Tone};

    #[test]
    fn a_run_is_told_by_the_name_of_its_strategy() {
        let about = &STRATEGIES[0].about;
        let outcome = Outcome { expected: 10, got: 7, seconds: 0.5, deadlock: None, starved: vec![] };
        let view = View {
            strategy: about,
            kind: Kind::of(about),
            doing: Doing { text: String::new(), tone: Tone::Plain },
            workers: 2,
            increments: 10,
            running: false,
            waits: vec![],
            circle: None,
            ran: vec![
                StrategyRan { about, ran: Some(Ran { outcome, contended: true }) },
                StrategyRan { about: &STRATEGIES[1].about, ran: None },
            ],
            steps: None,
        };
        assert_eq!(measured(&view, "lost.racy"), Some(Measured::plain(3.0, Unit::Count)));
        assert!(measured(&view, "seconds.racy").unwrap().contended);
        assert_eq!(measured(&view, "deadlocked"), Some(Measured::state(false)));
        for unknown in ["lost.mutex", "lost.nobody", "lost", "won.racy"] {
            assert_eq!(measured(&view, unknown), None, "{unknown}");
        }
    }
}
