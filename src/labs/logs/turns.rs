//! Taking turns at one output: a long line keeps its turn until its end, so that no other's bytes come between.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use crate::labs::logs::open_file::Ends;

/// Something that many origins write to, `T`, and whose long line is being written.
#[derive(Debug, Default)]
pub struct Turns<T> {
    state: Mutex<State<T>>,
    line_ended: Condvar,
}

#[derive(Debug, Default)]
struct State<T> {
    output: T,
    open: Option<usize>,
}

impl<T> Turns<T> {
    /// Turns at this output.
    pub fn new(output: T) -> Self {
        Self { state: Mutex::new(State { output, open: None }), line_ended: Condvar::new() }
    }

    /// Has `write` write for this origin, once no other's long line is open.
    pub fn take<R>(&self, origin: usize, ends: Ends, write: impl FnOnce(&mut T) -> R) -> R {
        let mut state = self.state();
        while state.open.is_some_and(|other| other != origin) {
            state = self.line_ended.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        let result = write(&mut state.output);
        let goes_on = ends == Ends::GoesOn;
        if state.open.is_some() && !goes_on {
            self.line_ended.notify_all();
        }
        state.open = goes_on.then_some(origin);
        result
    }

    /// Ends the long line of this origin, whose rest was lost, by `end`; if one is open.
    pub fn cut(&self, origin: usize, end: impl FnOnce(&mut T)) {
        let mut state = self.state();
        if state.open == Some(origin) {
            end(&mut state.output);
            state.open = None;
            self.line_ended.notify_all();
        }
    }

    /// Looks at the output, whoever's turn it is.
    pub fn with<R>(&self, look: impl FnOnce(&mut T) -> R) -> R {
        look(&mut self.state().output)
    }

    fn state(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::thread;

    #[test]
    fn nobody_comes_between_the_pieces_of_a_line() {
        let turns = Turns::new(String::new());
        turns.take(0, Ends::GoesOn, |out| out.push('a'));
        thread::scope(|scope| {
            scope.spawn(|| turns.take(1, Ends::Whole, |out| out.push('b')));
            for _ in 0..100 {
                thread::yield_now();
                turns.take(0, Ends::GoesOn, |out| out.push('a'));
            }
            turns.take(0, Ends::Whole, |out| out.push('\n'));
        });
        assert_eq!(turns.with(|out| out.clone()), "a".repeat(101) + "\nb");
        turns.take(2, Ends::GoesOn, |_| ());
        turns.cut(2, |out| out.push('!'));
        turns.take(3, Ends::Whole, |out| assert!(out.ends_with("b!")));
    }
}
