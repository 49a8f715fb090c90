//! What of the kept lines is in view, and where in them.

use bstr::ByteSlice;

use super::figures::Figures;
use super::level::Level;
use super::reading::Reading;
use super::ring::Ring;
use super::view::LineView;
use crate::ui::canvas::Size;

/// The part of the pane that shows lines.
#[derive(Debug, Default)]
pub struct Viewport {
    /// Its size.
    pub size: Size,
    /// How many files have figures beside it.
    pub file_rows: usize,
    /// Long lines are wrapped.
    pub wrap: bool,
    /// The found line that was gone to last.
    pub current: Option<u64>,
    /// The number of the first line in view; none while following.
    top: Option<u64>,
    /// Columns that are out of view at the left.
    shift: usize,
}

/// The kept lines, which of them are shown, and how many rows there are for them.
#[derive(Debug, Clone, Copy)]
pub struct Shown<'a> {
    /// The kept lines.
    pub ring: &'a Ring,
    /// Which of them are shown.
    pub reading: &'a Reading,
    /// Rows for lines.
    pub rows: u16,
}

impl Viewport {
    /// Whether the newest line stays in view as lines come.
    pub fn follows(&self) -> bool {
        self.top.is_none()
    }

    /// Goes to the newest line, and follows.
    pub fn follow(&mut self) {
        self.top = None;
    }

    /// Goes to the oldest line that is kept.
    pub fn go_to_oldest(&mut self, shown: Shown<'_>) {
        self.top = Some(shown.ring.begin());
    }

    /// Goes so many lines down, up when negative; at the newest line it follows again.
    pub fn scroll(&mut self, lines: i64, shown: Shown<'_>) {
        if lines == 0 && self.top.is_none() {
            return;
        }
        let place = self.first_place(shown).saturating_add_signed(lines);
        self.top = if place < last_place(shown) { shown.reading.number_at(place, shown.ring) } else { None };
    }

    /// Goes so many pages down, up when negative.
    pub fn page(&mut self, pages: i64, shown: Shown<'_>) {
        self.scroll(pages.saturating_mul(i64::from(shown.rows.saturating_sub(1).max(1))), shown);
    }

    /// Goes so many columns to the right, to the left when negative.
    pub fn shift(&mut self, columns: i64) {
        self.shift = self.shift.saturating_add_signed(columns as isize);
    }

    /// Goes to the next line that the search has found, or to the one before, and shows it a third from the top.
    pub fn go_to_found(&mut self, next: bool, shown: Shown<'_>) -> Result<(), String> {
        let Shown { ring, reading, rows } = shown;
        let edge = self.first_place(shown) + if next { 0 } else { u64::from(rows) };
        let in_view = reading.number_at(edge, ring).unwrap_or(ring.end());
        let from = self.current.unwrap_or(in_view);
        let number = reading.next_found(from, next).ok_or("nothing was found: / searches")?;
        self.current = Some(number);
        self.top = reading.number_at(reading.place_of(number, ring).saturating_sub(u64::from(rows) / 3), ring);
        Ok(())
    }

    /// The place, among the shown lines, of the first in view.
    pub fn first_place(&self, shown: Shown<'_>) -> u64 {
        let last = last_place(shown);
        self.top.map_or(last, |top| shown.reading.place_of(top, shown.ring).min(last))
    }

    /// The line of this number, cut to what can be in view of it.
    pub fn line(&self, number: u64, shown: Shown<'_>, figures: &Figures) -> Option<LineView> {
        let line = shown.ring.get(number)?;
        let rows = if self.wrap { usize::from(shown.rows) } else { 1 };
        let shift = if self.wrap { 0 } else { self.shift };
        // A character in view takes at most four bytes; one cut through at the end is out of view.
        let most = (usize::from(self.size.columns) * rows + shift) * 4 + 4;
        let seen = line.text[..line.text.len().min(most)].to_str_lossy();
        let text: String = if shift > 0 { seen.chars().skip(shift).collect() } else { seen.into_owned() };
        Some(LineView {
            index: line.origin,
            name: figures.name(line.origin).to_owned(),
            found: shown.reading.places(text.as_bytes()),
            level: Level::of(line.text),
            goes_on: line.goes_on,
            current: self.current == Some(number),
            text,
        })
    }
}

/// The place, among the shown lines, of the first in view while the newest is in view.
fn last_place(shown: Shown<'_>) -> u64 {
    shown.reading.shown(shown.ring).saturating_sub(u64::from(shown.rows))
}
