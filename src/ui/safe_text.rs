//! Text from outside, made harmless: what comes from a file or a peer never reaches the terminal as a control sequence.

use unicode_width::UnicodeWidthChar;

/// Text as it may be drawn: control characters become visible (`␛`, `␇`), tabs become spaces to the next multiple of eight,
/// other characters without a width that could reorder or hide text (bidirectional controls, zero-width ones) become `·`.
/// Stops at `columns` columns. Returns the text and the columns it takes.
pub fn visible(text: &str, columns: usize) -> (String, usize) {
    let mut out = String::with_capacity(text.len().min(columns * 4));
    let mut used = 0;
    for character in text.chars() {
        if character == '\t' {
            let to = (used / 8 + 1) * 8;
            while used < to.min(columns) {
                out.push(' ');
                used += 1;
            }
            continue;
        }
        let shown = harmless(character);
        let width = shown.width().unwrap_or(1);
        if used + width > columns {
            break;
        }
        // A combining mark belongs to the character before it; with none, it would join the frame.
        if width == 0 && out.is_empty() {
            continue;
        }
        out.push(shown);
        used += width;
    }
    (out, used)
}

/// The character to draw in place of this one.
pub fn harmless(character: char) -> char {
    match character {
        // The pictures of the control characters stand in Unicode in their order, from U+2400.
        '\0'..='\x1f' => char::from_u32(0x2400 + character as u32).unwrap_or('·'),
        '\x7f' => '␡',
        '\u{80}'..='\u{9f}'
        | '\u{ad}'
        | '\u{61c}'
        | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{feff}'
        | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e007f}' => '·',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_shown_and_never_sent() {
        assert_eq!(visible("a\x1b[2Jb\x07", 80), ("a␛[2Jb␇".to_owned(), 7));
        assert_eq!(visible("\u{9b}31m\u{202e}x", 80).0, "·31m·x");
        assert_eq!(visible("a\tb", 80).0, "a       b");
    }

    #[test]
    fn text_is_cut_by_columns_and_wide_characters_stay_whole() {
        assert_eq!(visible("日本語", 5), ("日本".to_owned(), 4));
        assert_eq!(visible("abc", 2), ("ab".to_owned(), 2));
        assert_eq!(visible("e\u{301}x", 2), ("e\u{301}x".to_owned(), 2));
        assert_eq!(visible("\u{301}x", 2).0, "x");
    }
}
