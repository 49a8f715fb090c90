//! For tests: whether what is drawn can be read.

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};

use crate::ui::palette::Rgb;

/// What text must have at least (WCAG 2.2, success criterion 1.4.3).
pub const LEAST: f64 = 4.5;

/// What stands for a ground that a part drawn alone has not: the dark theme's.
pub const DARK: Rgb = (0x10, 0x14, 0x18);

const LIGHT: Rgb = (0xff, 0xff, 0xff);

/// The contrast of two colours, 1 to 21 (WCAG 2.2, "contrast ratio").
pub fn contrast(one: Rgb, two: Rgb) -> f64 {
    let channel = |value: u8| {
        let share = f64::from(value) / 255.0;
        if share <= 0.040_45 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) }
    };
    let light = |(r, g, b): Rgb| 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
    let (one, two) = (light(one), light(two));
    (one.max(two) + 0.05) / (one.min(two) + 0.05)
}

/// The first word drawn in all colours that is too faint to be read on this ground, and its contrast.
pub fn too_faint(buffer: &Buffer, ground: Rgb) -> Option<(String, f64)> {
    let width = usize::from(buffer.area.width).max(1);
    buffer.content.chunks(width).flat_map(|row| row.split(|cell| cell.symbol().trim().is_empty())).find_map(|word| {
        let text: String = word.iter().map(Cell::symbol).collect();
        let least =
            word.iter().filter(|cell| is_text(cell)).map(|cell| of_cell(cell, ground)).min_by(f64::total_cmp)?;
        (least < LEAST).then_some((text, least))
    })
}

/// Tracks, rules and marks need not be read.
fn is_text(cell: &Cell) -> bool {
    cell.symbol().chars().any(char::is_alphanumeric)
}

fn of_cell(cell: &Cell, ground: Rgb) -> f64 {
    // Of colours that the terminal chooses, its text and its ground are known to differ.
    let ink =
        if contrast(ground, LIGHT) > contrast(ground, (0, 0, 0)) { (0xd4, 0xd4, 0xd4) } else { (0x20, 0x20, 0x20) };
    let (fore, behind) = (rgb(cell.fg, ink), rgb(cell.bg, ground));
    let (fore, behind) = if cell.modifier.contains(Modifier::REVERSED) { (behind, fore) } else { (fore, behind) };
    contrast(fore, behind)
}

fn rgb(color: Color, otherwise: Rgb) -> Rgb {
    match color {
        Color::Rgb(red, green, blue) => (red, green, blue),
        Color::Black => (0, 0, 0),
        _ => otherwise,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::style::Style;

    #[test]
    fn a_faint_word_is_found_and_a_faint_rule_is_none() {
        assert!(contrast((0, 0, 0), (255, 255, 255)) > 20.9);
        let mut buffer = Buffer::with_lines(["a ─ bc"]);
        assert_eq!(too_faint(&buffer, DARK), None);
        let faint = Style::new().fg(Color::Rgb(0x30, 0x34, 0x38));
        buffer.set_string(2, 0, "─", faint);
        assert_eq!(too_faint(&buffer, DARK), None);
        buffer.set_string(5, 0, "c", faint);
        assert_eq!(too_faint(&buffer, DARK).unwrap().0, "bc");
        assert_eq!(too_faint(&buffer, LIGHT), None, "dark on light");
    }
}
