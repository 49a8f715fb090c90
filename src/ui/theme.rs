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

/// The colours of one screen. The series are Okabe and Ito's set, told apart by people with any colour vision.
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

const TEXT: Rgb = (0xd8, 0xde, 0xe9);
const STRONG: Rgb = (0xff, 0xff, 0xff);
const DIM: Rgb = (0x93, 0x9f, 0xb4);
const FAINT: Rgb = (0x4a, 0x55, 0x68);
const ACCENT: Rgb = (0x5c, 0xc8, 0xff);
const GOOD: Rgb = (0x4a, 0xd6, 0xa7);
const WARN: Rgb = (0xf0, 0xc6, 0x74);
const BAD: Rgb = (0xff, 0x7b, 0x72);
const SELECTED: Rgb = (0x1f, 0x3a, 0x52);

/// Okabe and Ito, "Color Universal Design", <https://jfly.uni-koeln.de/color/>, the black one replaced by a light grey.
const SERIES: [(Rgb, Color); 8] = [
    ((0x56, 0xb4, 0xe9), Color::LightBlue),
    ((0xe6, 0x9f, 0x00), Color::Yellow),
    ((0x00, 0xc0, 0x8a), Color::Green),
    ((0xcc, 0x79, 0xa7), Color::Magenta),
    ((0xf0, 0xe4, 0x42), Color::LightYellow),
    ((0x3d, 0x8f, 0xd1), Color::Blue),
    ((0xe8, 0x70, 0x2a), Color::LightRed),
    ((0xb8, 0xc0, 0xcc), Color::Gray),
];

const AGES: [(Rgb, Color); 8] = [
    ((0xff, 0xf4, 0xc2), Color::White),
    ((0xff, 0xd1, 0x66), Color::LightYellow),
    ((0xf4, 0xa2, 0x4c), Color::Yellow),
    ((0x6f, 0xd6, 0xb0), Color::LightGreen),
    ((0x38, 0xb2, 0xb8), Color::LightCyan),
    ((0x3a, 0x8f, 0xc9), Color::Cyan),
    ((0x4a, 0x6f, 0xb5), Color::LightBlue),
    ((0x4b, 0x57, 0x94), Color::Blue),
];

const HEAT: [(Rgb, Color); 8] = [
    ((0x21, 0x2d, 0x40), Color::DarkGray),
    ((0x23, 0x47, 0x66), Color::Blue),
    ((0x1f, 0x66, 0x83), Color::Blue),
    ((0x1c, 0x87, 0x8f), Color::Cyan),
    ((0x3b, 0xa6, 0x84), Color::Green),
    ((0x8f, 0xbf, 0x5f), Color::LightGreen),
    ((0xe0, 0xc0, 0x50), Color::LightYellow),
    ((0xff, 0xf0, 0xb0), Color::White),
];

impl Theme {
    /// The dark theme, in as many colours as the terminal shows.
    pub fn dark(depth: Depth, ascii: bool) -> Self {
        let colour = |rgb: Rgb, basic: Color| match depth {
            Depth::True => Color::Rgb(rgb.0, rgb.1, rgb.2),
            Depth::Indexed => Color::Indexed(nearest_indexed(rgb)),
            Depth::Sixteen => basic,
            Depth::None => Color::Reset,
        };
        let ink = |rgb, basic| Style::new().fg(colour(rgb, basic));
        let ramp = |table: [(Rgb, Color); 8]| table.map(|(rgb, basic)| colour(rgb, basic));
        let plain = depth == Depth::None;
        let reversed = Style::new().add_modifier(Modifier::REVERSED);
        Self {
            ascii,
            text: ink(TEXT, Color::Reset),
            strong: ink(STRONG, Color::White).add_modifier(Modifier::BOLD),
            dim: ink(DIM, Color::Gray),
            faint: if plain { Style::new().add_modifier(Modifier::DIM) } else { ink(FAINT, Color::DarkGray) },
            frame: if plain { Style::new().add_modifier(Modifier::DIM) } else { ink(FAINT, Color::DarkGray) },
            focus: ink(ACCENT, Color::LightCyan).add_modifier(if plain { Modifier::BOLD } else { Modifier::empty() }),
            key: ink(ACCENT, Color::LightCyan).add_modifier(Modifier::BOLD),
            accent: ink(ACCENT, Color::LightCyan),
            good: ink(GOOD, Color::LightGreen),
            warn: ink(WARN, Color::LightYellow),
            bad: ink(BAD, Color::LightRed).add_modifier(Modifier::BOLD),
            selected: match depth {
                Depth::True | Depth::Indexed => ink(STRONG, Color::White).bg(colour(SELECTED, Color::Blue)),
                Depth::Sixteen | Depth::None => reversed,
            },
            banner: if plain { reversed } else { Style::new().fg(Color::Black).bg(colour(WARN, Color::LightYellow)) },
            series: ramp(SERIES),
            ages: ramp(AGES),
            heat: ramp(HEAT),
            ground: Color::Reset,
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
    fn colours_fall_to_the_nearest_of_256() {
        assert_eq!(nearest_indexed((0, 0, 0)), 16);
        assert_eq!(nearest_indexed((255, 255, 255)), 231);
        assert_eq!(nearest_indexed((8, 8, 8)), 232);
        assert_eq!(nearest_indexed((0x5f, 0x87, 0xaf)), 67);
    }
}
