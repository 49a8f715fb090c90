//! A person's own game, over the same wire: the server guesses the person's secret, or the person guesses a client's.

use std::io::{self, BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::thread::Builder;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded};

use crate::labs::guess::guesser::mix;
use crate::labs::guess::play::{Game, Games, Play, seats};
use crate::labs::guess::protocol::{Decision, Request, parse_answer};
use crate::labs::guess::strategies::Style;

/// A game as the pane shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnGame {
    /// Who guesses, and in which range.
    pub title: String,
    /// What was said, oldest first.
    pub said: Vec<String>,
    /// What the person is to do now.
    pub asks: String,
    /// It is over.
    pub over: bool,
}

/// What a person says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Person {
    /// Of the server's guess.
    Decides(Decision),
    /// A guess of their own.
    Guesses(i64),
}

/// What happened in the game.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// The server guesses this number.
    Guess(i64),
    /// It is the person's turn to guess.
    YourTurn,
    /// The client says this of the person's number.
    Judged(i64, Decision),
    /// The game has ended, for this reason.
    Over(String),
}

/// A person's side of a game that goes on in a thread of its own. Dropped, the game ends.
#[derive(Debug)]
pub struct Own {
    person: Sender<Person>,
    /// What is shown of it.
    pub shown: OwnGame,
}

impl Own {
    /// The server at this address guesses a secret that only the person knows.
    pub fn answering(
        address: SocketAddr,
        range: RangeInclusive<i64>,
        tell: impl Fn(Told) + Send + 'static,
    ) -> io::Result<Self> {
        let title = format!("you know a number from {} to {}", range.start(), range.end());
        Self::start(title, move |person| {
            let ended =
                answer(address, &range, person, &tell).unwrap_or_else(|error| format!("the game broke off: {error}"));
            tell(Told::Over(ended));
        })
    }

    /// The person guesses a client's secret: their game is a server, and the client plays under this style.
    pub fn guessing(
        style: Box<dyn Style>,
        range: RangeInclusive<i64>,
        seed: u64,
        tell: impl Fn(Told) + Send + 'static,
    ) -> io::Result<Self> {
        let title = format!("guess a number from {} to {}", range.start(), range.end());
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let wide = u128::from(range.end().abs_diff(*range.start())) + 1;
        let secret = range.start().wrapping_add_unsigned((u128::from(mix(seed)) % wide) as u64);
        let game = Game { lower: *range.start(), upper: *range.end(), secret, guesses: usize::MAX };
        let play = Arc::new(Play::new(address, Games::Listed(vec![game], 1), Duration::ZERO));
        Builder::new().name("guess-own-play".to_owned()).spawn(move || style.play(&play, seats(&play, 0..1)))?;
        Self::start(title, move |person| {
            let ended = guess(&listener, person, &tell).unwrap_or_else(|error| format!("the game broke off: {error}"));
            tell(Told::Over(ended));
        })
    }

    fn start(title: String, body: impl FnOnce(&Receiver<Person>) + Send + 'static) -> io::Result<Self> {
        let (person, said) = bounded(1);
        Builder::new().name("guess-own".to_owned()).spawn(move || body(&said))?;
        let shown = OwnGame { title, said: Vec::new(), asks: "connecting".to_owned(), over: false };
        Ok(Self { person, shown })
    }

    /// The person says something; an error when the game does not wait for it.
    pub fn say(&mut self, what: Person) -> Result<(), String> {
        let waited_for = match what {
            Person::Decides(_) => self.shown.asks.starts_with("is it"),
            Person::Guesses(_) => self.shown.asks.starts_with("your guess"),
        };
        if self.shown.over || !waited_for || self.person.try_send(what).is_err() {
            return Err(format!("not now: {}", self.shown.asks));
        }
        "waiting".clone_into(&mut self.shown.asks);
        Ok(())
    }

    /// Takes in what happened.
    pub fn take(&mut self, told: Told) {
        match told {
            Told::Guess(number) => self.shown.asks = format!("is it {number}?  w warmer  l colder  u unsure  y yes"),
            Told::YourTurn => "your guess?  n".clone_into(&mut self.shown.asks),
            Told::Judged(number, decision) => self.shown.said.push(format!("{number} is {decision}")),
            Told::Over(why) => {
                self.shown.over = true;
                self.shown.asks = why;
            }
        }
    }
}

/// Plays as a client whose answers the person gives.
fn answer(
    address: SocketAddr,
    range: &RangeInclusive<i64>,
    person: &Receiver<Person>,
    tell: &impl Fn(Told),
) -> io::Result<String> {
    let mut wire = BufReader::new(TcpStream::connect(address)?);
    let (lower, upper) = (*range.start(), *range.end());
    let mut say = format!("{}\n", Request::Params { lower, upper });
    for guesses in 1.. {
        say += "NUMBER\n";
        wire.get_ref().write_all(say.as_bytes())?;
        let mut line = String::new();
        wire.read_line(&mut line)?;
        let Ok(number) = parse_answer(line.trim_end().as_bytes()) else {
            return Ok("the server has no number left: some answer was wrong".to_owned());
        };
        tell(Told::Guess(number));
        let Ok(Person::Decides(decision)) = person.recv() else { break };
        tell(Told::Judged(number, decision));
        say = format!("{}\n", Request::Report(decision));
        if decision == Decision::Correct {
            say = format!("{say}{}\n", Request::RESET);
            wire.get_ref().write_all(say.as_bytes())?;
            return Ok(found_in(guesses));
        }
    }
    Ok("left".to_owned())
}

/// Plays as a server whose guesses the person makes.
fn guess(listener: &TcpListener, person: &Receiver<Person>, tell: &impl Fn(Told)) -> io::Result<String> {
    let (stream, _) = listener.accept()?;
    let mut wire = BufReader::new(stream);
    let (mut last, mut guesses, mut line) = (0, 0_u64, String::new());
    while wire.read_line(&mut line)? > 0 {
        match Request::parse(line.trim_end().as_bytes()).map_err(io::Error::other)? {
            Request::Params { .. } => {}
            Request::Number => {
                tell(Told::YourTurn);
                let Ok(Person::Guesses(number)) = person.recv() else { return Ok("left".to_owned()) };
                (last, guesses) = (number, guesses + 1);
                wire.get_ref().write_all(format!("{number}\n").as_bytes())?;
            }
            Request::Report(decision) => {
                tell(Told::Judged(last, decision));
                if decision == Decision::Correct {
                    return Ok(found_in(guesses));
                }
            }
        }
        line.clear();
    }
    Ok("the client has gone".to_owned())
}

fn found_in(guesses: u64) -> String {
    format!("found in {guesses} {}", if guesses == 1 { "guess" } else { "guesses" })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::labs::guess::server::Server;
    use crate::labs::guess::strategies::STRATEGIES;
    use crate::runtime::strategy::Setup;
    use std::path::PathBuf;

    const PATIENCE: Duration = Duration::from_secs(30);

    fn style() -> Box<dyn Style> {
        (STRATEGIES[0].make)(&Setup::headless(1, PathBuf::new())).unwrap()
    }

    /// Plays until the game is over; `think` answers what is asked.
    fn play(mut own: Own, told: &Receiver<Told>, think: impl Fn(&Told, &OwnGame) -> Option<Person>) -> OwnGame {
        while !own.shown.over {
            let news = told.recv_timeout(PATIENCE).unwrap();
            own.take(news.clone());
            if let Some(person) = think(&news, &own.shown) {
                own.say(person).unwrap();
                assert!(own.say(person).is_err(), "one answer to one question");
            }
        }
        own.shown
    }

    #[test]
    fn the_server_guesses_a_persons_secret() {
        let server = Arc::new(Server::new(PATIENCE, 9, 1));
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        std::thread::scope(|scope| {
            scope.spawn(|| style().serve(listener, &server).unwrap());
            let _end = server.stop.clone().drop_guard();
            let (tell, told) = bounded(8);
            let own = Own::answering(address, 1..=9, move |news| drop(tell.send(news))).unwrap();
            let shown = play(own, &told, |news, _| match news {
                Told::Guess(4) => Some(Person::Decides(Decision::Correct)),
                Told::Guess(_) => Some(Person::Decides(Decision::Unsure)),
                _ => None,
            });
            assert_eq!(shown.said.last().unwrap(), "4 is Correct");
            assert!(shown.asks.starts_with("found in "), "{shown:?}");
        });
    }

    #[test]
    fn a_person_guesses_a_clients_secret() {
        let (tell, told) = bounded(8);
        let own = Own::guessing(style(), 1..=9, 3, move |news| drop(tell.send(news))).unwrap();
        let shown = play(own, &told, |news, shown| {
            (*news == Told::YourTurn).then(|| Person::Guesses(shown.said.len() as i64 + 1))
        });
        assert!(shown.said.last().unwrap().ends_with(" is Correct"), "{shown:?}");
    }

    #[test]
    fn a_game_that_is_left_ends() {
        let (tell, told) = bounded(8);
        let own = Own::guessing(style(), 1..=9, 3, move |news| drop(tell.send(news))).unwrap();
        assert_eq!(told.recv_timeout(PATIENCE).unwrap(), Told::YourTurn);
        drop(own);
        assert_eq!(told.recv_timeout(PATIENCE).unwrap(), Told::Over("left".to_owned()));
    }
}
