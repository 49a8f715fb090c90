//! Draws a race: each racer's grid under its name, and the result when it is over.
//!
//! ```text
//! race · soup 42 · 2,000 generations     in turns of 50 ms
//! █ Bitboard ██████ 2,000 │  █ Rayon ███──────── 1,120 │
//!    ▄▀▄   ▀▄                   ▄▀    ▄▀▄
//!  ▀▄  ▀ ▀▄▀                  ▀▄  ▀▄▀   ▀
//! ```

use ratatui::layout::Rect;
use unicode_width::UnicodeWidthStr;

use super::{draw_picture, draw_problem, mark_outside, simulated};
use crate::labs::life::view::{Race, Simulated};
use crate::runtime::race::LaneState;
use crate::ui::Canvas;
use crate::ui::figures::grouped;
use crate::ui::widgets::race;

/// The race over the whole pane.
pub(super) fn draw(race: &Race, io: Option<Simulated>, canvas: &mut Canvas<'_>) {
    draw_heading(race, io, canvas);
    let tiling = race.tiling;
    for (index, (lane, picture)) in (0..).zip(race.standing.lanes.iter().zip(&race.pictures)) {
        let (column, row) = tiling.corner(index);
        let (x, y) = (canvas.area.x + column, canvas.area.y + row);
        let head = Rect { x, y, width: tiling.lane.columns, height: tiling.above };
        race::head(&mut canvas.part(head), &race.standing, lane);
        let below = tiling.picture();
        let mut below = canvas.part(Rect { y: y + tiling.above, height: below.rows, ..head });
        mark_outside(picture, &mut below);
        draw_picture(picture, &mut below);
        if let LaneState::Failed(why) = &lane.state {
            draw_problem(why, &mut below);
        }
    }
    if race.standing.over {
        let below = Rect { y: canvas.area.y + 1.min(canvas.area.height), ..canvas.area };
        race::card(&mut canvas.part(below), &race.standing);
    }
}

/// What is raced over, as much of it as fits; at the right how the machine is shared, or what is simulated.
fn draw_heading(race: &Race, io: Option<Simulated>, canvas: &mut Canvas<'_>) {
    let (theme, standing) = (canvas.theme, &race.standing);
    let (rules, style) = match io {
        Some(io) => (simulated(io), theme.warn),
        None => (standing.rules(), theme.dim),
    };
    let stopwatch = standing.stopwatch();
    let timed = format!("{rules} · {stopwatch}");
    let goal = format!(" · {} {}", grouped(standing.goal), standing.unit);
    let whole = format!(" · {}{goal}", standing.what);
    let width = usize::from(canvas.area.width);
    let after = canvas.text(0, 0, "race", theme.accent);
    let fits = |left: &str, right: &str| usize::from(after) + left.width() + 2 + right.width() <= width;
    // What is simulated is said whatever else has to go.
    let least = if io.is_some() { &rules } else { &stopwatch };
    let choices = [(&whole, &timed), (&goal, &timed), (&whole, least), (&goal, least)];
    let fitting = choices.into_iter().find(|(left, right)| fits(left, right));
    let (left, right) = fitting.map_or(("", least), |(left, right)| (left.as_str(), right));
    canvas.text(after, 0, left, theme.dim);
    canvas.text_right(0, right, style);
}
