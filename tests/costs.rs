//! `fanout costs` and `fanout advise`, run as people run them.

use std::collections::BTreeSet;
use std::io::Read;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command as Process, Stdio};

use assert_cmd::Command;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

const UNITS: [&str; 8] =
    ["thread", "pool-job", "coroutine", "parallel-task", "process", "process-job", "socket-pair", "python-job"];

fn fanout() -> Command {
    Command::new(env!("CARGO_BIN_EXE_fanout"))
}

/// Standard error and exit code of a call that fails.
fn refused(arguments: &[&str]) -> (String, i32) {
    let output = fanout().args(arguments).output().unwrap();
    assert!(output.stdout.is_empty(), "{arguments:?} says nothing on stdout");
    (String::from_utf8(output.stderr).unwrap(), output.status.code().unwrap())
}

#[test]
fn every_unit_is_measured_and_every_field_is_there() {
    let output = fanout().args(["costs", "--counts", "20", "--output", "json"]).assert().success();
    let rows: Vec<Value> = serde_json::from_slice(&output.get_output().stdout).unwrap();
    let units: Vec<&str> = rows.iter().map(|row| row["unit"].as_str().unwrap()).collect();
    assert_eq!(units, UNITS);
    let fields = ["unit", "count", "start_ns", "bytes", "switch_ns", "max_tried", "failed_at"];
    for row in &rows {
        let there: BTreeSet<&str> = row.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(there, BTreeSet::from(fields), "{row}");
        if row["unit"] == "python-job" && row["start_ns"].is_null() {
            let said = String::from_utf8_lossy(&output.get_output().stderr).into_owned();
            assert!(said.contains("skipped: python-job: there is no python3"), "{said}");
            continue;
        }
        assert!(row["start_ns"].as_f64().unwrap() > 0.0, "{row}");
        assert!(row["switch_ns"].as_f64().unwrap() > 0.0, "{row}");
        assert_eq!(
            (&row["count"], &row["max_tried"], &row["failed_at"]),
            (&20.into(), &20.into(), &Value::Null),
            "{row}"
        );
    }
    // A process and a thread are large enough to be seen even in twenty.
    let bytes = |unit: usize| rows[unit]["bytes"].as_f64().unwrap();
    assert!(bytes(4) > bytes(0) && bytes(0) > 4096.0, "{rows:?}");
}

#[test]
fn wrong_flags_are_named_with_what_would_be_right() {
    let (text, code) = refused(&["costs", "--counts", "0"]);
    assert_eq!(code, 2);
    assert!(
        text.contains("--counts") && text.contains(r#""0" is not a count: write whole numbers from 1 to 1000000"#),
        "{text}"
    );
    let (text, code) = refused(&["costs", "--strategy", "coroutin"]);
    assert_eq!(
        (text.as_str(), code),
        ("fanout: --strategy: unknown strategy \"coroutin\"; did you mean \"coroutine\"?\n", 2)
    );
}

#[test]
fn units_are_listed_and_tables_written_in_other_forms() {
    let listed = fanout().args(["costs", "--list-strategies"]).output().unwrap().stdout;
    let names: Vec<String> =
        String::from_utf8(listed).unwrap().lines().map(|line| line.split('\t').next().unwrap().to_owned()).collect();
    assert_eq!(names, UNITS);
    let csv =
        fanout().args(["costs", "--strategy", "socket-pair", "--counts", "5", "--output", "csv"]).output().unwrap();
    let csv = String::from_utf8(csv.stdout).unwrap();
    assert!(csv.starts_with("unit,count,start_ns,bytes,switch_ns,max_tried,failed_at\nsocket-pair,5,"), "{csv}");
}

/// The processes whose parent is this one.
fn children(of: u32) -> Vec<String> {
    let path = format!("/proc/{of}/task/{of}/children");
    let text = std::fs::read_to_string(path).unwrap_or_default();
    text.split_whitespace().map(str::to_owned).collect()
}

#[test]
fn an_interrupt_ends_it_with_all_its_processes() {
    let mut process = Process::new(env!("CARGO_BIN_EXE_fanout"))
        .args(["costs", "--strategy", "thread"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    // A probe is under way once there is a worker process.
    let workers = loop {
        let workers = children(process.id());
        if !workers.is_empty() {
            break workers;
        }
        assert!(process.try_wait().unwrap().is_none(), "it ended before it began");
    };
    kill_process(Pid::from_child(&process), Signal::INT).unwrap();
    let status = process.wait().unwrap();
    assert_eq!((status.code(), status.signal()), (Some(130), None));
    let mut said = String::new();
    process.stdout.unwrap().read_to_string(&mut said).unwrap();
    assert_eq!(said, "");
    for worker in workers {
        assert!(!std::path::Path::new(&format!("/proc/{worker}")).exists(), "worker {worker} is still there");
    }
}

/// Whether a process is there, and not only its remains.
fn is_alive(process: &str) -> bool {
    std::fs::read_to_string(format!("/proc/{process}/stat")).is_ok_and(|stat| !stat.contains(") Z"))
}

#[test]
fn what_a_probe_has_started_may_be_killed_and_it_is_measured_again() {
    let mut process = Process::new(env!("CARGO_BIN_EXE_fanout"))
        .args(["costs", "--strategy", "socket-pair", "--counts", "1000"])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let signal = |process: &str, signal| {
        kill_process(Pid::from_raw(process.parse().unwrap()).unwrap(), signal).unwrap();
    };
    // While the worker is stopped, what it has started cannot end.
    'caught: loop {
        for worker in children(process.id()) {
            signal(&worker, Signal::STOP);
            let echo = children(worker.parse().unwrap()).into_iter().next().filter(|echo| is_alive(echo));
            if let Some(echo) = &echo {
                signal(echo, Signal::KILL);
            }
            signal(&worker, Signal::CONT);
            if echo.is_some() {
                break 'caught;
            }
        }
        assert!(process.try_wait().unwrap().is_none(), "it ended before it began");
    }
    let output = process.wait_with_output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success() && said.contains("it is measured again"), "{said}");
}
