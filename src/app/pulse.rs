//! What the event loop observes of itself: how long events waited for it, how long it handled and drew. It adds no tick and
//! stands still when nothing happens.

use std::collections::VecDeque;
use std::time::Duration;

use crate::ui::Canvas;
use crate::ui::widgets::sparkline::sparkline;

/// Turns of the loop that are remembered.
const REMEMBERED: usize = 120;

/// Columns of the bars at most.
const BARS: u16 = 16;

/// A full bar of the strip: one frame of 60 a second.
const FULL_MS: f64 = 16.7;

/// The last turns of the event loop.
#[derive(Debug, Default)]
pub struct Pulse {
    waits: VecDeque<Duration>,
    handlers: VecDeque<Duration>,
    frames: VecDeque<Duration>,
}

impl Pulse {
    /// An event waited so long, from when it came until its handler began.
    pub fn waited(&mut self, time: Duration) {
        remember(&mut self.waits, time);
    }

    /// A handler took so long.
    pub fn handled(&mut self, time: Duration) {
        remember(&mut self.handlers, time);
    }

    /// A frame took so long to draw.
    pub fn drew(&mut self, time: Duration) {
        remember(&mut self.frames, time);
    }

    /// Draws the strip in the first row of the canvas, as much of it as fits, ending at the right edge.
    pub fn draw(&self, canvas: &mut Canvas<'_>) {
        let theme = canvas.theme;
        let width = canvas.area.width;
        let all = [("wait", &self.waits), ("handle", &self.handlers), ("frame", &self.frames)];
        // A name, a space, six columns of figure, ` ms` and a space; the bars come after the last.
        let needed = |parts: &[(&str, _)]| parts.iter().map(|(name, _)| name.len() as u16 + 11).sum::<u16>();
        let (parts, bars) = if width >= needed(&all) + BARS {
            (&all[..], BARS)
        } else if width >= needed(&all[..1]) {
            (&all[..1], (width - needed(&all[..1])).min(BARS))
        } else {
            return;
        };
        let mut x = width - needed(parts) - bars;
        for (name, times) in parts {
            x = canvas.text(x, 0, name, theme.dim);
            let worst = times.iter().max().copied().unwrap_or_default();
            x = canvas.text(x, 0, &format!("{:>6}", milliseconds(worst)), theme.text);
            x = canvas.text(x, 0, " ms ", theme.dim) + 1;
        }
        let mut strip = canvas.row(0);
        strip.x += width - bars;
        strip.width = bars;
        self.bars(&mut canvas.part(strip));
    }

    fn bars(&self, canvas: &mut Canvas<'_>) {
        let values: Vec<f64> = self.frames.iter().map(|time| time.as_secs_f64() * 1e3).collect();
        let style = canvas.theme.accent;
        sparkline(canvas, &values, FULL_MS, style);
    }
}

fn remember(times: &mut VecDeque<Duration>, time: Duration) {
    if times.len() == REMEMBERED {
        times.pop_front();
    }
    times.push_back(time);
}

/// A figure of at most five characters, in milliseconds.
fn milliseconds(time: Duration) -> String {
    let ms = time.as_secs_f64() * 1e3;
    if ms < 9.995 {
        format!("{ms:.2}")
    } else if ms < 99.95 {
        format!("{ms:.1}")
    } else {
        format!("{ms:.0}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::snapshot::picture;

    #[test]
    fn the_strip_says_the_worst_of_late_and_forgets() {
        let mut pulse = Pulse::default();
        pulse.waited(Duration::from_micros(1234));
        pulse.waited(Duration::from_micros(50));
        pulse.handled(Duration::from_micros(20));
        pulse.drew(Duration::from_millis(17));
        pulse.drew(Duration::from_millis(8));
        assert_eq!(
            picture(66, 1, |canvas| pulse.draw(canvas)).trim(),
            "wait  1.23 ms  handle  0.02 ms  frame  17.0 ms                █▄"
        );
        assert_eq!(picture(20, 1, |canvas| pulse.draw(canvas)).trim(), "wait  1.23 ms     █▄");
        assert_eq!(picture(5, 1, |canvas| pulse.draw(canvas)).trim(), "");
        for _ in 0..REMEMBERED {
            pulse.waited(Duration::ZERO);
        }
        assert!(picture(20, 1, |canvas| pulse.draw(canvas)).contains("wait  0.00 ms"));
    }
}
