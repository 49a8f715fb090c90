//! The terminal taken and given back: raw mode, alternate screen, mouse; on quit, error, panic and signals alike.
//!
//! The terminal is opened a second time by its name, so that `O_NONBLOCK` is ours alone: set on descriptor 1 it would be
//! set for the shell too, which shares that open file.

use std::fs::{File, OpenOptions};
use std::io::{self, IsTerminal, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::OpenOptionsExt;
use std::panic;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::thread::{self, ThreadId};

use rustix::fs::OFlags;
use rustix::termios::{QueueSelector, tcflush, ttyname};

/// Alternate screen, cursor hidden, no wrap at the right edge, pasted text marked as such.
const ENTER: &[u8] = b"\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[?2004h\x1b[2J";
/// Button presses, motion while a button is down, coordinates beyond column 223. Motion without a button is not asked for:
/// it would wake the program for nothing.
const MOUSE_ON: &[u8] = b"\x1b[?1000h\x1b[?1002h\x1b[?1006h";
/// CAN ends a sequence that was cut off half-way; then everything that entering and a frame may have set.
const LEAVE: &[u8] = b"\x18\x1b[?2026l\x1b[0m\x1b[?1006l\x1b[?1002l\x1b[?1000l\x1b[?2004l\x1b[?7h\x1b[?25h\x1b[?1049l";

/// What has to be given back, if the terminal is ours now. The panic hook needs to reach it from anywhere.
static TAKEN: Mutex<Option<Taken>> = Mutex::new(None);

#[derive(Debug)]
struct Taken {
    tty: File,
    owner: ThreadId,
}

/// The terminal is ours while this lives.
#[derive(Debug)]
pub struct Terminal {
    mouse: bool,
}

impl Terminal {
    /// Takes the terminal on stdout. The file returned writes to it and never blocks.
    pub fn take(mouse: bool) -> anyhow::Result<(Self, File)> {
        if !io::stdout().is_terminal() {
            anyhow::bail!(
                "stdout is not a terminal, and the dashboard needs one; for scripts there are `fanout life`, `gcd` and `tail`"
            );
        }
        let tty = open_again()?;
        *taken() = Some(Taken { tty: tty.try_clone()?, owner: thread::current().id() });
        let terminal = Self { mouse };
        terminal.enter()?;
        restore_on_panic();
        Ok((terminal, tty))
    }

    /// Enters raw mode and the alternate screen; again after the program was stopped and continued.
    pub fn enter(&self) -> io::Result<()> {
        crossterm::terminal::enable_raw_mode()?;
        let Some(Taken { tty, .. }) = &*taken() else { return Ok(()) };
        // A terminal that takes nothing now is drawn in full later; what does not fit into its queue is not waited for.
        let mouse = if self.mouse { MOUSE_ON } else { b"" };
        ignore_full_queue((&*tty).write_all(&[ENTER, mouse].concat()))
    }

    /// Gives the terminal back for as long as the program is stopped.
    #[allow(clippy::unused_self, reason = "only who has taken the terminal can give it back")]
    pub fn leave(&self) {
        if let Some(taken) = &*taken() {
            restore(taken);
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        if let Some(taken) = taken().take() {
            restore(&taken);
        }
    }
}

/// Opens the terminal of stdout by its name, to write to it without blocking.
fn open_again() -> anyhow::Result<File> {
    let open = |path: &Path| {
        let flags = (OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC).bits();
        OpenOptions::new().write(true).custom_flags(flags.cast_signed()).open(path)
    };
    let name = ttyname(io::stdout(), Vec::new())?;
    let path = Path::new(std::ffi::OsStr::from_bytes(name.as_bytes()));
    // In some containers the name belongs to another mount; the controlling terminal is the same one then.
    open(path)
        .or_else(|_| open(Path::new("/dev/tty")))
        .map_err(|error| anyhow::anyhow!("the terminal {} cannot be opened: {error}", path.display()))
}

/// Throws away what the terminal has not taken yet, then puts it back as it was.
fn restore(taken: &Taken) {
    // What fails here has nobody to report to: the terminal may be gone.
    let _ = tcflush(&taken.tty, QueueSelector::OFlush);
    let _ = (&taken.tty).write_all(LEAVE);
    let _ = crossterm::terminal::disable_raw_mode();
}

fn taken() -> std::sync::MutexGuard<'static, Option<Taken>> {
    TAKEN.lock().unwrap_or_else(PoisonError::into_inner)
}

fn ignore_full_queue(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(()),
        other => other,
    }
}

/// While the terminal is ours, a panic of the thread that draws gives it back before the message is printed; a panic
/// elsewhere prints nothing over the screen, since its runner reports it.
fn restore_on_panic() {
    let before = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        let elsewhere = match &*taken() {
            Some(taken) if taken.owner == thread::current().id() => {
                restore(taken);
                false
            }
            Some(_) => true,
            None => false,
        };
        if !elsewhere {
            before(info);
        }
    }));
}

/// Columns and rows of the terminal now. One that does not know its size is taken for the classic 80 by 24.
pub fn size() -> (u16, u16) {
    match rustix::termios::tcgetwinsize(io::stdout()) {
        Ok(size) if size.ws_col > 0 && size.ws_row > 0 => (size.ws_col, size.ws_row),
        _ => (80, 24),
    }
}
