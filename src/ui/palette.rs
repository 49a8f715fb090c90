//! The colours that themes are made from, in as many as the terminal shows.

use ratatui::style::Color;

use crate::ui::theme::Depth;

/// Red, green, blue.
pub type Rgb = (u8, u8, u8);

/// A colour of a palette: in 24 bits, and as one of the terminal's own sixteen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ink(Rgb, Color);

impl Ink {
    /// A colour of 24 bits, and the likest of the sixteen.
    pub fn of(rgb: Rgb) -> Self {
        Self(rgb, nearest_basic(rgb))
    }

    /// The colour in as many as the terminal shows.
    pub fn at(self, depth: Depth) -> Color {
        let Self(rgb, basic) = self;
        match depth {
            Depth::True => Color::Rgb(rgb.0, rgb.1, rgb.2),
            Depth::Indexed => Color::Indexed(nearest_indexed(rgb)),
            Depth::Sixteen => basic,
            Depth::None => Color::Reset,
        }
    }
}

/// The colours that a theme is made from. The roles are those of [`Theme`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "each is explained where it is used, in Theme")]
pub struct Palette {
    pub text: Ink,
    pub strong: Ink,
    pub dim: Ink,
    pub faint: Ink,
    pub accent: Ink,
    pub good: Ink,
    pub warn: Ink,
    pub bad: Ink,
    pub selected: Ink,
    /// None leaves the terminal's own.
    pub ground: Option<Ink>,
    pub series: [Ink; 8],
    pub ages: [Ink; 8],
    pub heat: [Ink; 8],
}

/// Light on dark. The series are Okabe and Ito's set for any colour vision ("Color Universal Design",
/// <https://jfly.uni-koeln.de/color/>), lightened where they would sink into the dark.
pub(super) const DARK: Palette = Palette {
    text: Ink((0xd8, 0xde, 0xe9), Color::White),
    strong: Ink((0xff, 0xff, 0xff), Color::White),
    dim: Ink((0x93, 0x9f, 0xb4), Color::Gray),
    faint: Ink((0x4a, 0x55, 0x68), Color::DarkGray),
    accent: Ink((0x5c, 0xc8, 0xff), Color::LightCyan),
    good: Ink((0x4a, 0xd6, 0xa7), Color::LightGreen),
    warn: Ink((0xf0, 0xc6, 0x74), Color::LightYellow),
    bad: Ink((0xff, 0x7b, 0x72), Color::LightRed),
    selected: Ink((0x1f, 0x3a, 0x52), Color::Blue),
    ground: Some(Ink((0x10, 0x14, 0x18), Color::Black)),
    series: [
        Ink((0x56, 0xb4, 0xe9), Color::LightBlue),
        Ink((0xe6, 0x9f, 0x00), Color::Yellow),
        Ink((0x00, 0xc0, 0x8a), Color::Green),
        Ink((0xcc, 0x79, 0xa7), Color::Magenta),
        Ink((0xf0, 0xe4, 0x42), Color::LightYellow),
        Ink((0x3d, 0x8f, 0xd1), Color::Cyan),
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
        Ink((0x4b, 0x57, 0x94), Color::DarkGray),
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

/// Dark on light: the same roles in darker inks. Of the sixteen, green, yellow and cyan are too
/// bright there to be read in most terminals.
pub(super) const LIGHT: Palette = Palette {
    text: Ink((0x2a, 0x32, 0x40), Color::Black),
    strong: Ink((0x00, 0x00, 0x00), Color::Black),
    dim: Ink((0x5c, 0x67, 0x7a), Color::DarkGray),
    faint: Ink((0xb6, 0xbf, 0xcc), Color::Gray),
    accent: Ink((0x00, 0x5f, 0xa8), Color::Blue),
    good: Ink((0x00, 0x7a, 0x55), Color::Blue),
    warn: Ink((0x9a, 0x5b, 0x00), Color::Magenta),
    bad: Ink((0xb4, 0x23, 0x18), Color::Red),
    selected: Ink((0xcf, 0xe6, 0xf7), Color::Cyan),
    ground: Some(Ink((0xff, 0xff, 0xff), Color::White)),
    series: [
        Ink((0x00, 0x72, 0xb2), Color::Blue),
        Ink((0x9c, 0x5c, 0x00), Color::LightRed),
        Ink((0x00, 0x7f, 0x5c), Color::Black),
        Ink((0x9a, 0x3f, 0x78), Color::Magenta),
        Ink((0x75, 0x6a, 0x00), Color::LightMagenta),
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

/// For projectors in bright rooms: black on white, and fewer shades.
pub(super) const PRESENTER: Palette = Palette {
    text: Ink((0x10, 0x14, 0x1a), Color::Black),
    dim: Ink((0x3d, 0x47, 0x57), Color::DarkGray),
    faint: Ink((0x9a, 0xa5, 0xb5), Color::Gray),
    ..LIGHT
};

/// The themes by name.
pub(super) const THEMES: [(&str, &Palette); 3] = [("dark", &DARK), ("light", &LIGHT), ("presenter", &PRESENTER)];

/// The nearest of the sixteen colours, as xterm has them.
fn nearest_basic(wanted: Rgb) -> Color {
    const BASIC: [(Color, Rgb); 16] = [
        (Color::Black, (0, 0, 0)),
        (Color::Red, (205, 0, 0)),
        (Color::Green, (0, 205, 0)),
        (Color::Yellow, (205, 205, 0)),
        (Color::Blue, (0, 0, 238)),
        (Color::Magenta, (205, 0, 205)),
        (Color::Cyan, (0, 205, 205)),
        (Color::Gray, (229, 229, 229)),
        (Color::DarkGray, (127, 127, 127)),
        (Color::LightRed, (255, 0, 0)),
        (Color::LightGreen, (0, 255, 0)),
        (Color::LightYellow, (255, 255, 0)),
        (Color::LightBlue, (92, 92, 255)),
        (Color::LightMagenta, (255, 0, 255)),
        (Color::LightCyan, (0, 255, 255)),
        (Color::White, (255, 255, 255)),
    ];
    BASIC.iter().min_by_key(|(_, rgb)| distance(wanted, *rgb)).map_or(Color::Reset, |(color, _)| *color)
}

/// How far two colours are from each other: the square of their distance in the cube.
fn distance((red, green, blue): Rgb, other: Rgb) -> i32 {
    let by = |one: u8, two: u8| (i32::from(one) - i32::from(two)).pow(2);
    by(red, other.0) + by(green, other.1) + by(blue, other.2)
}

/// The nearest of the 216 colours of the cube and the 24 greys of the palette of 256.
fn nearest_indexed(wanted: Rgb) -> u8 {
    const LEVELS: [u8; 6] = [0, 95, 135, 175, 215, 255];
    let cube = (0..216).map(|n| (16 + n as u8, (LEVELS[n / 36], LEVELS[n / 6 % 6], LEVELS[n % 6])));
    let greys = (0..24).map(|n| (232 + n, (8 + 10 * n, 8 + 10 * n, 8 + 10 * n)));
    cube.chain(greys).min_by_key(|(_, rgb)| distance(wanted, *rgb)).map_or(7, |(index, _)| index)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::contrast::{LEAST, contrast};

    /// The colour of this number in the palette of 256, from 16 on.
    fn indexed(number: u8) -> Rgb {
        let level = |n: u8| if n == 0 { 0 } else { 55 + 40 * n };
        match number {
            232.. => (8 + 10 * (number - 232), 8 + 10 * (number - 232), 8 + 10 * (number - 232)),
            _ => (level((number - 16) / 36), level((number - 16) / 6 % 6), level((number - 16) % 6)),
        }
    }

    #[test]
    fn every_text_can_be_read_on_its_ground() {
        for (name, palette) in THEMES {
            let Ink(ground, _) = palette.ground.expect("the shipped themes have one");
            let Palette { text, strong, dim, accent, good, warn, bad, series, selected, .. } = palette;
            let roles = [("text", text), ("strong", strong), ("dim", dim), ("accent", accent), ("good", good)];
            let series = series.iter().map(|ink| ("series", ink));
            for (role, Ink(rgb, _)) in roles.into_iter().chain([("warn", warn), ("bad", bad)]).chain(series) {
                for rgb in [*rgb, indexed(nearest_indexed(*rgb))] {
                    let contrast = contrast(rgb, ground);
                    assert!(contrast >= LEAST, "{role} {rgb:?} of {name}: {contrast:.1}");
                }
            }
            assert!(contrast(strong.0, selected.0) >= LEAST, "a selected row of {name}");
        }
        assert!(contrast((0, 0, 0), DARK.warn.0) >= LEAST, "a banner");
    }

    #[test]
    fn the_sixteen_colours_of_a_theme_do_not_sink_into_its_ground() {
        for (name, palette) in THEMES {
            let sunk: &[Color] = if name == "dark" {
                &[Color::Black, Color::Blue]
            } else {
                use Color::{Cyan, Green, LightCyan, LightGreen, LightYellow, White, Yellow};
                &[White, Yellow, Green, Cyan, LightYellow, LightGreen, LightCyan]
            };
            let Palette { text, strong, dim, accent, good, warn, bad, series, .. } = palette;
            for ink in [text, strong, dim, accent, good, warn, bad].into_iter().chain(series) {
                assert!(!sunk.contains(&ink.at(Depth::Sixteen)), "{ink:?} of {name}");
            }
        }
    }

    #[test]
    fn colours_fall_to_the_nearest_of_256() {
        assert_eq!(nearest_indexed((0, 0, 0)), 16);
        assert_eq!(nearest_indexed((255, 255, 255)), 231);
        assert_eq!(nearest_indexed((8, 8, 8)), 232);
        assert_eq!(nearest_indexed((0x5f, 0x87, 0xaf)), 67);
    }
}
