//! The hazards lab: lost updates, deadlocks and starvation, on purpose and safely, each with its cures beside it.

pub mod free;
pub mod headless;
pub mod lock;
pub mod measured;
pub mod order;
pub mod pane;
pub mod pool;
pub mod steps;
pub mod strategies;
pub mod view;
pub mod waits;
pub mod watch;
pub mod worker;

use self::strategies::STRATEGIES;
use self::view::{Command, View};
use super::common::Common;
use super::front::{Front, Own};
use super::measured::{Measure, Measured};
use super::{Doing, Lab, LabAbout, Start};
use crate::runtime::strategy::About;
use crate::ui::Canvas;
use crate::ui::input::{Action, Binding};

/// The lab's name in actions, thread names and on the command line.
const ID: &str = "hazards";

/// The most updates of the counter that a person may ask for.
const MOST_INCREMENTS: u64 = 1_000_000_000;

/// What is known of the lab before it starts.
pub static ABOUT: LabAbout = LabAbout {
    id: ID,
    title: "Hazards",
    line: "Lost updates, deadlocks and starvation, on purpose and safely, each with its cures",
    headline: "lost.*",
    results: "lost.*",
    bindings: &[
        Binding::new(&["x"], "hazards.free", "Free all who wait").hint("free"),
        Binding::new(&["Left"], "hazards.step 1", "Step mode: worker 1 does its next load or store").hint("worker 1"),
        Binding::new(&["Right"], "hazards.step 2", "Step mode: worker 2 does its next load or store").hint("worker 2"),
        Binding::new(&["Home"], "hazards.step-again", "Step mode: begin again"),
        Binding::new(&["n"], "hazards.increments", "Set how often the counter is updated")
            .asks("Updates of the counter, such as 1000000"),
    ],
};

/// Starts the lab. Nothing runs before somebody runs it.
pub fn start(start: &Start) -> Box<dyn Lab> {
    Box::new(Front::new(worker::start(start), HazardsLab))
}

/// What the lab has of its own on the dashboard's side.
#[derive(Debug)]
struct HazardsLab;

impl Own for HazardsLab {
    type Command = Command;
    type View = View;

    const ABOUT: &'static LabAbout = &ABOUT;
    const MEASURES: &'static [Measure] = measured::MEASURES;

    fn strategies() -> Vec<&'static About> {
        STRATEGIES.iter().map(|row| &row.about).collect()
    }

    fn strategy(view: &View) -> &'static About {
        view.strategy
    }

    fn doing(view: &View) -> Doing {
        view.doing.clone()
    }

    fn common(common: Common) -> Result<Command, String> {
        Ok(Command::Common(common))
    }

    fn command(action: &Action) -> Result<Command, String> {
        Ok(match (action.verb.as_str(), action.argument.as_deref()) {
            ("free", None) => Command::Free,
            ("step", Some("1")) => Command::Step(0),
            ("step", Some("2")) => Command::Step(1),
            ("step", _) => return Err("hazards.step is for worker 1 or 2".to_owned()),
            ("step-again", None) => Command::StepAgain,
            ("increments", Some(text)) => {
                let wrong = || format!("{text:?} is not a number of updates: 1 to {MOST_INCREMENTS}");
                let increments = text.parse().ok().filter(|n| (1..=MOST_INCREMENTS).contains(n)).ok_or_else(wrong)?;
                Command::Increments(increments)
            }
            _ => return Err(format!("hazards has no action {action}")),
        })
    }

    fn draw(&self, view: &View, canvas: &mut Canvas<'_>) {
        pane::draw(view, canvas);
    }

    fn measured(view: &View, name: &str) -> Option<Measured> {
        measured::measured(view, name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actions_become_commands_and_wrong_arguments_are_named() {
        let command = |text: &str| HazardsLab::command(&text.parse().unwrap());
        assert_eq!(command("hazards.step 2"), Ok(Command::Step(1)));
        assert_eq!(command("hazards.step 3").unwrap_err(), "hazards.step is for worker 1 or 2");
        assert_eq!(command("hazards.increments 5"), Ok(Command::Increments(5)));
        assert_eq!(command("hazards.increments 0").unwrap_err(), r#""0" is not a number of updates: 1 to 1000000000"#);
        assert_eq!(command("hazards.fly").unwrap_err(), "hazards has no action hazards.fly");
    }
}
