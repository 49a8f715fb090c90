//! Who worked or waited when: spans in lanes, recorded cheaply from any thread, bounded.

use std::borrow::Cow;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde::ser::{Serialize, Serializer};

/// Spans that one trace keeps at most; what comes after is counted.
pub const MOST_SPANS: u64 = 1_000_000;

/// Gaps shorter than this are left open: handing over takes some microseconds.
const SHORTEST_GAP: Duration = Duration::from_micros(20);

/// What a lane does during a span.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// It computes.
    Running,
    /// It could run, and waits for a core or for its turn on an event loop.
    Ready,
    /// It waits for a lock.
    Lock,
    /// It waits for input or output.
    Io,
    /// It waits for work on a queue.
    Queue,
    /// It waits for the simulated interpreter lock.
    InterpreterLock,
}

impl State {
    /// Every state, in the order of legends.
    pub const ALL: [Self; 6] = [Self::Running, Self::Ready, Self::Lock, Self::Io, Self::Queue, Self::InterpreterLock];

    /// The state's name in results and traces.
    pub fn name(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Ready => "ready",
            Self::Lock => "lock",
            Self::Io => "io",
            Self::Queue => "queue",
            Self::InterpreterLock => "interpreter-lock",
        }
    }
}

/// A stretch of time in one lane.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// The lane's index in [`Trace::lanes`].
    pub lane: u32,
    /// What it worked on.
    pub label: Cow<'static, str>,
    /// What it did.
    pub state: State,
    /// Begin, in nanoseconds since the recorder was made.
    pub start_ns: u64,
    /// End, in nanoseconds since the recorder was made.
    pub end_ns: u64,
}

/// Seconds in each state, over all lanes.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct StateTimes([f64; State::ALL.len()]);

impl StateTimes {
    /// Seconds in a state.
    pub fn seconds(&self, state: State) -> f64 {
        self.0[state as usize]
    }

    /// Takes in another sum.
    pub fn merge(&mut self, other: &Self) {
        for (mine, more) in self.0.iter_mut().zip(other.0) {
            *mine += more;
        }
    }

    /// A share of it.
    #[must_use]
    pub fn scaled(mut self, factor: f64) -> Self {
        self.0.iter_mut().for_each(|seconds| *seconds *= factor);
        self
    }
}

/// The states in which a lane waits, by name: `{"ready": 0.1, …}`.
impl Serialize for StateTimes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(State::ALL[1..].iter().map(|state| (state.name(), self.seconds(*state))))
    }
}

/// All that a recorder has gathered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Trace {
    /// The lanes' names: a thread, a process, a coroutine.
    pub lanes: Vec<String>,
    /// The spans, in the order they ended within each lane.
    pub spans: Vec<Span>,
    /// Spans that were not kept because the trace was full.
    pub dropped: u64,
}

impl Trace {
    /// Seconds in each state, over all lanes.
    pub fn state_times(&self) -> StateTimes {
        let mut times = StateTimes::default();
        for span in &self.spans {
            times.0[span.state as usize] += span.end_ns.saturating_sub(span.start_ns) as f64 / 1e9;
        }
        times
    }

    /// The latest end of any span, in nanoseconds since the recorder was made.
    pub fn end_ns(&self) -> u64 {
        self.spans.iter().map(|span| span.end_ns).max().unwrap_or(0)
    }
}

#[derive(Debug)]
struct Shared {
    origin: Instant,
    /// The most spans that are kept.
    room: u64,
    taken: AtomicU64,
    dropped: AtomicU64,
    lanes: Mutex<Vec<Arc<LaneRecord>>>,
}

#[derive(Debug)]
struct LaneRecord {
    name: String,
    spans: Mutex<Vec<Span>>,
}

/// Where spans go. Clones share one trace; one that is off records nothing and costs a branch.
#[derive(Debug, Clone)]
pub struct Recorder {
    shared: Option<Arc<Shared>>,
    /// Stands before the names of its lanes.
    prefix: Option<Arc<str>>,
}

impl Recorder {
    /// A recorder that begins now.
    pub fn new() -> Self {
        Self::with_room(MOST_SPANS)
    }

    /// A recorder that begins now and keeps so many spans: for what goes on and on, and is shown.
    pub fn with_room(spans: u64) -> Self {
        let shared = Shared {
            origin: Instant::now(),
            room: spans.min(MOST_SPANS),
            taken: AtomicU64::new(0),
            dropped: AtomicU64::new(0),
            lanes: Mutex::default(),
        };
        Self { shared: Some(Arc::new(shared)), prefix: None }
    }

    /// A recorder that records nothing.
    pub fn off() -> Self {
        Self { shared: None, prefix: None }
    }

    /// The same trace, but lanes made from here on have this before their names: which run they belong to.
    #[must_use]
    pub fn under(&self, prefix: &str) -> Self {
        Self { shared: self.shared.clone(), prefix: Some(format!("{prefix}: ").into()) }
    }

    /// Whether spans are kept.
    pub fn is_on(&self) -> bool {
        self.shared.is_some()
    }

    /// Spans recorded so far.
    pub fn spans(&self) -> usize {
        self.shared.as_ref().map_or(0, |shared| shared.taken.load(Ordering::Relaxed).min(shared.room) as usize)
    }

    /// A new lane. One lane belongs to one thread, process or coroutine, so that its spans do not overlap.
    pub fn lane(&self, name: impl Into<String>) -> Lane {
        Lane(self.shared.as_ref().map(|shared| {
            let name = self.prefix.as_deref().unwrap_or_default().to_owned() + &name.into();
            let mut lanes = shared.lanes.lock().unwrap_or_else(PoisonError::into_inner);
            let record = Arc::new(LaneRecord { name, spans: Mutex::default() });
            lanes.push(Arc::clone(&record));
            (Arc::clone(shared), record, lanes.len() as u32 - 1)
        }))
    }

    /// A copy of what has been recorded so far.
    pub fn trace(&self) -> Trace {
        let Some(shared) = &self.shared else { return Trace::default() };
        let lanes = shared.lanes.lock().unwrap_or_else(PoisonError::into_inner);
        let mut trace = Trace { dropped: shared.dropped.load(Ordering::Relaxed), ..Trace::default() };
        for lane in lanes.iter() {
            trace.lanes.push(lane.name.clone());
            trace.spans.extend_from_slice(&lane.spans.lock().unwrap_or_else(PoisonError::into_inner));
        }
        trace
    }
}

impl Default for Recorder {
    fn default() -> Self {
        Self::off()
    }
}

/// One lane of a trace: the recording end.
#[derive(Debug, Clone)]
pub struct Lane(Option<(Arc<Shared>, Arc<LaneRecord>, u32)>);

impl Lane {
    /// Whether spans are kept.
    pub fn is_on(&self) -> bool {
        self.0.is_some()
    }

    /// Records a span from `start` to `end`.
    pub fn record(&self, label: impl Into<Cow<'static, str>>, state: State, start: Instant, end: Instant) {
        let Some((shared, record, lane)) = &self.0 else { return };
        if shared.taken.fetch_add(1, Ordering::Relaxed) >= shared.room {
            shared.dropped.fetch_add(1, Ordering::Relaxed);
            return;
        }
        let since = |at: Instant| at.saturating_duration_since(shared.origin).as_nanos() as u64;
        let span = Span { lane: *lane, label: label.into(), state, start_ns: since(start), end_ns: since(end) };
        record.spans.lock().unwrap_or_else(PoisonError::into_inner).push(span);
    }

    /// Records that it did this since the end of its last span. Nothing when it has none, or when the gap is too short to see.
    pub fn fill(&self, label: impl Into<Cow<'static, str>>, state: State, end: Instant) {
        let Some((shared, record, _)) = &self.0 else { return };
        let last = record.spans.lock().unwrap_or_else(PoisonError::into_inner).last().map(|span| span.end_ns);
        let Some(start) = last.map(|last| shared.origin + Duration::from_nanos(last)) else { return };
        if end.saturating_duration_since(start) >= SHORTEST_GAP {
            self.record(label, state, start, end);
        }
    }

    /// Runs `work` and records how long it took.
    pub fn span<T>(&self, label: impl Into<Cow<'static, str>>, state: State, work: impl FnOnce() -> T) -> T {
        if self.0.is_none() {
            return work();
        }
        let start = Instant::now();
        let result = work();
        self.record(label, state, start, Instant::now());
        result
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_kept_by_lane_and_a_recorder_that_is_off_keeps_none() {
        let recorder = Recorder::new();
        let (one, two) = (recorder.lane("one"), recorder.under("run 1").lane("two"));
        assert_eq!(two.span("job", State::Running, || 3), 3);
        one.record("wait", State::Lock, Instant::now(), Instant::now());
        let trace = recorder.trace();
        assert_eq!(trace.lanes, ["one", "run 1: two"]);
        assert_eq!(
            trace.spans.iter().map(|span| (span.lane, span.state)).collect::<Vec<_>>(),
            [(0, State::Lock), (1, State::Running)]
        );
        assert!(trace.spans.iter().all(|span| span.start_ns <= span.end_ns));
        let off = Recorder::off();
        off.lane("none").span("job", State::Running, || ());
        assert_eq!(off.trace(), Trace::default());
    }

    #[test]
    fn gaps_are_filled_and_states_summed() {
        let recorder = Recorder::new();
        let lane = recorder.lane("one");
        let start = Instant::now();
        let at = |milliseconds| start + Duration::from_millis(milliseconds);
        lane.fill("before the first", State::Queue, at(1));
        lane.record("item 0", State::Running, at(1), at(4));
        lane.fill("no item", State::Queue, at(6));
        lane.fill("too short", State::Queue, at(6));
        let trace = recorder.trace();
        assert_eq!(trace.spans.len(), 2, "{trace:?}");
        let times = trace.state_times();
        assert!((times.seconds(State::Running) - 0.003).abs() < 1e-9, "{times:?}");
        assert!((times.scaled(2.0).seconds(State::Queue) - 0.004).abs() < 1e-9, "{times:?}");
        let json = serde_json::to_string(&StateTimes::default()).unwrap();
        assert_eq!(json, r#"{"ready":0.0,"lock":0.0,"io":0.0,"queue":0.0,"interpreter-lock":0.0}"#);
    }

    #[test]
    fn a_full_trace_counts_what_it_does_not_keep() {
        let recorder = Recorder::with_room(1);
        let lane = recorder.lane("one");
        let now = Instant::now();
        for _ in 0..3 {
            lane.record("job", State::Running, now, now);
        }
        let trace = recorder.trace();
        assert_eq!((trace.spans.len(), trace.dropped), (1, 2));
        assert_eq!(recorder.spans(), 1);
    }
}
