//! The last resort for terminals without Unicode: every glyph that is not ASCII becomes one that is, after drawing.

use ratatui::buffer::Buffer;

/// Replaces every symbol of the buffer that is not printable ASCII by the likest one that is.
pub fn to_ascii(buffer: &mut Buffer) {
    for cell in &mut buffer.content {
        let symbol = cell.symbol();
        if !symbol.is_ascii() {
            let likest = symbol.chars().next().map_or(' ', likest);
            cell.set_char(likest);
        }
    }
}

/// The ASCII character that looks most like this one.
fn likest(character: char) -> char {
    match character {
        '─' | '━' | '╌' | '┄' | '—' | '–' | '−' | '▔' | '⎯' => '-',
        '│' | '┃' | '╎' | '┆' | '▏' | '▕' | '⎟' => '|',
        '┌' | '┐' | '└' | '┘' | '├' | '┤' | '┬' | '┴' | '┼' | '╭' | '╮' | '╰' | '╯' | '╴' | '╶' | '╵' | '╷' => {
            '+'
        }
        // The pictures of control characters stand for what an editor shows as ^X.
        '↑' | '▲' | '△' | '⇡' | '\u{2400}'..='\u{2421}' => '^',
        '↓' | '▼' | '▽' | '⇣' => 'v',
        '←' | '◀' | '◂' | '◁' | '‹' | '«' | '≤' => '<',
        '→' | '▶' | '▸' | '▷' | '›' | '»' | '≥' => '>',
        '·' | '•' | '∙' | '⋅' | '▁' | '░' => '.',
        '…' | '≈' => '~',
        '×' => 'x',
        '✓' | '✔' => 'y',
        '✗' | '✘' => 'n',
        '●' | '◉' | '■' | '◆' | '★' => '*',
        '○' | '◌' | '□' | '◇' | '☆' => 'o',
        'µ' | 'μ' => 'u',
        '²' => '2',
        '³' => '3',
        '▂' | '▖' | '▗' => '_',
        '▃' | '▒' => ':',
        '▄' | '▅' | '▋' | '▌' | '▍' | '▎' => '=',
        '▆' | '▇' | '█' | '▀' | '▉' | '▊' | '▓' | '▐' | '▘'..='▟' => '#',
        '\u{2800}' => ' ',
        braille @ '\u{2801}'..='\u{28ff}' => match (braille as u32 - 0x2800).count_ones() {
            1 | 2 => '.',
            3..=5 => '+',
            _ => '#',
        },
        _ => '?',
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::style::Style;

    #[test]
    fn nothing_but_ascii_is_left() {
        let mut buffer = Buffer::with_lines(["╭─ µs ▀⣿⠁ é ─╮", "↑ 日本 x"]);
        let style = Style::new().bold();
        buffer.set_style(buffer.area, style);
        to_ascii(&mut buffer);
        let wanted = Buffer::with_lines(["+- us ##. ? -+", "^ ? ?  x"]);
        assert!(buffer.content.iter().all(|cell| cell.symbol().is_ascii()));
        let symbols = |buffer: &Buffer| buffer.content.iter().map(|cell| cell.symbol().to_owned()).collect::<String>();
        assert_eq!(symbols(&buffer)[..14], symbols(&wanted)[..14]);
        assert!(buffer[(0, 0)].modifier.contains(ratatui::style::Modifier::BOLD), "the style stays");
    }
}
