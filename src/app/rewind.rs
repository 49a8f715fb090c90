//! The pictures of the last minute, so that a frozen screen can be stepped back: kept as differences, bounded in time and
//! memory.

use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::Rect;

/// How far back it goes.
const REACH: Duration = Duration::from_mins(1);

/// The shortest time between two pictures that are kept.
const BETWEEN: Duration = Duration::from_millis(500);

/// Cells that are kept at most, over all pictures: 16 MB.
const MOST_CELLS: usize = 2_000_000;

/// Kinds of cell that are told apart at most: some 4 MB.
const MOST_KINDS: usize = 1 << 16;

/// The last minute of the screen.
#[derive(Debug, Default)]
pub struct Rewind {
    newest: Option<(Instant, Buffer)>,
    older: VecDeque<Step>,
    kinds: Kinds,
    cells: usize,
}

/// A picture that stands still and can be stepped through.
#[derive(Debug)]
pub struct Still {
    at: Instant,
    picture: Buffer,
    older: VecDeque<Step>,
    newer: Vec<Step>,
    kinds: Kinds,
}

/// What makes one picture of its neighbour in time: the cells that differ, each as its place and the number of its kind.
#[derive(Debug, Clone)]
struct Step {
    at: Instant,
    cells: Box<[(u32, u32)]>,
}

/// A screen has thousands of cells and few kinds of them: a number for each kind takes a fifth of the memory of the cell.
#[derive(Debug, Clone, Default)]
struct Kinds {
    cells: Vec<Cell>,
    numbers: HashMap<Cell, u32>,
}

impl Kinds {
    fn number(&mut self, cell: &Cell) -> u32 {
        if let Some(number) = self.numbers.get(cell) {
            return *number;
        }
        let number = self.cells.len() as u32;
        self.cells.push(cell.clone());
        self.numbers.insert(cell.clone(), number);
        number
    }

    /// The cells of `old` that are others in `new`.
    fn differing(&mut self, old: &Buffer, new: &Buffer) -> Box<[(u32, u32)]> {
        let pairs = old.content.iter().zip(&new.content).zip(0..);
        pairs.filter(|((old, new), _)| old != new).map(|((old, _), place)| (place, self.number(old))).collect()
    }
}

impl Rewind {
    /// Whether a picture of this area is kept now: none of its size was a moment ago.
    pub fn is_due(&self, now: Instant, area: Rect) -> bool {
        let newest = self.newest.as_ref().filter(|(_, newest)| newest.area == area);
        newest.is_none_or(|(at, _)| now.duration_since(*at) >= BETWEEN)
    }

    /// Keeps this picture, if it is due.
    pub fn take(&mut self, now: Instant, picture: &Buffer) {
        if !self.is_due(now, picture.area) {
            return;
        }
        let full = self.kinds.cells.len() > MOST_KINDS;
        let Some((at, newest)) = self.newest.as_mut().filter(|(_, newest)| newest.area == picture.area && !full) else {
            *self = Self { newest: Some((now, picture.clone())), ..Self::default() };
            return;
        };
        let cells = self.kinds.differing(newest, picture);
        for (place, _) in &cells {
            newest.content[*place as usize] = picture.content[*place as usize].clone();
        }
        self.cells += cells.len();
        self.older.push_back(Step { at: *at, cells });
        *at = now;
        self.forget(now);
    }

    fn forget(&mut self, now: Instant) {
        while let Some(oldest) = self.older.front()
            && (self.cells > MOST_CELLS || now.duration_since(oldest.at) > REACH)
        {
            self.cells -= oldest.cells.len();
            self.older.pop_front();
        }
    }

    /// The present picture, to stand still and be stepped through.
    pub fn freeze(&self, now: Instant, picture: &Buffer) -> Still {
        let (mut older, mut kinds) = (VecDeque::new(), self.kinds.clone());
        if let Some((at, newest)) = self.newest.as_ref().filter(|(_, newest)| newest.area == picture.area) {
            older.clone_from(&self.older);
            older.push_back(Step { at: *at, cells: kinds.differing(newest, picture) });
        }
        Still { at: now, picture: picture.clone(), older, newer: Vec::new(), kinds }
    }
}

impl Still {
    /// The picture that stands now.
    pub fn picture(&self) -> &Buffer {
        &self.picture
    }

    /// When it was on the screen.
    pub fn at(&self) -> Instant {
        self.at
    }

    /// Goes to the picture before this one, if one is kept.
    pub fn back(&mut self) {
        if let Some(step) = self.older.pop_back() {
            let newer = self.go(step);
            self.newer.push(newer);
        }
    }

    /// Goes to the picture after this one, up to the one that was frozen.
    pub fn forward(&mut self) {
        if let Some(step) = self.newer.pop() {
            let older = self.go(step);
            self.older.push_back(older);
        }
    }

    /// Takes a step, and returns the one that leads back.
    fn go(&mut self, step: Step) -> Step {
        let mut back = Step { at: std::mem::replace(&mut self.at, step.at), cells: step.cells };
        for (place, number) in &mut back.cells {
            let cell = &mut self.picture.content[*place as usize];
            let before = std::mem::replace(cell, self.kinds.cells[*number as usize].clone());
            *number = self.kinds.number(&before);
        }
        back
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::snapshot::text;
    use ratatui::style::Style;

    fn screen(content: &str) -> Buffer {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 8, 1));
        buffer.set_string(0, 0, content, Style::new());
        buffer
    }

    #[test]
    fn a_still_picture_steps_back_and_forward_through_what_was_kept() {
        let (mut rewind, begun) = (Rewind::default(), Instant::now());
        for (i, content) in ["one", "two", "three", "three", "four"].iter().enumerate() {
            rewind.take(begun + BETWEEN * i as u32, &screen(content));
        }
        rewind.take(begun + BETWEEN * 4 + Duration::from_millis(1), &screen("too soon"));
        let mut still = rewind.freeze(begun + BETWEEN * 5, &screen("five"));
        let mut seen = vec![text(still.picture()).trim().to_owned()];
        for _ in 0..9 {
            still.back();
            seen.push(text(still.picture()).trim().to_owned());
        }
        assert_eq!(seen[..6], ["five", "four", "three", "three", "two", "one"]);
        assert_eq!(seen[9], "one", "there is nothing before the first");
        assert_eq!(still.at(), begun);
        for _ in 0..9 {
            still.forward();
        }
        assert_eq!((text(still.picture()).trim(), still.at()), ("five", begun + BETWEEN * 5));
    }

    #[test]
    fn what_is_kept_is_bounded_in_time_and_memory_and_by_the_size_of_the_screen() {
        let (mut rewind, begun) = (Rewind::default(), Instant::now());
        for i in 0..1000_u32 {
            rewind.take(begun + BETWEEN * i, &screen(&i.to_string()));
        }
        assert_eq!(rewind.older.len(), (REACH.as_millis() / BETWEEN.as_millis()) as usize);
        assert_eq!(rewind.cells, rewind.older.iter().map(|step| step.cells.len()).sum::<usize>());
        rewind.cells += MOST_CELLS;
        rewind.forget(begun);
        assert!(rewind.older.is_empty());
        rewind.take(begun + REACH * 10, &Buffer::empty(Rect::new(0, 0, 3, 3)));
        assert!(rewind.older.is_empty() && rewind.cells == 0, "another size begins anew");
    }
}
