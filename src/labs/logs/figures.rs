//! What is known of each origin of lines: how many came, how fast, how much of it waits, and what is wrong with it.

use std::time::Instant;

use super::names::short_names;
use super::rate::{Rate, Steps};
use super::reading::Reading;
use super::source::Note;
use super::sources::Sources;
use super::view::FileView;

/// What is known of one origin, or of all together.
#[derive(Debug, Default)]
pub struct Figure {
    /// Lines so far.
    pub lines: u64,
    /// Lines a second.
    pub rate: Rate,
    /// Bytes that wait to be read and taken in, and did so a step before: what is only on its way is not behind.
    pub behind: u64,
    /// Bytes that waited when it was last measured.
    waiting: u64,
    /// Bytes of the lines so far.
    bytes: u64,
    trouble: Option<String>,
}

/// The figures of all origins, by their index.
#[derive(Debug, Default)]
pub struct Figures {
    each: Vec<Figure>,
    names: Vec<String>,
    total: Figure,
    steps: Steps,
}

impl Figure {
    fn add(&mut self, lines: u64, bytes: u64) {
        self.lines += lines;
        self.bytes += bytes;
        self.rate.add(lines);
    }

    fn measure(&mut self, waiting: u64) {
        let before = std::mem::replace(&mut self.waiting, waiting);
        self.behind = waiting.min(before);
    }
}

impl Figures {
    /// So many lines of an origin came.
    pub fn add(&mut self, origin: usize, lines: u64, bytes: u64, sources: &Sources) {
        let figure = self.of(origin, sources);
        figure.add(lines, bytes);
        figure.trouble = None;
        self.total.add(lines, bytes);
        self.wind();
    }

    /// Something happened to an origin.
    pub fn note(&mut self, origin: usize, note: &Note, sources: &Sources) {
        self.of(origin, sources).trouble = match note {
            Note::Gone => Some("not there".to_owned()),
            Note::CannotOpen(why) => Some(why.clone()),
            Note::Ended(_) | Note::Over => Some("ended".to_owned()),
            _ => None,
        };
    }

    /// Takes in origins that are new, of which nothing has been heard yet.
    pub fn take_in(&mut self, sources: &Sources) {
        let origins = sources.origins();
        if origins.len() > self.each.len() {
            self.each.resize_with(origins.len(), Figure::default);
            self.names = short_names(origins.iter().map(|origin| origin.name.as_str()));
        }
    }

    /// How many origins there are.
    pub fn count(&self) -> usize {
        self.each.len()
    }

    /// The figures of all together.
    pub fn total(&self) -> &Figure {
        &self.total
    }

    /// An origin's short name; empty before it was taken in.
    pub fn name(&self, origin: usize) -> &str {
        self.names.get(origin).map_or("", String::as_str)
    }

    /// The origin of this name, or else the first whose name has it in it.
    pub fn called(&self, name: &str) -> Option<usize> {
        let exactly = self.names.iter().position(|known| known == name);
        exactly.or_else(|| self.names.iter().position(|known| known.contains(name)))
    }

    /// Has the rates and what waits measured from now on, until all is still.
    pub fn wind(&mut self) {
        self.steps.wind(Instant::now());
    }

    /// When [`Figures::tick`] is to be called; none while all is still.
    pub fn due(&self) -> Option<Instant> {
        self.steps.due()
    }

    /// Ends a step of the rates, if its time has come, and measures what waits; whether anything looks different now.
    pub fn tick(&mut self, sources: &Sources) -> bool {
        let rates = self.each.iter_mut().chain([&mut self.total]).map(|figure| &mut figure.rate);
        let Some(moved) = self.steps.tick(Instant::now(), rates) else { return false };
        for followed in sources.all() {
            if let Some(figure) = self.each.get_mut(followed.origin.index) {
                figure.measure(followed.progress.waiting(figure.bytes));
            }
        }
        let sum = |of: fn(&Figure) -> u64| self.each.iter().map(of).sum();
        let (waiting, behind) = (sum(|figure| figure.waiting), sum(|figure| figure.behind));
        self.total.waiting = waiting;
        let before = std::mem::replace(&mut self.total.behind, behind);
        if waiting > 0 {
            self.wind();
        }
        moved || behind != before
    }

    /// The origins that have a row: when there are too many, those with the most lines lately.
    pub fn files(&self, most: usize, reading: &Reading) -> Vec<FileView> {
        let mut shown: Vec<usize> = (0..self.each.len()).collect();
        if shown.len() > most {
            shown.sort_by(|a, b| {
                let of = |index: &usize| self.each[*index].rate.recent().iter().sum::<f64>();
                of(b).total_cmp(&of(a)).then(a.cmp(b))
            });
            shown.truncate(most);
            shown.sort_unstable();
        }
        let view = |index: usize| {
            let Figure { lines, rate, behind, trouble, .. } = &self.each[index];
            FileView {
                index,
                name: self.names[index].clone(),
                lines: *lines,
                rate: rate.per_second(),
                recent: rate.recent(),
                behind: *behind,
                trouble: trouble.clone(),
                hidden: reading.hides(index),
            }
        };
        shown.into_iter().map(view).collect()
    }

    fn of(&mut self, origin: usize, sources: &Sources) -> &mut Figure {
        if origin >= self.each.len() {
            self.take_in(sources);
        }
        &mut self.each[origin]
    }
}
