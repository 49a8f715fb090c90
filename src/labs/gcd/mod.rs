//! The GCD lab: which strategy makes CPU-bound work faster, by how much, and where the time goes (seed item 64).

pub mod asked;
pub mod book;
pub mod headless;
pub mod image;
pub mod kernel;
pub mod measure;
pub mod pair;
pub mod pane;
pub mod race;
pub mod random;
pub mod run;
pub mod runner;
pub mod search;
pub mod strategies;
pub mod task;
pub mod view;
pub mod worker;
pub mod workload;

use std::sync::Arc;
use std::time::Instant;

use self::strategies::STRATEGIES;
use self::view::{State, View};
use self::worker::{Command, GcdDesk};
use self::workload::BuiltIn;
use super::common::{Common, Pick};
use super::measured::{Measure, Measured};
use super::race::named;
use super::{Acted, Doing, Lab, LabAbout, Notice, Refreshed, Start, Tone};
use crate::runtime::span::Trace;
use crate::runtime::strategy::{About, closest};
use crate::runtime::worker::StillRunning;
use crate::ui::Canvas;
use crate::ui::canvas::Size;
use crate::ui::input::{Action, Binding, Mouse, MouseKind};

/// What is known of the lab before it starts.
pub static ABOUT: LabAbout = LabAbout {
    id: "gcd",
    title: "GCD",
    line: "True parallelism, measured: greatest common divisors by counting down",
    headline: "speedup.*",
    results: "seconds.*",
    bindings: &[
        Binding::new(&["a"], "gcd.run-all", "Run all strategies, round-robin").hint("all"),
        Binding::new(&["w"], "gcd.next-workload", "Take the next workload").hint("workload"),
        Binding::new(&["g"], "gcd.scale", "Run the strategy with 1, 2, 4 … workers: its scaling curve").hint("scaling"),
        Binding::new(&["v"], "gcd.race", "Race the usual strategies over the workload, or end the race").hint("race"),
        Binding::new(&["n"], "gcd.next-runs", "Change how many measured runs a key starts"),
        Binding::new(&["d"], "gcd.chunking", "Deal the items out one by one, or in parts fixed beforehand"),
        Binding::new(&["o"], "gcd.one-core", "Limit all that runs to one core, or let it use all again"),
        Binding::new(&["x"], "gcd.stop", "Stop the run and drop what is planned"),
        Binding::new(&[], "gcd.workload", "Take a workload by name").asks("Workload"),
        Binding::new(&[], "gcd.panic", "Make the next run's runner panic, on purpose, to see it survived"),
    ],
};

/// The lab: the desk of its worker and the last view.
#[derive(Debug)]
pub struct Gcd {
    desk: GcdDesk,
    view: Option<View>,
    size: Size,
}

/// Starts the lab, which begins with one round over the strategies.
pub fn start(start: &Start) -> Box<dyn Lab> {
    Box::new(Gcd { desk: worker::start(start), view: None, size: Size::default() })
}

impl Gcd {
    fn send(&mut self, command: Command) -> Result<Acted, String> {
        self.desk.send(command).map(Acted::Sent).map_err(|refused| refused.to_string())
    }
}

impl Lab for Gcd {
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
        let doing = |text: String, tone| Doing { text, tone };
        if let Some(race) = self.view.as_ref().and_then(|view| view.race.as_ref()) {
            return Doing::racing(race);
        }
        match self.view.as_ref().map(|view| view.state) {
            None => doing("starting".to_owned(), Tone::Plain),
            Some(State::Idle) => doing("done".to_owned(), Tone::Plain),
            Some(State::Paused { .. }) => doing("paused".to_owned(), Tone::Warn),
            Some(State::Running { warm_up: true, .. }) => doing("warm-up".to_owned(), Tone::Good),
            Some(State::Running { of: 1, .. }) => doing("running".to_owned(), Tone::Good),
            Some(State::Running { step, of, .. }) => doing(format!("run {step}/{of}"), Tone::Good),
        }
    }

    fn act(&mut self, action: &Action) -> Result<Acted, String> {
        let command = match Common::parse(action, &self.strategies())? {
            Some(Common::Strategy(pick)) => Command::Strategy(pick),
            Some(Common::Pause) => Command::Pause,
            Some(Common::Run) => Command::Run,
            Some(Common::Workers(change)) => Command::Workers(change),
            None => own_command(action)?,
        };
        self.send(command)
    }

    /// A press on a strategy's row chooses and runs it; the wheel goes to the next one or the one before.
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
        self.send(Command::Strategy(pick))
    }

    fn place(&mut self, size: Option<Size>) -> Acted {
        // The view has the same few figures whatever the size.
        self.size = size.unwrap_or_default();
        Acted::Redraw
    }

    fn refresh(&mut self) -> Refreshed {
        let mut refreshed = Refreshed { notices: self.desk.events().collect(), ..Refreshed::default() };
        if let Some(panic) = self.desk.panicked() {
            refreshed
                .notices
                .push(Notice { tone: Tone::Bad, text: format!("the GCD lab has ended: its worker {panic}") });
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
        asked::MEASURES
    }

    fn measured(&self, name: &str) -> Option<Measured> {
        asked::measured(self.view.as_ref()?, name)
    }

    fn trace(&self) -> Option<Arc<Trace>> {
        self.view.as_ref()?.trace.clone()
    }

    fn close(&mut self) {
        self.desk.close();
    }

    fn join(&mut self, deadline: Instant) -> Result<(), StillRunning> {
        self.desk.join(deadline)
    }
}

/// The command that an action of this lab alone means.
fn own_command(action: &Action) -> Result<Command, String> {
    Ok(match action.verb.as_str() {
        "run-all" => Command::RunAll,
        "next-workload" => Command::NextWorkload,
        "workload" => {
            let name = action.argument.as_deref().ok_or_else(|| format!("{action} needs the name of a workload"))?;
            Command::Workload(BuiltIn::named(name).ok_or_else(|| {
                let known = BuiltIn::ALL.map(BuiltIn::name);
                match closest(name, known.into_iter()) {
                    Some(close) => format!("unknown workload {name:?}; did you mean {close:?}?"),
                    None => format!("unknown workload {name:?}; there are: {}", known.join(", ")),
                }
            })?)
        }
        "chunking" => Command::Chunking,
        "next-runs" => Command::Runs,
        "scale" => Command::Scale,
        "one-core" => Command::Cores,
        "race" => Command::Race(named(STRATEGIES, action.argument.as_deref().unwrap_or_default())?),
        "stop" => Command::Stop,
        "panic" => Command::Panic,
        verb => return Err(format!("the GCD lab has no action {verb:?}")),
    })
}
