//! A theme of one's own: a file of colours over one of the shipped themes. Every entry may be left out.
//!
//! ```toml
//! base = "dark"                   # what the rest is taken from: dark, light, presenter
//! ground = "#10141a"              # or "terminal": its own
//! accent = "#ffb454"
//! series = ["#56b4e9", "#e69f00", "#00c08a", "#cc79a7", "#f0e442", "#3d8fd1", "#e8702a", "#b8c0cc"]
//! ```

use std::path::Path;
use std::str::FromStr;

use anyhow::{Context, anyhow};
use serde::Deserialize;

use crate::ui::Theme;
use crate::ui::palette::{Ink, Palette};

/// What a file may say.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Written {
    base: Option<String>,
    text: Option<Hex>,
    strong: Option<Hex>,
    dim: Option<Hex>,
    faint: Option<Hex>,
    accent: Option<Hex>,
    good: Option<Hex>,
    warn: Option<Hex>,
    bad: Option<Hex>,
    selected: Option<Hex>,
    ground: Option<Ground>,
    series: Option<[Hex; 8]>,
    ages: Option<[Hex; 8]>,
    heat: Option<[Hex; 8]>,
}

/// A colour, written as `#5cc8ff`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
struct Hex(Ink);

/// What is behind everything: a colour, or the terminal's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
struct Ground(Option<Ink>);

impl TryFrom<String> for Ground {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        if text == "terminal" {
            return Ok(Self(None));
        }
        let Hex(ink) = text.parse().map_err(|error| format!("{error}, or \"terminal\" for its own"))?;
        Ok(Self(Some(ink)))
    }
}

impl FromStr for Hex {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text:?} is no colour: write as in #5cc8ff");
        let digits =
            text.strip_prefix('#').filter(|digits| digits.len() == 6 && digits.is_ascii()).ok_or_else(wrong)?;
        let number = u32::from_str_radix(digits, 16).map_err(|_| wrong())?;
        let [_, red, green, blue] = number.to_be_bytes();
        Ok(Self(Ink::of((red, green, blue))))
    }
}

impl TryFrom<String> for Hex {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

/// Reads a theme's file.
pub fn read(path: &Path) -> anyhow::Result<Palette> {
    let text = std::fs::read_to_string(path).with_context(|| format!("the theme {}", path.display()))?;
    parse(&text).with_context(|| format!("the theme {}", path.display()))
}

fn parse(text: &str) -> anyhow::Result<Palette> {
    let written: Written = toml::from_str(text)?;
    let base = written.base.as_deref().unwrap_or("dark");
    let mut palette = Theme::palette(base).ok_or_else(|| anyhow!("base = {base:?}: write dark, light or presenter"))?;
    for (ink, hex) in [
        (&mut palette.text, written.text),
        (&mut palette.strong, written.strong),
        (&mut palette.dim, written.dim),
        (&mut palette.faint, written.faint),
        (&mut palette.accent, written.accent),
        (&mut palette.good, written.good),
        (&mut palette.warn, written.warn),
        (&mut palette.bad, written.bad),
        (&mut palette.selected, written.selected),
    ] {
        *ink = hex.map_or(*ink, |Hex(own)| own);
    }
    palette.ground = written.ground.map_or(palette.ground, |Ground(own)| own);
    for (inks, hexes) in
        [(&mut palette.series, written.series), (&mut palette.ages, written.ages), (&mut palette.heat, written.heat)]
    {
        *inks = hexes.map_or(*inks, |hexes| hexes.map(|Hex(own)| own));
    }
    Ok(palette)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::theme::Depth;
    use ratatui::style::Color;

    #[test]
    fn what_is_written_is_taken_and_the_rest_comes_from_the_base() {
        let palette = parse("base = 'light'\naccent = '#ff8000'\nground = '#fdf6e3'\n").unwrap();
        let theme = Theme::of(&palette, Depth::True, false);
        let light = Theme::named("light", Depth::True, false).unwrap();
        assert_eq!(theme.accent.fg, Some(Color::Rgb(255, 128, 0)));
        assert_eq!((theme.ground, theme.text), (Color::Rgb(0xfd, 0xf6, 0xe3), light.text));
        assert_eq!(Theme::of(&parse("ground = 'terminal'").unwrap(), Depth::True, false).ground, Color::Reset);
        assert_eq!(Theme::of(&palette, Depth::Sixteen, false).accent.fg, Some(Color::Yellow), "the likest of sixteen");
        assert_eq!(parse("").unwrap(), Theme::palette("dark").unwrap());
    }

    #[test]
    fn a_wrong_entry_is_named() {
        let wrong = |text: &str| format!("{:#}", parse(text).unwrap_err());
        assert!(wrong("accent = 'red'").contains("\"red\" is no colour: write as in #5cc8ff"));
        assert!(wrong("accent = '#ff80zz'").contains("is no colour"));
        assert!(wrong("acent = '#ff8000'").contains("acent"));
        assert!(wrong("base = 'neon'").contains("write dark, light or presenter"));
        assert!(wrong("series = ['#ff8000']").contains("series"));
        let missing = format!("{:#}", read(Path::new("/nowhere/mine.toml")).unwrap_err());
        assert!(missing.starts_with("the theme /nowhere/mine.toml"), "{missing}");
    }
}
