//! The program under `mpirun`, where it is built with MPI: `cargo test --features mpi --test mpi`.
#![cfg(feature = "mpi")]

use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

/// A run of the program over so many ranks of this machine.
fn mpirun(ranks: usize, arguments: &[&str]) -> Command {
    let mut command = Command::new("mpirun");
    command
        .args(["--oversubscribe", "--allow-run-as-root", "-n", &ranks.to_string()])
        .arg(env!("CARGO_BIN_EXE_fanout"))
        .args(arguments)
        .stdin(Stdio::null());
    command
}

fn output(ranks: usize, arguments: &[&str]) -> String {
    let Output { status, stdout, stderr } = mpirun(ranks, arguments).output().expect("mpirun is installed");
    assert!(status.success(), "{status}: {}", String::from_utf8_lossy(&stderr));
    String::from_utf8(stdout).expect("the output is text")
}

#[test]
fn every_number_of_ranks_gives_the_grid_that_serial_gives() {
    for size in ["40x24", "65x7", "3x5"] {
        let life = ["life", "--size", size, "--generations", "30", "--strategy"];
        let alone = Command::new(env!("CARGO_BIN_EXE_fanout")).args(life).arg("serial").output().expect("it runs");
        let serial = String::from_utf8(alone.stdout).expect("the output is text");
        for ranks in 1..=3 {
            assert_eq!(output(ranks, &[&life[..], &["mpi"]].concat()), serial, "{size} over {ranks} ranks");
        }
    }
}

#[test]
fn every_number_of_ranks_gives_the_divisors_that_serial_gives() {
    for ranks in 1..=3 {
        let text =
            output(ranks, &["gcd", "--strategy", "serial,mpi", "--runs", "1", "--warmup", "0", "--output", "json"]);
        let result: serde_json::Value = serde_json::from_str(&text).expect("one JSON value, from one rank");
        assert_eq!(result["strategies"][0]["results"], result["strategies"][1]["results"]);
        assert_eq!(result["strategies"][1]["strategy"], "mpi");
    }
}

#[test]
fn a_cell_that_fails_is_reported_by_the_first_rank() {
    let failing = ["life", "--size", "20x20", "--generations", "9", "--fail-at", "5", "--strategy", "mpi"];
    let Output { stderr, .. } = mpirun(3, &failing).output().expect("mpirun is installed");
    assert!(String::from_utf8_lossy(&stderr).contains("Problem with I/O"), "{}", String::from_utf8_lossy(&stderr));
}

#[test]
fn a_trace_has_a_lane_for_each_rank() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("trace.json");
    let trace = path.to_str().expect("its name is text");
    output(3, &["life", "--size", "40x24", "--generations", "5", "--strategy", "mpi", "--trace", trace]);
    let text = std::fs::read_to_string(&path).expect("the trace was written");
    for rank in 0..3 {
        assert!(text.contains(&format!("rank {rank}")), "{text}");
    }
}

#[test]
fn help_and_wrong_usage_end_on_all_ranks() {
    assert!(output(2, &["--help"]).contains("Usage"));
    let Output { status, .. } = mpirun(2, &["life", "--strategy", "mpj"]).output().expect("mpirun is installed");
    assert!(!status.success());
    let Output { status, stderr, .. } = mpirun(2, &[]).output().expect("mpirun is installed");
    let words = String::from_utf8_lossy(&stderr).into_owned();
    assert!(!status.success() && words.contains("the dashboard does not run under mpirun"), "{words}");
}

#[test]
fn a_rank_that_dies_ends_the_job_and_is_named() {
    let endless = ["life", "--size", "512x512", "--generations", "1000000", "--strategy", "mpi"];
    let child = mpirun(3, &endless).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("mpirun is installed");
    let deadline = Instant::now() + Duration::from_secs(30);
    let ranks = loop {
        let ranks = children(&child);
        if ranks.len() == 3 {
            break ranks;
        }
        assert!(Instant::now() < deadline, "three ranks come up");
        std::thread::sleep(Duration::from_millis(20));
    };
    // It needs to be past MPI's own start to be a rank that dies at work.
    std::thread::sleep(Duration::from_secs(1));
    let pid = rustix::process::Pid::from_raw(ranks[1]).expect("a process id");
    rustix::process::kill_process(pid, rustix::process::Signal::KILL).expect("the rank is there");
    let Output { status, stderr, .. } = child.wait_with_output().expect("mpirun ends");
    let words = String::from_utf8_lossy(&stderr);
    assert!(!status.success() && words.contains("signal 9"), "{words}");
}

/// The processes that a process has started.
fn children(parent: &Child) -> Vec<i32> {
    let text = std::fs::read_to_string(format!("/proc/{0}/task/{0}/children", parent.id())).unwrap_or_default();
    text.split_whitespace().filter_map(|id| id.parse().ok()).collect()
}
