//! A worker owns a lab's data and answers Commands; runners do the work and may fail.
//!
//! ```text
//!  Desk (UI) ── Command n ──► mailbox ──► worker thread ◄── reports ── runner thread
//!      ▲                                    │
//!      └── View (latest wins), Events ◄─────┘  + wake
//! ```
//!
//! Every queue is bounded. The UI's side never blocks: a full mailbox refuses, and the refusal is counted. The worker waits
//! on its mailbox and on its runners' reports with `crossbeam_channel::select_biased!`, Commands first.

use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, TrySendError, bounded};

use crate::runtime::caught::{self, Panicked};
use crate::runtime::slot::Slot;
use crate::runtime::wake::Wake;

/// Commands that may wait for a worker. A worker never computes for longer than 2 ms, so that only one that is dead or
/// hung lets its mailbox fill.
const MAILBOX: usize = 256;

/// Events that may wait for the UI.
const EVENTS: usize = 1024;

/// Reports that may wait for the worker before its runners have to.
pub const REPORTS: usize = 256;

/// The shortest time between two Views that answer no Command: a little below a frame's, so that a frame finds a new one.
const PACE: Duration = Duration::from_millis(14);

/// A Command and its number; the View that has taken it in carries the number back.
#[derive(Debug)]
pub struct Numbered<C> {
    /// Counts from 1, one up for each Command sent.
    pub number: u64,
    /// What is asked.
    pub command: C,
}

/// A View and the number of the last Command that it has taken in.
#[derive(Debug)]
pub struct Published<V> {
    /// The number of the last Command taken in; 0 before the first.
    pub answered: u64,
    /// What is to be shown.
    pub view: V,
}

/// The UI's side of a worker.
#[derive(Debug)]
pub struct Desk<C, V, E> {
    mailbox: Option<Sender<Numbered<C>>>,
    slot: Slot<Published<V>>,
    events: Receiver<E>,
    ended: Receiver<Result<(), Panicked>>,
    thread: Option<JoinHandle<()>>,
    sent: u64,
}

/// Why a Command was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The worker has not kept up.
    #[error("the worker is busy: {MAILBOX} commands wait for it")]
    Full,
    /// The worker has ended.
    #[error("the worker has ended")]
    Ended,
}

/// The worker's thread was still running when its time was up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a worker did not end in time")]
pub struct StillRunning;

/// The worker's side: where it publishes.
#[derive(Debug)]
pub struct Outbox<V, E> {
    slot: Slot<Published<V>>,
    events: Sender<E>,
    wake: Wake,
    changed: bool,
    answered: u64,
    published: u64,
    last: Option<Instant>,
    dropped: u64,
}

/// Starts a worker: a thread of this name that runs `body` until its mailbox is closed.
///
/// `body` gets the mailbox and the outbox; it returns when receiving from the mailbox fails. The name should be at most 15
/// bytes long and begin with the lab's id.
pub fn spawn<C, V, E>(
    name: &str,
    wake: Wake,
    body: impl FnOnce(Receiver<Numbered<C>>, Outbox<V, E>) + Send + 'static,
) -> Desk<C, V, E>
where
    C: Send + 'static,
    V: Send + 'static,
    E: Send + 'static,
{
    let (mailbox, commands) = bounded(MAILBOX);
    let (events_in, events) = bounded(EVENTS);
    let (ended_in, ended) = bounded(1);
    let slot = Slot::default();
    let outbox = Outbox {
        slot: slot.clone(),
        events: events_in,
        wake: wake.clone(),
        changed: true,
        answered: 0,
        published: 0,
        last: None,
        dropped: 0,
    };
    let thread = thread::Builder::new()
        .name(name.to_owned())
        .spawn(move || {
            let result = caught::catch(|| body(commands, outbox));
            let _ = ended_in.send(result);
            wake.ring();
        })
        .expect("the system gives a thread for a worker");
    Desk { mailbox: Some(mailbox), slot, events, ended, thread: Some(thread), sent: 0 }
}

impl<C, V, E> Desk<C, V, E> {
    /// Sends a Command and returns its number. Never blocks.
    pub fn send(&mut self, command: C) -> Result<u64, Refused> {
        let mailbox = self.mailbox.as_ref().ok_or(Refused::Ended)?;
        let number = self.sent + 1;
        mailbox.try_send(Numbered { number, command }).map_err(|error| match error {
            TrySendError::Full(_) => Refused::Full,
            TrySendError::Disconnected(_) => Refused::Ended,
        })?;
        self.sent = number;
        Ok(number)
    }

    /// The newest View, if there is one that was not taken yet.
    pub fn take_view(&mut self) -> Option<Published<V>> {
        self.slot.take()
    }

    /// The Events that have come since the last call.
    pub fn events(&self) -> impl Iterator<Item = E> + '_ {
        self.events.try_iter()
    }

    /// The panic that ended the worker, if one did; said once.
    pub fn panicked(&self) -> Option<Panicked> {
        self.ended.try_recv().ok()?.err()
    }

    /// Closes the mailbox, which tells the worker to end. Returns at once.
    pub fn close(&mut self) {
        self.mailbox = None;
    }

    /// Closes the mailbox and waits for the worker's end, until `deadline`.
    pub fn join(&mut self, deadline: Instant) -> Result<(), StillRunning> {
        self.close();
        let Some(thread) = self.thread.take() else { return Ok(()) };
        match self.ended.recv_deadline(deadline) {
            Err(RecvTimeoutError::Timeout) => {
                self.thread = Some(thread);
                Err(StillRunning)
            }
            // What the thread said last has been received, or was taken by `panicked`: it is at its end.
            Ok(_) | Err(RecvTimeoutError::Disconnected) => thread.join().map_err(|_| StillRunning),
        }
    }
}

impl<V, E> Outbox<V, E> {
    /// Command `number` has been taken in: the next View answers it, ahead of the pace.
    pub fn answer(&mut self, number: u64) {
        self.answered = number;
        self.changed = true;
    }

    /// What is shown has changed: a View is due, at the pace of the screen.
    pub fn changed(&mut self) {
        self.changed = true;
    }

    /// When a View is due that is held back by the pace, as a channel to select on; one that never fires when none is.
    pub fn due(&self) -> Receiver<Instant> {
        match self.last {
            Some(last) if self.changed => crossbeam_channel::at(last + PACE),
            _ => crossbeam_channel::never(),
        }
    }

    /// Publishes the View that `make` makes, if one is due now. To be called once each time round the worker's loop.
    pub fn publish_if_due(&mut self, make: impl FnOnce() -> V) {
        let now = Instant::now();
        let paced = self.last.is_none_or(|last| now >= last + PACE);
        if self.changed && (paced || self.answered > self.published) {
            self.slot.put(Published { answered: self.answered, view: make() });
            self.changed = false;
            self.published = self.answered;
            self.last = Some(now);
            self.wake.ring();
        }
    }

    /// Says what happened once. An Event that finds the queue full is dropped and counted.
    pub fn event(&mut self, event: E) {
        match self.events.try_send(event) {
            Ok(()) | Err(TrySendError::Disconnected(_)) => {}
            Err(TrySendError::Full(_)) => self.dropped += 1,
        }
        self.wake.ring();
    }

    /// Events dropped so far because the UI had not taken those before them.
    pub fn dropped(&self) -> u64 {
        self.dropped
    }
}

/// A thread that takes one job after another and may panic: then it reports so and ends, and its worker starts another.
#[derive(Debug)]
pub struct Runner<J> {
    jobs: Sender<J>,
}

impl<J: Send + 'static> Runner<J> {
    /// Starts a runner of this name. `work` does one job; `panicked` turns its panic into the report that is sent instead.
    ///
    /// Reports go through `reports`, whose other end the worker selects on. When it is gone, the runner ends.
    pub fn start<R: Send + 'static>(
        name: &str,
        reports: Sender<R>,
        mut work: impl FnMut(J, &Sender<R>) + Send + 'static,
        panicked: impl Fn(Panicked) -> R + Send + 'static,
    ) -> Self {
        let (jobs, waiting) = bounded::<J>(1);
        thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || {
                for job in waiting {
                    if let Err(panic) = caught::catch(|| work(job, &reports)) {
                        let _ = reports.send(panicked(panic));
                        break;
                    }
                }
            })
            .expect("the system gives a thread for a runner");
        Self { jobs }
    }

    /// Hands it a job. `false` when it cannot take one: it has one waiting already, or it has ended.
    pub fn give(&self, job: J) -> bool {
        self.jobs.try_send(job).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crossbeam_channel::select_biased;

    /// A worker that adds what it is told to, through a runner that panics on 13.
    fn adder(commands: &Receiver<Numbered<u32>>, mut outbox: Outbox<u32, String>) {
        enum Report {
            Added(u32),
            Panicked(String),
        }
        let (reports_in, reports) = bounded(REPORTS);
        let start = || {
            Runner::start(
                "test-run",
                reports_in.clone(),
                |job: u32, reports: &Sender<Report>| {
                    assert!(job != 13, "thirteen");
                    let _ = reports.send(Report::Added(job));
                },
                |panic| Report::Panicked(panic.message),
            )
        };
        let mut runner = start();
        let mut total = 0;
        loop {
            select_biased! {
                recv(commands) -> command => match command {
                    Ok(Numbered { number, command }) => {
                        outbox.answer(number);
                        if !runner.give(command) {
                            outbox.event("busy".to_owned());
                        }
                    }
                    Err(_) => return,
                },
                recv(reports) -> report => match report.expect("we hold a sender") {
                    Report::Added(number) => {
                        total += number;
                        outbox.changed();
                        outbox.event(format!("added {number}"));
                    }
                    Report::Panicked(message) => {
                        runner = start();
                        outbox.event(message);
                    }
                },
                recv(outbox.due()) -> _ => {}
            }
            outbox.publish_if_due(|| total);
        }
    }

    fn next_event(desk: &Desk<u32, u32, String>) -> String {
        desk.events.recv_timeout(Duration::from_secs(10)).expect("an event comes")
    }

    fn view_with(desk: &mut Desk<u32, u32, String>, wanted: impl Fn(&Published<u32>) -> bool) {
        let deadline = Instant::now() + Duration::from_secs(10);
        while !desk.take_view().is_some_and(|published| wanted(&published)) {
            assert!(Instant::now() < deadline, "no such view came");
            thread::yield_now();
        }
    }

    #[test]
    fn a_command_is_answered_by_number_and_a_panic_leaves_worker_and_data() {
        let mut desk = spawn("test-worker", Wake::new(), |commands, outbox| adder(&commands, outbox));
        assert_eq!(desk.send(5), Ok(1));
        assert_eq!(next_event(&desk), "added 5");
        view_with(&mut desk, |published| published.answered == 1 && published.view == 5);
        assert_eq!(desk.send(13), Ok(2));
        assert_eq!(next_event(&desk), "thirteen");
        assert_eq!(desk.send(6), Ok(3));
        assert_eq!(next_event(&desk), "added 6");
        view_with(&mut desk, |published| published.answered == 3 && published.view == 11);
        assert_eq!(desk.join(Instant::now() + Duration::from_secs(10)), Ok(()));
        assert_eq!(desk.send(1), Err(Refused::Ended));
    }

    #[test]
    fn a_worker_that_panics_says_so() {
        let desk: Desk<(), (), ()> = spawn("test-worker", Wake::new(), |_, _| panic!("broken"));
        let ended = desk.ended.recv_timeout(Duration::from_secs(10)).unwrap();
        assert_eq!(ended.unwrap_err().message, "broken");
    }

    #[test]
    fn a_full_mailbox_refuses_and_does_not_block() {
        let (release, held) = bounded::<()>(0);
        let mut desk: Desk<u32, (), ()> = spawn("test-worker", Wake::new(), move |_commands, _outbox| {
            let _ = held.recv();
        });
        let refusals = (0..MAILBOX as u32 + 3).filter(|n| desk.send(*n) == Err(Refused::Full)).count();
        assert_eq!(refusals, 3);
        assert_eq!(desk.join(Instant::now()), Err(StillRunning));
        drop(release);
        assert_eq!(desk.join(Instant::now() + Duration::from_secs(10)), Ok(()));
    }

    #[test]
    fn views_that_answer_nothing_are_paced() {
        let (events, _kept) = bounded(1);
        let mut outbox: Outbox<u32, ()> = Outbox {
            slot: Slot::default(),
            events,
            wake: Wake::new(),
            changed: true,
            answered: 0,
            published: 0,
            last: None,
            dropped: 0,
        };
        let mut made = 0;
        outbox.publish_if_due(|| 1);
        assert!(outbox.slot.take().is_some(), "the first after a quiet spell goes out at once");
        outbox.last = Some(Instant::now() + Duration::from_mins(1));
        outbox.changed();
        outbox.publish_if_due(|| {
            made += 1;
            2
        });
        assert_eq!(made, 0, "the second waits for the pace");
        outbox.answer(1);
        outbox.publish_if_due(|| 3);
        assert_eq!(outbox.slot.take().map(|p| (p.answered, p.view)), Some((1, 3)), "an answer does not wait");
    }
}
