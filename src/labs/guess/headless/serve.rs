//! `fanout guess serve`.

use std::net::TcpListener;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use anyhow::Context;
use serde_json::{Map, Value, json};

use super::printer::Printer;
use super::{ADDRESS, address, chosen, open_files};
use crate::labs::guess::guesser::Method;
use crate::labs::guess::server::{Counted, Guessing, Server};
use crate::labs::guess::strategies::STRATEGIES;
use crate::labs::headless::{Failure, Flags, Format, Interrupt, duration, list_strategies, print_json};
use crate::ui::figures;

/// Serve the game until Ctrl-C.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    flags: Flags,
    /// The address to listen on.
    #[arg(long, value_name = "ADDRESS", default_value = ADDRESS)]
    bind: String,
    /// How to guess: random, bisecting, or in-turns, the one after the other on each connection.
    #[arg(long, value_name = "METHOD", default_value = "random", value_parser = guessing)]
    guesser: Guessing,
    /// Close a connection that takes longer than this for a line; 0s never does.
    #[arg(long, value_name = "DURATION", default_value = "10m", value_parser = duration)]
    deadline: Duration,
    /// Connections at once; one more is closed at once [default: as many as the system lets this program open].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    connections: Option<u64>,
    /// Do not print what clients report.
    #[arg(long)]
    quiet: bool,
}

fn guessing(text: &str) -> Result<Guessing, String> {
    match text {
        "random" => Ok(Guessing::By(Method::Random)),
        "bisecting" => Ok(Guessing::By(Method::Bisecting)),
        "in-turns" => Ok(Guessing::InTurns),
        _ => Err("write random, bisecting or in-turns".to_owned()),
    }
}

/// Runs the command.
pub(super) fn run(args: &Args) -> Result<(), Failure> {
    let flags = &args.flags;
    if flags.list_strategies {
        return list_strategies(STRATEGIES, flags.output);
    }
    let bind = address("--bind", &args.bind)?;
    let (row, setup) = chosen(flags)?;
    let most = most_connections(args.connections)?;
    let interrupt = Interrupt::watch();
    let style = (row.make)(&setup)?;
    let listener = TcpListener::bind(bind).with_context(|| format!("listening on {bind}"))?;
    // A burst of clients waits here until each is accepted.
    rustix::net::listen(&listener, 4096).context("lengthening the queue of new connections")?;

    let lines = Arc::new(Printer::default());
    let mut server = Server::new(args.deadline, most, flags.seed).stopped_by(interrupt.token().child_token());
    server.guess(args.guesser);
    if flags.output == Format::Human && !args.quiet {
        let lines = Arc::clone(&lines);
        server = server.telling(Box::new(move |number, decision| {
            lines.line(format_args!("Server: {number} is {decision}"));
        }));
    }
    let server = Arc::new(server);
    eprintln!("listening on {}, {}, at most {most} connections; Ctrl-C ends", listener.local_addr()?, row.about.id);
    let (result, left_out) = thread::scope(|scope| {
        let writer = scope.spawn(|| lines.write(&server.stop));
        let result = style.serve(listener, &server);
        lines.end();
        (result, writer.join().expect("writing lines does not panic"))
    });
    let counted = server.tally.read();
    for line in account(&counted, left_out.as_ref().copied().unwrap_or(0)) {
        eprintln!("{line}");
    }
    if flags.output == Format::Json {
        print_json(&as_json(row.about.id, &counted))?;
    }
    result?;
    left_out?;
    interrupt.check()
}

fn most_connections(asked: Option<u64>) -> Result<u64, Failure> {
    let there = open_files::raise();
    match asked {
        Some(asked) if asked > there => Err(Failure::Failed(anyhow::anyhow!(
            "--connections {asked}: the system lets this program have {there}; raise it with ulimit -n"
        ))),
        asked => Ok(asked.unwrap_or(there)),
    }
}

/// Where every connection and every game went, in words.
fn account(counted: &Counted, left_out: u64) -> Vec<String> {
    let n = |count: u64| figures::grouped(count);
    let Counted { accepted, refused, begun, finished, abandoned, broken, stopped, requests, .. } = *counted;
    let mut lines = vec![
        format!("{} connections, {} refused; {} requests", n(accepted), n(refused), n(requests)),
        format!(
            "{} games: {} finished, {} left by their client, {} broken by a fault, {} ended by the server",
            n(begun),
            n(finished),
            n(abandoned),
            n(broken),
            n(stopped)
        ),
    ];
    lines.extend(counted.faults().map(|(fault, count)| format!("{} connections ended: {fault}", n(count))));
    if left_out > 0 {
        lines.push(format!("{} lines were left out because nobody read them in time", n(left_out)));
    }
    lines
}

fn as_json(strategy: &str, counted: &Counted) -> Value {
    let faults: Map<String, Value> = counted.faults().map(|(fault, count)| (fault.to_string(), count.into())).collect();
    let Counted { accepted, refused, begun, finished, abandoned, broken, stopped, requests, .. } = *counted;
    json!({
        "strategy": strategy, "connections": accepted, "refused": refused, "requests": requests,
        "sessions": {"begun": begun, "finished": finished, "abandoned": abandoned, "broken": broken, "stopped": stopped},
        "faults": faults,
    })
}
