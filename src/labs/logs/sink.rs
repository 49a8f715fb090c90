//! Where lines go: the one thing that every strategy writes to, on the thread that the strategy chose.

use crate::labs::logs::open_file::Ends;
use crate::labs::logs::source::Note;

/// Who a line comes from: a followed file, standard input, a command.
#[derive(Debug, PartialEq, Eq)]
pub struct Origin {
    /// Its place among all origins, from 0.
    pub index: usize,
    /// Its name as given.
    pub name: String,
}

/// Nobody takes lines any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("nobody takes lines any more")]
pub struct Closed;

/// Takes lines. A call that waits is the backpressure: the reader waits with it, and the file is the buffer.
pub trait Sink: Send + Sync {
    /// Takes whole lines, or a piece of a long one, of one origin. On [`Closed`] nothing of them was taken.
    fn put(&self, from: &Origin, bytes: &[u8], ends: Ends) -> Result<(), Closed>;

    /// Takes note of what happened to an origin between its lines.
    fn note(&self, from: &Origin, note: Note);
}
