//! What the event loop observes of itself: how long events waited for it, how long it handled and drew. It adds no tick and
//! stands still when nothing happens.

use std::collections::VecDeque;
use std::thread;
use std::time::Duration;

use crate::runtime::loop_watch::{LoopWatch, SLOW};
use crate::ui::Canvas;
use crate::ui::widgets::sparkline::sparkline;

/// Turns of the loop that are remembered.
const REMEMBERED: usize = 120;

/// Columns of the bars at most.
const BARS: u16 = 16;

/// A full bar of the strip: one frame of 60 a second.
const FULL_MS: f64 = 16.7;

/// How long [`block_the_loop`] blocks.
pub const BLOCK: Duration = Duration::from_millis(500);

/// Blocks the thread that calls it, which is the dashboard's own loop. A person has confirmed that this is wanted: it is the
/// one place where the dashboard commits what item 63 of the seed warns of.
pub fn block_the_loop() {
    thread::sleep(BLOCK);
}

/// The last turns of the event loop.
#[derive(Debug, Default)]
pub struct Pulse {
    waits: VecDeque<Duration>,
    handlers: VecDeque<Duration>,
    frames: VecDeque<Duration>,
    /// For each frame the longest of what was observed since the frame before, itself included.
    bars: VecDeque<Duration>,
    longest: Duration,
    /// All that was observed so far, which the pulse lab shows.
    watch: LoopWatch,
}

impl Pulse {
    /// A pulse that writes what it observes to this record too.
    pub fn new(watch: LoopWatch) -> Self {
        Self { watch, ..Self::default() }
    }

    /// An event waited so long, from when it came until its handler began.
    pub fn waited(&mut self, time: Duration) {
        self.watch.lagged(time);
        self.longest = self.longest.max(time);
        remember(&mut self.waits, time);
    }

    /// The handler of this name took so long.
    pub fn handled(&mut self, name: &str, time: Duration) {
        self.watch.ran(name, time);
        self.longest = self.longest.max(time);
        remember(&mut self.handlers, time);
    }

    /// A frame took so long to draw.
    pub fn drew(&mut self, time: Duration) {
        self.watch.ran("frame", time);
        let longest = std::mem::take(&mut self.longest).max(time);
        remember(&mut self.bars, longest);
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
        let values: Vec<f64> = self.bars.iter().map(|time| time.as_secs_f64() * 1e3).collect();
        let (accent, bad) = (canvas.theme.accent, canvas.theme.bad);
        sparkline(canvas, &values, FULL_MS, accent);
        for (back, time) in self.bars.iter().rev().take(usize::from(canvas.area.width)).enumerate() {
            if *time > SLOW {
                canvas.text(canvas.area.width - 1 - back as u16, 0, "█", bad);
            }
        }
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
        pulse.handled("key", Duration::from_micros(20));
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

    #[test]
    fn a_blocked_loop_is_a_full_bar_and_is_listed_by_name() {
        let watch = LoopWatch::new();
        let mut pulse = Pulse::new(watch.clone());
        pulse.drew(Duration::from_millis(2));
        pulse.handled("app.block-loop", BLOCK);
        pulse.waited(Duration::from_millis(480));
        pulse.drew(Duration::from_millis(2));
        assert!(picture(20, 1, |canvas| pulse.draw(canvas)).ends_with("▁█\n"));
        assert_eq!(watch.slow()[0].to_string(), r#"slow callback "app.block-loop" took 0.500 seconds"#);
        assert_eq!(watch.lag().map(|lag| lag.count), Some(1));
    }
}
