//! `fanout guess hold`: connections that begin a game and then say nothing.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;

use serde_json::json;
use tokio::sync::mpsc;

use super::{ADDRESS, address, chosen, open_files};
use crate::labs::guess::play::{Game, Games, Mischief, Play};
use crate::labs::guess::strategies::STRATEGIES;
use crate::labs::headless::{Failure, Flags, Format, Interrupt, list_strategies, print_json};
use crate::ui::figures;

/// Open connections and keep them until Ctrl-C. Each asks for one number, and then says nothing.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    flags: Flags,
    /// The server.
    #[arg(long, value_name = "ADDRESS", default_value = ADDRESS)]
    connect: String,
    /// How many connections.
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    connections: u32,
}

/// How the connections stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Standing {
    open: u64,
    closed: u64,
}

/// Runs the command.
pub(super) fn run(args: &Args) -> Result<(), Failure> {
    let flags = &args.flags;
    if flags.list_strategies {
        return list_strategies(STRATEGIES, flags.output);
    }
    let address = address("--connect", &args.connect)?;
    let (row, setup) = chosen(flags)?;
    let (wanted, there) = (args.connections, open_files::raise());
    if u64::from(wanted) > there {
        return Err(anyhow::anyhow!("--connections {wanted}: the system lets this program have {there}").into());
    }
    let interrupt = Interrupt::watch();
    let style = (row.make)(&setup)?;
    let game = Game { lower: 1, upper: 100, secret: 50, guesses: usize::MAX };
    // Without a deadline: whoever holds a connection is never the one to give it up.
    let play = Play::new(address, Games::Listed(vec![game], wanted.into()), Duration::ZERO);
    let play = Arc::new(play.stopped_by(interrupt.token().child_token()));
    let (played, told) = thread::scope(|scope| {
        // As they stand when the command is to end: a thread for each takes its time to end too.
        let teller = scope.spawn(|| {
            say_how_it_goes(&play, wanted);
            let Standing { open, closed } = standing(&play);
            match flags.output {
                Format::Json => print_json(
                    &json!({"strategy": row.about.id, "connections": wanted, "open": open, "closed": closed}),
                ),
                _ => Ok(()),
            }
        });
        let (queue, seats) = mpsc::channel(wanted as usize);
        for index in 0..wanted as usize {
            let seat = play.seat(index);
            seat.misbehave(Mischief::Stall);
            // There is room for each.
            let _ = queue.try_send(seat);
        }
        drop(queue);
        let played = style.play(&play, seats);
        play.stop.cancel();
        (played, teller.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    });
    told?;
    interrupt.check()?;
    played?;
    Err(match play.no_server() {
        Some(error) => anyhow::anyhow!("connecting to {error}"),
        None => anyhow::anyhow!("the server has closed every connection"),
    }
    .into())
}

fn standing(play: &Play) -> Standing {
    let tally = &play.tally;
    let [begun, answered, closed] =
        [&tally.begun, &tally.requests, &tally.failed].map(|count| count.load(Ordering::Relaxed));
    // Each asks once, and is open when it was answered. Of those that failed, some may have had no answer.
    Standing { open: begun.saturating_sub(closed).min(answered), closed }
}

/// Says on stderr how the connections stand, each second in which that has changed.
fn say_how_it_goes(play: &Play, wanted: u32) {
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_time().build() else { return };
    runtime.block_on(play.stop.run_until_cancelled(async {
        let mut second = tokio::time::interval(Duration::from_secs(1));
        let mut before = None;
        loop {
            second.tick().await;
            let now = standing(play);
            if before.replace(now) != Some(now) {
                let (open, closed) = (figures::grouped(now.open), figures::grouped(now.closed));
                eprintln!("{open} of {} open, {closed} closed by the server", figures::grouped(wanted.into()));
            }
        }
    }));
}
