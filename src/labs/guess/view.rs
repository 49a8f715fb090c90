//! What the pane shows: a copy of as much as it has room for.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use crate::labs::guess::latency::Percentiles;
use crate::labs::guess::own::OwnGame;
use crate::labs::guess::patience::Pace;
use crate::labs::guess::server::{Counted, Guessing};
use crate::labs::guess::watch::{Lane, Said};
use crate::runtime::race::Standing;
use crate::runtime::span::Trace;

/// The lab as it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct View {
    /// The server's strategy, as its place in the table.
    pub server: usize,
    /// The clients' strategy.
    pub client: usize,
    /// What goes on.
    pub state: State,
    /// Where the server listens, once it does.
    pub address: Option<SocketAddr>,
    /// Clients that finish a game under the strategies chosen before.
    pub leaving: usize,
    /// How long clients think before they answer: simulated.
    pub speed: Speed,
    /// How the server guesses.
    pub guessing: Guessing,
    /// Clients that play.
    pub clients: usize,
    /// The seat that the next mischief is for.
    pub chosen: usize,
    /// The seat of the first lane.
    pub first: usize,
    /// Games as they are played, a lane for each seat that there is room for.
    pub lanes: Vec<Lane>,
    /// The last lines of the wire, oldest first.
    pub lines: Vec<Said>,
    /// Lines that nobody had time to look at.
    pub missed: u64,
    /// Requests a second, lately.
    pub requests_per_second: f64,
    /// Games ended a second, lately.
    pub games_per_second: f64,
    /// Requests a second in each of the last half seconds, oldest first.
    pub rates: Vec<f64>,
    /// How long numbers took under the present strategies.
    pub latency: Percentiles,
    /// How many took how long: from 1 µs to 1 s in steps of equal ratio.
    pub bars: Vec<u64>,
    /// What the server has counted.
    pub counted: Counted,
    /// Who waited for a number when, in the first games under the present strategies.
    pub trace: Arc<Trace>,
    /// A person's own game, if there is one.
    pub own: Option<OwnGame>,
    /// What each server answered flat out, in the order of the table, where it did so for long enough.
    pub flat_out: Vec<Option<FlatOut>>,
    /// The race, while one is shown.
    pub race: Option<Standing>,
}

/// What a server answered while its clients did not think.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FlatOut {
    /// Requests a second.
    pub requests_per_second: f64,
    /// Others used the machine meanwhile.
    pub contended: bool,
}

/// What the lab does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It was not shown yet, and has no server.
    Waiting,
    /// Games are played.
    Playing,
    /// Clients think for as long as it takes.
    Paused,
    /// Another lab measures, and the clients have slowed down.
    SteppedBack,
    /// Server or clients could not go on.
    Failed,
}

/// How fast the clients answer, in the order of the speed keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Speed(usize);

/// Milliseconds of simulated thinking; the last is none.
const THINKING: [u64; 6] = [1500, 600, 150, 30, 5, 0];

impl Speed {
    /// Slow enough to be followed.
    pub const PLEASANT: Self = Self(1);

    /// The next step up, to flat out.
    #[must_use]
    pub fn faster(self) -> Self {
        Self((self.0 + 1).min(THINKING.len() - 1))
    }

    /// The next step down.
    #[must_use]
    pub fn slower(self) -> Self {
        Self(self.0.saturating_sub(1))
    }

    /// Flat out.
    pub const FLAT_OUT: Self = Self(THINKING.len() - 1);

    /// Whether nobody thinks at all.
    pub fn is_flat_out(self) -> bool {
        self.thinking().is_zero()
    }

    /// How long a client thinks.
    pub fn thinking(self) -> Duration {
        Duration::from_millis(THINKING[self.0])
    }

    /// The same for the clients.
    pub fn pace(self) -> Pace {
        if self.is_flat_out() { Pace::FlatOut } else { Pace::After(self.thinking()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speeds_go_from_slow_to_flat_out_and_stop_there() {
        let fastest = (0..10).fold(Speed::PLEASANT, |speed, _| speed.faster());
        assert!(fastest.is_flat_out() && fastest.pace() == Pace::FlatOut);
        let slowest = (0..10).fold(fastest, |speed, _| speed.slower());
        assert_eq!(slowest.pace(), Pace::After(Duration::from_millis(1500)));
    }
}
