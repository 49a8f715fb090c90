//! Plays a lesson: a state machine that acts, waits, asks and goes on, over whatever performs the actions.

use std::time::{Duration, Instant};

use super::condition::{Condition, Name, Verdict};
use super::guess::{Guess, Guessed, outcome};
use super::lesson::{Act, Lesson, Paragraph, Piece, Question, Step};
use super::need::Need;
use super::pace::Pace;
use crate::labs::measured::Measured;
use crate::ui::input::Action;

/// Does what a lesson says, and answers for what was measured.
pub trait Performer {
    /// Does an action; the error is for the person.
    fn perform(&mut self, action: &Action) -> Result<(), String>;

    /// Whether everything that was asked for so far shows in what is measured.
    fn is_settled(&self) -> bool;

    /// A measured number.
    fn measured(&self, name: &Name) -> Option<Measured>;
}

/// What a step does now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Phase {
    /// It acts or waits.
    Acting,
    /// It asks.
    Asking,
    /// Its work is done.
    Done,
    /// It cannot run here: why.
    Unable(String),
}

/// What came of a turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// Nothing.
    Same,
    /// There is something else to show.
    Changed,
    /// The step has been held for long enough: go on.
    Onward,
}

/// A claim, and what was measured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The claim as it is written.
    pub claim: String,
    /// The same with the numbers in it.
    pub numbers: String,
    /// What the measurements say.
    pub verdict: Verdict,
}

/// A tour under way.
#[derive(Debug)]
pub struct Player {
    lesson: Lesson,
    /// Why a step cannot run here, for each step.
    unable: Vec<Option<String>>,
    pace: Pace,
    step: usize,
    phase: Phase,
    /// The next act.
    at: usize,
    /// When the phase, or the present wait, began.
    since: Instant,
    guessed: Vec<Guessed>,
    /// What did not go as the lesson says.
    troubles: Vec<String>,
    quotes: Vec<(Name, Option<Measured>)>,
    findings: Vec<Finding>,
}

/// How long an action may take to show in what is measured.
const SETTLE: Duration = Duration::from_secs(10);

impl Player {
    /// A tour through a lesson, at its first step; `missing` says why the machine has not what a step needs.
    pub fn new(lesson: Lesson, pace: Pace, missing: impl Fn(Need) -> Option<String>, now: Instant) -> Self {
        let unable = lesson.steps.iter().map(|step| step.needs.iter().copied().find_map(&missing)).collect();
        let mut player = Self {
            lesson,
            unable,
            pace,
            step: 0,
            phase: Phase::Acting,
            at: 0,
            since: now,
            guessed: Vec::new(),
            troubles: Vec::new(),
            quotes: Vec::new(),
            findings: Vec::new(),
        };
        player.enter(0, now);
        player
    }

    /// The lesson.
    pub fn lesson(&self) -> &Lesson {
        &self.lesson
    }

    /// The number of the present step, from 0.
    pub fn number(&self) -> usize {
        self.step
    }

    /// The present step.
    pub fn step(&self) -> &Step {
        &self.lesson.steps[self.step]
    }

    /// What it does now.
    pub fn phase(&self) -> &Phase {
        &self.phase
    }

    /// What did not go as the lesson says, in the present step.
    pub fn troubles(&self) -> &[String] {
        &self.troubles
    }

    /// The questions of the present step that have been answered or skipped.
    pub fn guessed(&self) -> &[Guessed] {
        &self.guessed
    }

    /// The claims of the present step beside what was measured, once its work is done.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// The question that waits for an answer.
    pub fn question(&self) -> Option<&Question> {
        match self.step().acts.get(self.at) {
            Some(Act::Ask(question)) if self.phase == Phase::Asking => Some(question),
            _ => None,
        }
    }

    /// The paragraphs to be shown now: those that quote numbers come when the step's work is done.
    pub fn paragraphs(&self) -> impl Iterator<Item = &Paragraph> {
        let (unable, done) = (matches!(self.phase, Phase::Unable(_)), self.phase == Phase::Done);
        self.step().text.iter().filter(move |paragraph| !unable && (done || !paragraph.quotes()))
    }

    /// A quoted number in words. A contended one is never quoted.
    pub fn quote(&self, name: &Name) -> String {
        match self.quotes.iter().find(|(quoted, _)| quoted == name) {
            Some((_, Some(Measured { contended: true, .. }))) => "(not quoted: the machine was busy)".to_owned(),
            Some((_, Some(measured))) => measured.text(),
            _ => "(not measured)".to_owned(),
        }
    }

    /// Goes on as far as it can without a person or the passing of time.
    pub fn advance(&mut self, performer: &mut dyn Performer, now: Instant) -> Turn {
        let mut turn = Turn::Same;
        while self.phase == Phase::Acting {
            if !performer.is_settled() && now < self.since + SETTLE {
                return turn;
            }
            match self.lesson.steps[self.step].acts.get(self.at) {
                None => self.finish(performer, now),
                Some(Act::Ask(_)) => {
                    self.phase = Phase::Asking;
                    self.since = now;
                }
                Some(Act::Do(action)) => {
                    if let Err(why) = performer.perform(action) {
                        self.troubles.push(format!("{action}: {why}"));
                    }
                    self.onto_next_act(now);
                }
                Some(Act::Wait(condition, limit)) => {
                    if !condition.is_reached(|name| performer.measured(name)) {
                        if now < self.since + *limit {
                            return turn;
                        }
                        self.troubles.push(format!("not within {} s: {condition}", limit.as_secs_f64()));
                    }
                    self.onto_next_act(now);
                }
            }
            turn = Turn::Changed;
        }
        if self.hold().is_none_or(|hold| now < self.since + hold) {
            return turn;
        }
        if self.phase == Phase::Asking {
            self.answer(None, now);
            self.advance(performer, now);
            return Turn::Changed;
        }
        Turn::Onward
    }

    /// When it goes on by the clock.
    pub fn due(&self) -> Option<Instant> {
        let wait = match (&self.phase, self.step().acts.get(self.at)) {
            (Phase::Acting, Some(Act::Wait(_, limit))) => Some(*limit),
            (Phase::Acting, _) => Some(SETTLE),
            _ => self.hold(),
        };
        wait.map(|wait| self.since + wait)
    }

    /// Holds the present state anew, as when more of its text came into view.
    pub fn hold_again(&mut self, now: Instant) {
        self.since = now;
    }

    /// Takes an answer to the question that is asked; none skips it.
    pub fn answer(&mut self, guess: Option<Guess>, now: Instant) {
        if self.phase == Phase::Asking {
            self.guessed.push(Guessed { act: self.at, guess, outcome: None });
            self.phase = Phase::Acting;
            self.onto_next_act(now);
        }
    }

    /// Skips the question that is asked, or else goes to the next step. False at the end of the last one.
    pub fn forward(&mut self, now: Instant) -> bool {
        if self.phase == Phase::Asking {
            self.answer(None, now);
            return true;
        }
        let more = self.step + 1 < self.lesson.steps.len();
        if more {
            self.enter(self.step + 1, now);
        }
        more
    }

    /// Goes to the step before, or begins the first one again.
    pub fn back(&mut self, now: Instant) {
        self.enter(self.step.saturating_sub(1), now);
    }

    fn enter(&mut self, step: usize, now: Instant) {
        self.step = step;
        self.at = 0;
        self.since = now;
        self.guessed.clear();
        self.troubles.clear();
        self.quotes.clear();
        self.findings.clear();
        self.phase = match &self.unable[step] {
            Some(why) => Phase::Unable(why.clone()),
            None => Phase::Acting,
        };
    }

    fn onto_next_act(&mut self, now: Instant) {
        self.at += 1;
        self.since = now;
    }

    /// The step's work is done: its numbers are read once, so that all that is said of them agrees.
    fn finish(&mut self, performer: &dyn Performer, now: Instant) {
        let step = &self.lesson.steps[self.step];
        let measured = |name: &Name| performer.measured(name);
        let pieces = step.text.iter().flat_map(|paragraph| &paragraph.0);
        let quoted = pieces.filter_map(|piece| match piece {
            Piece::Quote(name) => Some((name.clone(), measured(name))),
            Piece::Words(_) | Piece::Code(_) => None,
        });
        self.quotes = quoted.collect();
        let finding = |claim: &Condition| Finding {
            claim: claim.to_string(),
            numbers: claim.with_numbers(measured),
            verdict: claim.judge(measured),
        };
        self.findings = step.claims.iter().map(finding).collect();
        for guessed in &mut self.guessed {
            if let (Some(guess), Some(Act::Ask(question))) = (guessed.guess, step.acts.get(guessed.act)) {
                guessed.outcome = Some(outcome(guess, &question.answers, measured));
            }
        }
        self.phase = Phase::Done;
        self.since = now;
    }

    /// How long the clock holds the present phase; none when a person turns the pages.
    fn hold(&self) -> Option<Duration> {
        match self.phase {
            Phase::Acting => None,
            Phase::Asking => self.pace.asking(),
            Phase::Done | Phase::Unable(_) => self.pace.showing(self.step()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guides::tour::guess::Outcome;
    use crate::labs::measured::Unit;
    use std::collections::HashMap;

    /// Notes what it is told; an action `toy.set NAME VALUE` sets what is measured.
    #[derive(Debug, Default)]
    struct Toy {
        told: Vec<String>,
        numbers: HashMap<String, f64>,
        contended: bool,
        unsettled: bool,
    }

    impl Performer for Toy {
        fn perform(&mut self, action: &Action) -> Result<(), String> {
            self.told.push(action.to_string());
            let argument = action.argument.as_deref().unwrap_or_default();
            let (name, value) = argument.split_once(' ').ok_or("set what?")?;
            self.numbers.insert(name.to_owned(), value.parse().map_err(|_| "no number")?);
            Ok(())
        }

        fn is_settled(&self) -> bool {
            !self.unsettled
        }

        fn measured(&self, name: &Name) -> Option<Measured> {
            let value = *self.numbers.get(&name.name)?;
            Some(Measured { value, unit: Unit::Times, contended: self.contended })
        }
    }

    const LESSON: &str = "\
# T
## First
- do: toy.set speedup 2
- ask: How much?
- number: toy.speedup
- ask: Faster?
- answer: yes if toy.speedup > 1
- answer: no if toy.speedup <= 1
- do: toy.bad
- wait: toy.done = 1 within 5s
- claim: toy.speedup > 1.5
- claim: toy.speedup > 3

Seen before.

It is {toy.speedup}.
## Second
- needs: 1000 cores

Never.
## Third

Last.
";

    fn player(pace: Pace, now: Instant) -> Player {
        let missing = |need| (need == Need::Cores(1000)).then(|| "too few cores".to_owned());
        Player::new(Lesson::parse("t", LESSON).unwrap(), pace, missing, now)
    }

    fn said(player: &Player) -> Vec<String> {
        let piece = |piece: &Piece| match piece {
            Piece::Words(text) | Piece::Code(text) => text.clone(),
            Piece::Quote(name) => player.quote(name),
        };
        player.paragraphs().map(|paragraph| paragraph.0.iter().map(piece).collect()).collect()
    }

    #[test]
    fn a_step_acts_asks_waits_and_holds_the_guess_beside_the_measurement() {
        let (now, mut toy) = (Instant::now(), Toy::default());
        let mut player = player(Pace::ByHand, now);
        assert_eq!(player.advance(&mut toy, now), Turn::Changed);
        assert_eq!(player.question().unwrap().text, "How much?");
        assert_eq!(player.due(), None, "a question waits for as long as it takes");
        player.answer(Some(Guess::Number(2.2)), now);
        player.advance(&mut toy, now);
        assert!(player.forward(now), "n skips the second question");
        player.advance(&mut toy, now);
        assert_eq!((player.phase(), said(&player)), (&Phase::Acting, vec!["Seen before.".to_owned()]));
        assert_eq!(player.due(), Some(now + Duration::from_secs(5)));
        toy.numbers.insert("done".to_owned(), 1.0);
        assert_eq!(player.advance(&mut toy, now), Turn::Changed);
        assert_eq!(said(&player), ["Seen before.", "It is 2.00 times."]);
        assert_eq!(toy.told, ["toy.set speedup 2", "toy.bad"]);
        assert_eq!(player.troubles(), ["toy.bad: set what?"]);
        let outcomes: Vec<_> = player.guessed().iter().map(|guessed| guessed.outcome.clone()).collect();
        let near = Outcome { text: "you said 2.20 times, measured 2.00 times".to_owned(), right: Some(true) };
        assert_eq!(outcomes, [Some(near), None]);
        let verdicts: Vec<_> = player.findings().iter().map(|finding| finding.verdict.clone()).collect();
        assert_eq!(verdicts, [Verdict::Holds, Verdict::Fails]);
        assert_eq!(player.findings()[1].numbers, "2.00 times > 3");
        assert_eq!(player.advance(&mut toy, now + Duration::from_secs(999)), Turn::Same, "a person turns the page");
    }

    #[test]
    fn a_choice_is_held_against_what_was_measured() {
        let (now, mut toy) = (Instant::now(), Toy::default());
        toy.numbers.insert("done".to_owned(), 1.0);
        let mut outcomes = Vec::new();
        for (choice, contended) in [(0, false), (1, false), (0, true)] {
            let mut player = player(Pace::ByHand, now);
            toy.contended = contended;
            player.advance(&mut toy, now);
            player.answer(None, now);
            player.advance(&mut toy, now);
            player.answer(Some(Guess::Choice(choice)), now);
            player.advance(&mut toy, now);
            outcomes.push(player.guessed()[1].outcome.clone().unwrap());
            assert_eq!(said(&player)[1].contains("busy"), contended, "contended numbers are not quoted");
        }
        let texts: Vec<_> = outcomes.iter().map(|outcome| (outcome.text.as_str(), outcome.right)).collect();
        assert_eq!(texts[0], ("you said \"yes\": measured, so it is", Some(true)));
        assert_eq!(texts[1], ("you said \"no\", measured: \"yes\"", Some(false)));
        assert_eq!(texts[2].1, None);
    }

    #[test]
    fn by_itself_it_goes_through_all_steps_and_says_what_cannot_run() {
        let (mut now, mut toy) = (Instant::now(), Toy::default());
        let mut player = player(Pace::ByItself, now);
        let (mut seen, begun) = (vec![player.number()], now);
        loop {
            match player.advance(&mut toy, now) {
                Turn::Onward if player.forward(now) => seen.push(player.number()),
                Turn::Onward => break,
                Turn::Changed | Turn::Same => now = now.max(player.due().unwrap()),
            }
            if player.number() == 1 {
                assert_eq!(player.phase(), &Phase::Unable("too few cores".to_owned()));
                assert_eq!(said(&player), [""; 0]);
            }
        }
        assert_eq!(seen, [0, 1, 2]);
        assert!(now - begun < Duration::from_mins(1), "{:?}", now - begun);
        player.back(now);
        player.back(now);
        assert_eq!(player.number(), 0);
        assert_eq!(player.advance(&mut toy, now), Turn::Changed);
        assert!(player.question().is_some(), "it begins again");
    }

    #[test]
    fn what_is_not_answered_yet_is_waited_for_but_not_for_ever() {
        let now = Instant::now();
        let mut toy = Toy { unsettled: true, ..Toy::default() };
        let mut player = player(Pace::Holding(Duration::ZERO), now);
        assert_eq!(player.advance(&mut toy, now), Turn::Same);
        assert_eq!(player.due(), Some(now + SETTLE));
        assert_eq!(player.advance(&mut toy, now + SETTLE), Turn::Changed);
        assert_eq!(toy.told, ["toy.set speedup 2"]);
    }
}
