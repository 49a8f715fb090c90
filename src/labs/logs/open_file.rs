//! One open file, read from an offset on: whole lines out, everything else stays in the file.
//!
//! The file is the buffer. An [`OpenFile`] keeps offsets and no text: a line without an end is read again once its end is
//! there, and a reader that dies or is replaced loses nothing, since an offset moves on only after its lines were handed on.

use std::fs::File;
use std::io::{self, Write};
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::sync::Arc;
use std::time::SystemTime;

use crate::labs::logs::identity::Identity;
use crate::labs::logs::progress::Place;

/// A line longer than this many bytes is handed on in pieces.
pub const LONGEST_LINE: usize = 1 << 20;

/// Bytes that one read asks for when it wants many lines: large enough for 10 GB/s, small enough to stay in the cache.
const MANY: usize = 256 * 1024;

/// Bytes that one read asks for when it wants one line.
const ONE: usize = 8 * 1024;

/// Bytes just before the reading position that are read again and compared: when they differ, the file was written anew.
const SEAM: usize = 32;

/// Where a reading thread puts what it reads. One a thread; memory is taken only as far as it is used.
#[derive(Debug)]
pub struct Buffer(Vec<u8>);

impl Default for Buffer {
    fn default() -> Self {
        Self(vec![0; LONGEST_LINE + SEAM])
    }
}

impl Buffer {
    /// The bytes that a read found.
    pub fn bytes(&self, found: &Found) -> &[u8] {
        &self.0[found.range.clone()]
    }
}

/// How much one read hands out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Most {
    /// One line, as the seed's `readline` does.
    Line,
    /// As many whole lines as fit the buffer.
    Lines,
}

/// How what was found ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ends {
    /// With the end of a line.
    Whole,
    /// In the middle of a line longer than [`LONGEST_LINE`]: the next find goes on with it.
    GoesOn,
    /// Without the end of its line, which will never come: the file is gone, or was cut in the middle of it.
    Cut,
}

/// What a read found: part of the buffer, to be handed on and then confirmed by [`OpenFile::handed_on`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    range: Range<usize>,
    /// How it ends.
    pub ends: Ends,
}

impl Found {
    /// How many bytes it has.
    pub fn bytes(&self) -> u64 {
        self.range.len() as u64
    }
}

/// What a look at a file came to.
#[derive(Debug, PartialEq, Eq)]
pub enum Looked {
    /// Lines to hand on.
    Found(Found),
    /// No whole line beyond those handed on.
    Nothing,
    /// The file is shorter than what was read, or other bytes stand before the position: it was written anew, and is read
    /// from its beginning. So many bytes that had been seen are lost.
    Rewritten {
        /// Bytes known to have been in the file that were never handed on.
        lost: u64,
    },
}

/// An open file and how far it was read.
#[derive(Debug)]
pub struct OpenFile {
    /// The file, and up to where nothing in it waits.
    place: Arc<Place>,
    /// Which file it is.
    pub identity: Identity,
    /// Everything before this was handed on.
    given: u64,
    /// There is no end of a line from `given` to here.
    scanned: u64,
    /// The bytes just before `scanned`.
    seam: Vec<u8>,
    /// The end of a long line whose pieces are being handed on.
    long_until: Option<u64>,
}

impl OpenFile {
    /// A file to be read from its beginning.
    pub fn new(file: File) -> io::Result<Self> {
        let identity = Identity::of(&file.metadata()?);
        Ok(Self { place: Place::beginning(file), identity, given: 0, scanned: 0, seam: Vec::new(), long_until: None })
    }

    /// The file's size now, in bytes.
    pub fn size(&self) -> io::Result<u64> {
        Ok(self.place.file.metadata()?.len())
    }

    /// When it was last written to.
    pub fn modified(&self) -> io::Result<SystemTime> {
        self.place.file.metadata()?.modified()
    }

    /// Everything before this offset was looked at.
    pub fn scanned(&self) -> u64 {
        self.scanned
    }

    /// Its place, for those who do not read it.
    pub fn place(&self) -> &Arc<Place> {
        &self.place
    }

    /// Everything before this offset was handed on.
    pub fn given(&self) -> u64 {
        self.given
    }

    /// The file's first bytes, `most` at most.
    pub fn head(&self, most: usize) -> io::Result<Vec<u8>> {
        let mut head = vec![0; most];
        let read = read_at(&self.place.file, &mut head, 0)?;
        head.truncate(read);
        Ok(head)
    }

    /// The bytes from the first that was not handed on to the end as last seen.
    pub fn unfinished(&self) -> u64 {
        self.scanned.saturating_sub(self.given)
    }

    /// Goes to the beginning of the last `lines` lines, reading backwards from the end, `within` bytes at most.
    pub fn skip_to_last(&mut self, lines: u64, within: u64, buffer: &mut Buffer) -> io::Result<()> {
        let size = self.size()?;
        let floor = size.saturating_sub(within);
        let (mut end, mut wanted) = (size, lines);
        // The end of the last line is not the beginning of another.
        let mut skip_last = true;
        // Short of lines, the oldest one that was seen whole.
        let mut start = if floor == 0 { 0 } else { size };
        'back: while end > floor && wanted > 0 {
            let begin = end.saturating_sub(MANY as u64).max(floor);
            let block = &mut buffer.0[..(end - begin) as usize];
            self.place.file.read_exact_at(block, begin)?;
            for place in memchr::memrchr_iter(b'\n', block) {
                let after = begin + place as u64 + 1;
                if skip_last && after == size {
                    skip_last = false;
                    continue;
                }
                wanted -= 1;
                if floor > 0 || wanted == 0 {
                    start = after;
                }
                if wanted == 0 {
                    break 'back;
                }
            }
            end = begin;
        }
        if lines == 0 {
            start = self.after_last_line(size, buffer)?;
        }
        self.go_to(start)
    }

    /// The offset after the last end of a line before `size`: a line that is only begun counts as not yet written.
    fn after_last_line(&self, size: u64, buffer: &mut Buffer) -> io::Result<u64> {
        let begin = size.saturating_sub(LONGEST_LINE as u64);
        let block = &mut buffer.0[..(size - begin) as usize];
        self.place.file.read_exact_at(block, begin)?;
        Ok(memchr::memrchr(b'\n', block).map_or(begin, |place| begin + place as u64 + 1))
    }

    /// Goes on from an offset that an earlier reading of this file had come to.
    pub fn go_to(&mut self, offset: u64) -> io::Result<()> {
        let begin = offset.saturating_sub(SEAM as u64);
        self.seam = vec![0; (offset - begin) as usize];
        self.place.file.read_exact_at(&mut self.seam, begin)?;
        self.given = offset;
        self.scan_on_from(offset);
        Ok(())
    }

    /// Looks for lines beyond those handed on. Finds the same again until [`OpenFile::handed_on`] is called.
    pub fn look(&mut self, most: Most, buffer: &mut Buffer) -> io::Result<Looked> {
        let ask = if most == Most::Line { ONE } else { MANY };
        loop {
            if let Some(end) = self.long_until {
                return self.piece(end, Ends::Whole, buffer);
            }
            let seam = self.seam.len();
            let read = read_at(&self.place.file, &mut buffer.0[..seam + ask], self.scanned - seam as u64)?;
            if read < seam || buffer.0[..seam] != self.seam[..] {
                return Ok(self.rewritten());
            }
            let new = &buffer.0[seam..read];
            if new.is_empty() {
                return Ok(Looked::Nothing);
            }
            let end = match most {
                Most::Line => memchr::memchr(b'\n', new),
                Most::Lines => memchr::memrchr(b'\n', new),
            };
            match end {
                // The usual case: the lines are in the buffer.
                Some(end) if self.given == self.scanned => {
                    return Ok(Looked::Found(Found { range: seam..seam + end + 1, ends: Ends::Whole }));
                }
                // The end of a line that was begun before: its beginning is read again.
                Some(_) => {
                    let first = memchr::memchr(b'\n', new).map_or(0, |place| place as u64);
                    self.long_until = Some(self.scanned + first + 1);
                    // What was looked at already waits after all.
                    self.place.move_to(self.given);
                }
                None => {
                    let (length, begin) = (new.len() as u64, read.saturating_sub(SEAM));
                    self.seam.clear();
                    self.seam.extend_from_slice(&buffer.0[begin..read]);
                    self.scan_on_from(self.scanned + length);
                }
            }
        }
    }

    /// What is left of a line whose end will never come; to be called when a look has found nothing.
    pub fn rest(&mut self, buffer: &mut Buffer) -> io::Result<Looked> {
        if self.given == self.scanned { Ok(Looked::Nothing) } else { self.piece(self.scanned, Ends::Cut, buffer) }
    }

    /// The next piece of what stands between `given` and `end`.
    fn piece(&mut self, end: u64, last: Ends, buffer: &mut Buffer) -> io::Result<Looked> {
        let left = (end - self.given) as usize;
        let length = left.min(LONGEST_LINE);
        if read_at(&self.place.file, &mut buffer.0[..length], self.given)? < length {
            return Ok(self.rewritten());
        }
        let ends = if length < left { Ends::GoesOn } else { last };
        Ok(Looked::Found(Found { range: 0..length, ends }))
    }

    /// Moves past what a look has found: its lines were handed on.
    pub fn handed_on(&mut self, found: &Found, buffer: &Buffer) {
        self.given += found.bytes();
        if found.ends == Ends::GoesOn {
            return;
        }
        self.long_until = None;
        self.scan_on_from(self.given);
        // The buffer begins with bytes of the file too, the old seam or the line's own: they run up to the new position.
        let end = found.range.end;
        self.seam.clear();
        self.seam.extend_from_slice(&buffer.0[end.saturating_sub(SEAM)..end]);
    }

    /// Copies everything from the position to the end, as it is now, to `out`, until `ended`.
    ///
    /// Into a pipe the kernel moves the pages of the file without copying them; elsewhere they go through the buffer.
    pub fn copy_to(&self, out: &mut File, buffer: &mut Buffer, ended: impl Fn() -> bool) -> io::Result<()> {
        let (mut at, end) = (self.given, self.size()?);
        while at < end && !ended() {
            let length = ((end - at) as usize).min(LONGEST_LINE);
            let copied = match splice(&self.place.file, at, out, length) {
                Ok(spliced) => spliced,
                // Not a pipe, or a file system that cannot.
                Err(error) if error.kind() == io::ErrorKind::InvalidInput => {
                    let read = read_at(&self.place.file, &mut buffer.0[..length], at)?;
                    out.write_all(&buffer.0[..read])?;
                    read
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            if copied == 0 {
                break;
            }
            at += copied as u64;
        }
        Ok(())
    }

    fn scan_on_from(&mut self, offset: u64) {
        self.scanned = offset;
        self.place.move_to(offset);
    }

    fn rewritten(&mut self) -> Looked {
        let lost = self.unfinished();
        (self.given, self.long_until) = (0, None);
        self.scan_on_from(0);
        self.seam.clear();
        Looked::Rewritten { lost }
    }
}

#[cfg(target_os = "linux")]
fn splice(file: &File, mut at: u64, out: &File, length: usize) -> io::Result<usize> {
    use rustix::pipe::{SpliceFlags, splice};
    Ok(splice(file, Some(&mut at), out, None, length, SpliceFlags::MOVE | SpliceFlags::MORE)?)
}

#[cfg(not(target_os = "linux"))]
fn splice(_file: &File, _at: u64, _out: &File, _length: usize) -> io::Result<usize> {
    Err(io::ErrorKind::InvalidInput.into())
}

/// One read. Less than the buffer holds means that the file ends there.
fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    loop {
        match file.read_at(buffer, offset) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::fs::{self, OpenOptions};

    struct Written {
        _folder: tempfile::TempDir,
        path: std::path::PathBuf,
        open: OpenFile,
        buffer: Buffer,
    }

    impl Written {
        fn new(bytes: &[u8]) -> Self {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("a.log");
            fs::write(&path, bytes).unwrap();
            let open = OpenFile::new(File::open(&path).unwrap()).unwrap();
            Self { _folder: folder, path, open, buffer: Buffer::default() }
        }

        fn append(&self, bytes: &[u8]) {
            OpenOptions::new().append(true).open(&self.path).unwrap().write_all(bytes).unwrap();
        }

        /// Everything that looks find until there is nothing, and what the last one said.
        fn take(&mut self, most: Most) -> (Vec<u8>, Looked) {
            let mut out = Vec::new();
            loop {
                match self.open.look(most, &mut self.buffer).unwrap() {
                    Looked::Found(found) => {
                        out.extend_from_slice(self.buffer.bytes(&found));
                        self.open.handed_on(&found, &self.buffer);
                    }
                    other => return (out, other),
                }
            }
        }
    }

    #[test]
    fn a_partial_line_waits_for_its_end() {
        let mut file = Written::new(b"one\ntw");
        assert_eq!(file.take(Most::Lines).0, b"one\n");
        file.append(b"o\nthree\nfo");
        assert_eq!(file.take(Most::Line).0, b"two\nthree\n");
        file.append(b"ur");
        assert_eq!(file.take(Most::Lines), (vec![], Looked::Nothing));
        assert_eq!(file.open.unfinished(), 4);
        file.append(b"\n");
        assert_eq!(file.take(Most::Lines).0, b"four\n");
    }

    #[test]
    fn what_was_not_handed_on_is_found_again() {
        let mut file = Written::new(b"one\ntwo\n");
        let first = file.open.look(Most::Line, &mut file.buffer).unwrap();
        assert_eq!(file.open.look(Most::Line, &mut file.buffer).unwrap(), first);
        assert_eq!(file.take(Most::Line).0, b"one\ntwo\n");
    }

    #[test]
    fn a_file_written_anew_is_noticed_even_when_it_is_longer() {
        let mut file = Written::new(b"old 1\nold 2\nold 3");
        assert_eq!(file.take(Most::Lines).0, b"old 1\nold 2\n");
        fs::write(&file.path, b"n\n").unwrap();
        assert_eq!(file.take(Most::Lines), (vec![], Looked::Rewritten { lost: 5 }));
        assert_eq!(file.take(Most::Lines).0, b"n\n");
        fs::write(&file.path, b"new 1\nnew 2\nnew 3\nnew 4\n").unwrap();
        assert_eq!(file.take(Most::Lines), (vec![], Looked::Rewritten { lost: 0 }));
        assert_eq!(file.take(Most::Lines).0, b"new 1\nnew 2\nnew 3\nnew 4\n");
    }

    #[test]
    fn a_long_line_comes_in_pieces_once_its_end_is_there() {
        let long = vec![b'x'; 2 * LONGEST_LINE + 10];
        let mut file = Written::new(b"first\n");
        file.append(&long);
        assert_eq!(file.take(Most::Lines).0, b"first\n");
        file.append(b"\nlast\n");
        let mut ends = Vec::new();
        let mut length = 0;
        while let Looked::Found(found) = file.open.look(Most::Lines, &mut file.buffer).unwrap() {
            ends.push(found.ends);
            length += file.buffer.bytes(&found).len();
            file.open.handed_on(&found, &file.buffer);
        }
        assert_eq!(ends, [Ends::GoesOn, Ends::GoesOn, Ends::Whole, Ends::Whole]);
        assert_eq!(length, long.len() + 1 + 5);
    }

    #[test]
    fn the_last_lines_are_found_from_the_end() {
        let text = (0..100_000).map(|n| format!("line {n}")).collect::<Vec<_>>().join("\n") + "\n";
        for (lines, within, first) in
            [(1, u64::MAX, "line 99999\n"), (3, u64::MAX, "line 99997\n"), (70_000, u64::MAX, "line 30000\n")]
        {
            let mut file = Written::new(text.as_bytes());
            file.open.skip_to_last(lines, within, &mut file.buffer).unwrap();
            let taken = file.take(Most::Lines).0;
            assert!(taken.starts_with(first.as_bytes()), "{lines}");
            assert_eq!(memchr::memchr_iter(b'\n', &taken).count() as u64, lines);
        }
        let mut file = Written::new(b"one\ntwo\nthr");
        file.open.skip_to_last(2, u64::MAX, &mut file.buffer).unwrap();
        assert_eq!(file.take(Most::Lines).0, b"two\n", "an unfinished line counts as a line, as in tail");
        let mut file = Written::new(b"one\ntwo\nthr");
        file.open.skip_to_last(0, u64::MAX, &mut file.buffer).unwrap();
        file.append(b"ee\n");
        assert_eq!(
            file.take(Most::Lines).0,
            b"three\n",
            "the end of a line that was begun before is worth nothing alone"
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn however_it_is_written_every_byte_up_to_the_last_newline_comes_once(
            chunks in prop::collection::vec("[ab\n\r]{0,12}", 1..20), by_line: bool,
        ) {
            let mut file = Written::new(b"");
            let mut out = Vec::new();
            for chunk in &chunks {
                file.append(chunk.as_bytes());
                out.extend(file.take(if by_line { Most::Line } else { Most::Lines }).0);
            }
            let whole = chunks.concat();
            let expected = whole.rfind('\n').map_or("", |end| &whole[..=end]);
            prop_assert_eq!(String::from_utf8(out).unwrap(), expected);
        }
    }
}
