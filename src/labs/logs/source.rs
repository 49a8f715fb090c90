//! One followed name: the file behind it now, those that had the name before and are not quiet yet, and what is read next.

use std::collections::VecDeque;
use std::fmt;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::labs::logs::descriptors;
use crate::labs::logs::generations::{Earlier, Past};
use crate::labs::logs::identity::Identity;
use crate::labs::logs::open_file::{Buffer, Found, Looked, Most, OpenFile};
use crate::labs::logs::progress::Progress;

/// A file that lost its name is read until it has been quiet for so long after the new one appeared: writers go on in the
/// renamed file for a while, and some say farewell there.
pub const HOLD: Duration = Duration::from_secs(2);

/// How often a file whose name went to another is looked at: no event of its old folder tells of it once it is elsewhere.
const OLD_LOOKS: Duration = Duration::from_millis(50);

/// How often a file is looked at that lost its name while no other has taken it.
const ORPHAN_LOOKS: Duration = Duration::from_millis(250);

/// Files without their name that one source keeps open at most; past it the oldest that is read to its end is let go.
const MOST_OLD: usize = 64;

/// How often a file is opened at most until the name was its own all the while.
const MOST_OPENS: usize = 50;

/// Where reading begins in a file that is there at the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Begin {
    /// At its beginning.
    All,
    /// At the last so many lines.
    Last(u64),
    /// At the last so many lines, going back so many bytes at most: for the pane, which opens a file of any size at once.
    LastWithin(u64, u64),
}

/// Something that happened to a followed file, said once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Note {
    /// A new file stands behind the name; the one before is read to its end first.
    Rotated,
    /// The file was written anew; so many bytes that had been seen in it were lost.
    Truncated {
        /// Bytes known lost: the file may have held more that nobody saw.
        lost: u64,
    },
    /// The file has begun to match a glob.
    Joined,
    /// Nothing stands behind the name.
    Gone,
    /// The file is there and cannot be read, and why.
    CannotOpen(String),
    /// The file appeared, or can be read again.
    Appeared,
    /// The command has ended, and how.
    Ended(String),
    /// The command is started again after this pause.
    StartsAgain(Duration),
    /// Standard input has ended.
    Over,
    /// The merged file cannot be written any more, and why.
    MergeFailed(String),
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rotated => f.write_str("another file has the name now; the old one is read to its end first"),
            Self::Truncated { lost: 0 } => f.write_str("written anew in place; read from its beginning"),
            Self::Truncated { lost } => {
                write!(f, "written anew in place; {lost} bytes of an unfinished line are lost; read from its beginning")
            }
            Self::Joined => f.write_str("a new match; following it too"),
            Self::Gone => f.write_str("not there; waiting for it"),
            Self::CannotOpen(why) => write!(f, "cannot be read: {why}"),
            Self::Appeared => f.write_str("there it is; following it"),
            Self::Ended(how) => write!(f, "the command ended: {how}"),
            Self::StartsAgain(pause) => write!(f, "the command is started again in {} s", pause.as_secs()),
            Self::Over => f.write_str("it has ended, and all of it was read"),
            Self::MergeFailed(why) => write!(f, "the merged file is given up: {why}"),
        }
    }
}

/// There is no whole line beyond those handed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no new data")]
pub struct NoNewData;

/// Lines that were read, and from which of the source's files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lines {
    /// The part of the buffer.
    pub found: Found,
    identity: Identity,
}

/// A file that has lost its name.
#[derive(Debug)]
struct Old {
    file: OpenFile,
    /// It was read to its end since it lost the name: what stood in it then came before the new file's lines.
    caught_up: bool,
    /// When it last had something new, or lost its name.
    grew: Instant,
    /// When it is to be looked at next, once it has caught up.
    next_look: Instant,
}

/// The file that has the name now, and has its turn after what was there before it.
#[derive(Debug)]
struct Next {
    file: OpenFile,
    /// How far the file before it is to be read first.
    until: u64,
    earlier: Earlier,
}

/// A followed name.
#[derive(Debug)]
pub struct Source {
    path: PathBuf,
    begin: Begin,
    current: Option<OpenFile>,
    next: Option<Next>,
    old: VecDeque<Old>,
    past: Past,
    /// The file with the name has its turn before those without: both get one while both grow.
    current_first: bool,
    /// The name is to be looked up at the next end of file.
    look_up: bool,
    /// Whether the last look-up found something behind the name that can be read.
    present: bool,
    trouble: Option<String>,
    notes: Vec<Note>,
    progress: Arc<Progress>,
}

impl Source {
    /// A name that nothing was opened for yet.
    pub fn new(path: PathBuf, begin: Begin) -> Self {
        Self {
            path,
            begin,
            current: None,
            next: None,
            old: VecDeque::new(),
            past: Past::default(),
            current_first: false,
            look_up: true,
            present: true,
            trouble: None,
            notes: Vec::new(),
            progress: Arc::default(),
        }
    }

    /// A name that has begun to match a glob: what stands behind it is read from its beginning.
    pub fn joined(path: PathBuf) -> Self {
        Self { notes: vec![Note::Joined], ..Self::new(path, Begin::All) }
    }

    /// How far it is read, to be seen while somebody reads.
    pub fn progress(&self) -> &Arc<Progress> {
        &self.progress
    }

    /// The name that is followed.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The name may stand for another file now: it is looked up once what is open has been read.
    pub fn name_may_have_changed(&mut self) {
        self.look_up = true;
    }

    /// Whether this file is one of those that the source reads or has read lately.
    pub fn knows(&self, identity: Identity) -> bool {
        let open =
            self.current.iter().chain(self.next.iter().map(|next| &next.file)).chain(self.old.iter().map(|o| &o.file));
        open.into_iter().any(|file| file.identity == identity) || self.past.knows(identity)
    }

    /// When to look again though no event says so: files without a name are open.
    pub fn due(&self, now: Instant) -> Option<Instant> {
        let orphan = (!self.present && self.current.is_some()).then(|| now + ORPHAN_LOOKS);
        self.old.iter().map(|old| old.next_look).chain(orphan).min()
    }

    /// Whether the name stood for a readable file when it was last looked up.
    pub fn is_open(&self) -> bool {
        self.present && self.current.is_some() && self.trouble.is_none()
    }

    /// What happened since the last call, to be said before the lines that were found after it.
    pub fn take_notes(&mut self) -> Vec<Note> {
        std::mem::take(&mut self.notes)
    }

    /// Reads the next lines: those of files that lost the name first, as far as they stood there before the new one.
    ///
    /// Finds the same again until [`Source::handed_on`] is called with what was found.
    pub fn readline(&mut self, most: Most, now: Instant, buffer: &mut Buffer) -> Result<Lines, NoNewData> {
        loop {
            let current_first = std::mem::take(&mut self.current_first);
            if !current_first && let Some(lines) = self.read_old(most, now, buffer) {
                return Ok(lines);
            }
            if self.all_before_next_is_read() {
                self.switch(now, true);
                continue;
            }
            if let Some(lines) = self.read_current(most, buffer) {
                return Ok(lines);
            }
            if current_first && let Some(lines) = self.read_old(most, now, buffer) {
                return Ok(lines);
            }
            if self.next.is_some() {
                self.switch(now, false);
            } else if std::mem::take(&mut self.look_up) {
                self.look_up_name(buffer);
            } else {
                return Err(NoNewData);
            }
        }
    }

    /// What is left of a line without an end, when nothing more will be read.
    pub fn rest(&mut self, buffer: &mut Buffer) -> Option<Lines> {
        let file = self.current.as_mut()?;
        let Ok(Looked::Found(found)) = file.rest(buffer) else { return None };
        Some(Lines { found, identity: file.identity })
    }

    /// Moves past lines that were handed on.
    pub fn handed_on(&mut self, lines: &Lines, buffer: &Buffer) {
        let mut open = self.current.iter_mut().chain(self.old.iter_mut().map(|old| &mut old.file));
        if let Some(file) = open.find(|file| file.identity == lines.identity) {
            file.handed_on(&lines.found, buffer);
            self.progress.add(lines.found.bytes());
        }
    }

    fn read_old(&mut self, most: Most, now: Instant, buffer: &mut Buffer) -> Option<Lines> {
        let mut place = 0;
        while let Some(old) = self.old.get_mut(place) {
            if old.caught_up && now < old.next_look {
                place += 1;
                continue;
            }
            let identity = old.file.identity;
            let mut looked = old.file.look(most, buffer);
            if let Ok(Looked::Nothing) = looked {
                old.caught_up = true;
                old.next_look = now + OLD_LOOKS;
                if now.duration_since(old.grew) < HOLD && self.old.len() <= MOST_OLD {
                    place += 1;
                    continue;
                }
                looked = self.old[place].file.rest(buffer);
            }
            if let Ok(Looked::Found(found)) = looked {
                let old = &mut self.old[place];
                old.grew = now;
                self.current_first = old.caught_up;
                return Some(Lines { found, identity });
            }
            // Quiet for long enough, or nothing to be read from any more.
            if let Some(old) = self.old.remove(place) {
                self.past.add(&old.file);
            }
        }
        None
    }

    fn read_current(&mut self, most: Most, buffer: &mut Buffer) -> Option<Lines> {
        loop {
            let file = self.current.as_mut()?;
            match file.look(most, buffer) {
                Ok(Looked::Found(found)) => return Some(Lines { found, identity: file.identity }),
                Ok(Looked::Nothing) => return None,
                Ok(Looked::Rewritten { lost }) => {
                    self.past.copies_were_made(std::time::SystemTime::now());
                    self.notes.push(Note::Truncated { lost });
                }
                Err(error) => {
                    self.trouble(&error);
                    return None;
                }
            }
        }
    }

    /// Finds out which file the name stands for, and opens it when it is another one.
    fn look_up_name(&mut self, buffer: &mut Buffer) {
        match self.open_another() {
            Ok(None) => self.is_present(),
            Ok(Some((file, earlier))) => match self.at_its_beginning(file, buffer) {
                Ok(file) => self.found_another(file, earlier),
                Err(error) => self.trouble(&error),
            },
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                if std::mem::replace(&mut self.present, false) {
                    self.notes.push(Note::Gone);
                }
                // What appears from now on is read whole.
                self.begin = Begin::All;
            }
            Err(error) => self.trouble(&error),
        }
    }

    /// Opens the file that the name stands for, when it is not the one known last. With it those that had the name earlier:
    /// no other has had it meanwhile.
    fn open_another(&self) -> io::Result<Option<(OpenFile, Earlier)>> {
        let newest = self.next.as_ref().map(|next| &next.file).or(self.current.as_ref()).map(|file| file.identity);
        let mut opens = 0;
        loop {
            let metadata = fs::metadata(&self.path)?;
            let identity = Identity::of(&metadata);
            if newest == Some(identity) {
                return Ok(None);
            }
            if metadata.is_dir() {
                return Err(io::Error::other("it is a folder"));
            }
            if !metadata.is_file() {
                return Err(io::Error::other("it is not a regular file"));
            }
            let earlier = Earlier::than(identity, &self.path, newest.is_none());
            let file = OpenFile::new(File::open(&self.path)?)?;
            opens += 1;
            if file.identity == identity || opens == MOST_OPENS {
                return Ok(Some((file, earlier)));
            }
        }
    }

    /// Where reading starts in a file that is opened now: one that had the name before goes on where it was.
    fn at_its_beginning(&mut self, mut file: OpenFile, buffer: &mut Buffer) -> io::Result<OpenFile> {
        let begin = std::mem::replace(&mut self.begin, Begin::All);
        if let Some(place) = self.old.iter().position(|old| old.file.identity == file.identity)
            && let Some(old) = self.old.remove(place)
        {
            return Ok(old.file);
        }
        match (self.past.given(file.identity), begin) {
            (Some(given), _) if given <= file.size()? => file.go_to(given)?,
            (_, Begin::All) => {}
            (_, Begin::Last(lines)) => file.skip_to_last(lines, u64::MAX, buffer)?,
            (_, Begin::LastWithin(lines, bytes)) => file.skip_to_last(lines, bytes, buffer)?,
        }
        Ok(file)
    }

    fn found_another(&mut self, file: OpenFile, earlier: Earlier) {
        // What stands in the old file now came before what is in the new one.
        let until = self.current.as_ref().map_or(0, |current| current.size().unwrap_or(0));
        if self.current.is_some() {
            self.notes.push(Note::Rotated);
            self.present = true;
            self.trouble = None;
        } else {
            self.is_present();
        }
        self.next = Some(Next { file, until, earlier });
    }

    fn all_before_next_is_read(&self) -> bool {
        let Some(next) = &self.next else { return false };
        self.current.as_ref().is_none_or(|current| current.scanned() >= next.until)
    }

    /// The new file's turn: the old one keeps being read until it is quiet.
    fn switch(&mut self, now: Instant, caught_up: bool) {
        let Some(Next { file: next, earlier, .. }) = self.next.take() else { return };
        if let Some(current) = self.current.take() {
            let between = self.past.between(&self.path, &current, &next, &earlier);
            self.past.add(&current);
            self.old.push_back(Old { file: current, caught_up, grew: now, next_look: now });
            for file in between {
                self.past.add(&file);
                self.old.push_back(Old { file, caught_up: false, grew: now, next_look: now });
            }
        }
        self.past.goes_on_from(earlier);
        self.progress.reads(next.place());
        self.current = Some(next);
    }

    fn is_present(&mut self) {
        if !self.present || self.trouble.is_some() {
            self.notes.push(Note::Appeared);
        }
        self.present = true;
        self.trouble = None;
    }

    fn trouble(&mut self, error: &io::Error) {
        let why = match error.raw_os_error() {
            Some(code) if code == rustix::io::Errno::MFILE.raw_os_error() => descriptors::ran_out(),
            _ => error.to_string(),
        };
        if self.trouble.as_ref() != Some(&why) {
            self.notes.push(Note::CannotOpen(why.clone()));
            self.trouble = Some(why);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    /// From the first file that was found under the name on, each is read once and in order, however fast they change.
    #[test]
    fn a_name_that_goes_from_file_to_file_while_it_is_first_looked_up() {
        const FILES: usize = 20;
        for _ in 0..200 {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("a.log");
            let mut source = Source::new(path.clone(), Begin::All);
            let writer = thread::spawn(move || {
                for n in 0..FILES {
                    fs::write(&path, format!("{n}\n")).unwrap();
                    if n + 1 < FILES {
                        fs::rename(&path, path.with_extension(format!("log.{}", FILES - n))).unwrap();
                    }
                }
            });
            let mut buffer = Buffer::default();
            let mut got: Vec<usize> = Vec::new();
            let deadline = Instant::now() + Duration::from_secs(30);
            while got.last() != Some(&(FILES - 1)) {
                assert!(Instant::now() < deadline, "{got:?}");
                source.name_may_have_changed();
                while let Ok(lines) = source.readline(Most::Lines, Instant::now(), &mut buffer) {
                    let text = String::from_utf8(buffer.bytes(&lines.found).to_vec()).unwrap();
                    got.extend(text.lines().map(|line| line.parse::<usize>().unwrap()));
                    source.handed_on(&lines, &buffer);
                }
            }
            writer.join().unwrap();
            assert_eq!(got, (got[0]..FILES).collect::<Vec<_>>());
        }
    }
}
