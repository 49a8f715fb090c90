//! One suite for every strategy: the slow work is done to its end, it takes its time, and the loop beats meanwhile unless the
//! strategy is one of those that show how it does not.

use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use super::{Row, STRATEGIES};
use crate::labs::pulse::demo_loop::DemoLoop;
use crate::labs::pulse::record::{Call, Record};
use crate::runtime::loop_watch::SlowCallback;
use crate::runtime::strategy::Setup;

const BLOCK: Duration = Duration::from_millis(200);

/// Those that do their slow work in one callback of the loop.
const BLOCKED: [&str; 2] = ["blocking", "cpu-on-loop"];

fn start(row: &'static Row, block: Duration) -> (DemoLoop, Record) {
    let record = Record::default();
    let setup = Setup::headless(2, PathBuf::new());
    (DemoLoop::start(row, &setup, block, record.clone()).unwrap(), record)
}

/// Waits until `seen` sees something, for a minute at most.
fn until<T>(record: &Record, seen: impl Fn(&Record) -> Option<T>) -> T {
    let deadline = Instant::now() + Duration::from_mins(1);
    loop {
        if let Some(seen) = seen(record) {
            return seen;
        }
        assert_eq!(record.take_failure(), None);
        assert!(Instant::now() < deadline, "it did not come");
        thread::yield_now();
    }
}

fn ended(record: &Record) -> Option<Call> {
    record.call().filter(|call| call.ended.is_some())
}

#[test]
fn slow_work_is_done_and_only_a_blocked_loop_misses_its_beats() {
    for row in STRATEGIES {
        let (demo, record) = start(row, BLOCK);
        until(&record, |record| (record.beats() > 0).then_some(()));
        assert!(demo.give_work());
        let call = until(&record, ended);
        let took = call.ended.unwrap().unwrap();
        assert!(took >= BLOCK, "{}: {took:?}", row.about.id);
        let blocked = BLOCKED.contains(&row.about.id);
        assert_eq!(call.beats == 0, blocked, "{}: {} beats meanwhile", row.about.id, call.beats);
        if blocked {
            let is_it = |slow: &SlowCallback| slow.took >= BLOCK && slow.name != "beat";
            until(&record, |record| record.watch.slow().iter().any(is_it).then_some(()));
            // Those that were missed are made up for, and each tells how late it was: the first of them almost the whole time.
            until(&record, |record| (record.beats() > 40).then_some(()));
            assert!(record.watch.lag().unwrap().max >= BLOCK * 9 / 10, "{}", row.about.id);
        }
    }
}

#[test]
fn a_loop_ends_at_once_in_the_middle_of_its_slow_work() {
    for row in STRATEGIES {
        let (demo, record) = start(row, Duration::from_hours(1));
        assert!(demo.give_work());
        until(&record, Record::call);
        drop(demo);
        assert!(record.call().unwrap().ended.is_none_or(|ended| ended.is_err()), "{}", row.about.id);
    }
}
