//! Draws the lab.
//!
//! ```text
//! 1.98x Processes against serial            seed · 6 pairs · 2 workers
//!   Serial     █████████████████████████├┤      20.9 ms   1.00x
//!   Threads    █████████████                    11.0 ms   1.90x
//! ▸ Processes  ██████░░░░░░░░░░░░░░░░░░░          3 of 6
//! ✓ all agree  1 1 5 1 32 1
//! ```

mod details;

use std::ops::Range;

use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::run::Chunking;
use super::view::{Row, State, View};
use crate::ui::widgets::race::race;
use crate::ui::widgets::timing_bar::{Timing, progress_bar, timing_bar};
use crate::ui::wrap::shortened;
use crate::ui::{Canvas, Theme, figures};

/// The row in which the first strategy stands.
const TOP: u16 = 1;

/// Columns of a time, and of a speedup, each with the space before it.
const TIME: u16 = 8;
const SPEEDUP: u16 = 7;

/// In a pane narrower than this a name gets so many columns at most, so that the bars have room.
const NARROW: u16 = 50;
const SHORT_NAME: usize = 13;

/// The strategies that are in sight in so many rows: the chosen one always is.
fn in_sight(view: &View, height: u16) -> Range<usize> {
    let rows = usize::from(height.saturating_sub(TOP + 1)).min(view.rows.len());
    let first = (view.chosen + 1).saturating_sub(rows);
    first..first + rows
}

/// The strategy whose row this is, in a pane of so many rows.
pub fn row_at(view: &View, height: u16, row: u16) -> Option<usize> {
    in_sight(view, height).nth(usize::from(row.checked_sub(TOP)?))
}

/// Draws the view.
pub fn draw(view: &View, canvas: &mut Canvas<'_>) {
    if let Some(standing) = &view.race {
        race(canvas, standing);
        return;
    }
    headline(view, canvas);
    let mut row = TOP;
    for index in in_sight(view, canvas.area.height) {
        let area = canvas.row(row);
        strategy(view, index, &mut canvas.part(area));
        row += 1;
    }
    verdict(view, canvas, row);
    let Rect { x, y, width, height } = canvas.area;
    let below = Rect { x, y: y + (row + 1).min(height), width, height: height.saturating_sub(row + 1) };
    details::draw(view, &mut canvas.part(below));
}

/// The one number: how many times as fast the chosen strategy is; and what is computed.
fn headline(view: &View, canvas: &mut Canvas<'_>) {
    let theme = canvas.theme;
    let row = &view.rows[view.chosen];
    let about = row.about.title;
    let left = match row.speedup {
        Some(speedup) if view.chosen != 0 => Line::from(vec![
            Span::styled(format!("{speedup:.2}x"), theme.strong),
            Span::styled(format!(" {about}"), theme.dim),
        ]),
        _ => Line::from(Span::styled("the baseline".to_owned(), theme.dim)),
    };
    let chunking = if view.chunking == Chunking::Static { " · static" } else { "" };
    let chunking = if view.cores == Some(1) { format!("{chunking} · one core") } else { chunking.to_owned() };
    let plural = if view.workers == 1 { "" } else { "s" };
    let long = format!("{} · {} {} · {} worker{plural}{chunking}", view.workload, view.items, view.noun, view.workers);
    let short = format!("{} · {} worker{plural}{chunking}", view.workload, view.workers);
    let width = usize::from(canvas.area.width);
    let room = width.saturating_sub(left.width() + 2);
    let right = [long, short].into_iter().find(|text| text.chars().count() <= room);
    canvas.line(0, &left);
    if let Some(text) = right {
        canvas.text_right(0, &text, theme.dim);
    }
}

/// One strategy: mark, name, bar, time, speedup.
fn strategy(view: &View, index: usize, canvas: &mut Canvas<'_>) {
    let theme = canvas.theme;
    let row = &view.rows[index];
    let chosen = index == view.chosen;
    if chosen {
        canvas.text(0, 0, if theme.ascii { ">" } else { "▸" }, theme.accent);
    }
    let width = canvas.area.width;
    let longest = view.rows.iter().map(|row| row.about.title.chars().count()).max().unwrap_or(0);
    let names = if width < NARROW { longest.min(SHORT_NAME) } else { longest };
    let title = row.about.title;
    let cut = if title.chars().count() > names { "…" } else { "" };
    let name: String = title.chars().take(names - cut.chars().count()).chain(cut.chars()).collect();
    canvas.text(2, 0, &name, if chosen { theme.strong } else { theme.text });
    let bar_at = 2 + names as u16 + 1;
    let bar = Rect {
        x: canvas.area.x + bar_at.min(width),
        width: width.saturating_sub(bar_at + TIME + SPEEDUP),
        ..canvas.area
    };
    if let Some(why) = &row.unsupported {
        canvas.text(bar_at, 0, &shortened(why, usize::from(width.saturating_sub(bar_at))), theme.dim);
        return;
    }
    if row.times.is_none() && row.done.is_none() && view.state == State::Idle {
        canvas.text(bar_at, 0, "not measured", theme.dim);
    }
    draw_bar(view, row, chosen, &mut canvas.part(bar));
    let time_end = width.saturating_sub(SPEEDUP);
    if let Some(done) = row.done {
        let text = format!("{done}/{}", view.items);
        right(canvas, time_end, &text, "", theme.accent, theme);
    } else if let Some(times) = row.times {
        let (figure, unit) = figures::duration(times.median);
        right(canvas, time_end, &figure, unit, theme.text, theme);
    }
    if let Some(speedup) = row.speedup {
        let style = if chosen { theme.strong } else { theme.text };
        // What was measured while others used the machine is not to be quoted.
        let mark = if row.contended { "~" } else { "" };
        right(canvas, width, &format!("{mark}{}", times(speedup)), "x", style, theme);
    }
}

/// A speedup in at most five columns up to 99,999 times.
fn times(speedup: f64) -> String {
    match speedup {
        s if s < 99.995 => format!("{s:.2}"),
        s => format!("{s:.0}"),
    }
}

/// A figure and its unit, so that they end at this column.
fn right(canvas: &mut Canvas<'_>, end: u16, figure: &str, unit: &str, style: Style, theme: &Theme) {
    let gap = u16::from(unit.chars().count() > 1);
    let unit_at = end.saturating_sub(unit.chars().count() as u16);
    let figure_at = unit_at.saturating_sub(figure.chars().count() as u16 + gap);
    canvas.text(figure_at, 0, figure, style);
    canvas.text(unit_at, 0, unit, theme.dim);
}

fn draw_bar(view: &View, row: &Row, chosen: bool, canvas: &mut Canvas<'_>) {
    let theme = canvas.theme;
    let style = if chosen { theme.accent } else { theme.series(0) };
    if let Some(done) = row.done {
        progress_bar(canvas, done as f64 / view.items.max(1) as f64, theme.good);
    } else if let Some(times) = row.times {
        let full = view.rows.iter().filter_map(|row| row.times).map(|times| times.max).fold(0.0, f64::max);
        timing_bar(canvas, Timing { median: times.median, min: times.min, max: times.max, full }, style);
    }
}

/// What came out, and whether all strategies say the same.
fn verdict(view: &View, canvas: &mut Canvas<'_>, row: u16) {
    let theme = canvas.theme;
    let shown: Vec<String> = view.answers.iter().map(ToString::to_string).collect();
    let (text, style) = match view.agree {
        Some(true) => (if theme.ascii { "all agree" } else { "✓ all agree" }, theme.good),
        Some(false) => (if theme.ascii { "THEY DISAGREE" } else { "✗ they disagree" }, theme.bad),
        None if view.state == State::Idle => ("nothing measured yet: r runs the strategy", theme.dim),
        None => ("", theme.dim),
    };
    let end = canvas.text(0, row, text, style);
    canvas.text(end + u16::from(end > 0), row, &shown.join(" "), theme.dim);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::labs::gcd::book::{Conditions, Past};
    use crate::labs::gcd::strategies::STRATEGIES;
    use crate::labs::gcd::task::Answer;
    use crate::labs::gcd::view::Times;
    use crate::labs::gcd::workload::BuiltIn;
    use crate::runtime::process_pool::{Stage, StageTimes};
    use crate::ui::snapshot::{PANE_SIZES, picture};

    /// A view in the middle of a round: serial and threads are measured, the third one runs.
    fn view() -> View {
        let row = |(index, strategy): (usize, &'static super::super::strategies::Row)| {
            let measured = [(0.0209, 0.0206, 0.0231, 3), (0.0110, 0.0107, 0.0143, 3)];
            let times = if index == 4 { Some((0.0112, 0.0111, 0.0113, 3)) } else { measured.get(index).copied() };
            let times = times.map(|(median, min, max, runs)| Times { median, min, max, runs });
            Row {
                about: &strategy.about,
                unsupported: None,
                done: (index == 3).then_some(4),
                times,
                speedup: times.map(|times| 0.0209 / times.median),
                efficiency: times.map(|times| 0.0209 / times.median / 2.0),
                contended: false,
                lock_turns: None,
                loop_lag: None,
                stages: (index == 4).then(stages),
            }
        };
        View {
            workload: "seed".to_owned(),
            items: 6,
            noun: "pairs",
            workers: 2,
            chunking: Chunking::Dynamic,
            cores: None,
            runs: 3,
            chosen: 1,
            rows: STRATEGIES.iter().enumerate().map(row).collect(),
            state: State::Running { strategy: 3, step: 4, of: 10, warm_up: false },
            race: None,
            answers: [1, 1, 5, 1, 32, 1].map(Answer::Gcd).into(),
            agree: Some(true),
            scaling: vec![(1, 0.99), (2, 1.9)],
            amdahl: Some(0.95),
            history: vec![past(1, 0.0107, false), past(0, 0.0206, true)],
            trace: None,
        }
    }

    fn past(strategy: usize, seconds: f64, contended: bool) -> Past {
        let chunking = Chunking::Dynamic;
        let conditions = Conditions { workload: BuiltIn::Seed, workers: 2, chunking, cores: None };
        Past { strategy, conditions, seconds, contended }
    }

    fn stages() -> StageTimes {
        let mut stages = StageTimes::default();
        for (place, stage) in Stage::ALL.into_iter().enumerate() {
            stages.add(stage, 0, if stage == Stage::Run { 20_000_000 } else { 10_000 * place as u64 });
        }
        stages
    }

    #[test]
    fn the_pane_at_three_sizes() {
        for size in PANE_SIZES {
            let name = format!("pane_{}x{}", size.columns, size.rows);
            insta::assert_snapshot!(name, picture(size.columns, size.rows, |canvas| draw(&view(), canvas)));
        }
    }

    #[test]
    fn any_size_is_drawn_without_breaking() {
        for columns in (0..120).step_by(7) {
            for rows in 0..40 {
                picture(columns, rows, |canvas| draw(&view(), canvas));
            }
        }
    }

    #[test]
    fn the_chosen_strategy_stays_in_sight_and_can_be_pressed() {
        let view = View { chosen: STRATEGIES.len() - 1, ..view() };
        let text = picture(58, 4, |canvas| draw(&view, canvas));
        assert!(text.contains(&format!("▸ {}", view.rows[view.chosen].about.title)), "{text}");
        assert_eq!(row_at(&view, 4, 2), Some(view.chosen));
        assert_eq!((row_at(&view, 4, 0), row_at(&view, 4, 3)), (None, None));
    }

    #[test]
    fn a_speedup_of_thousands_leaves_the_time_its_room() {
        let mut view = view();
        view.rows[1].times = Some(Times { median: 52.9e-6, min: 52.9e-6, max: 52.9e-6, runs: 1 });
        view.rows[1].speedup = Some(3025.81);
        view.rows[1].contended = true;
        for columns in [38, 58] {
            let text = picture(columns, 11, |canvas| draw(&view, canvas));
            assert!(text.contains(" 52.9 µs ~3026x"), "{text}");
        }
    }

    #[test]
    fn disagreement_is_said_in_words() {
        let view = View { agree: Some(false), ..view() };
        assert!(picture(60, 10, |canvas| draw(&view, canvas)).contains("they disagree"));
    }
}
