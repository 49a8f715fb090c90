//! Threads that compute give way to the one that draws.

/// How far behind the event loop a computing thread stands, in steps of `nice`. Ten gives it about a tenth of the event
/// loop's weight: enough that a key is answered at once on a machine whose every core is busy, and without effect on
/// throughput while the event loop sleeps.
const STEPS: i32 = 10;

/// Lowers the calling thread's priority below that of the thread that draws; best effort, and for this thread alone.
///
/// Linux keeps a priority for each thread, so `setpriority` on a thread's id leaves the others as they are. Elsewhere the
/// call would lower the whole process, and nothing is done.
pub fn step_behind_screen() {
    #[cfg(target_os = "linux")]
    {
        let thread = Some(rustix::thread::gettid());
        // A program that was started further behind stays there: it is not to be raised.
        if rustix::process::getpriority_process(thread).is_ok_and(|now| now < STEPS) {
            // A refusal (a sandbox, a limit) only means that the thread keeps its priority.
            let _ = rustix::process::setpriority_process(thread, STEPS);
        }
    }
    #[cfg(not(target_os = "linux"))]
    let _ = STEPS;
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
}
