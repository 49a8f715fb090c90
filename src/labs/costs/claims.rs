//! What the seed says of threads and coroutines (item 60's table), beside what this machine says, right or wrong.

use super::findings::Findings;
use super::order::What;
use super::plan::WAITING_POOL;
use crate::ui::figures;

/// One of the seed's claims, held to a measurement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// What it is about.
    pub topic: &'static str,
    /// What the seed says.
    pub seed: &'static str,
    /// What was measured here.
    pub here: String,
    /// What else was measured; may be empty.
    pub more: String,
    /// Whether they agree.
    pub verdict: Verdict,
}

/// Whether a claim holds here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It does.
    Holds,
    /// It does not.
    Fails,
}

impl Verdict {
    /// One word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Holds => "holds here",
            Self::Fails => "not here",
        }
    }

    fn of(holds: bool) -> Self {
        if holds { Self::Holds } else { Self::Fails }
    }
}

/// The claims that these findings can be held to, each at the highest count that was measured.
pub fn all(findings: &Findings, counts: &[usize]) -> Vec<Claim> {
    let claims = [
        memory_of_thread(findings, counts),
        memory_of_coroutine(findings, counts),
        starting(findings, counts),
        switching(findings),
        hundreds_of_threads(findings, counts),
        thousands_of_coroutines(findings, counts),
        waits(findings),
    ];
    claims.into_iter().flatten().collect()
}

/// The seed's megabyte, give or take a factor of two.
fn memory_of_thread(findings: &Findings, counts: &[usize]) -> Option<Claim> {
    let bytes = highest(counts, |count| findings.alive("thread", count, false)?.bytes)?;
    let deep = findings.deep_bytes("thread");
    Some(Claim {
        topic: "a thread's memory",
        seed: "about 1 MB",
        here: size(bytes),
        more: deep.map_or(String::new(), |deep| format!("{} with 64 KiB of its stack in use", size(deep))),
        verdict: Verdict::of((5e5..2e6).contains(&bytes)),
    })
}

fn memory_of_coroutine(findings: &Findings, counts: &[usize]) -> Option<Claim> {
    let bytes = highest(counts, |count| findings.alive("coroutine", count, false)?.bytes)?;
    let deep = findings.deep_bytes("coroutine");
    Some(Claim {
        topic: "a coroutine's memory",
        seed: "under 1 KB",
        here: size(bytes),
        more: deep.map_or(String::new(), |deep| format!("{} when it holds 64 KiB", size(deep))),
        verdict: Verdict::of(bytes < 1000.0),
    })
}

/// "A function call" is held to be far cheaper than a thread's start.
fn starting(findings: &Findings, counts: &[usize]) -> Option<Claim> {
    let start = |unit| highest(counts, |count| findings.seconds(unit, What::Start { count }));
    let (thread, coroutine) = (start("thread")?, start("coroutine")?);
    Some(Claim {
        topic: "a coroutine's start",
        seed: "a function call",
        here: time(coroutine),
        more: format!("a thread's takes {:.0} times as long", thread / coroutine),
        verdict: Verdict::of(thread >= 10.0 * coroutine),
    })
}

fn switching(findings: &Findings) -> Option<Claim> {
    let (thread, coroutine) = (findings.seconds("thread", What::Switch)?, findings.seconds("coroutine", What::Switch)?);
    Some(Claim {
        topic: "a switch of threads",
        seed: "expensive",
        here: time(thread),
        more: format!("{:.1} times a coroutine's {}", thread / coroutine, time(coroutine)),
        verdict: Verdict::of(thread >= 2.0 * coroutine),
    })
}

/// Says nothing when no more than hundreds were asked for.
fn hundreds_of_threads(findings: &Findings, counts: &[usize]) -> Option<Claim> {
    let alive = most_alive(findings, "thread", counts).filter(|_| counts.iter().any(|count| *count >= 1000))?;
    Some(Claim {
        topic: "threads at once",
        seed: "hundreds",
        here: figures::grouped(alive as u64),
        more: String::new(),
        verdict: Verdict::of(alive < 1000),
    })
}

/// Says nothing when fewer were asked for.
fn thousands_of_coroutines(findings: &Findings, counts: &[usize]) -> Option<Claim> {
    let alive = most_alive(findings, "coroutine", counts).filter(|_| counts.iter().any(|count| *count >= 10_000))?;
    Some(Claim {
        topic: "coroutines at once",
        seed: "tens of thousands",
        here: figures::grouped(alive as u64),
        more: String::new(),
        verdict: Verdict::of(alive >= 10_000),
    })
}

/// Limits of the pool (item 59): 10,000 operations at once.
fn waits(findings: &Findings) -> Option<Claim> {
    let (pool, coroutines) = (findings.waits("pool-job")?, findings.waits("coroutine")?);
    Some(Claim {
        topic: "10,000 waits of 1 ms",
        seed: "poor in a pool",
        here: time(pool),
        more: format!("in a pool of {WAITING_POOL}; {} as coroutines", time(coroutines)),
        verdict: Verdict::of(pool >= 2.0 * coroutines),
    })
}

fn highest<T>(counts: &[usize], find: impl Fn(usize) -> Option<T>) -> Option<T> {
    let mut counts = counts.to_vec();
    counts.sort_unstable();
    counts.into_iter().rev().find_map(find)
}

fn most_alive(findings: &Findings, unit: &'static str, counts: &[usize]) -> Option<usize> {
    let alive = |count: &usize| findings.alive(unit, *count, false).map(|alive| alive.failed_at.unwrap_or(alive.tried));
    counts.iter().filter_map(alive).max()
}

fn size(bytes: f64) -> String {
    let (figure, unit) = figures::bytes(bytes);
    format!("{figure} {unit}")
}

fn time(seconds: f64) -> String {
    let (figure, unit) = figures::duration(seconds);
    format!("{figure} {unit}")
}

#[cfg(test)]
mod tests {
    use super::super::order::{Alive, Found, Value};
    use super::super::plan::Step;
    use super::*;

    #[test]
    fn a_claim_is_held_to_the_highest_count_measured() {
        let mut findings = Findings::default();
        for (count, bytes) in [(100, 12_000.0), (1000, 9800.0)] {
            let alive = Alive { bytes: Some(bytes), tried: count, failed_at: None, bounded: None };
            let step = Step { unit: "thread", what: What::Alive { count, deep: false } };
            findings.add(step, Found { value: Value::Alive(alive), contended: None });
        }
        let claims = all(&findings, &[1000, 100, 10_000]);
        let words: Vec<_> = claims.iter().map(|claim| (claim.here.as_str(), claim.verdict)).collect();
        assert_eq!(words, [("9.57 KiB", Verdict::Fails), ("1,000", Verdict::Fails)]);
    }
}
