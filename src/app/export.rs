//! The screen as a file: plain text, or a picture as SVG.

use std::fmt::Write as _;

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};
use unicode_width::UnicodeWidthStr;

use crate::ui::Theme;

/// Width and height of a cell in the picture, in its own units; a monospaced font of 14 units is about 8.4 wide.
const CELL: (f64, f64) = (8.4, 17.0);
const FONT_SIZE: u16 = 14;
/// Room round the screen.
const MARGIN: f64 = 8.0;

/// The screen's rows as text, without trailing spaces.
pub fn text(buffer: &Buffer) -> String {
    let mut out = String::new();
    for row in rows(buffer) {
        let line: String = row.iter().map(|(_, cell)| cell.symbol()).collect();
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

/// The screen as a picture in the theme's colours.
pub fn svg(buffer: &Buffer, theme: &Theme) -> String {
    let (columns, lines) = (f64::from(buffer.area.width), f64::from(buffer.area.height));
    let (width, height) = (columns * CELL.0 + 2.0 * MARGIN, lines * CELL.1 + 2.0 * MARGIN);
    let paper = hex(theme.ground).unwrap_or_else(|| "#101418".to_owned());
    let ink = theme.text.fg.and_then(hex).unwrap_or_else(|| "#d8dee9".to_owned());
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.1} {height:.1}\" font-size=\"{FONT_SIZE}\" \
         font-family=\"ui-monospace, 'DejaVu Sans Mono', 'Cascadia Mono', Menlo, Consolas, monospace\">\n\
         <rect width=\"100%\" height=\"100%\" rx=\"6\" fill=\"{paper}\"/>\n"
    );
    for (y, row) in rows(buffer).enumerate() {
        let y = MARGIN + y as f64 * CELL.1;
        for run in runs(&row) {
            draw(&mut out, y, &run, &ink, &paper);
        }
    }
    out.push_str("</svg>\n");
    out
}

/// Neighbouring cells of one look.
struct Run<'a> {
    column: usize,
    columns: usize,
    text: String,
    look: &'a Cell,
}

/// The cells of each row that begin a character, with their columns.
fn rows(buffer: &Buffer) -> impl Iterator<Item = Vec<(usize, &Cell)>> {
    buffer.content.chunks(usize::from(buffer.area.width).max(1)).map(|row| {
        let mut next = 0;
        let mut cells = Vec::with_capacity(row.len());
        for (column, cell) in row.iter().enumerate() {
            if column >= next {
                next = column + cell.symbol().width().max(1);
                cells.push((column, cell));
            }
        }
        cells
    })
}

fn runs<'a>(row: &[(usize, &'a Cell)]) -> Vec<Run<'a>> {
    let mut runs: Vec<Run<'a>> = Vec::new();
    for (column, cell) in row {
        let columns = cell.symbol().width().max(1);
        let same = |look: &Cell| (look.fg, look.bg, look.modifier) == (cell.fg, cell.bg, cell.modifier);
        // Blocks are drawn as shapes one by one: fonts leave gaps between them.
        let alone = |text: &str| text.chars().next().and_then(shape).is_some();
        match runs.last_mut() {
            Some(run) if same(run.look) && alone(cell.symbol()) == alone(&run.text) && !alone(&run.text) => {
                run.text.push_str(cell.symbol());
                run.columns += columns;
            }
            _ => runs.push(Run { column: *column, columns, text: cell.symbol().to_owned(), look: cell }),
        }
    }
    runs
}

fn draw(out: &mut String, y: f64, run: &Run<'_>, ink: &str, paper: &str) {
    let reversed = run.look.modifier.contains(Modifier::REVERSED);
    let (fg, bg) = (hex(run.look.fg), hex(run.look.bg));
    let (fg, bg) = if reversed {
        (Some(bg.unwrap_or_else(|| paper.to_owned())), Some(fg.unwrap_or_else(|| ink.to_owned())))
    } else {
        (fg, bg)
    };
    let fg = fg.unwrap_or_else(|| ink.to_owned());
    let (x, width) = (MARGIN + run.column as f64 * CELL.0, run.columns as f64 * CELL.0);
    if let Some(bg) = bg {
        let _ =
            writeln!(out, "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{}\" fill=\"{bg}\"/>", CELL.1);
    }
    if let Some((left, top, right, bottom)) = run.text.chars().next().and_then(shape) {
        let (x, y) = (x + left * CELL.0, y + top * CELL.1);
        let (width, height) = ((right - left) * CELL.0, (bottom - top) * CELL.1);
        let _ = writeln!(
            out,
            "<rect x=\"{x:.2}\" y=\"{y:.2}\" width=\"{width:.2}\" height=\"{height:.2}\" fill=\"{fg}\" \
             shape-rendering=\"crispEdges\"/>"
        );
    } else if !run.text.trim().is_empty() {
        let weight = if run.look.modifier.contains(Modifier::BOLD) { " font-weight=\"bold\"" } else { "" };
        let baseline = y + CELL.1 * 0.76;
        // The length is given, so that every font keeps to the columns.
        let _ = writeln!(
            out,
            "<text x=\"{x:.1}\" y=\"{baseline:.1}\" fill=\"{fg}\"{weight} textLength=\"{width:.1}\" \
             xml:space=\"preserve\">{}</text>",
            escaped(&run.text)
        );
    }
}

/// The filled part of a cell of a block character, as left, top, right and bottom in parts of the cell.
fn shape(character: char) -> Option<(f64, f64, f64, f64)> {
    let eighths = f64::from(character as u32) / 8.0;
    match character {
        '▀' => Some((0.0, 0.0, 1.0, 0.5)),
        '▐' => Some((0.5, 0.0, 1.0, 1.0)),
        '▁'..='█' => Some((0.0, 1.0 - (eighths - f64::from(0x2580) / 8.0), 1.0, 1.0)),
        '▉'..='▏' => Some((0.0, 0.0, f64::from(0x2590) / 8.0 - eighths, 1.0)),
        _ => None,
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// A colour as SVG has it; None for the terminal's own.
fn hex(color: Color) -> Option<String> {
    let (red, green, blue) = match color {
        Color::Reset => return None,
        Color::Rgb(red, green, blue) => (red, green, blue),
        Color::Indexed(index) => indexed(index),
        named => indexed(NAMED.iter().position(|other| *other == named)? as u8),
    };
    Some(format!("#{red:02x}{green:02x}{blue:02x}"))
}

/// The sixteen named colours, in the order of their numbers.
const NAMED: [Color; 16] = [
    Color::Black,
    Color::Red,
    Color::Green,
    Color::Yellow,
    Color::Blue,
    Color::Magenta,
    Color::Cyan,
    Color::Gray,
    Color::DarkGray,
    Color::LightRed,
    Color::LightGreen,
    Color::LightYellow,
    Color::LightBlue,
    Color::LightMagenta,
    Color::LightCyan,
    Color::White,
];

/// The colour of this number in xterm's palette of 256.
fn indexed(index: u8) -> (u8, u8, u8) {
    const LEVELS: [u8; 6] = [0, 95, 135, 175, 215, 255];
    match index {
        0..=15 => {
            let bright = if index == 7 {
                0xc0
            } else if index == 8 {
                0x80
            } else if index > 8 {
                0xff
            } else {
                0x80
            };
            let part = |bit: u8| if index == 8 || (index & 7) >> bit & 1 == 1 { bright } else { 0 };
            (part(0), part(1), part(2))
        }
        16..=231 => {
            let n = usize::from(index - 16);
            (LEVELS[n / 36], LEVELS[n / 6 % 6], LEVELS[n % 6])
        }
        232.. => {
            let grey = 8 + 10 * (index - 232);
            (grey, grey, grey)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::theme::Depth;
    use ratatui::layout::Rect;
    use ratatui::style::Style;

    #[test]
    fn a_screen_becomes_text_and_a_picture() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 12, 2));
        buffer.set_string(0, 0, "a<b 日本", Style::new().fg(Color::Rgb(1, 2, 3)).bold());
        buffer.set_string(0, 1, "▄█", Style::new().fg(Color::Indexed(196)).bg(Color::LightBlue));
        assert_eq!(text(&buffer), "a<b 日本\n▄█\n");
        let picture = svg(&buffer, &Theme::dark(Depth::True, false));
        assert!(picture.contains(r##"fill="#010203" font-weight="bold""##), "{picture}");
        assert!(picture.contains(">a&lt;b 日本</text>"), "{picture}");
        assert_eq!(picture.matches("#ff0000").count(), 2, "two blocks, each a shape: {picture}");
        assert!(picture.contains("#0000ff"), "{picture}");
        assert!(picture.starts_with("<svg") && picture.trim_end().ends_with("</svg>"));
    }

    #[test]
    fn blocks_fill_their_part_of_the_cell() {
        assert_eq!(shape('█'), Some((0.0, 0.0, 1.0, 1.0)));
        assert_eq!(shape('▄'), Some((0.0, 0.5, 1.0, 1.0)));
        assert_eq!(shape('▌'), Some((0.0, 0.0, 0.5, 1.0)));
        assert_eq!(shape('▏'), Some((0.0, 0.0, 0.125, 1.0)));
        assert_eq!(shape('x'), None);
        assert_eq!(
            [indexed(0), indexed(7), indexed(8), indexed(9), indexed(15)],
            [(0, 0, 0), (0xc0, 0xc0, 0xc0), (0x80, 0x80, 0x80), (0xff, 0, 0), (0xff, 0xff, 0xff)]
        );
    }
}
