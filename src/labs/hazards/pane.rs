//! Draws the hazards lab.
//!
//! ```text
//! deadlock  x frees it                       what matters most, in one line
//!
//! ╭▶ thread 1 waits for lock B               who waits for whom, or the steps of two workers
//! │  lock B is held by thread 2
//! │  thread 2 waits for lock A
//! ╰─ lock A is held by thread 1
//!
//! ▸ Two locks, two orders !   0 of 2         the last run of each strategy of this kind; ! is wrong on purpose
//! ```

use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::order::Outcome;
use super::steps::Steps;
use super::strategies::Kind;
use super::view::{Ran, StrategyRan, View};
use super::waits::{Link, Wait};
use crate::ui::figures::{duration, grouped};
use crate::ui::wrap::wrapped;
use crate::ui::{Canvas, Theme};

/// Draws the inside of the pane.
pub fn draw(view: &View, canvas: &mut Canvas<'_>) {
    let theme = canvas.theme;
    let area = canvas.area;
    let headline = match &view.steps {
        Some(steps) => steps_line(steps, theme),
        None => headline(view, theme),
    };
    canvas.line(0, &Line::from(headline));
    let mut top = 1;
    if area.height >= 15 {
        for line in wrapped(view.strategy.claim, usize::from(area.width)) {
            canvas.text(0, top, &line, theme.dim);
            top += 1;
        }
        top += 1;
    }
    let rest = area.height.saturating_sub(top);
    let body_rows = body_rows(view);
    let table_rows = (view.ran.len() as u16).min(rest.saturating_sub(body_rows.min(rest)));
    let gap = u16::from(rest > body_rows + table_rows);
    let body = Rect { y: area.y + top.min(area.height), height: rest.saturating_sub(table_rows + gap), ..area };
    draw_body(view, &mut canvas.part(body));
    let table = Rect { y: area.bottom().saturating_sub(table_rows), height: table_rows, ..area };
    draw_table(view, &mut canvas.part(table));
}

/// The circle that is shown: of the run that goes on, or of the last one.
fn circle(view: &View) -> Option<&[Link]> {
    let ended = || Some(&present(view)?.outcome.deadlock.as_ref()?.circle);
    let circle = if view.running { view.circle.as_ref() } else { ended() };
    circle.map(|circle| &circle.0[..])
}

/// Who waits that is shown when there is no circle.
fn waits(view: &View) -> &[Wait] {
    if view.running { &view.waits } else { present(view).map_or(&[], |ran| &ran.outcome.starved) }
}

fn present(view: &View) -> Option<&Ran> {
    view.ran.iter().find(|row| row.about.id == view.strategy.id)?.ran.as_ref()
}

fn body_rows(view: &View) -> u16 {
    match (&view.steps, circle(view)) {
        (None, _) if view.kind == Kind::LostUpdate => 4,
        (Some(_), _) => 6,
        (None, Some(links)) => links.len() as u16,
        (None, None) => waits(view).len() as u16,
    }
}

/// What matters most.
fn headline<'a>(view: &View, theme: &Theme) -> Vec<Span<'a>> {
    if view.running {
        return match &view.circle {
            Some(_) => vec![
                Span::styled("deadlock  ", theme.bad),
                Span::styled("x", theme.key),
                Span::styled(" frees it", theme.dim),
            ],
            None => vec![Span::styled("running", theme.good)],
        };
    }
    let Some(Ran { outcome, contended }) = present(view) else {
        let what = match view.kind {
            Kind::LostUpdate => format!(" runs it: {} updates by {} workers", grouped(view.increments), view.workers),
            Kind::Deadlock => " runs it, and x frees it".to_owned(),
            Kind::Starvation => " runs it for 2 s".to_owned(),
        };
        return vec![Span::styled("r", theme.key), Span::styled(what, theme.dim)];
    };
    let Outcome { expected, got, seconds, deadlock, .. } = outcome;
    let style = if got == expected { theme.good } else { theme.bad };
    let mut spans = match view.kind {
        Kind::LostUpdate => vec![
            Span::styled(grouped(expected - got), style),
            Span::styled(format!(" of {} lost  ", grouped(*expected)), theme.dim),
        ],
        Kind::Deadlock => vec![
            Span::styled(format!("{} of {}", grouped(*got), grouped(*expected)), style),
            Span::styled(" jobs done  ", theme.dim),
        ],
        Kind::Starvation => {
            vec![Span::styled(format!("{got} of {expected}"), style), Span::styled(" had their turn  ", theme.dim)]
        }
    };
    let shown = deadlock.as_ref().map_or(*seconds, |deadlock| deadlock.after.as_secs_f64());
    if deadlock.is_some() {
        spans.push(Span::styled("recognised after ", theme.dim));
    }
    let (number, unit) = duration(shown);
    spans.push(Span::styled(number, theme.strong));
    spans.push(Span::styled(format!(" {unit}"), theme.dim));
    if *contended {
        spans.push(Span::styled("  contended", theme.warn));
    }
    spans
}

fn draw_body(view: &View, canvas: &mut Canvas<'_>) {
    if let Some(steps) = &view.steps {
        return draw_steps(steps, canvas);
    }
    if view.kind == Kind::LostUpdate {
        return draw_counts(view, canvas);
    }
    match circle(view) {
        Some(links) => draw_circle(links, canvas),
        None => {
            for (row, Wait { who, how, on }) in waits(view).iter().enumerate() {
                draw_link(canvas, row as u16, "   ", who, how, on.first().map_or("", String::as_str));
            }
        }
    }
}

/// How many updates there should be and how many there were, as bars of the same scale.
fn draw_counts(view: &View, canvas: &mut Canvas<'_>) {
    let theme = canvas.theme;
    if let Some(Ran { outcome: Outcome { expected, got, .. }, .. }) = present(view) {
        // Names at the left in nine columns, counts at the right in fourteen.
        let track = usize::from(canvas.area.width.saturating_sub(23));
        let style = if got == expected { theme.good } else { theme.bad };
        for (row, (name, count, style)) in
            [("expected", expected, theme.accent), ("got", got, style)].into_iter().enumerate()
        {
            let row = row as u16;
            canvas.text(0, row, name, theme.dim);
            canvas.text(9, row, &"─".repeat(track), theme.faint);
            let share = *count as f64 / (*expected).max(1) as f64;
            canvas.text(9, row, &"━".repeat((share * track as f64).round() as usize), style);
            canvas.text_right(row, &grouped(*count), theme.strong);
        }
    }
    let x = canvas.text(0, 3, "← →", theme.key);
    canvas.text(x, 3, " step two workers by hand", theme.dim);
}

/// A line for each link; the gutter leads from the last back to the first.
fn draw_circle(links: &[Link], canvas: &mut Canvas<'_>) {
    let last = links.len().saturating_sub(1);
    for (row, Link { who, how, on }) in links.iter().enumerate() {
        let gutter = match row {
            0 if last == 0 => "▶  ",
            0 => "╭▶ ",
            row if row == last => "╰─ ",
            _ => "│  ",
        };
        draw_link(canvas, row as u16, gutter, who, how, on);
    }
}

fn draw_link(canvas: &mut Canvas<'_>, row: u16, gutter: &str, who: &str, how: &str, on: &str) {
    let theme = canvas.theme;
    let x = canvas.text(0, row, gutter, theme.bad);
    let x = canvas.text(x, row, who, theme.strong);
    let x = canvas.text(x, row, &format!(" {how} "), theme.dim);
    canvas.text(x, row, on, theme.strong);
}

fn steps_line<'a>(steps: &Steps, theme: &Theme) -> Vec<Span<'a>> {
    let lost = steps.expected() - steps.got();
    let style = if lost == 0 { theme.good } else { theme.bad };
    vec![
        Span::styled(lost.to_string(), style),
        Span::styled(" lost   counter ", theme.dim),
        Span::styled(steps.got().to_string(), theme.strong),
        Span::styled("   updates ", theme.dim),
        Span::styled(steps.expected().to_string(), theme.strong),
    ]
}

fn draw_steps(steps: &Steps, canvas: &mut Canvas<'_>) {
    let theme = canvas.theme;
    for (worker, key) in ["←", "→"].into_iter().enumerate() {
        let row = worker as u16;
        let x = canvas.text(0, row, key, theme.key);
        let x = canvas.text(x + 1, row, &format!("worker {}", worker + 1), theme.text);
        let x = canvas.text(x, row, "  next ", theme.dim);
        let x = canvas.text(x, row, steps.next(worker).name(), theme.accent);
        let has = match steps.workers[worker].loaded {
            Some(loaded) => format!("  has {loaded}"),
            None if steps.holder == Some(worker) => "  has the lock".to_owned(),
            None => String::new(),
        };
        canvas.text(x, row, &has, theme.strong);
    }
    let room = usize::from(canvas.area.height.saturating_sub(3));
    let first = steps.lines.len().saturating_sub(room);
    for (row, line) in steps.lines.iter().skip(first).enumerate() {
        let style = if line.ends_with("lost") { theme.bad } else { theme.dim };
        canvas.text(2, row as u16 + 3, line, style);
    }
}

fn draw_table(view: &View, canvas: &mut Canvas<'_>) {
    let theme = canvas.theme;
    let width = canvas.area.width;
    // With fewer rows than strategies the present one and its neighbours are shown.
    let rows = usize::from(canvas.area.height);
    let present = view.ran.iter().position(|row| row.about.id == view.strategy.id).unwrap_or(0);
    let first = present.saturating_sub(rows / 2).min(view.ran.len().saturating_sub(rows));
    for (row, StrategyRan { about, ran }) in view.ran.iter().skip(first).take(rows).enumerate() {
        let row = row as u16;
        let chosen = about.id == view.strategy.id;
        canvas.text(0, row, if chosen { "▸" } else { " " }, theme.accent);
        let x = canvas.text(2, row, about.title, if chosen { theme.accent } else { theme.text });
        if about.wrong_on_purpose {
            canvas.text(x + 1, row, "!", theme.bad);
        }
        let Some(Ran { outcome, .. }) = ran else {
            canvas.text_right(row, "–", theme.dim);
            continue;
        };
        let right = |canvas: &mut Canvas<'_>, edge: u16, text: &str, style: Style| {
            let text_width = text.chars().count() as u16;
            canvas.text(edge.saturating_sub(text_width), row, text, style);
        };
        let style = if outcome.got == outcome.expected { theme.good } else { theme.bad };
        let (number, unit) = duration(outcome.seconds);
        right(canvas, width, &format!(" {unit}"), theme.dim);
        right(canvas, width.saturating_sub(unit.chars().count() as u16 + 1), &number, theme.text);
        let text = match view.kind {
            Kind::LostUpdate => format!("{} lost", grouped(outcome.expected - outcome.got)),
            Kind::Deadlock | Kind::Starvation => format!("{} of {}", grouped(outcome.got), grouped(outcome.expected)),
        };
        // Where there is no room for both, the title is cut by what came of it.
        right(canvas, width.saturating_sub(9), &format!(" {text}"), style);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::labs::hazards::steps::program;
    use crate::labs::hazards::strategies::STRATEGIES;
    use crate::labs::hazards::waits::{Circle, Deadlock};
    use crate::labs::{Doing, Tone};
    use crate::ui::snapshot::{PANE_SIZES, picture};
    use std::time::Duration;

    fn view(id: &str) -> View {
        let strategy = &STRATEGIES.iter().find(|row| row.about.id == id).unwrap().about;
        let kind = Kind::of(strategy);
        let same = STRATEGIES.iter().filter(|row| Kind::of(&row.about) == kind);
        View {
            strategy,
            kind,
            doing: Doing { text: "r runs it".to_owned(), tone: Tone::Plain },
            workers: 2,
            increments: 1_000_000,
            running: false,
            waits: vec![],
            circle: None,
            ran: same.map(|row| StrategyRan { about: &row.about, ran: None }).collect(),
            steps: None,
        }
    }

    fn ran(expected: u64, got: u64, seconds: f64) -> Ran {
        Ran { outcome: Outcome { expected, got, seconds, deadlock: None, starved: vec![] }, contended: false }
    }

    fn locks() -> Circle {
        let link = |who: &str, how, on: &str| Link { who: who.to_owned(), how, on: on.to_owned() };
        Circle(vec![
            link("thread 1", "waits for", "lock B"),
            link("lock B", "is held by", "thread 2"),
            link("thread 2", "waits for", "lock A"),
            link("lock A", "is held by", "thread 1"),
        ])
    }

    fn snapshots(name: &str, view: &View) {
        for size in PANE_SIZES {
            let drawn = picture(size.columns, size.rows, |canvas| draw(view, canvas));
            insta::assert_snapshot!(format!("{name}_{}x{}", size.columns, size.rows), drawn);
        }
    }

    #[test]
    fn lost_updates_at_three_sizes() {
        let mut view = view("racy");
        view.ran[0].ran = Some(ran(1_000_000, 612_330, 0.004_21));
        view.ran[1].ran = Some(ran(1_000_000, 1_000_000, 0.0412));
        snapshots("lost", &view);
    }

    #[test]
    fn a_deadlock_at_three_sizes() {
        let mut view = view("lock-order");
        view.ran[1].ran = Some(ran(4, 4, 0.000_12));
        view.ran[5].ran = Some(ran(2000, 2000, 0.0031));
        view.running = true;
        view.circle = Some(locks());
        snapshots("deadlock", &view);
    }

    #[test]
    fn what_is_left_of_a_deadlock_and_what_starves() {
        let mut freed = view("lock-order");
        let mut outcome = ran(2, 0, 4.2);
        outcome.outcome.deadlock = Some(Deadlock { circle: locks(), after: Duration::from_micros(310) });
        freed.ran[4].ran = Some(outcome);
        insta::assert_snapshot!("freed_58x20", picture(58, 20, |canvas| draw(&freed, canvas)));
        let mut starved = view("never-yields");
        let mut outcome = ran(100, 0, 2.0);
        let busy = Wait {
            who: "the loop".to_owned(),
            how: "is busy with",
            on: vec!["a coroutine that never awaits".to_owned()],
        };
        outcome.outcome.starved = vec![Wait::on("each of 100 coroutines", "the loop"), busy];
        starved.ran[0].ran = Some(outcome);
        insta::assert_snapshot!("starved_58x20", picture(58, 20, |canvas| draw(&starved, canvas)));
    }

    #[test]
    fn steps_at_three_sizes() {
        let mut view = view("racy");
        let mut steps = Steps::new(program("racy").unwrap());
        for worker in [0, 1, 0, 1, 0] {
            steps.advance(worker);
        }
        view.steps = Some(steps);
        snapshots("steps", &view);
    }

    #[test]
    fn any_size_is_drawn() {
        let mut view = view("lock-order");
        view.circle = Some(locks());
        view.running = true;
        for (columns, rows) in [(1, 1), (3, 40), (200, 2), (40, 15), (120, 60), (20, 5)] {
            picture(columns, rows, |canvas| draw(&view, canvas));
        }
    }
}
