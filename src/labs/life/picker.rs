//! The picker of patterns: a list of those that are shipped, and the chosen one, living.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::history::History;
use super::order::Order;
use super::pattern::{Pattern, shipped};
use super::picture::{Look, Picture, Zoom};
use super::rule::Rule;
use super::strategies::{STRATEGIES, Stepper};
use super::universe::Universe;
use super::view;
use crate::runtime::strategy::Setup;

/// How long a generation of the preview is shown.
const BEAT: Duration = Duration::from_millis(120);

/// After so many generations the preview begins again: none has grown so far by then that a step takes long.
const GENERATIONS: u64 = 200;

/// The picker while it is open.
pub struct Picker {
    chosen: usize,
    pattern: Pattern,
    origin: Arc<Universe>,
    now: Arc<Universe>,
    /// The part in view, which holds the whole pattern as it begins.
    look: Look,
    due: Instant,
    stepper: Box<dyn Stepper>,
}

impl Picker {
    /// Opens it at the pattern of this place in the list; `columns` and `rows` are those of the cells in the pane.
    pub fn open(chosen: usize, columns: u16, rows: u16, now: Instant) -> Option<Self> {
        let stepper = (STRATEGIES[0].make)(&Setup::headless(1, PathBuf::new())).ok()?;
        let (pattern, origin) = begun(chosen)?;
        let look = Look { y: 0, x: 0, zoom: Zoom::Half, columns: 0, rows: 0 };
        let mut picker = Self { chosen, pattern, now: Arc::clone(&origin), origin, look, due: now + BEAT, stepper };
        picker.resize(columns, rows);
        Some(picker)
    }

    /// The cells in the pane have this size now.
    pub fn resize(&mut self, columns: u16, rows: u16) {
        let size = view::Picker::preview_in(columns, rows);
        (self.look.columns, self.look.rows) = (size.columns, size.rows);
        self.fit();
    }

    fn fit(&mut self) {
        if let Some(bounds) = self.origin.space.bounds() {
            // Some room for what it does next.
            let (height, width) = (bounds.height() + bounds.height() / 2 + 4, bounds.width() + bounds.width() / 2 + 4);
            self.look = self.look.fitting(height, width);
            self.look.y = i64::midpoint(bounds.top, bounds.bottom);
            self.look.x = i64::midpoint(bounds.left, bounds.right);
        }
    }

    /// Goes so many patterns down the list, or up.
    pub fn go(&mut self, by: i8) {
        let all = shipped::SHIPPED.len();
        let chosen = (self.chosen + all).saturating_add_signed(by.into()) % all;
        if let Some((pattern, origin)) = begun(chosen) {
            (self.chosen, self.pattern) = (chosen, pattern);
            (self.now, self.origin) = (Arc::clone(&origin), origin);
            self.fit();
        }
    }

    /// The name of the pattern that is chosen.
    pub fn name(&self) -> &'static str {
        shipped::SHIPPED[self.chosen].0
    }

    /// When the preview goes on.
    pub fn due(&self) -> Instant {
        self.due
    }

    /// Goes on with the preview, if it is time to.
    pub fn go_on(&mut self, now: Instant) {
        if now < self.due {
            return;
        }
        self.due = now + BEAT;
        let over = self.now.generation >= GENERATIONS || self.now.population() == 0;
        self.now =
            if over { Arc::clone(&self.origin) } else { self.stepper.advance(&self.now, &Order::new(1)).universe };
    }

    /// What is to be drawn.
    pub fn view(&self) -> view::Picker {
        let Pattern { name, author, line, rule, .. } = &self.pattern;
        view::Picker {
            chosen: self.chosen,
            title: name.clone(),
            author: author.clone(),
            line: line.clone(),
            rule: rule.unwrap_or(Rule::LIFE),
            picture: Picture::take(&self.look, &self.now, &History::default()),
        }
    }
}

fn begun(chosen: usize) -> Option<(Pattern, Arc<Universe>)> {
    let pattern = shipped::find(shipped::SHIPPED.get(chosen)?.0).ok()?;
    let universe = pattern.universe(None, None).ok()?;
    Some((pattern, Arc::new(universe)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_lives_in_the_preview_and_begins_again() {
        let start = Instant::now();
        let mut picker = Picker::open(0, 60, 20, start).unwrap();
        for (name, _) in shipped::SHIPPED {
            assert_eq!(picker.name(), *name);
            let first = picker.view().picture;
            assert!(first.pixels.iter().any(|pixel| *pixel > 0), "{name}");
            let mut now = start;
            for _ in 0..=GENERATIONS {
                now += BEAT;
                picker.due = now;
                picker.go_on(now);
            }
            assert!(picker.now.generation < GENERATIONS, "{name}");
            picker.go(1);
        }
        assert_eq!(picker.name(), "seed-glider", "the list goes round");
        picker.go(-1);
        assert_eq!(picker.name(), "highlife-replicator");
    }
}
