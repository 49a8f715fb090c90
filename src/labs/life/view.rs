//! What passes between the lab and its worker: Commands one way, Views and Events the other.

use std::time::Duration;

use super::colour::Colour;
use super::part::Grain;
use super::picture::{Look, Picture};
use super::rule::Rule;
use super::speed::Speed;
use super::tiling::Tiling;
use super::universe::Topology;
use crate::labs::Doing;
use crate::labs::common::Common;
use crate::runtime::race::Standing;
use crate::runtime::strategy::About;
use crate::ui::canvas::Size;

/// What a person asks of the worker.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// What every lab answers.
    Common(Common),
    /// The pane has this room now, or is not shown.
    Place(Option<Room>),
    /// The next step of speed up.
    Faster,
    /// The next step of speed down.
    Slower,
    /// Flat out, or back to the pace from before.
    FlatOut,
    /// Pause, and make one generation.
    Step,
    /// Pause, and go back to the generation seen before.
    Back,
    /// A new random soup that fills the pane.
    Soup,
    /// The seed's glider on its own torus of 9 by 5.
    SeedGlider,
    /// Move the view by so many tenths of it: down and to the right.
    Pan(i8, i8),
    /// Look from nearer by.
    Nearer,
    /// Look from farther off.
    Farther,
    /// Show the whole.
    Fit,
    /// Let the runner panic in the next generation.
    Panic,
    /// Simulated I/O: none, one point in each cell, two.
    Io,
    /// The next grain: cell, row, band.
    Grain,
    /// Let a cell fail in the next generation.
    Fail,
    /// Give up the generation under way.
    Cancel,
    /// The list of patterns; while it is open, the chosen one is started.
    Pick,
    /// The list of patterns is closed.
    LeaveList,
    /// The next meaning of the colours.
    Colour,
    /// Hold large changes of brightness to three a second, or let them through.
    Calm,
    /// The shipped pattern of this name.
    Pattern(String),
    /// The shipped pattern after the present one, or before it.
    NextPattern(i8),
    /// A pattern file.
    Open(String),
    /// Another rule for the same cells.
    Rule(Rule),
    /// The torus or the plane for the same cells.
    Topology(Option<Topology>),
    /// Make the cell shown at a character alive or empty.
    PaintAt {
        /// Column of characters.
        column: u16,
        /// Row of characters.
        row: u16,
        /// Whether it is to live.
        alive: bool,
    },
    /// Turn the cell in this column and row round.
    Paint(i64, i64),
    /// Drawing by keyboard, on or off.
    Edit,
    /// Turn the cell under the cursor round.
    Toggle,
    /// A race of these strategies, or of some that differ; one that is on is ended.
    Race(Vec<&'static str>),
}

/// How much room there is in the pane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    /// The whole of its inside.
    pub pane: Size,
    /// The part of it that shows cells.
    pub cells: Size,
}

/// What is to be shown.
#[derive(Debug, Clone, PartialEq)]
pub struct View {
    /// The strategy that runs.
    pub strategy: &'static About,
    /// How many workers it has.
    pub workers: usize,
    /// What goes on, for the pane's frame.
    pub doing: Doing,
    /// What stands there: `soup`, `seed-glider`.
    pub pattern: String,
    /// The rule.
    pub rule: Rule,
    /// Rows and columns of the torus.
    pub size: Option<(usize, usize)>,
    /// The number of the generation.
    pub generation: u64,
    /// Living cells.
    pub population: u64,
    /// Living cells of the generations seen before this one, oldest first.
    pub populations: Vec<f64>,
    /// Generations a second, as counted; none while it stands.
    pub rate: Option<f64>,
    /// How fast they are to come.
    pub speed: Speed,
    /// The time of a generation under each strategy that has run on this grid.
    pub times: Vec<Time>,
    /// Why the next generation did not come about, and how to go on.
    pub problem: Option<String>,
    /// How much of the grid one task takes.
    pub grain: Grain,
    /// Simulated I/O, while there is some.
    pub io: Option<Simulated>,
    /// What the pattern's file says of it: who found it and when, and what it is.
    pub about: Option<String>,
    /// The share of a file that has been read, while one is.
    pub reading: Option<f64>,
    /// The race, while one is shown.
    pub race: Option<Race>,
    /// The list of patterns, while it is open.
    pub picker: Option<Picker>,
    /// What the colours of living cells tell.
    pub colour: Colour,
    /// Large changes of brightness are held to three a second.
    pub calm: bool,
    /// A cell to be marked, as a character of the picture: the cursor, or the cell that failed.
    pub mark: Option<(u16, u16)>,
    /// What was looked at.
    pub look: Look,
    /// The cells in view.
    pub picture: Picture,
}

/// The time of a generation under one strategy.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Time {
    /// The strategy.
    pub strategy: &'static About,
    /// Seconds a generation, the median of those measured lately.
    pub seconds: f64,
    /// Whether others used the machine meanwhile; none before that is known.
    pub contended: Option<bool>,
}

/// Simulated I/O in each cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Simulated {
    /// How often a cell waits.
    pub points: u8,
    /// How long.
    pub delay: Duration,
    /// Operations in flight when the View was made.
    pub in_flight: usize,
}

/// The list of patterns, and the chosen one.
#[derive(Debug, Clone, PartialEq)]
pub struct Picker {
    /// The place of the chosen one among the shipped patterns.
    pub chosen: usize,
    /// Its name.
    pub title: String,
    /// Who found it and when.
    pub author: String,
    /// What it is.
    pub line: String,
    /// Its rule.
    pub rule: Rule,
    /// It itself.
    pub picture: Picture,
}

impl Picker {
    /// Columns that the list takes, a gap included.
    pub const LIST: u16 = 22;

    /// Rows of text above the preview.
    pub const ABOVE: u16 = 5;
    /// Rows of keys below the preview.
    pub const BELOW: u16 = 1;

    /// The size of the preview where cells have so many columns and rows.
    pub fn preview_in(columns: u16, rows: u16) -> Size {
        Size { columns: columns.saturating_sub(Self::LIST), rows: rows.saturating_sub(Self::ABOVE + Self::BELOW) }
    }
}

/// The same grid, stepped by several strategies.
#[derive(Debug, Clone, PartialEq)]
pub struct Race {
    /// How it stands.
    pub standing: Standing,
    /// Where the racers stand.
    pub tiling: Tiling,
    /// What each has made.
    pub pictures: Vec<Picture>,
}
