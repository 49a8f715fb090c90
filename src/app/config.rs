//! The configuration file: theme, frames, defaults, keys. Every entry may be left out; a wrong one is named with its place.
//!
//! ```toml
//! theme = "light"
//! fps = 30
//! workers = 4
//!
//! [keys]
//! "app.quit" = "Ctrl-Q"
//! "life.step" = ["n", "Right"]
//! ```

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Context;
use etcetera::BaseStrategy;
use serde::{Deserialize, Deserializer};

use crate::ui::input::Key;

/// What a configuration file may say.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// The theme's name.
    pub theme: Option<String>,
    /// Frames a second at most.
    pub fps: Option<u16>,
    /// Whether the mouse is the dashboard's.
    pub mouse: Option<bool>,
    /// Whether only ASCII is drawn.
    pub ascii: Option<bool>,
    /// Workers a strategy begins with.
    pub workers: Option<u16>,
    /// Keys that replace those of an action, by the action's name.
    #[serde(deserialize_with = "keys")]
    pub keys: BTreeMap<String, Vec<Key>>,
    /// The folder that the file lies in.
    #[serde(skip)]
    pub folder: Option<PathBuf>,
}

impl Config {
    /// Reads the file that the user named, or the one at the platform's own place if there is one.
    pub fn load(named: Option<&Path>) -> anyhow::Result<Self> {
        match named {
            Some(path) => Self::read(path),
            None => match Self::usual_place() {
                Some(path) if path.exists() => Self::read(&path),
                _ => Ok(Self::default()),
            },
        }
    }

    /// Where the file lies when it is not named: `~/.config/fanout/config.toml`, or as the platform has it.
    pub fn usual_place() -> Option<PathBuf> {
        Some(etcetera::choose_base_strategy().ok()?.config_dir().join("fanout").join("config.toml"))
    }

    fn read(path: &Path) -> anyhow::Result<Self> {
        let text = std::fs::read_to_string(path).with_context(|| format!("the configuration {}", path.display()))?;
        let mut config: Self =
            toml::from_str(&text).with_context(|| format!("the configuration {}", path.display()))?;
        config.check().with_context(|| format!("the configuration {}", path.display()))?;
        config.folder = path.parent().map(Path::to_owned);
        Ok(config)
    }

    fn check(&self) -> anyhow::Result<()> {
        for (name, value, most) in [("fps", self.fps, 240), ("workers", self.workers, 64)] {
            if let Some(value) = value {
                anyhow::ensure!((1..=most).contains(&value), "{name} = {value}: write 1 to {most}");
            }
        }
        Ok(())
    }
}

/// Whether the program has never been started here. It leaves an empty folder for its configuration as the mark of that.
pub fn first_run() -> bool {
    let folder = Config::usual_place().and_then(|path| path.parent().map(Path::to_owned));
    folder.is_some_and(|folder| leaves_mark(&folder))
}

/// Makes this folder; true if it was not there. Where nothing can be written, every start would be the first.
fn leaves_mark(folder: &Path) -> bool {
    !folder.exists() && std::fs::create_dir_all(folder).is_ok()
}

/// Keys are written as one text or as a list of them.
fn keys<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<String, Vec<Key>>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Texts {
        One(String),
        Many(Vec<String>),
    }
    let written = BTreeMap::<String, Texts>::deserialize(deserializer)?;
    let read = |(action, texts): (String, Texts)| {
        let texts = match texts {
            Texts::One(text) => vec![text],
            Texts::Many(texts) => texts,
        };
        let keys = texts.iter().map(|text| text.parse::<Key>()).collect::<Result<_, _>>();
        keys.map(|keys| (action.clone(), keys))
            .map_err(|error| serde::de::Error::custom(format!("{action:?}: {error}")))
    };
    written.into_iter().map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Config, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.toml");
        std::fs::write(&path, text).unwrap();
        Config::load(Some(&path)).map_err(|error| format!("{error:#}"))
    }

    #[test]
    fn what_is_written_is_taken_and_the_rest_left_out() {
        let config = read("theme = 'light'\n[keys]\n'app.quit' = 'Ctrl-Q'\n'life.step' = ['n', 'Right']\n").unwrap();
        assert_eq!(config.theme.as_deref(), Some("light"));
        assert_eq!(config.keys["app.quit"], ["Ctrl-Q".parse().unwrap()]);
        assert_eq!(config.keys["life.step"].len(), 2);
        assert_eq!(config.fps, None);
        assert_eq!(Config { folder: None, ..read("").unwrap() }, Config::default());
    }

    #[test]
    fn the_first_run_is_the_first_one_only() {
        let folder = tempfile::tempdir().unwrap();
        let mark = folder.path().join("config").join("fanout");
        assert!(leaves_mark(&mark));
        assert!(!leaves_mark(&mark));
        assert!(
            !leaves_mark(Path::new("/proc/no/such/place")),
            "where nothing can be written nobody is welcomed for ever"
        );
    }

    #[test]
    fn a_wrong_entry_is_named_with_its_place() {
        let error = read("theme = 'dark'\ncolour = 3\n").unwrap_err();
        assert!(error.contains("config.toml") && error.contains("line 2") && error.contains("colour"), "{error}");
        let error = read("[keys]\n'app.quit' = 'Hyper-Q'\n").unwrap_err();
        assert!(error.contains("app.quit") && error.contains("is not a key"), "{error}");
        assert!(read("fps = 0").unwrap_err().ends_with("fps = 0: write 1 to 240"));
        let missing = Config::load(Some(Path::new("/nowhere/config.toml"))).unwrap_err();
        assert!(format!("{missing:#}").contains("/nowhere/config.toml"));
    }
}
