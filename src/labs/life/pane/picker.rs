//! Draws the list of patterns.
//!
//! ```text
//!   glider            Toad
//!   blinker           Simon Norton, 1970 · B3/S23
//! ▸ toad              Two rows that breathe: period 2.
//!   beacon
//!   clock                    ▄▀▀▄
//!   octagon-2         ↑↓ choose   p start   P leave
//! ```

use ratatui::layout::Rect;
use unicode_width::UnicodeWidthStr;

use super::draw_picture;
use crate::labs::life::pattern::shipped::SHIPPED;
use crate::labs::life::view::Picker;
use crate::ui::Canvas;
use crate::ui::wrap::wrapped_within;

/// The list, and beside it the chosen pattern.
pub(super) fn draw(picker: &Picker, canvas: &mut Canvas<'_>) {
    let area = canvas.area;
    let list = area.width.min(Picker::LIST);
    draw_list(picker.chosen, &mut canvas.part(Rect { width: list.saturating_sub(1), ..area }));
    draw_chosen(picker, &mut canvas.part(Rect { x: area.x + list, width: area.width - list, ..area }));
}

/// As many names as there are rows, with the chosen one among them.
fn draw_list(chosen: usize, canvas: &mut Canvas<'_>) {
    let theme = canvas.theme;
    let rows = usize::from(canvas.area.height);
    let first = (chosen + 1).saturating_sub(rows.div_ceil(2)).min(SHIPPED.len().saturating_sub(rows));
    for (row, (name, _)) in SHIPPED.iter().skip(first).take(rows).enumerate() {
        let is_chosen = first + row == chosen;
        if is_chosen {
            canvas.text(0, row as u16, if theme.ascii { ">" } else { "▸" }, theme.accent);
        }
        canvas.text(2, row as u16, name, if is_chosen { theme.strong } else { theme.dim });
    }
}

fn draw_chosen(picker: &Picker, canvas: &mut Canvas<'_>) {
    let (area, theme) = (canvas.area, canvas.theme);
    canvas.text(0, 0, &picker.title, theme.strong);
    canvas.text(0, 1, &format!("{} · {}", picker.author, picker.rule), theme.dim);
    for (row, line) in wrapped_within(&picker.line, usize::from(area.width), 2).iter().enumerate() {
        canvas.text(0, 2 + row as u16, line, theme.text);
    }
    let above = Picker::ABOVE.min(area.height);
    let rows = area.height.saturating_sub(Picker::ABOVE + Picker::BELOW);
    draw_picture(&picker.picture, &mut canvas.part(Rect { y: area.y + above, height: rows, ..area }));
    if area.height > Picker::ABOVE {
        let mut column = 0;
        for (key, word) in [("↑↓", "choose"), ("p", "start"), ("P", "leave")] {
            if usize::from(column) + key.width() + 1 + word.width() > usize::from(area.width) {
                break;
            }
            let after = canvas.text(column, area.height - 1, key, theme.key);
            column = 3 + canvas.text(after + 1, area.height - 1, word, theme.dim);
        }
    }
}
