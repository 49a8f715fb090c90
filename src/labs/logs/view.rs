//! What passes between the lab and its worker: Commands one way, Views and Events the other.

use super::level::Level;
use crate::labs::common::Common;
use crate::labs::{Doing, Notice};
use crate::runtime::strategy::About;
use crate::ui::canvas::Size;

/// What a person asks of the worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    /// What every lab answers.
    Common(Common),
    /// The part of the pane that shows lines has this size, and so many files have a row of their own.
    Place(Option<(Size, usize)>),
    /// Go so many lines down; up when negative.
    Scroll(i64),
    /// Go so many pages down; up when negative.
    Page(i64),
    /// Go to the oldest line that is kept.
    Oldest,
    /// Go to the newest line and follow.
    Follow,
    /// Let the reader panic at its next look.
    Panic,
}

/// What happens once.
pub type Event = Notice;

/// What is to be shown.
#[derive(Debug, Clone)]
pub struct View {
    /// The strategy that follows the files.
    pub strategy: &'static About,
    /// What goes on, for the pane's frame.
    pub doing: Doing,
    /// The files that have a row, in their order.
    pub files: Vec<FileView>,
    /// How many files there are.
    pub followed: usize,
    /// Lines of all files so far.
    pub total: u64,
    /// Lines a second lately.
    pub rate: f64,
    /// The lines in view, oldest first.
    pub lines: Vec<LineView>,
    /// Lines kept above those in view.
    pub above: u64,
    /// Lines kept below those in view: 0 while following.
    pub below: u64,
    /// Whether the newest lines come into view as they come.
    pub following: bool,
}

/// A file, as the pane shows it.
#[derive(Debug, Clone)]
pub struct FileView {
    /// Its origin's index, which gives it its colour.
    pub index: usize,
    /// The shortest end of its name that tells it from the others.
    pub name: String,
    /// Lines so far.
    pub lines: u64,
    /// Lines a second lately.
    pub rate: f64,
    /// Lines a second in the last steps, oldest first.
    pub recent: Vec<f64>,
    /// What is wrong with it now, if anything.
    pub trouble: Option<String>,
}

/// A line, as the pane shows it.
#[derive(Debug, Clone)]
pub struct LineView {
    /// Its origin's index.
    pub index: usize,
    /// The short name of its file.
    pub name: String,
    /// Its text, cut to what can be in view; not yet made safe.
    pub text: String,
    /// How much it matters.
    pub level: Level,
    /// It is a piece of a longer line.
    pub goes_on: bool,
}
