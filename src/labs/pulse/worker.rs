//! The worker: it starts and ends the demonstration's loop, gives it slow work, and publishes what the loop wrote down.

use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, select_biased};

use super::ID;
use super::demo_loop::DemoLoop;
use super::record::Record;
use super::strategies::{Row, STRATEGIES};
use super::view::{BUCKETS, COLUMN, Command, StrategyLag, View, strip};
use crate::labs::{Doing, Notice, Start, Tone};
use crate::runtime::activity::{Activity, Level};
use crate::runtime::span::Recorder;
use crate::runtime::strategy::Setup;
use crate::runtime::worker::{Desk, Numbered, Outbox, spawn};
use crate::ui::canvas::Size;

/// How long a piece of slow work takes at first, as in the seed.
const BLOCK: Duration = Duration::from_millis(500);

/// Slow work that is repeated is given so often.
const REPEAT: Duration = Duration::from_secs(2);

/// How often a loop that had to make way for a measurement looks whether it may go on.
const LOOK: Duration = Duration::from_millis(200);

/// Starts the worker.
pub fn start(start: &Start) -> Desk<Command, View, Notice> {
    let options = start.clone();
    spawn("pulse-worker", start.wake.clone(), move |commands, outbox| run(&options, &commands, outbox))
}

/// The worker's thread: runs until the mailbox is closed.
fn run(start: &Start, commands: &Receiver<Numbered<Command>>, mut outbox: Outbox<View, Notice>) {
    let mut pulse = Pulse::new(start);
    loop {
        pulse.drive(&mut outbox);
        let due = pulse.due().map_or_else(crossbeam_channel::never, crossbeam_channel::at);
        select_biased! {
            recv(commands) -> command => match command {
                Ok(Numbered { number, command }) => {
                    pulse.take_command(command, &mut outbox);
                    outbox.answer(number);
                }
                Err(_) => break,
            },
            recv(due) -> _ => outbox.changed(),
            recv(outbox.due()) -> _ => {}
        }
        pulse.drive(&mut outbox);
        if commands.is_empty() {
            outbox.publish_if_due(|| pulse.view());
        }
    }
}

/// A loop that runs, and what was last heard of it.
struct Running {
    demo: DemoLoop,
    begun: Instant,
    /// When the worker looks at it next.
    look: Instant,
    /// A piece of slow work was given and has not been seen to end.
    call: bool,
    /// Slow callbacks that were told in the activity log.
    told: u64,
}

/// What the worker owns.
struct Pulse {
    start: Start,
    activity: Activity,
    strategy: usize,
    /// What each strategy's loop wrote down, in the order of the table.
    records: Vec<Record>,
    running: Option<Running>,
    /// Loops that were told to end: they do so by themselves, and are joined here.
    ending: Vec<DemoLoop>,
    size: Option<Size>,
    paused: bool,
    stepped_back: bool,
    block: Duration,
    repeat: bool,
    /// A piece of slow work is wanted at this time.
    wanted: Option<Instant>,
}

impl Pulse {
    fn new(start: &Start) -> Self {
        Self {
            activity: Activity::open(&start.activity, ID),
            start: start.clone(),
            strategy: 0,
            records: STRATEGIES.iter().map(|_| Record::default()).collect(),
            running: None,
            ending: Vec::new(),
            size: None,
            paused: false,
            stepped_back: false,
            block: BLOCK,
            repeat: false,
            wanted: None,
        }
    }

    fn row(&self) -> &'static Row {
        &STRATEGIES[self.strategy]
    }

    fn record(&self) -> &Record {
        &self.records[self.strategy]
    }

    /// Whether the loop is to beat: its pane is on the screen, nobody has paused it, and nobody else measures.
    fn drive(&mut self, outbox: &mut Outbox<View, Notice>) {
        self.ending.retain(|demo| !demo.has_ended());
        let shown = self.size.is_some() && !self.paused;
        self.stepped_back = shown && self.start.stage.must_step_back(ID);
        if !shown || self.stepped_back {
            self.end_loop();
            return;
        }
        if self.running.is_none() {
            self.start_loop(outbox);
        }
        self.look(outbox);
        self.give_work();
    }

    /// When something is to be looked at without a Command: never while no loop is wanted.
    fn due(&self) -> Option<Instant> {
        match &self.running {
            Some(running) => Some(running.look),
            None => self.stepped_back.then(|| Instant::now() + LOOK),
        }
    }

    fn start_loop(&mut self, outbox: &mut Outbox<View, Notice>) {
        let setup = Setup {
            workers: self.start.workers,
            behind_screen: true,
            executable: self.start.executable.clone(),
            recorder: Recorder::off(),
        };
        match DemoLoop::start(self.row(), &setup, self.block, self.record().clone()) {
            Ok(demo) => {
                let begun = Instant::now();
                let told = self.record().watch.slow_count();
                self.running = Some(Running { demo, begun, look: begun + COLUMN, call: false, told });
                self.activity.line(Level::Info, format_args!("{}: the loop beats", self.row().about.id));
            }
            Err(error) => self.stop(&error.to_string(), outbox),
        }
    }

    fn end_loop(&mut self) {
        if let Some(Running { demo, .. }) = self.running.take() {
            demo.stop();
            self.ending.push(demo);
        }
    }

    /// The loop cannot go on.
    fn stop(&mut self, why: &str, outbox: &mut Outbox<View, Notice>) {
        self.end_loop();
        self.paused = true;
        let text = format!("{}: {why}: Space starts the loop again", self.row().about.id);
        self.activity.line(Level::Error, format_args!("{text}"));
        outbox.event(Notice { tone: Tone::Bad, text });
    }

    /// Takes in what the loop wrote down since the last look.
    fn look(&mut self, outbox: &mut Outbox<View, Notice>) {
        let record = self.record().clone();
        if let Some(why) = record.take_failure() {
            self.stop(&why, outbox);
        }
        let id = self.row().about.id;
        let Some(running) = &mut self.running else { return };
        let now = Instant::now();
        if running.look <= now {
            running.look = now + COLUMN;
        }
        let fresh = record.watch.slow_count().saturating_sub(running.told) as usize;
        if fresh > 0 {
            running.told += fresh as u64;
            for slow in record.watch.slow().iter().rev().take(fresh).rev() {
                self.activity.line(Level::Warn, format_args!("{id}: {slow}"));
            }
        }
        if let Some(call) = record.call().filter(|call| running.call && call.ended.is_some()) {
            running.call = false;
            match call.ended {
                Some(Ok(took)) => {
                    let seconds = took.as_secs_f64();
                    let beats = call.beats;
                    self.activity.line(
                        Level::Info,
                        format_args!("{id}: slow work took {seconds:.3} s, {beats} beats meanwhile"),
                    );
                }
                Some(Err(why)) => outbox.event(Notice { tone: Tone::Bad, text: format!("{id}: {why}") }),
                None => {}
            }
        }
    }

    fn give_work(&mut self) {
        let now = Instant::now();
        let Some(running) = self.running.as_mut().filter(|running| !running.call) else { return };
        if self.wanted.is_some_and(|wanted| wanted <= now) && running.demo.give_work() {
            running.call = true;
            self.wanted = self.repeat.then_some(now + REPEAT);
        }
    }

    fn take_command(&mut self, command: Command, outbox: &mut Outbox<View, Notice>) {
        let now = Instant::now();
        match command {
            Command::Strategy(pick) => {
                let picked = pick.from(self.strategy, STRATEGIES);
                if picked != self.strategy {
                    self.end_loop();
                    self.strategy = picked;
                    self.activity.line(Level::Info, format_args!("strategy {}", self.row().about.id));
                }
            }
            Command::Pause => self.paused = !self.paused,
            Command::Run => {
                self.end_loop();
                self.records[self.strategy] = Record::default();
                self.paused = false;
                // The strip shows a second of quiet first.
                self.wanted = Some(now + Duration::from_secs(1));
            }
            Command::Place(size) => self.size = size,
            Command::Block if self.running.as_ref().is_some_and(|running| running.call) => {
                let text = "the slow work is still under way".to_owned();
                outbox.event(Notice { tone: Tone::Plain, text });
            }
            Command::Block => {
                self.paused = false;
                self.wanted = Some(now);
            }
            Command::Repeat => {
                self.repeat = !self.repeat;
                self.wanted = self.repeat.then_some(now);
            }
            Command::Length(block) => {
                self.block = block;
                self.end_loop();
            }
        }
    }

    fn doing(&self) -> Doing {
        let (text, tone) = match &self.running {
            Some(_) if self.repeat => ("beating, slow work every 2 s", Tone::Good),
            Some(_) => ("beating", Tone::Good),
            None if self.stepped_back => ("steps back", Tone::Warn),
            None if self.paused => ("paused", Tone::Plain),
            None => ("resting", Tone::Plain),
        };
        Doing { text: text.to_owned(), tone }
    }

    fn view(&self) -> View {
        let now = Instant::now();
        let record = self.record();
        let columns = self.size.map_or(0, |size| usize::from(size.columns));
        let shown = |running: &Running| {
            let from = now.checked_sub(COLUMN * (columns as u32 + 1)).unwrap_or(running.begun);
            strip(running.begun, now, &record.beats_since(from.max(running.begun)), columns)
        };
        let lag = |(row, record): (&'static Row, &Record)| StrategyLag { about: &row.about, lag: record.watch.lag() };
        View {
            strategy: &self.row().about,
            doing: self.doing(),
            block: self.block,
            strip: self.running.as_ref().map(shown).unwrap_or_default(),
            call: record.call().map(|call| {
                let ago = now.saturating_duration_since(call.begun);
                (call, ago)
            }),
            lags: STRATEGIES.iter().zip(&self.records).map(lag).collect(),
            buckets: record.watch.buckets(&BUCKETS),
            slow: record.watch.slow(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::labs::common::Pick;
    use crate::runtime::stage::Stage;
    use crate::runtime::worker::Published;

    struct Bench {
        desk: Desk<Command, View, Notice>,
        stage: Stage,
        folder: tempfile::TempDir,
        answered: u64,
    }

    impl Bench {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let start = Start::alone(folder.path());
            Self { desk: super::start(&start), stage: start.stage, folder, answered: 0 }
        }

        /// Sends a Command and waits for a View that has taken it in and is as wanted.
        fn see(&mut self, command: Option<Command>, wanted: impl Fn(&View) -> bool) -> View {
            if let Some(command) = command {
                self.answered = self.desk.send(command).unwrap();
            }
            let deadline = Instant::now() + Duration::from_mins(1);
            loop {
                if let Some(Published { answered, view }) = self.desk.take_view()
                    && answered >= self.answered
                    && wanted(&view)
                {
                    return view;
                }
                assert!(Instant::now() < deadline, "no such view came");
                std::thread::yield_now();
            }
        }
    }

    const PANE: Command = Command::Place(Some(Size { columns: 58, rows: 20 }));

    #[test]
    fn the_loop_beats_only_while_its_pane_is_shown_and_not_paused() {
        let mut bench = Bench::new();
        let view = bench.see(Some(PANE), |view| view.lags[0].lag.is_some());
        assert_eq!(view.doing.text, "beating");
        let view = bench.see(Some(Command::Pause), |_| true);
        assert_eq!((view.doing.text.as_str(), view.strip.len()), ("paused", 0));
        bench.see(Some(Command::Pause), |view| view.doing.text == "beating");
        let quiet = bench.stage.ask_for_quiet("gcd");
        bench.see(None, |view| view.doing.text == "steps back");
        drop(quiet);
        bench.see(None, |view| view.doing.text == "beating");
        let view = bench.see(Some(Command::Place(None)), |_| true);
        assert_eq!(view.doing.text, "resting");
        assert_eq!(bench.desk.join(Instant::now() + Duration::from_secs(30)), Ok(()));
    }

    #[test]
    fn a_blocked_loop_shows_a_slow_callback_and_its_figures_stay_through_a_switch() {
        let mut bench = Bench::new();
        bench.see(Some(PANE), |_| true);
        bench.see(Some(Command::Length(Duration::from_millis(120))), |view| view.block.as_millis() == 120);
        let ended = |view: &View| view.call.as_ref().is_some_and(|(call, _)| call.ended.is_some());
        let is_slow = |view: &View| view.slow.iter().any(|slow| slow.name == "slow_coroutine");
        let view = bench.see(Some(Command::Block), |view| ended(view) && is_slow(view));
        assert_eq!(view.call.unwrap().0.beats, 0);
        let view = bench.see(Some(Command::Strategy(Pick::Named("async-io"))), |view| view.lags[5].lag.is_some());
        assert_eq!((view.strategy.id, is_slow(&view)), ("async-io", false));
        assert!(view.lags[0].lag.unwrap().max >= Duration::from_millis(100));
        bench.see(Some(Command::Repeat), ended);
        assert_eq!(bench.desk.join(Instant::now() + Duration::from_secs(30)), Ok(()));
        let log = std::fs::read_to_string(bench.folder.path().join("pulse.log")).unwrap();
        assert!(log.contains(r#"blocking: slow callback "slow_coroutine" took 0."#), "{log}");
    }
}
