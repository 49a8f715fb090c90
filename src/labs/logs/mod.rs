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

use self::strategies::STRATEGIES;
use self::view::{Command, View};
use super::common::Common;
use super::front::{Front, Own};
use super::measured::{Measure, Measured};
use super::{Doing, Lab, LabAbout, Start};
use crate::runtime::strategy::About;
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

/// Starts the lab.
pub fn start(start: &Start) -> Box<dyn Lab> {
    Box::new(Front::new(worker::start(start), LogsLab))
}

/// What the lab has of its own on the dashboard's side.
#[derive(Debug)]
struct LogsLab;

impl Own for LogsLab {
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

    fn mouse(&mut self, mouse: Mouse, view: &View, size: Size) -> Option<Command> {
        match mouse.kind {
            MouseKind::WheelUp => Some(Command::Scroll(-WHEEL)),
            MouseKind::WheelDown => Some(Command::Scroll(WHEEL)),
            MouseKind::Press => pane::file_at(view, size, mouse).map(Command::ToggleIndex),
            MouseKind::Drag | MouseKind::Release => None,
        }
    }

    fn place(size: Option<Size>) -> Option<Command> {
        Some(Command::Place(size.map(pane::place)))
    }

    fn draw(&self, view: &View, canvas: &mut Canvas<'_>) {
        pane::draw(view, canvas);
    }

    fn measured(view: &View, name: &str) -> Option<Measured> {
        measured::measured(view, name)
    }
}

#[cfg(test)]
mod tests;
