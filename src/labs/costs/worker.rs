//! The lab's worker: owns the findings, plans probes, directs the runner, publishes views. It measures nothing unasked.

use std::collections::VecDeque;

use crossbeam_channel::{Receiver, Sender, bounded, select_biased};

use super::ID;
use super::claims;
use super::findings::Findings;
use super::order::{Found, Order, Value};
use super::plan::{self, COUNTS, Step};
use super::runner::{self, Errand, Report};
use super::strategies::STRATEGIES;
use super::view::{Line, Progress, State, View};
use crate::labs::common::{Change, Common};
use crate::labs::{Notice, Start, Tone};
use crate::runtime::activity::{Activity, Level};
use crate::runtime::control::Control;
use crate::runtime::stage::Quiet;
use crate::runtime::worker::{Desk, Numbered, Outbox, REPORTS, Runner, spawn};
use crate::ui::figures;

/// What the worker is asked to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    /// What every lab answers: a strategy is a unit, and to run is to measure all of them.
    Common(Common),
    /// Measure the chosen unit.
    MeasureOne,
    /// Show another count: one more or one less in the list.
    Count(isize),
    /// End the measurement; what was found stays.
    Cancel,
    /// Let the next probe's runner panic.
    Panic,
}

/// Starts the worker, which waits to be asked.
pub fn start(start: &Start) -> Desk<Command, View, Notice> {
    let begin = start.clone();
    spawn("costs", start.wake.clone(), move |commands, outbox| Worker::new(begin, outbox).serve(&commands))
}

/// The measurement that is under way.
struct Current {
    plan: VecDeque<Step>,
    done: usize,
    of: usize,
    control: Control,
    /// The probe that the runner has.
    step: Option<Step>,
    /// Held from one probe to the next, and let go while paused.
    quiet: Option<Quiet>,
}

struct Worker {
    start: Start,
    outbox: Outbox<View, Notice>,
    activity: Activity,
    chosen: usize,
    /// The count that is shown: an index in the list.
    count: usize,
    workers: usize,
    findings: Findings,
    current: Option<Current>,
    panic_next: bool,
    runner: Runner<Errand>,
    reports: Receiver<Report>,
    report: Sender<Report>,
}

impl Worker {
    fn new(start: Start, outbox: Outbox<View, Notice>) -> Self {
        let (report, reports) = bounded(REPORTS);
        Self {
            activity: Activity::open(&start.activity, ID),
            chosen: 0,
            count: COUNTS.len() / 2,
            workers: start.workers,
            findings: Findings::default(),
            current: None,
            panic_next: false,
            runner: runner::start(report.clone()),
            start,
            outbox,
            reports,
            report,
        }
    }

    fn serve(mut self, commands: &Receiver<Numbered<Command>>) {
        loop {
            self.begin_next();
            // A view made while commands wait would be out of date before it is seen.
            if commands.is_empty() {
                self.publish();
            }
            select_biased! {
                recv(commands) -> command => match command {
                    Ok(Numbered { number, command }) => {
                        self.obey(command);
                        self.outbox.answer(number);
                    }
                    Err(_) => break,
                },
                recv(self.reports) -> report => self.take(report.expect("the worker holds a sender itself")),
                recv(self.outbox.due()) -> _ => {}
            }
        }
        self.cancel();
    }

    fn obey(&mut self, command: Command) {
        match command {
            Command::Common(Common::Strategy(pick)) => {
                self.chosen = pick.from(self.chosen, STRATEGIES);
            }
            Command::Common(Common::Pause) => match &self.current {
                Some(current) => current.control.pause(!current.control.is_paused()),
                None => self.say(Tone::Plain, "nothing is measured: r measures all units, m the chosen one".to_owned()),
            },
            Command::Common(Common::Run) => {
                self.measure(&STRATEGIES.iter().map(|row| row.about.id).collect::<Vec<_>>());
            }
            Command::Common(Common::Workers(change)) => self.set_workers(change),
            Command::MeasureOne => self.measure(&[STRATEGIES[self.chosen].about.id]),
            Command::Count(by) => self.count = self.count.saturating_add_signed(by).min(COUNTS.len() - 1),
            Command::Cancel => self.cancel(),
            Command::Panic => self.panic_next = true,
        }
    }

    fn set_workers(&mut self, change: Change) {
        if self.current.is_some() {
            self.say(Tone::Warn, "workers stay as they are while costs are measured: x cancels".to_owned());
            return;
        }
        self.workers = change.apply(self.workers);
    }

    /// Ends what is measured and begins anew with these units; what was found of the others stays.
    fn measure(&mut self, units: &[&'static str]) {
        self.cancel();
        for unit in units {
            self.findings.forget(unit);
        }
        let plan: VecDeque<Step> = plan::steps(units, &COUNTS).into();
        self.activity.line(Level::Info, format_args!("measuring {}: {} probes", units.join(", "), plan.len()));
        self.current =
            Some(Current { of: plan.len(), plan, done: 0, control: Control::default(), step: None, quiet: None });
    }

    /// Ends the present probe, with its process, and forgets the plan.
    fn cancel(&mut self) {
        let Some(current) = self.current.take() else { return };
        current.control.stop();
        self.activity.line(Level::Info, format_args!("cancelled after {} of {} probes", current.done, current.of));
        if current.step.is_some() {
            // The runner's answer to this probe belongs to nobody now, and another runner takes the next one.
            self.restart_runner();
        }
    }

    fn restart_runner(&mut self) {
        (self.report, self.reports) = bounded(REPORTS);
        self.runner = runner::start(self.report.clone());
    }

    /// Gives the runner the next probe of the plan when it has none.
    fn begin_next(&mut self) {
        let Some(current) = &mut self.current else { return };
        if current.step.is_some() {
            return;
        }
        if current.control.is_paused() {
            current.quiet = None;
            return;
        }
        current.quiet.get_or_insert_with(|| self.start.stage.ask_for_quiet(ID));
        let Some(step) = current.plan.pop_front() else {
            self.finish();
            return;
        };
        let order = Order {
            unit: step.unit.to_owned(),
            what: step.what,
            workers: step.workers(self.workers),
            executable: self.start.executable.clone(),
        };
        let errand = Errand { order, control: current.control.clone(), panic: std::mem::take(&mut self.panic_next) };
        current.step = Some(step);
        self.outbox.changed();
        if !self.runner.give(errand) {
            self.fail("the runner takes no probe");
        }
    }

    fn finish(&mut self) {
        self.current = None;
        self.outbox.changed();
        self.activity.line(Level::Info, format_args!("measured"));
        self.say(Tone::Good, "costs measured".to_owned());
    }

    /// Takes in what the runner reports.
    fn take(&mut self, report: Report) {
        self.outbox.changed();
        if let Report::Told(text) = report {
            self.activity.line(Level::Warn, format_args!("{text}"));
            return self.say(Tone::Warn, text);
        }
        let Some(step) = self.current.as_mut().and_then(|current| current.step.take()) else { return };
        match report {
            Report::Ended(Ok(found)) => self.enter(step, found),
            Report::Ended(Err(error)) if error.source.is_stopped() => self.current = None,
            Report::Ended(Err(error)) => self.fail(&error.to_string()),
            Report::Panicked(panic) => self.fail(&format!("the runner {panic}")),
            Report::Told(_) => {}
        }
    }

    fn enter(&mut self, step: Step, found: Found) {
        let Some(current) = &mut self.current else { return };
        current.done += 1;
        let level = if found.contended.is_some() { Level::Warn } else { Level::Info };
        let note = if found.contended.is_some() { ", contended" } else { "" };
        let (figure, unit) = match &found.value {
            Value::Seconds(seconds) => figures::duration(*seconds),
            Value::Alive(alive) => alive.bytes.map_or(("no".to_owned(), "memory to be seen"), figures::bytes),
            Value::Unsupported(why) => (why.clone(), ""),
        };
        self.activity.line(level, format_args!("{}, {}: {figure} {unit}{note}", step.unit, step.what.words()));
        self.findings.add(step, found);
    }

    /// A failed probe ends the measurement: what was found stays.
    fn fail(&mut self, why: &str) {
        self.activity.line(Level::Error, format_args!("{why}"));
        self.current = None;
        self.restart_runner();
        self.say(Tone::Bad, format!("{why}; what was found stays, r measures again"));
    }

    fn say(&mut self, tone: Tone, text: String) {
        self.outbox.event(Notice { tone, text });
    }

    fn publish(&mut self) {
        let Self { outbox, chosen, count, workers, findings, current, .. } = self;
        outbox.publish_if_due(|| {
            let now = current.as_ref().and_then(|current| current.step);
            let line = |unit: usize, count: usize| line(findings, unit, count, now);
            View {
                lines: (0..STRATEGIES.len()).map(|unit| line(unit, COUNTS[*count])).collect(),
                counts: COUNTS.iter().map(|count| line(*chosen, *count)).collect(),
                chosen: *chosen,
                count: COUNTS[*count],
                workers: *workers,
                claims: claims::all(findings, &COUNTS),
                state: current.as_ref().map_or(State::Idle, state),
            }
        });
    }
}

fn line(findings: &Findings, unit: usize, count: usize, now: Option<Step>) -> Line {
    let about = &STRATEGIES[unit].about;
    let bounded = findings.alive(about.id, count, false).and_then(|alive| alive.bounded.as_deref());
    Line {
        about,
        row: findings.row(about.id, count),
        bounded: bounded.or(findings.unsupported(about.id)).map(str::to_owned),
        contended: findings.is_contended(about.id, count),
        now: now.is_some_and(|step| step.unit == about.id),
    }
}

fn state(current: &Current) -> State {
    let now = current.step.map_or(String::new(), |step| format!("{}, {}", step.unit, step.what.words()));
    let progress = Progress { done: current.done, of: current.of, now };
    if current.control.is_paused() { State::Paused(progress) } else { State::Measuring(progress) }
}
