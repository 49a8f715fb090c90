//! Tours: lessons that act on the labs, wait for what is measured, ask, and quote it. The dashboard shows them, `--check`
//! runs them without a screen; both go through the same [`player::Player`].

pub mod check;
pub mod command;
pub mod condition;
pub mod guess;
pub mod lesson;
pub mod need;
pub mod notes;
pub mod pace;
pub mod parser;
pub mod player;
pub mod shelf;
