//! Tours, as people take them: by hand, by themselves, and on the command line.

use std::process::{Command, Output};

use crate::session::Session;

const MINE: &str = "\
# My own tour
Written by hand.

## The glider
- do: app.focus life
- do: life.seed-glider
- ask: How many cells has a glider?
- number: life.population
- wait: life.generation > 0 within 20s

Look at the pane.

It has {life.population} cells.

> Say nothing.

## Somewhere else
- needs: 100000 cores

Never seen.

## The end

That was all.
";

fn fanout(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_fanout")).args(arguments).output().expect("the program runs")
}

#[test]
fn a_tour_goes_by_itself_to_its_end_and_the_program_with_it() {
    for (columns, rows) in [(120, 40), (80, 24)] {
        let session = Session::start(columns, rows, &["tour", "59", "--auto", "--hold", "1s"]);
        for step in ["1/5", "2/5", "3/5", "4/5", "5/5"] {
            session.wait_for(step);
        }
        session.end().cleanly_with(0);
    }
}

#[test]
fn a_tour_of_ones_own_is_walked_by_hand() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("mine.md");
    std::fs::write(&path, MINE).expect("it is written");
    let mut session = Session::start(120, 40, &["tour", path.to_str().expect("a plain path")]);
    session.wait_for("How many cells has a glider?");
    session.keys("5 Enter");
    session.wait_for("It has 5 cells.");
    session.wait_for("you said 5, measured 5");
    session.keys(".");
    session.wait_until("a blank screen", |screen| screen.trim().is_empty());
    session.keys("x");
    session.wait_for("It has 5 cells.");
    session.keys("PageDown");
    session.wait_for("100000 cores");
    session.keys("n");
    session.wait_for("That was all.");
    session.keys("p p");
    session.wait_for("How many cells has a glider?");
    session.keys("Esc");
    session.wait_without("My own tour");
    session.wait_for("3 Logs");
    session.keys("q");
    session.end().cleanly_with(0);
}

#[test]
fn tours_are_listed_and_wrong_ones_named_with_their_place() {
    let listed = fanout(&["tour", "--list"]);
    let text = String::from_utf8(listed.stdout).expect("text");
    let numbers: Vec<&str> = text.lines().filter_map(|line| line.split('\t').next()).collect();
    assert_eq!(numbers, ["59", "60", "61", "62", "63", "64"]);
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("wrong.md");
    std::fs::write(&path, "# Wrong\n\n## A step\n- wait: life.generation > 5\n\nText.\n").expect("it is written");
    let wrong = fanout(&["tour", path.to_str().expect("a plain path")]);
    let text = String::from_utf8_lossy(&wrong.stderr);
    assert_eq!(wrong.status.code(), Some(1));
    assert!(text.contains("wrong.md:4:9: a wait has a limit"), "{text}");
    assert_eq!(fanout(&["tour"]).status.code(), Some(2));
}

#[test]
fn a_claim_that_is_contradicted_fails_the_check() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("claims.md");
    let claims = "# Claims\n\n## A step\n- do: life.seed-glider\n- wait: life.generation > 0 within 20s\n\
                  - claim: life.population = 5\n- claim: life.population = 6\n\nText.\n";
    std::fs::write(&path, claims).expect("it is written");
    let checked = fanout(&["tour", "--check", path.to_str().expect("a plain path")]);
    let text = String::from_utf8_lossy(&checked.stdout);
    assert_eq!(checked.status.code(), Some(1), "{text}");
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "held          claims step 1 A step: life.population = 5 (5 = 5)");
    assert_eq!(lines[1], "contradicted  claims step 1 A step: life.population = 6 (5 = 6)");
}
