//! What one snapshot is made of, handed to the engine piece by piece.
//!
//! The engine leaves out what it cannot read and goes on. A backup may not, so every fault is also
//! noted in [`Ledger`], which `repository` reads before it trusts the snapshot.

use std::fs;
use std::io::{BufReader, Cursor, Error, ErrorKind as Io, PipeReader, Read, Result as IoResult};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use rustic_core::repofile::{Metadata, Node, NodeType};
use rustic_core::{ErrorKind, IndexedFullStatus, ReadSource, ReadSourceEntry, ReadSourceOpen};
use rustic_core::{Repository, RusticError, RusticResult};

/// Bytes of a file read at once: the engine's chunker asks for 4 KiB each time.
const AT_ONCE: usize = 1 << 17;

/// One thing to be saved, or found while saving a folder.
pub(super) enum Piece {
    /// A file or folder named by the caller; a link is followed.
    Named(PathBuf),
    /// Met inside a folder; a link stays a link.
    Found(PathBuf),
    Bytes(Vec<u8>),
    Pipe(Box<dyn Read + Send>),
    Later(Box<dyn FnOnce() -> IoResult<Vec<u8>> + Send>),
    /// With about how many bytes it will have.
    FileLater(Box<dyn FnOnce() -> IoResult<PathBuf> + Send>, u64),
    /// Already in the repository, with its size known.
    Stored(Box<Node>, Arc<Repository<IndexedFullStatus>>),
}

/// What was handed out, and the first thing that went wrong.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    pub(super) given: AtomicU64,
    pub(super) read: AtomicU64,
    fault: Mutex<Option<Error>>,
    /// Files of a folder that were there when it was listed and not when they were to be read.
    vanished: Mutex<Vec<String>>,
    /// Set by who makes something that is still to come, and cannot.
    stop: Arc<AtomicBool>,
}

impl Ledger {
    pub(super) fn stopped_by(stop: &Arc<AtomicBool>) -> Self {
        Self { stop: Arc::clone(stop), ..Self::default() }
    }

    fn note(&self, err: Error) {
        self.fault.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(err);
    }

    fn faulty(&self) -> bool {
        if self.stop.load(Ordering::Relaxed) {
            self.note(Error::other("what was to be saved could not be made"));
        }
        self.fault.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    fn gone(&self, path: &Path) {
        let name = path.strip_prefix("/").unwrap_or(path).display().to_string();
        self.vanished.lock().unwrap_or_else(PoisonError::into_inner).push(name);
    }

    pub(super) fn vanished(&self) -> Vec<String> {
        let mut vanished = self.vanished.lock().unwrap_or_else(PoisonError::into_inner).clone();
        vanished.sort_unstable();
        vanished
    }

    pub(super) fn take_fault(&self) -> Option<Error> {
        self.fault.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// The pieces in the order the tree needs: by name, a folder right before what it holds.
pub(super) struct Source {
    pieces: Mutex<Vec<(PathBuf, Piece)>>,
    time: Timestamp,
    ledger: Arc<Ledger>,
}

impl Source {
    pub(super) fn new(mut pieces: Vec<(PathBuf, Piece)>, time: Timestamp, ledger: Arc<Ledger>) -> Self {
        pieces.sort_by(|a, b| b.0.cmp(&a.0));
        Self { pieces: Mutex::new(pieces), time, ledger }
    }
}

impl ReadSource for Source {
    type Open = Opening;
    type Iter = Walk;

    fn size(&self) -> RusticResult<Option<u64>> {
        Ok(None)
    }

    fn entries(&self) -> Walk {
        let todo = std::mem::take(&mut *self.pieces.lock().unwrap_or_else(PoisonError::into_inner));
        Walk { todo, time: self.time, ledger: Arc::clone(&self.ledger) }
    }
}

/// A depth-first walk; `todo` is a stack, the next piece last.
pub(super) struct Walk {
    todo: Vec<(PathBuf, Piece)>,
    time: Timestamp,
    ledger: Arc<Ledger>,
}

impl Iterator for Walk {
    type Item = RusticResult<ReadSourceEntry<Opening>>;

    fn next(&mut self) -> Option<Self::Item> {
        let (path, found, (kind, meta, from)) = loop {
            let (path, piece) = self.todo.pop().filter(|_| !self.ledger.faulty())?;
            let found = matches!(piece, Piece::Found(_));
            match self.look(&path, piece) {
                Ok(seen) => break (path, found, seen),
                // Whoever works in the folder may remove what was there a moment ago.
                Err(err) if found && err.kind() == Io::NotFound => self.ledger.gone(&path),
                Err(err) => {
                    self.ledger.note(err);
                    return None;
                }
            }
        };
        let node = Node::new_node(path.file_name().unwrap_or_default(), kind, meta);
        if !node.is_dir() {
            self.ledger.given.fetch_add(1, Ordering::Relaxed);
        }
        let open = from.map(|from| Opening { from, path: path.clone(), found, ledger: Arc::clone(&self.ledger) });
        Some(Ok(ReadSourceEntry { path, node, open }))
    }
}

type Seen = (NodeType, Metadata, Option<From>);

impl Walk {
    fn look(&mut self, path: &Path, piece: Piece) -> IoResult<Seen> {
        match piece {
            Piece::Bytes(bytes) => Ok((NodeType::File, self.made(bytes.len() as u64), Some(From::Bytes(bytes)))),
            Piece::Later(make) => {
                let bytes = make()?;
                Ok((NodeType::File, self.made(bytes.len() as u64), Some(From::Bytes(bytes))))
            }
            Piece::FileLater(make, _) => self.look(path, Piece::Named(make()?)),
            Piece::Pipe(pipe) => Ok((NodeType::File, self.made(0), Some(From::Pipe(pipe)))),
            Piece::Stored(node, repository) => Ok((NodeType::File, self.made(node.meta.size), Some(From::Stored(node, repository)))),
            Piece::Named(file) => self.look_at(path, fs::metadata(&file).map_err(about(&file))?, file),
            Piece::Found(file) => self.look_at(path, fs::symlink_metadata(&file).map_err(about(&file))?, file),
        }
    }

    fn look_at(&mut self, path: &Path, meta: fs::Metadata, file: PathBuf) -> IoResult<Seen> {
        if meta.is_dir() {
            self.enter(path, &file).map_err(about(&file))?;
            Ok((NodeType::Dir, kept(&meta), None))
        } else if meta.is_file() {
            Ok((NodeType::File, kept(&meta), Some(From::File(file))))
        } else if meta.is_symlink() {
            let target = fs::read_link(&file).map_err(about(&file))?;
            Ok((NodeType::from_link(&target), kept(&meta), None))
        } else {
            Err(Error::new(Io::Unsupported, format!("{} is neither a file, a folder nor a link", file.display())))
        }
    }

    fn enter(&mut self, path: &Path, folder: &Path) -> IoResult<()> {
        let mut names = fs::read_dir(folder)?.map(|item| item.map(|item| item.file_name())).collect::<IoResult<Vec<_>>>()?;
        names.sort_unstable_by(|a, b| b.cmp(a));
        self.todo.extend(names.iter().map(|name| (path.join(name), Piece::Found(folder.join(name)))));
        Ok(())
    }

    /// The change time is the wall clock's so that a made entry is never taken for the one of the
    /// same size in the last snapshot, even when `time` stands still.
    fn made(&self, size: u64) -> Metadata {
        let (mtime, ctime) = (Some(self.time), Some(Timestamp::now()));
        Metadata { mode: Some(0o600), mtime, ctime, size, links: 1, ..Metadata::default() }
    }
}

/// What the file system says; the mode as restic writes it (Go's permission bits and folder bit).
fn kept(meta: &fs::Metadata) -> Metadata {
    let folder = if meta.is_dir() { 1 << 31 } else { 0 };
    Metadata {
        mode: Some(meta.permissions().mode() & 0o777 | folder),
        mtime: instant(meta.mtime(), meta.mtime_nsec()),
        ctime: instant(meta.ctime(), meta.ctime_nsec()),
        uid: Some(meta.uid()),
        gid: Some(meta.gid()),
        inode: meta.ino(),
        size: if meta.is_file() { meta.len() } else { 0 },
        links: 1,
        ..Metadata::default()
    }
}

fn instant(seconds: i64, nanoseconds: i64) -> Option<Timestamp> {
    Timestamp::new(seconds, i32::try_from(nanoseconds).ok()?).ok()
}

fn about(path: &Path) -> impl FnOnce(Error) -> Error + use<> {
    let path = path.display().to_string();
    move |err| Error::new(err.kind(), format!("could not read {path}: {err}"))
}

enum From {
    File(PathBuf),
    Bytes(Vec<u8>),
    Pipe(Box<dyn Read + Send>),
    Stored(Box<Node>, Arc<Repository<IndexedFullStatus>>),
}

/// Content that the engine opens when its turn comes.
pub(super) struct Opening {
    from: From,
    path: PathBuf,
    found: bool,
    ledger: Arc<Ledger>,
}

impl ReadSourceOpen for Opening {
    type Reader = Counted;

    fn open(self) -> RusticResult<Counted> {
        let name = self.path.display().to_string();
        let (reader, size) = match self.from {
            From::Bytes(bytes) => (Ok(Box::new(Cursor::new(bytes)) as Box<dyn Read + Send>), None),
            From::Pipe(pipe) => (Ok(pipe), None),
            From::File(file) => {
                (fs::File::open(&file).map(|file| Box::new(BufReader::with_capacity(AT_ONCE, file)) as _).map_err(about(&file)), None)
            }
            From::Stored(node, repository) => {
                let size = node.meta.size;
                (read_back(*node, repository).map(|pipe| Box::new(pipe) as _), Some(size))
            }
        };
        match reader {
            Ok(reader) => Ok(Counted { reader, name, size, read: 0, ledger: self.ledger }),
            Err(err) => {
                // The engine leaves out what does not open, and goes on.
                let told = RusticError::new(ErrorKind::InputOutput, err.to_string());
                if self.found && err.kind() == Io::NotFound {
                    self.ledger.given.fetch_sub(1, Ordering::Relaxed);
                    self.ledger.gone(&self.path);
                } else {
                    self.ledger.note(err);
                }
                Err(told)
            }
        }
    }
}

/// The engine decrypts ahead on its own threads; a failure shows as an early end, see [`Counted`].
fn read_back(node: Node, repository: Arc<Repository<IndexedFullStatus>>) -> IoResult<PipeReader> {
    let (reader, mut writer) = std::io::pipe()?;
    std::thread::Builder::new().name("read back".into()).spawn(move || repository.dump(&node, &mut writer))?;
    Ok(reader)
}

/// A reader that keeps the ledger.
pub(super) struct Counted {
    reader: Box<dyn Read + Send>,
    name: String,
    size: Option<u64>,
    read: u64,
    ledger: Arc<Ledger>,
}

impl Read for Counted {
    /// Fills `buf`: the engine's chunker never again asks for more than one short answer gave it, and
    /// would soon read a pipe byte by byte.
    fn read(&mut self, buf: &mut [u8]) -> IoResult<usize> {
        let n = self.fill(buf).inspect_err(|err| {
            self.ledger.note(Error::new(err.kind(), format!("could not read {}: {err}", self.name)));
        })?;
        self.read += n as u64;
        self.ledger.read.fetch_add(n as u64, Ordering::Relaxed);
        Ok(n)
    }
}

impl Counted {
    fn fill(&mut self, buf: &mut [u8]) -> IoResult<usize> {
        let mut filled = 0;
        while filled < buf.len() {
            match self.reader.read(&mut buf[filled..]) {
                Ok(0) if self.size.is_some_and(|size| size != self.read + filled as u64) => {
                    return Err(Error::new(Io::UnexpectedEof, "what was just saved could not be read back"));
                }
                Ok(0) => break,
                Ok(n) => filled += n,
                Err(err) if err.kind() == Io::Interrupted => {}
                Err(err) => return Err(err),
            }
        }
        Ok(filled)
    }
}
