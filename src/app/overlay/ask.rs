//! Asks for the argument of an action.

use crate::app::overlay::{Outcome, Overlay, framed};
use crate::ui::Canvas;
use crate::ui::input::{Action, Key, Mouse, MouseKind};
use crate::ui::prompt::{Prompt, Typed};

/// A question whose answer becomes an action's argument.
#[derive(Debug)]
pub struct Ask {
    action: Action,
    title: String,
    prompt: Prompt,
}

impl Ask {
    /// Asks `question` for the argument of `action`.
    pub fn new(action: Action, question: &str) -> Self {
        Self { action, title: question.to_owned(), prompt: Prompt::default() }
    }
}

impl Overlay for Ask {
    fn key(&mut self, key: Key) -> Outcome {
        match self.prompt.key(key) {
            Typed::Changed | Typed::Same => Outcome::Stay,
            Typed::Cancelled => Outcome::Close,
            Typed::Done(text) if text.trim().is_empty() => Outcome::Close,
            Typed::Done(text) => Outcome::Do(Action { argument: Some(text.trim().to_owned()), ..self.action.clone() }),
        }
    }

    fn mouse(&mut self, mouse: Mouse) -> Outcome {
        if mouse.kind == MouseKind::Press { Outcome::Close } else { Outcome::Stay }
    }

    fn paste(&mut self, text: &str) {
        self.prompt.paste(text);
    }

    fn draw(&mut self, canvas: &mut Canvas<'_>) {
        let mut inside = framed(canvas, 60, 3, &self.title, "Enter does it · Esc leaves");
        self.prompt.draw(&mut inside);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answer_becomes_the_argument() {
        let mut ask = Ask::new("logs.filter".parse().unwrap(), "Filter");
        for key in ["E", "R"] {
            assert_eq!(ask.key(key.parse().unwrap()), Outcome::Stay);
        }
        assert_eq!(ask.key("Enter".parse().unwrap()), Outcome::Do("logs.filter ER".parse().unwrap()));
        assert_eq!(ask.key("Esc".parse().unwrap()), Outcome::Close);
    }
}
