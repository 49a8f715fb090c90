//! Two works of `tail`: to pass files on to a pipe, and to follow one.

use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Read, Write};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use tempfile::TempDir;

use super::program::Running;

/// Files that are passed on, and bytes in each.
const FILES: usize = 4;
const BYTES: usize = 64 << 20;

/// Lines that are appended, one at a time, and the pause before each.
const LINES: usize = 300;
const PAUSE: Duration = Duration::from_millis(5);

/// Files of lines, removed when this goes out of scope.
#[derive(Debug)]
pub struct Files {
    _folder: TempDir,
    /// Where they are.
    pub paths: Vec<PathBuf>,
}

impl Files {
    /// Writes them.
    pub fn write() -> anyhow::Result<Self> {
        let folder = tempfile::Builder::new().prefix("fanout-").tempdir().context("no temporary folder")?;
        let paths: Vec<PathBuf> = (1..=FILES).map(|number| folder.path().join(format!("{number}.log"))).collect();
        for path in &paths {
            let mut out = BufWriter::new(File::create(path)?);
            let (mut written, mut number) = (0, 0);
            while written < BYTES {
                let line = format!("2026-01-01T00:00:00Z INFO request {number} took {} ms\n", number % 997);
                out.write_all(line.as_bytes())?;
                (written, number) = (written + line.len(), number + 1);
            }
            out.flush()?;
        }
        Ok(Self { _folder: folder, paths })
    }
}

/// Seconds until a command has written all these files to a pipe.
pub fn pass_on(command: &mut Command) -> anyhow::Result<f64> {
    let begun = Instant::now();
    let mut running = Running::start(command.stdin(Stdio::null()).stdout(Stdio::piped()))?;
    let mut stdout = running.0.stdout.take().context("its output was asked to be piped")?;
    let (mut buffer, mut total) = (vec![0; 1 << 20], 0);
    loop {
        match stdout.read(&mut buffer)? {
            0 => break,
            count => total += count,
        }
    }
    if total < FILES * BYTES {
        bail!("{total} bytes came of {}", FILES * BYTES);
    }
    Ok(begun.elapsed().as_secs_f64())
}

/// The median, in seconds, from a line's being appended to a file until the command that follows the file has written it.
pub fn follow(command: impl FnOnce(&str) -> Command) -> anyhow::Result<f64> {
    let folder = tempfile::Builder::new().prefix("fanout-").tempdir().context("no temporary folder")?;
    let path = folder.path().join("followed.log");
    let mut file = File::create(&path)?;
    let mut command = command(&path.to_string_lossy());
    let mut running = Running::start(command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()))?;
    let mut stdout = BufReader::new(running.0.stdout.take().context("its output was asked to be piped")?);
    let mut line = String::new();
    let mut times = Vec::with_capacity(LINES);
    for number in 0..LINES {
        thread::sleep(PAUSE);
        let begun = Instant::now();
        writeln!(file, "line {number}")?;
        line.clear();
        stdout.read_line(&mut line)?;
        times.push(begun.elapsed().as_secs_f64());
    }
    times.sort_by(f64::total_cmp);
    Ok(times[LINES / 2])
}
