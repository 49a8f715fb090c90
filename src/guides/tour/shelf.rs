//! The lessons that come with the program, and those that people write.

use std::path::Path;

use anyhow::{Context, bail};

use super::lesson::Lesson;

/// The shipped lessons: the number of their item, and their text.
const SHIPPED: [(&str, &str); 6] = [
    ("59", include_str!("../../../assets/lessons/59.md")),
    ("60", include_str!("../../../assets/lessons/60.md")),
    ("61", include_str!("../../../assets/lessons/61.md")),
    ("62", include_str!("../../../assets/lessons/62.md")),
    ("63", include_str!("../../../assets/lessons/63.md")),
    ("64", include_str!("../../../assets/lessons/64.md")),
];

/// The numbers of the shipped lessons, in order.
pub fn numbers() -> impl Iterator<Item = &'static str> {
    SHIPPED.iter().map(|(number, _)| *number)
}

/// A shipped lesson.
pub fn shipped(number: &str) -> Option<Lesson> {
    let (number, text) = SHIPPED.iter().find(|(known, _)| *known == number)?;
    Some(Lesson::parse(number, text).expect("a test reads every shipped lesson"))
}

/// The lesson of this number, or the one in this file.
pub fn lesson(name: &str) -> anyhow::Result<Lesson> {
    if let Some(lesson) = shipped(name) {
        return Ok(lesson);
    }
    let path = Path::new(name);
    if !path.exists() {
        let known: Vec<&str> = numbers().collect();
        bail!("there is no tour and no file {name:?}; the tours are: {}", known.join(", "));
    }
    let text = std::fs::read_to_string(path).with_context(|| format!("{name}: cannot be read"))?;
    let id = path.file_stem().map_or_else(|| name.to_owned(), |stem| stem.to_string_lossy().into_owned());
    Lesson::parse(&id, &text).map_err(|wrong| anyhow::anyhow!("{name}:{wrong}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guides::tour::pace::longest;

    #[test]
    fn every_shipped_lesson_is_read_and_takes_three_minutes_at_most() {
        for number in numbers() {
            let lesson = shipped(number).unwrap();
            assert!(lesson.title.contains(number), "{}", lesson.title);
            let longest = longest(&lesson).as_secs();
            assert!(longest <= 180, "{number}: {longest} s");
            assert!(lesson.steps.iter().any(|step| !step.claims.is_empty()), "{number} claims nothing");
            assert!(lesson.steps.iter().all(|step| !step.notes.is_empty()), "{number} has a step without notes");
        }
    }

    #[test]
    fn a_file_that_is_wrong_is_named_with_line_and_column() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mine.md");
        std::fs::write(&path, "# Mine\n\n## One\n- do: nothing\n\nText.\n").unwrap();
        let name = path.to_str().unwrap();
        let error = lesson(name).unwrap_err().to_string();
        assert!(error.starts_with(&format!("{name}:4:7: \"nothing\" is not an action")), "{error}");
        std::fs::write(&path, "# Mine\n\n## One\nText.\n").unwrap();
        assert_eq!(lesson(name).unwrap().id, "mine");
        assert!(lesson("65").unwrap_err().to_string().contains("there is no tour and no file \"65\""));
    }
}
