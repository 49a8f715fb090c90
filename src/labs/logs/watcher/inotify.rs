//! Folders watched through Linux's inotify.

use std::ffi::OsStr;
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::fs::inotify::{self, CreateFlags, ReadFlags, Reader, WatchFlags};

use super::{Change, FolderId, Heard};

/// Room for several hundred events a read.
const EVENTS: usize = 16 * 1024;

/// Watched folders, and the queue of what happens in them.
#[derive(Debug)]
pub struct Watcher {
    queue: OwnedFd,
    ended: AtomicBool,
}

impl Watcher {
    /// A watcher of no folder yet.
    pub fn new() -> io::Result<Self> {
        Ok(Self { queue: inotify::init(CreateFlags::CLOEXEC)?, ended: AtomicBool::new(false) })
    }

    /// Watches a folder.
    pub fn watch(&self, folder: &Path) -> io::Result<FolderId> {
        let names = WatchFlags::CREATE | WatchFlags::DELETE | WatchFlags::MOVED_FROM | WatchFlags::MOVED_TO;
        let itself = WatchFlags::DELETE_SELF | WatchFlags::MOVE_SELF | WatchFlags::ONLYDIR;
        Ok(inotify::add_watch(&self.queue, folder, WatchFlags::MODIFY | WatchFlags::ATTRIB | names | itself)?)
    }

    /// Calls `hear` with each change, on this thread, until it breaks off or [`Watcher::end`] is called.
    pub fn listen(&self, mut hear: impl FnMut(Change<'_>) -> Heard) {
        let mut buffer = [MaybeUninit::uninit(); EVENTS];
        let mut events = Reader::new(&self.queue, &mut buffer);
        loop {
            let event = match events.next() {
                Ok(event) => event,
                Err(rustix::io::Errno::INTR) => continue,
                // Nothing else can come of a queue that is open; whoever listens looks at everything from now on.
                Err(_) => return,
            };
            if self.ended.load(Ordering::Acquire) {
                return;
            }
            let (id, what) = (event.wd(), event.events());
            let change = match event.file_name() {
                _ if what.contains(ReadFlags::QUEUE_OVERFLOW) => Change::Everything,
                None if what.intersects(ReadFlags::DELETE_SELF | ReadFlags::MOVE_SELF | ReadFlags::UNMOUNT) => {
                    // A renamed folder would go on being watched, under a name that it has no longer.
                    let _ = inotify::remove_watch(&self.queue, id);
                    Change::FolderGone(id)
                }
                None => continue,
                Some(name) => {
                    let name = OsStr::from_bytes(name.to_bytes());
                    if what.contains(ReadFlags::MODIFY) {
                        Change::Content(id, name)
                    } else if what.contains(ReadFlags::ATTRIB) {
                        Change::Rights(id, name)
                    } else {
                        Change::Name(id, name)
                    }
                }
            };
            if hear(change).is_break() {
                return;
            }
        }
    }

    /// Ends the listening: the thread that waits for changes is woken by one.
    pub fn end(&self) {
        self.ended.store(true, Ordering::Release);
        // The end of any watch is an event of its own.
        if let Ok(id) = inotify::add_watch(&self.queue, "/", WatchFlags::DELETE_SELF) {
            let _ = inotify::remove_watch(&self.queue, id);
        }
    }
}
