//! The keys: the global bindings as data, and which action a key means now, after what the configuration has rebound.

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::labs::LabAbout;
use crate::ui::input::{Action, Binding, Key};

/// What the dashboard's own keys do. An action that begins with a dot goes to the lab in focus.
pub const GLOBAL: &[Binding] = &[
    Binding::new(&["s"], ".next-strategy", "Switch to the next strategy").hint("strategy"),
    Binding::new(&["S"], ".previous-strategy", "Switch to the previous strategy"),
    Binding::new(&["Space"], ".pause", "Pause the work, or go on").hint("pause"),
    Binding::new(&["r"], ".run", "Run again from the start").hint("run"),
    Binding::new(&["+", "="], ".more-workers", "One worker more"),
    Binding::new(&["-"], ".fewer-workers", "One worker fewer"),
    Binding::new(&[], ".workers", "Set the number of workers").asks("Workers, 1 to 64"),
    Binding::new(&["Tab"], "app.next-pane", "Go to the next pane").hint("pane"),
    Binding::new(&["Shift-Tab"], "app.previous-pane", "Go to the previous pane"),
    Binding::new(&["1", "2", "3", "4", "5", "6", "7", "8", "9"], "app.pane", "Go to the pane of this number")
        .asks("Number of the pane"),
    Binding::new(&["z", "Enter"], "app.zoom", "Zoom the pane, or all panes again").hint("zoom"),
    Binding::new(&["f"], "app.freeze", "Freeze the picture while the work goes on"),
    Binding::new(&["<"], "app.back", "While frozen: show the picture before this one, up to a minute back"),
    Binding::new(&[">"], "app.forward", "While frozen: show the picture after this one"),
    Binding::new(&["c"], "app.code", "Show the code of the strategy, or what differs from another").hint("code"),
    Binding::new(&["t"], "app.timeline", "Show who worked or waited when in the last run"),
    Binding::new(&["?"], "app.help", "Show every key").hint("help"),
    Binding::new(&["F1"], "app.card 59", "Open the reference cards, at the first"),
    Binding::new(&[], "app.card", "Open a reference card by its name or item").asks("Name of a card, or item 59 to 64"),
    Binding::new(&["F2"], "app.advice", "Ask the decision tree what to take, and measure why"),
    Binding::new(&["F3"], "app.results", "Show the results of the lab's strategies beside one another, to be saved"),
    Binding::new(&[], "app.save-results", "Save the results as a table (.md) or as a chart (.svg)")
        .asks("Save the results as FILE.md or FILE.svg"),
    Binding::new(&["F4"], "app.big", "Show the number that matters most as large as the pane allows"),
    Binding::new(&["F5"], "app.key-cast", "Show the keys that are pressed, large, for a room"),
    Binding::new(&[":", "Ctrl-P"], "app.palette", "Find an action by its name").hint("find"),
    Binding::new(&[], "app.tour", "Begin a tour").asks("Tour: 59 to 64"),
    Binding::new(&[], "app.next-theme", "Change the theme: dark, light, presenter"),
    Binding::new(&["Ctrl-S"], "app.save-screen", "Save the screen as a picture (.svg) or as text (.txt)")
        .asks("Save the screen as FILE.svg or FILE.txt"),
    Binding::new(&["Ctrl-L"], "app.redraw", "Draw the whole screen again"),
    Binding::new(&["Ctrl-Z"], "app.suspend", "Suspend; the shell's fg comes back"),
    Binding::new(&["q"], "app.quit", "Quit").hint("quit"),
    Binding::new(&["Ctrl-C"], "app.interrupt", "Quit with exit code 130"),
];

/// The keys while a tour is on; they come before all others then. `PageDown` and `PageUp` are what presenters' remotes send.
pub const TOUR: &[Binding] = &[
    Binding::new(&["PageDown", "n"], "tour.next", "Show the rest of the step, or go to the next one").hint("next"),
    Binding::new(&["PageUp", "p"], "tour.back", "Go to the step before").hint("back"),
    Binding::new(&["."], "tour.blank", "Blank the screen; any key brings it back").hint("blank"),
    Binding::new(&["Esc"], "tour.leave", "Leave the tour").hint("leave"),
];

/// A binding and the keys it has now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bound {
    /// The row of the table.
    pub binding: &'static Binding,
    /// Its keys, as the table or the configuration has them.
    pub keys: Vec<Key>,
    /// The keys as people read them: `s`, `: Ctrl-P`, `1…9`.
    pub keys_text: String,
    /// The first of them, which hints name; empty without one.
    pub first_key: String,
}

impl Bound {
    fn new(binding: &'static Binding, keys: Vec<Key>) -> Self {
        let keys_text = match &keys[..] {
            [first, .., last] if keys.len() > 3 => format!("{first}…{last}"),
            keys => keys.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "),
        };
        let first_key = keys.first().map(ToString::to_string).unwrap_or_default();
        Self { binding, keys, keys_text, first_key }
    }
}

/// Which key does what, for every lab.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keymap {
    global: Rc<[Bound]>,
    tour: Rc<[Bound]>,
    labs: Vec<(&'static LabAbout, Rc<[Bound]>)>,
}

/// What is wrong with the keys of a configuration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WrongKeys {
    /// An action that no table has.
    #[error("[keys] {0:?} is not an action; every action stands in the palette and in the README")]
    NoSuchAction(String),
    /// A key that would do two things at once.
    #[error("[keys] {key} would do two things in {lab}: {first} and {second}; give one of them another key")]
    Conflict {
        /// The key.
        key: String,
        /// The lab's title.
        lab: &'static str,
        /// The action that has it first.
        first: &'static str,
        /// The other one.
        second: &'static str,
    },
}

impl Keymap {
    /// The tables of the dashboard and of these labs, with the keys of some actions replaced.
    pub fn new(
        labs: impl Iterator<Item = &'static LabAbout>,
        replaced: &BTreeMap<String, Vec<Key>>,
    ) -> Result<Self, WrongKeys> {
        let bound = |table: &'static [Binding]| -> Rc<[Bound]> {
            let keys = |binding: &Binding| match replaced.get(binding.action) {
                Some(keys) => keys.clone(),
                None => binding.keys.iter().filter_map(|text| text.parse().ok()).collect(),
            };
            table.iter().map(|binding| Bound::new(binding, keys(binding))).collect()
        };
        let keymap = Self {
            global: bound(GLOBAL),
            tour: bound(TOUR),
            labs: labs.map(|lab| (lab, bound(lab.bindings))).collect(),
        };
        let rows = || keymap.global.iter().chain(&*keymap.tour).chain(keymap.labs.iter().flat_map(|(_, rows)| &**rows));
        for action in replaced.keys() {
            if !rows().any(|row| row.binding.action == action) {
                return Err(WrongKeys::NoSuchAction(action.clone()));
            }
        }
        keymap.refuse_conflicts()?;
        Ok(keymap)
    }

    /// The dashboard's own rows.
    pub fn global(&self) -> &Rc<[Bound]> {
        &self.global
    }

    /// The rows that come first while a tour is on.
    pub fn tour(&self) -> &Rc<[Bound]> {
        &self.tour
    }

    /// What a key means to a tour that is on.
    pub fn tour_action(&self, key: Key) -> Option<Action> {
        let row = self.tour.iter().find(|row| row.keys.contains(&key))?;
        Some(row.binding.action.parse().expect("a test reads every binding of every table"))
    }

    /// A lab's own rows.
    pub fn of_lab(&self, lab: &LabAbout) -> Option<&Rc<[Bound]>> {
        self.labs.iter().find(|(known, _)| known.id == lab.id).map(|(_, rows)| rows)
    }

    /// Every row that holds while this lab is in focus, its own first.
    pub fn of(&self, lab: &LabAbout) -> impl Iterator<Item = &Bound> {
        self.of_lab(lab).into_iter().chain([&self.global]).flat_map(|rows| rows.iter())
    }

    /// What a key means while this lab is in focus.
    pub fn action(&self, key: Key, lab: &LabAbout) -> Option<Action> {
        let (row, place) = self.of(lab).find_map(|row| {
            let place = row.keys.iter().position(|other| *other == key)?;
            Some((row, place))
        })?;
        let mut action = action(row.binding, lab);
        // The keys of the panes are one binding: which of them was pressed is its argument.
        if row.binding.action == "app.pane" {
            action.argument = Some((place + 1).to_string());
        }
        Some(action)
    }

    fn refuse_conflicts(&self) -> Result<(), WrongKeys> {
        for (lab, _) in &self.labs {
            refuse_conflicts(self.of(lab), lab.title)?;
        }
        refuse_conflicts(self.tour.iter(), "a tour")
    }
}

fn refuse_conflicts<'a>(rows: impl Iterator<Item = &'a Bound>, lab: &'static str) -> Result<(), WrongKeys> {
    let mut taken: BTreeMap<Key, &'static str> = BTreeMap::new();
    for row in rows {
        for key in &row.keys {
            if let Some(first) = taken.insert(*key, row.binding.action) {
                return Err(WrongKeys::Conflict { key: key.to_string(), lab, first, second: row.binding.action });
            }
        }
    }
    Ok(())
}

/// A binding's action, with the lab in focus filled in.
pub fn action(binding: &Binding, lab: &LabAbout) -> Action {
    let mut action: Action = binding.action.parse().expect("a test reads every binding of every table");
    if action.owner.is_empty() {
        lab.id.clone_into(&mut action.owner);
    }
    action
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::labs::{self, Start};

    static ABOUT: LabAbout = LabAbout {
        id: "life",
        title: "Life",
        line: "",
        headline: "",
        results: "",
        bindings: &[Binding::new(&["n"], "life.step", "One generation").hint("step")],
    };

    fn keymap(replaced: &[(&str, &str)]) -> Result<Keymap, WrongKeys> {
        let key = |text: &str| text.parse().unwrap();
        let replaced = replaced.iter().map(|(action, text)| ((*action).to_owned(), vec![key(text)])).collect();
        Keymap::new([&ABOUT].into_iter(), &replaced)
    }

    fn pressed(keymap: &Keymap, text: &str) -> Option<String> {
        keymap.action(text.parse().unwrap(), &ABOUT).map(|action| action.to_string())
    }

    #[test]
    fn a_key_means_the_labs_action_or_a_global_one() {
        let keymap = keymap(&[]).unwrap();
        assert_eq!(pressed(&keymap, "n").unwrap(), "life.step");
        assert_eq!(pressed(&keymap, "Space").unwrap(), "life.pause");
        assert_eq!(pressed(&keymap, "3").unwrap(), "app.pane 3");
        assert_eq!(pressed(&keymap, "Ctrl-P").unwrap(), "app.palette");
        assert_eq!(pressed(&keymap, "F7"), None);
    }

    #[test]
    fn keys_are_replaced_and_conflicts_refused_by_name() {
        let rebound = keymap(&[("app.quit", "Ctrl-Q"), ("life.step", "q")]).unwrap();
        assert_eq!(pressed(&rebound, "q").unwrap(), "life.step");
        assert_eq!(pressed(&rebound, "Ctrl-Q").unwrap(), "app.quit");
        assert_eq!(pressed(&rebound, "n"), None);
        let error = keymap(&[("life.step", "q")]).unwrap_err().to_string();
        assert_eq!(error, "[keys] q would do two things in Life: life.step and app.quit; give one of them another key");
        let error = keymap(&[("tour.blank", "p")]).unwrap_err().to_string();
        assert!(error.contains("p would do two things in a tour: tour.back and tour.blank"), "{error}");
        assert_eq!(rebound.tour_action("PageDown".parse().unwrap()).unwrap().to_string(), "tour.next");
        let error = keymap(&[("app.fly", "x")]).unwrap_err().to_string();
        assert!(error.starts_with(r#"[keys] "app.fly" is not an action"#), "{error}");
    }

    #[test]
    fn every_binding_of_every_lab_is_readable_and_no_key_does_two_things() {
        let folder = tempfile::tempdir().unwrap();
        let start = Start::alone(folder.path());
        let labs: Vec<&'static LabAbout> = labs::all(&start).iter().map(|lab| lab.about()).collect();
        Keymap::new(labs.iter().copied(), &BTreeMap::new()).unwrap();
        for binding in TOUR {
            assert_eq!(binding.action.parse::<Action>().unwrap().owner, "tour");
            for text in binding.keys {
                assert_eq!(&text.parse::<Key>().unwrap().to_string(), text, "{}", binding.action);
            }
        }
        for (lab, binding) in labs.iter().flat_map(|lab| lab.bindings.iter().chain(GLOBAL).map(move |row| (lab, row))) {
            let owner = action(binding, lab).owner;
            assert!(owner == lab.id || owner == "app", "{} of {}", binding.action, lab.id);
            for text in binding.keys {
                assert_eq!(&text.parse::<Key>().unwrap().to_string(), text, "{}", binding.action);
            }
        }
    }
}
