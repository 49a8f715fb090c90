//! Open files: as many as the system grants, and what is said when they run out.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Raises the limit as far as the system grants it: every followed file is held open.
pub fn raise_limit() {
    let limit = getrlimit(Resource::Nofile);
    // A refusal leaves the limit as it is; the file that cannot be opened will say so.
    let _ = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum });
}

/// Why no file can be opened any more: the limit, and where it is set.
pub fn ran_out() -> String {
    let limit = getrlimit(Resource::Nofile).current;
    let limit = limit.map_or_else(|| "unlimited".to_owned(), |limit| limit.to_string());
    format!("this program may have {limit} files open (ulimit -n), and has: the others are followed")
}
