//! The last keys, large, so that a room sees what was pressed.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use ratatui::layout::Rect;

use crate::ui::Canvas;
use crate::ui::big;
use crate::ui::input::Key;

/// How long the keys stay after the last of them.
const STAY: Duration = Duration::from_millis(2500);

/// Keys that are remembered.
const KEYS: usize = 8;

/// The gap between two keys, in characters of the large text.
const GAP: &str = "  ";

/// The last keys, and when the last of them was pressed.
#[derive(Debug, Default)]
pub struct KeyCast {
    keys: VecDeque<(Key, usize)>,
    last: Option<Instant>,
}

impl KeyCast {
    /// Takes in a key.
    pub fn push(&mut self, key: Key, now: Instant) {
        if !self.is_shown(now) {
            self.keys.clear();
        }
        self.last = Some(now);
        match self.keys.back_mut() {
            Some((before, times)) if *before == key => *times += 1,
            _ => {
                if self.keys.len() == KEYS {
                    self.keys.pop_front();
                }
                self.keys.push_back((key, 1));
            }
        }
    }

    /// When the keys go.
    pub fn gone_at(&self, now: Instant) -> Option<Instant> {
        self.last.map(|last| last + STAY).filter(|gone| *gone > now)
    }

    /// Whether there are keys to be seen.
    pub fn is_shown(&self, now: Instant) -> bool {
        self.gone_at(now).is_some()
    }

    /// The newest keys whose large text is no wider than this.
    fn text(&self, columns: u16) -> String {
        let mut text = String::new();
        for (key, times) in self.keys.iter().rev() {
            let key = if *times > 1 { format!("{key}×{times}") } else { key.to_string() };
            let longer = if text.is_empty() { key } else { format!("{key}{GAP}{text}") };
            if big::columns(&longer, 1) > columns && !text.is_empty() {
                break;
            }
            text = longer;
        }
        text
    }

    /// Draws the keys at the bottom of the canvas, if one was pressed a moment ago.
    pub fn draw(&self, canvas: &mut Canvas<'_>, now: Instant) {
        if !self.is_shown(now) {
            return;
        }
        let whole = canvas.area;
        let text = self.text(whole.width.saturating_sub(6));
        let (width, height) = (big::columns(&text, 1) + 6, big::rows(1) + 2);
        let area = Rect {
            x: whole.x + whole.width.saturating_sub(width) / 2,
            y: whole.bottom().saturating_sub(height + 1),
            width,
            height,
        };
        let mut part = canvas.part(area.intersection(whole));
        let theme = part.theme;
        part.clear(theme.text);
        part.border(theme.focus);
        big::big(&mut part, 3, 1, &text, 1, theme.key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::snapshot::picture;

    #[test]
    fn the_last_keys_stand_in_a_box_and_go_after_a_while() {
        let (mut cast, begun) = (KeyCast::default(), Instant::now());
        for (i, key) in ["s", "s", "Ctrl-P"].iter().enumerate() {
            cast.push(key.parse().unwrap(), begun + Duration::from_millis(300) * i as u32);
        }
        let drawn = |cast: &KeyCast, now| picture(60, 8, |canvas| cast.draw(canvas, now));
        insta::assert_snapshot!("keycast", drawn(&cast, begun + Duration::from_secs(1)));
        assert_eq!(cast.text(20), "Ctrl-P", "the newest is there whatever the width");
        let later = begun + Duration::from_mins(1);
        assert_eq!((drawn(&cast, later).trim(), cast.gone_at(later)), ("", None));
        cast.push("q".parse().unwrap(), later);
        assert_eq!(cast.text(60), "q", "what is gone does not come back");
        picture(3, 2, |canvas| cast.draw(canvas, later));
    }
}
