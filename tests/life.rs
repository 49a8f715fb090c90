//! `fanout life` through the command line.

use std::io::Write;

use assert_cmd::Command;

fn life(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fanout"));
    command.arg("life").args(arguments);
    command
}

fn stdout(arguments: &[&str]) -> String {
    let output = life(arguments).assert().success().get_output().stdout.clone();
    String::from_utf8(output).unwrap()
}

fn failure(arguments: &[&str], code: i32) -> String {
    let output = life(arguments).assert().code(code).get_output().clone();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "", "data goes to stdout only when there is some");
    String::from_utf8(output.stderr).unwrap()
}

const GENERATION_2: &str = "---------\n----*----\n--*-*----\n---**----\n---------\n";

#[test]
fn the_seeds_glider_is_printed_generation_by_generation() {
    let text = stdout(&["--pattern", "seed-glider", "--generations", "2", "--every", "1"]);
    assert!(
        text.starts_with("Generation 0:\n---*-----\n----*----\n--***----\n---------\n---------\n\nGeneration 1:\n")
    );
    assert!(text.ends_with(&format!("Generation 2:\n{GENERATION_2}\n")), "{text}");
    for strategy in ["serial", "threads", "thread-pool", "coroutines", "task-group", "bitboard-rayon"] {
        let text = stdout(&["--pattern", "seed-glider", "--generations", "2", "--strategy", strategy]);
        assert_eq!(text, GENERATION_2, "{strategy}");
    }
}

#[test]
fn results_are_a_json_object_a_strategy_and_what_cannot_be_done_is_skipped() {
    let text =
        stdout(&["--size", "70x30", "--generations", "3", "--strategy", "all", "--output", "json", "--workers", "2"]);
    let results: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(results.len() >= 10, "{text}");
    for result in &results {
        let fields = ["rule", "topology", "width", "height", "workers", "grain", "generation", "population"];
        assert!(fields.iter().all(|field| !result[field].is_null()), "{result}");
        if result["strategy"] == "hashlife" {
            assert!(result["skipped"].as_str().unwrap().contains("plane") && result["seconds"].is_null(), "{result}");
        } else if result["strategy"] == "mpi" {
            assert!(result["skipped"].as_str().unwrap().contains("mpirun"), "{result}");
        } else {
            assert!(
                result["skipped"].is_null() && result["cell_updates_per_second"].as_f64().unwrap() > 0.0,
                "{result}"
            );
            assert_eq!(result["population"], results[0]["population"], "{result}");
        }
    }
    let csv = stdout(&["--size", "9x9", "--output", "csv"]);
    assert!(
        csv.starts_with("strategy,rule,topology,width,height,workers,grain,generation,population,seconds,"),
        "{csv}"
    );
}

#[test]
fn a_pattern_on_the_plane_shows_its_live_box() {
    let text = stdout(&["--pattern", "acorn", "--generations", "5206", "--strategy", "hashlife", "--output", "json"]);
    let result: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!((&result["population"], &result["topology"]), (&633.into(), &"plane".into()));
    assert!(result["cell_updates_per_second"].is_null(), "{result}");
    assert_eq!(stdout(&["--pattern", "glider", "--generations", "4", "--strategy", "bitboard"]), "-*-\n--*\n***\n");
    let rle = stdout(&["--pattern", "glider", "--generations", "4", "--format", "rle"]);
    assert_eq!(rle, "x = 3, y = 3, rule = B3/S23\nbo$2bo$3o!\n");
    life(&["--pattern", "-", "--generate-only"]).write_stdin("bo$2bo$3o!").assert().success().stdout("-*-\n--*\n***\n");
}

#[test]
fn a_failing_cell_ends_the_run_with_its_report() {
    let text = failure(&["--size", "9x5", "--fail-at", "3", "--generations", "9", "--strategy", "task-group"], 1);
    assert!(text.contains("task-group: generation 3: cell 4,2: Problem with I/O"), "{text}");
    assert!(text.contains("cancelled"), "{text}");
}

#[test]
fn wrong_values_are_named() {
    let text = failure(&["--strategy", "rayno"], 2);
    assert!(text.contains(r#"unknown strategy "rayno"; did you mean "rayon"?"#), "{text}");
    assert!(failure(&["--size", "9by5"], 2).contains("write WIDTHxHEIGHT"));
    assert!(failure(&["--pattern", "akorn"], 2).contains(r#"did you mean "acorn"?"#));
    assert!(failure(&["--rule", "B9"], 2).contains("write B3/S23"));
    assert!(failure(&["--strategy", "hashlife"], 1).contains("needs the plane"));
    let text = failure(&["--size", "100x100", "--strategy", "threads"], 1);
    assert!(text.contains("10000 threads; more than 4096 are refused"), "{text}");
}

#[test]
fn bad_files_end_in_a_clear_error_whatever_their_size() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    let path = file.path().to_str().unwrap().to_owned();
    file.write_all(b"x = 3, y = 3\nbo$2bo$3o").unwrap();
    let text = failure(&["--pattern", &path], 1);
    assert!(text.contains("line 2, column 10: it ends without !"), "{text}");
    for _ in 0..100 {
        file.write_all(&b"bo$b".repeat((1 << 20) / 4)).unwrap();
    }
    file.write_all(b"?").unwrap();
    let text = failure(&["--pattern", &path], 1);
    assert!(text.contains("line 2, column 104857610: '?' is no part of a pattern"), "{text}");
    let run = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(run.path(), "x = 1, y = 1\n1000000000000000000o!").unwrap();
    let text = failure(&["--pattern", run.path().to_str().unwrap()], 1);
    assert!(text.contains("line 2, column 20: a run of 1000000000000000000 cells"), "{text}");
}

#[test]
fn patterns_and_strategies_are_listed() {
    let patterns = stdout(&["--list-patterns"]);
    assert!(
        patterns.lines().count() >= 30 && patterns.contains("gosper-glider-gun\tB3/S23\tBill Gosper, 1970\t"),
        "{patterns}"
    );
    let strategies = stdout(&["--list-strategies"]);
    assert!(strategies.starts_with("serial\t59\t"), "{strategies}");
}
