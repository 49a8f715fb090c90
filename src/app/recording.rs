//! What the screen shows, recorded as asciicast v2 (<https://docs.asciinema.org/manual/asciicast/v2/>): a header, then a line
//! for each frame, change of size and marker.
//!
//! A thread writes the file. When it does not keep up, frames are left out and the next one recorded is drawn in full, so
//! that the recording stays true.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::Context;
use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};
use serde::Serialize;

/// Frames that may wait for the file.
const WAITING: usize = 64;

/// A recording under way.
#[derive(Debug)]
pub struct Recording {
    events: Option<Sender<Event>>,
    writer: Option<JoinHandle<io::Result<()>>>,
    begun: Instant,
    /// A frame was left out: the next one must be whole.
    behind: bool,
    /// A change of size that has to stand before the next frame.
    resized: Option<(u16, u16)>,
}

#[derive(Debug)]
struct Event {
    at: Duration,
    kind: &'static str,
    data: String,
}

#[derive(Serialize)]
struct Header {
    version: u8,
    width: u16,
    height: u16,
    timestamp: i64,
    title: &'static str,
    env: Environment,
}

#[derive(Serialize)]
struct Environment {
    #[serde(rename = "TERM")]
    term: String,
}

impl Recording {
    /// Begins a recording of a terminal of this size. A file that cannot be made is an error now, not at the end.
    pub fn start(path: &Path, columns: u16, rows: u16) -> anyhow::Result<Self> {
        let what = || format!("the recording {}", path.display());
        let mut file = BufWriter::new(File::create(path).with_context(what)?);
        let header = Header {
            version: 2,
            width: columns,
            height: rows,
            timestamp: jiff::Timestamp::now().as_second(),
            title: "fanout",
            env: Environment { term: std::env::var("TERM").unwrap_or_default() },
        };
        serde_json::to_writer(&mut file, &header).map_err(io::Error::from).with_context(what)?;
        file.write_all(b"\n").with_context(what)?;
        let (events, waiting) = bounded(WAITING);
        let writer = thread::Builder::new().name("record".to_owned()).spawn(move || write(file, &waiting))?;
        Ok(Self { events: Some(events), writer: Some(writer), begun: Instant::now(), behind: false, resized: None })
    }

    /// Records a frame's bytes. When the file does not keep up they are left out, and [`Recording::wants_all`] says so.
    pub fn frame(&mut self, bytes: &[u8], whole: bool) {
        if self.behind && !whole {
            return;
        }
        if let Some((columns, rows)) = self.resized {
            if !self.send("r", format!("{columns}x{rows}")) {
                self.behind = true;
                return;
            }
            self.resized = None;
        }
        self.behind = !self.send("o", String::from_utf8_lossy(bytes).into_owned());
    }

    /// Whether the next frame has to draw everything.
    pub fn wants_all(&self) -> bool {
        self.behind
    }

    /// Records that the terminal has another size.
    pub fn resized(&mut self, columns: u16, rows: u16) {
        self.resized = Some((columns, rows));
    }

    /// Sets a marker, which players can jump to.
    pub fn mark(&mut self, label: &str) {
        self.send("m", label.to_owned());
    }

    /// Ends the recording; the error is what went wrong while it was written.
    pub fn finish(mut self) -> io::Result<()> {
        self.events = None;
        match self.writer.take().map(JoinHandle::join) {
            Some(Ok(result)) => result,
            Some(Err(_)) => Err(io::Error::other("the thread that writes it panicked")),
            None => Ok(()),
        }
    }

    fn send(&mut self, kind: &'static str, data: String) -> bool {
        let Some(events) = &self.events else { return true };
        // A writer that has ended has an error to tell at the end; nothing more can be recorded.
        !matches!(events.try_send(Event { at: self.begun.elapsed(), kind, data }), Err(TrySendError::Full(_)))
    }
}

fn write(mut file: BufWriter<File>, events: &Receiver<Event>) -> io::Result<()> {
    for Event { at, kind, data } in events {
        // Microseconds are as fine as players go.
        let seconds = at.as_micros() as f64 / 1e6;
        serde_json::to_writer(&mut file, &(seconds, kind, data))?;
        file.write_all(b"\n")?;
    }
    file.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recording_is_a_header_and_a_line_for_each_event() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("demo.cast");
        let mut recording = Recording::start(&path, 80, 24).unwrap();
        recording.frame(b"\x1b[2Jhello", true);
        recording.resized(100, 30);
        recording.frame(b"wider", true);
        recording.mark("step 1");
        recording.finish().unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        let lines: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(
            (&lines[0]["version"], &lines[0]["width"], &lines[0]["height"]),
            (&2.into(), &80.into(), &24.into())
        );
        let events: Vec<_> =
            lines[1..].iter().map(|line| (line[1].as_str().unwrap(), line[2].as_str().unwrap())).collect();
        assert_eq!(events, [("o", "\x1b[2Jhello"), ("r", "100x30"), ("o", "wider"), ("m", "step 1")]);
    }

    #[test]
    fn a_frame_left_out_asks_for_a_whole_one() {
        let (events, waiting) = bounded(1);
        let mut recording =
            Recording { events: Some(events), writer: None, begun: Instant::now(), behind: false, resized: None };
        recording.frame(b"first", true);
        recording.frame(b"does not fit", false);
        assert!(recording.wants_all());
        assert_eq!(waiting.recv().unwrap().data, "first");
        recording.frame(b"only a part", false);
        assert!(recording.wants_all() && waiting.is_empty());
        recording.frame(b"whole", true);
        assert!(!recording.wants_all());
        assert_eq!(waiting.recv().unwrap().data, "whole");
    }

    #[test]
    fn a_file_that_cannot_be_made_is_named() {
        let error = Recording::start(Path::new("/nowhere/demo.cast"), 80, 24).unwrap_err();
        assert!(format!("{error:#}").starts_with("the recording /nowhere/demo.cast: "), "{error:#}");
    }
}
