//! Reads lessons, line by line. What is wrong is named with its line and column.

use std::fmt;

use super::condition::{Condition, Name, Wrong};
use super::lesson::{Act, Answers, Lesson, Paragraph, Piece, Question, Step};
use super::need::Need;
use crate::labs::headless::duration;
use crate::runtime::strategy::closest;
use crate::ui::input::Action;

/// Answers that a question may offer.
const CHOICES: std::ops::RangeInclusive<usize> = 2..=5;

/// What may stand in the header of a step.
const KEYS: [&str; 7] = ["do", "wait", "ask", "answer", "number", "claim", "needs"];

/// What is wrong with a lesson, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrongLesson {
    /// The line, from 1.
    pub line: usize,
    /// The column, in characters from 1.
    pub column: usize,
    /// What is wrong there.
    pub what: String,
}

impl fmt::Display for WrongLesson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.line, self.column, self.what)
    }
}

impl std::error::Error for WrongLesson {}

/// A line of the file, as the parser looks at it.
#[derive(Debug, Clone, Copy)]
struct Line<'a> {
    number: usize,
    text: &'a str,
}

impl<'a> Line<'a> {
    /// What is wrong at a place in this line: a slice of its text.
    fn wrong(self, at: &str, what: impl Into<String>) -> WrongLesson {
        let byte = (at.as_ptr() as usize).wrapping_sub(self.text.as_ptr() as usize).min(self.text.len());
        self.wrong_at(byte, what)
    }

    fn wrong_at(self, byte: usize, what: impl Into<String>) -> WrongLesson {
        let before = self.text.char_indices().take_while(|(at, _)| *at < byte).count();
        WrongLesson { line: self.number, column: before + 1, what: what.into() }
    }

    /// Carries the place inside `part`, which is a slice of this line, over to the line.
    fn carried(self, part: &'a str) -> impl Fn(Wrong) -> WrongLesson {
        move |wrong| {
            let begin = (part.as_ptr() as usize).wrapping_sub(self.text.as_ptr() as usize);
            self.wrong_at(begin.saturating_add(wrong.at).min(self.text.len()), wrong.what)
        }
    }
}

impl Lesson {
    /// Reads a lesson.
    pub fn parse(id: &str, markdown: &str) -> Result<Self, WrongLesson> {
        let mut lesson = Self { id: id.to_owned(), title: String::new(), line: String::new(), steps: Vec::new() };
        let mut reader = Reader::default();
        let mut last = Line { number: 1, text: "" };
        for (index, text) in markdown.lines().enumerate() {
            let line = Line { number: index + 1, text };
            last = line;
            if let Some(title) = text.strip_prefix("## ") {
                reader.end_paragraph();
                if lesson.title.is_empty() {
                    return Err(line.wrong(text, "a lesson begins with its title: # Item 64: …"));
                }
                reader.end_step(&mut lesson)?;
                reader.step = Some((line, Step { title: title.trim().to_owned(), ..Step::default() }));
                reader.in_header = true;
            } else if let Some(title) = text.strip_prefix("# ") {
                if !lesson.title.is_empty() {
                    return Err(line.wrong(text, "a lesson has one title; a step begins with ##"));
                }
                title.trim().clone_into(&mut lesson.title);
            } else if reader.step.is_some() {
                reader.line_of_step(line)?;
            } else if !text.trim().is_empty() {
                if lesson.title.is_empty() {
                    return Err(line.wrong(text, "a lesson begins with its title: # Item 64: …"));
                }
                if !lesson.line.is_empty() {
                    lesson.line.push(' ');
                }
                lesson.line.push_str(text.trim());
            }
        }
        reader.end_step(&mut lesson)?;
        if lesson.steps.is_empty() {
            return Err(last.wrong_at(0, "a lesson has at least one step: ## Its title"));
        }
        Ok(lesson)
    }
}

/// A question whose answers are being read: where it stands, its text, and its answers with what makes them right.
type Asked<'a> = (Line<'a>, String, Vec<(String, Condition)>);

/// The step that is being read.
#[derive(Default)]
struct Reader<'a> {
    step: Option<(Line<'a>, Step)>,
    in_header: bool,
    /// The question whose answers are still being read, and where it stands.
    question: Option<Asked<'a>>,
    paragraph: Vec<Piece>,
    note: String,
}

impl<'a> Reader<'a> {
    fn line_of_step(&mut self, line: Line<'a>) -> Result<(), WrongLesson> {
        let text = line.text.trim();
        if self.in_header {
            if text.is_empty() {
                return Ok(());
            }
            if let Some(entry) = text.strip_prefix("- ") {
                return self.entry(line, entry);
            }
            self.in_header = false;
        }
        if let Some(note) = text.strip_prefix('>') {
            self.end_words();
            let note = note.trim();
            if note.is_empty() {
                self.end_note();
            } else {
                if !self.note.is_empty() {
                    self.note.push(' ');
                }
                self.note.push_str(note);
            }
            return Ok(());
        }
        if text.is_empty() {
            self.end_paragraph();
            return Ok(());
        }
        self.end_note();
        if !self.paragraph.is_empty() {
            self.paragraph.push(Piece::Words(" ".to_owned()));
        }
        self.paragraph.extend(pieces(line, text)?);
        Ok(())
    }

    /// An entry of a step's header.
    fn entry(&mut self, line: Line<'a>, entry: &'a str) -> Result<(), WrongLesson> {
        let Some((key, value)) = entry.split_once(':') else {
            return Err(line.wrong(entry, format!("{entry:?} is no entry: write as in do: life.step")));
        };
        let value = value.trim();
        if key != "answer" && key != "number" {
            self.end_question()?;
        }
        let Some((_, step)) = &mut self.step else { return Ok(()) };
        match key {
            "do" => step.acts.push(Act::Do(action(line, value)?)),
            "wait" => {
                let (condition, within) = value
                    .rsplit_once(" within ")
                    .ok_or_else(|| line.wrong(value, "a wait has a limit: write as in gcd.done = 1 within 20s"))?;
                let limit = duration(within.trim()).map_err(|what| line.wrong(within, what))?;
                let condition = Condition::parse(condition).map_err(line.carried(condition))?;
                step.acts.push(Act::Wait(condition, limit));
            }
            "claim" => step.claims.push(Condition::parse(value).map_err(line.carried(value))?),
            "needs" => step.needs.push(need(line, value)?),
            "ask" => self.question = Some((line, value.to_owned(), Vec::new())),
            "answer" => {
                let Some((_, _, choices)) = &mut self.question else {
                    return Err(line.wrong(entry, "an answer follows its question: ask: …"));
                };
                let (text, when) = value.rsplit_once(" if ").ok_or_else(|| {
                    line.wrong(value, "an answer says what makes it right: twice as fast if gcd.speedup.threads > 1.7")
                })?;
                choices.push((text.trim().to_owned(), Condition::parse(when).map_err(line.carried(when))?));
            }
            "number" => match self.question.take() {
                Some((_, text, choices)) if choices.is_empty() => {
                    let answers = Answers::Number(Name::parse(value).map_err(line.carried(value))?);
                    step.acts.push(Act::Ask(Question { text, answers }));
                }
                _ => return Err(line.wrong(entry, "a number follows its question: ask: …")),
            },
            _ => {
                let hint = match closest(key, KEYS.into_iter()) {
                    Some(close) => format!("did you mean {close:?}?"),
                    None => format!("there are: {}", KEYS.join(", ")),
                };
                return Err(line.wrong(entry, format!("unknown entry {key:?}; {hint}")));
            }
        }
        Ok(())
    }

    fn end_question(&mut self) -> Result<(), WrongLesson> {
        let Some((line, text, choices)) = self.question.take() else { return Ok(()) };
        if !CHOICES.contains(&choices.len()) {
            return Err(line.wrong(line.text, "a question has two to five answers, or a number, below it"));
        }
        if let Some((_, step)) = &mut self.step {
            step.acts.push(Act::Ask(Question { text, answers: Answers::Choices(choices) }));
        }
        Ok(())
    }

    fn end_words(&mut self) {
        let words = std::mem::take(&mut self.paragraph);
        if let (Some((_, step)), false) = (&mut self.step, words.is_empty()) {
            step.text.push(Paragraph(words));
        }
    }

    fn end_note(&mut self) {
        let note = std::mem::take(&mut self.note);
        if let (Some((_, step)), false) = (&mut self.step, note.is_empty()) {
            step.notes.push(note);
        }
    }

    fn end_paragraph(&mut self) {
        self.end_words();
        self.end_note();
    }

    fn end_step(&mut self, lesson: &mut Lesson) -> Result<(), WrongLesson> {
        self.end_question()?;
        self.end_paragraph();
        let Some((line, step)) = self.step.take() else { return Ok(()) };
        if step.text.is_empty() {
            return Err(line.wrong(line.text, "a step says something: write a paragraph below its entries"));
        }
        lesson.steps.push(step);
        Ok(())
    }
}

fn action(line: Line<'_>, text: &str) -> Result<Action, WrongLesson> {
    let action: Action = text.parse().map_err(|_| {
        line.wrong(text, format!("{text:?} is not an action: write as in life.step or life.strategy rayon"))
    })?;
    if action.owner.is_empty() {
        return Err(line.wrong(text, format!("{text:?} does not say of which lab: write as in life.step")));
    }
    if action.owner == "app" && (action.verb != "focus" || action.argument.is_none()) {
        return Err(line.wrong(text, "of the dashboard's actions a lesson has app.focus LAB alone"));
    }
    Ok(action)
}

fn need(line: Line<'_>, text: &str) -> Result<Need, WrongLesson> {
    if text == "python" {
        return Ok(Need::Python);
    }
    let cores = text.strip_suffix("cores").and_then(|number| number.trim().parse().ok());
    cores
        .map(Need::Cores)
        .ok_or_else(|| line.wrong(text, format!("{text:?} is not known as a need: write 2 cores, or python")))
}

/// The pieces of a line of text: words, `code` between backquotes, quoted numbers in braces.
fn pieces(line: Line<'_>, text: &str) -> Result<Vec<Piece>, WrongLesson> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(['`', '{', '}']) {
        let (before, marked) = rest.split_at(at);
        if !before.is_empty() {
            pieces.push(Piece::Words(before.to_owned()));
        }
        let end = match &marked[..1] {
            "`" => '`',
            "{" => '}',
            _ => return Err(line.wrong(marked, "a brace that closes nothing")),
        };
        let inner = &marked[1..];
        let Some(length) = inner.find(end) else {
            return Err(line.wrong(marked, format!("{} is not closed on its line", &marked[..1])));
        };
        let (content, after) = (&inner[..length], &inner[length + 1..]);
        pieces.push(if end == '`' {
            Piece::Code(content.to_owned())
        } else {
            Piece::Quote(Name::parse(content).map_err(line.carried(content))?)
        });
        rest = after;
    }
    if !rest.is_empty() {
        pieces.push(Piece::Words(rest.to_owned()));
    }
    Ok(pieces)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::time::Duration;

    const SAMPLE: &str = "\
# Item 64: a sample
Two lines of what
it is about.

## First

- needs: 2 cores
- do: gcd.strategy threads
- ask: How fast?
- answer: twice if gcd.speedup.threads > 1.5
- answer: as before if gcd.speedup.threads <= 1.5
- wait: gcd.done = 1 within 20s
- claim: gcd.speedup.threads > 1
- ask: And in numbers?
- number: gcd.seconds.threads

A word on `code`,
over two lines.

It took {gcd.seconds.threads}.

> Say it
> slowly.
>
> Twice.

## Second
More.
";

    #[test]
    fn a_lesson_is_read() {
        let lesson = Lesson::parse("64", SAMPLE).unwrap();
        assert_eq!(
            (lesson.title.as_str(), lesson.line.as_str()),
            ("Item 64: a sample", "Two lines of what it is about.")
        );
        let [first, second] = &lesson.steps[..] else { panic!("{lesson:?}") };
        assert_eq!((first.title.as_str(), &first.needs[..]), ("First", &[Need::Cores(2)][..]));
        assert_eq!(first.notes, ["Say it slowly.", "Twice."]);
        assert_eq!(first.claims[0].to_string(), "gcd.speedup.threads > 1");
        let [Act::Do(action), Act::Ask(choice), Act::Wait(_, limit), Act::Ask(number)] = &first.acts[..] else {
            panic!("{:?}", first.acts)
        };
        assert_eq!((action.to_string().as_str(), *limit), ("gcd.strategy threads", Duration::from_secs(20)));
        let Answers::Choices(choices) = &choice.answers else { panic!("{choice:?}") };
        assert_eq!(choices.iter().map(|(text, _)| text.as_str()).collect::<Vec<_>>(), ["twice", "as before"]);
        assert!(matches!(&number.answers, Answers::Number(name) if name.to_string() == "gcd.seconds.threads"));
        let code = [
            Piece::Words("A word on ".into()),
            Piece::Code("code".into()),
            Piece::Words(",".into()),
            Piece::Words(" ".into()),
            Piece::Words("over two lines.".into()),
        ];
        assert_eq!(first.text[0].0, code);
        assert!(first.text[1].quotes() && !first.text[0].quotes());
        assert_eq!(second.text.len(), 1);
    }

    #[test]
    fn what_is_wrong_is_named_with_line_and_column() {
        let step = |entry: &str| format!("# T\n\n## S\n{entry}\n\nText.\n");
        for (text, wanted) in [
            (String::new(), "1:1: a lesson has at least one step"),
            ("words\n".to_owned(), "1:1: a lesson begins with its title"),
            ("# T\n## S\n".to_owned(), "2:1: a step says something"),
            (step("- claims: life.step"), "4:3: unknown entry \"claims\"; did you mean \"claim\"?"),
            (step("- do: step"), "4:7: \"step\" is not an action"),
            (step("- do: app.quit"), "4:7: of the dashboard's actions"),
            (step("- wait: gcd.done = 1"), "4:9: a wait has a limit"),
            (step("- wait: gcd.done = 1 within soon"), "4:29: \"soon\" is not a duration"),
            (step("- wait: gcd.done is 1 within 5s"), "4:9: \"gcd.done is 1\" compares nothing"),
            (step("- claim: gcd.done = x"), "4:21: \"x\" is not a measured number"),
            (step("- ask: Eh?\n- answer: yes if gcd.done = 1"), "4:1: a question has two to five answers"),
            (step("- answer: yes if gcd.done = 1"), "4:3: an answer follows its question"),
            (step("- needs: luck"), "4:10: \"luck\" is not known as a need"),
            (step("\nSüß {gcd}"), "5:6: \"gcd\" is not a measured number"),
            (step("\nan `open end"), "5:4: ` is not closed"),
        ] {
            let wrong = Lesson::parse("x", &text).unwrap_err().to_string();
            assert!(wrong.starts_with(wanted), "{text:?}: {wrong}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused_and_never_panics(
            lines in prop::collection::vec(
                prop_oneof![
                    "[-#> ]{0,3}[a-z]{0,6}:? ?[a-z0-9.<>= `{}*\u{fc}]{0,20}",
                    prop::sample::select(SAMPLE.lines().map(str::to_owned).collect::<Vec<_>>()),
                    "\\PC{0,12}",
                ],
                0..24,
            )
        ) {
            let text = lines.join("\n");
            if let Err(wrong) = Lesson::parse("x", &text) {
                prop_assert!(wrong.line >= 1 && wrong.column >= 1);
                prop_assert!(wrong.line <= text.lines().count().max(1));
            }
        }
    }
}
