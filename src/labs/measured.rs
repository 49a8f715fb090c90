//! The numbers that a lab can be asked for, by name: what tours quote, wait for and hold their claims against.

use crate::runtime::race::Standing;
use crate::runtime::strategy::About;
use crate::ui::figures;

/// A number that a lab has measured.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Measured {
    /// The number.
    pub value: f64,
    /// What it counts.
    pub unit: Unit,
    /// Others used the machine meanwhile, so that it must not be quoted.
    pub contended: bool,
}

/// What a number counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Things. A state is 1 or 0.
    Count,
    /// Seconds.
    Seconds,
    /// How many times as much as something else.
    Times,
    /// Things a second.
    PerSecond,
    /// Bytes.
    Bytes,
}

/// A name that a lab answers.
#[derive(Debug, PartialEq, Eq)]
pub struct Measure {
    /// The name after the lab's own; `*` stands for the id of a strategy.
    pub name: &'static str,
    /// What the number is, in a line.
    pub line: &'static str,
}

impl Measured {
    /// A number that no load on the machine can spoil.
    pub fn plain(value: f64, unit: Unit) -> Self {
        Self { value, unit, contended: false }
    }

    /// A state: 1 when it holds, else 0.
    pub fn state(holds: bool) -> Self {
        Self::plain(f64::from(u8::from(holds)), Unit::Count)
    }

    /// The number and its unit, as people read them.
    pub fn text(&self) -> String {
        self.unit.text(self.value)
    }
}

impl Unit {
    /// A number of this unit, as people read it.
    pub fn text(self, value: f64) -> String {
        let joined = |(number, unit): (String, &str)| format!("{number} {unit}");
        match self {
            Self::Count if value >= 0.0 && value.fract() == 0.0 => figures::grouped(value as u64),
            Self::Count => format!("{value:.2}"),
            Self::Seconds => joined(figures::duration(value)),
            Self::Times if value >= 9.995 => format!("{value:.0} times"),
            Self::Times => format!("{value:.2} times"),
            Self::PerSecond => {
                let (number, prefix) = figures::rate(value);
                format!("{number}{}{prefix} a second", if prefix.is_empty() { "" } else { " " })
            }
            Self::Bytes => joined(figures::bytes(value)),
        }
    }
}

impl Measured {
    /// The time of a strategy in a race, once it is at the finish.
    pub fn in_race(race: Option<&Standing>, strategy: &str) -> Option<Self> {
        let race = race?;
        let lane = race.lanes.iter().find(|lane| lane.about.id == strategy && race.place(lane).is_some())?;
        Some(Self { value: lane.seconds, unit: Unit::Seconds, contended: race.contended.unwrap_or(false) })
    }
}

impl Measure {
    /// The row of every lab that has races.
    pub const RACE: Self = Self { name: "race.*", line: "time of a strategy in the race that is shown" };

    /// Whether this is the row of a name.
    pub fn names(&self, name: &str, strategies: &[&'static About]) -> bool {
        match self.name.split_once('*') {
            None => self.name == name,
            Some((before, after)) => name
                .strip_prefix(before)
                .and_then(|rest| rest.strip_suffix(after))
                .is_some_and(|id| strategies.iter().any(|about| about.id == id)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_with_what_they_count() {
        let texts = [
            (1234.0, Unit::Count),
            (0.0042, Unit::Seconds),
            (1.934, Unit::Times),
            (312.4, Unit::Times),
            (15.2, Unit::PerSecond),
            (25_000.0, Unit::PerSecond),
            (2048.0, Unit::Bytes),
        ]
        .map(|(value, unit)| Measured::plain(value, unit).text());
        let wanted = ["1,234", "4.20 ms", "1.93 times", "312 times", "15.2 a second", "25.0 k a second", "2.00 KiB"];
        assert_eq!(texts, wanted);
        assert_eq!(Measured::state(true).text(), "1");
    }

    #[test]
    fn a_star_stands_for_a_strategy() {
        static SERIAL: About =
            About { id: "serial", title: "", item: 64, claim: "", wrong_on_purpose: false, source: "" };
        let row = Measure { name: "seconds.*", line: "" };
        assert!(row.names("seconds.serial", &[&SERIAL]));
        assert!(!row.names("seconds.rayno", &[&SERIAL]) && !row.names("seconds", &[&SERIAL]));
        assert!(Measure { name: "done", line: "" }.names("done", &[]));
    }
}
