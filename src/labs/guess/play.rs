//! The clients' side that every strategy shares: what they play, one client's seat, and what was counted and seen.

use std::fmt;
use std::net::SocketAddr;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

use crate::labs::guess::guesser::mix;
use crate::labs::guess::latency::Latency;
use crate::labs::guess::patience::{Deadline, Thinking};
use crate::labs::guess::protocol::{Decision, Fault};
use crate::labs::guess::watch::{Lane, LaneState, Watch};
use crate::runtime::span::{self, Recorder, State};

/// One game that a client plays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Game {
    /// The least number.
    pub lower: i64,
    /// The greatest number.
    pub upper: i64,
    /// The secret.
    pub secret: i64,
    /// Numbers asked for at most.
    pub guesses: usize,
}

impl fmt::Display for Game {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { lower, upper, secret, .. } = self;
        write!(f, "Guess a number between {lower} and {upper}! Shhhhh, it's {secret}.")
    }
}

/// A number that the server guessed, and what the client said of it.
pub type Outcome = (i64, Decision);

/// Which games are played.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Games {
    /// These in their order, again and again, so many in all.
    Listed(Vec<Game>, u64),
    /// For ever, in this range, each with another secret drawn from this seed, until it is found.
    Random {
        /// The least number.
        lower: i64,
        /// The greatest number.
        upper: i64,
        /// What the secrets are drawn from.
        seed: u64,
    },
}

/// What a person makes a client do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mischief {
    /// Close the connection in the middle of a game.
    Drop,
    /// Say what is not in the protocol.
    Garbage,
    /// Say nothing until the server loses patience.
    Stall,
}

/// What all clients of one run share.
pub struct Play {
    /// The server.
    pub address: SocketAddr,
    /// Cancelled when the clients are to end; games under way are cut off then.
    pub stop: CancellationToken,
    /// How long the server may take for an answer.
    pub deadline: Deadline,
    /// How long clients think before they answer.
    pub thinking: Thinking,
    /// What was counted.
    pub tally: PlayTally,
    /// Which games are played.
    games: Games,
    taken: AtomicU64,
    watch: Option<Watch>,
    on_game: Option<OnGame>,
    recorder: Recorder,
    no_server: OnceLock<String>,
}

/// What is told of every game.
pub type OnGame = Box<dyn Fn(&Game, Stage<'_>) + Send + Sync>;

/// How far a game is.
#[derive(Debug, Clone, Copy)]
pub enum Stage<'a> {
    /// It begins.
    Begun,
    /// It is over, with these results or this fault.
    Over(&'a Result<Vec<Outcome>, Fault>),
}

/// What clients count, from many threads.
#[derive(Debug, Default)]
pub struct PlayTally {
    /// Games begun.
    pub begun: AtomicU64,
    /// Games played to their end.
    pub finished: AtomicU64,
    /// Games finished in which the secret was found.
    pub won: AtomicU64,
    /// Games that a fault ended.
    pub failed: AtomicU64,
    /// Games cut off because the clients were told to end or to leave.
    pub cancelled: AtomicU64,
    /// Numbers asked for and answered.
    pub requests: AtomicU64,
    /// How long each of them took.
    pub latency: Latency,
}

impl Play {
    /// Games against the server at this address.
    pub fn new(address: SocketAddr, games: Games, deadline: Duration) -> Self {
        Self {
            address,
            stop: CancellationToken::new(),
            deadline: Deadline::new(deadline),
            thinking: Thinking::default(),
            tally: PlayTally::default(),
            games,
            taken: AtomicU64::new(0),
            watch: None,
            on_game: None,
            recorder: Recorder::off(),
            no_server: OnceLock::new(),
        }
    }

    /// The same, ended by this token.
    #[must_use]
    pub fn stopped_by(self, stop: CancellationToken) -> Self {
        Self { stop, ..self }
    }

    /// The same, recording when each client waited for a number.
    #[must_use]
    pub fn recorded(self, recorder: Recorder) -> Self {
        Self { recorder, ..self }
    }

    /// The same, telling of every game.
    #[must_use]
    pub fn telling(self, on_game: OnGame) -> Self {
        Self { on_game: Some(on_game), ..self }
    }

    /// The same, watched.
    #[must_use]
    pub fn watched(self, watch: Watch) -> Self {
        Self { watch: Some(watch), ..self }
    }

    /// What is recorded.
    pub fn recorder(&self) -> &Recorder {
        &self.recorder
    }

    /// The seat of this number.
    pub fn seat(self: &Arc<Self>, index: usize) -> Seat {
        let spans = self.recorder.lane(format!("client {index}"));
        Seat { play: Arc::clone(self), index, place: Arc::default(), spans }
    }

    /// Games that no client has taken.
    pub fn not_begun(&self) -> u64 {
        match &self.games {
            Games::Listed(_, all) => all - self.tally.begun.load(Ordering::Relaxed).min(*all),
            Games::Random { .. } => 0,
        }
    }

    /// Why a client could not connect, if one could not.
    pub fn no_server(&self) -> Option<&str> {
        self.no_server.get().map(String::as_str)
    }

    fn next_game(&self) -> Option<Game> {
        let number = self.taken.fetch_add(1, Ordering::Relaxed);
        match self.games {
            Games::Listed(ref games, all) if number < all => games.get((number % games.len() as u64) as usize).copied(),
            Games::Listed(..) => None,
            Games::Random { lower, upper, seed } => {
                let wide = u128::from(upper.abs_diff(lower)) + 1;
                let place = (u128::from(mix(seed ^ mix(number))) % wide) as u64;
                let secret = lower.wrapping_add_unsigned(place);
                Some(Game { lower, upper, secret, guesses: usize::MAX })
            }
        }
    }
}

impl fmt::Debug for Play {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Play").field("address", &self.address).field("games", &self.games).finish_non_exhaustive()
    }
}

/// One client's place. Clones are the same place.
#[derive(Debug, Clone)]
pub struct Seat {
    /// What it shares with the others.
    pub play: Arc<Play>,
    /// Its number, from 0.
    pub index: usize,
    place: Arc<Place>,
    spans: span::Lane,
}

/// What is wanted of the client at a seat.
#[derive(Debug, Default)]
struct Place {
    mischief: AtomicU8,
    /// It is to leave before its next answer.
    dismissed: AtomicBool,
    /// It is to leave when its game is over.
    retired: AtomicBool,
    /// It has left.
    vacant: AtomicBool,
}

impl Seat {
    /// The next game, if one is left and the client is still wanted; without one the client leaves. Taken before it is begun:
    /// see [`Turn::begin`].
    pub fn next_game(&self) -> Option<Turn> {
        let leaves = self.is_dismissed() || self.place.retired.load(Ordering::Relaxed);
        // A thread is not ended where it waits, as a coroutine is: its connections are cut, and this ends it.
        let wanted = !leaves && !self.play.stop.is_cancelled();
        let game = if wanted { self.play.next_game() } else { None };
        if game.is_none() {
            self.place.vacant.store(true, Ordering::Relaxed);
        }
        Some(Turn { seat: self.clone(), game: game?, ended: true })
    }

    /// No connection could be made, and the client leaves.
    pub fn cannot_connect(&self, error: &dyn fmt::Display) {
        let _ = self.play.no_server.set(format!("{}: {error}", self.play.address));
        self.place.vacant.store(true, Ordering::Relaxed);
        self.lane(|lane| lane.state = LaneState::Failed(Fault::Lost));
    }

    /// Makes the client misbehave at its next number.
    pub fn misbehave(&self, how: Mischief) {
        self.place.mischief.store(1 + how as u8, Ordering::Relaxed);
    }

    /// Lets the client leave before its next answer. Somebody else may take the same place at once.
    pub fn dismiss(&self) {
        self.place.dismissed.store(true, Ordering::Relaxed);
    }

    /// Lets the client leave when its game is over.
    pub fn retire(&self) {
        self.place.retired.store(true, Ordering::Relaxed);
    }

    /// Whether the client has left.
    pub fn is_vacant(&self) -> bool {
        self.place.vacant.load(Ordering::Relaxed)
    }

    /// What the client is made to do, once; or that it is to leave. When all are to end, its connection is closed.
    pub fn next_step(&self) -> Result<Option<Mischief>, Fault> {
        // Nobody cancels a thread, and among a thousand of them the one that shuts their sockets may be long in coming.
        if self.play.stop.is_cancelled() {
            return Ok(Some(Mischief::Drop));
        }
        if self.is_dismissed() {
            return Err(Fault::Left);
        }
        if self.place.mischief.load(Ordering::Relaxed) == 0 {
            return Ok(None);
        }
        let all = [None, Some(Mischief::Drop), Some(Mischief::Garbage), Some(Mischief::Stall)];
        let how = all[usize::from(self.place.mischief.swap(0, Ordering::Relaxed))];
        if how == Some(Mischief::Stall) {
            self.lane(|lane| lane.state = LaneState::Stalling);
        }
        Ok(how)
    }

    /// A line went over the wire.
    pub fn said(&self, to_server: bool, line: &dyn fmt::Display) {
        if let Some(watch) = &self.play.watch {
            watch.said(self.index, to_server, line);
        }
    }

    /// A number is asked for.
    pub fn asked(&self) -> Instant {
        self.lane(|lane| lane.state = LaneState::Asking);
        let now = Instant::now();
        self.spans.fill("thinks", State::Running, now);
        now
    }

    /// A number that was asked for then has come.
    pub fn answered(&self, number: i64, asked: Instant) {
        let (tally, now) = (&self.play.tally, Instant::now());
        tally.latency.record(now - asked);
        self.spans.record("number", State::Io, asked, now);
        tally.requests.fetch_add(1, Ordering::Relaxed);
        self.lane(|lane| lane.guessed(number));
    }

    /// The last number was reported on.
    pub fn reported(&self, decision: Decision) {
        self.lane(|lane| {
            if let Some((_, reported)) = lane.guesses.back_mut() {
                *reported = Some(decision);
            }
        });
    }

    fn is_dismissed(&self) -> bool {
        self.place.dismissed.load(Ordering::Relaxed)
    }

    fn lane(&self, change: impl FnOnce(&mut Lane)) {
        if let Some(watch) = &self.play.watch {
            watch.change(self.index, change);
        }
    }
}

/// One game from its beginning to its end. Dropped before its end, it was cut off.
#[derive(Debug)]
pub struct Turn {
    seat: Seat,
    game: Game,
    ended: bool,
}

impl Turn {
    /// The game begins: the client is connected.
    pub fn begin(&mut self) -> Game {
        self.ended = false;
        self.count(|tally| &tally.begun);
        let game = self.game;
        self.tell(Stage::Begun);
        self.seat.lane(|lane| {
            *lane = Lane { game: Some(game), games: lane.games + 1, ..Lane::default() };
        });
        game
    }

    /// The game is over. A fault that comes from the client's own end is none.
    pub fn end(mut self, result: &Result<Vec<Outcome>, Fault>) {
        if self.seat.play.stop.is_cancelled() {
            return;
        }
        self.tell(Stage::Over(result));
        match result {
            Ok(outcomes) => {
                self.ended = true;
                self.count(|tally| &tally.finished);
                if outcomes.last().is_some_and(|(_, decision)| *decision == Decision::Correct) {
                    self.count(|tally| &tally.won);
                }
                self.seat.lane(|lane| lane.state = LaneState::Over);
            }
            Err(Fault::Left) => {}
            Err(fault) => {
                self.ended = true;
                self.count(|tally| &tally.failed);
                self.seat.lane(|lane| lane.state = LaneState::Failed(*fault));
            }
        }
    }

    fn tell(&self, stage: Stage<'_>) {
        if let Some(on_game) = &self.seat.play.on_game {
            on_game(&self.game, stage);
        }
    }

    fn count(&self, which: impl FnOnce(&PlayTally) -> &AtomicU64) {
        which(&self.seat.play.tally).fetch_add(1, Ordering::Relaxed);
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if !self.ended {
            self.count(|tally| &tally.cancelled);
        }
    }
}

/// The seats of these numbers, as a queue from which a strategy lets clients in; it is closed when they are taken.
pub fn seats(play: &Arc<Play>, numbers: Range<usize>) -> tokio::sync::mpsc::Receiver<Seat> {
    let (queue, taken) = tokio::sync::mpsc::channel(numbers.len().max(1));
    for index in numbers {
        // There is room for each.
        let _ = queue.try_send(play.seat(index));
    }
    taken
}
