//! What has been found so far: every probe's answer, and the table that they make.

use std::collections::BTreeMap;

use serde::Serialize;

use super::order::{Alive, Found, Value, What};
use super::plan::{DEEP_COUNT, Step, WAITS};
use crate::runtime::stats::Samples;

/// The answers of the probes, each as often as it was asked.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Findings(BTreeMap<(&'static str, What), Vec<Found>>);

/// A row of the table: one unit at one count.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Row {
    /// The unit.
    pub unit: &'static str,
    /// How many were asked for.
    pub count: usize,
    /// Nanoseconds from starting one to its end.
    pub start_ns: Option<f64>,
    /// Memory of each in bytes, with so many alive.
    pub bytes: Option<f64>,
    /// Nanoseconds of a switch; of a round trip, for jobs and for the socket pair.
    pub switch_ns: Option<f64>,
    /// The most that were tried at once.
    pub max_tried: Option<usize>,
    /// The system refused one when so many were alive; null when it never did.
    pub failed_at: Option<usize>,
}

impl Findings {
    /// Takes in an answer, beside those of earlier rounds.
    pub fn add(&mut self, step: Step, found: Found) {
        self.0.entry((step.unit, step.what)).or_default().push(found);
    }

    /// Forgets what was found of a unit, which is to be measured anew.
    pub fn forget(&mut self, unit: &str) {
        self.0.retain(|(known, _), _| *known != unit);
    }

    /// A time in seconds: the median of the rounds that nobody disturbed, or of all when none was left alone.
    pub fn seconds(&self, unit: &'static str, what: What) -> Option<f64> {
        let found = self.found(unit, what);
        let alone = found.iter().any(|found| found.contended.is_none());
        let quoted = found.iter().filter(|found| !alone || found.contended.is_none());
        let seconds = quoted.filter_map(|found| match found.value {
            Value::Seconds(seconds) => Some(seconds),
            Value::Alive(_) | Value::Unsupported(_) => None,
        });
        seconds.collect::<Samples>().median()
    }

    /// What was seen with so many alive.
    pub fn alive(&self, unit: &'static str, count: usize, deep: bool) -> Option<&Alive> {
        match &self.found(unit, What::Alive { count, deep }).last()?.value {
            Value::Alive(alive) => Some(alive),
            Value::Seconds(_) | Value::Unsupported(_) => None,
        }
    }

    /// Why a unit cannot be measured on this machine, if a probe has found that out.
    pub fn unsupported(&self, unit: &str) -> Option<&str> {
        let of_unit = self.0.iter().filter(|((known, _), _)| *known == unit);
        of_unit.flat_map(|(_, found)| found).find_map(|found| match &found.value {
            Value::Unsupported(why) => Some(why.as_str()),
            Value::Seconds(_) | Value::Alive(_) => None,
        })
    }

    /// Memory of one that holds 64 KiB while it waits, in bytes.
    pub fn deep_bytes(&self, unit: &'static str) -> Option<f64> {
        self.alive(unit, DEEP_COUNT, true)?.bytes
    }

    /// The time until ten thousand waits of a millisecond are over, in seconds.
    pub fn waits(&self, unit: &'static str) -> Option<f64> {
        self.seconds(unit, What::Waits { count: WAITS })
    }

    /// Whether others disturbed all rounds of any time in this row. Memory is not disturbed.
    pub fn is_contended(&self, unit: &'static str, count: usize) -> bool {
        [What::Switch, What::Start { count }].into_iter().any(|what| self.is_disturbed(unit, what))
    }

    /// Whether others disturbed all rounds of this probe.
    pub fn is_disturbed(&self, unit: &'static str, what: What) -> bool {
        let found = self.found(unit, what);
        !found.is_empty() && found.iter().all(|found| found.contended.is_some())
    }

    fn found(&self, unit: &'static str, what: What) -> &[Found] {
        self.0.get(&(unit, what)).map_or(&[], Vec::as_slice)
    }

    /// The row of a unit at a count; what is not measured stays empty.
    pub fn row(&self, unit: &'static str, count: usize) -> Row {
        let nanoseconds = |what| self.seconds(unit, what).map(|seconds| tenths(seconds * 1e9));
        let alive = self.alive(unit, count, false);
        Row {
            unit,
            count,
            start_ns: nanoseconds(What::Start { count }),
            bytes: alive.and_then(|alive| alive.bytes).map(tenths),
            switch_ns: nanoseconds(What::Switch),
            max_tried: alive.map(|alive| alive.tried),
            failed_at: alive.and_then(|alive| alive.failed_at),
        }
    }
}

fn tenths(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_gathers_what_was_found_and_leaves_the_rest_empty() {
        let mut findings = Findings::default();
        let add = |findings: &mut Findings, what, value, contended| {
            findings.add(Step { unit: "thread", what }, Found { value, contended });
        };
        add(&mut findings, What::Start { count: 100 }, Value::Seconds(72.04e-6), None);
        let alive = Alive { bytes: Some(9830.44), tried: 90, failed_at: None, bounded: Some("memory".to_owned()) };
        add(&mut findings, What::Alive { count: 100, deep: false }, Value::Alive(alive), None);
        let json = serde_json::to_string(&findings.row("thread", 100)).unwrap();
        assert_eq!(
            json,
            r#"{"unit":"thread","count":100,"start_ns":72040.0,"bytes":9830.4,"switch_ns":null,"max_tried":90,"failed_at":null}"#
        );
        assert_eq!(findings.row("thread", 1000).start_ns, None);
        assert!(!findings.is_contended("thread", 100));
    }

    #[test]
    fn a_unit_that_cannot_be_measured_has_a_reason_and_an_empty_row() {
        let mut findings = Findings::default();
        let step = Step { unit: "python-job", what: What::Switch };
        findings.add(step, Found { value: Value::Unsupported("no Python".to_owned()), contended: None });
        assert_eq!((findings.unsupported("python-job"), findings.unsupported("thread")), (Some("no Python"), None));
        assert_eq!(findings.row("python-job", 100).switch_ns, None);
    }

    #[test]
    fn a_round_that_was_disturbed_counts_only_when_all_were() {
        let mut findings = Findings::default();
        let step = Step { unit: "thread", what: What::Switch };
        let mut add = |seconds, contended| {
            findings.add(step, Found { value: Value::Seconds(seconds), contended });
            (findings.seconds("thread", What::Switch).unwrap(), findings.is_contended("thread", 100))
        };
        assert_eq!(add(9.0, Some(0.2)), (9.0, true));
        assert_eq!(add(2.0, None), (2.0, false));
        assert_eq!(add(4.0, None), (3.0, false));
    }
}
