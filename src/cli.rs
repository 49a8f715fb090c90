//! The top of the command line: one variant a command. A lab's own flags live in its `headless.rs`.

use std::ffi::OsString;
use std::io::Write;

use clap::{CommandFactory, Parser, Subcommand};

use crate::app::options::Screenful;
use crate::guides::tour::command;
use crate::labs::headless::Failure;
use crate::labs::{self, costs, gcd, guess, hazards, logs, pulse};
use crate::runtime::process_pool;
use crate::runtime::ranks::{Entered, Ranks};

/// Run the same real work under every concurrency strategy, live in a terminal.
#[derive(Debug, Parser)]
#[command(
    name = "fanout",
    version,
    args_conflicts_with_subcommands = true,
    after_help = "Without a command the dashboard opens; FILEs and globs are tailed in it."
)]
pub struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    dashboard: Dashboard,
}

/// The dashboard's own arguments.
#[derive(Debug, clap::Args)]
struct Dashboard {
    /// Files and globs to tail; with none, the dashboard's own activity logs.
    #[arg(value_name = "FILE")]
    files: Vec<String>,
    #[command(flatten)]
    screen: Screenful,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Step the Game of Life under a strategy, without a screen.
    Life(crate::labs::life::headless::Args),
    Gcd(gcd::headless::Args),
    /// Follow files by name, through rotation, and write their lines to standard output.
    Tail(logs::headless::Args),
    /// Measure what threads, coroutines, processes and their jobs cost on this machine.
    Costs(costs::headless::Args),
    /// Run an event loop under each strategy and see what slow work does to it, without a screen.
    Pulse(pulse::headless::Args),
    /// See what goes wrong without care, on purpose and safely, and what cures it, without a screen.
    Hazards(hazards::headless::Args),
    /// Say what to take for a kind of work, and what was measured behind it.
    Advise(crate::guides::advice::headless::Args),
    /// Play the guessing game over TCP: a server that guesses, and clients that know the secret.
    Guess(guess::headless::Args),
    /// Do the work of programs that people know beside them, on this machine, and say how many times as good ours is.
    Compare(crate::guides::compare::Args),
    /// Take a tour through one item, in the dashboard, with every number measured.
    Tour {
        #[command(flatten)]
        tour: command::Args,
        #[command(flatten)]
        screen: Screenful,
    },
    /// Answer requests of a fixed length on the inherited socket: the other end of a bare ping-pong.
    #[command(hide = true)]
    Echo(costs::echo::Args),
    /// Run the dashboard with everything on and see whether anything grows.
    #[command(hide = true)]
    Soak(crate::app::soak::Args),
    /// Serve jobs for the process pool of another fanout.
    #[command(hide = true)]
    Worker,
    /// Print a completion script for a shell.
    Completions {
        /// The shell.
        #[arg(value_enum)]
        shell: clap_complete::Shell,
    },
    /// Print the manual page.
    Man,
}

/// Parses the arguments and does what they say.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> Result<(), Failure> {
    // The other ranks have no use for the command line; the first one lets them go at its end, whatever that is.
    let Entered::First(membership) = Ranks::enter(&labs::rank_jobs()).map_err(anyhow::Error::msg)? else {
        return Ok(());
    };
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        // Help and version go to stdout with exit code 0, wrong usage to stderr with 2: clap knows which.
        Err(error) => {
            drop(membership);
            error.exit()
        }
    };
    match cli.command {
        None if membership.is_some() => Err(Failure::Usage(
            "the dashboard does not run under mpirun; the command line does: mpirun -n 4 fanout life --strategy mpi"
                .to_owned(),
        )),
        None => crate::app::run(&cli.dashboard.files, &cli.dashboard.screen, None),
        Some(Command::Life(args)) => crate::labs::life::headless::run(&args),
        Some(Command::Gcd(args)) => gcd::headless::run(&args),
        Some(Command::Tail(args)) => logs::headless::run(&args),
        Some(Command::Costs(args)) => costs::headless::run(&args),
        Some(Command::Pulse(args)) => pulse::headless::run(&args),
        Some(Command::Hazards(args)) => hazards::headless::run(&args),
        Some(Command::Advise(args)) => crate::guides::advice::headless::run(&args),
        Some(Command::Guess(args)) => guess::headless::run(&args),
        Some(Command::Compare(args)) => crate::guides::compare::run(&args),
        Some(Command::Tour { tour, screen }) => match tour.run()? {
            Some(opening) => crate::app::run(&[], &screen, Some(opening)),
            None => Ok(()),
        },
        Some(Command::Echo(args)) => costs::echo::run(&args),
        Some(Command::Soak(args)) => crate::app::soak::run(&args),
        Some(Command::Worker) => Ok(process_pool::serve(&[&labs::jobs(), crate::guides::advice::JOBS].concat())?),
        Some(Command::Completions { shell }) => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "fanout", &mut script);
            Ok(std::io::stdout().lock().write_all(&script)?)
        }
        Some(Command::Man) => {
            let mut page = Vec::new();
            clap_mangen::Man::new(Cli::command()).render(&mut page)?;
            Ok(std::io::stdout().lock().write_all(&page)?)
        }
    }
}
