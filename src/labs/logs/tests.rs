//! The lab as the dashboard uses it: real files, a real worker, Commands in and Views out.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use super::*;

const PATIENCE: Duration = Duration::from_secs(30);

struct Bench {
    folder: tempfile::TempDir,
    lab: Front<LogsLab>,
    notices: Vec<String>,
}

impl Bench {
    fn new(files: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &&str| folder.path().join(name).to_str().unwrap().to_owned();
        let mut start = Start::alone(folder.path());
        start.files = files.iter().map(path).collect();
        let mut bench = Self { folder, lab: Front::new(worker::start(&start), LogsLab), notices: Vec::new() };
        bench.lab.place(Some(Size { columns: 80, rows: 11 }));
        bench
    }

    fn append(&self, name: &str, numbers: std::ops::Range<usize>) {
        append(&self.folder.path().join(name), numbers);
    }

    fn act(&mut self, action: &str) {
        self.lab.act(&action.parse().unwrap()).unwrap();
    }

    /// Waits for a View like this, and returns its lines.
    fn wait(&mut self, what: &str, like: impl Fn(&View) -> bool) -> Vec<String> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            self.notices.extend(self.lab.refresh().notices.into_iter().map(|notice| notice.text));
            if let Some(view) = self.lab.view().filter(|view| like(view)) {
                return view.lines.iter().map(|line| line.text.clone()).collect();
            }
            let told = self.lab.view().map(|view| (view.total, &view.doing, &view.files));
            assert!(Instant::now() < deadline, "waited in vain for {what}: {told:?} {:?}", self.notices);
            thread::yield_now();
        }
    }

    /// Waits until the readers have seen that none of the named files is there: what comes then is read whole.
    fn wait_missing(&mut self, count: usize) {
        let missing = |view: &View| view.files.iter().filter(|file| file.trouble.is_some()).count();
        self.wait("that they are missed", |view| view.files.len() == count && missing(view) == count);
    }

    fn end(mut self) {
        self.lab.close();
        self.lab.join(Instant::now() + PATIENCE).unwrap();
    }
}

fn append(path: &Path, numbers: std::ops::Range<usize>) {
    let mut file = OpenOptions::new().create(true).append(true).open(path).unwrap();
    for n in numbers {
        writeln!(file, "line {n}").unwrap();
    }
}

#[test]
fn the_activity_logs_are_followed_when_no_file_is_named() {
    let mut bench = Bench::new(&[]);
    bench.append("life.log", 0..5);
    bench.append("gcd.log", 5..7);
    bench.wait("both files", |view| view.total == 7 && view.files.len() == 2);
    // Rotated as activity logs are, the renamed file is not read again.
    fs::rename(bench.folder.path().join("life.log"), bench.folder.path().join("life.log.1")).unwrap();
    bench.append("life.log", 7..10);
    bench.wait("the new file", |view| view.total == 10);
    fs::write(bench.folder.path().join("pulse.log"), "").unwrap();
    bench.wait("a row for one that has no line yet", |view| view.files.len() == 3 && view.files[2].lines == 0);
    bench.end();
}

#[test]
fn scrolling_stays_at_its_lines_while_others_come() {
    let mut bench = Bench::new(&["a.log"]);
    bench.wait_missing(1);
    bench.append("a.log", 0..100);
    let newest = bench.wait("the lines", |view| view.total == 100 && view.lines.len() == 10);
    assert_eq!(newest.last().unwrap(), "line 99");
    bench.act("logs.page -1");
    let back = bench.wait("a page back", |view| view.below == 9);
    assert_eq!(back.first().unwrap(), "line 81");
    bench.append("a.log", 100..120);
    assert_eq!(bench.wait("the same lines", |view| view.below == 29), back);
    bench.act("logs.oldest");
    assert_eq!(bench.wait("the oldest", |view| view.above == 0)[0], "line 0");
    bench.act("logs.follow");
    assert_eq!(bench.wait("the newest", |view| view.following).last().unwrap(), "line 119");
    bench.act("logs.scroll -1");
    bench.wait("one up", |view| view.below == 1);
    bench.act("logs.scroll 1");
    bench.wait("following again", |view| view.following);
    bench.end();
}

#[test]
fn a_pause_holds_the_readers_and_loses_nothing() {
    let mut bench = Bench::new(&["a.log"]);
    bench.wait_missing(1);
    bench.append("a.log", 0..10);
    bench.wait("the lines", |view| view.total == 10);
    bench.act("logs.pause");
    bench.wait("paused", |view| view.doing.text == "paused");
    bench.append("a.log", 10..50_000);
    bench.act("logs.next-strategy");
    bench.wait("the other strategy", |view| view.strategy.id == STRATEGIES[1].about.id);
    assert_eq!(bench.lab.view().unwrap().total, 10);
    let size = fs::metadata(bench.folder.path().join("a.log")).unwrap().len();
    let taken = (0..10).map(|n| format!("line {n}\n").len() as u64).sum::<u64>();
    bench.wait("all that waits", |view| view.behind == size - taken && view.files[0].behind == view.behind);
    bench.act("logs.pause");
    bench.wait("all lines", |view| view.total >= 50_000 && view.behind == 0);
    assert_eq!(bench.lab.view().unwrap().lines.last().unwrap().text, "line 49999");
    bench.end();
}

#[test]
fn panics_and_switches_lose_and_double_nothing() {
    let mut bench = Bench::new(&["a.log", "b.log"]);
    bench.wait_missing(2);
    let paths = ["a.log", "b.log"].map(|name| bench.folder.path().join(name));
    let writer = thread::spawn(move || {
        for turn in 0..100 {
            for path in &paths {
                append(path, turn * 100..(turn + 1) * 100);
            }
        }
    });
    for n in 0..6 {
        bench.act("logs.panic");
        let told = |bench: &Bench| bench.notices.iter().filter(|text| text.contains("panicked")).count();
        while told(&bench) <= n {
            bench.append("a.log", 0..1);
            bench.wait("anything", |_| true);
        }
        bench.act("logs.next-strategy");
        // Panics far apart are each followed by a new start; those in a row stop it, until it is asked to go on.
        bench.act("logs.run");
    }
    writer.join().unwrap();
    bench.append("b.log", 0..1);
    let written: u64 = ["a.log", "b.log"]
        .map(|name| fs::read_to_string(bench.folder.path().join(name)).unwrap().lines().count() as u64)
        .iter()
        .sum();
    bench.wait("every line", |view| view.total >= written);
    assert_eq!(bench.lab.view().unwrap().total, written);
    bench.end();
}

#[test]
fn lines_are_filtered_searched_hidden_merged_and_copied() {
    let mut bench = Bench::new(&["a.log", "b.log"]);
    bench.wait_missing(2);
    let merged = bench.folder.path().join("merged");
    bench.act(&format!("logs.merge {}", merged.display()));
    // Lines that come before the worker has taken the command in are not merged.
    bench.wait("the merged file", |view| view.status.iter().any(|status| status.label == "merging to"));
    bench.append("a.log", 0..1000);
    bench.append("b.log", 1000..2000);
    bench.wait("all", |view| view.total == 2000);
    let status = |view: &View, label: &str, text: &str| {
        view.status.iter().any(|status| status.label == label && status.text == text)
    };
    bench.act("logs.only 5$");
    let lines = bench.wait("the filtered", |view| status(view, "shown", "200 of 2,000"));
    assert!(lines.iter().all(|line| line.ends_with('5')), "{lines:?}");
    bench.act("logs.search 99");
    bench.wait("the found", |view| status(view, "search", "99  2"));
    bench.act("logs.found previous");
    bench.wait("the last found", |view| {
        status(view, "search", "99  2 of 2") && view.lines.iter().any(|line| line.current && line.text == "line 1995")
    });
    bench.act("logs.toggle b.log");
    bench.wait("one file only", |view| status(view, "shown", "100 of 2,000") && view.files[1].hidden);
    let copy = bench.folder.path().join("copy");
    bench.act(&format!("logs.copy {}", copy.display()));
    while !bench.notices.iter().any(|notice| notice.contains("100 lines copied")) {
        bench.wait("anything", |_| true);
    }
    assert_eq!(fs::read_to_string(copy).unwrap().lines().next(), Some("line 5"));
    bench.act("logs.only (");
    while !bench.notices.iter().any(|notice| notice.contains("unclosed group")) {
        bench.wait("anything", |_| true);
    }
    bench.act("logs.show-all");
    bench.act("logs.follow");
    bench.wait("everything", |view| view.following && !view.files[1].hidden && view.status.len() == 1);
    // The last block may still be on its way to the file when its lines are in view.
    let deadline = Instant::now() + PATIENCE;
    while fs::read_to_string(&merged).unwrap().lines().count() < 2000 {
        assert!(Instant::now() < deadline, "lines are missing in the merged file");
        thread::yield_now();
    }
    bench.act("logs.end-merge");
    bench.wait("no merged file", |view| view.status.is_empty());
    bench.act("logs.exec echo from a command");
    bench.wait("the command's line", |view| view.lines.iter().any(|line| line.text == "from a command"));
    bench.end();
}
