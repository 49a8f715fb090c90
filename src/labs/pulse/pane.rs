//! Draws the pulse lab.
//!
//! ```text
//! lag  p99 482 ms   max 500 ms   p50 0.06 ms     the most important numbers
//! ▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁××××××××××█▁▁▁▁▁▁▁▁▁▁▁▁▁     heartbeat: a hole where no beat was
//! slow work took 0.500 s · 0 beats meanwhile
//! ▸ Blocking call         482 ms    500 ms       every strategy's p99 and max
//! slow callback "slow_coroutine" took 0.503 seconds
//! dashboard   wait p99 0.12 ms   nothing slow    the dashboard's own loop
//! ```

use std::time::Duration;

use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::view::{Column, StrategyLag, View};
use crate::runtime::loop_watch::{Bucket, Lag, SLOW, SlowCallback};
use crate::ui::figures::{duration, grouped};
use crate::ui::widgets::sparkline::tall_bar;
use crate::ui::{Canvas, Theme};

/// What the dashboard's own loop observed of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Dashboard {
    /// How long events waited for it.
    pub wait: Option<Lag>,
    /// Its slow handlers and frames, oldest first.
    pub slow: Vec<SlowCallback>,
}

/// From this width on the histogram stands beside the strategies.
const WIDE: u16 = 90;

/// Columns of the histogram's side, and of the space before it.
const SIDE: u16 = 44;

/// Draws the inside of the pane.
pub fn draw(view: &View, dashboard: &Dashboard, canvas: &mut Canvas<'_>) {
    let Rect { width, height, .. } = canvas.area;
    let strip_rows = match height {
        0..=5 => 1,
        6..=14 => 2,
        15..=25 => 3,
        _ => 6,
    };
    let roomy = height >= 15;
    let mut rest = Rows(canvas.area);
    draw_figures(view, &mut canvas.part(rest.take(1)));
    draw_strip(view, &mut canvas.part(rest.take(strip_rows)));
    if roomy {
        draw_legend(&mut canvas.part(rest.take(1)));
    }
    draw_call(view, &mut canvas.part(rest.take(1)));
    if roomy {
        rest.take(1);
    }
    let table_rows = view.lags.len() as u16 + u16::from(roomy);
    let mut table =
        rest.take(if width >= WIDE && roomy { table_rows.max(view.buckets.len() as u16 + 1) } else { table_rows });
    if width >= WIDE && roomy {
        let side = Rect { x: table.right() - SIDE, width: SIDE, ..table };
        table.width -= SIDE + 2;
        draw_histogram(&view.buckets, &mut canvas.part(side));
    }
    draw_table(view, roomy, &mut canvas.part(table));
    if roomy {
        rest.take(1);
        let own_rows = if height >= 26 { 6 } else { 2 };
        let slow = rest.take(rest.0.height.saturating_sub(own_rows));
        draw_slow(&view.slow, &mut canvas.part(slow));
        draw_dashboard(dashboard, &mut canvas.part(rest.0));
    } else {
        // The newest of either loop, in what room there is.
        let slow = if view.slow.is_empty() { &dashboard.slow } else { &view.slow };
        draw_slow(slow, &mut canvas.part(rest.0));
    }
}

/// What is left of an area that is given out from the top.
struct Rows(Rect);

impl Rows {
    fn take(&mut self, rows: u16) -> Rect {
        let rows = rows.min(self.0.height);
        let taken = Rect { height: rows, ..self.0 };
        self.0.y += rows;
        self.0.height -= rows;
        taken
    }
}

fn figure(time: Duration, style: Style, theme: &Theme) -> [Span<'static>; 2] {
    let (number, unit) = duration(time.as_secs_f64());
    [Span::styled(number, style), Span::styled(format!(" {unit}"), theme.dim)]
}

fn draw_figures(view: &View, canvas: &mut Canvas<'_>) {
    let theme = canvas.theme;
    let present = view.lags.iter().find(|row| row.about.id == view.strategy.id).and_then(|row| row.lag);
    let Some(lag) = present else {
        canvas.text(0, 0, "no beat yet", theme.dim);
        return;
    };
    let mut spans = vec![Span::styled("lag ", theme.dim)];
    for (name, time) in [("p99 ", lag.p99), ("max ", lag.max), ("p50 ", lag.p50), ("p90 ", lag.p90)] {
        spans.push(Span::styled(name, theme.dim));
        spans.extend(figure(time, theme.strong, theme));
        spans.push(Span::raw("  "));
    }
    spans.push(Span::styled(grouped(lag.count), theme.strong));
    spans.push(Span::styled(" beats", theme.dim));
    // What does not fit whole is left out: half a number would be another number.
    let mut room = usize::from(canvas.area.width);
    let fits = spans.chunks(4).enumerate().take_while(|(i, part)| {
        let width: usize = part.iter().map(Span::width).sum::<usize>() - if *i == 0 { 0 } else { 2 };
        let fits = width <= room;
        room = room.saturating_sub(width + 2);
        fits
    });
    let count = fits.count() * 4;
    canvas.line(0, &Line::from(spans.into_iter().take(count).collect::<Vec<_>>()));
}

/// The share of the strip's height that a lag takes: from 10 µs to 1 s on a logarithmic scale.
fn height_of(lag: Duration) -> f64 {
    let micros = lag.as_secs_f64() * 1e6;
    ((micros.max(1.0) / 10.0).log10() / 5.0).clamp(0.01, 1.0)
}

fn draw_strip(view: &View, canvas: &mut Canvas<'_>) {
    let theme = canvas.theme;
    let width = usize::from(canvas.area.width);
    let shown = &view.strip[view.strip.len().saturating_sub(width)..];
    let begin = width - shown.len();
    let bottom = canvas.area.height.saturating_sub(1);
    for (i, column) in shown.iter().enumerate() {
        let x = (begin + i) as u16;
        match column {
            None => {}
            Some(Column { beats: 0, .. }) => {
                canvas.text(x, bottom, "×", theme.bad);
            }
            Some(Column { worst, .. }) => {
                let style = if *worst > SLOW { theme.bad } else { theme.accent };
                tall_bar(canvas, x, height_of(*worst), style);
            }
        }
    }
    if shown.is_empty() {
        let line = "─".repeat(width);
        canvas.text(0, bottom, &line, theme.faint);
    }
}

fn draw_legend(canvas: &mut Canvas<'_>) {
    let theme = canvas.theme;
    canvas.text(0, 0, "50 ms a column, × no beat", theme.dim);
    if canvas.area.width >= 50 {
        canvas.text_right(0, "height: lag, log scale", theme.dim);
    }
}

fn draw_call(view: &View, canvas: &mut Canvas<'_>) {
    let theme = canvas.theme;
    let seconds = |time: Duration| format!("{:.3}", time.as_secs_f64());
    let spans = match &view.call {
        None => {
            let length = seconds(view.block);
            vec![
                Span::styled("b", theme.key),
                Span::styled(format!(" gives the loop {length} s of slow work"), theme.dim),
            ]
        }
        Some((call, ago)) => {
            let (word, time) = match &call.ended {
                None => ("slow work goes on for ", *ago),
                Some(Ok(took)) => ("slow work took ", *took),
                Some(Err(why)) => {
                    canvas.foreign(0, 0, why, theme.bad);
                    return;
                }
            };
            let beats = if call.beats == 0 { theme.bad } else { theme.good };
            vec![
                Span::styled(word, theme.dim),
                Span::styled(seconds(time), theme.strong),
                Span::styled(" s · ", theme.dim),
                Span::styled(grouped(call.beats), beats),
                Span::styled(if canvas.area.width < 44 { " beats" } else { " beats meanwhile" }, theme.dim),
            ]
        }
    };
    canvas.line(0, &Line::from(spans));
}

/// A column of the table: its heading, and which of the figures stands in it.
type LagColumn = (&'static str, fn(&Lag) -> Duration);

fn draw_table(view: &View, headed: bool, canvas: &mut Canvas<'_>) {
    let theme = canvas.theme;
    let width = canvas.area.width;
    let columns: &[LagColumn] = match width {
        0..=30 => &[("p99", |lag| lag.p99)],
        31..=44 => &[("p99", |lag| lag.p99), ("max", |lag| lag.max)],
        _ => &[("p50", |lag| lag.p50), ("p99", |lag| lag.p99), ("max", |lag| lag.max)],
    };
    let edge = |place: usize| width.saturating_sub(9 * (columns.len() - 1 - place) as u16);
    let first = u16::from(headed);
    if headed {
        canvas.text(0, 0, "lag of the 5 ms job", theme.dim);
        for (place, (name, _)) in columns.iter().enumerate() {
            canvas.text(edge(place).saturating_sub(name.len() as u16), 0, name, theme.dim);
        }
    }
    for (i, StrategyLag { about, lag }) in view.lags.iter().enumerate() {
        let row = first + i as u16;
        let present = about.id == view.strategy.id;
        canvas.text(0, row, if present { "▸" } else { " " }, theme.accent);
        canvas.text(2, row, about.title, if present { theme.accent } else { theme.text });
        for (place, (_, of)) in columns.iter().enumerate() {
            let Some(time) = lag.as_ref().map(of) else {
                canvas.text(edge(place).saturating_sub(1), row, "–", theme.dim);
                continue;
            };
            let style = if time > SLOW { theme.bad } else { theme.text };
            let [number, unit] = figure(time, style, theme);
            let at = edge(place).saturating_sub((number.width() + unit.width()) as u16);
            let after = canvas.text(at, row, &number.content, number.style);
            canvas.text(after, row, &unit.content, unit.style);
        }
    }
}

fn draw_histogram(buckets: &[Bucket], canvas: &mut Canvas<'_>) {
    let theme = canvas.theme;
    canvas.text(0, 0, "lags up to", theme.dim);
    canvas.text_right(0, "beats", theme.dim);
    let most = buckets.iter().map(|bucket| bucket.count).max().unwrap_or(0).max(1);
    // Times at the left in nine columns, counts at the right in eight.
    let track = usize::from(canvas.area.width.saturating_sub(19));
    for (i, bucket) in buckets.iter().enumerate() {
        let row = i as u16 + 1;
        let [number, unit] = figure(bucket.to, theme.text, theme);
        let at = 9_u16.saturating_sub((number.width() + unit.width()) as u16);
        let after = canvas.text(at, row, &number.content, number.style);
        canvas.text(after, row, &unit.content, unit.style);
        canvas.text(10, row, &"─".repeat(track), theme.faint);
        let bar = (bucket.count as usize * track).div_ceil(most as usize);
        let style = if bucket.to > SLOW { theme.bad } else { theme.accent };
        canvas.text(10, row, &"━".repeat(bar), style);
        canvas.text_right(row, &grouped(bucket.count), theme.text);
    }
}

/// The newest slow callbacks that fit, the newest at the bottom of what there is.
fn draw_slow(slow: &[SlowCallback], canvas: &mut Canvas<'_>) {
    let theme = canvas.theme;
    let rows = usize::from(canvas.area.height);
    for (row, slow) in slow[slow.len().saturating_sub(rows)..].iter().enumerate() {
        let SlowCallback { name, took } = slow;
        let whole = slow.to_string();
        let fits = whole.len() <= usize::from(canvas.area.width);
        let text = if fits { whole } else { format!("slow {name} {:.3} s", took.as_secs_f64()) };
        canvas.foreign(0, row as u16, &text, theme.warn);
    }
}

fn draw_dashboard(dashboard: &Dashboard, canvas: &mut Canvas<'_>) {
    let theme = canvas.theme;
    let mut spans = vec![Span::styled("the dashboard's own loop  ", theme.dim)];
    if let Some(wait) = dashboard.wait {
        spans.push(Span::styled("wait p99 ", theme.dim));
        spans.extend(figure(wait.p99, theme.strong, theme));
        spans.push(Span::styled("  max ", theme.dim));
        spans.extend(figure(wait.max, theme.strong, theme));
    }
    canvas.line(0, &Line::from(spans));
    let mut below = canvas.area;
    below.y += 1.min(below.height);
    below.height = below.height.saturating_sub(1);
    if dashboard.slow.is_empty() {
        canvas.part(below).text(0, 0, "no frame and no handler over 50 ms", theme.dim);
    } else {
        draw_slow(&dashboard.slow, &mut canvas.part(below));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::labs::pulse::record::Call;
    use crate::labs::pulse::strategies::STRATEGIES;
    use crate::labs::pulse::view::BUCKETS;
    use crate::labs::{Doing, Tone};
    use crate::ui::snapshot::{PANE_SIZES, picture};
    use std::time::Instant;

    const fn us(us: u64) -> Duration {
        Duration::from_micros(us)
    }

    fn slow(name: &'static str, ms: u64) -> SlowCallback {
        SlowCallback { name: name.into(), took: Duration::from_millis(ms) }
    }

    fn view() -> View {
        let lag = |p50, p99, max| Some(Lag { count: 1200, p50: us(p50), p90: us(p50 * 2), p99: us(p99), max: us(max) });
        let lags = [lag(64, 482_000, 500_300), None, lag(61, 180, 420), None, lag(400, 1080, 1510), lag(58, 140, 390)];
        let beat = |us: u64| Some(Column { beats: 10, worst: Duration::from_micros(us) });
        let hole = Some(Column { beats: 0, worst: Duration::ZERO });
        let quiet = (0..60).map(|i| beat(60 + 17 * (i % 5)));
        let strip = std::iter::repeat_n(None, 30)
            .chain(quiet.clone())
            .chain(std::iter::repeat_n(hole, 9))
            .chain([beat(500_000)])
            .chain(quiet.take(12))
            .collect();
        let call = Call { begun: Instant::now(), ended: Some(Ok(Duration::from_millis(500))), beats: 0 };
        View {
            strategy: &STRATEGIES[0].about,
            doing: Doing { text: "beating".to_owned(), tone: Tone::Good },
            block: Duration::from_millis(500),
            strip,
            call: Some((call, Duration::from_secs(2))),
            lags: STRATEGIES.iter().zip(lags).map(|(row, lag)| StrategyLag { about: &row.about, lag }).collect(),
            buckets: BUCKETS
                .iter()
                .zip([900, 180, 12, 2, 0, 1, 2, 9, 10, 84, 1, 0])
                .map(|(to, count)| Bucket { to: *to, count })
                .collect(),
            slow: vec![slow("slow_coroutine", 503), slow("slow_coroutine", 500)],
        }
    }

    fn dashboard() -> Dashboard {
        let wait = Some(Lag { count: 900, p50: us(30), p90: us(60), p99: us(210), max: us(481_000) });
        Dashboard { wait, slow: vec![slow("app.block-loop", 500)] }
    }

    #[test]
    fn the_pane_at_three_sizes() {
        for size in PANE_SIZES {
            let drawn = picture(size.columns, size.rows, |canvas| draw(&view(), &dashboard(), canvas));
            insta::assert_snapshot!(format!("pane_{}x{}", size.columns, size.rows), drawn);
        }
    }

    #[test]
    fn a_pane_that_has_seen_nothing_says_what_to_press() {
        let nothing = View { strip: vec![], call: None, slow: vec![], lags: vec![], buckets: vec![], ..view() };
        insta::assert_snapshot!(
            "pane_nothing",
            picture(58, 20, |canvas| draw(&nothing, &Dashboard::default(), canvas))
        );
    }

    #[test]
    fn any_size_is_drawn() {
        for (columns, rows) in [(1, 1), (2, 30), (200, 1), (44, 15), (90, 15), (120, 60), (95, 14)] {
            picture(columns, rows, |canvas| draw(&view(), &dashboard(), canvas));
        }
    }
}
