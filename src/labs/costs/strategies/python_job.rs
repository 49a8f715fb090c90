//! The real thing beside ours: a job of `CPython`'s `ProcessPoolExecutor` (item 64), under the Python that is installed here. Two
//! threads and two pipes lie between its caller and its worker, where ours has one socket and no thread.
//!
//! Python: `assets/python/process_job.py`

use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process_group};

use super::{CannotMeasure, Row, Unit};
use crate::labs::costs::order::Alive;
use crate::runtime::stats::Samples;
use crate::runtime::strategy::{About, Strategy};

/// The row of the table.
pub(super) const STRATEGY: Row = Strategy {
    about: About {
        id: "python-job",
        title: "Python job",
        item: 64,
        claim: "CPython's ProcessPoolExecutor: two threads and two pipes between the caller and its worker",
        wrong_on_purpose: false,
        source: SCRIPT,
    },
    supports: |()| python_runs(),
    make: |setup| Ok(Box::new(PythonJob { workers: setup.workers })),
};

const SCRIPT: &str = include_str!("../../../../assets/python/process_job.py");

/// Jobs in a round, and round trips, at most: each takes about a tenth of a millisecond.
const ROUND: usize = 1000;

/// Jobs that wait at once at most.
const WAITING: usize = 10_000;

/// Whether there is a Python that runs; a version manager's placeholder may stand on the PATH that does not.
fn python_runs() -> Result<(), String> {
    let quiet = || Stdio::null();
    let ran = Command::new("python3").args(["-I", "-c", ""]).stdin(quiet()).stdout(quiet()).stderr(quiet()).status();
    if ran.is_ok_and(|status| status.success()) { Ok(()) } else { Err("there is no python3 on the PATH".to_owned()) }
}

struct PythonJob {
    workers: usize,
}

impl Unit for PythonJob {
    fn start(&self, count: usize) -> Result<Samples, CannotMeasure> {
        measure("stream", self.workers, count.min(ROUND))
    }

    fn alive(&self, count: usize, _deep: bool) -> Result<Alive, CannotMeasure> {
        let tried = count.min(WAITING);
        let bytes = measure("waiting", self.workers, tried)?.median().filter(|bytes| *bytes > 0.0);
        let bounded = (tried < count).then(|| "more would only take longer".to_owned());
        Ok(Alive { bytes, tried, failed_at: None, bounded })
    }

    /// One job after another through a pool of one worker: a round trip each.
    fn switch(&self) -> Result<Samples, CannotMeasure> {
        measure("round-trip", 1, ROUND)
    }
}

/// Runs the script, which prints a number a line.
fn measure(what: &str, workers: usize, count: usize) -> Result<Samples, CannotMeasure> {
    let mut python = Python(
        Command::new("python3")
            .args(["-I", "-c", SCRIPT, what, &workers.to_string(), &count.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            // A group of its own, so that the processes of its pool can be ended with it.
            .process_group(0)
            .spawn()?,
    );
    let stdout = python.0.stdout.take().expect("it was asked to be piped");
    // To the last line and no further: the processes of its pool hold the pipe open too.
    let lines = BufReader::new(stdout).lines().map_while(Result::ok).take_while(|line| line != "end");
    let numbers: Vec<f64> = lines.filter_map(|line| line.parse().ok()).collect();
    if numbers.is_empty() {
        return Err(CannotMeasure("Python ended without an answer".to_owned()));
    }
    Ok(numbers.into_iter().collect())
}

/// A Python and all that it has started. Dropped, the group is ended and reaped.
struct Python(Child);

impl Drop for Python {
    fn drop(&mut self) {
        if let Some(group) = i32::try_from(self.0.id()).ok().and_then(Pid::from_raw) {
            // It fails when all of the group have ended already.
            let _ = kill_process_group(group, Signal::KILL);
        }
        let _ = self.0.wait();
    }
}
