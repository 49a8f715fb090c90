//! `fanout guess` through its command line: words, errors, another implementation of the protocol, storms, Ctrl-C.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use assert_cmd::cargo::CommandCargoExt;
use rustix::process::{Pid, Signal, kill_process};

const STRATEGIES: [&str; 3] = ["coroutines", "coroutines-mt", "threads"];

fn fanout(arguments: &[&str]) -> Command {
    let mut command = Command::cargo_bin("fanout").expect("the program is built");
    command.arg("guess").args(arguments);
    command
}

fn run(arguments: &[&str]) -> (i32, String, String) {
    let Output { status, stdout, stderr } = fanout(arguments).output().expect("it runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("it writes UTF-8");
    (status.code().expect("it exits"), text(stdout), text(stderr))
}

/// A server as a process of its own; killed when it is dropped.
struct Server {
    child: Child,
    port: String,
    said: BufReader<std::process::ChildStderr>,
}

impl Server {
    fn start(arguments: &[&str]) -> Self {
        let mut command = fanout(&["serve", "--bind", "127.0.0.1:0"]);
        let mut child =
            command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the server starts");
        let mut said = BufReader::new(child.stderr.take().expect("a pipe"));
        let mut line = String::new();
        said.read_line(&mut line).expect("it says where it listens");
        let port =
            line.split_once("127.0.0.1:").and_then(|(_, rest)| rest.split_once(',')).expect("a port").0.to_owned();
        Self { child, port, said }
    }

    /// Waits until it has closed every connection. Nothing answers a client's last report, so a client that has ended says
    /// nothing of whether the server has read it.
    fn has_closed_all(&self) {
        let listens = format!(":{:04X}", self.port.parse::<u16>().expect("a port"));
        let is_open = |row: &str| {
            let columns: Vec<&str> = row.split_whitespace().collect();
            // Established, or closed by the client alone.
            columns[1].ends_with(&listens) && ["01", "08"].contains(&columns[3])
        };
        let patience = Instant::now() + Duration::from_mins(1);
        while std::fs::read_to_string("/proc/net/tcp").expect("a table").lines().any(is_open) {
            assert!(Instant::now() < patience, "a connection stays open");
            thread::sleep(Duration::from_millis(1));
        }
    }

    fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Sends Ctrl-C, and returns the exit code, stdout and stderr.
    fn interrupt(mut self) -> (i32, String, String) {
        interrupt(&self.child);
        let (mut out, mut err) = (String::new(), String::new());
        let mut stdout: ChildStdout = self.child.stdout.take().expect("a pipe");
        stdout.read_to_string(&mut out).expect("stdout is read");
        self.said.read_to_string(&mut err).expect("stderr is read");
        (self.child.wait().expect("it ends").code().expect("it exits"), out, err)
    }

    fn memory_kib(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("it runs");
        let line = status.lines().find(|line| line.starts_with("VmRSS")).expect("a size");
        line.split_whitespace().nth(1).and_then(|size| size.parse().ok()).expect("a number")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // One that has ended needs no killing.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn interrupt(child: &Child) {
    let pid = Pid::from_child(child);
    kill_process(pid, Signal::INT).expect("it can be signalled");
}

#[test]
fn the_demo_speaks_the_seeds_words_in_every_strategy() {
    for strategy in STRATEGIES {
        let (code, out, err) = run(&["demo", "--strategy", strategy]);
        assert_eq!((code, err.as_str()), (0, ""));
        let lines: Vec<&str> = out.lines().collect();
        assert_eq!(lines[0], "Guess a number between 1 and 5! Shhhhh, it's 3.");
        assert_eq!(
            lines.iter().filter(|line| **line == "Guess a number between 10 and 15! Shhhhh, it's 12.").count(),
            1
        );
        let said = |who: &str| -> Vec<&str> { lines.iter().filter_map(|line| line.strip_prefix(who)).collect() };
        assert_eq!(said("Server: "), said("Client: "), "both saw the same games");
        assert!(said("Client: ").contains(&"3 is Correct"), "five guesses are enough for five numbers: {out}");
        assert_eq!(run(&["demo", "--strategy", strategy]).1, out, "the same seed gives the same games");
    }
}

#[test]
fn wrong_usage_names_the_flag_the_value_and_what_would_be_right() {
    let range = ["--lower", "1", "--upper", "5"];
    let play = |more: &[&'static str]| [&["play"][..], &range, more].concat();
    for (arguments, code, words) in [
        (play(&["--secret", "9"]), 2, "--secret 9: give a number from 1 to 5"),
        (vec!["play", "--lower", "5", "--upper", "1", "--secret", "1"], 2, "--upper 1: less than --lower 5"),
        (play(&["--secret", "3", "--strategy", "thread"]), 2, r#"unknown strategy "thread"; did you mean "threads"?"#),
        (play(&["--secret", "3", "--strategy", "all"]), 2, r#"give exactly one strategy here, not "all""#),
        (play(&["--secret", "3", "--connect", "nowhere"]), 2, r#"--connect: "nowhere" is not an address and a port"#),
        (play(&["--secret", "3", "--connect", "127.0.0.1:1"]), 1, "connecting to 127.0.0.1:1: Connection refused"),
        (vec!["serve", "--connections", "99999999999"], 1, "--connections 99999999999: the system lets"),
    ] {
        let (got, out, err) = run(&arguments);
        assert_eq!((got, out.as_str()), (code, ""), "{arguments:?}: {err}");
        assert!(err.contains(words), "{arguments:?}: {err}");
    }
}

#[test]
fn play_reports_as_the_contract_says() {
    let server = Server::start(&["--quiet"]);
    let address = server.address();
    let play = |more: &[&str]| {
        let range = ["--lower", "1", "--upper", "100", "--secret", "50", "--guesses", "100"];
        run(&[&["play", "--connect", &address][..], &range, more].concat())
    };
    let (code, out, err) = play(&["--clients", "10", "--sessions", "40", "--output", "json"]);
    assert_eq!((code, err.as_str()), (0, ""));
    let report: serde_json::Value = serde_json::from_str(&out).expect("one JSON object");
    let keys: Vec<&String> = report.as_object().expect("an object").keys().collect();
    assert_eq!(keys.len(), 9, "{keys:?}");
    assert_eq!((&report["strategy"], &report["clients"]), (&"coroutines".into(), &10.into()));
    assert_eq!((&report["sessions"], &report["failed"]), (&40.into(), &0.into()));
    let requests = report["requests"].as_u64().expect("a count");
    assert!((40..=4000).contains(&requests));
    assert!(report["latency_us"]["p50"].as_f64() <= report["latency_us"]["p99"].as_f64());
    let (_, csv, _) = play(&["--clients", "2", "--sessions", "4", "--output", "csv"]);
    assert_eq!(csv.lines().map(|line| line.split(',').count()).collect::<Vec<_>>(), [11, 11]);
    server.has_closed_all();
    let (code, _, err) = server.interrupt();
    assert_eq!(code, 130);
    assert!(err.contains("44 games: 44 finished"), "{err}");
    assert!(err.contains(", 0 refused; "), "{err}");
}

#[test]
fn a_server_prints_what_clients_report() {
    let server = Server::start(&[]);
    let (code, out, _) =
        run(&["play", "--connect", &server.address(), "--lower", "-2", "--upper", "-2", "--secret", "-2"]);
    assert_eq!(
        (code, out.as_str()),
        (0, "Guess a number between -2 and -2! Shhhhh, it's -2.\nClient: -2 is Correct\n")
    );
    server.has_closed_all();
    assert_eq!(server.interrupt().1, "Server: -2 is Correct\n");
}

#[test]
fn another_implementation_plays_with_every_strategy() {
    let python = Command::new("python3").arg("--version").output();
    if !python.is_ok_and(|output| output.status.success()) {
        eprintln!("skipped: there is no python3 on the PATH");
        return;
    }
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/guess/peer.py");
    let python = |arguments: &[&str]| {
        let mut command = Command::new("python3");
        command.arg(script).args(arguments);
        command
    };
    for strategy in STRATEGIES {
        let server = Server::start(&["--quiet", "--strategy", strategy]);
        let output = python(&["play", &server.port, "1000"]).output().expect("python runs");
        assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "1000", "{strategy}: {output:?}");

        let mut peer = python(&["serve"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("python runs");
        let mut port = String::new();
        BufReader::new(peer.stdout.take().expect("a pipe")).read_line(&mut port).expect("it says its port");
        let address = format!("127.0.0.1:{}", port.trim());
        let games = ["--lower", "1", "--upper", "5", "--secret", "3", "--clients", "10", "--sessions", "1000"];
        let (code, out, err) =
            run(&[&["play", "--connect", &address, "--strategy", strategy, "--output", "json"][..], &games].concat());
        drop(peer.stdin.take());
        peer.wait().expect("python ends with its stdin");
        assert_eq!(code, 0, "{strategy}: {err}");
        assert!(out.contains(r#""sessions":1000,"#) && out.contains(r#""failed":0"#), "{strategy}: {out}");
    }
}

/// 200 connections that say random and mutated bytes, some byte by byte, some half closed, some nothing at all, while one
/// client behaves. `FANOUT_STORM_SECONDS` makes it longer.
#[test]
fn a_storm_of_nonsense_harms_nobody_else() {
    let seconds = std::env::var("FANOUT_STORM_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(1);
    for strategy in STRATEGIES {
        let server = Server::start(&["--quiet", "--strategy", strategy, "--deadline", "10s"]);
        let address = server.address();
        let over = AtomicBool::new(false);
        let (games, early, late) = thread::scope(|scope| {
            let (address, over) = (&address, &over);
            for seed in 0..50_u64 {
                scope.spawn(move || {
                    let mut random = Random(seed);
                    while !over.load(Ordering::Relaxed) {
                        // Four at once on each of 50 threads.
                        let streams: Vec<_> = (0..4).filter_map(|_| TcpStream::connect(address).ok()).collect();
                        for stream in &streams {
                            nonsense(stream, &mut random);
                        }
                    }
                });
            }
            // Set also when an assertion below fails, or the scope would wait for the storm for ever.
            let _over = SetWhenDropped(over);
            let begun = Instant::now();
            let (mut games, mut early) = (0, 0);
            while games == 0 || begun.elapsed() < Duration::from_secs(seconds) {
                let play = ["play", "--connect", address, "--lower", "1", "--upper", "20", "--secret", "7"];
                let (code, _, err) = run(&[&play[..], &["--guesses", "20", "--sessions", "20"]].concat());
                assert_eq!(code, 0, "{strategy}: {err}");
                games += 20;
                if games == 20 {
                    early = server.memory_kib();
                }
            }
            (games, early, server.memory_kib())
        });
        assert!(late < early + 64 * 1024, "{strategy}: memory grew from {early} to {late} KiB");
        let (code, _, err) = server.interrupt();
        assert_eq!(code, 130, "{strategy}: {err}");
        assert!(err.contains("unknown command") && !err.contains("panicked"), "{strategy}: {err}");
        assert!(games > 0);
    }
}

/// A flag that is set when this goes.
struct SetWhenDropped<'a>(&'a AtomicBool);

impl Drop for SetWhenDropped<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

struct Random(u64);

impl Random {
    fn next(&mut self, below: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % below
    }
}

fn nonsense(mut stream: &TcpStream, random: &mut Random) {
    let good = b"PARAMS 1 9\nNUMBER\nREPORT Warmer\nNUMBER\nREPORT Correct\nPARAMS 0 -1\nPARAMS 5 1000000000000000000\nNUMBER\n";
    let mut bytes = match random.next(4) {
        0 => (0..random.next(3000)).map(|_| random.next(256) as u8).collect(),
        1 => vec![b'9'; random.next(5000)],
        _ => good.to_vec(),
    };
    for _ in 0..random.next(4) {
        if !bytes.is_empty() {
            let place = random.next(bytes.len());
            bytes[place] = random.next(256) as u8;
        }
    }
    // The server may close at any byte; that is the point.
    match random.next(6) {
        0 => drop(stream.shutdown(Shutdown::Write)),
        1 => bytes.iter().take(20).for_each(|byte| drop(stream.write(&[*byte]))),
        2 => {}
        _ => drop(stream.write_all(&bytes)),
    }
    let _ = stream.set_read_timeout(Some(Duration::from_millis(2)));
    let _ = stream.read(&mut [0; 512]);
}

#[test]
fn ctrl_c_during_a_thousand_sessions_accounts_for_every_one() {
    for strategy in STRATEGIES {
        let mut server = Server::start(&["--quiet", "--strategy", strategy]);
        let address = server.address();
        let hold = ["hold", "--connect", &address, "--connections", "1000", "--strategy", strategy, "--output", "json"];
        let mut command = fanout(&hold);
        let mut client = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
        let mut said = BufReader::new(client.stderr.take().expect("a pipe"));
        let mut line = String::new();
        while !line.contains("1,000 of 1,000 open") {
            line.clear();
            assert!(said.read_line(&mut line).expect("stderr is read") > 0, "{strategy}: it ended early");
        }
        interrupt(&client);
        let mut out = String::new();
        client.stdout.take().expect("a pipe").read_to_string(&mut out).expect("stdout is read");
        assert_eq!(client.wait().expect("it ends").code(), Some(130), "{strategy}");
        assert!(out.contains(r#""open":1000"#), "{strategy}: {out}");
        interrupt(&server.child);
        let mut account = String::new();
        server.said.read_to_string(&mut account).expect("stderr is read");
        assert_eq!(server.child.wait().expect("it ends").code(), Some(130), "{strategy}");
        let numbers: Vec<u64> = account
            .lines()
            .find(|line| line.contains(" games: "))
            .expect("an account")
            .split_whitespace()
            .filter_map(|word| word.replace(',', "").parse().ok())
            .collect();
        assert_eq!((numbers[0], numbers[1..].iter().sum::<u64>()), (1000, 1000), "{strategy}: {account}");
    }
}
