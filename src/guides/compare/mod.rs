//! `fanout compare`: what the program does, beside the programs people know for it, in one go on this machine.
//!
//! Ours runs as a command of its own, headless, exactly as anybody can run it. Each work is done by both in turns, and the
//! best of each is compared.

pub mod contests;
pub mod program;
pub mod tailing;

use anyhow::Context;
use serde::Serialize;

use crate::labs::headless::{Failure, Format, Interrupt, print_json};
use crate::labs::table::{Table, number, text};
use crate::ui::figures;

use contests::{Better, Contest, Unit};
use program::Peers;

/// Turns that each side has.
const TURNS: usize = 3;

/// Arguments of `fanout compare`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// How the result is written.
    #[arg(long, value_enum, default_value_t = Format::Human, value_name = "FORMAT")]
    output: Format,
    /// Only the works whose name has this in it.
    #[arg(long, value_name = "TEXT")]
    only: Option<String>,
}

/// What came of one work.
#[derive(Debug, Serialize)]
struct Row {
    work: &'static str,
    peer: String,
    ours: Option<f64>,
    theirs: Option<f64>,
    unit: &'static str,
    /// How many times as good ours is.
    ratio: Option<f64>,
    /// Why it was not compared.
    skipped: Option<String>,
}

/// Runs all comparisons and prints them.
pub fn run(args: &Args) -> Result<(), Failure> {
    let interrupt = Interrupt::watch();
    end_children_on(interrupt)?;
    let peers = Peers::find().context("nothing to compare with")?;
    let mut rows = Vec::new();
    for contest in contests::all() {
        if args.only.as_ref().is_some_and(|only| !contest.work.contains(only.as_str())) {
            continue;
        }
        eprintln!("{} beside {}", contest.work, contest.peer.name());
        rows.push(hold(&contest, &peers, interrupt)?);
    }
    if let (true, Some(only)) = (rows.is_empty(), &args.only) {
        let works: Vec<&str> = contests::all().iter().map(|contest| contest.work).collect();
        return Err(Failure::Usage(format!("--only {only:?} is in no work's name; they are {}", works.join("; "))));
    }
    if args.output == Format::Json { print_json(&rows) } else { table(&rows).print(args.output) }
}

/// Ends the children when a signal comes, so that the program can end in order.
fn end_children_on(interrupt: &'static Interrupt) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    let wait = move || {
        runtime.block_on(interrupt.token().cancelled());
        program::end_all();
    };
    std::thread::Builder::new().name("compare-signals".to_owned()).spawn(wait)?;
    Ok(())
}

/// Lets both sides do the work in turns.
fn hold(contest: &Contest, peers: &Peers, interrupt: &Interrupt) -> Result<Row, Failure> {
    let mut row = Row {
        work: contest.work,
        peer: contest.peer.name().to_owned(),
        ours: None,
        theirs: None,
        unit: contest.unit.name(),
        ratio: None,
        skipped: peers.missing(contest.peer),
    };
    if row.skipped.is_some() {
        return Ok(row);
    }
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..TURNS {
        for (side, figures) in [(contest.ours, &mut ours), (contest.theirs, &mut theirs)] {
            let figure = side(peers).with_context(|| contest.work);
            interrupt.check()?;
            figures.push(figure?);
        }
    }
    let better = contest.unit.better();
    let best = |figures: &[f64]| figures.iter().copied().reduce(|best, figure| better.of(best, figure));
    if let (Some(ours), Some(theirs)) = (best(&ours), best(&theirs)) {
        (row.ours, row.theirs) = (Some(ours), Some(theirs));
        row.ratio = Some(match better {
            Better::Less => theirs / ours,
            Better::More => ours / theirs,
        });
    }
    Ok(row)
}

fn table(rows: &[Row]) -> Table {
    let columns = [text("work"), text("peer"), number("ours"), number("theirs"), number("ratio"), text("")];
    let mut table = Table::new(columns);
    for row in rows {
        let figure = |value: Option<f64>| value.map_or_else(String::new, |value| Unit::text(row.unit, value));
        table.row([
            row.work.to_owned(),
            row.peer.clone(),
            figure(row.ours),
            figure(row.theirs),
            row.ratio.map_or_else(String::new, figures::times),
            row.skipped.clone().unwrap_or_default(),
        ]);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ratio_above_one_is_ours_to_be_proud_of() {
        let interrupt = Interrupt::watch();
        let (peers, mut with_tail) = (Peers::none(), Peers::none());
        with_tail.tail = true;
        let contest = |unit, ours, theirs| Contest { work: "work", peer: program::Peer::Tail, unit, ours, theirs };
        let less = contest(Unit::Seconds, |_| Ok(0.5), |_| Ok(2.0));
        let more = contest(Unit::PerSecond, |_| Ok(50.0), |_| Ok(100.0));
        let ratio = |contest| hold(contest, &with_tail, interrupt).ok().unwrap().ratio;
        assert_eq!((ratio(&less), ratio(&more)), (Some(4.0), Some(0.5)));
        let row = hold(&less, &peers, interrupt).ok().unwrap();
        assert_eq!((row.ratio, row.skipped.as_deref()), (None, Some("tail is not on the PATH")));
    }
}
