//! The files that had a followed name before: those already read, and those whose whole life under the name nobody saw.

use std::cmp::Reverse;
use std::collections::VecDeque;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::time::SystemTime;

use crate::labs::logs::identity::Identity;
use crate::labs::logs::open_file::OpenFile;

/// Files that are remembered after they were let go.
const REMEMBERED: usize = 64;

/// So many first bytes tell a copy of a file from another one.
const HEAD: usize = 4096;

/// What is remembered of the files that had the name.
#[derive(Debug, Default)]
pub struct Past {
    read: VecDeque<Remembered>,
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
    /// Remembers a file, and how far it was read.
    pub fn add(&mut self, file: &OpenFile) {
        self.read.retain(|known| known.identity != file.identity);
        if self.read.len() == REMEMBERED {
            self.read.pop_front();
        }
        let head = file.head(HEAD).unwrap_or_default();
        self.read.push_back(Remembered { identity: file.identity, given: file.given(), head });
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
    /// They are told by their names (`app.log.1`, `app.log-20261124`, `app-2.log`), by their birth between the two, and by
    /// their first bytes, which differ from those of every file known: a copy is not read twice. A file system that keeps no
    /// births shows none.
    pub fn between(&self, path: &Path, before: &OpenFile, after: &OpenFile) -> Vec<OpenFile> {
        let (Some(from), Some(to), Some(name)) = (before.identity.born, after.identity.born, path.file_name()) else {
            return Vec::new();
        };
        // Births are as coarse as the kernel's tick. What is born in the same tick as the first file that was ever opened
        // was there before the following began.
        let earliest = |born: SystemTime| if self.read.is_empty() { born > from } else { born >= from };
        let folder = match path.parent() {
            Some(parent) if parent != Path::new("") => parent,
            _ => Path::new("."),
        };
        let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
        let heads: Vec<Vec<u8>> = [before, after].iter().filter_map(|file| file.head(HEAD).ok()).collect();
        let mut found: Vec<_> = entries
            .flatten()
            .filter(|entry| is_rotated_name(name, &entry.file_name()))
            .filter_map(|entry| {
                let metadata = entry.metadata().ok().filter(fs::Metadata::is_file)?;
                let identity = Identity::of(&metadata);
                let born = identity.born?;
                let open = [before.identity, after.identity].contains(&identity);
                let in_time = earliest(born) && born <= to && self.copies_until.is_none_or(|until| born > until);
                if open || self.knows(identity) || !in_time {
                    return None;
                }
                let file = OpenFile::new(File::open(entry.path()).ok()?).ok()?;
                let head = file.head(HEAD).ok()?;
                let known = self.read.iter().map(|known| &known.head).chain(&heads);
                let copy = known.into_iter().any(|other| same_beginning(other, &head));
                // Within one tick of the clock the higher number is the older file.
                let age = (born, metadata.modified().ok()?, Reverse(rotation_number(&entry.file_name())));
                (file.identity == identity && !copy).then_some((age, file))
            })
            .collect();
        found.sort_by_key(|(age, _)| *age);
        found.into_iter().map(|(_, file)| file).collect()
    }
}

fn same_beginning(one: &[u8], other: &[u8]) -> bool {
    let length = one.len().min(other.len());
    length > 0 && one[..length] == other[..length]
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
