//! The system's word on changes in folders, heard on the thread that asks for it.
//!
//! On Linux that is inotify itself: the thread that is woken is the one that reads the file, with nothing between, which is
//! what keeps a line's way to standard output as short as that of `tail -F`. Other systems are heard through the `notify`
//! crate, by way of its own thread.

use std::ffi::OsStr;
use std::ops::ControlFlow;

#[cfg(target_os = "linux")]
pub mod inotify;
#[cfg(any(not(target_os = "linux"), test))]
pub mod portable;

#[cfg(target_os = "linux")]
pub use inotify::Watcher;
#[cfg(not(target_os = "linux"))]
pub use portable::Watcher;

/// A watched folder.
pub type FolderId = i32;

/// What happened in a watched folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change<'a> {
    /// The content of the file of this name.
    Content(FolderId, &'a OsStr),
    /// The name: it appeared, or went away, or stands for another file.
    Name(FolderId, &'a OsStr),
    /// Who may read the file of this name, or something else of it that is not content.
    Rights(FolderId, &'a OsStr),
    /// The folder itself was removed or renamed, and is watched no longer.
    FolderGone(FolderId),
    /// More happened than the system could keep: everything may have changed.
    Everything,
}

/// Whether to go on listening.
pub type Heard = ControlFlow<()>;

#[cfg(test)]
mod tests {
    use std::fs;
    use std::sync::mpsc;
    use std::thread;
    use std::time::Duration;

    use super::*;

    macro_rules! the_same_of {
        ($($name:ident: $watcher:ty,)*) => { $(
            #[test]
            fn $name() {
                let folder = tempfile::tempdir().unwrap();
                let path = folder.path().canonicalize().unwrap();
                let watcher = <$watcher>::new().unwrap();
                let id = watcher.watch(&path).unwrap();
                let (heard, hearing) = mpsc::channel();
                thread::scope(|scope| {
                    scope.spawn(|| watcher.listen(|change| {
                        heard.send(format!("{change:?}")).unwrap();
                        ControlFlow::Continue(())
                    }));
                    let expect = |what: Change<'_>| {
                        let what = format!("{what:?}");
                        while hearing.recv_timeout(Duration::from_secs(10)).expect("the change is heard") != what {}
                    };
                    let (a, b) = (OsStr::new("a"), OsStr::new("b"));
                    fs::write(path.join("a"), "").unwrap();
                    expect(Change::Name(id, a));
                    fs::write(path.join("a"), "x").unwrap();
                    expect(Change::Content(id, a));
                    fs::rename(path.join("a"), path.join("b")).unwrap();
                    expect(Change::Name(id, a));
                    expect(Change::Name(id, b));
                    fs::remove_file(path.join("b")).unwrap();
                    expect(Change::Name(id, b));
                    fs::remove_dir(&path).unwrap();
                    expect(Change::FolderGone(id));
                    watcher.end();
                });
            }
        )* };
    }

    the_same_of! {
        portable_tells_what_happens: portable::Watcher,
    }

    #[cfg(target_os = "linux")]
    the_same_of! {
        inotify_tells_what_happens: inotify::Watcher,
    }
}
