//! One worker process, as its pool sees it: the child, the socket to it, and the job it has in hand.

use std::io::{self, Write};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use super::frame::{Damaged, Inbox};
use crate::runtime::clock;
use crate::runtime::priority::put_behind_screen;
use crate::runtime::ranks::not_a_rank;
use crate::runtime::span::Lane;

/// A worker process. Dropped, it is ended and waited for: no zombie stays.
#[derive(Debug)]
pub(super) struct Process {
    child: Child,
    pub(super) socket: UnixStream,
    pub(super) inbox: Inbox,
    /// The frame that is on its way to the worker, and how much of it has left.
    pub(super) out: Vec<u8>,
    sent: usize,
    /// It has said that it is up.
    pub(super) ready: bool,
    /// It was killed, and its socket has not told yet.
    killed: bool,
    pub(super) job: Option<InHand>,
    /// Requests sent to it so far.
    pub(super) requests: u64,
    pub(super) lane: Option<Lane>,
    /// When it last became free, in nanoseconds of the monotonic clock.
    pub(super) free_since: u64,
}

/// The job that a worker has in hand.
#[derive(Debug, Clone, Copy)]
pub(super) struct InHand {
    /// The input's index.
    pub(super) index: usize,
    /// When its input was being encoded, was sent, and must be answered, in nanoseconds of the monotonic clock.
    pub(super) began: u64,
    pub(super) send: u64,
    pub(super) deadline: u64,
}

impl Process {
    /// Starts a worker: this program with the argument `worker`, a socket as its standard input.
    ///
    /// The pool's end is close-on-exec, as the standard library makes them, so that no sibling keeps it open. The worker is in
    /// a process group of its own: a stop that is meant for the program's group would keep it from seeing the socket's end,
    /// and it would outlive a parent that is killed while both are stopped.
    pub(super) fn start(executable: &Path, behind_screen: bool) -> io::Result<Self> {
        let (ours, theirs) = UnixStream::pair()?;
        ours.set_nonblocking(true)?;
        let child = not_a_rank(&mut Command::new(executable))
            .arg("worker")
            .stdin(Stdio::from(OwnedFd::from(theirs)))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()?;
        if behind_screen {
            put_behind_screen(&child);
        }
        Ok(Self {
            child,
            socket: ours,
            inbox: Inbox::default(),
            out: Vec::new(),
            sent: 0,
            ready: false,
            killed: false,
            job: None,
            requests: 0,
            lane: None,
            free_since: clock::now(),
        })
    }

    /// Its process id.
    pub(super) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Whether it waits for a job. One that was killed does not, though its last answer may still be read.
    pub(super) fn is_free(&self) -> bool {
        self.ready && !self.killed && self.job.is_none()
    }

    /// Begins to send what stands in `out`.
    pub(super) fn begin_send(&mut self) -> io::Result<()> {
        self.sent = 0;
        self.go_on_sending()
    }

    /// Sends as much as the socket takes.
    pub(super) fn go_on_sending(&mut self) -> io::Result<()> {
        while self.is_sending() {
            match self.socket.write(&self.out[self.sent..]) {
                Ok(count) => self.sent += count,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Whether a part of the request is still to be sent.
    pub(super) fn is_sending(&self) -> bool {
        self.sent < self.out.len()
    }

    /// Reads what has come. An error means that this worker is of no use any more.
    pub(super) fn receive(&mut self) -> Result<(), Lost> {
        match self.inbox.fill(&mut self.socket) {
            Ok(0) => Err(if self.inbox.is_inside_frame() { Lost::Damaged(Damaged::Cut) } else { Lost::Ended }),
            Ok(_) => Ok(()),
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => Ok(()),
            Err(_) => Err(Lost::Ended),
        }
    }

    /// Ends it at once, whatever it does; its socket then tells.
    pub(super) fn kill(&mut self) {
        self.killed = true;
        // It fails only when the process has ended already.
        let _ = self.child.kill();
    }

    /// Ends it, waits for it, and says how it had ended.
    pub(super) fn end(&mut self) -> String {
        self.kill();
        match self.child.wait() {
            Ok(status) => status.to_string(),
            Err(error) => error.to_string(),
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.end();
    }
}

/// Why a worker process is of no use any more.
#[derive(Debug, thiserror::Error)]
pub(super) enum Lost {
    /// It has ended.
    #[error("it ended")]
    Ended,
    /// What it sent cannot be understood.
    #[error(transparent)]
    Damaged(#[from] Damaged),
    /// It answered something else than it was asked.
    #[error("it answered out of turn")]
    OutOfTurn,
    /// It is another build of this program.
    #[error("it speaks protocol {0}, not {ours}: the program was replaced while it ran", ours = super::frame::PROTOCOL)]
    Protocol(u32),
    /// It took longer than the job's deadline.
    #[error("it gave no answer in time and was ended")]
    Hung,
}
