//! fanout runs the same real work under every concurrency strategy, live in a terminal.
//!
//! The house has five floors, and imports only go down:
//!
//! 5. [`app`]: the dashboard, which knows labs only as `dyn Lab`.
//! 4. [`guides`]: what spans labs.
//! 3. [`labs`]: one folder a lab; labs never import one another.
//! 2. [`ui`]: input, theme, canvas, widgets; knows no lab.
//! 1. [`runtime`]: workers, strategies, measurement; knows no lab and no screen.
//!
//! [`cli`] stands at the door: one variant a command.

pub mod app;
pub mod cli;
pub mod guides;
pub mod labs;
pub mod runtime;
pub mod ui;
