//! What the dashboard knows: labs, focus, zoom, overlay, frozen picture, notice. It takes in input and Views, and draws.

mod act;
mod draw;
mod input;
#[cfg(test)]
mod legible;
#[cfg(test)]
mod tests;
mod touring;
#[cfg(test)]
mod walk;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use ratatui::layout::Rect;

use crate::app::errand::Errand;
use crate::app::keycast::KeyCast;
use crate::app::keys::Keymap;
use crate::app::layout::{Layout, inside};
use crate::app::look::Look;
use crate::app::overlay::{Overlay, Welcome};
use crate::app::pulse::Pulse;
use crate::app::rewind::{Rewind, Still};
use crate::app::tour::Tour;
use crate::guides::advice::adviser::Adviser;
use crate::labs::measured::Measured;
use crate::labs::{Acted, Lab, LabAbout, Notice};
use crate::runtime::stage::Stage;
use crate::runtime::wake::Wake;
use crate::ui::canvas::Size;
use crate::ui::input::{Action, Binding};

/// What the event loop has to do after something was taken in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum After {
    /// Nothing: what it asked for comes with a View.
    Nothing,
    /// Draw now what has opened over the picture, which stands otherwise: it answers a person.
    DrawOver,
    /// Draw now: it answers a person.
    Draw,
    /// Draw everything again.
    DrawAll,
    /// Give the terminal back and stop until the shell continues us.
    Suspend,
    /// End, as asked.
    Quit,
    /// End, as by Ctrl-C.
    Interrupt,
}

/// What came of taking in Views.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fresh {
    /// Nothing to draw.
    Nothing,
    /// Something goes on: draw it at the pace of frames.
    Changed,
    /// The answer to a person's input is there: draw it now.
    Answered,
}

/// A lab and what the dashboard knows of its pane.
struct Place {
    lab: Box<dyn Lab>,
    /// The inside of its pane, as the lab was told.
    size: Option<Size>,
    /// The number of the Command whose answer is to be drawn at once; 0 when none is.
    awaited: u64,
}

/// The picture that stands still, and since when.
struct Frozen {
    since: Instant,
    /// Taken by the first frame drawn after the key.
    still: Option<Still>,
}

/// The dashboard's state.
pub struct State {
    labs: Vec<Place>,
    focus: usize,
    zoomed: bool,
    overlay: Option<Box<dyn Overlay>>,
    frozen: Option<Frozen>,
    /// The last minute of the screen.
    rewind: Rewind,
    notice: Option<Notice>,
    /// What the event loop observed.
    pub pulse: Pulse,
    /// Who measures what stands behind the decision tree; none in tests of the screen alone.
    pub adviser: Option<Adviser>,
    keymap: Keymap,
    look: Look,
    stage: Stage,
    wake: Wake,
    area: Rect,
    layout: Option<Layout>,
    /// Where the labs' names stand in the header, as columns from and to.
    tabs: Vec<(u16, u16)>,
    /// Where the next frame is to be saved.
    save: Option<PathBuf>,
    /// Files that are being written.
    errands: Vec<Errand>,
    /// The lab in whose pane the mouse button went down: it gets what follows until the button comes up.
    dragging: Option<usize>,
    /// The tour that is on; out of its place only while it acts.
    tour: Option<Tour>,
    /// Whether the layout has a place for a tour.
    touring: bool,
    /// The last action begun, until the event loop has taken it.
    acted: Option<Action>,
    /// The pane in focus shows its headline instead of its picture.
    big: bool,
    /// The hint for a first run lies over the panes.
    welcome: Option<Welcome>,
    /// Where the hints of the status line stand: columns from and to, and what they do.
    hints: Vec<(u16, u16, &'static Binding)>,
    /// The last keys, while they are shown.
    key_cast: Option<KeyCast>,
}

impl State {
    /// A dashboard of these labs on a screen of this area.
    pub fn new(labs: Vec<Box<dyn Lab>>, keymap: Keymap, look: Look, stage: Stage, wake: Wake, area: Rect) -> Self {
        let labs = labs.into_iter().map(|lab| Place { lab, size: None, awaited: 0 }).collect();
        let mut dashboard = Self {
            labs,
            focus: 0,
            zoomed: false,
            overlay: None,
            frozen: None,
            rewind: Rewind::default(),
            notice: None,
            pulse: Pulse::default(),
            adviser: None,
            keymap,
            look,
            stage,
            wake,
            area,
            save: None,
            errands: Vec::new(),
            dragging: None,
            tour: None,
            touring: false,
            acted: None,
            big: false,
            welcome: None,
            hints: Vec::new(),
            key_cast: None,
            layout: None,
            tabs: Vec::new(),
        };
        dashboard.lay_out();
        dashboard
    }

    /// Shows the hint for a first run until a key or the mouse is used.
    pub fn welcome(&mut self) {
        self.welcome = Some(Welcome);
    }

    /// The screen has another size now.
    pub fn resize(&mut self, area: Rect) {
        self.area = area;
        self.lay_out();
    }

    /// Takes in the Views and Events that have come.
    pub fn refresh(&mut self) -> Fresh {
        let mut fresh = Fresh::Nothing;
        if self.overlay.as_mut().is_some_and(|overlay| overlay.refresh()) {
            fresh = Fresh::Changed;
        }
        let notice = &mut self.notice;
        self.errands.retain(|errand| {
            let done = errand.done();
            if done.is_some() {
                fresh = Fresh::Changed;
                notice.clone_from(&done);
            }
            done.is_none()
        });
        for (i, place) in self.labs.iter_mut().enumerate() {
            let refreshed = place.lab.refresh();
            let shown = self.layout.as_ref().is_some_and(|layout| layout.pane(i).is_some());
            if refreshed.changed && shown && self.frozen.is_none() {
                fresh = fresh.max(Fresh::Changed);
            }
            if place.awaited > 0 && refreshed.answered >= place.awaited {
                place.awaited = 0;
                fresh = Fresh::Answered;
            }
            if let Some(notice) = refreshed.notices.into_iter().last() {
                self.notice = Some(notice);
                fresh = fresh.max(Fresh::Changed);
            }
        }
        if let Some(overlay) = &mut self.overlay
            && let Some(trace) = self.labs[self.focus].lab.trace()
            && overlay.trace(trace)
        {
            fresh = fresh.max(Fresh::Changed);
        }
        fresh
    }

    /// When the picture changes by itself: the banner of a frozen one counts seconds, a tour waits and holds, and keys that
    /// are shown go.
    pub fn tick_at(&self) -> Option<Instant> {
        let second = |Frozen { since, .. }: &Frozen| *since + Duration::from_secs(since.elapsed().as_secs() + 1);
        let tour = self.tour.as_ref().and_then(Tour::due);
        let keys = self.key_cast.as_ref().and_then(|cast| cast.gone_at(Instant::now()));
        self.frozen.as_ref().map(second).into_iter().chain(tour).chain(keys).min()
    }

    /// Tells every worker to end, and waits for them until the deadline. The labs that did not end in time are named.
    pub fn shut_down(&mut self, deadline: Instant) -> Vec<&'static str> {
        for place in &mut self.labs {
            place.lab.close();
        }
        let labs = self.labs.iter_mut();
        labs.filter_map(|place| place.lab.join(deadline).err().map(|_| place.lab.about().id)).collect()
    }

    /// The number of this name that a lab has measured last.
    pub fn measured(&self, lab: &str, name: &str) -> Option<Measured> {
        self.labs.iter().find(|place| place.lab.about().id == lab)?.lab.measured(name)
    }

    /// Whether something lies over the picture of the panes.
    fn is_covered(&self, now: Instant) -> bool {
        self.overlay.is_some()
            || self.welcome.is_some()
            || self.tour.as_ref().is_some_and(Tour::is_blank)
            || self.key_cast.as_ref().is_some_and(|cast| cast.is_shown(now))
    }

    fn focused(&self) -> Option<&'static LabAbout> {
        self.labs.get(self.focus).map(|place| place.lab.about())
    }

    /// Lays the screen out anew and tells the labs whose pane has changed. A frozen picture of another layout is let go.
    fn lay_out(&mut self) {
        let layout = Layout::new(self.area, self.labs.len(), self.focus, self.zoomed, self.touring);
        let shown = |layout: &Option<Layout>| layout.as_ref().map(|layout| layout.panes.clone());
        if shown(&layout) != shown(&self.layout) {
            self.frozen = None;
        }
        for (i, place) in self.labs.iter_mut().enumerate() {
            let pane = layout.as_ref().and_then(|layout| layout.pane(i)).map(inside);
            let size = pane.map(|area| Size { columns: area.width, rows: area.height });
            if size != place.size {
                place.size = size;
                if let Acted::Sent(number) = place.lab.place(size) {
                    place.awaited = number;
                }
            }
        }
        self.layout = layout;
    }
}
