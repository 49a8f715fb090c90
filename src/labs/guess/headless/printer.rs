//! Lines for stdout that come from a server's event loop, which must not wait for whoever reads them.

use std::fmt;
use std::io::{self, Write};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio_util::sync::CancellationToken;

/// Bytes that may wait; lines beyond are counted and left out.
const MOST_WAITING: usize = 1 << 20;

/// Lines are gathered for so long, so that a busy server costs few writes.
const GATHER: Duration = Duration::from_millis(20);

/// Lines on their way to stdout.
#[derive(Debug, Default)]
pub(super) struct Printer {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    waiting: Vec<u8>,
    left_out: u64,
    ended: bool,
}

impl Printer {
    /// Prints a line. Never waits for stdout.
    pub(super) fn line(&self, line: fmt::Arguments<'_>) {
        let mut state = self.state();
        if state.waiting.len() > MOST_WAITING {
            state.left_out += 1;
            return;
        }
        let first = state.waiting.is_empty();
        // Writing to memory does not fail.
        let _ = writeln!(state.waiting, "{line}");
        drop(state);
        if first {
            self.changed.notify_one();
        }
    }

    /// No more lines will come: [`Printer::write`] returns when the last is out.
    pub(super) fn end(&self) {
        self.state().ended = true;
        self.changed.notify_one();
    }

    /// Writes lines until the end; whoever blocks here is the only one to wait for stdout. Returns how many were left out. When
    /// stdout cannot be written to, `stop` is cancelled.
    pub(super) fn write(&self, stop: &CancellationToken) -> io::Result<u64> {
        let _stop = stop.clone().drop_guard();
        let mut lines = Vec::new();
        loop {
            let nothing = |state: &mut State| state.waiting.is_empty() && !state.ended;
            let mut state = self.changed.wait_while(self.state(), nothing).unwrap_or_else(PoisonError::into_inner);
            let (ended, left_out) = (state.ended, state.left_out);
            std::mem::swap(&mut lines, &mut state.waiting);
            drop(state);
            let mut stdout = io::stdout().lock();
            stdout.write_all(&lines)?;
            stdout.flush()?;
            drop(stdout);
            lines.clear();
            if ended {
                return Ok(left_out);
            }
            let going_on = |state: &mut State| !state.ended;
            drop(self.changed.wait_timeout_while(self.state(), GATHER, going_on));
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
