//! The numbers that this lab can be asked for.

use super::view::{State, View};
use crate::labs::measured::{Measure, Measured, Unit};

/// Their names. They are those of the count that is shown.
pub static MEASURES: &[Measure] = &[
    Measure { name: "done", line: "1 when nothing is measured, else 0" },
    Measure { name: "count", line: "how many were asked for" },
    Measure { name: "start.*", line: "time from starting one to its end" },
    Measure { name: "bytes.*", line: "memory of each" },
    Measure { name: "switch.*", line: "time of a switch, or of a round trip" },
];

/// The number of this name, from the last View.
pub fn measured(view: &View, name: &str) -> Option<Measured> {
    Some(match name {
        "done" => Measured::state(view.state == State::Idle),
        "count" => Measured::plain(view.count as f64, Unit::Count),
        _ => {
            let (kind, strategy) = name.split_once('.')?;
            let line = view.lines.iter().find(|line| line.about.id == strategy)?;
            let (value, unit) = match kind {
                "start" => (line.row.start_ns? / 1e9, Unit::Seconds),
                "bytes" => (line.row.bytes?, Unit::Bytes),
                "switch" => (line.row.switch_ns? / 1e9, Unit::Seconds),
                _ => return None,
            };
            Measured { value, unit, contended: line.contended }
        }
    })
}
