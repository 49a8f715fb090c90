//! Runs the real program in a real pseudo-terminal, with a small vocabulary: type, wait for text, resize, stall, signal, end.

use std::fmt::Write as _;
use std::io::{Read, Write};
use std::num::NonZero;
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

/// Longer than anything here takes on a busy machine; reaching it is a failure.
const PATIENCE: Duration = Duration::from_secs(90);

/// How long children may take to hear that the program is gone, on a machine that is busy.
const TO_END: Duration = Duration::from_secs(10);

/// The name of the variable that marks every process that a session starts.
const MARK: &str = "FANOUT_TEST_SESSION";

/// The dashboard in a pseudo-terminal.
pub(crate) struct Session {
    master: Box<dyn MasterPty + Send>,
    keyboard: Box<dyn Write + Send>,
    child: Box<dyn Child + Send + Sync>,
    shared: Arc<Shared>,
    /// Its temporary folder, so that what it leaves there is seen.
    temporary: TempDir,
    /// The folder it is started in, where a person may save files.
    folder: TempDir,
    line_settings: String,
}

struct Shared {
    display: Mutex<Display>,
    changed: Condvar,
}

struct Display {
    emulator: vt100::Parser<Acts>,
    bytes: u64,
    stalled: bool,
    closed: bool,
}

/// What the terminal was made to do beside showing text.
#[derive(Default)]
struct Acts(Vec<&'static str>);

impl vt100::Callbacks for Acts {
    fn audible_bell(&mut self, _: &mut vt100::Screen) {
        self.0.push("bell");
    }

    fn visual_bell(&mut self, _: &mut vt100::Screen) {
        self.0.push("visual bell");
    }

    fn resize(&mut self, _: &mut vt100::Screen, _: (u16, u16)) {
        self.0.push("resize");
    }

    fn set_window_icon_name(&mut self, _: &mut vt100::Screen, _: &[u8]) {
        self.0.push("icon name");
    }

    fn set_window_title(&mut self, _: &mut vt100::Screen, _: &[u8]) {
        self.0.push("title");
    }

    fn copy_to_clipboard(&mut self, _: &mut vt100::Screen, _: &[u8], _: &[u8]) {
        self.0.push("clipboard");
    }

    fn paste_from_clipboard(&mut self, _: &mut vt100::Screen, _: &[u8]) {
        self.0.push("paste");
    }
}

/// What stands in a cell, and how it looks. Of a blank that is only what is behind it.
fn look(cell: Option<&vt100::Cell>) -> (String, String) {
    let Some(cell) = cell else { return (String::new(), String::new()) };
    let behind = format!("{:?} {} {}", cell.bgcolor(), cell.inverse(), cell.underline());
    match cell.contents() {
        "" | " " => (" ".to_owned(), behind),
        text => (text.to_owned(), format!("{behind} {:?} {} {}", cell.fgcolor(), cell.bold(), cell.italic())),
    }
}

/// Cells as text, with their look where it changes.
fn runs(cells: &[(String, String)]) -> String {
    let (mut text, mut last) = (String::new(), "");
    for (contents, look) in cells {
        if look != last {
            let _ = write!(text, "<{look}>");
            last = look;
        }
        text.push_str(contents);
    }
    text
}

/// How a session ended.
pub(crate) struct Ended {
    /// The program's exit code.
    pub(crate) code: u32,
    /// What differs from before the start: empty when terminal, processes and files are as they were.
    pub(crate) left_behind: String,
    /// What stands on the terminal after the end.
    pub(crate) screen: String,
}

impl Session {
    /// Starts `fanout` with these arguments on a terminal of this size.
    pub(crate) fn start(columns: u16, rows: u16, arguments: &[&str]) -> Self {
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_fanout"));
        command.args(arguments);
        Self::start_command(columns, rows, command)
    }

    /// Starts `fanout` with these arguments and, as its standard input, the output of a shell's command.
    pub(crate) fn start_fed(columns: u16, rows: u16, feed: &str, arguments: &[&str]) -> Self {
        let mut command = CommandBuilder::new("sh");
        command.args(["-c", &format!("{{ {feed}; }} | \"$0\" \"$@\""), env!("CARGO_BIN_EXE_fanout")]);
        command.args(arguments);
        Self::start_command(columns, rows, command)
    }

    fn start_command(columns: u16, rows: u16, mut command: CommandBuilder) -> Self {
        let pair = native_pty_system().openpty(size(columns, rows)).expect("a pseudo-terminal");
        let temporary = tempfile::tempdir().expect("a temporary folder");
        let folder = tempfile::tempdir().expect("a folder");
        command.cwd(folder.path());
        for (name, value) in [("TERM", "xterm-256color"), ("COLORTERM", "truecolor"), ("LANG", "C.UTF-8")] {
            command.env(name, value);
        }
        command.env("TMPDIR", temporary.path());
        // The person has been here before, and has no configuration.
        command.env("XDG_CONFIG_HOME", folder.path());
        std::fs::create_dir(folder.path().join("fanout")).expect("a folder");
        command.env(MARK, temporary.path());
        let line_settings = line_settings(&*pair.master);
        let child = pair.slave.spawn_command(command).expect("the program starts");
        drop(pair.slave);
        let reader = pair.master.try_clone_reader().expect("a reader");
        let cells = |count| NonZero::new(count).expect("a terminal has cells");
        let shared = Arc::new(Shared {
            display: Mutex::new(Display {
                emulator: vt100::Parser::new_with_callbacks(cells(rows), cells(columns), 0, Acts::default()),
                bytes: 0,
                stalled: false,
                closed: false,
            }),
            changed: Condvar::new(),
        });
        let display = Arc::clone(&shared);
        std::thread::spawn(move || display.read(reader));
        let keyboard = pair.master.take_writer().expect("a writer");
        Self { master: pair.master, keyboard, child, shared, temporary, folder, line_settings }
    }

    /// The folder it was started in.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A figure of the program in bytes or a plain count, as the kernel's `status` has it (`VmRSS`, `Threads`).
    pub(crate) fn status(&self, name: &str) -> u64 {
        let text = std::fs::read_to_string(format!("/proc/{}/status", self.pid().as_raw_nonzero())).expect("it runs");
        let line = text.lines().find(|line| line.starts_with(name)).expect("the kernel knows the figure");
        let mut words = line.split_whitespace().skip(1);
        let value: u64 = words.next().and_then(|word| word.parse().ok()).expect("a number");
        if words.next() == Some("kB") { value * 1024 } else { value }
    }

    /// Kills one of its worker processes, if it has one.
    pub(crate) fn kill_a_worker(&self) {
        let pid = self.pid().as_raw_nonzero();
        let tasks = std::fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
        let children = tasks.filter_map(|task| std::fs::read_to_string(task.path().join("children")).ok());
        let all: String = children.collect::<Vec<_>>().join(" ");
        if let Some(child) = all.split_whitespace().next().and_then(|id| id.parse().ok()).and_then(Pid::from_raw) {
            // It may have ended by itself meanwhile.
            let _ = kill_process(child, Signal::KILL);
        }
    }

    /// Sends a mouse event as terminals do (SGR): button code, column and row from 1, pressed or released.
    pub(crate) fn mouse(&mut self, button: u16, column: u16, row: u16, pressed: bool) {
        let end = if pressed { 'M' } else { 'm' };
        self.text(&format!("\x1b[<{button};{column};{row}{end}"));
    }

    /// Types keys, written as fanout writes them and separated by spaces: `s Space Ctrl-P Esc PageDown`.
    pub(crate) fn keys(&mut self, keys: &str) {
        for key in keys.split(' ') {
            self.keyboard.write_all(&bytes_of(key)).expect("the terminal takes keys");
        }
    }

    /// Types text as it is.
    pub(crate) fn text(&mut self, text: &str) {
        self.keyboard.write_all(text.as_bytes()).expect("the terminal takes text");
    }

    /// Waits until the screen has this text.
    pub(crate) fn wait_for(&self, text: &str) {
        self.wait_until(text, |screen| screen.contains(text));
    }

    /// Waits until the screen no longer has this text.
    pub(crate) fn wait_without(&self, text: &str) {
        self.wait_until(&format!("no {text}"), |screen| !screen.contains(text));
    }

    /// Waits until the screen satisfies a condition; `what` names it when it never does.
    pub(crate) fn wait_until(&self, what: &str, mut condition: impl FnMut(&str) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        let mut display = self.display();
        loop {
            let screen = display.emulator.screen().contents();
            if condition(&screen) {
                return;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(!left.is_zero() && !display.closed, "never came: {what}; the screen:\n{screen}");
            display = self.shared.changed.wait_timeout(display, left).expect("no panic while reading").0;
        }
    }

    /// Waits until the program has written nothing for this long.
    pub(crate) fn wait_quiet(&self, quiet: Duration) {
        let deadline = Instant::now() + PATIENCE;
        let mut display = self.display();
        loop {
            let before = display.bytes;
            let (next, waited) = self.shared.changed.wait_timeout(display, quiet).expect("no panic while reading");
            display = next;
            if waited.timed_out() && display.bytes == before {
                return;
            }
            assert!(Instant::now() < deadline, "the program keeps writing");
        }
    }

    /// What is on the screen now.
    pub(crate) fn screen(&self) -> String {
        self.display().emulator.screen().contents()
    }

    /// The rows of the screen, with their colours and all else that can be seen of them.
    pub(crate) fn rows(&self) -> Vec<String> {
        let display = self.display();
        let screen = display.emulator.screen();
        let (rows, columns) = screen.size();
        let row = |row| (0..columns.get()).map(|column| look(screen.cell(row, column))).collect::<Vec<_>>();
        (0..rows.get()).map(|number| runs(&row(number))).collect()
    }

    /// What the terminal was made to do beside showing text, such as ringing its bell.
    pub(crate) fn acts(&self) -> Vec<&'static str> {
        self.display().emulator.callbacks().0.clone()
    }

    /// Each row of the screen with its colours, as the text that draws it.
    pub(crate) fn formatted(&self) -> Vec<String> {
        let display = self.display();
        let screen = display.emulator.screen();
        screen.rows_formatted(0, screen.size().1.get()).collect()
    }

    /// Gives the terminal another size.
    pub(crate) fn resize(&mut self, columns: u16, rows: u16) {
        let cells = |count| NonZero::new(count).expect("a terminal has cells");
        self.display().emulator.screen_mut().set_size(cells(rows), cells(columns));
        self.master.resize(size(columns, rows)).expect("the size changes");
    }

    /// The terminal stops reading what the program writes.
    pub(crate) fn stall(&self) {
        self.display().stalled = true;
    }

    /// The terminal reads again.
    pub(crate) fn go_on(&self) {
        self.display().stalled = false;
        self.shared.changed.notify_all();
    }

    /// Sends the program a signal.
    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(self.pid(), signal).expect("the program is there");
    }

    /// Waits until the kernel says that the program is in this state (`T`: stopped).
    pub(crate) fn wait_state(&self, state: char) {
        let deadline = Instant::now() + PATIENCE;
        let path = format!("/proc/{}/stat", self.pid().as_raw_nonzero());
        loop {
            let stat = std::fs::read_to_string(&path).expect("the program is there");
            if stat.rsplit_once(") ").is_some_and(|(_, rest)| rest.starts_with(state)) {
                return;
            }
            assert!(Instant::now() < deadline, "never in state {state}: {stat}");
            std::thread::yield_now();
        }
    }

    /// Waits for the program's end, and looks at what it left behind.
    pub(crate) fn end(mut self) -> Ended {
        let deadline = Instant::now() + PATIENCE;
        let status = loop {
            if let Some(status) = self.child.try_wait().expect("the program can be waited for") {
                break status;
            }
            assert!(Instant::now() < deadline, "the program does not end; the screen:\n{}", self.screen());
            std::thread::yield_now();
        };
        self.go_on();
        let mut display = self.display();
        while !display.closed {
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "the terminal stays open: something still holds it");
            display = self.shared.changed.wait_timeout(display, left).expect("no panic while reading").0;
        }
        let mut left_behind = String::new();
        let screen = display.emulator.screen();
        for (wrong, what) in [
            (screen.alternate_screen(), "the alternate screen"),
            (screen.hide_cursor(), "a hidden cursor"),
            (screen.bracketed_paste(), "bracketed paste"),
            (screen.mouse_protocol_mode() != vt100::MouseProtocolMode::None, "mouse reports"),
            (line_settings(&*self.master) != self.line_settings, "changed line settings"),
        ] {
            if wrong {
                let _ = writeln!(left_behind, "{what}");
            }
        }
        for name in std::fs::read_dir(self.temporary.path()).expect("the folder is there").flatten() {
            let _ = writeln!(left_behind, "the file {}", name.path().display());
        }
        for process in processes_of(self.temporary.path()) {
            let _ = writeln!(left_behind, "the process {process}");
        }
        Ended { code: status.exit_code(), left_behind, screen: screen.contents() }
    }

    fn pid(&self) -> Pid {
        let id = self.child.process_id().expect("the program has an id");
        Pid::from_raw(id.cast_signed()).expect("an id is not zero")
    }

    fn display(&self) -> MutexGuard<'_, Display> {
        self.shared.display.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let _ = self.child.kill();
        self.go_on();
    }
}

impl Ended {
    /// The program ended with this code, and everything is as it was before.
    pub(crate) fn cleanly_with(&self, code: u32) {
        assert_eq!(self.code, code, "exit code; the terminal says:\n{}", self.screen);
        assert_eq!(self.left_behind, "", "left behind; the terminal says:\n{}", self.screen);
    }
}

impl Shared {
    fn read(&self, mut reader: Box<dyn Read + Send>) {
        let mut chunk = [0; 1 << 14];
        loop {
            let display = self.display.lock().unwrap_or_else(PoisonError::into_inner);
            drop(self.changed.wait_while(display, |display| display.stalled).expect("no panic elsewhere"));
            let count = reader.read(&mut chunk).unwrap_or(0);
            let mut display = self.display.lock().unwrap_or_else(PoisonError::into_inner);
            display.emulator.process(&chunk[..count]);
            display.bytes += count as u64;
            display.closed = count == 0;
            self.changed.notify_all();
            if count == 0 {
                return;
            }
        }
    }
}

/// Processes that carry this session's mark, once those that are about to end have had time to.
fn processes_of(mark: &Path) -> Vec<String> {
    let deadline = Instant::now() + TO_END;
    let wanted = format!("{MARK}={}", mark.display());
    loop {
        let found: Vec<String> = std::fs::read_dir("/proc")
            .into_iter()
            .flatten()
            .flatten()
            .filter(|entry| {
                std::fs::read(entry.path().join("environ"))
                    .is_ok_and(|environ| environ.split(|byte| *byte == 0).any(|variable| variable == wanted.as_bytes()))
            })
            .map(|entry| {
                let line = std::fs::read_to_string(entry.path().join("cmdline")).unwrap_or_default();
                format!("{}: {}", entry.file_name().display(), line.replace('\0', " "))
            })
            .collect();
        if found.is_empty() || Instant::now() >= deadline {
            return found;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// The line settings of the terminal, as text to compare.
fn line_settings(master: &dyn MasterPty) -> String {
    format!("{:?}", master.get_termios().expect("a terminal has line settings"))
}

fn size(columns: u16, rows: u16) -> PtySize {
    PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 }
}

/// What a terminal sends for a key.
fn bytes_of(key: &str) -> Vec<u8> {
    match key {
        "Enter" => b"\r".to_vec(),
        "Esc" => b"\x1b".to_vec(),
        "Tab" => b"\t".to_vec(),
        "Shift-Tab" => b"\x1b[Z".to_vec(),
        "Space" => b" ".to_vec(),
        "Backspace" => b"\x7f".to_vec(),
        "Up" => b"\x1b[A".to_vec(),
        "Down" => b"\x1b[B".to_vec(),
        "Right" => b"\x1b[C".to_vec(),
        "Left" => b"\x1b[D".to_vec(),
        "Home" => b"\x1b[H".to_vec(),
        "End" => b"\x1b[F".to_vec(),
        "PageUp" => b"\x1b[5~".to_vec(),
        "PageDown" => b"\x1b[6~".to_vec(),
        _ => match key.strip_prefix("Ctrl-").and_then(|letter| letter.bytes().next()) {
            Some(letter) => vec![letter.to_ascii_uppercase() & 0x1f],
            None => key.as_bytes().to_vec(),
        },
    }
}
