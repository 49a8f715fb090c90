//! A bare ping-pong over a socket pair (beyond the seed): the same bytes as a small job for a process pool, between two
//! processes, with nothing else done. It is the yardstick of `process-job`: what is more than this is the pool's own.
//!
//! Python: `ours, theirs = socket.socketpair(); ours.sendall(request); reply = ours.recv(65536)`

use std::os::unix::net::UnixStream;
use std::path::PathBuf;

use super::{CannotMeasure, Row, Unit, process_job, rounds};
use crate::labs::costs::echo::Echo;
use crate::labs::costs::limits::Limits;
use crate::labs::costs::order::Alive;
use crate::labs::costs::placement::apart;
use crate::runtime::stats::Samples;
use crate::runtime::strategy::{About, Strategy, supports_all};

/// The row of the table.
pub(super) const STRATEGY: Row = Strategy {
    about: About {
        id: "socket-pair",
        title: "socket pair",
        item: 0,
        claim: "a bare ping-pong of the same bytes between two processes: the yardstick of a process-pool job",
        wrong_on_purpose: false,
        source: include_str!("socket_pair.rs"),
    },
    supports: supports_all,
    make: |setup| Ok(Box::new(SocketPair { executable: setup.executable.clone() })),
};

struct SocketPair {
    executable: PathBuf,
}

impl Unit for SocketPair {
    /// A round opens and closes `count` pairs, one after another.
    fn start(&self, count: usize) -> Result<Samples, CannotMeasure> {
        rounds(count, |count| {
            for _ in 0..count {
                drop(UnixStream::pair()?);
            }
            Ok(())
        })
    }

    /// Its memory is the kernel's, and in no process's figures.
    fn alive(&self, count: usize, _deep: bool) -> Result<Alive, CannotMeasure> {
        let (count, bounded) = Limits::read().socket_pairs().of(count);
        let mut open = Vec::with_capacity(count);
        while open.len() < count {
            match UnixStream::pair() {
                Ok(pair) => open.push(pair),
                Err(_) => break,
            }
        }
        let failed_at = (open.len() < count).then_some(open.len());
        Ok(Alive { bytes: None, tried: count, failed_at, bounded: bounded.map(str::to_owned) })
    }

    /// A round trip of the same bytes as a job of `process-job`, to another core.
    fn switch(&self) -> Result<Samples, CannotMeasure> {
        let (request, reply) = process_job::bytes()?;
        let mut echo = apart(|| Echo::start(&self.executable, request, reply))?;
        let round_trips = echo.round_trips()?;
        echo.end()?;
        Ok(round_trips)
    }
}
