//! The races of the worker, and what each server answers flat out.

use std::time::{Duration, Instant};

use super::{Command, Report, Worker};
use crate::labs::Tone;
use crate::labs::guess::ID;
use crate::labs::guess::race;
use crate::labs::guess::strategies::{Anything, STRATEGIES};
use crate::labs::guess::view::FlatOut;
use crate::labs::race::racers;
use crate::runtime::load::Watch;
use crate::runtime::race::Race;

/// How long a server goes flat out before its rate is one: the rates of before have left the mean by then.
const SETTLED: Duration = Duration::from_millis(2600);

impl Worker {
    /// Races these strategies, or ends the race that is shown; the games of the pane are held meanwhile.
    pub(super) fn start_race(&mut self, named: &[&'static str]) {
        if self.race.take().is_some() {
            return self.set_pace();
        }
        let rows = match racers(STRATEGIES, named, &race::USUAL, &Anything) {
            Ok(rows) => rows,
            Err(why) => return self.notice(Tone::Warn, why),
        };
        let report = self.report.clone();
        // A full queue means that the worker is about to look anyway.
        let ring = move || drop(report.try_send(Report::Raced));
        let plan = race::plan(&rows, &self.setup);
        match Race::start(plan, self.setup.clone(), self.start.stage.clone(), ring) {
            Ok(race) => self.race = Some(race),
            Err(error) => self.notice(Tone::Bad, format!("no race: {error}")),
        }
        self.set_pace();
    }

    /// Whatever changes the games of the pane shows them again.
    pub(super) fn leave_race(&mut self, command: &Command) {
        if !matches!(command, Command::Place(_) | Command::Race(_)) && self.race.take().is_some() {
            self.set_pace();
        }
    }

    /// What is measured from here on is another pair of strategies, or another pace.
    pub(super) fn begin_measuring(&mut self) {
        self.load = (Watch::start(ID), Instant::now());
    }

    /// Keeps what the server answers, once it has gone flat out for long enough.
    pub(super) fn note_flat_out(&mut self) {
        let settled = self.load.1.elapsed() > SETTLED && self.leaving.is_empty();
        if !settled || !self.speed.is_flat_out() || self.paused || self.stepped_back || self.race.is_some() {
            return;
        }
        let others = std::mem::replace(&mut self.load.0, Watch::start(ID)).finish();
        self.flat_out[self.chosen_server] = Some(FlatOut {
            requests_per_second: self.rates.requests_per_second(),
            contended: others.is_some_and(|others| others.contended),
        });
    }
}
