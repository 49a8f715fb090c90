//! The dashboard, run as people run it: in a pseudo-terminal, with keys, resizes, stalls and signals.

mod chaos;
mod logs;
mod recording;
mod session;
mod tour;

use std::time::Duration;

use fanout::labs::{self, Start};
use rustix::process::Signal;
use session::Session;

const LABS: [&str; 3] = ["1 Life", "2 GCD", "3 Logs"];

/// A dashboard of this size whose three panes are there.
fn started(columns: u16, rows: u16) -> Session {
    let session = Session::start(columns, rows, &[]);
    for lab in LABS {
        session.wait_for(lab);
    }
    session
}

/// Finds an action in the palette by what is typed, and does it.
fn find(session: &mut Session, text: &str) {
    session.keys(":");
    session.wait_for("Find");
    session.text(text);
    session.wait_for(text);
    session.keys("Enter");
    session.wait_without("Find ·");
}

#[test]
fn it_starts_with_three_panes_at_every_size_and_quits_cleanly() {
    for (columns, rows) in [(80, 24), (120, 40), (200, 60)] {
        let mut session = started(columns, rows);
        session.wait_for("generation");
        session.wait_for("Serial");
        session.wait_for("INFO");
        session.keys("q");
        session.end().cleanly_with(0);
    }
}

#[test]
fn help_palette_zoom_and_freeze_come_and_go() {
    let mut session = started(120, 40);
    session.keys("?");
    session.wait_for("Everywhere");
    session.keys("Esc");
    session.wait_without("Everywhere");
    find(&mut session, "Go to the next pane");
    session.keys("z");
    session.wait_until("only the pane in focus", |screen| !screen.contains("1 Life ·") && screen.contains("2 GCD ·"));
    session.keys("z");
    session.wait_for("1 Life ·");
    session.keys("f");
    session.wait_for("picture frozen");
    session.keys("f");
    session.wait_without("picture frozen");
    session.keys("q");
    session.end().cleanly_with(0);
}

#[test]
fn every_strategy_of_every_lab_is_switched_to_by_its_key() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let executable = env!("CARGO_BIN_EXE_fanout").into();
    let start = Start { executable, ..Start::alone(folder.path()) };
    let mut session = started(120, 40);
    for (i, lab) in labs::all(&start).iter().take(LABS.len()).enumerate() {
        let titles: Vec<&str> = lab.strategies().iter().map(|about| about.title).collect();
        session.wait_for("gen/s");
        session.keys(&format!("{}", i + 1));
        let first = shown_strategy(&session.screen(), lab.about().title).expect("a frame names its strategy");
        let mut seen = vec![first.clone()];
        loop {
            let before = seen.last().expect("one was seen").clone();
            session.keys("s");
            // A frame may be half drawn.
            let mut now = String::new();
            session.wait_until("the next strategy", |screen| {
                now = shown_strategy(screen, lab.about().title).unwrap_or_default();
                now != before && titles.contains(&now.as_str())
            });
            if now == first {
                break;
            }
            seen.push(now);
        }
        // One that cannot take what is there says why and is passed over.
        assert!(seen.len() * 2 > titles.len() && seen.len() > 1, "{seen:?} of {titles:?}");
    }
    session.keys("q");
    session.end().cleanly_with(0);
}

/// The strategy that the frame of this lab names.
fn shown_strategy(screen: &str, lab: &str) -> Option<String> {
    let (_, after) = screen.split_once(&format!("{lab} · "))?;
    let end = after.find(['─', '╮'])?;
    Some(after[..end].trim().to_owned())
}

#[test]
fn a_paused_dashboard_writes_nothing() {
    let mut session = started(120, 40);
    // The first round of measurements ends by itself.
    session.keys("1 Space");
    session.wait_for("paused");
    session.keys("3 Space");
    session.wait_quiet(Duration::from_secs(2));
    session.keys("q");
    session.end().cleanly_with(0);
}

#[test]
fn a_storm_of_resizes_leaves_a_whole_screen() {
    let mut session = started(120, 40);
    for n in 0..120_u16 {
        session.resize(1 + n * 37 % 400, 1 + n * 23 % 200);
    }
    session.resize(20, 8);
    session.wait_for("20x8 is too small");
    session.resize(100, 30);
    for lab in LABS {
        session.wait_for(lab);
    }
    session.keys("q");
    session.end().cleanly_with(0);
}

#[test]
fn no_resize_is_lost_beside_a_key() {
    let mut session = started(100, 40);
    for _ in 0..40 {
        session.keys("z");
        session.resize(100, 30);
        session.keys("z");
        session.resize(100, 40);
        session.wait_until("the keys in the last row", |screen| {
            screen.lines().nth(39).is_some_and(|row| row.contains("q quit"))
        });
    }
    session.keys("q");
    session.end().cleanly_with(0);
}

#[test]
fn a_key_that_comes_with_a_resize_is_not_left_until_the_next_key() {
    let mut session = started(100, 40);
    session.keys("5 B");
    session.wait_for("Sure?");
    session.keys("y");
    // The event loop is held up, then more keys than may wait for it hold up the reader, which finds both of these after them.
    session.text(&"\u{7}".repeat(600));
    session.resize(100, 30);
    session.keys("?");
    session.wait_for("Esc closes");
    session.keys("Esc");
    session.wait_without("Esc closes");
    session.keys("q");
    session.end().cleanly_with(0);
}

#[test]
fn every_signal_that_ends_it_restores_the_terminal() {
    for (signal, code) in [(Signal::TERM, 143), (Signal::HUP, 129), (Signal::INT, 130)] {
        let session = started(80, 24);
        session.signal(signal);
        session.end().cleanly_with(code);
    }
    let mut session = started(80, 24);
    session.keys("Ctrl-C");
    session.end().cleanly_with(130);
}

#[test]
fn a_stalled_terminal_stops_nothing_but_the_picture() {
    let mut session = started(120, 40);
    session.stall();
    // Keys are taken in, and the work goes on, while nobody reads: the help that was asked for meanwhile is there after.
    session.keys("?");
    std::thread::sleep(Duration::from_secs(1));
    session.go_on();
    session.wait_for("Everywhere");
    session.keys("Esc");
    session.wait_without("Everywhere");
    session.stall();
    session.keys("z z z z z z");
    session.signal(Signal::TERM);
    session.end().cleanly_with(143);
}

#[test]
fn it_suspends_and_comes_back() {
    let mut session = started(120, 40);
    session.keys("Ctrl-Z");
    session.wait_state('T');
    session.wait_without("1 Life");
    session.signal(Signal::CONT);
    for lab in LABS {
        session.wait_for(lab);
    }
    session.signal(Signal::TSTP);
    session.wait_state('T');
    session.signal(Signal::CONT);
    session.wait_for("1 Life");
    session.keys("q");
    session.end().cleanly_with(0);
}

#[test]
fn a_panic_inside_a_worker_is_said_and_survived() {
    let mut session = started(120, 40);
    // Life goes on by itself; the others need a run, and something new in a log, to meet it.
    for (lab, keys, said) in [
        ("Life", "", "this generation was asked to panic"),
        ("GCD", "2 r", "a panic on purpose"),
        ("Logs", "2 r", "the logs reader panicked"),
    ] {
        find(&mut session, &format!("{lab}: panic"));
        session.keys(keys);
        session.wait_for(said);
    }
    session.keys("1 r 2 r 3");
    session.wait_for("generation");
    session.keys("q");
    session.end().cleanly_with(0);
}

#[test]
fn it_says_what_is_wrong_where_there_is_no_terminal() {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_fanout")).output().expect("the program starts");
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(text.contains("stdout is not a terminal"), "{text}");
}

#[test]
fn cards_and_the_decision_tree_open_and_lead_to_a_lab() {
    let mut session = started(120, 40);
    session.keys("? 0");
    session.wait_for("Threads and coroutines");
    session.keys("Esc");
    session.wait_without("Threads and coroutines");
    find(&mut session, "Card: item 62");
    session.wait_for("Functions that mix threads");
    session.keys("Esc");
    session.wait_without("Functions that mix threads");
    find(&mut session, "Ask the decision tree");
    session.wait_for("What does the work mostly do?");
    session.keys("c m y n");
    session.wait_for("Take worker processes");
    session.keys("Enter");
    session.wait_without("Take worker processes");
    session.wait_until("GCD under processes", |screen| screen.contains("GCD · Processes"));
    session.keys("q");
    session.end().cleanly_with(0);
}
