//! The numbers that this lab can be asked for.

use super::view::{Time, View};
use crate::labs::measured::{Measure, Measured, Unit};

/// Their names.
pub static MEASURES: &[Measure] = &[
    Measure { name: "generation", line: "the number of the generation" },
    Measure { name: "population", line: "living cells" },
    Measure { name: "cells", line: "cells of the torus" },
    Measure { name: "rate", line: "generations a second" },
    Measure { name: "workers", line: "workers that a strategy has" },
    Measure { name: "stopped", line: "1 when the next generation did not come about, else 0" },
    Measure { name: "seconds.*", line: "time of a generation under a strategy, on the grid that is there" },
    Measure::RACE,
    Measure { name: "cells-per-second.*", line: "cells a second under a strategy" },
];

/// The number of this name, from the last View.
pub fn measured(view: &View, name: &str) -> Option<Measured> {
    let cells = view.size.map(|(height, width)| (height * width) as f64);
    let count = |value: f64| Measured::plain(value, Unit::Count);
    Some(match name {
        "generation" => count(view.generation as f64),
        "population" => count(view.population as f64),
        "cells" => count(cells?),
        "rate" => Measured::plain(view.rate?, Unit::PerSecond),
        "workers" => count(view.workers as f64),
        "stopped" => Measured::state(view.problem.is_some()),
        _ => {
            let (kind, strategy) = name.split_once('.')?;
            if kind == "race" {
                return Measured::in_race(view.race.as_ref().map(|race| &race.standing), strategy);
            }
            let Time { seconds, contended, .. } = view.times.iter().find(|time| time.strategy.id == strategy)?;
            let contended = (*contended)?;
            match kind {
                "seconds" => Measured { value: *seconds, unit: Unit::Seconds, contended },
                "cells-per-second" => Measured { value: cells? / seconds, unit: Unit::PerSecond, contended },
                _ => return None,
            }
        }
    })
}
