//! `fanout guess demo`: the seed's two games, server and client in one program.

use std::net::TcpListener;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use crossbeam_channel::bounded;
use serde_json::json;

use super::chosen;
use super::play::{in_words, print_lines};
use crate::labs::guess::play::{Game, Games, Outcome, Play, Stage, seats};
use crate::labs::guess::server::Server;
use crate::labs::guess::strategies::STRATEGIES;
use crate::labs::headless::{Failure, Flags, Format, Interrupt, list_strategies, print_json};
use crate::labs::table::{Table, number, text};

/// The games that the seed plays.
const GAMES: [Game; 2] =
    [Game { lower: 1, upper: 5, secret: 3, guesses: 5 }, Game { lower: 10, upper: 15, secret: 12, guesses: 5 }];

/// How long either side waits for the other: they are one program.
const DEADLINE: Duration = Duration::from_secs(5);

/// Play two games here, server and client, and print them. Both run under the one strategy.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    flags: Flags,
}

/// What happened, in the order of the games.
#[derive(Debug, Default)]
struct Script {
    lines: Vec<String>,
    results: Vec<(Game, Vec<Outcome>)>,
    /// Reports that the client has sent and the server has not yet told of.
    untold: usize,
}

/// Runs the command.
pub(super) fn run(args: &Args) -> Result<(), Failure> {
    let flags = &args.flags;
    if flags.list_strategies {
        return list_strategies(STRATEGIES, flags.output);
    }
    let (row, setup) = chosen(flags)?;
    let interrupt = Interrupt::watch();
    let (host, guest) = ((row.make)(&setup)?, (row.make)(&setup)?);
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;

    let (told, reports) = bounded(GAMES.iter().map(|game| game.guesses).sum());
    let server = Server::new(DEADLINE, 1, flags.seed).stopped_by(interrupt.token().child_token());
    let server = Arc::new(server.telling(Box::new(move |number, decision| {
        let _ = told.try_send(format!("Server: {number} is {decision}"));
    })));
    let script = Arc::new(Mutex::new(Script::default()));
    let written = Arc::clone(&script);
    // What the server says of one game stands before the next one, as it does when both share a terminal and a loop.
    let hear_server = move |script: &mut Script| {
        let told = (0..std::mem::take(&mut script.untold)).map_while(|_| reports.recv_timeout(DEADLINE).ok());
        script.lines.extend(told);
    };
    let hear_last = hear_server.clone();
    let play = Play::new(address, Games::Listed(GAMES.to_vec(), GAMES.len() as u64), DEADLINE)
        .stopped_by(interrupt.token().child_token())
        .telling(Box::new(move |game, stage| {
            let mut script = written.lock().unwrap_or_else(PoisonError::into_inner);
            match stage {
                Stage::Begun => {
                    hear_server(&mut script);
                    script.lines.extend(in_words(game, stage));
                }
                Stage::Over(Ok(outcomes)) => {
                    script.untold += outcomes.len();
                    script.results.push((*game, outcomes.clone()));
                }
                Stage::Over(Err(_)) => {}
            }
        }));
    let play = Arc::new(play);
    let result = thread::scope(|scope| {
        let serving = scope.spawn(|| host.serve(listener, &server));
        let played = guest.play(&play, seats(&play, 0..1));
        hear_last(&mut script.lock().unwrap_or_else(PoisonError::into_inner));
        server.stop.cancel();
        played.and(serving.join().expect("serving does not panic"))
    });
    interrupt.check()?;
    result?;
    let script = script.lock().unwrap_or_else(PoisonError::into_inner);
    if script.results.len() < GAMES.len() {
        return Err(anyhow::anyhow!("only {} of {} games came to their end", script.results.len(), GAMES.len()).into());
    }
    script.print(row.about.id, flags.output)
}

impl Script {
    fn print(&self, strategy: &str, format: Format) -> Result<(), Failure> {
        match format {
            Format::Human => {
                let client = self.results.iter().flat_map(|(game, outcomes)| {
                    let over = Ok(outcomes.clone());
                    in_words(game, Stage::Over(&over))
                });
                print_lines(&self.lines.iter().cloned().chain(client).collect::<Vec<_>>())
            }
            Format::Json => self.results.iter().try_for_each(|(game, outcomes)| {
                let said: Vec<_> = outcomes.iter().map(|(number, decision)| json!([number, decision.word()])).collect();
                let Game { lower, upper, secret, .. } = game;
                print_json(
                    &json!({"strategy": strategy, "lower": lower, "upper": upper, "secret": secret, "results": said}),
                )
            }),
            format => self.table().print(format),
        }
    }

    fn table(&self) -> Table {
        let mut table =
            Table::new([number("lower"), number("upper"), number("secret"), number("number"), text("decision")]);
        for (game, outcomes) in &self.results {
            for (number, decision) in outcomes {
                let numbers = [game.lower, game.upper, game.secret, *number].map(|number| number.to_string());
                table.row([&numbers[..], &[decision.to_string()]].concat());
            }
        }
        table
    }
}
