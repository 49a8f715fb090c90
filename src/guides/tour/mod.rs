//! Tours: lessons that act on the labs, wait for what is measured, ask, and quote it. The dashboard shows them, `--check`
//! runs them without a screen; both go through the same [`player::Player`].

pub mod check;
pub mod command;
pub mod condition;
pub mod lesson;
pub mod notes;
pub mod player;
pub mod shelf;
