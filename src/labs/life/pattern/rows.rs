//! Formats that draw or list cells: .cells and the seed's text, Life 1.05, Life 1.06.

use super::{BadPattern, Meter, Pattern, Place, lines, text};
use crate::labs::life::plane::Tiles;

/// One row of drawn cells.
fn row(
    tiles: &mut Tiles,
    line: &[u8],
    y: i64,
    left: i64,
    number: usize,
    alive: &[u8],
    dead: &[u8],
) -> Result<(), BadPattern> {
    for (column, byte) in line.iter().enumerate() {
        let at = Place { line: number, column: column + 1 };
        if alive.contains(byte) {
            tiles.run(y, left + column as i64, 1).map_err(at.too_large(1))?;
        } else if !dead.contains(byte) {
            let (found, dead, alive) = (char::from(*byte), char::from(dead[0]), char::from(alive[0]));
            return Err(at.wrong(format!("{found:?} is no cell: write {dead} and {alive}")));
        }
    }
    Ok(())
}

pub(super) fn read_cells(bytes: &[u8], meter: &mut Meter<'_>) -> Result<Pattern, BadPattern> {
    let mut pattern = Pattern::new();
    let mut tiles = Tiles::default();
    let (mut height, mut width) = (0, 0);
    for (number, begin, line) in lines(bytes) {
        meter.at(begin)?;
        if let Some(comment) = line.strip_prefix(b"!") {
            let comment = text(comment);
            if let Some(name) = comment.strip_prefix("Name:") {
                name.trim().clone_into(&mut pattern.name);
            } else if let Some(author) = comment.strip_prefix("Author:") {
                author.trim().clone_into(&mut pattern.author);
            } else if pattern.line.is_empty() {
                pattern.line = comment;
            }
            continue;
        }
        row(&mut tiles, line.trim_ascii_end(), height, 0, number, b"O*", b".- ")?;
        if !line.is_empty() || begin < bytes.len() {
            height += 1;
        }
        width = width.max(line.len());
    }
    pattern.declared = Some((height.max(1) as usize, width.max(1)));
    pattern.plane = tiles.plane();
    Ok(pattern)
}

pub(super) fn read_life_105(bytes: &[u8], meter: &mut Meter<'_>) -> Result<Pattern, BadPattern> {
    let mut pattern = Pattern::new();
    let mut tiles = Tiles::default();
    let (mut y, mut left) = (0, 0);
    for (number, begin, line) in lines(bytes) {
        meter.at(begin)?;
        let at = Place { line: number, column: 1 };
        let line = line.trim_ascii_end();
        if let Some(rest) = line.strip_prefix(b"#P") {
            (left, y) = place(rest, at)?;
        } else if let Some(rest) = line.strip_prefix(b"#R") {
            pattern.set_rule(&text(rest), at)?;
        } else if let Some(rest) = line.strip_prefix(b"#D") {
            if pattern.line.is_empty() {
                pattern.line = text(rest);
            }
        } else if !line.starts_with(b"#") && !line.is_empty() {
            row(&mut tiles, line, y, left, number, b"*O", b". ")?;
            y += 1;
        }
    }
    pattern.plane = tiles.plane();
    Ok(pattern)
}

/// The farthest row or column that these formats may name.
const FARTHEST: i64 = 1 << 40;

/// A column and a row.
fn place(text_of: &[u8], at: Place) -> Result<(i64, i64), BadPattern> {
    let wrong = || at.wrong(format!("{:?} is no cell: write its column and row", text(text_of)));
    let words = text(text_of);
    let mut numbers =
        words.split_whitespace().map(|word| word.parse::<i64>().ok().filter(|n| n.abs() < FARTHEST).ok_or_else(wrong));
    match (numbers.next(), numbers.next(), numbers.next()) {
        (Some(x), Some(y), None) => Ok((x?, y?)),
        _ => Err(wrong()),
    }
}

pub(super) fn read_life_106(bytes: &[u8], meter: &mut Meter<'_>) -> Result<Pattern, BadPattern> {
    let mut pattern = Pattern::new();
    let mut tiles = Tiles::default();
    for (number, begin, line) in lines(bytes) {
        meter.at(begin)?;
        let at = Place { line: number, column: 1 };
        if line.starts_with(b"#") || line.trim_ascii().is_empty() {
            continue;
        }
        let (x, y) = place(line, at)?;
        tiles.run(y, x, 1).map_err(at.too_large(1))?;
    }
    pattern.plane = tiles.plane();
    Ok(pattern)
}
