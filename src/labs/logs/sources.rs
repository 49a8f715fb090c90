//! All the followed files: those named, and those that globs match now or will match.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, TryLockError};
use std::time::Instant;

use crate::labs::logs::identity::Identity;
use crate::labs::logs::open_file::{Buffer, Most};
use crate::labs::logs::progress::Progress;
use crate::labs::logs::sink::{Closed, Origin, Sink};
use crate::labs::logs::source::{Begin, Lines, NoNewData, Note, Source};

/// A glob that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("{pattern:?} is not a glob: {why}")]
pub struct BadGlob {
    /// What was given.
    pub pattern: String,
    /// What is wrong with it.
    pub why: glob::PatternError,
}

/// The followed files. Their offsets live here, and outlive every strategy.
#[derive(Debug)]
pub struct Sources {
    globs: Vec<String>,
    list: RwLock<Vec<Arc<Followed>>>,
    origins: Mutex<Vec<Arc<Origin>>>,
    /// Files that no glob may bring in, such as the one that is written.
    never: Vec<PathBuf>,
    fault: Arc<AtomicBool>,
}

/// One followed file, shared by whoever reads it.
#[derive(Debug)]
pub struct Followed {
    /// What its lines are known by.
    pub origin: Arc<Origin>,
    /// The name that is followed.
    pub path: PathBuf,
    /// How far it is read, to be seen while a reader holds the source.
    pub progress: Arc<Progress>,
    source: Mutex<Source>,
    /// There may be something new that whoever reads it has not looked for yet.
    dirty: AtomicBool,
    /// The name may stand for another file, which whoever reads it has not looked up yet.
    moved: AtomicBool,
    fault: Arc<AtomicBool>,
}

/// What came of passing on what is new in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Passed {
    /// All of it, or another thread is at it.
    Everything,
    /// As much as was allowed: there is more.
    More,
}

impl Sources {
    /// Names and globs; files that are there now are read from where `begin` says, those that come later from their beginning.
    pub fn new(names: &[OsString], begin: Begin) -> Result<Self, BadGlob> {
        let (mut globs, mut paths) = (Vec::new(), Vec::new());
        for name in names {
            match name.to_str().filter(|text| text.contains(['*', '?', '[']) && !Path::new(text).exists()) {
                Some(pattern) => {
                    let bad = |why| BadGlob { pattern: pattern.to_owned(), why };
                    glob::Pattern::new(pattern).map_err(bad)?;
                    globs.push(pattern.to_owned());
                }
                None => paths.push(PathBuf::from(name)),
            }
        }
        let sources = Self { globs, ..Self::none() };
        for path in paths {
            sources.follow(Source::new(path, begin));
        }
        sources.join(|path| Source::new(path, begin));
        Ok(sources)
    }

    /// Nothing to follow.
    pub fn none() -> Self {
        Self {
            globs: Vec::new(),
            list: RwLock::default(),
            origins: Mutex::default(),
            never: Vec::new(),
            fault: Arc::default(),
        }
    }

    /// Leaves out a file, also of what globs bring in: the one that is written.
    #[must_use]
    pub fn never(mut self, path: &Path) -> Self {
        let written = |followed: &Arc<Followed>| is_file(&followed.path, path);
        self.list.get_mut().unwrap_or_else(PoisonError::into_inner).retain(|followed| !written(followed));
        self.never.push(path.to_owned());
        self
    }

    /// The globs.
    pub fn globs(&self) -> &[String] {
        &self.globs
    }

    /// The files followed now.
    pub fn all(&self) -> Vec<Arc<Followed>> {
        self.list.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Follows files that globs match by now. Returns those that are new.
    pub fn join_new(&self) -> Vec<Arc<Followed>> {
        self.join(Source::joined)
    }

    /// A new origin of lines that is not a file.
    pub fn origin(&self, name: String) -> Arc<Origin> {
        let mut origins = self.origins.lock().unwrap_or_else(PoisonError::into_inner);
        let origin = Arc::new(Origin { index: origins.len(), name });
        origins.push(Arc::clone(&origin));
        origin
    }

    /// Every origin so far, in the order of their index.
    pub fn origins(&self) -> Vec<Arc<Origin>> {
        self.origins.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Makes whoever looks next at a file panic: to be seen to survive it.
    pub fn panic_at_next_look(&self) {
        self.fault.store(true, Ordering::Release);
    }

    fn join(&self, source: impl Fn(PathBuf) -> Source) -> Vec<Arc<Followed>> {
        let mut new = Vec::new();
        for pattern in &self.globs {
            // A pattern was compiled at the start, and a folder that cannot be read matches nothing.
            let Ok(paths) = glob::glob(pattern) else { continue };
            for path in paths.flatten() {
                let known = self.all();
                if known.iter().any(|followed| followed.path == path)
                    || self.never.iter().any(|never| is_file(&path, never))
                {
                    continue;
                }
                let Ok(metadata) = fs::metadata(&path) else { continue };
                let identity = Identity::of(&metadata);
                // A renamed file of ours is no new one: its lines have been read, or will be, as what they were.
                if metadata.is_file() && !known.iter().any(|followed| followed.source().knows(identity)) {
                    new.extend(self.follow(source(path)));
                }
            }
        }
        new
    }

    fn follow(&self, source: Source) -> Option<Arc<Followed>> {
        let path = source.path().to_owned();
        let mut list = self.list.write().unwrap_or_else(PoisonError::into_inner);
        if list.iter().any(|followed| followed.path == path) {
            return None;
        }
        let followed = Arc::new(Followed {
            origin: self.origin(path.to_string_lossy().into_owned()),
            progress: Arc::clone(source.progress()),
            source: Mutex::new(source),
            path,
            dirty: AtomicBool::new(false),
            moved: AtomicBool::new(false),
            fault: Arc::clone(&self.fault),
        });
        list.push(Arc::clone(&followed));
        Some(followed)
    }
}

impl Followed {
    /// The source, also after a reader's panic: it holds offsets, which move on only after lines were handed on.
    pub fn source(&self) -> MutexGuard<'_, Source> {
        self.source.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads the next line, or lines. When there are none behind what is open, looks up whose the name is.
    pub fn readline(&self, most: Most, buffer: &mut Buffer) -> (Vec<Note>, Result<Lines, NoNewData>) {
        self.meet_fault();
        let mut source = self.source();
        source.name_may_have_changed();
        let lines = source.readline(most, Instant::now(), buffer);
        (source.take_notes(), lines)
    }

    /// Moves past lines that were handed on.
    pub fn handed_on(&self, lines: &Lines, buffer: &Buffer) {
        self.source().handed_on(lines, buffer);
    }

    /// Passes on what is new, at most `reads` reads of it, unless another thread is at it, which then does so.
    pub fn pass_on(
        &self,
        name_may_have_changed: bool,
        reads: usize,
        buffer: &mut Buffer,
        sink: &dyn Sink,
    ) -> Result<Passed, Closed> {
        if name_may_have_changed {
            self.moved.store(true, Ordering::SeqCst);
        }
        self.dirty.store(true, Ordering::SeqCst);
        loop {
            let mut source = match self.source.try_lock() {
                Ok(source) => source,
                Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
                // Whoever holds it looks at `dirty` once more after letting it go.
                Err(TryLockError::WouldBlock) => return Ok(Passed::Everything),
            };
            self.dirty.store(false, Ordering::SeqCst);
            if self.moved.swap(false, Ordering::SeqCst) {
                source.name_may_have_changed();
            }
            self.meet_fault();
            for read in 0.. {
                if read == reads {
                    return Ok(Passed::More);
                }
                let lines = source.readline(Most::Lines, Instant::now(), buffer);
                for note in source.take_notes() {
                    sink.note(&self.origin, note);
                }
                let Ok(lines) = lines else { break };
                sink.put(&self.origin, buffer.bytes(&lines.found), lines.found.ends)?;
                source.handed_on(&lines, buffer);
            }
            drop(source);
            if !self.dirty.load(Ordering::SeqCst) {
                return Ok(Passed::Everything);
            }
        }
    }

    /// Passes on what is left of a line without an end: nothing more will be read.
    pub fn pass_on_rest(&self, buffer: &mut Buffer, sink: &dyn Sink) -> Result<(), Closed> {
        let mut source = self.source();
        while let Some(lines) = source.rest(buffer) {
            sink.put(&self.origin, buffer.bytes(&lines.found), lines.found.ends)?;
            source.handed_on(&lines, buffer);
        }
        Ok(())
    }

    fn meet_fault(&self) {
        assert!(
            !self.fault.swap(false, Ordering::AcqRel),
            "asked for by logs.panic, while looking at {}",
            self.origin.name
        );
    }
}

/// Whether a name stands for this file.
fn is_file(name: &Path, file: &Path) -> bool {
    fs::canonicalize(name).is_ok_and(|real| real == file)
}
