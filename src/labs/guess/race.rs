//! A race: the same games, server and clients under one strategy each.
//!
//! They play flat out over the loopback, where a number waits for a core and not for a network: at the same time, many
//! threads would take the machine from few. So they have it in turns, the clients held where they think between them.

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::Builder;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
use tokio_util::sync::CancellationToken;

use super::guesser::Method;
use super::patience::Pace;
use super::play::{Game, Games, Play, seats};
use super::server::{Guessing, Server};
use super::strategies::{Row, Style};
use super::{ID, worker::RANGE};
use crate::runtime::caught;
use crate::runtime::race::{Entry, Lap, Plan, Racer, Sharing, Starter};
use crate::runtime::strategy::Setup;

/// Games that are the finish.
pub const GAMES: u64 = 10_000;

/// Clients that play at once against each server.
pub const CLIENTS: usize = 16;

/// How long server and clients wait for one another.
const DEADLINE: Duration = Duration::from_secs(30);

/// Who usually races: all there are.
pub const USUAL: [&str; 3] = ["coroutines", "coroutines-mt", "threads"];

/// The race of these strategies.
pub fn plan(rows: &[&'static Row], setup: &Setup) -> Plan {
    let starter = |row: &&'static Row| {
        let (row, setup) = (*row, setup.clone());
        Starter { about: &row.about, enter: Box::new(move |cancel| enter(row, &setup, cancel)) }
    };
    Plan {
        lab: ID,
        what: format!("{CLIENTS} clients each"),
        unit: "games",
        goal: GAMES,
        sharing: Sharing::InTurns,
        starters: rows.iter().map(starter).collect(),
    }
}

fn enter(row: &'static Row, setup: &Setup, cancel: &CancellationToken) -> Result<Entry, String> {
    let make = || (row.make)(setup).map_err(|error| error.to_string());
    let (host, players) = (make()?, make()?);
    let listener = TcpListener::bind("127.0.0.1:0").map_err(|error| format!("listening: {error}"))?;
    let address = listener.local_addr().map_err(|error| format!("listening: {error}"))?;
    let mut server = Server::new(DEADLINE, CLIENTS as u64, 1);
    server.stop = cancel.child_token();
    server.guess(Guessing::By(Method::Bisecting));
    let (lower, upper) = RANGE.into_inner();
    let games = RANGE.map(|secret| Game { lower, upper, secret, guesses: RANGE.count() }).collect();
    let play = Play::new(address, Games::Listed(games, GAMES), DEADLINE).stopped_by(cancel.child_token());
    let (server, play) = (Arc::new(server), Arc::new(play));
    let (report, ended) = bounded(2);
    let hosted = Arc::clone(&server);
    launch("guess-race-host", setup, report.clone(), host, move |style| style.serve(listener, &hosted))?;
    let begin = {
        let (play, setup) = (Arc::clone(&play), setup.clone());
        move || {
            launch("guess-race-play", &setup, report, players, move |style| style.play(&play, seats(&play, 0..CLIENTS)))
        }
    };
    Ok(Entry::InTurns(Box::new(Playing { begin: Some(Box::new(begin)), server, play, ended })))
}

/// Runs a server or clients on a thread of their own, which says how they ended.
fn launch(
    name: &str,
    setup: &Setup,
    report: Sender<Result<(), String>>,
    style: Box<dyn Style>,
    body: impl FnOnce(&dyn Style) -> std::io::Result<()> + Send + 'static,
) -> Result<(), String> {
    let setup = setup.clone();
    let run = move || {
        setup.enter_thread();
        let ended = caught::catch(|| body(&*style)).map_err(|panicked| panicked.to_string());
        drop(style);
        // The race may be over, and nobody there to hear it.
        let _ = report.send(ended.and_then(|ended| ended.map_err(|error| error.to_string())));
    };
    Builder::new().name(name.to_owned()).spawn(run).map(drop).map_err(|error| format!("no thread for {name}: {error}"))
}

/// A server and its clients at their games.
struct Playing {
    /// Lets the clients in, at the first turn.
    begin: Option<Box<dyn FnOnce() -> Result<(), String> + Send>>,
    server: Arc<Server>,
    play: Arc<Play>,
    ended: Receiver<Result<(), String>>,
}

impl Racer for Playing {
    fn turn(&mut self, slice: Duration) -> Result<Lap, String> {
        let begun = Instant::now();
        self.play.thinking.set(Pace::FlatOut);
        if let Some(begin) = self.begin.take() {
            begin()?;
        }
        let ended = self.ended.recv_timeout(slice);
        self.play.thinking.set(Pace::Paused);
        let done = self.play.tally.finished.load(Ordering::Relaxed);
        let took = begun.elapsed();
        match ended {
            Err(RecvTimeoutError::Timeout) => Ok(Lap { took, done: done.min(GAMES - 1) }),
            Err(RecvTimeoutError::Disconnected) => Err("server and clients have ended".to_owned()),
            Ok(Err(why)) => Err(why),
            Ok(Ok(())) if done == GAMES => Ok(Lap { took, done }),
            Ok(Ok(())) => Err(format!("ended after {done} games")),
        }
    }
}

impl Drop for Playing {
    fn drop(&mut self) {
        self.play.stop.cancel();
        self.server.stop.cancel();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::labs::guess::strategies::STRATEGIES;
    use crate::runtime::race::{LaneState, Race};
    use crate::runtime::stage::Stage;
    use std::path::PathBuf;

    #[test]
    fn every_strategy_plays_all_games_in_its_turns() {
        let rows: Vec<&'static Row> = STRATEGIES.iter().collect();
        let setup = Setup::headless(2, PathBuf::new());
        let (bell, heard) = bounded(1);
        let ring = move || {
            let _ = bell.try_send(());
        };
        let race = Race::start(plan(&rows, &setup), setup, Stage::new(), ring).unwrap();
        let standing = loop {
            heard.recv_timeout(Duration::from_mins(1)).expect("it goes on");
            let standing = race.standing();
            if standing.over {
                break standing;
            }
        };
        for lane in &standing.lanes {
            assert_eq!((&lane.state, lane.done), (&LaneState::Finished, GAMES), "{}", lane.about.id);
        }
        assert!(standing.verdict().is_some() && standing.rules().starts_with("in turns"));
    }
}
