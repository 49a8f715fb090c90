//! What others used of the machine while a run was measured: the kernel's own figures, read before and after.

use std::time::Instant;

/// The share of the machine beyond which others make a measurement `contended`.
pub const CONTENDED_ABOVE: f64 = 0.05;

/// A measurement of the machine's load that is under way.
#[derive(Debug)]
pub struct Watch {
    lab: &'static str,
    started: Instant,
    before: Option<Reading>,
}

/// What the others used.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Others {
    /// Their share of the whole machine, 0 to 1.
    pub share: f64,
    /// Whether that is too much for the number to be quoted.
    pub contended: bool,
}

/// CPU time in seconds, since some fixed time each.
#[derive(Debug, Clone, Copy)]
struct Reading {
    /// Of the whole machine.
    machine: f64,
    /// Of this process and its children.
    ours: f64,
    /// Of those threads of this process that belong to other labs.
    other_labs: f64,
}

impl Watch {
    /// Begins to watch on behalf of a lab, whose threads have names that begin with its id.
    pub fn start(lab: &'static str) -> Self {
        Self { lab, started: Instant::now(), before: read(lab) }
    }

    /// What others have used since: other programs, and the other labs of this one. None where the system does not say, or
    /// after so short a time that its figures, which step by 10 ms, cannot tell.
    pub fn finish(&self) -> Option<Others> {
        let (before, after) = (self.before?, read(self.lab)?);
        let elapsed = self.started.elapsed().as_secs_f64();
        if elapsed < 0.05 {
            return None;
        }
        let outside = (after.machine - before.machine) - (after.ours - before.ours);
        let labs = after.other_labs - before.other_labs;
        // The figures are rounded to ticks of 10 ms, on each side of the difference.
        let noise = 0.02;
        let used = outside.max(0.0) + labs.max(0.0);
        let share = used / (elapsed * machine_cores());
        Some(Others { share, contended: used > noise && share > CONTENDED_ABOVE })
    }
}

#[cfg(target_os = "linux")]
fn machine_cores() -> f64 {
    use std::sync::OnceLock;
    static CORES: OnceLock<f64> = OnceLock::new();
    *CORES.get_or_init(|| {
        let stat = std::fs::read_to_string("/proc/stat").unwrap_or_default();
        stat.lines().filter(|line| line.starts_with("cpu") && !line.starts_with("cpu ")).count().max(1) as f64
    })
}

#[cfg(target_os = "linux")]
fn read(lab: &str) -> Option<Reading> {
    let ticks = rustix::param::clock_ticks_per_second() as f64;
    let stat = std::fs::read_to_string("/proc/stat").ok()?;
    // user nice system idle iowait irq softirq steal: man 5 proc_stat. Idle, waiting and stolen time are not use by others.
    let fields: Vec<f64> = stat.lines().next()?.split_whitespace().skip(1).filter_map(|f| f.parse().ok()).collect();
    let machine = [0, 1, 2, 5, 6].iter().filter_map(|i| fields.get(*i)).sum::<f64>() / ticks;
    let mut ours = process_seconds("/proc/self/stat", ticks)?;
    let mut other_labs = 0.0;
    for task in std::fs::read_dir("/proc/self/task").ok()?.flatten() {
        let path = task.path();
        if let Ok(children) = std::fs::read_to_string(path.join("children")) {
            ours += children
                .split_whitespace()
                .filter_map(|pid| process_seconds(&format!("/proc/{pid}/stat"), ticks))
                .sum::<f64>();
        }
        let name = std::fs::read_to_string(path.join("comm")).unwrap_or_default();
        let main = *task.file_name() == *std::process::id().to_string();
        if of_another_lab(main, &name, lab)
            && let Ok(stat) = std::fs::read_to_string(path.join("schedstat"))
        {
            let nanoseconds: f64 = stat.split_whitespace().next().and_then(|f| f.parse().ok()).unwrap_or(0.0);
            other_labs += nanoseconds / 1e9;
        }
    }
    Some(Reading { machine, ours, other_labs })
}

/// Whether a thread works for another lab. The main thread never does: without a screen it is the one that measures, and
/// with one it draws, which costs every lab the same.
#[cfg(target_os = "linux")]
fn of_another_lab(main: bool, name: &str, lab: &str) -> bool {
    !main && !name.starts_with(lab)
}

/// User and system time of a process, its reaped children included, in seconds: fields 14 to 17 of its `stat`.
#[cfg(target_os = "linux")]
fn process_seconds(path: &str, ticks: f64) -> Option<f64> {
    let stat = std::fs::read_to_string(path).ok()?;
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    Some(fields.get(11..15)?.iter().filter_map(|field| field.parse::<f64>().ok()).sum::<f64>() / ticks)
}

#[cfg(not(target_os = "linux"))]
fn machine_cores() -> f64 {
    crate::runtime::cores::available() as f64
}

#[cfg(not(target_os = "linux"))]
fn read(_lab: &str) -> Option<Reading> {
    None
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn the_main_thread_and_the_labs_own_are_not_others() {
        assert!(of_another_lab(false, "life-run", "gcd"));
        assert!(!of_another_lab(false, "gcd-run", "gcd"));
        assert!(!of_another_lab(true, "fanout", "gcd"), "a measurement without a screen runs there");
    }

    #[test]
    fn a_reading_counts_this_process_among_the_machine() {
        let before = read("none").unwrap();
        let deadline = Instant::now() + std::time::Duration::from_secs(10);
        let mut n = 1_u64;
        // Threads of other tests that end take their time out of the sum, but this one's goes on growing.
        loop {
            n = std::hint::black_box(n.wrapping_mul(3));
            let after = read("none").unwrap();
            if after.machine > before.machine && after.ours > before.ours && after.other_labs > before.other_labs {
                break;
            }
            assert!(Instant::now() < deadline, "this test's thread is no lab's own: {before:?} {after:?}");
        }
    }
}
