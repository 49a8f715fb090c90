//! What this program used of the machine, worker processes included: CPU time, context switches, memory.

use std::fs;

use nix::sys::resource::{Usage as Rusage, UsageWho, getrusage};
use serde::Serialize;

/// A reading that later ones are compared with.
#[derive(Debug, Clone, Copy)]
pub struct Before(Totals);

/// What was used between two readings.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Usage {
    /// CPU time of this program and its children, in seconds.
    pub cpu_s: f64,
    /// Times that a thread left its core, by its own will or not.
    pub context_switches: u64,
    /// The most memory held at once, in bytes, summed over this program and its children; since the first reading where the
    /// system can begin anew, and since the start otherwise.
    pub peak_rss_bytes: u64,
}

impl Usage {
    /// Takes in what another run used: sums, and the higher of the peaks.
    pub fn add(&mut self, other: &Self) {
        self.cpu_s += other.cpu_s;
        self.context_switches += other.context_switches;
        self.peak_rss_bytes = self.peak_rss_bytes.max(other.peak_rss_bytes);
    }
}

#[derive(Debug, Clone, Copy, Default)]
struct Totals {
    cpu_s: f64,
    context_switches: u64,
}

impl Before {
    /// Reads what has been used so far, and lets peaks of memory begin anew.
    pub fn read() -> Self {
        for id in children() {
            forget_peak(&id);
        }
        forget_peak("self");
        Self(totals())
    }

    /// What has been used since.
    pub fn since(&self) -> Usage {
        let now = totals();
        Usage {
            cpu_s: (now.cpu_s - self.0.cpu_s).max(0.0),
            context_switches: now.context_switches.saturating_sub(self.0.context_switches),
            peak_rss_bytes: peak("self").unwrap_or_else(lifetime_peak)
                + children().iter().filter_map(|id| peak(id)).sum::<u64>(),
        }
    }
}

/// This process, the children that it has waited for, and those that live.
fn totals() -> Totals {
    let mut totals = Totals::default();
    for who in [UsageWho::RUSAGE_SELF, UsageWho::RUSAGE_CHILDREN] {
        if let Ok(used) = getrusage(who) {
            totals.cpu_s += seconds(&used);
            totals.context_switches += (used.voluntary_context_switches() + used.involuntary_context_switches()) as u64;
        }
    }
    for id in children() {
        totals.cpu_s += child_seconds(&id).unwrap_or(0.0);
        totals.context_switches += child_switches(&id);
    }
    totals
}

fn seconds(used: &Rusage) -> f64 {
    [used.user_time(), used.system_time()].iter().map(|time| time.tv_sec() as f64 + time.tv_usec() as f64 / 1e6).sum()
}

/// The most memory that this process has held since its start, in bytes.
fn lifetime_peak() -> u64 {
    // Linux counts in kibibytes here, macOS in bytes.
    let unit = if cfg!(target_os = "macos") { 1 } else { 1024 };
    getrusage(UsageWho::RUSAGE_SELF).map_or(0, |used| used.max_rss() as u64 * unit)
}

/// The ids of the children that live. Linux tells them thread by thread; elsewhere none are found, and only children that
/// have ended are counted.
fn children() -> Vec<String> {
    let Ok(threads) = fs::read_dir("/proc/self/task") else { return vec![] };
    let lists = threads.flatten().filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok());
    lists.flat_map(|list| list.split_whitespace().map(str::to_owned).collect::<Vec<_>>()).collect()
}

/// CPU time of a child, all its threads together, in seconds.
fn child_seconds(id: &str) -> Option<f64> {
    // `schedstat` of each thread begins with its time on a core in nanoseconds; `stat` has steps of 10 ms.
    let threads = fs::read_dir(format!("/proc/{id}/task")).ok()?;
    let times = threads.flatten().filter_map(|thread| {
        let text = fs::read_to_string(thread.path().join("schedstat")).ok()?;
        text.split_whitespace().next()?.parse::<f64>().ok()
    });
    Some(times.sum::<f64>() / 1e9)
}

fn child_switches(id: &str) -> u64 {
    let Ok(threads) = fs::read_dir(format!("/proc/{id}/task")) else { return 0 };
    let status = threads.flatten().filter_map(|thread| fs::read_to_string(thread.path().join("status")).ok());
    status.map(|text| field(&text, "voluntary_ctxt_switches") + field(&text, "nonvoluntary_ctxt_switches")).sum()
}

/// Peak of resident memory, in bytes.
fn peak(id: &str) -> Option<u64> {
    let text = fs::read_to_string(format!("/proc/{id}/status")).ok()?;
    Some(field(&text, "VmHWM") * 1024)
}

/// Lets the kernel take the present memory for the peak (man 5 `proc_pid_clear_refs`); where it refuses, the old peak stays.
fn forget_peak(id: &str) {
    let _ = fs::write(format!("/proc/{id}/clear_refs"), "5");
}

/// A number from a line `name: number` of a `status` file; 0 when it is not there.
fn field(status: &str, name: &str) -> u64 {
    let value = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    value.and_then(|value| value.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_shows_in_cpu_time_and_memory_in_the_peak() {
        let before = Before::read();
        let mut memory = vec![1_u8; 32 << 20];
        while before.since().cpu_s < 0.02 {
            for byte in &mut memory {
                *byte = std::hint::black_box(byte.wrapping_mul(3));
            }
        }
        let used = before.since();
        assert!(used.peak_rss_bytes > 32 << 20, "{used:?}");
    }

    #[test]
    fn a_field_of_a_status_file() {
        let status = "VmHWM:\t  1234 kB\nvoluntary_ctxt_switches:\t5\nnonvoluntary_ctxt_switches:\t7\n";
        assert_eq!(
            (field(status, "VmHWM"), field(status, "voluntary_ctxt_switches"), field(status, "none")),
            (1234, 5, 0)
        );
    }
}
