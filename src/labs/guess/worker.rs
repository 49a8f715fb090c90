//! The lab's worker: it starts server and clients, changes them as told, and shows what they do.

use std::collections::VecDeque;
use std::net::{SocketAddr, TcpListener};
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::Builder;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, bounded, select_biased};
use tokio::sync::mpsc;

use super::ID;
use super::latency::Latency;
use super::own::{Own, Person, Told};
use super::patience::Pace;
use super::play::{Games, Mischief, Play, Said, Seat};
use super::server::{Guessing, Server, Tally};
use super::strategies::{STRATEGIES, Style};
use super::view::{Speed, State, View};
use crate::labs::common::{Change, MOST_WORKERS, Pick};
use crate::labs::{Notice, Start, Tone};
use crate::runtime::activity::{Activity, Level};
use crate::runtime::caught;
use crate::runtime::span::Recorder;
use crate::runtime::strategy::Setup;
use crate::runtime::worker::{Desk, Numbered, Outbox, REPORTS, spawn};
use crate::ui::canvas::Size;

/// The range of the lab's games.
pub const RANGE: RangeInclusive<i64> = 1..=100;

/// How long the lab's server waits for a line, so that a stall is seen to end.
const DEADLINE: Duration = Duration::from_secs(5);

/// How often what goes on is looked at, while it is shown.
const LOOK: Duration = Duration::from_millis(50);

/// How long one rate is counted.
const RATE: Duration = Duration::from_millis(500);

/// Rates that are kept.
const RATES: usize = 60;

/// Lines of the wire that are kept.
const LINES: usize = 64;

/// Bars of the histogram: ten to each ratio of ten, from 1 µs to 1 s.
const BARS: usize = 60;

/// How long server and clients may take to end with the worker.
const LAST: Duration = Duration::from_millis(300);

/// What the worker is asked to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    /// The pane has this size now, or is not shown.
    Place(Option<Size>),
    /// Another strategy for the server.
    Server(Pick),
    /// Another strategy for the clients.
    Client(Pick),
    /// More clients, or fewer.
    Clients(Change),
    /// Hold the games, or let them go on.
    Pause,
    /// Begin anew, with nothing counted.
    Run,
    /// Clients think for a shorter or a longer time.
    Faster(bool),
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

/// The desk of this lab's worker.
pub type GuessDesk = Desk<Command, View, Notice>;

/// Starts the worker. It starts server and clients when the pane is first shown.
pub fn start(start: &Start) -> GuessDesk {
    let begin = start.clone();
    spawn("guess", start.wake.clone(), move |commands, outbox| Worker::new(begin).serve(&commands, outbox))
}

/// What others report to the worker.
enum Report {
    /// The server or the clients of this number have ended, for this reason if it was not as told.
    Ended(u64, Result<(), String>),
    /// News of the own game of this number.
    Own(u64, Told),
}

/// The clients that play now.
struct Clients {
    number: u64,
    play: Arc<Play>,
    said: Receiver<Said>,
    /// The seats that are taken, as many as clients are wanted.
    seats: Vec<Seat>,
    queue: mpsc::Sender<Seat>,
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
    server: Option<(u64, Arc<Server>, SocketAddr)>,
    clients: Option<Clients>,
    own: Option<(u64, Own)>,
    /// What has been started so far; the number of the last.
    started: u64,
    /// Servers and clients that have not ended yet.
    running: usize,
    lines: VecDeque<Said>,
    rates: VecDeque<f64>,
    rated: (Instant, u64, u64),
    games_per_second: f64,
    /// What was counted when it was last looked at, so that nothing new is not shown.
    seen: (u64, u64, u64),
    reports: Receiver<Report>,
    report: Sender<Report>,
}

impl Worker {
    fn new(start: Start) -> Self {
        let (report, reports) = bounded(REPORTS);
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
            server: None,
            clients: None,
            own: None,
            started: 0,
            running: 0,
            lines: VecDeque::new(),
            rates: VecDeque::new(),
            rated: (Instant::now(), 0, 0),
            games_per_second: 0.0,
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
        let plays = self.clients.is_some() && !self.paused;
        match self.size {
            Some(_) if plays => crossbeam_channel::after(LOOK),
            None if plays && self.speed.is_flat_out() => crossbeam_channel::after(LOOK * 4),
            _ => crossbeam_channel::never(),
        }
    }

    fn obey(&mut self, command: Command) {
        match command {
            Command::Place(size) => {
                self.size = size;
                if size.is_some() && self.started == 0 {
                    self.start_server();
                }
            }
            Command::Server(pick) => {
                self.chosen_server = picked(pick, self.chosen_server);
                self.activity.line(Level::Info, format_args!("server: {}", STRATEGIES[self.chosen_server].about.id));
                self.start_server();
            }
            Command::Client(pick) => {
                self.chosen_client = picked(pick, self.chosen_client);
                self.activity.line(Level::Info, format_args!("clients: {}", STRATEGIES[self.chosen_client].about.id));
                self.start_clients();
            }
            Command::Clients(change) => {
                self.wanted = change.apply(self.wanted);
                self.lane = self.lane.min(self.wanted - 1);
                self.seat_clients();
            }
            Command::Pause => {
                self.paused = !self.paused;
                self.set_pace();
            }
            Command::Run => {
                self.tally = Arc::default();
                self.paused = false;
                self.start_server();
            }
            Command::Faster(faster) => {
                self.speed = if faster { self.speed.faster() } else { self.speed.slower() };
                // Latencies of one speed are not those of another.
                if let Some(clients) = &self.clients {
                    clients.play.tally.latency.clear();
                }
                self.set_pace();
            }
            Command::NextGuessing => {
                let place = Guessing::ALL.iter().position(|known| *known == self.guessing).unwrap_or(0);
                self.guessing = Guessing::ALL[(place + 1) % Guessing::ALL.len()];
                if let Some((_, server, _)) = &self.server {
                    server.guess(self.guessing);
                }
            }
            Command::Choose(by) => {
                self.lane = self.lane.saturating_add_signed(by as isize).min(self.wanted - 1);
            }
            Command::Misbehave(how) => self.misbehave(how),
            Command::Answer(lower, upper) => self.begin_answering(lower..=upper),
            Command::Guess => self.begin_guessing(),
            Command::Say(what) => {
                let said = self
                    .own
                    .as_mut()
                    .map_or_else(|| Err("no game of yours is on: press o or p".to_owned()), |(_, own)| own.say(what));
                if let Err(why) = said {
                    self.notice(Tone::Warn, why);
                }
            }
        }
    }

    /// Starts a server in place of the one there is; its clients follow.
    fn start_server(&mut self) {
        self.stop_clients();
        if let Some((_, server, _)) = self.server.take() {
            server.stop.cancel();
        }
        let row = &STRATEGIES[self.chosen_server];
        let server = Server::new(DEADLINE, 1024, self.start.seed).counting(Arc::clone(&self.tally));
        server.guess(self.guessing);
        let server = Arc::new(server);
        let made = (row.make)(&self.setup).map_err(|error| error.to_string());
        let bound = made.and_then(|style| {
            let listener = TcpListener::bind("127.0.0.1:0").map_err(|error| format!("listening: {error}"))?;
            let address = listener.local_addr().map_err(|error| format!("listening: {error}"))?;
            Ok((style, listener, address))
        });
        let (style, listener, address) = match bound {
            Ok(bound) => bound,
            Err(why) => return self.fail(&why),
        };
        let (number, host) = (self.started + 1, Arc::clone(&server));
        if self
            .launch("guess-serve", style, move |style| style.serve(listener, &host).map_err(|error| error.to_string()))
        {
            self.server = Some((number, server, address));
            self.start_clients();
        }
    }

    /// Starts the clients anew, against the server there is.
    fn start_clients(&mut self) {
        self.stop_clients();
        let Some((_, _, address)) = &self.server else { return };
        let (lower, upper, seed) = (*RANGE.start(), *RANGE.end(), self.start.seed);
        let play = Play::new(*address, Games::Random { lower, upper, seed }, DEADLINE);
        let (play, said) = play.watched(MOST_WORKERS);
        let play = Arc::new(play);
        let style = match (STRATEGIES[self.chosen_client].make)(&self.setup) {
            Ok(style) => style,
            Err(error) => return self.fail(&error.to_string()),
        };
        let (queue, seats) = mpsc::channel(2 * MOST_WORKERS);
        let (number, played) = (self.started + 1, Arc::clone(&play));
        if self.launch("guess-play", style, move |style| style.play(&played, seats).map_err(|error| error.to_string()))
        {
            self.clients = Some(Clients { number, play, said, seats: Vec::new(), queue });
            self.rated = (Instant::now(), 0, self.tally.read().finished);
            self.set_pace();
            self.seat_clients();
        }
    }

    /// Runs a server or clients on a thread of their own, which reports their end.
    fn launch(
        &mut self,
        name: &str,
        style: Box<dyn Style>,
        body: impl FnOnce(&dyn Style) -> Result<(), String> + Send + 'static,
    ) -> bool {
        self.started += 1;
        let (number, report) = (self.started, self.report.clone());
        let thread = Builder::new().name(name.to_owned()).spawn(move || {
            let ended = caught::catch(|| body(&*style)).unwrap_or_else(|panic| Err(panic.to_string()));
            // An event loop waits for its threads when it is dropped: that belongs to its end.
            drop(style);
            let _ = report.send(Report::Ended(number, ended));
        });
        match thread {
            Ok(_) => self.running += 1,
            Err(ref error) => self.fail(&format!("no thread for {name}: {error}")),
        }
        thread.is_ok()
    }

    fn stop_clients(&mut self) {
        if let Some(clients) = self.clients.take() {
            clients.play.stop.cancel();
        }
    }

    /// Lets as many clients play as are wanted.
    fn seat_clients(&mut self) {
        let Some(clients) = &mut self.clients else { return };
        let before = clients.seats.len();
        for seat in clients.seats.drain(self.wanted.min(before)..) {
            seat.dismiss();
        }
        for index in before..self.wanted {
            let seat = clients.play.seat(index);
            // A full queue means that the clients' runner hangs: then there is no room for more.
            if clients.queue.try_send(seat.clone()).is_ok() {
                clients.seats.push(seat);
            }
        }
    }

    /// Paused or stepped back, the server's patience is changed with the clients' pace.
    fn set_pace(&mut self) {
        let pace = match (self.paused, self.stepped_back) {
            (true, _) => Pace::Paused,
            (false, true) => Speed::PLEASANT.pace(),
            (false, false) => self.speed.pace(),
        };
        if let Some((_, server, _)) = &self.server {
            let person = self.own.as_ref().is_some_and(|(_, own)| !own.shown.over);
            server.deadline.set(if self.paused || person { Duration::ZERO } else { DEADLINE });
        }
        if let Some(clients) = &self.clients {
            clients.play.thinking.set(pace);
        }
    }

    fn misbehave(&mut self, how: Mischief) {
        if let Some(seat) = self.clients.as_ref().and_then(|clients| clients.seats.get(self.lane)) {
            seat.misbehave(how);
            let what = match how {
                Mischief::Drop => "drops its connection",
                Mischief::Garbage => "sends garbage",
                Mischief::Stall => "stalls until the server's deadline",
            };
            self.notice(Tone::Plain, format!("client {} {what} at its next number", self.lane));
        }
    }

    fn begin_answering(&mut self, range: RangeInclusive<i64>) {
        let Some((_, _, address)) = self.server else { return };
        self.started += 1;
        let (number, report) = (self.started, self.report.clone());
        let own = Own::answering(address, range, move |told| drop(report.send(Report::Own(number, told))));
        self.begin_own(number, own);
    }

    fn begin_guessing(&mut self) {
        self.started += 1;
        let (number, report) = (self.started, self.report.clone());
        let own = match (STRATEGIES[self.chosen_client].make)(&self.setup) {
            Ok(style) => {
                let seed = self.start.seed ^ number;
                Own::guessing(style, RANGE, seed, move |told| drop(report.send(Report::Own(number, told))))
            }
            Err(error) => Err(std::io::Error::other(error)),
        };
        self.begin_own(number, own);
    }

    fn begin_own(&mut self, number: u64, own: std::io::Result<Own>) {
        match own {
            Ok(own) => self.own = Some((number, own)),
            Err(error) => self.notice(Tone::Bad, format!("your game cannot begin: {error}")),
        }
        self.set_pace();
    }

    fn take(&mut self, report: Report) {
        match report {
            Report::Ended(number, result) => {
                self.running -= 1;
                let server = self.server.as_ref().is_some_and(|(current, ..)| *current == number);
                let clients = self.clients.as_ref().is_some_and(|clients| clients.number == number);
                if server || clients {
                    let why = result.err().unwrap_or_else(|| "ended without being told".to_owned());
                    self.fail(&format!("{}: {why}", if server { "the server" } else { "the clients" }));
                }
            }
            Report::Own(number, told) => {
                let over = matches!(told, Told::Over(_));
                if let Some((current, own)) = &mut self.own
                    && *current == number
                {
                    own.take(told);
                    self.changed = true;
                }
                if over {
                    self.set_pace();
                }
            }
        }
    }

    fn fail(&mut self, why: &str) {
        self.stop_clients();
        if let Some((_, server, _)) = self.server.take() {
            server.stop.cancel();
        }
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
        let Some(clients) = &self.clients else { return };
        // As many as there can be at once: lines that come meanwhile are for the next look.
        let waiting = clients.said.len();
        for said in clients.said.try_iter().take(waiting) {
            if self.lines.len() == LINES {
                self.lines.pop_front();
            }
            self.lines.push_back(said);
        }
        let tally = &clients.play.tally;
        let requests = tally.requests.load(Ordering::Relaxed);
        let counted = self.tally.read();
        let (since, before, games) = self.rated;
        let elapsed = since.elapsed();
        if elapsed >= RATE {
            if self.rates.len() == RATES {
                self.rates.pop_front();
            }
            self.rates.push_back((requests - before) as f64 / elapsed.as_secs_f64());
            let ended = counted.finished.saturating_sub(games);
            self.games_per_second = self.games_per_second * 0.8 + 0.2 * ended as f64 / elapsed.as_secs_f64();
            self.rated = (Instant::now(), requests, counted.finished);
            self.activity_line(requests - before, elapsed);
            self.changed = true;
        }
        let seen = (requests, counted.begun + counted.accepted, waiting as u64);
        if seen != self.seen {
            self.seen = seen;
            self.changed = true;
        }
    }

    fn activity_line(&mut self, requests: u64, elapsed: Duration) {
        let rate = requests as f64 / elapsed.as_secs_f64();
        let playing = self.tally.read().playing();
        self.activity.line(Level::Info, format_args!("{rate:.1} requests/s, {playing} games on"));
    }

    fn view(&self) -> View {
        let size = self.size.unwrap_or_default();
        let lanes = self.wanted.min(usize::from(size.rows / 3).max(1));
        let first = (self.lane + 1).saturating_sub(lanes);
        let play = self.clients.as_ref().map(|clients| &clients.play);
        let latency = play.map(|play| &play.tally.latency);
        let rows = usize::from(size.rows).min(LINES);
        let recent = self.rates.iter().rev().take(4);
        View {
            server: self.chosen_server,
            client: self.chosen_client,
            state: match () {
                () if self.started == 0 => State::Waiting,
                () if play.is_none() => State::Failed,
                () if self.paused => State::Paused,
                () if self.stepped_back => State::SteppedBack,
                () => State::Playing,
            },
            address: self.server.as_ref().map(|(_, _, address)| *address),
            speed: self.speed,
            guessing: self.guessing,
            clients: self.wanted,
            chosen: self.lane,
            first,
            lanes: (first..first + lanes).filter_map(|index| play?.lane(index)).collect(),
            lines: self.lines.iter().skip(self.lines.len().saturating_sub(rows)).cloned().collect(),
            missed: play.map_or(0, |play| play.missed()),
            requests_per_second: recent.clone().sum::<f64>() / recent.count().max(1) as f64,
            games_per_second: self.games_per_second,
            rates: self.rates.iter().copied().collect(),
            latency: latency.map(Latency::percentiles).unwrap_or_default(),
            bars: latency.map(|l| l.bars(Duration::from_micros(1), Duration::from_secs(1), BARS)).unwrap_or_default(),
            counted: self.tally.read(),
            own: self.own.as_ref().map(|(_, own)| own.shown.clone()),
        }
    }

    /// Ends server and clients, and waits for that.
    fn end(mut self) {
        self.stop_clients();
        if let Some((_, server, _)) = self.server.take() {
            server.stop.cancel();
        }
        self.own = None;
        let deadline = Instant::now() + LAST;
        while self.running > 0 {
            match self.reports.recv_deadline(deadline) {
                Ok(Report::Ended(..)) => self.running -= 1,
                Ok(Report::Own(..)) => {}
                Err(_) => return,
            }
        }
    }
}

fn picked(pick: Pick, current: usize) -> usize {
    pick.from(current, STRATEGIES.len(), |id| STRATEGIES.iter().position(|row| row.about.id == id))
}
