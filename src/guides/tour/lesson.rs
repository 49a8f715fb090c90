//! A lesson: what a tour shows, does, waits for, asks and claims, step by step. Read from Markdown.
//!
//! ```text
//! # Item 64: true parallelism                 the tour's title
//! What it is about, in a line.                shown in lists
//!
//! ## Six pairs, one after the other           a step: its title, then
//! - needs: 2 cores                            what this machine must have (or python)
//! - do: gcd.strategy threads                  an action, as in the palette
//! - ask: How many times as fast?              a question, with a number that it is held against
//! - number: gcd.speedup.threads               or else with two to five answers, each with what makes it right:
//!                                             - answer: twice as fast if gcd.speedup.threads > 1.7
//! - wait: gcd.done = 1 within 20s             goes on when it has come about
//! - claim: gcd.speedup.threads > 1.2          held to what is measured by `fanout tour --check`
//!
//! Text, with `code` in it. A paragraph that quotes a number, as in {gcd.speedup.threads}, is shown when the step's
//! work is done.
//!
//! > What only the presenter reads, with `fanout tour --notes`.
//! ```
//!
//! `do`, `ask` and `wait` happen in their order. Actions of the dashboard are `app.focus LAB` alone.

use std::time::Duration;

use super::condition::{Condition, Name};
use super::need::Need;
use crate::ui::input::Action;

/// What a tour goes through.
#[derive(Debug, Clone, PartialEq)]
pub struct Lesson {
    /// Its number, or the name of its file.
    pub id: String,
    /// Its title.
    pub title: String,
    /// What it is about.
    pub line: String,
    /// Its steps, at least one.
    pub steps: Vec<Step>,
}

/// One step.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Step {
    /// Its title.
    pub title: String,
    /// What the machine must have.
    pub needs: Vec<Need>,
    /// What happens, in order.
    pub acts: Vec<Act>,
    /// What is claimed of the measurements.
    pub claims: Vec<Condition>,
    /// What is said.
    pub text: Vec<Paragraph>,
    /// What the presenter reads, a paragraph each.
    pub notes: Vec<String>,
}

/// What happens in a step.
#[derive(Debug, Clone, PartialEq)]
pub enum Act {
    /// An action is done.
    Do(Action),
    /// A condition is waited for, and how long at most.
    Wait(Condition, Duration),
    /// A question is asked.
    Ask(Question),
}

/// A question, which holds the tour until it is answered or skipped.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    /// The question.
    pub text: String,
    /// What answers it.
    pub answers: Answers,
}

/// What answers a question.
#[derive(Debug, Clone, PartialEq)]
pub enum Answers {
    /// One of these, each with what makes it right.
    Choices(Vec<(String, Condition)>),
    /// A number, held against this one.
    Number(Name),
}

/// A paragraph of a step's text.
#[derive(Debug, Clone, PartialEq)]
pub struct Paragraph(pub Vec<Piece>);

/// A piece of text.
#[derive(Debug, Clone, PartialEq)]
pub enum Piece {
    /// Words.
    Words(String),
    /// Code, a key or a name.
    Code(String),
    /// A measured number.
    Quote(Name),
}

impl Paragraph {
    /// Whether it quotes a number.
    pub fn quotes(&self) -> bool {
        self.0.iter().any(|piece| matches!(piece, Piece::Quote(_)))
    }
}
