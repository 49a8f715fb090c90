//! A lab's number that matters most, as large as its pane allows.

use ratatui::layout::Rect;
use unicode_width::UnicodeWidthStr;

use crate::labs::Lab;
use crate::ui::Canvas;
use crate::ui::big;
use crate::ui::wrap::wrapped;

/// The largest scale of the digits.
const LARGEST: u16 = 6;

/// Draws the lab's headline into the inside of its pane: the number, its unit, what it is.
pub fn draw(canvas: &mut Canvas<'_>, lab: &dyn Lab) {
    let theme = canvas.theme;
    let about = lab.strategy();
    let name = lab.about().headline.replace('*', about.id);
    let measured = lab.measured(&name);
    let text = measured.map_or_else(|| "–".to_owned(), |measured| measured.text());
    let (number, unit) = text.split_once(' ').unwrap_or((&text, ""));
    let row = lab.measures().iter().find(|row| row.names(&name, &lab.strategies()));
    let what = row.map_or("it has no number to show", |row| row.line);
    let contended = measured.is_some_and(|measured| measured.contended);
    let Rect { width, height, .. } = canvas.area;
    // Unit, strategy and what the number is stand below it, a row each and one for air.
    let room = height.saturating_sub(4);
    let fits = |scale: &u16| big::columns(number, *scale) <= width && big::rows(*scale) <= room;
    let scale = (1..=LARGEST).rev().find(fits).unwrap_or(1);
    let middle = |columns: usize| width.saturating_sub(columns as u16) / 2;
    let top = height.saturating_sub(big::rows(scale) + 4) / 2;
    let left = middle(big::columns(number, scale).into());
    big::big(canvas, left, top, number, scale, theme.strong);
    let mut row = top + big::rows(scale) + 1;
    let contended = if contended { "contended: others used the machine" } else { "" };
    for (text, style) in [(unit, theme.text), (about.title, theme.accent), (what, theme.dim), (contended, theme.warn)] {
        for line in &wrapped(text, width.into()) {
            canvas.text(middle(line.width()), row, line, style);
            row += 1;
        }
    }
}
