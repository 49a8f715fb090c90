//! Commands whose output is followed: how the logs of other machines and of services come in.

use std::io::{self, ErrorKind};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};

use crate::labs::logs::open_file::Ends;
use crate::labs::logs::sink::{Closed, Origin, Sink};
use crate::labs::logs::source::Note;
use crate::labs::logs::stop::Stop;
use crate::labs::logs::stream::read_stream;

/// The first pause before a command is started again; each further one is twice as long, up to the longest.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_mins(1);

/// The commands that run. When this is dropped, they and what they have started are ended.
#[derive(Debug, Default)]
pub struct Commands {
    running: Arc<Mutex<Vec<Pid>>>,
    stop: Stop,
}

/// Where a command's standard error goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Errors {
    /// To ours.
    Inherited,
    /// Nowhere: a screen is up.
    Dropped,
}

impl Commands {
    /// Runs a command by the shell on a thread of its own, and hands on its lines. Its end is said; it is started again,
    /// after growing pauses, if `restart` says so. `ended` is called after the last end.
    pub fn start(
        &self,
        origin: Arc<Origin>,
        restart: bool,
        errors: Errors,
        sink: Arc<dyn Sink>,
        ended: impl FnOnce() + Send + 'static,
    ) -> io::Result<()> {
        let (running, stop) = (Arc::clone(&self.running), self.stop.clone());
        let work = move || {
            let mut pause = FIRST_PAUSE;
            loop {
                let lines = run(&origin, errors, &running, &stop, &*sink);
                if !restart || stop.is_set() {
                    break;
                }
                pause = if lines { FIRST_PAUSE } else { (pause * 2).min(LONGEST_PAUSE) };
                sink.note(&origin, Note::StartsAgain(pause));
                if stop.wait(pause) {
                    break;
                }
            }
            ended();
        };
        thread::Builder::new().name("logs-exec".to_owned()).spawn(work).map(drop)
    }
}

impl Drop for Commands {
    fn drop(&mut self) {
        self.stop.set();
        for group in lock(&self.running).iter() {
            // One that has ended meanwhile needs no signal.
            let _ = kill_process_group(*group, Signal::TERM);
        }
    }
}

/// Runs the command once; whether it gave any line.
fn run(origin: &Origin, errors: Errors, running: &Mutex<Vec<Pid>>, stop: &Stop, sink: &dyn Sink) -> bool {
    let mut command = Command::new("sh");
    command.args(["-c", &origin.name]).stdin(Stdio::null()).stdout(Stdio::piped()).process_group(0);
    if errors == Errors::Dropped {
        command.stderr(Stdio::null());
    }
    let mut child = {
        // Whoever ends the commands sees this one too, or it sees the end.
        let mut running = lock(running);
        if stop.is_set() {
            return false;
        }
        match command.spawn() {
            Ok(child) => {
                running.push(Pid::from_child(&child));
                child
            }
            Err(error) => {
                sink.note(origin, Note::CannotOpen(error.to_string()));
                return false;
            }
        }
    };
    let counted = Counted { sink, lines: Mutex::new(false) };
    let read = child.stdout.take().map(|output| read_stream(output, origin, &counted));
    if let Some(Ok(Err(error))) = read {
        sink.note(origin, Note::CannotOpen(error.to_string()));
    }
    let how = end(&mut child);
    lock(running).retain(|group| *group != Pid::from_child(&child));
    if !stop.is_set() {
        sink.note(origin, Note::Ended(how));
    }
    *lock(&counted.lines)
}

/// Waits for the end of a command whose output has ended, or which nobody listens to any more.
fn end(child: &mut Child) -> String {
    let status = loop {
        match child.wait() {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            status => break status,
        }
    };
    status.map_or_else(|error| error.to_string(), |status| status.to_string())
}

/// A sink that notices whether lines come.
struct Counted<'a> {
    sink: &'a dyn Sink,
    lines: Mutex<bool>,
}

impl Sink for Counted<'_> {
    fn put(&self, from: &Origin, bytes: &[u8], ends: Ends) -> Result<(), Closed> {
        *lock(&self.lines) = true;
        self.sink.put(from, bytes, ends)
    }

    fn note(&self, from: &Origin, note: Note) {
        self.sink.note(from, note);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
