//! For tests: a lab without a worker, which notes what it was told.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Instant;

use crate::labs::measured::{Measure, Measured, Unit};
use crate::labs::{Acted, Doing, Lab, LabAbout, Notice, Refreshed, Tone};
use crate::runtime::strategy::About;
use crate::runtime::worker::StillRunning;
use crate::ui::Canvas;
use crate::ui::canvas::Size;
use crate::ui::input::{Action, Binding, Mouse};

macro_rules! toy_about {
    ($id:literal, $title:literal) => {
        LabAbout {
            id: $id,
            title: $title,
            line: "a toy for tests",
            headline: "done.*",
            results: "done.*",
            bindings: &[
                Binding::new(&["n"], concat!($id, ".step"), "One step").hint("step"),
                Binding::new(&["/"], concat!($id, ".filter"), "Show only what fits").asks("Filter"),
            ],
        }
    };
}

static ABOUTS: [LabAbout; 4] = [
    toy_about!("alpha", "Alpha"),
    toy_about!("beta", "Beta"),
    toy_about!("gamma", "Gamma"),
    toy_about!("delta", "Delta"),
];

static STRATEGIES: [About; 2] = [
    About {
        id: "serial",
        title: "Serial",
        item: 59,
        claim: "one after the other",
        wrong_on_purpose: false,
        source: "",
    },
    About { id: "racy", title: "Racy", item: 0, claim: "loses updates", wrong_on_purpose: true, source: "" },
];

/// What the toys were told, in order, as `alpha.step` or `alpha at 38x11`.
#[derive(Debug, Clone, Default)]
pub(super) struct Told(Rc<RefCell<Vec<String>>>);

impl Told {
    /// What was told since the last call.
    pub(super) fn take(&self) -> Vec<String> {
        self.0.borrow_mut().drain(..).collect()
    }
}

/// A lab that answers each Command at its next refresh.
#[derive(Debug)]
pub(super) struct Toy {
    about: &'static LabAbout,
    told: Told,
    sent: u64,
    answered: u64,
}

impl Toy {
    /// The first `count` toys, which write to one notebook.
    pub(super) fn labs(count: usize, told: &Told) -> Vec<Box<dyn Lab>> {
        let toy = |about| -> Box<dyn Lab> { Box::new(Self { about, told: told.clone(), sent: 0, answered: 0 }) };
        ABOUTS[..count].iter().map(toy).collect()
    }

    fn note(&mut self, text: String) -> Acted {
        self.told.0.borrow_mut().push(text);
        self.sent += 1;
        Acted::Sent(self.sent)
    }
}

impl Lab for Toy {
    fn about(&self) -> &'static LabAbout {
        self.about
    }

    fn strategies(&self) -> Vec<&'static About> {
        STRATEGIES.iter().collect()
    }

    fn strategy(&self) -> &'static About {
        &STRATEGIES[usize::from(self.about.id == "beta")]
    }

    fn doing(&self) -> Doing {
        Doing { text: "running".to_owned(), tone: Tone::Good }
    }

    fn act(&mut self, action: &Action) -> Result<Acted, String> {
        if action.verb == "run" {
            return Err("nothing to run: press n".to_owned());
        }
        Ok(self.note(action.to_string()))
    }

    fn mouse(&mut self, mouse: Mouse) -> Result<Acted, String> {
        Ok(self.note(format!("{} {:?} at {},{}", self.about.id, mouse.kind, mouse.column, mouse.row)))
    }

    fn place(&mut self, size: Option<Size>) -> Acted {
        let size = size.map_or("nowhere".to_owned(), |size| format!("{}x{}", size.columns, size.rows));
        self.note(format!("{} at {size}", self.about.id))
    }

    fn refresh(&mut self) -> Refreshed {
        let changed = self.answered != self.sent;
        self.answered = self.sent;
        let notices = if self.told.0.borrow().last().is_some_and(|last| last == "alpha.step") && changed {
            vec![Notice { tone: Tone::Good, text: "stepped".to_owned() }]
        } else {
            vec![]
        };
        Refreshed { changed, answered: self.answered, notices }
    }

    fn draw(&self, canvas: &mut Canvas<'_>) {
        let text = format!("{} draws {}x{}", self.about.title, canvas.area.width, canvas.area.height);
        let style = canvas.theme.text;
        canvas.text(0, 0, &text, style);
    }

    fn measures(&self) -> &'static [Measure] {
        &[Measure { name: "done.*", line: "what is done under a strategy" }]
    }

    fn measured(&self, name: &str) -> Option<Measured> {
        let seconds = |value| Measured { value, unit: Unit::Seconds, contended: name.ends_with("racy") };
        (self.about.id != "gamma" && name.starts_with("done."))
            .then(|| seconds(if name.ends_with("racy") { 0.25 } else { 0.5 }))
    }

    fn close(&mut self) {
        self.told.0.borrow_mut().push(format!("{} closed", self.about.id));
    }

    fn join(&mut self, _deadline: Instant) -> Result<(), StillRunning> {
        if self.about.id == "beta" { Err(StillRunning) } else { Ok(()) }
    }
}
