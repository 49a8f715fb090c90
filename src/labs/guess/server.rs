//! The server's side that every strategy shares: its limits, what it has counted, and one connection's visit.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::labs::guess::guesser::{Method, mix};
use crate::labs::guess::patience::Deadline;
use crate::labs::guess::protocol::{Decision, Fault, Request, Session, Took};

/// How the server guesses in the games that begin from now on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Guessing {
    /// By one method.
    By(Method),
    /// By one method after the other on each connection, so that they can be compared.
    InTurns,
}

impl Guessing {
    /// Every way, in the order that a key goes round.
    pub const ALL: [Self; 3] = [Self::InTurns, Self::By(Method::Random), Self::By(Method::Bisecting)];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::By(method) => method.name(),
            Self::InTurns => "in turns",
        }
    }
}

/// What is told of every report: `Server: 3 is Correct`.
pub type OnReport = Box<dyn Fn(i64, Decision) + Send + Sync>;

/// A server of the guessing game, however its connections are run.
pub struct Server {
    /// Cancelled when the server is to end; every connection is closed then.
    pub stop: CancellationToken,
    /// How long a client may take for a line.
    pub deadline: Deadline,
    /// Connections at once; one more is closed at once.
    pub most_connections: u64,
    /// What was counted.
    pub tally: Arc<Tally>,
    connections: AtomicU64,
    guessing: AtomicU8,
    seed: u64,
    on_report: Option<OnReport>,
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").field("tally", &self.tally.read()).finish_non_exhaustive()
    }
}

impl Server {
    /// A server with a deadline and a limit of connections; `seed` decides its random guesses.
    pub fn new(deadline: Duration, most_connections: u64, seed: u64) -> Self {
        Self {
            stop: CancellationToken::new(),
            deadline: Deadline::new(deadline),
            most_connections,
            tally: Arc::default(),
            connections: AtomicU64::new(0),
            guessing: AtomicU8::new(1),
            seed,
            on_report: None,
        }
    }

    /// The same, ended by this token.
    #[must_use]
    pub fn stopped_by(self, stop: CancellationToken) -> Self {
        Self { stop, ..self }
    }

    /// The same, going on with what another one has counted.
    #[must_use]
    pub fn counting(self, tally: Arc<Tally>) -> Self {
        Self { tally, ..self }
    }

    /// The same, telling of every report.
    #[must_use]
    pub fn telling(self, on_report: OnReport) -> Self {
        Self { on_report: Some(on_report), ..self }
    }

    /// How it guesses.
    pub fn guessing(&self) -> Guessing {
        Guessing::ALL[usize::from(self.guessing.load(Ordering::Relaxed))]
    }

    /// Changes how it guesses in games that begin from now on.
    pub fn guess(&self, how: Guessing) {
        let place = Guessing::ALL.iter().position(|known| *known == how).unwrap_or(0);
        self.guessing.store(place as u8, Ordering::Relaxed);
    }

    /// Lets a connection in; none when there are too many, and then it is to be closed.
    pub fn enter(self: &Arc<Self>) -> Option<Visit> {
        let tally = &self.tally;
        if self.connections.fetch_add(1, Ordering::Relaxed) >= self.most_connections {
            self.connections.fetch_sub(1, Ordering::Relaxed);
            self.refuse();
            return None;
        }
        add(&tally.open);
        let number = tally.accepted.fetch_add(1, Ordering::Relaxed);
        Some(Visit { server: Arc::clone(self), session: Session::default(), number, games: 0, left: false })
    }

    /// Connections to this server that are open now; its tally may count others beside it.
    pub fn connections(&self) -> u64 {
        self.connections.load(Ordering::Relaxed)
    }

    /// Counts a connection that could not be let in.
    pub fn refuse(&self) {
        add(&self.tally.refused);
    }

    fn method(&self, game: u64) -> Method {
        match self.guessing() {
            Guessing::By(method) => method,
            Guessing::InTurns => Method::ALL[(game % 2) as usize],
        }
    }
}

/// One connection from its beginning to its end. Dropped before it has left, it was ended by the server.
#[derive(Debug)]
pub struct Visit {
    server: Arc<Server>,
    session: Session,
    number: u64,
    games: u64,
    left: bool,
}

impl Visit {
    /// Takes in a request, and returns the number to answer with, if one is asked for. While the server ends, nothing is
    /// taken in any more.
    pub fn take(&mut self, request: Request) -> Result<Option<i64>, Fault> {
        // A thread that is never idle does not wait to be told by whoever shuts the sockets.
        if self.server.stop.is_cancelled() {
            return Err(Fault::Closed);
        }
        let Self { server, session, games, .. } = self;
        let (tally, game) = (&server.tally, *games);
        let (was_playing, found) = (session.playing(), session.found());
        let begin = || (server.method(game), mix(server.seed ^ mix((self.number << 32) | game)));
        match session.take(request, begin)? {
            took @ (Took::Begun | Took::Reset) => {
                if was_playing {
                    add(&tally.finished);
                }
                if let Some((method, guesses)) = found {
                    add(&tally.found[method as usize]);
                    tally.guesses_to_find[method as usize].fetch_add(guesses, Ordering::Relaxed);
                }
                if took == Took::Begun {
                    *games += 1;
                    add(&tally.begun);
                }
                Ok(None)
            }
            Took::Guess(number) => {
                add(&tally.requests);
                Ok(Some(number))
            }
            Took::Reported(number, decision) => {
                if let Some(on_report) = &server.on_report {
                    on_report(number, decision);
                }
                Ok(None)
            }
        }
    }

    /// The connection has ended by itself: at the client's end of file, or by a fault.
    pub fn leave(mut self, how: Result<(), Fault>) {
        if self.server.stop.is_cancelled() {
            return;
        }
        self.left = true;
        let tally = &self.server.tally;
        if let Err(fault) = how {
            add(&tally.faults[fault.index()]);
        }
        if self.session.playing() {
            add(if how.is_ok() { &tally.abandoned } else { &tally.broken });
        }
    }
}

impl Drop for Visit {
    fn drop(&mut self) {
        let tally = &self.server.tally;
        if !self.left && self.session.playing() {
            add(&tally.stopped);
        }
        tally.open.fetch_sub(1, Ordering::Relaxed);
        self.server.connections.fetch_sub(1, Ordering::Relaxed);
    }
}

fn add(count: &AtomicU64) {
    count.fetch_add(1, Ordering::Relaxed);
}

macro_rules! tally {
    ($($(#[doc = $doc:literal])* $field:ident: $shape:tt,)*) => {
        /// What a server counts, from many threads.
        #[derive(Debug, Default)]
        pub struct Tally { $($(#[doc = $doc])* pub $field: tally!(@atomic $shape),)* }

        /// What a server has counted so far.
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
        pub struct Counted { $($(#[doc = $doc])* pub $field: tally!(@plain $shape),)* }

        impl Tally {
            /// The counts as they are now.
            pub fn read(&self) -> Counted {
                Counted { $($field: tally!(@read self.$field, $shape),)* }
            }
        }
    };
    (@atomic one) => { AtomicU64 };
    (@atomic $many:tt) => { [AtomicU64; $many] };
    (@plain one) => { u64 };
    (@plain $many:tt) => { [u64; $many] };
    (@read $count:expr, one) => { $count.load(Ordering::Relaxed) };
    (@read $count:expr, $many:tt) => { $count.each_ref().map(|count| count.load(Ordering::Relaxed)) };
}

tally! {
    /// Connections open now.
    open: one,
    /// Connections let in.
    accepted: one,
    /// Connections closed at once: over the limit, or nothing to run them on.
    refused: one,
    /// Games begun.
    begun: one,
    /// Games that their client ended, found or not.
    finished: one,
    /// Games whose client went away.
    abandoned: one,
    /// Games cut off by a fault.
    broken: one,
    /// Games cut off because the server ended.
    stopped: one,
    /// Numbers answered.
    requests: one,
    /// Games finished with the secret found, by [`Method`].
    found: 2,
    /// Guesses made in them.
    guesses_to_find: 2,
    /// Connections ended by a fault, by [`Fault::index`].
    faults: 13,
}

impl Counted {
    /// Games that are on now.
    pub fn playing(&self) -> u64 {
        self.begun.saturating_sub(self.finished + self.abandoned + self.broken + self.stopped)
    }

    /// Guesses needed on average by a method, once it has found a secret.
    pub fn mean_guesses(&self, method: Method) -> Option<f64> {
        let found = self.found[method as usize];
        (found > 0).then(|| self.guesses_to_find[method as usize] as f64 / found as f64)
    }

    /// The faults that happened, with how often.
    pub fn faults(&self) -> impl Iterator<Item = (Fault, u64)> + '_ {
        Fault::ALL.into_iter().map(|fault| (fault, self.faults[fault.index()])).filter(|(_, count)| *count > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(most: u64) -> Arc<Server> {
        Arc::new(Server::new(Duration::from_secs(1), most, 1))
    }

    fn say(visit: &mut Visit, lines: &[&str]) {
        for line in lines {
            visit.take(Request::parse(line.as_bytes()).unwrap()).unwrap();
        }
    }

    #[test]
    fn every_game_is_accounted_for() {
        let server = server(10);
        let mut finished = server.enter().unwrap();
        say(&mut finished, &["PARAMS 1 1", "NUMBER", "REPORT Correct", "PARAMS 0 -1", "PARAMS 1 9", "PARAMS 0 -1"]);
        finished.leave(Ok(()));
        for how in [Ok(()), Err(Fault::Silent), Err(Fault::Silent)] {
            let mut visit = server.enter().unwrap();
            say(&mut visit, &["PARAMS 1 9"]);
            visit.leave(how);
        }
        let mut playing = server.enter().unwrap();
        say(&mut playing, &["PARAMS 1 9", "NUMBER"]);
        let counted = server.tally.read();
        assert_eq!((counted.begun, counted.finished, counted.abandoned, counted.broken), (6, 2, 1, 2));
        assert_eq!((counted.playing(), counted.stopped, counted.open, counted.requests), (1, 0, 1, 2));
        assert_eq!(counted.faults().collect::<Vec<_>>(), [(Fault::Silent, 2)]);
        assert_eq!(counted.mean_guesses(Method::Random), Some(1.0));
        server.stop.cancel();
        playing.leave(Err(Fault::Lost));
        let counted = server.tally.read();
        assert_eq!((counted.playing(), counted.stopped, counted.open), (0, 1, 0));
        assert_eq!(counted.faults[Fault::Lost.index()], 0, "the server's own end is not the client's fault");
    }

    #[test]
    fn over_the_limit_nobody_comes_in_until_one_has_left() {
        let server = server(1);
        let visit = server.enter().unwrap();
        assert!(server.enter().is_none());
        visit.leave(Ok(()));
        assert!(server.enter().is_some());
        assert_eq!((server.tally.read().accepted, server.tally.read().refused), (2, 1));
    }

    #[test]
    fn methods_take_turns_on_a_connection_when_asked_to() {
        let server = server(1);
        server.guess(Guessing::InTurns);
        let mut visit = server.enter().unwrap();
        for _ in 0..4 {
            say(&mut visit, &["PARAMS 5 5", "NUMBER", "REPORT Correct", "PARAMS 0 -1"]);
        }
        assert_eq!(server.tally.read().found, [2, 2]);
    }
}
