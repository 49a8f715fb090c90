//! What `--record` writes: played to a terminal, it leaves the screen that was there.

use std::num::NonZero;
use std::path::Path;
use std::time::Duration;

use serde_json::Value;

use crate::session::Session;

/// A recording, played into a terminal emulator.
struct Played {
    emulator: vt100::Parser,
    markers: Vec<String>,
}

fn cells(count: &Value) -> NonZero<u16> {
    NonZero::new(count.as_u64().and_then(|count| u16::try_from(count).ok()).expect("a size")).expect("not zero")
}

fn play(path: &Path) -> Played {
    let text = std::fs::read_to_string(path).expect("the recording is there");
    let mut lines = text.lines().map(|line| serde_json::from_str::<Value>(line).expect("a line is JSON"));
    let header = lines.next().expect("a header");
    assert_eq!(header["version"], 2);
    let mut emulator = vt100::Parser::new(cells(&header["height"]), cells(&header["width"]), 0);
    let (mut markers, mut last) = (Vec::new(), 0.0);
    for line in lines {
        let (at, data) = (line[0].as_f64().expect("a time"), line[2].as_str().expect("text"));
        assert!(at >= last, "times go forward: {at} after {last}");
        last = at;
        match line[1].as_str().expect("a kind") {
            "o" => emulator.process(data.as_bytes()),
            "r" => {
                let (columns, rows) = data.split_once('x').expect("a size");
                let number = |text: &str| NonZero::new(text.parse::<u16>().expect("a number")).expect("not zero");
                emulator.screen_mut().set_size(number(rows), number(columns));
            }
            "m" => markers.push(data.to_owned()),
            kind => panic!("{kind} is no kind of event"),
        }
    }
    Played { emulator, markers }
}

/// Stops what would go on changing the screen.
fn pause_all(session: &mut Session) {
    session.wait_for("gen/s");
    session.keys("1 Space");
    session.wait_for("paused");
    session.keys("3 Space");
    session.wait_quiet(Duration::from_secs(2));
}

#[test]
fn a_recording_replays_to_the_same_screen_cell_by_cell() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("demo.cast");
    let mut session = Session::start(120, 40, &["--record", path.to_str().expect("a plain path")]);
    session.wait_for("3 Logs");
    session.keys("?");
    session.wait_for("Everywhere");
    session.keys("Esc");
    session.wait_without("Everywhere");
    session.resize(100, 30);
    session.keys("z");
    session.wait_until("one pane", |screen| !screen.contains("2 GCD ·"));
    session.keys("z");
    session.wait_for("2 GCD ·");
    pause_all(&mut session);
    let wanted = session.formatted();
    session.keys("q");
    session.end().cleanly_with(0);
    let played = play(&path);
    let (rows, columns) = played.emulator.screen().size();
    assert_eq!((rows.get(), columns.get()), (30, 100));
    let played = played.emulator.screen().rows_formatted(0, 100).collect::<Vec<_>>();
    for (row, (played, wanted)) in played.iter().zip(&wanted).enumerate() {
        assert_eq!(played, wanted, "row {row}");
    }
    assert_eq!(played.len(), wanted.len());
}

#[test]
fn a_recorded_tour_has_a_marker_for_each_step() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("tour.cast");
    let name = path.to_str().expect("a plain path");
    let session = Session::start(80, 24, &["tour", "62", "--auto", "--hold", "100ms", "--record", name]);
    session.end().cleanly_with(0);
    let played = play(&path);
    let steps: Vec<&str> = played.markers.iter().map(|marker| marker.split(':').next().unwrap_or_default()).collect();
    assert_eq!(steps, ["62 step 1", "62 step 2", "62 step 3", "62 step 4"]);
    assert!(played.emulator.screen().contents().contains("4/4"));
}
