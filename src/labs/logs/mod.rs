//! The logs lab: many files followed at once, merged line by line, under every way to mix threads and coroutines.

pub mod commands;
pub mod filter;
pub mod generations;
pub mod headless;
pub mod identity;
pub mod level;
pub mod measured;
pub mod merged;
pub mod names;
pub mod open_file;
pub mod output;
pub mod pane;
pub mod rate;
pub mod ring;
pub mod runner;
pub mod sink;
pub mod source;
pub mod sources;
pub mod stop;
pub mod strategies;
pub mod stream;
pub mod turns;
pub mod view;
pub mod watch_points;
pub mod watcher;
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
use crate::ui::input::{Action, Binding, Mouse, MouseKind};

/// Lines that a turn of the wheel goes.
const WHEEL: i64 = 3;

/// What is known of the lab before it starts.
pub static ABOUT: LabAbout = LabAbout {
    id: "logs",
    title: "Logs",
    line: "Many files followed by name and merged, with backpressure all the way to the files",
    bindings: &[
        Binding::new(&["Up"], "logs.scroll -1", "Go a line up"),
        Binding::new(&["Down"], "logs.scroll 1", "Go a line down"),
        Binding::new(&["PageUp"], "logs.page -1", "Go a page up").hint("back"),
        Binding::new(&["PageDown"], "logs.page 1", "Go a page down"),
        Binding::new(&["Home"], "logs.oldest", "Go to the oldest line that is kept"),
        Binding::new(&["End"], "logs.follow", "Go to the newest line and follow").hint("follow"),
        Binding::new(
            &[],
            "logs.panic",
            "Make the reader panic at its next look, to see that no line is lost or doubled",
        ),
    ],
};

/// Starts the lab's worker.
pub fn start(start: &Start) -> Box<dyn Lab> {
    let (wake, options) = (start.wake.clone(), start.clone());
    let desk = spawn("logs-worker", wake, move |commands, outbox| worker::run(&options, &commands, outbox));
    Box::new(LogsLab { desk, view: None })
}

/// The lab, as the dashboard holds it.
#[derive(Debug)]
struct LogsLab {
    desk: Desk<Command, View, Event>,
    view: Option<View>,
}

impl LogsLab {
    fn send(&mut self, command: Command) -> Result<Acted, String> {
        self.desk.send(command).map(Acted::Sent).map_err(|refused| format!("logs: {refused}"))
    }
}

/// The Command of an action that only this lab has.
fn parse(action: &Action) -> Result<Command, String> {
    let number = || {
        let text = action.argument.as_deref().unwrap_or_default();
        text.parse().map_err(|_| format!("{action}: {text:?} is not a number, such as -1"))
    };
    Ok(match action.verb.as_str() {
        "scroll" => Command::Scroll(number()?),
        "page" => Command::Page(number()?),
        "oldest" => Command::Oldest,
        "follow" => Command::Follow,
        "panic" => Command::Panic,
        _ => return Err(format!("logs has no action {action}")),
    })
}

impl Lab for LogsLab {
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
            Some(common) => Command::Common(common),
            None => parse(action)?,
        };
        self.send(command)
    }

    fn mouse(&mut self, mouse: Mouse) -> Result<Acted, String> {
        match mouse.kind {
            MouseKind::WheelUp => self.send(Command::Scroll(-WHEEL)),
            MouseKind::WheelDown => self.send(Command::Scroll(WHEEL)),
            _ => Ok(Acted::Nothing),
        }
    }

    fn place(&mut self, size: Option<Size>) -> Acted {
        // A mailbox that is full has other Commands to answer first; the next layout says the size again.
        self.send(Command::Place(size.map(pane::place))).unwrap_or(Acted::Nothing)
    }

    fn refresh(&mut self) -> Refreshed {
        let mut refreshed = Refreshed { notices: self.desk.events().collect(), ..Refreshed::default() };
        if let Some(Published { answered, view }) = self.desk.take_view() {
            self.view = Some(view);
            refreshed.answered = answered;
            refreshed.changed = true;
        }
        if let Some(panicked) = self.desk.panicked() {
            let text = format!("the logs worker {panicked}: its pane stands still until fanout is started again");
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
mod tests;
