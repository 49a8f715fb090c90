//! What the terminal shows, and the bytes that make the next picture of it.
//!
//! ratatui can compare two buffers and spell the difference. It measures every symbol's width, names row and column where
//! the column would do, spells the colours of a blank's text, and writes a run of blanks as so many spaces: the help over the
//! panes at 120x40 took 9.6 KB and 150 µs, and takes 6.6 KB and 70 µs here. That much sooner it is on the screen.
//!
//! The sequences are those of ECMA-48 and of xterm (<https://invisible-island.net/xterm/ctlseqs/ctlseqs.html>).

use std::hash::{DefaultHasher, Hash, Hasher};

use ratatui::buffer::{Buffer, Cell, CellWidth};
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier};

/// So many blanks in a row are erased, in place of being written.
const WORTH_ERASING: usize = 6;

/// What is seen of a cell with nothing in it but a space.
const SEEN_ON_BLANK: Modifier = Modifier::REVERSED
    .union(Modifier::UNDERLINED)
    .union(Modifier::SLOW_BLINK)
    .union(Modifier::RAPID_BLINK)
    .union(Modifier::CROSSED_OUT);

/// Modifiers and the parameters of SGR that begin them.
const MODIFIERS: [(Modifier, u8); 9] = [
    (Modifier::BOLD, b'1'),
    (Modifier::DIM, b'2'),
    (Modifier::ITALIC, b'3'),
    (Modifier::UNDERLINED, b'4'),
    (Modifier::SLOW_BLINK, b'5'),
    (Modifier::RAPID_BLINK, b'6'),
    (Modifier::REVERSED, b'7'),
    (Modifier::HIDDEN, b'8'),
    (Modifier::CROSSED_OUT, b'9'),
];

/// What the terminal shows.
#[derive(Debug)]
pub struct Shown {
    columns: usize,
    glyphs: Vec<Glyph>,
}

/// What is in a cell of the terminal, in a form that is small and compared at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Glyph {
    symbol: u64,
    ink: Ink,
}

/// How something is written: the colours as [`code`] has them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Ink {
    text: u32,
    ground: u32,
    modifier: Modifier,
}

const PLAIN: Ink = Ink { text: 0, ground: 0, modifier: Modifier::empty() };
const BLANK: Glyph = Glyph { symbol: b' ' as u64, ink: PLAIN };

/// The further columns of a wide symbol. No symbol is spelt like this: 0xFF is not in UTF-8.
const COVERED: Glyph = Glyph { symbol: u64::MAX, ink: PLAIN };

impl Shown {
    /// A terminal of this area that was cleared.
    pub fn cleared(area: Rect) -> Self {
        Self { columns: area.width.into(), glyphs: vec![BLANK; area.area() as usize] }
    }

    /// Adds to the bytes what makes this picture of what is shown, and takes it for shown. The picture has the area that was
    /// cleared; what stands at the cursor is not spelt in any colour before and after.
    pub fn turn_into(&mut self, picture: &Buffer, bytes: &mut Vec<u8>) {
        let mut pen = Pen { bytes, ink: PLAIN, row: None, column: None };
        let columns = self.columns.max(1);
        let rows = picture.content.chunks_exact(columns).zip(self.glyphs.chunks_exact_mut(columns));
        for (row, (cells, shown)) in rows.enumerate() {
            row_into(&mut pen, row, cells, shown);
        }
        pen.end();
    }
}

fn row_into(pen: &mut Pen<'_>, row: usize, cells: &[Cell], shown: &mut [Glyph]) {
    let mut column = 0;
    while let Some(cell) = cells.get(column) {
        let (glyph, width) = Glyph::of(cell);
        let end = (column + width).min(cells.len());
        let covered = shown[column + 1..end].iter().all(|glyph| *glyph == COVERED);
        if shown[column] == glyph && covered {
            column = end;
            continue;
        }
        let blanks = if glyph == BLANK { blanks(&cells[column..], &shown[column..]) } else { 0 };
        if blanks >= WORTH_ERASING {
            pen.erase(row, column, blanks);
            shown[column..column + blanks].fill(BLANK);
            column += blanks;
            continue;
        }
        if !covered {
            // Not every terminal takes away what a wide symbol covers.
            for column in column..end {
                pen.write(row, column, " ", glyph);
            }
        }
        pen.write(row, column, cell.symbol(), glyph);
        if width != 1 {
            // Terminals differ in how wide they take it to be.
            pen.column = None;
        }
        shown[column] = glyph;
        shown[column + 1..end].fill(COVERED);
        column = end;
    }
}

/// How many columns from the first on are to be blank, up to the last that is not blank yet.
fn blanks(cells: &[Cell], shown: &[Glyph]) -> usize {
    let is_blank =
        |cell: &&Cell| cell.symbol() == " " && cell.bg == Color::Reset && !cell.modifier.intersects(SEEN_ON_BLANK);
    let wanted = cells.iter().take_while(is_blank).count();
    shown[..wanted].iter().rposition(|glyph| *glyph != BLANK).map_or(0, |last| last + 1)
}

impl Glyph {
    /// What is in the cell, and its columns.
    fn of(cell: &Cell) -> (Self, usize) {
        let ink = Ink { text: code(cell.fg), ground: code(cell.bg), modifier: cell.modifier };
        let bytes = cell.symbol().as_bytes();
        let (symbol, width) = match *bytes {
            [b' '] if !ink.modifier.intersects(SEEN_ON_BLANK) => {
                return (Self { symbol: BLANK.symbol, ink: Ink { ground: ink.ground, ..PLAIN } }, 1);
            }
            [byte] => (byte.into(), 1),
            // Lines, blocks and Braille, which panes are full of: U+2500 to U+259F, U+2800 to U+28FF.
            [a @ 0xE2, b @ (0x94..=0x95 | 0xA0..=0xA3), c] | [a @ 0xE2, b @ 0x96, c @ 0x80..=0x9F] => {
                (u64::from_le_bytes([a, b, c, 0, 0, 0, 0, 0]), 1)
            }
            _ => (spelling(bytes), cell.cell_width().max(1).into()),
        };
        (Self { symbol, ink }, width)
    }
}

/// A symbol as a number: its bytes, or a hash of them when they are too many, which no bytes of UTF-8 are equal to.
fn spelling(bytes: &[u8]) -> u64 {
    let mut packed = [0; 8];
    if let Some(room) = packed.get_mut(..bytes.len()) {
        room.copy_from_slice(bytes);
        return u64::from_le_bytes(packed);
    }
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    0xFF << 56 | hasher.finish() >> 9
}

/// A colour as a number: 0 is the terminal's own, 1 and an index is one of its 256, and 2 is of three bytes.
fn code(color: Color) -> u32 {
    let index = match color {
        Color::Reset => return 0,
        Color::Rgb(red, green, blue) => return u32::from_be_bytes([2, red, green, blue]),
        Color::Indexed(index) => index,
        Color::Black => 0,
        Color::Red => 1,
        Color::Green => 2,
        Color::Yellow => 3,
        Color::Blue => 4,
        Color::Magenta => 5,
        Color::Cyan => 6,
        Color::Gray => 7,
        Color::DarkGray => 8,
        Color::LightRed => 9,
        Color::LightGreen => 10,
        Color::LightYellow => 11,
        Color::LightBlue => 12,
        Color::LightMagenta => 13,
        Color::LightCyan => 14,
        Color::White => 15,
    };
    u32::from_be_bytes([1, 0, 0, index])
}

/// Where the terminal writes next, and how.
struct Pen<'a> {
    bytes: &'a mut Vec<u8>,
    ink: Ink,
    row: Option<usize>,
    column: Option<usize>,
}

impl Pen<'_> {
    fn write(&mut self, row: usize, column: usize, symbol: &str, glyph: Glyph) {
        self.go(row, column);
        let blank = glyph.symbol == BLANK.symbol && !glyph.ink.modifier.intersects(SEEN_ON_BLANK);
        self.take(if blank { self.under_blank(glyph.ink.ground) } else { glyph.ink });
        self.bytes.extend_from_slice(symbol.as_bytes());
        self.column = Some(column + 1);
    }

    /// Erases so many columns. What terminals fill them with differs, but for their own ground.
    fn erase(&mut self, row: usize, column: usize, columns: usize) {
        self.go(row, column);
        self.take(self.under_blank(PLAIN.ground));
        self.bytes.extend_from_slice(b"\x1b[");
        self.number(columns);
        self.bytes.push(b'X');
    }

    /// An ink near to the present one that leaves a blank of this ground.
    fn under_blank(&self, ground: u32) -> Ink {
        let ink = if self.ink.modifier.intersects(SEEN_ON_BLANK) { PLAIN } else { self.ink };
        Ink { ground, ..ink }
    }

    fn go(&mut self, row: usize, column: usize) {
        if self.row != Some(row) {
            self.bytes.extend_from_slice(b"\x1b[");
            self.number(row + 1);
            self.bytes.push(b';');
            self.number(column + 1);
            self.bytes.push(b'H');
        } else if self.column != Some(column) {
            self.bytes.extend_from_slice(b"\x1b[");
            self.number(column + 1);
            self.bytes.push(b'G');
        }
        (self.row, self.column) = (Some(row), Some(column));
    }

    /// Changes the ink by what is different.
    fn take(&mut self, ink: Ink) {
        if ink == self.ink {
            return;
        }
        self.bytes.extend_from_slice(b"\x1b[");
        // What takes one modifier away takes others with it in some terminals, and where bold and dim are one thing, of which
        // the last holds, they stand in one order.
        let weights = Modifier::BOLD.union(Modifier::DIM);
        let joined =
            ink.modifier.contains(weights) && [Modifier::BOLD, Modifier::DIM].contains(&(self.ink.modifier & weights));
        if joined || !ink.modifier.contains(self.ink.modifier) {
            self.bytes.extend_from_slice(b"0;");
            self.ink = PLAIN;
        }
        for (modifier, parameter) in MODIFIERS {
            if ink.modifier.difference(self.ink.modifier).contains(modifier) {
                self.bytes.extend_from_slice(&[parameter, b';']);
            }
        }
        for (from, to, side) in [(self.ink.text, ink.text, b'3'), (self.ink.ground, ink.ground, b'4')] {
            if from != to {
                self.bytes.push(side);
                self.color(to);
            }
        }
        // The last parameter's semicolon.
        self.bytes.pop();
        self.bytes.push(b'm');
        self.ink = ink;
    }

    fn color(&mut self, code: u32) {
        let [kind, red, green, blue] = code.to_be_bytes();
        let (begin, parameters): (&[u8], &[u8]) = match kind {
            0 => (b"9;", &[]),
            1 => (b"8;5;", &[blue]),
            _ => (b"8;2;", &[red, green, blue]),
        };
        self.bytes.extend_from_slice(begin);
        for parameter in parameters {
            self.number(usize::from(*parameter));
            self.bytes.push(b';');
        }
    }

    fn number(&mut self, number: usize) {
        if number >= 10 {
            self.number(number / 10);
        }
        self.bytes.push(b'0' + (number % 10) as u8);
    }

    /// Leaves the ink as it was found.
    fn end(self) {
        if self.ink != PLAIN {
            self.bytes.extend_from_slice(b"\x1b[m");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;
    use ratatui::style::Style;

    const COLUMNS: u16 = 24;
    const ROWS: u16 = 4;

    fn area() -> Rect {
        Rect::new(0, 0, COLUMNS, ROWS)
    }

    fn emulator() -> vt100::Parser {
        let cells = |count| std::num::NonZero::new(count).unwrap();
        let mut emulator = vt100::Parser::new(cells(ROWS), cells(COLUMNS), 0);
        emulator.process(b"\x1b[?7l");
        emulator
    }

    fn color() -> impl Strategy<Value = Color> {
        let rgb = any::<(u8, u8, u8)>().prop_map(|(red, green, blue)| Color::Rgb(red, green, blue));
        prop_oneof![Just(Color::Reset), Just(Color::LightRed), any::<u8>().prop_map(Color::Indexed), rgb]
    }

    fn style() -> impl Strategy<Value = Style> {
        let weight = prop_oneof![2 => Just(Modifier::empty()), 1 => Just(Modifier::BOLD), 1 => Just(Modifier::DIM)];
        let modifiers = [Modifier::ITALIC, Modifier::UNDERLINED, Modifier::REVERSED];
        let modifiers = proptest::sample::subsequence(modifiers.to_vec(), 0..=2);
        (color(), color(), weight, modifiers).prop_map(|(text, ground, weight, modifiers)| {
            let modifiers = modifiers.into_iter().fold(weight, Modifier::union);
            Style::new().fg(text).bg(ground).remove_modifier(Modifier::all()).add_modifier(modifiers)
        })
    }

    /// Pieces of text at places, each written over the others.
    fn pieces() -> impl Strategy<Value = Vec<(u16, u16, String, Style)>> {
        const SYMBOLS: [&str; 14] =
            [" ", " ", " ", "a", "a", "─", "▀", "⣿", "中", "中", "é", "·", "e\u{301}", "o\u{301}\u{302}\u{303}\u{304}"];
        let symbol = proptest::sample::select(&SYMBOLS[..]);
        let text = vec(symbol, 1..20).prop_map(|symbols| symbols.concat());
        vec((0..COLUMNS, 0..ROWS, text, style()), 0..12)
    }

    fn draw(picture: &mut Buffer, pieces: &[(u16, u16, String, Style)]) {
        for (column, row, text, style) in pieces {
            picture.set_string(*column, *row, text, *style);
        }
    }

    /// What the emulator shows of a picture, as far as it can be seen.
    fn seen(emulator: &vt100::Parser) -> Vec<String> {
        let cells = (0..ROWS).flat_map(|row| (0..COLUMNS).map(move |column| (row, column)));
        let cell = |(row, column)| {
            let cell = emulator.screen().cell(row, column).expect("a cell");
            let seen_on_blank = cell.inverse() || cell.underline();
            let contents = if cell.contents().is_empty() { " " } else { cell.contents() };
            let ground = format!("{row},{column} {:?} ul {} rev {}", cell.bgcolor(), cell.underline(), cell.inverse());
            if cell.is_wide_continuation() {
                "covered".to_owned()
            } else if contents == " " && !seen_on_blank {
                format!("blank {ground}")
            } else {
                let text = (cell.fgcolor(), cell.bold(), cell.dim(), cell.italic());
                format!("{contents} {text:?} {ground}")
            }
        };
        cells.map(cell).collect()
    }

    /// A picture as ratatui's own backend spells it on a cleared terminal.
    fn spelt_by_ratatui(picture: &Buffer) -> vt100::Parser {
        use ratatui::backend::{Backend, CrosstermBackend};
        // Whatever the environment says of colours.
        crossterm::style::force_color_output(true);
        let mut bytes = Vec::new();
        let empty = Buffer::empty(picture.area);
        CrosstermBackend::new(&mut bytes).draw(empty.diff_iter(picture)).unwrap();
        let mut emulator = emulator();
        emulator.process(&bytes);
        emulator
    }

    proptest! {
        #[test]
        fn a_picture_made_of_another_is_the_one_that_ratatui_spells(pictures in vec((any::<bool>(), pieces()), 1..5)) {
            let (mut shown, mut emulator) = (Shown::cleared(area()), emulator());
            let mut picture = Buffer::empty(area());
            for (anew, pieces) in &pictures {
                if *anew {
                    picture.reset();
                }
                draw(&mut picture, pieces);
                let mut bytes = Vec::new();
                shown.turn_into(&picture, &mut bytes);
                emulator.process(&bytes);
                prop_assert_eq!(seen(&emulator), seen(&spelt_by_ratatui(&picture)), "{:?}", String::from_utf8_lossy(&bytes));
                let length = bytes.len();
                shown.turn_into(&picture, &mut bytes);
                prop_assert_eq!(bytes.len(), length, "what is shown already is not written again");
            }
        }
    }

    fn spelt(from: &[(u16, u16, &str, Style)], to: &[(u16, u16, &str, Style)]) -> String {
        let owned = |pieces: &[(u16, u16, &str, Style)]| {
            pieces
                .iter()
                .map(|(column, row, text, style)| (*column, *row, (*text).to_owned(), *style))
                .collect::<Vec<_>>()
        };
        let (mut shown, mut picture, mut bytes) = (Shown::cleared(area()), Buffer::empty(area()), Vec::new());
        draw(&mut picture, &owned(from));
        shown.turn_into(&picture, &mut bytes);
        bytes.clear();
        picture.reset();
        draw(&mut picture, &owned(to));
        shown.turn_into(&picture, &mut bytes);
        String::from_utf8(bytes).unwrap().replace('\x1b', "^")
    }

    #[test]
    fn only_what_is_different_is_spelt() {
        let (plain, red) = (Style::new(), Style::new().fg(Color::Red));
        assert_eq!(spelt(&[], &[(2, 1, "ab", plain)]), "^[2;3Hab");
        assert_eq!(spelt(&[], &[(0, 0, "a", red), (5, 0, "b", red)]), "^[1;1H^[38;5;1ma^[6Gb^[m");
        assert_eq!(spelt(&[], &[(0, 0, "a", red.bold()), (1, 0, "b", red)]), "^[1;1H^[1;38;5;1ma^[0;38;5;1mb^[m");
        assert_eq!(
            spelt(&[(0, 0, "long ago, far away", red)], &[(0, 0, "a", plain)]),
            "^[1;1Ha^[17X",
            "blanks are erased"
        );
        assert_eq!(spelt(&[(0, 0, "abc", red)], &[(0, 0, "a", red)]), "^[1;2H  ", "a few are written");
        let under = red.bold().underlined();
        assert_eq!(spelt(&[(1, 0, "b", plain)], &[(0, 0, "a", under)]), "^[1;1H^[1;4;38;5;1ma^[0m ");
        assert_eq!(spelt(&[], &[(0, 0, "a", plain.dim()), (1, 0, "b", plain.dim().bold())]), "^[1;1H^[2ma^[0;1;2mb^[m");
        assert_eq!(spelt(&[(0, 0, "   ", red)], &[(0, 0, "   ", plain.bold())]), "", "blanks look alike");
        let ground = Style::new().bg(Color::Rgb(1, 20, 255));
        assert_eq!(spelt(&[], &[(0, 0, "        ", ground)]), "^[1;1H^[48;2;1;20;255m        ^[m");
    }

    #[test]
    fn what_a_wide_symbol_covers_is_taken_away_first_and_the_cursor_is_not_trusted_after_it() {
        let plain = Style::new();
        assert_eq!(spelt(&[(0, 0, "abc", plain)], &[(0, 0, "中d", plain)]), "^[1;1H  ^[1G中^[3Gd");
        assert_eq!(spelt(&[(0, 0, "中", plain)], &[(0, 0, "a", plain)]), "^[1;1Ha ");
    }
}
