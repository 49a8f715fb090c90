//! Bytes from the wire, cut into lines; a line without an end is refused before it can fill memory.

use memchr::memchr;

use crate::labs::guess::protocol::{Fault, LINE_LIMIT};

/// Bytes received and not yet read as lines.
#[derive(Debug, Default)]
pub struct LineBuffer {
    bytes: Vec<u8>,
    /// Where the first line not yet taken begins.
    begin: usize,
}

impl LineBuffer {
    /// Takes in bytes as they came.
    pub fn fill(&mut self, bytes: &[u8]) {
        if self.begin == self.bytes.len() {
            self.bytes.clear();
            self.begin = 0;
            // An idle connection keeps no more than a line's worth.
            self.bytes.shrink_to(LINE_LIMIT);
        }
        self.bytes.extend_from_slice(bytes);
    }

    /// The next whole line without its newline, if it has come.
    pub fn next_line(&mut self) -> Result<Option<&[u8]>, Fault> {
        let begin = self.begin;
        match memchr(b'\n', &self.bytes[begin..]) {
            Some(length) if length < LINE_LIMIT => {
                self.begin += length + 1;
                Ok(Some(&self.bytes[begin..begin + length]))
            }
            None if self.bytes.len() - begin < LINE_LIMIT => {
                self.bytes.drain(..begin);
                self.begin = 0;
                Ok(None)
            }
            _ => Err(Fault::LineTooLong),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn lines(buffer: &mut LineBuffer) -> Result<Vec<Vec<u8>>, Fault> {
        let mut lines = Vec::new();
        while let Some(line) = buffer.next_line()? {
            lines.push(line.to_vec());
        }
        Ok(lines)
    }

    #[test]
    fn a_line_may_be_a_kibibyte_and_no_more() {
        let mut buffer = LineBuffer::default();
        buffer.fill(&[b'x'; LINE_LIMIT - 1]);
        assert_eq!(buffer.next_line(), Ok(None));
        buffer.fill(b"\n");
        assert_eq!(lines(&mut buffer).unwrap()[0].len(), LINE_LIMIT - 1);
        buffer.fill(&[b'x'; LINE_LIMIT]);
        assert_eq!(buffer.next_line(), Err(Fault::LineTooLong));
        let mut buffer = LineBuffer::default();
        buffer.fill(&[&[b'x'; LINE_LIMIT][..], b"\n"].concat());
        assert_eq!(buffer.next_line(), Err(Fault::LineTooLong));
    }

    proptest! {
        #[test]
        fn lines_are_the_same_however_the_bytes_arrive(text in "[ab\n]{0,80}", cuts in prop::collection::vec(1_usize..9, 0..80)) {
            let mut rest = text.as_bytes();
            let (mut buffer, mut got) = (LineBuffer::default(), Vec::new());
            let mut cuts = cuts.into_iter().chain(std::iter::repeat(7));
            while !rest.is_empty() {
                let (now, later) = rest.split_at(cuts.next().unwrap().min(rest.len()));
                buffer.fill(now);
                got.extend(lines(&mut buffer).unwrap());
                rest = later;
            }
            let mut expected: Vec<Vec<u8>> = text.split('\n').map(|line| line.as_bytes().to_vec()).collect();
            expected.pop();
            prop_assert_eq!(got, expected);
        }
    }
}
