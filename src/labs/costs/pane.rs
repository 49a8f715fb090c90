//! Draws the lab.
//!
//! ```text
//! 59.1 µs to start a thread                       at 10,000 · 2 workers
//!                     start    memory   switch    at once
//! ▸ thread          59.1 µs  9.55 KiB  1.03 µs     10,000
//!   coroutine        391 ns     457 B   212 ns     10,000
//! ██████████░░░░░░  12 of 84  coroutine, 10,000 alive at once
//! ✗ a thread's memory      about 1 MB        9.55 KiB
//! ```

use std::ops::Range;

use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line as TextLine, Span};

use super::claims::{Claim, Verdict};
use super::view::{Line, Progress, State, View};
use crate::ui::widgets::timing_bar::progress_bar;
use crate::ui::{Canvas, figures};

/// The row in which the first unit stands.
const TOP: u16 = 2;

/// Columns of the mark and of a unit's name.
const NAME: u16 = 15;

/// Columns of a time, of memory, of a count.
const TIME: u16 = 9;
const MEMORY: u16 = 10;
const COUNT: u16 = 11;

/// Columns of a claim's topic and of what the seed says, and from which width on there is more to say.
const TOPIC: u16 = 24;
const SEED: u16 = 18;

/// The first block of a decade bar stands for so many nanoseconds, and each further one for ten times as many.
const FIRST_DECADE: f64 = 10.0;
const DECADES: usize = 7;

/// What a click can hit: the units in sight, in a pane of so many rows.
fn in_sight(view: &View, height: u16) -> Range<usize> {
    let rows = usize::from(height.saturating_sub(TOP + 1)).min(view.lines.len());
    let first = (view.chosen + 1).saturating_sub(rows);
    first..first + rows
}

/// The unit whose row this is, in a pane of so many rows.
pub fn row_at(view: &View, height: u16, row: u16) -> Option<usize> {
    in_sight(view, height).nth(usize::from(row.checked_sub(TOP)?))
}

/// Draws the view.
pub fn draw(view: &View, canvas: &mut Canvas<'_>) {
    headline(view, canvas);
    headings(canvas);
    let mut row = TOP;
    for index in in_sight(view, canvas.area.height) {
        let area = canvas.row(row);
        let line = &view.lines[index];
        figures_of(line, index == view.chosen, line.about.title, &mut canvas.part(area));
        row += 1;
    }
    foot(view, canvas, row);
    row += 2;
    if canvas.area.width >= 90 && canvas.area.height > row + view.counts.len() as u16 + view.claims.len() as u16 + 2 {
        row = counts(view, canvas, row);
    }
    claims(&view.claims, canvas, row);
}

/// The one number: what it takes to start the chosen unit.
fn headline(view: &View, canvas: &mut Canvas<'_>) {
    let theme = canvas.theme;
    let chosen = &view.lines[view.chosen];
    let left = match chosen.row.start_ns {
        Some(nanoseconds) => {
            let (figure, unit) = figures::duration(nanoseconds / 1e9);
            let words = format!(" to start a {}", chosen.about.title);
            TextLine::from(vec![
                Span::styled(figure, theme.strong),
                Span::styled(format!(" {unit}"), theme.dim),
                Span::styled(words, theme.text),
            ])
        }
        None => TextLine::from(Span::styled("not measured yet", theme.dim)),
    };
    let room = usize::from(canvas.area.width).saturating_sub(left.width() + 2);
    canvas.line(0, &left);
    let count = figures::grouped(view.count as u64);
    let plural = if view.workers == 1 { "" } else { "s" };
    let long = format!("at {count} · {} worker{plural}", view.workers);
    let right = [long, format!("at {count}")].into_iter().find(|text| text.chars().count() <= room);
    if let Some(text) = right {
        canvas.text_right(0, &text, theme.dim);
    }
}

/// The columns that there is room for, and the column in which each ends.
fn columns(width: u16) -> Vec<(&'static str, u16)> {
    let mut end = NAME;
    let all = [("start", TIME), ("memory", MEMORY), ("switch", TIME), ("at once", COUNT)];
    let ends = all.into_iter().map(|(title, wide)| {
        end += wide;
        (title, end)
    });
    ends.take_while(|(_, end)| *end <= width).collect()
}

/// Where the decade bar begins, if there is room for it.
fn decades_at(width: u16) -> Option<u16> {
    let begin = NAME + TIME + MEMORY + TIME + COUNT + 3;
    (width >= begin + 24).then_some(begin)
}

fn headings(canvas: &mut Canvas<'_>) {
    let (width, dim) = (canvas.area.width, canvas.theme.dim);
    for (title, end) in columns(width) {
        canvas.text(end - title.len() as u16, 1, title, dim);
    }
    if let Some(begin) = decades_at(width) {
        canvas.text(begin, 1, "start, each block 10 times", dim);
    }
}

/// One unit at one count: mark, name, its four figures.
fn figures_of(line: &Line, chosen: bool, name: &str, canvas: &mut Canvas<'_>) {
    let theme = canvas.theme;
    let mark = if line.now { "●" } else { "▸" };
    if chosen || line.now {
        canvas.text(0, 0, mark, if line.now { theme.good } else { theme.accent });
    }
    canvas.text(2, 0, name, if chosen { theme.strong } else { theme.text });
    let style = if chosen { theme.strong } else { theme.text };
    let time = |nanoseconds: Option<f64>| nanoseconds.map(|nanoseconds| figures::duration(nanoseconds / 1e9));
    let count = |count: Option<usize>| count.map(|count| (figures::grouped(count as u64), ""));
    let cells = [
        time(line.row.start_ns),
        line.row.bytes.map(figures::bytes),
        time(line.row.switch_ns),
        count(line.row.failed_at.or(line.row.max_tried)),
    ];
    let bounded = line.bounded.is_some() || line.row.failed_at.is_some();
    for (place, ((_, end), cell)) in columns(canvas.area.width).into_iter().zip(cells).enumerate() {
        let Some((figure, unit)) = cell else {
            canvas.text(end - 1, 0, "–", theme.dim);
            continue;
        };
        let figure = match place {
            // Times that others disturbed, and counts that were bounded, are marked.
            0 | 2 if line.contended => format!("~{figure}"),
            3 if bounded => format!("max {figure}"),
            _ => figure,
        };
        right(canvas, end, &figure, unit, style);
    }
    if let (Some(begin), Some(nanoseconds)) = (decades_at(canvas.area.width), line.row.start_ns) {
        decades(canvas, begin, nanoseconds, if chosen { theme.accent } else { theme.dim });
    }
}

/// A block for each factor of ten: a thousand times as long is three blocks more.
fn decades(canvas: &mut Canvas<'_>, begin: u16, nanoseconds: f64, style: Style) {
    let faint = canvas.theme.faint;
    let full = ((nanoseconds / FIRST_DECADE).log10().round().max(0.0) as usize + 1).min(DECADES);
    for block in 0..DECADES {
        let (glyph, style) = if block < full { ("■", style) } else { ("□", faint) };
        canvas.text(begin + 2 * block as u16, 0, glyph, style);
    }
}

/// A figure and its unit, so that they end at this column.
fn right(canvas: &mut Canvas<'_>, end: u16, figure: &str, unit: &str, style: Style) {
    let dim = canvas.theme.dim;
    let unit_at = end.saturating_sub(unit.chars().count() as u16);
    let gap = u16::from(!unit.is_empty());
    canvas.text(unit_at.saturating_sub(figure.chars().count() as u16 + gap), 0, figure, style);
    canvas.text(unit_at, 0, unit, dim);
}

/// What goes on, or what can be done, or why fewer were tried than asked for.
fn foot(view: &View, canvas: &mut Canvas<'_>, row: u16) {
    let theme = canvas.theme;
    match &view.state {
        State::Measuring(progress) => bar(progress, canvas, row, theme.good),
        State::Paused(progress) => bar(progress, canvas, row, theme.warn),
        State::Idle => {
            let chosen = &view.lines[view.chosen];
            let (text, style) = match (&chosen.bounded, chosen.row.max_tried) {
                (Some(why), Some(most)) => (format!("at most {most}: {why}"), theme.warn),
                (Some(why), None) => (format!("not measured: {why}"), theme.warn),
                (None, _) if chosen.row.start_ns.is_none() => {
                    ("r measures all units, m the chosen one".to_owned(), theme.text)
                }
                (None, _) => (chosen.about.claim.to_owned(), theme.dim),
            };
            canvas.text(0, row, &text, style);
        }
    }
}

fn bar(progress: &Progress, canvas: &mut Canvas<'_>, row: u16, style: Style) {
    let (text, dim) = (canvas.theme.text, canvas.theme.dim);
    let long = canvas.row(row);
    let width = (long.width / 3).min(24);
    progress_bar(&mut canvas.part(Rect { width, ..long }), progress.done as f64 / progress.of.max(1) as f64, style);
    let end = canvas.text(width + 1, row, &format!("{} of {}", progress.done, progress.of), text);
    canvas.text(end + 2, row, &progress.now, dim);
}

/// The chosen unit at every count.
fn counts(view: &View, canvas: &mut Canvas<'_>, top: u16) -> u16 {
    let theme = canvas.theme;
    let title = format!("{}: {}", view.lines[view.chosen].about.title, view.lines[view.chosen].about.claim);
    canvas.text(0, top, &title, theme.dim);
    for (place, line) in view.counts.iter().enumerate() {
        let area = canvas.row(top + 1 + place as u16);
        let name = format!("at {}", figures::grouped(line.row.count as u64));
        let line = Line { now: false, ..line.clone() };
        figures_of(&line, line.row.count == view.count, &name, &mut canvas.part(area));
    }
    top + 2 + view.counts.len() as u16
}

/// What the seed says, beside this machine.
fn claims(claims: &[Claim], canvas: &mut Canvas<'_>, top: u16) {
    let theme = canvas.theme;
    if claims.is_empty() || canvas.area.height < top + 2 {
        return;
    }
    canvas.text(2, top, "item 60", theme.dim);
    canvas.text(TOPIC, top, "the seed says", theme.dim);
    canvas.text(TOPIC + SEED, top, "here", theme.dim);
    for (place, claim) in claims.iter().enumerate() {
        let row = top + 1 + place as u16;
        let (mark, style) = match claim.verdict {
            Verdict::Holds => ("✓", theme.good),
            Verdict::Fails => ("✗", theme.warn),
        };
        canvas.text(0, row, mark, style);
        canvas.text(2, row, claim.topic, theme.text);
        canvas.text(TOPIC, row, claim.seed, theme.dim);
        let end = canvas.text(TOPIC + SEED, row, &claim.here, theme.strong);
        if usize::from(canvas.area.width.saturating_sub(end + 2)) >= claim.more.chars().count() {
            canvas.text(end + 2, row, &claim.more, theme.dim);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::findings;
    use super::super::strategies::STRATEGIES;
    use super::*;
    use crate::ui::snapshot::{PANE_SIZES, picture};

    fn line(unit: usize, count: usize, figures: (f64, Option<f64>, f64, usize)) -> Line {
        let (start, bytes, switch, tried) = figures;
        let about = &STRATEGIES[unit].about;
        Line {
            about,
            row: findings::Row {
                unit: about.id,
                count,
                start_ns: Some(start),
                bytes,
                switch_ns: Some(switch),
                max_tried: Some(tried),
                failed_at: None,
            },
            bounded: (tried < count).then(|| "more would only take longer".to_owned()),
            contended: unit == 3,
            now: unit == 4,
        }
    }

    /// A measurement that is nearly done.
    fn measuring() -> View {
        let figures = [
            (59_100.0, Some(9777.0), 1028.0, 10_000),
            (420.0, Some(50.0), 5394.0, 10_000),
            (390.0, Some(456.7), 212.0, 10_000),
            (328.0, Some(52.8), 5825.0, 10_000),
            (1_660_000.0, Some(558_100.0), 2253.0, 200),
            (22_200.0, Some(64.3), 67_217.0, 10_000),
            (4039.0, None, 61_130.0, 5000),
            (199_000.0, Some(2027.0), 119_000.0, 10_000),
        ];
        let lines: Vec<Line> = figures.iter().enumerate().map(|(unit, figures)| line(unit, 10_000, *figures)).collect();
        let claim = |topic, seed, here: &str, more: &str, verdict| Claim {
            topic,
            seed,
            here: here.to_owned(),
            more: more.to_owned(),
            verdict,
        };
        View {
            lines,
            chosen: 2,
            counts: [100, 1000, 10_000, 100_000].map(|count| line(2, count, (390.0, Some(456.7), 212.0, count))).into(),
            count: 10_000,
            workers: 2,
            claims: vec![
                claim("a thread's memory", "about 1 MB", "9.55 KiB", "73.6 KiB with 64 KiB in use", Verdict::Fails),
                claim("a coroutine's memory", "under 1 KB", "457 B", "64.5 KiB when it holds 64 KiB", Verdict::Holds),
                claim("coroutines at once", "tens of thousands", "100,000", "", Verdict::Holds),
            ],
            state: State::Measuring(Progress { done: 40, of: 84, now: "process, starting 10,000".to_owned() }),
        }
    }

    /// Nothing was asked for yet.
    fn idle() -> View {
        let view = measuring();
        let empty = |line: Line| Line {
            row: findings::Row { start_ns: None, bytes: None, switch_ns: None, max_tried: None, ..line.row },
            bounded: None,
            contended: false,
            now: false,
            ..line
        };
        View {
            lines: view.lines.into_iter().map(empty).collect(),
            counts: view.counts.into_iter().map(empty).collect(),
            claims: vec![],
            state: State::Idle,
            ..view
        }
    }

    #[test]
    fn the_pane_at_three_sizes() {
        for size in PANE_SIZES {
            let name = format!("pane_{}x{}", size.columns, size.rows);
            insta::assert_snapshot!(name, picture(size.columns, size.rows, |canvas| draw(&measuring(), canvas)));
        }
        insta::assert_snapshot!("pane_idle", picture(58, 12, |canvas| draw(&idle(), canvas)));
        insta::assert_snapshot!("pane_low", picture(78, 7, |canvas| draw(&measuring(), canvas)));
    }

    #[test]
    fn no_size_is_too_small_and_clicks_hit_what_is_drawn() {
        for (columns, rows) in [(1, 1), (3, 9), (200, 1), (10, 3)] {
            picture(columns, rows, |canvas| draw(&measuring(), canvas));
        }
        assert_eq!(row_at(&measuring(), 11, 4), Some(2));
        assert_eq!(row_at(&measuring(), 11, 1), None);
        assert_eq!(row_at(&measuring(), 5, 3), Some(2), "the chosen one is in sight");
    }
}
