//! Reads a whole tree with a few threads. What is found while it changes is looked at again, and doubted in the end.

use std::collections::VecDeque;
use std::ffi::{OsStr, OsString};
use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Condvar, Mutex, PoisonError};

use globset::GlobSet;
use rustix::fs::OFlags;
use sha2::{Digest, Sha256};

use super::{Item, Kind};
use crate::threads::ended;

/// Files one thread takes at once: one large folder is work for all.
const BATCH: usize = 64;
/// Read at once.
const BUFFER: usize = 128 << 10;
/// How often a file that changes while it is read is read again.
const LOOKS: usize = 3;

/// Why nothing can be said about a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// It could not be read.
    Unread(String),
    /// It changed each time it was read.
    Unsteady,
}

/// Everything below a root, by path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    pub items: Vec<Item>,
    pub doubts: Vec<(Vec<u8>, Doubt)>,
}

enum Job {
    Folder(PathBuf),
    Files(PathBuf, Vec<OsString>),
}

/// What is still to be done, and by how many it is being added to.
#[derive(Default)]
struct Queue {
    jobs: VecDeque<Job>,
    busy: usize,
}

struct Shared<'a> {
    root: &'a Path,
    excluded: &'a GlobSet,
    queue: Mutex<Queue>,
    woken: Condvar,
    advance: &'a (dyn Fn(u64) + Sync),
}

/// Reads the tree below `root` with this many threads; `advance` hears how many more files are done.
///
/// # Errors
/// The root itself cannot be read.
pub fn walk(root: &Path, excluded: &GlobSet, threads: usize, advance: &(dyn Fn(u64) + Sync)) -> io::Result<Found> {
    std::fs::read_dir(root)?;
    let queue = Queue { jobs: VecDeque::from([Job::Folder(PathBuf::new())]), busy: 0 };
    let shared = Shared { root, excluded, queue: Mutex::new(queue), woken: Condvar::new(), advance };
    let mut found = Found::default();
    std::thread::scope(|scope| {
        let readers: Vec<_> = (0..threads.max(1)).map(|_| scope.spawn(|| shared.work())).collect();
        for reader in readers {
            let part = ended(reader);
            found.items.extend(part.items);
            found.doubts.extend(part.doubts);
        }
    });
    found.items.sort_unstable_by(|a, b| a.path.cmp(&b.path));
    found.doubts.sort_unstable_by(|a, b| a.0.cmp(&b.0));
    Ok(found)
}

impl Shared<'_> {
    fn next(&self) -> Option<Job> {
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(job) = queue.jobs.pop_front() {
                queue.busy += 1;
                return Some(job);
            }
            if queue.busy == 0 {
                self.woken.notify_all();
                return None;
            }
            queue = self.woken.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn add(&self, job: Job) {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner).jobs.push_back(job);
        self.woken.notify_one();
    }

    fn done(&self) {
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        queue.busy -= 1;
        if queue.busy == 0 && queue.jobs.is_empty() {
            self.woken.notify_all();
        }
    }

    fn work(&self) -> Found {
        let (mut found, mut buffer) = (Found::default(), vec![0; BUFFER]);
        while let Some(job) = self.next() {
            match job {
                Job::Folder(folder) => {
                    if let Err(error) = self.folder(&folder, &mut found) {
                        found.doubts.push((bytes(&folder), Doubt::Unread(error.to_string())));
                    }
                }
                Job::Files(folder, names) => {
                    for name in &names {
                        self.file(folder.join(name), &mut found, &mut buffer);
                    }
                    (self.advance)(names.len() as u64);
                }
            }
            self.done();
        }
        found
    }

    fn folder(&self, folder: &Path, found: &mut Found) -> io::Result<()> {
        let mut names = Vec::new();
        for entry in std::fs::read_dir(self.root.join(folder))? {
            let entry = entry?;
            let path = folder.join(entry.file_name());
            if self.excluded.is_match(&path) {
                continue;
            }
            let kind = entry.file_type()?;
            if kind.is_dir() {
                self.add(Job::Folder(path));
            } else if kind.is_file() {
                names.push(entry.file_name());
                if names.len() == BATCH {
                    self.add(Job::Files(folder.to_owned(), std::mem::take(&mut names)));
                }
            } else if kind.is_symlink() {
                match std::fs::read_link(self.root.join(&path)) {
                    Ok(target) => {
                        found.items.push(Item { path: bytes(&path), kind: Kind::Link { target: target.into_os_string().into_vec() } });
                    }
                    Err(error) => found.doubts.push((bytes(&path), Doubt::Unread(error.to_string()))),
                }
            } else {
                found.items.push(Item { path: bytes(&path), kind: Kind::Other });
            }
        }
        if !names.is_empty() {
            self.add(Job::Files(folder.to_owned(), names));
        }
        Ok(())
    }

    fn file(&self, path: PathBuf, found: &mut Found, buffer: &mut [u8]) {
        let whole = self.root.join(&path);
        let mut doubt = Doubt::Unsteady;
        for _ in 0..LOOKS {
            match look(&whole, buffer) {
                Ok(Some(kind)) => {
                    found.items.push(Item { path: path.into_os_string().into_vec(), kind });
                    return;
                }
                Ok(None) => doubt = Doubt::Unsteady,
                // It went away after its folder was read.
                Err(error) if error.kind() == io::ErrorKind::NotFound => return,
                Err(error) => {
                    doubt = Doubt::Unread(error.to_string());
                    break;
                }
            }
        }
        found.doubts.push((path.into_os_string().into_vec(), doubt));
    }
}

/// Hashes a file; none where it changed meanwhile, or is no plain file any more.
fn look(path: &Path, buffer: &mut [u8]) -> io::Result<Option<Kind>> {
    // A link put in its place is not followed, a pipe put in its place is not waited for.
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let mut file = match File::options().read(true).custom_flags(flags.bits().cast_signed()).open(path) {
        Err(error) if error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error()) => return Ok(None),
        opened => opened?,
    };
    let before = file.metadata()?;
    if !before.is_file() {
        return Ok(None);
    }
    let (mut hash, mut read) = (Sha256::new(), 0_u64);
    loop {
        match file.read(buffer) {
            Ok(0) => break,
            Ok(n) => {
                hash.update(&buffer[..n]);
                read += n as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    let after = file.metadata()?;
    let steady = stamp(&before) == stamp(&after) && read == after.len();
    Ok(steady.then(|| Kind::File { bytes: read, sha256: crate::db::hex(&hash.finalize()) }))
}

fn stamp(file: &Metadata) -> (u64, i64, i64) {
    (file.len(), file.mtime(), file.mtime_nsec())
}

fn bytes(path: &Path) -> Vec<u8> {
    let path: &OsStr = path.as_os_str();
    path.as_bytes().to_vec()
}
