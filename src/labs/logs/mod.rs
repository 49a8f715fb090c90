//! The logs lab: many files followed at once, merged line by line, under every way to mix threads and coroutines.

pub mod commands;
pub mod copying;
pub mod descriptors;
pub mod figures;
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
pub mod progress;
pub mod rate;
pub mod reading;
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
pub mod viewport;
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

/// MiB of lines that may be kept at most.
const MOST_MEMORY: usize = 4096;

/// Lines that a turn of the wheel goes.
const WHEEL: i64 = 3;

/// What is known of the lab before it starts.
pub static ABOUT: LabAbout = LabAbout {
    id: "logs",
    title: "Logs",
    line: "Many files followed by name and merged, with backpressure all the way to the files",
    headline: "rate",
    results: "",
    bindings: &[
        Binding::new(&["Up"], "logs.scroll -1", "Go a line up"),
        Binding::new(&["Down"], "logs.scroll 1", "Go a line down"),
        Binding::new(&["Left"], "logs.shift -16", "Go to the left in long lines"),
        Binding::new(&["Right"], "logs.shift 16", "Go to the right in long lines"),
        Binding::new(&["PageUp"], "logs.page -1", "Go a page up").hint("back"),
        Binding::new(&["PageDown"], "logs.page 1", "Go a page down"),
        Binding::new(&["Home"], "logs.oldest", "Go to the oldest line that is kept"),
        Binding::new(&["End"], "logs.follow", "Go to the newest line and follow").hint("follow"),
        Binding::new(&["/"], "logs.search", "Search by a regular expression").hint("search").asks("Search for"),
        Binding::new(&["n"], "logs.found next", "Go to the next line that was found"),
        Binding::new(&["N"], "logs.found previous", "Go to the found line before"),
        Binding::new(&["o"], "logs.only", "Show only lines that match").hint("only").asks("Only lines that match"),
        Binding::new(&["x"], "logs.without", "Leave out lines that match").asks("No lines that match"),
        Binding::new(&["a"], "logs.show-all", "Show all lines, and end the search"),
        Binding::new(&["h"], "logs.toggle", "Hide a file's lines, or show them again").asks("File to hide or show"),
        Binding::new(&["w"], "logs.wrap", "Wrap long lines, or cut them"),
        Binding::new(&["y"], "logs.copy", "Copy the shown lines to a file").asks("Copy to file"),
        Binding::new(&["m"], "logs.merge", "Write all lines, merged, to a file").asks("Merge to file"),
        Binding::new(&["M"], "logs.end-merge", "Close the merged file"),
        Binding::new(&["e"], "logs.exec", "Follow the output of a command too").asks("Command"),
        Binding::new(&["d"], "logs.slow-disk", "Simulate a slow disk, every write 50 ms longer, or no longer do so"),
        Binding::new(&[], "logs.memory", "Keep at most so many MiB of lines").asks("MiB of lines to keep"),
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
    Box::new(LogsLab { desk, view: None, size: Size::default() })
}

/// The lab, as the dashboard holds it.
#[derive(Debug)]
struct LogsLab {
    desk: Desk<Command, View, Event>,
    view: Option<View>,
    size: Size,
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
    let argument = action.argument.clone();
    let needed = |what: &str| argument.clone().ok_or_else(|| format!("{action} needs {what}"));
    Ok(match action.verb.as_str() {
        "scroll" => Command::Scroll(number()?),
        "page" => Command::Page(number()?),
        "oldest" => Command::Oldest,
        "follow" => Command::Follow,
        "shift" => Command::Shift(number()?),
        "wrap" => Command::Wrap,
        "search" => Command::Search(argument),
        "found" => match argument.as_deref() {
            Some("next") => Command::Found { next: true },
            Some("previous") => Command::Found { next: false },
            _ => return Err("logs.found goes to the next or the previous one".to_owned()),
        },
        "only" => Command::Only(argument),
        "without" => Command::Without(argument),
        "show-all" => Command::ShowAll,
        "toggle" => Command::Toggle(needed("the name of a file")?),
        "copy" => Command::Copy(needed("the name of a file")?),
        "merge" => Command::Merge(Some(needed("the name of a file")?)),
        "end-merge" => Command::Merge(None),
        "exec" => Command::Exec(needed("a command")?),
        "slow-disk" => Command::SlowDisk,
        "memory" => {
            let text = needed("a number of MiB")?;
            let most = text.parse().ok().filter(|most| (1..=MOST_MEMORY).contains(most));
            Command::Memory(most.ok_or_else(|| format!("{text:?} is not a number of MiB: 1 to {MOST_MEMORY}"))?)
        }
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
            MouseKind::Press => match self.view.as_ref().and_then(|view| pane::file_at(view, self.size, mouse)) {
                Some(index) => self.send(Command::ToggleIndex(index)),
                None => Ok(Acted::Nothing),
            },
            _ => Ok(Acted::Nothing),
        }
    }

    fn place(&mut self, size: Option<Size>) -> Acted {
        self.size = size.unwrap_or_default();
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
