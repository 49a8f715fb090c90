//! A thread for each connection, on both sides, and sockets that block: the code reads from top to bottom, and every
//! conversation costs a stack and a thread of the system (item 61, before the port). Beside `coroutines` it is the same file,
//! line by line, without `async` and `.await`; what differs is how conversations are begun and how they are ended.
//!
//! Python: `for connection in listener: Thread(target=Session(connection).loop).start()`

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, Builder, Scope};
use std::time::Instant;
use std::{fmt, iter, mem};

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::sockets::{Kept, Sockets};
use super::{Anything, Style, accepted};
use crate::labs::guess::line_buffer::LineBuffer;
use crate::labs::guess::patience::Deadline;
use crate::labs::guess::play::{Game, Mischief, Outcome, Play, Seat};
use crate::labs::guess::protocol::{Decision, Fault, Player, Request, parse_answer};
use crate::labs::guess::server::{Server, Visit};
use crate::runtime::strategy::{About, Setup, Strategy, supports_all};

/// The table's line.
pub(crate) const STRATEGY: Strategy<Anything, dyn Style> = Strategy {
    about: About {
        id: "threads",
        title: "Threads",
        item: 61,
        claim: "A thread a connection reads simply and costs a stack and two switches a request",
        wrong_on_purpose: false,
        source: include_str!("threads.rs"),
    },
    supports: supports_all,
    make: |setup| Ok(Box::new(Threads { setup: setup.clone() })),
};

struct Threads {
    setup: Setup,
}

impl Style for Threads {
    fn serve(&self, listener: TcpListener, server: &Arc<Server>) -> io::Result<()> {
        let (sockets, address) = (Sockets::default(), listener.local_addr()?);
        thread::scope(|scope| {
            self.start(scope, "guess-stop", || {
                wait_for(&server.stop);
                sockets.close_all();
                // Accepting blocks too: one more connection wakes it.
                let _ = TcpStream::connect(address);
            })?;
            // However accepting ends, the thread above has to end as well.
            let _ended = server.stop.clone().drop_guard();
            loop {
                let stream = listener.accept();
                if server.stop.is_cancelled() {
                    return Ok(());
                }
                let Some(visit) = accepted(&stream)?.then(|| server.enter()).flatten() else { continue };
                let wire = Wire::new(sockets.keep(stream?.0), server.deadline.clone());
                if self.start(scope, "guess-conn", move || answer(&wire, visit)).is_err() {
                    server.refuse();
                }
            }
        })
    }

    fn play(&self, play: &Arc<Play>, mut seats: mpsc::Receiver<Seat>) -> io::Result<()> {
        let sockets = &Sockets::default();
        let done = play.stop.child_token();
        thread::scope(|scope| {
            self.start(scope, "guess-stop", || {
                wait_for(&done);
                sockets.close_all();
                play.thinking.end();
            })?;
            let _done = done.clone().drop_guard();
            thread::scope(|clients| {
                while let Some(seat) = seats.blocking_recv().filter(|_| !play.stop.is_cancelled()) {
                    // When one cannot be started, those that play already are ended.
                    self.start(clients, "guess-client", move || take_part(&seat, sockets))
                        .inspect_err(|_| play.stop.cancel())?;
                }
                Ok(())
            })
        })
    }
}

impl Threads {
    /// Starts a thread. Its stack is small, since many may be needed; when there are too many, the system refuses.
    fn start<'scope>(
        &'scope self,
        scope: &'scope Scope<'scope, '_>,
        name: &str,
        body: impl FnOnce() + Send + 'scope,
    ) -> io::Result<()> {
        let thread = Builder::new().name(name.to_owned()).stack_size(128 * 1024);
        thread.spawn_scoped(scope, || {
            self.setup.enter_thread();
            body();
        })?;
        Ok(())
    }
}

/// Blocks the thread until the token is cancelled. A token is awaited, so this is an event loop for it alone.
fn wait_for(stop: &CancellationToken) {
    match tokio::runtime::Builder::new_current_thread().build() {
        Ok(runtime) => runtime.block_on(stop.cancelled()),
        Err(_) => stop.cancel(),
    }
}

/// The server's side of one connection, from its first line to its last.
fn answer(wire: &Wire, mut visit: Visit) {
    let result = converse(wire, &mut visit);
    // What was asked before a fault is still answered.
    let flushed = wire.flush();
    visit.leave(result.and(flushed));
}

fn converse(wire: &Wire, visit: &mut Visit) -> Result<(), Fault> {
    while let Some(request) = wire.receive(Request::parse)? {
        if let Some(number) = visit.take(request)? {
            wire.send(&number);
        }
    }
    Ok(())
}

/// One client's games, one after another over one connection; after a fault it connects anew.
fn take_part(seat: &Seat, sockets: &Sockets) {
    let mut connected = None;
    while let Some(mut turn) = seat.next_game() {
        let mut client = match connected.take() {
            Some(client) => client,
            None => match Client::connect(seat, sockets) {
                Ok(client) => client,
                Err(error) => return seat.cannot_connect(&error),
            },
        };
        let result = client.play(turn.begin());
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
    pub(crate) fn connect(seat: &Seat, sockets: &Sockets) -> io::Result<Self> {
        let stream = sockets.keep(TcpStream::connect(seat.play.address)?);
        Ok(Self { wire: Wire::new(stream, seat.play.deadline.clone()), seat: seat.clone() })
    }

    /// Plays a game: the results are collected from the numbers as they come.
    pub(crate) fn play(&mut self, game: Game) -> Result<Vec<Outcome>, Fault> {
        self.with_session(game, |session| {
            let numbers = session.request_numbers(game.guesses);
            let outcomes = numbers.map(|number| {
                let number = number?;
                session.think()?;
                Ok((number, session.report_outcome(number)))
            });
            outcomes.collect()
        })
    }

    /// A session as a scope: it is ended on the wire whichever way the body ends, by success or by error. One that is cut off
    /// closes the connection.
    pub(crate) fn with_session<T>(
        &mut self,
        game: Game,
        body: impl FnOnce(&Session<'_>) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let Self { wire, seat } = self;
        let whole = Whole { wire, ended: false };
        let session = Session { wire, seat, player: Mutex::new(Player::new(game.secret)) };
        session.send(&Request::Params { lower: game.lower, upper: game.upper });
        let result = body(&session);
        session.send(&Request::RESET);
        let sent = wire.flush();
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
    pub(crate) fn request_numbers(&self, count: usize) -> impl Iterator<Item = Result<i64, Fault>> {
        let mut left = count;
        iter::from_fn(move || {
            left = left.checked_sub(1).filter(|_| !self.player().found())?;
            Some(self.request_number())
        })
    }

    fn request_number(&self) -> Result<i64, Fault> {
        let asked = self.seat.asked();
        self.send(&Request::Number);
        let number = self.wire.receive(parse_answer)?.ok_or(Fault::Closed)?;
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
    fn think(&self) -> Result<(), Fault> {
        self.seat.play.thinking.think();
        match self.seat.next_step()? {
            None => return Ok(()),
            Some(Mischief::Drop) => self.wire.close(),
            Some(Mischief::Garbage) => self.send(&"\u{1b}[2J garbage \0"),
            Some(Mischief::Stall) => {}
        }
        // The server ends a connection that says nothing, or nonsense: wait for that.
        self.wire.receive(parse_answer)?;
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
    stream: Kept,
    deadline: Deadline,
    buffers: Mutex<Buffers>,
}

#[derive(Debug, Default)]
struct Buffers {
    input: LineBuffer,
    output: Vec<u8>,
}

/// Bytes read at once.
const CHUNK: usize = 2048;

impl Wire {
    /// Lines over this stream; the peer has until the deadline for each.
    pub(crate) fn new(stream: Kept, deadline: Deadline) -> Self {
        // What a peer that is already gone refuses, the first read will tell.
        let _ = stream.set_nodelay(true);
        let _ = stream.set_write_timeout(deadline.get());
        let _ = stream.set_read_timeout(deadline.get());
        Self { stream, deadline, buffers: Mutex::default() }
    }

    /// Sends a line. It leaves with the next [`Wire::receive`] or [`Wire::flush`].
    pub(crate) fn send(&self, line: &dyn fmt::Display) {
        // Writing to memory does not fail.
        let _ = writeln!(self.buffers().output, "{line}");
    }

    /// Waits for a line and reads it; none when the peer has closed its side.
    pub(crate) fn receive<T>(&self, read: impl Fn(&[u8]) -> Result<T, Fault>) -> Result<Option<T>, Fault> {
        let mut begun = None;
        loop {
            if let Some(line) = self.buffers().input.next_line()? {
                return read(line).map(Some);
            }
            self.flush()?;
            if !self.fill(*begun.get_or_insert_with(Instant::now))? {
                return Ok(None);
            }
        }
    }

    /// Writes what was sent so far.
    pub(crate) fn flush(&self) -> Result<(), Fault> {
        let mut output = mem::take(&mut self.buffers().output);
        let mut written = 0;
        while written < output.len() {
            written += self.write(&output[written..])?;
        }
        output.clear();
        self.buffers().output = output;
        Ok(())
    }

    /// Closes the connection, both ways.
    pub(crate) fn close(&self) {
        // One that is closed already stays so.
        let _ = self.stream.shutdown(Shutdown::Both);
    }

    /// Reads once; false at the end. The deadline counts from `begun`, so that a line cannot come byte by byte for ever.
    fn fill(&self, begun: Instant) -> Result<bool, Fault> {
        let mut bytes = [0; CHUNK];
        match (&*self.stream).read(&mut bytes) {
            Ok(0) => return Ok(false),
            Ok(count) => self.buffers().input.fill(&bytes[..count]),
            Err(error) => self.waited(&error)?,
        }
        if self.deadline.passed(begun) { Err(Fault::Silent) } else { Ok(true) }
    }

    fn write(&self, bytes: &[u8]) -> Result<usize, Fault> {
        match (&*self.stream).write(bytes) {
            Ok(0) => Err(Fault::Lost),
            Ok(count) => Ok(count),
            Err(error) if error.kind() == ErrorKind::Interrupted => Ok(0),
            Err(error) if error.kind() == ErrorKind::WouldBlock => Err(Fault::Silent),
            Err(_) => Err(Fault::Lost),
        }
    }

    /// A read has ended without bytes: it may go on unless the connection is lost. The deadline may have been changed.
    fn waited(&self, error: &io::Error) -> Result<(), Fault> {
        match error.kind() {
            ErrorKind::Interrupted => Ok(()),
            ErrorKind::WouldBlock => self.stream.set_read_timeout(self.deadline.get()).map_err(|_| Fault::Lost),
            _ => Err(Fault::Lost),
        }
    }

    fn buffers(&self) -> MutexGuard<'_, Buffers> {
        self.buffers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
