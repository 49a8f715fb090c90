//! One line of text, typed and edited: what asks for an argument and what finds an action.

use tui_input::{Input, InputRequest};

use crate::ui::Canvas;
use crate::ui::input::{Key, KeyCode, NamedKey};

/// A line under edit.
#[derive(Debug, Default)]
pub struct Prompt {
    label: String,
    input: Input,
}

/// What a key did to the prompt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Typed {
    /// The text is another one now.
    Changed,
    /// The cursor moved, or nothing happened.
    Same,
    /// Enter: this is the text.
    Done(String),
    /// Esc: forget it.
    Cancelled,
}

impl Prompt {
    /// An empty prompt that says what it asks for.
    pub fn new(label: impl Into<String>) -> Self {
        Self { label: label.into(), input: Input::default() }
    }

    /// The text so far.
    pub fn text(&self) -> &str {
        self.input.value()
    }

    /// Takes in a key.
    pub fn key(&mut self, key: Key) -> Typed {
        let request = match (key.code, key.ctrl) {
            (KeyCode::Named(NamedKey::Enter), _) => return Typed::Done(self.text().to_owned()),
            (KeyCode::Named(NamedKey::Esc), _) | (KeyCode::Char('c' | 'g'), true) => return Typed::Cancelled,
            (KeyCode::Char(character), false) if !key.alt => InputRequest::InsertChar(character),
            (KeyCode::Named(NamedKey::Space), _) => InputRequest::InsertChar(' '),
            (KeyCode::Named(NamedKey::Backspace), false) => InputRequest::DeletePrevChar,
            (KeyCode::Named(NamedKey::Backspace) | KeyCode::Char('w'), true) => InputRequest::DeletePrevWord,
            (KeyCode::Named(NamedKey::Delete), _) => InputRequest::DeleteNextChar,
            (KeyCode::Named(NamedKey::Left), true) => InputRequest::GoToPrevWord,
            (KeyCode::Named(NamedKey::Right), true) => InputRequest::GoToNextWord,
            (KeyCode::Named(NamedKey::Left), false) => InputRequest::GoToPrevChar,
            (KeyCode::Named(NamedKey::Right), false) => InputRequest::GoToNextChar,
            (KeyCode::Named(NamedKey::Home), _) | (KeyCode::Char('a'), true) => InputRequest::GoToStart,
            (KeyCode::Named(NamedKey::End), _) | (KeyCode::Char('e'), true) => InputRequest::GoToEnd,
            (KeyCode::Char('u'), true) => InputRequest::DeleteLine,
            (KeyCode::Char('k'), true) => InputRequest::DeleteTillEnd,
            _ => return Typed::Same,
        };
        match self.input.handle(request) {
            Some(change) if change.value => Typed::Changed,
            _ => Typed::Same,
        }
    }

    /// Takes in pasted text: its first line.
    pub fn paste(&mut self, text: &str) {
        for character in text.lines().next().unwrap_or("").chars().filter(|character| !character.is_control()) {
            let _ = self.input.handle(InputRequest::InsertChar(character));
        }
    }

    /// Draws label, text and cursor in the first row of the canvas.
    pub fn draw(&self, canvas: &mut Canvas<'_>) {
        let theme = canvas.theme;
        let begin = if self.label.is_empty() { 0 } else { canvas.text(0, 0, &self.label, theme.dim) + 1 };
        let room = usize::from(canvas.area.width.saturating_sub(begin + 1));
        let scroll = self.input.visual_scroll(room);
        let shown: String = skip_columns(self.text(), scroll);
        canvas.foreign(begin, 0, &shown, theme.strong);
        let cursor = begin + (self.input.visual_cursor().max(scroll) - scroll) as u16;
        let Some(cell) =
            canvas.buffer.cell_mut((canvas.area.x + cursor.min(canvas.area.width.saturating_sub(1)), canvas.area.y))
        else {
            return;
        };
        cell.set_style(theme.strong.add_modifier(ratatui::style::Modifier::REVERSED));
    }
}

fn skip_columns(text: &str, columns: usize) -> String {
    let mut passed = 0;
    text.chars()
        .skip_while(|character| {
            let skip = passed < columns;
            passed += unicode_width::UnicodeWidthChar::width(*character).unwrap_or(0);
            skip
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::snapshot::picture;

    fn typed(prompt: &mut Prompt, keys: &[&str]) -> Typed {
        keys.iter().map(|key| prompt.key(key.parse().unwrap())).last().unwrap()
    }

    #[test]
    fn text_is_typed_edited_and_handed_out() {
        let mut prompt = Prompt::new("Filter");
        assert_eq!(typed(&mut prompt, &["a", "b", "Space", "c"]), Typed::Changed);
        assert_eq!(typed(&mut prompt, &["Left"]), Typed::Same);
        typed(&mut prompt, &["Backspace", "X"]);
        assert_eq!(prompt.text(), "abXc");
        assert_eq!(typed(&mut prompt, &["Enter"]), Typed::Done("abXc".to_owned()));
        assert_eq!(typed(&mut prompt, &["Esc"]), Typed::Cancelled);
        prompt.paste("12\x1b\nmore");
        assert_eq!(prompt.text(), "abX12c");
    }

    #[test]
    fn a_long_text_scrolls_with_its_cursor() {
        let mut prompt = Prompt::new("Filter");
        prompt.paste("abcdefghijklmnop");
        assert_eq!(picture(14, 1, |canvas| prompt.draw(canvas)).trim_end(), "Filter klmnop");
        assert_eq!(picture(3, 1, |canvas| prompt.draw(canvas)).trim_end(), "Fil");
    }
}
