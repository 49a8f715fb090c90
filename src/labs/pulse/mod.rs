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

use std::time::{Duration, Instant};

use self::strategies::STRATEGIES;
use self::view::{Command, Event, View};
use super::common::Common;
use super::headless::duration;
use super::measured::{Measure, Measured};
use super::{Acted, Doing, Lab, LabAbout, Refreshed, Start, Tone};
use crate::runtime::loop_watch::LoopWatch;
use crate::runtime::strategy::About;
use crate::runtime::worker::{Desk, Published, StillRunning, spawn};
use crate::ui::Canvas;
use crate::ui::canvas::Size;
use crate::ui::input::{Action, Binding, Mouse};

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

/// Starts the lab's worker. The loop starts when the pane is on the screen.
pub fn start(start: &Start) -> Box<dyn Lab> {
    let (wake, options) = (start.wake.clone(), start.clone());
    let desk = spawn("pulse-worker", wake, move |commands, outbox| worker::run(&options, &commands, outbox));
    Box::new(PulseLab { desk, view: None, dashboard: start.dashboard.clone() })
}

/// The lab, as the dashboard holds it.
#[derive(Debug)]
struct PulseLab {
    desk: Desk<Command, View, Event>,
    view: Option<View>,
    /// What the dashboard's own loop observed of itself.
    dashboard: LoopWatch,
}

impl PulseLab {
    fn send(&mut self, command: Command) -> Result<Acted, String> {
        self.desk.send(command).map(Acted::Sent).map_err(|refused| format!("pulse: {refused}"))
    }
}

/// The Command of an action that only this lab has.
fn parse(action: &Action) -> Result<Command, String> {
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

impl Lab for PulseLab {
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
            Some(Common::Workers(_)) => {
                return Err("an event loop is one thread: there are no workers to add".to_owned());
            }
            None => parse(action)?,
        };
        self.send(command)
    }

    fn mouse(&mut self, _mouse: Mouse) -> Result<Acted, String> {
        Ok(Acted::Nothing)
    }

    fn place(&mut self, size: Option<Size>) -> Acted {
        // A mailbox that is full has other Commands to answer first; the next layout says the size again.
        self.send(Command::Place(size)).unwrap_or(Acted::Nothing)
    }

    fn refresh(&mut self) -> Refreshed {
        let mut refreshed = Refreshed { notices: self.desk.events().collect(), ..Refreshed::default() };
        if let Some(Published { answered, view }) = self.desk.take_view() {
            self.view = Some(view);
            refreshed.answered = answered;
            refreshed.changed = true;
        }
        if let Some(panicked) = self.desk.panicked() {
            let text = format!("the Pulse worker {panicked}: its pane stands still until fanout is started again");
            refreshed.notices.push(Event { tone: Tone::Bad, text });
            refreshed.changed = true;
        }
        refreshed
    }

    fn draw(&self, canvas: &mut Canvas<'_>) {
        if let Some(view) = &self.view {
            let dashboard = pane::Dashboard { wait: self.dashboard.lag(), slow: self.dashboard.slow() };
            pane::draw(view, &dashboard, canvas);
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
    fn actions_become_commands_and_wrong_lengths_are_named() {
        let command = |text: &str| parse(&text.parse().unwrap());
        assert_eq!(command("pulse.block"), Ok(Command::Block));
        assert_eq!(command("pulse.length 250ms"), Ok(Command::Length(Duration::from_millis(250))));
        assert_eq!(command("pulse.length 1h").unwrap_err(), r#""1h" is not a duration: write 500us, 5ms, 2s or 10m"#);
        assert_eq!(command("pulse.length 10m").unwrap_err(), r#""10m" is no length for slow work: 1ms to 5s"#);
        assert_eq!(command("pulse.fly").unwrap_err(), "pulse has no action pulse.fly");
    }
}
