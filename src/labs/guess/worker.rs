//! The lab's worker: it starts server and clients, changes them as told, and shows what they do.

mod own_game;
mod parties;
mod racing;

use std::collections::VecDeque;
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, bounded, select_biased};

use self::own_game::Mine;
use super::ID;
use super::latency::Latency;
use super::own::{Person, Told};
use super::party::Party;
use super::play::Mischief;
use super::rates::Rates;
use super::server::{Guessing, Tally};
use super::strategies::STRATEGIES;
use super::view::{FlatOut, Speed, State, View};
use super::watch::{Said, Watch};
use crate::labs::common::{Common, MOST_WORKERS, Pick};
use crate::labs::{Notice, Start, Tone};
use crate::runtime::activity::{Activity, Level};
use crate::runtime::load;
use crate::runtime::race::Race;
use crate::runtime::span::{Recorder, Trace};
use crate::runtime::strategy::Setup;
use crate::runtime::worker::{Desk, Numbered, Outbox, REPORTS, spawn};
use crate::ui::canvas::Size;

/// The range of the lab's games.
pub const RANGE: RangeInclusive<i64> = 1..=100;

/// How long the lab's server waits for a line, so that a stall is seen to end.
const DEADLINE: Duration = Duration::from_secs(5);

/// How often what goes on is looked at, while it is shown.
const LOOK: Duration = Duration::from_millis(50);

/// Spans that the timeline keeps of a party: its first games.
const TRACED: u64 = 10_000;

/// Lines of the wire that are kept.
const LINES: usize = 64;

/// Bars of the histogram: ten to each ratio of ten, from 1 µs to 1 s.
const BARS: usize = 60;

/// How long server and clients may take to end with the worker.
const LAST: Duration = Duration::from_millis(300);

/// What the worker is asked to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// The pane has this size now, or is not shown.
    Place(Option<Size>),
    /// What every lab answers: strategies are the server's, and workers are clients.
    Common(Common),
    /// Another strategy for the clients.
    Client(Pick),
    /// Clients think for a shorter or a longer time.
    Faster(bool),
    /// Clients do not think at all, or think again.
    FlatOut,
    /// Race these strategies, or all if none is named; a race that is shown ends.
    Race(Vec<&'static str>),
    /// The server guesses in the next way.
    NextGuessing,
    /// The lane for the next mischief: so many further down.
    Choose(i64),
    /// The client of the chosen lane misbehaves.
    Misbehave(Mischief),
    /// A person's own game: the server guesses in this range.
    Answer(i64, i64),
    /// A person's own game: they guess.
    Guess,
    /// What the person says in it.
    Say(Person),
}

/// Starts the worker. It starts server and clients when the pane is first shown.
pub fn start(start: &Start) -> Desk<Command, View, Notice> {
    let begin = start.clone();
    spawn("guess", start.wake.clone(), move |commands, outbox| Worker::new(begin).serve(&commands, outbox))
}

/// What others report to the worker.
enum Report {
    /// The server or the clients of this number have ended, for this reason if it was not as told.
    Ended(u64, Result<(), String>),
    /// News of the own game of this number.
    Own(u64, Told),
    /// The race stands otherwise than before.
    Raced,
}

struct Worker {
    start: Start,
    setup: Setup,
    /// What is to be said to the person.
    notices: Vec<Notice>,
    /// Something that is shown has changed.
    changed: bool,
    activity: Activity,
    size: Option<Size>,
    chosen_server: usize,
    chosen_client: usize,
    wanted: usize,
    lane: usize,
    speed: Speed,
    guessing: Guessing,
    paused: bool,
    stepped_back: bool,
    tally: Arc<Tally>,
    /// Who plays under the strategies that are chosen.
    party: Option<Party>,
    /// Who finishes a game under those chosen before.
    leaving: Vec<Party>,
    mine: Option<Mine>,
    /// What has been started so far; the number of the last.
    started: u64,
    /// Servers and clients that have not ended yet.
    running: usize,
    /// What each server answered flat out.
    flat_out: Vec<Option<FlatOut>>,
    /// What others use of the machine, since the strategies or the pace were last changed; and since when.
    load: (load::Watch, Instant),
    race: Option<Race>,
    watch: Watch,
    said: Receiver<Said>,
    lines: VecDeque<Said>,
    rates: Rates,
    /// Who waited when, when it was last copied.
    trace: Arc<Trace>,
    /// What was counted when it was last looked at, so that nothing new is not shown.
    seen: (u64, u64, u64),
    reports: Receiver<Report>,
    report: Sender<Report>,
}

impl Worker {
    fn new(start: Start) -> Self {
        let (report, reports) = bounded(REPORTS);
        let (watch, said) = Watch::new(MOST_WORKERS);
        let setup = Setup {
            workers: start.workers,
            behind_screen: true,
            executable: start.executable.clone(),
            recorder: Recorder::off(),
        };
        Self {
            activity: Activity::open(&start.activity, ID),
            start,
            setup,
            notices: Vec::new(),
            changed: true,
            size: None,
            chosen_server: 0,
            chosen_client: 0,
            wanted: 2,
            lane: 0,
            speed: Speed::PLEASANT,
            guessing: Guessing::InTurns,
            paused: false,
            stepped_back: false,
            tally: Arc::default(),
            party: None,
            leaving: Vec::new(),
            mine: None,
            started: 0,
            running: 0,
            flat_out: vec![None; STRATEGIES.len()],
            load: (load::Watch::start(ID), Instant::now()),
            race: None,
            watch,
            said,
            lines: VecDeque::new(),
            rates: Rates::new(0, 0),
            trace: Arc::default(),
            seen: (0, 0, 0),
            reports,
            report,
        }
    }

    fn serve(mut self, commands: &Receiver<Numbered<Command>>, mut outbox: Outbox<View, Notice>) {
        loop {
            self.notices.drain(..).for_each(|notice| outbox.event(notice));
            if std::mem::take(&mut self.changed) {
                outbox.changed();
            }
            if commands.is_empty() {
                outbox.publish_if_due(|| self.view());
            }
            let look = self.next_look();
            select_biased! {
                recv(commands) -> command => match command {
                    Ok(Numbered { number, command }) => {
                        outbox.answer(number);
                        self.obey(command);
                    }
                    Err(_) => return self.end(),
                },
                recv(self.reports) -> report => {
                    self.take(report.expect("this worker holds a sender"));
                }
                recv(look) -> _ => self.look(),
                recv(outbox.due()) -> _ => {}
            }
        }
    }

    /// When to look at what goes on: not at all while nothing does, or while nobody sees it and nobody has to be held back.
    fn next_look(&self) -> Receiver<Instant> {
        let plays = self.party.is_some() && !self.paused;
        match self.size {
            Some(_) if plays => crossbeam_channel::after(LOOK),
            None if plays && (self.speed.is_flat_out() || !self.leaving.is_empty()) => {
                crossbeam_channel::after(LOOK * 4)
            }
            _ => crossbeam_channel::never(),
        }
    }

    fn obey(&mut self, command: Command) {
        self.leave_race(&command);
        match command {
            Command::Place(size) => {
                self.size = size;
                if size.is_some() && self.started == 0 {
                    self.start_server();
                }
            }
            Command::Common(Common::Strategy(pick)) => {
                self.chosen_server = pick.from(self.chosen_server, STRATEGIES);
                self.activity.line(Level::Info, format_args!("server: {}", STRATEGIES[self.chosen_server].about.id));
                self.start_server();
            }
            Command::Client(pick) => {
                self.chosen_client = pick.from(self.chosen_client, STRATEGIES);
                self.activity.line(Level::Info, format_args!("clients: {}", STRATEGIES[self.chosen_client].about.id));
                match self.party.as_ref().map(|party| Arc::clone(&party.host)) {
                    Some(host) => self.start_clients(host),
                    None => self.start_server(),
                }
            }
            Command::Common(Common::Workers(change)) => {
                self.wanted = change.apply(self.wanted);
                self.lane = self.lane.min(self.wanted - 1);
                for party in self.leaving.iter_mut().chain(&mut self.party) {
                    party.dismiss_from(self.wanted);
                }
                self.seat_clients();
            }
            Command::Common(Common::Pause) => {
                self.paused = !self.paused;
                self.set_pace();
            }
            Command::Common(Common::Run) => {
                self.end_parties();
                self.tally = Arc::default();
                self.rates = Rates::new(0, 0);
                self.paused = false;
                self.start_server();
            }
            Command::Faster(faster) => {
                self.speed = if faster { self.speed.faster() } else { self.speed.slower() };
                // Latencies of one speed are not those of another.
                if let Some(party) = &self.party {
                    party.play.tally.latency.clear();
                }
                self.set_pace();
            }
            Command::FlatOut => {
                self.speed = if self.speed.is_flat_out() { Speed::PLEASANT } else { Speed::FLAT_OUT };
                self.set_pace();
            }
            Command::Race(named) => self.start_race(&named),
            Command::NextGuessing => {
                let place = Guessing::ALL.iter().position(|known| *known == self.guessing).unwrap_or(0);
                self.guessing = Guessing::ALL[(place + 1) % Guessing::ALL.len()];
                if let Some(party) = &self.party {
                    party.host.server.guess(self.guessing);
                }
            }
            Command::Choose(by) => {
                self.lane = self.lane.saturating_add_signed(by as isize).min(self.wanted - 1);
            }
            Command::Misbehave(how) => self.misbehave(how),
            Command::Answer(lower, upper) => self.begin_answering(lower..=upper),
            Command::Guess => self.begin_guessing(),
            Command::Say(what) => self.say(what),
        }
    }

    fn take(&mut self, report: Report) {
        match report {
            Report::Ended(number, result) => {
                self.running -= 1;
                let server = self.party.as_ref().is_some_and(|party| party.host.number == number);
                if server || self.party.as_ref().is_some_and(|party| party.number == number) {
                    let why = result.err().unwrap_or_else(|| "ended without being told".to_owned());
                    self.fail(&format!("{}: {why}", if server { "the server" } else { "the clients" }));
                } else {
                    // Whatever ended its clients, their seats are free; what they said last may still be on its way.
                    self.leaving.iter_mut().filter(|party| party.number == number).for_each(Party::forget);
                    self.let_leave();
                }
            }
            Report::Own(number, told) => self.take_own(number, told),
            Report::Raced => self.changed = true,
        }
    }

    fn fail(&mut self, why: &str) {
        self.end_parties();
        self.activity.line(Level::Error, format_args!("{why}"));
        self.notice(Tone::Bad, format!("{why}; r starts again"));
    }

    fn notice(&mut self, tone: Tone, text: String) {
        self.notices.push(Notice { tone, text });
        self.changed = true;
    }

    /// Looks at what the clients did since the last time.
    fn look(&mut self) {
        let stepped_back = self.speed.is_flat_out() && self.start.stage.must_step_back(ID);
        if stepped_back != self.stepped_back {
            self.stepped_back = stepped_back;
            self.set_pace();
            self.changed = true;
        }
        if !self.leaving.is_empty() {
            self.let_leave();
        }
        // As many as there can be at once: lines that come meanwhile are for the next look.
        let waiting = self.said.len();
        for said in self.said.try_iter().take(waiting) {
            if self.lines.len() == LINES {
                self.lines.pop_front();
            }
            self.lines.push_back(said);
        }
        let counted = self.tally.read();
        if let Some(rate) = self.rates.count(counted.requests, counted.finished) {
            let playing = counted.playing();
            self.activity.line(Level::Info, format_args!("{rate:.1} requests/s, {playing} games on"));
            self.note_flat_out();
            self.changed = true;
        }
        if let Some(recorder) = self.party.as_ref().map(|party| party.play.recorder())
            && recorder.spans() != self.trace.spans.len()
        {
            self.trace = Arc::new(recorder.trace());
        }
        let seen = (counted.requests, counted.begun + counted.accepted, waiting as u64);
        if seen != self.seen {
            self.seen = seen;
            self.changed = true;
        }
    }

    fn view(&self) -> View {
        let size = self.size.unwrap_or_default();
        let lanes = self.wanted.min(usize::from(size.rows / 3).max(1));
        let first = (self.lane + 1).saturating_sub(lanes);
        let latency = self.party.as_ref().map(|party| &party.play.tally.latency);
        let rows = usize::from(size.rows).min(LINES);
        View {
            server: self.chosen_server,
            client: self.chosen_client,
            state: match () {
                () if self.started == 0 => State::Waiting,
                () if self.party.is_none() => State::Failed,
                () if self.paused || self.race.is_some() => State::Paused,
                () if self.stepped_back => State::SteppedBack,
                () => State::Playing,
            },
            address: self.party.as_ref().map(|party| party.host.address),
            leaving: self.leaving.iter().map(Party::playing).sum(),
            speed: self.speed,
            guessing: self.guessing,
            clients: self.wanted,
            chosen: self.lane,
            first,
            lanes: (first..first + lanes).filter_map(|index| self.watch.lane(index)).collect(),
            lines: self.lines.iter().skip(self.lines.len().saturating_sub(rows)).cloned().collect(),
            missed: self.watch.missed(),
            requests_per_second: self.rates.requests_per_second(),
            games_per_second: self.rates.games_per_second(),
            rates: self.rates.of_half_seconds(),
            latency: latency.map(Latency::percentiles).unwrap_or_default(),
            bars: latency.map(|l| l.bars(Duration::from_micros(1), Duration::from_secs(1), BARS)).unwrap_or_default(),
            counted: self.tally.read(),
            trace: Arc::clone(&self.trace),
            own: self.mine.as_ref().map(|mine| mine.own.shown.clone()),
            flat_out: self.flat_out.clone(),
            race: self.race.as_ref().map(Race::standing),
        }
    }

    /// Ends server and clients, and waits for that.
    fn end(mut self) {
        self.end_parties();
        self.mine = None;
        self.race = None;
        let deadline = Instant::now() + LAST;
        while self.running > 0 {
            match self.reports.recv_deadline(deadline) {
                Ok(Report::Ended(..)) => self.running -= 1,
                Ok(Report::Own(..) | Report::Raced) => {}
                Err(_) => return,
            }
        }
    }
}
