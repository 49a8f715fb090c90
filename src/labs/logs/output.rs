//! Standard output as a place for lines: bytes as they are to a pipe, made safe to a terminal, or JSON.

use std::io::{self, Write};
use std::os::fd::AsFd;
use std::sync::Arc;

use bstr::ByteSlice;
use serde::Serialize;

use crate::labs::logs::filter::{Filter, without_end};
use crate::labs::logs::merged::Merged;
use crate::labs::logs::open_file::Ends;
use crate::labs::logs::sink::{Closed, Origin, Sink};
use crate::labs::logs::source::Note;
use crate::labs::logs::stop::Stop;
use crate::labs::logs::turns::Turns;
use crate::ui::safe_text;

/// How lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Form {
    /// As what.
    pub shape: Shape,
    /// With the name of their file before them.
    pub prefix: bool,
    /// With the prefix in a colour for each file.
    pub colour: bool,
    /// A line that will never end is ended here, so that no other is appended to it.
    pub end_cut_lines: bool,
}

/// As what lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// The bytes as they are.
    Bytes,
    /// For a terminal: nothing in them may act on it.
    Visible,
    /// A JSON object each.
    Json,
}

/// What was given out of one origin.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Given {
    /// Its name.
    pub path: String,
    /// Lines given out.
    pub lines: u64,
    /// Bytes of them, as they stood in the file.
    pub bytes: u64,
    /// How often another file took the name.
    pub rotations: u64,
    /// How often the file was written anew in place.
    pub truncations: u64,
    /// Bytes that were seen in a file and lost, since it was written anew before their line ended.
    pub lost_known: u64,
}

/// Standard output.
pub struct Output {
    form: Form,
    filter: Filter,
    count: bool,
    follow: bool,
    stop: Stop,
    merged: Option<Merged>,
    turns: Turns<State>,
}

#[derive(Default)]
struct State {
    given: Vec<Given>,
    /// Whether the long line that is being written passes the filter; none between lines.
    passing: Option<bool>,
    failed: Option<io::Error>,
    merge_failed: bool,
    /// Files that are not there or cannot be read, and why, of those that are read once.
    unreadable: Vec<String>,
}

#[derive(Serialize)]
struct JsonLine<'a> {
    path: &'a str,
    number: u64,
    text: &'a str,
}

/// A stretch of so many bytes is not worth a copy.
const LONG_STRETCH: usize = 16 * 1024;

/// SGR colours of the prefixes, in turn: those that are readable on dark and light.
const COLOURS: [u8; 6] = [36, 33, 32, 35, 34, 31];

impl Output {
    /// Standard output in this form, and beside it the merged file, which gets every line as it stood. `count` keeps figures
    /// for each origin; when nobody reads any more, `stop` is set.
    ///
    /// Without `follow` a file that is not there is not waited for: that is kept for the end.
    pub fn new(form: Form, filter: Filter, merged: Option<Merged>, count: bool, follow: bool, stop: Stop) -> Arc<Self> {
        Arc::new(Self { form, filter, count, follow, stop, merged, turns: Turns::default() })
    }

    /// What was given out, of the origins that gave anything or something happened to.
    pub fn given(&self, origins: &[Arc<Origin>]) -> Vec<Given> {
        self.turns.with(|state| {
            let of = |origin: &Arc<Origin>| {
                let given = state.given.get(origin.index).cloned().unwrap_or_default();
                Given { path: origin.name.clone(), ..given }
            };
            origins.iter().map(of).collect()
        })
    }

    /// Why writing failed, if it did; said once.
    pub fn failed(&self) -> Option<io::Error> {
        self.turns.with(|state| state.failed.take())
    }

    /// Whether the merged file was given up.
    pub fn merge_failed(&self) -> bool {
        self.turns.with(|state| state.merge_failed)
    }

    /// The files that could not be read, and why; said once.
    pub fn unreadable(&self) -> Vec<String> {
        self.turns.with(|state| std::mem::take(&mut state.unreadable))
    }

    /// Whether bytes can go out as they stand in the buffer.
    fn as_they_are(&self) -> bool {
        self.form.shape == Shape::Bytes && !self.form.prefix
    }

    fn write(&self, state: &mut State, from: &Origin, bytes: &[u8], ends: Ends) -> io::Result<()> {
        let goes_on = state.passing.is_some();
        // A long line is judged by its first piece.
        let passing = match state.passing.take() {
            None if ends == Ends::GoesOn => Some(self.passes(bytes)),
            begun => begun,
        };
        if ends == Ends::GoesOn {
            state.passing = passing;
        }
        if passing == Some(false) {
            return Ok(());
        }
        let given = state.given_by(from);
        if self.filter.passes_all() && self.as_they_are() && ends != Ends::Cut {
            self.add_up(given, bytes, ends);
            return write_all(bytes);
        }
        let (mut text, mut written) = (Vec::new(), Ok(()));
        let each = |stretch: &[u8]| {
            // A long one goes out from where it stands, after what was put together before it.
            if self.as_they_are() && ends != Ends::Cut && stretch.len() >= LONG_STRETCH {
                self.add_up(given, stretch, ends);
                if written.is_ok() {
                    written = write_all(&text).and_then(|()| write_all(stretch));
                }
                text.clear();
            } else {
                self.form_stretch(from, stretch, ends, goes_on, given, &mut text);
            }
        };
        if passing.is_some() {
            std::iter::once(bytes).for_each(each);
        } else {
            self.filter.each_stretch(bytes, each);
        }
        written.and_then(|()| write_all(&text))
    }

    fn passes(&self, line: &[u8]) -> bool {
        let mut passes = false;
        self.filter.each_stretch(line, |_| passes = true);
        passes
    }

    fn add_up(&self, given: &mut Given, bytes: &[u8], ends: Ends) {
        if self.count {
            given.bytes += bytes.len() as u64;
            given.lines += memchr::memchr_iter(b'\n', bytes).count() as u64 + u64::from(ends == Ends::Cut);
        }
    }

    /// Puts lines, or a piece of one, into `text` as they are to be written.
    fn form_stretch(
        &self,
        from: &Origin,
        stretch: &[u8],
        ends: Ends,
        goes_on: bool,
        given: &mut Given,
        text: &mut Vec<u8>,
    ) {
        let first_line = given.lines;
        self.add_up(given, stretch, ends);
        if self.as_they_are() {
            text.extend_from_slice(stretch);
        } else {
            for (n, line) in (1..).zip(stretch.lines_with_terminator()) {
                if self.form.shape == Shape::Json {
                    let line = without_end(line).to_str_lossy();
                    let line = JsonLine { path: &from.name, number: first_line + n, text: &line };
                    // A line of text always has a JSON form, and a Vec takes it.
                    let _ = serde_json::to_writer(&mut *text, &line);
                    text.push(b'\n');
                    continue;
                }
                if self.form.prefix && !goes_on {
                    self.prefix(from, text);
                }
                if self.form.shape == Shape::Visible {
                    let (shown, _) = safe_text::visible(&without_end(line).to_str_lossy(), MOST_COLUMNS);
                    text.extend_from_slice(shown.as_bytes());
                    if line.ends_with(b"\n") {
                        text.push(b'\n');
                    }
                } else {
                    text.extend_from_slice(line);
                }
            }
        }
        if ends == Ends::Cut && self.form.shape != Shape::Json && (self.form.end_cut_lines || self.form.prefix) {
            text.push(b'\n');
        }
    }

    fn prefix(&self, from: &Origin, text: &mut Vec<u8>) {
        let (name, _) = safe_text::visible(&from.name, MOST_COLUMNS);
        if self.form.colour {
            let colour = COLOURS[from.index % COLOURS.len()];
            text.extend_from_slice(format!("\x1b[{colour}m{name}:\x1b[m ").as_bytes());
        } else {
            text.extend_from_slice(format!("{name}: ").as_bytes());
        }
    }
}

/// No line in columns is longer than this: a piece has 1 MiB, and a tab eight columns.
const MOST_COLUMNS: usize = 16 << 20;

impl Sink for Output {
    fn put(&self, from: &Origin, bytes: &[u8], ends: Ends) -> Result<(), Closed> {
        let written = self.turns.take(from.index, ends, |state| {
            let result = self.write(state, from, bytes, ends);
            if let Err(error) = result {
                state.failed.get_or_insert(error);
                self.stop.set();
            }
            if state.failed.is_some() { Err(Closed) } else { Ok(()) }
        });
        if let Some(Err(error)) = self.merged.as_ref().map(|merged| merged.write(from.index, bytes, ends)) {
            self.note(from, Note::MergeFailed(error.to_string()));
        }
        written
    }

    fn note(&self, from: &Origin, note: Note) {
        self.turns.with(|state| match &note {
            Note::Rotated => state.given_by(from).rotations += 1,
            Note::Truncated { lost } => {
                let given = state.given_by(from);
                given.truncations += 1;
                given.lost_known += lost;
            }
            Note::Gone if !self.follow => {
                let why = io::Error::from(rustix::io::Errno::NOENT);
                state.unreadable.push(format!("{}: {why}", from.name));
            }
            Note::CannotOpen(why) if !self.follow => state.unreadable.push(format!("{}: {why}", from.name)),
            Note::MergeFailed(_) => state.merge_failed = true,
            _ => {}
        });
        if matches!(note, Note::Truncated { .. }) {
            // The long line whose rest was lost is ended, for the others' sake.
            self.turns.cut(from.index, |state| {
                state.passing = None;
                let _ = write_all(b"\n");
            });
            self.merged.iter().for_each(|merged| merged.cut(from.index));
        }
        if self.follow || !matches!(note, Note::Gone | Note::CannotOpen(_)) {
            say(&format!("{}: {note}", from.name));
        }
    }
}

impl State {
    fn given_by(&mut self, origin: &Origin) -> &mut Given {
        if self.given.len() <= origin.index {
            self.given.resize_with(origin.index + 1, Given::default);
        }
        &mut self.given[origin.index]
    }
}

/// Says something on standard error.
pub fn say(what: &str) {
    // Nobody to tell it to is no reason to end.
    let _ = writeln!(io::stderr(), "fanout: {}", safe_text::visible(what, MOST_COLUMNS).0);
}

/// Writes all of it, also to a descriptor that somebody else has made non-blocking.
fn write_all(mut bytes: &[u8]) -> io::Result<()> {
    let stdout = io::stdout();
    let stdout = stdout.as_fd();
    while !bytes.is_empty() {
        match rustix::io::write(stdout, bytes) {
            Ok(written) => bytes = &bytes[written..],
            Err(rustix::io::Errno::INTR) => {}
            Err(rustix::io::Errno::AGAIN) => {
                let mut ready = [rustix::event::PollFd::from_borrowed_fd(stdout, rustix::event::PollFlags::OUT)];
                rustix::event::poll(&mut ready, None)?;
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}
