//! The one reader of the terminal's input: a thread, since crossterm's reader never returns once the terminal has hung up,
//! and the event loop must not be inside it then.

use std::io;
use std::thread;
use std::time::Instant;

use crossterm::event::{self, Event};
use tokio::sync::mpsc;

/// Input events that may wait for the event loop before the reader waits; the rest stays in the terminal's own queue.
const WAITING: usize = 256;

/// An event and when it was read.
#[derive(Debug)]
pub struct Input {
    /// The event, or why there will be no more.
    pub event: io::Result<Event>,
    /// When it was read.
    pub at: Instant,
}

/// Starts the reader. It ends with the program, or when the receiver is gone.
pub fn read() -> io::Result<mpsc::Receiver<Input>> {
    let (sender, receiver) = mpsc::channel(WAITING);
    thread::Builder::new().name("input".to_owned()).spawn(move || {
        loop {
            let event = event::read();
            let failed = event.is_err();
            if sender.blocking_send(Input { event, at: Instant::now() }).is_err() || failed {
                break;
            }
        }
    })?;
    Ok(receiver)
}
