//! The system says what changed: the thread that gets the event reads the file and hands its lines on. No polling.
//!
//! Beyond item 62, and the one for use. What it takes to be right as well as quick is here: folders are watched and not
//! files, so that a name's next file is seen; events only say where to look, so that a lost or doubled one does no harm; a
//! second thread does what takes longer, or what no event announces, so that the first is never late.
//!
//! Python: `for event in inotify.read(): write(readlines(handles[event.path]))`

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, bounded, select};

use crate::labs::logs::open_file::Buffer;
use crate::labs::logs::sink::Closed;
use crate::labs::logs::sources::{Followed, Passed, Sources};
use crate::labs::logs::strategies::{Crew, Follow, FollowError, Job};
use crate::labs::logs::watch_points::{glob_folders, tells_of_changes, watch_points};
use crate::labs::logs::watcher::{Change, FolderId, Heard, Watcher};
use crate::runtime::span::{Lane, State};
use crate::runtime::strategy::{About, CannotStart, Setup, Strategy, supports_all};

/// Its row in the table.
pub const STRATEGY: Strategy<Sources, dyn Follow> = Strategy {
    about: About {
        id: "notify",
        title: "notify, by events",
        item: 0,
        claim: "The system's own events say which file to read: no polling, no delay, and the thread that hears them reads",
        wrong_on_purpose: false,
        source: include_str!("notify.rs"),
    },
    supports: supports_all,
    make,
};

/// Reads of one file before the others get their turn: 1 MiB.
const TURN: usize = 4;

/// Every name is looked at so often in any case: a mount over a folder, or a rename further up, sends no event.
const SAFETY: Duration = Duration::from_secs(10);

#[allow(clippy::unnecessary_wraps, reason = "the shape that Strategy::make wants")]
fn make(setup: &Setup) -> Result<Box<dyn Follow>, CannotStart> {
    Ok(Box::new(Notify { setup: setup.clone() }))
}

struct Notify {
    setup: Setup,
}

impl Follow for Notify {
    fn run(&mut self, job: &Job) -> Result<(), FollowError> {
        let recorder = &self.setup.recorder;
        if !job.follow {
            read_once(job, Reader::new(recorder.lane("reader")));
            return Ok(());
        }
        let (poke, pokes) = bounded(1);
        let shared = Shared { job, folders: RwLock::default(), todo: Mutex::default(), poke };
        // Without a watcher (the system's instances are used up) every file is polled.
        let watcher = Watcher::new().ok();
        let crew = Crew::new(&self.setup, &job.stop);
        self.setup.enter_thread();
        let started = thread::scope(|scope| {
            if let Some(watcher) = &watcher {
                crew.start(scope, "logs-notify".to_owned(), || {
                    listen(&shared, watcher, &mut Reader::new(recorder.lane("listener")));
                })?;
            }
            let reader = Reader::new(recorder.lane("keeper"));
            crew.watch(|| Keeper::new(&shared, watcher.as_ref(), reader).keep(&pokes));
            job.stop.set();
            watcher.iter().for_each(Watcher::end);
            Ok(())
        });
        crew.end();
        started
    }
}

/// Reads each file to its end as it is now, one after the other.
fn read_once(job: &Job, mut reader: Reader) {
    for followed in job.sources.all() {
        if job.stop.is_set() || reader.pass_on(&followed, true, usize::MAX, job).is_err() {
            return;
        }
    }
}

/// What a thread needs to read with.
struct Reader {
    buffer: Buffer,
    lane: Lane,
}

impl Reader {
    fn new(lane: Lane) -> Self {
        Self { buffer: Buffer::default(), lane }
    }

    /// Passes on what is new in a file, at most `reads` reads of it.
    fn pass_on(&mut self, followed: &Followed, moved: bool, reads: usize, job: &Job) -> Result<Passed, Closed> {
        let mut pass_on = || followed.pass_on(moved, reads, &mut self.buffer, &*job.sink);
        if !self.lane.is_on() {
            return pass_on();
        }
        self.lane.fill("waits for events", State::Io, Instant::now());
        self.lane.span(followed.origin.name.clone(), State::Running, pass_on)
    }
}

/// The names in a folder that followed files depend on.
type Names = HashMap<OsString, Arc<[Arc<Followed>]>>;

/// What the listening thread and the keeper share.
struct Shared<'a> {
    job: &'a Job,
    /// The watched folders, and the followed files that depend on a name in them.
    folders: RwLock<HashMap<FolderId, Names>>,
    todo: Mutex<Todo>,
    poke: Sender<()>,
}

/// What the listening thread leaves to the keeper.
#[derive(Default)]
struct Todo {
    /// Files that have more to read than one turn takes.
    unread: Vec<Arc<Followed>>,
    /// Files whose name may lead elsewhere now.
    moved: Vec<Arc<Followed>>,
    /// Folders that are watched no longer.
    gone: Vec<FolderId>,
    /// A new name appeared: a glob may match it.
    join: bool,
    /// Events were lost: look at everything.
    everything: bool,
}

impl Shared<'_> {
    fn leave(&self, what: impl FnOnce(&mut Todo)) {
        what(&mut self.todo.lock().unwrap_or_else(PoisonError::into_inner));
        // A poke that finds one waiting is one with it.
        let _ = self.poke.try_send(());
    }

    fn at(&self, folder: FolderId, name: &OsStr) -> Option<Arc<[Arc<Followed>]>> {
        self.folders.read().unwrap_or_else(PoisonError::into_inner).get(&folder)?.get(name).cloned()
    }
}

/// The thread that hears of changes, and reads what is new at once.
fn listen(shared: &Shared<'_>, watcher: &Watcher, reader: &mut Reader) {
    watcher.listen(|change| {
        match change {
            Change::Content(folder, name) => {
                look(shared, folder, name, false, reader);
            }
            // Not a change of content, but one that may make a file readable again.
            Change::Rights(folder, name) => {
                look(shared, folder, name, true, reader);
            }
            Change::Name(folder, name) => {
                if !look(shared, folder, name, true, reader) {
                    shared.leave(|todo| todo.join = true);
                }
            }
            Change::FolderGone(folder) => shared.leave(|todo| todo.gone.push(folder)),
            Change::Everything => shared.leave(|todo| todo.everything = true),
        }
        if shared.job.stop.is_set() { Heard::Break(()) } else { ControlFlow::Continue(()) }
    });
}

/// Reads what is new in the files that depend on this name; whether there are any.
fn look(shared: &Shared<'_>, folder: FolderId, name: &OsStr, moved: bool, reader: &mut Reader) -> bool {
    let Some(followed) = shared.at(folder, name) else { return false };
    for followed in followed.iter() {
        if reader.pass_on(followed, moved, TURN, shared.job) == Ok(Passed::More) {
            shared.leave(|todo| todo.unread.push(Arc::clone(followed)));
        }
        if moved {
            shared.leave(|todo| todo.moved.push(Arc::clone(followed)));
        }
    }
    true
}

/// Keeps the watches right, and reads what no event announces.
struct Keeper<'a> {
    shared: &'a Shared<'a>,
    watcher: Option<&'a Watcher>,
    reader: Reader,
    /// The folders that are watched.
    watched: HashMap<PathBuf, FolderId>,
    /// The folder entries that each followed file depends on, by its origin.
    points: HashMap<usize, Vec<PathBuf>>,
    /// Files in folders that do not tell of changes: looked at at an interval.
    polled: Vec<Arc<Followed>>,
    /// Files that have more to read than one turn took.
    unread: Vec<Arc<Followed>>,
    /// Files that hold others open which have lost the name.
    holding: Vec<Arc<Followed>>,
}

impl<'a> Keeper<'a> {
    fn new(shared: &'a Shared<'a>, watcher: Option<&'a Watcher>, reader: Reader) -> Self {
        Self {
            shared,
            watcher,
            reader,
            watched: HashMap::new(),
            points: HashMap::new(),
            polled: Vec::new(),
            unread: Vec::new(),
            holding: Vec::new(),
        }
    }

    fn keep(&mut self, pokes: &Receiver<()>) {
        let stop = &self.shared.job.stop;
        self.look_at_everything();
        let mut safety = Instant::now() + SAFETY;
        while !stop.is_set() {
            let now = Instant::now();
            let due = self.holding.iter().filter_map(|followed| followed.source().due(now));
            let poll = (!self.polled.is_empty()).then(|| now + self.shared.job.interval);
            let next = due.chain(poll).chain([safety]).min().unwrap_or(safety);
            if self.unread.is_empty() {
                select! {
                    recv(pokes) -> _ => {}
                    recv(stop.closed()) -> _ => return,
                    recv(crossbeam_channel::at(next)) -> _ => {}
                }
            }
            self.take_up();
            self.read_on();
            if Instant::now() >= safety {
                self.look_at_everything();
                safety = Instant::now() + SAFETY;
            }
        }
    }

    /// Does what the listening thread has left.
    fn take_up(&mut self) {
        let todo = std::mem::take(&mut *self.shared.todo.lock().unwrap_or_else(PoisonError::into_inner));
        if !todo.gone.is_empty() {
            self.watched.retain(|_, id| !todo.gone.contains(id));
            // Names in a folder that is gone depend on the folders above it from now on.
            self.points.clear();
            self.shared.folders.write().unwrap_or_else(PoisonError::into_inner).clear();
        }
        if todo.everything || !todo.gone.is_empty() {
            self.look_at_everything();
        } else if todo.join && !self.shared.job.sources.globs().is_empty() {
            self.watch_globs();
            let new = self.shared.job.sources.join_new();
            self.watch(&new);
        }
        self.watch(&todo.moved);
        self.unread.extend(todo.unread);
    }

    /// One turn for each file that has more, is polled, or holds files without their name.
    fn read_on(&mut self) {
        let polled = self.polled.iter().map(|followed| (Arc::clone(followed), true));
        let others = self.unread.drain(..).chain(self.holding.drain(..)).map(|followed| (followed, false));
        let mut turn: Vec<(Arc<Followed>, bool)> = polled.chain(others).collect();
        turn.sort_by_key(|(followed, named)| (followed.origin.index, !named));
        turn.dedup_by_key(|(followed, _)| followed.origin.index);
        for (followed, named) in turn {
            self.read(&followed, named);
        }
    }

    fn read(&mut self, followed: &Arc<Followed>, moved: bool) {
        match self.reader.pass_on(followed, moved, TURN, self.shared.job) {
            Ok(Passed::More) => self.unread.push(Arc::clone(followed)),
            Ok(Passed::Everything) => {}
            // Whoever takes no more lines has set the stop, or will.
            Err(_) => self.shared.job.stop.set(),
        }
        if followed.source().due(Instant::now()).is_some() {
            self.holding.push(Arc::clone(followed));
        }
    }

    fn look_at_everything(&mut self) {
        self.watch_globs();
        self.shared.job.sources.join_new();
        self.watch(&self.shared.job.sources.all());
    }

    /// Watches what the names of these files depend on now, then looks at them: what came before the watch has no event.
    fn watch(&mut self, changed: &[Arc<Followed>]) {
        for followed in changed {
            let points = watch_points(&followed.path);
            let mut heard = true;
            for folder in points.iter().filter_map(|point| point.parent()) {
                heard &= self.watch_folder(folder).is_some() && tells_of_changes(folder);
            }
            self.polled.retain(|polled| !Arc::ptr_eq(polled, followed));
            if !heard {
                self.polled.push(Arc::clone(followed));
            }
            if self.points.get(&followed.origin.index) != Some(&points) {
                let before = self.points.insert(followed.origin.index, points.clone()).unwrap_or_default();
                self.edit(&before, |there| there.retain(|other| !Arc::ptr_eq(other, followed)));
                self.edit(&points, |there| there.push(Arc::clone(followed)));
            }
            self.read(followed, true);
        }
    }

    /// Changes which files depend on each of these points.
    fn edit(&self, points: &[PathBuf], change: impl Fn(&mut Vec<Arc<Followed>>)) {
        let mut folders = self.shared.folders.write().unwrap_or_else(PoisonError::into_inner);
        for point in points {
            let id = point.parent().and_then(|folder| self.watched.get(folder));
            if let (Some(id), Some(name)) = (id, point.file_name()) {
                let there = folders.entry(*id).or_default().entry(name.to_owned()).or_insert_with(|| Arc::new([]));
                let mut changed = there.to_vec();
                change(&mut changed);
                *there = changed.into();
            }
        }
    }

    /// Watches the folders in which a match can appear. Matches are looked for afterwards: one that came between has an event.
    fn watch_globs(&mut self) {
        for folder in self.shared.job.sources.globs().iter().flat_map(|pattern| glob_folders(pattern)) {
            if let Ok(folder) = folder.canonicalize() {
                self.watch_folder(&folder);
            }
        }
    }

    /// Watches a folder, if it is not yet; none when it cannot be.
    fn watch_folder(&mut self, folder: &Path) -> Option<FolderId> {
        if let Some(id) = self.watched.get(folder) {
            return Some(*id);
        }
        let id = self.watcher?.watch(folder).ok()?;
        self.watched.insert(folder.to_owned(), id);
        Some(id)
    }
}
