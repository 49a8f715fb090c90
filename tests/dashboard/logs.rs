//! The logs pane on a real terminal: what lines can do to it, and lines that come through a pipe.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::time::Duration;

use crate::session::Session;

/// A dashboard that shows only the logs pane, whose file has got this line between others.
fn shown(line: &[u8]) -> Session {
    // Its name is on the screen: the same each time.
    let mut session = Session::start(80, 24, &["a.log"]);
    let path = session.folder().join("a.log");
    session.keys("3 z");
    session.wait_for("no lines yet");
    fs::write(&path, "before 1\nbefore 2\n").unwrap();
    session.wait_for("before 2");
    let mut file = OpenOptions::new().append(true).open(&path).unwrap();
    file.write_all(&[line, b"\nafter 1\nafter 2\n"].concat()).unwrap();
    session.wait_for("after 2");
    // A key takes the notice away that the file is there, and nothing measures or counts any more.
    session.keys("End");
    session.wait_until("nothing more to come", |screen| screen.contains("quit") && screen.contains(" 0.00 /s"));
    session.wait_quiet(Duration::from_secs(2));
    session
}

#[test]
fn a_line_changes_nothing_outside_its_row() {
    let calm = shown(b"a line");
    // Moves, clears, colours, another screen, a reset, other characters, the title, the bell, the clipboard, a query.
    let hostile = shown(
        b"a \x1b[2J\x1b[H\x1b[31;1m\x1b[10A\x1b[5S\x1b[?1049l\x1b[?25h\x1bc\x0e\x0f\x1b(0\r\x08\x0b\x0c\x1b]0;title\x07\x07\
          \x1b]52;c;aGVsbG8=\x07\x1b]8;;http://x\x1b\\\x1bP$q\x1b\\\x1b[6n\xc2\x9b2J\xe2\x80\xae\xff\x00\x7f line",
    );
    let (calm_rows, hostile_rows) = (calm.rows(), hostile.rows());
    let row = hostile.screen().lines().position(|row| row.contains("a ") && row.contains("[2J")).unwrap();
    assert!(calm.screen().lines().nth(row).unwrap().contains("a line"));
    for (n, (calm, hostile)) in calm_rows.iter().zip(&hostile_rows).enumerate() {
        assert!(n == row || calm == hostile, "row {n}: {hostile:?} instead of {calm:?}");
    }
    assert_eq!((calm.acts(), hostile.acts()), (vec![], vec![]));
    for mut session in [calm, hostile] {
        session.keys("q");
        session.end().cleanly_with(0);
    }
}

#[test]
fn a_line_of_ten_megabytes_has_its_rows_and_no_more() {
    let calm = shown(b"one-line");
    let mut long = shown(&b"\x1b[2Jten-million ".repeat(700_000));
    let (calm_rows, long_rows) = (calm.rows(), long.rows());
    let text = long.screen();
    let pieces = text.lines().filter(|row| row.contains("ten-million")).count();
    assert_eq!(pieces, (15 * 700_000_usize).div_ceil(1 << 20), "a row for each piece");
    let inside = |row: &&String| !row.contains("ten-million");
    let mut others: Vec<&String> = long_rows.iter().filter(inside).collect();
    // It took the place of one line and of empty rows below.
    let empty = calm_rows.iter().rev().nth(2).unwrap();
    let at = others.iter().position(|row| *row == empty).unwrap();
    for _ in 1..pieces {
        others.insert(at, empty);
    }
    let calm_others: Vec<&String> = calm_rows.iter().filter(|row| !row.contains("one-line")).collect();
    assert_eq!(others, calm_others);
    long.keys("q");
    long.end().cleanly_with(0);
}

#[test]
fn standard_input_is_read_and_the_keys_come_from_the_terminal() {
    let mut session = Session::start_fed(80, 24, "printf 'one\\ntwo\\n'; sleep 1; echo three", &["-"]);
    session.keys("3 z");
    session.wait_for("two");
    session.wait_for("three");
    session.wait_for("it has ended");
    session.keys("q");
    session.end().cleanly_with(0);
}

#[test]
fn a_keyboard_is_no_standard_input_to_read() {
    let mut session = Session::start(80, 24, &["-"]);
    session.wait_for("standard input is the keyboard");
    session.keys("q");
    session.end().cleanly_with(0);
}
