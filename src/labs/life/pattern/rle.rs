//! RLE: runs of cells, a `$` for the end of a row, a `!` for the end.

use std::io::{self, Write};

use super::{BadPattern, Meter, Pattern, Place, lines, text};
use crate::labs::life::grid::Grid;
use crate::labs::life::plane::Tiles;

/// The farthest row or column that a pattern may reach.
const FARTHEST: u64 = 1 << 57;

pub(super) fn read(bytes: &[u8], meter: &mut Meter<'_>) -> Result<Pattern, BadPattern> {
    let mut pattern = Pattern::new();
    let mut body = Body::default();
    let mut last = Place { line: 1, column: 1 };
    for (number, begin, line) in lines(bytes) {
        let at = Place { line: number, column: 1 };
        let trimmed = line.trim_ascii();
        if let Some(comment) = trimmed.strip_prefix(b"#") {
            comment_line(&mut pattern, comment, at)?;
        } else if trimmed.starts_with(b"x") && !body.begun {
            header(&mut pattern, &text(trimmed), at)?;
        } else {
            for (column, byte) in line.iter().enumerate() {
                meter.at(begin + column)?;
                if body.byte(*byte, Place { line: number, column: column + 1 })? {
                    pattern.plane = body.tiles.plane();
                    return Ok(pattern);
                }
            }
        }
        if !trimmed.is_empty() {
            last = Place { line: number, column: line.len() + 1 };
        }
    }
    Err(last.wrong(if bytes.trim_ascii().is_empty() {
        "there is nothing"
    } else {
        "it ends without !: the rest is missing"
    }))
}

fn comment_line(pattern: &mut Pattern, comment: &[u8], at: Place) -> Result<(), BadPattern> {
    let rest = || text(comment.get(1..).unwrap_or_default());
    match comment.first() {
        Some(b'N') => pattern.name = rest(),
        Some(b'O') => pattern.author = rest(),
        Some(b'C' | b'c') if pattern.line.is_empty() => pattern.line = rest(),
        Some(b'r') => pattern.set_rule(&rest(), at)?,
        _ => {}
    }
    Ok(())
}

/// `x = 9, y = 5, rule = B3/S23:T9,5`; the rule is last, for it may hold commas.
fn header(pattern: &mut Pattern, text: &str, at: Place) -> Result<(), BadPattern> {
    let (sizes, rule) = match text.find("rule") {
        Some(index) => (&text[..index], Some((index, &text[index + 4..]))),
        None => (text, None),
    };
    let mut declared = [None; 2];
    for field in sizes.split(',').map(str::trim).filter(|field| !field.is_empty()) {
        let wrong = || at.wrong(format!("{field:?} is no part of a header: write x = 3, y = 3, rule = B3/S23"));
        let (name, value) = field.split_once('=').ok_or_else(wrong)?;
        let value = value.trim().parse::<usize>().map_err(|_| wrong())?;
        match name.trim() {
            "x" => declared[1] = Some(value),
            "y" => declared[0] = Some(value),
            _ => return Err(wrong()),
        }
    }
    pattern.declared = declared[0].zip(declared[1]);
    if let Some((index, value)) = rule {
        let value = value.trim().trim_start_matches('=').trim();
        pattern.set_rule(value, Place { column: index + 1, ..at })?;
    }
    Ok(())
}

/// What comes after the header, byte by byte.
#[derive(Default)]
struct Body {
    tiles: Tiles,
    begun: bool,
    y: u64,
    x: u64,
    count: u64,
}

impl Body {
    /// Takes in a byte; true at the end of the pattern.
    fn byte(&mut self, byte: u8, at: Place) -> Result<bool, BadPattern> {
        self.begun |= !byte.is_ascii_whitespace();
        match byte {
            b'0'..=b'9' => {
                let more = self.count.checked_mul(10).and_then(|count| count.checked_add(u64::from(byte - b'0')));
                self.count = more.ok_or_else(|| at.wrong("a number with too many digits"))?;
                return Ok(false);
            }
            byte if byte.is_ascii_whitespace() => return Ok(false),
            b'!' => return Ok(true),
            _ => {}
        }
        let count = std::mem::take(&mut self.count).max(1);
        let reach = |from: u64| {
            let end = from.checked_add(count).filter(|end| *end < FARTHEST);
            end.ok_or_else(|| at.wrong(format!("a run of {count} cells here is more than can be held")))
        };
        match byte {
            b'b' | b'.' => self.x = reach(self.x)?,
            b'o' | b'A' => {
                self.tiles.run(self.y as i64, self.x as i64, count).map_err(at.too_large(count))?;
                self.x = reach(self.x)?;
            }
            b'$' => (self.y, self.x) = (reach(self.y)?, 0),
            b'B'..=b'X' | b'p'..=b'y' => {
                let letter = char::from(byte);
                return Err(at.wrong(format!("{letter:?} is a third state: cells here are dead or alive")));
            }
            other => {
                let found = char::from(other);
                return Err(at.wrong(format!("{found:?} is no part of a pattern: write b, o, $ and !")));
            }
        }
        Ok(false)
    }
}

/// Characters in a line, as the format has it.
const LINE: usize = 70;

/// Writes a grid as RLE under a rule, its suffix for the space included.
pub fn write(grid: &Grid, rule: &str, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "x = {}, y = {}, rule = {rule}", grid.width(), grid.height())?;
    let mut line = Line { out, used: 0 };
    let mut ends = 0;
    let mut cells = grid.living().peekable();
    for y in 0..grid.height() {
        let mut x = 0;
        while let Some((start, _)) = cells.next_if(|(_, row)| *row == y) {
            let mut end = start + 1;
            while cells.next_if(|cell| *cell == (end, y)).is_some() {
                end += 1;
            }
            line.run(std::mem::take(&mut ends), '$')?;
            line.run(start - x, 'b')?;
            line.run(end - start, 'o')?;
            x = end;
        }
        ends += 1;
    }
    line.run(1, '!')?;
    writeln!(line.out)
}

struct Line<'a, W> {
    out: &'a mut W,
    used: usize,
}

impl<W: Write> Line<'_, W> {
    fn run(&mut self, count: usize, tag: char) -> io::Result<()> {
        let run = match count {
            0 => return Ok(()),
            1 => tag.to_string(),
            _ => format!("{count}{tag}"),
        };
        if self.used + run.len() > LINE {
            writeln!(self.out)?;
            self.used = 0;
        }
        self.used += run.len();
        self.out.write_all(run.as_bytes())
    }
}
