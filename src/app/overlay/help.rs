//! Every key that works now, from the tables that make it work.

use std::rc::Rc;
use std::sync::LazyLock;

use ratatui::layout::Rect;

use crate::app::keys::{Bound, Keymap};
use crate::app::overlay::cards::item_of;
use crate::app::overlay::{Outcome, Overlay, framed};
use crate::guides::cards::{self, ITEMS};
use crate::labs::LabAbout;
use crate::ui::Canvas;
use crate::ui::input::{Action, Key, KeyCode, Mouse, MouseKind, NamedKey};
use crate::ui::wrap::broken;

/// Columns for the keys of a row.
const KEYS: u16 = 14;

/// From so many columns on the help stands in two.
const TWO_COLUMNS: u16 = 130;

/// Columns of the help at most, and half of those between its two columns.
const WIDEST: u16 = 170;
const GAP: u16 = 1;

/// The help overlay: a section for the lab in focus, one for the dashboard, one for each other lab.
#[derive(Debug)]
pub struct Help {
    sections: Vec<Section>,
    scroll: usize,
    /// Rows that did not fit when it was last drawn.
    hidden: usize,
}

#[derive(Debug)]
struct Section {
    title: String,
    rows: Rc<[Bound]>,
}

/// The items, as keys that open their reference cards, and what the cards tell of.
static CARDS: LazyLock<Vec<(String, String)>> = LazyLock::new(|| {
    let titles = |item| cards::all().filter(move |card| card.item == item).map(|card| card.title).collect::<Vec<_>>();
    let entry = |item: u8| ((item % 10).to_string(), format!("item {item}: {}", titles(item).join(" · ")));
    ITEMS.into_iter().map(entry).collect()
});

impl Help {
    /// The help of these labs, the one in focus first.
    pub fn new(labs: &[&'static LabAbout], focus: usize, keymap: &Keymap) -> Self {
        let of_lab = |lab: &&'static LabAbout| {
            let rows = Rc::clone(keymap.of_lab(lab)?);
            Some(Section { title: format!("{} · {}", lab.title, lab.line), rows })
        };
        let everywhere = Section { title: "Everywhere".to_owned(), rows: Rc::clone(keymap.global()) };
        let tour = Section { title: "While a tour is on".to_owned(), rows: Rc::clone(keymap.tour()) };
        let focused = labs.get(focus).and_then(of_lab);
        let others = labs.iter().enumerate().filter(|(i, _)| *i != focus).filter_map(|(_, lab)| of_lab(lab));
        let sections = focused.into_iter().chain([everywhere]).chain(others).chain([tour]).collect();
        Self { sections, scroll: 0, hidden: 0 }
    }

    fn scroll_by(&mut self, rows: isize) -> Outcome {
        self.scroll = self.scroll.saturating_add_signed(rows).min(self.scroll + self.hidden);
        Outcome::Stay
    }

    /// The lines of all sections, of so many columns at most: a title, then its bindings, then an empty line.
    fn lines(&self, columns: usize) -> Vec<HelpLine<'_>> {
        let mut lines = Vec::with_capacity(256);
        for section in &self.sections {
            let mut rows = section.rows.iter().filter(|row| !row.keys.is_empty()).peekable();
            if rows.peek().is_none() {
                continue;
            }
            if !lines.is_empty() {
                lines.push(HelpLine::default());
            }
            lines.extend(title(&section.title, columns));
            lines.extend(rows.flat_map(|row| entry(&row.keys_text, row.binding.help, columns)));
        }
        lines.push(HelpLine::default());
        lines.extend(title("Reference cards, by item", columns));
        lines.extend(CARDS.iter().flat_map(|(key, titles)| entry(key, titles, columns)));
        lines
    }
}

/// A line of the help: a title, or keys and what they do.
#[derive(Debug, Default)]
struct HelpLine<'a> {
    title: &'a str,
    keys: &'a str,
    text: &'a str,
}

/// A title in as many lines as it takes.
fn title(title: &str, columns: usize) -> impl Iterator<Item = HelpLine<'_>> {
    broken(title, columns).map(|title| HelpLine { title, ..HelpLine::default() })
}

/// Keys, and what they do in as many lines as it takes.
fn entry<'a>(keys: &'a str, text: &'a str, columns: usize) -> impl Iterator<Item = HelpLine<'a>> {
    let keys = std::iter::once(keys).chain(std::iter::repeat(""));
    let lines = broken(text, columns.saturating_sub(usize::from(2 + KEYS)));
    lines.zip(keys).map(|(text, keys)| HelpLine { keys, text, ..HelpLine::default() })
}

impl Overlay for Help {
    fn key(&mut self, key: Key) -> Outcome {
        match key.code {
            KeyCode::Named(NamedKey::Down) | KeyCode::Char('j') => self.scroll_by(1),
            KeyCode::Named(NamedKey::Up) | KeyCode::Char('k') => self.scroll_by(-1),
            KeyCode::Named(NamedKey::PageDown | NamedKey::Space) => self.scroll_by(10),
            KeyCode::Named(NamedKey::PageUp) => self.scroll_by(-10),
            KeyCode::Named(NamedKey::Home) => self.scroll_by(isize::MIN),
            KeyCode::Named(NamedKey::End) => self.scroll_by(isize::MAX),
            KeyCode::Char(digit) => match item_of(digit) {
                Some(item) => Outcome::Do(Action {
                    owner: "app".to_owned(),
                    verb: "card".to_owned(),
                    argument: Some(item.to_string()),
                }),
                None => Outcome::Close,
            },
            _ => Outcome::Close,
        }
    }

    fn mouse(&mut self, mouse: Mouse) -> Outcome {
        match mouse.kind {
            MouseKind::WheelDown => self.scroll_by(3),
            MouseKind::WheelUp => self.scroll_by(-3),
            MouseKind::Press => Outcome::Close,
            MouseKind::Drag | MouseKind::Release => Outcome::Stay,
        }
    }

    fn draw(&mut self, canvas: &mut Canvas<'_>) {
        let two_columns = canvas.area.width >= TWO_COLUMNS;
        let width = canvas.area.width.min(if two_columns { WIDEST } else { WIDEST / 2 });
        let each = if two_columns { (width - 4) / 2 - GAP } else { width.saturating_sub(4) };
        let lines = self.lines(each.into());
        let needed = if two_columns { lines.len().div_ceil(2) } else { lines.len() } as u16 + 2;
        let rows = needed.min(canvas.area.height.saturating_sub(2));
        let room = usize::from(rows.saturating_sub(2));
        let shown = if two_columns { room * 2 } else { room };
        let hidden = lines.len().saturating_sub(shown);
        let scroll = self.scroll.min(hidden);
        let foot = if hidden > 0 {
            "↑ ↓ scroll · 9 0 1 2 3 4 cards · Esc closes"
        } else {
            "9 0 1 2 3 4 cards · Esc closes"
        };
        let mut inside = framed(canvas, width, rows, "Keys", foot);
        for (i, line) in lines[scroll..].iter().take(shown).enumerate() {
            let (column, row) = (i / room.max(1), i % room.max(1));
            let (x, y) = (inside.area.x + column as u16 * (each + 2 * GAP), inside.area.y + row as u16);
            let place = Rect { x, y, width: each, height: 1 };
            draw_line(&mut inside.part(place), line);
        }
        (self.scroll, self.hidden) = (scroll, hidden - scroll);
    }
}

fn draw_line(canvas: &mut Canvas<'_>, line: &HelpLine<'_>) {
    let theme = canvas.theme;
    canvas.text(0, 0, line.title, theme.strong);
    canvas.text(2, 0, line.keys, theme.key);
    canvas.text(2 + KEYS, 0, line.text, theme.text);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::snapshot::picture;

    #[test]
    fn help_scrolls_to_its_end_and_no_further() {
        let keymap = Keymap::new(std::iter::empty(), &std::collections::BTreeMap::new()).unwrap();
        let mut help = Help::new(&[], 0, &keymap);
        let first = picture(80, 12, |canvas| help.draw(canvas));
        assert!(first.contains("Everywhere") && !first.contains("item 64: "), "{first}");
        help.key("End".parse().unwrap());
        let last = picture(80, 12, |canvas| help.draw(canvas));
        assert!(last.contains("item 64: "), "{last}");
        help.key("Down".parse().unwrap());
        assert_eq!(picture(80, 12, |canvas| help.draw(canvas)), last);
        help.key("Home".parse().unwrap());
        let wide = picture(200, 60, |canvas| help.draw(canvas));
        assert!(wide.contains("Everywhere") && wide.contains("item 60: Threads and coroutines"), "{wide}");
        assert_eq!(help.key("?".parse().unwrap()), Outcome::Close);
        assert_eq!(help.key("0".parse().unwrap()), Outcome::Do("app.card 60".parse().unwrap()));
    }
}
