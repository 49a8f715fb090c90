//! How many threads, processes and tasks may be alive at once here: a safe part of what the machine still allows.

use std::fs;
use std::path::Path;

use rustix::process::{Resource, getrlimit};

/// Processes that are started at once at most, whatever the machine allows: each takes milliseconds, and nothing more is
/// learnt from the next hundred.
const PROCESSES: u64 = 200;

/// Memory that one process is taken to need at most.
const PROCESS_BYTES: u64 = 16 << 20;

/// Memory that one thread is taken to need, its part in the kernel included, beside what it holds.
const THREAD_BYTES: u64 = 64 << 10;

/// Memory that one task is taken to need, beside what it holds.
const TASK_BYTES: u64 = 4 << 10;

/// Mappings that one thread takes: its stack and the guard page below.
const THREAD_MAPPINGS: u64 = 2;

/// What the machine still allows this program. What the system does not tell is taken for unlimited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Threads and processes that may still be started.
    pub ids: u64,
    /// Memory mappings that this process may still make.
    pub mappings: u64,
    /// Files that this process may have open.
    pub files: u64,
    /// Memory that is available, in bytes.
    pub memory: u64,
}

/// The most of something that is tried at once, and what sets the bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bound {
    /// So many.
    pub most: usize,
    /// Because of this, as it ends the sentence `stopped at 200: …`.
    pub why: &'static str,
}

impl Bound {
    /// What is tried of `count`, and the reason when that is less.
    pub fn of(self, count: usize) -> (usize, Option<&'static str>) {
        (count.min(self.most), (count > self.most).then_some(self.why))
    }

    fn tightest<const N: usize>(bounds: [(u64, &'static str); N]) -> Self {
        let (most, why) = bounds.into_iter().min_by_key(|(most, _)| *most).unwrap_or((0, "nothing is allowed"));
        Self { most: most as usize, why }
    }
}

impl Limits {
    /// Reads them.
    pub fn read() -> Self {
        let limit = |resource| getrlimit(resource).current.unwrap_or(u64::MAX);
        let tasks = tasks_now();
        let left = |most: Option<u64>| most.map_or(u64::MAX, |most| most.saturating_sub(tasks));
        let (pids_max, pids_now) = (group_value("pids", "pids.max"), group_value("pids", "pids.current"));
        let ids = [
            left(number("/proc/sys/kernel/pid_max")),
            left(number("/proc/sys/kernel/threads-max")),
            limit(Resource::Nproc).saturating_sub(tasks),
            pids_max.map_or(u64::MAX, |most| most.saturating_sub(pids_now.unwrap_or(0))),
        ];
        Self {
            ids: ids.into_iter().min().unwrap_or(u64::MAX),
            mappings: number("/proc/sys/vm/max_map_count").unwrap_or(u64::MAX).saturating_sub(mappings_now()),
            files: limit(Resource::Nofile),
            memory: memory_left().min(limit(Resource::As)),
        }
    }

    /// The most threads, each holding this many bytes: half of the ids and mappings that are left, a quarter of the memory.
    pub fn threads(&self, held: usize) -> Bound {
        Bound::tightest([
            (self.ids / 2, "half of the threads that the system still allows"),
            (self.mappings / THREAD_MAPPINGS / 2, "half of the mappings that a process may have, two a thread"),
            (self.memory / 4 / (THREAD_BYTES + held as u64), "a quarter of the memory that is free"),
        ])
    }

    /// The most processes, each with a socket of ours.
    pub fn processes(&self) -> Bound {
        Bound::tightest([
            (PROCESSES, "more would only take longer"),
            (self.ids / 4, "a quarter of the processes that the system still allows"),
            (self.files / 4, "a quarter of the files that may be open"),
            (self.memory / 4 / PROCESS_BYTES, "a quarter of the memory that is free"),
        ])
    }

    /// The most tasks or waiting jobs, each holding this many bytes.
    pub fn tasks(&self, held: usize) -> Bound {
        Bound::tightest([(self.memory / 4 / (TASK_BYTES + held as u64), "a quarter of the memory that is free")])
    }

    /// The most socket pairs.
    pub fn socket_pairs(&self) -> Bound {
        Bound::tightest([(self.files / 4, "half of the files that may be open, two a pair")])
    }
}

/// Threads and processes on the machine now: the number after the slash in `loadavg`.
fn tasks_now() -> u64 {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split_whitespace().nth(3).and_then(|field| field.split_once('/')?.1.parse().ok()).unwrap_or(0)
}

fn mappings_now() -> u64 {
    fs::read_to_string("/proc/self/maps").map_or(0, |maps| maps.lines().count() as u64)
}

/// Memory that can be had without swapping; under strict accounting also no more than may still be committed.
fn memory_left() -> u64 {
    let text = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let field = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
        Some(line.split_whitespace().next()?.parse::<u64>().ok()? * 1024)
    };
    let available = field("MemAvailable").unwrap_or(u64::MAX);
    let strict = number("/proc/sys/vm/overcommit_memory") == Some(2);
    let committable = match (field("CommitLimit"), field("Committed_AS")) {
        // A thread's stack is committed whole, 2 MiB, where its pages count only as they are touched.
        (Some(most), Some(now)) if strict => most.saturating_sub(now) * THREAD_BYTES / (2 << 20),
        _ => u64::MAX,
    };
    let group = group_value("memory", "memory.max").or_else(|| group_value("memory", "memory.limit_in_bytes"));
    let used = group_value("memory", "memory.current").or_else(|| group_value("memory", "memory.usage_in_bytes"));
    let of_group = group.map_or(u64::MAX, |most| most.saturating_sub(used.unwrap_or(0)));
    available.min(committable).min(of_group)
}

/// A value of this process's control group, in either version; none where it says `max`, or there is none.
fn group_value(controller: &str, file: &str) -> Option<u64> {
    let groups = fs::read_to_string("/proc/self/cgroup").ok()?;
    groups.lines().find_map(|line| {
        let mut fields = line.splitn(3, ':').skip(1);
        let (controllers, path) = (fields.next()?, fields.next()?.trim_start_matches('/'));
        let root = match controllers {
            "" => Path::new("/sys/fs/cgroup").to_owned(),
            list if list.split(',').any(|name| name == controller) => Path::new("/sys/fs/cgroup").join(controller),
            _ => return None,
        };
        // Inside a container the path is the host's, and the group's own files stand at the root.
        [root.join(path), root].iter().find_map(|folder| number(folder.join(file)))
    })
}

fn number(path: impl AsRef<Path>) -> Option<u64> {
    fs::read_to_string(path).ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOMY: Limits = Limits { ids: 32_000, mappings: 65_000, files: 1024, memory: 16 << 30 };

    #[test]
    fn the_tightest_limit_sets_the_bound_and_says_so() {
        assert_eq!(ROOMY.threads(0).most, 16_000);
        let few_mappings = Limits { mappings: 4000, ..ROOMY };
        assert_eq!(
            few_mappings.threads(0).of(5000),
            (1000, Some("half of the mappings that a process may have, two a thread"))
        );
        assert_eq!(few_mappings.threads(0).of(1000), (1000, None));
        assert_eq!(Limits { memory: 1 << 30, ..ROOMY }.threads(1 << 20).why, "a quarter of the memory that is free");
        assert_eq!((ROOMY.processes().most, ROOMY.socket_pairs().most), (200, 256));
    }

    #[test]
    fn no_bound_reaches_a_limit_of_this_machine() {
        let here = Limits::read();
        assert!((here.threads(0).most as u64) < here.ids, "{here:?}");
        assert!((here.processes().most as u64) < here.ids.min(here.files), "{here:?}");
        assert!((here.tasks(0).most as u64).saturating_mul(TASK_BYTES) < here.memory, "{here:?}");
    }
}
