//! The actions that every lab answers.

use crate::runtime::strategy::{About, Strategy, closest};
use crate::ui::input::{Action, MouseKind};

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
    /// What the mouse picks in a list: the wheel the next one or the one before, a press the one at its row.
    pub fn by_mouse(kind: MouseKind, pressed: Option<&About>) -> Option<Self> {
        match kind {
            MouseKind::WheelUp => Some(Self::Previous),
            MouseKind::WheelDown => Some(Self::Next),
            MouseKind::Press => pressed.map(|about| Self::Named(about.id)),
            MouseKind::Drag | MouseKind::Release => None,
        }
    }

    /// The place in the table that this picks, seen from `current`.
    pub fn from<I: ?Sized, M: ?Sized>(self, current: usize, table: &[Strategy<I, M>]) -> usize {
        match self {
            Self::Next => (current + 1) % table.len(),
            Self::Previous => (current + table.len() - 1) % table.len(),
            Self::Named(id) => table.iter().position(|row| row.about.id == id).unwrap_or(current),
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
    use crate::runtime::strategy::supports_all;

    static TABLE: [Strategy<(), str>; 2] = [row("serial"), row("rayon")];

    const fn row(id: &'static str) -> Strategy<(), str> {
        let about = About { id, title: "", item: 64, claim: "", wrong_on_purpose: false, source: "" };
        Strategy { about, supports: supports_all, make: |_| Ok("made".into()) }
    }

    fn parse(text: &str) -> Result<Option<Common>, String> {
        Common::parse(&text.parse().unwrap(), &TABLE.each_ref().map(|row| &row.about))
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
        assert_eq!(Pick::Next.from(1, &TABLE), 0);
        assert_eq!(Pick::Previous.from(0, &TABLE), 1);
        assert_eq!(Pick::Named("rayon").from(0, &TABLE), 1);
        assert_eq!([Change::Fewer.apply(1), Change::More.apply(64), Change::To(3).apply(9)], [1, 64, 3]);
    }

    #[test]
    fn the_wheel_goes_through_a_list_and_a_press_picks_its_row() {
        let rayon = Some(&TABLE[1].about);
        assert_eq!(Pick::by_mouse(MouseKind::WheelUp, rayon), Some(Pick::Previous));
        assert_eq!(Pick::by_mouse(MouseKind::WheelDown, None), Some(Pick::Next));
        assert_eq!(Pick::by_mouse(MouseKind::Press, rayon), Some(Pick::Named("rayon")));
        assert_eq!(Pick::by_mouse(MouseKind::Press, None), None);
        assert_eq!(Pick::by_mouse(MouseKind::Drag, rayon), None);
    }
}
