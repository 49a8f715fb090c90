//! A race: a track for each racer up to the finish line, places, and who won.
//!
//! ```text
//! race · soup 42 · 500 generations           4.21 s
//! 1 Bitboard     ━━━━━━━━━━━━━━━━━━━━━━━━━━━●│  1.02 ms
//!   Rayon        ━━━━━━━━━━━━━━━━━━●─────────│      350
//!   Coroutines   ●───────────────────────────│       12
//! in turns of 50 ms, each by its own clock
//! ```

use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use unicode_width::UnicodeWidthStr;

use crate::runtime::race::{Lane, LaneState, Standing};
use crate::ui::big::{self, big};
use crate::ui::wrap::wrapped;
use crate::ui::{Canvas, figures};

/// Columns of a place and of a time or a count.
const PLACE: u16 = 2;
const FIGURE: u16 = 9;

/// Columns of the result card, and in it of how many times the first's time another's is.
const CARD: u16 = 58;
const TIMES: u16 = 7;

/// Rows of a racer with large figures, the empty one below it included, and the narrowest place for them.
const LARGE: u16 = 4;
const LARGE_FROM: u16 = 44;

/// The narrowest track that is worth drawing.
const TRACK: u16 = 6;

/// Draws a race at the top of the canvas. Where there is room each racer has large figures.
pub fn race(canvas: &mut Canvas<'_>, standing: &Standing) {
    let theme = canvas.theme;
    let Rect { x, y, width, height } = canvas.area;
    let after = canvas.text(0, 0, "race", theme.accent);
    let goal = format!(" · {} {}", figures::grouped(standing.goal), standing.unit);
    let what = format!(" · {}{goal}", standing.what);
    let stopwatch = standing.stopwatch();
    let fits = |text: &str| usize::from(after) + text.width() + 2 + stopwatch.width() <= usize::from(width);
    canvas.text(after, 0, if fits(&what) && !standing.what.is_empty() { &what } else { &goal }, theme.dim);
    if fits(&goal) {
        canvas.text_right(0, &stopwatch, theme.text);
    }
    let names = standing.lanes.iter().map(|lane| name(lane).width()).max().unwrap_or(0) as u16;
    let verdict = wrapped(&standing.verdict().unwrap_or_default(), width.into());
    let rules = wrapped(&standing.rules(), width.into());
    // Two rows of text below them are kept free from the beginning, so that nothing jumps at the finish.
    let rows = 1 + LARGE * standing.lanes.len() as u16 + rules.len().max(2) as u16;
    let each = if width >= LARGE_FROM && rows < height { LARGE } else { 1 };
    let mut row = 1;
    for lane in &standing.lanes {
        let place = Rect { x, y: y + row.min(height), width, height: each.min(height - row.min(height)) };
        let mut part = canvas.part(place);
        if each == LARGE {
            draw_large(&mut part, standing, lane);
        } else {
            draw_lane(&mut part, standing, lane, names);
        }
        row += each;
    }
    for (line, style) in verdict.iter().map(|line| (line, theme.good)).chain(rules.iter().map(|line| (line, theme.dim)))
    {
        canvas.text(0, row, line, style);
        row += 1;
    }
}

/// A racer in three rows and an empty one, and why it gave up if it did.
fn draw_large(canvas: &mut Canvas<'_>, standing: &Standing, lane: &Lane) {
    let Rect { x, y, width, height } = canvas.area;
    head(&mut canvas.part(Rect { height: height.min(LARGE - 1), ..canvas.area }), standing, lane);
    if let LaneState::Failed(why) = &lane.state {
        let bad = canvas.theme.bad;
        canvas.part(Rect { x, y: y + 1, width: width / 2, height: 1 }).foreign(0, 0, why, bad);
    }
}

fn name(lane: &Lane) -> String {
    let replayed = if lane.replayed { " replayed" } else { "" };
    format!("{}{replayed}", lane.about.title)
}

fn draw_lane(canvas: &mut Canvas<'_>, standing: &Standing, lane: &Lane, names: u16) {
    let theme = canvas.theme;
    let width = canvas.area.width;
    let (from, to) = (PLACE + names + 1, width.saturating_sub(FIGURE + 1));
    let failed = matches!(lane.state, LaneState::Failed(_));
    if to < from + TRACK && !failed {
        return head(canvas, standing, lane);
    }
    let place = standing.place(lane);
    let first = place == Some(1);
    if let Some(place) = place {
        canvas.text(0, 0, &place.to_string(), if first { theme.good } else { theme.dim });
    }
    let title = if first { theme.good } else { theme.text };
    let x = canvas.text(PLACE, 0, lane.about.title, title);
    if lane.replayed {
        canvas.text(x, 0, " replayed", theme.dim);
    }
    if let LaneState::Failed(why) = &lane.state {
        canvas.foreign(from, 0, why, theme.bad);
        return;
    }
    let track = Rect { x: canvas.area.x + from, width: to - from, ..canvas.area };
    draw_track(&mut canvas.part(track), standing.share(lane), if first { theme.good } else { theme.accent });
    canvas.text(to, 0, if theme.ascii { "|" } else { "│" }, theme.strong);
    match lane.state {
        LaneState::Finished => {
            let (number, unit) = figures::duration(lane.seconds);
            let unit_at = width.saturating_sub(unit.width() as u16);
            canvas.text(unit_at, 0, unit, theme.dim);
            let number_at = unit_at.saturating_sub(number.width() as u16 + 1);
            canvas.text(number_at, 0, &number, if first { theme.good } else { theme.strong });
        }
        LaneState::Racing => canvas.text_right(0, &figures::grouped(lane.done), theme.text),
        LaneState::Alone => canvas.text_right(0, "alone", theme.warn),
        LaneState::Ready => canvas.text_right(0, "ready", theme.dim),
        LaneState::Failed(_) => {}
    }
}

/// Draws the way behind a racer, the racer, and the way before it.
fn draw_track(canvas: &mut Canvas<'_>, share: f64, style: Style) {
    let theme = canvas.theme;
    let (behind, racer, before) = if theme.ascii { ("=", "o", "-") } else { ("━", "●", "─") };
    let last = canvas.area.width.saturating_sub(1);
    let at = (share.clamp(0.0, 1.0) * f64::from(last)).round() as u16;
    canvas.text(0, 0, &behind.repeat(at.into()), style);
    canvas.text(at, 0, racer, style);
    canvas.text(at + 1, 0, &before.repeat((last - at).into()), theme.faint);
}

/// What a racer's figure is now, and its unit.
fn figure(lane: &Lane) -> (String, &'static str) {
    match lane.state {
        LaneState::Finished => figures::duration(lane.seconds),
        LaneState::Racing => (figures::grouped(lane.done), ""),
        LaneState::Alone => ("alone".to_owned(), ""),
        LaneState::Ready => ("ready".to_owned(), ""),
        LaneState::Failed(_) => ("failed".to_owned(), ""),
    }
}

/// Draws the head of a racer who has a part of the pane to itself: name, figure, and how near the finish it is. In three rows
/// and more the figure is large; in one, the row itself fills up.
pub fn head(canvas: &mut Canvas<'_>, standing: &Standing, lane: &Lane) {
    let theme = canvas.theme;
    let style = match (&lane.state, standing.place(lane)) {
        (LaneState::Failed(_), _) => theme.bad,
        (_, Some(1)) => theme.good,
        _ => theme.accent,
    };
    let place = standing.place(lane).map(|place| format!("{place} ")).unwrap_or_default();
    let (text, (number, unit)) = (format!("{place}{}", name(lane)), figure(lane));
    if canvas.area.height < 3 {
        return draw_filling(canvas, standing.share(lane), &text, &format!("{number} {unit}"), style);
    }
    let bold = style.add_modifier(Modifier::BOLD);
    let width = canvas.area.width;
    canvas.text_right(2, unit, theme.dim);
    let end = width.saturating_sub(if unit.is_empty() { 0 } else { unit.width() as u16 + 1 });
    let begin = end.saturating_sub(big::columns(&number, 1));
    big(canvas, begin, 0, &number, 1, bold);
    // The track ends where the widest figure would begin, so that it does not jump.
    let widest = big::columns(&figures::grouped(standing.goal), 1).max(big::columns("0.00", 1) + 3);
    let track = Rect { y: canvas.area.y + 2, width: width.saturating_sub(widest + 3), height: 1, ..canvas.area };
    canvas.text(0, 0, &text, if place.is_empty() { theme.strong } else { bold });
    draw_track(&mut canvas.part(track), standing.share(lane), style);
    canvas.text(track.width, 2, if theme.ascii { "|" } else { "│" }, theme.strong);
}

/// Draws a row that fills up to the finish line at its end, with a name and a figure on it.
fn draw_filling(canvas: &mut Canvas<'_>, share: f64, name: &str, figure: &str, style: Style) {
    let theme = canvas.theme;
    let row = canvas.row(0);
    let Some(finish) = row.width.checked_sub(1).filter(|_| row.height > 0) else { return };
    canvas.text(0, 0, &"─".repeat(finish.into()), theme.faint);
    let figure = format!(" {} ", figure.trim_end());
    let room = usize::from(finish).saturating_sub(figure.width() + 1);
    let cut = if name.width() > room { "…" } else { " " };
    let kept: String = name.chars().take(room.saturating_sub(cut.trim().width())).collect();
    canvas.text(1, 0, &format!("{kept}{cut}"), theme.strong);
    canvas.text(finish.saturating_sub(figure.width() as u16), 0, &figure, theme.strong);
    for column in 0..(share.clamp(0.0, 1.0) * f64::from(finish)).round() as u16 {
        let cell = &mut canvas.buffer[(row.x + column, row.y)];
        if cell.symbol() == "─" {
            cell.set_char(' ');
        }
        cell.set_style(style.add_modifier(Modifier::REVERSED));
    }
    canvas.text(finish, 0, if theme.ascii { "|" } else { "│" }, theme.strong);
}

/// Draws the result of a race that is over in a box in the middle of the canvas: places, times, how many times the first's
/// each is, who won, and how the machine was shared.
pub fn card(canvas: &mut Canvas<'_>, standing: &Standing) {
    let whole = canvas.area;
    let width = whole.width.min(CARD);
    let columns = usize::from(width.saturating_sub(4));
    let verdict = wrapped(&standing.verdict().unwrap_or_else(|| "nobody finished".to_owned()), columns);
    let rules = wrapped(&standing.rules(), columns);
    let rows = (standing.lanes.len() + verdict.len() + rules.len() + 2) as u16;
    let roomy = u16::from(rows + 2 <= whole.height);
    let height = (rows + 2 * roomy).min(whole.height);
    let (x, y) = (whole.x + (whole.width - width) / 2, whole.y + (whole.height - height) / 2);
    let mut card = canvas.part(Rect { x, y, width, height });
    let theme = card.theme;
    card.clear(theme.text);
    card.border(theme.focus);
    card.text(2, 0, " result ", theme.strong);
    let inside = Rect { x: x + 2, y: y + 1, width: width.saturating_sub(4), height: height.saturating_sub(2) };
    let mut inside = card.part(inside);
    let mut row = 0;
    for line in &verdict {
        inside.text(0, row, line, theme.good);
        row += 1;
    }
    row += roomy;
    let finished = standing.finished();
    let failed = standing.lanes.iter().filter(|lane| standing.place(lane).is_none());
    let fastest = finished.first().map_or(f64::NAN, |first| first.seconds);
    for lane in finished.iter().copied().chain(failed) {
        let area = inside.row(row);
        draw_result(&mut inside.part(area), standing, lane, fastest);
        row += 1;
    }
    row += roomy;
    for line in &rules {
        inside.text(0, row, line, theme.dim);
        row += 1;
    }
}

/// One row of the result: place, name, time, and how many times the fastest's that is.
fn draw_result(canvas: &mut Canvas<'_>, standing: &Standing, lane: &Lane, fastest: f64) {
    let theme = canvas.theme;
    let place = standing.place(lane);
    let style = if place == Some(1) { theme.good } else { theme.text };
    if let Some(place) = place {
        canvas.text(0, 0, &place.to_string(), style);
    }
    let after = canvas.text(PLACE, 0, &name(lane), style);
    if let LaneState::Failed(why) = &lane.state {
        canvas.foreign(after + 1, 0, why, theme.bad);
        return;
    }
    let times = figures::times(lane.seconds / fastest);
    canvas.text_right(0, &times, theme.dim);
    let end = canvas.area.width.saturating_sub(TIMES);
    let (number, unit) = figures::duration(lane.seconds);
    canvas.text(end.saturating_sub(2), 0, unit, theme.dim);
    let begin = end.saturating_sub(3 + number.width() as u16);
    canvas.text(begin, 0, &number, if place == Some(1) { theme.good } else { theme.strong });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::race::Sharing;
    use crate::runtime::strategy::About;
    use crate::ui::snapshot::picture;

    static ABOUTS: [About; 4] = {
        const fn about(id: &'static str, title: &'static str) -> About {
            About { id, title, item: 0, claim: "", wrong_on_purpose: false, source: "" }
        }
        [
            about("native", "Native"),
            about("threads", "Threads"),
            about("processes", "Processes"),
            about("serial", "Serial"),
        ]
    };

    fn standing(over: bool) -> Standing {
        let lane = |(index, (done, seconds)): (usize, (u64, f64))| Lane {
            done,
            seconds,
            state: if done == 32 { LaneState::Finished } else { LaneState::Racing },
            replayed: index == 2,
            ..Lane::ready(&ABOUTS[index])
        };
        let now = if over {
            [(32, 0.0121), (32, 0.211), (32, 0.223), (32, 0.412)]
        } else {
            [(32, 0.0121), (17, 0.1), (12, 0.1), (7, 0.1)]
        };
        Standing {
            what: "workshop".to_owned(),
            unit: "pairs",
            goal: 32,
            sharing: Sharing::InTurns,
            lanes: now.into_iter().enumerate().map(lane).collect(),
            elapsed: std::time::Duration::from_millis(4217),
            over,
            contended: over.then_some(false),
        }
    }

    fn drawn(columns: u16, rows: u16, standing: &Standing) -> String {
        picture(columns, rows, |canvas| race(canvas, standing))
    }

    #[test]
    fn a_race_under_way_and_over() {
        insta::assert_snapshot!("race_on", drawn(58, 8, &standing(false)));
        insta::assert_snapshot!("race_over", drawn(38, 9, &standing(true)));
        insta::assert_snapshot!("race_over_large", drawn(58, 20, &standing(true)));
        insta::assert_snapshot!("race_on_narrow", drawn(24, 9, &standing(false)));
    }

    #[test]
    fn heads_large_and_small_and_the_result() {
        for (over, lane) in [(false, 0), (false, 1), (true, 3)] {
            let standing = standing(over);
            let head = |rows| picture(40, rows, |canvas| head(canvas, &standing, &standing.lanes[lane]));
            insta::assert_snapshot!(format!("race_head_{over}_{lane}"), head(3) + "\n" + &head(1));
        }
        let mut over = standing(true);
        over.lanes[1].state = LaneState::Failed("panicked: not today".to_owned());
        let card = |columns, rows| picture(columns, rows, |canvas| card(canvas, &over));
        insta::assert_snapshot!("race_card", card(70, 14) + "\n" + &card(38, 10));
    }

    #[test]
    fn a_head_fills_up_with_its_style() {
        let theme = crate::ui::Theme::dark(crate::ui::theme::Depth::True, false);
        let mut buffer = ratatui::buffer::Buffer::empty(Rect::new(0, 0, 33, 1));
        let area = buffer.area;
        let standing = standing(false);
        head(&mut Canvas::new(&mut buffer, area, &theme), &standing, &standing.lanes[1]);
        let reversed = buffer.content.iter().filter(|cell| cell.modifier.contains(Modifier::REVERSED)).count();
        assert_eq!(reversed, 17, "one column for each of 17 of 32");
    }

    #[test]
    fn a_failure_stands_in_its_lane_and_no_size_breaks_it() {
        let mut failed = standing(false);
        failed.lanes[1].state = LaneState::Failed("panicked: not today".to_owned());
        let drawn = drawn(58, 8, &failed);
        assert!(drawn.contains("Threads") && drawn.contains("panicked: not today"), "{drawn}");
        for (columns, rows) in [(0, 0), (1, 1), (7, 3), (12, 20), (300, 2)] {
            picture(columns, rows, |canvas| race(canvas, &failed));
            picture(columns, rows, |canvas| head(canvas, &failed, &failed.lanes[0]));
            picture(columns, rows, |canvas| card(canvas, &failed));
        }
    }
}
