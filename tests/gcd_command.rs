//! `fanout gcd` as its contract says.

use std::fs;
use std::process::Stdio;
use std::time::{Duration, Instant};

use assert_cmd::Command;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

fn fanout(arguments: &[&str]) -> assert_cmd::assert::Assert {
    Command::cargo_bin("fanout").unwrap().arg("gcd").args(arguments).assert()
}

fn stdout(assert: &assert_cmd::assert::Assert) -> String {
    String::from_utf8(assert.get_output().stdout.clone()).unwrap()
}

fn stderr(assert: &assert_cmd::assert::Assert) -> String {
    String::from_utf8(assert.get_output().stderr.clone()).unwrap()
}

#[test]
fn json_is_one_object_with_the_fields_of_the_contract() {
    let call = ["--pair", "12,18", "--pair", "7,7", "--strategy", "serial,processes", "--workers", "2", "--runs", "3"];
    let assert = fanout(&[&call[..], &["--output", "json"]].concat()).success();
    let report: Value = serde_json::from_str(&stdout(&assert)).unwrap();
    assert_eq!((&report["inputs"], &report["workers"]), (&2.into(), &2.into()));
    assert!(report["machine"]["cores"].as_u64().unwrap() >= 1);
    let strategies = report["strategies"].as_array().unwrap();
    assert_eq!(
        strategies.iter().map(|line| line["strategy"].as_str().unwrap()).collect::<Vec<_>>(),
        ["serial", "processes"]
    );
    let fields = "strategy workers runs_s median_s min_s max_s speedup contended results cpu_s context_switches \
                  peak_rss_bytes waiting_s workers_replaced stages skipped";
    for line in strategies {
        for field in fields.split_whitespace() {
            assert!(line.get(field).is_some(), "{field} in {line}");
        }
        assert_eq!(line["results"], serde_json::json!([6, 7]));
        assert_eq!(line["runs_s"].as_array().unwrap().len(), 3);
        assert_eq!(line["skipped"], Value::Null);
    }
    assert_eq!(strategies[0]["speedup"], 1.0);
    let stages: Vec<&String> = strategies[1]["stages"].as_object().unwrap().keys().collect();
    let nine =
        "decode_input decode_result encode_input encode_result merge resolve_function run send_input send_result";
    assert_eq!(stages, nine.split(' ').collect::<Vec<_>>());
    assert_eq!(strategies[0]["stages"], Value::Null);
}

#[test]
fn people_get_a_table_and_the_results() {
    let assert = fanout(&["--pair", "12,18", "--strategy", "serial,threads", "--runs", "1"]).success();
    let text = stdout(&assert);
    assert!(text.starts_with("pairs: 1 item,") && text.contains("\nserial ") && text.contains("\nthreads "), "{text}");
    assert!(text.ends_with("results, the same from all: 6\n"), "{text}");
}

#[test]
fn tables_are_written_as_csv_and_markdown() {
    let call = ["--pair", "12,18", "--strategy", "serial", "--runs", "1", "--output"];
    let csv = stdout(&fanout(&[&call[..], &["csv"]].concat()).success());
    let mut lines = csv.lines();
    let header = "strategy,median_s,min_s,max_s,speedup,cores_busy,cpu_s,context_switches,peak_rss_bytes,skipped";
    assert_eq!(lines.next(), Some(header));
    assert!(lines.next().unwrap().starts_with("serial,0.0"), "{csv}");
    let markdown = stdout(&fanout(&[&call[..], &["markdown"]].concat()).success());
    assert!(markdown.starts_with("| strategy | median_s |") && markdown.contains("\n| serial | 0.0"), "{markdown}");
}

#[test]
fn strategies_are_listed_a_line_each() {
    let text = stdout(&fanout(&["--list-strategies"]).success());
    assert!(text.starts_with("serial\t64\t") && text.lines().all(|line| line.split('\t').count() == 3), "{text}");
}

#[test]
fn wrong_usage_names_flag_value_and_what_would_be_right() {
    let cases = [
        (&["--strategy", "thread"][..], r#"unknown strategy "thread"; did you mean "threads"?"#),
        (&["--pair", "0,5"], "0 has no greatest divisor: both numbers of a pair are at least 1"),
        (&["--pair", "12;18"], r#""12;18" is not a pair: write two whole numbers"#),
        (&["--workload", "workshp"], r#"no workload and no file "workshp"; did you mean "workshop"?"#),
        (&["--kill-worker-every", "5"], r#""5" is not a duration: write 500us, 5ms, 2s or 10m"#),
        (&["--runs", "0"], "0 is not in 1..=65535"),
    ];
    for (arguments, wanted) in cases {
        let assert = fanout(arguments).code(2);
        let text = stderr(&assert);
        assert!(text.contains(wanted) && text.contains(arguments[0]), "{arguments:?}: {text}");
        assert_eq!(stdout(&assert), "");
    }
}

#[test]
fn a_file_of_pairs_is_read_and_its_faults_are_placed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pairs.txt");
    fs::write(&path, "12,18\n\n35,21\n").unwrap();
    let name = path.to_str().unwrap();
    let call = ["--workload", name, "--strategy", "rayon", "--runs", "1", "--warmup", "0", "--output", "json"];
    let report: Value = serde_json::from_str(&stdout(&fanout(&call).success())).unwrap();
    assert_eq!(report["strategies"][0]["results"], serde_json::json!([6, 7]));
    assert_eq!(report["strategies"][0]["speedup"], Value::Null, "without serial there is none");
    fs::write(&path, "12,18\n12,0\n").unwrap();
    let text = stderr(&fanout(&call).code(1));
    assert!(text.contains("line 2: 0 has no greatest divisor"), "{text}");
}

#[test]
fn killed_workers_lose_no_result() {
    let call = ["--pair", "300007,300017", "--repeat", "2000", "--strategy", "processes", "--workers", "2"];
    let faults = ["--kill-worker-every", "100ms", "--runs", "1", "--warmup", "0", "--output", "json"];
    let report: Value = serde_json::from_str(&stdout(&fanout(&[&call[..], &faults].concat()).success())).unwrap();
    let line = &report["strategies"][0];
    let results = line["results"].as_array().unwrap();
    assert!(results.len() == 2000 && results.iter().all(|result| *result == 1));
    assert!(line["workers_replaced"].as_u64().unwrap() > 0, "{line}");
}

/// The processes that a process has started and not reaped.
fn children(process: u32) -> Vec<u32> {
    let threads = fs::read_dir(format!("/proc/{process}/task")).into_iter().flatten().flatten();
    let ids = threads.filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok());
    ids.flat_map(|ids| ids.split_whitespace().filter_map(|id| id.parse().ok()).collect::<Vec<_>>()).collect()
}

fn runs(process: u32) -> bool {
    fs::read_to_string(format!("/proc/{process}/stat")).is_ok_and(|stat| !stat.contains(") Z "))
}

#[test]
fn a_python_pool_whose_leader_is_killed_ends_with_it_and_the_work_is_done_again() {
    let mut fanout = std::process::Command::new(env!("CARGO_BIN_EXE_fanout"))
        .args(["gcd", "--pair", "29999999,29999998", "--repeat", "8", "--strategy", "python-processes"])
        .args(["--workers", "2", "--runs", "1", "--warmup", "0", "--output", "json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let (leader, pool) = loop {
        let with_pool = |leader| (leader, children(leader));
        if let Some(found) = children(fanout.id()).into_iter().map(with_pool).find(|(_, pool)| pool.len() == 2) {
            break found;
        }
        if fanout.try_wait().unwrap().is_some() {
            let said = String::from_utf8(fanout.wait_with_output().unwrap().stderr).unwrap();
            assert!(said.contains("there is no python3"), "{said}");
            return eprintln!("skipped: {said}");
        }
        std::thread::yield_now();
    };
    kill_process(Pid::from_raw(leader.cast_signed()).unwrap(), Signal::KILL).unwrap();
    let output = fanout.wait_with_output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success() && said.contains(r#""workers_replaced":1"#), "{said}");
    let deadline = Instant::now() + Duration::from_secs(30);
    while pool.iter().any(|process| runs(*process)) {
        assert!(Instant::now() < deadline, "{pool:?} go on without their leader");
        std::thread::yield_now();
    }
}
