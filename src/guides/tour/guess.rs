//! What people guess before it is measured, and what came of it.

use super::condition::{Name, Verdict};
use super::lesson::Answers;
use crate::labs::measured::Measured;

/// A number within this share of what was measured is a good guess.
const NEAR: f64 = 0.25;

/// A guess at what will be measured.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Guess {
    /// One of the answers, from 0.
    Choice(usize),
    /// A number.
    Number(f64),
}

/// A question that was answered or skipped, and what came of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Guessed {
    /// Which act of the step asked.
    pub act: usize,
    /// The answer; none if it was skipped.
    pub guess: Option<Guess>,
    /// Guess beside measurement, once the step's work is done.
    pub outcome: Option<Outcome>,
}

/// A guess beside what was measured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// In words.
    pub text: String,
    /// Whether the guess was right, where that can be told.
    pub right: Option<bool>,
}

/// A guess at the answers of a question, beside what was measured.
pub fn outcome(guess: Guess, answers: &Answers, measured: impl Fn(&Name) -> Option<Measured>) -> Outcome {
    let open = |why: &str| Outcome { text: why.to_owned(), right: None };
    match (guess, answers) {
        (Guess::Number(number), Answers::Number(name)) => match measured(name) {
            None => open("that was not measured"),
            Some(Measured { contended: true, .. }) => open("the machine was busy: this measurement is not quoted"),
            Some(measured) => {
                let text = format!("you said {}, measured {}", measured.unit.text(number), measured.text());
                Outcome { text, right: Some((number - measured.value).abs() <= NEAR * measured.value.abs()) }
            }
        },
        (Guess::Choice(chosen), Answers::Choices(choices)) => {
            let verdicts: Vec<Verdict> = choices.iter().map(|(_, when)| when.judge(&measured)).collect();
            let said = choices.get(chosen).map_or("", |(text, _)| text);
            if verdicts.get(chosen) == Some(&Verdict::Holds) {
                return Outcome { text: format!("you said {said:?}: measured, so it is"), right: Some(true) };
            }
            match verdicts.iter().position(|verdict| *verdict == Verdict::Holds) {
                Some(right) => {
                    let text = format!("you said {said:?}, measured: {:?}", choices[right].0);
                    Outcome { text, right: Some(false) }
                }
                None => open("the measurement does not tell which answer is right"),
            }
        }
        (Guess::Number(_), Answers::Choices(_)) | (Guess::Choice(_), Answers::Number(_)) => open(""),
    }
}
