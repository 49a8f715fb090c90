//! Patterns, as the worker takes them: shipped ones, and files that a thread of its own reads.

use std::fs::File;
use std::sync::Arc;
use std::thread;
use std::time::Instant;

use crossbeam_channel::TrySendError;

use super::Life;
use crate::labs::life::pattern::{self, Pattern, shipped};
use crate::labs::life::picker::Picker;
use crate::labs::life::runner::Report;
use crate::labs::life::view::View;
use crate::labs::{Notice, Tone};
use crate::runtime::worker::Outbox;

impl Life {
    pub(super) fn take_pattern(&mut self, read: Result<Box<Pattern>, String>, outbox: &mut Outbox<View, Notice>) {
        self.reading = None;
        match read.and_then(|pattern| Ok((pattern.universe(None, None)?, pattern))) {
            Ok((universe, pattern)) => {
                let name = if pattern.name.is_empty() { "file".to_owned() } else { pattern.name.clone() };
                self.begin(name, Arc::new(universe));
                self.about = about(&pattern);
                self.keep_a_strategy_that_can(outbox);
            }
            Err(why) => outbox.event(Notice { tone: Tone::Bad, text: why }),
        }
    }

    pub(super) fn choose_pattern(&mut self, name: &str, outbox: &mut Outbox<View, Notice>) {
        match shipped::find(name) {
            Ok(pattern) => {
                self.shipped = shipped::SHIPPED.iter().position(|(id, _)| *id == name);
                self.take_pattern(Ok(Box::new(pattern)), outbox);
            }
            Err(error) => outbox.event(Notice { tone: Tone::Warn, text: error.to_string() }),
        }
    }

    /// Opens the list of patterns, or starts the one that is chosen in it.
    pub(super) fn pick(&mut self, outbox: &mut Outbox<View, Notice>) {
        if let Some(picker) = self.picker.take() {
            return self.choose_pattern(picker.name(), outbox);
        }
        let look = &self.viewpoint.look;
        self.picker = Picker::open(self.shipped.unwrap_or(0), look.columns, look.rows, Instant::now());
    }

    pub(super) fn next_pattern(&mut self, by: i8, outbox: &mut Outbox<View, Notice>) {
        let all = shipped::SHIPPED.len();
        let place = match self.shipped {
            Some(place) => (place + all).saturating_add_signed(by.into()) % all,
            None => 0,
        };
        self.choose_pattern(shipped::SHIPPED[place].0, outbox);
    }

    /// Reads a file on a thread of its own; what comes of it comes as reports.
    pub(super) fn open(&mut self, path: &str) {
        let (path, reports) = (path.to_owned(), self.reports.clone());
        self.reading = Some(0.0);
        let read = move || {
            let mut progress = |share| {
                // A worker that is behind misses a step of the bar, no more.
                !matches!(reports.try_send(Report::Reading(share)), Err(TrySendError::Disconnected(_)))
            };
            let file = File::open(&path).map_err(|error| format!("{path}: {error}"));
            let read = file.and_then(|file| {
                pattern::read(file, &mut progress).map(Box::new).map_err(|error| format!("{path}: {error}"))
            });
            let _ = reports.send(Report::Read(read));
        };
        if thread::Builder::new().name("life-read".to_owned()).spawn(read).is_err() {
            self.reading = None;
        }
    }
}

/// What a pattern's file says of it.
fn about(pattern: &Pattern) -> Option<String> {
    let parts = [&pattern.name, &pattern.author, &pattern.line];
    let parts: Vec<&str> = parts.into_iter().map(String::as_str).filter(|part| !part.is_empty()).collect();
    (!parts.is_empty()).then(|| parts.join(" · "))
}
