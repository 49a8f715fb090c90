//! The files that had a followed name before: those already read, and those whose whole life under the name nobody saw.

use std::cmp::Reverse;
use std::collections::VecDeque;
use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::time::{Duration, SystemTime};

use crate::labs::logs::identity::Identity;
use crate::labs::logs::open_file::OpenFile;

/// Files that are remembered after they were let go.
const REMEMBERED: usize = 64;

/// Births are at least as fine as this.
const TICK: Duration = Duration::from_millis(50);

/// How often a folder is listed at most until nothing is renamed meanwhile.
const LISTS: usize = 50;

/// So many first bytes tell a copy of a file from another one; those of so many files are kept.
const HEAD: usize = 4096;
const HEADS: usize = 8;

/// What is remembered of the files that had the name.
#[derive(Debug, Default)]
pub struct Past {
    read: VecDeque<Remembered>,
    /// Those that had the name before the file that has it now.
    earlier: Earlier,
    /// Files born before this may be copies that `copytruncate` made.
    copies_until: Option<SystemTime>,
}

#[derive(Debug)]
struct Remembered {
    identity: Identity,
    given: u64,
    head: Vec<u8>,
}

impl Past {
    /// A file has the name from now on, and these had it earlier: none of them comes after it.
    pub fn goes_on_from(&mut self, earlier: Earlier) {
        self.earlier = earlier;
    }

    /// Remembers a file, and how far it was read.
    pub fn add(&mut self, file: &OpenFile) {
        self.read.retain(|known| known.identity != file.identity);
        if self.read.len() == REMEMBERED {
            self.read.pop_front();
        }
        let head = file.head(HEAD).unwrap_or_default();
        self.read.push_back(Remembered { identity: file.identity, given: file.given(), head });
        if let Some(place) = self.read.len().checked_sub(1 + HEADS) {
            self.read[place].head = Vec::new();
        }
    }

    /// Whether this file was read.
    pub fn knows(&self, identity: Identity) -> bool {
        self.read.iter().any(|known| known.identity == identity)
    }

    /// How far this file was read, if it was.
    pub fn given(&self, identity: Identity) -> Option<u64> {
        self.read.iter().find(|known| known.identity == identity).map(|known| known.given)
    }

    /// The file was written anew in place, now: whoever did so may have made copies of it before.
    pub fn copies_were_made(&mut self, now: SystemTime) {
        self.copies_until = Some(now);
    }

    /// The files that had the name between these two, oldest first: two rotations came between two looks.
    ///
    /// They are told by their names (`app.log.1`, `app.log-20261124`, `app-2.log`), by having lost the name `earlier` than
    /// the second got it and not before the first did, by a birth that is not before the first one's, and by their first
    /// bytes, which are not those of a file known: a copy is not read twice. A file system that keeps no births shows none.
    pub fn between(&self, path: &Path, before: &OpenFile, after: &OpenFile, earlier: &Earlier) -> Vec<OpenFile> {
        let (Some(from), Some(name)) = (before.identity.born, path.file_name()) else { return Vec::new() };
        let folder = folder_of(path);
        let last = before.head(HEAD).unwrap_or_default();
        let unread = |rotated: &Rotated| {
            let born = rotated.identity.born?;
            let open = [before.identity, after.identity].contains(&rotated.identity);
            let in_time = earlier.has(rotated.identity) && !self.earlier.has(rotated.identity) && born >= from;
            // A copy is younger than what it is of.
            let may_be_copy = self.copies_until.is_some_and(|until| born <= until);
            if open || !in_time || may_be_copy || self.knows(rotated.identity) {
                return None;
            }
            let file = OpenFile::new(File::open(folder.join(&rotated.name)).ok()?).ok()?;
            let head = file.head(HEAD).ok()?;
            let mut known = self.read.iter().map(|known| &known.head).chain([&last]);
            let copy = known.any(|known| is_beginning(&head, known));
            // Within one tick of the clock the higher number is the older file.
            let age = (born, file.modified().ok()?, Reverse(rotation_number(&rotated.name)));
            (file.identity == rotated.identity && !copy).then_some((age, file))
        };
        let mut found = settled(|| rotated(folder, name), |files| files.iter().filter_map(unread).collect::<Vec<_>>());
        found.sort_by_key(|(age, _)| *age);
        found.into_iter().map(|(_, file)| file).collect()
    }
}

/// The files that had a name before one file got it.
#[derive(Debug)]
pub enum Earlier {
    /// Those born by then; none, where no births are kept.
    Born(Option<SystemTime>),
    /// These, where births do not tell.
    Listed(Vec<Identity>),
}

impl Default for Earlier {
    fn default() -> Self {
        Self::Born(None)
    }
}

impl Earlier {
    /// Those that have lost the name by now, when `file` has it, the first that is opened or another.
    ///
    /// Births are as coarse as the kernel's tick. Of a first file that is older than that, whatever was born when it was, or
    /// before, had the name earlier. Where files come and go within a tick, those that have lost the name are written down.
    pub fn than(file: Identity, path: &Path, first: bool) -> Self {
        let is_older = |born: SystemTime| born.elapsed().is_ok_and(|age| age > TICK);
        match (file.born, path.file_name()) {
            (Some(born), Some(name)) if !(first && is_older(born)) => {
                let identities = |files: &Vec<Rotated>| files.iter().map(|file| file.identity).collect();
                Self::Listed(settled(|| rotated(folder_of(path), name), identities))
            }
            (born, _) => Self::Born(born),
        }
    }

    fn has(&self, file: Identity) -> bool {
        match self {
            Self::Born(by) => file.born <= *by,
            Self::Listed(files) => files.contains(&file),
        }
    }
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|parent| *parent != Path::new("")).unwrap_or(Path::new("."))
}

/// A file that may have had the followed name before.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Rotated {
    name: OsString,
    identity: Identity,
}

/// The files in the folder that may have had this name before, each once.
fn rotated(folder: &Path, name: &OsStr) -> Vec<Rotated> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut files: Vec<Rotated> = entries
        .flatten()
        .filter(|entry| is_rotated_name(name, &entry.file_name()))
        .filter_map(|entry| {
            let metadata = entry.metadata().ok().filter(fs::Metadata::is_file)?;
            Some(Rotated { name: entry.file_name(), identity: Identity::of(&metadata) })
        })
        .collect();
    files.sort();
    files
}

/// What is taken of a list that is the same before and after. While files are renamed a folder's list may have one of them
/// twice or not at all, and the name in it may be another's when it is opened.
fn settled<List: PartialEq, Taken>(mut list: impl FnMut() -> List, take: impl Fn(&List) -> Taken) -> Taken {
    let mut listed = list();
    for _ in 1..LISTS {
        let taken = take(&listed);
        let now = list();
        if now == listed {
            return taken;
        }
        listed = now;
    }
    take(&listed)
}

/// Whether a file that begins like this may be a copy of one that begins like that: it has nothing else, and no more.
fn is_beginning(head: &[u8], known: &[u8]) -> bool {
    !head.is_empty() && known.starts_with(head)
}

/// Whether a file of the name `candidate` may have had the name `name` before: a number or a date was added at its end, or
/// before its extension.
fn is_rotated_name(name: &OsStr, candidate: &OsStr) -> bool {
    let (name, candidate) = (name.as_bytes(), candidate.as_bytes());
    let middle = |begin: &[u8], end: &[u8]| {
        let middle = candidate.strip_prefix(begin)?.strip_suffix(end)?;
        let (separator, rest) = middle.split_first()?;
        b".-_".contains(separator).then(|| rest.to_vec())
    };
    let is_count_or_date = |text: Vec<u8>| {
        matches!(&text[..], b"old" | b"prev")
            || (text.last().is_some_and(u8::is_ascii_digit)
                && text.iter().all(|byte| byte.is_ascii_digit() || b"-_.:T".contains(byte)))
    };
    let at_end = middle(name, b"");
    let before_extension = || {
        let dot = name.iter().rposition(|byte| *byte == b'.')?;
        middle(&name[..dot], &name[dot..])
    };
    at_end.or_else(before_extension).is_some_and(is_count_or_date)
}

/// The number at the end of a rotated file's name, if it is one that counts rotations.
fn rotation_number(name: &OsStr) -> Option<u32> {
    let name = name.to_str()?;
    let digits = name.len() - name.trim_end_matches(|character: char| character.is_ascii_digit()).len();
    name[name.len() - digits..].parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_has_nothing_of_its_own() {
        assert!(is_beginning(b"start\none\n", b"start\none\ntwo\n"));
        assert!(!is_beginning(b"start\nthree\n", b"start\none\n"), "many logs begin alike");
        assert!(!is_beginning(b"start\none\n", b"start\n"), "it goes on where the other one ends");
        assert!(!is_beginning(b"", b"one\n"));
    }

    #[test]
    fn what_came_and_went_between_two_looks_is_found_however_little_stands_in_the_newest() {
        let folder = tempfile::tempdir().unwrap();
        let [path, first, second, third] = ["", ".1", ".2", ".3"].map(|end| folder.path().join(format!("a.log{end}")));
        let open = |path: &Path| OpenFile::new(File::open(path).unwrap()).unwrap();
        fs::write(&third, "start\nlong ago\n").unwrap();
        fs::write(&path, "start\none\n").unwrap();
        let mut past = Past::default();
        let before = open(&path);
        past.goes_on_from(Earlier::than(before.identity, &path, true));
        fs::rename(&path, &second).unwrap();
        fs::write(&path, "start\ntwo\n").unwrap();
        fs::rename(&path, &first).unwrap();
        fs::write(&path, "sta").unwrap();
        let after = open(&path);
        let earlier = Earlier::than(after.identity, &path, false);
        // In the same tick the next one comes, too late to stand between the two.
        fs::rename(&path, path.with_extension("log.0")).unwrap();
        fs::write(&path, "start\nfour\n").unwrap();
        let found = past.between(&path, &before, &after, &earlier);
        let expected: Vec<Identity> = before.identity.born.iter().map(|_| open(&first).identity).collect();
        assert_eq!(found.iter().map(|file| file.identity).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn a_list_is_taken_once_it_stands_still() {
        let mut lists = [vec![1, 1, 2], vec![2, 3], vec![1, 2, 3], vec![1, 2, 3], vec![4]].into_iter();
        assert_eq!(settled(|| lists.next().unwrap(), Vec::len), 3);
        let mut restless = 0..;
        assert_eq!(settled(|| restless.next().unwrap(), |list| *list), LISTS - 1, "it does not wait for ever");
    }

    #[test]
    fn rotated_names_are_told_from_others() {
        let is = |candidate: &str| is_rotated_name(OsStr::new("app.log"), OsStr::new(candidate));
        for yes in
            ["app.log.1", "app.log.12", "app.log-20261124", "app.log.2026-11-24T10:00:01", "app-3.log", "app.log.old"]
        {
            assert!(is(yes), "{yes}");
        }
        for no in ["app.log", "app.log.1.gz", "app.logs.1", "app.log.swp", "other.log.1", "app.log1", "app.log."] {
            assert!(!is(no), "{no}");
        }
    }
}
