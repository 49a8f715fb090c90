//! The table of strategies: ways to run a server's connections and many clients. Any of them serves any other.

mod alarm;
mod coroutines;
mod coroutines_mt;
mod sockets;
mod threads;

use std::io;
use std::net::TcpListener;
use std::sync::Arc;

use tokio::sync::mpsc;

use crate::labs::guess::play::{Play, Seat};
use crate::labs::guess::server::Server;
use crate::runtime::strategy::Strategy;

/// Runs a server or clients, on the calling thread and those it starts.
pub trait Style: Send + Sync {
    /// Serves this listener until `server.stop`. Every connection has ended when it returns.
    fn serve(&self, listener: TcpListener, server: &Arc<Server>) -> io::Result<()>;

    /// Lets a client play at each seat that comes, until no more come and all have left, or until `play.stop`.
    fn play(&self, play: &Arc<Play>, seats: mpsc::Receiver<Seat>) -> io::Result<()>;
}

/// What a strategy is to support: everything there is.
#[derive(Debug)]
pub struct Anything;

/// A row of the table.
pub type Row = Strategy<Anything, dyn Style>;

/// Every strategy, in the order of the switch keys.
pub static STRATEGIES: &[Row] = &[coroutines::STRATEGY, coroutines_mt::STRATEGY, threads::STRATEGY];

/// Whether accepting gave a connection. A client that was gone before that is no error; too many open files are one.
fn accepted<T>(result: &io::Result<T>) -> io::Result<bool> {
    use io::ErrorKind::{ConnectionAborted, ConnectionReset, Interrupted};
    match result {
        Ok(_) => Ok(true),
        Err(error) if matches!(error.kind(), ConnectionAborted | ConnectionReset | Interrupted) => Ok(false),
        Err(error) => Err(io::Error::new(error.kind(), format!("accepting a connection: {error}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::labs::guess::guesser::Method;
    use crate::labs::guess::patience::Pace;
    use crate::labs::guess::play::{Game, Games, Mischief, seats};
    use crate::labs::guess::protocol::Fault;
    use crate::labs::guess::server::Guessing;
    use crate::runtime::strategy::Setup;
    use std::io::{BufRead, BufReader, Read, Write};
    use std::net::{Shutdown, SocketAddr, TcpStream};
    use std::path::PathBuf;
    use std::sync::atomic::Ordering;
    use std::thread;
    use std::time::Duration;

    /// Longer than anything here takes on a busy machine.
    const PATIENCE: Duration = Duration::from_secs(30);

    fn made(row: &Strategy<Anything, dyn Style>) -> Box<dyn Style> {
        (row.make)(&Setup::headless(2, PathBuf::new())).unwrap()
    }

    /// Runs `body` beside a server under this strategy, and ends the server.
    fn beside<T>(
        row: &Strategy<Anything, dyn Style>,
        server: Server,
        body: impl FnOnce(SocketAddr, &Arc<Server>) -> T,
    ) -> T {
        let (style, server) = (made(row), Arc::new(server));
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        thread::scope(|scope| {
            let serving = scope.spawn(|| style.serve(listener, &server));
            // Also when `body` fails: the scope waits for the server's end.
            let guard = server.stop.clone().drop_guard();
            let result = body(address, &server);
            drop(guard);
            serving.join().unwrap().unwrap();
            assert_eq!(server.tally.read().open, 0, "every connection has ended with the server");
            result
        })
    }

    /// Runs `body` beside each strategy's server.
    fn beside_each(deadline: Duration, most: u64, body: impl Fn(SocketAddr, &Arc<Server>)) {
        for row in STRATEGIES {
            beside(row, Server::new(deadline, most, 1), |address, server| body(address, server));
        }
    }

    /// Says these bytes, and returns all that is answered until the server closes.
    fn say(address: SocketAddr, bytes: &[u8]) -> String {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        // A server that closes early may not take all of it.
        let _ = stream.write_all(bytes);
        let mut answer = Vec::new();
        // Closing with bytes unread resets the connection, which ends the answer as well.
        let _ = stream.read_to_end(&mut answer);
        String::from_utf8(answer).unwrap()
    }

    #[test]
    fn every_client_plays_with_every_server() {
        let game = Game { lower: 1, upper: 5, secret: 3, guesses: 5 };
        for server_row in STRATEGIES {
            for client_row in STRATEGIES {
                let pair = format!("{} with {}", client_row.about.id, server_row.about.id);
                let server = Server::new(PATIENCE, 100, 7);
                server.guess(Guessing::InTurns);
                let (counted, play) = beside(server_row, server, |address, server| {
                    let play = Arc::new(Play::new(address, Games::Listed(vec![game], 1000), PATIENCE));
                    made(client_row).play(&play, seats(&play, 0..8)).unwrap();
                    // The last words may still be on their way.
                    while server.tally.read().open > 0 {
                        thread::yield_now();
                    }
                    (server.tally.read(), play)
                });
                let count = |count: &std::sync::atomic::AtomicU64| count.load(Ordering::Relaxed);
                let tally = &play.tally;
                assert_eq!([count(&tally.begun), count(&tally.finished), count(&tally.won)], [1000; 3], "{pair}");
                assert_eq!([count(&tally.failed), count(&tally.cancelled), play.not_begun()], [0; 3], "{pair}");
                assert_eq!((counted.begun, counted.refused), (1000, 0), "{pair}");
                // A client that comes to a turn late may find no game left.
                assert!((1..=8).contains(&counted.accepted), "{pair}");
                assert_eq!(counted.requests, count(&tally.requests), "{pair}");
                assert_eq!((counted.finished, counted.found.iter().sum()), (1000, 1000), "{pair}");
                assert!(Method::ALL.iter().all(|method| (1.0..=5.0).contains(&counted.mean_guesses(*method).unwrap())));
            }
        }
    }

    #[test]
    fn a_fault_ends_its_connection_alone_and_is_counted() {
        let long = [&b"PARAMS 1 "[..], &[b'9'; 2000]].concat();
        let cases: [(&[u8], &str, Fault); 9] = [
            (b"NUMBER\n", "", Fault::NoRange),
            (b"PARAMS 4 4\nNUMBER\nREPORT Unsure\nNUMBER\n", "4\n", Fault::Exhausted),
            (b"PARAMS 1 5\nREPORT Correct\n", "", Fault::NothingToReport),
            (b"PARAMS 1 5\nPARAMS 0 -1\nNUMBER\n", "", Fault::NoRange),
            (b"PARAMS 1 1000000000000000000000\n", "", Fault::TooLarge),
            (b"PARAMS one two\n", "", Fault::NotANumber),
            (b"REPORT Lukewarm\n", "", Fault::UnknownDecision),
            (b"\x00\xff\n", "", Fault::UnknownCommand),
            (&long, "", Fault::LineTooLong),
        ];
        beside_each(PATIENCE, 100, |address, server| {
            let mut good = BufReader::new(TcpStream::connect(address).unwrap());
            good.get_ref().write_all(b"PARAMS -3 1000000000000000000\n").unwrap();
            for (bytes, answer, fault) in cases {
                let before = server.tally.read().faults[fault.index()];
                assert_eq!(say(address, bytes), answer, "{fault}");
                assert_eq!(server.tally.read().faults[fault.index()], before + 1, "{fault}");
                let mut line = String::new();
                good.get_ref().write_all(b"NUMBER\nREPORT Colder\n").unwrap();
                good.read_line(&mut line).unwrap();
                assert!(line.trim_end().parse::<i64>().is_ok_and(|number| number >= -3), "{line:?}");
            }
            assert_eq!(server.tally.read().faults().map(|(_, count)| count).sum::<u64>(), 9);
        });
    }

    #[test]
    fn silent_and_slow_clients_meet_the_deadline() {
        beside_each(Duration::from_millis(50), 100, |address, server| {
            assert_eq!(say(address, b""), "");
            assert_eq!(say(address, b"PARAMS 1 5\nNUM"), "");
            let mut slow = TcpStream::connect(address).unwrap();
            // A byte now and then does not make a line.
            while slow.write_all(b"N").is_ok() {
                slow.set_read_timeout(Some(Duration::from_millis(5))).unwrap();
                match slow.read(&mut [0; 8]) {
                    Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => {}
                    _ => break,
                }
            }
            assert_eq!(server.tally.read().faults[Fault::Silent.index()], 3);
        });
    }

    #[test]
    fn lines_may_share_a_write_and_half_closed_peers_still_get_their_answers() {
        beside_each(PATIENCE, 100, |address, server| {
            let mut stream = TcpStream::connect(address).unwrap();
            stream.write_all(b"PARAMS 1 2\nNUMBER\nREPORT Unsure\nNUMBER\nREPORT Cor").unwrap();
            stream.write_all(b"rect\nPARAMS 9 9\nNUMBER\n").unwrap();
            stream.shutdown(Shutdown::Write).unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).unwrap();
            assert!(matches!(answer.as_str(), "1\n2\n9\n" | "2\n1\n9\n"), "{answer:?}");
            assert_eq!((server.tally.read().finished, server.tally.read().abandoned), (1, 1));
        });
    }

    #[test]
    fn over_the_limit_a_connection_is_closed_and_counted() {
        beside_each(PATIENCE, 1, |address, server| {
            let mut first = BufReader::new(TcpStream::connect(address).unwrap());
            first.get_ref().write_all(b"PARAMS 6 6\nNUMBER\n").unwrap();
            let mut line = String::new();
            first.read_line(&mut line).unwrap();
            assert_eq!((line.as_str(), say(address, b"").as_str()), ("6\n", ""));
            assert_eq!(server.tally.read().refused, 1);
        });
    }

    #[test]
    fn stopping_either_side_ends_both_with_every_game_accounted_for() {
        let game = Game { lower: 1, upper: 9, secret: 5, guesses: 9 };
        for row in STRATEGIES {
            for server_first in [false, true] {
                let play = beside(row, Server::new(PATIENCE, 100, 7), |address, server| {
                    let play = Arc::new(Play::new(address, Games::Listed(vec![game], 50), PATIENCE));
                    play.thinking.set(Pace::Paused);
                    let style = made(row);
                    thread::scope(|scope| {
                        let playing = scope.spawn(|| style.play(&play, seats(&play, 0..50)));
                        let guard = play.stop.clone().drop_guard();
                        while play.tally.requests.load(Ordering::Relaxed) < 50 {
                            thread::yield_now();
                        }
                        if server_first {
                            server.stop.cancel();
                            while server.tally.read().open > 0 {
                                thread::yield_now();
                            }
                            play.thinking.set(Pace::FlatOut);
                        } else {
                            drop(guard);
                        }
                        playing.join().unwrap().unwrap();
                    });
                    play
                });
                let [begun, finished, failed, cancelled] =
                    [&play.tally.begun, &play.tally.finished, &play.tally.failed, &play.tally.cancelled]
                        .map(|count| count.load(Ordering::Relaxed));
                // A game may have come to its end while the server was ending.
                let [expected, other] =
                    if server_first { [failed + finished, cancelled] } else { [cancelled, failed + finished] };
                assert_eq!([begun, expected, other], [50, 50, 0], "{}", row.about.id);
                assert!(!server_first || failed > 0, "{}", row.about.id);
            }
        }
    }

    #[test]
    fn mischief_costs_its_own_game_and_the_client_plays_on() {
        let game = Game { lower: 1, upper: 1, secret: 1, guesses: 1 };
        for row in STRATEGIES {
            for (mischief, fault) in [
                (Mischief::Drop, None),
                (Mischief::Garbage, Some(Fault::UnknownCommand)),
                (Mischief::Stall, Some(Fault::Silent)),
            ] {
                // Only who says nothing is to be waited for in vain.
                let patience = if mischief == Mischief::Stall { Duration::from_secs(1) } else { PATIENCE };
                let server = Server::new(patience, 100, 7);
                beside(row, server, |address, server| {
                    let play = Arc::new(Play::new(address, Games::Listed(vec![game], 3), PATIENCE));
                    let (queue, seats) = mpsc::channel(1);
                    let seat = play.seat(0);
                    seat.misbehave(mischief);
                    queue.try_send(seat).unwrap();
                    drop(queue);
                    made(row).play(&play, seats).unwrap();
                    let counts = [&play.tally.failed, &play.tally.finished].map(|count| count.load(Ordering::Relaxed));
                    assert_eq!(counts, [1, 2], "{} {mischief:?}", row.about.id);
                    let counted = server.tally.read();
                    assert_eq!(counted.faults().map(|(fault, _)| fault).collect::<Vec<_>>(), Vec::from_iter(fault));
                });
            }
        }
    }

    #[test]
    fn a_number_that_is_none_ends_the_clients_game() {
        for row in STRATEGIES {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let address = listener.local_addr().unwrap();
            let game = Game { lower: 1, upper: 5, secret: 3, guesses: 5 };
            let play = Arc::new(Play::new(address, Games::Listed(vec![game], 1), PATIENCE));
            let heard = thread::scope(|scope| {
                let playing = scope.spawn(|| made(row).play(&play, seats(&play, 0..1)));
                let (mut peer, _) = listener.accept().unwrap();
                peer.write_all(b"seven\n").unwrap();
                let mut heard = String::new();
                peer.read_to_string(&mut heard).unwrap();
                playing.join().unwrap().unwrap();
                heard
            });
            // The scope is ended on the wire although its body failed.
            assert_eq!(heard, "PARAMS 1 5\nNUMBER\nPARAMS 0 -1\n", "{}", row.about.id);
            assert_eq!(play.tally.failed.load(Ordering::Relaxed), 1);
        }
    }

    #[test]
    fn the_two_files_of_the_port_are_line_parallel() {
        let source = |id: &str| STRATEGIES.iter().find(|row| row.about.id == id).unwrap().about.source;
        let game = |source: &'static str| {
            let begin = source.find("/// The server's side of one connection").unwrap();
            let end = source.find("/// A connection as lines").unwrap();
            source[begin..end]
                .replace("async |", "|")
                .replace("async ", "")
                .replace(".await", "")
                .replace("AsyncFnOnce", "FnOnce")
        };
        let [threads, coroutines] = ["threads", "coroutines"].map(|id| game(source(id)));
        let differing =
            threads.lines().filter(|line| !coroutines.lines().any(|other| other.trim() == line.trim())).count();
        assert!(differing <= 12, "{differing} lines of the game differ in more than `async` and `.await`");
    }
}
