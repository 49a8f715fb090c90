//! Floor 3: one folder a lab. Labs never import one another.
//!
//! A lab is a worker that owns its data, strategies that do its work, and a pane. The dashboard knows it as [`Lab`] alone,
//! and [`front::Front`] makes one of what a lab has of its own.

pub mod common;
pub mod costs;
pub mod front;
pub mod gcd;
pub mod guess;
pub mod hazards;
pub mod headless;
pub mod life;
pub mod logs;
pub mod measured;
pub mod pulse;
pub mod race;
pub mod table;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use crate::runtime::cores;
use crate::runtime::loop_watch::LoopWatch;
use crate::runtime::process_pool::Job;
use crate::runtime::race::Standing;
use crate::runtime::ranks::RankJob;
use crate::runtime::span::Trace;
use crate::runtime::stage::Stage;
use crate::runtime::strategy::About;
use crate::runtime::wake::Wake;
use crate::runtime::worker::StillRunning;
use crate::ui::Canvas;
use crate::ui::canvas::Size;
use crate::ui::input::{Action, Binding, Mouse};

use measured::{Measure, Measured};

/// What is known of a lab before it starts.
#[derive(Debug, PartialEq, Eq)]
pub struct LabAbout {
    /// The lab's name in actions and on the command line.
    pub id: &'static str,
    /// Its name on the screen.
    pub title: &'static str,
    /// What it shows, in one line.
    pub line: &'static str,
    /// The name of the number that matters most; `*` stands for the strategy that runs.
    pub headline: &'static str,
    /// The name of the numbers that compare its strategies; `*` stands for each of them.
    pub results: &'static str,
    /// Its own keys, beside those that every lab answers.
    pub bindings: &'static [Binding],
}

/// What the dashboard gives to each lab at its start.
#[derive(Debug, Clone)]
pub struct Start {
    /// To be rung when there is something new to show.
    pub wake: Wake,
    /// Quiet for measured runs.
    pub stage: Stage,
    /// What the dashboard's own loop observes of itself.
    pub dashboard: LoopWatch,
    /// Where the lab's worker writes its activity log; a private temporary folder.
    pub activity: PathBuf,
    /// Files and globs that the user named.
    pub files: Vec<String>,
    /// Workers a strategy begins with.
    pub workers: usize,
    /// The program that worker processes run.
    pub executable: PathBuf,
    /// The seed of everything random.
    pub seed: u64,
    /// Large changes of brightness are held to three a second.
    pub calm: bool,
}

impl Start {
    /// A start that shares nothing with anybody: for commands without a screen, and for tests.
    pub fn alone(activity: &Path) -> Self {
        Self {
            wake: Wake::new(),
            stage: Stage::new(),
            dashboard: LoopWatch::new(),
            activity: activity.to_owned(),
            files: Vec::new(),
            workers: cores::available(),
            // A unit test's own program is no worker: started as one it would run tests.
            executable: if cfg!(test) { PathBuf::new() } else { std::env::current_exe().unwrap_or_default() },
            seed: 42,
            calm: false,
        }
    }
}

/// What came of an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Acted {
    /// A Command with this number went to the worker; the View that answers it will show the effect.
    Sent(u64),
    /// Only the lab's own drawing changes: draw it now.
    Redraw,
    /// Nothing is to be shown.
    Nothing,
}

/// What a lab took in from its worker.
#[derive(Debug, Default)]
pub struct Refreshed {
    /// The pane is to be drawn again.
    pub changed: bool,
    /// The number of the last Command that the newest View has taken in.
    pub answered: u64,
    /// What happened once, to be said in the status line, oldest first.
    pub notices: Vec<Notice>,
}

/// Something that happened, said once to the person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// Whether it is good.
    pub tone: Tone,
    /// What happened and, when something failed, which key goes on.
    pub text: String,
}

/// How a notice or a state is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Neither good nor bad.
    Plain,
    /// As hoped.
    Good,
    /// Look here.
    Warn,
    /// Failed.
    Bad,
}

/// A word on what the lab does now, for its frame: `running`, `paused`, `measuring 2/5`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doing {
    /// The word or two.
    pub text: String,
    /// How it is meant.
    pub tone: Tone,
}

impl Doing {
    /// The word on a race that is shown.
    pub fn racing(race: &Standing) -> Self {
        let (text, tone) = if race.over { ("race over", Tone::Plain) } else { ("race", Tone::Good) };
        Self { text: text.to_owned(), tone }
    }
}

/// A lab, as the dashboard sees it. Every method is called on the UI thread, and none blocks or computes.
pub trait Lab {
    /// What is known of it.
    fn about(&self) -> &'static LabAbout;

    /// Its strategies, in the order of its table.
    fn strategies(&self) -> Vec<&'static About>;

    /// The strategy that runs now, as the last View says.
    fn strategy(&self) -> &'static About;

    /// What it does now.
    fn doing(&self) -> Doing;

    /// Does what an action asks; the error is for the person. The action's owner is this lab.
    ///
    /// Every lab answers the verbs of [`common::Common`].
    fn act(&mut self, action: &Action) -> Result<Acted, String>;

    /// A mouse event inside the pane, at cells counted from its inner corner.
    fn mouse(&mut self, mouse: Mouse) -> Result<Acted, String>;

    /// The inside of the pane has this size now; none when it is not on the screen.
    fn place(&mut self, size: Option<Size>) -> Acted;

    /// Takes in the newest View and the Events since the last call.
    fn refresh(&mut self) -> Refreshed;

    /// Draws the last View into the inside of the pane, whatever size the View was made for.
    fn draw(&self, canvas: &mut Canvas<'_>);

    /// Who worked or waited when in the last run, or in the one under way: what the timeline shows. Cheap: a copy that the
    /// worker has made. None from a lab that records nothing.
    fn trace(&self) -> Option<Arc<Trace>> {
        None
    }

    /// The names of the numbers that it can be asked for.
    fn measures(&self) -> &'static [Measure] {
        &[]
    }

    /// The number of this name, as the last View has it. None when it has not been measured.
    fn measured(&self, _name: &str) -> Option<Measured> {
        None
    }

    /// Tells the worker to end; returns at once.
    fn close(&mut self);

    /// Waits for the worker's end until the deadline.
    fn join(&mut self, deadline: Instant) -> Result<(), StillRunning>;
}

/// The one list of labs, in the order of their number keys.
pub fn all(start: &Start) -> Vec<Box<dyn Lab>> {
    vec![
        life::start(start),
        gcd::start(start),
        logs::start(start),
        guess::start(start),
        pulse::start(start),
        hazards::start(start),
        costs::start(start),
    ]
}

/// The table of jobs that `fanout worker` serves, by name.
pub fn jobs() -> Vec<(&'static str, Job)> {
    [life::strategies::JOBS, gcd::strategies::JOBS, costs::JOBS].concat()
}

/// The table of jobs in which every rank takes part, by name.
pub fn rank_jobs() -> Vec<(&'static str, RankJob)> {
    vec![life::strategies::RANK_JOB, gcd::strategies::RANK_JOB]
}
