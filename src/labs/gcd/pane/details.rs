//! What the pane shows below the strategies when there is room: where a process job's time goes, the scaling curve, the runs
//! of this session, and the seed's own table beside what was measured here.
//!
//! ```text
//! a job in a process, 9 stages   │ scaling of Threads
//! encode input     ▏      2 µs   │ 2x         ●
//! run              ████  20 ms   │ 1x ●
//! ```

use ratatui::layout::Rect;

use crate::labs::gcd::book::amdahl_speedup;
use crate::labs::gcd::strategies::STRATEGIES;
use crate::labs::gcd::view::{Row, View};
use crate::runtime::process_pool::{Stage, StageTimes};
use crate::ui::widgets::timing_bar::progress_bar;
use crate::ui::wrap::wrapped;
use crate::ui::{Canvas, figures};

/// The fewest columns in which two parts stand side by side.
const TWO_PARTS: u16 = 70;

/// The seed's table (item 64, "Performance Comparison"): what it says of a strategy, against serial.
const SEED: [(&str, &str); 4] =
    [("serial", "1.0x"), ("threads-gil", "1.0-1.2x"), ("processes", "about 2x"), ("native", "5-10x")];

/// Draws as much as there is room for.
pub(super) fn draw(view: &View, canvas: &mut Canvas<'_>) {
    let Rect { x, y, width, height } = canvas.area;
    let stages = stages(view);
    match height {
        0..2 => {}
        2..8 => compact(view, stages, canvas),
        _ => {
            let upper = 10.min(height - 1);
            let half = if width >= TWO_PARTS { width / 2 } else { 0 };
            let left = Rect { x, y: y + 1, width: if half > 0 { half - 2 } else { width }, height: upper };
            let right = Rect { x: x + half, y: y + 1, width: width - half, height: upper };
            if half > 0 {
                pipeline(stages, &mut canvas.part(left));
                scaling(view, &mut canvas.part(right));
            } else if stages.is_some() {
                pipeline(stages, &mut canvas.part(left));
            } else {
                scaling(view, &mut canvas.part(left));
            }
            let rest = height.saturating_sub(upper + 2);
            let lower = |from: Rect| Rect { y: y + upper + 2, height: rest, ..from };
            seed_table(view, &mut canvas.part(lower(left)));
            if half > 0 {
                history(view, &mut canvas.part(lower(right)));
            }
        }
    }
}

/// The stages of the chosen strategy, or of the first that has some.
fn stages(view: &View) -> Option<&StageTimes> {
    let of = |row: &'_ Row| row.stages.is_some();
    let row = Some(&view.rows[view.chosen]).filter(|row| of(row)).or_else(|| view.rows.iter().find(|row| of(row)));
    row.and_then(|row| row.stages.as_ref())
}

/// Two to seven rows: what the chosen strategy has to say of itself, and the dearest stages in a line.
fn compact(view: &View, stages: Option<&StageTimes>, canvas: &mut Canvas<'_>) {
    let theme = canvas.theme;
    let row = &view.rows[view.chosen];
    let mut line = 0;
    for text in remarks(view, row) {
        for text in wrapped(&text, usize::from(canvas.area.width)) {
            canvas.text(0, line, &text, theme.text);
            line += 1;
        }
    }
    let Some(stages) = stages else { return };
    let mut column = canvas.text(0, line, "a process job:", theme.dim) + 1;
    for (stage, share) in stages.shares().into_iter().take(4) {
        let (words, share) = (stage.words(), format!("{:.1}%", share * 100.0));
        if usize::from(column) + words.len() + 1 + share.len() > usize::from(canvas.area.width) {
            break;
        }
        column = canvas.text(column, line, &words, theme.text) + 1;
        column = canvas.text(column, line, &share, theme.strong) + 2;
    }
}

/// What was observed of a strategy beside its time.
fn remarks(view: &View, row: &Row) -> Vec<String> {
    let time = |seconds: f64| {
        let (figure, unit) = figures::duration(seconds);
        format!("{figure} {unit}")
    };
    let mut remarks = vec![];
    if let Some(efficiency) = row.efficiency.filter(|_| view.workers > 1) {
        remarks.push(format!("{:.0}% of what {} workers could give", efficiency * 100.0, view.workers));
    }
    if let Some(lag) = row.loop_lag {
        remarks.push(format!("the event loop answered up to {} late", time(lag)));
    }
    if let Some(turns) = row.lock_turns {
        remarks.push(format!("{turns} turns with the simulated interpreter lock in a run"));
    }
    if row.contended {
        remarks.push("~ others used the machine meanwhile: not to be quoted".to_owned());
    }
    remarks
}

/// The nine stages, a row each.
fn pipeline(stages: Option<&StageTimes>, canvas: &mut Canvas<'_>) {
    let theme = canvas.theme;
    let Some(stages) = stages else {
        canvas.text(0, 0, "no job in a process measured yet", theme.dim);
        return;
    };
    let overhead = format!("{:.1}% is not the work", stages.overhead() * 100.0);
    let room = usize::from(canvas.area.width).saturating_sub(overhead.chars().count() + 2);
    let title = ["processes, by stage", "by stage"].into_iter().find(|title| title.len() <= room).unwrap_or_default();
    canvas.text(0, 0, title, theme.dim);
    canvas.text_right(0, &overhead, theme.text);
    let total = stages.total().max(1e-12);
    for (row, stage) in (1..).zip(Stage::ALL) {
        let seconds = stages.seconds(stage);
        let (figure, unit) = figures::duration(seconds);
        let style = if stage == Stage::Run { theme.good } else { theme.series(1) };
        canvas.text(0, row, &stage.words(), theme.text);
        let Rect { x, y, width, height } = canvas.area;
        let bar = Rect {
            x: x + 17.min(width),
            y: y + row.min(height),
            width: width.saturating_sub(17 + 10),
            height: u16::from(row < height),
        };
        progress_bar(&mut canvas.part(bar), seconds / total, style);
        canvas.text(width.saturating_sub(9), row, &format!("{figure:>5} {unit:>2}"), theme.text);
    }
}

/// Speedup against workers: what was measured, and the line of Amdahl's law through it.
fn scaling(view: &View, canvas: &mut Canvas<'_>) {
    let theme = canvas.theme;
    let title = view.rows[view.chosen].about.title;
    if view.chosen == 0 {
        canvas.text(0, 0, "scaling: choose a strategy, press g", theme.dim);
        return;
    }
    let [_, .., (most, _)] = view.scaling[..] else {
        canvas.text(0, 0, &format!("scaling of {title}: press g"), theme.dim);
        return;
    };
    let end = canvas.text(0, 0, &format!("scaling of {title}"), theme.dim);
    if let Some(share) = view.amdahl {
        let words = format!("{:.0}% parallel by Amdahl's law", share * 100.0);
        let short = format!("{:.0}% parallel", share * 100.0);
        let room = usize::from(canvas.area.width.saturating_sub(end + 2));
        let text = [words, short].into_iter().find(|text| text.chars().count() <= room);
        canvas.text(end + 2, 0, &text.unwrap_or_default(), theme.text);
    }
    let Rect { width, height, .. } = canvas.area;
    // A row for the title and one for the counts of workers; four columns for the scale.
    let (columns, rows) = (width.saturating_sub(5), height.saturating_sub(2));
    if columns < 8 || rows < 3 {
        return;
    }
    let highest = view.scaling.iter().map(|(_, speedup)| *speedup).fold(1.0, f64::max).ceil().max(2.0);
    let x = |workers: f64| 5 + ((workers - 1.0) / (most as f64 - 1.0) * f64::from(columns - 1)).round() as u16;
    let y = |speedup: f64| {
        1 + ((1.0 - speedup / highest) * f64::from(rows - 1)).round().clamp(0.0, f64::from(rows - 1)) as u16
    };
    for mark in [highest, 1.0] {
        canvas.text(0, y(mark), &format!("{mark:>3.0}x"), theme.dim);
    }
    if let Some(share) = view.amdahl {
        for column in 0..columns {
            let workers = 1.0 + f64::from(column) / f64::from(columns - 1) * (most as f64 - 1.0);
            canvas.text(
                5 + column,
                y(amdahl_speedup(share, workers)),
                if theme.ascii { "." } else { "·" },
                theme.faint,
            );
        }
    }
    for (workers, speedup) in &view.scaling {
        let (column, row) = (x(*workers as f64), y(*speedup));
        canvas.text(column, row, if theme.ascii { "o" } else { "●" }, theme.accent);
        let label = format!("{speedup:.2}");
        let beside = if column + 6 < width { column + 2 } else { column.saturating_sub(5) };
        canvas.text(beside, row, &label, theme.strong);
        canvas.text(column, rows + 1, &workers.to_string(), theme.dim);
    }
}

/// What the seed says, and what this machine gave.
fn seed_table(view: &View, canvas: &mut Canvas<'_>) {
    let theme = canvas.theme;
    canvas.text(0, 0, "against serial", theme.dim);
    canvas.text(18, 0, "the seed says", theme.dim);
    canvas.text(34, 0, "here", theme.dim);
    for (row, (id, said)) in (1..).zip(SEED) {
        let Some(index) = STRATEGIES.iter().position(|strategy| strategy.about.id == id) else { continue };
        canvas.text(0, row, STRATEGIES[index].about.title, theme.text);
        canvas.text(18, row, said, theme.dim);
        let here = view.rows.get(index).and_then(|row| row.speedup);
        let here = here.map_or("not measured".to_owned(), |speedup| format!("{speedup:.2}x"));
        canvas.text(34, row, &here, theme.strong);
    }
}

/// The runs of this session, the newest first.
fn history(view: &View, canvas: &mut Canvas<'_>) {
    let theme = canvas.theme;
    canvas.text(0, 0, "runs of this session", theme.dim);
    for (row, past) in (1..canvas.area.height).zip(&view.history) {
        let title = STRATEGIES.get(past.strategy).map_or("", |strategy| strategy.about.title);
        let (figure, unit) = figures::duration(past.seconds);
        canvas.text(0, row, title, theme.text);
        canvas.text(18, row, past.conditions.workload.name(), theme.dim);
        canvas.text(28, row, &format!("{:>2}", past.conditions.workers), theme.dim);
        canvas.text(32, row, &format!("{figure:>5} {unit:>2}"), theme.text);
        if past.contended {
            canvas.text(42, row, "~", theme.warn);
        }
    }
}
