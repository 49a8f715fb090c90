//! Pattern files: RLE, .cells, Life 1.05 and 1.06, Macrocell, and the seed's text; packed by gzip or not.

mod macrocell;
mod rle;
mod rows;
pub mod shipped;

use std::io::Read;
use std::sync::Arc;

use super::plane::{Plane, TooLarge};
use super::rule::Rule;
use super::universe::{Space, Topology, Universe};

pub use rle::write as write_rle;

/// A pattern as a file describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    /// Its name, if the file has one.
    pub name: String,
    /// Who found it and when, if the file says so.
    pub author: String,
    /// The first line of what the file says about it.
    pub line: String,
    /// The rule, if the file names one.
    pub rule: Option<Rule>,
    /// Rows and columns of the torus that the rule's suffix `:T100,80` asks for.
    pub torus: Option<(usize, usize)>,
    /// Rows and columns that the file declares.
    pub declared: Option<(usize, usize)>,
    /// The generation that it is at, in files that say so.
    pub generation: u64,
    /// The cells.
    pub plane: Plane,
}

/// A rectangle that becomes a torus.
struct Torus {
    height: usize,
    width: usize,
    top: i64,
    left: i64,
}

impl Torus {
    fn at_corner((height, width): (usize, usize)) -> Self {
        Self { height, width, top: 0, left: 0 }
    }
}

impl Pattern {
    fn new() -> Self {
        Self {
            name: String::new(),
            author: String::new(),
            line: String::new(),
            rule: None,
            torus: None,
            declared: None,
            generation: 0,
            plane: Plane::empty(),
        }
    }

    /// The universe that begins with it, under another rule or in another space if these are given.
    pub fn universe(&self, rule: Option<Rule>, topology: Option<Topology>) -> Result<Universe, String> {
        let rule = rule.or(self.rule).unwrap_or(Rule::LIFE);
        let torus = match (topology, self.torus) {
            (Some(Topology::Plane), _) | (None, None) => None,
            (None | Some(Topology::Torus), Some(size)) => Some(Torus::at_corner(size)),
            (Some(Topology::Torus), None) => Some(self.own_torus()?),
        };
        let Some(Torus { height, width, top, left }) = torus else {
            let space = Space::Plane(Arc::new(self.plane.clone()));
            return Ok(Universe { generation: 0, rule, space });
        };
        if height.checked_mul(width).is_none_or(|cells| cells > 1 << 34) {
            return Err(format!("a torus of {width} by {height} cells is too large"));
        }
        let grid = self.plane.crop(top, left, height, width);
        if grid.population() < self.plane.population() {
            return Err(format!("its cells do not all lie on the torus of {width} by {height} that it declares"));
        }
        Ok(Universe::torus(rule, grid))
    }

    /// The torus of the declared size, or of what lives.
    fn own_torus(&self) -> Result<Torus, String> {
        if let Some((height, width)) = self.declared.filter(|(height, width)| *height > 0 && *width > 0) {
            return Ok(Torus::at_corner((height, width)));
        }
        let bounds = self.plane.bounds().ok_or("an empty pattern has no size for a torus")?;
        let (height, width) = (bounds.height() as usize, bounds.width() as usize);
        Ok(Torus { height, width, top: bounds.top, left: bounds.left })
    }

    /// Takes in a rule with or without a suffix for the space.
    fn set_rule(&mut self, text: &str, at: Place) -> Result<(), BadPattern> {
        let (rule, space) =
            text.trim().split_once(':').map_or((text.trim(), None), |(rule, space)| (rule, Some(space)));
        self.rule = Some(rule.parse().map_err(|error| at.wrong(error))?);
        self.torus =
            space.map(|space| torus(space).ok_or_else(|| at.wrong(NotATorus(space.to_owned())))).transpose()?;
        Ok(())
    }
}

/// The size of a rule's suffix `T100,80`: 100 columns by 80 rows; a single number stands for both.
fn torus(text: &str) -> Option<(usize, usize)> {
    let sizes = text.strip_prefix(['T', 't'])?;
    let (width, height) = sizes.split_once(',').unwrap_or((sizes, sizes));
    let number = |text: &str| text.trim().parse::<usize>().ok().filter(|n| (1..=1 << 20).contains(n));
    Some((number(height)?, number(width)?))
}

/// A suffix that asks for a space that there is not.
#[derive(Debug, thiserror::Error)]
#[error("the space {0:?} is not known: write :T100,80 for a torus of 100 columns by 80 rows")]
struct NotATorus(String);

/// Why a file is no pattern.
#[derive(Debug, thiserror::Error)]
pub enum BadPattern {
    /// What is wrong, and where.
    #[error("line {line}, column {column}: {what}")]
    At {
        /// Counted from 1.
        line: usize,
        /// Counted from 1, in bytes.
        column: usize,
        /// In words.
        what: String,
    },
    /// It cannot be read.
    #[error("it cannot be read: {0}")]
    Unreadable(std::io::Error),
    /// It is packed, and cut off or damaged.
    #[error("it cannot be unpacked: {0}")]
    Packed(std::io::Error),
    /// It is larger than any pattern that could be held.
    #[error("it is larger than {} MiB unpacked", MOST_BYTES >> 20)]
    TooLong,
    /// Reading was given up.
    #[error("cancelled")]
    Cancelled,
}

/// A place in a text.
#[derive(Debug, Clone, Copy)]
struct Place {
    line: usize,
    column: usize,
}

impl Place {
    fn wrong(self, what: impl std::fmt::Display) -> BadPattern {
        BadPattern::At { line: self.line, column: self.column, what: format!("{what}") }
    }

    fn too_large(self, cells: u64) -> impl FnOnce(TooLarge) -> BadPattern {
        move |TooLarge| self.wrong(format!("a run of {cells} cells here is more than can be held"))
    }
}

/// Bytes that a file may have, unpacked.
const MOST_BYTES: u64 = 1 << 30;

/// How often reading says how far it is, in bytes.
const TELL_EVERY: usize = 1 << 20;

/// Is told the share that was read, and says whether to go on.
pub type Progress<'a> = &'a mut dyn FnMut(f64) -> bool;

/// How far the reading of a text is.
struct Meter<'a> {
    all: usize,
    next: usize,
    progress: Progress<'a>,
}

impl Meter<'_> {
    fn at(&mut self, byte: usize) -> Result<(), BadPattern> {
        if byte < self.next {
            return Ok(());
        }
        self.next = byte + TELL_EVERY;
        if (self.progress)(byte as f64 / self.all.max(1) as f64) { Ok(()) } else { Err(BadPattern::Cancelled) }
    }
}

/// Reads a pattern of any format. `progress` is told how far it is, and says whether to go on.
pub fn read(source: impl Read, progress: Progress<'_>) -> Result<Pattern, BadPattern> {
    let mut bytes = Vec::new();
    source.take(MOST_BYTES + 1).read_to_end(&mut bytes).map_err(BadPattern::Unreadable)?;
    if bytes.starts_with(&[0x1f, 0x8b]) {
        let packed = std::mem::take(&mut bytes);
        let unpacked = flate2::read::MultiGzDecoder::new(&packed[..]).take(MOST_BYTES + 1).read_to_end(&mut bytes);
        unpacked.map_err(BadPattern::Packed)?;
    }
    if bytes.len() as u64 > MOST_BYTES {
        return Err(BadPattern::TooLong);
    }
    let mut meter = Meter { all: bytes.len(), next: 0, progress };
    let first = bytes.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii).find(|line| !line.is_empty());
    match first.unwrap_or_default() {
        line if line.starts_with(b"[M2]") => macrocell::read(&bytes, &mut meter),
        line if line.starts_with(b"#Life 1.06") => rows::read_life_106(&bytes, &mut meter),
        line if line.starts_with(b"#Life 1.05") || line.starts_with(b"#Life") => {
            rows::read_life_105(&bytes, &mut meter)
        }
        line if line.starts_with(b"!") || is_row(line) => rows::read_cells(&bytes, &mut meter),
        _ => rle::read(&bytes, &mut meter),
    }
}

/// A row of cells as text files draw it: `.O` or the seed's `-*`.
fn is_row(line: &[u8]) -> bool {
    !line.is_empty() && line.iter().all(|byte| matches!(byte, b'.' | b'O' | b'-' | b'*'))
}

/// The lines of a text with their numbers and the byte they begin at, without their ends.
fn lines(bytes: &[u8]) -> impl Iterator<Item = (usize, usize, &[u8])> {
    let mut start = 0;
    bytes.split(|byte| *byte == b'\n').enumerate().map(move |(index, line)| {
        let begin = start;
        start += line.len() + 1;
        (index + 1, begin, line.strip_suffix(b"\r").unwrap_or(line))
    })
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::labs::life::soup::soup;
    use proptest::prelude::*;
    use std::io::Write;

    fn parse(text: &str) -> Result<Pattern, BadPattern> {
        read(text.as_bytes(), &mut |_| true)
    }

    fn error(text: &str) -> String {
        parse(text).unwrap_err().to_string()
    }

    const GLIDER: &str = "-*-\n--*\n***";

    fn drawn(pattern: &Pattern) -> String {
        let bounds = pattern.plane.bounds().unwrap();
        let (height, width) = (bounds.height() as usize, bounds.width() as usize);
        pattern.plane.crop(bounds.top, bounds.left, height, width).to_string()
    }

    #[test]
    fn every_format_is_read() {
        let formats = [
            "#N Glider\n#O Guy\n#C small\nx = 3, y = 3, rule = B3/S23\nbo$2b\no$3o!\nleft over",
            "!Name: Glider\n!Author: Guy\n!small\n.O.\n..O\nOOO\n",
            "#Life 1.05\n#D small\n#N\n#P -1 -1\n.*.\n..*\n***\n",
            "#Life 1.06\n0 -1\n1 0\n-1 1\n0 1\n1 1\n",
            "[M2] (by hand)\n#R B3/S23\n.*$..*$***$\n4 1 0 0 0\n",
            GLIDER,
        ];
        for format in formats {
            let pattern = parse(format).unwrap();
            assert_eq!(drawn(&pattern), GLIDER, "{format}");
            assert!(pattern.rule.is_none_or(|rule| rule == Rule::LIFE), "{format}");
        }
        let pattern = parse(formats[0]).unwrap();
        assert_eq!((&*pattern.name, &*pattern.author, &*pattern.line), ("Glider", "Guy", "small"));
        assert_eq!(pattern.declared, Some((3, 3)));
        let pattern = parse("x = 9, y = 5, rule = B36/S23:T9,5\n3bo!").unwrap();
        assert_eq!((pattern.torus, pattern.rule.unwrap().to_string()), (Some((5, 9)), "B36/S23".to_owned()));
    }

    #[test]
    fn packed_files_are_unpacked() {
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packed.write_all(b"x = 3, y = 3\nbo$2bo$3o!").unwrap();
        let packed = packed.finish().unwrap();
        assert_eq!(drawn(&read(&packed[..], &mut |_| true).unwrap()), GLIDER);
        let cut = read(&packed[..packed.len() / 2], &mut |_| true).map(drop).map_err(anyhow::Error::new).unwrap_err();
        assert_eq!(format!("{cut:#}"), "it cannot be unpacked: incomplete deflate stream", "the cause is said once");
    }

    #[test]
    fn a_bad_file_is_named_by_line_and_column() {
        assert_eq!(
            error("x = 3, y = 3\nbo$2zo!"),
            "line 2, column 5: 'z' is no part of a pattern: write b, o, $ and !"
        );
        assert_eq!(error("x = 3, y = 3\nbo$2bo$3o"), "line 2, column 10: it ends without !: the rest is missing");
        assert_eq!(
            error("x = 1, y = 1\n1000000000000000000o!"),
            "line 2, column 20: a run of 1000000000000000000 cells here is more than can be held"
        );
        assert!(error("x = 1, y = 1\n99999999999999999999999o!").contains("column 20: a number with too many digits"));
        assert!(
            error("x = 3, rule = B9\no!").contains("line 1, column 8: \"B9\" is not a rule"),
            "{}",
            error("x = 3, rule = B9\no!")
        );
        assert!(error("x = 3, y = 3, rule = B3/S23:K5,5\no!").contains(r#"the space "K5,5" is not known"#));
        assert_eq!(error("!x\n.O\n.X"), "line 3, column 2: 'X' is no cell: write . and O");
        assert_eq!(error("#Life 1.06\n1 2\n3\n"), "line 3, column 1: \"3\" is no cell: write its column and row");
        assert_eq!(error("[M2]\n.*$\n4 1 0 9 0\n"), "line 3, column 1: node 9 comes before it is made");
        assert!(error("").contains("nothing"), "{}", error(""));
        assert!(error("x = 3, y = 3").contains("without !"));
    }

    #[test]
    fn reading_can_be_given_up() {
        assert!(matches!(read(&b"x = 1, y = 1\no!"[..], &mut |_| false), Err(BadPattern::Cancelled)));
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 30, ..ProptestConfig::default() })]

        #[test]
        fn what_is_written_is_read_again(height in 1..40_usize, width in 1..150_usize, seed: u64) {
            let grid = soup(height, width, 0.4, seed);
            let mut out = Vec::new();
            write_rle(&grid, "B3/S23", &mut out).unwrap();
            let pattern = read(&out[..], &mut |_| true).unwrap();
            prop_assert_eq!(pattern.declared, Some((height, width)));
            prop_assert_eq!(pattern.plane.crop(0, 0, height, width), grid);
            prop_assert!(out.split(|byte| *byte == b'\n').all(|line| line.len() <= 70));
        }

        #[test]
        fn no_bytes_break_it(bytes in proptest::collection::vec(any::<u8>(), 0..200), head in 0..6_usize) {
            let heads = ["", "x = 3, y = 3\n", "[M2]\n", "#Life 1.06\n", "#Life 1.05\n", "!\n"];
            let all = [heads[head].as_bytes(), &bytes].concat();
            let _ = read(&all[..], &mut |_| true);
        }
    }
}
