//! Large text, readable from the back of a room: five pixels high and three wide, two pixels to a character's height.

use ratatui::style::Style;

use crate::ui::Canvas;

/// Pixels of a glyph.
const WIDE: usize = 3;
const HIGH: usize = 5;

/// A glyph's rows from the top, three bits each, the leftmost the highest.
type Glyph = [u8; HIGH];

/// The printable ASCII characters, from the space on.
const GLYPHS: [Glyph; 95] = [
    [0, 0, 0, 0, 0], // space
    [2, 2, 2, 0, 2], // !
    [5, 5, 0, 0, 0], // "
    [5, 7, 5, 7, 5], // #
    [3, 6, 2, 3, 6], // $
    [5, 1, 2, 4, 5], // %
    [6, 6, 7, 5, 3], // &
    [2, 2, 0, 0, 0], // '
    [1, 2, 2, 2, 1], // (
    [4, 2, 2, 2, 4], // )
    [5, 2, 5, 0, 0], // *
    [0, 2, 7, 2, 0], // +
    [0, 0, 0, 2, 4], // ,
    [0, 0, 7, 0, 0], // -
    [0, 0, 0, 0, 2], // .
    [1, 1, 2, 4, 4], // /
    [7, 5, 5, 5, 7], // 0
    [2, 6, 2, 2, 7], // 1
    [7, 1, 7, 4, 7], // 2
    [7, 1, 7, 1, 7], // 3
    [5, 5, 7, 1, 1], // 4
    [7, 4, 7, 1, 7], // 5
    [7, 4, 7, 5, 7], // 6
    [7, 1, 1, 2, 2], // 7
    [7, 5, 7, 5, 7], // 8
    [7, 5, 7, 1, 7], // 9
    [0, 2, 0, 2, 0], // :
    [0, 2, 0, 2, 4], // ;
    [1, 2, 4, 2, 1], // <
    [0, 7, 0, 7, 0], // =
    [4, 2, 1, 2, 4], // >
    [7, 1, 2, 0, 2], // ?
    [2, 5, 7, 4, 3], // @
    [2, 5, 7, 5, 5], // A
    [6, 5, 6, 5, 6], // B
    [3, 4, 4, 4, 3], // C
    [6, 5, 5, 5, 6], // D
    [7, 4, 6, 4, 7], // E
    [7, 4, 6, 4, 4], // F
    [3, 4, 5, 5, 3], // G
    [5, 5, 7, 5, 5], // H
    [7, 2, 2, 2, 7], // I
    [1, 1, 1, 5, 2], // J
    [5, 5, 6, 5, 5], // K
    [4, 4, 4, 4, 7], // L
    [5, 7, 7, 5, 5], // M
    [6, 5, 5, 5, 5], // N
    [2, 5, 5, 5, 2], // O
    [6, 5, 6, 4, 4], // P
    [2, 5, 5, 7, 3], // Q
    [6, 5, 6, 6, 5], // R
    [3, 4, 2, 1, 6], // S
    [7, 2, 2, 2, 2], // T
    [5, 5, 5, 5, 7], // U
    [5, 5, 5, 5, 2], // V
    [5, 5, 7, 7, 5], // W
    [5, 5, 2, 5, 5], // X
    [5, 5, 2, 2, 2], // Y
    [7, 1, 2, 4, 7], // Z
    [3, 2, 2, 2, 3], // [
    [4, 4, 2, 1, 1], // \
    [6, 2, 2, 2, 6], // ]
    [2, 5, 0, 0, 0], // ^
    [0, 0, 0, 0, 7], // _
    [4, 2, 0, 0, 0], // `
    [0, 6, 3, 5, 7], // a
    [4, 6, 5, 5, 6], // b
    [0, 3, 4, 4, 3], // c
    [1, 3, 5, 5, 3], // d
    [0, 3, 5, 6, 3], // e
    [1, 2, 7, 2, 2], // f
    [0, 3, 5, 3, 6], // g
    [4, 6, 5, 5, 5], // h
    [2, 0, 2, 2, 2], // i
    [1, 0, 1, 5, 2], // j
    [4, 5, 6, 6, 5], // k
    [6, 2, 2, 2, 7], // l
    [0, 7, 7, 7, 5], // m
    [0, 6, 5, 5, 5], // n
    [0, 2, 5, 5, 2], // o
    [0, 6, 5, 6, 4], // p
    [0, 3, 5, 3, 1], // q
    [0, 3, 4, 4, 4], // r
    [0, 3, 6, 3, 6], // s
    [2, 7, 2, 2, 3], // t
    [0, 5, 5, 5, 3], // u
    [0, 5, 5, 7, 2], // v
    [0, 5, 7, 7, 7], // w
    [0, 5, 2, 2, 5], // x
    [0, 5, 5, 3, 6], // y
    [0, 7, 3, 6, 7], // z
    [3, 2, 6, 2, 3], // {
    [2, 2, 2, 2, 2], // |
    [6, 2, 3, 2, 6], // }
    [0, 3, 6, 0, 0], // ~
];

fn glyph(character: char) -> Glyph {
    match character {
        'µ' => [0, 5, 5, 6, 4],
        '×' => [0, 5, 2, 5, 0],
        '–' => [0, 0, 7, 0, 0],
        _ => *(character as usize).checked_sub(' ' as usize).and_then(|at| GLYPHS.get(at)).unwrap_or(&GLYPHS[31]),
    }
}

/// Columns that this text takes: a glyph and the gap after it are four pixels wide, a pixel `scale` columns.
pub fn columns(text: &str, scale: u16) -> u16 {
    ((text.chars().count() * (WIDE + 1)).saturating_sub(1) * usize::from(scale)).min(u16::MAX.into()) as u16
}

/// Rows that it takes.
pub fn rows(scale: u16) -> u16 {
    (HIGH as u16 * scale).div_ceil(2)
}

/// Draws text with its upper left corner at this place of the canvas. A pixel is `scale` columns wide and half as many rows
/// high, which is about a square.
pub fn big(canvas: &mut Canvas<'_>, column: u16, row: u16, text: &str, scale: u16, style: Style) {
    let scale = usize::from(scale.max(1));
    let ascii = canvas.theme.ascii;
    for (place, character) in text.chars().enumerate() {
        let glyph = glyph(character);
        let is_set = |x: usize, half: usize| half < HIGH * scale && glyph[half / scale] >> (WIDE - 1 - x) & 1 == 1;
        for y in 0..(HIGH * scale).div_ceil(2) {
            for x in 0..WIDE * scale {
                let symbol = match (is_set(x / scale, 2 * y), is_set(x / scale, 2 * y + 1)) {
                    (false, false) => continue,
                    _ if ascii => "#",
                    (true, true) => "█",
                    (true, false) => "▀",
                    (false, true) => "▄",
                };
                let left = usize::from(column) + place * (WIDE + 1) * scale + x;
                if let Ok(left) = u16::try_from(left) {
                    canvas.text(left, row + y as u16, symbol, style);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::snapshot::picture;

    #[test]
    fn every_character_of_a_keyboard_has_a_look_of_its_own() {
        let all: Vec<char> = (' '..='~').collect();
        for (index, one) in all.iter().enumerate() {
            for other in &all[index + 1..] {
                assert_ne!(glyph(*one), glyph(*other), "{one:?} and {other:?}");
            }
        }
        assert_eq!(glyph('\u{1f600}'), glyph('?'));
    }

    #[test]
    fn large_and_larger() {
        let text = "1.97";
        assert_eq!((columns(text, 1), rows(1), columns(text, 2), rows(2)), (15, 3, 30, 5));
        let drawn = picture(columns(text, 1), rows(1), |canvas| big(canvas, 0, 0, text, 1, canvas.theme.text));
        assert_eq!(drawn, "▄█      █▀█ ▀▀█\n █      ▀▀█  ▄▀\n▀▀▀  ▀  ▀▀▀  ▀\n");
        let twice = picture(columns("7", 2), rows(2), |canvas| big(canvas, 0, 0, "7", 2, canvas.theme.text));
        assert_eq!(twice, "██████\n    ██\n    ██\n  ██\n  ██\n");
        picture(3, 1, |canvas| big(canvas, 2, 0, "cut at the edge", 3, canvas.theme.text));
    }
}
