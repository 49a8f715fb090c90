//! A board of small pixels, several to a character: full, half-block, quadrant or braille.

use ratatui::style::{Color, Style};

use crate::ui::Canvas;

/// How pixels share a character.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Packing {
    /// One pixel a character.
    Full,
    /// Two, one above the other, each in its own colour.
    Half,
    /// Two by two, in one colour.
    Quadrant,
    /// Two columns by four rows of dots, in one colour.
    Braille,
}

impl Packing {
    /// Columns and rows of pixels in a character.
    pub fn pixels(self) -> (usize, usize) {
        match self {
            Self::Full => (1, 1),
            Self::Half => (1, 2),
            Self::Quadrant => (2, 2),
            Self::Braille => (2, 4),
        }
    }
}

/// Indexed by the pixels that are set: upper left 1, upper right 2, lower left 4, lower right 8.
const QUADRANTS: [char; 16] = [' ', '▘', '▝', '▀', '▖', '▌', '▞', '▛', '▗', '▚', '▐', '▜', '▄', '▙', '▟', '█'];

/// The braille dot of each pixel, row by row, as Unicode numbers them.
const DOTS: [u32; 8] = [0x01, 0x08, 0x02, 0x10, 0x04, 0x20, 0x40, 0x80];

/// Draws rows of pixels from the canvas's corner on. `colour` gives each pixel's colour, none for one that is not set. Where
/// a character has one colour for many pixels, it is that of the first one set.
///
/// On a canvas that may only draw ASCII, a character is `#` if any of its pixels is set.
pub fn cells(
    canvas: &mut Canvas<'_>,
    width: usize,
    pixels: &[u8],
    packing: Packing,
    colour: impl Fn(u8) -> Option<Color>,
) {
    if width == 0 {
        return;
    }
    let (across, down) = packing.pixels();
    let height = pixels.len() / width;
    let area = canvas.area;
    let at = |y: usize, x: usize| (y < height && x < width).then(|| colour(pixels[y * width + x])).flatten();
    for row in 0..usize::from(area.height).min(height.div_ceil(down)) {
        for column in 0..usize::from(area.width).min(width.div_ceil(across)) {
            let pixel = |index: usize| at(row * down + index / across, column * across + index % across);
            let ascii = canvas.theme.ascii;
            if let Some((symbol, style)) = character(packing, ascii, pixel) {
                let cell = &mut canvas.buffer[(area.x + column as u16, area.y + row as u16)];
                cell.set_char(symbol).set_style(style);
            }
        }
    }
}

fn character(packing: Packing, ascii: bool, pixel: impl Fn(usize) -> Option<Color>) -> Option<(char, Style)> {
    let (across, down) = packing.pixels();
    let first = (0..across * down).find_map(&pixel)?;
    let one = Style::new().fg(first);
    if ascii {
        return Some(('#', one));
    }
    let set =
        |bits: &[u32]| bits.iter().enumerate().filter(|(i, _)| pixel(*i).is_some()).map(|(_, bit)| bit).sum::<u32>();
    Some(match packing {
        Packing::Full => ('█', one),
        Packing::Half => match (pixel(0), pixel(1)) {
            (Some(upper), Some(lower)) if upper == lower => ('█', one),
            (Some(upper), Some(lower)) => ('▀', Style::new().fg(upper).bg(lower)),
            (Some(_), None) => ('▀', one),
            _ => ('▄', one),
        },
        Packing::Quadrant => (QUADRANTS[set(&[1, 2, 4, 8]) as usize], one),
        Packing::Braille => (char::from_u32(0x2800 + set(&DOTS)).unwrap_or(' '), one),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::snapshot::picture;

    const PIXELS: &[u8] = &[
        1, 0, 0, 1, //
        0, 1, 0, 1, //
        0, 0, 1, 1, //
        0, 0, 1, 1,
    ];

    fn drawn(packing: Packing) -> String {
        picture(4, 4, |canvas| cells(canvas, 4, PIXELS, packing, |pixel| (pixel > 0).then_some(Color::Red)))
    }

    #[test]
    fn pixels_are_packed() {
        assert_eq!(drawn(Packing::Full), "█  █\n █ █\n  ██\n  ██\n");
        assert_eq!(drawn(Packing::Half), "▀▄ █\n  ██\n\n\n");
        assert_eq!(drawn(Packing::Quadrant), "▚▐\n █\n\n\n");
        assert_eq!(drawn(Packing::Braille), "⠑⣼\n\n\n\n");
    }

    #[test]
    fn two_colours_share_a_half_block() {
        let theme = crate::ui::Theme::dark(crate::ui::theme::Depth::True, false);
        let mut buffer = ratatui::buffer::Buffer::empty(ratatui::layout::Rect::new(0, 0, 1, 1));
        let area = buffer.area;
        let colour = |pixel| Some(if pixel == 1 { Color::Red } else { Color::Blue });
        cells(&mut Canvas::new(&mut buffer, area, &theme), 1, &[1, 2], Packing::Half, colour);
        let cell = &buffer[(0, 0)];
        assert_eq!((cell.symbol(), cell.fg, cell.bg), ("▀", Color::Red, Color::Blue));
    }
}
