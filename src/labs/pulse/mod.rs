//! The pulse lab: an event loop that beats every 5 ms, and what slow work does to it (seed item 63).

pub mod alarm;
pub mod demo_loop;
pub mod headless;
pub mod measured;
pub mod pane;
pub mod peer;
pub mod record;
pub mod strategies;
pub mod ticker;
pub mod view;
pub mod worker;

use std::time::Duration;

use self::strategies::STRATEGIES;
use self::view::{Command, View};
use super::common::Common;
use super::front::{Front, Own};
use super::headless::duration;
use super::measured::{Measure, Measured};
use super::{Doing, Lab, LabAbout, Start};
use crate::runtime::loop_watch::LoopWatch;
use crate::runtime::strategy::About;
use crate::ui::Canvas;
use crate::ui::canvas::Size;
use crate::ui::input::{Action, Binding};

/// The lab's name in actions, thread names and on the command line.
const ID: &str = "pulse";

/// The longest piece of slow work that a person may ask for.
const LONGEST: Duration = Duration::from_secs(5);

/// What is known of the lab before it starts.
pub static ABOUT: LabAbout = LabAbout {
    id: ID,
    title: "Pulse",
    line: "An event loop that beats every 5 ms, and what slow work does to it",
    headline: "p99.*",
    results: "p99.*",
    bindings: &[
        Binding::new(&["b"], "pulse.block", "Give the loop one piece of slow work, done as the strategy says")
            .hint("block"),
        Binding::new(&["a"], "pulse.repeat", "Give it slow work every 2 s, or no longer").hint("repeat"),
        Binding::new(&["l"], "pulse.length", "Set how long the slow work takes").asks("Length, such as 500ms or 1s"),
        Binding::new(&["B"], "app.block-loop", "Block the dashboard's own loop for 0.5 s, after a confirmation")
            .hint("dashboard"),
    ],
};

/// Starts the lab. The loop starts when the pane is on the screen.
pub fn start(start: &Start) -> Box<dyn Lab> {
    Box::new(Front::new(worker::start(start), PulseLab { dashboard: start.dashboard.clone() }))
}

/// What the lab has of its own on the dashboard's side.
#[derive(Debug)]
struct PulseLab {
    /// What the dashboard's own loop observed of itself.
    dashboard: LoopWatch,
}

impl Own for PulseLab {
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
        match common {
            Common::Strategy(pick) => Ok(Command::Strategy(pick)),
            Common::Pause => Ok(Command::Pause),
            Common::Run => Ok(Command::Run),
            Common::Workers(_) => Err("an event loop is one thread: there are no workers to add".to_owned()),
        }
    }

    fn command(action: &Action) -> Result<Command, String> {
        Ok(match (action.verb.as_str(), action.argument.as_deref()) {
            ("block", None) => Command::Block,
            ("repeat", None) => Command::Repeat,
            ("length", Some(text)) => {
                let length = duration(text)?;
                if !(Duration::from_millis(1)..=LONGEST).contains(&length) {
                    return Err(format!("{text:?} is no length for slow work: 1ms to 5s"));
                }
                Command::Length(length)
            }
            _ => return Err(format!("pulse has no action {action}")),
        })
    }

    fn place(size: Option<Size>) -> Option<Command> {
        Some(Command::Place(size))
    }

    fn draw(&self, view: &View, canvas: &mut Canvas<'_>) {
        let dashboard = pane::Dashboard { wait: self.dashboard.lag(), slow: self.dashboard.slow() };
        pane::draw(view, &dashboard, canvas);
    }

    fn measured(view: &View, name: &str) -> Option<Measured> {
        measured::measured(view, name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actions_become_commands_and_wrong_lengths_are_named() {
        let command = |text: &str| PulseLab::command(&text.parse().unwrap());
        assert_eq!(command("pulse.block"), Ok(Command::Block));
        assert_eq!(command("pulse.length 250ms"), Ok(Command::Length(Duration::from_millis(250))));
        assert_eq!(command("pulse.length 1h").unwrap_err(), r#""1h" is not a duration: write 500us, 5ms, 2s or 10m"#);
        assert_eq!(command("pulse.length 10m").unwrap_err(), r#""10m" is no length for slow work: 1ms to 5s"#);
        assert_eq!(command("pulse.fly").unwrap_err(), "pulse has no action pulse.fly");
    }
}
