//! Colours by what they mean. Panes ask for a role, never for a colour.

use ratatui::style::{Color, Modifier, Style};

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

type Rgb = (u8, u8, u8);

/// A colour of a palette: in 24 bits, and as one of the terminal's own sixteen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Ink(Rgb, Color);

impl Ink {
    fn at(self, depth: Depth) -> Color {
        let Self(rgb, basic) = self;
        match depth {
            Depth::True => Color::Rgb(rgb.0, rgb.1, rgb.2),
            Depth::Indexed => Color::Indexed(nearest_indexed(rgb)),
            Depth::Sixteen => basic,
            Depth::None => Color::Reset,
        }
    }
}

/// The colours that a theme is made from.
struct Palette {
    text: Ink,
    strong: Ink,
    dim: Ink,
    faint: Ink,
    accent: Ink,
    good: Ink,
    warn: Ink,
    bad: Ink,
    selected: Ink,
    ground: Option<Ink>,
    series: [Ink; 8],
    ages: [Ink; 8],
    heat: [Ink; 8],
}

/// For terminals with a dark background. The series are Okabe and Ito's set for any colour vision ("Color Universal Design",
/// <https://jfly.uni-koeln.de/color/>), lightened where they would sink into the dark.
const DARK: Palette = Palette {
    text: Ink((0xd8, 0xde, 0xe9), Color::Reset),
    strong: Ink((0xff, 0xff, 0xff), Color::White),
    dim: Ink((0x93, 0x9f, 0xb4), Color::Gray),
    faint: Ink((0x4a, 0x55, 0x68), Color::DarkGray),
    accent: Ink((0x5c, 0xc8, 0xff), Color::LightCyan),
    good: Ink((0x4a, 0xd6, 0xa7), Color::LightGreen),
    warn: Ink((0xf0, 0xc6, 0x74), Color::LightYellow),
    bad: Ink((0xff, 0x7b, 0x72), Color::LightRed),
    selected: Ink((0x1f, 0x3a, 0x52), Color::Blue),
    ground: None,
    series: [
        Ink((0x56, 0xb4, 0xe9), Color::LightBlue),
        Ink((0xe6, 0x9f, 0x00), Color::Yellow),
        Ink((0x00, 0xc0, 0x8a), Color::Green),
        Ink((0xcc, 0x79, 0xa7), Color::Magenta),
        Ink((0xf0, 0xe4, 0x42), Color::LightYellow),
        Ink((0x3d, 0x8f, 0xd1), Color::Blue),
        Ink((0xe8, 0x70, 0x2a), Color::LightRed),
        Ink((0xb8, 0xc0, 0xcc), Color::Gray),
    ],
    ages: [
        Ink((0xff, 0xf4, 0xc2), Color::White),
        Ink((0xff, 0xd1, 0x66), Color::LightYellow),
        Ink((0xf4, 0xa2, 0x4c), Color::Yellow),
        Ink((0x6f, 0xd6, 0xb0), Color::LightGreen),
        Ink((0x38, 0xb2, 0xb8), Color::LightCyan),
        Ink((0x3a, 0x8f, 0xc9), Color::Cyan),
        Ink((0x4a, 0x6f, 0xb5), Color::LightBlue),
        Ink((0x4b, 0x57, 0x94), Color::Blue),
    ],
    heat: [
        Ink((0x21, 0x2d, 0x40), Color::DarkGray),
        Ink((0x23, 0x47, 0x66), Color::Blue),
        Ink((0x1f, 0x66, 0x83), Color::Blue),
        Ink((0x1c, 0x87, 0x8f), Color::Cyan),
        Ink((0x3b, 0xa6, 0x84), Color::Green),
        Ink((0x8f, 0xbf, 0x5f), Color::LightGreen),
        Ink((0xe0, 0xc0, 0x50), Color::LightYellow),
        Ink((0xff, 0xf0, 0xb0), Color::White),
    ],
};

/// For terminals with a light background: the same roles in darker inks.
const LIGHT: Palette = Palette {
    text: Ink((0x2a, 0x32, 0x40), Color::Reset),
    strong: Ink((0x00, 0x00, 0x00), Color::Black),
    dim: Ink((0x5c, 0x67, 0x7a), Color::DarkGray),
    faint: Ink((0xb6, 0xbf, 0xcc), Color::Gray),
    accent: Ink((0x00, 0x5f, 0xa8), Color::Blue),
    good: Ink((0x00, 0x7a, 0x55), Color::Green),
    warn: Ink((0x9a, 0x5b, 0x00), Color::Magenta),
    bad: Ink((0xb4, 0x23, 0x18), Color::Red),
    selected: Ink((0xcf, 0xe6, 0xf7), Color::Cyan),
    ground: None,
    series: [
        Ink((0x00, 0x72, 0xb2), Color::Blue),
        Ink((0xb3, 0x6b, 0x00), Color::Yellow),
        Ink((0x00, 0x7f, 0x5c), Color::Green),
        Ink((0xa8, 0x4a, 0x7f), Color::Magenta),
        Ink((0x8a, 0x7d, 0x00), Color::Cyan),
        Ink((0x2f, 0x6f, 0x9f), Color::LightBlue),
        Ink((0xc0, 0x4a, 0x00), Color::Red),
        Ink((0x55, 0x5f, 0x6d), Color::DarkGray),
    ],
    ages: [
        Ink((0xc2, 0x41, 0x0c), Color::Red),
        Ink((0xc9, 0x6a, 0x00), Color::LightRed),
        Ink((0xa6, 0x7c, 0x00), Color::Yellow),
        Ink((0x1f, 0x86, 0x61), Color::Green),
        Ink((0x0f, 0x76, 0x82), Color::Cyan),
        Ink((0x1d, 0x5f, 0x9e), Color::Blue),
        Ink((0x3b, 0x4a, 0x96), Color::LightBlue),
        Ink((0x4c, 0x44, 0x7c), Color::Magenta),
    ],
    heat: [
        Ink((0xe3, 0xec, 0xf4), Color::White),
        Ink((0xbf, 0xd8, 0xea), Color::Gray),
        Ink((0x93, 0xbf, 0xdf), Color::LightCyan),
        Ink((0x5e, 0xa0, 0xcf), Color::Cyan),
        Ink((0x2c, 0x7f, 0xb8), Color::LightBlue),
        Ink((0x1c, 0x5f, 0x96), Color::Blue),
        Ink((0x14, 0x42, 0x6f), Color::Blue),
        Ink((0x0b, 0x25, 0x45), Color::Black),
    ],
};

/// For projectors in bright rooms: black on white, whatever the terminal's own background is.
const PRESENTER: Palette = Palette {
    text: Ink((0x10, 0x14, 0x1a), Color::Black),
    dim: Ink((0x3d, 0x47, 0x57), Color::DarkGray),
    faint: Ink((0x9a, 0xa5, 0xb5), Color::Gray),
    ground: Some(Ink((0xff, 0xff, 0xff), Color::White)),
    ..LIGHT
};

/// The themes by name.
const THEMES: [(&str, &Palette); 3] = [("dark", &DARK), ("light", &LIGHT), ("presenter", &PRESENTER)];

/// A name that no theme has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown theme {0:?}; there are: dark, light, presenter")]
pub struct UnknownTheme(pub String);

impl Theme {
    /// The theme of this name, in as many colours as the terminal shows.
    pub fn named(name: &str, depth: Depth, ascii: bool) -> Result<Self, UnknownTheme> {
        let found = THEMES.iter().find(|(known, _)| *known == name);
        found.map(|(_, palette)| Self::of(palette, depth, ascii)).ok_or_else(|| UnknownTheme(name.to_owned()))
    }

    /// The name of the theme after this one, in their order, and then the first again.
    pub fn after(name: &str) -> &'static str {
        let place = THEMES.iter().position(|(known, _)| *known == name).map_or(0, |place| place + 1);
        THEMES[place % THEMES.len()].0
    }

    /// The dark theme, in as many colours as the terminal shows.
    pub fn dark(depth: Depth, ascii: bool) -> Self {
        Self::of(&DARK, depth, ascii)
    }

    fn of(palette: &Palette, depth: Depth, ascii: bool) -> Self {
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

/// The nearest of the 216 colours of the cube and the 24 greys of the palette of 256.
fn nearest_indexed((red, green, blue): Rgb) -> u8 {
    const LEVELS: [i32; 6] = [0, 95, 135, 175, 215, 255];
    let wanted = [red, green, blue].map(i32::from);
    let distance = |other: [i32; 3]| wanted.iter().zip(other).map(|(a, b)| (a - b) * (a - b)).sum::<i32>();
    let cube = (0..216).map(|n| (16 + n, [LEVELS[n / 36], LEVELS[n / 6 % 6], LEVELS[n % 6]]));
    let greys = (0..24).map(|n| (232 + n, [8 + 10 * n as i32; 3]));
    cube.chain(greys).min_by_key(|(_, rgb)| distance(*rgb)).map_or(7, |(index, _)| index as u8)
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
        assert_eq!(error.to_string(), r#"unknown theme "neon"; there are: dark, light, presenter"#);
        assert_eq!(["dark", "light", "presenter", "mine"].map(Theme::after), ["light", "presenter", "dark", "dark"]);
        let paper = Theme::named("presenter", Depth::True, false).unwrap();
        assert_eq!(paper.ground, Color::Rgb(255, 255, 255));
    }

    #[test]
    fn colours_fall_to_the_nearest_of_256() {
        assert_eq!(nearest_indexed((0, 0, 0)), 16);
        assert_eq!(nearest_indexed((255, 255, 255)), 231);
        assert_eq!(nearest_indexed((8, 8, 8)), 232);
        assert_eq!(nearest_indexed((0x5f, 0x87, 0xaf)), 67);
    }
}
