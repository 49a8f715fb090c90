//! Frames: how messages stand on the socket between the pool and a worker process.
//!
//! ```text
//! 0        4        8
//! │ length │ !length│ body: `length` bytes of postcard │
//! ```
//!
//! The length is a little-endian u32 of at most [`MOST_BYTES`], and is sent a second time with its bits inverted: a stream
//! that has lost its place is noticed at the next header, before anybody waits for bytes that will never come.

use std::io::{self, Read};

use serde::{Deserialize, Serialize};
use serde_bytes::Bytes;

/// The longest body of a frame, in bytes.
pub(super) const MOST_BYTES: usize = 128 << 20;

/// What the two sides agree on; another build of the program may differ.
pub(super) const PROTOCOL: u32 = 1;

const HEADER: usize = 8;

/// The room that is kept for reading: a small message takes one `read`.
const ROOM: usize = 64 << 10;

/// A job for a worker.
#[derive(Debug, Serialize, Deserialize, PartialEq)]
pub(super) struct Request<'a> {
    /// Counts the requests to this worker, so that an answer that belongs to another one is noticed.
    pub number: u64,
    /// The job's name in the table.
    pub job: &'a str,
    /// Its encoded input.
    #[serde(borrow)]
    pub input: &'a Bytes,
}

/// What a worker says.
#[derive(Debug, Serialize, Deserialize, PartialEq)]
pub(super) enum Reply<'a> {
    /// It is up, and speaks this protocol.
    Ready(u32),
    /// A job is done, well or not.
    Done {
        /// The request's number.
        number: u64,
        /// When what happened in the worker.
        marks: Marks,
        /// The encoded result, or what went wrong.
        #[serde(borrow)]
        result: Result<&'a Bytes, &'a str>,
    },
}

/// Times in the worker, in nanoseconds of the machine's monotonic clock, which all processes share.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Marks {
    /// The whole request was there.
    pub received: u64,
    /// The function was found.
    pub resolved: u64,
    /// The input was decoded.
    pub decoded: u64,
    /// The work was done.
    pub ran: u64,
    /// The result was encoded.
    pub encoded: u64,
}

/// A frame that is none.
#[derive(Debug, thiserror::Error)]
pub enum Damaged {
    /// The two lengths of the header contradict each other.
    #[error("a frame's header is damaged")]
    Header,
    /// A body longer than any that is sent.
    #[error("a frame of {0} bytes is longer than the {MOST_BYTES} that are allowed")]
    TooLong(usize),
    /// The body is not what was agreed.
    #[error("a frame's body is damaged: {0}")]
    Body(#[from] postcard::Error),
    /// The stream ended in the middle of a frame.
    #[error("the stream ended inside a frame")]
    Cut,
}

/// Writes `message` as one frame into `out`, which is emptied first.
pub(super) fn write(out: &mut Vec<u8>, message: &impl Serialize) -> Result<(), Damaged> {
    out.clear();
    out.resize(HEADER, 0);
    *out = postcard::to_extend(message, std::mem::take(out))?;
    let length = out.len() - HEADER;
    let short = u32::try_from(length).ok().filter(|_| length <= MOST_BYTES).ok_or(Damaged::TooLong(length))?;
    out[..4].copy_from_slice(&short.to_le_bytes());
    out[4..HEADER].copy_from_slice(&(!short).to_le_bytes());
    Ok(())
}

/// The bytes that a job's request and its reply take on the socket, for whoever wants to send as many without a pool.
pub fn frame_sizes(job: &str, input: &impl Serialize, output: &impl Serialize) -> Result<(usize, usize), Damaged> {
    let (input, output) = (postcard::to_stdvec(input)?, postcard::to_stdvec(output)?);
    let (mut request, mut reply) = (Vec::new(), Vec::new());
    // Numbers and times are as long as they are after many jobs, on a machine that has been up for a while.
    let number = 10_000;
    let time = 1 << 48;
    let marks = Marks { received: time, resolved: time, decoded: time, ran: time, encoded: time };
    write(&mut request, &Request { number, job, input: Bytes::new(&input) })?;
    write(&mut reply, &Reply::Done { number, marks, result: Ok(Bytes::new(&output)) })?;
    Ok((request.len(), reply.len()))
}

/// The bytes that have come in and are not used up yet.
#[derive(Debug, Default)]
pub(super) struct Inbox {
    buffer: Vec<u8>,
    start: usize,
    end: usize,
}

impl Inbox {
    /// Reads once. Returns the number of bytes; 0 at the stream's end.
    pub(super) fn fill(&mut self, stream: &mut impl Read) -> io::Result<usize> {
        if self.start == self.end {
            (self.start, self.end) = (0, 0);
        }
        let wanted = self.missing().max(ROOM / 2);
        if self.buffer.len() < self.end + wanted {
            self.buffer.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
            let length = (self.end + wanted).max(ROOM);
            if self.buffer.len() < length {
                self.buffer.resize(length, 0);
            }
        }
        let count = stream.read(&mut self.buffer[self.end..])?;
        self.end += count;
        Ok(count)
    }

    /// The body of the next frame, when it is there as a whole.
    pub(super) fn next(&mut self) -> Result<Option<&[u8]>, Damaged> {
        let Some(length) = self.length()? else { return Ok(None) };
        let body = self.start + HEADER;
        if self.end < body + length {
            return Ok(None);
        }
        self.start = body + length;
        Ok(Some(&self.buffer[body..body + length]))
    }

    /// Whether the stream's end now would cut a frame in two.
    pub(super) fn is_inside_frame(&self) -> bool {
        self.start < self.end
    }

    /// The length that the next frame's header tells, when it is there.
    fn length(&self) -> Result<Option<usize>, Damaged> {
        let Some(header) = self.buffer[self.start..self.end].first_chunk::<HEADER>() else { return Ok(None) };
        let (length, inverted) = header.split_at(4);
        let [length, inverted] =
            [length, inverted].map(|half| u32::from_le_bytes([half[0], half[1], half[2], half[3]]));
        if length != !inverted {
            return Err(Damaged::Header);
        }
        let length = length as usize;
        if length > MOST_BYTES { Err(Damaged::TooLong(length)) } else { Ok(Some(length)) }
    }

    /// Bytes still missing of the frame that has begun; 0 when none has, or its header is damaged, as `next` will say.
    fn missing(&self) -> usize {
        match self.length() {
            Ok(Some(length)) => (HEADER + length).saturating_sub(self.end - self.start),
            _ => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Everything an inbox makes of a stream that comes in pieces of `piece` bytes.
    fn read_all(bytes: &[u8], piece: usize) -> Result<Vec<Vec<u8>>, Damaged> {
        let mut inbox = Inbox::default();
        let mut frames = vec![];
        for part in bytes.chunks(piece) {
            let mut part = part;
            while inbox.fill(&mut part).unwrap() > 0 {}
            while let Some(body) = inbox.next()? {
                frames.push(body.to_vec());
            }
        }
        if inbox.is_inside_frame() { Err(Damaged::Cut) } else { Ok(frames) }
    }

    fn stream(bodies: &[Vec<u8>]) -> Vec<u8> {
        let mut stream = vec![];
        for body in bodies {
            let mut frame = vec![];
            write(&mut frame, &Bytes::new(body)).unwrap();
            stream.extend(frame);
        }
        stream
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn frames_survive_any_cutting(bodies in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 0..6), piece in 1_usize..700) {
            let frames = read_all(&stream(&bodies), piece).unwrap();
            let decoded: Vec<Vec<u8>> =
                frames.iter().map(|frame| postcard::from_bytes::<&Bytes>(frame).unwrap().to_vec()).collect();
            prop_assert_eq!(decoded, bodies);
        }

        #[test]
        fn noise_is_an_error_and_never_a_frame_to_wait_for(noise in prop::collection::vec(any::<u8>(), 8..64)) {
            // A header passes by chance once in four thousand million.
            prop_assert!(read_all(&noise, 64).is_err());
        }
    }

    #[test]
    fn a_frame_larger_than_the_room_comes_whole() {
        let body = vec![7; 3 * ROOM + 5];
        let frames = read_all(&stream(std::slice::from_ref(&body)), 10_000).unwrap();
        assert_eq!(postcard::from_bytes::<&Bytes>(&frames[0]).unwrap().as_ref(), body);
    }

    #[test]
    fn a_length_beyond_the_bound_is_refused_at_the_header() {
        let length = MOST_BYTES as u32 + 1;
        let header: Vec<u8> = [length.to_le_bytes(), (!length).to_le_bytes()].concat();
        assert!(matches!(read_all(&header, 8), Err(Damaged::TooLong(_))));
        assert!(matches!(write(&mut vec![], &Bytes::new(&vec![0; MOST_BYTES + 1])), Err(Damaged::TooLong(_))));
    }

    #[test]
    fn a_small_job_takes_less_than_a_hundred_bytes_each_way() {
        let (request, reply) = frame_sizes("double", &21_u64, &42_u64).unwrap();
        assert_eq!((request, reply), (HEADER + 2 + 7 + 2, HEADER + 1 + 2 + 5 * 7 + 1 + 2));
    }

    #[test]
    fn messages_are_read_as_they_were_written() {
        let marks = Marks { received: 1, resolved: 2, decoded: 3, ran: u64::MAX, encoded: 5 };
        let reply = Reply::Done { number: 9, marks, result: Err("no luck") };
        let mut frame = vec![];
        write(&mut frame, &reply).unwrap();
        assert_eq!(postcard::from_bytes::<Reply<'_>>(&frame[HEADER..]).unwrap(), reply);
    }
}
