//! What of the ring is read: which lines are shown, and which of them match a search. Both are found a stretch at a time.

use std::collections::{BTreeSet, VecDeque};

use crate::labs::logs::filter::{Filter, LineFinder};
use crate::labs::logs::ring::{Line, Ring};

/// Lines that one step looks at: well under a millisecond's worth.
const STEP: u64 = 1000;

/// Filter, search, and what they have found in the ring so far.
#[derive(Debug, Clone, Default)]
pub struct Reading {
    /// The expressions as they were typed, for people.
    pub only: Option<String>,
    /// The same of lines that are left out.
    pub without: Option<String>,
    /// The same of the search.
    pub sought: Option<String>,
    filter: Filter,
    hidden: BTreeSet<usize>,
    search: Option<LineFinder>,
    passing: Index,
    found: Index,
}

/// Numbers of lines, and up to which line they were looked for.
#[derive(Debug, Clone, Default)]
struct Index {
    numbers: VecDeque<u64>,
    scanned: u64,
}

impl Index {
    fn forget_before(&mut self, begin: u64) {
        let gone = self.numbers.partition_point(|number| *number < begin);
        self.numbers.drain(..gone);
        self.scanned = self.scanned.max(begin);
    }
}

impl Reading {
    /// Shows only lines that match; all when none is given.
    pub fn set_only(&mut self, expression: Option<&str>) -> Result<(), regex::Error> {
        self.filter.grep = expression.map(LineFinder::new).transpose()?;
        self.only = expression.map(str::to_owned);
        self.look_again();
        Ok(())
    }

    /// Leaves out lines that match; none when none is given.
    pub fn set_without(&mut self, expression: Option<&str>) -> Result<(), regex::Error> {
        self.filter.exclude = expression.map(LineFinder::new).transpose()?;
        self.without = expression.map(str::to_owned);
        self.look_again();
        Ok(())
    }

    /// Looks for lines that match, among those that are shown.
    pub fn set_search(&mut self, expression: Option<&str>) -> Result<(), regex::Error> {
        self.search = expression.map(LineFinder::new).transpose()?;
        self.sought = expression.map(str::to_owned);
        self.found = Index::default();
        Ok(())
    }

    /// Hides the lines of an origin, or shows them again.
    pub fn toggle(&mut self, origin: usize) {
        if !self.hidden.remove(&origin) {
            self.hidden.insert(origin);
        }
        self.look_again();
    }

    /// Whether the lines of this origin are hidden.
    pub fn hides(&self, origin: usize) -> bool {
        self.hidden.contains(&origin)
    }

    /// What a search matches in a line.
    pub fn places(&self, line: &[u8]) -> Vec<std::ops::Range<usize>> {
        self.search.iter().flat_map(|search| search.places(line)).filter(|place| !place.is_empty()).collect()
    }

    fn look_again(&mut self) {
        (self.passing, self.found) = (Index::default(), Index::default());
    }

    fn shows_all(&self) -> bool {
        self.filter.passes_all() && self.hidden.is_empty()
    }

    /// Whether a line is shown.
    pub fn shows(&self, line: Line<'_>) -> bool {
        let matches = |finder: &Option<LineFinder>| finder.as_ref().map(|finder| finder.matches(line.text));
        !self.hidden.contains(&line.origin)
            && matches(&self.filter.grep) != Some(false)
            && matches(&self.filter.exclude) != Some(true)
    }

    /// Whether lines are still to be looked at.
    pub fn is_behind(&self, ring: &Ring) -> bool {
        (!self.shows_all() && self.passing.scanned < ring.end())
            || (self.search.is_some() && self.found.scanned < ring.end())
    }

    /// Looks at some of the lines that were not looked at yet, and forgets those that the ring has let go.
    pub fn step(&mut self, ring: &Ring) {
        let begin = ring.begin();
        if !self.shows_all() {
            self.passing.forget_before(begin);
            let end = ring.end().min(self.passing.scanned + STEP);
            for number in self.passing.scanned..end {
                if ring.get(number).is_some_and(|line| self.shows(line)) {
                    self.passing.numbers.push_back(number);
                }
            }
            self.passing.scanned = end;
        }
        if let Some(search) = &self.search {
            self.found.forget_before(begin);
            let end = ring.end().min(self.found.scanned + STEP);
            for number in self.found.scanned..end {
                if ring.get(number).is_some_and(|line| search.matches(line.text) && self.shows(line)) {
                    self.found.numbers.push_back(number);
                }
            }
            self.found.scanned = end;
        }
    }

    /// How many lines are shown, as far as was looked.
    pub fn shown(&self, ring: &Ring) -> u64 {
        if self.shows_all() { ring.end() - ring.begin() } else { self.passing.numbers.len() as u64 }
    }

    /// The place among the shown lines of the first one from this number on.
    pub fn place_of(&self, number: u64, ring: &Ring) -> u64 {
        if self.shows_all() {
            number.clamp(ring.begin(), ring.end()) - ring.begin()
        } else {
            self.passing.numbers.partition_point(|other| *other < number) as u64
        }
    }

    /// The number of the line at a place among those shown.
    pub fn number_at(&self, place: u64, ring: &Ring) -> Option<u64> {
        if self.shows_all() {
            Some(ring.begin() + place).filter(|number| *number < ring.end())
        } else {
            self.passing.numbers.get(place as usize).copied()
        }
    }

    /// How many lines match the search, as far as was looked.
    pub fn found(&self) -> usize {
        self.found.numbers.len()
    }

    /// The next line that matches the search after this one, or the one before it; round the ends.
    pub fn next_found(&self, from: u64, forward: bool) -> Option<u64> {
        let numbers = &self.found.numbers;
        let after = numbers.partition_point(|number| *number <= from);
        let before = numbers.partition_point(|number| *number < from);
        if forward {
            numbers.get(after).or(numbers.front()).copied()
        } else {
            before.checked_sub(1).map_or(numbers.back(), |place| numbers.get(place)).copied()
        }
    }

    /// Which of the found lines this one is, from 1.
    pub fn rank(&self, number: u64) -> usize {
        self.found.numbers.partition_point(|other| *other <= number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::labs::logs::open_file::Ends;
    use crate::labs::logs::ring::MOST_BYTES;

    fn read_all(reading: &mut Reading, ring: &Ring) {
        while reading.is_behind(ring) {
            reading.step(ring);
        }
    }

    #[test]
    fn filter_search_and_hidden_files_work_together_as_lines_come_and_go() {
        let mut ring = Ring::new(MOST_BYTES);
        for n in 0..5000 {
            ring.push(n % 2, format!("line {n}\n").as_bytes(), Ends::Whole);
        }
        let mut reading = Reading::default();
        assert_eq!((reading.shown(&ring), reading.number_at(7, &ring)), (5000, Some(7)));
        reading.set_only(Some("7$")).unwrap();
        reading.set_search(Some("17")).unwrap();
        read_all(&mut reading, &ring);
        assert_eq!(
            (reading.shown(&ring), reading.number_at(1, &ring), reading.place_of(18, &ring)),
            (500, Some(17), 2)
        );
        reading.set_without(Some("line 1")).unwrap();
        read_all(&mut reading, &ring);
        assert_eq!(reading.number_at(1, &ring), Some(27));
        assert_eq!((reading.next_found(0, true), reading.next_found(217, false)), (Some(217), Some(4917)));
        reading.toggle(1);
        read_all(&mut reading, &ring);
        assert_eq!((reading.shown(&ring), reading.found()), (0, 0), "what ends with 7 is odd, and of the hidden file");
        reading.toggle(1);
        reading.set_without(None).unwrap();
        for n in 5000..120_000 {
            ring.push(0, format!("line {n}\n").as_bytes(), Ends::Whole);
        }
        read_all(&mut reading, &ring);
        assert_eq!((reading.shown(&ring), reading.number_at(0, &ring)), (10_000, Some(20_007)));
        assert!(reading.set_only(Some("(")).is_err());
        assert_eq!(reading.shown(&ring), 10_000, "what cannot be read changes nothing");
    }
}
