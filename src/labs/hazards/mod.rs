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

use std::time::Instant;

use self::strategies::STRATEGIES;
use self::view::{Command, Event, View};
use super::common::Common;
use super::measured::{Measure, Measured};
use super::{Acted, Doing, Lab, LabAbout, Refreshed, Start, Tone};
use crate::runtime::strategy::About;
use crate::runtime::worker::{Desk, Published, StillRunning, spawn};
use crate::ui::Canvas;
use crate::ui::canvas::Size;
use crate::ui::input::{Action, Binding, Mouse};

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

/// Starts the lab's worker. Nothing runs before somebody runs it.
pub fn start(start: &Start) -> Box<dyn Lab> {
    let (wake, options) = (start.wake.clone(), start.clone());
    let desk = spawn("hazards-worker", wake, move |commands, outbox| worker::run(&options, &commands, outbox));
    Box::new(HazardsLab { desk, view: None })
}

/// The lab, as the dashboard holds it.
#[derive(Debug)]
struct HazardsLab {
    desk: Desk<Command, View, Event>,
    view: Option<View>,
}

/// The Command of an action that only this lab has.
fn parse(action: &Action) -> Result<Command, String> {
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

impl Lab for HazardsLab {
    fn about(&self) -> &'static LabAbout {
        &ABOUT
    }

    fn strategies(&self) -> Vec<&'static About> {
        STRATEGIES.iter().map(|row| &row.about).collect()
    }

    fn strategy(&self) -> &'static About {
        self.view.as_ref().map_or(&STRATEGIES[0].about, |view| view.strategy)
    }

    fn doing(&self) -> Doing {
        let starting = || Doing { text: "starting".to_owned(), tone: Tone::Plain };
        self.view.as_ref().map_or_else(starting, |view| view.doing.clone())
    }

    fn act(&mut self, action: &Action) -> Result<Acted, String> {
        let command = match Common::parse(action, &self.strategies())? {
            Some(Common::Strategy(pick)) => Command::Strategy(pick),
            Some(Common::Pause) => Command::Pause,
            Some(Common::Run) => Command::Run,
            Some(Common::Workers(change)) => Command::Workers(change),
            None => parse(action)?,
        };
        self.desk.send(command).map(Acted::Sent).map_err(|refused| format!("hazards: {refused}"))
    }

    fn mouse(&mut self, _mouse: Mouse) -> Result<Acted, String> {
        Ok(Acted::Nothing)
    }

    fn place(&mut self, _size: Option<Size>) -> Acted {
        // A View holds no more than any pane has room for.
        Acted::Nothing
    }

    fn refresh(&mut self) -> Refreshed {
        let mut refreshed = Refreshed { notices: self.desk.events().collect(), ..Refreshed::default() };
        if let Some(Published { answered, view }) = self.desk.take_view() {
            self.view = Some(view);
            refreshed.answered = answered;
            refreshed.changed = true;
        }
        if let Some(panicked) = self.desk.panicked() {
            let text = format!("the Hazards worker {panicked}: its pane stands still until fanout is started again");
            refreshed.notices.push(Event { tone: Tone::Bad, text });
            refreshed.changed = true;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actions_become_commands_and_wrong_arguments_are_named() {
        let command = |text: &str| parse(&text.parse().unwrap());
        assert_eq!(command("hazards.step 2"), Ok(Command::Step(1)));
        assert_eq!(command("hazards.step 3").unwrap_err(), "hazards.step is for worker 1 or 2");
        assert_eq!(command("hazards.increments 5"), Ok(Command::Increments(5)));
        assert_eq!(command("hazards.increments 0").unwrap_err(), r#""0" is not a number of updates: 1 to 1000000000"#);
        assert_eq!(command("hazards.fly").unwrap_err(), "hazards has no action hazards.fly");
    }
}
