//! Who races: what every lab that has races does in the same way.

use crate::runtime::race::RACERS;
use crate::runtime::strategy::{About, Strategy, find};

/// The strategies that an action names, separated by commas; none when it names none.
pub fn named<I: ?Sized, M: ?Sized>(table: &[Strategy<I, M>], names: &str) -> Result<Vec<&'static str>, String> {
    let names = names.split(',').map(str::trim).filter(|name| !name.is_empty());
    names.map(|name| find(table, name).map(|row| row.about.id).map_err(|error| error.to_string())).collect()
}

/// The racers: those that are named, or else the usual ones that can do this work, as many as may race.
///
/// What goes wrong on purpose does not race.
pub fn racers<I: ?Sized, M: ?Sized>(
    table: &'static [Strategy<I, M>],
    named: &[&'static str],
    usual: &[&'static str],
    work: &I,
) -> Result<Vec<&'static Strategy<I, M>>, String> {
    let able = |row: &&'static Strategy<I, M>| !row.about.wrong_on_purpose && (row.supports)(work).is_ok();
    let row = |id: &&'static str| find(table, id).ok();
    let mut rows: Vec<_> = if named.is_empty() {
        usual.iter().filter_map(row).filter(able).collect()
    } else {
        named.iter().filter_map(row).collect()
    };
    if let Some((About { title, .. }, why)) = rows.iter().find_map(|row| Some((row.about, (row.supports)(work).err()?)))
    {
        return Err(format!("{title} cannot race: {why}"));
    }
    if named.is_empty() {
        rows.truncate(*RACERS.end());
    }
    if RACERS.contains(&rows.len()) {
        return Ok(rows);
    }
    let (least, most) = (RACERS.start(), RACERS.end());
    Err(format!("a race takes {least} to {most} strategies that can do this work, not {}", rows.len()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::strategy::supports_all;

    const fn row(id: &'static str, wrong_on_purpose: bool) -> Strategy<u8, str> {
        Strategy {
            about: About { id, title: id, item: 0, claim: "", wrong_on_purpose, source: "" },
            supports: supports_all,
            make: |_| Ok("made".into()),
        }
    }

    static TABLE: &[Strategy<u8, str>] = &[
        row("a", false),
        row("b", false),
        row("racy", true),
        Strategy {
            supports: |work| if *work > 9 { Err("too much".to_owned()) } else { Ok(()) },
            ..row("small", false)
        },
    ];

    fn ids(names: &str, usual: &[&'static str], work: u8) -> Result<Vec<&'static str>, String> {
        let rows = racers(TABLE, &named(TABLE, names)?, usual, &work)?;
        Ok(rows.iter().map(|row| row.about.id).collect())
    }

    #[test]
    fn named_ones_race_or_it_is_said_why_not_and_else_the_usual_ones() {
        assert_eq!(ids("", &["racy", "small", "b", "a"], 10), Ok(vec!["b", "a"]));
        assert_eq!(ids("small, a", &[], 1), Ok(vec!["small", "a"]));
        assert_eq!(ids("small,a", &[], 10).unwrap_err(), "small cannot race: too much");
        assert_eq!(ids("a", &[], 1).unwrap_err(), "a race takes 2 to 4 strategies that can do this work, not 1");
        assert!(ids("a,x", &[], 1).unwrap_err().contains("unknown strategy \"x\""));
    }
}
