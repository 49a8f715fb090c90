//! `fanout guess`: server and clients without a screen.

mod demo;
mod hold;
mod open_files;
mod play;
mod printer;
mod serve;

use std::env;
use std::net::{SocketAddr, ToSocketAddrs};

use anyhow::Context;

use super::strategies::{Anything, STRATEGIES, Style};
use crate::labs::headless::{Failure, Flags, list_strategies};
use crate::runtime::strategy::{Setup, Strategy};

/// Play the guessing game over TCP: a server that guesses, and clients that know the secret.
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true, arg_required_else_help = true)]
pub struct Args {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    flags: Flags,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Serve the game until Ctrl-C.
    Serve(serve::Args),
    /// Play games against a server, and say how fast that went.
    Play(play::Args),
    /// Open connections and keep them until Ctrl-C.
    Hold(hold::Args),
    /// Play two games here, server and client, and print them.
    Demo(demo::Args),
}

/// The server's address when none is given.
const ADDRESS: &str = "127.0.0.1:4321";

/// Runs the command.
pub fn run(args: &Args) -> Result<(), Failure> {
    match &args.command {
        Some(Command::Serve(args)) => serve::run(args),
        Some(Command::Play(args)) => play::run(args),
        Some(Command::Hold(args)) => hold::run(args),
        Some(Command::Demo(args)) => demo::run(args),
        None if args.flags.list_strategies => list_strategies(STRATEGIES, args.flags.output),
        None => Err(Failure::Usage("guess: say what to do: serve, play, hold or demo".to_owned())),
    }
}

/// The one strategy that `--strategy` names, with what it is made from.
fn chosen(flags: &Flags) -> Result<(&'static Strategy<Anything, dyn Style>, Setup), Failure> {
    let rows = flags.chosen(STRATEGIES, "coroutines")?;
    let [row] = rows[..] else {
        let asked = flags.strategy.join(",");
        return Err(Failure::Usage(format!("--strategy: give exactly one strategy here, not {asked:?}")));
    };
    flags.limit_cores()?;
    let executable = env::current_exe().context("this program's own path")?;
    Ok((row, Setup::headless(flags.workers(), executable)))
}

/// The address that a flag names, such as `localhost:4321`.
fn address(flag: &str, text: &str) -> Result<SocketAddr, Failure> {
    let found = text.to_socket_addrs().ok().and_then(|mut found| found.next());
    found.ok_or_else(|| {
        Failure::Usage(format!("{flag}: {text:?} is not an address and a port: write {ADDRESS} or localhost:4321"))
    })
}
