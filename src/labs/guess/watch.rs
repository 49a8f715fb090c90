//! Games as they are watched: a lane for each seat, and the lines of the wire. Whoever plays under whatever strategy at a seat
//! writes into the same lane.

use std::collections::VecDeque;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crossbeam_channel::{Receiver, Sender, bounded};

use crate::labs::guess::play::Game;
use crate::labs::guess::protocol::{Decision, Fault};

/// Lines of the wire that wait to be looked at; those that find it full are counted and not kept.
const TAPPED: usize = 512;

/// Guesses of a game that a lane remembers.
const REMEMBERED: usize = 256;

/// Where players write what they do. Clones are the same.
#[derive(Debug, Clone)]
pub struct Watch(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    lanes: Vec<Mutex<Lane>>,
    tap: Sender<Said>,
    missed: AtomicU64,
}

/// A line of the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// The client's seat.
    pub client: usize,
    /// From the client to the server, or back.
    pub to_server: bool,
    /// The line, without its newline.
    pub text: String,
}

/// One client's game as it is watched.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lane {
    /// What it plays.
    pub game: Option<Game>,
    /// The last guesses of this game, oldest first.
    pub guesses: VecDeque<(i64, Option<Decision>)>,
    /// All guesses of this game.
    pub count: u64,
    /// Games begun at this seat.
    pub games: u64,
    /// How it stands.
    pub state: LaneState,
}

/// How a lane's client stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LaneState {
    /// It is not connected.
    #[default]
    Away,
    /// It waits for a number.
    Asking,
    /// It thinks about the last number: simulated.
    Thinking,
    /// It says nothing on purpose.
    Stalling,
    /// Its game is over.
    Over,
    /// Its game failed.
    Failed(Fault),
}

impl Lane {
    /// The server has guessed this number.
    pub fn guessed(&mut self, number: i64) {
        if self.guesses.len() == REMEMBERED {
            self.guesses.pop_front();
        }
        self.guesses.push_back((number, None));
        self.count += 1;
        self.state = LaneState::Thinking;
    }
}

impl Watch {
    /// A lane for each of the first `seats` seats, and the lines of the wire through what is returned.
    pub fn new(seats: usize) -> (Self, Receiver<Said>) {
        let (tap, said) = bounded(TAPPED);
        let lanes = (0..seats).map(|_| Mutex::default()).collect();
        (Self(Arc::new(Shared { lanes, tap, missed: AtomicU64::new(0) })), said)
    }

    /// A copy of a lane.
    pub fn lane(&self, seat: usize) -> Option<Lane> {
        self.0.lanes.get(seat).map(|lane| locked(lane).clone())
    }

    /// Lines of the wire that nobody had time to look at.
    pub fn missed(&self) -> u64 {
        self.0.missed.load(Ordering::Relaxed)
    }

    /// Changes a seat's lane, if it is watched.
    pub fn change(&self, seat: usize, change: impl FnOnce(&mut Lane)) {
        if let Some(lane) = self.0.lanes.get(seat) {
            change(&mut locked(lane));
        }
    }

    /// A line went over the wire.
    pub fn said(&self, client: usize, to_server: bool, line: &dyn fmt::Display) {
        let tap = &self.0.tap;
        // Looked at first, so that a line that nobody will see is not even written.
        if tap.is_full() || tap.try_send(Said { client, to_server, text: line.to_string() }).is_err() {
            self.0.missed.fetch_add(1, Ordering::Relaxed);
        }
    }
}

fn locked(lane: &Mutex<Lane>) -> MutexGuard<'_, Lane> {
    lane.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lane_remembers_its_last_guesses_and_counts_all() {
        let (watch, _said) = Watch::new(1);
        for number in 0..=REMEMBERED as i64 {
            watch.change(0, |lane| lane.guessed(number));
        }
        watch.change(1, |_| panic!("there is no second lane"));
        let lane = watch.lane(0).unwrap();
        assert_eq!((lane.guesses.len(), lane.count, lane.guesses[0].0), (REMEMBERED, REMEMBERED as u64 + 1, 1));
    }

    #[test]
    fn lines_that_find_no_room_are_counted() {
        let (watch, said) = Watch::new(0);
        for _ in 0..TAPPED + 3 {
            watch.clone().said(7, true, &"NUMBER");
        }
        assert_eq!((said.len(), watch.missed()), (TAPPED, 3));
        assert_eq!(said.recv().unwrap(), Said { client: 7, to_server: true, text: "NUMBER".to_owned() });
    }
}
