//! The merged file: every line of every origin once, whole, in each origin's order.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::labs::logs::open_file::Ends;
use crate::labs::logs::turns::Turns;

/// A file that all lines are written to. When that fails it is closed, and reading goes on.
#[derive(Debug)]
pub struct Merged {
    path: PathBuf,
    file: Turns<Option<File>>,
}

impl Merged {
    /// Begins the file anew.
    pub fn create(path: &Path) -> io::Result<Self> {
        let file = File::create(path)?;
        let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        Ok(Self { path, file: Turns::new(Some(file)) })
    }

    /// The file's path without links, by which it can be told from those that are followed.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes whole lines, or a piece of one. The error comes once: nothing is written after it.
    pub fn write(&self, origin: usize, bytes: &[u8], ends: Ends) -> io::Result<()> {
        self.file.take(origin, ends, |file| {
            let Some(open) = file else { return Ok(()) };
            let end: &[u8] = if ends == Ends::Cut { b"\n" } else { b"" };
            let result = open.write_all(bytes).and_then(|()| open.write_all(end));
            if result.is_err() {
                *file = None;
            }
            result.map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", self.path.display())))
        })
    }

    /// The rest of this origin's long line is lost: it ends here.
    pub fn cut(&self, origin: usize) {
        self.file.cut(origin, |file| {
            // A file that cannot be written has said so, or will with the next line.
            let _ = file.as_mut().map(|file| file.write_all(b"\n"));
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_written_and_a_full_disk_is_said_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("all.log");
        let merged = Merged::create(&path).unwrap();
        merged.write(0, b"one\n", Ends::Whole).unwrap();
        merged.write(1, b"cut", Ends::Cut).unwrap();
        merged.write(1, b"long", Ends::GoesOn).unwrap();
        merged.cut(1);
        assert_eq!(fs::read_to_string(&path).unwrap(), "one\ncut\nlong\n");
        if let Ok(full) = Merged::create(Path::new("/dev/full")) {
            assert!(full.write(0, b"x\n", Ends::Whole).unwrap_err().to_string().contains("/dev/full"));
            assert!(full.write(0, b"x\n", Ends::Whole).is_ok());
        }
    }
}
