//! fanout runs the same real work under every concurrency strategy, live in a terminal.
//!
//! The house has five floors, and imports only go down: `app` (the dashboard), `guides`, `labs`, `ui`, `runtime`.

pub mod labs;
pub mod runtime;
pub mod ui;
