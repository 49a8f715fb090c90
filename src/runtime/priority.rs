//! Threads and processes that compute give way to the thread that draws.

use std::process::Child;

use rustix::process::Pid;

/// How far behind the event loop whoever computes stands, in steps of `nice`. Ten gives it about a tenth of the event
/// loop's weight: enough that a key is answered at once on a machine whose every core is busy, and without effect on
/// throughput while the event loop sleeps.
const STEPS: i32 = 10;

/// Lowers the calling thread's priority below that of the thread that draws; best effort, and for this thread alone.
pub fn step_behind_screen() {
    #[cfg(target_os = "linux")]
    give_way(rustix::thread::gettid());
    step_back();
}

/// The same for a thread that starts processes to measure what starting and switching cost: it and they keep the usual policy.
///
/// Under the idle policy Linux takes a core that runs them for a free one, and leaves there what it would start on another:
/// a thread was started and joined in 11 µs instead of 60, a process job made in 4 instead of 14.
///
/// Linux keeps a priority for each thread, so `setpriority` on a thread's id leaves the others as they are. Elsewhere the
/// call would lower the whole process, and nothing is done.
pub fn step_back() {
    #[cfg(target_os = "linux")]
    lower(rustix::thread::gettid());
}

/// Lowers the priority of a process, or of a thread where Linux keeps one for each.
fn lower(who: Pid) {
    // One that was started further behind stays there: it is not to be raised.
    if rustix::process::getpriority_process(Some(who)).is_ok_and(|now| now < STEPS) {
        // A refusal (a sandbox, a limit) only means that it keeps its priority.
        let _ = rustix::process::setpriority_process(Some(who), STEPS);
    }
}

/// Has the scheduler run this thread only while no other wants the core, and take the core from it at once when one does.
///
/// To one that is merely nicer Linux lets a slice that was begun, which ends at the next tick: up to 4 ms, for each of the
/// threads that a key goes through, those of the kernel and of the terminal among them.
#[cfg(target_os = "linux")]
#[allow(unsafe_code, reason = "the scheduler's policy is at the edge of the process, and rustix has no call for it")]
fn give_way(thread: Pid) {
    let parameters = libc::sched_param { sched_priority: 0 };
    // SAFETY: the call reads the parameters and keeps no pointer to them. Refused, the thread is still nicer.
    let _ = unsafe { libc::sched_setscheduler(thread.as_raw_nonzero().get(), libc::SCHED_IDLE, &raw const parameters) };
}

/// The same for a process that was just started: the threads and processes that it starts itself stand there too.
pub fn put_behind_screen(child: &Child) {
    #[cfg(target_os = "linux")]
    give_way(Pid::from_child(child));
    lower(Pid::from_child(child));
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn only_the_calling_thread_steps_back() {
        let mine = || rustix::process::getpriority_process(Some(rustix::thread::gettid())).unwrap();
        let before = mine();
        let inside = std::thread::spawn(move || {
            step_behind_screen();
            mine()
        });
        assert_eq!(inside.join().unwrap(), STEPS.max(before));
        assert_eq!(mine(), before);
    }

    /// The thread's policy, as the kernel shows it (the 41st field of `stat`, proc(5)).
    fn policy() -> i32 {
        let stat = std::fs::read_to_string("/proc/thread-self/stat").unwrap();
        let (_, from_third) = stat.rsplit_once(") ").unwrap();
        from_third.split(' ').nth(41 - 3).unwrap().parse().unwrap()
    }

    #[test]
    fn only_who_is_not_measured_runs_under_the_idle_policy() {
        let after = |step: fn()| {
            let inside = std::thread::spawn(move || {
                step();
                policy()
            });
            inside.join().unwrap()
        };
        assert_eq!((after(step_behind_screen), after(step_back)), (libc::SCHED_IDLE, libc::SCHED_OTHER));
    }

    #[test]
    fn a_process_steps_back_alone() {
        let mut child = std::process::Command::new("sleep").arg("60").spawn().unwrap();
        let before = rustix::process::getpriority_process(None).unwrap();
        put_behind_screen(&child);
        let its = rustix::process::getpriority_process(Some(Pid::from_child(&child))).unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!((its, rustix::process::getpriority_process(None).unwrap()), (STEPS.max(before), before));
    }
}
