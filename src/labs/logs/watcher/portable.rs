//! Folders watched through the `notify` crate, for systems without inotify.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crossbeam_channel::{Receiver, Sender, bounded, select};
use notify::event::{ModifyKind, RenameMode};
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};

use super::{Change, FolderId, Heard};

/// Events that may wait for the one who listens; past it the crate's thread waits, and the system's own queue fills.
const EVENTS: usize = 1024;

/// Watched folders, and the queue of what happens in them.
#[derive(Debug)]
pub struct Watcher {
    inner: Mutex<RecommendedWatcher>,
    folders: Mutex<HashMap<PathBuf, FolderId>>,
    events: Receiver<notify::Result<Event>>,
    open: Mutex<Option<Sender<()>>>,
    closed: Receiver<()>,
}

impl Watcher {
    /// A watcher of no folder yet.
    pub fn new() -> io::Result<Self> {
        let (send, events) = bounded(EVENTS);
        let (open, closed) = bounded(0);
        let watcher = notify::recommended_watcher(move |event| {
            // Nobody listens any more: nothing is lost.
            let _ = send.send(event);
        })
        .map_err(io::Error::other)?;
        let (inner, open) = (Mutex::new(watcher), Mutex::new(Some(open)));
        Ok(Self { inner, folders: Mutex::default(), events, open, closed })
    }

    /// Watches a folder.
    pub fn watch(&self, folder: &Path) -> io::Result<FolderId> {
        lock(&self.inner).watch(folder, RecursiveMode::NonRecursive).map_err(io::Error::other)?;
        let mut folders = lock(&self.folders);
        let next = folders.len() as FolderId;
        Ok(*folders.entry(folder.to_owned()).or_insert(next))
    }

    /// Calls `hear` with each change, on this thread, until it breaks off or [`Watcher::end`] is called.
    pub fn listen(&self, mut hear: impl FnMut(Change<'_>) -> Heard) {
        loop {
            let event = select! {
                recv(self.closed) -> _ => return,
                recv(self.events) -> event => match event {
                    Ok(event) => event,
                    Err(_) => return,
                },
            };
            let Some(event) = event.ok().filter(|event| !event.need_rescan()) else {
                if hear(Change::Everything).is_break() {
                    return;
                }
                continue;
            };
            for path in &event.paths {
                if self.change(event.kind, path).is_some_and(|change| hear(change).is_break()) {
                    return;
                }
            }
        }
    }

    fn change<'a>(&self, kind: EventKind, path: &'a Path) -> Option<Change<'a>> {
        let folders = lock(&self.folders);
        let gone = matches!(kind, EventKind::Remove(_) | EventKind::Modify(ModifyKind::Name(_)));
        if let Some(id) = folders.get(path).filter(|_| gone) {
            return Some(Change::FolderGone(*id));
        }
        let (id, name) = (*folders.get(path.parent()?)?, path.file_name()?);
        match kind {
            EventKind::Modify(ModifyKind::Data(_) | ModifyKind::Any) => Some(Change::Content(id, name)),
            EventKind::Modify(ModifyKind::Metadata(_)) => Some(Change::Rights(id, name)),
            // Told twice: as `From` and as `To`.
            EventKind::Access(_) | EventKind::Modify(ModifyKind::Name(RenameMode::Both)) => None,
            _ => Some(Change::Name(id, name)),
        }
    }

    /// Ends the listening.
    pub fn end(&self) {
        *lock(&self.open) = None;
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
