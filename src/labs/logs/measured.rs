//! The numbers that this lab can be asked for.

use super::view::View;
use crate::labs::measured::{Measure, Measured, Unit};

/// Their names.
pub static MEASURES: &[Measure] = &[
    Measure { name: "lines", line: "lines of all files so far" },
    Measure { name: "files", line: "files that are followed" },
    Measure { name: "rate", line: "lines a second lately" },
];

/// The number of this name, from the last View.
pub fn measured(view: &View, name: &str) -> Option<Measured> {
    Some(match name {
        "lines" => Measured::plain(view.total as f64, Unit::Count),
        "files" => Measured::plain(view.followed as f64, Unit::Count),
        "rate" => Measured::plain(view.rate, Unit::PerSecond),
        _ => return None,
    })
}
