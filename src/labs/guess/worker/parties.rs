//! The parties of the worker: it starts servers and clients, lets games end after a switch of strategy, and sets their pace.

use std::net::TcpListener;
use std::sync::Arc;
use std::thread::Builder;
use std::time::Duration;

use super::{DEADLINE, RANGE, Report, TRACED, Worker};
use crate::labs::Tone;
use crate::labs::guess::party::{Host, Party};
use crate::labs::guess::patience::Pace;
use crate::labs::guess::play::{Games, Mischief, Play};
use crate::labs::guess::server::Server;
use crate::labs::guess::strategies::{STRATEGIES, Style};
use crate::labs::guess::view::Speed;
use crate::runtime::caught;
use crate::runtime::span::Recorder;

impl Worker {
    /// Starts a server under the chosen strategy, and clients that play with it.
    pub(super) fn start_server(&mut self) {
        let row = &STRATEGIES[self.chosen_server];
        let server = Server::new(DEADLINE, 1024, self.start.seed).counting(Arc::clone(&self.tally));
        server.guess(self.guessing);
        let server = Arc::new(server);
        let made = (row.make)(&self.setup).map_err(|error| error.to_string());
        let bound = made.and_then(|style| {
            let listener = TcpListener::bind("127.0.0.1:0").map_err(|error| format!("listening: {error}"))?;
            let address = listener.local_addr().map_err(|error| format!("listening: {error}"))?;
            Ok((style, listener, address))
        });
        let (style, listener, address) = match bound {
            Ok(bound) => bound,
            Err(why) => return self.fail(&why),
        };
        let (number, hosted) = (self.started + 1, Arc::clone(&server));
        let serve = move |style: &dyn Style| style.serve(listener, &hosted).map_err(|error| error.to_string());
        if self.launch("guess-serve", style, serve) {
            self.start_clients(Arc::new(Host { number, server, address }));
        }
    }

    /// Starts clients under the chosen strategy in place of those there are, which finish their games first.
    pub(super) fn start_clients(&mut self, host: Arc<Host>) {
        let (lower, upper, seed) = (*RANGE.start(), *RANGE.end(), self.start.seed ^ self.started);
        let play = Play::new(host.address, Games::Random { lower, upper, seed }, DEADLINE);
        let play = play.watched(self.watch.clone()).recorded(Recorder::with_room(TRACED));
        let play = Arc::new(play);
        let style = match (STRATEGIES[self.chosen_client].make)(&self.setup) {
            Ok(style) => style,
            Err(error) => return self.fail(&error.to_string()),
        };
        let (party, seats) = Party::new(self.started + 1, host, Arc::clone(&play));
        if self.launch("guess-play", style, move |style| style.play(&play, seats).map_err(|error| error.to_string())) {
            if let Some(mut before) = self.party.replace(party) {
                before.leave();
                self.leaving.push(before);
            }
            self.set_pace();
            self.let_leave();
        }
    }

    /// Lets those go who have finished their last game, and gives their seats to others. A server that nobody needs any more goes
    /// when its connections are gone: what was said last may still be on its way.
    pub(super) fn let_leave(&mut self) {
        let before = self.leaving.len();
        let host = self.party.as_ref().map(|party| party.host.number);
        self.leaving.retain_mut(|party| {
            !party.is_over() || (Some(party.host.number) != host && party.host.server.connections() > 0)
        });
        self.changed |= self.leaving.len() != before;
        self.seat_clients();
    }

    /// Lets as many clients play as are wanted, where a seat is free.
    pub(super) fn seat_clients(&mut self) {
        let Some(party) = &mut self.party else { return };
        for index in 0..self.wanted {
            if party.at(index).is_none() && self.leaving.iter().all(|before| before.at(index).is_none()) {
                party.seat(index);
            }
        }
    }

    /// Ends every server and every game, but a person's own.
    pub(super) fn end_parties(&mut self) {
        self.party = None;
        self.leaving.clear();
    }

    /// Runs a server or clients on a thread of their own, which reports their end.
    fn launch(
        &mut self,
        name: &str,
        style: Box<dyn Style>,
        body: impl FnOnce(&dyn Style) -> Result<(), String> + Send + 'static,
    ) -> bool {
        self.started += 1;
        let (number, report) = (self.started, self.report.clone());
        let thread = Builder::new().name(name.to_owned()).spawn(move || {
            let ended = caught::catch(|| body(&*style)).unwrap_or_else(|panic| Err(panic.to_string()));
            // An event loop waits for its threads when it is dropped: that belongs to its end.
            drop(style);
            let _ = report.send(Report::Ended(number, ended));
        });
        match thread {
            Ok(_) => self.running += 1,
            Err(ref error) => self.fail(&format!("no thread for {name}: {error}")),
        }
        thread.is_ok()
    }

    /// Paused or stepped back, the server's patience is changed with the clients' pace.
    pub(super) fn set_pace(&mut self) {
        self.begin_measuring();
        let pace = match (self.paused || self.race.is_some(), self.stepped_back) {
            (true, _) => Pace::Paused,
            (false, true) => Speed::PLEASANT.pace(),
            (false, false) => self.speed.pace(),
        };
        let person = self.mine.as_ref().is_some_and(|mine| !mine.own.shown.over);
        let patience = if self.paused || self.race.is_some() || person { Duration::ZERO } else { DEADLINE };
        for party in self.leaving.iter().chain(&self.party) {
            party.host.server.deadline.set(patience);
            party.play.thinking.set(pace);
        }
    }

    pub(super) fn misbehave(&mut self, how: Mischief) {
        if let Some(seat) = self.leaving.iter().chain(&self.party).find_map(|party| party.at(self.lane)) {
            seat.misbehave(how);
            let what = match how {
                Mischief::Drop => "drops its connection",
                Mischief::Garbage => "sends garbage",
                Mischief::Stall => "stalls until the server's deadline",
            };
            self.notice(Tone::Plain, format!("client {} {what} at its next number", self.lane));
        }
    }
}
