//! Which lines pass: those that match one expression and not another, found in a block of many lines at once.

use std::ops::Range;

use memchr::memmem;
use regex::bytes::{Regex, RegexBuilder};

/// Finds lines that match an expression, and goes through those that do not at the speed of a search for its literals.
#[derive(Debug, Clone)]
pub struct LineFinder {
    regex: Regex,
    /// The expression itself, when it is only text: found in each of many lines at several times the speed.
    text: Option<Box<memmem::Finder<'static>>>,
    /// The expression may mean something else in a block than in a line: it is asked about each line.
    by_line: bool,
}

/// Characters that mean something other than themselves.
const SPECIAL: [char; 14] = ['\\', '.', '+', '*', '?', '(', ')', '|', '[', ']', '{', '}', '^', '$'];

impl LineFinder {
    /// A finder for this expression, in the syntax of the `regex` crate.
    pub fn new(expression: &str) -> Result<Self, regex::Error> {
        let regex = RegexBuilder::new(expression).multi_line(true).crlf(true).build()?;
        // Ends of the text, and flags that can undo those set here.
        let by_line = ["\\A", "\\z", "(?"].iter().any(|part| expression.contains(part));
        let plain = !expression.is_empty() && !expression.contains(['\r', '\n']) && !expression.contains(SPECIAL);
        let text = plain.then(|| Box::new(memmem::Finder::new(expression).into_owned()));
        Ok(Self { regex, text, by_line })
    }

    /// Whether a line, with or without its end, matches.
    pub fn matches(&self, line: &[u8]) -> bool {
        self.regex.is_match(without_end(line))
    }

    /// Where the expression matches in a line.
    pub fn places<'a>(&'a self, line: &'a [u8]) -> impl Iterator<Item = Range<usize>> + 'a {
        self.regex.find_iter(line).map(|found| found.range())
    }

    /// The first matching line of the block at or after `from`, which is the beginning of a line; with its end.
    pub fn next_line(&self, block: &[u8], mut from: usize) -> Option<Range<usize>> {
        loop {
            let found = match &self.text {
                Some(text) => text.find(&block[from..]).map(|at| from + at..from + at + text.needle().len())?,
                None if self.by_line => from..usize::MAX,
                None => self.regex.find_at(block, from)?.range(),
            };
            let at = found.start;
            let start = memchr::memrchr(b'\n', &block[from..at]).map_or(from, |place| from + place + 1);
            let end = memchr::memchr(b'\n', &block[at..]).map_or(block.len(), |place| at + place + 1);
            if start == end {
                return None;
            }
            // A match can begin in this line and end in the next: what counts is the line alone.
            let line = &block[start..end];
            if found.end <= start + without_end(line).len() || self.matches(line) {
                return Some(start..end);
            }
            from = end;
        }
    }
}

/// The lines that pass.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Only lines that match this.
    pub grep: Option<LineFinder>,
    /// No line that matches this.
    pub exclude: Option<LineFinder>,
}

impl Filter {
    /// Whether every line passes.
    pub fn passes_all(&self) -> bool {
        self.grep.is_none() && self.exclude.is_none()
    }

    /// Calls `pass` with the stretches of the block whose lines pass.
    pub fn each_stretch(&self, block: &[u8], mut pass: impl FnMut(&[u8])) {
        let Some(grep) = &self.grep else { return self.leave_out(block, &mut pass) };
        // Matching lines that stand together are passed together.
        let mut stretch = 0..0;
        while let Some(line) = grep.next_line(block, stretch.end) {
            if line.start > stretch.end {
                self.leave_out(&block[stretch], &mut pass);
                stretch = line;
            } else {
                stretch.end = line.end;
            }
        }
        self.leave_out(&block[stretch], &mut pass);
    }

    fn leave_out(&self, stretch: &[u8], pass: &mut impl FnMut(&[u8])) {
        let mut from = 0;
        while let Some(line) = self.exclude.as_ref().and_then(|exclude| exclude.next_line(stretch, from)) {
            if line.start > from {
                pass(&stretch[from..line.start]);
            }
            from = line.end;
        }
        if from < stretch.len() {
            pass(&stretch[from..]);
        }
    }
}

/// A line without `\n` or `\r\n`.
pub fn without_end(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn filter(grep: &str, exclude: &str) -> Filter {
        let finder = |text: &str| (!text.is_empty()).then(|| LineFinder::new(text).unwrap());
        Filter { grep: finder(grep), exclude: finder(exclude) }
    }

    fn passed(filter: &Filter, block: &str) -> String {
        let mut out = Vec::new();
        filter.each_stretch(block.as_bytes(), |stretch| out.extend_from_slice(stretch));
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn grep_and_exclude_together() {
        let block = "a WARN\nb\nc WARN x\r\nd WARN";
        assert_eq!(passed(&filter("WARN", ""), block), "a WARN\nc WARN x\r\nd WARN");
        assert_eq!(passed(&filter("WARN", "x$"), block), "a WARN\nd WARN");
        assert_eq!(passed(&filter("", "WARN"), block), "b\n");
        assert_eq!(passed(&filter("WARN$", ""), block), "a WARN\nd WARN");
    }

    #[test]
    fn a_match_in_a_lines_end_is_no_match() {
        assert_eq!(passed(&filter("\\s", ""), "\r\n"), "");
        assert_eq!(passed(&filter("", "\\s"), "\r\n"), "\r\n");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        #[test]
        fn a_block_passes_the_same_lines_as_its_lines_one_by_one(
            block in "[ab\n\r ]{0,30}",
            expression in prop::sample::select(vec![
                "a", "ab", "b a", "^a", "b$", "a\\s*b", "[^a]", "", "^$", "\\Ab", "(?-m)b$", "a\nb", "\\s", "a.b", "b\\z",
            ]),
            exclude: bool,
        ) {
            let finder = LineFinder::new(expression).unwrap();
            let expected: String = block
                .split_inclusive('\n')
                .filter(|line| finder.regex.is_match(without_end(line.as_bytes())) != exclude)
                .collect();
            let filter = if exclude {
                Filter { grep: None, exclude: Some(finder) }
            } else {
                Filter { grep: Some(finder), exclude: None }
            };
            prop_assert_eq!(passed(&filter, &block), expected);
        }
    }
}
