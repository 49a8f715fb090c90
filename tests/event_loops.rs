//! `fanout pulse` and `fanout hazards`, through the command line.

use assert_cmd::Command;
use serde_json::Value;

fn fanout(arguments: &[&str]) -> Command {
    let mut command = Command::cargo_bin("fanout").unwrap();
    command.args(arguments);
    command
}

fn stdout(arguments: &[&str]) -> String {
    let output = fanout(arguments).assert().success().get_output().stdout.clone();
    String::from_utf8(output).unwrap()
}

#[test]
fn a_blocked_loop_is_reported_with_its_slow_callback_and_its_lag() {
    let json = stdout(&["pulse", "--strategy", "blocking", "--block", "100ms", "--duration", "2s", "--output", "json"]);
    let outcome: Value = serde_json::from_str(&json).unwrap();
    let keys: Vec<&String> = outcome.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["beats", "lag_us", "seconds", "skipped", "slow", "strategy"]);
    let slow = outcome["slow"].as_array().unwrap();
    assert!(
        slow.iter().any(|slow| slow["name"] == "slow_coroutine" && slow["seconds"].as_f64().unwrap() >= 0.1),
        "{slow:?}"
    );
    assert!(outcome["lag_us"]["max"].as_u64().unwrap() >= 90_000);
    assert!(outcome["seconds"].as_f64().unwrap() >= 2.0);
    assert_eq!(outcome["skipped"], Value::Null);
}

#[test]
fn people_read_the_histogram_and_the_seeds_words() {
    let page = stdout(&["pulse", "--strategy", "cpu-on-loop", "--block", "100ms", "--duration", "2s"]);
    assert!(page.contains("  lag: p50 ") && page.contains("  up to ") && page.contains('█'), "{page}");
    assert!(page.contains(r#"  slow callback "expensive_computation" took "#), "{page}");
}

#[test]
fn every_strategy_is_listed_and_written_as_a_table_and_as_a_trace() {
    let list = stdout(&["pulse", "--list-strategies"]);
    let names: Vec<&str> = list.lines().map(|line| line.split('\t').next().unwrap()).collect();
    assert_eq!(names, ["blocking", "cpu-on-loop", "spawn-blocking", "own-thread", "yielding", "async-io"]);
    let folder = tempfile::tempdir().unwrap();
    let trace = folder.path().join("trace.json");
    let short =
        ["pulse", "--block", "20ms", "--duration", "500ms", "--output", "csv", "--trace", trace.to_str().unwrap()];
    let csv = stdout(&short);
    assert_eq!(csv.lines().next().unwrap(), "strategy,seconds,beats,p50_us,p90_us,p99_us,max_us,slow,skipped");
    assert_eq!(csv.lines().count(), 7);
    let trace: Value = serde_json::from_slice(&std::fs::read(trace).unwrap()).unwrap();
    assert!(trace.to_string().contains("run_in_executor"));
}

#[test]
fn wrong_usage_names_flag_value_and_what_would_be_right() {
    for (arguments, wanted) in [
        (&["pulse", "--strategy", "bloking"][..], r#"did you mean "blocking"?"#),
        (&["pulse", "--block", "soon"], "is not a duration: write 500us, 5ms, 2s or 10m"),
        (&["pulse", "--duration", "100ms"], "--duration 100ms: the loop is to run for longer than its slow work takes"),
    ] {
        let output = fanout(arguments).assert().code(2).get_output().stderr.clone();
        let message = String::from_utf8(output).unwrap();
        assert!(message.contains(wanted), "{message}");
    }
}

#[test]
fn a_hazard_goes_wrong_is_named_and_ends() {
    let json =
        stdout(&["hazards", "--strategy", "pool-in-pool", "--workers", "2", "--duration", "1m", "--output", "json"]);
    let outcome: Value = serde_json::from_str(&json).unwrap();
    let keys: Vec<&String> = outcome.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["expected", "got", "kind", "lost", "seconds", "skipped", "strategy", "waits"]);
    assert_eq!((outcome["kind"].as_str(), outcome["got"].as_u64()), (Some("deadlock"), Some(0)));
    // Which job closes the circle first is the scheduler's choice.
    let first = outcome["waits"][0].to_string();
    assert!(first.contains(r#""who":"job "#) && first.contains(r#""for":"job "#), "{first}");
    let page = stdout(&["hazards", "--strategy", "lock-order", "--duration", "1m"]);
    assert!(page.starts_with("lock-order (wrong on purpose): "), "{page}");
    assert!(page.contains("and freed: thread 1 waits for lock B, which is held by thread 2"), "{page}");
}

#[test]
fn all_the_hazards_are_run_by_default_and_all_means_the_cures() {
    let names = |arguments: &[&str]| -> Vec<String> {
        let csv = stdout(
            &[&["hazards", "--increments", "1000", "--duration", "20ms", "--output", "csv"], arguments].concat(),
        );
        csv.lines().skip(1).map(|line| line.split(',').next().unwrap().to_owned()).collect()
    };
    let cures = names(&["--strategy", "all"]);
    assert!(cures.iter().any(|name| name == "mutex") && !cures.iter().any(|name| name == "racy"), "{cures:?}");
    assert_eq!(names(&["--workers", "2"]).len(), 13);
    let alone =
        fanout(&["hazards", "--strategy", "racy", "--workers", "1"]).assert().code(1).get_output().stderr.clone();
    assert!(String::from_utf8(alone).unwrap().contains("racy: one worker alone loses nothing: give it at least 2"));
}
