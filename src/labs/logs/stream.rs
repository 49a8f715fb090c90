//! Lines that come through a pipe: standard input, and the output of commands. What was read cannot be read again.

use std::io::{self, Read};
use std::sync::Arc;
use std::thread;

use crate::labs::logs::open_file::{Ends, LONGEST_LINE};
use crate::labs::logs::sink::{Closed, Origin, Sink};
use crate::labs::logs::source::Note;

/// Bytes that one read asks for.
const BLOCK: usize = 256 * 1024;

/// Hands on the lines of a stream until it ends. A line without an end waits in memory, up to [`LONGEST_LINE`] of it.
pub fn read_stream(mut input: impl Read, origin: &Origin, sink: &dyn Sink) -> Result<io::Result<()>, Closed> {
    let mut buffer = vec![0; LONGEST_LINE + BLOCK];
    let mut filled = 0;
    loop {
        let read = match input.read(&mut buffer[filled..filled + BLOCK]) {
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Ok(Err(error)),
        };
        if read == 0 {
            if filled > 0 {
                sink.put(origin, &buffer[..filled], Ends::Cut)?;
            }
            return Ok(Ok(()));
        }
        let before = filled;
        filled += read;
        let (given, ends) = match memchr::memrchr(b'\n', &buffer[before..filled]) {
            Some(end) => (before + end + 1, Ends::Whole),
            None if filled >= LONGEST_LINE => (LONGEST_LINE, Ends::GoesOn),
            None => continue,
        };
        sink.put(origin, &buffer[..given], ends)?;
        buffer.copy_within(given..filled, 0);
        filled -= given;
    }
}

/// Reads standard input on a thread of its own until it ends; `ended` is called then.
pub fn read_stdin(origin: Arc<Origin>, sink: Arc<dyn Sink>, ended: impl FnOnce() + Send + 'static) -> io::Result<()> {
    thread::Builder::new()
        .name("logs-stdin".to_owned())
        .spawn(move || {
            if let Ok(Err(error)) = read_stream(io::stdin().lock(), &origin, &*sink) {
                sink.note(&origin, Note::CannotOpen(error.to_string()));
            }
            ended();
        })
        .map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;

    #[derive(Default)]
    struct Kept(Mutex<Vec<(Vec<u8>, Ends)>>);

    impl Sink for Kept {
        fn put(&self, _from: &Origin, bytes: &[u8], ends: Ends) -> Result<(), Closed> {
            self.0.lock().unwrap().push((bytes.to_vec(), ends));
            Ok(())
        }

        fn note(&self, _from: &Origin, _note: Note) {}
    }

    /// Gives a few bytes at a time.
    struct Drip<'a>(&'a [u8], usize);

    impl Read for Drip<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let some = self.0.len().min(self.1).min(buffer.len());
            buffer[..some].copy_from_slice(&self.0[..some]);
            self.0 = &self.0[some..];
            Ok(some)
        }
    }

    fn read(bytes: &[u8], step: usize) -> Vec<(Vec<u8>, Ends)> {
        let (kept, origin) = (Kept::default(), Origin { index: 0, name: "-".to_owned() });
        read_stream(Drip(bytes, step), &origin, &kept).unwrap().unwrap();
        kept.0.into_inner().unwrap()
    }

    #[test]
    fn lines_come_whole_and_the_last_is_cut() {
        for step in [1, 3, 100] {
            let got = read(b"one\ntwo\r\nthree", step);
            assert_eq!(got.iter().flat_map(|(bytes, _)| bytes.clone()).collect::<Vec<_>>(), b"one\ntwo\r\nthree");
            assert_eq!(got.last().unwrap(), &(b"three".to_vec(), Ends::Cut), "in steps of {step}");
            assert!(got[..got.len() - 1].iter().all(|(bytes, ends)| bytes.ends_with(b"\n") && *ends == Ends::Whole));
        }
    }

    #[test]
    fn a_long_line_comes_in_pieces() {
        let mut bytes = vec![b'x'; LONGEST_LINE * 2 + 5];
        bytes.extend_from_slice(b"\nend\n");
        let got = read(&bytes, 100_000);
        assert_eq!(got.iter().map(|(bytes, _)| bytes.len()).sum::<usize>(), bytes.len());
        let (last, before) = got.split_last().unwrap();
        assert!(!before.is_empty() && before.iter().all(|(_, ends)| *ends == Ends::GoesOn) && last.1 == Ends::Whole);
    }
}
