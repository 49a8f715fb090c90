//! A coroutine's alarm clock: it rings when a wait has lasted until the deadline.
//!
//! It stays set from one wait to the next, and is moved only when it rings too early. To set it anew for every line, and to
//! take it back when the line has come, would cost as much as to read the line.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Instant;

use tokio::time::{Sleep, sleep_until};

use crate::labs::guess::patience::Deadline;

/// The alarm of one connection, whose coroutine waits for one thing at a time.
#[derive(Debug, Default)]
pub(super) struct Alarm(Option<Pin<Box<Sleep>>>);

impl Alarm {
    /// Ready when a wait that began then has lasted until the deadline. Without a deadline it never is.
    pub(super) fn poll(&mut self, begun: Instant, deadline: &Deadline, context: &mut Context<'_>) -> Poll<()> {
        while let Some(after) = deadline.get() {
            let due = (begun + after).into();
            let alarm = self.0.get_or_insert_with(|| Box::pin(sleep_until(due)));
            if alarm.deadline() > due {
                alarm.as_mut().reset(due);
            }
            ready!(alarm.as_mut().poll(context));
            if deadline.passed(begun) {
                return Poll::Ready(());
            }
            // Set for a wait before this one, or by a shorter deadline.
            alarm.as_mut().reset(due);
        }
        Poll::Pending
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::poll_fn;
    use std::time::Duration;

    #[test]
    fn an_alarm_rings_for_the_present_wait_whatever_it_was_set_for() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let (mut alarm, deadline) = (Alarm::default(), Deadline::new(Duration::from_millis(20)));
        let mut wait = |after: u64| {
            deadline.set(Duration::from_millis(after));
            let begun = Instant::now();
            runtime.block_on(poll_fn(|context| alarm.poll(begun, &deadline, context)));
            assert!(deadline.passed(begun), "{:?}", begun.elapsed());
        };
        // Longer, shorter and longer again than what it was set for the time before.
        for after in [20, 40, 1, 30] {
            wait(after);
        }
    }

    #[test]
    fn an_alarm_that_was_set_for_an_hour_rings_when_the_deadline_is_moved_nearer() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let (mut alarm, deadline) = (Alarm::default(), Deadline::new(Duration::from_hours(1)));
        let mut poll_once = |begun| {
            runtime.block_on(async { poll_fn(|context| Poll::Ready(alarm.poll(begun, &deadline, context))).await })
        };
        assert_eq!(poll_once(Instant::now()), Poll::Pending);
        deadline.set(Duration::ZERO);
        assert_eq!(poll_once(Instant::now()), Poll::Pending, "there is no deadline");
        deadline.set(Duration::from_millis(1));
        let begun = Instant::now().checked_sub(Duration::from_secs(1)).unwrap();
        assert_eq!(poll_once(begun), Poll::Ready(()));
    }
}
