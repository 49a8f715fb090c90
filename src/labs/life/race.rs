//! A race over the grid that is there: the same generations under several strategies.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::ID;
use super::history::History;
use super::order::{CellIo, Order};
use super::part::Grain;
use super::picture::{Look, Picture};
use super::strategies::{Row, Stepper};
use super::universe::Universe;
use super::view;
use crate::runtime::race::{Entry, Lap, Plan, Race, Racer, Sharing, Standing, Starter};
use crate::runtime::stage::Stage;
use crate::runtime::strategy::Setup;

/// Generations that a race goes over.
pub const GENERATIONS: u64 = 2000;

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

/// Rows above the pictures, beside those of the racers: heading, verdict, rules, names.
const ABOVE: u16 = 4;

/// A race that is on or over.
pub struct Racing {
    race: Race,
    /// What each racer has made last.
    made: Vec<Shared>,
    from: Arc<Universe>,
    /// It is over, and that has been told.
    pub told: bool,
}

/// The last generation of a racer, seen from its thread and from the worker's.
type Shared = Arc<Mutex<Arc<Universe>>>;

fn locked(shared: &Shared) -> MutexGuard<'_, Arc<Universe>> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
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
}

impl Racer for Stepping {
    fn turn(&mut self, slice: Duration) -> Result<Lap, String> {
        let left = (self.begin + GENERATIONS).saturating_sub(self.now.generation);
        let begun = Instant::now();
        let order = Order { generations: left, until: Some(begun + slice), ..self.order.clone() };
        let advance = self.stepper.advance(&self.now, &order);
        let took = begun.elapsed();
        if let Some(failed) = advance.failed {
            return Err(failed.to_string());
        }
        self.now = advance.universe;
        *locked(&self.made) = Arc::clone(&self.now);
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
        let made: Vec<Shared> = rows.iter().map(|_| Arc::new(Mutex::new(Arc::clone(&course.from)))).collect();
        let starter = |(row, made): (&&'static Row, &Shared)| {
            let (row, made, course, setup) = (*row, Arc::clone(made), course.clone(), setup.clone());
            Starter {
                about: &row.about,
                enter: Box::new(move |cancel| {
                    let Course { from, grain, io } = course;
                    let order = Order { grain, io, cancel: cancel.clone(), ..Order::new(GENERATIONS) };
                    let stepper = (row.make)(&setup).map_err(|error| error.to_string())?;
                    Ok(Entry::InTurns(Box::new(Stepping { stepper, begin: from.generation, now: from, order, made })))
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
        let race = Race::start(plan, setup.clone(), stage.clone(), ring)?;
        Ok(Self { race, made, from: Arc::clone(&course.from), told: false })
    }

    /// What is shown of it: how it stands, and beside one another the middle of what each has made.
    pub fn view(&self, look: &Look) -> view::Race {
        let standing = self.standing();
        let columns = (look.columns / self.made.len() as u16).saturating_sub(1);
        let look = Look { columns, rows: look.rows.saturating_sub(self.made.len() as u16 + ABOVE), ..*look };
        let look = match self.from.space.bounds() {
            Some(bounds) => look.fitting(bounds.height(), bounds.width()),
            None => look,
        };
        let picture = |made: &Shared| Picture::take(&look, &locked(made), &History::default());
        view::Race { standing, pictures: self.made.iter().map(picture).collect() }
    }

    /// How it stands.
    pub fn standing(&self) -> Standing {
        self.race.standing()
    }

    /// Whether somebody is still on the way.
    pub fn is_on(&self) -> bool {
        !self.standing().over
    }
}
