//! The program: one command is run, or the dashboard is opened.
fn main() {}
