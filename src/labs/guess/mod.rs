//! The guess lab: threaded I/O ported to coroutines, watched on a guessing game over TCP (seed item 61).

pub mod guesser;
pub mod headless;
pub mod latency;
pub mod line_buffer;
pub mod measured;
pub mod own;
pub mod pane;
pub mod party;
pub mod patience;
pub mod play;
pub mod protocol;
pub mod race;
pub mod rates;
pub mod server;
pub mod strategies;
pub mod view;
pub mod watch;
pub mod worker;

use std::sync::Arc;

use self::own::Person;
use self::play::Mischief;
use self::protocol::Decision;
use self::strategies::STRATEGIES;
use self::view::{State, View};
use self::worker::Command;
use super::common::{Common, Pick};
use super::front::{Front, Own};
use super::measured::{Measure, Measured};
use super::race::named;
use super::{Doing, Lab, LabAbout, Start, Tone};
use crate::runtime::span::Trace;
use crate::runtime::strategy::{About, find};
use crate::ui::Canvas;
use crate::ui::canvas::Size;
use crate::ui::input::{Action, Binding, Mouse, MouseKind};

/// The lab's name.
pub const ID: &str = "guess";

/// What is known of the lab before it starts.
pub static ABOUT: LabAbout = LabAbout {
    id: ID,
    title: "Guess",
    line: "Threaded I/O ported to coroutines: a guessing game over TCP, server and clients",
    headline: "requests.*",
    results: "requests.*",
    bindings: &[
        Binding::new(&["b"], "guess.next-client", "Switch the clients to the next strategy; s switches the server")
            .hint("clients"),
        Binding::new(&[], "guess.client", "Switch the clients to a strategy by its name")
            .asks("Strategy of the clients"),
        Binding::new(&["v"], "guess.race", "Race the strategies over the same games, or end the race").hint("race"),
        Binding::new(&["]"], "guess.faster", "Let clients think shorter, down to not at all: flat out").hint("faster"),
        Binding::new(&["["], "guess.slower", "Let clients think longer: simulated, so that a person can follow")
            .hint("slower"),
        Binding::new(&[], "guess.flat-out", "Let clients not think at all, or think again"),
        Binding::new(&["m"], "guess.method", "Guess at random, by halving, or both in turns").hint("method"),
        Binding::new(&["Up"], "guess.choose -1", "Choose the client above"),
        Binding::new(&["Down"], "guess.choose 1", "Choose the client below"),
        Binding::new(&["d"], "guess.drop", "Let the chosen client drop its connection"),
        Binding::new(&["g"], "guess.garbage", "Let the chosen client send garbage"),
        Binding::new(&["x"], "guess.stall", "Let the chosen client stall until the server's deadline"),
        Binding::new(&["o"], "guess.own", "Play yourself: keep a number in mind, and answer")
            .asks("Range that your number is in, such as 1 100"),
        Binding::new(&["p"], "guess.own-guess", "Play yourself: guess a client's number"),
        Binding::new(&["n"], "guess.number", "Say your guess in your own game").asks("Your guess"),
        Binding::new(&["w"], "guess.answer Warmer", "Answer in your own game: warmer than the number before"),
        Binding::new(&["l"], "guess.answer Colder", "Answer in your own game: colder than the number before"),
        Binding::new(
            &["u"],
            "guess.answer Unsure",
            "Answer in your own game: the first number, or as far off as before",
        ),
        Binding::new(&["y"], "guess.answer Correct", "Answer in your own game: yes, that is it"),
    ],
};

/// Starts the lab. Server and clients start when the pane is first shown.
pub fn start(start: &Start) -> Box<dyn Lab> {
    Box::new(Front::new(worker::start(start), GuessLab))
}

/// What the lab has of its own on the dashboard's side.
#[derive(Debug)]
struct GuessLab;

impl Own for GuessLab {
    type Command = Command;
    type View = View;

    const ABOUT: &'static LabAbout = &ABOUT;
    const MEASURES: &'static [Measure] = measured::MEASURES;

    fn strategies() -> Vec<&'static About> {
        STRATEGIES.iter().map(|row| &row.about).collect()
    }

    fn strategy(view: &View) -> &'static About {
        &STRATEGIES[view.server].about
    }

    fn doing(view: &View) -> Doing {
        if let Some(race) = &view.race {
            return Doing::racing(race);
        }
        let (text, tone) = match view.state {
            State::Waiting => ("starting", Tone::Plain),
            State::Playing => ("playing", Tone::Good),
            State::Paused => ("paused", Tone::Warn),
            State::SteppedBack => ("stepped back", Tone::Warn),
            State::Failed => ("failed", Tone::Bad),
        };
        Doing { text: text.to_owned(), tone }
    }

    fn common(common: Common) -> Result<Command, String> {
        Ok(Command::Common(common))
    }

    fn command(action: &Action) -> Result<Command, String> {
        let argument = action.argument.as_deref().unwrap_or_default();
        let number = |text: &str| text.parse::<i64>().map_err(|_| format!("{action}: {text:?} is not a number"));
        Ok(match action.verb.as_str() {
            "next-client" => Command::Client(Pick::Next),
            "client" => {
                let row = find(STRATEGIES, argument).map_err(|error| error.to_string())?;
                Command::Client(Pick::Named(row.about.id))
            }
            "race" => Command::Race(named(STRATEGIES, argument)?),
            "flat-out" => Command::FlatOut,
            "faster" => Command::Faster(true),
            "slower" => Command::Faster(false),
            "method" => Command::NextGuessing,
            "choose" => Command::Choose(number(argument)?),
            "drop" => Command::Misbehave(Mischief::Drop),
            "garbage" => Command::Misbehave(Mischief::Garbage),
            "stall" => Command::Misbehave(Mischief::Stall),
            "own" => {
                let (lower, upper) =
                    argument.split_once(' ').ok_or_else(|| format!("{action}: write two numbers, such as 1 100"))?;
                match (number(lower)?, number(upper.trim())?) {
                    (lower, upper) if lower <= upper => Command::Answer(lower, upper),
                    _ => return Err(format!("{action}: the first number is greater than the second")),
                }
            }
            "own-guess" => Command::Guess,
            "number" => Command::Say(Person::Guesses(number(argument)?)),
            "answer" => {
                let decision = Decision::ALL.into_iter().find(|decision| decision.word() == argument);
                Command::Say(Person::Decides(decision.ok_or_else(|| {
                    format!("{action}: {argument:?} is no answer; there are: Unsure, Warmer, Colder, Correct")
                })?))
            }
            verb => return Err(format!("the guess lab has no action {verb:?}")),
        })
    }

    /// A press on a client's row chooses it; the wheel goes to the next one or the one before.
    fn mouse(&mut self, mouse: Mouse, view: &View, _size: Size) -> Option<Command> {
        match mouse.kind {
            MouseKind::WheelUp => Some(Command::Choose(-1)),
            MouseKind::WheelDown => Some(Command::Choose(1)),
            MouseKind::Press => {
                pane::seat_at(view, mouse.row).map(|seat| Command::Choose(seat as i64 - view.chosen as i64))
            }
            MouseKind::Drag | MouseKind::Release => None,
        }
    }

    fn place(size: Option<Size>) -> Option<Command> {
        Some(Command::Place(size))
    }

    fn draw(&self, view: &View, canvas: &mut Canvas<'_>) {
        pane::draw(view, canvas);
    }

    fn measured(view: &View, name: &str) -> Option<Measured> {
        measured::measured(view, name)
    }

    fn trace(view: &View) -> Option<Arc<Trace>> {
        Some(Arc::clone(&view.trace))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, Instant};

    const PATIENCE: Duration = Duration::from_secs(30);

    /// The lab without a dashboard: actions in, views out.
    struct Bench {
        lab: Front<GuessLab>,
        _folder: tempfile::TempDir,
    }

    impl Bench {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            Self { lab: Front::new(worker::start(&Start::alone(folder.path())), GuessLab), _folder: folder }
        }

        fn view(&mut self) -> &View {
            self.lab.refresh();
            self.lab.view().expect("it has been shown")
        }

        fn act(&mut self, action: &str) {
            self.lab.act(&action.parse().unwrap()).unwrap();
        }

        /// Waits until the pane shows this text.
        fn shows(&mut self, text: &str) {
            let deadline = Instant::now() + PATIENCE;
            loop {
                self.lab.refresh();
                let picture = crate::ui::snapshot::picture(98, 32, |canvas| self.lab.draw(canvas));
                if picture.contains(text) {
                    return;
                }
                assert!(Instant::now() < deadline, "never came: {text}\n{picture}");
                std::thread::yield_now();
            }
        }

        fn end(mut self) {
            self.lab.close();
            assert_eq!(self.lab.join(Instant::now() + PATIENCE), Ok(()));
        }
    }

    const SIZE: Option<Size> = Some(Size { columns: 98, rows: 32 });

    #[test]
    fn the_lab_plays_once_it_is_shown_and_goes_on_under_every_strategy() {
        let mut bench = Bench::new();
        bench.lab.refresh();
        assert_eq!(bench.lab.doing().text, "starting");
        bench.lab.place(SIZE);
        bench.act("guess.faster");
        bench.act("guess.faster");
        bench.act("guess.faster");
        bench.shows("REPORT Correct");
        for strategy in ["threads", "coroutines-mt", "coroutines"] {
            bench.act(&format!("guess.strategy {strategy}"));
            bench.act("guess.next-client");
            bench.act("guess.run");
            bench.shows("NUMBER");
        }
        bench.act("guess.pause");
        bench.act("guess.workers 5");
        bench.shows("5 clients");
        assert_eq!(bench.lab.doing().text, "paused");
        bench.end();
    }

    #[test]
    fn a_switch_of_strategy_cuts_no_game_short() {
        let mut bench = Bench::new();
        bench.lab.place(SIZE);
        bench.shows("REPORT");
        bench.act("guess.next-client");
        bench.act("guess.strategy threads");
        bench.shows("2 games end as begun");
        for _ in 0..4 {
            bench.act("guess.faster");
        }
        bench.shows("REPORT Correct");
        // Those of before have ended by themselves, and others play on their seats.
        let deadline = Instant::now() + PATIENCE;
        let settled = |view: &View| view.leaving == 0 && view.counted.begun >= 4 && !view.trace.spans.is_empty();
        while !settled(bench.view()) {
            assert!(Instant::now() < deadline, "{:?}", bench.view().counted);
            std::thread::yield_now();
        }
        // Nor does one after the other, while many play flat out.
        bench.act("guess.workers 16");
        for place in 0..24 {
            let begun = bench.view().counted.begun;
            let strategy = ["coroutines", "threads", "coroutines-mt"][place % 3];
            bench.act(&format!("guess.strategy {strategy}"));
            bench.act("guess.next-client");
            let deadline = Instant::now() + PATIENCE;
            while bench.view().counted.begun < begun + 20 {
                assert!(Instant::now() < deadline, "{:?}", bench.view().counted);
                std::thread::yield_now();
            }
        }
        let counted = bench.view().counted;
        assert_eq!((counted.stopped, counted.abandoned, counted.broken), (0, 0, 0), "{counted:?}");
        bench.end();
    }

    #[test]
    fn mischief_is_counted_and_a_person_plays_beside_it() {
        let mut bench = Bench::new();
        bench.lab.place(SIZE);
        bench.act("guess.faster");
        bench.act("guess.faster");
        bench.act("guess.garbage");
        bench.shows("unknown command");
        bench.act("guess.own 7 7");
        bench.shows("is it 7?");
        bench.act("guess.answer Correct");
        bench.shows("found in 1 guess");
        bench.end();
    }

    #[test]
    fn wrong_arguments_are_named() {
        let wrong = |action: &str| GuessLab::command(&action.parse().unwrap()).unwrap_err();
        assert_eq!(wrong("guess.own 5"), "guess.own 5: write two numbers, such as 1 100");
        assert_eq!(wrong("guess.own 5 1"), "guess.own 5 1: the first number is greater than the second");
        assert_eq!(wrong("guess.number x"), "guess.number x: \"x\" is not a number");
        assert!(wrong("guess.answer Hot").contains("there are: Unsure, Warmer, Colder, Correct"));
    }
}
