//! The strategy record: one way to run the same work, with what is known about it before it runs.
//!
//! A strategy is one file with its type, its constructor and its test; a lab's table of them is a `static` slice of
//! [`Strategy`]. The table feeds the switch keys, the palette, `--strategy`, `--help`, the README and the conformance test.

use std::fmt;
use std::path::PathBuf;
use std::process::Child;

use crate::runtime::priority;
use crate::runtime::span::Recorder;

/// What can be said of a strategy without knowing what it works on: all that the dashboard sees of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct About {
    /// The name on the command line and in results: kebab-case, unique in its lab.
    pub id: &'static str,
    /// The name on the screen.
    pub title: &'static str,
    /// The seed's item, 59 to 64; 0 when it goes beyond the seed.
    pub item: u8,
    /// What it teaches, in one sentence without a full stop.
    pub claim: &'static str,
    /// It goes wrong on purpose: kept out of races, advice and conformance, and marked wherever it is named.
    pub wrong_on_purpose: bool,
    /// The file it is written in, as compiled: what the code view shows.
    pub source: &'static str,
}

/// What every strategy is made from.
#[derive(Debug, Clone)]
pub struct Setup {
    /// How many threads, processes or tasks may work at once; at least 1.
    pub workers: usize,
    /// The dashboard is up: threads that compute step back behind the one that draws.
    pub behind_screen: bool,
    /// The program that worker processes run, called with the argument `worker`.
    pub executable: PathBuf,
    /// Who worked or waited when, if somebody wants to know.
    pub recorder: Recorder,
}

impl Setup {
    /// A setup for a run without a screen and without a trace.
    pub fn headless(workers: usize, executable: PathBuf) -> Self {
        Self { workers: workers.max(1), behind_screen: false, executable, recorder: Recorder::off() }
    }

    /// To be called with every process that computes for a strategy, once it is started.
    pub fn entered(&self, child: &Child) {
        if self.behind_screen {
            priority::put_behind_screen(child);
        }
    }

    /// To be called at the start of every thread that computes for a strategy.
    pub fn enter_thread(&self) {
        if self.behind_screen {
            priority::step_behind_screen();
        }
    }
}

/// Why a strategy could not be made.
#[derive(Debug, thiserror::Error)]
#[error("the strategy {strategy} cannot start: {why}")]
pub struct CannotStart {
    /// The strategy's id.
    pub strategy: &'static str,
    /// The reason, in words.
    pub why: String,
}

impl CannotStart {
    /// The strategy of this id, and why it cannot start.
    pub fn new(strategy: &'static str, why: impl fmt::Display) -> Self {
        Self { strategy, why: why.to_string() }
    }
}

/// One row of a lab's table: what the strategy takes (`Input`) and what its constructor makes (`Made`, a lab's trait object).
pub struct Strategy<Input: ?Sized + 'static, Made: ?Sized + 'static> {
    /// What is known before it runs.
    pub about: About,
    /// Whether it can work on this input; the error is the reason, for people.
    pub supports: fn(&Input) -> Result<(), String>,
    /// Makes it: starts its pool, its runtime or its processes.
    pub make: fn(&Setup) -> Result<Box<Made>, CannotStart>,
}

impl<Input: ?Sized, Made: ?Sized> fmt::Debug for Strategy<Input, Made> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Strategy").field(&self.about.id).finish()
    }
}

/// A `supports` for strategies that take every input.
#[allow(clippy::unnecessary_wraps, reason = "the shape that Strategy::supports wants")]
pub fn supports_all<Input: ?Sized>(_: &Input) -> Result<(), String> {
    Ok(())
}

/// A name that no strategy of the table has.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnknownStrategy {
    /// One of the table's names is close to it.
    #[error("unknown strategy {name:?}; did you mean {close:?}?")]
    Close {
        /// What was asked for.
        name: String,
        /// The name nearest to it.
        close: &'static str,
    },
    /// Nothing is close to it.
    #[error("unknown strategy {name:?}; there are: {known}")]
    Far {
        /// What was asked for.
        name: String,
        /// All the names, separated by commas.
        known: String,
    },
}

/// The row of this name.
pub fn find<'a, I: ?Sized, M: ?Sized>(
    table: &'a [Strategy<I, M>],
    name: &str,
) -> Result<&'a Strategy<I, M>, UnknownStrategy> {
    table.iter().find(|row| row.about.id == name).ok_or_else(|| {
        let close = closest(name, table.iter().map(|row| row.about.id));
        match close {
            Some(close) => UnknownStrategy::Close { name: name.to_owned(), close },
            None => UnknownStrategy::Far {
                name: name.to_owned(),
                known: table.iter().map(|row| row.about.id).collect::<Vec<_>>().join(", "),
            },
        }
    })
}

/// The known name that a mistyped one most likely meant, if any is near.
pub fn closest(name: &str, known: impl Iterator<Item = &'static str>) -> Option<&'static str> {
    known
        .map(|candidate| (strsim::jaro_winkler(name, candidate), candidate))
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    type Table = [Strategy<(), str>];

    fn row(id: &'static str) -> Strategy<(), str> {
        Strategy {
            about: About { id, title: id, item: 59, claim: "", wrong_on_purpose: false, source: "" },
            supports: supports_all,
            make: |_| Ok("made".into()),
        }
    }

    #[test]
    fn a_mistyped_name_is_answered_with_the_nearest_one() {
        let table: &Table = &[row("serial"), row("rayon"), row("thread-pool")];
        assert_eq!(find(table, "rayon").unwrap().about.id, "rayon");
        assert_eq!(find(table, "rayno").unwrap_err().to_string(), r#"unknown strategy "rayno"; did you mean "rayon"?"#);
        assert_eq!(
            find(table, "xyz").unwrap_err().to_string(),
            r#"unknown strategy "xyz"; there are: serial, rayon, thread-pool"#
        );
    }
}
