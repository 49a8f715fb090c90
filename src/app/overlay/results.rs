//! The results of the lab in focus, its strategies beside one another, to be read from afar and saved.

use ratatui::layout::Rect;
use unicode_width::UnicodeWidthStr;

use crate::app::overlay::{Outcome, Overlay, framed};
use crate::guides::results::{self, Row};
use crate::ui::Canvas;
use crate::ui::input::{Action, Key, KeyCode, Mouse, MouseKind};
use crate::ui::widgets::timing_bar::{Timing, timing_bar};

/// Columns of the box at most.
const COLUMNS: u16 = 100;

/// Columns of a number and of how many times it is another.
const NUMBER: u16 = 17;
const TIMES: u16 = 9;

/// The narrowest bar worth drawing.
const BAR: u16 = 8;

/// The results card.
#[derive(Debug)]
pub struct Results {
    card: results::Results,
    /// The first row that is shown, and rows that did not fit.
    scroll: usize,
    hidden: usize,
}

impl Results {
    /// The card of these results.
    pub fn new(card: results::Results) -> Self {
        Self { card, scroll: 0, hidden: 0 }
    }

    fn scroll_by(&mut self, rows: isize) -> Outcome {
        self.scroll = self.scroll.saturating_add_signed(rows).min(self.scroll + self.hidden);
        Outcome::Stay
    }
}

impl Overlay for Results {
    fn key(&mut self, key: Key) -> Outcome {
        use crate::ui::input::NamedKey::{Down, Up};
        match key.code {
            KeyCode::Named(Down) | KeyCode::Char('j') => self.scroll_by(1),
            KeyCode::Named(Up) | KeyCode::Char('k') => self.scroll_by(-1),
            KeyCode::Char('w') => {
                Outcome::Do(Action { owner: "app".to_owned(), verb: "save-results".to_owned(), argument: None })
            }
            _ => Outcome::Close,
        }
    }

    fn mouse(&mut self, mouse: Mouse) -> Outcome {
        match mouse.kind {
            MouseKind::WheelDown => self.scroll_by(1),
            MouseKind::WheelUp => self.scroll_by(-1),
            MouseKind::Press => Outcome::Close,
            MouseKind::Drag | MouseKind::Release => Outcome::Stay,
        }
    }

    fn draw(&mut self, canvas: &mut Canvas<'_>) {
        let results::Results { title, what, rows } = &self.card;
        let height = (rows.len() as u16 + 6).min(canvas.area.height);
        let heading = format!("Results · {title}");
        let mut inside = framed(canvas, COLUMNS, height, &heading, "w saves .md or .svg · Esc leaves");
        let theme = inside.theme;
        inside.text(0, 0, what, theme.dim);
        let room = usize::from(inside.area.height.saturating_sub(4));
        self.hidden = rows.len().saturating_sub(self.scroll + room);
        let names = rows.iter().map(|row| row.title.width()).max().unwrap_or(0) as u16;
        for (place, row) in rows.iter().skip(self.scroll).take(room).enumerate() {
            let area = inside.row(place as u16 + 2);
            draw_row(&mut inside.part(area), row, names);
        }
        let last = inside.area.height.saturating_sub(1);
        if self.card.is_contended() {
            inside.text(0, last, "~ contended: others used the machine", theme.dim);
        }
    }
}

fn draw_row(canvas: &mut Canvas<'_>, row: &Row, names: u16) {
    let theme = canvas.theme;
    let width = canvas.area.width;
    canvas.text(0, 0, row.title, theme.text);
    let (from, to) = (names + 2, width.saturating_sub(NUMBER + TIMES));
    if to >= from + BAR {
        let bar = Rect { x: canvas.area.x + from, width: to - from, ..canvas.area };
        let timing = Timing { median: row.share, min: row.share, max: row.share, full: 1.0 };
        timing_bar(&mut canvas.part(bar), timing, theme.accent);
    }
    let mark = if row.measured.contended { "~ " } else { "" };
    let text = row.measured.text();
    let (number, unit) = text.split_once(' ').unwrap_or((&text, ""));
    let number_end = Rect { width: width.saturating_sub(TIMES), ..canvas.area };
    let mut part = canvas.part(number_end);
    part.text_right(0, unit, theme.dim);
    let gap = if unit.is_empty() { 0 } else { unit.width() as u16 + 1 };
    let number_end = Rect { width: number_end.width.saturating_sub(gap), ..number_end };
    canvas.part(number_end).text_right(0, &format!("{mark}{number}"), theme.strong);
    if let Some(times) = row.times {
        let times = if times < 99.995 { format!("{times:.2}x") } else { format!("{times:.0}x") };
        canvas.text_right(0, &times, theme.dim);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guides::results::tests::sample;
    use crate::ui::snapshot::picture;

    #[test]
    fn the_card_as_it_looks_and_what_its_keys_do() {
        let mut card = Results::new(sample());
        insta::assert_snapshot!("results_80x24", picture(80, 24, |canvas| card.draw(canvas)));
        assert_eq!(card.key("Down".parse().unwrap()), Outcome::Stay);
        assert_eq!(card.scroll, 0, "all of it is shown");
        picture(40, 7, |canvas| card.draw(canvas));
        card.key("Down".parse().unwrap());
        assert_eq!(card.scroll, 1);
        picture(3, 2, |canvas| card.draw(canvas));
        assert_eq!(card.key("w".parse().unwrap()), Outcome::Do("app.save-results".parse().unwrap()));
        assert_eq!(card.key("Esc".parse().unwrap()), Outcome::Close);
    }
}
