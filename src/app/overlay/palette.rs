//! Finds any action by its name: everything that keys can do, and everything that has no key.

use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};
use ratatui::layout::Rect;

use crate::app::keys::{self, Bound, Keymap};
use crate::app::overlay::{Outcome, Overlay, framed};
use crate::guides::cards;
use crate::guides::tour::shelf;
use crate::labs::{Lab, LabAbout};
use crate::ui::Canvas;
use crate::ui::input::{Action, Key, KeyCode, Mouse, MouseKind, NamedKey};
use crate::ui::prompt::{Prompt, Typed};

/// One thing that can be done.
#[derive(Debug)]
struct Entry {
    text: String,
    keys: String,
    action: Action,
}

/// The palette: a line to type in, and the actions that fit it, best first.
#[derive(Debug)]
pub struct Palette {
    prompt: Prompt,
    entries: Vec<Entry>,
    /// Indices into `entries`, best first.
    fitting: Vec<usize>,
    selected: usize,
    matcher: Matcher,
    /// Where the list was drawn, and the first entry in it.
    list: Rect,
    first: usize,
}

impl Palette {
    /// A palette of all that can be done while the lab at `focus` has the focus.
    pub fn new(labs: &[&dyn Lab], focus: usize, keymap: &Keymap) -> Self {
        let mut entries = Vec::new();
        if let Some(lab) = labs.get(focus) {
            entries.extend(of_rows(lab.about(), keymap.global(), ""));
            entries.extend(of_rows(lab.about(), keymap.tour(), "Tour: "));
        }
        entries.extend(shelf::numbers().filter_map(shelf::shipped).map(|lesson| Entry {
            text: format!("Begin the tour of {} — {}", lesson.title, lesson.line),
            keys: String::new(),
            action: Action { owner: "app".to_owned(), verb: "tour".to_owned(), argument: Some(lesson.id) },
        }));
        for lab in labs {
            let about = lab.about();
            let prefix = format!("{}: ", about.title);
            let rows = keymap.of_lab(about).into_iter();
            entries.extend(rows.flat_map(|rows| of_rows(about, rows, &prefix)));
            entries.extend(lab.strategies().into_iter().map(|strategy| Entry {
                text: format!("{}: run under {} — {}", about.title, strategy.title, strategy.claim),
                keys: String::new(),
                action: Action {
                    owner: about.id.to_owned(),
                    verb: "strategy".to_owned(),
                    argument: Some(strategy.id.to_owned()),
                },
            }));
            entries.push(Entry {
                text: format!("{}: go to its pane — {}", about.title, about.line),
                keys: String::new(),
                action: Action {
                    owner: "app".to_owned(),
                    verb: "focus".to_owned(),
                    argument: Some(about.id.to_owned()),
                },
            });
        }
        entries.extend(cards::all().map(|card| Entry {
            text: match card.item {
                0 => format!("Card: {}", card.title),
                item => format!("Card: item {item}: {}", card.title),
            },
            keys: String::new(),
            action: Action { owner: "app".to_owned(), verb: "card".to_owned(), argument: Some(card.id.to_owned()) },
        }));
        let fitting = (0..entries.len()).collect();
        let matcher = Matcher::new(Config::DEFAULT);
        Self { prompt: Prompt::new("›"), entries, fitting, selected: 0, matcher, list: Rect::ZERO, first: 0 }
    }

    /// For tests: whether it offers this action, and names these keys for it.
    #[cfg(test)]
    pub(in crate::app) fn holds(&self, action: &Action, keys: &str) -> bool {
        self.entries.iter().any(|entry| entry.action == *action && entry.keys == keys)
    }

    fn find(&mut self) {
        let pattern = Pattern::parse(self.prompt.text(), CaseMatching::Ignore, Normalization::Smart);
        let mut scratch = Vec::new();
        let mut scored: Vec<(u32, usize)> = Vec::new();
        for (i, entry) in self.entries.iter().enumerate() {
            let haystack = Utf32Str::new(&entry.text, &mut scratch);
            if let Some(score) = pattern.score(haystack, &mut self.matcher) {
                scored.push((score, i));
            }
        }
        // Equal scores stay in the order of the tables.
        scored.sort_by_key(|(score, i)| (std::cmp::Reverse(*score), *i));
        self.fitting = scored.into_iter().map(|(_, i)| i).collect();
        self.selected = 0;
    }

    fn select(&mut self, by: isize) -> Outcome {
        let last = self.fitting.len().saturating_sub(1);
        self.selected = self.selected.saturating_add_signed(by).min(last);
        Outcome::Stay
    }

    fn choose(&self) -> Outcome {
        self.fitting.get(self.selected).map_or(Outcome::Stay, |i| Outcome::Do(self.entries[*i].action.clone()))
    }
}

fn of_rows(lab: &'static LabAbout, rows: &[Bound], prefix: &str) -> Vec<Entry> {
    rows.iter()
        .map(|row| Entry {
            text: format!("{prefix}{}", row.binding.help),
            keys: row.keys_text.clone(),
            action: keys::action(row.binding, lab),
        })
        .collect()
}

impl Overlay for Palette {
    fn key(&mut self, key: Key) -> Outcome {
        match key.code {
            KeyCode::Named(NamedKey::Down) => self.select(1),
            KeyCode::Named(NamedKey::Up) => self.select(-1),
            KeyCode::Named(NamedKey::PageDown) => self.select(10),
            KeyCode::Named(NamedKey::PageUp) => self.select(-10),
            KeyCode::Char('n') if key.ctrl => self.select(1),
            KeyCode::Char('p') if key.ctrl => self.select(-1),
            _ => match self.prompt.key(key) {
                Typed::Done(_) => self.choose(),
                Typed::Cancelled => Outcome::Close,
                Typed::Same => Outcome::Stay,
                Typed::Changed => {
                    self.find();
                    Outcome::Stay
                }
            },
        }
    }

    fn mouse(&mut self, mouse: Mouse) -> Outcome {
        match mouse.kind {
            MouseKind::WheelDown => self.select(1),
            MouseKind::WheelUp => self.select(-1),
            MouseKind::Press if self.list.contains((mouse.column, mouse.row).into()) => {
                self.selected = self.first + usize::from(mouse.row - self.list.y);
                self.choose()
            }
            MouseKind::Press => Outcome::Close,
            MouseKind::Drag | MouseKind::Release => Outcome::Stay,
        }
    }

    fn paste(&mut self, text: &str) {
        self.prompt.paste(text);
        self.find();
    }

    fn draw(&mut self, canvas: &mut Canvas<'_>) {
        let rows = (self.entries.len() as u16 + 4).min(canvas.area.height.saturating_sub(4)).min(24);
        let title = format!("Find · {} of {}", self.fitting.len(), self.entries.len());
        let mut inside = framed(canvas, 90, rows, &title, "Enter does it · Esc leaves");
        let theme = inside.theme;
        let prompt = inside.row(0);
        self.prompt.draw(&mut inside.part(prompt));
        let Rect { x, y, width, height } = inside.area;
        let list = Rect { x, y: y + 2.min(height), width, height: height.saturating_sub(2) };
        let room = usize::from(list.height);
        self.list = list;
        self.first = self.first.min(self.selected).max((self.selected + 1).saturating_sub(room));
        let mut canvas = inside.part(list);
        for (row, i) in self.fitting.iter().skip(self.first).take(room).enumerate() {
            let entry = &self.entries[*i];
            let chosen = self.first + row == self.selected;
            let place = canvas.row(row as u16);
            let mut line = canvas.part(place);
            if chosen {
                line.clear(theme.selected);
            }
            let (text, key) = if chosen { (theme.selected, theme.selected) } else { (theme.text, theme.key) };
            let keys = entry.keys.chars().count() as u16;
            line.text_right(0, &entry.keys, key);
            let before_keys = Rect { width: place.width.saturating_sub(keys + 1), ..place };
            line.part(before_keys).text(0, 0, &entry.text, text);
        }
    }
}
