//! Where the tasks of one generation report: it counts them down, keeps the first failure, and wakes who waits.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Condvar, PoisonError};

use super::order::{CellFailed, Failed, Fates};
use super::part::Part;
use crate::runtime::caught;

/// The fan-in of tasks on other threads.
#[derive(Debug)]
pub struct FanIn {
    left: AtomicU64,
    finished: AtomicU64,
    unheard: AtomicU64,
    cancelled: AtomicU64,
    /// Set when no more tasks are to begin.
    stop: AtomicBool,
    failing: AtomicBool,
    failure: Mutex<Option<Trouble>>,
    all_reported: Mutex<bool>,
    last: Condvar,
}

/// What went wrong in a task.
#[derive(Debug, Clone)]
pub enum Trouble {
    /// A cell failed.
    Cell(CellFailed),
    /// It panicked, and said this.
    Panic(String),
}

impl FanIn {
    /// Waits for so many cells.
    pub fn new(cells: usize) -> Self {
        Self {
            left: AtomicU64::new(cells as u64),
            finished: AtomicU64::new(0),
            unheard: AtomicU64::new(0),
            cancelled: AtomicU64::new(0),
            stop: AtomicBool::new(false),
            failing: AtomicBool::new(false),
            failure: Mutex::new(None),
            all_reported: Mutex::new(false),
            last: Condvar::new(),
        }
    }

    /// Lets no more tasks begin.
    pub fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }

    /// Whether no more tasks are to begin.
    pub fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// Whether a task has failed.
    fn is_failing(&self) -> bool {
        self.failing.load(Ordering::Relaxed)
    }

    /// Runs a task and takes in what became of it; a panic in it is a failure like any other.
    pub fn run(&self, part: Part, task: impl FnOnce() -> Result<(), CellFailed>) {
        if self.is_stopped() {
            self.skip(part.cells());
            return;
        }
        let trouble = match caught::catch(task) {
            Ok(Ok(())) => None,
            Ok(Err(cell)) => Some(Trouble::Cell(cell)),
            Err(panicked) => Some(Trouble::Panic(panicked.to_string())),
        };
        self.report(part, trouble);
    }

    /// Takes in what became of a task.
    pub fn report(&self, part: Part, trouble: Option<Trouble>) {
        match trouble {
            None if self.is_failing() => self.unheard.fetch_add(part.cells(), Ordering::Relaxed),
            None => self.finished.fetch_add(part.cells(), Ordering::Relaxed),
            Some(trouble) => {
                self.failure.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(trouble);
                self.failing.store(true, Ordering::Relaxed);
                0
            }
        };
        self.count_down(part.cells());
    }

    /// Takes in that these cells will not be stepped.
    pub fn skip(&self, cells: u64) {
        self.cancelled.fetch_add(cells, Ordering::Relaxed);
        self.count_down(cells);
    }

    fn count_down(&self, cells: u64) {
        if self.left.fetch_sub(cells, Ordering::AcqRel) == cells {
            *self.all_reported.lock().unwrap_or_else(PoisonError::into_inner) = true;
            self.last.notify_all();
        }
    }

    /// Waits until every cell has been accounted for, and says whether the generation is whole.
    pub fn wait(&self, route: &'static str) -> Result<(), Failed> {
        let mut all = self.all_reported.lock().unwrap_or_else(PoisonError::into_inner);
        while !*all {
            all = self.last.wait(all).unwrap_or_else(PoisonError::into_inner);
        }
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let fates =
            Fates { finished: count(&self.finished), cancelled: count(&self.cancelled), unheard: count(&self.unheard) };
        match self.failure.lock().unwrap_or_else(PoisonError::into_inner).take() {
            Some(Trouble::Cell(cell)) => Err(cell.report(route, fates)),
            Some(Trouble::Panic(message)) => Err(Failed::Refused(message)),
            None if fates.cancelled > 0 => Err(Failed::Cancelled(fates)),
            None => Ok(()),
        }
    }
}
