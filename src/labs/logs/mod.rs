//! The logs lab.

pub mod generations;
pub mod identity;
pub mod open_file;
pub mod sink;
pub mod source;
pub mod sources;
pub mod stop;
pub mod strategies;
pub mod watch_points;
