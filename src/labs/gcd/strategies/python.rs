//! The real thing: the seed's search under the Python that is installed here, timed inside its own process.
//!
//! Seed item 64, all of it. What it teaches: under `CPython` threads gain nothing and processes do, as the seed says; a
//! free-threaded Python (3.13t, 3.14t) has no interpreter lock, and there threads do too.
//!
//! Python: `assets/python/gcd.py`

use std::io::{BufRead, BufReader, ErrorKind, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};

use super::Row;
use super::native::only_pairs;
use crate::labs::gcd::run::{Outcome, Run, RunError, Work};
use crate::labs::gcd::task::{Answer, Task};
use crate::labs::gcd::workload::Workload;
use crate::runtime::control::Stopped;
use crate::runtime::span::{Lane, State};
use crate::runtime::strategy::{About, CannotStart, Setup, Strategy};

const SCRIPT: &str = include_str!("../../../../assets/python/gcd.py");

/// Candidates beyond which a run would take minutes: `CPython` tries some twenty million a second.
const MOST_CANDIDATES: u64 = 300_000_000;

const fn about(id: &'static str, title: &'static str, claim: &'static str) -> About {
    About { id, title, item: 64, claim, wrong_on_purpose: false, source: SCRIPT }
}

pub(super) const SERIAL: Row = Strategy {
    about: about("python-serial", "Python", "CPython, one item after another: what an interpreter costs"),
    supports: |workload| supports(workload, Which::Any),
    make: |setup| made(setup, "python-serial", "serial", Which::Any),
};

pub(super) const THREADS: Row = Strategy {
    about: about("python-threads", "Python threads", "CPython's threads take turns with the interpreter lock: no gain"),
    supports: |workload| supports(workload, Which::Any),
    make: |setup| made(setup, "python-threads", "threads", Which::Any),
};

pub(super) const FREE_THREADED: Row = Strategy {
    about: about(
        "python-free-threaded",
        "Python, no GIL",
        "A Python without the lock: its threads run at the same time",
    ),
    supports: |workload| supports(workload, Which::FreeThreaded),
    make: |setup| made(setup, "python-free-threaded", "threads", Which::FreeThreaded),
};

pub(super) const PROCESSES: Row = Strategy {
    about: about(
        "python-processes",
        "Python processes",
        "CPython's ProcessPoolExecutor: a lock for each process, a real gain",
    ),
    supports: |workload| supports(workload, Which::Any),
    make: |setup| made(setup, "python-processes", "processes", Which::Any),
};

/// Which Python is wanted.
#[derive(Clone, Copy)]
enum Which {
    Any,
    FreeThreaded,
}

/// What there is on the PATH.
#[derive(Debug)]
struct Found {
    any: Option<PathBuf>,
    free_threaded: Option<PathBuf>,
}

static FOUND: OnceLock<Found> = OnceLock::new();

/// Looks for Pythons on the PATH, once; it takes as long as they take to start.
pub(super) fn look() {
    FOUND.get_or_init(|| Found {
        any: working("python3"),
        free_threaded: ["python3.14t", "python3.13t"].into_iter().find_map(working),
    });
}

/// The Python of this kind.
fn python(which: Which) -> Result<&'static Path, String> {
    let found = FOUND.get().ok_or("still looking for it on the PATH")?;
    let (path, names) = match which {
        Which::Any => (&found.any, "python3"),
        Which::FreeThreaded => (&found.free_threaded, "free-threaded python3.14t or python3.13t"),
    };
    path.as_deref().ok_or_else(|| format!("there is no {names} on the PATH"))
}

/// The program of this name on the PATH, if it runs: a version manager's placeholder may stand there that does not.
fn working(name: &str) -> Option<PathBuf> {
    let runs = Command::new(name)
        .args(["-I", "-c", "import sys; print(sys.executable)"])
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()
        .filter(|output| output.status.success())?;
    Some(PathBuf::from(String::from_utf8(runs.stdout).ok()?.trim()))
}

fn supports(workload: &Workload, which: Which) -> Result<(), String> {
    only_pairs(workload)?;
    let candidates = workload.tasks.iter().fold(0_u64, |sum, task| sum.saturating_add(task.candidates()));
    if candidates > MOST_CANDIDATES {
        let millions = candidates / 1_000_000;
        return Err(format!(
            "{millions} million candidates would take CPython minutes a run; it takes the seed's pairs"
        ));
    }
    python(which).map(|_| ())
}

fn made(setup: &Setup, id: &'static str, how: &'static str, which: Which) -> Result<Box<dyn Run>, CannotStart> {
    let interpreter = python(which).map_err(|why| CannotStart::new(id, why))?;
    Ok(Box::new(Python { interpreter, how, setup: setup.clone() }))
}

struct Python {
    interpreter: &'static Path,
    how: &'static str,
    setup: Setup,
}

impl Run for Python {
    fn run(&mut self, work: &Work) -> Result<Outcome, RunError> {
        let lane = work.recorder.lane(format!("python {}", self.how));
        let mut told = 0;
        if let Some(outcome) = self.attempt(work, &lane, &mut told)? {
            return Ok(outcome);
        }
        // One of its processes was killed; a pool of Python's is broken then, as a whole.
        let why = "Python ended without a result";
        match self.attempt(work, &lane, &mut told)? {
            Some(outcome) => Ok(Outcome { workers_replaced: 1, last_loss: Some(why.to_owned()), ..outcome }),
            None => Err(RunError::Failed(format!("{why}, twice"))),
        }
    }
}

impl Python {
    /// One run; none if it ended without a result. `told` counts the items that were told of, also by a run before.
    fn attempt(&self, work: &Work, lane: &Lane, told: &mut usize) -> Result<Option<Outcome>, RunError> {
        let chunk = work.chunks(self.setup.workers).first().map_or(1, ExactSizeIterator::len);
        let failed = |error: std::io::Error| RunError::Failed(format!("{}: {error}", self.interpreter.display()));
        let mut process = Process(
            Command::new(self.interpreter)
                // The script itself and no file of it, which would be left behind if the program were killed.
                .args(["-I", "-c", SCRIPT])
                .args([self.how, &self.setup.workers.to_string(), &chunk.to_string()])
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .stderr(Stdio::null())
                // A group of its own, so that the processes of its pool can be ended with it.
                .process_group(0)
                .spawn()
                .map_err(failed)?,
        );
        self.setup.entered(&process.0);
        let pairs = work.tasks.iter().filter_map(Task::pair).map(|pair| pair.to_string());
        let input = pairs.chain(["end\n".to_owned()]).collect::<Vec<_>>().join("\n");
        let stdin = process.0.stdin.as_mut().expect("it was asked to be piped");
        match stdin.write_all(input.as_bytes()) {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(None),
            written => written.map_err(failed).and_then(|()| process.follow(work, lane, told)),
        }
    }
}

/// A Python and all that it has started. Dropped, the group is ended and reaped.
struct Process(Child);

impl Process {
    /// Reads what it says until its result is there, or the run is stopped; none if it ends without one.
    fn follow(&mut self, work: &Work, lane: &Lane, told: &mut usize) -> Result<Option<Outcome>, RunError> {
        let stdout = self.0.stdout.take().expect("it was asked to be piped");
        std::thread::scope(|scope| {
            let (lines_in, lines) = crossbeam_channel::bounded(64);
            scope.spawn(move || {
                BufReader::new(stdout).lines().map_while(Result::ok).all(|line| lines_in.send(line).is_ok())
            });
            let (mut begun, mut items) = (Instant::now(), 0);
            let outcome = loop {
                if work.control.is_stopped() {
                    break Err(Stopped.into());
                }
                match lines.recv_timeout(Duration::from_millis(50)) {
                    Ok(text) if text.starts_with("done ") => {
                        let now = Instant::now();
                        lane.record(format!("item {items}"), State::Running, begun, now);
                        (begun, items) = (now, items + 1);
                        if items > *told {
                            *told = items;
                            work.control.item_done();
                        }
                    }
                    Ok(text) => break result(&text).map(Some),
                    Err(crossbeam_channel::RecvTimeoutError::Timeout) => {}
                    Err(crossbeam_channel::RecvTimeoutError::Disconnected) => break Ok(None),
                }
            };
            // With the group gone the pipe closes, and the reading thread ends.
            self.end();
            outcome
        })
    }

    fn end(&mut self) {
        if let Some(group) = i32::try_from(self.0.id()).ok().and_then(Pid::from_raw) {
            // It fails when all of the group have ended already.
            let _ = kill_process_group(group, Signal::KILL);
        }
        let _ = self.0.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.end();
    }
}

/// Reads the last line: the seconds inside, and the answers.
fn result(line: &str) -> Result<Outcome, RunError> {
    let wrong = || RunError::Failed(format!("Python said {line:?}"));
    let mut words = line.split(' ');
    let (Some("result"), Some(seconds)) = (words.next(), words.next()) else { return Err(wrong()) };
    let seconds: f64 = seconds.parse().map_err(|_| wrong())?;
    let answers = words.map(|word| word.parse().map(Answer::Gcd)).collect::<Result<_, _>>().map_err(|_| wrong())?;
    let elapsed = Duration::try_from_secs_f64(seconds).map_err(|_| wrong())?;
    Ok(Outcome { answers, elapsed, ..Outcome::default() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_has_seconds_and_answers() {
        let outcome = result("result 0.25 6 1").unwrap();
        assert_eq!(
            (outcome.elapsed, outcome.answers),
            (Duration::from_millis(250), vec![Answer::Gcd(6), Answer::Gcd(1)])
        );
        for line in ["", "done 3", "result", "result x 1", "result -1 1", "result 1 x"] {
            assert!(matches!(result(line), Err(RunError::Failed(_))), "{line:?}");
        }
    }
}
