//! `fanout tour`: all of it that needs no dashboard.

use std::io::{self, Write};
use std::time::Duration;

use super::lesson::Lesson;
use super::pace::Pace;
use super::{check, notes, shelf};
use crate::labs::headless::{Failure, duration};

/// A tour that the dashboard is to open with.
#[derive(Debug, Clone, PartialEq)]
pub struct Opening {
    /// The lesson.
    pub lesson: Lesson,
    /// Who turns the pages.
    pub pace: Pace,
}

/// What `fanout tour` is asked for.
#[derive(Debug, clap::Args)]
#[allow(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub struct Args {
    /// The tour: 59 to 64, or a lesson's file.
    #[arg(value_name = "59|FILE", required_unless_present_any = ["list", "check", "notes"])]
    lesson: Option<String>,
    /// Go on without a person, and quit at the end.
    #[arg(long, conflicts_with_all = ["list", "check", "notes"])]
    auto: bool,
    /// Follow the tour that runs in another terminal: its notes, the next step, a clock.
    #[arg(long, conflicts_with_all = ["list", "check", "lesson"])]
    notes: bool,
    /// List the tours: number, title, what it is about.
    #[arg(long, conflicts_with_all = ["check", "lesson"])]
    list: bool,
    /// Run every step's work without a screen and hold each claim to what is measured.
    #[arg(long)]
    check: bool,
    /// With --auto, hold each step for so long.
    #[arg(long, value_name = "TIME", value_parser = duration, hide = true, requires = "auto")]
    hold: Option<Duration>,
}

impl Args {
    /// Does what needs no dashboard; or else says what the dashboard is to open with.
    pub fn run(&self) -> Result<Option<Opening>, Failure> {
        if self.list {
            list()?;
        } else if self.notes {
            notes::follow()?;
        } else if self.check {
            check::run(&self.lessons()?)?;
        } else if let [lesson] = &self.lessons()?[..] {
            let pace = match (self.auto, self.hold) {
                (false, _) => Pace::ByHand,
                (true, None) => Pace::ByItself,
                (true, Some(hold)) => Pace::Holding(hold),
            };
            return Ok(Some(Opening { lesson: lesson.clone(), pace }));
        }
        Ok(None)
    }

    /// The lesson that is named, or else all that are shipped.
    fn lessons(&self) -> Result<Vec<Lesson>, Failure> {
        match &self.lesson {
            Some(name) => Ok(vec![shelf::lesson(name)?]),
            None => Ok(shelf::numbers().filter_map(shelf::shipped).collect()),
        }
    }
}

fn list() -> io::Result<()> {
    let mut out = io::stdout().lock();
    for Lesson { id, title, line, .. } in shelf::numbers().filter_map(shelf::shipped) {
        writeln!(out, "{id}\t{title}\t{line}")?;
    }
    Ok(())
}
