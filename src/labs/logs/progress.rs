//! How far a followed file was read, for those who do not read it: free also while a reader holds the file.

use std::fs::File;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// An open file, and the place in it before which nothing waits.
#[derive(Debug)]
pub struct Place {
    /// The file.
    pub file: File,
    offset: AtomicU64,
}

impl Place {
    /// The beginning of a file.
    pub fn beginning(file: File) -> Arc<Self> {
        Arc::new(Self { file, offset: AtomicU64::new(0) })
    }

    /// Nothing before this offset waits: it was handed on, or is a line without an end so far.
    pub fn offset(&self) -> u64 {
        self.offset.load(Ordering::Relaxed)
    }

    /// Moves the place; for the one who reads.
    pub fn move_to(&self, offset: u64) {
        self.offset.store(offset, Ordering::Relaxed);
    }
}

/// What the reader of a followed name lets others see.
#[derive(Debug, Default)]
pub struct Progress {
    /// In the file that has the name.
    place: Mutex<Option<Arc<Place>>>,
    /// Bytes of all its files that were handed on.
    handed_on: AtomicU64,
}

impl Progress {
    /// This file is read from now on.
    pub fn reads(&self, place: &Arc<Place>) {
        *self.place.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(place));
    }

    /// So many bytes more were handed on.
    pub fn add(&self, bytes: u64) {
        self.handed_on.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Bytes that wait: in the file, not handed on yet, and on their way to whoever has taken in `taken` bytes so far.
    pub fn waiting(&self, taken: u64) -> u64 {
        let place = self.place.lock().unwrap_or_else(PoisonError::into_inner).clone();
        // A file whose size cannot be asked for any more has nothing that waits.
        let size = place.as_ref().and_then(|place| place.file.metadata().ok()).map_or(0, |metadata| metadata.len());
        let in_file = size.saturating_sub(place.map_or(0, |place| place.offset()));
        in_file + self.handed_on.load(Ordering::Relaxed).saturating_sub(taken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn what_waits_is_in_the_file_and_on_the_way() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.log");
        fs::write(&path, "0123456789").unwrap();
        let progress = Progress::default();
        assert_eq!(progress.waiting(0), 0, "nothing is read yet");
        let place = Place::beginning(File::open(&path).unwrap());
        progress.reads(&place);
        assert_eq!(progress.waiting(0), 10);
        place.move_to(6);
        progress.add(6);
        assert_eq!((progress.waiting(0), progress.waiting(6)), (10, 4));
        fs::write(&path, "").unwrap();
        assert_eq!(progress.waiting(6), 0, "a file that was cut is not behind");
    }
}
