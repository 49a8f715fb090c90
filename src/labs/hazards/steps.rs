//! Two workers that add to one counter, one step at a time, in whatever order somebody chooses.

use std::collections::VecDeque;

/// Lines of what happened that are kept.
const LINES: usize = 12;

/// What a worker does in one step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Takes the lock, or finds it held.
    Take,
    /// Reads the counter.
    Load,
    /// Writes what it has read, and one.
    Store,
    /// Gives the lock back.
    Release,
    /// Adds one to the counter, all at once.
    Add,
    /// Adds one to a counter of its own.
    AddOwn,
}

impl Step {
    /// What the worker is about to do, in a word or two.
    pub fn name(self) -> &'static str {
        match self {
            Self::Take => "take the lock",
            Self::Load => "load",
            Self::Store => "store",
            Self::Release => "give the lock back",
            Self::Add => "add",
            Self::AddOwn => "add to its own",
        }
    }
}

/// The steps of one update under a strategy; None for one that is not about the counter.
pub fn program(strategy: &str) -> Option<&'static [Step]> {
    Some(match strategy {
        "racy" => &[Step::Load, Step::Store],
        "mutex" => &[Step::Take, Step::Load, Step::Store, Step::Release],
        "atomic-add" => &[Step::Add],
        "per-worker" => &[Step::AddOwn],
        _ => return None,
    })
}

/// One of the two workers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Worker {
    /// Its next step, as a place in the program.
    next: usize,
    /// What it has loaded and not stored yet.
    pub loaded: Option<u64>,
    /// Its own counter.
    pub own: u64,
    /// Updates that it has made.
    pub done: u64,
}

/// The counter, the lock and the two workers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Steps {
    program: &'static [Step],
    /// The counter that both share.
    pub counter: u64,
    /// Who holds the lock.
    pub holder: Option<usize>,
    /// The workers.
    pub workers: [Worker; 2],
    /// What happened, oldest first.
    pub lines: VecDeque<String>,
}

impl Steps {
    /// Two workers that have done nothing yet, under a program that has steps.
    pub fn new(program: &'static [Step]) -> Self {
        Self { program, counter: 0, holder: None, workers: [Worker::default(); 2], lines: VecDeque::new() }
    }

    /// What a worker, 0 or 1, is about to do.
    pub fn next(&self, worker: usize) -> Step {
        self.program[self.workers[worker].next]
    }

    /// Lets a worker, 0 or 1, do its next step.
    pub fn advance(&mut self, worker: usize) {
        let step = self.next(worker);
        let number = worker + 1;
        let mine = &mut self.workers[worker];
        let line = match step {
            Step::Take if self.holder.is_some() => {
                self.say(format!("worker {number} waits: the lock is held"));
                return;
            }
            Step::Take => {
                self.holder = Some(worker);
                format!("worker {number} takes the lock")
            }
            Step::Load => {
                mine.loaded = Some(self.counter);
                format!("worker {number} loads {}", self.counter)
            }
            Step::Store => {
                // What the other has stored since is overwritten. He may himself have gone back behind what was loaded.
                let lost = self.counter.saturating_sub(mine.loaded.unwrap_or(self.counter));
                self.counter = mine.loaded.take().unwrap_or(self.counter) + 1;
                mine.done += 1;
                match lost {
                    0 => format!("worker {number} stores {}", self.counter),
                    1 => format!("worker {number} stores {}: 1 update lost", self.counter),
                    _ => format!("worker {number} stores {}: {lost} updates lost", self.counter),
                }
            }
            Step::Release => {
                self.holder = None;
                format!("worker {number} gives the lock back")
            }
            Step::Add => {
                self.counter += 1;
                mine.done += 1;
                format!("worker {number} adds: {}", self.counter)
            }
            Step::AddOwn => {
                mine.own += 1;
                mine.done += 1;
                format!("worker {number} adds to its own: {}", mine.own)
            }
        };
        mine.next = (mine.next + 1) % self.program.len();
        self.say(line);
    }

    /// Updates that were made.
    pub fn expected(&self) -> u64 {
        self.workers.iter().map(|worker| worker.done).sum()
    }

    /// Updates that the counter shows, those included that the fan-in will add.
    pub fn got(&self) -> u64 {
        self.counter + self.workers.iter().map(|worker| worker.own).sum::<u64>()
    }

    fn say(&mut self, line: String) {
        if self.lines.len() == LINES {
            self.lines.pop_front();
        }
        self.lines.push_back(line);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn steps(strategy: &str, workers: &[usize]) -> Steps {
        let mut steps = Steps::new(program(strategy).unwrap());
        for worker in workers {
            steps.advance(*worker);
        }
        steps
    }

    #[test]
    fn a_store_between_load_and_store_is_lost() {
        let steps = steps("racy", &[0, 1, 0, 1]);
        assert_eq!((steps.expected(), steps.got()), (2, 1));
        assert_eq!(
            steps.lines,
            ["worker 1 loads 0", "worker 2 loads 0", "worker 1 stores 1", "worker 2 stores 1: 1 update lost"]
        );
    }

    #[test]
    fn a_held_lock_makes_the_other_wait() {
        let mut steps = steps("mutex", &[0, 1, 1]);
        assert_eq!(steps.lines.back().unwrap(), "worker 2 waits: the lock is held");
        for worker in [0, 0, 0, 1, 1, 1] {
            steps.advance(worker);
        }
        assert_eq!((steps.expected(), steps.got(), steps.holder), (2, 2, Some(1)));
        assert_eq!(program("lock-order"), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 100, ..ProptestConfig::default() })]

        #[test]
        fn the_cures_lose_nothing_in_any_order(order in proptest::collection::vec(0..2_usize, 0..200)) {
            for cure in ["mutex", "atomic-add", "per-worker"] {
                let mut steps = steps(cure, &order);
                // Who is in the middle of an update comes to its end.
                for worker in steps.holder.into_iter().chain([0, 1]) {
                    while steps.workers[worker].next != 0 {
                        steps.advance(worker);
                    }
                }
                prop_assert_eq!(steps.expected(), steps.got(), "{}", cure);
            }
            let racy = steps("racy", &order);
            prop_assert!(racy.got() <= racy.expected());
        }
    }
}
