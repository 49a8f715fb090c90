//! Which file stands behind a name: by more than its inode, which the system uses again.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::time::SystemTime;

/// A file's identity: device, inode, and the time of its birth where the file system keeps one.
///
/// A file that got the inode of a deleted one differs by its birth. Where there is no birth to compare, the seam of
/// [`super::open_file::OpenFile`] tells the two apart by their content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Identity {
    device: u64,
    inode: u64,
    /// When the file was made.
    pub born: Option<SystemTime>,
}

impl Identity {
    /// The identity in what the system says of a file.
    pub fn of(metadata: &Metadata) -> Self {
        Self { device: metadata.dev(), inode: metadata.ino(), born: metadata.created().ok() }
    }
}
