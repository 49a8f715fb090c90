//! What stands around the panes: header, frames, status line, banner.

use std::time::Duration;

use ratatui::layout::Rect;
use ratatui::style::Style;
use unicode_width::UnicodeWidthStr;

use crate::app::keys::Bound;
use crate::app::layout::SMALLEST;
use crate::app::pulse::Pulse;
use crate::labs::{Doing, Lab, Notice, Tone};
use crate::runtime::strategy::About;
use crate::ui::input::Binding;
use crate::ui::{Canvas, Theme};

/// Actions whose keys the status line always shows.
const ALWAYS: [&str; 2] = ["app.help", "app.quit"];

/// Draws a pane's frame: number, title and strategy at the left, what it does at the right.
pub fn pane(canvas: &mut Canvas<'_>, number: usize, lab: &dyn Lab, focused: bool) {
    let theme = canvas.theme;
    canvas.border(if focused { theme.focus } else { theme.frame });
    let About { title, wrong_on_purpose, .. } = lab.strategy();
    let Doing { text: doing, tone } = lab.doing();
    let width = canvas.area.width;
    let doing_width = doing.width() as u16 + 2;
    let x = canvas.text(2, 0, &format!(" {number} "), if focused { theme.key } else { theme.dim });
    let x = canvas.text(x, 0, lab.about().title, if focused { theme.strong } else { theme.text });
    let x = canvas.text(x, 0, " · ", theme.dim);
    let x = canvas.text(x, 0, title, if focused { theme.accent } else { theme.dim });
    let x = if *wrong_on_purpose { canvas.text(x, 0, " wrong on purpose", theme.bad) } else { x };
    let x = canvas.text(x, 0, " ", theme.dim);
    if x + doing_width < width {
        canvas.text(width - doing_width - 2, 0, &format!(" {doing} "), tone_style(theme, tone));
    }
}

/// The colour of a tone.
pub fn tone_style(theme: &Theme, tone: Tone) -> Style {
    match tone {
        Tone::Plain => theme.dim,
        Tone::Good => theme.good,
        Tone::Warn => theme.warn,
        Tone::Bad => theme.bad,
    }
}

/// Draws the header, and returns where each lab's name stands in it, as columns from and to.
pub fn header(canvas: &mut Canvas<'_>, labs: &[&dyn Lab], focus: usize, pulse: &Pulse) -> Vec<(u16, u16)> {
    let theme = canvas.theme;
    let mut x = canvas.text(1, 0, "fanout", theme.accent.add_modifier(ratatui::style::Modifier::BOLD)) + 2;
    let mut places = Vec::with_capacity(labs.len());
    for (i, lab) in labs.iter().enumerate() {
        let begin = x;
        let (number, title) = if i == focus { (theme.key, theme.strong) } else { (theme.dim, theme.dim) };
        x = canvas.text(x, 0, &(i + 1).to_string(), number) + 1;
        x = canvas.text(x, 0, lab.about().title, title);
        places.push((begin, x));
        x += 2;
    }
    let mut rest = canvas.row(0);
    rest.x += x.min(rest.width);
    rest.width = rest.width.saturating_sub(x + 1);
    pulse.draw(&mut canvas.part(rest));
    places
}

/// Draws the status line: the notice if there is one, else the keys that matter now; who measures at the right. Returns where
/// the keys' hints stand, as columns from and to, and what they do.
pub fn status<'a>(
    canvas: &mut Canvas<'_>,
    keys: impl Iterator<Item = &'a Bound>,
    notice: Option<&Notice>,
    measuring: Option<&str>,
) -> Vec<(u16, u16, &'static Binding)> {
    let theme = canvas.theme;
    let right = measuring.map(|who| format!("{who} measures, the others step back ")).unwrap_or_default();
    let right_width = right.width() as u16;
    canvas.text_right(0, &right, theme.warn);
    let mut left = canvas.row(0);
    left.width = left.width.saturating_sub(right_width);
    let mut canvas = canvas.part(left);
    if let Some(Notice { tone, text }) = notice {
        canvas.foreign(1, 0, text, tone_style(theme, *tone));
        return Vec::new();
    }
    // The way to all other keys and the way out always stand at the right; before them, what fits.
    let (last, others): (Vec<&Bound>, Vec<&Bound>) = keys
        .filter(|row| !row.binding.hint.is_empty() && !row.keys.is_empty())
        .partition(|row| ALWAYS.contains(&row.binding.action));
    let width = canvas.area.width;
    let end = width.saturating_sub(1 + last.iter().map(|row| hint_width(row)).sum::<u16>());
    let mut places = hints(&mut canvas, 1, end, &others);
    places.extend(hints(&mut canvas, end, width, &last));
    places
}

/// Draws hints from one column on, as many as fit before another, and returns where.
fn hints(canvas: &mut Canvas<'_>, from: u16, to: u16, rows: &[&Bound]) -> Vec<(u16, u16, &'static Binding)> {
    let theme = canvas.theme;
    let mut places = Vec::new();
    let mut x = from;
    for row in rows {
        if x + hint_width(row) > to {
            break;
        }
        let begin = x;
        x = canvas.text(x, 0, &row.first_key, theme.key) + 1;
        x = canvas.text(x, 0, row.binding.hint, theme.dim) + 2;
        places.push((begin, x, row.binding));
    }
    places
}

/// Columns of a hint: key, space, word, and two spaces.
fn hint_width(row: &Bound) -> u16 {
    (row.first_key.width() + row.binding.hint.width() + 3) as u16
}

/// Draws the banner of a frozen picture in the first row of the canvas: how long it has stood, and how much older than that
/// the picture is that is shown.
pub fn frozen(canvas: &mut Canvas<'_>, since: Duration, before: Duration) {
    let theme = canvas.theme;
    let row = canvas.row(0);
    canvas.part(row).clear(theme.banner);
    let shown = if before.is_zero() { String::new() } else { format!(" · {:.1} s before that", before.as_secs_f64()) };
    let long = format!("picture frozen for {} s{shown} · the work goes on · < > step · f lets it go", since.as_secs());
    let short = format!("frozen {} s{shown} · < > step · f lets it go", since.as_secs());
    let text = if long.width() < usize::from(row.width) { long } else { short };
    let begin = row.width.saturating_sub(text.width() as u16) / 2;
    canvas.text(begin, 0, &text, theme.banner);
}

/// Says that the terminal is too small.
pub fn too_small(canvas: &mut Canvas<'_>) {
    let theme = canvas.theme;
    let Rect { width, height, .. } = canvas.area;
    let (columns, rows) = SMALLEST;
    for (i, text) in
        [format!("{width}x{height} is too small"), format!("fanout needs {columns}x{rows}")].iter().enumerate()
    {
        let begin = width.saturating_sub(text.len() as u16) / 2;
        canvas.text(begin, (height / 2).saturating_sub(1) + i as u16, text, theme.text);
    }
}
