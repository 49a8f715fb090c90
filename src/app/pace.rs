//! When to draw: at once for what answers a person, at the pace of frames for what merely goes on.

use std::time::{Duration, Instant};

/// Draws that answer keys are at least this far apart.
const BETWEEN_ANSWERS: Duration = Duration::from_millis(4);

/// A frame that comes later than this after its time was held up by something else than the timer.
const LATE: Duration = Duration::from_millis(2);

/// Decides when the next frame is drawn.
#[derive(Debug)]
pub struct Pace {
    frame: Duration,
    /// When the last frame was drawn.
    last: Option<Instant>,
    /// When the last one that answers a person was.
    answered: Option<Instant>,
    wanted: Wanted,
    /// More than what has opened over the picture is to be drawn.
    whole: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Wanted {
    Nothing,
    Frame,
    Answer,
}

impl Pace {
    /// A pace of so many frames a second at most.
    pub fn new(frames_a_second: u16) -> Self {
        Self {
            frame: Duration::from_secs(1) / u32::from(frames_a_second.max(1)),
            last: None,
            answered: None,
            wanted: Wanted::Nothing,
            whole: true,
        }
    }

    /// Something shown has changed: a frame is wanted, the first after a quiet spell at once.
    pub fn changed(&mut self) {
        self.wanted = self.wanted.max(Wanted::Frame);
        self.whole = true;
    }

    /// The answer to a person's input is there: a frame is wanted ahead of the pace.
    pub fn answered(&mut self) {
        self.wanted = Wanted::Answer;
        self.whole = true;
    }

    /// The answer is something that has opened over the picture, which stands otherwise.
    pub fn opened(&mut self) {
        self.wanted = Wanted::Answer;
    }

    /// Whether the next frame has to be drawn as a whole.
    pub fn whole(&self) -> bool {
        self.whole
    }

    /// When the next frame is to be drawn, seen from `now`; None when nothing has changed. A time that is not later means now.
    pub fn due(&self, now: Instant) -> Option<Instant> {
        let (last, gap) = match self.wanted {
            Wanted::Nothing => return None,
            Wanted::Frame => (self.last, self.frame),
            // A frame that merely went on does not make an answer late.
            Wanted::Answer => (self.answered, BETWEEN_ANSWERS.min(self.frame)),
        };
        Some(last.map_or(now, |last| last + gap))
    }

    /// A frame was drawn at this time, with all that had changed.
    ///
    /// Timers are up to two milliseconds late: the next frame waits for so much less, so that the pace holds.
    pub fn drawn(&mut self, now: Instant) {
        let due = self.due(now).filter(|_| self.wanted == Wanted::Frame);
        self.last = Some(due.filter(|due| (*due..*due + LATE).contains(&now)).unwrap_or(now));
        if self.wanted == Wanted::Answer {
            self.answered = Some(now);
        }
        self.wanted = Wanted::Nothing;
        self.whole = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_paced_and_answers_are_not_late() {
        let mut pace = Pace::new(50);
        let drawn = Instant::now();
        assert_eq!(pace.due(drawn), None, "nothing has changed");
        pace.changed();
        assert_eq!(pace.due(drawn), Some(drawn), "the first is drawn at once");
        pace.drawn(drawn);
        assert_eq!(pace.due(drawn), None);
        pace.changed();
        assert_eq!(pace.due(drawn), Some(drawn + Duration::from_millis(20)));
        pace.drawn(drawn + Duration::from_millis(21));
        pace.changed();
        assert_eq!(pace.due(drawn), Some(drawn + Duration::from_millis(40)), "a late timer does not slow the pace");
        pace.drawn(drawn + Duration::from_millis(50));
        pace.changed();
        assert_eq!(
            pace.due(drawn),
            Some(drawn + Duration::from_millis(70)),
            "a frame that was held up is not made up for"
        );
        pace.drawn(drawn);
        pace.changed();
        pace.answered();
        assert_eq!(pace.due(drawn), Some(drawn), "an answer does not wait for the pace");
        pace.drawn(drawn);
        pace.answered();
        assert_eq!(pace.due(drawn), Some(drawn + Duration::from_millis(4)), "but for the answer before it");
        pace.changed();
        assert_eq!(pace.due(drawn), Some(drawn + Duration::from_millis(4)), "an answer stays urgent");
    }

    #[test]
    fn what_only_opened_over_the_picture_needs_no_whole_frame() {
        let mut pace = Pace::new(50);
        assert!(pace.whole(), "nothing was drawn yet");
        let now = Instant::now();
        pace.drawn(now);
        pace.opened();
        assert!(pace.due(now).is_some() && !pace.whole());
        pace.changed();
        assert!(pace.whole(), "the picture has changed too");
        pace.drawn(now);
        pace.answered();
        pace.opened();
        assert!(pace.whole(), "an answer before it is not drawn yet");
    }
}
