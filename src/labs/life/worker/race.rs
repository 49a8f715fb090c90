//! The race, as the worker keeps it: the racers and how far each is.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::Life;
use crate::labs::life::history::History;
use crate::labs::life::part::Grain;
use crate::labs::life::picture::{Look, Picture};
use crate::labs::life::runner::{self, Job, Turn};
use crate::labs::life::strategies::{Row, STRATEGIES, Task};
use crate::labs::life::universe::Universe;
use crate::labs::life::view::{self, Event, RaceLane, View};
use crate::labs::{Notice, Tone};
use crate::runtime::activity::Level;
use crate::runtime::strategy::find;
use crate::runtime::worker::Outbox;

/// A race that is on or over.
pub(super) struct Racing {
    pub(super) goal: u64,
    pub(super) lanes: Vec<Racer>,
}

pub(super) struct Racer {
    pub(super) row: &'static Row,
    pub(super) now: Arc<Universe>,
    pub(super) seconds: f64,
}

/// Generations that a race goes over.
const RACE: u64 = 500;

impl Life {
    pub(super) fn start_race(&mut self, names: &[&'static str], outbox: &mut Outbox<View, Event>) {
        self.interrupt();
        self.run += 1;
        if self.race.take().is_some() {
            self.tempo.catch_up();
            return;
        }
        let task = Task::of(&self.now, Grain::Cell, 0);
        let able = |row: &&'static Row| (row.supports)(&task).is_ok();
        let mut rows: Vec<&'static Row> = if names.is_empty() {
            let usual = ["coroutines", "thread-pool", "rayon", "bitboard", "bitboard-rayon", "hashlife", "serial"];
            usual.iter().filter_map(|id| find(STRATEGIES, id).ok()).filter(able).collect()
        } else {
            STRATEGIES.iter().filter(|row| names.contains(&row.about.id)).filter(able).collect()
        };
        rows.truncate(4);
        if rows.len() < 2 {
            let text = "a race takes at least two strategies that can step this grid".to_owned();
            return outbox.event(Notice { tone: Tone::Warn, text });
        }
        let goal = self.now.generation + RACE;
        let lanes = rows.iter().map(|row| Racer { row, now: Arc::clone(&self.now), seconds: 0.0 }).collect();
        self.race = Some(Racing { goal, lanes });
        self.waiting_race = Some(rows);
    }

    /// Begins the race that was asked for, once the runner is free.
    pub(super) fn drive_race(&mut self) {
        let Some((rows, race)) = self.waiting_race.take().zip(self.race.as_ref()) else { return };
        let cancel = CancellationToken::new();
        let (goal, run, from) = (race.goal, self.run, Arc::clone(&self.now));
        self.give(
            Job::Race(runner::Race { run, rows, setup: self.setup(), from, goal, cancel: cancel.clone() }),
            cancel,
        );
    }

    pub(super) fn take_turn(&mut self, turn: Turn) {
        if turn.run == self.run
            && let Some(racer) = self.race.as_mut().and_then(|race| race.lanes.get_mut(turn.lane))
        {
            (racer.now, racer.seconds) = (turn.universe, turn.seconds);
        }
    }

    pub(super) fn tell_race(&mut self) {
        for racer in self.race.iter().flat_map(|race| &race.lanes) {
            let (id, generation, seconds) = (racer.row.about.id, racer.now.generation, racer.seconds);
            self.activity.line(Level::Info, format_args!("race: {id} at generation {generation} in {seconds:.3} s"));
        }
    }

    /// Leaves the race for the grid that all began from.
    pub(super) fn end_race(&mut self) {
        if self.race.take().is_some() {
            self.run += 1;
            self.tempo.catch_up();
        }
    }

    /// The racers side by side: each shows the middle of what it has made.
    pub(super) fn race_view(&self, race: &Racing) -> view::Race {
        let lanes = race.lanes.len() as u16;
        let columns = (self.viewpoint.look.columns / lanes).saturating_sub(1);
        let look = Look { columns, rows: self.viewpoint.look.rows.saturating_sub(2), ..self.viewpoint.look };
        let look = match self.now.space.bounds() {
            Some(bounds) => look.fitting(bounds.height(), bounds.width()),
            None => look,
        };
        let lane = |racer: &Racer| RaceLane {
            strategy: &racer.row.about,
            generation: racer.now.generation,
            seconds: racer.seconds,
            picture: Picture::take(&look, &racer.now, &History::default()),
        };
        view::Race { begin: race.goal - RACE, goal: race.goal, lanes: race.lanes.iter().map(lane).collect() }
    }
}
