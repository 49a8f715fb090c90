//! Every key that works now, from the tables that make it work.

use ratatui::layout::Rect;

use crate::app::keys::{Bound, Keymap};
use crate::app::overlay::cards::item_of;
use crate::app::overlay::{Outcome, Overlay, framed};
use crate::guides::cards::{self, ITEMS};
use crate::labs::LabAbout;
use crate::ui::Canvas;
use crate::ui::input::{Action, Key, KeyCode, Mouse, MouseKind, NamedKey};

/// Columns for the keys of a row.
const KEYS: u16 = 14;

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
    rows: Vec<Bound>,
}

impl Help {
    /// The help of these labs, the one in focus first.
    pub fn new(labs: &[&'static LabAbout], focus: usize, keymap: &Keymap) -> Self {
        let with_keys = |rows: &[Bound]| rows.iter().filter(|row| !row.keys.is_empty()).cloned().collect();
        let of_lab = |lab: &&'static LabAbout| Section {
            title: format!("{} · {}", lab.title, lab.line),
            rows: with_keys(keymap.of_lab(lab)),
        };
        let everywhere = Section { title: "Everywhere".to_owned(), rows: with_keys(keymap.global()) };
        let tour = Section { title: "While a tour is on".to_owned(), rows: with_keys(keymap.tour()) };
        let focused = labs.get(focus).map(of_lab);
        let others = labs.iter().enumerate().filter(|(i, _)| *i != focus).map(|(_, lab)| of_lab(lab));
        let sections = focused
            .into_iter()
            .chain([everywhere])
            .chain(others)
            .chain([tour])
            .filter(|s| !s.rows.is_empty())
            .collect();
        Self { sections, scroll: 0, hidden: 0 }
    }

    fn scroll_by(&mut self, rows: isize) -> Outcome {
        self.scroll = self.scroll.saturating_add_signed(rows).min(self.scroll + self.hidden);
        Outcome::Stay
    }

    /// The lines of all sections: a title, then its bindings, then an empty line.
    fn lines(&self) -> Vec<HelpLine<'_>> {
        let mut lines = Vec::new();
        for section in &self.sections {
            if !lines.is_empty() {
                lines.push(HelpLine::Empty);
            }
            lines.push(HelpLine::Title(&section.title));
            lines.extend(section.rows.iter().map(HelpLine::Row));
        }
        lines.extend([HelpLine::Empty, HelpLine::Title("Reference cards, by item")]);
        lines.extend(ITEMS.into_iter().map(HelpLine::Cards));
        lines
    }
}

enum HelpLine<'a> {
    Title(&'a str),
    Row(&'a Bound),
    Cards(u8),
    Empty,
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
        let lines = self.lines();
        let two_columns = canvas.area.width >= 124;
        let width = if two_columns { 120 } else { 72 };
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
        let half = inside.area.width / if two_columns { 2 } else { 1 };
        for (i, line) in lines[scroll..].iter().take(shown).enumerate() {
            let (column, row) = (i / room.max(1), i % room.max(1));
            let place = Rect {
                x: inside.area.x + column as u16 * half,
                y: inside.area.y + row as u16,
                width: half.saturating_sub(if two_columns { 2 } else { 0 }),
                height: 1,
            };
            draw_line(&mut inside.part(place), line);
        }
        (self.scroll, self.hidden) = (scroll, hidden - scroll);
    }
}

fn draw_line(canvas: &mut Canvas<'_>, line: &HelpLine<'_>) {
    let theme = canvas.theme;
    match line {
        HelpLine::Empty => {}
        HelpLine::Title(title) => {
            canvas.text(0, 0, title, theme.strong);
        }
        HelpLine::Row(row) => {
            canvas.text(2, 0, &row.keys_text(), theme.key);
            canvas.text(2 + KEYS, 0, row.binding.help, theme.text);
        }
        HelpLine::Cards(item) => {
            let titles: Vec<&str> = cards::all().filter(|card| card.item == *item).map(|card| card.title).collect();
            canvas.text(2, 0, &(item % 10).to_string(), theme.key);
            canvas.text(2 + KEYS, 0, &format!("item {item}: {}", titles.join(" · ")), theme.text);
        }
    }
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
        assert!(last.contains("item 60: Threads and coroutines"), "{last}");
        assert_eq!(help.key("?".parse().unwrap()), Outcome::Close);
        assert_eq!(help.key("0".parse().unwrap()), Outcome::Do("app.card 60".parse().unwrap()));
    }
}
