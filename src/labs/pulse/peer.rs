//! A peer that is slow on purpose: it answers a request after the time that the request names.
//!
//! Whoever waits for its answer waits on a real socket; only the peer's slowness is simulated.

use std::io::{self, Read, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::time::Timespec;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// A request: how long the answer is to take, in microseconds. The answer is the same number.
type Message = [u8; 8];

/// The connection to the slow peer, which is a thread of its own. One request at a time.
#[derive(Debug)]
pub struct Peer {
    ours: UnixStream,
    thread: Option<JoinHandle<()>>,
}

impl Peer {
    /// Starts the peer and connects to it.
    pub fn start() -> io::Result<Self> {
        let (ours, theirs) = UnixStream::pair()?;
        let thread = thread::Builder::new().name("pulse-peer".to_owned()).spawn(move || serve(theirs))?;
        Ok(Self { ours, thread: Some(thread) })
    }

    /// Asks for an answer that takes so long, and blocks the calling thread until it is there.
    pub fn ask(&self, takes: Duration) -> io::Result<()> {
        let request = message(takes);
        (&self.ours).write_all(&request)?;
        let mut answer = Message::default();
        (&self.ours).read_exact(&mut answer)?;
        check(request, answer)
    }

    /// Asks for an answer that takes so long; meanwhile the event loop goes on. From then on the socket no longer blocks.
    pub async fn ask_async(&self, takes: Duration) -> io::Result<()> {
        let stream = self.ours.try_clone()?;
        stream.set_nonblocking(true)?;
        let mut stream = tokio::net::UnixStream::from_std(stream)?;
        let request = message(takes);
        stream.write_all(&request).await?;
        let mut answer = Message::default();
        stream.read_exact(&mut answer).await?;
        check(request, answer)
    }

    /// Ends the connection, from any thread: who waits for an answer gets an error at once.
    pub fn hang_up(&self) {
        // A connection that has ended already needs no end.
        let _ = self.ours.shutdown(Shutdown::Both);
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.hang_up();
        if let Some(thread) = self.thread.take() {
            // It ends when the connection does, and has nothing to say.
            let _ = thread.join();
        }
    }
}

fn message(takes: Duration) -> Message {
    (takes.as_micros() as u64).to_le_bytes()
}

fn check(request: Message, answer: Message) -> io::Result<()> {
    if request == answer { Ok(()) } else { Err(io::Error::new(io::ErrorKind::InvalidData, "not the answer")) }
}

/// Answers until the other side hangs up.
fn serve(mut stream: UnixStream) {
    let mut request = Message::default();
    while stream.read_exact(&mut request).is_ok() {
        let takes = Duration::from_micros(u64::from_le_bytes(request));
        // An end of the connection cuts the waiting short, and the answer then fails.
        let hung_up = PollFlags::HUP;
        let time = Timespec { tv_sec: takes.as_secs() as i64, tv_nsec: i64::from(takes.subsec_nanos()) };
        let _ = poll(&mut [PollFd::new(&stream, hung_up)], Some(&time));
        if stream.write_all(&request).is_err() {
            break;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Instant;

    #[test]
    fn an_answer_takes_as_long_as_asked() {
        let peer = Peer::start().unwrap();
        let begun = Instant::now();
        peer.ask(Duration::from_millis(20)).unwrap();
        assert!(begun.elapsed() >= Duration::from_millis(20));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().unwrap();
        runtime.block_on(peer.ask_async(Duration::from_millis(20))).unwrap();
        assert!(begun.elapsed() >= Duration::from_millis(40));
    }

    #[test]
    fn who_waits_is_freed_by_the_end_of_the_connection() {
        let peer = Peer::start().unwrap();
        thread::scope(|scope| {
            let waiting = scope.spawn(|| peer.ask(Duration::from_hours(1)));
            peer.hang_up();
            assert!(waiting.join().unwrap().is_err());
        });
    }
}
