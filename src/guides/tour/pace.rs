//! Who turns the pages, and how long the clock holds what is shown.

use std::time::Duration;

use super::lesson::{Act, Lesson, Piece, Step};

/// How long a question waits for an answer when nobody may be there.
const ASK: Duration = Duration::from_secs(6);

/// The time to take in a step, and more for each word.
const LOOK: Duration = Duration::from_secs(3);
const WORD: Duration = Duration::from_millis(200);

/// Who turns the pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// A person: questions wait, and so does the end of a step.
    ByHand,
    /// The clock: questions are skipped after a while, steps go on when they have been read.
    ByItself,
    /// The clock, with each hold cut to this.
    Holding(Duration),
}

impl Pace {
    /// How long a question waits for an answer; none for as long as it takes.
    pub fn asking(self) -> Option<Duration> {
        self.holds(|| ASK)
    }

    /// How long a step is held once its work is done; none until a person goes on.
    pub fn showing(self, step: &Step) -> Option<Duration> {
        self.holds(|| reading(step))
    }

    fn holds(self, full: impl FnOnce() -> Duration) -> Option<Duration> {
        match self {
            Self::ByHand => None,
            Self::ByItself => Some(full()),
            Self::Holding(hold) => Some(hold),
        }
    }
}

/// The time to take in a step.
fn reading(step: &Step) -> Duration {
    let words = |piece: &Piece| match piece {
        Piece::Words(text) | Piece::Code(text) => text.split_whitespace().count(),
        Piece::Quote(_) => 2,
    };
    LOOK + WORD * step.text.iter().flat_map(|paragraph| &paragraph.0).map(words).sum::<usize>() as u32
}

/// The longest that a lesson takes when it goes by itself and no wait is longer than its limit.
pub fn longest(lesson: &Lesson) -> Duration {
    let acting = |act: &Act| match act {
        Act::Do(_) => Duration::ZERO,
        Act::Wait(_, limit) => *limit,
        Act::Ask(_) => ASK,
    };
    lesson.steps.iter().map(|step| reading(step) + step.acts.iter().map(acting).sum::<Duration>()).sum()
}
