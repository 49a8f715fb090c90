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

use std::time::Instant;

use self::strategies::STRATEGIES;
use self::view::{State, View};
use self::worker::{Command, CostsDesk};
use super::common::{Common, Pick};
use super::measured::{Measure, Measured};
use super::{Acted, Doing, Lab, LabAbout, Notice, Refreshed, Start, Tone};
use crate::runtime::process_pool::Job;
use crate::runtime::strategy::About;
use crate::runtime::worker::StillRunning;
use crate::ui::Canvas;
use crate::ui::canvas::Size;
use crate::ui::input::{Action, Binding, Mouse, MouseKind};

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
    Box::new(Costs { desk: worker::start(start), view: None, size: Size::default() })
}

/// The lab: the desk of its worker and the last view.
#[derive(Debug)]
struct Costs {
    desk: CostsDesk,
    view: Option<View>,
    size: Size,
}

impl Costs {
    fn send(&mut self, command: Command) -> Result<Acted, String> {
        self.desk.send(command).map(Acted::Sent).map_err(|refused| format!("costs: {refused}"))
    }
}

/// The command that an action of this lab alone means.
fn own_command(action: &Action) -> Result<Command, String> {
    Ok(match action.verb.as_str() {
        "measure" => Command::MeasureOne,
        "cancel" => Command::Cancel,
        "more-at-once" => Command::Count(1),
        "fewer-at-once" => Command::Count(-1),
        "next-unit" => Command::Unit(Pick::Next),
        "previous-unit" => Command::Unit(Pick::Previous),
        "panic" => Command::Panic,
        _ => return Err(format!("costs has no action {action}")),
    })
}

impl Lab for Costs {
    fn about(&self) -> &'static LabAbout {
        &ABOUT
    }

    fn strategies(&self) -> Vec<&'static About> {
        STRATEGIES.iter().map(|row| &row.about).collect()
    }

    fn strategy(&self) -> &'static About {
        &STRATEGIES[self.view.as_ref().map_or(0, |view| view.chosen)].about
    }

    fn doing(&self) -> Doing {
        let (text, tone) = match self.view.as_ref().map(|view| &view.state) {
            None | Some(State::Idle) => ("idle".to_owned(), Tone::Plain),
            Some(State::Measuring(progress)) => (format!("measuring {}/{}", progress.done, progress.of), Tone::Good),
            Some(State::Paused(progress)) => (format!("paused {}/{}", progress.done, progress.of), Tone::Warn),
        };
        Doing { text, tone }
    }

    fn act(&mut self, action: &Action) -> Result<Acted, String> {
        let command = match Common::parse(action, &self.strategies())? {
            Some(Common::Strategy(pick)) => Command::Unit(pick),
            Some(Common::Pause) => Command::Pause,
            Some(Common::Run) => Command::MeasureAll,
            Some(Common::Workers(change)) => Command::Workers(change),
            None => own_command(action)?,
        };
        self.send(command)
    }

    /// A press on a unit's row chooses it; the wheel goes to the next one or the one before.
    fn mouse(&mut self, mouse: Mouse) -> Result<Acted, String> {
        let pick = match mouse.kind {
            MouseKind::WheelUp => Pick::Previous,
            MouseKind::WheelDown => Pick::Next,
            MouseKind::Press => {
                let row = self.view.as_ref().and_then(|view| pane::row_at(view, self.size.rows, mouse.row));
                match row {
                    Some(index) => Pick::Named(STRATEGIES[index].about.id),
                    None => return Ok(Acted::Nothing),
                }
            }
            MouseKind::Drag | MouseKind::Release => return Ok(Acted::Nothing),
        };
        self.send(Command::Unit(pick))
    }

    fn place(&mut self, size: Option<Size>) -> Acted {
        // The view has the same few figures whatever the size.
        self.size = size.unwrap_or_default();
        Acted::Redraw
    }

    fn refresh(&mut self) -> Refreshed {
        let mut refreshed = Refreshed { notices: self.desk.events().collect(), ..Refreshed::default() };
        if let Some(panic) = self.desk.panicked() {
            let text = format!("the costs lab has ended: its worker {panic}");
            refreshed.notices.push(Notice { tone: Tone::Bad, text });
        }
        if let Some(published) = self.desk.take_view() {
            refreshed.changed = self.view.as_ref() != Some(&published.view);
            refreshed.answered = published.answered;
            self.view = Some(published.view);
        }
        refreshed
    }

    fn draw(&self, canvas: &mut Canvas<'_>) {
        if let Some(view) = &self.view {
            pane::draw(view, canvas);
        }
    }

    fn measures(&self) -> &'static [Measure] {
        measured::MEASURES
    }

    fn measured(&self, name: &str) -> Option<Measured> {
        measured::measured(self.view.as_ref()?, name)
    }

    fn close(&mut self) {
        self.desk.close();
    }

    fn join(&mut self, deadline: Instant) -> Result<(), StillRunning> {
        self.desk.join(deadline)
    }
}
