//! The reference cards: a page each, a row at a time in focus, whose strategy Enter opens.

use ratatui::layout::Rect;
use unicode_width::UnicodeWidthStr;

use crate::app::overlay::{Outcome, Overlay, framed};
use crate::guides::cards::{self, Card, Row, Shown};
use crate::labs::Lab;
use crate::ui::Canvas;
use crate::ui::input::{Action, Key, KeyCode, Mouse, MouseKind, NamedKey};
use crate::ui::wrap::wrapped;

/// Columns of the box at most, its frame included.
const COLUMNS: u16 = 118;

/// The narrowest column of a table, and the gap between two.
const NARROWEST: usize = 10;
const GAP: usize = 2;

/// The cards, opened at one.
#[derive(Debug)]
pub struct Cards {
    /// The card that is shown: its place among all.
    place: usize,
    /// The row in focus.
    row: usize,
    /// The first row that was drawn.
    first: usize,
    /// Strategies that can be opened, with the titles of lab and strategy.
    known: Vec<(Shown, String)>,
}

impl Cards {
    /// The cards, opened at the card or the item of this name; none when there is no such card.
    pub fn new(name: &str, labs: &[&dyn Lab]) -> Option<Self> {
        let place = cards::place(name)?;
        let of_lab = |lab: &&dyn Lab| {
            let about = lab.about();
            let entry = move |strategy: &'static crate::runtime::strategy::About| {
                let shown = Shown { lab: about.id, strategy: strategy.id };
                (shown, format!("{} · {}", about.title, strategy.title))
            };
            lab.strategies().into_iter().map(entry).collect::<Vec<_>>()
        };
        Some(Self { place, row: 0, first: 0, known: labs.iter().flat_map(of_lab).collect() })
    }

    fn card(&self) -> &'static Card {
        cards::all().nth(self.place).expect("the place is that of a card")
    }

    fn go_to(&mut self, place: usize) -> Outcome {
        (self.place, self.row, self.first) = (place, 0, 0);
        Outcome::Stay
    }

    fn turn(&mut self, by: isize) -> Outcome {
        let count = cards::all().count() as isize;
        self.go_to((self.place as isize + by).rem_euclid(count) as usize)
    }

    fn select(&mut self, by: isize) -> Outcome {
        self.row = self.row.saturating_add_signed(by).min(self.card().rows.len() - 1);
        Outcome::Stay
    }

    /// What the row in focus can open.
    fn opens(&self) -> Option<&(Shown, String)> {
        let shown = self.card().rows[self.row].shown?;
        self.known.iter().find(|(known, _)| *known == shown)
    }

    fn open(&self) -> Outcome {
        self.opens().map_or(Outcome::Stay, |(shown, _)| Outcome::Do(open(*shown)))
    }
}

/// The action that opens a lab on a strategy.
pub(super) fn open(Shown { lab, strategy }: Shown) -> Action {
    Action { owner: "app".to_owned(), verb: "open".to_owned(), argument: Some(format!("{lab} {strategy}")) }
}

/// The item that a digit stands for: its last one.
pub(super) fn item_of(digit: char) -> Option<u8> {
    cards::ITEMS.into_iter().find(|item| char::from_digit(u32::from(item % 10), 10) == Some(digit))
}

impl Overlay for Cards {
    fn key(&mut self, key: Key) -> Outcome {
        match key.code {
            KeyCode::Named(NamedKey::Down) | KeyCode::Char('j') => self.select(1),
            KeyCode::Named(NamedKey::Up) | KeyCode::Char('k') => self.select(-1),
            KeyCode::Named(NamedKey::Home) => self.select(isize::MIN),
            KeyCode::Named(NamedKey::End) => self.select(isize::MAX),
            KeyCode::Named(NamedKey::Right | NamedKey::PageDown | NamedKey::Tab | NamedKey::Space) => self.turn(1),
            KeyCode::Named(NamedKey::Left | NamedKey::PageUp | NamedKey::BackTab) => self.turn(-1),
            KeyCode::Named(NamedKey::Enter) => self.open(),
            KeyCode::Named(NamedKey::Esc) | KeyCode::Char('q') => Outcome::Close,
            KeyCode::Char(digit) => match item_of(digit).and_then(|item| cards::place(&item.to_string())) {
                Some(place) => self.go_to(place),
                None => Outcome::Stay,
            },
            _ => Outcome::Stay,
        }
    }

    fn mouse(&mut self, mouse: Mouse) -> Outcome {
        match mouse.kind {
            MouseKind::WheelDown => self.select(1),
            MouseKind::WheelUp => self.select(-1),
            MouseKind::Press => Outcome::Close,
            MouseKind::Drag | MouseKind::Release => Outcome::Stay,
        }
    }

    fn draw(&mut self, canvas: &mut Canvas<'_>) {
        let card = self.card();
        let width = COLUMNS.min(canvas.area.width);
        // Frame, inset and the mark before a row.
        let table = Table::new(card, usize::from(width).saturating_sub(6));
        // Frame, title, headings, and the line that says what Enter does.
        let needed = table.rows.iter().map(|row| row.height + 1).sum::<usize>() + 5;
        let rows = (needed as u16).min(canvas.area.height);
        let count = cards::all().count();
        let item = if card.item == 0 { "all items".to_owned() } else { format!("item {}", card.item) };
        let title = format!("{item} · card {} of {count}", self.place + 1);
        let mut inside = framed(canvas, width, rows, &title, "← → cards · 9 0 1 2 3 4 items 59 to 64 · Esc closes");
        let theme = inside.theme;
        inside.text(0, 0, card.title, theme.strong);
        table.headings(&mut inside);
        let room = usize::from(inside.area.height.saturating_sub(3));
        self.first = table.first_to_show(self.first, self.row, room);
        let mut top = 2;
        for (index, row) in table.rows.iter().enumerate().skip(self.first) {
            let left = inside.area.height.saturating_sub(1);
            if top >= left {
                break;
            }
            let Rect { x, y, width, .. } = inside.area;
            let area = Rect { x, y: y + top, width, height: (row.height as u16).min(left - top) };
            table.draw(row, index == self.row, &mut inside.part(area));
            top += row.height as u16 + 1;
        }
        let last = inside.area.height.saturating_sub(1);
        match self.opens() {
            Some((_, titles)) => {
                let end = inside.text(0, last, "Enter ", theme.key);
                inside.text(end, last, &format!("shows it: {titles}"), theme.dim);
            }
            None => drop(inside.text(0, last, "no strategy shows this row", theme.dim)),
        }
    }
}

/// A card's rows, cut into cells of the widths that there is room for.
struct Table {
    titles: Vec<&'static str>,
    widths: Vec<usize>,
    rows: Vec<Cut>,
}

/// A row: the lines of each of its cells.
struct Cut {
    cells: Vec<Vec<String>>,
    height: usize,
}

impl Table {
    fn new(card: &'static Card, room: usize) -> Self {
        let titles: Vec<&'static str> = card.columns.iter().copied().chain(["in Rust"]).collect();
        let cells = |row: &'static Row| row.cells.iter().copied().chain([row.rust]).collect::<Vec<_>>();
        let natural = |column: usize| {
            let widest = card.rows.iter().map(|row| cells(row)[column].width()).max().unwrap_or(0);
            widest.max(titles[column].width())
        };
        let widths = fitted((0..titles.len()).map(natural).collect(), room);
        let cut = |row: &'static Row| {
            let cells: Vec<Vec<String>> =
                cells(row).into_iter().zip(&widths).map(|(text, width)| lines_of(text, *width)).collect();
            let height = cells.iter().map(Vec::len).max().unwrap_or(1);
            Cut { cells, height }
        };
        let rows = card.rows.iter().map(cut).collect();
        Self { titles, widths, rows }
    }

    /// The columns in which cells begin: two are left for the mark.
    fn begins(&self) -> impl Iterator<Item = u16> + '_ {
        self.widths.iter().scan(2, |at, width| {
            let begin = *at;
            *at += (width + GAP) as u16;
            Some(begin)
        })
    }

    fn headings(&self, canvas: &mut Canvas<'_>) {
        let dim = canvas.theme.dim;
        for (begin, title) in self.begins().zip(&self.titles) {
            canvas.text(begin, 1, title, dim);
        }
    }

    fn draw(&self, row: &Cut, chosen: bool, canvas: &mut Canvas<'_>) {
        let theme = canvas.theme;
        if chosen {
            canvas.text(0, 0, "▸", theme.accent);
        }
        let last = row.cells.len() - 1;
        for (column, (begin, lines)) in self.begins().zip(&row.cells).enumerate() {
            let style = match column {
                0 => theme.strong,
                // The Rust column is what the seed does not have.
                column if column == last => theme.accent,
                _ => theme.text,
            };
            for (line, text) in lines.iter().enumerate() {
                canvas.text(begin, line as u16, text, style);
            }
        }
    }

    /// The first row to draw in so many lines, so that the row in focus is whole.
    fn first_to_show(&self, first: usize, focus: usize, room: usize) -> usize {
        let lines = |from: usize| self.rows[from..=focus].iter().map(|row| row.height + 1).sum::<usize>();
        let mut first = first.min(focus);
        while first < focus && lines(first) > room + 1 {
            first += 1;
        }
        first
    }
}

/// The words of a cell in lines of so many columns; a word that is longer, as code often is, is cut.
fn lines_of(text: &str, columns: usize) -> Vec<String> {
    let cut = |line: String| {
        let characters: Vec<char> = line.chars().collect();
        characters.chunks(columns.max(1)).map(|part| part.iter().collect()).collect::<Vec<String>>()
    };
    wrapped(text, columns).into_iter().flat_map(cut).collect()
}

/// Widths that fit into the room: narrow columns keep theirs, the others share what is left.
fn fitted(natural: Vec<usize>, room: usize) -> Vec<usize> {
    let room = room.saturating_sub(GAP * (natural.len() - 1));
    let mut widths = natural;
    while widths.iter().sum::<usize>() > room {
        // The widest gives way, column by column, down to the narrowest that makes sense.
        let Some((widest, _)) = widths.iter().enumerate().max_by_key(|(_, width)| **width) else { break };
        if widths[widest] <= NARROWEST {
            break;
        }
        widths[widest] -= 1;
    }
    widths
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::snapshot::picture;

    fn press(cards: &mut Cards, key: &str) -> Outcome {
        cards.key(key.parse().unwrap())
    }

    #[test]
    fn no_cell_loses_a_letter_or_leaves_its_column() {
        let letters = |text: &str| text.split_whitespace().collect::<String>();
        for (card, room) in cards::all().flat_map(|card| [(card, 74), (card, 112)]) {
            let table = Table::new(card, room);
            assert!(table.widths.iter().map(|width| width + GAP).sum::<usize>() <= room + GAP, "{}", card.id);
            for (row, cut) in card.rows.iter().zip(&table.rows) {
                for ((text, lines), width) in row.cells.iter().chain([&row.rust]).zip(&cut.cells).zip(&table.widths) {
                    assert!(lines.iter().all(|line| line.width() <= *width), "{}: {lines:?} in {width}", card.id);
                    assert_eq!(letters(text), letters(&lines.concat()), "{}", card.id);
                }
            }
        }
    }

    #[test]
    fn every_row_of_every_card_comes_into_sight_whole() {
        let mut cards = Cards::new("59", &[]).unwrap();
        for card in cards::all() {
            for (columns, rows) in [(80, 24), (120, 40), (200, 60)] {
                press(&mut cards, "Home");
                for row in card.rows {
                    let screen = picture(columns, rows, |canvas| cards.draw(canvas));
                    let last = row.rust.split_whitespace().last().unwrap();
                    let end = last.chars().skip(last.chars().count().saturating_sub(3)).collect::<String>();
                    assert!(screen.contains('▸') && screen.contains(&end), "{}: {end:?}\n{screen}", card.id);
                    press(&mut cards, "Down");
                }
            }
            picture(7, 4, |canvas| cards.draw(canvas));
            press(&mut cards, "Right");
        }
        assert_eq!(cards.place, 0, "after the last comes the first");
    }

    #[test]
    fn items_are_reached_by_their_last_digit_and_cards_by_their_names() {
        let mut cards = Cards::new("migration", &[]).unwrap();
        assert_eq!(cards.card().id, "migration");
        for (key, item) in [("9", 59), ("0", 60), ("1", 61), ("2", 62), ("3", 63), ("4", 64)] {
            assert_eq!(press(&mut cards, key), Outcome::Stay);
            assert_eq!(cards.card().item, item);
        }
        assert_eq!(press(&mut cards, "7"), Outcome::Stay);
        assert_eq!(press(&mut cards, "Enter"), Outcome::Stay, "no lab is there to be opened");
        assert_eq!(press(&mut cards, "Esc"), Outcome::Close);
        assert!(Cards::new("nothing", &[]).is_none());
    }

    #[test]
    fn two_cards_as_they_look() {
        for (name, columns, rows) in [("threads-coroutines", 80, 24), ("port", 120, 40)] {
            let mut cards = Cards::new(name, &[]).unwrap();
            insta::assert_snapshot!(format!("card_{name}"), picture(columns, rows, |canvas| cards.draw(canvas)));
        }
    }
}
