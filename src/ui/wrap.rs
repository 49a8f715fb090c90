//! Text over several lines.

use ratatui::style::Style;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use crate::ui::safe_text::harmless;

/// The parts of a text that are lines of so many columns at most, broken between words; a longer word stands alone. Words
/// are apart as they are in the text, and count as if one space were between them.
pub fn broken(text: &str, columns: usize) -> impl Iterator<Item = &str> {
    let mut rest = text.trim_start();
    std::iter::from_fn(move || {
        let (mut end, mut column) = (0, 0);
        loop {
            let from = end + rest[end..].len() - rest[end..].trim_start().len();
            let word = rest[from..].split_whitespace().next().unwrap_or_default();
            let width = if word.is_ascii() { word.len() } else { word.width() };
            if word.is_empty() || (end > 0 && column + 1 + width > columns) {
                break;
            }
            column += if end > 0 { 1 + width } else { width };
            end = from + word.len();
        }
        let (line, after) = rest.split_at(end);
        rest = after.trim_start();
        Some(line).filter(|line| !line.is_empty())
    })
}

/// The words of a text, a space between them, in lines of so many columns at most; a longer word stands alone.
pub fn wrapped(text: &str, columns: usize) -> Vec<String> {
    broken(text, columns).map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

/// As many lines of [`wrapped`] as there are rows for; an ellipsis says that there are more.
pub fn wrapped_within(text: &str, columns: usize, rows: usize) -> Vec<String> {
    let mut lines = wrapped(text, columns);
    if lines.len() > rows {
        let rest = lines.split_off(rows.saturating_sub(1)).join(" ");
        lines.push(shortened(&rest, columns));
    }
    lines
}

/// As many words of a text as there are columns for; an ellipsis says that there are more.
pub fn shortened(text: &str, columns: usize) -> String {
    let first = |columns| wrapped(text, columns).into_iter().next().unwrap_or_default();
    let whole = first(columns);
    if whole.width() == text.trim_end().width() { whole } else { first(columns.saturating_sub(2)) + " …" }
}

/// Pieces of text, each of its own style, in lines of so many columns at most, broken between words; a longer word
/// stands alone. Whatever could act on the terminal is made visible.
pub fn styled(pieces: &[(String, Style)], columns: usize) -> Vec<Line<'static>> {
    let mut lines = vec![Line::default()];
    let mut column = 0;
    for word in words(pieces) {
        let width: usize = word.iter().map(Span::width).sum();
        if column > 0 && column + 1 + width > columns {
            lines.push(Line::default());
            column = 0;
        } else if column > 0 {
            push(&mut lines, Span::styled(" ", word[0].style));
            column += 1;
        }
        for span in word {
            column += span.width();
            push(&mut lines, span);
        }
    }
    lines
}

fn push(lines: &mut [Line<'static>], span: Span<'static>) {
    if let Some(last) = lines.last_mut() {
        last.push_span(span);
    }
}

/// The words of styled pieces: a word may be of several styles, as `code` before a comma is.
fn words(pieces: &[(String, Style)]) -> Vec<Vec<Span<'static>>> {
    let mut words: Vec<Vec<Span<'static>>> = Vec::new();
    let mut apart = true;
    for (text, style) in pieces {
        for part in text.split_inclusive(char::is_whitespace) {
            let word: String = part.trim_end().chars().map(harmless).collect();
            if !word.is_empty() {
                let span = Span::styled(word, *style);
                match words.last_mut() {
                    Some(last) if !apart => last.push(span),
                    _ => words.push(vec![span]),
                }
                apart = false;
            }
            apart |= part.ends_with(char::is_whitespace);
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_room_is_cut_between_words() {
        assert_eq!(shortened("there is no python", 30), "there is no python");
        assert_eq!(shortened("there is no python", 18), "there is no python");
        assert_eq!(shortened("there is no python", 13), "there is no …");
        assert_eq!(shortened("", 3), "");
    }

    #[test]
    fn styles_go_over_lines_with_their_words() {
        use ratatui::style::Stylize;
        let bold = Style::new().bold();
        let pieces = [
            ("call ".to_owned(), Style::new()),
            ("run".to_owned(), bold),
            (", then \u{1b}wait".to_owned(), Style::new()),
        ];
        let lines = styled(&pieces, 10);
        let texts: Vec<String> = lines.iter().map(ToString::to_string).collect();
        assert_eq!(texts, ["call run,", "then ␛wait"]);
        assert_eq!(lines[0].spans[2], "run".bold());
        assert_eq!(styled(&[], 9).len(), 1);
    }

    #[test]
    fn lines_break_between_words() {
        assert_eq!(wrapped("one two three", 7), ["one two", "three"]);
        assert_eq!(wrapped("a  longerword b", 4), ["a", "longerword", "b"]);
        assert_eq!(wrapped("", 7), [""; 0]);
    }

    #[test]
    fn lines_without_a_row_are_told_of() {
        assert_eq!(wrapped_within("one two three four", 8, 3), ["one two", "three", "four"]);
        assert_eq!(wrapped_within("one two three four", 8, 2), ["one two", "three …"]);
    }
}
