//! A race: a track for each racer up to the finish line, places, and who won.
//!
//! ```text
//! race · soup 42 · 500 generations
//! 1 Bitboard     ━━━━━━━━━━━━━━━━━━━━━━━━━━━●│  1.02 ms
//!   Rayon        ━━━━━━━━━━━━━━━━━━●─────────│      350
//!   Coroutines   ●───────────────────────────│       12
//! in turns of 50 ms, each by its own clock
//! ```

use ratatui::layout::Rect;
use ratatui::style::Style;
use unicode_width::UnicodeWidthStr;

use crate::runtime::race::{Lane, LaneState, Standing};
use crate::ui::wrap::wrapped;
use crate::ui::{Canvas, figures};

/// Columns of a place and of a time or a count.
const PLACE: u16 = 2;
const FIGURE: u16 = 9;

/// The narrowest track that is worth drawing.
const TRACK: u16 = 6;

/// Draws a race at the top of the canvas, and returns what is left below it, in the buffer's coordinates.
pub fn race(canvas: &mut Canvas<'_>, standing: &Standing) -> Rect {
    let theme = canvas.theme;
    let x = canvas.text(0, 0, "race", theme.accent);
    let goal = format!(" · {} {}", figures::grouped(standing.goal), standing.unit);
    let what = format!(" · {}{goal}", standing.what);
    let fits = usize::from(x) + what.width() <= usize::from(canvas.area.width);
    canvas.text(x, 0, if fits && !standing.what.is_empty() { &what } else { &goal }, theme.dim);
    let names = standing.lanes.iter().map(|lane| name(lane).width()).max().unwrap_or(0) as u16;
    let mut row = 1;
    for lane in &standing.lanes {
        let place = canvas.row(row);
        draw_lane(&mut canvas.part(place), standing, lane, names);
        row += 1;
    }
    let width = usize::from(canvas.area.width);
    if let Some(verdict) = standing.verdict() {
        for line in wrapped(&verdict, width) {
            canvas.text(0, row, &line, theme.good);
            row += 1;
        }
    }
    for line in wrapped(&standing.rules(), width) {
        canvas.text(0, row, &line, theme.dim);
        row += 1;
    }
    let Rect { x, y, width, height } = canvas.area;
    let used = row.min(height);
    Rect { x, y: y + used, width, height: height - used }
}

fn name(lane: &Lane) -> String {
    let replayed = if lane.replayed { " replayed" } else { "" };
    format!("{}{replayed}", lane.about.title)
}

fn draw_lane(canvas: &mut Canvas<'_>, standing: &Standing, lane: &Lane, names: u16) {
    let theme = canvas.theme;
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
    let from = PLACE + names + 1;
    if let LaneState::Failed(why) = &lane.state {
        canvas.foreign(from, 0, why, theme.bad);
        return;
    }
    let width = canvas.area.width;
    let to = width.saturating_sub(FIGURE + 1);
    if to >= from + TRACK {
        let track = Rect { x: canvas.area.x + from, width: to - from, ..canvas.area };
        draw_track(&mut canvas.part(track), standing.share(lane), if first { theme.good } else { theme.accent });
        canvas.text(to, 0, if theme.ascii { "|" } else { "│" }, theme.strong);
    }
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
            over,
            contended: over.then_some(false),
        }
    }

    fn drawn(columns: u16, rows: u16, standing: &Standing) -> String {
        picture(columns, rows, |canvas| {
            race(canvas, standing);
        })
    }

    #[test]
    fn a_race_under_way_and_over() {
        insta::assert_snapshot!("race_on", drawn(58, 8, &standing(false)));
        insta::assert_snapshot!("race_over", drawn(38, 9, &standing(true)));
    }

    #[test]
    fn a_failure_stands_in_its_lane_and_no_size_breaks_it() {
        let mut failed = standing(false);
        failed.lanes[1].state = LaneState::Failed("panicked: not today".to_owned());
        let drawn = drawn(58, 8, &failed);
        assert!(drawn.contains("Threads") && drawn.contains("panicked: not today"), "{drawn}");
        for (columns, rows) in [(0, 0), (1, 1), (7, 3), (12, 20), (300, 2)] {
            let mut left = Rect::ZERO;
            picture(columns, rows, |canvas| left = race(canvas, &failed));
            assert!(left.bottom() <= rows, "{left:?}");
        }
    }
}
