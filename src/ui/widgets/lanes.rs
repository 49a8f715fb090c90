//! A trace as lanes: who worked or waited when, a row for each thread, process or coroutine.
//!
//! ```text
//! thread 0   █item 0██▓item 2▓▓█item 4██
//! thread 1   █item 1███▓item 3▓▓▓▓▓·····
//! critical   000000000111111111111100000
//! 0 ms                              12 ms
//! █ running 20.1 ms  · queue 2.3 ms
//! ```

use std::ops::Range;

use ratatui::layout::Rect;
use ratatui::style::{Color, Style};

use crate::runtime::span::{Span, State, Trace};
use crate::ui::{Canvas, Theme, figures};

/// Columns of the lanes' names at most.
const NAMES: u16 = 18;

/// Rows below the lanes: critical path, time axis, legend.
const BELOW: u16 = 3;

/// Two spans this near belong to one path: handing over takes as long.
const HAND_OVER_NS: u64 = 100_000;

/// The part of a trace that is in view.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Window {
    /// Begin, in nanoseconds of the trace.
    pub from_ns: f64,
    /// End, in nanoseconds of the trace.
    pub to_ns: f64,
    /// The topmost lane.
    pub first_lane: usize,
}

impl Window {
    /// All of a trace, from its first span to its last.
    pub fn whole(trace: &Trace) -> Self {
        let from = trace.spans.iter().map(|span| span.start_ns).min().unwrap_or(0);
        Self { from_ns: from as f64, to_ns: trace.end_ns().max(from + 1) as f64, first_lane: 0 }
    }

    /// Shows more of less, or less of more: a factor below 1 zooms in. `at` is the place that stays, 0 at the left and 1 at
    /// the right.
    #[must_use]
    pub fn zoomed(self, factor: f64, at: f64) -> Self {
        let length = self.to_ns - self.from_ns;
        let fixed = self.from_ns + length * at.clamp(0.0, 1.0);
        // Below a microsecond there is nothing more to see.
        let length = (length * factor).max(1_000.0);
        let from_ns = fixed - length * at.clamp(0.0, 1.0);
        Self { from_ns, to_ns: from_ns + length, ..self }
    }

    /// Moves along by a share of what is in view: 0.25 a quarter to the later, -1 a whole view to the earlier.
    #[must_use]
    pub fn moved(self, share: f64) -> Self {
        let by = (self.to_ns - self.from_ns) * share;
        Self { from_ns: self.from_ns + by, to_ns: self.to_ns + by, ..self }
    }

    /// Keeps it within the trace.
    #[must_use]
    pub fn within(self, trace: &Trace) -> Self {
        let whole = Self::whole(trace);
        let length = (self.to_ns - self.from_ns).min(whole.to_ns - whole.from_ns);
        let from_ns = self.from_ns.clamp(whole.from_ns, (whole.to_ns - length).max(whole.from_ns));
        let first_lane = self.first_lane.min(trace.lanes.len().saturating_sub(1));
        Self { from_ns, to_ns: from_ns + length, first_lane }
    }
}

/// Draws the part of the trace that is in the window.
pub fn lanes(canvas: &mut Canvas<'_>, trace: &Trace, window: Window) {
    let Rect { x, y, width, height } = canvas.area;
    if trace.spans.is_empty() {
        let dim = canvas.theme.dim;
        canvas.text(0, 0, "nothing recorded yet: run a strategy", dim);
        return;
    }
    let longest = trace.lanes.iter().map(|name| name.chars().count()).max().unwrap_or(0) as u16;
    let names = longest.max("critical".len() as u16).min(NAMES).min(width / 2) + 1;
    let chart = Chart { window, columns: width.saturating_sub(names) };
    let shown =
        usize::from(height.saturating_sub(BELOW)).min(trace.lanes.len() - window.first_lane.min(trace.lanes.len()));
    for (row, lane) in (window.first_lane..window.first_lane + shown).enumerate() {
        let row = row as u16;
        let dim = canvas.theme.dim;
        canvas.part(Rect { x, y: y + row, width: names - 1, height: 1 }).foreign(0, 0, &trace.lanes[lane], dim);
        let mut area = canvas.part(Rect { x: x + names, y: y + row, width: chart.columns, height: 1 });
        chart.lane(&mut area, &trace.spans[spans_of(trace, lane as u32)]);
    }
    let row = shown as u16;
    let dim = canvas.theme.dim;
    canvas.text(0, row, "critical", dim);
    chart.critical(&mut canvas.part(Rect { x: x + names, y: y + row, width: chart.columns, height: 1 }), trace);
    chart.axis(&mut canvas.part(Rect { x: x + names, y: y + row + 1, width: chart.columns, height: 1 }));
    legend(canvas, trace, row + 2);
}

/// The place of a lane's spans: a trace has them lane by lane.
fn spans_of(trace: &Trace, lane: u32) -> Range<usize> {
    let begin = trace.spans.partition_point(|span| span.lane < lane);
    let end = trace.spans.partition_point(|span| span.lane <= lane);
    begin..end
}

/// A window over so many columns.
struct Chart {
    window: Window,
    columns: u16,
}

impl Chart {
    /// The nanoseconds that a column stands for.
    fn column(&self, column: u16) -> (f64, f64) {
        let step = (self.window.to_ns - self.window.from_ns) / f64::from(self.columns.max(1));
        let from = self.window.from_ns + step * f64::from(column);
        (from, from + step)
    }

    /// The column in which a time falls, beyond the edges too.
    fn at(&self, ns: u64) -> f64 {
        (ns as f64 - self.window.from_ns) / (self.window.to_ns - self.window.from_ns) * f64::from(self.columns)
    }

    /// Draws a lane: in each column what took most of its time, then the labels of the blocks that have room for one.
    fn lane(&self, canvas: &mut Canvas<'_>, spans: &[Span]) {
        let theme = canvas.theme;
        let first = spans.partition_point(|span| (span.end_ns as f64) < self.window.from_ns);
        let mut next = first;
        for column in 0..self.columns {
            let (from, to) = self.column(column);
            while next < spans.len() && (spans[next].end_ns as f64) <= from {
                next += 1;
            }
            let share = |span: &Span| (span.end_ns as f64).min(to) - (span.start_ns as f64).max(from);
            let within = spans[next..].iter().enumerate().take_while(|(_, span)| (span.start_ns as f64) < to);
            let most = within.max_by(|a, b| share(a.1).total_cmp(&share(b.1)));
            if let Some((place, span)) = most.filter(|(_, span)| share(span) > 0.0) {
                canvas.text(column, 0, glyph(span.state, theme), style(span.state, next + place, theme));
            }
        }
        for (place, span) in spans.iter().enumerate().skip(first) {
            let (begin, end) = (self.at(span.start_ns).max(0.0).ceil() as u16, self.at(span.end_ns).floor());
            if begin >= self.columns {
                break;
            }
            let room = (end.min(f64::from(self.columns)) as u16).saturating_sub(begin);
            if span.state == State::Running && usize::from(room) > span.label.chars().count() {
                let colour = style(span.state, place, theme).fg.unwrap_or(Color::Reset);
                let on_block = Style::new().fg(Color::Black).bg(colour);
                let plain = colour == Color::Reset || theme.ascii;
                canvas.foreign(begin, 0, &span.label, if plain { theme.text } else { on_block });
            }
        }
    }

    /// Draws, for each column, the last digit of the lane that the end had to wait for.
    fn critical(&self, canvas: &mut Canvas<'_>, trace: &Trace) {
        let theme = canvas.theme;
        for piece in critical_path(trace) {
            let (begin, end) = (self.at(piece.start_ns).max(0.0), self.at(piece.end_ns).min(f64::from(self.columns)));
            if end <= begin {
                continue;
            }
            let (begin, end) = (begin.floor() as u16, end.ceil() as u16);
            let digit = (piece.lane % 10).to_string();
            for column in begin..end {
                canvas.text(column, 0, &digit, theme.accent);
            }
        }
    }

    fn axis(&self, canvas: &mut Canvas<'_>) {
        let theme = canvas.theme;
        let label = |ns: f64| {
            let (figure, unit) = figures::duration(ns / 1e9);
            format!("{figure} {unit}")
        };
        canvas.text(0, 0, &label(self.window.from_ns), theme.dim);
        canvas.text_right(0, &label(self.window.to_ns), theme.dim);
    }
}

/// Sums of all lanes by state, each beside the glyph that stands for it.
fn legend(canvas: &mut Canvas<'_>, trace: &Trace, row: u16) {
    let theme = canvas.theme;
    let times = trace.state_times();
    let mut column = 0;
    for state in State::ALL.into_iter().filter(|state| times.seconds(*state) > 0.0) {
        let (figure, unit) = figures::duration(times.seconds(state));
        column = canvas.text(column, row, glyph(state, theme), style(state, 0, theme));
        column = canvas.text(column + 1, row, state.name(), theme.text);
        column = canvas.text(column + 1, row, &format!("{figure} {unit}"), theme.dim) + 2;
    }
    if trace.dropped > 0 {
        canvas.text(column, row, &format!("{} spans not kept", figures::grouped(trace.dropped)), theme.warn);
    }
}

/// States are told apart by their glyph as well as by their colour.
fn glyph(state: State, theme: &Theme) -> &'static str {
    let (glyph, ascii) = match state {
        State::Running => ("█", "#"),
        State::Ready => ("▒", "r"),
        State::Lock => ("╳", "L"),
        State::Io => ("≈", "~"),
        State::Queue => ("·", "."),
        State::InterpreterLock => ("░", "-"),
    };
    if theme.ascii { ascii } else { glyph }
}

/// Blocks that work take turns between two colours, so that one is told from the next.
fn style(state: State, place: usize, theme: &Theme) -> Style {
    match state {
        State::Running => theme.series(if place.is_multiple_of(2) { 0 } else { 2 }),
        State::Ready => theme.warn,
        State::Lock => theme.bad,
        State::Io => theme.series(3),
        State::Queue => theme.faint,
        State::InterpreterLock => theme.series(1),
    }
}

/// The running spans that decided when the trace ended, the last first: from the end back, what ran last, and what ran in the
/// same lane or ended last before it.
pub fn critical_path(trace: &Trace) -> Vec<&Span> {
    let mut running: Vec<&Span> = trace.spans.iter().filter(|span| span.state == State::Running).collect();
    running.sort_unstable_by_key(|span| std::cmp::Reverse(span.end_ns));
    let mut path: Vec<&Span> = vec![];
    let mut place = 0;
    while place < running.len() {
        let Some(last) = path.last() else {
            path.push(running[place]);
            place += 1;
            continue;
        };
        // Whoever ended after the last one began ran beside it, and was not waited for.
        let latest = running[place..].iter().position(|span| span.end_ns <= last.start_ns + HAND_OVER_NS / 10);
        let Some(latest) = latest.map(|offset| place + offset) else { break };
        let near = running[latest..].iter().take_while(|span| span.end_ns + HAND_OVER_NS >= running[latest].end_ns);
        let same = near.enumerate().find(|(_, span)| span.lane == last.lane).map(|(offset, _)| latest + offset);
        let chosen = same.unwrap_or(latest);
        path.push(running[chosen]);
        place = chosen + 1;
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::snapshot::picture;

    /// Two lanes: one does items 0 and 2, the other item 1, which takes longest, after a wait for its turn.
    fn trace() -> Trace {
        let span = |lane, label: &'static str, state, start: u64, end: u64| Span {
            lane,
            label: label.into(),
            state,
            start_ns: start * 1_000_000,
            end_ns: end * 1_000_000,
        };
        Trace {
            lanes: vec!["thread 0".to_owned(), "thread 1".to_owned()],
            spans: vec![
                span(0, "item 0", State::Running, 0, 10),
                span(0, "item 2", State::Running, 10, 16),
                span(0, "no item", State::Queue, 16, 40),
                span(1, "turn", State::InterpreterLock, 0, 10),
                span(1, "item 1", State::Running, 10, 40),
            ],
            dropped: 0,
        }
    }

    #[test]
    fn lanes_show_blocks_waits_and_the_critical_path() {
        insta::assert_snapshot!(picture(60, 5, |canvas| lanes(canvas, &trace(), Window::whole(&trace()))));
    }

    #[test]
    fn a_window_zooms_scrolls_and_stays_within_the_trace() {
        let trace = trace();
        let whole = Window::whole(&trace);
        let half = whole.zoomed(0.5, 1.0);
        assert_eq!((half.from_ns, half.to_ns), (20e6, 40e6));
        assert_eq!(half.moved(-0.5), Window { from_ns: 10e6, to_ns: 30e6, first_lane: 0 });
        assert_eq!(half.moved(9.0).within(&trace), half);
        assert_eq!(half.zoomed(100.0, 0.0).within(&trace), whole);
        let text = picture(60, 5, |canvas| lanes(canvas, &trace, half));
        assert!(text.contains("item 1") && !text.contains("item 0"), "{text}");
    }

    #[test]
    fn the_critical_path_is_what_the_end_waited_for() {
        let trace = trace();
        let labels: Vec<&str> = critical_path(&trace).iter().map(|span| span.label.as_ref()).collect();
        assert_eq!(labels, ["item 1", "item 0"]);
        assert!(critical_path(&Trace::default()).is_empty());
    }

    #[test]
    fn any_size_and_any_window_is_drawn_without_breaking() {
        for columns in 0..30 {
            for rows in 0..7 {
                for window in [Window::whole(&trace()), Window { first_lane: 5, ..Window::whole(&trace()).moved(3.0) }]
                {
                    picture(columns, rows, |canvas| lanes(canvas, &trace(), window));
                }
            }
        }
        picture(20, 3, |canvas| lanes(canvas, &Trace::default(), Window::whole(&Trace::default())));
    }
}
