//! Which core a probe runs on, so that what is measured is the switch and not where the scheduler happened to put the two
//! sides. Best effort: where the system has no such call, both run wherever they are put.

/// Keeps the calling thread, and all that it starts from now on (threads and processes), on one core: the last one it may
/// use, which interrupts seldom go to.
pub fn stay_on_one_core() {
    #[cfg(target_os = "linux")]
    linux::stay_on(|cores| cores.last().copied());
}

/// Starts something on the last core, and then goes to the first one: the two stand apart, as a caller and its busy worker
/// do. On a single core they share it.
pub fn apart<T>(start: impl FnOnce() -> T) -> T {
    #[cfg(target_os = "linux")]
    {
        let all = linux::allowed();
        stay_on_one_core();
        let started = start();
        linux::stay_on(|_| all.first().copied());
        started
    }
    #[cfg(not(target_os = "linux"))]
    start()
}

#[cfg(target_os = "linux")]
mod linux {
    use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

    /// The cores that the calling thread may use.
    pub(super) fn allowed() -> Vec<usize> {
        let set = sched_getaffinity(None).unwrap_or_default();
        (0..CpuSet::MAX_CPU).filter(|core| set.is_set(*core)).collect()
    }

    /// Moves the calling thread to one core. A refusal leaves it where it is.
    pub(super) fn stay_on(choose: impl FnOnce(&[usize]) -> Option<usize>) {
        let Some(core) = choose(&allowed()) else { return };
        let mut one = CpuSet::new();
        one.set(core);
        let _ = sched_setaffinity(None, &one);
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn one_core_is_shared_and_apart_is_not() {
        let (one, child, apart) = std::thread::spawn(|| {
            let all = linux::allowed();
            let other = apart(|| std::thread::spawn(linux::allowed).join().unwrap());
            let here = linux::allowed();
            stay_on_one_core();
            (here.clone(), std::thread::spawn(linux::allowed).join().unwrap(), (all, other, here))
        })
        .join()
        .unwrap();
        assert_eq!((one.len(), &child), (1, &one));
        let (all, other, here) = apart;
        assert_eq!((other.as_slice(), here.as_slice()), (&all[all.len() - 1..], &all[..1]));
    }
}
