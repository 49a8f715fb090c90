//! The source of a strategy, as compiled: the seed's idea first, then the file; or what differs from another strategy.

use std::thread;

use crossbeam_channel::{Receiver, bounded};
use ratatui::layout::Rect;
use similar::{ChangeTag, TextDiff};
use unicode_width::UnicodeWidthStr;

use crate::app::overlay::{Outcome, Overlay, framed};
use crate::runtime::strategy::About;
use crate::runtime::wake::Wake;
use crate::ui::Canvas;
use crate::ui::highlight::{self, Kind, Line};
use crate::ui::input::{Key, KeyCode, Mouse, MouseKind, NamedKey};
use crate::ui::wrap::wrapped;

/// How a strategy's doc comment marks the seed's idea.
const PYTHON: &str = "//! Python: ";

/// The code view.
#[derive(Debug)]
pub struct Code {
    strategies: Vec<&'static About>,
    /// The strategy whose source is shown.
    shown: usize,
    /// The strategy that it is compared with, if it is.
    other: Option<usize>,
    lines: Vec<Row>,
    /// The same lines in colour, once the thread that colours them has them.
    coloured: Option<Receiver<Vec<Line>>>,
    scroll: usize,
    hidden: usize,
    wake: Wake,
}

/// A line of the view.
#[derive(Debug)]
struct Row {
    change: ChangeTag,
    line: Line,
}

impl Code {
    /// The source of the strategy of this id, among those of its lab. `wake` is rung when the colours are there.
    pub fn new(strategies: Vec<&'static About>, id: &str, wake: Wake) -> Self {
        let shown = strategies.iter().position(|about| about.id == id).unwrap_or(0);
        let mut code =
            Self { strategies, shown, other: None, lines: Vec::new(), coloured: None, scroll: 0, hidden: 0, wake };
        code.load();
        code
    }

    fn load(&mut self) {
        self.scroll = 0;
        let Some(about) = self.strategies.get(self.shown) else { return };
        let source = without_tests(about.source);
        self.coloured = None;
        if let Some(other) = self.other.and_then(|other| self.strategies.get(other)) {
            self.lines = difference(without_tests(other.source), source);
            return;
        }
        self.lines = uncoloured(highlight::plain(source));
        let (sender, receiver) = bounded(1);
        let wake = self.wake.clone();
        let colouring = thread::Builder::new().name("highlight".to_owned()).spawn(move || {
            // The view may have been closed meanwhile.
            let _ = sender.send(highlight::rust(source));
            wake.ring();
        });
        // Without a thread the source stays without colours.
        self.coloured = colouring.ok().map(|_| receiver);
    }

    /// The next strategy to compare with, and after the last none.
    fn compare(&mut self, step: isize) -> Outcome {
        let others: Vec<Option<usize>> =
            std::iter::once(None).chain((0..self.strategies.len()).filter(|i| *i != self.shown).map(Some)).collect();
        let place = others.iter().position(|other| *other == self.other).unwrap_or(0);
        self.other = others[(place as isize + step).rem_euclid(others.len() as isize) as usize];
        self.load();
        Outcome::Stay
    }

    fn show(&mut self, step: isize) -> Outcome {
        let count = self.strategies.len().max(1) as isize;
        self.shown = (self.shown as isize + step).rem_euclid(count) as usize;
        if self.other == Some(self.shown) {
            self.other = None;
        }
        self.load();
        Outcome::Stay
    }

    fn scroll_by(&mut self, rows: isize) -> Outcome {
        self.scroll = self.scroll.saturating_add_signed(rows).min(self.scroll + self.hidden);
        Outcome::Stay
    }
}

/// The source up to its unit tests.
fn without_tests(source: &'static str) -> &'static str {
    source.split("\n#[cfg(test)]").next().unwrap_or(source)
}

/// The seed's idea in a line of Python, if the file's doc comment says it.
fn python(source: &str) -> Option<String> {
    source.lines().find_map(|line| line.strip_prefix(PYTHON)).map(|idea| idea.replace('`', ""))
}

fn uncoloured(lines: Vec<Line>) -> Vec<Row> {
    lines.into_iter().map(|line| Row { change: ChangeTag::Equal, line }).collect()
}

/// The lines of `new`, and between them those that only `old` has.
fn difference(old: &str, new: &str) -> Vec<Row> {
    TextDiff::from_lines(old, new)
        .iter_all_changes()
        .map(|change| Row {
            change: change.tag(),
            line: vec![(Kind::Plain, change.value().trim_end_matches('\n').to_owned())],
        })
        .collect()
}

impl Overlay for Code {
    fn key(&mut self, key: Key) -> Outcome {
        match key.code {
            KeyCode::Named(NamedKey::Down) | KeyCode::Char('j') => self.scroll_by(1),
            KeyCode::Named(NamedKey::Up) | KeyCode::Char('k') => self.scroll_by(-1),
            KeyCode::Named(NamedKey::PageDown | NamedKey::Space) => self.scroll_by(20),
            KeyCode::Named(NamedKey::PageUp) => self.scroll_by(-20),
            KeyCode::Named(NamedKey::Home) => self.scroll_by(isize::MIN),
            KeyCode::Named(NamedKey::End) => self.scroll_by(isize::MAX),
            KeyCode::Named(NamedKey::Right) | KeyCode::Char('s') => self.show(1),
            KeyCode::Named(NamedKey::Left) | KeyCode::Char('S') => self.show(-1),
            KeyCode::Char('d') | KeyCode::Named(NamedKey::Tab) => self.compare(1),
            KeyCode::Char('D') | KeyCode::Named(NamedKey::BackTab) => self.compare(-1),
            KeyCode::Named(NamedKey::Esc) | KeyCode::Char('c' | 'q') => Outcome::Close,
            _ => Outcome::Stay,
        }
    }

    fn mouse(&mut self, mouse: Mouse) -> Outcome {
        match mouse.kind {
            MouseKind::WheelDown => self.scroll_by(3),
            MouseKind::WheelUp => self.scroll_by(-3),
            MouseKind::Press | MouseKind::Drag | MouseKind::Release => Outcome::Stay,
        }
    }

    fn refresh(&mut self) -> bool {
        let Some(lines) = self.coloured.as_ref().and_then(|coloured| coloured.try_recv().ok()) else { return false };
        self.lines = uncoloured(lines);
        self.coloured = None;
        true
    }

    fn draw(&mut self, canvas: &mut Canvas<'_>) {
        let Some(about) = self.strategies.get(self.shown) else { return };
        let title = match self.other.and_then(|other| self.strategies.get(other)) {
            Some(other) => format!("Code · from {} to {}", other.title, about.title),
            None => format!("Code · {}", about.title),
        };
        let size = (canvas.area.width.min(124), canvas.area.height.saturating_sub(2));
        let mut inside = framed(canvas, size.0, size.1, &title, "s strategy · d differences · ↑ ↓ scroll · Esc leaves");
        let theme = inside.theme;
        let Rect { height, .. } = inside.area;
        let mut top = 0;
        if let Some(idea) = python(about.source) {
            let x = inside.text(0, 0, "Python  ", theme.dim);
            for line in wrapped(&idea, usize::from(inside.area.width.saturating_sub(x))) {
                inside.text(x, top, &line, theme.accent);
                top += 1;
            }
            top += 1;
        }
        let room = height.saturating_sub(top);
        let hidden = self.lines.len().saturating_sub(usize::from(room));
        let scroll = self.scroll.min(hidden);
        let number_width = self.lines.len().to_string().len();
        for (i, row) in self.lines.iter().enumerate().skip(scroll).take(usize::from(room)) {
            let y = top + (i - scroll) as u16;
            let x = inside.text(0, y, &format!("{:>number_width$} ", i + 1), theme.dim);
            draw_row(&mut inside, x, y, row);
        }
        (self.scroll, self.hidden) = (scroll, hidden - scroll);
    }
}

fn draw_row(canvas: &mut Canvas<'_>, column: u16, y: u16, row: &Row) {
    let theme = canvas.theme;
    let (sign, style) = match row.change {
        ChangeTag::Equal => ("  ", None),
        ChangeTag::Delete => ("- ", Some(theme.bad)),
        ChangeTag::Insert => ("+ ", Some(theme.good)),
    };
    let mut x = canvas.text(column, y, sign, style.unwrap_or(theme.text));
    for (kind, text) in &row.line {
        x = canvas.text(x, y, text, style.unwrap_or_else(|| highlight::style(*kind, theme)));
    }
    let columns: usize = row.line.iter().map(|(_, text)| text.width()).sum();
    if usize::from(column) + sign.len() + columns > usize::from(canvas.area.width) {
        canvas.text(canvas.area.width.saturating_sub(1), y, "…", theme.accent);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::snapshot::picture;

    static ONE: About = About {
        id: "one",
        title: "One",
        item: 59,
        claim: "",
        wrong_on_purpose: false,
        source: "//! One.\n//! Python: `for x in xs: f(x)`\nfn run() {\n    one();\n}\n\n#[cfg(test)]\nmod tests {}\n",
    };
    static TWO: About = About { id: "two", title: "Two", source: "//! Two.\nfn run() {\n    two();\n}\n", ..ONE };

    #[test]
    fn source_idea_and_differences_are_shown_and_tests_left_out() {
        let mut code = Code::new(vec![&ONE, &TWO], "one", Wake::new());
        let whole = picture(60, 16, |canvas| code.draw(canvas));
        assert!(whole.contains("Python  for x in xs: f(x)") && whole.contains("one();"), "{whole}");
        assert!(!whole.contains("mod tests"), "{whole}");
        insta::assert_snapshot!("code_60x16", whole);
        code.key("d".parse().unwrap());
        let difference = picture(60, 16, |canvas| code.draw(canvas));
        assert!(difference.contains("from Two to One"), "{difference}");
        assert!(difference.contains("-     two();") && difference.contains("+     one();"), "{difference}");
        insta::assert_snapshot!("code_difference_60x16", difference);
        code.key("d".parse().unwrap());
        assert_eq!(picture(60, 16, |canvas| code.draw(canvas)), whole, "after the last comparison there is none");
        assert_eq!(code.key("Esc".parse().unwrap()), Outcome::Close);
    }

    #[test]
    fn colours_come_from_a_thread_and_change_no_text() {
        let mut code = Code::new(vec![&ONE], "one", Wake::new());
        let before = picture(60, 16, |canvas| code.draw(canvas));
        let receiver = code.coloured.clone().unwrap();
        while receiver.is_empty() {
            thread::yield_now();
        }
        assert!(code.refresh());
        assert_eq!(picture(60, 16, |canvas| code.draw(canvas)), before);
        assert!(code.lines.iter().flat_map(|row| &row.line).any(|(kind, _)| *kind == Kind::Comment));
        assert!(!code.refresh());
    }
}
