//! What passes between the lab and its worker: Commands one way, Views and Events the other.

use super::picture::{Look, Picture};
use super::rule::Rule;
use super::speed::Speed;
use crate::labs::common::Common;
use crate::labs::{Doing, Notice};
use crate::runtime::strategy::About;
use crate::ui::canvas::Size;

/// What a person asks of the worker.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// What every lab answers.
    Common(Common),
    /// The part of the pane that shows cells has this size now.
    Place(Option<Size>),
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
}

/// What happens once.
pub type Event = Notice;

/// What is to be shown.
#[derive(Debug, Clone)]
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
