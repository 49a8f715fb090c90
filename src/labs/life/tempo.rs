//! When the next generations are due: speed, pause and single steps.

use std::time::{Duration, Instant};

use super::order::Order;
use super::speed::{Pacer, Speed};

/// How long the runner computes before it reports: a little under a frame's time.
const SLICE: Duration = Duration::from_millis(12);

/// Speed, pause and single steps.
#[derive(Debug)]
pub struct Tempo {
    speed: Speed,
    /// The pace to come back to from flat out.
    pace: Speed,
    pacer: Pacer,
    paused: bool,
    /// Single steps that are still to be made.
    steps: u64,
}

impl Tempo {
    /// At a pleasant pace.
    pub fn new() -> Self {
        Self { speed: Speed::PLEASANT, pace: Speed::PLEASANT, pacer: Pacer::new(), paused: false, steps: 0 }
    }

    /// How fast generations are wanted.
    pub fn speed(&self) -> Speed {
        self.speed
    }

    /// How fast they are to come now: flat out becomes a pace while another lab measures.
    pub fn effective_speed(&self, must_step_back: bool) -> Speed {
        match self.speed {
            Speed::FlatOut if must_step_back => Speed::PLEASANT,
            speed => speed,
        }
    }

    /// Whether it stands still, but for single steps.
    pub fn is_paused(&self) -> bool {
        self.paused
    }

    /// What is to be made now, if anything is due.
    pub fn order(&mut self, now: Instant, must_step_back: bool) -> Option<Order> {
        if self.steps > 0 {
            self.steps -= 1;
            return Some(Order::new(1));
        }
        if self.paused {
            return None;
        }
        let generations = match self.effective_speed(must_step_back) {
            Speed::FlatOut => u64::MAX,
            Speed::Paced(rate) => self.pacer.take(now, rate),
        };
        (generations > 0).then(|| Order { until: Some(now + SLICE), ..Order::new(generations) })
    }

    /// When the next order is due; none while it stands still.
    pub fn due(&self) -> Option<Instant> {
        (!self.paused).then(|| self.pacer.due())
    }

    /// Stands still, or goes on. Steps that were still to be made are not.
    pub fn pause(&mut self, paused: bool) {
        self.paused = paused;
        self.steps = 0;
        if !paused {
            self.catch_up();
        }
    }

    /// One generation more, though it stands still.
    pub fn step(&mut self) {
        self.steps += 1;
    }

    /// Another speed.
    pub fn set_speed(&mut self, speed: Speed) {
        if self.speed != Speed::FlatOut {
            self.pace = self.speed;
        }
        self.speed = speed;
        self.catch_up();
    }

    /// Flat out, or back to the pace from before.
    pub fn turn_flat_out(&mut self) {
        let speed = if self.speed == Speed::FlatOut { self.pace } else { Speed::FlatOut };
        self.set_speed(speed);
    }

    /// What was missed is not made up for: the next generation is due now.
    pub fn catch_up(&mut self) {
        self.pacer = Pacer::new();
    }
}

impl Default for Tempo {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_stands_still_but_for_single_steps() {
        let mut tempo = Tempo::new();
        let now = Instant::now();
        assert_eq!(tempo.order(now, false).unwrap().generations, 1);
        tempo.pause(true);
        assert!(tempo.order(now, false).is_none() && tempo.due().is_none());
        tempo.step();
        assert_eq!(tempo.order(now, false).map(|order| (order.generations, order.until)), Some((1, None)));
        assert!(tempo.order(now, false).is_none());
    }

    #[test]
    fn flat_out_gives_way_and_comes_back_to_the_pace() {
        let mut tempo = Tempo::new();
        tempo.set_speed(Speed::Paced(60));
        tempo.turn_flat_out();
        assert_eq!(tempo.order(Instant::now(), false).unwrap().generations, u64::MAX);
        assert_eq!(tempo.order(Instant::now(), true).unwrap().generations, 1, "another lab measures");
        tempo.turn_flat_out();
        assert_eq!(tempo.speed(), Speed::Paced(60));
    }
}
