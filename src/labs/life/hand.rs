//! Who steps cells: a thread, an event loop, a worker process. What a hand does stands in its lane of the trace, and which
//! cells were its can be asked for.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Instant;

use super::part::Part;
use crate::runtime::span::{Lane, Recorder, State};

/// One of those that step cells.
#[derive(Debug, Clone)]
pub struct Hand {
    number: u8,
    lane: Option<Lane>,
}

impl Hand {
    /// The hand of this number, counted from 0, with a lane of this name if anything is recorded.
    pub fn new(recorder: &Recorder, number: usize, name: &str) -> Self {
        Self { number: number as u8, lane: recorder.is_on().then(|| recorder.lane(name)) }
    }

    /// One that records nothing.
    pub fn unseen(number: usize) -> Self {
        Self { number: number as u8, lane: None }
    }

    /// Its number. From 256 on they are counted anew.
    pub fn number(&self) -> u8 {
        self.number
    }

    /// Does some work and records it.
    #[inline]
    pub fn does<T>(&self, label: impl FnOnce() -> String, state: State, work: impl FnOnce() -> T) -> T {
        match &self.lane {
            None => work(),
            Some(lane) => lane.span(label(), state, work),
        }
    }

    /// Notes the time before something that [`Hand::did`] records, if it records anything.
    pub fn begins(&self) -> Option<Instant> {
        self.lane.as_ref().map(|_| Instant::now())
    }

    /// Records what it did since `begun`.
    pub fn did(&self, label: impl FnOnce() -> String, state: State, begun: Option<Instant>) {
        if let Some((lane, begun)) = self.lane.as_ref().zip(begun) {
            lane.record(label(), state, begun, Instant::now());
        }
    }

    /// Records that it has waited for work since it did something last.
    pub fn waited_for_work(&self) {
        if let Some(lane) = &self.lane {
            lane.fill("waits for a task", State::Queue, Instant::now());
        }
    }
}

/// Tasks of a generation that have lanes of their own; the rest is not drawn, since nobody could look at ten thousand lanes.
const MOST_TASKS: usize = 256;

/// The lanes of tasks that wait while others run: one each for the first of a generation.
#[derive(Debug)]
pub struct TaskLanes {
    recorder: Recorder,
    hands: Vec<Hand>,
    rest: Hand,
}

impl TaskLanes {
    /// Of a strategy that records here.
    pub fn new(recorder: &Recorder) -> Self {
        Self { recorder: recorder.clone(), hands: Vec::new(), rest: Hand::unseen(0) }
    }

    /// There are so many tasks now.
    pub fn grow(&mut self, tasks: usize) {
        let lanes = if self.recorder.is_on() { tasks.min(MOST_TASKS) } else { 0 };
        for index in self.hands.len()..lanes {
            self.hands.push(Hand::new(&self.recorder, index, &format!("task {index}")));
        }
    }

    /// Those that there are, in the order of their tasks.
    pub fn all(&self) -> &[Hand] {
        &self.hands
    }

    /// The lane of a task, counted from 0.
    pub fn of(&self, task: usize) -> &Hand {
        self.hands.get(task).unwrap_or(&self.rest)
    }
}

/// Which hand stepped each cell of a torus, in the generation made last.
#[derive(Debug)]
pub struct Who {
    width: usize,
    hands: Vec<AtomicU8>,
}

impl Who {
    /// For a torus of this size; before any generation, all cells are hand 0's.
    pub fn new(height: usize, width: usize) -> Arc<Self> {
        Arc::new(Self { width, hands: (0..height * width).map(|_| AtomicU8::new(0)).collect() })
    }

    /// These cells were stepped by this hand.
    pub fn mark(&self, part: Part, hand: u8) {
        for y in part.rows() {
            let columns = part.columns();
            let row = &self.hands[y * self.width + columns.start..][..columns.len()];
            for cell in row {
                cell.store(hand, Ordering::Relaxed);
            }
        }
    }

    /// Rows and columns.
    pub fn size(&self) -> (usize, usize) {
        (self.hands.len() / self.width, self.width)
    }

    /// The hand that stepped a cell.
    pub fn at(&self, y: usize, x: usize) -> u8 {
        self.hands[y * self.width + x].load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::labs::life::part::Grain;

    #[test]
    fn each_cell_knows_who_stepped_it() {
        let who = Who::new(7, 5);
        for (hand, part) in Grain::Band.parts(7, 5, 3).enumerate() {
            who.mark(part, hand as u8);
        }
        let column: Vec<u8> = (0..7).map(|y| who.at(y, 4)).collect();
        assert_eq!(column, [0, 0, 0, 1, 1, 1, 2]);
        who.mark(Grain::Cell.parts(7, 5, 1).nth(6).unwrap(), 9);
        assert_eq!((who.at(1, 0), who.at(1, 1), who.at(1, 2)), (0, 9, 0));
    }

    #[test]
    fn only_a_hand_that_is_watched_records() {
        let recorder = Recorder::new();
        let (seen, unseen) = (Hand::new(&recorder, 1, "one"), Hand::unseen(2));
        assert_eq!(seen.does(|| "row 3".to_owned(), State::Running, || 5), 5);
        unseen.does(|| unreachable!("nobody reads its label"), State::Running, || ());
        let begun = seen.begins();
        seen.did(|| "wait".to_owned(), State::Io, begun);
        unseen.did(|| unreachable!("nobody reads its label"), State::Io, unseen.begins());
        let trace = recorder.trace();
        assert_eq!(trace.lanes, ["one"]);
        assert_eq!(trace.spans.iter().map(|span| &*span.label).collect::<Vec<_>>(), ["row 3", "wait"]);
    }
}
