//! The actions that every lab answers.

use crate::runtime::strategy::{About, closest};
use crate::ui::input::Action;

/// An action that means the same in every lab.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Common {
    /// `next-strategy`, `previous-strategy`, `strategy NAME`.
    Strategy(Pick),
    /// `pause`: stop the work, or go on with it.
    Pause,
    /// `run`: begin again from the start.
    Run,
    /// `more-workers`, `fewer-workers`, `workers N`.
    Workers(Change),
}

/// Which strategy is wanted, seen from the one that runs. The worker knows which that is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pick {
    /// The one after it in the table.
    Next,
    /// The one before it.
    Previous,
    /// The one of this id.
    Named(&'static str),
}

/// How many workers are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// One more.
    More,
    /// One fewer.
    Fewer,
    /// This many.
    To(usize),
}

/// The most workers that a person may ask for.
pub const MOST_WORKERS: usize = 64;

impl Common {
    /// The common action that this one is, if it is one; the error says what is wrong with its argument.
    pub fn parse(action: &Action, strategies: &[&'static About]) -> Result<Option<Self>, String> {
        let argument = action.argument.as_deref();
        let needed = |what: &str| argument.ok_or_else(|| format!("{action} needs {what}"));
        Ok(Some(match action.verb.as_str() {
            "next-strategy" => Self::Strategy(Pick::Next),
            "previous-strategy" => Self::Strategy(Pick::Previous),
            "strategy" => {
                let name = needed("the name of a strategy")?;
                let known = strategies.iter().map(|about| about.id);
                let id = known.clone().find(|id| *id == name).ok_or_else(|| match closest(name, known.clone()) {
                    Some(close) => format!("unknown strategy {name:?}; did you mean {close:?}?"),
                    None => format!("unknown strategy {name:?}; there are: {}", known.collect::<Vec<_>>().join(", ")),
                })?;
                Self::Strategy(Pick::Named(id))
            }
            "pause" => Self::Pause,
            "run" => Self::Run,
            "more-workers" => Self::Workers(Change::More),
            "fewer-workers" => Self::Workers(Change::Fewer),
            "workers" => {
                let text = needed("a number of workers")?;
                let count = text.parse().ok().filter(|n| (1..=MOST_WORKERS).contains(n));
                Self::Workers(Change::To(
                    count.ok_or_else(|| format!("{text:?} is not a number of workers: 1 to {MOST_WORKERS}"))?,
                ))
            }
            _ => return Ok(None),
        }))
    }
}

impl Pick {
    /// The index in a table of `len` that this picks, seen from `current`; `index_of` finds a named one.
    pub fn from(self, current: usize, len: usize, index_of: impl Fn(&str) -> Option<usize>) -> usize {
        match self {
            Self::Next => (current + 1) % len,
            Self::Previous => (current + len - 1) % len,
            Self::Named(id) => index_of(id).unwrap_or(current),
        }
    }
}

impl Change {
    /// The count that this makes of `current`, kept between 1 and [`MOST_WORKERS`].
    pub fn apply(self, current: usize) -> usize {
        match self {
            Self::More => current + 1,
            Self::Fewer => current.saturating_sub(1),
            Self::To(count) => count,
        }
        .clamp(1, MOST_WORKERS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &[&About] = &[
        &About { id: "serial", title: "", item: 64, claim: "", wrong_on_purpose: false, source: "" },
        &About { id: "rayon", title: "", item: 0, claim: "", wrong_on_purpose: false, source: "" },
    ];

    fn parse(text: &str) -> Result<Option<Common>, String> {
        Common::parse(&text.parse().unwrap(), TABLE)
    }

    #[test]
    fn common_actions_are_parsed_and_wrong_arguments_named() {
        assert_eq!(parse("life.strategy rayon"), Ok(Some(Common::Strategy(Pick::Named("rayon")))));
        assert_eq!(parse("life.strategy rayno").unwrap_err(), r#"unknown strategy "rayno"; did you mean "rayon"?"#);
        assert_eq!(parse("life.workers 8"), Ok(Some(Common::Workers(Change::To(8)))));
        assert_eq!(parse("life.workers 0").unwrap_err(), r#""0" is not a number of workers: 1 to 64"#);
        assert_eq!(parse("life.workers").unwrap_err(), "life.workers needs a number of workers");
        assert_eq!(parse("life.step"), Ok(None));
    }

    #[test]
    fn picks_go_round_and_changes_stay_in_bounds() {
        let index = |id: &str| TABLE.iter().position(|about| about.id == id);
        assert_eq!(Pick::Next.from(1, 2, index), 0);
        assert_eq!(Pick::Previous.from(0, 2, index), 1);
        assert_eq!(Pick::Named("rayon").from(0, 2, index), 1);
        assert_eq!([Change::Fewer.apply(1), Change::More.apply(64), Change::To(3).apply(9)], [1, 64, 3]);
    }
}
