//! How many cores this program may use, and the wish to use fewer.

use std::thread::available_parallelism;

/// The cores available to this process now, at least 1.
pub fn available() -> usize {
    available_parallelism().map_or(1, usize::from)
}

/// Limits the calling thread, and all that it starts from now on (threads and processes), to the first `count` of the cores
/// it may run on.
#[cfg(target_os = "linux")]
pub fn limit(count: usize) -> Result<(), String> {
    use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
    let allowed = sched_getaffinity(None).map_err(|error| format!("the allowed cores cannot be read: {error}"))?;
    let mut fewer = CpuSet::new();
    let mut left = count;
    for core in (0..CpuSet::MAX_CPU).filter(|core| allowed.is_set(*core)) {
        if left == 0 {
            break;
        }
        fewer.set(core);
        left -= 1;
    }
    if count == 0 || left > 0 {
        let there = count - left;
        return Err(format!("this program may use {there} cores: ask for 1 to {there}, not {count}"));
    }
    sched_setaffinity(None, &fewer).map_err(|error| format!("the system refused: {error}"))
}

/// Limits the program to `count` cores: not on this system.
#[cfg(not(target_os = "linux"))]
pub fn limit(_count: usize) -> Result<(), String> {
    Err("this system has no call that limits a program to some of its cores".to_owned())
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn a_limit_holds_for_the_thread_that_asked() {
        let inside = std::thread::spawn(|| limit(1).map(|()| available())).join().unwrap();
        assert_eq!(inside, Ok(1));
        assert!(limit(0).unwrap_err().contains("not 0"));
        assert!(limit(1_000_000).unwrap_err().contains("not 1000000"));
    }
}
