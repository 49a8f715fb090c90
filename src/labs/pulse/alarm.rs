//! One exact wait of an event loop.
//!
//! tokio's own timer is rounded up to whole milliseconds, which would be most of the lag that is measured here. On Linux the
//! kernel's timer descriptor is waited for instead; elsewhere it is tokio's timer after all.

#[cfg(target_os = "linux")]
pub use exact::Alarm;

#[cfg(not(target_os = "linux"))]
pub(super) use rounded::Alarm;

#[cfg(target_os = "linux")]
#[allow(unsafe_code, reason = "registering a descriptor with the loop is at the edge of the process")]
mod exact {
    use std::io;
    use std::os::fd::OwnedFd;
    use std::time::Duration;

    use rustix::time::{
        Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create, timerfd_settime,
    };
    use tokio::io::Interest;
    use tokio::io::unix::AsyncFd;

    /// A timer of the kernel, registered with the event loop that it was made on.
    #[derive(Debug)]
    pub struct Alarm(AsyncFd<OwnedFd>);

    impl Alarm {
        /// An alarm that is not set.
        pub fn new() -> io::Result<Self> {
            let timer = timerfd_create(TimerfdClockId::Monotonic, TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC)?;
            // SAFETY: the descriptor is open, owned by the `AsyncFd` from here on, and neither replaced nor closed before it.
            Ok(Self(unsafe { AsyncFd::register_with_interest(timer, Interest::READABLE) }?))
        }

        /// Waits so long; a wait of nothing is over at once.
        pub async fn after(&mut self, wait: Duration) -> io::Result<()> {
            if wait.is_zero() {
                // The kernel takes zero for "never".
                return Ok(());
            }
            let it_value = Timespec { tv_sec: wait.as_secs() as i64, tv_nsec: i64::from(wait.subsec_nanos()) };
            let once = Itimerspec { it_interval: Timespec { tv_sec: 0, tv_nsec: 0 }, it_value };
            timerfd_settime(self.0.get_ref(), TimerfdTimerFlags::empty(), &once)?;
            loop {
                let mut ready = self.0.readable().await?;
                if let Ok(read) = ready.try_io(|timer| Ok(rustix::io::read(timer.get_ref(), &mut [0_u8; 8])?)) {
                    return read.map(|_| ());
                }
            }
        }
    }
}

#[cfg(any(test, not(target_os = "linux")))]
mod rounded {
    use std::io;
    use std::time::Duration;

    /// tokio's timer.
    #[derive(Debug)]
    pub(in super::super) struct Alarm;

    impl Alarm {
        /// An alarm that is not set.
        #[allow(clippy::unnecessary_wraps, reason = "the kernel's timer can fail")]
        pub(in super::super) fn new() -> io::Result<Self> {
            Ok(Self)
        }

        /// Waits so long; a wait of nothing is over at once.
        pub(in super::super) async fn after(&mut self, wait: Duration) -> io::Result<()> {
            tokio::time::sleep(wait).await;
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, Instant};

    #[tokio::test]
    async fn both_alarms_wait_as_long_as_asked_again_and_again() {
        let (mut exact, mut rounded) = (Alarm::new().unwrap(), rounded::Alarm::new().unwrap());
        for wait in [0, 1, 700, 2300].map(Duration::from_micros) {
            let begun = Instant::now();
            exact.after(wait).await.unwrap();
            assert!(begun.elapsed() >= wait);
            let begun = Instant::now();
            rounded.after(wait).await.unwrap();
            assert!(begun.elapsed() >= wait);
        }
    }
}
