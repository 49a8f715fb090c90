//! The costs lab: what a thread, a pool job, a coroutine, a parallel task, a process and a process job cost on this machine
//! (seed item 60's comparison table).

pub mod claims;
pub mod echo;
pub mod findings;
pub mod gate;
pub mod headless;
pub mod limits;
pub mod measured;
pub mod order;
pub mod pane;
pub mod placement;
pub mod plan;
pub mod probe;
pub mod runner;
pub mod strategies;
pub mod view;
pub mod worker;

use self::strategies::STRATEGIES;
use self::view::{State, View};
use self::worker::Command;
use super::common::{Common, Pick};
use super::front::{Front, Own};
use super::measured::{Measure, Measured};
use super::{Doing, Lab, LabAbout, Start, Tone};
use crate::runtime::process_pool::Job;
use crate::runtime::strategy::About;
use crate::ui::Canvas;
use crate::ui::canvas::Size;
use crate::ui::input::{Action, Binding, Mouse};

/// The lab's name in actions, thread names and on the command line.
const ID: &str = "costs";

/// The jobs that this lab has worker processes run.
pub const JOBS: &[(&str, Job)] = &[(probe::JOB, probe::run), (strategies::NOTHING, strategies::nothing)];

/// What is known of the lab before it starts.
pub static ABOUT: LabAbout = LabAbout {
    id: ID,
    title: "Costs",
    line: "What a thread, a coroutine, a process and their jobs cost on this machine",
    headline: "start.*",
    results: "start.*",
    bindings: &[
        Binding::new(&["m"], "costs.measure", "Measure the chosen unit; r measures all").hint("measure"),
        Binding::new(&["x"], "costs.cancel", "Cancel the measurement; what was found stays").hint("cancel"),
        Binding::new(&["Right"], "costs.more-at-once", "Show the figures for ten times as many").hint("count"),
        Binding::new(&["Left"], "costs.fewer-at-once", "Show the figures for a tenth as many"),
        Binding::new(&["Down"], "costs.next-unit", "Choose the next unit"),
        Binding::new(&["Up"], "costs.previous-unit", "Choose the unit before"),
        Binding::new(&[], "costs.panic", "Make the next probe's runner panic, on purpose, to see it survived"),
    ],
};

/// Starts the lab, which measures nothing until it is asked.
pub fn start(start: &Start) -> Box<dyn Lab> {
    Box::new(Front::new(worker::start(start), CostsLab))
}

/// What the lab has of its own on the dashboard's side.
#[derive(Debug)]
struct CostsLab;

impl Own for CostsLab {
    type Command = Command;
    type View = View;

    const ABOUT: &'static LabAbout = &ABOUT;
    const MEASURES: &'static [Measure] = measured::MEASURES;

    fn strategies() -> Vec<&'static About> {
        STRATEGIES.iter().map(|row| &row.about).collect()
    }

    fn strategy(view: &View) -> &'static About {
        &STRATEGIES[view.chosen].about
    }

    fn doing(view: &View) -> Doing {
        let (text, tone) = match &view.state {
            State::Idle => ("idle".to_owned(), Tone::Plain),
            State::Measuring(progress) => (format!("measuring {}/{}", progress.done, progress.of), Tone::Good),
            State::Paused(progress) => (format!("paused {}/{}", progress.done, progress.of), Tone::Warn),
        };
        Doing { text, tone }
    }

    fn common(common: Common) -> Result<Command, String> {
        Ok(Command::Common(common))
    }

    fn command(action: &Action) -> Result<Command, String> {
        Ok(match action.verb.as_str() {
            "measure" => Command::MeasureOne,
            "cancel" => Command::Cancel,
            "more-at-once" => Command::Count(1),
            "fewer-at-once" => Command::Count(-1),
            "next-unit" => Command::Common(Common::Strategy(Pick::Next)),
            "previous-unit" => Command::Common(Common::Strategy(Pick::Previous)),
            "panic" => Command::Panic,
            _ => return Err(format!("costs has no action {action}")),
        })
    }

    /// A press on a unit's row chooses it; the wheel goes to the next one or the one before.
    fn mouse(&mut self, mouse: Mouse, view: &View, size: Size) -> Option<Command> {
        let pressed = pane::row_at(view, size.rows, mouse.row).map(|row| &STRATEGIES[row].about);
        Pick::by_mouse(mouse.kind, pressed).map(|pick| Command::Common(Common::Strategy(pick)))
    }

    fn draw(&self, view: &View, canvas: &mut Canvas<'_>) {
        pane::draw(view, canvas);
    }

    fn measured(view: &View, name: &str) -> Option<Measured> {
        measured::measured(view, name)
    }
}
