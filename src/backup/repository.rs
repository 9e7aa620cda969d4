//! The repository that backups live in: restic's format, through `rustic_core`, and only here.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{FileExt, PermissionsExt};
use std::path::{Component, Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, mpsc};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use rustic_backend::local::LocalBackend;
use rustic_core::repofile::{IndexFile, IndexId, Node, NodeType, SnapshotFile, SnapshotId};
use rustic_core::{
    BackupOptions, CheckOptions, ConfigOptions, Credentials, FileType, HexId, Id, IndexedFullStatus, KeyOptions, LsOptions, OpenStatus,
    ParentOptions, Progress, ProgressBars, ProgressType, ReadBackend, RepositoryBackends, RepositoryOptions, RusticError, RusticProgress,
    SnapshotGroupCriterion, SnapshotOptions, TreeId,
};
use sha2::{Digest, Sha256};

use super::source::{Ledger, Piece, Source, is_part};
use crate::db::hex;
use crate::threads::ended;

/// Files handed out that no thread has taken up yet.
const WAITING: usize = 64;

type Engine<S> = rustic_core::Repository<S>;
type Result<T> = std::result::Result<T, RepositoryError>;

#[derive(Debug)]
pub enum RepositoryError {
    NotFound(PathBuf),
    AlreadyExists(PathBuf),
    /// Where a repository was to be made.
    NotEmpty(PathBuf),
    WrongPassword,
    NoSuchSnapshot(String),
    /// So many ids begin like this.
    Ambiguous(String, usize),
    NoSuchFile(String),
    NoSuchKey(String),
    /// The key it was opened with cannot be taken away.
    KeyInUse,
    /// Somebody else is at work in it; who, where he said so.
    Busy(String),
    Damaged(Fault),
    Io(std::io::Error),
    Other(String),
}

/// What is damaged in a repository, by its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// This snapshot cannot be read.
    Snapshot(String),
    /// This snapshot was made, and its file is not there.
    SnapshotMissing(String),
    Index(String),
    /// This key cannot be read.
    Key(String),
    /// There is no key at all.
    NoKey,
    /// The configuration cannot be read, or is of a newer format.
    Config,
    /// The configuration is not there, and the rest is.
    NoConfig,
    Pack(String),
    PackMissing(String),
    /// A pack does not have the size it was written with.
    PackSize(String),
    /// A list of files cannot be read.
    Trees,
    /// This file of a snapshot cannot be read.
    File(String),
    /// This name in a snapshot leads out of it.
    Name(String),
    /// What the engine says, for which there is no word here.
    Other(String),
}

impl std::fmt::Display for RepositoryError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NotFound(folder) => write!(f, "{} is not a backup repository", folder.display()),
            Self::AlreadyExists(folder) => write!(f, "{} already holds a backup repository", folder.display()),
            Self::NotEmpty(folder) => write!(f, "{} is not empty", folder.display()),
            Self::WrongPassword => f.write_str("the password does not open the repository"),
            Self::NoSuchSnapshot(id) => write!(f, "no snapshot has the id `{id}`"),
            Self::Ambiguous(id, n) => write!(f, "{n} snapshots have ids that begin with `{id}`"),
            Self::NoSuchFile(path) => write!(f, "the snapshot holds no `{path}`"),
            Self::NoSuchKey(id) => write!(f, "no key, or more than one, has the id `{id}`"),
            Self::KeyInUse => f.write_str("this key opened the repository just now"),
            Self::Busy(holder) => write!(f, "the repository is in use: {holder}"),
            Self::Damaged(what) => write!(f, "the repository is damaged: {what:?}"),
            Self::Io(err) => err.fmt(f),
            Self::Other(what) => f.write_str(what),
        }
    }
}

impl std::error::Error for RepositoryError {}

impl From<std::io::Error> for RepositoryError {
    fn from(err: std::io::Error) -> Self {
        Self::Io(err)
    }
}

pub enum Content {
    File(PathBuf),
    Bytes(Vec<u8>),
    Folder(PathBuf),
    /// Of about so many bytes; see [`Repository::save`].
    Pipe(Box<dyn std::io::Read + Send>, u64),
    /// Made while the rest is saved; asked for when its turn comes, which is by name.
    Later(Box<dyn FnOnce() -> std::io::Result<Vec<u8>> + Send>),
    /// A file that is made while the rest is saved, of about so many bytes; asked for when its turn comes.
    FileLater(Box<dyn FnOnce() -> std::io::Result<PathBuf> + Send>, u64),
}

/// What a snapshot says of the run that makes it.
pub struct Occasion<'a> {
    pub label: &'a str,
    pub host: &'a str,
    pub time: Timestamp,
    pub tags: &'a [&'a str],
    /// Set by what makes an entry later, when it fails: nothing more is read for a snapshot that will not be.
    pub stop: &'a Arc<AtomicBool>,
}

impl Occasion<'_> {
    fn begin(&self) -> Result<SnapshotFile> {
        let form = SnapshotOptions::default().host(self.host.to_owned()).label(self.label.to_owned()).command(String::new());
        let mut snapshot = form.time(self.time.to_zoned(TimeZone::UTC)).to_snapshot().map_err(|err| failed(&err))?;
        self.tags.iter().for_each(|tag| snapshot.tags.add((*tag).to_owned()));
        snapshot.program_version = concat!("swj ", env!("CARGO_PKG_VERSION")).to_owned();
        Ok(snapshot)
    }
}

/// One thing to be saved; `path` is its name inside the snapshot.
pub struct Entry {
    pub path: String,
    pub content: Content,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    pub id: String,
    pub short_id: String,
    pub time: Timestamp,
    pub host: String,
    pub label: String,
    pub tags: Vec<String>,
    pub files: u64,
    /// Against the snapshot before: files that were not there, and that were not the same.
    pub new_files: u64,
    pub changed_files: u64,
    /// What was looked at.
    pub bytes: u64,
    /// What the repository grew by, compressed.
    pub added_bytes: u64,
}

impl Snapshot {
    /// The id of the database it is of; none where whoever made it did not say.
    pub fn database(&self) -> Option<&str> {
        self.tags.iter().find_map(|tag| tag.strip_prefix(DATABASE_TAG))
    }

    /// The name that database had.
    pub fn database_name(&self) -> Option<&str> {
        self.tags.iter().find_map(|tag| tag.strip_prefix(NAME_TAG))
    }

    /// What orders the snapshots of one database: the number of the run, which no clock that is set back can lower.
    pub fn order(&self) -> (u64, Timestamp) {
        (self.tags.iter().find_map(|tag| tag.strip_prefix(RUN_TAG)?.parse().ok()).unwrap_or(0), self.time)
    }
}

/// What the tags of a snapshot begin with that say of which database it is.
pub const DATABASE_TAG: &str = "database:";
/// And what it was called.
pub const NAME_TAG: &str = "name:";

/// And which run of that database it was, counted from 1.
pub const RUN_TAG: &str = "run:";

/// What takes long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Job {
    Saving,
    Reading,
    Checking,
    Repacking,
    Restoring,
}

/// Hears how far a long job is.
pub trait Watcher: Send + Sync + std::fmt::Debug {
    fn start(&self, job: Job, total: Option<u64>, bytes: bool);
    fn advance(&self, n: u64);
    fn finish(&self);
}

#[derive(Debug)]
#[cfg(test)]
pub struct Silent;

#[cfg(test)]
impl Watcher for Silent {
    fn start(&self, _: Job, _: Option<u64>, _: bool) {}
    fn advance(&self, _: u64) {}
    fn finish(&self) {}
}

#[derive(Debug)]
pub struct Repository {
    folder: PathBuf,
    engine: Engine<OpenStatus>,
    backends: RepositoryBackends,
    bars: Bars,
    _hold: Hold,
}

impl Repository {
    /// Whether a repository can be made in `folder`, which may not hold anything yet.
    pub fn may_be_made(folder: &Path) -> Result<()> {
        if folder.join("config").exists() {
            return Err(RepositoryError::AlreadyExists(folder.to_owned()));
        }
        if folder.exists() && fs::read_dir(folder)?.next().is_some() {
            return Err(RepositoryError::NotEmpty(folder.to_owned()));
        }
        let mut there = std::path::absolute(folder)?;
        while !there.exists() && there.pop() {}
        if !there.is_dir() {
            return Err(std::io::Error::from(std::io::ErrorKind::NotADirectory).into());
        }
        Ok(rustix::fs::access(&there, rustix::fs::Access::WRITE_OK).map_err(std::io::Error::from)?)
    }

    /// Makes an empty repository in `folder`, which may not hold anything yet.
    pub fn init(folder: &Path, password: &str) -> Result<()> {
        Self::may_be_made(folder)?;
        // Level 3, the usual one, takes a tenth more of the processor's time for a whole run and saves a fiftieth of the room.
        let mut format = ConfigOptions::default().set_version(2u32).set_compression(1).set_datapack_growfactor(0u32);
        // Half of what restic takes: several packs are in memory at once while one is written.
        format.set_datapack_size = Some("8 MiB".parse().map_err(RepositoryError::Other)?);
        Engine::new(&RepositoryOptions::default().no_cache(true), &backends(folder)?)
            .and_then(|engine| engine.init(&Credentials::password(password), &KeyOptions::default(), &format))
            .map_err(|err| failed(&err))?;
        Ok(())
    }

    /// Opens it for a purpose; `who` is what others are told who find it in use.
    pub fn open(folder: &Path, password: &str, watcher: Arc<dyn Watcher>, purpose: Purpose, who: &str) -> Result<Self> {
        if !folder.join("config").is_file() {
            // What has keys and data is a repository that lost its configuration.
            let lost = ["keys", "data", "snapshots"].iter().all(|part| folder.join(part).is_dir());
            return Err(if lost { RepositoryError::Damaged(Fault::NoConfig) } else { RepositoryError::NotFound(folder.to_owned()) });
        }
        quiet_about_broken_channels();
        let bars = Bars { watcher, expected: Arc::default() };
        let backends = backends(folder)?;
        let engine = unlock_by_any(&backends, &bars, &Credentials::password(password))?;
        let _hold = Hold::take(folder, purpose, who)?;
        Ok(Self { folder: folder.to_owned(), engine, backends, bars, _hold })
    }

    /// Whether it could be opened for this purpose now, but for the password; changes nothing.
    pub fn could_be_opened(folder: &Path, purpose: Purpose, who: &str) -> Result<()> {
        if folder.join("config").is_file() { Hold::could(folder, purpose, who) } else { Ok(()) }
    }

    /// The folder it lies in.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Saves all entries as one snapshot, or none. Named apart are files of a folder that were removed while it was read:
    /// those who work go on working.
    ///
    /// restic restores a file whose recorded size is 0 as an empty one, and a pipe's size is known only at its end. So a pipe
    /// is saved as a folder of parts, which are one file to whoever asks here; who has only restic puts them together by name.
    pub fn save(&self, entries: Vec<Entry>, occasion: &Occasion<'_>) -> Result<(Snapshot, Vec<String>)> {
        let pieces = pieces(entries)?;
        let snapshot = occasion.begin()?;
        *self.bars.expected.lock().unwrap_or_else(PoisonError::into_inner) = expected(&pieces);
        // Another database's snapshot has other attachments: against it every file would be read again.
        let database = told(&snapshot).database().map(str::to_owned);
        let alike = |old: &SnapshotFile| old.hostname == snapshot.hostname && told(old).database() == database.as_deref();
        let parent = self.all()?.into_iter().flatten().rfind(alike);
        let parents = parent.iter().map(|old| old.id.to_hex().to_string()).collect::<Vec<_>>();
        let choice = ParentOptions::default().group_by(SnapshotGroupCriterion::new()).force(parents.is_empty()).parents(parents);
        let options = BackupOptions::default().no_scan(true).parent_opts(choice);

        let paths: Vec<PathBuf> = pieces.iter().map(|(path, _)| path.clone()).collect();
        let ledger = Arc::new(Ledger::stopped_by(occasion.stop));
        let source = Source::new(pieces, snapshot.time.timestamp(), Arc::clone(&ledger));
        let index = self.index()?;
        let saved = index.archive(&options, &source, snapshot, &paths).map_err(|err| failed(&err));
        let processed = |saved: &SnapshotFile| saved.summary.as_ref().map_or(0, |sum| sum.total_files_processed);
        let fault = ledger.take_fault().map(RepositoryError::Io);
        let lost = "the engine left out a file".to_owned();
        match (saved, fault) {
            (Ok(saved), None) if processed(&saved) == ledger.given.load(Ordering::Relaxed) => Ok((told(&saved), ledger.vanished())),
            (Ok(saved), fault) => {
                self.engine.delete_snapshots(&[saved.id]).map_err(|err| failed(&err))?;
                Err(fault.unwrap_or(RepositoryError::Other(lost)))
            }
            (Err(err), fault) => Err(fault.unwrap_or(err)),
        }
    }

    /// The snapshots that can be read, oldest first; one that is damaged is no obstacle.
    pub fn list(&self) -> Result<Vec<Snapshot>> {
        Ok(self.all()?.iter().flatten().map(told).collect())
    }

    /// The ids of the snapshots that cannot be read.
    pub fn unreadable(&self) -> Result<Vec<String>> {
        Ok(self.all()?.into_iter().filter_map(std::result::Result::err).collect())
    }

    /// Finds one by its id or the beginning of it; another that is damaged is no obstacle.
    pub fn find(&self, id: &str) -> Result<Snapshot> {
        let none = || RepositoryError::NoSuchSnapshot(id.to_owned());
        let (readable, damaged): (Vec<_>, Vec<_>) = self.all()?.into_iter().partition(std::result::Result::is_ok);
        let mut readable: Vec<_> = readable.into_iter().flatten().collect();
        let wanted = id.to_ascii_lowercase();
        readable.retain(|found| !id.is_empty() && found.id.to_hex().starts_with(&wanted));
        match readable.as_slice() {
            [] => {
                let mut named = damaged.into_iter().filter_map(std::result::Result::err);
                let named = named.find(|damaged| !id.is_empty() && damaged.starts_with(&wanted));
                Err(named.map_or_else(none, |id| RepositoryError::Damaged(Fault::Snapshot(id))))
            }
            [one] => Ok(told(one)),
            many => Err(RepositoryError::Ambiguous(id.to_owned(), many.len())),
        }
    }

    /// All files of a snapshot with their sizes, by path.
    pub fn files(&self, snapshot: &Snapshot) -> Result<Vec<(String, u64)>> {
        let index = self.index()?;
        let root = find_node(&index, self.load(&snapshot.id)?.tree, "")?;
        let mut files: Vec<(String, u64)> = Vec::new();
        for item in index.ls(&root, &LsOptions::default().recursive(true)).map_err(|err| damaged(&err, Fault::Trees))? {
            let (path, node) = item.map_err(|err| damaged(&err, Fault::Trees))?;
            if node.is_file() {
                let whole = path.parent().filter(|_| is_part(&node)).unwrap_or(&path).to_string_lossy().into_owned();
                match files.last_mut() {
                    Some((last, size)) if *last == whole => *size += node.meta.size,
                    _ => files.push((whole, node.meta.size)),
                }
            }
        }
        Ok(files)
    }

    /// How large one file of a snapshot is.
    pub fn size(&self, snapshot: &Snapshot, path: &str) -> Result<u64> {
        let index = self.index()?;
        Ok(find_file(&index, self.load(&snapshot.id)?.tree, path)?.meta.size)
    }

    /// Writes one file of a snapshot to `out`.
    pub fn read(&self, snapshot: &Snapshot, path: &str, out: &mut dyn Write) -> Result<u64> {
        let index = self.index()?;
        let node = find_file(&index, self.load(&snapshot.id)?.tree, path)?;
        self.bars.watcher.start(Job::Reading, Some(node.meta.size), true);
        let read = self.pour(&index, &node, path, out);
        self.bars.watcher.finish();
        read
    }

    /// Where the first piece begins in which a file is not what was saved under this path: each is read again and compared
    /// with the SHA-256 it was saved under. None where the file is what was saved, no more and no less; an error within where
    /// it cannot be read.
    pub fn first_difference(&self, snapshot: &Snapshot, path: &str, file: &Path) -> Result<std::io::Result<Option<u64>>> {
        let index = self.index()?;
        let node = find_file(&index, self.load(&snapshot.id)?.tree, path)?;
        let mut pieces = Vec::new();
        let mut end = 0;
        for id in node.content.iter().flatten() {
            let piece = index.get_index_entry(id).map_err(|err| damaged(&err, Fault::File(path.to_owned())))?;
            pieces.push((end, piece.data_length() as usize, id.to_hex()));
            end += u64::from(piece.data_length());
        }
        Ok(differs_from(file, &pieces, end))
    }

    /// Writes what the folder `path` of a snapshot holds into `to`. Files that are there already are
    /// an error, and no link is followed below `to`. Returns the bytes, and the files that are damaged: those are left
    /// out, and the others come all the same.
    pub fn restore_folder(&self, snapshot: &Snapshot, path: &str, to: &Path) -> Result<(u64, Vec<Fault>)> {
        let index = self.index()?;
        let folder = find_node(&index, self.load(&snapshot.id)?.tree, path)?;
        if !folder.is_dir() {
            return Err(RepositoryError::NoSuchFile(path.to_owned()));
        }
        fs::create_dir_all(to).map_err(about(to))?;
        self.bars.watcher.start(Job::Restoring, None, true);
        let restored = self.restore_into(&index, &folder, to);
        self.bars.watcher.finish();
        restored
    }

    fn restore_into(&self, index: &Engine<IndexedFullStatus>, folder: &Node, to: &Path) -> Result<(u64, Vec<Fault>)> {
        let mut folders = Vec::new();
        let (hand_out, jobs) = mpsc::sync_channel::<(PathBuf, Node)>(WAITING);
        let jobs = Arc::new(Mutex::new(jobs));
        // After one gave up, what is handed out is thrown away.
        let stop = AtomicBool::new(false);
        // A file of several pieces is read by as many threads as the machine has already: one such at a time.
        let large = Mutex::new(());
        let work = |jobs: Arc<Mutex<mpsc::Receiver<(PathBuf, Node)>>>| -> Result<(u64, Vec<Fault>)> {
            let (mut bytes, mut faults, mut gave_up) = (0, Vec::new(), None);
            let next = || jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
            while let Ok((path, node)) = next() {
                if stop.load(Ordering::Relaxed) {
                    continue;
                }
                let several = node.content.as_ref().is_some_and(|pieces| pieces.len() > 1);
                let _alone = several.then(|| large.lock().unwrap_or_else(PoisonError::into_inner));
                match self.restore_file(index, &node, &path, &to.join(&path)) {
                    Ok(read) => bytes += read,
                    Err(RepositoryError::Damaged(_)) => faults.push(Fault::File(path.display().to_string())),
                    Err(other) => {
                        stop.store(true, Ordering::Relaxed);
                        gave_up = Some(other);
                    }
                }
            }
            gave_up.map_or(Ok((bytes, faults)), Err)
        };
        let (handed, worked) = std::thread::scope(|scope| {
            let workers = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
            let work = &work;
            let spawn = |_| {
                let jobs = Arc::clone(&jobs);
                scope.spawn(move || work(jobs))
            };
            let workers: Vec<_> = (0..workers).map(spawn).collect();
            // Theirs alone now: when all of them fell over, nobody waits for them.
            drop(jobs);
            let handed = self.hand_out(index, folder, to, &mut folders, hand_out);
            (handed, workers.into_iter().map(ended).collect::<Result<Vec<_>>>())
        });
        let worked = worked?;
        handed?;
        let bytes = worked.iter().map(|(bytes, _)| bytes).sum();
        let mut faults: Vec<_> = worked.into_iter().flat_map(|(_, faults)| faults).collect();
        faults.sort_by_cached_key(|fault| format!("{fault:?}"));
        // Last and innermost first: a folder's time changes with what is put in it, and it may be read-only.
        for (target, node) in folders.iter().rev() {
            fs::File::open(target).and_then(|opened| dress(&opened, node)).map_err(about(target))?;
        }
        Ok((bytes, faults))
    }

    /// Makes the folders and links of a snapshot's folder, and hands its files to whoever restores them.
    fn hand_out(
        &self,
        index: &Engine<IndexedFullStatus>,
        folder: &Node,
        to: &Path,
        folders: &mut Vec<(PathBuf, Node)>,
        files: mpsc::SyncSender<(PathBuf, Node)>,
    ) -> Result<()> {
        for item in index.ls(folder, &LsOptions::default().recursive(true)).map_err(|err| damaged(&err, Fault::Trees))? {
            let (path, node) = item.map_err(|err| damaged(&err, Fault::Trees))?;
            if !path.components().all(|part| matches!(part, Component::Normal(_))) {
                return Err(RepositoryError::Damaged(Fault::Name(path.display().to_string())));
            }
            let target = to.join(&path);
            match node.node_type {
                NodeType::Dir => {
                    make_folder(&target).map_err(about(&target))?;
                    folders.push((target, node));
                }
                NodeType::File => match files.send((path, node)) {
                    Ok(()) => {}
                    // Everybody fell over, which is told by who did.
                    Err(_) => return Ok(()),
                },
                NodeType::Symlink { .. } => {
                    std::os::unix::fs::symlink(node.node_type.to_link(), &target).map_err(about(&target))?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// A file has its name when it is whole.
    fn restore_file(&self, index: &Engine<IndexedFullStatus>, node: &Node, path: &Path, target: &Path) -> Result<u64> {
        let part = PathBuf::from(format!("{}.swj-part", target.display()));
        let mut file = OpenOptions::new().write(true).create_new(true).open(&part).map_err(about(&part))?;
        let read = self.pour(index, node, &path.to_string_lossy(), &mut file).inspect_err(|_| drop(fs::remove_file(&part)))?;
        dress(&file, node).and_then(|()| fs::rename(&part, target)).map_err(about(target))?;
        Ok(read)
    }

    fn pour(&self, index: &Engine<IndexedFullStatus>, node: &Node, path: &str, out: &mut dyn Write) -> Result<u64> {
        let mut pour = Pour { out, watcher: &*self.bars.watcher, written: 0, failed: None };
        let dumped = index.dump(node, &mut pour);
        if let Some(err) = pour.failed {
            return Err(RepositoryError::Io(err));
        }
        dumped.map_err(|err| damaged(&err, Fault::File(path.to_owned())))?;
        if pour.written != node.meta.size {
            return Err(RepositoryError::Damaged(Fault::File(path.to_owned())));
        }
        Ok(pour.written)
    }

    /// Names what is damaged; with `read_data` every byte is read and compared with its hash.
    pub fn check(&self, read_data: bool) -> Result<Vec<Fault>> {
        let snapshots = self.all()?;
        let mut faults: Vec<Fault> = snapshots.iter().filter_map(|found| found.as_ref().err().cloned().map(Fault::Snapshot)).collect();
        let trees = snapshots.into_iter().flatten().map(|found| found.tree).collect();
        let options = CheckOptions::default().read_data(read_data);
        match self.engine.check_with_trees(options, trees) {
            // The engine keeps the names of its levels and findings to itself.
            Ok(found) => {
                let severe = found.0.iter().filter(|(level, _)| format!("{level:?}") == "Error");
                faults.extend(severe.map(|(_, fault)| named(&fault.to_string())));
            }
            Err(err) => match self.damaged_indexes()?.as_slice() {
                [] => faults.push(Fault::Other(text(&err))),
                some => faults.extend(some.iter().map(|id| Fault::Index(id.to_hex().to_string()))),
            },
        }
        // Where a list of files cannot be read the engine reads no pack, and names none.
        if read_data && faults.iter().any(|fault| matches!(fault, Fault::Trees | Fault::Other(_))) {
            faults.extend(self.harmed(true)?.faults);
        }
        let mut seen = Vec::new();
        faults.retain(|fault| {
            !seen.contains(fault) && {
                seen.push(fault.clone());
                true
            }
        });
        Ok(faults)
    }

    /// The engine gives its index up only with itself, so each job unlocks one of its own.
    fn index(&self) -> Result<Engine<IndexedFullStatus>> {
        let key = Credentials::Masterkey(self.engine.key());
        let refused = match unlock(&self.backends, &self.bars, &key)?.to_indexed() {
            Ok(index) => return Ok(index),
            Err(error) => other(&error),
        };
        // A damaged index hides what it lists, and nothing else.
        let damaged_ids = self.damaged_indexes()?;
        let Some(first) = damaged_ids.first() else { return Err(refused) };
        let refused = RepositoryError::Damaged(Fault::Index(first.to_hex().to_string()));
        let rest = without(&self.backends, damaged_ids.into_iter().map(|id| (FileType::Index, *id)).collect());
        unlock(&rest, &self.bars, &key)?.to_indexed().map_err(|_| refused)
    }

    fn damaged_indexes(&self) -> Result<Vec<IndexId>> {
        let ids = self.engine.list::<IndexId>().map_err(|err| other(&err))?;
        Ok(ids.filter(|id| self.engine.get_file::<IndexFile>(id).is_err()).collect())
    }

    fn load(&self, id: &str) -> Result<SnapshotFile> {
        let none = || RepositoryError::NoSuchSnapshot(id.to_owned());
        let parsed: SnapshotId = id.parse::<rustic_core::Id>().map_err(|_| none())?.into();
        self.engine.get_file(&parsed).map_err(|err| damaged(&err, Fault::Snapshot(id.to_owned())))
    }

    /// The snapshots, oldest first; one that cannot be read is its id.
    fn all(&self) -> Result<Vec<std::result::Result<SnapshotFile, String>>> {
        let ids = self.engine.list::<SnapshotId>().map_err(|err| other(&err))?;
        let mut all: Vec<_> = ids
            .map(|id| {
                let file = self.engine.get_file::<SnapshotFile>(&id);
                file.map(|file| SnapshotFile { id, ..file }).map_err(|_| id.to_hex().to_string())
            })
            .collect();
        // Within one moment of the clock the number of the run tells which came first.
        all.sort_by_key(|found| found.as_ref().ok().map(|file| (file.time.timestamp(), told(file).order().0, file.id)));
        Ok(all)
    }
}

/// Threads of the engine that hand on trees fall over when who listened stopped at damage. That damage is told by who
/// stopped; a second voice with a line of source code in it helps nobody.
fn quiet_about_broken_channels() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        let loud = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            let engines = panic.location().is_some_and(|place| place.file().contains("rustic_core"));
            let channel = panic.payload_as_str().is_some_and(|words| words.contains("SendError"));
            if !(engines && channel) {
                loud(panic);
            }
        }));
    });
}

/// A local folder, whatever its name looks like.
fn backends(folder: &Path) -> Result<RepositoryBackends> {
    let name = folder.to_str().ok_or_else(|| RepositoryError::Other(format!("{} is not a name in UTF-8", folder.display())))?;
    let local = LocalBackend::new(name, []).map_err(|err| failed(&err))?;
    Ok(RepositoryBackends::new(Arc::new(local), None))
}

/// Opens it by any of its keys; one that is damaged is no obstacle to the others, which the engine, who gives up at it,
/// is shown one by one.
fn unlock_by_any(backends: &RepositoryBackends, bars: &Bars, key: &Credentials) -> Result<Engine<OpenStatus>> {
    let refused = match unlock(backends, bars, key) {
        Err(refused @ (RepositoryError::Damaged(_) | RepositoryError::WrongPassword)) => refused,
        other => return other,
    };
    let keys = backends.repository().list(FileType::Key).map_err(|err| other(&err))?;
    for one in keys.iter().filter(|_| matches!(refused, RepositoryError::Damaged(_))) {
        let others = keys.iter().filter(|other| *other != one).map(|other| (FileType::Key, *other)).collect();
        if let Ok(engine) = unlock(&without(backends, others), bars, key) {
            return unlock(backends, bars, &Credentials::Masterkey(engine.key()));
        }
    }
    // A key is named by the hash of what it holds: one that is not what it was may be the one this password is for.
    let changed = |id: &&Id| {
        !backends.repository().read_full(FileType::Key, id).is_ok_and(|held| hex(&Sha256::digest(&held)) == id.to_hex().as_str())
    };
    match (keys.iter().find(changed), refused) {
        _ if keys.is_empty() => Err(RepositoryError::Damaged(Fault::NoKey)),
        (Some(key), _) => Err(RepositoryError::Damaged(Fault::Key(key.to_hex().to_string()))),
        (None, refused) => Err(refused),
    }
}

fn unlock(backends: &RepositoryBackends, bars: &Bars, key: &Credentials) -> Result<Engine<OpenStatus>> {
    Engine::new_with_progress(&RepositoryOptions::default().no_cache(true), backends, bars.clone())
        .and_then(|engine| engine.open(key))
        .map_err(|err| if err.is_incorrect_password() { RepositoryError::WrongPassword } else { damaged(&err, Fault::Config) })
}

fn pieces(entries: Vec<Entry>) -> Result<Vec<(PathBuf, Piece)>> {
    let mut paths: Vec<PathBuf> = entries.iter().map(|entry| PathBuf::from(&entry.path)).collect();
    paths.sort();
    let plain = |path: &PathBuf| path.components().all(|part| matches!(part, Component::Normal(_))) && path.file_name().is_some();
    if paths.is_empty() || !paths.iter().all(plain) || paths.windows(2).any(|two| two[1].starts_with(&two[0])) {
        return Err(RepositoryError::Other("the entries of a snapshot need plain names, one each".to_owned()));
    }
    let piece = |content| match content {
        Content::File(path) | Content::Folder(path) => Piece::Named(path),
        Content::Bytes(bytes) => Piece::Bytes(bytes),
        Content::Pipe(pipe, about) => Piece::Pipe(pipe, about),
        Content::Later(make) => Piece::Later(make),
        Content::FileLater(make, about) => Piece::FileLater(make, about),
    };
    Ok(entries.into_iter().map(|entry| (Path::new("/").join(entry.path), piece(entry.content))).collect())
}

/// The sum of sizes for the bar; unknown where something cannot be looked at.
fn expected(pieces: &[(PathBuf, Piece)]) -> Option<u64> {
    fn size(path: &Path) -> Option<u64> {
        let meta = fs::symlink_metadata(path).ok()?;
        if !meta.is_dir() {
            return Some(if meta.is_file() { meta.len() } else { 0 });
        }
        fs::read_dir(path).ok()?.map(|item| size(&item.ok()?.path())).sum()
    }
    let of = |piece: &Piece| match piece {
        Piece::Named(path) | Piece::Found(path) => size(&fs::canonicalize(path).ok()?),
        Piece::Bytes(bytes) => Some(bytes.len() as u64),
        Piece::Later(_) | Piece::Rest(..) => Some(0),
        Piece::FileLater(_, about) | Piece::Pipe(_, about) => Some(*about),
    };
    pieces.iter().map(|(_, piece)| of(piece)).sum()
}

fn find_node(index: &Engine<IndexedFullStatus>, root: TreeId, path: &str) -> Result<Node> {
    let none = || RepositoryError::NoSuchFile(path.to_owned());
    let mut node = Node { node_type: NodeType::Dir, subtree: Some(root), ..Node::default() };
    for part in Path::new(path).components().filter(|part| !matches!(part, Component::RootDir)) {
        let tree = index.get_tree(&node.subtree.ok_or_else(none)?).map_err(|err| damaged(&err, Fault::Trees))?;
        node = tree.nodes.into_iter().find(|node| node.name() == part.as_os_str()).ok_or_else(none)?;
    }
    Ok(node)
}

/// A file, also one that was saved in parts.
fn find_file(index: &Engine<IndexedFullStatus>, root: TreeId, path: &str) -> Result<Node> {
    let node = find_node(index, root, path)?;
    if node.is_file() {
        return Ok(node);
    }
    let none = || RepositoryError::NoSuchFile(path.to_owned());
    let parts = index.get_tree(&node.subtree.ok_or_else(none)?).map_err(|err| damaged(&err, Fault::Trees))?.nodes;
    if parts.is_empty() || !parts.iter().all(is_part) {
        return Err(none());
    }
    let mut whole = Node { node_type: NodeType::File, subtree: None, ..node };
    whole.meta.size = parts.iter().map(|part| part.meta.size).sum();
    whole.content = Some(parts.into_iter().filter_map(|part| part.content).flatten().collect());
    Ok(whole)
}

fn told(file: &SnapshotFile) -> Snapshot {
    let id = file.id.to_hex().to_string();
    let sum = file.summary.as_ref();
    Snapshot {
        short_id: id.chars().take(8).collect(),
        id,
        time: file.time.timestamp(),
        host: file.hostname.clone(),
        label: file.label.clone(),
        tags: file.tags.iter().cloned().collect(),
        files: sum.map_or(0, |sum| sum.total_files_processed),
        new_files: sum.map_or(0, |sum| sum.files_new),
        changed_files: sum.map_or(0, |sum| sum.files_changed),
        bytes: sum.map_or(0, |sum| sum.total_bytes_processed),
        added_bytes: sum.map_or(0, |sum| sum.data_added_packed),
    }
}

/// Where the first of these pieces begins, each with its length and SHA-256, that a file of `end` bytes does not hold.
fn differs_from(file: &Path, pieces: &[(u64, usize, HexId)], end: u64) -> std::io::Result<Option<u64>> {
    let held = fs::File::open(file)?;
    // What was written a moment ago is to come from the disk, as far as the system lets go of it.
    let _ = rustix::fs::fadvise(&held, 0, None, rustix::fs::Advice::DontNeed);
    let next = AtomicUsize::new(0);
    let compare = || -> std::io::Result<Option<u64>> {
        let mut bytes = Vec::new();
        while let Some((at, length, id)) = pieces.get(next.fetch_add(1, Ordering::Relaxed)) {
            bytes.resize(*length, 0);
            match held.read_exact_at(&mut bytes, *at) {
                Ok(()) if hex(&Sha256::digest(&bytes)) == id.as_str() => {}
                Err(err) if err.kind() != std::io::ErrorKind::UnexpectedEof => return Err(err),
                _ => return Ok(Some(*at)),
            }
        }
        Ok(None)
    };
    let found = std::thread::scope(|scope| {
        let workers = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let workers: Vec<_> = (0..workers).map(|_| scope.spawn(compare)).collect();
        workers.into_iter().map(ended).collect::<std::io::Result<Vec<_>>>()
    });
    let longer = held.metadata()?.len() > end;
    Ok(found?.into_iter().flatten().min().or(longer.then_some(end)))
}

fn make_folder(path: &Path) -> std::io::Result<()> {
    match fs::create_dir(path) {
        Err(err) if err.kind() == std::io::ErrorKind::AlreadyExists && fs::symlink_metadata(path)?.is_dir() => Ok(()),
        made => made,
    }
}

/// Time, owner and mode as they were. Only the superuser gives files away; anybody else's stay his own.
fn dress(file: &fs::File, node: &Node) -> std::io::Result<()> {
    let _ = std::os::unix::fs::fchown(file, node.meta.uid, node.meta.gid);
    if let Some(mtime) = node.meta.mtime {
        file.set_modified(mtime.into())?;
    }
    node.meta.mode.map_or(Ok(()), |mode| file.set_permissions(fs::Permissions::from_mode(mode & 0o777)))
}

fn about(path: &Path) -> impl FnOnce(std::io::Error) -> RepositoryError {
    move |err| std::io::Error::new(err.kind(), format!("{}: {err}", path.display())).into()
}

/// Counts what is written on and remembers why it could not be.
struct Pour<'a> {
    out: &'a mut dyn Write,
    watcher: &'a dyn Watcher,
    written: u64,
    failed: Option<std::io::Error>,
}

impl Write for Pour<'_> {
    fn write(&mut self, buf: &[u8]) -> std::io::Result<usize> {
        if let Err(err) = self.out.write_all(buf) {
            let kind = err.kind();
            self.failed = Some(err);
            return Err(kind.into());
        }
        self.written += buf.len() as u64;
        self.watcher.advance(buf.len() as u64);
        Ok(buf.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.out.flush()
    }
}

/// The engine's progress, of which only the long parts are passed on.
#[derive(Clone, Debug)]
struct Bars {
    watcher: Arc<dyn Watcher>,
    /// How much the save about to begin will look at.
    expected: Arc<Mutex<Option<u64>>>,
}

impl ProgressBars for Bars {
    fn progress(&self, kind: ProgressType, prefix: &str) -> Progress {
        let bytes = matches!(kind, ProgressType::Bytes);
        if !bytes && !prefix.starts_with("checking") {
            return Progress::hidden();
        }
        let job = match prefix.split(' ').next().unwrap_or_default().trim_end_matches('.') {
            "backing" => Job::Saving,
            "repacking" => Job::Repacking,
            "restoring" => Job::Restoring,
            _ => Job::Checking,
        };
        let total = self.expected.lock().unwrap_or_else(PoisonError::into_inner).take();
        Progress::new(Bar { watcher: Arc::clone(&self.watcher), job, bytes, total, started: AtomicBool::new(false) })
    }
}

#[derive(Debug)]
struct Bar {
    watcher: Arc<dyn Watcher>,
    job: Job,
    bytes: bool,
    total: Option<u64>,
    started: AtomicBool,
}

impl Bar {
    /// Starts late, for the engine names the total only after it made the bar.
    fn start(&self, total: Option<u64>) {
        if !self.started.swap(true, Ordering::Relaxed) {
            self.watcher.start(self.job, total, self.bytes);
        }
    }
}

impl RusticProgress for Bar {
    fn is_hidden(&self) -> bool {
        false
    }
    fn set_length(&self, len: u64) {
        self.start(Some(len));
    }
    fn set_title(&self, _: &str) {}
    fn inc(&self, n: u64) {
        self.start(self.total);
        self.watcher.advance(n);
    }
    fn finish(&self) {
        if self.started.swap(false, Ordering::Relaxed) {
            self.watcher.finish();
        }
    }
}

/// One line of what the engine has to say; its other errors, told within, have pages.
fn text(err: &RusticError) -> String {
    let said = err.display_log();
    let what = said.split_once(" (kind: related to ").map_or(said.as_str(), |(what, _)| what);
    let what = what.trim_start_matches("Error: ").trim_end_matches('.');
    let cause = system_error(err).map(|cause| format!(": {cause}")).unwrap_or_default();
    format!("{what}{cause}").split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The error of the system underneath, if there is one.
fn system_error(err: &RusticError) -> Option<&std::io::Error> {
    let mut source = std::error::Error::source(err);
    while let Some(inner) = source {
        if let Some(io) = inner.downcast_ref::<std::io::Error>() {
            return Some(io);
        }
        source = inner.source();
    }
    None
}

/// What could not be read, unless it was the system that refused: what may not be read is not damaged.
fn damaged(err: &RusticError, fault: Fault) -> RepositoryError {
    use std::io::ErrorKind::{PermissionDenied, ReadOnlyFilesystem, StorageFull};
    match system_error(err) {
        Some(io) if [PermissionDenied, ReadOnlyFilesystem, StorageFull].contains(&io.kind()) => RepositoryError::Io(io.kind().into()),
        _ => RepositoryError::Damaged(fault),
    }
}

/// As [`damaged`], where only the engine can say what.
fn other(err: &RusticError) -> RepositoryError {
    damaged(err, Fault::Other(text(err)))
}

/// An error of the system underneath, such as a full disk, keeps its kind.
fn failed(err: &RusticError) -> RepositoryError {
    match system_error(err) {
        Some(io) => RepositoryError::Io(std::io::Error::new(io.kind(), text(err))),
        None => RepositoryError::Other(text(err)),
    }
}

/// Says plainly what a finding of the engine means. Its words are the only thing it shows of one.
fn named(finding: &str) -> Fault {
    let (_, after) = finding.split_once("pack ").unwrap_or_default();
    let pack = after.split(|c: char| !c.is_ascii_hexdigit()).next().unwrap_or_default().to_owned();
    if finding.contains("but not present") {
        Fault::PackMissing(pack)
    } else if finding.contains("actual size") {
        Fault::PackSize(pack)
    } else if finding.starts_with("error checking trees") {
        Fault::Trees
    } else if finding.starts_with("file ") || finding.trim_start_matches('"').starts_with("dir ") {
        let name = finding.trim_start_matches('"').split('"').nth(1);
        Fault::File(name.unwrap_or(finding).to_owned())
    } else if pack.is_empty() {
        Fault::Other(finding.lines().next().unwrap_or(finding).to_owned())
    } else {
        Fault::Pack(pack)
    }
}

mod hold;
mod repair;
mod upkeep;
mod without;

use hold::Hold;
pub use hold::Purpose;
pub use repair::{Harmed, Repairs};
use without::without;

pub use upkeep::{Copied, Fate, Freed, Judged, Keep, Key};

#[cfg(test)]
mod tests;
