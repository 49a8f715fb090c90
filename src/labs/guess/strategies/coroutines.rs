//! One event loop for all connections, on both sides: the same code as `threads` with `async` and `.await` in it, and ten
//! thousand conversations cost no more threads than one (item 61, after the port). A session is an asynchronous scope, the
//! numbers are a stream, and the results are collected from it; a conversation that is cut off is simply dropped.
//!
//! Python: `async with client.session(1, 5, 3): results = [(x, await client.report_outcome(x)) async for x in client.request_numbers(5)]`

use std::fmt;
use std::future::poll_fn;
use std::io::{self, ErrorKind, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Instant;

use futures_util::stream::{self, Stream, StreamExt, TryStreamExt};
use rustix::net::{SendFlags, Shutdown, shutdown};
use tokio::io::Interest;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::alarm::Alarm;
use super::{Anything, Style, accepted};
use crate::labs::guess::line_buffer::LineBuffer;
use crate::labs::guess::patience::Deadline;
use crate::labs::guess::play::{Game, Mischief, Outcome, Play, Seat};
use crate::labs::guess::protocol::{Decision, Fault, Player, Request, parse_answer};
use crate::labs::guess::server::{Server, Visit};
use crate::runtime::strategy::{About, CannotStart, Setup, Strategy, supports_all};

/// The table's line.
pub(crate) const STRATEGY: Strategy<Anything, dyn Style> = Strategy {
    about: About {
        id: "coroutines",
        title: "Coroutines",
        item: 61,
        claim: "One event loop talks to ten thousand connections in less than 3 KiB each, on one thread",
        wrong_on_purpose: false,
        source: include_str!("coroutines.rs"),
    },
    supports: supports_all,
    make: |setup| {
        // Asked for news less often than by default: with a hundred conversations going on there always are some.
        let runtime = Builder::new_current_thread().enable_all().event_interval(256).build();
        let runtime = runtime.map_err(|error| CannotStart::new("coroutines", error))?;
        Ok(Box::new(Coroutines { runtime, setup: setup.clone() }))
    },
};

/// Conversations as coroutines, on whatever runtime; the calling thread drives it.
pub(super) struct Coroutines {
    pub(super) runtime: Runtime,
    pub(super) setup: Setup,
}

impl Style for Coroutines {
    fn serve(&self, listener: std::net::TcpListener, server: &Arc<Server>) -> io::Result<()> {
        self.setup.enter_thread();
        listener.set_nonblocking(true)?;
        self.runtime.block_on(async {
            let listener = TcpListener::from_std(listener)?;
            let mut connections = JoinSet::new();
            loop {
                let stream = tokio::select! {
                    stream = listener.accept() => stream,
                    Some(_) = connections.join_next() => continue,
                    () = server.stop.cancelled() => break,
                };
                let Some(visit) = accepted(&stream)?.then(|| server.enter()).flatten() else { continue };
                let wire = Wire::new(stream?.0, server.deadline.clone());
                connections.spawn(async move { answer(&wire, visit).await });
            }
            // Each is dropped where it waits, and its connection with it.
            connections.shutdown().await;
            Ok(())
        })
    }

    fn play(&self, play: &Arc<Play>, mut seats: mpsc::Receiver<Seat>) -> io::Result<()> {
        self.setup.enter_thread();
        self.runtime.block_on(async {
            let mut clients = JoinSet::new();
            let all_played = async {
                while let Some(seat) = seats.recv().await {
                    clients.spawn(async move { take_part(&seat).await });
                }
                while clients.join_next().await.is_some() {}
            };
            play.stop.run_until_cancelled(all_played).await;
            clients.shutdown().await;
            Ok(())
        })
    }
}

/// The server's side of one connection, from its first line to its last.
async fn answer(wire: &Wire, mut visit: Visit) {
    let result = converse(wire, &mut visit).await;
    // What was asked before a fault is still answered.
    let flushed = wire.flush().await;
    visit.leave(result.and(flushed));
}

async fn converse(wire: &Wire, visit: &mut Visit) -> Result<(), Fault> {
    while let Some(request) = wire.receive(Request::parse).await? {
        if let Some(number) = visit.take(request)? {
            wire.send(&number);
        }
    }
    Ok(())
}

/// One client's games, one after another over one connection; after a fault it connects anew.
pub(super) async fn take_part(seat: &Seat) {
    let mut connected = None;
    while let Some(mut turn) = seat.next_game() {
        let mut client = match connected.take() {
            Some(client) => client,
            None => match Client::connect(seat).await {
                Ok(client) => client,
                Err(error) => return seat.cannot_connect(&error),
            },
        };
        let result = client.play(turn.begin()).await;
        connected = result.is_ok().then_some(client);
        turn.end(&result);
    }
}

/// A client that is connected.
#[derive(Debug)]
pub(crate) struct Client {
    wire: Wire,
    seat: Seat,
}

impl Client {
    /// Connects.
    pub(crate) async fn connect(seat: &Seat) -> io::Result<Self> {
        let stream = TcpStream::connect(seat.play.address).await?;
        Ok(Self { wire: Wire::new(stream, seat.play.deadline.clone()), seat: seat.clone() })
    }

    /// Plays a game: the results are collected from the numbers as they come.
    pub(crate) async fn play(&mut self, game: Game) -> Result<Vec<Outcome>, Fault> {
        self.with_session(game, async |session| {
            let numbers = session.request_numbers(game.guesses);
            let outcomes = numbers.then(async |number| {
                let number = number?;
                session.think().await?;
                Ok((number, session.report_outcome(number)))
            });
            outcomes.try_collect().await
        })
        .await
    }

    /// A session as a scope: it is ended on the wire whichever way the body ends, by success or by error. One that is cut off
    /// closes the connection.
    pub(crate) async fn with_session<T>(
        &mut self,
        game: Game,
        body: impl AsyncFnOnce(&Session<'_>) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let Self { wire, seat } = self;
        let whole = Whole { wire, ended: false };
        let session = Session { wire, seat, player: Mutex::new(Player::new(game.secret)) };
        session.send(&Request::Params { lower: game.lower, upper: game.upper });
        let result = body(&session).await;
        session.send(&Request::RESET);
        let sent = wire.flush().await;
        whole.end();
        result.and_then(|made| sent.map(|()| made))
    }
}

/// Closes the connection of a session that did not come to its end.
struct Whole<'a> {
    wire: &'a Wire,
    ended: bool,
}

impl Whole<'_> {
    fn end(mut self) {
        self.ended = true;
    }
}

impl Drop for Whole<'_> {
    fn drop(&mut self) {
        if !self.ended {
            self.wire.close();
        }
    }
}

/// A game that is being played.
#[derive(Debug)]
pub(crate) struct Session<'a> {
    wire: &'a Wire,
    seat: &'a Seat,
    player: Mutex<Player>,
}

impl Session<'_> {
    /// The numbers that the server guesses, as they come: so many at most, and none after the secret.
    pub(crate) fn request_numbers(&self, count: usize) -> impl Stream<Item = Result<i64, Fault>> {
        stream::unfold(count, async move |left| {
            let left = left.checked_sub(1).filter(|_| !self.player().found())?;
            Some((self.request_number().await, left))
        })
    }

    async fn request_number(&self) -> Result<i64, Fault> {
        let asked = self.seat.asked();
        self.send(&Request::Number);
        let number = self.wire.receive(parse_answer).await?.ok_or(Fault::Closed)?;
        self.seat.answered(number, asked);
        self.seat.said(false, &number);
        Ok(number)
    }

    /// Tells the server what to think of its number.
    pub(crate) fn report_outcome(&self, number: i64) -> Decision {
        let decision = self.player().judge(number);
        self.send(&Request::Report(decision));
        self.seat.reported(decision);
        decision
    }

    /// Thinks for as long as the pace says, and does what a person makes the client do.
    async fn think(&self) -> Result<(), Fault> {
        self.seat.play.thinking.think_async().await;
        match self.seat.next_step()? {
            None => return Ok(()),
            Some(Mischief::Drop) => self.wire.close(),
            Some(Mischief::Garbage) => self.send(&"\u{1b}[2J garbage \0"),
            Some(Mischief::Stall) => {}
        }
        // The server ends a connection that says nothing, or nonsense: wait for that.
        self.wire.receive(parse_answer).await?;
        Err(Fault::Closed)
    }

    fn send(&self, line: &dyn fmt::Display) {
        self.seat.said(true, line);
        self.wire.send(line);
    }

    fn player(&self) -> MutexGuard<'_, Player> {
        self.player.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection as lines. What is sent leaves when the next line is waited for: lines that belong together share a write.
#[derive(Debug)]
pub(crate) struct Wire {
    stream: TcpStream,
    deadline: Deadline,
    buffers: Mutex<Buffers>,
    alarm: Mutex<Alarm>,
}

#[derive(Debug, Default)]
struct Buffers {
    input: LineBuffer,
    output: Vec<u8>,
}

/// A peer that is gone is an error, and no signal; where a call cannot say so, Rust's runtime has the signal ignored.
#[cfg(target_os = "linux")]
const NO_SIGNAL: SendFlags = SendFlags::NOSIGNAL;
#[cfg(not(target_os = "linux"))]
const NO_SIGNAL: SendFlags = SendFlags::empty();

/// Bytes read at once.
const CHUNK: usize = 2048;

impl Wire {
    /// Lines over this stream; the peer has until the deadline for each.
    pub(crate) fn new(stream: TcpStream, deadline: Deadline) -> Self {
        // What a peer that is already gone refuses, the first read will tell.
        let _ = stream.set_nodelay(true);
        Self { stream, deadline, buffers: Mutex::default(), alarm: Mutex::default() }
    }

    /// Sends a line. It leaves with the next [`Wire::receive`] or [`Wire::flush`].
    pub(crate) fn send(&self, line: &dyn fmt::Display) {
        // Writing to memory does not fail.
        let _ = writeln!(self.buffers().output, "{line}");
    }

    /// Waits for a line and reads it; none when the peer has closed its side.
    pub(crate) async fn receive<T>(&self, read: impl Fn(&[u8]) -> Result<T, Fault>) -> Result<Option<T>, Fault> {
        let mut begun = None;
        loop {
            if let Some(line) = self.buffers().input.next_line()? {
                return read(line).map(Some);
            }
            self.flush().await?;
            if !self.fill(*begun.get_or_insert_with(Instant::now)).await? {
                return Ok(None);
            }
        }
    }

    /// Writes what was sent so far.
    pub(crate) async fn flush(&self) -> Result<(), Fault> {
        while !self.write()? {
            self.patient(Instant::now(), |context| self.stream.poll_write_ready(context)).await?;
        }
        Ok(())
    }

    /// Closes the connection, both ways.
    pub(crate) fn close(&self) {
        // One that is closed already stays so.
        let _ = shutdown(&self.stream, Shutdown::Both);
    }

    /// Reads once; false at the end. The deadline counts from `begun`, so that a line cannot come byte by byte for ever.
    async fn fill(&self, begun: Instant) -> Result<bool, Fault> {
        self.patient(begun, |context| self.stream.poll_read_ready(context)).await?;
        let mut bytes = [0; CHUNK];
        match self.read(&mut bytes) {
            Ok(0) => return Ok(false),
            Ok(count) => self.buffers().input.fill(&bytes[..count]),
            Err(error) => waited(&error)?,
        }
        Ok(true)
    }

    /// Reads what is there. A short read has emptied the socket; the runtime is told so, because asking the socket again, to
    /// hear that it would block, would cost a call for each request.
    fn read(&self, bytes: &mut [u8]) -> io::Result<usize> {
        let (mut short, room) = (0, bytes.len());
        let read = self.stream.try_io(Interest::READABLE, || match rustix::io::read(&self.stream, bytes)? {
            count if 0 < count && count < room => {
                short = count;
                Err(ErrorKind::WouldBlock.into())
            }
            count => Ok(count),
        });
        if short > 0 { Ok(short) } else { read }
    }

    /// Writes as much as the socket takes, and says whether that was all.
    fn write(&self) -> Result<bool, Fault> {
        let output = &mut self.buffers().output;
        while !output.is_empty() {
            let send = || Ok(rustix::net::send(&self.stream, output, NO_SIGNAL)?);
            match self.stream.try_io(Interest::WRITABLE, send) {
                Ok(0) => return Err(Fault::Lost),
                Ok(count) => drop(output.drain(..count)),
                Err(error) => {
                    waited(&error)?;
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }

    /// Waits until the socket is ready, or until the deadline, which may be changed meanwhile.
    async fn patient(
        &self,
        begun: Instant,
        ready: impl Fn(&mut Context<'_>) -> Poll<io::Result<()>>,
    ) -> Result<(), Fault> {
        poll_fn(|context| match ready(context) {
            Poll::Ready(ready) => Poll::Ready(ready.map_err(|_| Fault::Lost)),
            Poll::Pending => self.alarm().poll(begun, &self.deadline, context).map(|()| Err(Fault::Silent)),
        })
        .await
    }

    fn alarm(&self) -> MutexGuard<'_, Alarm> {
        self.alarm.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn buffers(&self) -> MutexGuard<'_, Buffers> {
        self.buffers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A call has ended without bytes: it may be made again unless the connection is lost.
fn waited(error: &io::Error) -> Result<(), Fault> {
    match error.kind() {
        ErrorKind::Interrupted | ErrorKind::WouldBlock => Ok(()),
        _ => Err(Fault::Lost),
    }
}
