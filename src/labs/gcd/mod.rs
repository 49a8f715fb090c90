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

use self::strategies::STRATEGIES;
use self::view::{State, View};
use self::worker::Command;
use self::workload::BuiltIn;
use super::common::{Common, Pick};
use super::front::{Front, Own};
use super::measured::{Measure, Measured};
use super::race::named;
use super::{Doing, Lab, LabAbout, Start, Tone};
use crate::runtime::span::Trace;
use crate::runtime::strategy::{About, closest};
use crate::ui::Canvas;
use crate::ui::canvas::Size;
use crate::ui::input::{Action, Binding, Mouse};

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

/// Starts the lab, which begins with one round over the strategies.
pub fn start(start: &Start) -> Box<dyn Lab> {
    Box::new(Front::new(worker::start(start), GcdLab))
}

/// What the lab has of its own on the dashboard's side.
#[derive(Debug)]
struct GcdLab;

impl Own for GcdLab {
    type Command = Command;
    type View = View;

    const ABOUT: &'static LabAbout = &ABOUT;
    const MEASURES: &'static [Measure] = asked::MEASURES;

    fn strategies() -> Vec<&'static About> {
        STRATEGIES.iter().map(|row| &row.about).collect()
    }

    fn strategy(view: &View) -> &'static About {
        &STRATEGIES[view.chosen].about
    }

    fn doing(view: &View) -> Doing {
        if let Some(race) = &view.race {
            return Doing::racing(race);
        }
        let doing = |text: String, tone| Doing { text, tone };
        match view.state {
            State::Idle => doing("done".to_owned(), Tone::Plain),
            State::Paused { .. } => doing("paused".to_owned(), Tone::Warn),
            State::Running { warm_up: true, .. } => doing("warm-up".to_owned(), Tone::Good),
            State::Running { of: 1, .. } => doing("running".to_owned(), Tone::Good),
            State::Running { step, of, .. } => doing(format!("run {step}/{of}"), Tone::Good),
        }
    }

    fn common(common: Common) -> Result<Command, String> {
        Ok(Command::Common(common))
    }

    fn command(action: &Action) -> Result<Command, String> {
        Ok(match action.verb.as_str() {
            "run-all" => Command::RunAll,
            "next-workload" => Command::NextWorkload,
            "workload" => {
                let name =
                    action.argument.as_deref().ok_or_else(|| format!("{action} needs the name of a workload"))?;
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

    /// A press on a strategy's row chooses and runs it; the wheel goes to the next one or the one before.
    fn mouse(&mut self, mouse: Mouse, view: &View, size: Size) -> Option<Command> {
        let pressed = pane::row_at(view, size.rows, mouse.row).map(|row| &STRATEGIES[row].about);
        Pick::by_mouse(mouse.kind, pressed).map(|pick| Command::Common(Common::Strategy(pick)))
    }

    fn draw(&self, view: &View, canvas: &mut Canvas<'_>) {
        pane::draw(view, canvas);
    }

    fn measured(view: &View, name: &str) -> Option<Measured> {
        asked::measured(view, name)
    }

    fn trace(view: &View) -> Option<Arc<Trace>> {
        view.trace.clone()
    }
}
