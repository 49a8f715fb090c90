//! What people do: keys, mouse, pasted text.

use std::time::Instant;

use super::{After, State};
use crate::app::keys;
use crate::app::layout::inside;
use crate::app::overlay::Outcome;
use crate::ui::input::{Action, Key, KeyCode, Mouse, MouseKind, NamedKey};

impl State {
    /// Takes in a key.
    pub fn key(&mut self, key: Key) -> After {
        // What lies over the panes for the first run goes with the key, which does what it does.
        let had_notice = self.notice.take().is_some();
        let had_welcome = self.welcome.take().is_some();
        if let Some(cast) = &mut self.key_cast {
            cast.push(key, Instant::now());
        }
        // Ctrl-C ends the program whatever lies over the panes; an Esc right before it arrives as its Alt.
        if key.ctrl && key.code == KeyCode::Char('c') {
            return After::Interrupt;
        }
        let after = if let Some(overlay) = &mut self.overlay {
            let outcome = overlay.key(key);
            self.overlay_did(outcome)
        } else if let Some(after) = self.tour_key(key) {
            after
        } else if let Some(action) = self.focused().and_then(|lab| self.keymap.action(key, lab)) {
            self.act(action)
        } else if key.code == KeyCode::Named(NamedKey::Esc) && self.zoomed {
            self.zoom(false)
        } else {
            After::Nothing
        };
        match after {
            After::Nothing if had_notice || had_welcome || self.key_cast.is_some() => After::Draw,
            After::DrawOver if had_welcome => After::Draw,
            after => after,
        }
    }

    /// Takes in pasted text, which only an overlay can use.
    pub fn paste(&mut self, text: &str) -> After {
        let Some(overlay) = &mut self.overlay else { return After::Nothing };
        overlay.paste(text);
        After::Draw
    }

    /// Takes in a mouse event, at cells of the screen.
    pub fn mouse(&mut self, mouse: Mouse) -> After {
        if let Some(overlay) = &mut self.overlay {
            let outcome = overlay.mouse(mouse);
            return self.overlay_did(outcome);
        }
        if mouse.kind == MouseKind::Press && self.welcome.take().is_some() {
            return After::Draw;
        }
        let Some(layout) = &self.layout else { return After::Nothing };
        let at = (mouse.column, mouse.row).into();
        let dragged = self.dragging.is_some() && matches!(mouse.kind, MouseKind::Drag | MouseKind::Release);
        if layout.status.contains(at) && !dragged {
            return self.press_hint(mouse);
        }
        if layout.tour.is_some_and(|tour| tour.contains(at)) && !dragged {
            return self.turn_tour(mouse);
        }
        if layout.header.contains(at) {
            let tab = self.tabs.iter().position(|(from, to)| (*from..*to).contains(&mouse.column));
            return match tab {
                Some(lab) if mouse.kind == MouseKind::Press => self.focus_on(lab),
                _ => After::Nothing,
            };
        }
        let at = layout.pane_at(mouse.column, mouse.row);
        let held = match mouse.kind {
            MouseKind::Drag | MouseKind::Release => self.dragging.and_then(|lab| Some((lab, layout.pane(lab)?))),
            MouseKind::Press | MouseKind::WheelUp | MouseKind::WheelDown => None,
        };
        let Some((lab, pane)) = held.or(at) else { return After::Nothing };
        let focused = if mouse.kind == MouseKind::Press { self.focus_on(lab) } else { After::Nothing };
        let inside = inside(pane);
        let reaches = held.is_some() || inside.contains((mouse.column, mouse.row).into());
        self.dragging = match mouse.kind {
            MouseKind::Press => reaches.then_some(lab),
            MouseKind::Release => None,
            MouseKind::Drag | MouseKind::WheelUp | MouseKind::WheelDown => self.dragging,
        };
        if !reaches || self.frozen.is_some() || inside.is_empty() {
            return focused;
        }
        let local = Mouse {
            column: mouse.column.clamp(inside.x, inside.right() - 1) - inside.x,
            row: mouse.row.clamp(inside.y, inside.bottom() - 1) - inside.y,
            ..mouse
        };
        let acted = self.labs[lab].lab.mouse(local);
        match self.acted(lab, acted) {
            After::Nothing => focused,
            after => after,
        }
    }

    /// A press on a hint of the status line does what its key does.
    fn press_hint(&mut self, mouse: Mouse) -> After {
        let hint = self.hints.iter().find(|(from, to, _)| (*from..*to).contains(&mouse.column));
        match (hint, self.focused()) {
            (Some((.., binding)), Some(lab)) if mouse.kind == MouseKind::Press => self.act(keys::action(binding, lab)),
            _ => After::Nothing,
        }
    }

    /// In a tour's text a press and the wheel go on, and the wheel upwards goes back.
    fn turn_tour(&mut self, mouse: Mouse) -> After {
        let verb = match mouse.kind {
            MouseKind::Press | MouseKind::WheelDown => "next",
            MouseKind::WheelUp => "back",
            MouseKind::Drag | MouseKind::Release => return After::Nothing,
        };
        self.act(Action { owner: "tour".to_owned(), verb: verb.to_owned(), argument: None })
    }

    fn overlay_did(&mut self, outcome: Outcome) -> After {
        match outcome {
            Outcome::Stay => After::Draw,
            Outcome::Close => {
                self.overlay = None;
                After::Draw
            }
            Outcome::Do(action) => {
                self.overlay = None;
                // The overlay has gone from the screen, whatever the action does.
                match self.act(action) {
                    After::Nothing | After::DrawOver => After::Draw,
                    after => after,
                }
            }
        }
    }
}
