//! `fanout tail` as the command line's contract has it.

use std::fs::Permissions;
use std::fs::{self, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use assert_cmd::assert::OutputAssertExt;
use rustix::process::{Pid, Signal, kill_process};

const STRATEGIES: [&str; 6] = ["notify", "threads", "top-down", "bottom-up", "bridged", "writer-thread"];

fn tail(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fanout"));
    command.arg("tail").args(arguments).stdin(Stdio::null());
    command
}

fn write(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, text).unwrap();
    path
}

/// A `tail` that follows, and its lines as they come.
struct Following {
    child: Child,
    lines: BufReader<ChildStdout>,
}

impl Following {
    fn start(command: &mut Command) -> Self {
        Self::spawn(command.stderr(Stdio::null()))
    }

    fn spawn(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap());
        Self { child, lines }
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.lines.read_line(&mut line).unwrap();
        line
    }

    fn end(mut self, signal: Signal) -> Option<i32> {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
        self.child.wait().unwrap().code()
    }
}

#[test]
fn the_last_lines_and_all_of_them() {
    let folder = tempfile::tempdir().unwrap();
    let text = (0..30).map(|n| format!("{n}\n")).collect::<Vec<_>>().concat();
    let path = write(folder.path(), "a.log", &text);
    let given = |arguments: &[&str]| tail(&[&["--no-follow"], arguments].concat()).arg(&path).assert().success();
    given(&[]).stdout("20\n21\n22\n23\n24\n25\n26\n27\n28\n29\n");
    given(&["--lines", "2"]).stdout("28\n29\n");
    given(&["--lines", "all", "--grep", "^2", "--exclude", "[3-9]"]).stdout("2\n20\n21\n22\n");
    given(&["--lines", "all", "--strategy", "threads"]).stdout(text.clone());
}

#[test]
fn bytes_pass_as_they_are_and_json_replaces_what_is_no_text() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.log");
    let bytes = b"caf\xe9\0 \x1b[31m\r\nlast without an end";
    fs::write(&path, bytes).unwrap();
    for strategy in ["notify", "threads"] {
        let given = |arguments: &[&str]| {
            tail(&[&["--no-follow", "--strategy", strategy], arguments].concat()).arg(&path).assert().success()
        };
        given(&[]).stdout(&bytes[..]);
        // The same by the way that looks at every line.
        given(&["--grep", ""]).stdout(&bytes[..]);
    }
    let name = path.to_str().unwrap();
    let expected = format!(
        "{{\"path\":{name:?},\"number\":1,\"text\":\"caf\u{fffd}\\u0000 \\u001b[31m\"}}\n\
         {{\"path\":{name:?},\"number\":2,\"text\":\"last without an end\"}}\n"
    );
    tail(&["--no-follow", "--output", "json"]).arg(&path).assert().success().stdout(expected);
}

#[test]
fn several_files_with_their_names_and_stats() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["a.log", "b.log"] {
        write(folder.path(), name, "x\ny\n");
    }
    let stats = folder.path().join("stats.json");
    let given = |arguments: &[&str]| {
        let mut command = tail(&["--no-follow", "--stats"]);
        command.arg(&stats).args(arguments).current_dir(folder.path()).assert().success()
    };
    given(&["--prefix", "always", "*.log"]).stdout("a.log: x\na.log: y\nb.log: x\nb.log: y\n");
    assert_eq!(
        fs::read_to_string(&stats).unwrap(),
        r#"[{"path":"a.log","lines":2,"bytes":4,"rotations":0,"truncations":0,"lost_known":0},{"path":"b.log","lines":2,"bytes":4,"rotations":0,"truncations":0,"lost_known":0}]"#
    );
    given(&["a.log", "b.log"]).stdout("x\ny\nx\ny\n");
}

#[test]
fn standard_input_is_a_source_like_others() {
    let mut child = tail(&["-"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(b"one\ntwo").unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.stdout, output.status.code()), (b"one\ntwo\n".to_vec(), Some(0)));
}

#[test]
fn what_is_wrong_is_named() {
    let said = |arguments: &[&str], code: i32, parts: &[&str]| {
        let output = tail(arguments).output().unwrap();
        let text = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{text}");
        assert!(parts.iter().all(|part| text.contains(part)), "{text}");
    };
    said(&["--strategy", "notfy", "a"], 2, &[r#"unknown strategy "notfy"; did you mean "notify"?"#]);
    said(&["--strategy", "all", "a"], 2, &["--strategy all", "exactly one"]);
    said(&["--output", "csv", "a"], 2, &["--output csv", "--output json"]);
    said(&["--output", "markdown", "a"], 2, &["--output markdown", "--output human"]);
    said(&["--lines", "many", "a"], 2, &["--lines", "many", "or all"]);
    said(&["--grep", "(", "a"], 2, &["--grep", "unclosed group"]);
    said(&["--no-follow", "not-there"], 1, &["not-there", "No such file"]);
    let by_copying: &[&str] = &[];
    for way in [by_copying, &["--grep", "x"]] {
        let output = tail(&[&["--no-follow", "/not/there"], way].concat()).output().unwrap();
        let text = String::from_utf8(output.stderr).unwrap();
        assert_eq!(
            (text.as_str(), output.status.code()),
            ("fanout: /not/there: No such file or directory (os error 2)\n", Some(1))
        );
    }
    said(&["--no-follow", "[", "--grep", "x"], 2, &["is not a glob"]);
}

#[test]
fn it_follows_through_rotation_and_ends_with_the_signal() {
    for strategy in ["notify", "threads"] {
        let folder = tempfile::tempdir().unwrap();
        let path = write(folder.path(), "a.log", "one\n");
        let stats = folder.path().join("stats");
        let mut command = tail(&["--interval", "5ms", "--strategy", strategy, "--stats"]);
        let mut following = Following::start(command.arg(&stats).arg(&path));
        assert_eq!(following.line(), "one\n");
        let mut old = OpenOptions::new().append(true).open(&path).unwrap();
        write!(old, "two ").unwrap();
        writeln!(old, "words").unwrap();
        assert_eq!(following.line(), "two words\n");
        fs::rename(&path, folder.path().join("a.log.1")).unwrap();
        writeln!(old, "three").unwrap();
        assert_eq!(following.line(), "three\n");
        write(folder.path(), "a.log", "four\n");
        assert_eq!(following.line(), "four\n");
        assert_eq!(following.end(Signal::INT), Some(130));
        let stats = fs::read_to_string(stats).unwrap();
        assert!(stats.contains(r#""lines":4,"bytes":25,"rotations":1,"truncations":0"#), "{stats}");
    }
}

#[test]
fn a_permission_that_is_lost_and_regained() {
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
    let program = folder.path().join("fanout");
    // By another process: while this one has it open for writing, a child of another test would inherit that, and a program
    // that somebody may write to cannot be started.
    let copied = Command::new("cp").arg(env!("CARGO_BIN_EXE_fanout")).arg(&program).status().unwrap();
    assert!(copied.success());
    for strategy in STRATEGIES {
        let path = write(folder.path(), &format!("{strategy}.log"), "one\n");
        let mut command = Command::new(&program);
        command.args(["tail", "--interval", "5ms", "--strategy", strategy]).arg(&path);
        if rustix::process::getuid().is_root() {
            // Root may read everything: somebody else is needed.
            command.uid(65534);
        }
        let mut following = Following::spawn(command.stdin(Stdio::null()).stderr(Stdio::piped()));
        let said = BufReader::new(following.child.stderr.take().unwrap());
        assert_eq!(following.line(), "one\n");
        let mut old = OpenOptions::new().append(true).open(&path).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o000)).unwrap();
        writeln!(old, "two").unwrap();
        assert_eq!(following.line(), "two\n", "what is open stays open");
        fs::rename(&path, path.with_extension("1")).unwrap();
        let mut new = OpenOptions::new().create_new(true).append(true).mode(0o000).open(&path).unwrap();
        writeln!(new, "three").unwrap();
        assert!(said.lines().any(|line| line.unwrap().contains("cannot be read: Permission denied")), "{strategy}");
        fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
        assert_eq!(following.line(), "three\n", "{strategy}");
        assert_eq!(following.end(Signal::INT), Some(130));
    }
}

#[test]
fn a_trace_says_who_read_and_who_wrote() {
    let folder = tempfile::tempdir().unwrap();
    let path = write(folder.path(), "a.log", "one\ntwo\n");
    let name = path.to_str().unwrap();
    for strategy in STRATEGIES {
        let trace = folder.path().join("trace.json");
        let mut command = tail(&["--no-follow", "--strategy", strategy, "--trace"]);
        command.arg(&trace).arg(&path).assert().success().stdout("one\ntwo\n");
        let trace: serde_json::Value = serde_json::from_slice(&fs::read(trace).unwrap()).unwrap();
        let events = trace["traceEvents"].as_array().unwrap();
        let count = |label: &str| events.iter().filter(|event| event["ph"] == "X" && event["name"] == label).count();
        match strategy {
            "notify" => assert_eq!(count(name), 1),
            // The third reading finds that there is no more.
            _ => assert_eq!((count("readline"), count("write") >= 2), (3, true), "{strategy}"),
        }
    }
}

#[test]
fn a_closed_pipe_ends_it_quietly() {
    let folder = tempfile::tempdir().unwrap();
    let path = write(folder.path(), "a.log", "one\n");
    let mut following = Following::start(tail(&[]).arg(&path));
    assert_eq!(following.line(), "one\n");
    drop(following.lines);
    // The next write finds that nobody reads.
    writeln!(OpenOptions::new().append(true).open(&path).unwrap(), "two").unwrap();
    assert_eq!(following.child.wait().unwrap().code(), Some(0));
}

#[test]
fn the_merged_file_gets_every_line_and_is_never_followed() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["a.log", "b.log"] {
        write(folder.path(), name, "one\ntwo\n");
    }
    let merge = || {
        let mut command = tail(&["--no-follow", "--grep", "one", "--merge-to", "all.log", "*.log"]);
        command.current_dir(folder.path()).assert().success().stdout("one\none\n");
        fs::read_to_string(folder.path().join("all.log")).unwrap()
    };
    assert_eq!(merge(), "one\ntwo\none\ntwo\n");
    assert_eq!(merge(), "one\ntwo\none\ntwo\n", "what was written last time is not read");
    let output =
        tail(&["--no-follow", "--merge-to", "/dev/full", "a.log"]).current_dir(folder.path()).output().unwrap();
    assert_eq!((output.stdout, output.status.code()), (b"one\ntwo\n".to_vec(), Some(1)));
    assert!(String::from_utf8(output.stderr).unwrap().contains("/dev/full"));
}

#[test]
fn the_output_of_commands_is_followed() {
    let output = tail(&["--exec", "echo one; echo two", "--exec", "exit 3", "--output", "json"]).output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(
        String::from_utf8(output.stdout).unwrap(),
        r#"{"path":"echo one; echo two","number":1,"text":"one"}
{"path":"echo one; echo two","number":2,"text":"two"}
"#
    );
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("exit 3: the command ended: exit status: 3"), "{said}");

    let mut following = Following::start(&mut tail(&["--exec", "echo again; exec sleep 0", "--restart"]));
    assert_eq!((following.line(), following.line()), ("again\n".to_owned(), "again\n".to_owned()));
    assert_eq!(following.end(Signal::TERM), Some(143));
}

#[test]
fn commands_end_with_the_program() {
    let mut following = Following::start(&mut tail(&["--exec", "echo $$; sleep 1000 & wait"]));
    let shell: i32 = following.line().trim().parse().unwrap();
    assert_eq!(following.end(Signal::INT), Some(130));
    let shell = Pid::from_raw(shell).unwrap();
    // Ended and not yet reaped by whoever inherited it is as good as gone.
    let state = || fs::read_to_string(format!("/proc/{}/stat", shell.as_raw_nonzero())).unwrap_or_default();
    while !state().is_empty() && !state().contains(") Z ") {
        std::thread::yield_now();
    }
}
