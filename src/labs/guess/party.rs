//! A server and the clients that play with it under one pair of strategies.
//!
//! A switch of strategy cuts no game short: the party before goes on until its games are over, and whoever has finished his
//! gives his seat to the party after it.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::sync::mpsc;

use super::play::{Play, Seat};
use super::server::Server;
use crate::labs::common::MOST_WORKERS;

/// A server that listens. It ends when the last party that plays with it is gone.
#[derive(Debug)]
pub struct Host {
    /// The number under which its end is reported.
    pub number: u64,
    /// The server.
    pub server: Arc<Server>,
    /// Where it listens.
    pub address: SocketAddr,
}

impl Drop for Host {
    fn drop(&mut self) {
        self.server.stop.cancel();
    }
}

/// Clients that play with a host. Dropped, their games are cut off.
#[derive(Debug)]
pub struct Party {
    /// The number under which the clients' end is reported.
    pub number: u64,
    /// Whom they play with.
    pub host: Arc<Host>,
    /// What they play.
    pub play: Arc<Play>,
    seats: Vec<Seat>,
    /// Where clients are let in; none once the party is leaving.
    queue: Option<mpsc::Sender<Seat>>,
}

impl Party {
    /// A party without clients, and where its strategy lets them in.
    pub fn new(number: u64, host: Arc<Host>, play: Arc<Play>) -> (Self, mpsc::Receiver<Seat>) {
        let (queue, seats) = mpsc::channel(2 * MOST_WORKERS);
        (Self { number, host, play, seats: Vec::new(), queue: Some(queue) }, seats)
    }

    /// Lets a client in at this seat, unless the party is leaving. A full queue means that its strategy hangs: then there is no
    /// room for more.
    pub fn seat(&mut self, index: usize) {
        let seat = self.play.seat(index);
        if self.queue.as_ref().is_some_and(|queue| queue.try_send(seat.clone()).is_ok()) {
            self.seats.push(seat);
        }
    }

    /// The client at this seat.
    pub fn at(&self, index: usize) -> Option<&Seat> {
        self.seats.iter().find(|seat| seat.index == index)
    }

    /// Lets the clients at seats from this one on leave before their next answer.
    pub fn dismiss_from(&mut self, index: usize) {
        self.seats.retain(|seat| {
            if seat.index >= index {
                seat.dismiss();
            }
            seat.index < index
        });
    }

    /// Lets every client leave when its game is over, and nobody in any more.
    pub fn leave(&mut self) {
        self.seats.iter().for_each(Seat::retire);
        self.queue = None;
    }

    /// Forgets all clients: they have ended.
    pub fn forget(&mut self) {
        self.seats.clear();
    }

    /// Forgets those that have left, and says whether anybody still plays.
    pub fn is_over(&mut self) -> bool {
        self.seats.retain(|seat| !seat.is_vacant());
        self.seats.is_empty()
    }

    /// Clients that were let in and have not left, as far as has been looked.
    pub fn playing(&self) -> usize {
        self.seats.len()
    }
}

impl Drop for Party {
    fn drop(&mut self) {
        self.play.stop.cancel();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::labs::guess::play::Games;
    use std::time::Duration;

    fn party() -> (Party, mpsc::Receiver<Seat>) {
        let address = ([127, 0, 0, 1], 1).into();
        let server = Arc::new(Server::new(Duration::ZERO, 9, 1));
        let games = Games::Random { lower: 1, upper: 9, seed: 1 };
        let play = Arc::new(Play::new(address, games, Duration::ZERO));
        Party::new(2, Arc::new(Host { number: 1, server, address }), play)
    }

    #[test]
    fn a_party_that_leaves_keeps_its_server_until_the_last_game_is_over() {
        let (mut party, mut queue) = party();
        party.seat(0);
        party.seat(1);
        let (stop, playing) = (party.host.server.stop.clone(), queue.try_recv().unwrap());
        let game = playing.next_game().unwrap();
        party.leave();
        party.seat(2);
        assert_eq!((party.playing(), party.at(2).is_none()), (2, true), "nobody comes in any more");
        // The one at the second seat had not begun, and leaves at once; the other one when it asks for its next game.
        assert!(queue.try_recv().unwrap().next_game().is_none());
        assert!(!party.is_over() && party.playing() == 1 && !stop.is_cancelled());
        drop(game);
        assert!(playing.next_game().is_none());
        assert!(party.is_over() && !stop.is_cancelled());
        drop(party);
        assert!(stop.is_cancelled());
    }

    #[test]
    fn who_is_dismissed_makes_room_at_once() {
        let (mut party, mut queue) = party();
        for index in 0..3 {
            party.seat(index);
        }
        party.dismiss_from(1);
        assert!(party.at(0).is_some() && party.at(1).is_none());
        let left: Vec<bool> =
            std::iter::from_fn(|| queue.try_recv().ok()).map(|seat| seat.next_step().is_err()).collect();
        assert_eq!(left, [false, true, true]);
    }
}
