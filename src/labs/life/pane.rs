//! Draws the Life lab.
//!
//! ```text
//!  narrow                       wide
//!  cells                        cells                     │ generation
//!  cells                        cells                     │ population, rate
//!  1,234 gen  567 alive  15/s   cells                     │ sparkline
//!  strategy ━━━━━━━━━── 38 µs   cells                     │ strategy ━━━━── 38 µs
//! ```

mod picker;
mod race;

use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};

use super::colour::Colour;
use super::picture::{OUTSIDE, Picture, Zoom};
use super::speed::Speed;
use super::view::{Room, Simulated, Time, View};
use crate::ui::canvas::Size;
use crate::ui::figures::{duration, grouped, rate};
use crate::ui::widgets::cells::{Packing, cells};
use crate::ui::widgets::sparkline::sparkline;
use crate::ui::wrap::{shortened, wrapped};
use crate::ui::{Canvas, Theme};

/// Columns of the figures beside the cells, where there is room for them.
const SIDE: u16 = 36;

/// How the inside of the pane is shared out.
struct Parts {
    cells: Rect,
    side: Option<Rect>,
    below: Rect,
}

impl Parts {
    fn of(area: Rect) -> Self {
        let Rect { x, y, width, height } = area;
        if width >= 80 && height >= 16 {
            let cells = Rect { width: width - SIDE - 2, ..area };
            let side = Rect { x: x + width - SIDE, width: SIDE, ..area };
            return Self { cells, side: Some(side), below: Rect::ZERO };
        }
        let figures = match height {
            0..=3 => 0,
            4..=8 => 1,
            9..=15 => 3,
            _ => 6,
        };
        let cells = Rect { height: height - figures, ..area };
        Self { cells, side: None, below: Rect { y: y + cells.height, height: figures, ..area } }
    }
}

/// The room in a pane of this inner size.
pub fn room_in(pane: Size) -> Room {
    let Rect { width, height, .. } = Parts::of(Rect::new(0, 0, pane.columns, pane.rows)).cells;
    Room { pane, cells: Size { columns: width, rows: height } }
}

/// Draws the inside of the pane.
pub fn draw(view: &View, canvas: &mut Canvas<'_>) {
    if let Some(race) = view.race.as_ref().filter(|_| view.picker.is_none()) {
        return race::draw(race, view.io, canvas);
    }
    let parts = Parts::of(canvas.area);
    draw_cells(view, &mut canvas.part(parts.cells));
    if let Some(side) = parts.side {
        draw_side(view, &mut canvas.part(side));
    }
    draw_below(view, &mut canvas.part(parts.below));
}

fn draw_cells(view: &View, canvas: &mut Canvas<'_>) {
    if let Some(picker) = &view.picker {
        return picker::draw(picker, canvas);
    }
    mark_outside(&view.picture, canvas);
    draw_coloured(&view.picture, view.colour, canvas);
    if let Some((column, row)) = view.mark
        && column < canvas.area.width
        && row < canvas.area.height
    {
        let style = canvas.theme.bad.add_modifier(Modifier::REVERSED);
        canvas.buffer[(canvas.area.x + column, canvas.area.y + row)].set_style(style);
    }
    if let Some(share) = view.reading {
        let (width, style) = (canvas.area.width, canvas.theme.accent);
        let after = canvas.text(0, 0, "reading ", canvas.theme.text);
        draw_bar(canvas, 0, after, width.saturating_sub(1), share, style);
    }
}

fn draw_picture(picture: &Picture, canvas: &mut Canvas<'_>) {
    draw_coloured(picture, Colour::Age, canvas);
}

fn draw_coloured(picture: &Picture, meaning: Colour, canvas: &mut Canvas<'_>) {
    let palette = match (picture.zoom, meaning) {
        (Zoom::Density { .. }, _) | (_, Colour::Activity) => canvas.theme.heat,
        (_, Colour::Age) => canvas.theme.ages,
        (_, Colour::Worker) => canvas.theme.series,
    };
    let colour = |pixel: u8| -> Option<Color> {
        (pixel > 0 && pixel != OUTSIDE).then(|| palette[usize::from(pixel - 1).min(palette.len() - 1)])
    };
    cells(canvas, picture.width, &picture.pixels, packing(picture.zoom), colour);
}

fn packing(zoom: Zoom) -> Packing {
    match zoom {
        Zoom::Cell => Packing::Full,
        Zoom::Half | Zoom::Density { .. } => Packing::Half,
        Zoom::Quadrant => Packing::Quadrant,
        Zoom::Braille => Packing::Braille,
    }
}

/// Where the torus ends: characters that show nothing of it get a faint dot.
fn mark_outside(picture: &Picture, canvas: &mut Canvas<'_>) {
    let (across, down) = packing(picture.zoom).pixels();
    let dot = if canvas.theme.ascii { "." } else { "·" };
    let style = canvas.theme.faint;
    for row in 0..picture.height / down {
        for column in 0..picture.width / across {
            let outside = |index: usize| {
                let (y, x) = (row * down + index / across, column * across + index % across);
                picture.pixels[y * picture.width + x] == OUTSIDE
            };
            if (0..across * down).all(outside) {
                canvas.text(column as u16, row as u16, dot, style);
            }
        }
    }
}

/// A figure and its unit, in the styles of figures and units.
fn figure<'a>(number: String, unit: &'static str, theme: &Theme) -> [Span<'a>; 2] {
    [Span::styled(number, theme.strong), Span::styled(format!(" {unit}"), theme.dim)]
}

fn rate_figure<'a>(view: &View, theme: &Theme) -> [Span<'a>; 2] {
    match view.rate {
        Some(per_second) => {
            let (number, prefix) = rate(per_second);
            figure(format!("{number}{prefix}"), "gen/s", theme)
        }
        None => figure("–".to_owned(), "gen/s", theme),
    }
}

fn draw_below(view: &View, canvas: &mut Canvas<'_>) {
    let (area, theme) = (canvas.area, canvas.theme);
    if area.height == 0 {
        return;
    }
    let gap = Span::raw(if area.width >= 50 { "    " } else { "  " });
    let mut spans = Vec::from(figure(grouped(view.generation), "gen", theme));
    spans.push(gap.clone());
    spans.extend(figure(grouped(view.population), "alive", theme));
    spans.push(gap);
    spans.extend(rate_figure(view, theme));
    if area.height == 1 {
        match &view.problem {
            Some(problem) => draw_problem(problem, canvas),
            None => canvas.line(0, &Line::from(spans)),
        }
        return;
    }
    let room = area.height >= 6;
    let first = u16::from(room);
    if room {
        draw_caption(view, 0, canvas);
    }
    canvas.line(first, &Line::from(spans));
    let below = Rect { y: area.y + first + 1, height: area.height - first - 1, ..area };
    match &view.problem {
        Some(problem) => draw_problem(problem, &mut canvas.part(below)),
        None => draw_times(view, &mut canvas.part(below)),
    }
}

/// One line on what there is: the simulated I/O if there is some, or what the pattern's file says.
fn draw_caption(view: &View, row: u16, canvas: &mut Canvas<'_>) {
    let (dim, warn) = (canvas.theme.dim, canvas.theme.warn);
    if let Some(io) = view.io {
        canvas.text(0, row, &simulated(io), warn);
    } else if let Some(about) = &view.about {
        canvas.foreign(0, row, &shortened(about, usize::from(canvas.area.width)), dim);
    }
}

/// What the colours tell; for workers, which colour is whose.
fn draw_legend(view: &View, row: u16, canvas: &mut Canvas<'_>) {
    let theme = canvas.theme;
    canvas.text(0, row, "colour", theme.dim);
    let mut after = canvas.text(12, row, view.colour.name(), theme.text);
    if view.colour == Colour::Worker {
        for worker in 0..view.workers.min(theme.series.len()) {
            after = canvas.text(after + 1, row, &worker.to_string(), Style::new().fg(theme.series[worker]));
        }
    }
    if view.calm {
        canvas.text(after + 1, row, "calm", theme.accent);
    }
}

fn simulated(io: Simulated) -> String {
    let (number, unit) = duration(io.delay.as_secs_f64());
    format!("simulated I/O {}×{number} {unit} · {} in flight", io.points, grouped(io.in_flight as u64))
}

fn draw_side(view: &View, canvas: &mut Canvas<'_>) {
    let (area, theme) = (canvas.area, canvas.theme);
    let label = |text: &'static str| Span::styled(format!("{text:<12}"), theme.dim);
    let mut row = 0;
    let mut line = |canvas: &mut Canvas<'_>, name: &'static str, [number, unit]: [Span<'_>; 2]| {
        canvas.line(row, &Line::from(vec![label(name), number, unit]));
        row += 1;
    };
    line(canvas, "generation", figure(grouped(view.generation), "", theme));
    line(canvas, "population", figure(grouped(view.population), "", theme));
    line(canvas, "rate", rate_figure(view, theme));
    let wanted = match view.speed {
        Speed::Paced(rate) => figure(rate.to_string(), "gen/s", theme),
        Speed::FlatOut => figure("flat out".to_owned(), "", theme),
    };
    line(canvas, "speed", wanted);
    let size = view.size.map_or("plane".to_owned(), |(height, width)| format!("{width}×{height}"));
    line(canvas, "grid", figure(size, if view.size.is_some() { "torus" } else { "" }, theme));
    line(canvas, "pattern", [Span::styled(view.pattern.clone(), theme.text), Span::raw("")]);
    line(canvas, "rule", [Span::styled(view.rule.to_string(), theme.text), Span::raw("")]);
    line(canvas, "zoom", [Span::styled(view.look.zoom.name(), theme.text), Span::raw("")]);
    line(canvas, "workers", figure(view.workers.to_string(), "", theme));
    line(canvas, "grain", [Span::styled(view.grain.name(), theme.text), Span::raw("")]);
    draw_legend(view, row, canvas);
    row += 1;
    draw_caption(view, row, canvas);
    row += 1;
    let spark = Rect { y: area.y + row + 1, height: area.height.saturating_sub(row + 1).min(1), ..area };
    let most = view.populations.iter().copied().fold(0.0, f64::max);
    let style = theme.accent;
    sparkline(&mut canvas.part(spark), &view.populations, most, style);
    let below = Rect { y: area.y + row + 3, height: area.height.saturating_sub(row + 3), ..area };
    match &view.problem {
        Some(problem) => draw_problem(problem, &mut canvas.part(below)),
        None => draw_times(view, &mut canvas.part(below)),
    }
}

/// What went wrong and how to go on, over as many rows as it takes.
fn draw_problem(problem: &str, canvas: &mut Canvas<'_>) {
    let style = canvas.theme.bad;
    for (row, line) in wrapped(problem, usize::from(canvas.area.width)).iter().enumerate() {
        canvas.foreign(0, row as u16, line, style);
    }
}

/// The time of a generation under each strategy that has run: bars on a logarithmic scale, since they differ by orders of
/// magnitude.
fn draw_times(view: &View, canvas: &mut Canvas<'_>) {
    let (width, height) = (canvas.area.width, canvas.area.height);
    let theme = canvas.theme;
    let mut row = 0;
    if height >= 3 {
        canvas.text(0, 0, "a generation takes", theme.dim);
        canvas.text_right(0, "log scale", theme.dim);
        row = 1;
    }
    let rows = usize::from(height - row.min(height));
    let (shown, scale) = (around_current(view, rows), Scale::of(&view.times));
    for time in shown {
        let running = time.strategy.id == view.strategy.id;
        let name = if running { theme.strong } else { theme.text };
        let mark = if theme.ascii { ">" } else { "▸" };
        if running {
            canvas.text(0, row, mark, theme.accent);
        }
        let after = canvas.text(2, row, time.strategy.title, name);
        let (number, unit) = duration(time.seconds);
        let value = format!("{number:>5}");
        let from = after.max(16) + 1;
        let to = width.saturating_sub(9);
        draw_bar(canvas, row, from, to, scale.share(time.seconds), if running { theme.accent } else { theme.dim });
        let after = canvas.text(to + 1, row, &value, name);
        canvas.text(after + 1, row, unit, theme.dim);
        row += 1;
    }
}

fn draw_bar(canvas: &mut Canvas<'_>, row: u16, from: u16, to: u16, share: f64, style: Style) {
    let (full, empty) = if canvas.theme.ascii { ("=", "-") } else { ("━", "─") };
    let width = to.saturating_sub(from);
    let filled = (f64::from(width) * share).round() as u16;
    let faint = canvas.theme.faint;
    for column in 0..width {
        let (symbol, style) = if column < filled { (full, style) } else { (empty, faint) };
        canvas.text(from + column, row, symbol, style);
    }
}

/// As many strategies as there are rows, with the one that runs among them.
fn around_current(view: &View, rows: usize) -> &[Time] {
    let times = &view.times;
    let current = times.iter().position(|time| time.strategy.id == view.strategy.id).unwrap_or(0);
    let from =
        (current + 1).saturating_sub(rows).max(current.saturating_sub(rows / 2)).min(times.len().saturating_sub(rows));
    &times[from..(from + rows).min(times.len())]
}

/// A logarithmic scale from a third of the shortest time to the longest.
struct Scale {
    low: f64,
    high: f64,
}

impl Scale {
    fn of(times: &[Time]) -> Self {
        let seconds = || times.iter().map(|time| time.seconds.max(1e-12));
        Self { low: seconds().fold(f64::INFINITY, f64::min) / 3.0, high: seconds().fold(0.0, f64::max) }
    }

    fn share(&self, seconds: f64) -> f64 {
        ((seconds.max(1e-12) / self.low).ln() / (self.high / self.low).ln()).clamp(0.0, 1.0)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::labs::life::history::History;
    use crate::labs::life::part::Grain;
    use crate::labs::life::pattern::shipped::SHIPPED;
    use crate::labs::life::picker::Picker;
    use crate::labs::life::picture::Look;
    use crate::labs::life::rule::Rule;
    use crate::labs::life::soup::soup;
    use crate::labs::life::strategies::STRATEGIES;
    use crate::labs::life::tiling::{Tiling, Whole};
    use crate::labs::life::universe::Universe;
    use crate::labs::life::view::Race;
    use crate::labs::{Doing, Tone};
    use crate::runtime::race::{Lane, LaneState, Sharing, Standing};
    use crate::runtime::strategy::find;
    use crate::ui::snapshot::{PANE_SIZES, picture};

    fn view(size: Size) -> View {
        let Size { columns, rows } = room_in(size).cells;
        let (height, width) = (usize::from(rows).max(3) * 2 - 4, usize::from(columns).max(7) - 6);
        let universe = Universe::torus(Rule::LIFE, soup(height, width, 0.35, 42));
        let look = Look { y: height as i64 / 2, x: width as i64 / 2, zoom: Zoom::Half, columns, rows };
        let measured = [("serial", 38.2e-6), ("thread-pool", 4.21e-3), ("coroutines", 2.05e-3), ("rayon", 21.7e-6)];
        let times: Vec<Time> = measured
            .into_iter()
            .map(|(id, seconds)| Time { strategy: &find(STRATEGIES, id).unwrap().about, seconds, contended: None })
            .collect();
        View {
            strategy: times[1].strategy,
            workers: 2,
            doing: Doing { text: "15/s".to_owned(), tone: Tone::Good },
            pattern: "soup 42".to_owned(),
            rule: Rule::LIFE,
            size: universe.space.size(),
            generation: 1234,
            population: universe.population(),
            populations: (0..60).map(|n| 400.0 + f64::from(n * n % 97) * 3.0).collect(),
            rate: Some(15.0),
            speed: Speed::Paced(15),
            times,
            problem: None,
            grain: Grain::Cell,
            io: None,
            about: None,
            reading: None,
            race: None,
            picker: None,
            colour: Colour::Age,
            calm: false,
            mark: None,
            look,
            picture: Picture::take(&look, &universe, &History::default()),
        }
    }

    #[test]
    fn the_pane_at_every_size() {
        for size in PANE_SIZES {
            let drawn = picture(size.columns, size.rows, |canvas| draw(&view(size), canvas));
            insta::assert_snapshot!(format!("pane_{}x{}", size.columns, size.rows), drawn);
        }
    }

    #[test]
    fn a_problem_says_what_happened_and_how_to_go_on() {
        let size = PANE_SIZES[1];
        let problem = "cell 8,17: Problem with I/O; its future kept it until the caller asked: Space goes on";
        let view = View { problem: Some(problem.to_owned()), rate: None, ..view(size) };
        insta::assert_snapshot!("pane_problem", picture(size.columns, size.rows, |canvas| draw(&view, canvas)));
    }

    #[test]
    fn simulated_io_says_so() {
        let size = PANE_SIZES[1];
        let io = Some(Simulated { points: 2, delay: Duration::from_millis(1), in_flight: 1508 });
        let drawn = picture(size.columns, size.rows, |canvas| draw(&View { io, ..view(size) }, canvas));
        assert!(drawn.contains("simulated I/O 2×1.00 ms · 1,508 in flight"), "{drawn}");
    }

    fn race(view: &View, pane: Size, over: bool) -> Race {
        let universe = Universe::torus(Rule::LIFE, soup(28, 58, 0.35, 42));
        let whole = Whole::of(&universe.space);
        let lane = |(time, done): (&Time, u64)| Lane {
            done,
            seconds: time.seconds * done as f64,
            state: if done == 500 { LaneState::Finished } else { LaneState::Racing },
            ..Lane::ready(time.strategy)
        };
        let done = if over { [500; 4] } else { [500, 72, 130, 500] };
        let standing = Standing {
            what: view.pattern.clone(),
            unit: "generations",
            goal: 500,
            sharing: Sharing::InTurns,
            lanes: view.times.iter().zip(done).map(lane).collect(),
            elapsed: Duration::from_millis(4217),
            over,
            contended: None,
        };
        let tiling = Tiling::best(pane, 4, &whole);
        let picture = Picture::take(&tiling.fit(&whole).look, &universe, &History::default());
        Race { pictures: vec![picture; standing.lanes.len()], standing, tiling }
    }

    #[test]
    fn every_racer_has_its_whole_grid_and_the_end_has_a_card() {
        for size in PANE_SIZES.into_iter().chain([Size { columns: 118, rows: 36 }]) {
            for over in [false, true] {
                let view = view(size);
                let view = View { race: Some(race(&view, size, over)), ..view };
                let drawn = picture(size.columns, size.rows, |canvas| draw(&view, canvas));
                let name = format!("race_{}_{}x{}", if over { "over" } else { "on" }, size.columns, size.rows);
                insta::assert_snapshot!(name, drawn);
            }
        }
    }

    #[test]
    fn a_race_with_simulated_io_says_so_whatever_the_room() {
        let io = Some(Simulated { points: 1, delay: Duration::from_millis(1), in_flight: 64 });
        for size in PANE_SIZES {
            let view = view(size);
            let view = View { race: Some(race(&view, size, false)), io, ..view };
            let drawn = picture(size.columns, size.rows, |canvas| draw(&view, canvas));
            assert!(drawn.contains("simulated I/O 1×1.00 ms"), "{drawn}");
        }
    }

    #[test]
    fn the_list_of_patterns_with_the_chosen_one_beside_it() {
        for size in PANE_SIZES {
            let Size { columns, rows } = room_in(size).cells;
            let chosen = SHIPPED.iter().position(|(name, _)| *name == "gosper-glider-gun").unwrap();
            let picker = Picker::open(chosen, columns, rows, std::time::Instant::now()).unwrap().view();
            let view = View { picker: Some(picker), ..view(size) };
            let drawn = picture(size.columns, size.rows, |canvas| draw(&view, canvas));
            insta::assert_snapshot!(format!("picker_{}x{}", size.columns, size.rows), drawn);
        }
    }

    #[test]
    fn colours_by_worker_say_whose_they_are() {
        let size = PANE_SIZES[2];
        let view = View { colour: Colour::Worker, calm: true, ..view(size) };
        let drawn = picture(size.columns, size.rows, |canvas| draw(&view, canvas));
        assert!(drawn.contains("colour      worker 0 1 calm"), "{drawn}");
    }

    #[test]
    fn no_size_breaks_it() {
        for (columns, rows) in [(1, 1), (2, 5), (300, 3), (7, 90), (80, 16), (0, 0)] {
            let drawn = picture(columns, rows, |canvas| draw(&view(PANE_SIZES[2]), canvas));
            assert_eq!(drawn.lines().count(), usize::from(rows));
            let fitting = view(Size { columns, rows });
            picture(columns, rows, |canvas| draw(&fitting, canvas));
        }
    }
}
