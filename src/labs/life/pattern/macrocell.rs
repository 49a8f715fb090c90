//! Macrocell: a quadtree, one node a line. Leaves are drawn, nodes name their four parts by the number of their line.

use super::{BadPattern, Meter, Pattern, Place, lines, text};
use crate::labs::life::plane::{Builder, MOST_LEVEL};

/// A node as read: its number in the quadtree and its level.
#[derive(Debug, Clone, Copy)]
struct Known {
    square: u32,
    level: u32,
}

pub(super) fn read(bytes: &[u8], meter: &mut Meter<'_>) -> Result<Pattern, BadPattern> {
    let mut pattern = Pattern::new();
    let mut builder = Builder::new();
    // Line 0 of the nodes is the empty square.
    let mut known = vec![Known { square: 0, level: 0 }];
    for (number, begin, line) in lines(bytes) {
        meter.at(begin)?;
        let at = Place { line: number, column: 1 };
        let line = line.trim_ascii();
        match line.first() {
            None | Some(b'[') => {}
            Some(b'#') => comment(&mut pattern, line, at)?,
            Some(b'.' | b'*' | b'$') => {
                let square = builder.leaf(leaf(line, number)?);
                known.push(Known { square, level: 3 });
            }
            Some(_) => known.push(node(&mut builder, &known, &text(line), at)?),
        }
    }
    let root = known[known.len() - 1];
    // A single leaf becomes one part of a node around it.
    let root = if root.level == 3 {
        let square = builder.node([0, 0, 0, root.square], true).unwrap_or(0);
        Known { square, level: 4 }
    } else {
        root
    };
    pattern.plane = builder.finish(root.square, root.level.max(4));
    Ok(pattern)
}

fn comment(pattern: &mut Pattern, line: &[u8], at: Place) -> Result<(), BadPattern> {
    let rest = text(line.get(2..).unwrap_or_default());
    match line.get(1) {
        Some(b'R') => pattern.set_rule(&rest, at)?,
        Some(b'G') => pattern.generation = rest.parse().map_err(|_| at.wrong(format!("{rest:?} is no generation")))?,
        Some(b'N') => pattern.name = rest,
        Some(b'O') => pattern.author = rest,
        Some(b'C') if pattern.line.is_empty() => pattern.line = rest,
        _ => {}
    }
    Ok(())
}

/// Eight rows of at most eight cells, each ended by `$`; what is left out is empty.
fn leaf(line: &[u8], number: usize) -> Result<u64, BadPattern> {
    let (mut cells, mut y, mut x) = (0_u64, 0, 0);
    for (column, byte) in line.iter().enumerate() {
        let at = Place { line: number, column: column + 1 };
        match byte {
            b'$' => (y, x) = (y + 1, 0),
            b'.' | b'*' if y < 8 && x < 8 => {
                cells |= u64::from(*byte == b'*') << (8 * y + x);
                x += 1;
            }
            b'.' | b'*' => return Err(at.wrong("a leaf has eight rows of eight cells")),
            other => {
                let found = char::from(*other);
                return Err(at.wrong(format!("{found:?} is no part of a leaf: write . * and $")));
            }
        }
    }
    Ok(cells)
}

fn node(builder: &mut Builder, known: &[Known], line: &str, at: Place) -> Result<Known, BadPattern> {
    let numbers: Option<Vec<u64>> = line.split_whitespace().map(|word| word.parse().ok()).collect();
    let Some(&[level, ref parts @ ..]) = numbers.as_deref() else {
        return Err(at.wrong(format!("{line:?} is no node: write its level and its four parts")));
    };
    let [nw, ne, sw, se] = *parts else {
        return Err(at.wrong(format!("{line:?} is no node: write its level and its four parts")));
    };
    if !(4..=u64::from(MOST_LEVEL)).contains(&level) {
        let what = if level < 4 { "is a pattern of more than two states" } else { "is wider than coordinates reach" };
        return Err(at.wrong(format!("a node of level {level} {what}: levels are 4 to {MOST_LEVEL}")));
    }
    let mut children = [0; 4];
    for (child, number) in children.iter_mut().zip([nw, ne, sw, se]) {
        let part = usize::try_from(number).ok().and_then(|number| known.get(number));
        let part = part.ok_or_else(|| at.wrong(format!("node {number} comes before it is made")))?;
        if number != 0 && u64::from(part.level) != level - 1 {
            let found = part.level;
            return Err(
                at.wrong(format!("node {number} is of level {found}, and a part of level {} is due", level - 1))
            );
        }
        *child = part.square;
    }
    let square = builder.node(children, level == 4);
    let square = square.ok_or_else(|| at.wrong("there are more living cells than 64 bits count"))?;
    Ok(Known { square, level: level as u32 })
}
