//! What a step may need of the machine, and whether it is there.

use std::fmt;

use crate::runtime::cores;

/// What a step may need of the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// So many cores.
    Cores(usize),
    /// A Python interpreter.
    Python,
}

impl fmt::Display for Need {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cores(count) => write!(f, "{count} cores"),
            Self::Python => f.write_str("a Python interpreter (python3)"),
        }
    }
}

/// Why this machine has not what a step needs, if it has not.
pub fn missing(need: Need) -> Option<String> {
    match need {
        Need::Cores(wanted) => {
            let there = cores::available();
            (there < wanted).then(|| format!("it needs {need}, and this program may use {there}"))
        }
        Need::Python => {
            let path = std::env::var_os("PATH").unwrap_or_default();
            let found = std::env::split_paths(&path).any(|folder| folder.join("python3").is_file());
            (!found).then(|| format!("it needs {need}, and there is none on the PATH"))
        }
    }
}
