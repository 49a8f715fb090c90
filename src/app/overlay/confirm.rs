//! Asks whether an action is really wanted.

use crate::app::overlay::{Outcome, Overlay, framed};
use crate::ui::Canvas;
use crate::ui::input::{Action, Key, Mouse, MouseKind};
use crate::ui::wrap::wrapped;

/// Columns of the box, its frame included.
const COLUMNS: u16 = 60;

/// A question that `y` answers with yes, and every other key with no.
#[derive(Debug)]
pub struct Confirm {
    question: &'static str,
    action: Action,
}

impl Confirm {
    /// Asks `question`; `action` is done if the answer is yes.
    pub fn new(question: &'static str, action: Action) -> Self {
        Self { question, action }
    }
}

impl Overlay for Confirm {
    fn key(&mut self, key: Key) -> Outcome {
        if key == Key::char('y') { Outcome::Do(self.action.clone()) } else { Outcome::Close }
    }

    fn mouse(&mut self, mouse: Mouse) -> Outcome {
        if mouse.kind == MouseKind::Press { Outcome::Close } else { Outcome::Stay }
    }

    fn draw(&mut self, canvas: &mut Canvas<'_>) {
        let room = usize::from(COLUMNS.min(canvas.area.width).saturating_sub(4));
        let lines = wrapped(self.question, room);
        let mut inside = framed(canvas, COLUMNS, lines.len() as u16 + 2, "Sure?", "y does it · any other key leaves");
        let style = inside.theme.text;
        for (row, line) in lines.iter().enumerate() {
            inside.text(0, row as u16, line, style);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_y_means_yes() {
        let action: Action = "app.block-loop confirmed".parse().unwrap();
        let mut confirm = Confirm::new("Really?", action.clone());
        for key in ["Enter", "n", "Esc", "Space", "Y"] {
            assert_eq!(confirm.key(key.parse().unwrap()), Outcome::Close, "{key}");
        }
        assert_eq!(confirm.key("y".parse().unwrap()), Outcome::Do(action));
    }
}
