//! The pane: the merged lines, and a row of figures for each file beside them.
//!
//! ```text
//! wide   │ a.log  line                  │   file     lines      rate  behind     │
//!        │ b.log  line                  │ ● a.log   12,345   1.2 k/s         ▁▃▅ │
//!        │                              │ ● b.log       88     0  /s  12 MiB ▁   │
//!        │                              │   2 files 12,433   1.2 k/s  12 MiB     │
//! narrow │ 12,433 lines  1.2 k/s  ● a.log 12,345  ● b.log 88 │
//!        │ a.log  line                                       │
//! ```

use ratatui::layout::Rect;
use ratatui::style::Style;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::level::Level;
use super::view::{FileView, LineView, Status, View};
use crate::ui::Canvas;
use crate::ui::canvas::Size;
use crate::ui::figures::{bytes, grouped, rate};
use crate::ui::input::Mouse;
use crate::ui::safe_text;
use crate::ui::theme::Theme;
use crate::ui::widgets::sparkline::sparkline;

/// From so many columns on, the files have a table at the side.
const WIDE: u16 = 100;

/// Columns of that table, with the rule at its left.
const TABLE: u16 = 52;

/// Columns of a file's name, at most.
const NAME: usize = 12;

/// Columns of one line that are wrapped at most: what may come into view.
const MOST_WRAPPED: usize = 100_000;

/// Files that the strip above narrow panes shows at most.
const STRIP_FILES: usize = 8;

/// The size of the part that shows lines, and how many files have figures, in a pane of this size.
pub fn place(size: Size) -> (Size, usize) {
    if size.columns >= WIDE {
        let lines = Size { columns: size.columns - TABLE, rows: size.rows };
        (lines, usize::from(size.rows.saturating_sub(2)))
    } else {
        (Size { columns: size.columns, rows: size.rows.saturating_sub(u16::from(size.rows > 2)) }, STRIP_FILES)
    }
}

/// The file whose row in the table stands at this cell of a pane of this size: the index of its origin.
pub fn file_at(view: &View, size: Size, at: Mouse) -> Option<usize> {
    let (lines, _) = place(size);
    let in_table = size.columns >= WIDE && at.column >= lines.columns;
    let row = usize::from(at.row).checked_sub(1)?;
    view.files.get(row).filter(|_| in_table).map(|file| file.index)
}

/// Draws the view, which may have been made for another size.
pub fn draw(view: &View, canvas: &mut Canvas<'_>) {
    let Rect { x, y, width, height } = canvas.area;
    let (lines, _) = place(Size { columns: width, rows: height });
    if width >= WIDE {
        draw_reading(view, &mut canvas.part(Rect::new(x, y, lines.columns - 1, height)));
        let at = x + lines.columns;
        draw_table(view, &mut canvas.part(Rect::new(at, y, width - lines.columns, height)));
    } else {
        draw_reading(view, &mut canvas.part(Rect::new(x, y + height - lines.rows, width, lines.rows)));
        if lines.rows < height {
            draw_strip(view, &mut canvas.part(Rect::new(x, y, width, 1)));
        }
    }
}

/// The lines, and the row below them that says what else is on.
fn draw_reading(view: &View, canvas: &mut Canvas<'_>) {
    let Rect { x, y, width, height } = canvas.area;
    let rows = height.saturating_sub(status_rows(view, height));
    draw_lines(view, &mut canvas.part(Rect::new(x, y, width, rows)));
    if rows < height {
        draw_status(view, &mut canvas.part(Rect::new(x, y + rows, width, 1)));
    }
}

/// Rows that the status takes of those for lines.
fn status_rows(view: &View, height: u16) -> u16 {
    u16::from(!view.status.is_empty() && height > 1)
}

fn draw_status(view: &View, canvas: &mut Canvas<'_>) {
    let theme = canvas.theme;
    let mut at = 0;
    for Status { label, text } in &view.status {
        at = canvas.text(at, 0, label, theme.dim);
        let Rect { x, y, width, .. } = canvas.area;
        let from = (at + 1).min(width);
        at = from + canvas.part(Rect::new(x + from, y, width - from, 1)).foreign(0, 0, text, theme.accent) + 2;
    }
}

fn draw_lines(view: &View, canvas: &mut Canvas<'_>) {
    let theme = canvas.theme;
    let Rect { x, y, width, height } = canvas.area;
    if height == 0 {
        return;
    }
    if view.lines.is_empty() {
        let files = files(view.followed);
        let what = if view.total == 0 { "no lines yet in" } else { "no line is shown of" };
        canvas.text(0, 0, &format!("{what} {files}"), canvas.theme.dim);
        return;
    }
    let longest = view.lines.iter().map(|line| line.name.width()).max().unwrap_or(0);
    let name = longest.min(NAME).min(usize::from(width) / 4) as u16;
    let columns = width.saturating_sub(name + 1);
    let in_rows =
        |line: &LineView| if view.wrap { wrapped(pieces(line, theme), columns) } else { vec![pieces(line, theme)] };
    let lines: Vec<(&LineView, Vec<Row>)> = view.lines.iter().map(|line| (line, in_rows(line))).collect();
    // While following, the newest is at the bottom; the first that fits is the first drawn.
    let mut first = 0;
    if view.following {
        let mut rows = 0_usize;
        let fits = |(_, line): &&(&LineView, Vec<Row>)| {
            rows += line.len();
            rows <= usize::from(height)
        };
        first = lines.len() - lines.iter().rev().take_while(fits).count().max(1);
    }
    let mut row = 0;
    for (line, rows) in &lines[first..] {
        if row >= height {
            break;
        }
        let tall = (height - row).min(rows.len() as u16);
        draw_line(line, rows, name, &mut canvas.part(Rect::new(x, y + row, width, tall)));
        row += tall;
    }
    if !view.following {
        let text = format!(" {} newer, End follows ", grouped(view.below));
        canvas.text_right(height - 1, &text, canvas.theme.banner);
    }
}

/// A row of a line: pieces of harmless text, each in its style.
type Row = Vec<(String, Style)>;

/// A line's text made harmless, in pieces: what the search has found, and what stands between.
fn pieces(line: &LineView, theme: &Theme) -> Row {
    let (plain, found) = (level_style(line.level, theme), if line.current { theme.banner } else { theme.selected });
    let (mut pieces, mut from) = (Row::new(), 0);
    let mut add = |text: &str, style| pieces.push((safe_text::visible(text, MOST_WRAPPED).0, style));
    for place in &line.found {
        // Places are of the text as it is; those that a cut has split are left out.
        if let (Some(before), Some(inside)) = (line.text.get(from..place.start), line.text.get(place.clone())) {
            add(before, plain);
            add(inside, found);
            from = place.end;
        }
    }
    add(line.text.get(from..).unwrap_or_default(), plain);
    pieces
}

/// The pieces in rows of so many columns.
fn wrapped(pieces: Row, columns: u16) -> Vec<Row> {
    let (mut rows, mut row, mut used) = (Vec::new(), Row::new(), 0);
    for (text, style) in pieces {
        let mut part = String::new();
        for character in text.chars() {
            let width = character.width().unwrap_or(0);
            if used + width > usize::from(columns.max(1)) && used > 0 {
                row.push((std::mem::take(&mut part), style));
                rows.push(std::mem::take(&mut row));
                used = 0;
            }
            used += width;
            part.push(character);
        }
        row.push((part, style));
    }
    rows.push(row);
    rows
}

fn draw_line(line: &LineView, rows: &[Row], name: u16, canvas: &mut Canvas<'_>) {
    let theme = canvas.theme;
    let Rect { x, y, width, height } = canvas.area;
    draw_name(&line.name, theme.series(line.index), &mut canvas.part(Rect::new(x, y, name, 1)));
    let from = (name + 1).min(width);
    let mut text = canvas.part(Rect::new(x + from, y, width - from, height));
    let mut at = 0;
    for (row, pieces) in (0..height).zip(rows) {
        at = pieces.iter().fold(0, |at, (piece, style)| text.text(at, row, piece, *style));
    }
    let last = text.area.width.saturating_sub(1);
    let cut = rows
        .last()
        .is_some_and(|row| row.iter().map(|(piece, _)| piece.width()).sum::<usize>() > usize::from(last) + 1);
    if (line.goes_on || cut) && height > 0 {
        text.text(at.min(last), height - 1, "…", theme.accent);
    }
}

/// Writes a file's name; one that is longer than the canvas is cut, and says so.
fn draw_name(name: &str, style: Style, canvas: &mut Canvas<'_>) {
    canvas.foreign(0, 0, name, style);
    if name.width() > usize::from(canvas.area.width) {
        canvas.text_right(0, "…", style);
    }
}

fn level_style(level: Level, theme: &Theme) -> Style {
    match level {
        Level::Plain => theme.text,
        Level::Detail => theme.dim,
        Level::Warn => theme.warn,
        Level::Error => theme.bad,
    }
}

fn draw_table(view: &View, canvas: &mut Canvas<'_>) {
    let theme = canvas.theme;
    for row in 0..canvas.area.height {
        canvas.text(0, row, "│", theme.frame);
    }
    let Rect { x, y, width, height } = canvas.area;
    let mut inner = canvas.part(Rect::new(x + 2, y, width.saturating_sub(2), height));
    inner.text(2, 0, "file", theme.dim);
    for (end, title) in [(LINES_END, "lines"), (RATE_END, "rate"), (BEHIND_END, "behind")] {
        inner.text(end - title.len() as u16, 0, title, theme.dim);
    }
    let full = view.files.iter().flat_map(|file| &file.recent).copied().fold(0.0, f64::max);
    let rows = usize::from(height.saturating_sub(2));
    for (row, file) in (1..).zip(view.files.iter().take(rows)) {
        draw_file(file, full, row, &mut inner);
    }
    let row = view.files.len().min(rows) as u16 + 1;
    inner.text(2, row, &files(view.followed), theme.dim);
    let sum = Sums { lines: view.total, per_second: view.rate, behind: view.behind };
    sum.draw(row, theme.strong, &mut inner);
}

/// So many files, in words.
fn files(count: usize) -> String {
    if count == 1 { "1 file".to_owned() } else { format!("{count} files") }
}

/// The mark of a file: by it one tells a file that is hidden or that cannot be followed, without its colour.
fn mark(file: &FileView, theme: &Theme) -> (&'static str, Style) {
    match (&file.trouble, file.hidden) {
        (Some(_), _) => ("!", theme.bad),
        (None, true) => ("○", theme.series(file.index)),
        (None, false) => ("●", theme.series(file.index)),
    }
}

/// Where the columns of the table end: lines, their rate, what waits.
const LINES_END: u16 = 24;
const RATE_END: u16 = 33;
const BEHIND_END: u16 = 42;

fn draw_file(file: &FileView, full: f64, row: u16, canvas: &mut Canvas<'_>) {
    let theme = canvas.theme;
    let Rect { x, y, width, .. } = canvas.area;
    let (mark, style) = mark(file, theme);
    canvas.text(0, row, mark, style);
    draw_name(&file.name, theme.text, &mut canvas.part(Rect::new(x + 2, y + row, NAME as u16, 1)));
    if let Some(trouble) = &file.trouble {
        canvas.part(Rect::new(x + 15, y + row, width.saturating_sub(15), 1)).foreign(0, 0, trouble, theme.bad);
        return;
    }
    Sums { lines: file.lines, per_second: file.rate, behind: file.behind }.draw(row, theme.text, canvas);
    let bars = Rect::new(x + BEHIND_END + 1, y + row, width.saturating_sub(BEHIND_END + 1), 1);
    sparkline(&mut canvas.part(bars), &file.recent, full, theme.series(file.index));
}

/// The figures of one row of the table.
struct Sums {
    lines: u64,
    per_second: f64,
    behind: u64,
}

impl Sums {
    fn draw(&self, row: u16, style: Style, canvas: &mut Canvas<'_>) {
        let theme = canvas.theme;
        let mut right = |end: u16, text: &str, style: Style| {
            canvas.text(end.saturating_sub(text.width() as u16), row, text, style);
        };
        right(LINES_END, &grouped(self.lines), style);
        let (number, prefix) = rate(self.per_second);
        right(RATE_END - 4, &number, style);
        right(RATE_END, &format!("{prefix:>2}/s"), theme.dim);
        if self.behind > 0 {
            let (number, unit) = bytes(self.behind as f64);
            right(BEHIND_END - 4, &number, theme.warn);
            right(BEHIND_END, &format!("{unit:>4}"), theme.dim);
        }
    }
}

fn draw_strip(view: &View, canvas: &mut Canvas<'_>) {
    let theme = canvas.theme;
    let mut at = canvas.text(0, 0, &grouped(view.total), theme.strong);
    at = canvas.text(at, 0, " lines", theme.dim);
    let (number, prefix) = rate(view.rate);
    at = canvas.text(at + 2, 0, &number, theme.strong);
    at = canvas.text(at, 0, &format!(" {prefix}/s"), theme.dim);
    if view.behind > 0 {
        let (number, unit) = bytes(view.behind as f64);
        at = canvas.text(at + 2, 0, &format!("{number} {unit}"), theme.warn);
        at = canvas.text(at, 0, " behind", theme.dim);
    }
    for file in &view.files {
        let needed = 4 + file.name.width() + 1 + grouped(file.lines).len();
        if usize::from(at) + needed > usize::from(canvas.area.width) {
            break;
        }
        let (mark, style) = mark(file, theme);
        at = canvas.text(at + 2, 0, mark, style);
        let Rect { x, y, width, .. } = canvas.area;
        at += 1;
        at += canvas.part(Rect::new(x + at, y, width - at, 1)).foreign(0, 0, &file.name, theme.dim);
        at = canvas.text(at + 1, 0, &grouped(file.lines), theme.text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::labs::logs::strategies::STRATEGIES;
    use crate::labs::{Doing, Tone};
    use crate::ui::snapshot::picture;

    fn view() -> View {
        let names = ["life.log", "gcd.log", "a-rather-long-name.log"];
        let recent = |begin: u32| (0..20).map(|n| f64::from((n * begin) % 17)).collect();
        let line = |n: usize, text: &str| LineView {
            index: n % 3,
            name: names[n % 3].to_owned(),
            text: text.to_owned(),
            level: Level::of(text.as_bytes()),
            goes_on: false,
            found: Vec::new(),
            current: false,
        };
        let mut lines: Vec<LineView> = (0..30).map(|n| line(n, &format!("{n:10}.500 INFO  generation {n}"))).collect();
        lines[27] = line(27, "    27.000 ERROR \u{1b}[31mred\u{1b}[m \u{7}\u{202e}evil\ttab");
        lines[28] = line(28, "    28.000 WARN  日本語 wide characters");
        lines[29].goes_on = true;
        let file = |index: usize, lines, rate, trouble: Option<&str>| FileView {
            index,
            name: names[index].to_owned(),
            lines,
            rate,
            recent: recent(3 + index as u32),
            behind: [12_900_000, 0, 0][index],
            trouble: trouble.map(str::to_owned),
            hidden: index == 1,
        };
        View {
            strategy: &STRATEGIES[0].about,
            doing: Doing { text: "following".to_owned(), tone: Tone::Good },
            files: vec![file(0, 12_345, 1234.0, None), file(1, 88, 0.0, None), file(2, 0, 0.0, Some("not there"))],
            followed: 3,
            total: 12_433,
            rate: 1234.0,
            behind: 12_900_000,
            lines,
            above: 100,
            below: 0,
            following: true,
            wrap: false,
            status: Vec::new(),
        }
    }

    #[test]
    fn the_pane_at_three_sizes() {
        for (columns, rows) in [(78, 7), (118, 12), (198, 19)] {
            let shown = picture(columns, rows, |canvas| draw(&view(), canvas));
            insta::assert_snapshot!(format!("pane_{columns}x{rows}"), shown);
        }
    }

    #[test]
    fn scrolled_back_it_says_how_to_follow() {
        let status = vec![
            Status { label: "only", text: "generation".to_owned() },
            Status { label: "search", text: "gen\u{1b}  3 of 20".to_owned() },
        ];
        let mut back = View { following: false, above: 10, below: 90, status, ..view() };
        back.lines[1].found.push(18..23);
        let shown = picture(60, 8, |canvas| draw(&back, canvas));
        insta::assert_snapshot!("pane_scrolled", shown);
    }

    #[test]
    fn long_lines_are_wrapped_and_the_newest_stays_in_view() {
        let mut wrapped = View { wrap: true, ..view() };
        wrapped.lines[29].found.push(4..8);
        let shown = picture(44, 8, |canvas| draw(&wrapped, canvas));
        insta::assert_snapshot!("pane_wrapped", shown);
    }

    #[test]
    fn no_size_breaks_it_and_nothing_acts_on_the_terminal() {
        for columns in [0, 1, 2, 3, 10, 40, 99, 100, 101, 150] {
            for rows in [0, 1, 2, 3, 5, 40] {
                let shown = picture(columns, rows, |canvas| draw(&view(), canvas));
                assert!(!shown.contains(['\u{1b}', '\u{7}', '\u{202e}']), "{columns}x{rows}");
                picture(columns, rows, |canvas| draw(&View { wrap: true, ..view() }, canvas));
                let status = vec![Status { label: "only", text: "x".to_owned() }];
                picture(columns, rows, |canvas| draw(&View { status, ..view() }, canvas));
                picture(columns, rows, |canvas| draw(&View { lines: vec![], files: vec![], ..view() }, canvas));
            }
        }
    }
}
