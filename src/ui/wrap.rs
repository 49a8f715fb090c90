//! Text over several lines.

use unicode_width::UnicodeWidthStr;

/// The words of a text in lines of so many columns at most; a longer word stands alone.
pub fn wrapped(text: &str, columns: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.width() + 1 + word.width() <= columns => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_between_words() {
        assert_eq!(wrapped("one two three", 7), ["one two", "three"]);
        assert_eq!(wrapped("a  longerword b", 4), ["a", "longerword", "b"]);
        assert_eq!(wrapped("", 7), [""; 0]);
    }
}
