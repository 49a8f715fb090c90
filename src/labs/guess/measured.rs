//! The numbers that this lab can be asked for.

use super::strategies::STRATEGIES;
use super::view::View;
use crate::labs::measured::{Measure, Measured, Unit};

/// Their names.
pub static MEASURES: &[Measure] = &[
    Measure { name: "clients", line: "clients that are wanted" },
    Measure { name: "playing", line: "games that are played now" },
    Measure { name: "games", line: "games ended since the start" },
    Measure { name: "cut", line: "games that did not come to their end" },
    Measure { name: "rate", line: "numbers asked for and answered a second, lately" },
    Measure { name: "p50", line: "half of the numbers were answered within this time" },
    Measure { name: "p99", line: "99 of 100 of them" },
    Measure { name: "requests.*", line: "numbers answered a second by a server that goes flat out" },
    Measure::RACE,
];

/// The number of this name, from the last View.
pub fn measured(view: &View, name: &str) -> Option<Measured> {
    let count = |value: u64| Measured::plain(value as f64, Unit::Count);
    let seconds = |time: std::time::Duration| Measured::plain(time.as_secs_f64(), Unit::Seconds);
    let counted = &view.counted;
    Some(match name {
        "clients" => count(view.clients as u64),
        "playing" => count(counted.playing()),
        "games" => count(counted.finished),
        "cut" => count(counted.stopped + counted.abandoned + counted.broken),
        "rate" => Measured::plain(view.requests_per_second, Unit::PerSecond),
        "p50" => seconds(view.latency.p50),
        "p99" => seconds(view.latency.p99),
        _ => {
            let (kind, strategy) = name.split_once('.')?;
            match kind {
                "requests" => {
                    let place = STRATEGIES.iter().position(|row| row.about.id == strategy)?;
                    let flat_out = view.flat_out[place]?;
                    Measured {
                        value: flat_out.requests_per_second,
                        unit: Unit::PerSecond,
                        contended: flat_out.contended,
                    }
                }
                "race" => return Measured::in_race(view.race.as_ref(), strategy),
                _ => return None,
            }
        }
    })
}
