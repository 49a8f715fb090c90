//! The race, as the worker keeps it: when it begins, and what ends it.

use std::sync::Arc;

use super::Life;
use crate::labs::life::race::{self, Course, Racing};
use crate::labs::life::runner::Report;
use crate::labs::life::strategies::STRATEGIES;
use crate::labs::life::view::View;
use crate::labs::race::racers;
use crate::labs::{Notice, Tone};
use crate::runtime::activity::Level;
use crate::runtime::worker::Outbox;

impl Life {
    pub(super) fn start_race(&mut self, names: &[&'static str], outbox: &mut Outbox<View, Notice>) {
        self.interrupt();
        if self.is_racing() {
            return self.end_race();
        }
        match racers(STRATEGIES, names, &race::USUAL, &self.task()) {
            Ok(rows) => self.waiting_race = Some(rows),
            Err(text) => outbox.event(Notice { tone: Tone::Warn, text }),
        }
    }

    /// Begins the race that was asked for, once the runner is free.
    pub(super) fn drive_race(&mut self) {
        let Some(rows) = self.waiting_race.take() else { return };
        let course = Course { from: Arc::clone(&self.now), grain: self.grain, io: self.io.clone() };
        let reports = self.reports.clone();
        // A full queue means that the worker is about to look anyway.
        let ring = move || drop(reports.try_send(Report::Raced));
        match Racing::start(&self.pattern, &rows, &course, &self.setup(), &self.start.stage, ring) {
            Ok(racing) => self.race = Some(racing),
            Err(error) => self.problem = Some(format!("no race: {error}")),
        }
    }

    /// Whether a race is shown, or about to be.
    pub(super) fn is_racing(&self) -> bool {
        self.race.is_some() || self.waiting_race.is_some()
    }

    /// Writes down how the race ended, once.
    pub(super) fn tell_race(&mut self) {
        let Some(racing) = self.race.as_mut().filter(|racing| !racing.told && !racing.is_on()) else { return };
        racing.told = true;
        for lane in racing.standing().lanes {
            let (id, done, seconds) = (lane.about.id, lane.done, lane.seconds);
            self.activity.line(Level::Info, format_args!("race: {id}, {done} generations in {seconds:.3} s"));
        }
    }

    /// Leaves the race for the grid that all began from.
    pub(super) fn end_race(&mut self) {
        self.waiting_race = None;
        if self.race.take().is_some() {
            self.tempo.catch_up();
        }
    }
}
