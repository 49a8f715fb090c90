//! The programs on both sides, as child processes.

use std::cell::OnceCell;
use std::env;
use std::io::Read;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, bail};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use super::tailing::Files;

/// The children that run now: a signal that ends the program has to end them first.
static RUNNING: Mutex<Vec<Pid>> = Mutex::new(Vec::new());

/// A program to compare with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Peer {
    /// `python3`.
    CPython,
    /// `tail` of the GNU core utilities, or another that knows `-q` and `-F`.
    Tail,
    /// Golly's command line, with the patterns that come with it.
    Bgolly,
}

impl Peer {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::CPython => "CPython",
            Self::Tail => "tail",
            Self::Bgolly => "bgolly",
        }
    }
}

/// The folders in which packages of golly keep their patterns.
const PATTERNS: [&str; 3] =
    ["/usr/share/golly/Patterns", "/usr/local/share/golly/Patterns", "/usr/share/games/golly/Patterns"];

/// The pattern that is compared.
const GALAXY: &str = "HashLife/metapixel-galaxy.mc.gz";

/// What is installed here, and ourselves.
#[derive(Debug)]
pub struct Peers {
    fanout: PathBuf,
    pub(super) python: bool,
    pub(super) tail: bool,
    /// The pattern that bgolly steps.
    pub(super) galaxy: Option<PathBuf>,
    files: OnceCell<Files>,
}

impl Peers {
    /// Looks for them.
    pub fn find() -> anyhow::Result<Self> {
        let is_there = |name: &str| {
            let mut command = Command::new(name);
            // Not all know the flag, and those that do not say so: they are there.
            command.arg("--version").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
            command.status().is_ok()
        };
        let galaxy = PATTERNS.iter().map(|folder| PathBuf::from(folder).join(GALAXY)).find(|path| path.is_file());
        Ok(Self {
            fanout: env::current_exe().context("the program's own file is not known")?,
            python: is_there("python3"),
            tail: is_there("tail"),
            galaxy: galaxy.filter(|_| is_there("bgolly")),
            files: OnceCell::new(),
        })
    }

    /// None at all.
    #[cfg(test)]
    pub(super) fn none() -> Self {
        Self { fanout: PathBuf::new(), python: false, tail: false, galaxy: None, files: OnceCell::new() }
    }

    /// Why this one cannot be compared with, if so.
    pub fn missing(&self, peer: Peer) -> Option<String> {
        match peer {
            Peer::CPython if !self.python => Some("python3 is not on the PATH".to_owned()),
            Peer::Tail if !self.tail => Some("tail is not on the PATH".to_owned()),
            Peer::Bgolly if self.galaxy.is_none() => {
                Some(format!("bgolly is not on the PATH, or {GALAXY} is not in {}", PATTERNS[0]))
            }
            _ => None,
        }
    }

    /// Large files, written when they are first asked for and removed with this.
    pub fn files(&self) -> anyhow::Result<&Files> {
        if self.files.get().is_none() {
            let _ = self.files.set(Files::write()?);
        }
        self.files.get().context("they were written just now")
    }

    /// A command of ours.
    pub fn fanout(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.fanout);
        command.args(arguments).stdin(Stdio::null());
        command
    }

    /// The last line of JSON that a command of ours writes.
    pub fn json(&self, arguments: &[&str]) -> anyhow::Result<Value> {
        let text = output(self.fanout(arguments).args(["--output", "json"]))?;
        let line = text.lines().last().context("it wrote nothing")?;
        serde_json::from_str(line).with_context(|| format!("{line:?} is not JSON"))
    }
}

/// One of our scripts under `CPython`.
pub fn python(script: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new("python3");
    command.args(["-I", "-c", script]).args(arguments).stdin(Stdio::null());
    command
}

/// What a command writes to its standard output. One that fails is an error with what it said.
pub fn output(command: &mut Command) -> anyhow::Result<String> {
    let mut running = Running::start(command.stdout(Stdio::piped()).stderr(Stdio::piped()))?;
    let (mut text, mut words) = (String::new(), String::new());
    // What goes wrong is said in fewer words than a pipe holds.
    running.0.stdout.take().map(|mut stdout| stdout.read_to_string(&mut text)).transpose()?;
    running.0.stderr.take().map(|mut stderr| stderr.read_to_string(&mut words)).transpose()?;
    let status = running.0.wait()?;
    if !status.success() {
        bail!("{} ended with {status}: {}", command.get_program().display(), words.trim());
    }
    Ok(text)
}

/// The number that a command writes.
pub fn figure(command: &mut Command) -> anyhow::Result<f64> {
    let text = output(command)?;
    text.trim().parse().with_context(|| format!("{:?} is not a number", text.trim()))
}

/// A child process that is ended when this goes out of scope.
#[derive(Debug)]
pub struct Running(pub Child);

impl Running {
    /// Starts it.
    pub fn start(command: &mut Command) -> anyhow::Result<Self> {
        let child = command.spawn().with_context(|| format!("{} cannot be run", command.get_program().display()))?;
        running().push(Pid::from_child(&child));
        Ok(Self(child))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        running().retain(|pid| *pid != Pid::from_child(&self.0));
        // It fails when the child has ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Ends the children that run, so that whoever waits for them goes on.
pub fn end_all() {
    for pid in &*running() {
        // One that has ended meanwhile has not been waited for yet, so that its id is still its own.
        let _ = kill_process(*pid, Signal::KILL);
    }
}

fn running() -> std::sync::MutexGuard<'static, Vec<Pid>> {
    RUNNING.lock().unwrap_or_else(PoisonError::into_inner)
}
