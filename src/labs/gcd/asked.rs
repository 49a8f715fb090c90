//! The numbers that this lab can be asked for.

use super::view::{State, View};
use crate::labs::measured::{Measure, Measured, Unit};

/// Their names. What belongs to a strategy was measured on the workload and with the workers that are chosen now.
pub static MEASURES: &[Measure] = &[
    Measure { name: "items", line: "items of the workload" },
    Measure { name: "workers", line: "how many may work at once" },
    Measure { name: "done", line: "1 when nothing runs, else 0" },
    Measure { name: "agree", line: "1 when all strategies gave the same answers, else 0" },
    Measure { name: "seconds.*", line: "median time of a strategy's runs" },
    Measure { name: "speedup.*", line: "how many times as fast as serial a strategy is" },
    Measure { name: "efficiency.*", line: "a strategy's speedup over the number of workers" },
    Measure::RACE,
    Measure { name: "runs.*", line: "measured runs of a strategy" },
    Measure { name: "lag.*", line: "the longest that a strategy's event loop kept a timer waiting" },
];

/// The number of this name, from the last View.
pub fn measured(view: &View, name: &str) -> Option<Measured> {
    let count = |value: usize| Measured::plain(value as f64, Unit::Count);
    Some(match name {
        "items" => count(view.items),
        "workers" => count(view.workers),
        "done" => {
            let racing = view.race.as_ref().is_some_and(|race| !race.over);
            Measured::state(view.state == State::Idle && !racing)
        }
        "agree" => Measured::state(view.agree?),
        _ => {
            let (kind, strategy) = name.split_once('.')?;
            let row = view.rows.iter().find(|row| row.about.id == strategy)?;
            let baseline = view.rows.iter().any(|row| row.about.id == "serial" && row.contended);
            let contended = row.contended;
            let against_serial = contended || baseline;
            match kind {
                "seconds" => Measured { value: row.times?.median, unit: Unit::Seconds, contended },
                "speedup" => Measured { value: row.speedup?, unit: Unit::Times, contended: against_serial },
                "efficiency" => Measured { value: row.efficiency?, unit: Unit::Times, contended: against_serial },
                "race" => return Measured::in_race(view.race.as_ref(), strategy),
                "runs" => count(row.times.map_or(0, |times| times.runs)),
                "lag" => Measured { value: row.loop_lag?, unit: Unit::Seconds, contended },
                _ => return None,
            }
        }
    })
}
