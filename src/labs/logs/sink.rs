//! Where lines go: the one thing that every strategy writes to, on the thread that the strategy chose.

use std::sync::Arc;

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

/// What is to be written, on its way from the thread that read it to the one that writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Who it comes from.
    pub origin: Arc<Origin>,
    /// What it is.
    pub what: What,
}

/// Lines, or what happened between them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// Whole lines, or a piece of one.
    Lines(Vec<u8>, Ends),
    /// Something that happened.
    Note(Note),
}

impl Item {
    /// Writes it, on this thread, which may have to wait.
    pub fn write(self, sink: &dyn Sink) -> Result<(), Closed> {
        match self.what {
            What::Lines(bytes, ends) => sink.put(&self.origin, &bytes, ends),
            What::Note(note) => {
                sink.note(&self.origin, note);
                Ok(())
            }
        }
    }
}
