//! Everything at once, over the real program in a pseudo-terminal: random keys, mouse, resizes, strategy switches, files
//! rotated under it, workers killed, stops and continues, a terminal that stalls. Then the end, and nothing may be left.
//!
//! Three short runs are made by default. `FANOUT_CHAOS_RUNS=200 FANOUT_CHAOS_SECONDS=20` makes a long night of it, and
//! `FANOUT_CHAOS_SEED=7` begins with the seed that failed.

use std::fs::OpenOptions;
use std::io::Write;
use std::time::{Duration, Instant};

use crate::session::Session;
use rustix::process::Signal;

/// With fewer rows the dashboard only says that they are too few.
const LEAST_ROWS: u16 = 12;

/// More memory than anything here needs: past it something grows without bound.
const MOST_MEMORY: u64 = 1 << 30;

/// More threads than all labs together need with 64 workers each.
const MOST_THREADS: u64 = 1000;

/// Keys that do something somewhere, but for those that end the program. The palette is not left open: with the right letter
/// Enter would end it there too ("1" finds the quitting with exit code 130).
const KEYS: &[&str] = &[
    "s",
    "S",
    "Space",
    "r",
    "+",
    "-",
    "Tab",
    "Shift-Tab",
    "1",
    "2",
    "3",
    "4",
    "5",
    "6",
    "7",
    "z",
    "Enter",
    "f",
    "<",
    ">",
    "c",
    "t",
    "?",
    ": s o u p Enter",
    ": t h e m e Enter",
    "Esc",
    "Up",
    "Down",
    "Left",
    "Right",
    "PageUp",
    "PageDown",
    "Home",
    "End",
    "a",
    "b",
    "d",
    "g",
    "i",
    "k",
    "l",
    "m",
    "n",
    "o",
    "p",
    "u",
    "v",
    "w",
    "x",
    "y",
    "[",
    "]",
    "/",
    "Ctrl-L",
    "Backspace",
    "s s s",
    "Tab s",
    "2 r",
    "2 a",
    "1 x",
];

/// A small generator, so that a seed tells the whole run (xorshift64*, <https://en.wikipedia.org/wiki/Xorshift>).
struct Dice(u64);

impl Dice {
    fn below(&mut self, count: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) % count
    }
}

/// A number from the environment, or what stands in for it.
fn asked(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

#[test]
fn nothing_is_left_after_everything_at_once() {
    let (first, runs) = (asked("FANOUT_CHAOS_SEED", 1), asked("FANOUT_CHAOS_RUNS", 3));
    for seed in first..first + runs {
        println!("seed {seed}");
        run(seed, Duration::from_secs(asked("FANOUT_CHAOS_SECONDS", 4)));
    }
}

fn run(seed: u64, length: Duration) {
    let mut dice = Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    let mut session = Session::start(120, 40, &["busy.log"]);
    session.wait_for("1 Life");
    let log = session.folder().join("busy.log");
    let end = Instant::now() + length;
    let (mut number, mut stalled) = (0_u64, false);
    while Instant::now() < end {
        match dice.below(20) {
            0 => session.resize(1 + dice.below(400) as u16, 1 + dice.below(200) as u16),
            1 => session.resize(60 + dice.below(100) as u16, 16 + dice.below(40) as u16),
            2 => {
                stalled = !stalled;
                if stalled { session.stall() } else { session.go_on() }
            }
            3 => session.kill_a_worker(),
            4 if dice.below(4) == 0 => stop_and_continue(&session),
            5 => {
                // A terminal answers with what is gone by then; a rename that finds no file is a rename of nothing.
                let _ = std::fs::rename(&log, log.with_extension("log.1"));
            }
            6 | 7 => {
                let (column, row) = (1 + dice.below(130) as u16, 1 + dice.below(45) as u16);
                let button = [0, 32, 64, 65][dice.below(4) as usize];
                // Farther down it could be the row of keys, where a click on "quit" quits.
                let row = if button == 0 { row.min(LEAST_ROWS - 1) } else { row };
                println!("mouse {button} {column} {row}");
                session.mouse(button, column, row, dice.below(3) > 0);
            }
            8 => {
                let mut file = OpenOptions::new().create(true).append(true).open(&log).expect("the log can be written");
                for _ in 0..dice.below(200) {
                    number += 1;
                    writeln!(file, "line {number} \x1b[2J\x07 of chaos").expect("the log can be written");
                }
            }
            _ => {
                let keys = KEYS[dice.below(KEYS.len() as u64) as usize];
                println!("{keys}");
                session.keys(keys);
            }
        }
        std::thread::sleep(Duration::from_millis(dice.below(20)));
    }
    session.go_on();
    let (memory, threads) = (session.status("VmRSS"), session.status("Threads"));
    assert!(memory < MOST_MEMORY && threads < MOST_THREADS, "seed {seed}: {memory} bytes, {threads} threads");
    let code = match seed % 3 {
        0 => {
            session.signal(Signal::TERM);
            143
        }
        1 => {
            session.signal(Signal::HUP);
            129
        }
        _ => {
            session.keys("Ctrl-C");
            130
        }
    };
    session.end().cleanly_with(code);
}

fn stop_and_continue(session: &Session) {
    session.signal(Signal::TSTP);
    session.wait_state('T');
    session.signal(Signal::CONT);
}
