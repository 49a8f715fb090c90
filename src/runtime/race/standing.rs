//! How a race stands: what is shown of it.

use std::time::Duration;

use crate::runtime::strategy::About;

/// A race as it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Standing {
    /// What is done, in a few words.
    pub what: String,
    /// What is counted on the way to the finish.
    pub unit: &'static str,
    /// How many of them are the finish.
    pub goal: u64,
    /// How the racers share the machine.
    pub sharing: Sharing,
    /// The racers.
    pub lanes: Vec<Lane>,
    /// How long it has been on, or took.
    pub elapsed: Duration,
    /// Nobody is on the way any more.
    pub over: bool,
    /// Whether others used the machine meanwhile, once it is over and where the system says so.
    pub contended: Option<bool>,
}

/// How racers share the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sharing {
    /// In turns, each by a clock that runs in its own turns.
    InTurns,
    /// At the same time, since their work waits most of its time.
    Together,
}

/// One racer.
#[derive(Debug, Clone, PartialEq)]
pub struct Lane {
    /// Its strategy.
    pub about: &'static About,
    /// How much of the goal is done.
    pub done: u64,
    /// Seconds on its clock.
    pub seconds: f64,
    /// What it does.
    pub state: LaneState,
    /// It cannot be cut into turns: it ran alone from start to finish, and is shown again.
    pub replayed: bool,
}

/// What a racer does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LaneState {
    /// It has not begun.
    Ready,
    /// It runs alone, since it cannot be cut into turns; the others wait.
    Alone,
    /// It is on its way.
    Racing,
    /// It is at the finish.
    Finished,
    /// It gave up: why.
    Failed(String),
}

impl Lane {
    /// A racer that has not begun.
    pub fn ready(about: &'static About) -> Self {
        Self { about, done: 0, seconds: 0.0, state: LaneState::Ready, replayed: false }
    }

    fn is_finished(&self) -> bool {
        self.state == LaneState::Finished
    }
}

impl Standing {
    /// How much of the way a lane has gone, 0 to 1.
    pub fn share(&self, lane: &Lane) -> f64 {
        lane.done as f64 / self.goal.max(1) as f64
    }

    /// The place of a lane that has finished: one more than how many took less time.
    pub fn place(&self, lane: &Lane) -> Option<usize> {
        let faster = |other: &&Lane| other.is_finished() && other.seconds < lane.seconds;
        lane.is_finished().then(|| 1 + self.lanes.iter().filter(faster).count())
    }

    /// Those at the finish, the fastest first.
    pub fn finished(&self) -> Vec<&Lane> {
        let mut lanes: Vec<&Lane> = self.lanes.iter().filter(|lane| lane.is_finished()).collect();
        lanes.sort_by(|a, b| a.seconds.total_cmp(&b.seconds));
        lanes
    }

    /// Who won and by how much, once it is over; none when nobody finished.
    pub fn verdict(&self) -> Option<String> {
        let finished = self.finished();
        let first = finished.first().filter(|_| self.over)?;
        Some(match finished.last().filter(|_| finished.len() > 1) {
            None => format!("first, and alone: {}", first.about.title),
            Some(last) => {
                let times = last.seconds / first.seconds.max(f64::MIN_POSITIVE);
                let times = if times < 9.995 { format!("{times:.2}") } else { format!("{times:.0}") };
                format!("first: {}, {times} times as fast as {}", first.about.title, last.about.title)
            }
        })
    }

    /// The stopwatch, in words.
    pub fn stopwatch(&self) -> String {
        format!("{:.2} s", self.elapsed.as_secs_f64())
    }

    /// How the racers had the machine, in words.
    pub fn rules(&self) -> String {
        let replayed = self.lanes.iter().any(|lane| lane.replayed);
        let sharing = match self.sharing {
            Sharing::InTurns => format!("in turns of {} ms, each by its own clock", super::SLICE.as_millis()),
            Sharing::Together => "at the same time, since they wait".to_owned(),
        };
        let replayed = if replayed { "; replayed: ran alone" } else { "" };
        let contended = if self.contended == Some(true) { "; contended" } else { "" };
        format!("{sharing}{replayed}{contended}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    static FAST: About = About { id: "fast", title: "Fast", item: 0, claim: "", wrong_on_purpose: false, source: "" };
    static SLOW: About = About { id: "slow", title: "Slow", ..FAST };

    #[test]
    fn places_and_verdict_go_by_each_ones_own_clock() {
        let lane = |about, seconds, state| Lane { seconds, state, done: 3, ..Lane::ready(about) };
        let mut race = Standing {
            what: String::new(),
            unit: "steps",
            goal: 4,
            sharing: Sharing::InTurns,
            lanes: vec![
                lane(&SLOW, 3.0, LaneState::Finished),
                lane(&FAST, 2.0, LaneState::Finished),
                lane(&SLOW, 1.0, LaneState::Failed("no luck".to_owned())),
                lane(&SLOW, 1.0, LaneState::Racing),
            ],
            elapsed: Duration::ZERO,
            over: false,
            contended: None,
        };
        let places: Vec<_> = race.lanes.iter().map(|lane| race.place(lane)).collect();
        assert_eq!((places, race.share(&race.lanes[3])), (vec![Some(2), Some(1), None, None], 0.75));
        assert_eq!(race.verdict(), None, "somebody is still on the way");
        race.over = true;
        assert_eq!(race.verdict().unwrap(), "first: Fast, 1.50 times as fast as Slow");
        race.lanes.remove(0);
        assert_eq!(race.verdict().unwrap(), "first, and alone: Fast");
        race.lanes[0].replayed = true;
        race.contended = Some(true);
        assert_eq!(race.rules(), "in turns of 50 ms, each by its own clock; replayed: ran alone; contended");
    }
}
