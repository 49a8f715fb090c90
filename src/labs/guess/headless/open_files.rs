//! How many files, and so connections, this program may have open.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Files that are open for other reasons than connections, with room to spare.
const OTHERS: u64 = 64;

/// Raises the limit as far as the system lets this program, and returns how many connections there can be then.
pub(super) fn raise() -> u64 {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    // A refusal leaves the limit as it was.
    let raised = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }).is_ok();
    let limit = if raised { maximum } else { current };
    limit.unwrap_or(u64::from(u32::MAX)).saturating_sub(OTHERS)
}
