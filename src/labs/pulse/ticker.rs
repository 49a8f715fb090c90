//! Ticks of an event loop that are due at exact times, a late one at once.

use std::io;
use std::time::{Duration, Instant};

use super::alarm::Alarm;

/// A loop that is further behind than this was not blocked: its program was stopped by the shell, or the machine slept.
const GIVE_UP: Duration = Duration::from_secs(30);

/// Something that is due again and again.
#[derive(Debug)]
pub struct Ticker {
    every: Duration,
    next: Instant,
    alarm: Alarm,
}

impl Ticker {
    /// Ticks from now on. To be made on the event loop that waits for them.
    pub fn new(every: Duration) -> io::Result<Self> {
        Ok(Self { every, next: Instant::now() + every, alarm: Alarm::new()? })
    }

    /// Waits for the next tick and returns when it was due. No tick is left out: those that a blocked loop has missed come
    /// one after the other without a wait, so that each of them tells how late it was.
    pub async fn due(&mut self) -> io::Result<Instant> {
        let now = Instant::now();
        if now.saturating_duration_since(self.next) > GIVE_UP {
            self.next = now;
        }
        let due = self.next;
        if let Some(wait) = due.checked_duration_since(now) {
            self.alarm.after(wait).await?;
        }
        self.next = due + self.every;
        Ok(due)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_that_were_missed_come_at_once_with_the_time_they_were_due() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let every = Duration::from_millis(2);
            let mut ticker = Ticker::new(every).unwrap();
            let first = ticker.due().await.unwrap();
            assert!(Instant::now() >= first);
            std::thread::sleep(10 * every);
            for n in 1..=10 {
                assert_eq!(ticker.due().await.unwrap(), first + n * every);
            }
            ticker.next -= 2 * GIVE_UP;
            let after_a_stop = ticker.due().await.unwrap();
            assert!(after_a_stop > first, "a stopped program does not catch up");
        });
    }
}
