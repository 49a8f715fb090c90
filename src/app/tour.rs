//! A tour in the dashboard: its text beside the panes, its keys, its notes for a second terminal.

use std::time::Instant;

use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Line;

use crate::app::keys::Bound;
use crate::app::layout::inside;
use crate::guides::tour::command::Opening;
use crate::guides::tour::guess::Guess;
use crate::guides::tour::lesson::{Answers, Paragraph, Piece, Question};
use crate::guides::tour::need::missing;
use crate::guides::tour::notes::{self, Board, Page};
use crate::guides::tour::pace::Pace;
use crate::guides::tour::player::{Performer, Phase, Player, Turn};
use crate::ui::input::{Key, KeyCode, NamedKey};
use crate::ui::prompt::{Prompt, Typed};
use crate::ui::wrap::styled;
use crate::ui::{Canvas, Theme};

/// Below this many rows the panel leaves no empty lines.
const ROOMY: u16 = 16;

/// What came of a tour's turn or key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Went {
    /// Nothing is different.
    Nowhere,
    /// It is to be drawn again.
    On,
    /// It is over; true when the program is to end with it.
    Out(bool),
}

/// A tour under way.
#[derive(Debug)]
pub struct Tour {
    player: Player,
    board: Option<Board>,
    begun: u64,
    pace: Pace,
    /// Nothing is shown, so that people look at the presenter.
    blank: bool,
    /// Rows of the text above those in view, and below.
    above: usize,
    below: usize,
    room: usize,
    /// The number that is being typed.
    typed: Prompt,
    /// The step that has begun, until the recording has its marker.
    mark: Option<String>,
}

impl Tour {
    /// Begins a tour. Without a folder for its notes it runs all the same, and the error says why there are none.
    pub fn begin(opening: Opening, now: Instant) -> (Self, Option<anyhow::Error>) {
        let (board, error) = match Board::put_up() {
            Ok(board) => (Some(board), None),
            Err(error) => (None, Some(error)),
        };
        let Opening { lesson, pace } = opening;
        let mut tour = Self {
            player: Player::new(lesson, pace, missing, now),
            board,
            begun: notes::now(),
            pace,
            blank: false,
            above: 0,
            below: 0,
            room: 0,
            typed: Prompt::new("›"),
            mark: None,
        };
        tour.step_began();
        (tour, error)
    }

    /// Whether the screen is blank.
    pub fn is_blank(&self) -> bool {
        self.blank
    }

    /// The marker for the recording, once for each step.
    pub fn take_mark(&mut self) -> Option<String> {
        self.mark.take()
    }

    /// When it goes on by the clock.
    pub fn due(&self) -> Option<Instant> {
        self.player.due()
    }

    /// Goes on as far as it can.
    pub fn turn(&mut self, performer: &mut dyn Performer, now: Instant) -> Went {
        let before = self.player.question().is_some();
        match self.player.advance(performer, now) {
            Turn::Same => Went::Nowhere,
            Turn::Changed => {
                if self.player.question().is_some() != before {
                    self.typed = Prompt::new("›");
                }
                Went::On
            }
            Turn::Onward => self.forward(now),
        }
    }

    /// Shows the rest of the text, or goes to the next step.
    pub fn forward(&mut self, now: Instant) -> Went {
        if self.below > 0 && self.player.question().is_none() {
            let rows = self.room.saturating_sub(1).max(1).min(self.below);
            (self.above, self.below) = (self.above + rows, self.below - rows);
            self.player.hold_again(now);
            return Went::On;
        }
        let (step, asked) = (self.player.number(), self.player.question().is_some());
        if !self.player.forward(now) {
            return Went::Out(self.pace != Pace::ByHand);
        }
        if !asked || step != self.player.number() {
            self.step_began();
        }
        Went::On
    }

    /// Goes to the step before.
    pub fn back(&mut self, now: Instant) -> Went {
        self.player.back(now);
        self.step_began();
        Went::On
    }

    /// Blanks the screen.
    pub fn blank(&mut self) -> Went {
        self.blank = true;
        Went::On
    }

    /// Takes in a key that only a tour has a use for now: any key while the screen is blank, and answers.
    pub fn key(&mut self, key: Key, now: Instant) -> Option<Went> {
        if std::mem::take(&mut self.blank) {
            return Some(Went::On);
        }
        let answers = &self.player.question()?.answers;
        match (answers, key.code) {
            (Answers::Choices(choices), KeyCode::Char(digit @ '1'..='9')) if key == Key::char(digit) => {
                let chosen = digit as usize - '1' as usize;
                if chosen < choices.len() {
                    self.player.answer(Some(Guess::Choice(chosen)), now);
                }
            }
            (Answers::Number(_), KeyCode::Char('0'..='9') | KeyCode::Named(NamedKey::Backspace | NamedKey::Enter)) => {
                self.type_number(key, now);
            }
            // The dot belongs to a number that has begun; else it blanks the screen.
            (Answers::Number(_), KeyCode::Char('.')) if !self.typed.text().is_empty() => self.type_number(key, now),
            _ => return None,
        }
        Some(Went::On)
    }

    fn type_number(&mut self, key: Key, now: Instant) {
        if let Typed::Done(text) = self.typed.key(key) {
            let guess = text.parse().ok().map(Guess::Number);
            if guess.is_some() || text.is_empty() {
                self.player.answer(guess, now);
            }
        }
    }

    fn step_began(&mut self) {
        (self.above, self.below) = (0, 0);
        self.typed = Prompt::new("›");
        let number = self.player.number() + 1;
        self.mark = Some(format!("{} step {number}: {}", self.player.lesson().id, self.player.step().title));
        if let Some(board) = &self.board {
            board.show(Page::of(&self.player, self.begun));
        }
    }

    /// Draws the panel: the step's text, its question, what came of it.
    pub fn draw(&mut self, canvas: &mut Canvas<'_>, keys: &[Bound]) {
        let theme = canvas.theme;
        canvas.border(theme.accent);
        self.draw_edges(canvas, keys);
        let area = inside(canvas.area);
        let inset = Rect { x: area.x + 1, width: area.width.saturating_sub(2), ..area };
        let mut canvas = canvas.part(inset);
        let lines = self.lines(theme, usize::from(canvas.area.width), canvas.area.height >= ROOMY);
        let prompt = matches!(self.player.question(), Some(Question { answers: Answers::Number(_), .. }));
        self.room = usize::from(canvas.area.height).saturating_sub(usize::from(prompt));
        let most = lines.len().saturating_sub(self.room);
        // A question is always in view.
        self.above = if self.player.question().is_some() { most } else { self.above.min(most) };
        self.below = most - self.above;
        for (row, line) in lines[self.above..].iter().take(self.room).enumerate() {
            canvas.line(row as u16, line);
        }
        if prompt {
            let row = canvas.row(lines.len().min(self.room) as u16);
            self.typed.draw(&mut canvas.part(row));
        }
        if self.below > 0 {
            let last = canvas.row(canvas.area.height.saturating_sub(1));
            canvas.part(last).text_right(0, " ↓ more", theme.key);
        }
    }

    /// Draws which step it is into the frame's top, and the keys into its bottom.
    fn draw_edges(&self, canvas: &mut Canvas<'_>, keys: &[Bound]) {
        let theme = canvas.theme;
        let lesson = self.player.lesson();
        let place = format!(" {}/{} ", self.player.number() + 1, lesson.steps.len());
        let x = canvas.text(2, 0, " Tour ", theme.dim);
        let title = Rect { width: canvas.area.width.saturating_sub(x + 2 + place.len() as u16), ..canvas.row(0) };
        canvas.part(Rect { x: title.x + x, ..title }).foreign(0, 0, &format!("{} ", lesson.title), theme.strong);
        canvas.text(canvas.area.width.saturating_sub(place.len() as u16 + 2), 0, &place, theme.accent);
        let bottom = canvas.area.height.saturating_sub(1);
        let mut x = 2;
        for row in keys {
            let key = row.keys.last().map(ToString::to_string).unwrap_or_default();
            let hint = format!(" {} ", row.binding.hint);
            if x + (key.len() + hint.len()) as u16 + 3 > canvas.area.width {
                break;
            }
            x = canvas.text(x, bottom, &format!(" {key}"), theme.key);
            x = canvas.text(x, bottom, &hint, theme.dim);
        }
    }

    /// All lines of the step as it stands.
    fn lines(&self, theme: &Theme, columns: usize, roomy: bool) -> Vec<Line<'static>> {
        let mut lines = Vec::new();
        let mut add = |pieces: &[(String, Style)], apart: bool| {
            if apart && roomy && !lines.is_empty() {
                lines.push(Line::default());
            }
            lines.extend(styled(pieces, columns));
        };
        add(&[(self.player.step().title.clone(), theme.accent)], true);
        for paragraph in self.player.paragraphs() {
            add(&self.spoken(paragraph, theme), true);
        }
        if let Some(question) = self.player.question() {
            add(&[(question.text.clone(), theme.strong)], true);
            if let Answers::Choices(choices) = &question.answers {
                for (i, (text, _)) in choices.iter().enumerate() {
                    add(&[(format!("{} ", i + 1), theme.key), (text.clone(), theme.text)], false);
                }
            }
        }
        for outcome in self.player.guessed().iter().filter_map(|guessed| guessed.outcome.as_ref()) {
            let (sign, style) = match outcome.right {
                Some(true) => ("✓ ", theme.good),
                Some(false) => ("✗ ", theme.warn),
                None => ("· ", theme.dim),
            };
            add(&[(format!("{sign}{}", outcome.text), style)], true);
        }
        for trouble in self.player.troubles() {
            add(&[(trouble.clone(), theme.warn)], true);
        }
        match self.player.phase() {
            Phase::Acting => add(&[("… at work".to_owned(), theme.dim)], true),
            Phase::Unable(why) => add(&[(format!("This step cannot run here: {why}."), theme.warn)], true),
            Phase::Asking | Phase::Done => {}
        }
        lines
    }

    fn spoken(&self, paragraph: &Paragraph, theme: &Theme) -> Vec<(String, Style)> {
        let piece = |piece: &Piece| match piece {
            Piece::Words(text) => (text.clone(), theme.text),
            Piece::Code(text) => (text.clone(), theme.key),
            Piece::Quote(name) => (self.player.quote(name), theme.strong),
        };
        paragraph.0.iter().map(piece).collect()
    }
}
