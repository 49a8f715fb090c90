//! What a worker does, written to a real file, bounded and rotated: with no files given, the logs lab follows these.

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

/// A file is renamed away and begun anew past this many bytes; one renamed file is kept.
const ROTATE_PAST: u64 = 256 * 1024;

/// One worker's own log file. Errors are kept for whoever asks, and never stop the worker: a full disk costs log lines.
#[derive(Debug)]
pub struct Activity {
    path: PathBuf,
    file: Option<File>,
    bytes: u64,
    begun: Instant,
    failed: Option<String>,
}

impl Activity {
    /// A log named after a lab in this folder.
    pub fn open(folder: &Path, lab: &str) -> Self {
        let path = folder.join(format!("{lab}.log"));
        let mut activity = Self { path, file: None, bytes: 0, begun: Instant::now(), failed: None };
        if let Err(error) = activity.reopen() {
            activity.failed = Some(error.to_string());
        }
        activity
    }

    /// A log that goes nowhere.
    pub fn off() -> Self {
        Self { path: PathBuf::new(), file: None, bytes: 0, begun: Instant::now(), failed: None }
    }

    /// Writes one line: seconds since the start, a level, and the text.
    pub fn line(&mut self, level: Level, text: fmt::Arguments<'_>) {
        if self.file.is_none() {
            return;
        }
        let seconds = self.begun.elapsed().as_secs_f64();
        if let Err(error) = self.write(&format!("{seconds:10.3} {level} {text}\n")) {
            self.failed = Some(error.to_string());
        }
    }

    /// Why the last write failed, if it did.
    pub fn failed(&self) -> Option<&str> {
        self.failed.as_deref()
    }

    fn write(&mut self, line: &str) -> io::Result<()> {
        if self.bytes + line.len() as u64 > ROTATE_PAST {
            fs::rename(&self.path, self.path.with_extension("log.1"))?;
            self.reopen()?;
        }
        if let Some(file) = &mut self.file {
            file.write_all(line.as_bytes())?;
            self.bytes += line.len() as u64;
        }
        Ok(())
    }

    fn reopen(&mut self) -> io::Result<()> {
        self.file = Some(OpenOptions::new().create(true).append(true).open(&self.path)?);
        self.bytes = 0;
        Ok(())
    }
}

/// How much a line matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// As it should be.
    Info,
    /// Not as it should be, and mended.
    Warn,
    /// Something failed.
    Error,
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Info => "INFO ",
            Self::Warn => "WARN ",
            Self::Error => "ERROR",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_is_bounded_by_rotation() {
        let folder = tempfile::tempdir().unwrap();
        let mut activity = Activity::open(folder.path(), "life");
        activity.line(Level::Warn, format_args!("first"));
        assert!(fs::read_to_string(folder.path().join("life.log")).unwrap().ends_with(" WARN  first\n"));
        let long = "x".repeat(1000);
        for _ in 0..600 {
            activity.line(Level::Info, format_args!("{long}"));
        }
        let sizes = ["life.log", "life.log.1"].map(|name| fs::metadata(folder.path().join(name)).unwrap().len());
        assert!(sizes.iter().all(|size| *size <= ROTATE_PAST), "{sizes:?}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
        assert_eq!(activity.failed(), None);
    }
}
