//! Draws the lab.
//!
//! ```text
//! 3.21 requests/s   0.08 games/s   2 clients        how fast
//! server coroutines · clients threads · …           with what
//!
//! ▸0 1 ──•──•───────◆──●────── 100   57 warmer  12  a game a lane: guesses, secret, last one
//!  1 1 ─────────◆─•──●──────── 100   61 colder   8
//!
//! latency  p50 … p99 … max …  ▁▂▅█▂▁                what a request takes
//! guesses  random 49.2 …   bisecting 7.1 …          what a game takes
//! 0 → NUMBER                                        the wire
//! 0 ← 57
//! ```

use ratatui::style::Style;

use super::guesser::Method;
use super::protocol::Decision;
use super::strategies::STRATEGIES;
use super::view::View;
use super::watch::{Lane, LaneState};
use super::worker::RANGE;
use crate::ui::widgets::race::race;
use crate::ui::widgets::sparkline::sparkline;
use crate::ui::{Canvas, Theme, figures};

/// The row of the first lane.
const FIRST_LANE: u16 = 3;

/// The seat whose lane is drawn at a row.
pub fn seat_at(view: &View, row: u16) -> Option<usize> {
    let lane = usize::from(row.checked_sub(FIRST_LANE)?);
    (lane < view.lanes.len()).then_some(view.first + lane)
}

/// Draws the view into the inside of the pane.
pub fn draw(view: &View, canvas: &mut Canvas<'_>) {
    if let Some(standing) = &view.race {
        race(canvas, standing);
        return;
    }
    speeds(view, canvas);
    settings(view, canvas);
    for (place, lane) in view.lanes.iter().enumerate() {
        draw_lane(view, lane, view.first + place, FIRST_LANE + place as u16, canvas);
    }
    let mut row = FIRST_LANE + view.lanes.len() as u16;
    let rows = canvas.area.height;
    // A small pane has room for games and wire; figures and space come with size.
    if rows >= 16 {
        row += 1;
        latency(view, row, canvas);
        methods(view, row + 1, canvas);
        faults(view, row + 2, canvas);
        row += 4;
    }
    if let Some(own) = &view.own {
        let theme = canvas.theme;
        let x = canvas.text(0, row, "your game  ", theme.dim);
        canvas.text(x, row, &own.title, theme.text);
        let said = own.said.iter().rev().take(3).rev().cloned().collect::<Vec<_>>().join("  ");
        let x = canvas.text(0, row + 1, &own.asks, if own.over { theme.good } else { theme.key });
        canvas.text(x + 2, row + 1, &said, theme.dim);
        row += 3;
    }
    wire(view, row, canvas);
}

/// A figure with its unit dim behind it; returns the column after both.
fn figure(canvas: &mut Canvas<'_>, column: u16, row: u16, figure: &str, unit: &str, style: Style) -> u16 {
    let dim = canvas.theme.dim;
    let x = canvas.text(column, row, &format!("{figure:>5}"), style);
    canvas.text(x + 1, row, unit, dim) + 3
}

fn speeds(view: &View, canvas: &mut Canvas<'_>) {
    let theme = canvas.theme;
    let (requests, prefix) = figures::rate(view.requests_per_second);
    let x = figure(canvas, 0, 0, &requests, format!("{prefix} requests/s").trim_start(), theme.strong);
    let (games, prefix) = figures::rate(view.games_per_second);
    let x = figure(canvas, x, 0, &games, format!("{prefix} games/s").trim_start(), theme.text);
    let x = figure(canvas, x, 0, &view.clients.to_string(), "clients", theme.text);
    let mut rest = canvas.row(0);
    rest.x += x.min(rest.width);
    rest.width = rest.width.saturating_sub(x);
    if rest.width >= 8 {
        let full = view.rates.iter().copied().fold(0.0, f64::max);
        sparkline(&mut canvas.part(rest), &view.rates, full, theme.accent);
    }
}

fn settings(view: &View, canvas: &mut Canvas<'_>) {
    let theme = canvas.theme;
    let thinking = if view.speed.is_flat_out() {
        "flat out".to_owned()
    } else {
        let (figure, unit) = figures::duration(view.speed.thinking().as_secs_f64());
        format!("thinks {figure} {unit} (simulated)")
    };
    let address = view.address.map(|address| address.to_string()).unwrap_or_default();
    let parts = [
        ("", thinking),
        ("clients ", STRATEGIES[view.client].about.id.to_owned()),
        ("", view.guessing.name().to_owned()),
        ("at ", address),
    ];
    let mut x = 0;
    for (label, text) in parts {
        // Half a word says nothing: what has no room is left out.
        if usize::from(x) + label.len() + text.chars().count() > usize::from(canvas.area.width) {
            continue;
        }
        x = canvas.text(x, 1, label, theme.dim);
        x = canvas.text(x, 1, &text, theme.text) + 2;
    }
    // Instead of the address, which can wait: it is for other programs.
    if view.leaving > 0 {
        let plural = if view.leaving == 1 { "game ends" } else { "games end" };
        let text = format!("{} {plural} as begun", view.leaving);
        canvas.text_right(1, &format!("  {text}"), theme.warn);
    }
}

/// The style of a decision; its word always stands beside it.
fn decided(theme: &Theme, decision: Option<Decision>) -> Style {
    match decision {
        Some(Decision::Warmer) => theme.warn,
        Some(Decision::Colder) => theme.series(0),
        Some(Decision::Correct) => theme.good,
        Some(Decision::Unsure) | None => theme.text,
    }
}

fn draw_lane(view: &View, lane: &Lane, seat: usize, row: u16, canvas: &mut Canvas<'_>) {
    let theme = canvas.theme;
    let chosen = seat == view.chosen;
    canvas.text(0, row, if chosen { "▸" } else { " " }, theme.accent);
    canvas.text(1, row, &format!("{seat:>2}"), if chosen { theme.strong } else { theme.dim });
    // Right of the line stand the last number, its word, and how many guesses there were.
    let (begin, width) = (4, canvas.area.width.saturating_sub(4 + 21));
    for column in 0..width {
        canvas.text(begin + column, row, "─", theme.faint);
    }
    if let Some(game) = &lane.game
        && width > 0
    {
        let at = |number: i64| {
            let share = (number - RANGE.start()) as f64 / (RANGE.end() - RANGE.start()) as f64;
            begin + (share.clamp(0.0, 1.0) * f64::from(width - 1)).round() as u16
        };
        for (number, decision) in &lane.guesses {
            canvas.text(at(*number), row, "•", decided(theme, *decision));
        }
        canvas.text(at(game.secret), row, "◆", theme.accent);
        if let Some((number, decision)) = lane.guesses.back() {
            canvas.text(at(*number), row, "●", decided(theme, *decision));
        }
    }
    let end = begin + width + 1;
    let last = lane.guesses.back();
    let (word, style) = match (lane.state, last) {
        (LaneState::Stalling, _) => ("stalls", theme.bad),
        (LaneState::Failed(_), _) => ("failed", theme.bad),
        (LaneState::Away, _) => ("away", theme.dim),
        (_, Some((_, Some(decision)))) => (decision.word(), decided(theme, Some(*decision))),
        _ => ("…", theme.dim),
    };
    if let Some((number, _)) = last {
        canvas.text(end, row, &format!("{number:>4}"), theme.strong);
    }
    canvas.text(end + 5, row, word, style);
    canvas.text(end + 13, row, &format!("{:>6}", lane.count), theme.dim);
}

fn latency(view: &View, row: u16, canvas: &mut Canvas<'_>) {
    let theme = canvas.theme;
    let mut x = canvas.text(0, row, "latency  ", theme.dim);
    for (name, value) in [("p50", view.latency.p50), ("p99", view.latency.p99), ("max", view.latency.max)] {
        let (value, unit) = figures::duration(value.as_secs_f64());
        x = canvas.text(x, row, name, theme.dim) + 1;
        x = canvas.text(x, row, &format!("{value:>4}"), theme.text) + 1;
        x = canvas.text(x, row, &format!("{unit:<2}"), theme.dim) + 2;
    }
    // The bars stand between the ends of what happened: a tail of zeros at either side tells nothing.
    let (from, to) = (view.bars.iter().position(|count| *count > 0), view.bars.iter().rposition(|count| *count > 0));
    if let (Some(from), Some(to)) = (from, to)
        && canvas.area.width > x + 4
    {
        let bars: Vec<f64> = view.bars[from..=to].iter().map(|count| (1.0 + *count as f64).log2()).collect();
        let full = bars.iter().copied().fold(0.0, f64::max);
        let mut rest = canvas.row(row);
        rest.x += x;
        rest.width = (rest.width - x).min(bars.len() as u16);
        sparkline(&mut canvas.part(rest), &bars, full, theme.accent);
    }
}

fn methods(view: &View, row: u16, canvas: &mut Canvas<'_>) {
    let theme = canvas.theme;
    let mut x = canvas.text(0, row, "guesses  ", theme.dim);
    for method in Method::ALL {
        x = canvas.text(x, row, method.name(), theme.dim) + 1;
        let mean = view.counted.mean_guesses(method);
        let text = mean.map_or_else(|| "–".to_owned(), |mean| format!("{mean:.1}"));
        x = canvas.text(x, row, &text, theme.text) + 1;
        let games = figures::grouped(view.counted.found[method as usize]);
        x = canvas.text(x, row, &format!("in {games} games"), theme.dim) + 2;
    }
}

fn faults(view: &View, row: u16, canvas: &mut Canvas<'_>) {
    let theme = canvas.theme;
    let mut x = canvas.text(0, row, "faults   ", theme.dim);
    let mut faults: Vec<(String, u64)> =
        view.counted.faults().map(|(fault, count)| (fault.to_string(), count)).collect();
    faults.extend((view.counted.abandoned > 0).then(|| ("client gone".to_owned(), view.counted.abandoned)));
    faults.extend((view.counted.refused > 0).then(|| ("refused".to_owned(), view.counted.refused)));
    if faults.is_empty() {
        canvas.text(x, row, "none", theme.dim);
    }
    for (fault, count) in faults {
        x = canvas.text(x, row, &figures::grouped(count), theme.warn) + 1;
        x = canvas.text(x, row, &fault, theme.text) + 2;
    }
}

/// The last lines of the wire, the newest at the bottom.
fn wire(view: &View, from: u16, canvas: &mut Canvas<'_>) {
    let theme = canvas.theme;
    let rows = canvas.area.height.saturating_sub(from);
    let shown = view.lines.len().min(usize::from(rows));
    for (place, said) in view.lines[view.lines.len() - shown..].iter().enumerate() {
        let row = from + place as u16;
        canvas.text(0, row, &format!("{:>3}", said.client), theme.dim);
        let (arrow, style) = if said.to_server { ("→", theme.text) } else { ("←", theme.accent) };
        canvas.text(4, row, arrow, theme.dim);
        let decision =
            said.text.strip_prefix("REPORT ").and_then(|word| Decision::ALL.into_iter().find(|d| d.word() == word));
        let style = if decision.is_some() { decided(theme, decision) } else { style };
        canvas.foreign(6, row, &said.text, style);
    }
    if view.missed > 0 && rows > 1 {
        canvas.text_right(from, &format!("{} lines not shown", figures::grouped(view.missed)), theme.dim);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::labs::guess::latency::Percentiles;
    use crate::labs::guess::own::OwnGame;
    use crate::labs::guess::play::Game;
    use crate::labs::guess::protocol::Fault;
    use crate::labs::guess::server::{Counted, Guessing};
    use crate::labs::guess::view::{Speed, State};
    use crate::labs::guess::watch::Said;
    use crate::ui::snapshot::{PANE_SIZES, picture};
    use std::sync::Arc;
    use std::time::Duration;

    fn lane(secret: i64, guesses: &[(i64, Decision)], state: LaneState) -> Lane {
        Lane {
            game: Some(Game { lower: 1, upper: 100, secret, guesses: 100 }),
            guesses: guesses.iter().map(|(number, decision)| (*number, Some(*decision))).collect(),
            count: guesses.len() as u64,
            games: 1,
            state,
        }
    }

    fn view() -> View {
        let mut counted = Counted { found: [3, 4], guesses_to_find: [147, 28], ..Counted::default() };
        counted.faults[Fault::UnknownCommand.index()] = 2;
        let said = |client, to_server, text: &str| Said { client, to_server, text: text.to_owned() };
        let micros = Duration::from_micros;
        View {
            server: 0,
            client: 2,
            state: State::Playing,
            address: Some(([127, 0, 0, 1], 40123).into()),
            leaving: 0,
            speed: Speed::PLEASANT,
            guessing: Guessing::InTurns,
            clients: 3,
            chosen: 1,
            first: 0,
            lanes: vec![
                lane(
                    62,
                    &[(20, Decision::Unsure), (80, Decision::Warmer), (61, Decision::Warmer)],
                    LaneState::Thinking,
                ),
                lane(30, &[(34, Decision::Unsure), (90, Decision::Colder)], LaneState::Thinking),
                lane(75, &[(75, Decision::Correct)], LaneState::Over),
            ],
            lines: vec![
                said(0, true, "PARAMS 1 100"),
                said(0, true, "NUMBER"),
                said(0, false, "20"),
                said(0, true, "REPORT Unsure"),
                said(2, false, "75"),
                said(2, true, "REPORT Correct"),
            ],
            missed: 0,
            requests_per_second: 4.98,
            games_per_second: 0.12,
            rates: vec![1.0, 3.0, 5.0, 5.0, 4.0],
            latency: Percentiles { p50: micros(63), p99: micros(181), max: micros(420) },
            bars: [vec![0; 17], vec![2, 9, 30, 12, 4, 1], vec![0; 37]].concat(),
            counted,
            trace: Arc::default(),
            own: None,
            flat_out: vec![],
            race: None,
        }
    }

    #[test]
    fn the_pane_at_its_three_sizes() {
        for size in PANE_SIZES {
            let name = format!("pane_{}x{}", size.columns, size.rows);
            insta::assert_snapshot!(name, picture(size.columns, size.rows, |canvas| draw(&view(), canvas)));
        }
    }

    #[test]
    fn a_persons_own_game_stands_above_the_wire() {
        let own = OwnGame {
            title: "you know a number from 1 to 100".to_owned(),
            said: vec!["20 is Unsure".to_owned(), "80 is Warmer".to_owned()],
            asks: "is it 61?  w warmer  l colder  u unsure  y yes".to_owned(),
            over: false,
        };
        let view = View { own: Some(own), ..view() };
        insta::assert_snapshot!("own_game_98x32", picture(98, 32, |canvas| draw(&view, canvas)));
    }

    #[test]
    fn no_size_is_too_small() {
        for (columns, rows) in [(1, 1), (3, 2), (10, 3), (24, 5), (300, 1), (1, 90)] {
            picture(columns, rows, |canvas| draw(&view(), canvas));
        }
    }
}
