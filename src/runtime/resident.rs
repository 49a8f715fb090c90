//! Resident memory by the kernel's own figures: exact, page by page, unlike the running totals of `statm`.

use std::fs;

/// What of this process is in memory now, in bytes; none where the system does not say.
pub fn of_this_process() -> Option<u64> {
    field(&rollup("self")?, "Rss")
}

/// What would be free again if this process ended, in bytes: its pages that no other process shares.
pub fn of_process_alone(id: u32) -> Option<u64> {
    let text = rollup(&id.to_string())?;
    Some(field(&text, "Private_Clean")? + field(&text, "Private_Dirty")?)
}

fn rollup(id: &str) -> Option<String> {
    fs::read_to_string(format!("/proc/{id}/smaps_rollup")).ok()
}

fn field(rollup: &str, name: &str) -> Option<u64> {
    let line = rollup.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
    Some(line.split_whitespace().next()?.parse::<u64>().ok()? * 1024)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn touched_memory_is_resident() {
        // Other tests of this process take memory and give it back meanwhile: only what is held here is sure.
        let held = std::hint::black_box(vec![1_u8; 64 << 20]);
        let now = of_this_process().unwrap();
        assert!(now >= held.len() as u64, "{now} {}", held.len());
        assert!(of_process_alone(std::process::id()).unwrap() >= 64 << 20);
    }
}
