//! The adviser measures evidence for whoever looks at the tree: on a thread of its own, on a quiet stage, and only when asked.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crossbeam_channel::{Sender, bounded};

use super::evidence::{Bench, Board, Topic};
use crate::labs::Start;
use crate::runtime::control::Control;
use crate::runtime::stage::Stage;
use crate::runtime::wake::Wake;
use crate::runtime::worker::Runner;
use crate::runtime::{caught, priority};

/// The adviser of one dashboard. What it has found stays for as long as the dashboard runs.
#[derive(Debug, Clone)]
pub struct Adviser {
    wake: Wake,
    stage: Stage,
    executable: PathBuf,
    workers: usize,
    shared: Arc<Mutex<Shared>>,
}

#[derive(Debug, Default)]
struct Shared {
    board: Board,
    /// What is measured now.
    now: Option<Topic>,
    /// Counts the changes, so that whoever looks knows when there is something new.
    changes: u64,
}

/// A measurement that was asked for. Dropped, it is cancelled.
#[derive(Debug)]
pub struct Asked {
    control: Control,
    _runner: Runner<Vec<Topic>>,
}

impl Drop for Asked {
    fn drop(&mut self) {
        self.control.stop();
    }
}

impl Adviser {
    /// An adviser that has measured nothing.
    pub fn new(start: &Start) -> Self {
        Self {
            wake: start.wake.clone(),
            stage: start.stage.clone(),
            executable: start.executable.clone(),
            workers: start.workers,
            shared: Arc::default(),
        }
    }

    /// Looks at what was found so far, and at what is measured now.
    pub fn look<T>(&self, look: impl FnOnce(&Board, Option<Topic>) -> T) -> T {
        let shared = self.lock();
        look(&shared.board, shared.now)
    }

    /// A number that is another one after each change.
    pub fn changes(&self) -> u64 {
        self.lock().changes
    }

    /// Begins to measure these, one after another. None when there is no thread for it.
    pub fn ask(&self, topics: Vec<Topic>) -> Asked {
        let control = Control::default();
        let bench = Bench { executable: self.executable.clone(), workers: self.workers, control: control.clone() };
        let adviser = self.clone();
        // Nobody receives reports: what is found stands on the board.
        let (reports, _): (Sender<()>, _) = bounded(1);
        let runner = Runner::start(
            "advice-run",
            reports,
            move |topics: Vec<Topic>, _| {
                priority::step_back();
                let result = caught::catch(|| adviser.measure(&topics, &bench));
                adviser.change(|shared| shared.now = None);
                if let Err(panic) = result {
                    adviser.change(|shared| {
                        for topic in topics {
                            shared.board.entry(topic).or_insert_with(|| Err(panic.to_string()));
                        }
                    });
                }
            },
            |_| (),
        );
        runner.give(topics);
        Asked { control, _runner: runner }
    }

    fn measure(&self, topics: &[Topic], bench: &Bench) {
        let _quiet = self.stage.ask_for_quiet("advice");
        for topic in topics {
            self.change(|shared| shared.now = Some(*topic));
            match topic.measure(bench) {
                Ok(findings) => self.change(|shared| drop(shared.board.insert(*topic, Ok(findings)))),
                Err(error) if error.is_stopped() => return,
                Err(error) => self.change(|shared| drop(shared.board.insert(*topic, Err(error.to_string())))),
            }
        }
    }

    fn change(&self, change: impl FnOnce(&mut Shared)) {
        let mut shared = self.lock();
        change(&mut shared);
        shared.changes += 1;
        drop(shared);
        self.wake.ring();
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
