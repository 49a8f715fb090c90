//! The worker's side: `fanout worker` takes jobs from the socket it inherited as its standard input, until that ends.

use std::io::{self, Write};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::thread;

use rustix::event::{PollFd, PollFlags, poll};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_bytes::Bytes;

use super::frame::{self, Damaged, Inbox, Marks, PROTOCOL, Reply, Request};
use crate::runtime::caught;
use crate::runtime::clock;

/// A job that worker processes can run: it takes its input from the call and returns its encoded result. It keeps nothing
/// between calls, so that any worker may run it again.
pub type Job = fn(&mut Call<'_>) -> Result<Vec<u8>, String>;

/// One call of a job: its encoded input, and the times of its stages.
#[derive(Debug)]
pub struct Call<'a> {
    input: &'a [u8],
    marks: Marks,
}

impl Call<'_> {
    /// Decodes the input, runs `work` on it and encodes what it returns, noting when.
    pub fn run<I: DeserializeOwned, O: Serialize>(
        &mut self,
        work: impl FnOnce(I) -> Result<O, String>,
    ) -> Result<Vec<u8>, String> {
        let input =
            postcard::from_bytes(self.input).map_err(|error| format!("the input cannot be decoded: {error}"))?;
        self.marks.decoded = clock::now();
        let result = work(input);
        self.marks.ran = clock::now();
        let bytes = postcard::to_stdvec(&result?).map_err(|error| format!("the result cannot be encoded: {error}"))?;
        self.marks.encoded = clock::now();
        Ok(bytes)
    }
}

/// Why a worker process ended otherwise than by its pool's end.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// Its standard input is no socket.
    #[error("`fanout worker` is started by fanout itself, with a socket as its standard input")]
    NotAWorker(#[source] io::Error),
    /// The socket failed.
    #[error("the socket to the pool failed")]
    Socket(#[from] io::Error),
    /// What came over it was no request.
    #[error("the pool sent something that is no request")]
    Damaged(#[from] Damaged),
}

/// Serves these jobs until the pool closes the socket, or is gone.
pub fn serve(jobs: &[(&str, Job)]) -> Result<(), ServeError> {
    let mut socket = UnixStream::from(io::stdin().as_fd().try_clone_to_owned()?);
    socket.local_addr().map_err(ServeError::NotAWorker)?;
    end_with(&socket)?;
    let (mut inbox, mut out) = (Inbox::default(), Vec::new());
    frame::write(&mut out, &Reply::Ready(PROTOCOL))?;
    socket.write_all(&out)?;
    loop {
        while let Some(body) = inbox.next()? {
            answer(body, jobs, &mut out)?;
            socket.write_all(&out)?;
        }
        match inbox.fill(&mut socket) {
            Ok(0) if inbox.is_inside_frame() => return Err(Damaged::Cut.into()),
            Ok(0) => return Ok(()),
            Err(error) if error.kind() != io::ErrorKind::Interrupted => return Err(error.into()),
            _ => {}
        }
    }
}

/// Does what a request asks and writes the reply's frame into `out`.
fn answer(body: &[u8], jobs: &[(&str, Job)], out: &mut Vec<u8>) -> Result<(), Damaged> {
    let mut marks = Marks { received: clock::now(), ..Marks::default() };
    let request: Request<'_> = postcard::from_bytes(body)?;
    let job = jobs.iter().find(|(name, _)| *name == request.job);
    marks.resolved = clock::now();
    let mut call = Call { input: request.input, marks };
    let result = match job {
        Some((_, job)) => caught::catch(|| job(&mut call)).unwrap_or_else(|panic| Err(panic.to_string())),
        None => Err(format!("this worker knows no job {:?}", request.job)),
    };
    let reply = |result| Reply::Done { number: request.number, marks: call.marks, result };
    let written = match &result {
        Ok(bytes) => frame::write(out, &reply(Ok(Bytes::new(bytes)))),
        Err(why) => frame::write(out, &reply(Err(why))),
    };
    match written {
        // A result too long to send is that job's error, and not the worker's end.
        Err(error @ Damaged::TooLong(_)) => frame::write(out, &reply(Err(&error.to_string()))),
        other => other,
    }
}

/// Ends this process as soon as the pool's end of the socket is closed, also in the middle of a job: however the parent
/// ended, its socket closes with it.
///
/// (`PR_SET_PDEATHSIG` is no cure: it fires when the *thread* that started the child ends.)
fn end_with(socket: &UnixStream) -> io::Result<()> {
    let watched = socket.try_clone()?;
    thread::Builder::new().name("pool-watch".to_owned()).spawn(move || {
        loop {
            // Only the hang-up, which is always reported: requests do not wake this thread.
            let mut end = [PollFd::new(&watched, PollFlags::empty())];
            match poll(&mut end, None) {
                Err(rustix::io::Errno::INTR) => {}
                _ => std::process::exit(0),
            }
        }
    })?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const JOBS: &[(&str, Job)] = &[
        ("double", |call| call.run(|n: u32| n.checked_mul(2).ok_or_else(|| format!("{n} is too large")))),
        ("panic", |call| call.run(|text: String| -> Result<(), String> { panic!("{text}") })),
        ("endless", |call| call.run(|(): ()| Ok(Bytes::new(&[0; frame::MOST_BYTES + 1]).to_vec()))),
    ];

    /// What a worker answers to a job.
    fn ask<I: Serialize>(job: &str, input: &I) -> Result<Vec<u8>, String> {
        let (mut request, mut reply) = (vec![], vec![]);
        let input = postcard::to_stdvec(input).unwrap();
        frame::write(&mut request, &Request { number: 4, job, input: Bytes::new(&input) }).unwrap();
        answer(&request[8..], JOBS, &mut reply).unwrap();
        match postcard::from_bytes(&reply[8..]).unwrap() {
            Reply::Done { number: 4, result, .. } => result.map(|bytes| bytes.to_vec()).map_err(str::to_owned),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_job_answers_fails_and_panics_without_ending_the_worker() {
        assert_eq!(ask("double", &21_u32), Ok(postcard::to_stdvec(&42_u32).unwrap()));
        assert_eq!(ask("double", &u32::MAX).unwrap_err(), "4294967295 is too large");
        assert_eq!(ask("panic", &"broken").unwrap_err(), "panicked: broken");
        assert_eq!(ask("treble", &1).unwrap_err(), r#"this worker knows no job "treble""#);
        assert!(ask("double", &()).unwrap_err().starts_with("the input cannot be decoded"));
        assert!(ask("endless", &()).unwrap_err().contains("longer than the 134217728 that are allowed"));
    }
}
