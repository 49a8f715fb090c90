//! The presenter's notes: the tour that runs writes its present step into a small file, and `fanout tour --notes` follows it
//! in a second terminal.
//!
//! The file lies in a private folder of the user's under the temporary directory, one for each tour that runs, and is gone
//! with it. It is replaced whole, so that a reader never sees half of one.

use std::fs;
use std::io::{self, IsTerminal, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::thread::{self, JoinHandle};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, bail};
use crossbeam_channel::{RecvTimeoutError, Sender, bounded};
use notify::{RecursiveMode, Watcher};
use serde::{Deserialize, Serialize};

use super::player::Player;
use crate::labs::headless::{Failure, Interrupt};
use crate::ui::safe_text;
use crate::ui::wrap::wrapped;

/// How long a tour takes at most, in seconds: what the clock runs towards.
const WHOLE: u64 = 180;

/// How often the clock moves.
const TICK: Duration = Duration::from_secs(1);

/// Steps that may wait to be written: people turn pages slower than that.
const WAITING: usize = 64;

/// What a second terminal shows of a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    /// The tour's title.
    pub tour: String,
    /// The step's number, from 1.
    pub number: usize,
    /// Of how many.
    pub of: usize,
    /// The step's title.
    pub title: String,
    /// What the presenter reads, a paragraph each.
    pub notes: Vec<String>,
    /// The title of the next step.
    pub next: Option<String>,
    /// When the tour began, in seconds since 1970.
    pub begun: u64,
}

impl Page {
    /// The page of the step that a tour is at.
    pub fn of(player: &Player, begun: u64) -> Self {
        let steps = &player.lesson().steps;
        Self {
            tour: player.lesson().title.clone(),
            number: player.number() + 1,
            of: steps.len(),
            title: player.step().title.clone(),
            notes: player.step().notes.clone(),
            next: steps.get(player.number() + 1).map(|step| step.title.clone()),
            begun,
        }
    }

    /// The page as lines of so many columns, with a clock.
    fn lines(&self, columns: usize, now: u64) -> Vec<String> {
        let clock = |seconds: u64| format!("{}:{:02}", seconds / 60, seconds % 60);
        let mut lines = vec![
            self.tour.clone(),
            format!("{} of {}", clock(now.saturating_sub(self.begun)), clock(WHOLE)),
            String::new(),
            format!("{}/{}  {}", self.number, self.of, self.title),
            String::new(),
        ];
        for note in &self.notes {
            lines.extend(wrapped(note, columns));
            lines.push(String::new());
        }
        lines.push(self.next.as_ref().map_or("The last step.".to_owned(), |next| format!("Next: {next}")));
        lines.iter().map(|line| safe_text::visible(line, columns).0).collect()
    }
}

/// Seconds since 1970.
pub fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// Where a running tour leaves its pages; a thread writes them. The file goes with it.
#[derive(Debug)]
pub struct Board {
    pages: Option<Sender<Page>>,
    writer: Option<JoinHandle<()>>,
}

impl Board {
    /// A board in the user's folder.
    pub fn put_up() -> anyhow::Result<Self> {
        Self::in_folder(folder()?)
    }

    fn in_folder(folder: PathBuf) -> anyhow::Result<Self> {
        let (pages, waiting) = bounded::<Page>(WAITING);
        let writer = thread::Builder::new().name("tour-notes".to_owned()).spawn(move || {
            let file = folder.join(format!("{}.json", std::process::id()));
            for page in waiting {
                // A full disk costs the second terminal its notes, and the tour nothing.
                let _ = replace(&file, &page);
            }
            let _ = fs::remove_file(&file);
            // Another tour may still have its file there.
            let _ = fs::remove_dir(&folder);
        })?;
        Ok(Self { pages: Some(pages), writer: Some(writer) })
    }

    /// Shows a page. Never blocks.
    pub fn show(&self, page: Page) {
        if let Some(pages) = &self.pages {
            let _ = pages.try_send(page);
        }
    }
}

impl Drop for Board {
    fn drop(&mut self) {
        self.pages = None;
        if let Some(writer) = self.writer.take() {
            let _ = writer.join();
        }
    }
}

fn replace(file: &Path, page: &Page) -> io::Result<()> {
    let new = file.with_extension("new");
    fs::write(&new, serde_json::to_vec(page)?)?;
    fs::rename(&new, file)
}

/// The user's own folder for the pages of running tours, made if it is not there. A folder of that name that others could
/// have put there, or could write to, is refused.
fn folder() -> anyhow::Result<PathBuf> {
    let user = rustix::process::getuid().as_raw();
    let folder = std::env::temp_dir().join(format!("fanout-tours-{user}"));
    let made = fs::DirBuilder::new().mode(0o700).create(&folder);
    if let Err(error) = made
        && error.kind() != io::ErrorKind::AlreadyExists
    {
        return Err(error).with_context(|| format!("{}: cannot be made", folder.display()));
    }
    let there = fs::symlink_metadata(&folder)?;
    if !there.is_dir() || there.uid() != user || there.mode() & 0o077 != 0 {
        bail!("{}: is not a private folder of yours; remove it", folder.display());
    }
    Ok(folder)
}

/// The page that was written last.
fn newest(folder: &Path) -> Option<Page> {
    let files = fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path());
    let pages = files.filter(|path| path.extension().is_some_and(|ending| ending == "json"));
    let path = pages.max_by_key(|path| fs::metadata(path).and_then(|about| about.modified()).ok())?;
    serde_json::from_slice(&fs::read(path).ok()?).ok()
}

/// Follows the tour that runs, until it ends. Before it has begun, waits for it.
pub fn follow() -> Result<(), Failure> {
    let interrupt = Interrupt::watch();
    let folder = folder()?;
    let (changes_in, changes) = bounded(1);
    let mut watcher = notify::recommended_watcher(move |_: notify::Result<notify::Event>| {
        // One change that waits stands for all.
        let _ = changes_in.try_send(());
    })
    .context("the notes cannot be followed")?;
    watcher.watch(&folder, RecursiveMode::NonRecursive).context("the notes cannot be followed")?;
    let stop = interrupt.token();
    let screen = io::stdout().is_terminal();
    let mut shown: Option<Page> = None;
    if newest(&folder).is_none() {
        eprintln!("waiting for a tour: fanout tour 59 begins one, in another terminal");
    }
    while !stop.is_cancelled() {
        match (newest(&folder), &shown) {
            (Some(page), _) => {
                if screen || shown.as_ref() != Some(&page) {
                    write_page(&page, screen)?;
                }
                shown = Some(page);
            }
            (None, Some(_)) => {
                eprintln!("the tour has ended");
                return Ok(());
            }
            (None, None) => {}
        }
        match changes.recv_timeout(TICK) {
            Ok(()) | Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => bail_unfollowed()?,
        }
    }
    // Whoever waited for a tour that never came leaves no folder behind.
    let _ = fs::remove_dir(&folder);
    interrupt.check()
}

fn bail_unfollowed() -> Result<(), Failure> {
    Err(Failure::Failed(anyhow::anyhow!("the folder of the notes is not watched any more")))
}

fn write_page(page: &Page, screen: bool) -> io::Result<()> {
    let columns = if screen { terminal_columns() } else { 78 };
    let mut out = io::stdout().lock();
    if screen {
        // Home, and clear from there on: ECMA-48 CUP and ED.
        write!(out, "\x1b[H\x1b[J")?;
    }
    for line in page.lines(columns, now()) {
        writeln!(out, "{line}")?;
    }
    if !screen {
        writeln!(out)?;
    }
    out.flush()
}

fn terminal_columns() -> usize {
    rustix::termios::tcgetwinsize(io::stdout()).map_or(78, |size| usize::from(size.ws_col).clamp(20, 100))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(number: usize) -> Page {
        Page {
            tour: "Item 64".to_owned(),
            number,
            of: 3,
            title: "First".to_owned(),
            notes: vec!["Say this \x1b[31m slowly to them.".to_owned()],
            next: (number < 3).then(|| "Second".to_owned()),
            begun: 100,
        }
    }

    #[test]
    fn a_board_shows_its_last_page_and_leaves_nothing() {
        let temporary = tempfile::tempdir().unwrap();
        let folder = temporary.path().join("private");
        fs::create_dir(&folder).unwrap();
        let board = Board::in_folder(folder.clone()).unwrap();
        board.show(page(1));
        board.show(page(2));
        while newest(&folder) != Some(page(2)) {
            thread::yield_now();
        }
        drop(board);
        assert!(!folder.exists());
    }

    #[test]
    fn a_page_has_a_clock_the_notes_and_what_comes_next() {
        let lines = page(1).lines(20, 175);
        let wanted =
            ["Item 64", "1:15 of 3:00", "", "1/3  First", "", "Say this ␛[31m", "slowly to them.", "", "Next: Second"];
        assert_eq!(lines, wanted);
        assert_eq!(page(3).lines(20, 100).last().unwrap(), "The last step.");
    }
}
