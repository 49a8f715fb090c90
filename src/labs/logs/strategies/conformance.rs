//! Every strategy is held to the same: each line once, whole, in order, whatever happens to the name.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::labs::logs::open_file::Ends;
use crate::labs::logs::sink::{Closed, Origin, Sink};
use crate::labs::logs::source::{Begin, Note};
use crate::labs::logs::sources::Sources;
use crate::labs::logs::stop::Stop;
use crate::labs::logs::strategies::{Follow, Job, STRATEGIES};
use crate::runtime::caught::Panicked;
use crate::runtime::loop_watch::LoopWatch;
use crate::runtime::strategy::{Setup, Strategy};

const LINES: usize = 6000;

/// Keeps what it gets, and lets tests wait for it.
#[derive(Default)]
struct Kept {
    got: Mutex<Got>,
    more: Condvar,
}

#[derive(Default)]
struct Got {
    lines: Vec<String>,
    notes: Vec<Note>,
}

impl Sink for Kept {
    fn put(&self, _from: &Origin, bytes: &[u8], ends: Ends) -> Result<(), Closed> {
        assert_eq!(ends, Ends::Whole);
        let text = std::str::from_utf8(bytes).unwrap();
        assert!(text.ends_with('\n'), "lines come whole");
        self.got.lock().unwrap().lines.extend(text.lines().map(str::to_owned));
        self.more.notify_all();
        Ok(())
    }

    fn note(&self, _from: &Origin, note: Note) {
        self.got.lock().unwrap().notes.push(note);
        self.more.notify_all();
    }
}

impl Kept {
    fn wait(&self, what: &str, until: impl Fn(&Got) -> bool) {
        let deadline = Instant::now() + Duration::from_secs(30);
        let mut got = self.got.lock().unwrap();
        while !until(&got) {
            let left = deadline.saturating_duration_since(Instant::now());
            let (count, notes) = (got.lines.len(), &got.notes);
            assert!(!left.is_zero(), "waited in vain for {what}: {count} lines, {notes:?}");
            got = self.more.wait_timeout(got, left).unwrap().0;
        }
    }

    fn wait_lines(&self, count: usize) {
        self.wait(&format!("{count} lines"), |got| got.lines.len() >= count);
    }
}

struct Following {
    strategy: &'static Strategy<Sources, dyn Follow>,
    folder: tempfile::TempDir,
    kept: Arc<Kept>,
    job: Job,
    thread: Option<JoinHandle<Result<(), Panicked>>>,
}

impl Following {
    fn start(strategy: &'static Strategy<Sources, dyn Follow>, folder: tempfile::TempDir, names: &[&str]) -> Self {
        let names: Vec<OsString> = names.iter().map(|name| folder.path().join(name).into_os_string()).collect();
        let kept = Arc::new(Kept::default());
        let job = Job {
            sources: Arc::new(Sources::new(&names, Begin::All).unwrap()),
            sink: Arc::<Kept>::clone(&kept),
            interval: Duration::from_millis(5),
            follow: true,
            stop: Stop::new(),
            watch: LoopWatch::new(),
        };
        let mut following = Self { strategy, folder, kept, job, thread: None };
        following.go_on(strategy);
        following
    }

    fn go_on(&mut self, strategy: &'static Strategy<Sources, dyn Follow>) {
        self.job.stop = Stop::new();
        self.strategy = strategy;
        let job = self.job.clone();
        self.thread = Some(thread::spawn(move || {
            let mut made = (strategy.make)(&Setup::headless(2, PathBuf::new())).unwrap();
            crate::runtime::caught::catch(|| made.run(&job).unwrap())
        }));
    }

    fn end(&mut self) -> Result<(), Panicked> {
        self.job.stop.set();
        self.thread.take().unwrap().join().unwrap()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Waits for all the lines, and ends: each came once, in order.
    fn check_in_order(mut self, count: usize) {
        self.kept.wait_lines(count);
        self.end().unwrap();
        let got = self.kept.got.lock().unwrap();
        let expected: Vec<String> = (0..count).map(|n| format!("line {n}")).collect();
        let wrong = got.lines.iter().zip(&expected).position(|(got, expected)| got != expected);
        let shown = wrong.map(|n| (&got.lines[n], &expected[n]));
        assert_eq!((got.lines.len(), shown), (count, None), "{}: {:?}", self.strategy.about.id, got.notes);
    }
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

fn append(path: &Path) -> File {
    OpenOptions::new().create(true).append(true).open(path).unwrap()
}

fn write_lines(file: &mut File, numbers: std::ops::Range<usize>) {
    for n in numbers {
        writeln!(file, "line {n}").unwrap();
    }
}

fn every_strategy(test: impl Fn(&'static Strategy<Sources, dyn Follow>)) {
    for strategy in STRATEGIES {
        test(strategy);
    }
}

#[test]
fn a_file_that_grows_and_one_that_comes_late() {
    every_strategy(|strategy| {
        let following = Following::start(strategy, folder(), &["late/a.log"]);
        following.kept.wait("it is not there", |got| got.notes == [Note::Gone]);
        fs::create_dir(following.path("late")).unwrap();
        let mut file = append(&following.path("late/a.log"));
        write_lines(&mut file, 0..LINES);
        following.check_in_order(LINES);
    });
}

#[test]
fn partial_lines_wait_for_their_end() {
    every_strategy(|strategy| {
        let following = Following::start(strategy, folder(), &["a.log"]);
        let mut file = append(&following.path("a.log"));
        for n in 0..200 {
            write!(file, "li").unwrap();
            file.flush().unwrap();
            write!(file, "ne {n}").unwrap();
            thread::yield_now();
            writeln!(file).unwrap();
        }
        following.check_in_order(200);
    });
}

#[test]
fn rotation_by_rename_again_and_again() {
    every_strategy(|strategy| {
        let following = Following::start(strategy, folder(), &["a.log"]);
        let path = following.path("a.log");
        for turn in 0..6 {
            let mut file = append(&path);
            write_lines(&mut file, turn * 1000..(turn + 1) * 1000);
            if turn == 0 {
                following.kept.wait_lines(1);
            }
            for old in (1..=turn).rev() {
                fs::rename(following.path(&format!("a.log.{old}")), following.path(&format!("a.log.{}", old + 1)))
                    .unwrap();
            }
            fs::rename(&path, following.path("a.log.1")).unwrap();
        }
        write_lines(&mut append(&path), 6000..6001);
        following.check_in_order(6001);
    });
}

#[test]
fn a_writer_that_goes_on_in_the_renamed_file_loses_nothing() {
    every_strategy(|strategy| {
        let mut following = Following::start(strategy, folder(), &["a.log"]);
        let path = following.path("a.log");
        let mut old = append(&path);
        write_lines(&mut old, 0..1000);
        following.kept.wait_lines(1);
        fs::rename(&path, following.path("elsewhere.log")).unwrap();
        write_lines(&mut old, 1000..1050);
        let mut new = append(&path);
        for n in 0..50 {
            write_lines(&mut old, 1050 + n..1051 + n);
            writeln!(new, "new {n}").unwrap();
        }
        following.kept.wait("the new file's lines", |got| got.lines.iter().any(|line| line == "new 49"));
        write_lines(&mut old, 1100..1150);
        following.kept.wait_lines(1200);
        following.end().unwrap();
        let got = following.kept.got.lock().unwrap();
        let (new, old): (Vec<&String>, Vec<&String>) = got.lines.iter().partition(|line| line.starts_with("new"));
        assert!(new.iter().enumerate().all(|(n, line)| **line == format!("new {n}")), "{}", strategy.about.id);
        assert!(old.iter().enumerate().all(|(n, line)| **line == format!("line {n}")), "{}", strategy.about.id);
        assert_eq!((new.len(), old.len()), (50, 1150));
        let first_new = got.lines.iter().position(|line| line == "new 0").unwrap();
        assert!(first_new >= 1050, "what was there before the new file appeared comes first");
    });
}

#[test]
fn copytruncate_with_a_pause_and_delete_and_recreate() {
    every_strategy(|strategy| {
        let following = Following::start(strategy, folder(), &["a.log"]);
        let path = following.path("a.log");
        let mut file = append(&path);
        write_lines(&mut file, 0..2000);
        following.kept.wait_lines(2000);
        fs::copy(&path, following.path("a.log.1")).unwrap();
        file.set_len(0).unwrap();
        // Longer than what was there, so that only the content tells.
        write_lines(&mut file, 2000..4000);
        following.kept.wait_lines(4000);
        fs::remove_file(&path).unwrap();
        write_lines(&mut append(&path), 4000..6000);
        following.check_in_order(6000);
    });
}

#[test]
fn a_link_that_is_turned_and_a_folder_that_goes_and_comes_back() {
    every_strategy(|strategy| {
        let folder = folder();
        for version in ["v1", "v2"] {
            fs::create_dir(folder.path().join(version)).unwrap();
        }
        symlink("v1", folder.path().join("current")).unwrap();
        let following = Following::start(strategy, folder, &["current/a.log"]);
        let mut old = append(&following.path("v1/a.log"));
        write_lines(&mut old, 0..1000);
        following.kept.wait_lines(1);
        // Turned as releases are: a link beside it takes its name.
        write_lines(&mut old, 1000..1500);
        write_lines(&mut append(&following.path("v2/a.log")), 1500..2000);
        symlink("v2", following.path("next")).unwrap();
        fs::rename(following.path("next"), following.path("current")).unwrap();
        following.kept.wait_lines(2000);
        fs::rename(following.path("v2"), following.path("elsewhere")).unwrap();
        following.kept.wait("the folder is gone", |got| got.notes.contains(&Note::Gone));
        fs::create_dir(following.path("v2")).unwrap();
        write_lines(&mut append(&following.path("v2/a.log")), 2000..3000);
        following.kept.wait_lines(3000);
        fs::remove_dir_all(following.path("v2")).unwrap();
        fs::create_dir(following.path("v2")).unwrap();
        write_lines(&mut append(&following.path("v2/a.log")), 3000..4000);
        following.check_in_order(4000);
    });
}

#[test]
fn new_matches_of_a_glob_join_and_renamed_ones_do_not() {
    every_strategy(|strategy| {
        let mut following = Following::start(strategy, folder(), &["*.log*"]);
        write_lines(&mut append(&following.path("a.log")), 0..10);
        following.kept.wait_lines(10);
        fs::rename(following.path("a.log"), following.path("a.log.1")).unwrap();
        write_lines(&mut append(&following.path("a.log")), 10..20);
        following.kept.wait_lines(20);
        write_lines(&mut append(&following.path("b.log")), 20..30);
        following.kept.wait_lines(30);
        following.end().unwrap();
        assert_eq!(following.kept.got.lock().unwrap().lines.len(), 30, "{}", strategy.about.id);
    });
}

#[test]
fn a_switch_and_a_panic_lose_and_double_nothing() {
    let mut following = Following::start(&STRATEGIES[0], folder(), &["a.log"]);
    let path = following.path("a.log");
    let mut file = append(&path);
    // What had lost the name before the first look would not be its to follow.
    write_lines(&mut file, 0..1000);
    following.kept.wait_lines(1);
    let writer = thread::spawn(move || {
        for n in 1..60 {
            write_lines(&mut file, n * 1000..(n + 1) * 1000);
            if n % 10 == 9 {
                fs::rename(&path, path.with_extension(format!("log.{n}"))).unwrap();
                file = append(&path);
            }
        }
    });
    for strategy in STRATEGIES.iter().skip(1).chain(STRATEGIES).chain(STRATEGIES) {
        let before = following.kept.got.lock().unwrap().lines.len();
        following.kept.wait("some lines", |got| got.lines.len() > before || got.lines.len() == 60_000);
        following.end().unwrap();
        following.go_on(strategy);
        following.job.sources.panic_at_next_look();
        following.kept.wait("nothing", |_| true);
        // A file that grows, or is looked at by the clock, is looked at again: the run ends with the panic.
        append(&following.path("a.log"));
        following.job.stop.wait(Duration::from_secs(20));
        let panicked = following.end().unwrap_err();
        assert!(panicked.message.contains("logs.panic"), "{panicked}");
        following.go_on(strategy);
    }
    writer.join().unwrap();
    following.check_in_order(60_000);
}
