//! Colours by what they mean. Panes ask for a role, never for a colour.

use ratatui::style::{Color, Modifier, Style};

use crate::ui::palette::{DARK, Ink, Palette, THEMES};

/// How many colours the terminal shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// 24 bits a colour.
    True,
    /// The palette of 256.
    Indexed,
    /// The terminal's own sixteen.
    Sixteen,
    /// None: `NO_COLOR` is set.
    None,
}

impl Depth {
    /// What the environment says: `NO_COLOR` (<https://no-color.org>), `COLORTERM`, `TERM`.
    pub fn from_environment(variable: impl Fn(&str) -> Option<String>) -> Self {
        let has = |name: &str, wanted: &[&str]| {
            variable(name).is_some_and(|value| wanted.iter().any(|part| value.contains(part)))
        };
        if variable("NO_COLOR").is_some_and(|value| !value.is_empty()) {
            Self::None
        } else if has("COLORTERM", &["truecolor", "24bit"]) || has("TERM", &["direct"]) {
            Self::True
        } else if has("TERM", &["256color"]) {
            Self::Indexed
        } else {
            Self::Sixteen
        }
    }
}

/// The colours of one screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Theme {
    /// Whether only ASCII may be drawn.
    pub ascii: bool,
    /// Ordinary text.
    pub text: Style,
    /// What matters most: headings, the number to read.
    pub strong: Style,
    /// What is there to be found, not to be seen first: units, labels.
    pub dim: Style,
    /// Rules, tracks, empty bars.
    pub faint: Style,
    /// The frame of a pane.
    pub frame: Style,
    /// The frame of the pane in focus.
    pub focus: Style,
    /// Keys in hints and help.
    pub key: Style,
    /// The accent of the program: selection marks, the running strategy.
    pub accent: Style,
    /// As it should be.
    pub good: Style,
    /// Look here.
    pub warn: Style,
    /// Failed, or wrong on purpose.
    pub bad: Style,
    /// A selected row.
    pub selected: Style,
    /// A banner over a pane.
    pub banner: Style,
    /// Eight colours that tell things apart: files, workers, strategies.
    pub series: [Color; 8],
    /// From the newest to the oldest: ages of living cells.
    pub ages: [Color; 8],
    /// From little to much: density, heat.
    pub heat: [Color; 8],
    /// Behind everything.
    pub ground: Color,
}

/// A name that no theme has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown theme {0:?}; there are: dark, light, presenter, or a file of your own: FILE.toml")]
pub struct UnknownTheme(pub String);

impl Theme {
    /// The theme of this name, in as many colours as the terminal shows.
    pub fn named(name: &str, depth: Depth, ascii: bool) -> Result<Self, UnknownTheme> {
        let palette = Self::palette(name).ok_or_else(|| UnknownTheme(name.to_owned()))?;
        Ok(Self::of(&palette, depth, ascii))
    }

    /// The colours of the theme of this name.
    pub fn palette(name: &str) -> Option<Palette> {
        THEMES.iter().find(|(known, _)| *known == name).map(|(_, palette)| (*palette).clone())
    }

    /// The name of the first theme.
    pub const FIRST: &str = THEMES[0].0;

    /// The name of the theme after this one, in their order, and then the first again.
    pub fn after(name: &str) -> &'static str {
        let place = THEMES.iter().position(|(known, _)| *known == name).map_or(0, |place| place + 1);
        THEMES[place % THEMES.len()].0
    }

    /// The dark theme, in as many colours as the terminal shows.
    pub fn dark(depth: Depth, ascii: bool) -> Self {
        Self::of(&DARK, depth, ascii)
    }

    /// The theme of these colours, in as many as the terminal shows.
    pub fn of(palette: &Palette, depth: Depth, ascii: bool) -> Self {
        let ink = |ink: Ink| Style::new().fg(ink.at(depth));
        let ramp = |inks: [Ink; 8]| inks.map(|ink| ink.at(depth));
        let plain = depth == Depth::None;
        let reversed = Style::new().add_modifier(Modifier::REVERSED);
        let faint = if plain { Style::new().add_modifier(Modifier::DIM) } else { ink(palette.faint) };
        Self {
            ascii,
            text: ink(palette.text),
            strong: ink(palette.strong).add_modifier(Modifier::BOLD),
            dim: ink(palette.dim),
            faint,
            frame: faint,
            focus: ink(palette.accent).add_modifier(if plain { Modifier::BOLD } else { Modifier::empty() }),
            key: ink(palette.accent).add_modifier(Modifier::BOLD),
            accent: ink(palette.accent),
            good: ink(palette.good),
            warn: ink(palette.warn),
            bad: ink(palette.bad).add_modifier(Modifier::BOLD),
            selected: match depth {
                Depth::True | Depth::Indexed => ink(palette.strong).bg(palette.selected.at(depth)),
                Depth::Sixteen | Depth::None => reversed,
            },
            banner: if plain { reversed } else { Style::new().fg(Color::Black).bg(DARK.warn.at(depth)) },
            series: ramp(palette.series),
            ages: ramp(palette.ages),
            heat: ramp(palette.heat),
            ground: palette.ground.map_or(Color::Reset, |ground| ground.at(depth)),
        }
    }

    /// The colour of the `index`-th thing of a series, again from the first after the last.
    pub fn series(&self, index: usize) -> Style {
        Style::new().fg(self.series[index % self.series.len()])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_decides_the_depth() {
        let depth = |pairs: &[(&str, &str)]| {
            Depth::from_environment(|name| {
                pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
            })
        };
        assert_eq!(depth(&[("COLORTERM", "truecolor"), ("TERM", "xterm-256color")]), Depth::True);
        assert_eq!(depth(&[("TERM", "xterm-256color")]), Depth::Indexed);
        assert_eq!(depth(&[("TERM", "linux")]), Depth::Sixteen);
        assert_eq!(depth(&[("NO_COLOR", "1"), ("COLORTERM", "truecolor")]), Depth::None);
        assert_eq!(depth(&[("NO_COLOR", ""), ("COLORTERM", "truecolor")]), Depth::True);
    }

    #[test]
    fn themes_are_found_by_name_and_follow_one_another() {
        for name in ["dark", "light", "presenter"] {
            for depth in [Depth::True, Depth::Indexed, Depth::Sixteen, Depth::None] {
                assert!(Theme::named(name, depth, false).is_ok());
            }
        }
        let error = Theme::named("neon", Depth::True, false).unwrap_err();
        assert_eq!(
            error.to_string(),
            r#"unknown theme "neon"; there are: dark, light, presenter, or a file of your own: FILE.toml"#
        );
        assert_eq!(["dark", "light", "presenter", "mine"].map(Theme::after), ["light", "presenter", "dark", "dark"]);
        let paper = Theme::named("presenter", Depth::True, false).unwrap();
        assert_eq!(paper.ground, Color::Rgb(255, 255, 255));
    }
}
