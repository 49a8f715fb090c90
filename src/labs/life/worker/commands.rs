//! What each Command does to the worker's universe.

use std::sync::Arc;
use std::time::Instant;

use super::{Life, Mishap};
use crate::labs::common::{Common, Pick};
use crate::labs::life::calm::Calm;
use crate::labs::life::grid::Cell;
use crate::labs::life::part::Grain;
use crate::labs::life::rule::Rule;
use crate::labs::life::soup::soup;
use crate::labs::life::strategies::STRATEGIES;
use crate::labs::life::tempo::Tempo;
use crate::labs::life::universe::{Topology, Universe};
use crate::labs::life::view::{Command, Room, View};
use crate::labs::{Notice, Tone};
use crate::runtime::activity::Level;
use crate::runtime::worker::Outbox;

/// The share of living cells in a new soup.
pub(super) const DENSITY: f64 = 0.35;

impl Life {
    pub(super) fn take_command(&mut self, command: &Command, outbox: &mut Outbox<View, Notice>) {
        match command {
            Command::Common(Common::Strategy(pick)) => self.switch(*pick, outbox),
            Command::Common(Common::Pause) => self.set_paused(!self.tempo.is_paused()),
            Command::Common(Common::Run) => {
                let about = self.about.take();
                self.begin(self.pattern.clone(), Arc::clone(&self.origin));
                self.about = about;
                self.keep_a_strategy_that_can(outbox);
            }
            Command::Common(Common::Workers(change)) => {
                self.workers = change.apply(self.workers);
                self.record.forget_time(self.strategy);
                self.activity.line(Level::Info, format_args!("{} workers", self.workers));
            }
            Command::Place(room) => self.place(*room),
            Command::Faster => self.change_speed(|tempo| tempo.set_speed(tempo.speed().faster())),
            Command::Slower => self.change_speed(|tempo| tempo.set_speed(tempo.speed().slower())),
            Command::FlatOut => self.change_speed(Tempo::turn_flat_out),
            Command::Step => {
                self.set_paused(true);
                self.tempo.step();
            }
            Command::Back => self.back(outbox),
            Command::Soup => {
                self.new_soup();
                self.keep_a_strategy_that_can(outbox);
            }
            Command::SeedGlider => self.choose_pattern("seed-glider", outbox),
            Command::Pan(down, right) => match &mut self.picker {
                Some(picker) => picker.go(down.saturating_add(*right)),
                None => self.viewpoint.pan(*down, *right),
            },
            Command::Nearer => self.viewpoint.nearer(),
            Command::Farther => self.viewpoint.farther(),
            Command::Fit => self.viewpoint.fit(&self.now.space),
            Command::Panic => self.let_go_wrong(Mishap::Panic),
            Command::Fail => {
                self.interrupt();
                self.let_go_wrong(Mishap::Fault);
            }
            Command::Cancel => {
                if let Some(busy) = &mut self.busy {
                    busy.given_up = Some(Instant::now());
                    busy.cancel.cancel();
                }
            }
            Command::Io => {
                self.io.points = (self.io.points + 1) % 3;
                self.changed_task(outbox);
            }
            Command::Grain => {
                self.grain = match self.grain {
                    Grain::Cell => Grain::Row,
                    Grain::Row => Grain::Band,
                    Grain::Band => Grain::Cell,
                };
                self.changed_task(outbox);
            }
            Command::Pick => self.pick(outbox),
            Command::LeaveList => self.picker = None,
            Command::Colour => self.colour = self.colour.next(),
            Command::Calm => self.calm = if self.calm.is_some() { None } else { Some(Calm::default()) },
            Command::Pattern(name) => self.choose_pattern(name, outbox),
            Command::NextPattern(by) => self.next_pattern(*by, outbox),
            Command::Open(path) => self.open(path),
            Command::Rule(rule) => {
                self.replace(Universe { rule: *rule, ..(*self.now).clone() });
                self.keep_a_strategy_that_can(outbox);
            }
            Command::Topology(topology) => self.set_topology(*topology, outbox),
            Command::PaintAt { column, row, alive } => {
                let (y, x) = self.viewpoint.cell_at(*column, *row);
                let state = if *alive { Cell::Alive } else { Cell::Empty };
                self.paint(y, x, |_| state, outbox);
            }
            Command::Paint(x, y) => self.paint(*y, *x, turned, outbox),
            Command::Edit => {
                self.viewpoint.turn_cursor();
                self.set_paused(true);
            }
            Command::Toggle => {
                if let Some((y, x)) = self.viewpoint.cursor {
                    self.paint(y, x, turned, outbox);
                }
            }
            Command::Race(names) => self.start_race(names, outbox),
        }
    }

    /// The fan-out is another now: times of the one before are not compared with it.
    fn changed_task(&mut self, outbox: &mut Outbox<View, Notice>) {
        self.record.forget_times();
        self.interrupt();
        self.keep_a_strategy_that_can(outbox);
    }

    fn set_topology(&mut self, topology: Option<Topology>, outbox: &mut Outbox<View, Notice>) {
        let wanted = topology.unwrap_or(match self.now.topology() {
            Topology::Torus => Topology::Plane,
            Topology::Plane => Topology::Torus,
        });
        match self.now.moved_to(wanted) {
            Some(universe) => {
                self.replace(universe);
                self.viewpoint.fit(&self.now.space);
                self.keep_a_strategy_that_can(outbox);
            }
            None => outbox.event(Notice { tone: Tone::Warn, text: "no torus fits around these cells".to_owned() }),
        }
    }

    fn switch(&mut self, pick: Pick, outbox: &mut Outbox<View, Notice>) {
        let task = self.task();
        let mut wanted = pick.from(self.strategy, STRATEGIES);
        // A key that goes through the table passes over those that cannot take this grid; one that is named says why.
        let mut passed = 0;
        while let Err(why) = (STRATEGIES[wanted].supports)(&task) {
            passed += 1;
            if passed > STRATEGIES.len() {
                return;
            }
            let text = format!("{}: {why}", STRATEGIES[wanted].about.title);
            outbox.event(Notice { tone: Tone::Warn, text });
            match pick {
                Pick::Named(_) => return,
                Pick::Next | Pick::Previous => wanted = pick.from(wanted, STRATEGIES),
            }
        }
        self.record.note_load(self.strategy);
        self.strategy = wanted;
        self.problem = None;
        self.end_race();
        self.interrupt();
        self.activity.line(Level::Info, format_args!("strategy {}", STRATEGIES[wanted].about.id));
    }

    /// Takes the next strategy that can step what there is now, if the present one cannot.
    pub(super) fn keep_a_strategy_that_can(&mut self, outbox: &mut Outbox<View, Notice>) {
        if (self.row().supports)(&self.task()).is_err() {
            self.switch(Pick::Next, outbox);
        }
    }

    pub(super) fn set_paused(&mut self, paused: bool) {
        self.problem = None;
        self.failed_cell = None;
        self.end_race();
        self.record.rate.clear();
        self.tempo.pause(paused);
    }

    fn change_speed(&mut self, change: impl FnOnce(&mut Tempo)) {
        change(&mut self.tempo);
        self.record.rate.clear();
        self.activity.line(Level::Info, format_args!("speed {:?}", self.tempo.speed()));
    }

    fn let_go_wrong(&mut self, mishap: Mishap) {
        self.mishap = Some(mishap);
        self.problem = None;
        if self.tempo.is_paused() {
            self.tempo.step();
        }
    }

    /// Begins with generation 0 of another universe, or again with that of the same.
    pub(super) fn begin(&mut self, pattern: String, origin: Arc<Universe>) {
        self.interrupt();
        self.run += 1;
        let other = self.now.space.size() != origin.space.size() || self.now.rule != origin.rule;
        if other {
            self.record.forget_times();
        }
        self.now = Arc::clone(&origin);
        self.origin = origin;
        self.record.begin_again();
        self.problem = None;
        self.failed_cell = None;
        self.end_race();
        self.about = None;
        self.record.seen(&self.now, self.now.population());
        self.pattern = pattern;
        if other {
            self.viewpoint.fit(&self.now.space);
        }
        self.activity
            .line(Level::Info, format_args!("{}: generation 0, {} alive", self.pattern, self.record.population()));
    }

    /// Goes on with other cells at the same generation.
    fn replace(&mut self, universe: Universe) {
        self.interrupt();
        self.run += 1;
        self.end_race();
        self.problem = None;
        self.failed_cell = None;
        let other = self.now.space.size() != universe.space.size() || self.now.rule != universe.rule;
        if other {
            self.record.forget_times();
            self.record.history.clear();
        } else {
            // The picture before the stroke is no generation to go back to.
            self.record.history.back();
        }
        self.now = Arc::new(universe);
        self.record.seen(&self.now, self.now.population());
    }

    pub(super) fn new_soup(&mut self) {
        let look = &self.viewpoint.look;
        let (height, width) = (usize::from(look.rows).max(1) * 2, usize::from(look.columns).max(1));
        let seed = self.start.seed.wrapping_add(self.soups);
        self.soups += 1;
        let grid = soup(height, width, DENSITY, seed);
        self.begin(format!("soup {seed}"), Arc::new(Universe::torus(Rule::LIFE, grid)));
    }

    fn back(&mut self, outbox: &mut Outbox<View, Notice>) {
        self.set_paused(true);
        self.interrupt();
        self.run += 1;
        match self.record.back() {
            Some(before) => self.now = before,
            None => outbox.event(Notice { tone: Tone::Warn, text: "no generation before this one is kept".to_owned() }),
        }
    }

    pub(super) fn place(&mut self, room: Option<Room>) {
        let Some(Room { pane, cells: size }) = room else { return };
        if size.columns == 0 || size.rows == 0 {
            return;
        }
        self.pane = pane;
        self.viewpoint.resize(size);
        if let Some(picker) = &mut self.picker {
            picker.resize(size.columns, size.rows);
        }
        if self.placed {
            self.viewpoint.fit(&self.now.space);
        } else {
            self.placed = true;
            self.new_soup();
        }
    }

    fn paint(&mut self, y: i64, x: i64, state: impl FnOnce(Cell) -> Cell, outbox: &mut Outbox<View, Notice>) {
        let inside = self
            .now
            .space
            .size()
            .is_none_or(|(height, width)| (0..height as i64).contains(&y) && (0..width as i64).contains(&x));
        if !inside {
            return;
        }
        self.set_paused(true);
        match self.now.painted(y, x, state) {
            Some(universe) => self.replace(universe),
            None => outbox.event(Notice { tone: Tone::Warn, text: "too far apart to be drawn over".to_owned() }),
        }
    }
}

/// The other state.
fn turned(state: Cell) -> Cell {
    match state {
        Cell::Alive => Cell::Empty,
        Cell::Empty => Cell::Alive,
    }
}
