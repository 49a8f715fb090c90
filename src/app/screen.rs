//! Frames are drawn into bytes here and leave when the terminal takes them.

use std::fs::File;
use std::io::{self, Write};

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use tokio::net::unix::pipe::Sender;

use crate::app::recording::Recording;
use crate::app::shown::Shown;

/// Synchronized output (DEC mode 2026): a terminal that knows it shows the frame at once, others ignore it.
const BEGIN: &[u8] = b"\x1b[?2026h";
const END: &[u8] = b"\x1b[?2026l";

/// Clears the screen, on the terminal's own ground.
const CLEAR: &[u8] = b"\x1b[m\x1b[2J";

/// The screen: what it shows, and the bytes of the one frame that is under way to it.
#[derive(Debug)]
pub struct Screen<W: Write> {
    sink: W,
    /// The last picture that was drawn.
    picture: Buffer,
    /// What the terminal shows of it, or will when the frame under way is out.
    shown: Shown,
    /// The frame under way.
    bytes: Vec<u8>,
    /// How many of its bytes the terminal has taken.
    taken: usize,
    /// What the terminal shows is unknown: clear it and draw everything.
    unknown: bool,
    /// Where frames are recorded, if they are.
    recording: Option<Recording>,
}

/// A screen on the terminal's own descriptor.
pub type TerminalScreen = Screen<NonBlocking>;

/// The terminal, opened so that a write never blocks, in the event loop's reactor.
///
/// tokio calls it a pipe; what it needs is a descriptor that is non-blocking and can be polled for writing, and a terminal
/// is one.
#[derive(Debug)]
pub struct NonBlocking(Sender);

impl NonBlocking {
    /// Registers the terminal, opened with `O_NONBLOCK`, with the reactor of the runtime that this is called in.
    pub fn new(tty: File) -> io::Result<Self> {
        Sender::from_file_unchecked(tty).map(Self)
    }
}

/// A pipe in the terminal's place.
impl From<Sender> for NonBlocking {
    fn from(pipe: Sender) -> Self {
        Self(pipe)
    }
}

impl Write for NonBlocking {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.try_write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl TerminalScreen {
    /// Waits until the terminal takes more bytes, and gives it those of the frame under way.
    pub async fn push_when_ready(&mut self) -> io::Result<()> {
        self.sink.0.writable().await?;
        self.push()
    }
}

impl<W: Write> Screen<W> {
    /// A screen of this size whose content is unknown.
    pub fn new(sink: W, columns: u16, rows: u16) -> Self {
        let area = Rect::new(0, 0, columns, rows);
        Self {
            sink,
            picture: Buffer::empty(area),
            shown: Shown::cleared(area),
            bytes: Vec::new(),
            taken: 0,
            unknown: true,
            recording: None,
        }
    }

    /// Records every frame from now on.
    pub fn record(&mut self, recording: Recording) {
        self.recording = Some(recording);
        self.redraw_all();
    }

    /// The recording, if there is one.
    pub fn recording(&mut self) -> &mut Option<Recording> {
        &mut self.recording
    }

    /// The last picture that was drawn.
    pub fn picture(&self) -> &Buffer {
        &self.picture
    }

    /// Its area.
    pub fn area(&self) -> Rect {
        self.picture.area
    }

    /// Takes on the terminal's new size. Terminals differ in what they do to the text, so all is drawn again.
    pub fn resize(&mut self, columns: u16, rows: u16) {
        self.picture.resize(Rect::new(0, 0, columns, rows));
        if let Some(recording) = &mut self.recording {
            recording.resized(columns, rows);
        }
        self.redraw_all();
    }

    /// The next frame draws everything: what the terminal shows is unknown.
    pub fn redraw_all(&mut self) {
        self.unknown = true;
    }

    /// Whether the frame under way has left in full, so that another may be drawn.
    pub fn is_out(&self) -> bool {
        self.taken == self.bytes.len()
    }

    /// Draws a frame and gives the terminal as much of it as it takes now. To be called only when [`Screen::is_out`]. The
    /// buffer holds the last picture: `draw` clears what it does not draw over.
    pub fn draw(&mut self, draw: impl FnOnce(&mut Buffer)) -> io::Result<()> {
        draw(&mut self.picture);
        self.bytes.clear();
        self.taken = 0;
        self.bytes.extend_from_slice(BEGIN);
        let whole = self.unknown || self.recording.as_ref().is_some_and(Recording::wants_all);
        if whole {
            self.bytes.extend_from_slice(CLEAR);
            self.shown = Shown::cleared(self.picture.area);
            self.unknown = false;
        }
        self.shown.turn_into(&self.picture, &mut self.bytes);
        if self.bytes.len() == BEGIN.len() {
            self.bytes.clear();
            return Ok(());
        }
        self.bytes.extend_from_slice(END);
        if let Some(recording) = &mut self.recording {
            recording.frame(&self.bytes, whole);
        }
        self.push()
    }

    /// Gives the terminal as many bytes as it takes now.
    pub fn push(&mut self) -> io::Result<()> {
        while !self.is_out() {
            match self.sink.write(&self.bytes[self.taken..]) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(count) => self.taken += count,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Throws away what has not left yet: the terminal's own queue was thrown away too.
    pub fn forget_frame(&mut self) {
        self.bytes.clear();
        self.taken = 0;
        self.redraw_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::style::Style;

    /// A terminal that takes a few bytes, then none until it is told to.
    #[derive(Debug, Default)]
    struct Slow {
        got: Vec<u8>,
        room: usize,
    }

    impl Write for Slow {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            if self.room == 0 {
                return Err(io::ErrorKind::WouldBlock.into());
            }
            let count = bytes.len().min(self.room);
            self.room -= count;
            self.got.extend_from_slice(&bytes[..count]);
            Ok(count)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn emulator() -> vt100::Parser {
        let cells = |count| std::num::NonZero::new(count).unwrap();
        vt100::Parser::new(cells(2), cells(10), 0)
    }

    fn write(text: &str) -> impl FnOnce(&mut Buffer) {
        move |buffer| {
            buffer.reset();
            buffer.set_string(0, 0, text, Style::new());
        }
    }

    #[test]
    fn a_frame_leaves_in_pieces_and_whole() {
        let mut screen = Screen::new(Slow { room: 5, ..Slow::default() }, 10, 2);
        screen.draw(write("hello")).unwrap();
        assert!(!screen.is_out());
        screen.sink.room = usize::MAX;
        screen.push().unwrap();
        assert!(screen.is_out());
        let mut emulator = emulator();
        emulator.process(&screen.sink.got);
        assert_eq!(emulator.screen().contents(), "hello");
    }

    #[test]
    fn a_frame_that_changes_nothing_writes_nothing() {
        let mut screen = Screen::new(Slow { room: usize::MAX, ..Slow::default() }, 10, 2);
        screen.draw(write("hello")).unwrap();
        screen.sink.got.clear();
        screen.draw(write("hello")).unwrap();
        assert_eq!(screen.sink.got, b"");
        screen.draw(write("help")).unwrap();
        let mut emulator = emulator();
        emulator.process(b"hello");
        emulator.process(&screen.sink.got);
        assert_eq!(emulator.screen().contents().trim_end(), "help");
        screen.redraw_all();
        screen.draw(write("help")).unwrap();
        assert!(screen.sink.got.len() > 20, "all is drawn again");
    }
}
