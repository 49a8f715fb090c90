//! What passes between the lab and its worker: Commands one way, Views and Events the other.

use std::ops::Range;

use super::level::Level;
use crate::labs::Doing;
use crate::labs::common::Common;
use crate::runtime::strategy::About;
use crate::ui::canvas::Size;

/// What a person asks of the worker.
#[derive(Debug, Clone, PartialEq, Eq)]
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
    /// Go so many columns to the right; to the left when negative.
    Shift(i64),
    /// Wrap long lines, or cut them.
    Wrap,
    /// Show only lines that match; all when none is given.
    Only(Option<String>),
    /// Leave out lines that match; none when none is given.
    Without(Option<String>),
    /// Search for lines that match; stop searching when none is given.
    Search(Option<String>),
    /// Go to the next line that was found, or to the one before.
    Found {
        /// To the next.
        next: bool,
    },
    /// Show everything again.
    ShowAll,
    /// Hide the lines of the file of this name, or show them again.
    Toggle(String),
    /// The same of the origin of this index.
    ToggleIndex(usize),
    /// Copy the lines that are shown to a file.
    Copy(String),
    /// Write all lines, merged, to a file from now on; no longer when none is given.
    Merge(Option<String>),
    /// Follow the output of a command too.
    Exec(String),
    /// Simulate a slow disk, or stop doing so.
    SlowDisk,
    /// Keep at most so many MiB of lines.
    Memory(usize),
    /// Let the reader panic at its next look.
    Panic,
}

/// What is to be shown.
#[derive(Debug, Clone, PartialEq)]
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
    /// Bytes of all files that have waited to be read and taken in for a step of the rates at least.
    pub behind: u64,
    /// The lines in view, oldest first.
    pub lines: Vec<LineView>,
    /// Lines kept above those in view.
    pub above: u64,
    /// Lines kept below those in view: 0 while following.
    pub below: u64,
    /// Whether the newest lines come into view as they come.
    pub following: bool,
    /// Whether long lines are wrapped.
    pub wrap: bool,
    /// What else is on, for the row below the lines: filter, search, merged file.
    pub status: Vec<Status>,
}

/// Something that is on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// What: `only`, `search`.
    pub label: &'static str,
    /// Its value.
    pub text: String,
}

/// A file, as the pane shows it.
#[derive(Debug, Clone, PartialEq)]
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
    /// Bytes of it that have waited to be read and taken in for a step of the rates at least.
    pub behind: u64,
    /// What is wrong with it now, if anything.
    pub trouble: Option<String>,
    /// Its lines are not shown.
    pub hidden: bool,
}

/// A line, as the pane shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
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
    /// Where the search matches in the text.
    pub found: Vec<Range<usize>>,
    /// It is the found line that was gone to.
    pub current: bool,
}
