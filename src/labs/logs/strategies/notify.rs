//! The system says what changed: the thread that gets the event reads the file and hands its lines on. No polling.
//!
//! Beyond item 62, and the one for use. What it takes to be right as well as quick is here: folders are watched and not
//! files, so that a name's next file is seen; events only say where to look, so that a lost or doubled one does no harm; a
//! second thread does what takes longer, or what no event announces, so that the first is never late.
//!
//! Python: `for event in inotify.read(): write(readlines(handles[event.path]))`

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, bounded, select};
use notify::event::{AccessKind, AccessMode, ModifyKind, RenameMode};
use notify::{Event, EventHandler, EventKind, RecommendedWatcher, RecursiveMode, Watcher};

use crate::labs::logs::open_file::Buffer;
use crate::labs::logs::sources::{Followed, Passed, Sources};
use crate::labs::logs::strategies::{Crew, Follow, FollowError, Job};
use crate::labs::logs::watch_points::{glob_folders, tells_of_changes, watch_points};
use crate::runtime::caught::{self, Panicked};
use crate::runtime::strategy::{About, CannotStart, Setup, Strategy, supports_all};

/// Its row in the table.
pub const STRATEGY: Strategy<Sources, dyn Follow> = Strategy {
    about: About {
        id: "notify",
        title: "notify, by events",
        item: 0,
        claim: "the system's own events say which file to read: no polling, no delay, and the thread that hears them reads",
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
        if !job.follow {
            read_once(job);
            return Ok(());
        }
        let (poke, pokes) = bounded(1);
        let shared = Arc::new(Shared {
            job: job.clone(),
            setup: self.setup.clone(),
            by_point: RwLock::default(),
            todo: Mutex::default(),
            poke,
            reading: Mutex::default(),
        });
        let crew = Crew::new(&self.setup, &job.stop);
        self.setup.enter_thread();
        let mut keeper = Keeper::new(Arc::clone(&shared), pokes);
        crew.watch(|| keeper.keep());
        job.stop.set();
        // The event thread may be in the middle of a file. It sees the stop, and this waits for it.
        let panic = lock(&shared.reading).take();
        crew.take_over(panic);
        crew.end();
        Ok(())
    }
}

/// Reads each file to its end as it is now, one after the other.
fn read_once(job: &Job) {
    let mut buffer = Buffer::default();
    for followed in job.sources.all() {
        if job.stop.is_set() || followed.pass_on(true, usize::MAX, &mut buffer, &*job.sink).is_err() {
            return;
        }
    }
}

/// What the event thread and the keeper share.
struct Shared {
    job: Job,
    setup: Setup,
    /// The followed files by the folder entries that their names depend on.
    by_point: RwLock<HashMap<PathBuf, Vec<Arc<Followed>>>>,
    todo: Mutex<Todo>,
    poke: Sender<()>,
    /// Held by the event thread while it reads; the panic that ended its reading, if one did.
    reading: Mutex<Option<Panicked>>,
}

/// What the event thread leaves to the keeper.
#[derive(Default)]
struct Todo {
    /// Files that have more to read than one turn takes.
    unread: Vec<Arc<Followed>>,
    /// Files whose name may lead elsewhere now.
    moved: Vec<Arc<Followed>>,
    /// Folders that are watched and may be gone, or another's by now.
    folders: Vec<PathBuf>,
    /// A new name appeared: a glob may match it.
    join: bool,
    /// Events were lost: look at everything.
    everything: bool,
}

impl Shared {
    fn leave(&self, what: impl FnOnce(&mut Todo)) {
        what(&mut lock(&self.todo));
        // A poke that finds one waiting is one with it.
        let _ = self.poke.try_send(());
    }
}

/// The handler of events: runs on the watcher's own thread.
struct OnEvent {
    shared: Arc<Shared>,
    buffer: Buffer,
    entered: bool,
}

impl EventHandler for OnEvent {
    fn handle_event(&mut self, event: notify::Result<Event>) {
        if !std::mem::replace(&mut self.entered, true) {
            // The load of the machine is told apart by the names of threads.
            #[cfg(target_os = "linux")]
            let _ = rustix::thread::set_name(c"logs-notify");
            self.shared.setup.enter_thread();
        }
        let shared = Arc::clone(&self.shared);
        let mut reading = lock(&shared.reading);
        if shared.job.stop.is_set() {
            return;
        }
        if let Err(panic) = caught::catch(|| self.take(event)) {
            *reading = Some(panic);
            shared.job.stop.set();
        }
    }
}

impl OnEvent {
    fn take(&mut self, event: notify::Result<Event>) {
        let Ok(event) = event else { return self.shared.leave(|todo| todo.everything = true) };
        if event.need_rescan() {
            return self.shared.leave(|todo| todo.everything = true);
        }
        for path in &event.paths {
            match event.kind {
                EventKind::Modify(ModifyKind::Data(_)) | EventKind::Access(AccessKind::Close(AccessMode::Write)) => {
                    self.look(path, false);
                }
                // Told twice: as `From` and as `To`.
                EventKind::Access(_) | EventKind::Modify(ModifyKind::Name(RenameMode::Both)) => {}
                // Not a change of content, but one that may make a file readable again.
                EventKind::Modify(ModifyKind::Metadata(_)) => {
                    self.look(path, true);
                }
                _ => {
                    let known = self.look(path, true);
                    self.shared.leave(|todo| {
                        todo.folders.push(path.clone());
                        todo.join |= !known;
                    });
                }
            }
        }
    }

    /// Reads what is new in the files that this folder entry belongs to; whether there are any.
    fn look(&mut self, point: &Path, name_may_have_changed: bool) -> bool {
        let by_point = self.shared.by_point.read().unwrap_or_else(PoisonError::into_inner);
        let Some(followed) = by_point.get(point).cloned() else { return false };
        drop(by_point);
        let job = &self.shared.job;
        for followed in followed {
            let passed = followed.pass_on(name_may_have_changed, TURN, &mut self.buffer, &*job.sink);
            if name_may_have_changed || passed == Ok(Passed::More) {
                self.shared.leave(|todo| {
                    if passed == Ok(Passed::More) {
                        todo.unread.push(Arc::clone(&followed));
                    }
                    if name_may_have_changed {
                        todo.moved.push(Arc::clone(&followed));
                    }
                });
            }
        }
        true
    }
}

/// Keeps the watches right, and reads what no event announces.
struct Keeper {
    shared: Arc<Shared>,
    pokes: Receiver<()>,
    watcher: Option<RecommendedWatcher>,
    buffer: Buffer,
    /// The folders that are watched.
    watched: HashSet<PathBuf>,
    /// The points of each followed file, by its origin.
    points: HashMap<usize, Vec<PathBuf>>,
    /// Files in folders that do not tell of changes: looked at at an interval.
    polled: Vec<Arc<Followed>>,
    /// Files that have more to read than one turn took.
    unread: Vec<Arc<Followed>>,
    /// Files that hold others open which have lost the name.
    holding: Vec<Arc<Followed>>,
}

impl Keeper {
    fn new(shared: Arc<Shared>, pokes: Receiver<()>) -> Self {
        let handler = OnEvent { shared: Arc::clone(&shared), buffer: Buffer::default(), entered: false };
        // Without a watcher (the system's instances are used up) every file is polled.
        let watcher = notify::recommended_watcher(handler).ok();
        Self {
            shared,
            pokes,
            watcher,
            buffer: Buffer::default(),
            watched: HashSet::new(),
            points: HashMap::new(),
            polled: Vec::new(),
            unread: Vec::new(),
            holding: Vec::new(),
        }
    }

    fn keep(&mut self) {
        let stop = self.shared.job.stop.clone();
        self.look_at_everything();
        let mut safety = Instant::now() + SAFETY;
        while !stop.is_set() {
            let now = Instant::now();
            let due = self.holding.iter().filter_map(|followed| followed.source().due(now));
            let poll = (!self.polled.is_empty()).then(|| now + self.shared.job.interval);
            let next = due.chain(poll).chain([safety]).min().unwrap_or(safety);
            if self.unread.is_empty() {
                select! {
                    recv(self.pokes) -> _ => {}
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

    /// Does what the event thread has left.
    fn take_up(&mut self) {
        let todo = std::mem::take(&mut *lock(&self.shared.todo));
        for folder in &todo.folders {
            // The watch of a folder that was renamed or removed goes on with the wrong one: it is put up again.
            if self.watched.remove(folder)
                && let Some(watcher) = &mut self.watcher
            {
                let _ = watcher.unwatch(folder);
            }
        }
        let folder_changed = todo
            .folders
            .iter()
            .any(|folder| self.points.values().flatten().any(|p| p != folder && p.starts_with(folder)));
        if todo.everything || folder_changed {
            self.look_at_everything();
        } else if todo.join && !self.shared.job.sources.globs().is_empty() {
            let new = self.shared.job.sources.join_new();
            self.watch_globs();
            self.watch(&new);
        }
        self.watch(&todo.moved);
        self.unread.extend(todo.unread);
    }

    /// One turn for each file that has more, is polled, or holds files without their name.
    fn read_on(&mut self) {
        let polled = std::mem::take(&mut self.polled);
        let mut turn: Vec<(Arc<Followed>, bool)> = polled.iter().map(|followed| (Arc::clone(followed), true)).collect();
        self.polled = polled;
        turn.extend(self.unread.drain(..).chain(self.holding.drain(..)).map(|followed| (followed, false)));
        turn.sort_by_key(|(followed, named)| (followed.origin.index, !named));
        turn.dedup_by_key(|(followed, _)| followed.origin.index);
        for (followed, named) in turn {
            self.read(&followed, named);
        }
    }

    fn read(&mut self, followed: &Arc<Followed>, name_may_have_changed: bool) {
        let sink = Arc::clone(&self.shared.job.sink);
        match followed.pass_on(name_may_have_changed, TURN, &mut self.buffer, &*sink) {
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
        self.shared.job.sources.join_new();
        let all = self.shared.job.sources.all();
        self.watch_globs();
        self.watch(&all);
    }

    /// Watches what the names of these files depend on now, then looks at them: what came before the watch has no event.
    fn watch(&mut self, changed: &[Arc<Followed>]) {
        for followed in changed {
            let points = watch_points(&followed.path);
            let mut heard = self.watcher.is_some();
            for folder in points.iter().filter_map(|point| point.parent()) {
                heard &= self.watch_folder(folder);
            }
            self.polled.retain(|polled| !Arc::ptr_eq(polled, followed));
            if !heard {
                self.polled.push(Arc::clone(followed));
            }
            let before = self.points.insert(followed.origin.index, points.clone());
            if before.as_ref() != Some(&points) {
                let mut by_point = self.shared.by_point.write().unwrap_or_else(PoisonError::into_inner);
                for point in before.into_iter().flatten() {
                    if let Some(there) = by_point.get_mut(&point) {
                        there.retain(|other| !Arc::ptr_eq(other, followed));
                    }
                }
                for point in points {
                    by_point.entry(point).or_default().push(Arc::clone(followed));
                }
            }
            self.read(followed, true);
        }
    }

    fn watch_globs(&mut self) {
        for pattern in self.shared.job.sources.globs().to_vec() {
            for folder in glob_folders(&pattern) {
                if let Ok(folder) = folder.canonicalize() {
                    self.watch_folder(&folder);
                }
            }
        }
    }

    /// Watches a folder, if it is not yet; whether every change in it will be told.
    fn watch_folder(&mut self, folder: &Path) -> bool {
        if !self.watched.contains(folder) {
            let Some(watcher) = &mut self.watcher else { return false };
            if watcher.watch(folder, RecursiveMode::NonRecursive).is_err() {
                return false;
            }
            self.watched.insert(folder.to_owned());
        }
        tells_of_changes(folder)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
