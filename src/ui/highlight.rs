//! Rust source, told apart into words of different colour.

use syntect::easy::ScopeRegionIterator;
use syntect::parsing::{ParseState, ScopeStack, SyntaxSet};
use syntect::util::LinesWithEndings;

use ratatui::style::{Modifier, Style};

use crate::ui::Theme;

/// What a piece of source is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Names and punctuation.
    Plain,
    /// A comment, documentation included.
    Comment,
    /// `fn`, `let`, `move`.
    Keyword,
    /// A type or a trait.
    Type,
    /// A string or character literal.
    Text,
    /// A number or another constant.
    Number,
    /// The name of a function, where it is declared or called.
    Function,
}

/// A line: its pieces in order.
pub type Line = Vec<(Kind, String)>;

/// Colours Rust source. Takes some tens of milliseconds, most of it once to unpack the grammars: not for the UI thread.
pub fn rust(source: &str) -> Vec<Line> {
    let grammars = SyntaxSet::load_defaults_newlines();
    let Some(grammar) = grammars.find_syntax_by_extension("rs") else { return plain(source) };
    let (mut parser, mut stack) = (ParseState::new(grammar), ScopeStack::new());
    let mut lines = Vec::new();
    for text in LinesWithEndings::from(source) {
        let Ok(changes) = parser.parse_line(text, &grammars) else { return plain(source) };
        let mut line: Line = Vec::new();
        for (piece, change) in ScopeRegionIterator::new(&changes, text) {
            if stack.apply(change).is_err() {
                return plain(source);
            }
            let (kind, piece) = (kind(&stack), piece.trim_end_matches('\n'));
            match line.last_mut() {
                Some((last, text)) if *last == kind => text.push_str(piece),
                _ if piece.is_empty() => {}
                _ => line.push((kind, piece.to_owned())),
            }
        }
        lines.push(line);
    }
    lines
}

/// Source without colours.
pub fn plain(source: &str) -> Vec<Line> {
    source.lines().map(|line| vec![(Kind::Plain, line.to_owned())]).collect()
}

/// The kind that the innermost scope with a known name tells. The names are those of Sublime Text's grammars,
/// <https://www.sublimetext.com/docs/scope_naming.html>.
fn kind(stack: &ScopeStack) -> Kind {
    const NAMES: [(&str, Kind); 10] = [
        ("comment", Kind::Comment),
        ("string", Kind::Text),
        ("constant", Kind::Number),
        ("entity.name.function", Kind::Function),
        ("support.function", Kind::Function),
        ("entity.name", Kind::Type),
        ("support.type", Kind::Type),
        ("storage.type.numeric", Kind::Type),
        ("storage", Kind::Keyword),
        ("keyword.control", Kind::Keyword),
    ];
    stack
        .as_slice()
        .iter()
        .rev()
        .find_map(|scope| {
            let name = scope.build_string();
            NAMES.iter().find(|(prefix, _)| name.starts_with(prefix)).map(|(_, kind)| *kind)
        })
        .unwrap_or(Kind::Plain)
}

/// How a kind looks in a theme.
pub fn style(kind: Kind, theme: &Theme) -> Style {
    match kind {
        Kind::Plain => theme.text,
        Kind::Comment => theme.dim,
        Kind::Keyword => theme.accent,
        Kind::Type => theme.series(1),
        Kind::Text => theme.good,
        Kind::Number => theme.warn,
        Kind::Function => theme.strong.remove_modifier(Modifier::BOLD),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_told_apart_and_no_text_is_lost() {
        let source = "/// Adds.\nfn add(a: u32) -> String {\n    let n = 7; // seven\n    format!(\"{a}{n}\")\n}\n";
        let lines = rust(source);
        let text: Vec<String> = lines.iter().map(|line| line.iter().map(|(_, text)| text.as_str()).collect()).collect();
        assert_eq!(text, source.lines().collect::<Vec<_>>());
        let of = |wanted: &str| {
            lines.iter().flatten().find(|(_, text)| text.contains(wanted)).map(|(kind, _)| *kind).unwrap()
        };
        assert_eq!(
            [of("Adds"), of("add"), of("7"), of("seven")],
            [Kind::Comment, Kind::Function, Kind::Number, Kind::Comment]
        );
        assert_eq!(of("\""), Kind::Text);
    }
}
