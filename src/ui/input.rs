//! Keys, mouse, bindings and actions: what people do, in words that labs, palette, configuration and tests share.

use std::fmt;
use std::str::FromStr;

use crossterm::event::{
    KeyCode as TermCode, KeyEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEvent, MouseEventKind,
};

/// A key without its modifiers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum KeyCode {
    /// A printing character, as typed: `S` is shift and s.
    Char(char),
    /// A function key.
    F(u8),
    /// A key with a name.
    Named(NamedKey),
}

macro_rules! named_keys {
    ($($variant:ident $name:literal $doc:literal,)*) => {
        /// A key that has a name rather than a character.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum NamedKey { $(#[doc = $doc] $variant,)* }

        impl NamedKey {
            const NAMES: &'static [(&'static str, Self)] = &[$(($name, Self::$variant),)*];
        }
    };
}

named_keys! {
    Enter "Enter" "Return.",
    Esc "Esc" "Escape.",
    Tab "Tab" "Tab.",
    BackTab "Shift-Tab" "Tab with shift, which terminals send as a key of its own.",
    Space "Space" "The space bar.",
    Backspace "Backspace" "Deletes to the left.",
    Delete "Delete" "Deletes to the right.",
    Insert "Insert" "Insert.",
    Up "Up" "Arrow up.",
    Down "Down" "Arrow down.",
    Left "Left" "Arrow left.",
    Right "Right" "Arrow right.",
    PageUp "PageUp" "A page up.",
    PageDown "PageDown" "A page down.",
    Home "Home" "To the beginning.",
    End "End" "To the end.",
}

/// A key as pressed. Written `q`, `Ctrl-P`, `Alt-Left`, `F5`, `Space`, `Shift-Tab`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key {
    /// The key.
    pub code: KeyCode,
    /// With Ctrl.
    pub ctrl: bool,
    /// With Alt.
    pub alt: bool,
    /// With shift, for keys whose character does not show it.
    pub shift: bool,
}

impl Key {
    /// A key without modifiers.
    pub const fn plain(code: KeyCode) -> Self {
        Self { code, ctrl: false, alt: false, shift: false }
    }

    /// A character's key.
    pub const fn char(character: char) -> Self {
        Self::plain(KeyCode::Char(character))
    }

    /// A named key.
    pub const fn named(name: NamedKey) -> Self {
        Self::plain(KeyCode::Named(name))
    }

    /// The key of a terminal's event; None for a release and for keys that fanout has no use for.
    pub fn from_terminal(event: &KeyEvent) -> Option<Self> {
        if event.kind == KeyEventKind::Release {
            return None;
        }
        let named = KeyCode::Named;
        let code = match event.code {
            TermCode::Char(' ') => named(NamedKey::Space),
            TermCode::Char(character) => KeyCode::Char(character),
            TermCode::F(number) => KeyCode::F(number),
            TermCode::Enter => named(NamedKey::Enter),
            TermCode::Esc => named(NamedKey::Esc),
            TermCode::Tab => named(NamedKey::Tab),
            TermCode::BackTab => named(NamedKey::BackTab),
            TermCode::Backspace => named(NamedKey::Backspace),
            TermCode::Delete => named(NamedKey::Delete),
            TermCode::Insert => named(NamedKey::Insert),
            TermCode::Up => named(NamedKey::Up),
            TermCode::Down => named(NamedKey::Down),
            TermCode::Left => named(NamedKey::Left),
            TermCode::Right => named(NamedKey::Right),
            TermCode::PageUp => named(NamedKey::PageUp),
            TermCode::PageDown => named(NamedKey::PageDown),
            TermCode::Home => named(NamedKey::Home),
            TermCode::End => named(NamedKey::End),
            _ => return None,
        };
        let shows_shift = matches!(code, KeyCode::Char(_) | KeyCode::Named(NamedKey::BackTab));
        Some(Self {
            code,
            ctrl: event.modifiers.contains(KeyModifiers::CONTROL),
            alt: event.modifiers.contains(KeyModifiers::ALT),
            shift: event.modifiers.contains(KeyModifiers::SHIFT) && !shows_shift,
        })
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::new();
        for (held, prefix) in [(self.ctrl, "Ctrl-"), (self.alt, "Alt-"), (self.shift, "Shift-")] {
            if held {
                text.push_str(prefix);
            }
        }
        match self.code {
            KeyCode::Char(character) if self.ctrl => text.extend(character.to_uppercase()),
            KeyCode::Char(character) => text.push(character),
            KeyCode::F(number) => {
                text.push('F');
                text.push_str(&number.to_string());
            }
            KeyCode::Named(name) => {
                text.push_str(NamedKey::NAMES.iter().find(|(_, key)| *key == name).map_or("", |(name, _)| name));
            }
        }
        f.pad(&text)
    }
}

/// A text that names no key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a key: write q, Ctrl-P, Alt-Left, F5, Space, Enter or Shift-Tab")]
pub struct NotAKey(String);

impl FromStr for Key {
    type Err = NotAKey;

    fn from_str(text: &str) -> Result<Self, NotAKey> {
        let wrong = || NotAKey(text.to_owned());
        let (mut rest, mut key) = (text, Self::char(' '));
        let mut characters = text.chars();
        if let (Some(character), None) = (characters.next(), characters.next()) {
            return if character == ' ' { Err(wrong()) } else { Ok(Self::char(character)) };
        }
        loop {
            let same = |name: &str| name.eq_ignore_ascii_case(rest);
            if let Some((_, name)) = NamedKey::NAMES.iter().find(|(name, _)| same(name)) {
                key.code = KeyCode::Named(*name);
                return Ok(key);
            }
            let Some((prefix, after)) = rest.split_once('-').filter(|(_, after)| !after.is_empty()) else { break };
            match prefix.to_ascii_lowercase().as_str() {
                "ctrl" => key.ctrl = true,
                "alt" => key.alt = true,
                "shift" => key.shift = true,
                _ => return Err(wrong()),
            }
            rest = after;
        }
        let mut characters = rest.chars();
        match (characters.next(), characters.as_str()) {
            (Some(character), "") if character != ' ' => {
                key.code = KeyCode::Char(if key.ctrl { character.to_ascii_lowercase() } else { character });
                Ok(key)
            }
            (Some('F' | 'f'), number) => {
                key.code = KeyCode::F(number.parse().ok().filter(|n| (1..=24).contains(n)).ok_or_else(wrong)?);
                Ok(key)
            }
            _ => Err(wrong()),
        }
    }
}

/// What the mouse did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MouseKind {
    /// The left button went down.
    Press,
    /// It moved with the left button down.
    Drag,
    /// The left button came up.
    Release,
    /// The wheel, away from the person.
    WheelUp,
    /// The wheel, towards the person.
    WheelDown,
}

/// A mouse event at a cell, counted from the top left corner of whatever receives it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mouse {
    /// What it did.
    pub kind: MouseKind,
    /// Column, from 0.
    pub column: u16,
    /// Row, from 0.
    pub row: u16,
}

impl Mouse {
    /// A terminal's mouse event; None for those that fanout has no use for.
    pub fn from_terminal(event: &MouseEvent) -> Option<Self> {
        let kind = match event.kind {
            MouseEventKind::Down(MouseButton::Left) => MouseKind::Press,
            MouseEventKind::Drag(MouseButton::Left) => MouseKind::Drag,
            MouseEventKind::Up(MouseButton::Left) => MouseKind::Release,
            MouseEventKind::ScrollUp => MouseKind::WheelUp,
            MouseEventKind::ScrollDown => MouseKind::WheelDown,
            _ => return None,
        };
        Some(Self { kind, column: event.column, row: event.row })
    }
}

/// A row of a key table: which keys do what. Key table, help, palette and README are made from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Binding {
    /// The keys, as [`Key`] reads them; none for an action that only the palette offers.
    pub keys: &'static [&'static str],
    /// The action: `app.zoom`, `life.step`; one that begins with a dot goes to the lab in focus (`.pause`). A fixed argument
    /// may follow after a space.
    pub action: &'static str,
    /// What it does, as help and palette say it: begins with a verb, without a full stop.
    pub help: &'static str,
    /// One word for the status line; empty when it is not to stand there.
    pub hint: &'static str,
    /// What to ask for when the action needs an argument that is not given; empty when it needs none.
    pub asks: &'static str,
}

impl Binding {
    /// A binding that needs no argument and has no place in the status line.
    pub const fn new(keys: &'static [&'static str], action: &'static str, help: &'static str) -> Self {
        Self { keys, action, help, hint: "", asks: "" }
    }

    /// The same with a word in the status line.
    #[must_use]
    pub const fn hint(mut self, hint: &'static str) -> Self {
        self.hint = hint;
        self
    }

    /// The same for an action that asks for its argument.
    #[must_use]
    pub const fn asks(mut self, asks: &'static str) -> Self {
        self.asks = asks;
        self
    }
}

/// An action: whose it is, what to do, and at most one argument. Written `life.paint 12,7`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Action {
    /// `app` or a lab's id; empty for the lab in focus.
    pub owner: String,
    /// What to do.
    pub verb: String,
    /// The argument, if there is one.
    pub argument: Option<String>,
}

/// A text that is no action.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not an action: write OWNER.VERB, or OWNER.VERB ARGUMENT")]
pub struct NotAnAction(String);

impl FromStr for Action {
    type Err = NotAnAction;

    fn from_str(text: &str) -> Result<Self, NotAnAction> {
        let (name, argument) = match text.split_once(' ') {
            Some((name, argument)) => (name, Some(argument.trim().to_owned()).filter(|a| !a.is_empty())),
            None => (text, None),
        };
        let (owner, verb) = name.split_once('.').ok_or_else(|| NotAnAction(text.to_owned()))?;
        if verb.is_empty() {
            return Err(NotAnAction(text.to_owned()));
        }
        Ok(Self { owner: owner.to_owned(), verb: verb.to_owned(), argument })
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.owner, self.verb)?;
        self.argument.as_ref().map_or(Ok(()), |argument| write!(f, " {argument}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_as_they_are_written() {
        for text in [
            "q",
            "S",
            "-",
            "+",
            "Ctrl-P",
            "Alt-Left",
            "F5",
            "F12",
            "Space",
            "Shift-Tab",
            "Enter",
            "Ctrl-Alt-x",
            "PageUp",
        ] {
            assert_eq!(text.parse::<Key>().unwrap().to_string().to_lowercase(), text.to_lowercase());
        }
        assert_eq!("ctrl-p".parse::<Key>().unwrap(), Key { ctrl: true, ..Key::char('p') });
        for text in ["", " ", "F0", "F99", "Hyper-x", "word"] {
            assert!(text.parse::<Key>().unwrap_err().to_string().contains("is not a key"), "{text:?}");
        }
    }

    #[test]
    fn actions_are_read_as_they_are_written() {
        let action: Action = "life.paint 12,7".parse().unwrap();
        assert_eq!(
            (action.owner.as_str(), action.verb.as_str(), action.argument.as_deref()),
            ("life", "paint", Some("12,7"))
        );
        assert_eq!(action.to_string(), "life.paint 12,7");
        assert_eq!(".pause".parse::<Action>().unwrap().owner, "");
        assert!("pause".parse::<Action>().is_err());
        assert!("life.".parse::<Action>().is_err());
    }
}
