//! What is shared between threads in the files whose interleavings are checked: there, in `tests/interleavings.rs`, these
//! names stand for those of the checker.

pub use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
