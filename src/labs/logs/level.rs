//! How much a line matters, by the word for it that it has near its beginning.

/// A line's level.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// It says none, or an ordinary one.
    Plain,
    /// Detail: debug, trace.
    Detail,
    /// A warning.
    Warn,
    /// An error, or worse.
    Error,
}

/// A level stands after the time and the name of the program: within so many bytes.
const WITHIN: usize = 160;

const WORDS: [(&str, Level); 12] = [
    ("error", Level::Error),
    ("err", Level::Error),
    ("fatal", Level::Error),
    ("critical", Level::Error),
    ("crit", Level::Error),
    ("panic", Level::Error),
    ("warning", Level::Warn),
    ("warn", Level::Warn),
    ("debug", Level::Detail),
    ("trace", Level::Detail),
    ("info", Level::Plain),
    ("notice", Level::Plain),
];

impl Level {
    /// The level of a line: the first word of its beginning that is one.
    pub fn of(line: &[u8]) -> Self {
        line[..line.len().min(WITHIN)]
            .split(|byte| !byte.is_ascii_alphabetic())
            .filter(|word| (3..=8).contains(&word.len()))
            .find_map(|word| {
                WORDS.iter().find(|(name, _)| name.as_bytes().eq_ignore_ascii_case(word)).map(|(_, level)| *level)
            })
            .unwrap_or(Self::Plain)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_word_for_a_level_counts() {
        for (line, level) in [
            ("2026-11-24T10:00:00Z ERROR no such file", Level::Error),
            ("[warn] the error count is high", Level::Warn),
            ("level=debug msg=\"x\"", Level::Detail),
            ("12.5 INFO  no error at all", Level::Plain),
            ("terror and mirrors", Level::Plain),
            ("", Level::Plain),
        ] {
            assert_eq!(Level::of(line.as_bytes()), level, "{line}");
        }
    }
}
