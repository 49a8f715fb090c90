//! The last lines of all files, merged in the order they came: bounded in lines and in bytes.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::labs::logs::open_file::Ends;

/// Lines that are kept.
pub const MOST_LINES: u64 = 100_000;

/// Bytes that are kept, if not told otherwise.
pub const MOST_BYTES: usize = 32 << 20;

/// A segment is closed past this many bytes or lines. They are let go of whole, so this is how coarse the bound is.
const SEGMENT_BYTES: usize = 64 * 1024;
const SEGMENT_LINES: usize = 1024;

/// The last lines. Each has a number that it keeps: the first ever is 0. A clone is cheap, and stays as it is.
#[derive(Debug, Clone)]
pub struct Ring {
    segments: VecDeque<Arc<Segment>>,
    end: u64,
    bytes: usize,
    most_bytes: usize,
}

#[derive(Debug, Clone)]
struct Segment {
    first: u64,
    text: Vec<u8>,
    lines: Vec<Mark>,
}

#[derive(Debug, Clone, Copy)]
struct Mark {
    end: u32,
    origin: u32,
    goes_on: bool,
}

/// A line in the ring.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line<'a> {
    /// The index of its origin.
    pub origin: usize,
    /// Its bytes, without its end.
    pub text: &'a [u8],
    /// It is a piece of a longer line, which the next one of this origin goes on with.
    pub goes_on: bool,
}

impl Ring {
    /// An empty ring that keeps at most so many bytes of text.
    pub fn new(most_bytes: usize) -> Self {
        Self { segments: VecDeque::new(), end: 0, bytes: 0, most_bytes }
    }

    /// The number of the oldest line that is kept.
    pub fn begin(&self) -> u64 {
        let oldest = self.segments.front().map_or(self.end, |segment| segment.first);
        oldest.max(self.end.saturating_sub(MOST_LINES))
    }

    /// One more than the number of the newest line.
    pub fn end(&self) -> u64 {
        self.end
    }

    /// Bytes of text that are kept.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Keeps at most so many bytes of text from now on.
    pub fn set_most_bytes(&mut self, most: usize) {
        self.most_bytes = most;
        self.let_go();
    }

    /// Takes in whole lines, or a piece of one; how many lines have ended.
    pub fn push(&mut self, origin: usize, block: &[u8], ends: Ends) -> u64 {
        let before = self.end;
        let mut from = 0;
        for newline in memchr::memchr_iter(b'\n', block) {
            self.add(origin, &block[from..newline], false);
            from = newline + 1;
        }
        let mut ended = self.end - before;
        if from < block.len() {
            self.add(origin, &block[from..], ends == Ends::GoesOn);
            ended += u64::from(ends != Ends::GoesOn);
        }
        self.let_go();
        ended
    }

    fn let_go(&mut self) {
        while self.segments.len() > 1
            && (self.end - self.segments[1].first >= MOST_LINES || self.bytes > self.most_bytes)
        {
            if let Some(oldest) = self.segments.pop_front() {
                self.bytes -= oldest.text.len();
            }
        }
    }

    /// The line of this number, if it is kept.
    pub fn get(&self, number: u64) -> Option<Line<'_>> {
        let after = self.segments.partition_point(|segment| segment.first <= number);
        let segment = self.segments.get(after.checked_sub(1)?)?;
        let place = (number - segment.first) as usize;
        let mark = segment.lines.get(place)?;
        let start = place.checked_sub(1).map_or(0, |before| segment.lines[before].end as usize);
        let text = &segment.text[start..mark.end as usize];
        let text = text.strip_suffix(b"\r").unwrap_or(text);
        Some(Line { origin: mark.origin as usize, text, goes_on: mark.goes_on })
    }

    fn add(&mut self, origin: usize, line: &[u8], goes_on: bool) {
        let full =
            |segment: &Segment| segment.text.len() + line.len() > SEGMENT_BYTES || segment.lines.len() == SEGMENT_LINES;
        if self.segments.back().is_none_or(|segment| full(segment)) {
            let segment = Segment { first: self.end, text: Vec::with_capacity(line.len()), lines: Vec::new() };
            self.segments.push_back(Arc::new(segment));
        }
        // A segment that a clone shares is copied: the clone stays as it is.
        if let Some(segment) = self.segments.back_mut().map(Arc::make_mut) {
            segment.text.extend_from_slice(line);
            segment.lines.push(Mark { end: segment.text.len() as u32, origin: origin as u32, goes_on });
            self.bytes += line.len();
            self.end += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn lines_keep_their_numbers_and_the_oldest_go() {
        let mut ring = Ring::new(MOST_BYTES);
        for n in 0..250_000 {
            assert_eq!(ring.push(n % 3, format!("line {n}\r\n").as_bytes(), Ends::Whole), 1);
        }
        assert_eq!((ring.begin(), ring.end()), (150_000, 250_000));
        assert_eq!(ring.get(249_999), Some(Line { origin: 0, text: b"line 249999", goes_on: false }));
        assert_eq!(ring.get(150_000).unwrap().text, b"line 150000");
        assert_eq!(ring.get(250_000), None);
        assert_eq!(ring.get(0), None);
    }

    #[test]
    fn bytes_are_bounded_too() {
        let mut ring = Ring::new(1 << 20);
        let long = [vec![b'x'; 10_000], vec![b'\n']].concat();
        for _ in 0..1000 {
            ring.push(0, &long, Ends::Whole);
        }
        assert!(ring.bytes() <= 1 << 20);
        assert_eq!(ring.end(), 1000);
        assert_eq!(ring.get(ring.begin()).unwrap().text.len(), 10_000);
        assert_eq!(ring.push(0, &vec![b'y'; 2 << 20], Ends::GoesOn), 0, "the line has not ended");
        assert!(ring.get(1000).unwrap().goes_on, "one line may be larger than the bound: the newest is kept whole");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn what_goes_in_comes_out(blocks in prop::collection::vec("([a-z]{0,200}\n){0,40}", 0..40)) {
            let mut ring = Ring::new(MOST_BYTES);
            for block in &blocks {
                ring.push(7, block.as_bytes(), Ends::Whole);
            }
            let expected: Vec<String> = blocks.concat().lines().map(str::to_owned).collect();
            let got: Vec<String> = (ring.begin()..ring.end())
                .map(|n| String::from_utf8(ring.get(n).unwrap().text.to_vec()).unwrap())
                .collect();
            prop_assert_eq!(got, expected);
        }
    }
}
