//! Who waits for whom, written down by those who wait, and the circle in it that no one can leave.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, bounded};

/// Somebody who cannot go on before any one of some others does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wait {
    /// Who waits.
    pub who: String,
    /// `waits for`, `is held by`, `is busy with`.
    pub how: &'static str,
    /// For any of these.
    pub on: Vec<String>,
}

impl Wait {
    /// `who` waits for `on`.
    pub fn on(who: &str, on: &str) -> Self {
        Self { who: who.to_owned(), how: "waits for", on: vec![on.to_owned()] }
    }
}

/// One link of a circle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Who waits.
    pub who: String,
    /// How.
    pub how: &'static str,
    /// For whom.
    pub on: String,
}

/// Links of which each begins where the one before it ends, and the first where the last one ends: a deadlock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Circle(pub Vec<Link>);

impl fmt::Display for Circle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, Link { who, how, on }) in self.0.iter().enumerate() {
            if i == 0 {
                write!(f, "{who} {how} {on}")?;
            } else {
                write!(f, ", which {how} {on}")?;
            }
        }
        Ok(())
    }
}

/// A deadlock, and how long after the beginning it was recognised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deadlock {
    /// Who waits for whom.
    pub circle: Circle,
    /// Since the run began.
    pub after: Duration,
}

/// The waits of one run. Clones share them.
#[derive(Debug, Clone)]
pub struct Waits(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    begun: Instant,
    state: Mutex<State>,
    /// Rung at every change; rings that nobody has heard yet become one.
    bell: Sender<()>,
    heard: Receiver<()>,
}

#[derive(Debug, Default)]
struct State {
    next: u64,
    waits: Vec<(u64, Wait)>,
    deadlock: Option<Deadlock>,
}

/// A wait that is going on, until this is dropped.
#[derive(Debug)]
pub struct Noted {
    waits: Waits,
    id: u64,
}

impl Default for Waits {
    fn default() -> Self {
        let (bell, heard) = bounded(1);
        Self(Arc::new(Shared { begun: Instant::now(), state: Mutex::default(), bell, heard }))
    }
}

impl Waits {
    /// Writes a wait down. To be called right before it begins; it ends when what is returned is dropped.
    #[must_use = "the wait ends when this is dropped"]
    pub fn note(&self, wait: Wait) -> Noted {
        let mut state = self.state();
        let id = state.next;
        state.next += 1;
        state.waits.push((id, wait));
        if state.deadlock.is_none() {
            let after = self.0.begun.elapsed();
            let waits: Vec<&Wait> = state.waits.iter().map(|(_, wait)| wait).collect();
            state.deadlock = circle(&waits).map(|circle| Deadlock { circle, after });
        }
        drop(state);
        self.ring();
        Noted { waits: self.clone(), id }
    }

    /// Who waits now, in the order they began.
    pub fn now(&self) -> Vec<Wait> {
        self.state().waits.iter().map(|(_, wait)| wait.clone()).collect()
    }

    /// The first deadlock of this run, if there was one.
    pub fn deadlock(&self) -> Option<Deadlock> {
        self.state().deadlock.clone()
    }

    /// Gets something when the waits have changed.
    pub fn changes(&self) -> &Receiver<()> {
        &self.0.heard
    }

    fn ring(&self) {
        // A full bell has not been heard yet, and will tell of this change too.
        let _ = self.0.bell.try_send(());
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Noted {
    fn drop(&mut self) {
        self.waits.state().waits.retain(|(id, _)| *id != self.id);
        self.waits.ring();
    }
}

/// The circle among these waits, if there is one that nobody in it can leave.
///
/// Somebody can go on who waits for nothing, or for any who can go on; who cannot, is stuck. Every wait of a stuck one that
/// holds him leads to stuck ones only, so that following them must come back to where it has been.
fn circle(waits: &[&Wait]) -> Option<Circle> {
    let mut stuck: Vec<&Wait> = waits.to_vec();
    loop {
        let before = stuck.len();
        let holds = |wait: &Wait| wait.on.iter().all(|on| stuck.iter().any(|other| other.who == *on));
        let next: Vec<&Wait> = stuck.iter().copied().filter(|wait| holds(wait)).collect();
        stuck = next;
        if stuck.len() == before {
            break;
        }
    }
    let mut path: Vec<Link> = Vec::new();
    let mut wait = *stuck.first()?;
    loop {
        if let Some(start) = path.iter().position(|link| link.who == wait.who) {
            let mut links = path.split_off(start);
            // It is told from somebody who waits himself, the first by name.
            let first =
                links.iter().enumerate().filter(|(_, link)| link.how == "waits for").min_by_key(|(_, link)| &link.who);
            let first = first.map_or(0, |(place, _)| place);
            links.rotate_left(first);
            return Some(Circle(links));
        }
        let on = wait.on.first()?;
        path.push(Link { who: wait.who.clone(), how: wait.how, on: on.clone() });
        wait = stuck.iter().find(|other| other.who == *on)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn busy(jobs: &[&str]) -> Wait {
        let on = jobs.iter().map(|job| (*job).to_owned()).collect();
        Wait { who: "a worker".to_owned(), how: "is busy with", on }
    }

    #[test]
    fn a_pool_that_waits_for_itself_is_recognised_when_its_last_worker_waits() {
        let waits = Waits::default();
        let _full = waits.note(busy(&["job 1", "job 3"]));
        let _queued = [waits.note(Wait::on("job 2", "a worker")), waits.note(Wait::on("job 4", "a worker"))];
        let _first = waits.note(Wait::on("job 1", "job 2"));
        assert_eq!(waits.deadlock(), None, "job 3 can still end and give its worker back");
        let last = waits.note(Wait::on("job 3", "job 4"));
        let deadlock = waits.deadlock().unwrap();
        let told = "job 1 waits for job 2, which waits for a worker, which is busy with job 1";
        assert_eq!(deadlock.circle.to_string(), told);
        drop(last);
        assert_eq!(waits.now().len(), 4);
        assert_eq!(waits.deadlock().unwrap(), deadlock, "what was recognised is kept");
        assert_eq!(waits.changes().try_iter().count(), 1, "rings become one");
    }

    #[test]
    fn a_chain_is_no_circle() {
        let waits = [Wait::on("a", "b"), Wait::on("b", "c")];
        assert_eq!(circle(&waits.iter().collect::<Vec<_>>()), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

        /// When everybody waits for one other at most, a circle is there exactly when following the waits comes back.
        #[test]
        fn a_circle_is_found_exactly_when_there_is_one(on in proptest::collection::vec(proptest::option::of(0..8_usize), 8)) {
            let waits: Vec<Wait> = on.iter().enumerate()
                .filter_map(|(who, on)| on.map(|on| Wait::on(&who.to_string(), &on.to_string()))).collect();
            let comes_back = |start: usize| {
                let mut at = on[start];
                for _ in 0..8 {
                    match at {
                        Some(place) if place == start => return true,
                        Some(place) => at = on[place],
                        None => return false,
                    }
                }
                false
            };
            let expected = (0..8).any(comes_back);
            let found = circle(&waits.iter().collect::<Vec<_>>());
            prop_assert_eq!(found.is_some(), expected);
            if let Some(Circle(links)) = found {
                for (link, next) in links.iter().zip(links.iter().cycle().skip(1)) {
                    prop_assert_eq!(&link.on, &next.who);
                }
            }
        }
    }
}
