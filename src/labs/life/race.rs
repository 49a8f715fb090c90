//! A race over the grid that is there: the same generations under several strategies.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::ID;
use super::calm::Calm;
use super::history::History;
use super::order::{CellIo, Order};
use super::part::Grain;
use super::picture::Picture;
use super::strategies::{Row, Stepper};
use super::tiling::{Fit, Tiling, Whole};
use super::universe::Universe;
use super::view;
use crate::runtime::race::{Entry, Lap, Plan, Race, Racer, Sharing, Standing, Starter};
use crate::runtime::stage::Stage;
use crate::runtime::strategy::Setup;
use crate::ui::canvas::Size;

/// Generations that a race goes over.
pub const GENERATIONS: u64 = 2000;

/// How long a racer steps before it shows what it has made: less than a frame of sixty a second, as a step is made whole.
const SHOWN: Duration = Duration::from_millis(12);

/// Who usually races, as far as they can step the grid.
pub const USUAL: [&str; 9] = [
    "coroutines",
    "thread-pool",
    "rayon",
    "bitboard",
    "bitboard-rayon",
    "hashlife",
    "serial",
    "coroutines-mt",
    "task-group",
];

/// A race that is on or over.
pub struct Racing {
    race: Race,
    /// The generation that all begin from.
    begin: u64,
    lanes: Vec<Seen>,
    whole: Whole,
    /// It is over, and that has been told.
    pub told: bool,
}

/// What is seen of a racer.
struct Seen {
    /// What it has made last.
    made: Shared,
    calm: Calm,
    /// The last picture: how near by, of which generation.
    taken: Option<(Fit, u64, Picture)>,
}

/// The last generation of a racer, seen from its thread and from the worker's.
type Shared = Arc<Mutex<Arc<Universe>>>;

fn locked(shared: &Shared) -> MutexGuard<'_, Arc<Universe>> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Seen {
    fn new(made: Shared) -> Self {
        Self { made, calm: Calm::default(), taken: None }
    }

    /// The picture of what it has made last. It is taken anew only if the racer has gone on or is looked at otherwise.
    fn picture(&mut self, tiling: &Tiling, fit: Fit, calm: bool) -> Picture {
        let now = Arc::clone(&locked(&self.made));
        let picture = match self.taken.take() {
            Some((taken, generation, picture)) if (taken, generation) == (fit, now.generation) => picture,
            _ => {
                let Size { columns, rows } = tiling.picture();
                // A racer shows one generation in hundreds: nothing is seen of how long a cell has lived.
                let picture = Picture::take(&fit.look, &now, &History::default());
                if fit.times > 1 { picture.enlarged(fit.times.into(), columns, rows) } else { picture }
            }
        };
        self.taken = Some((fit, now.generation, picture.clone()));
        if calm { self.calm.hold(Instant::now(), picture) } else { picture }
    }
}

/// What is stepped, and how.
#[derive(Debug, Clone)]
pub struct Course {
    /// The generation that all begin from.
    pub from: Arc<Universe>,
    /// How much of the grid one task takes.
    pub grain: Grain,
    /// Simulated I/O in each cell.
    pub io: CellIo,
}

/// One strategy at the race's work.
struct Stepping {
    stepper: Box<dyn Stepper>,
    now: Arc<Universe>,
    begin: u64,
    order: Order,
    made: Shared,
    /// Tells that there is something new to see.
    ring: Arc<dyn Fn() + Send + Sync>,
}

impl Racer for Stepping {
    fn turn(&mut self, slice: Duration) -> Result<Lap, String> {
        let finish = self.begin + GENERATIONS;
        let mut took = Duration::ZERO;
        while took < slice && self.now.generation < finish {
            let begun = Instant::now();
            let until = Some(begun + SHOWN.min(slice.saturating_sub(took)));
            let order = Order { generations: finish - self.now.generation, until, ..self.order.clone() };
            let advance = self.stepper.advance(&self.now, &order);
            // To show it is not the racer's work.
            took += begun.elapsed();
            if let Some(failed) = advance.failed {
                return Err(failed.to_string());
            }
            self.now = advance.universe;
            *locked(&self.made) = Arc::clone(&self.now);
            (self.ring)();
        }
        Ok(Lap { took, done: self.now.generation - self.begin })
    }
}

impl Racing {
    /// Starts a race of these strategies. Cells that wait let the racers run at the same time.
    pub fn start(
        what: &str,
        rows: &[&'static Row],
        course: &Course,
        setup: &Setup,
        stage: &Stage,
        ring: impl Fn() + Send + Sync + 'static,
    ) -> io::Result<Self> {
        let ring: Arc<dyn Fn() + Send + Sync> = Arc::new(ring);
        let begin = course.from.generation;
        let made: Vec<Shared> = rows.iter().map(|_| Arc::new(Mutex::new(Arc::clone(&course.from)))).collect();
        let starter = |(row, made): (&&'static Row, &Shared)| {
            let (row, made, course, setup) = (*row, Arc::clone(made), course.clone(), setup.clone());
            let ring = Arc::clone(&ring);
            Starter {
                about: &row.about,
                enter: Box::new(move |cancel| {
                    let Course { from, grain, io } = course;
                    let order = Order { grain, io, cancel: cancel.clone(), ..Order::new(GENERATIONS) };
                    let stepper = (row.make)(&setup).map_err(|error| error.to_string())?;
                    let begin = from.generation;
                    Ok(Entry::InTurns(Box::new(Stepping { stepper, begin, now: from, order, made, ring })))
                }),
            }
        };
        let plan = Plan {
            lab: ID,
            what: what.to_owned(),
            unit: "generations",
            goal: GENERATIONS,
            sharing: if course.io.points > 0 { Sharing::Together } else { Sharing::InTurns },
            starters: rows.iter().zip(&made).map(starter).collect(),
        };
        let race = Race::start(plan, setup.clone(), stage.clone(), move || ring())?;
        let lanes = made.into_iter().map(Seen::new).collect();
        Ok(Self { race, begin, lanes, whole: Whole::of(&course.from.space), told: false })
    }

    /// What is shown of it in a pane of this size: how it stands, and what each racer has made. Calm pictures hold back large
    /// changes of brightness.
    pub fn view(&mut self, pane: Size, calm: bool) -> view::Race {
        let tiling = Tiling::best(pane, self.lanes.len() as u16, &self.whole);
        let fit = tiling.fit(&self.whole);
        let pictures = self.lanes.iter_mut().map(|lane| lane.picture(&tiling, fit, calm)).collect();
        view::Race { standing: self.standing(), tiling, pictures }
    }

    /// What keeps its pictures calm.
    pub fn calms(&self) -> impl Iterator<Item = &Calm> {
        self.lanes.iter().map(|lane| &lane.calm)
    }

    /// The same, to be changed.
    pub fn calms_mut(&mut self) -> impl Iterator<Item = &mut Calm> {
        self.lanes.iter_mut().map(|lane| &mut lane.calm)
    }

    /// How it stands.
    pub fn standing(&self) -> Standing {
        let mut standing = self.race.standing();
        // What is made within a turn is shown before the turn is over.
        for (lane, seen) in standing.lanes.iter_mut().zip(&self.lanes) {
            lane.done = lane.done.max(locked(&seen.made).generation - self.begin);
        }
        standing
    }

    /// Whether somebody is still on the way.
    pub fn is_on(&self) -> bool {
        !self.standing().over
    }
}
