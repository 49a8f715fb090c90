//! The numbers that this lab can be asked for. A lag is what happened to the loop, whoever caused it.

use super::view::View;
use crate::labs::measured::{Measure, Measured, Unit};

/// Their names.
pub static MEASURES: &[Measure] = &[
    Measure { name: "length", line: "how long a piece of slow work takes" },
    Measure { name: "slow", line: "slow callbacks under the present strategy" },
    Measure { name: "beats", line: "how often the small job ran during the last piece of slow work" },
    Measure { name: "call-ended", line: "1 when the last piece of slow work has ended, else 0" },
    Measure { name: "p50.*", line: "half of the small jobs under a strategy were no later than this" },
    Measure { name: "p99.*", line: "99 of 100 of them" },
    Measure { name: "worst.*", line: "the latest of them" },
];

/// The number of this name, from the last View.
pub fn measured(view: &View, name: &str) -> Option<Measured> {
    let seconds = |time: std::time::Duration| Measured::plain(time.as_secs_f64(), Unit::Seconds);
    let call = || view.call.as_ref().map(|(call, _)| call);
    Some(match name {
        "length" => seconds(view.block),
        "slow" => Measured::plain(view.slow.len() as f64, Unit::Count),
        "beats" => Measured::plain(call()?.beats as f64, Unit::Count),
        "call-ended" => Measured::state(call()?.ended.is_some()),
        _ => {
            let (kind, strategy) = name.split_once('.')?;
            let lag = view.lags.iter().find(|row| row.about.id == strategy)?.lag?;
            match kind {
                "p50" => seconds(lag.p50),
                "p99" => seconds(lag.p99),
                "worst" => seconds(lag.max),
                _ => return None,
            }
        }
    })
}
