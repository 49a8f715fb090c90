//! What is compared: one line each.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::Context;
use serde_json::Value;

use super::program::{Peer, Peers, Running, figure, output, python};
use super::tailing::{follow, pass_on};
use crate::ui::figures;

const LIFE: &str = include_str!("../../../assets/python/life.py");
const GUESS: &str = include_str!("../../../assets/python/guess.py");

/// One side of a contest: does the work once and says what it took.
pub type Side = fn(&Peers) -> anyhow::Result<f64>;

/// A work that two programs do.
#[derive(Debug, Clone, Copy)]
pub struct Contest {
    /// What is done.
    pub work: &'static str,
    /// Who else does it.
    pub peer: Peer,
    /// What a side is measured in.
    pub unit: Unit,
    /// We.
    pub ours: Side,
    /// They.
    pub theirs: Side,
}

/// What a side is measured in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// The time it takes.
    Seconds,
    /// How many it does a second.
    PerSecond,
}

/// Which of two figures is the better one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Better {
    /// The smaller.
    Less,
    /// The larger.
    More,
}

impl Better {
    /// The better of two figures.
    pub fn of(self, a: f64, b: f64) -> f64 {
        match self {
            Self::Less => a.min(b),
            Self::More => a.max(b),
        }
    }
}

impl Unit {
    /// Its name in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Seconds => "s",
            Self::PerSecond => "1/s",
        }
    }

    /// Which figure is better.
    pub fn better(self) -> Better {
        match self {
            Self::Seconds => Better::Less,
            Self::PerSecond => Better::More,
        }
    }

    /// A figure for people, in the unit of this name.
    pub fn text(name: &str, value: f64) -> String {
        if name == Self::Seconds.name() {
            let (number, unit) = figures::duration(value);
            format!("{number} {unit}")
        } else {
            format!("{}/s", figures::grouped(value.round() as u64))
        }
    }
}

/// All of them.
pub fn all() -> Vec<Contest> {
    use Unit::{PerSecond, Seconds};
    let contest = |work, peer, unit, ours, theirs| Contest { work, peer, unit, ours, theirs };
    let beside_python = |work, ours: Side, theirs: Side| contest(work, Peer::CPython, Seconds, ours, theirs);
    vec![
        beside_python("life 100x100, a generation, serial", |p| life(p, "serial", 200), |_| python_life("serial", 10)),
        beside_python(
            "life 100x100, a generation, a task a cell on 10 threads",
            |p| life(p, "thread-pool", 20),
            |_| python_life("pool", 2),
        ),
        beside_python(
            "life 100x100, a generation, a coroutine a cell",
            |p| life(p, "coroutines", 40),
            |_| python_life("coroutines", 5),
        ),
        beside_python("life 100x100, a generation, 10,000 coroutines that wait 1 ms", waiting_life, |_| {
            python_life("waiting", 3)
        }),
        beside_python("gcd, the seed's pairs, serial", |p| gcd(p, "serial"), |p| gcd(p, "python-serial")),
        beside_python("gcd, the seed's pairs, processes", |p| gcd(p, "processes"), |p| gcd(p, "python-processes")),
        beside_python("gcd, the seed's pairs, native", |p| gcd(p, "native"), |p| gcd(p, "python-serial")),
        contest("guess, 100 clients, range 1 to 100, numbers", Peer::CPython, PerSecond, guess, |_| python_guess()),
        contest(
            "tail, 256 MiB in four files to a pipe",
            Peer::Tail,
            Seconds,
            |p| pass_on(p.fanout(&["tail", "--lines", "all", "--no-follow"]).args(&p.files()?.paths)),
            |p| pass_on(Command::new("tail").args(["-q", "-n", "+1"]).args(&p.files()?.paths)),
        ),
        contest(
            "tail, a line from append to pipe, median",
            Peer::Tail,
            Seconds,
            |p| follow(|path| p.fanout(&["tail", path])),
            |_| {
                follow(|path| {
                    let mut tail = Command::new("tail");
                    tail.args(["-F", path]);
                    tail
                })
            },
        ),
        contest("hashlife, metapixel-galaxy to generation 65,536", Peer::Bgolly, Seconds, hashlife, bgolly),
    ]
}

/// The number at this place of a JSON value.
fn at(value: &Value, place: &str) -> anyhow::Result<f64> {
    value.pointer(place).and_then(Value::as_f64).with_context(|| format!("there is no number at {place} in {value}"))
}

fn life(peers: &Peers, strategy: &str, generations: u32) -> anyhow::Result<f64> {
    let count = generations.to_string();
    let size = ["life", "--size", "100x100", "--workers", "10", "--strategy", strategy, "--generations", &count];
    Ok(at(&peers.json(&size)?, "/seconds")? / f64::from(generations))
}

fn waiting_life(peers: &Peers) -> anyhow::Result<f64> {
    let waits = ["--io-points", "1", "--io-delay", "1ms", "--generations", "10"];
    let size = ["life", "--size", "100x100", "--strategy", "coroutines"];
    Ok(at(&peers.json(&[&size[..], &waits].concat())?, "/seconds")? / 10.0)
}

fn python_life(how: &str, generations: u32) -> anyhow::Result<f64> {
    figure(&mut python(LIFE, &[how, "100", &generations.to_string()]))
}

fn gcd(peers: &Peers, strategy: &str) -> anyhow::Result<f64> {
    let once = ["gcd", "--workload", "seed", "--runs", "1", "--warmup", "1", "--strategy", strategy];
    at(&peers.json(&once)?, "/strategies/0/min_s")
}

/// Server and clients as two processes.
fn guess(peers: &Peers) -> anyhow::Result<f64> {
    let serve = ["guess", "serve", "--quiet", "--strategy", "coroutines", "--bind", "127.0.0.1:0"];
    let mut server = Running::start(peers.fanout(&serve).stdout(Stdio::null()).stderr(Stdio::piped()))?;
    let mut words = BufReader::new(server.0.stderr.take().context("its words were asked to be piped")?);
    // `listening on ADDRESS, …`
    let line = first_line(&mut words)?;
    let address = line.split([' ', ',']).find(|word| word.contains(':')).context("the server names no address")?;
    let game = ["--lower", "1", "--upper", "100", "--secret", "50", "--guesses", "100"];
    let play = ["guess", "play", "--connect", address, "--strategy", "coroutines", "--clients", "100"];
    at(&peers.json(&[&play[..], &game, &["--sessions", "2000"]].concat())?, "/requests_per_second")
}

fn python_guess() -> anyhow::Result<f64> {
    let mut server = Running::start(python(GUESS, &["serve"]).stdout(Stdio::piped()).stderr(Stdio::null()))?;
    let mut words = BufReader::new(server.0.stdout.take().context("its words were asked to be piped")?);
    let port = first_line(&mut words)?;
    figure(&mut python(GUESS, &["play", port.trim(), "100", "500"]))
}

/// What a server says once it listens.
fn first_line(words: &mut impl BufRead) -> anyhow::Result<String> {
    let mut line = String::new();
    words.read_line(&mut line)?;
    Ok(line)
}

/// From the start of the program, loading included, as bgolly is timed.
fn hashlife(peers: &Peers) -> anyhow::Result<f64> {
    let galaxy = peers.galaxy.as_ref().context("there is no pattern")?.to_string_lossy();
    let steps = ["--strategy", "hashlife", "--generations", "65536", "--every", "4096", "--output", "json"];
    let begun = Instant::now();
    output(&mut peers.fanout(&[&["life", "--pattern", &*galaxy][..], &steps].concat()))?;
    Ok(begun.elapsed().as_secs_f64())
}

fn bgolly(peers: &Peers) -> anyhow::Result<f64> {
    let galaxy = peers.galaxy.as_ref().context("there is no pattern")?;
    let begun = Instant::now();
    output(Command::new("bgolly").args(["-a", "HashLife", "-m", "65536", "-i", "4096"]).arg(galaxy))?;
    Ok(begun.elapsed().as_secs_f64())
}
