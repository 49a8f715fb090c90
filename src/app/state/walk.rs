//! For tests: every row of every table is walked, over the real labs.

use std::collections::BTreeMap;
use std::time::Duration;

use ratatui::buffer::Buffer;

use super::*;
use crate::app::keys::{self, Bound};
use crate::app::overlay::Palette;
use crate::guides::advice::adviser::Adviser;
use crate::guides::tour::command::Opening;
use crate::guides::tour::pace::Pace;
use crate::guides::tour::shelf;
use crate::labs::{self, Start};
use crate::ui::input::Key;
use crate::ui::snapshot::text;

/// Longer than the workers take to end.
const LONG: Duration = Duration::from_secs(20);

/// The dashboard of all labs, its keys as these replace them.
struct Walk {
    state: State,
    buffer: Buffer,
    /// Keys that opened something over the picture, which stood otherwise.
    opened: usize,
    _folder: tempfile::TempDir,
}

fn key(text: &str) -> Key {
    text.parse().unwrap()
}

/// What is known of every lab.
fn abouts() -> Vec<&'static LabAbout> {
    let folder = tempfile::tempdir().unwrap();
    labs::all(&Start::alone(folder.path())).iter().map(|lab| lab.about()).collect()
}

fn keymap(labs: &[&'static LabAbout], replaced: &BTreeMap<String, Vec<Key>>) -> Keymap {
    Keymap::new(labs.iter().copied(), replaced).unwrap()
}

impl Walk {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let start = Start::alone(folder.path());
        let area = Rect::new(0, 0, 120, 40);
        let look = Look::shipped("dark");
        let labs = labs::all(&start);
        let abouts: Vec<&'static LabAbout> = labs.iter().map(|lab| lab.about()).collect();
        let keymap = keymap(&abouts, &BTreeMap::new());
        let mut state = State::new(labs, keymap, look, start.stage.clone(), start.wake.clone(), area);
        state.adviser = Some(Adviser::new(&start));
        Self { state, buffer: Buffer::empty(area), opened: 0, _folder: folder }
    }

    /// Presses the key of a row, and says what is wrong with what came of it.
    fn press(&mut self, lab: &'static LabAbout, row: &Bound, key: Key) -> Result<(), String> {
        let place = self.state.labs.iter().position(|place| place.lab.about().id == lab.id).unwrap();
        (self.state.overlay, self.state.key_cast, self.state.frozen) = (None, None, None);
        self.state.zoomed = false;
        self.state.focus_on(place);
        self.state.take_action();
        self.state.draw(&mut self.buffer);
        let after = self.state.key(key);
        // Ctrl-C ends the program whatever has the keys, and is no action of anybody's.
        if after == After::Interrupt && row.binding.action == "app.interrupt" {
            return Ok(());
        }
        let acted = self.state.take_action().ok_or("nothing began")?;
        let wanted = keys::action(row.binding, lab);
        if (&acted.owner, &acted.verb) != (&wanted.owner, &wanted.verb) {
            return Err(format!("{acted} began"));
        }
        if let Some(Notice { text, .. }) = &self.state.notice {
            let unknown = ["has no action", "has no such action", "there is no such", "is no lab", "is no action"];
            if unknown.iter().any(|part| text.contains(part)) {
                return Err(text.clone());
            }
        }
        let asks = !row.binding.asks.is_empty() && row.binding.action == acted.to_string();
        if asks && self.state.overlay.is_none() {
            return Err("it asks nothing".to_owned());
        }
        // A person sees that something came of it: the screen, a Command to the lab, or the end.
        let commanded = after == After::Nothing && acted.owner == lab.id;
        let stays = row.binding.action == "app.pane";
        if after == After::Nothing && !commanded && !stays {
            return Err("nothing came of it".to_owned());
        }
        let mut whole = Buffer::empty(self.buffer.area);
        self.state.draw(&mut whole);
        if after == After::DrawOver {
            self.state.draw_over(&mut self.buffer);
            if self.buffer != whole {
                return Err(format!("it opened over another picture than this:\n{}", text(&whole)));
            }
            self.opened += 1;
        }
        Ok(())
    }

    fn end(mut self) {
        assert_eq!(self.state.shut_down(Instant::now() + LONG), [""; 0]);
    }
}

#[test]
fn every_key_of_the_help_works_in_every_lab() {
    let mut walk = Walk::new();
    let labs: Vec<&'static LabAbout> = walk.state.labs.iter().map(|place| place.lab.about()).collect();
    for lab in &labs {
        let rows: Vec<Bound> = walk.state.keymap.of(lab).cloned().collect();
        for row in rows {
            for key in &row.keys {
                walk.press(lab, &row, *key)
                    .unwrap_or_else(|why| panic!("{} in {}, {}: {why}", key, lab.title, row.binding.action));
            }
        }
    }
    let lesson = shelf::shipped("61").unwrap();
    for row in walk.state.keymap.tour().to_vec() {
        for key in &row.keys {
            walk.state.begin_tour(Opening { lesson: lesson.clone(), pace: Pace::ByHand });
            walk.press(labs[0], &row, *key).unwrap_or_else(|why| panic!("{key} in a tour: {why}"));
        }
    }
    assert!(walk.opened > 20, "{} keys opened something over the picture", walk.opened);
    walk.end();
}

#[test]
fn every_row_can_be_given_another_key_and_has_the_old_one_no_longer() {
    let (fresh, labs) = (key("Alt-F12"), abouts());
    for lab in &labs {
        let rows: Vec<Bound> = keymap(&labs, &BTreeMap::new()).of(lab).cloned().collect();
        for row in rows {
            let replaced = BTreeMap::from([(row.binding.action.to_owned(), vec![fresh])]);
            let rebound = keymap(&labs, &replaced);
            let wanted = keys::action(row.binding, lab);
            let got = rebound.action(fresh, lab).unwrap();
            assert_eq!((got.owner, got.verb), (wanted.owner, wanted.verb), "{} in {}", row.binding.action, lab.title);
            for old in row.keys {
                assert_eq!(rebound.action(old, lab), None, "{old} in {}", lab.title);
            }
        }
    }
    for row in keys::TOUR {
        let rebound = keymap(&labs, &BTreeMap::from([(row.action.to_owned(), vec![fresh])]));
        assert_eq!(rebound.tour_action(fresh).unwrap().to_string(), row.action);
        assert!(row.keys.iter().all(|old| rebound.tour_action(key(old)).is_none()), "{}", row.action);
    }
}

#[test]
fn every_row_of_the_help_is_in_the_palette() {
    let folder = tempfile::tempdir().unwrap();
    let mut labs = labs::all(&Start::alone(folder.path()));
    let abouts: Vec<&'static LabAbout> = labs.iter().map(|lab| lab.about()).collect();
    let keymap = keymap(&abouts, &BTreeMap::new());
    for (focus, lab) in abouts.into_iter().enumerate() {
        let shown: Vec<&dyn Lab> = labs.iter().map(|lab| &**lab).collect();
        let palette = Palette::new(&shown, focus, &keymap);
        for row in keymap.of(lab).chain(&**keymap.tour()) {
            let action = keys::action(row.binding, lab);
            let keys = &row.keys_text;
            assert!(palette.holds(&action, keys), "{action} with {keys:?} in {}", lab.title);
        }
    }
    for lab in &mut labs {
        lab.close();
        assert!(lab.join(Instant::now() + LONG).is_ok());
    }
}
