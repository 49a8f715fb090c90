//! The Life lab: the same generation under fan-outs of every grain.

pub mod bitboard;
pub mod calm;
pub mod colour;
pub mod fan_in;
pub mod figures;
pub mod grid;
pub mod hand;
pub mod hashlife;
pub mod headless;
pub mod history;
pub mod locked_grid;
pub mod measured;
pub mod order;
pub mod pane;
pub mod part;
pub mod pattern;
pub mod picker;
pub mod picture;
pub mod plane;
pub mod race;
pub mod record;
pub mod rule;
pub mod runner;
pub mod soup;
pub mod speed;
pub mod strategies;
pub mod strip;
pub mod tempo;
pub mod universe;
pub mod view;
pub mod viewpoint;
pub mod window;
pub mod worker;

use std::time::Instant;

use self::pattern::shipped;
use self::strategies::{DEFAULT, STRATEGIES};
use self::universe::Topology;
use self::view::{Command, Event, View};
use super::common::Common;
use super::measured::{Measure, Measured};
use super::race::named;
use super::{Acted, Doing, Lab, LabAbout, Refreshed, Start, Tone};
use crate::runtime::strategy::About;
use crate::runtime::worker::{Desk, Published, StillRunning, spawn};
use crate::ui::Canvas;
use crate::ui::canvas::Size;
use crate::ui::input::{Action, Binding, Mouse, MouseKind};

/// The lab's name in actions, thread names and on the command line.
const ID: &str = "life";

/// What is known of the lab before it starts.
pub static ABOUT: LabAbout = LabAbout {
    id: ID,
    title: "Life",
    line: "Conway's Game of Life: a fan-out and a fan-in for every generation",
    headline: "rate",
    results: "seconds.*",
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
        Binding::new(&["p"], "life.pick", "Open the list of famous patterns; in it, start the chosen one")
            .hint("pattern"),
        Binding::new(&["P"], "life.leave-list", "Leave the list of patterns without starting one"),
        Binding::new(&[], "life.next-pattern", "Start the next of the famous patterns"),
        Binding::new(&[], "life.previous-pattern", "Start the one before it"),
        Binding::new(&[], "life.pattern", "Start a pattern by its name").asks("Pattern"),
        Binding::new(&[], "life.open", "Read a pattern file: RLE, cells, Life 1.05 or 1.06, Macrocell, packed or not")
            .asks("Pattern file"),
        Binding::new(&[], "life.rule", "Go on under another rule").asks("Rule, such as B36/S23"),
        Binding::new(&["y"], "life.topology", "Put the cells on the plane, or back on a torus"),
        Binding::new(&["j"], "life.grain", "Change the grain of the fan-out: cell, row, band"),
        Binding::new(&["a"], "life.io", "Simulate I/O in each cell: none, one point, two points"),
        Binding::new(&["h"], "life.fail", "Let a cell fail in the next generation with a problem with I/O"),
        Binding::new(&["k"], "life.cancel", "Give up the generation under way, and see how long it takes to stop"),
        Binding::new(&["v"], "life.race", "Race four strategies over the same grid, or end the race"),
        Binding::new(&["l"], "life.colour", "Colour cells by age, by activity, or by the worker that stepped them"),
        Binding::new(&["m"], "life.calm", "Hold large changes of brightness to three a second, or let them through"),
        Binding::new(&["e"], "life.edit", "Draw by keyboard: arrows move the cursor, w turns a cell round"),
        Binding::new(&["w"], "life.toggle", "Turn the cell under the cursor round"),
        Binding::new(&[], "life.paint", "Turn a cell round").asks("Column,row"),
        Binding::new(&[], "life.panic", "Make the next generation panic, to see that the worker survives it"),
    ],
};

/// Starts the lab's worker.
pub fn start(start: &Start) -> Box<dyn Lab> {
    let (wake, options) = (start.wake.clone(), start.clone());
    let desk = spawn("life-worker", wake, move |commands, outbox| worker::run(&options, &commands, outbox));
    Box::new(LifeLab { desk, view: None, stroke: true })
}

/// The lab, as the dashboard holds it.
#[derive(Debug)]
struct LifeLab {
    desk: Desk<Command, View, Event>,
    view: Option<View>,
    /// Whether the stroke of the mouse makes cells alive: it does if it began on an empty one.
    stroke: bool,
}

impl LifeLab {
    fn send(&mut self, command: Command) -> Result<Acted, String> {
        self.desk.send(command).map(Acted::Sent).map_err(|refused| format!("life: {refused}"))
    }

    /// Whether a character of the cells shows something alive.
    fn is_alive_at(&self, column: u16, row: u16) -> bool {
        let Some(View { picture, .. }) = &self.view else { return false };
        let (across, down) = picture.zoom.pixels();
        let (y, x) = (usize::from(row * down), usize::from(column * across));
        let pixel = (x < picture.width).then(|| picture.pixels.get(y * picture.width + x)).flatten();
        pixel.is_some_and(|pixel| *pixel > 0 && *pixel != picture::OUTSIDE)
    }

    fn paint(&mut self, mouse: Mouse) -> Result<Acted, String> {
        let shown = self.view.as_ref().is_some_and(|view| {
            view.race.is_none()
                && view.picker.is_none()
                && mouse.column < view.look.columns
                && mouse.row < view.look.rows
        });
        if !shown {
            return Ok(Acted::Nothing);
        }
        self.send(Command::PaintAt { column: mouse.column, row: mouse.row, alive: self.stroke })
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
        ("pick", None) => Command::Pick,
        ("leave-list", None) => Command::LeaveList,
        ("colour", None) => Command::Colour,
        ("calm", None) => Command::Calm,
        ("next-pattern", None) => Command::NextPattern(1),
        ("previous-pattern", None) => Command::NextPattern(-1),
        ("pattern", Some(name)) => {
            shipped::find(name).map_err(|error| error.to_string())?;
            Command::Pattern(name.to_owned())
        }
        ("open", Some(path)) => Command::Open(path.to_owned()),
        ("rule", Some(rule)) => Command::Rule(rule.parse().map_err(|error: rule::NotARule| error.to_string())?),
        ("topology", None) => Command::Topology(None),
        ("topology", Some("torus")) => Command::Topology(Some(Topology::Torus)),
        ("topology", Some("plane")) => Command::Topology(Some(Topology::Plane)),
        ("grain", None) => Command::Grain,
        ("io", None) => Command::Io,
        ("fail", None) => Command::Fail,
        ("cancel", None) => Command::Cancel,
        ("edit", None) => Command::Edit,
        ("toggle", None) => Command::Toggle,
        ("paint", Some(place)) => {
            let cell = place.split_once(',').and_then(|(x, y)| Some((x.trim().parse().ok()?, y.trim().parse().ok()?)));
            let (x, y) = cell.ok_or_else(|| format!("{place:?} is no cell: write its column and row, such as 12,7"))?;
            Command::Paint(x, y)
        }
        ("race", names) => Command::Race(named(STRATEGIES, names.unwrap_or_default())?),
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
            MouseKind::Press => {
                self.stroke = !self.is_alive_at(mouse.column, mouse.row);
                self.paint(mouse)
            }
            MouseKind::Drag => self.paint(mouse),
            MouseKind::Release => Ok(Acted::Nothing),
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
