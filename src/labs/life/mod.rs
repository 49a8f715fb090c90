//! The Life lab: the same generation under fan-outs of every grain.

pub mod bitboard;
pub mod fan_in;
pub mod figures;
pub mod grid;
pub mod hashlife;
pub mod headless;
pub mod history;
pub mod locked_grid;
pub mod measured;
pub mod order;
pub mod pane;
pub mod part;
pub mod pattern;
pub mod picture;
pub mod plane;
pub mod rule;
pub mod runner;
pub mod soup;
pub mod speed;
pub mod strategies;
pub mod universe;
pub mod view;
pub mod window;
pub mod worker;

use std::time::Instant;

use self::strategies::{DEFAULT, STRATEGIES};
use self::view::{Command, Event, View};
use super::common::Common;
use super::measured::{Measure, Measured};
use super::{Acted, Doing, Lab, LabAbout, Refreshed, Start, Tone};
use crate::runtime::strategy::About;
use crate::runtime::worker::{Desk, Published, StillRunning, spawn};
use crate::ui::Canvas;
use crate::ui::canvas::Size;
use crate::ui::input::{Action, Binding, Mouse, MouseKind};

/// The lab's name in actions, thread names and on the command line.
const ID: &str = "life";

/// The seed's glider on its grid of nine columns and five rows.
const SEED_GLIDER: &str = "---*-----\n----*----\n--***----\n---------\n---------";

/// What is known of the lab before it starts.
pub static ABOUT: LabAbout = LabAbout {
    id: ID,
    title: "Life",
    line: "Conway's Game of Life: a fan-out and a fan-in for every generation",
    bindings: &[
        Binding::new(&["]"], "life.faster", "Step faster, up to flat out").hint("faster"),
        Binding::new(&["["], "life.slower", "Step slower, down to one a second").hint("slower"),
        Binding::new(&["x"], "life.flat-out", "Step flat out, or go back to the pace from before").hint("max"),
        Binding::new(&["n"], "life.step", "Pause, and make one generation").hint("step"),
        Binding::new(&["b"], "life.back", "Pause, and go back to the generation seen before"),
        Binding::new(&["o"], "life.soup", "Fill the pane with a new random soup"),
        Binding::new(&["g"], "life.seed-glider", "Start the seed's glider on its torus of 9 by 5"),
        Binding::new(&["Up"], "life.pan up", "Move the view up"),
        Binding::new(&["Down"], "life.pan down", "Move the view down"),
        Binding::new(&["Left"], "life.pan left", "Move the view to the left"),
        Binding::new(&["Right"], "life.pan right", "Move the view to the right"),
        Binding::new(&["PageUp", "i"], "life.nearer", "Look from nearer by"),
        Binding::new(&["PageDown", "u"], "life.farther", "Look from farther off"),
        Binding::new(&["Home"], "life.fit", "Show the whole grid"),
        Binding::new(&[], "life.panic", "Make the next generation panic, to see that the worker survives it"),
    ],
};

/// Starts the lab's worker.
pub fn start(start: &Start) -> Box<dyn Lab> {
    let (wake, options) = (start.wake.clone(), start.clone());
    let desk = spawn("life-worker", wake, move |commands, outbox| worker::run(&options, &commands, outbox));
    Box::new(LifeLab { desk, view: None })
}

/// The lab, as the dashboard holds it.
#[derive(Debug)]
struct LifeLab {
    desk: Desk<Command, View, Event>,
    view: Option<View>,
}

impl LifeLab {
    fn send(&mut self, command: Command) -> Result<Acted, String> {
        self.desk.send(command).map(Acted::Sent).map_err(|refused| format!("life: {refused}"))
    }
}

/// The Command of an action that only this lab has.
fn parse(action: &Action) -> Result<Command, String> {
    Ok(match (action.verb.as_str(), action.argument.as_deref()) {
        ("faster", None) => Command::Faster,
        ("slower", None) => Command::Slower,
        ("flat-out", None) => Command::FlatOut,
        ("step", None) => Command::Step,
        ("back", None) => Command::Back,
        ("soup", None) => Command::Soup,
        ("seed-glider", None) => Command::SeedGlider,
        ("pan", Some("up")) => Command::Pan(-1, 0),
        ("pan", Some("down")) => Command::Pan(1, 0),
        ("pan", Some("left")) => Command::Pan(0, -1),
        ("pan", Some("right")) => Command::Pan(0, 1),
        ("nearer", None) => Command::Nearer,
        ("farther", None) => Command::Farther,
        ("fit", None) => Command::Fit,
        ("panic", None) => Command::Panic,
        ("pan", _) => return Err("life.pan goes up, down, left or right".to_owned()),
        _ => return Err(format!("life has no action {action}")),
    })
}

impl Lab for LifeLab {
    fn about(&self) -> &'static LabAbout {
        &ABOUT
    }

    fn strategies(&self) -> Vec<&'static About> {
        STRATEGIES.iter().map(|row| &row.about).collect()
    }

    fn strategy(&self) -> &'static About {
        self.view.as_ref().map_or(&STRATEGIES[DEFAULT].about, |view| view.strategy)
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
            MouseKind::WheelUp => self.send(Command::Nearer),
            MouseKind::WheelDown => self.send(Command::Farther),
            _ => Ok(Acted::Nothing),
        }
    }

    fn place(&mut self, size: Option<Size>) -> Acted {
        // A mailbox that is full has other Commands to answer first; the next layout says the size again.
        self.send(Command::Place(size.map(pane::cells_in))).unwrap_or(Acted::Nothing)
    }

    fn refresh(&mut self) -> Refreshed {
        let mut refreshed = Refreshed { notices: self.desk.events().collect(), ..Refreshed::default() };
        if let Some(Published { answered, view }) = self.desk.take_view() {
            self.view = Some(view);
            refreshed.answered = answered;
            refreshed.changed = true;
        }
        if let Some(panicked) = self.desk.panicked() {
            let text = format!("the Life worker {panicked}: its pane stands still until fanout is started again");
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
