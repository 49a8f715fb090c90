//! The keys: the global bindings as data, and which action a key means now.

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
    Binding::new(&["Tab"], "app.next-pane", "Go to the next pane").hint("pane"),
    Binding::new(&["Shift-Tab"], "app.previous-pane", "Go to the previous pane"),
    Binding::new(&["1", "2", "3", "4", "5", "6", "7", "8", "9"], "app.pane", "Go to the pane of this number")
        .asks("Number of the pane"),
    Binding::new(&["z", "Enter"], "app.zoom", "Zoom the pane, or all panes again").hint("zoom"),
    Binding::new(&["f"], "app.freeze", "Freeze the picture while the work goes on"),
    Binding::new(&["?"], "app.help", "Show every key").hint("help"),
    Binding::new(&[":", "Ctrl-P"], "app.palette", "Find an action by its name").hint("find"),
    Binding::new(&["Ctrl-L"], "app.redraw", "Draw the whole screen again"),
    Binding::new(&["Ctrl-Z"], "app.suspend", "Suspend; the shell's fg comes back"),
    Binding::new(&["q"], "app.quit", "Quit").hint("quit"),
    Binding::new(&["Ctrl-C"], "app.interrupt", "Quit with exit code 130"),
];

/// Every binding that holds while this lab is in focus, its own first.
pub fn of(lab: &'static LabAbout) -> impl Iterator<Item = &'static Binding> {
    lab.bindings.iter().chain(GLOBAL)
}

/// What a key means while this lab is in focus.
pub fn action(key: Key, lab: &'static LabAbout) -> Option<Action> {
    let (binding, place) = of(lab).find_map(|binding| {
        let place = binding.keys.iter().position(|text| text.parse() == Ok(key))?;
        Some((binding, place))
    })?;
    let mut action = parse(binding, lab);
    // The nine keys of the panes are one binding: which of them was pressed is its argument.
    if action.verb == "pane" && action.argument.is_none() {
        action.argument = Some((place + 1).to_string());
    }
    Some(action)
}

/// A binding's action, with the lab in focus filled in.
pub fn parse(binding: &Binding, lab: &'static LabAbout) -> Action {
    let mut action: Action = binding.action.parse().expect("a test reads every binding of every table");
    if action.owner.is_empty() {
        lab.id.clone_into(&mut action.owner);
    }
    action
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;

    const LAB: LabAbout = LabAbout {
        id: "life",
        title: "Life",
        line: "",
        bindings: &[Binding::new(&["n"], "life.step", "One generation").hint("step")],
    };
    static ABOUT: LabAbout = LAB;

    fn pressed(text: &str) -> Option<String> {
        action(text.parse().unwrap(), &ABOUT).map(|action| action.to_string())
    }

    #[test]
    fn a_key_means_the_labs_action_or_a_global_one() {
        assert_eq!(pressed("n").unwrap(), "life.step");
        assert_eq!(pressed("Space").unwrap(), "life.pause");
        assert_eq!(pressed("3").unwrap(), "app.pane 3");
        assert_eq!(pressed("Ctrl-P").unwrap(), "app.palette");
        assert_eq!(pressed("F7"), None);
    }

    #[test]
    fn every_key_is_readable_and_none_is_bound_twice() {
        let mut owner: HashMap<Key, &str> = HashMap::new();
        for binding in GLOBAL {
            binding.action.parse::<Action>().unwrap();
            for text in binding.keys {
                let before = owner.insert(text.parse().unwrap(), binding.action);
                assert_eq!(before, None, "{text} is bound twice");
            }
        }
    }
}
