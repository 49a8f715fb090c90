//! The guessing game's protocol: what is said on the wire, and what each side knows while it plays.
//!
//! ```text
//!  client                     server
//!  PARAMS 1 5   ───────────►            the numbers to guess among; lower > upper ends the game
//!  NUMBER       ───────────►
//!               ◄───────────  4
//!  REPORT Unsure ──────────►            Unsure, Warmer, Colder or Correct
//! ```
//!
//! Lines end with a newline, and several may share a write. The server guesses; the client knows the secret.

use std::fmt;
use std::str;

use crate::labs::guess::guesser::{Guesser, Method};

/// The longest line that is read, its newline included, in bytes.
pub const LINE_LIMIT: usize = 1024;

/// What the client thinks of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Decision {
    /// The first number, or as far away as the one before it.
    Unsure,
    /// Nearer than the number before it.
    Warmer,
    /// Farther than the number before it.
    Colder,
    /// It is the secret.
    Correct,
}

impl Decision {
    /// Every decision.
    pub const ALL: [Self; 4] = [Self::Unsure, Self::Warmer, Self::Colder, Self::Correct];

    /// The decision's word on the wire.
    pub fn word(self) -> &'static str {
        match self {
            Self::Unsure => "Unsure",
            Self::Warmer => "Warmer",
            Self::Colder => "Colder",
            Self::Correct => "Correct",
        }
    }
}

impl fmt::Display for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// What ends a connection before its time. The wire says nothing of it: the connection is closed, and the kind is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Fault {
    /// A line that begins with none of the protocol's words.
    #[error("unknown command")]
    UnknownCommand,
    /// Too few or too many words after a command.
    #[error("wrong number of words")]
    WordCount,
    /// A number was expected.
    #[error("not a number")]
    NotANumber,
    /// A number beyond 64 bits.
    #[error("number beyond 64 bits")]
    TooLarge,
    /// `NUMBER` while there is no range to guess in.
    #[error("NUMBER without a range")]
    NoRange,
    /// `NUMBER` after every number of the range was guessed.
    #[error("range exhausted")]
    Exhausted,
    /// `REPORT` before any number was guessed.
    #[error("REPORT without a number")]
    NothingToReport,
    /// A report that is none of the four decisions.
    #[error("unknown decision")]
    UnknownDecision,
    /// A line longer than [`LINE_LIMIT`].
    #[error("line over 1 KiB")]
    LineTooLong,
    /// The peer said nothing whole, or took nothing, until the deadline.
    #[error("silent past the deadline")]
    Silent,
    /// The connection broke.
    #[error("connection lost")]
    Lost,
    /// The peer closed the connection in the middle of a game.
    #[error("closed by the other side")]
    Closed,
    /// The client was told to leave its game.
    #[error("left the game")]
    Left,
}

impl Fault {
    /// Every kind, in the order of [`Fault::index`].
    pub const ALL: [Self; 13] = [
        Self::UnknownCommand,
        Self::WordCount,
        Self::NotANumber,
        Self::TooLarge,
        Self::NoRange,
        Self::Exhausted,
        Self::NothingToReport,
        Self::UnknownDecision,
        Self::LineTooLong,
        Self::Silent,
        Self::Lost,
        Self::Closed,
        Self::Left,
    ];

    /// The kind's place in [`Fault::ALL`].
    pub fn index(self) -> usize {
        self as usize
    }
}

/// What a client says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Request {
    /// Guess in this range from now on; with lower > upper, in none.
    Params {
        /// The least number.
        lower: i64,
        /// The greatest number.
        upper: i64,
    },
    /// Give me a number.
    Number,
    /// What I think of your last number.
    Report(Decision),
}

impl Request {
    /// What ends a game, as the seed's client says it.
    pub const RESET: Self = Self::Params { lower: 0, upper: -1 };

    /// Reads a line, given without its newline. A carriage return before it is forgiven.
    pub fn parse(line: &[u8]) -> Result<Self, Fault> {
        let text = str::from_utf8(line.strip_suffix(b"\r").unwrap_or(line)).map_err(|_| Fault::UnknownCommand)?;
        let mut words = text.split(' ');
        let request = match words.next() {
            Some("PARAMS") => {
                let mut number = || parse_number(words.next().ok_or(Fault::WordCount)?);
                Self::Params { lower: number()?, upper: number()? }
            }
            Some("NUMBER") => Self::Number,
            Some("REPORT") => {
                let word = words.next().ok_or(Fault::WordCount)?;
                Self::Report(*Decision::ALL.iter().find(|d| d.word() == word).ok_or(Fault::UnknownDecision)?)
            }
            _ => return Err(Fault::UnknownCommand),
        };
        if words.next().is_some() { Err(Fault::WordCount) } else { Ok(request) }
    }
}

impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Params { lower, upper } => write!(f, "PARAMS {lower} {upper}"),
            Self::Number => f.write_str("NUMBER"),
            Self::Report(decision) => write!(f, "REPORT {decision}"),
        }
    }
}

/// Reads the server's answer, given without its newline.
pub fn parse_answer(line: &[u8]) -> Result<i64, Fault> {
    let text = str::from_utf8(line.strip_suffix(b"\r").unwrap_or(line)).map_err(|_| Fault::NotANumber)?;
    parse_number(text)
}

fn parse_number(text: &str) -> Result<i64, Fault> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Fault::NotANumber);
    }
    text.parse().map_err(|_| Fault::TooLarge)
}

/// What the server knows of one connection's game. Its size and the cost of a guess do not depend on the range.
#[derive(Debug, Default)]
pub struct Session {
    game: Option<Guessing>,
}

#[derive(Debug)]
struct Guessing {
    guesser: Guesser,
    last: Option<i64>,
    secret: Option<i64>,
    guesses: u64,
}

/// What came of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Took {
    /// A range is set, and a game begins.
    Begun,
    /// The game, if there was one, is over.
    Reset,
    /// This is the guess to answer with.
    Guess(i64),
    /// The client reported on the last guess.
    Reported(i64, Decision),
}

impl Session {
    /// Takes in a request. `begin` says how to guess when a game begins: the method, and the seed of what is random in it.
    pub fn take(&mut self, request: Request, begin: impl FnOnce() -> (Method, u64)) -> Result<Took, Fault> {
        match request {
            Request::Params { lower, upper } if lower > upper => {
                self.game = None;
                Ok(Took::Reset)
            }
            Request::Params { lower, upper } => {
                let (method, seed) = begin();
                let guesser = Guesser::new(method, lower, upper, seed);
                self.game = Some(Guessing { guesser, last: None, secret: None, guesses: 0 });
                Ok(Took::Begun)
            }
            Request::Number => self.game.as_mut().ok_or(Fault::NoRange)?.next_guess().map(Took::Guess),
            Request::Report(decision) => {
                let game = self.game.as_mut().ok_or(Fault::NothingToReport)?;
                game.receive_report(decision).map(|number| Took::Reported(number, decision))
            }
        }
    }

    /// Whether a game is on.
    pub fn playing(&self) -> bool {
        self.game.is_some()
    }

    /// How the game is played and how many guesses it took, once the secret was found.
    pub fn found(&self) -> Option<(Method, u64)> {
        let game = self.game.as_ref()?;
        game.secret.map(|_| (game.guesser.method(), game.guesses))
    }
}

impl Guessing {
    fn next_guess(&mut self) -> Result<i64, Fault> {
        // A secret that was found is said again, as the seed's server does.
        let guess = match self.secret {
            Some(secret) => secret,
            None => self.guesser.next_guess().ok_or(Fault::Exhausted)?,
        };
        self.guesses += 1;
        self.last = Some(guess);
        Ok(guess)
    }

    fn receive_report(&mut self, decision: Decision) -> Result<i64, Fault> {
        let last = self.last.ok_or(Fault::NothingToReport)?;
        if decision == Decision::Correct {
            self.secret = Some(last);
        }
        self.guesser.learn(decision);
        Ok(last)
    }
}

/// One game as the client sees it: the secret and how near the last number was.
#[derive(Debug, Clone)]
pub struct Player {
    secret: i64,
    last_distance: Option<u64>,
}

impl Player {
    /// A player who has heard no number yet.
    pub fn new(secret: i64) -> Self {
        Self { secret, last_distance: None }
    }

    /// What to report of a number.
    pub fn judge(&mut self, number: i64) -> Decision {
        let distance = number.abs_diff(self.secret);
        let decision = match self.last_distance {
            _ if distance == 0 => Decision::Correct,
            Some(last) if distance < last => Decision::Warmer,
            Some(last) if distance > last => Decision::Colder,
            _ => Decision::Unsure,
        };
        self.last_distance = Some(distance);
        decision
    }

    /// Whether the last number was the secret.
    pub fn found(&self) -> bool {
        self.last_distance == Some(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn each_line_is_read_or_named_as_what_it_is() {
        let read = |line: &str| Request::parse(line.as_bytes());
        assert_eq!(read("PARAMS 1 5"), Ok(Request::Params { lower: 1, upper: 5 }));
        assert_eq!(read("PARAMS 0 -1\r"), Ok(Request::RESET));
        assert_eq!(read("NUMBER"), Ok(Request::Number));
        assert_eq!(read("REPORT Warmer"), Ok(Request::Report(Decision::Warmer)));
        for (line, fault) in [
            ("", Fault::UnknownCommand),
            ("number", Fault::UnknownCommand),
            ("NUMBER 3", Fault::WordCount),
            ("PARAMS 1", Fault::WordCount),
            ("PARAMS 1 2 3", Fault::WordCount),
            ("PARAMS one 5", Fault::NotANumber),
            ("PARAMS 1  5", Fault::NotANumber),
            ("PARAMS - 5", Fault::NotANumber),
            ("PARAMS 1 9223372036854775808", Fault::TooLarge),
            ("REPORT", Fault::WordCount),
            ("REPORT Hot", Fault::UnknownDecision),
        ] {
            assert_eq!(read(line), Err(fault), "{line:?}");
        }
        assert_eq!(Request::parse(b"\xff\xfe"), Err(Fault::UnknownCommand));
        assert_eq!(parse_answer(b"-7"), Ok(-7));
        assert_eq!(parse_answer(b"7 8"), Err(Fault::NotANumber));
        assert_eq!(parse_answer(b"99999999999999999999"), Err(Fault::TooLarge));
    }

    #[test]
    fn faults_stand_where_their_index_says() {
        assert!(Fault::ALL.iter().enumerate().all(|(place, fault)| fault.index() == place));
    }

    fn took(session: &mut Session, line: &str) -> Result<Took, Fault> {
        session.take(Request::parse(line.as_bytes()).unwrap(), || (Method::Random, 7))
    }

    #[test]
    fn a_session_says_what_is_missing() {
        let mut session = Session::default();
        assert_eq!(took(&mut session, "NUMBER"), Err(Fault::NoRange));
        assert_eq!(took(&mut session, "REPORT Unsure"), Err(Fault::NothingToReport));
        assert_eq!(took(&mut session, "PARAMS 3 3"), Ok(Took::Begun));
        assert_eq!(took(&mut session, "REPORT Unsure"), Err(Fault::NothingToReport));
        assert_eq!(took(&mut session, "NUMBER"), Ok(Took::Guess(3)));
        assert_eq!(took(&mut session, "REPORT Unsure"), Ok(Took::Reported(3, Decision::Unsure)));
        assert_eq!(took(&mut session, "NUMBER"), Err(Fault::Exhausted));
        assert_eq!(took(&mut session, "PARAMS 0 -1"), Ok(Took::Reset));
        assert_eq!(took(&mut session, "NUMBER"), Err(Fault::NoRange));
        assert!(!session.playing());
    }

    #[test]
    fn a_secret_that_was_found_is_said_again() {
        let mut session = Session::default();
        took(&mut session, "PARAMS 1 9").unwrap();
        let Ok(Took::Guess(number)) = took(&mut session, "NUMBER") else { panic!("a guess comes") };
        took(&mut session, "REPORT Correct").unwrap();
        assert_eq!(session.found(), Some((Method::Random, 1)));
        assert_eq!(took(&mut session, "NUMBER"), Ok(Took::Guess(number)));
    }

    #[test]
    fn a_player_judges_by_distance() {
        let mut player = Player::new(12);
        let judged: Vec<_> = [15, 10, 14, 15, 11, 12].into_iter().map(|number| player.judge(number).word()).collect();
        assert_eq!(judged, ["Unsure", "Warmer", "Unsure", "Colder", "Warmer", "Correct"]);
        assert!(player.found());
        assert_eq!(Player::new(i64::MIN).judge(i64::MAX), Decision::Unsure);
    }

    proptest! {
        #[test]
        fn what_is_printed_is_read_back(lower: i64, upper: i64, decision in 0_usize..4) {
            for request in [Request::Params { lower, upper }, Request::Number, Request::Report(Decision::ALL[decision])] {
                prop_assert_eq!(Request::parse(request.to_string().as_bytes()), Ok(request));
            }
        }

        #[test]
        fn any_bytes_are_read_or_refused(line in prop::collection::vec(any::<u8>(), 0..64)) {
            if let Ok(request) = Request::parse(&line) {
                prop_assert_eq!(Request::parse(request.to_string().as_bytes()), Ok(request));
            }
        }

        #[test]
        fn a_line_with_a_fault_in_it_is_read_or_refused(
            lower: i64, upper: i64, kind in 0_usize..3, at in 0.0..1.0_f64, byte: u8, how in 0_usize..3,
        ) {
            let request = [Request::Params { lower, upper }, Request::Number, Request::Report(Decision::Warmer)][kind];
            let mut line = request.to_string().into_bytes();
            let place = (line.len() as f64 * at) as usize;
            match how {
                0 => line[place] = byte,
                1 => line.insert(place, byte),
                _ => drop(line.remove(place)),
            }
            // Whatever it has become, it is read as what it says, or it is one of the faults.
            if let Ok(read) = Request::parse(&line) {
                prop_assert_eq!(Request::parse(read.to_string().as_bytes()), Ok(read));
            }
        }

        #[test]
        fn a_game_goes_on_whatever_the_client_says(
            requests in prop::collection::vec((0_usize..6, -3_i64..4, -3_i64..4), 0..40),
            bisecting: bool,
        ) {
            let method = if bisecting { Method::Bisecting } else { Method::Random };
            let mut session = Session::default();
            let mut range = None;
            for (kind, lower, upper) in requests {
                let request = match kind {
                    0 => Request::Params { lower, upper },
                    1 | 2 => Request::Number,
                    _ => Request::Report(Decision::ALL[kind - 2]),
                };
                match session.take(request, || (method, 1)) {
                    Ok(Took::Begun) => range = Some(lower..=upper),
                    Ok(Took::Reset) => range = None,
                    Ok(Took::Guess(number)) => prop_assert!(range.as_ref().unwrap().contains(&number)),
                    Ok(Took::Reported(..)) | Err(_) => {}
                }
            }
        }
    }
}
