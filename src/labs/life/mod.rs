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
pub mod tiling;
pub mod universe;
pub mod view;
pub mod viewpoint;
pub mod window;
pub mod worker;

use self::pattern::shipped;
use self::picture::Picture;
use self::strategies::STRATEGIES;
use self::universe::Topology;
use self::view::{Command, View};
use super::common::Common;
use super::front::{Front, Own};
use super::measured::{Measure, Measured};
use super::race::named;
use super::{Doing, Lab, LabAbout, Start};
use crate::runtime::strategy::About;
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

/// Starts the lab.
pub fn start(start: &Start) -> Box<dyn Lab> {
    Box::new(Front::new(worker::start(start), LifeLab { stroke: true }))
}

/// What the lab has of its own on the dashboard's side.
#[derive(Debug)]
struct LifeLab {
    /// Whether the stroke of the mouse makes cells alive: it does if it began on an empty one.
    stroke: bool,
}

impl LifeLab {
    fn paint(&self, mouse: Mouse, view: &View) -> Option<Command> {
        let shown = view.race.is_none()
            && view.picker.is_none()
            && mouse.column < view.look.columns
            && mouse.row < view.look.rows;
        shown.then_some(Command::PaintAt { column: mouse.column, row: mouse.row, alive: self.stroke })
    }
}

/// Whether a character of the cells shows something alive.
fn is_alive_at(picture: &Picture, column: u16, row: u16) -> bool {
    let (across, down) = picture.zoom.pixels();
    let (y, x) = (usize::from(row * down), usize::from(column * across));
    let pixel = (x < picture.width).then(|| picture.pixels.get(y * picture.width + x)).flatten();
    pixel.is_some_and(|pixel| *pixel > 0 && *pixel != picture::OUTSIDE)
}

impl Own for LifeLab {
    type Command = Command;
    type View = View;

    const ABOUT: &'static LabAbout = &ABOUT;
    const MEASURES: &'static [Measure] = measured::MEASURES;
    fn first() -> usize {
        strategies::first()
    }

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
                let cell =
                    place.split_once(',').and_then(|(x, y)| Some((x.trim().parse().ok()?, y.trim().parse().ok()?)));
                let (x, y) =
                    cell.ok_or_else(|| format!("{place:?} is no cell: write its column and row, such as 12,7"))?;
                Command::Paint(x, y)
            }
            ("race", names) => Command::Race(named(STRATEGIES, names.unwrap_or_default())?),
            ("pan", _) => return Err("life.pan goes up, down, left or right".to_owned()),
            _ => return Err(format!("life has no action {action}")),
        })
    }

    fn mouse(&mut self, mouse: Mouse, view: &View, _size: Size) -> Option<Command> {
        match mouse.kind {
            MouseKind::WheelUp => Some(Command::Nearer),
            MouseKind::WheelDown => Some(Command::Farther),
            MouseKind::Press => {
                self.stroke = !is_alive_at(&view.picture, mouse.column, mouse.row);
                self.paint(mouse, view)
            }
            MouseKind::Drag => self.paint(mouse, view),
            MouseKind::Release => None,
        }
    }

    fn place(size: Option<Size>) -> Option<Command> {
        Some(Command::Place(size.map(pane::room_in)))
    }

    fn draw(&self, view: &View, canvas: &mut Canvas<'_>) {
        pane::draw(view, canvas);
    }

    fn measured(view: &View, name: &str) -> Option<Measured> {
        measured::measured(view, name)
    }
}
