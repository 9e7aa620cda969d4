//! What one snapshot is made of, handed to the engine piece by piece.
//!
//! The engine leaves out what it cannot read and goes on. A backup may not, so every fault is also
//! noted in [`Ledger`], which `repository` reads before it trusts the snapshot.

use std::fs;
use std::io::{BufRead, BufReader, Cursor, Error, ErrorKind as Io, Read, Result as IoResult};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use rustic_core::repofile::{Metadata, Node, NodeType};
use rustic_core::{ErrorKind, ReadSource, ReadSourceEntry, ReadSourceOpen, RusticError, RusticResult};
use xxhash_rust::xxh3::xxh3_64;

/// Bytes of a file read at once: the engine's chunker asks for 4 KiB each time.
const AT_ONCE: usize = 1 << 17;

/// One thing to be saved, or found while saving a folder.
pub(super) enum Piece {
    /// A file or folder named by the caller; a link is followed.
    Named(PathBuf),
    /// Met inside a folder; a link stays a link.
    Found(PathBuf),
    Bytes(Vec<u8>),
    /// Saved in parts, as only its end tells how large it is; with about how many bytes it will have.
    Pipe(Box<dyn Read + Send>, u64),
    /// What is left of a pipe, and the number of its next part.
    Rest(BufReader<Box<dyn Read + Send>>, u32),
    Later(Box<dyn FnOnce() -> IoResult<Vec<u8>> + Send>),
    /// With about how many bytes it will have.
    FileLater(Box<dyn FnOnce() -> IoResult<PathBuf> + Send>, u64),
}

/// The least and the most bytes of a part. In between it ends with the line whose hash says so, one in so many bytes: what
/// was put in anywhere shifts none of the parts that come after, or hardly any.
const PART: std::ops::RangeInclusive<usize> = 2 << 20..=8 << 20;
const ENDS_ONE_IN: u64 = 1 << 20;

fn part_name(no: u32) -> String {
    format!("{no:06}.part")
}

/// Whether this is a part of what was saved in parts; an attachment of such a name was found somewhere, and is none.
pub(super) fn is_part(node: &Node) -> bool {
    let number = |name: &str| name.strip_suffix(".part").is_some_and(|no| no.parse::<u32>().is_ok_and(|no| name == part_name(no)));
    node.is_file() && node.meta.inode == 0 && number(&node.name)
}

/// Empty at the end.
fn next_part(pipe: &mut impl BufRead) -> IoResult<Vec<u8>> {
    let mut part = Vec::with_capacity(*PART.start());
    loop {
        let from = part.len();
        let read = pipe.take((PART.end() - from) as u64).read_until(b'\n', &mut part)?;
        let ends = from >= *PART.start() && xxh3_64(&part[from..]) / read.max(1) as u64 <= u64::MAX / ENDS_ONE_IN;
        if read == 0 || part.len() == *PART.end() || ends {
            return Ok(part);
        }
    }
}

/// What was handed out, and the first thing that went wrong.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    pub(super) given: AtomicU64,
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
                Ok(Some(seen)) => break (path, found, seen),
                Ok(None) => {}
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
    /// None where a pipe has ended.
    fn look(&mut self, path: &Path, piece: Piece) -> IoResult<Option<Seen>> {
        Ok(Some(match piece {
            Piece::Bytes(bytes) => self.made(bytes),
            Piece::Later(make) => self.made(make()?),
            Piece::FileLater(make, _) => return self.look(path, Piece::Named(make()?)),
            Piece::Pipe(pipe, _) => {
                self.todo.push((path.join(part_name(1)), Piece::Rest(BufReader::with_capacity(AT_ONCE, pipe), 1)));
                (NodeType::Dir, Metadata { mode: Some(FOLDER | 0o700), mtime: Some(self.time), ..Metadata::default() }, None)
            }
            Piece::Rest(mut pipe, no) => {
                let part = next_part(&mut pipe).map_err(about(path))?;
                if part.is_empty() {
                    return Ok(None);
                }
                self.todo.push((path.with_file_name(part_name(no + 1)), Piece::Rest(pipe, no + 1)));
                self.made(part)
            }
            Piece::Named(file) => self.look_at(path, fs::metadata(&file).map_err(about(&file))?, file)?,
            Piece::Found(file) => self.look_at(path, fs::symlink_metadata(&file).map_err(about(&file))?, file)?,
        }))
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
    fn made(&self, bytes: Vec<u8>) -> Seen {
        let (mtime, ctime, size) = (Some(self.time), Some(Timestamp::now()), bytes.len() as u64);
        let meta = Metadata { mode: Some(0o600), mtime, ctime, size, links: 1, ..Metadata::default() };
        (NodeType::File, meta, Some(From::Bytes(bytes)))
    }
}

/// The bit by which a mode says that it is a folder's, as restic writes it (Go's).
const FOLDER: u32 = 1 << 31;

/// What the file system says; the mode as restic writes it (Go's permission bits and folder bit).
fn kept(meta: &fs::Metadata) -> Metadata {
    let folder = if meta.is_dir() { FOLDER } else { 0 };
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
}

/// Content that the engine opens when its turn comes.
pub(super) struct Opening {
    from: From,
    path: PathBuf,
    found: bool,
    ledger: Arc<Ledger>,
}

impl ReadSourceOpen for Opening {
    type Reader = Watched;

    fn open(self) -> RusticResult<Watched> {
        let name = self.path.display().to_string();
        let reader = match self.from {
            From::Bytes(bytes) => Ok(Box::new(Cursor::new(bytes)) as Box<dyn Read + Send>),
            From::File(file) => {
                fs::File::open(&file).map(|file| Box::new(BufReader::with_capacity(AT_ONCE, file)) as _).map_err(about(&file))
            }
        };
        match reader {
            Ok(reader) => Ok(Watched { reader, name, ledger: self.ledger }),
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

/// A reader whose fault is noted in the ledger.
pub(super) struct Watched {
    reader: Box<dyn Read + Send>,
    name: String,
    ledger: Arc<Ledger>,
}

impl Read for Watched {
    /// Fills `buf`: the engine's chunker never again asks for more than one short answer gave it.
    fn read(&mut self, buf: &mut [u8]) -> IoResult<usize> {
        self.fill(buf).inspect_err(|err| {
            self.ledger.note(Error::new(err.kind(), format!("could not read {}: {err}", self.name)));
        })
    }
}

impl Watched {
    fn fill(&mut self, buf: &mut [u8]) -> IoResult<usize> {
        let mut filled = 0;
        while filled < buf.len() {
            match self.reader.read(&mut buf[filled..]) {
                Ok(0) => break,
                Ok(n) => filled += n,
                Err(err) if err.kind() == Io::Interrupted => {}
                Err(err) => return Err(err),
            }
        }
        Ok(filled)
    }
}
