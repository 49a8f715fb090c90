//! A bare ping-pong over a socket pair, between this process and another: the least that a round trip can cost.
//!
//! The other process is `fanout echo REQUEST REPLY`, a hidden subcommand that answers each REQUEST bytes with REPLY bytes.

use std::io::{self, Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use crate::labs::headless::Failure;
use crate::runtime::ranks::not_a_rank;
use crate::runtime::stats::Samples;

/// Round trips that are measured, after a tenth of them to warm up.
const ROUND_TRIPS: usize = 2000;

/// The longest message, in bytes.
const MOST_BYTES: usize = 1 << 20;

/// Arguments of `fanout echo`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Bytes of a request.
    #[arg(value_parser = clap::value_parser!(u64).range(1..=MOST_BYTES as u64))]
    request: u64,
    /// Bytes of a reply.
    #[arg(value_parser = clap::value_parser!(u64).range(1..=MOST_BYTES as u64))]
    reply: u64,
}

/// Answers requests on the socket that is the standard input, until it is closed.
pub fn run(args: &Args) -> Result<(), Failure> {
    let mut socket = UnixStream::from(io::stdin().as_fd().try_clone_to_owned()?);
    let (mut request, reply) = (vec![0; args.request as usize], vec![1; args.reply as usize]);
    loop {
        match socket.read_exact(&mut request) {
            Ok(()) => socket.write_all(&reply)?,
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(()),
            Err(error) => return Err(error.into()),
        }
    }
}

/// The other process and the socket to it. Dropped, it is ended and waited for.
#[derive(Debug)]
pub struct Echo {
    child: Child,
    /// None once it was closed to end the child.
    socket: Option<UnixStream>,
    request: Vec<u8>,
    reply: Vec<u8>,
}

impl Echo {
    /// Starts it, for messages of these lengths.
    pub fn start(executable: &Path, request: usize, reply: usize) -> io::Result<Self> {
        let (ours, theirs) = UnixStream::pair()?;
        let child = not_a_rank(&mut Command::new(executable))
            .args(["echo", &request.to_string(), &reply.to_string()])
            .stdin(Stdio::from(OwnedFd::from(theirs)))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        Ok(Self { child, socket: Some(ours), request: vec![0; request], reply: vec![0; reply] })
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends a request and waits for the reply.
    pub fn round_trip(&mut self) -> io::Result<()> {
        let Some(socket) = &mut self.socket else { return Err(io::ErrorKind::NotConnected.into()) };
        socket.write_all(&self.request)?;
        socket.read_exact(&mut self.reply)
    }

    /// Many round trips, each in seconds.
    pub fn round_trips(&mut self) -> io::Result<Samples> {
        for _ in 0..ROUND_TRIPS / 10 {
            self.round_trip()?;
        }
        let mut times = Vec::with_capacity(ROUND_TRIPS);
        for _ in 0..ROUND_TRIPS {
            let start = Instant::now();
            self.round_trip()?;
            times.push(start.elapsed().as_secs_f64());
        }
        Ok(times.into_iter().collect())
    }

    /// Closes the socket, which ends it, and waits for that.
    pub fn end(mut self) -> io::Result<()> {
        self.socket = None;
        self.child.wait()?;
        Ok(())
    }
}

impl Drop for Echo {
    fn drop(&mut self) {
        if self.socket.take().is_some() {
            // Both fail only when it has ended already.
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}
