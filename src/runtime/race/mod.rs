//! A race: two to four strategies do the same work, each by a clock of its own.
//!
//! Racers that compute get the machine in turns: a turn ends at the first whole step past [`SLICE`], and a racer's clock
//! runs in its own turns alone. Racers whose work waits run at the same time. What cannot be cut into turns runs alone from
//! start to finish before the others, and is then shown again at its own pace, marked as replayed.

mod standing;

use std::convert::Infallible;
use std::io;
use std::ops::RangeInclusive;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::RecvTimeoutError;
use tokio_util::sync::CancellationToken;

use crate::runtime::caught;
use crate::runtime::load::Watch;
use crate::runtime::stage::Stage;
use crate::runtime::strategy::{About, Setup};

pub use standing::{Lane, LaneState, Sharing, Standing};

/// How many may race.
pub const RACERS: RangeInclusive<usize> = 2..=4;

/// A turn ends at the first whole step past this.
pub const SLICE: Duration = Duration::from_millis(50);

/// The stopwatch goes on once a frame, also while a step takes longer than that.
const TICK: Duration = Duration::from_millis(15);

/// What a racer has done when its turn ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lap {
    /// How long the turn took, for its clock.
    pub took: Duration,
    /// How much of the goal is done now.
    pub done: u64,
}

/// How much was done at a time after the start.
pub type Mark = (Duration, u64);

/// A strategy at its work, which can be held between two steps.
pub trait Racer: Send {
    /// Goes on to the first whole step past `slice`, or to the finish.
    fn turn(&mut self, slice: Duration) -> Result<Lap, String>;
}

/// What enters a race.
pub enum Entry {
    /// Work that can be cut into turns.
    InTurns(Box<dyn Racer>),
    /// Work that cannot: it is done as a whole, and says how much was done when.
    Whole(Box<dyn FnOnce() -> Result<Vec<Mark>, String> + Send>),
}

/// Makes an entry on the race's own thread, since pools and processes take their time to start. The token is cancelled when
/// the race is to end.
pub type Enter = Box<dyn FnOnce(&CancellationToken) -> Result<Entry, String> + Send>;

/// A strategy that is to race.
pub struct Starter {
    /// The strategy.
    pub about: &'static About,
    /// Makes it.
    pub enter: Enter,
}

/// A race to be run.
pub struct Plan {
    /// The lab.
    pub lab: &'static str,
    /// What is done, in a few words.
    pub what: String,
    /// What is counted on the way to the finish.
    pub unit: &'static str,
    /// How many of them are the finish.
    pub goal: u64,
    /// How the racers share the machine.
    pub sharing: Sharing,
    /// The racers.
    pub starters: Vec<Starter>,
}

/// A race that is on or over. Dropping it ends it.
#[derive(Debug)]
pub struct Race {
    standing: Arc<Mutex<Standing>>,
    begun: Instant,
    cancel: CancellationToken,
}

impl Race {
    /// Starts a race. `ring` is called when it stands otherwise than before, if only by its stopwatch.
    pub fn start(plan: Plan, setup: Setup, stage: Stage, ring: impl Fn() + Send + Sync + 'static) -> io::Result<Self> {
        let Plan { lab, what, unit, goal, sharing, starters } = plan;
        let lanes = starters.iter().map(|starter| Lane::ready(starter.about)).collect();
        let elapsed = Duration::ZERO;
        let standing = Standing { what, unit, goal, sharing, lanes, elapsed, over: false, contended: None };
        let (standing, cancel) = (Arc::new(Mutex::new(standing)), CancellationToken::new());
        let (begun, ring): (_, Arc<dyn Fn() + Send + Sync>) = (Instant::now(), Arc::new(ring));
        let course = Course {
            lab,
            goal,
            setup,
            standing: Arc::clone(&standing),
            cancel: cancel.clone(),
            ring: Arc::clone(&ring),
        };
        let (on, over) = crossbeam_channel::bounded::<Infallible>(0);
        // Not with the racers, who step back: a stopwatch that waits for them would stand still.
        let clock = move || {
            while over.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
                ring();
            }
        };
        thread::Builder::new().name(format!("{lab}-stopwatch")).spawn(clock)?;
        let body = move || {
            let _on = on;
            let _quiet = stage.ask_for_quiet(lab);
            let watch = Watch::start(lab);
            course.setup.enter_thread();
            course.run(starters, sharing);
            let others = watch.finish();
            course.change(|standing| {
                standing.elapsed = begun.elapsed();
                (standing.over, standing.contended) = (true, others.map(|others| others.contended));
            });
        };
        thread::Builder::new().name(format!("{lab}-race")).spawn(body)?;
        Ok(Self { standing, begun, cancel })
    }

    /// How it stands.
    pub fn standing(&self) -> Standing {
        let standing = locked(&self.standing).clone();
        let elapsed = if standing.over { standing.elapsed } else { self.begun.elapsed() };
        Standing { elapsed, ..standing }
    }
}

impl Drop for Race {
    fn drop(&mut self) {
        self.cancel.cancel();
    }
}

fn locked(standing: &Mutex<Standing>) -> MutexGuard<'_, Standing> {
    standing.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The race's side: its thread and those that it starts.
struct Course {
    lab: &'static str,
    goal: u64,
    setup: Setup,
    standing: Arc<Mutex<Standing>>,
    cancel: CancellationToken,
    ring: Arc<dyn Fn() + Send + Sync>,
}

impl Course {
    fn change(&self, change: impl FnOnce(&mut Standing)) {
        change(&mut locked(&self.standing));
        (self.ring)();
    }

    fn change_lane(&self, lane: usize, change: impl FnOnce(&mut Lane)) {
        self.change(|standing| change(&mut standing.lanes[lane]));
    }

    fn run(&self, starters: Vec<Starter>, sharing: Sharing) {
        let racers: Vec<_> = starters.into_iter().enumerate().map(|(lane, starter)| self.make(lane, starter)).collect();
        match sharing {
            Sharing::InTurns => self.in_turns(racers),
            Sharing::Together => self.together(racers),
        }
    }

    /// A racer at the start; none if it cannot be made.
    fn make(&self, lane: usize, starter: Starter) -> Option<Box<dyn Racer>> {
        let entry = self.attempt(lane, || (starter.enter)(&self.cancel))?;
        match entry {
            Entry::InTurns(racer) => Some(racer),
            Entry::Whole(whole) => {
                self.change_lane(lane, |lane| (lane.state, lane.replayed) = (LaneState::Alone, true));
                let marks = self.attempt(lane, whole)?;
                Some(Box::new(Replay { marks, at: Duration::ZERO }))
            }
        }
    }

    /// Lets a racer do something; a failure, also by a panic, is noted in its lane.
    fn attempt<T>(&self, lane: usize, what: impl FnOnce() -> Result<T, String>) -> Option<T> {
        let result = caught::catch(what).unwrap_or_else(|panicked| Err(panicked.to_string()));
        result.map_err(|why| self.change_lane(lane, |lane| lane.state = LaneState::Failed(why))).ok()
    }

    fn in_turns(&self, mut racers: Vec<Option<Box<dyn Racer>>>) {
        while racers.iter().any(Option::is_some) {
            let begun = Instant::now();
            for (lane, place) in racers.iter_mut().enumerate() {
                if place.as_mut().is_some_and(|racer| !self.turn(lane, &mut **racer)) {
                    *place = None;
                }
                if self.cancel.is_cancelled() {
                    return;
                }
            }
            // Whoever computes and is on its way has taken its slice: a shorter round means that only replays are left.
            let left = SLICE.saturating_sub(begun.elapsed());
            if racers.iter().any(Option::is_some) && !left.is_zero() {
                let _ = crossbeam_channel::after(left).recv();
            }
        }
    }

    fn together(&self, racers: Vec<Option<Box<dyn Racer>>>) {
        thread::scope(|scope| {
            for (lane, mut racer) in racers.into_iter().enumerate().filter_map(|(lane, racer)| Some((lane, racer?))) {
                let body = move || {
                    self.setup.enter_thread();
                    while !self.cancel.is_cancelled() && self.turn(lane, &mut *racer) {}
                };
                let started =
                    thread::Builder::new().name(format!("{}-race-{lane}", self.lab)).spawn_scoped(scope, body);
                if let Err(error) = started {
                    self.change_lane(lane, |lane| lane.state = LaneState::Failed(format!("no thread: {error}")));
                }
            }
        });
    }

    /// Gives a racer a turn. False when it has no more of them to come.
    fn turn(&self, lane: usize, racer: &mut dyn Racer) -> bool {
        let Some(Lap { took, done }) = self.attempt(lane, || racer.turn(SLICE)) else { return false };
        let on = done < self.goal;
        self.change_lane(lane, |lane| {
            lane.done = done;
            lane.seconds += took.as_secs_f64();
            lane.state = if on { LaneState::Racing } else { LaneState::Finished };
        });
        on
    }
}

/// Work that was done as a whole, shown again at its own pace.
struct Replay {
    marks: Vec<Mark>,
    at: Duration,
}

impl Racer for Replay {
    fn turn(&mut self, slice: Duration) -> Result<Lap, String> {
        let end = self.marks.last().ok_or("it left no trace of its work")?.0;
        let took = slice.min(end.saturating_sub(self.at));
        self.at += took;
        let done = self.marks.iter().take_while(|(at, _)| *at <= self.at).last().map_or(0, |(_, done)| *done);
        Ok(Lap { took, done })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crossbeam_channel::bounded;
    use std::path::PathBuf;

    static ONE: About = About { id: "one", title: "One", item: 0, claim: "", wrong_on_purpose: false, source: "" };
    static TWO: About = About { id: "two", title: "Two", ..ONE };
    static THREE: About = About { id: "three", title: "Three", ..ONE };

    /// A racer by a clock that is told: each step takes so long.
    struct Stepping {
        step: Duration,
        done: u64,
        order: Arc<Mutex<Vec<Duration>>>,
    }

    impl Racer for Stepping {
        fn turn(&mut self, slice: Duration) -> Result<Lap, String> {
            self.order.lock().unwrap().push(self.step);
            let steps = slice.as_micros().div_ceil(self.step.as_micros()).min(u128::from(10 - self.done)) as u64;
            self.done += steps;
            Ok(Lap { took: self.step * steps as u32, done: self.done })
        }
    }

    fn starter(about: &'static About, enter: impl FnOnce() -> Result<Entry, String> + Send + 'static) -> Starter {
        Starter { about, enter: Box::new(|_| enter()) }
    }

    fn run(starters: Vec<Starter>, sharing: Sharing) -> Standing {
        let (bell, rung) = bounded(1);
        let plan = Plan { lab: "toy", what: String::new(), unit: "steps", goal: 10, sharing, starters };
        let setup = Setup::headless(1, PathBuf::new());
        let race = Race::start(plan, setup, Stage::new(), move || {
            // A full bell has not been heard yet.
            let _ = bell.try_send(());
        })
        .unwrap();
        loop {
            rung.recv_timeout(Duration::from_secs(20)).expect("it goes on");
            let standing = race.standing();
            if standing.over {
                return standing;
            }
        }
    }

    #[test]
    fn racers_take_turns_and_each_clock_runs_in_its_own() {
        for sharing in [Sharing::InTurns, Sharing::Together] {
            let order = Arc::new(Mutex::new(Vec::new()));
            let stepping = |about, millis| {
                let (step, order) = (Duration::from_millis(millis), Arc::clone(&order));
                starter(about, move || Ok(Entry::InTurns(Box::new(Stepping { step, done: 0, order }))))
            };
            let standing = run(vec![stepping(&ONE, 20), stepping(&TWO, 5)], sharing);
            let millis: Vec<f64> = standing.lanes.iter().map(|lane| (lane.seconds * 1e3).round()).collect();
            assert_eq!((millis, &standing.lanes[0].state), (vec![200.0, 50.0], &LaneState::Finished));
            assert_eq!(standing.place(&standing.lanes[1]), Some(1));
            if sharing == Sharing::InTurns {
                let millis: Vec<u128> = order.lock().unwrap().iter().map(Duration::as_millis).collect();
                assert_eq!(millis, [20, 5, 20, 20, 20], "three steps of 20 ms go past a slice");
            }
        }
    }

    #[test]
    fn what_cannot_be_cut_is_replayed_and_a_failure_stays_in_its_lane() {
        let whole = || {
            let mark = |millis, done| (Duration::from_millis(millis), done);
            Ok(Entry::Whole(Box::new(move || Ok(vec![mark(30, 4), mark(70, 10)]))))
        };
        let panics = || -> Result<Entry, String> { panic!("not today") };
        let standing = run(
            vec![starter(&ONE, whole), starter(&TWO, panics), starter(&THREE, || Err("no".into()))],
            Sharing::InTurns,
        );
        let [replayed, panicked, refused] = &standing.lanes[..] else { panic!("{standing:?}") };
        assert_eq!((replayed.replayed, replayed.done, replayed.seconds), (true, 10, 0.07));
        assert!(matches!(&panicked.state, LaneState::Failed(why) if why.contains("not today")), "{panicked:?}");
        assert_eq!(refused.state, LaneState::Failed("no".to_owned()));
        assert_eq!(standing.verdict().unwrap(), "first, and alone: One");
    }

    #[test]
    fn the_stopwatch_goes_on_while_a_step_takes_long_and_stands_at_the_end() {
        let (bell, rung) = bounded(9);
        let heard = rung.clone();
        let slow = move || {
            Ok(Entry::Whole(Box::new(move || {
                (0..3).for_each(|_| heard.recv_timeout(Duration::from_secs(20)).expect("it goes on"));
                Ok(vec![(Duration::from_millis(1), 10)])
            })))
        };
        let sharing = Sharing::InTurns;
        let starters = vec![starter(&ONE, slow)];
        let plan = Plan { lab: "toy", what: String::new(), unit: "steps", goal: 10, sharing, starters };
        let race = Race::start(plan, Setup::headless(1, PathBuf::new()), Stage::new(), move || {
            // A full bell has not been heard yet.
            let _ = bell.try_send(());
        })
        .unwrap();
        while !race.standing().over {
            rung.recv_timeout(Duration::from_secs(20)).expect("it goes on");
        }
        let Standing { elapsed, .. } = race.standing();
        assert!(elapsed > TICK);
        assert_eq!(race.standing().elapsed, elapsed, "it has stopped");
    }

    #[test]
    fn a_race_that_is_dropped_ends() {
        let (bell, rung) = bounded(0);
        let endless = || {
            let order = Arc::default();
            Ok(Entry::InTurns(Box::new(Stepping { step: Duration::from_micros(1), done: 0, order }) as Box<dyn Racer>))
        };
        let plan = Plan {
            lab: "toy",
            what: String::new(),
            unit: "steps",
            goal: u64::MAX,
            sharing: Sharing::InTurns,
            starters: vec![starter(&ONE, endless)],
        };
        let setup = Setup::headless(1, PathBuf::new());
        let race = Race::start(plan, setup, Stage::new(), move || {
            let _ = bell.send(());
        })
        .unwrap();
        rung.recv_timeout(Duration::from_secs(20)).unwrap();
        drop(race);
        // The last ring is that it is over; then its thread lets go of the bell.
        while rung.recv_timeout(Duration::from_secs(20)).is_ok() {}
        assert!(rung.recv().is_err(), "its thread has ended");
    }
}
