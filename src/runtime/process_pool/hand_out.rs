//! Which job goes to the next free worker, and what becomes of one whose worker was lost: the pool's promise that each job is
//! done once, or given up after its tries.
//!
//! Its interleavings are checked by loom, in `tests/interleavings.rs`, from this very file.

use std::collections::VecDeque;

/// Times that a job is tried before it is given up: once, and once more when its worker was lost.
const TRIES: u8 = 2;

/// The jobs of one call, by their index.
#[derive(Debug)]
pub struct HandOut {
    /// Those whose worker was lost, in the order of their loss: they go before the rest.
    again: VecDeque<usize>,
    /// The first that nobody has had.
    next: usize,
    tries: Vec<u8>,
    unfinished: usize,
}

/// What becomes of a job whose worker was lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AfterLoss {
    /// Another worker gets it.
    TriedAgain,
    /// It has lost as many workers as it may.
    GivenUp,
}

impl HandOut {
    /// So many jobs, all of which wait.
    pub fn of(count: usize) -> Self {
        Self { again: VecDeque::new(), next: 0, tries: vec![0; count], unfinished: count }
    }

    /// The next job for a worker that is free.
    pub fn take(&mut self) -> Option<usize> {
        if let Some(index) = self.again.pop_front() {
            return Some(index);
        }
        let index = self.next;
        (index < self.tries.len()).then(|| {
            self.next += 1;
            index
        })
    }

    /// Jobs that wait for a worker.
    pub fn waiting(&self) -> usize {
        self.again.len() + self.tries.len() - self.next
    }

    /// A worker has begun on the job.
    pub fn begun(&mut self, index: usize) {
        self.tries[index] += 1;
    }

    /// Whether the job has its first worker.
    pub fn is_first_try(&self, index: usize) -> bool {
        self.tries[index] == 1
    }

    /// The job's worker was lost before it had answered.
    pub fn lost(&mut self, index: usize) -> AfterLoss {
        if self.tries[index] < TRIES {
            self.again.push_back(index);
            AfterLoss::TriedAgain
        } else {
            AfterLoss::GivenUp
        }
    }

    /// The job has its result, be it an error.
    pub fn finished(&mut self) {
        self.unfinished -= 1;
    }

    /// Whether every job has its result.
    pub fn is_over(&self) -> bool {
        self.unfinished == 0
    }
}
