//! Conditions on what labs have measured: `gcd.done = 1 and gcd.speedup.threads > 1.5`.

use std::fmt;

use crate::labs::headless::duration;
use crate::labs::measured::Measured;

/// The name of a measured number: the lab's id, and the name that the lab knows it by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    /// The lab's id.
    pub lab: String,
    /// The lab's own name for it.
    pub name: String,
}

/// All of these hold.
#[derive(Debug, Clone, PartialEq)]
pub struct Condition(pub Vec<Comparison>);

/// One term against another.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// What stands before the relation.
    pub left: Term,
    /// How they are to stand to each other.
    pub relation: Relation,
    /// What stands after it.
    pub right: Term,
}

/// A number, or so many times a measured one.
#[derive(Debug, Clone, PartialEq)]
pub enum Term {
    /// A number, and how it was written.
    Number(f64, String),
    /// A factor and a name.
    Measured(f64, Name),
}

/// How two terms are to stand to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relation {
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `>`
    More,
    /// `>=`
    AtLeast,
    /// `=`
    Equal,
}

/// What measurements say of a condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It holds.
    Holds,
    /// It does not.
    Fails,
    /// It cannot be told: why.
    Open(String),
}

/// What is wrong with a condition or a name, and at which byte of its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    /// The byte.
    pub at: usize,
    /// What is wrong there.
    pub what: String,
}

impl Relation {
    const ALL: [(&'static str, Self); 5] =
        [("<=", Self::AtMost), (">=", Self::AtLeast), ("<", Self::Less), (">", Self::More), ("=", Self::Equal)];

    fn holds(self, left: f64, right: f64) -> bool {
        match self {
            Self::Less => left < right,
            Self::AtMost => left <= right,
            Self::More => left > right,
            Self::AtLeast => left >= right,
            Self::Equal => (left - right).abs() <= f64::EPSILON * left.abs().max(right.abs()),
        }
    }
}

impl Name {
    /// Reads `gcd.speedup.threads`.
    pub fn parse(text: &str) -> Result<Self, Wrong> {
        let plain = |part: &str| {
            !part.is_empty() && part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
        };
        match text.split_once('.') {
            Some((lab, name)) if plain(lab) && name.split('.').all(plain) => {
                Ok(Self { lab: lab.to_owned(), name: name.to_owned() })
            }
            _ => {
                let what = format!("{text:?} is not a measured number, such as gcd.speedup.threads");
                Err(Wrong { at: 0, what })
            }
        }
    }
}

impl Condition {
    /// Reads comparisons joined by `and`.
    pub fn parse(text: &str) -> Result<Self, Wrong> {
        let mut comparisons = Vec::new();
        let mut begin = 0;
        for part in text.split(" and ") {
            let comparison = Comparison::parse(part).map_err(|wrong| Wrong { at: wrong.at + begin, ..wrong })?;
            comparisons.push(comparison);
            begin += part.len() + " and ".len();
        }
        Ok(Self(comparisons))
    }

    /// What measurements say of it. A contended number says nothing.
    pub fn judge(&self, measured: impl Fn(&Name) -> Option<Measured>) -> Verdict {
        let mut verdict = Verdict::Holds;
        for comparison in &self.0 {
            match comparison.judge(&measured) {
                Verdict::Holds => {}
                Verdict::Fails => return Verdict::Fails,
                open @ Verdict::Open(_) => verdict = open,
            }
        }
        verdict
    }

    /// Whether it has come about, whoever else used the machine.
    pub fn is_reached(&self, measured: impl Fn(&Name) -> Option<Measured>) -> bool {
        let measured = |name: &Name| Some(Measured { contended: false, ..measured(name)? });
        self.judge(measured) == Verdict::Holds
    }

    /// The names in it.
    pub fn names(&self) -> impl Iterator<Item = &Name> {
        let terms = self.0.iter().flat_map(|comparison| [&comparison.left, &comparison.right]);
        terms.filter_map(|term| match term {
            Term::Measured(_, name) => Some(name),
            Term::Number(..) => None,
        })
    }

    /// What was measured, in the order of the condition: `1.93 times > 1.5`.
    pub fn with_numbers(&self, measured: impl Fn(&Name) -> Option<Measured>) -> String {
        let term = |term: &Term| match term {
            Term::Number(_, text) => text.clone(),
            Term::Measured(factor, name) => {
                measured(name).map_or_else(|| "–".to_owned(), |m| m.unit.text(factor * m.value))
            }
        };
        let comparison = |c: &Comparison| format!("{} {} {}", term(&c.left), c.relation, term(&c.right));
        self.0.iter().map(comparison).collect::<Vec<_>>().join(" and ")
    }
}

impl Comparison {
    fn parse(text: &str) -> Result<Self, Wrong> {
        let relation = Relation::ALL.iter().filter_map(|(sign, relation)| Some((text.find(sign)?, sign, relation)));
        // The first sign in the text, the longer one where two begin at the same place.
        let Some((at, sign, relation)) = relation.min_by_key(|(at, sign, _)| (*at, usize::MAX - sign.len())) else {
            let what = format!("{:?} compares nothing: write as in gcd.speedup.threads > 1.5", text.trim());
            return Err(Wrong { at: 0, what });
        };
        let after = at + sign.len();
        let left = Term::parse(&text[..at])?;
        let right = Term::parse(&text[after..]).map_err(|wrong| Wrong { at: wrong.at + after, ..wrong })?;
        Ok(Self { left, relation: *relation, right })
    }

    fn judge(&self, measured: impl Fn(&Name) -> Option<Measured>) -> Verdict {
        let value = |term: &Term| match term {
            Term::Number(value, _) => Ok(*value),
            Term::Measured(factor, name) => match measured(name) {
                Some(Measured { contended: true, .. }) => Err(format!("{name} is contended: others used the machine")),
                Some(Measured { value, .. }) => Ok(factor * value),
                None => Err(format!("{name} was not measured")),
            },
        };
        match (value(&self.left), value(&self.right)) {
            (Ok(left), Ok(right)) if self.relation.holds(left, right) => Verdict::Holds,
            (Ok(_), Ok(_)) => Verdict::Fails,
            (Err(why), _) | (_, Err(why)) => Verdict::Open(why),
        }
    }
}

impl Term {
    /// Reads `1.5`, `5ms`, `gcd.seconds.serial`, `2 * gcd.seconds.serial`.
    fn parse(text: &str) -> Result<Self, Wrong> {
        let begin = text.len() - text.trim_start().len();
        let within = |at: usize| move |wrong: Wrong| Wrong { at: wrong.at + at, ..wrong };
        if let Some((factor, name)) = text.split_once('*') {
            let at = factor.len() + 1 + (name.len() - name.trim_start().len());
            let name = Name::parse(name.trim()).map_err(within(at))?;
            return Ok(Self::Measured(number(factor.trim()).map_err(within(begin))?, name));
        }
        let text = text.trim();
        if text.starts_with(|c: char| c.is_ascii_digit() || c == '-') {
            return Ok(Self::Number(number(text).map_err(within(begin))?, text.to_owned()));
        }
        Name::parse(text).map(|name| Self::Measured(1.0, name)).map_err(within(begin))
    }
}

/// A number, or a duration in seconds.
fn number(text: &str) -> Result<f64, Wrong> {
    let plain = text.parse().ok().filter(|value: &f64| value.is_finite());
    let read = plain.or_else(|| duration(text).ok().map(|duration| duration.as_secs_f64()));
    read.ok_or_else(|| Wrong { at: 0, what: format!("{text:?} is not a number: write 1.5, 5ms or 2s") })
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.lab, self.name)
    }
}

impl fmt::Display for Relation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(Self::ALL.iter().find(|(_, relation)| relation == self).map_or("", |(sign, _)| sign))
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let term = |term: &Term| match term {
            Term::Number(_, text) => text.clone(),
            Term::Measured(factor, name) if (factor - 1.0).abs() < f64::EPSILON => name.to_string(),
            Term::Measured(factor, name) => format!("{factor} * {name}"),
        };
        for (i, comparison) in self.0.iter().enumerate() {
            let and = if i == 0 { "" } else { " and " };
            write!(f, "{and}{} {} {}", term(&comparison.left), comparison.relation, term(&comparison.right))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::labs::measured::Unit;
    use proptest::prelude::*;

    fn measured(name: &Name) -> Option<Measured> {
        let measured = |value, contended| Some(Measured { value, unit: Unit::Seconds, contended });
        match name.name.as_str() {
            "one" => measured(1.0, false),
            "two" => measured(2.0, false),
            "busy" => measured(3.0, true),
            _ => None,
        }
    }

    fn judged(text: &str) -> Verdict {
        Condition::parse(text).unwrap().judge(measured)
    }

    #[test]
    fn conditions_are_held_against_what_was_measured() {
        for holds in ["t.one < t.two", "t.two >= 2", "t.one = 1s and t.two > 500ms", "2 * t.one <= t.two"] {
            assert_eq!(judged(holds), Verdict::Holds, "{holds}");
            assert_eq!(Condition::parse(holds).unwrap().to_string(), holds);
        }
        assert_eq!(judged("t.one > t.two"), Verdict::Fails);
        assert_eq!(judged("t.none > 1 and t.one > t.two"), Verdict::Fails);
        assert_eq!(judged("t.none > 1"), Verdict::Open("t.none was not measured".to_owned()));
        assert_eq!(judged("t.busy > 1"), Verdict::Open("t.busy is contended: others used the machine".to_owned()));
        assert!(Condition::parse("t.busy > 1").unwrap().is_reached(measured), "waiting goes by what is there");
        let condition = Condition::parse("2 * t.one < 1500ms").unwrap();
        assert_eq!(condition.with_numbers(measured), "2.00 s < 1500ms");
    }

    #[test]
    fn what_is_wrong_is_named_with_its_place() {
        for (text, at, what) in [
            ("t.one", 0, "\"t.one\" compares nothing"),
            ("t.one > ", 8, "\"\" is not a measured number"),
            ("t.one > 1 and two < 3", 14, "\"two\" is not a measured number"),
            ("t.one > 5h", 8, "\"5h\" is not a number"),
            ("x * t.one > 5", 0, "\"x\" is not a number"),
            ("t.one > 2 * T.x", 12, "\"T.x\" is not a measured number"),
        ] {
            let wrong = Condition::parse(text).unwrap_err();
            assert!(wrong.at == at && wrong.what.starts_with(what), "{text}: {wrong:?}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused_at_a_place_inside_it(text in "[a-z0-9.*<>= \u{e4}-]{0,40}") {
            if let Err(wrong) = Condition::parse(&text) {
                prop_assert!(wrong.at <= text.len());
            }
        }
    }
}
