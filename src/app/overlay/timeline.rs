//! The timeline: who worked or waited when in the last run of the lab in focus, live while one is under way.

use std::sync::Arc;

use ratatui::layout::Rect;

use crate::app::overlay::{Outcome, Overlay, framed};
use crate::runtime::span::Trace;
use crate::ui::Canvas;
use crate::ui::input::{Key, KeyCode, Mouse, MouseKind, NamedKey};
use crate::ui::widgets::lanes::{Window, lanes};

/// How much a key zooms in; its opposite zooms out.
const ZOOM: f64 = 0.5;

/// How far a key moves, as a share of what is in view.
const MOVE: f64 = 0.25;

/// The timeline.
#[derive(Debug)]
pub struct Timeline {
    title: &'static str,
    trace: Arc<Trace>,
    /// What is in view; none for all of it, also while it grows.
    window: Option<Window>,
    /// Where it was drawn, for the mouse.
    area: Rect,
}

impl Timeline {
    /// The timeline of a lab of this title.
    pub fn new(title: &'static str, trace: Arc<Trace>) -> Self {
        Self { title, trace, window: None, area: Rect::ZERO }
    }

    fn window(&self) -> Window {
        self.window.unwrap_or_else(|| Window::whole(&self.trace))
    }

    fn show(&mut self, window: Window) -> Outcome {
        self.window = Some(window.within(&self.trace));
        Outcome::Stay
    }

    fn move_lanes(&mut self, by: isize) -> Outcome {
        let window = self.window();
        self.show(Window { first_lane: window.first_lane.saturating_add_signed(by), ..window })
    }
}

impl Overlay for Timeline {
    fn key(&mut self, key: Key) -> Outcome {
        match key.code {
            KeyCode::Char('+' | '=') => self.show(self.window().zoomed(ZOOM, 0.5)),
            KeyCode::Char('-') => self.show(self.window().zoomed(1.0 / ZOOM, 0.5)),
            KeyCode::Named(NamedKey::Right) | KeyCode::Char('l') => self.show(self.window().moved(MOVE)),
            KeyCode::Named(NamedKey::Left) | KeyCode::Char('h') => self.show(self.window().moved(-MOVE)),
            KeyCode::Named(NamedKey::Down) | KeyCode::Char('j') => self.move_lanes(1),
            KeyCode::Named(NamedKey::Up) | KeyCode::Char('k') => self.move_lanes(-1),
            KeyCode::Named(NamedKey::Home) | KeyCode::Char('0') => {
                self.window = None;
                Outcome::Stay
            }
            KeyCode::Named(NamedKey::Esc) | KeyCode::Char('t' | 'q') => Outcome::Close,
            _ => Outcome::Stay,
        }
    }

    /// The wheel zooms where it stands.
    fn mouse(&mut self, mouse: Mouse) -> Outcome {
        let width = f64::from(self.area.width.max(1));
        let at = f64::from(mouse.column.saturating_sub(self.area.x)) / width;
        match mouse.kind {
            MouseKind::WheelUp => self.show(self.window().zoomed(ZOOM, at)),
            MouseKind::WheelDown => self.show(self.window().zoomed(1.0 / ZOOM, at)),
            MouseKind::Press | MouseKind::Drag | MouseKind::Release => Outcome::Stay,
        }
    }

    fn trace(&mut self, trace: Arc<Trace>) -> bool {
        let new = !Arc::ptr_eq(&trace, &self.trace);
        if new {
            self.trace = trace;
            self.window = self.window.map(|window| window.within(&self.trace));
        }
        new
    }

    fn draw(&mut self, canvas: &mut Canvas<'_>) {
        let Rect { width, height, .. } = canvas.area;
        let rows = (self.trace.lanes.len() as u16).saturating_add(5).clamp(8, height.saturating_sub(2).max(8));
        let foot = "+ - zoom  arrows move  Home all  Esc close";
        let title = format!("timeline of {}", self.title);
        let mut inside = framed(canvas, width.saturating_sub(4), rows, &title, foot);
        self.area = inside.area;
        lanes(&mut inside, &self.trace, self.window());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::span::{Recorder, State};
    use crate::ui::snapshot::picture;
    use std::time::{Duration, Instant};

    fn trace(items: u64) -> Arc<Trace> {
        let recorder = Recorder::new();
        let lane = recorder.lane("thread 0");
        let start = Instant::now();
        for item in 0..items {
            let at = |n: u64| start + Duration::from_millis(10 * n);
            lane.record(format!("item {item}"), State::Running, at(item), at(item + 1));
        }
        Arc::new(recorder.trace())
    }

    fn press(timeline: &mut Timeline, key: &str) -> Outcome {
        timeline.key(key.parse().unwrap())
    }

    #[test]
    fn it_shows_all_and_follows_until_zoomed() {
        let mut timeline = Timeline::new("GCD", trace(2));
        let text = |timeline: &mut Timeline| picture(80, 24, |canvas| timeline.draw(canvas));
        assert!(text(&mut timeline).contains("item 1") && text(&mut timeline).contains("timeline of GCD"));
        assert!(timeline.trace(trace(4)) && text(&mut timeline).contains("item 3"), "it follows");
        for _ in 0..3 {
            press(&mut timeline, "+");
        }
        press(&mut timeline, "Left");
        assert!(!text(&mut timeline).contains("item 3"));
        press(&mut timeline, "Home");
        assert!(text(&mut timeline).contains("item 3"));
        let same = Arc::clone(&timeline.trace);
        assert!(!timeline.trace(same), "nothing new");
        assert_eq!(press(&mut timeline, "Esc"), Outcome::Close);
    }
}
