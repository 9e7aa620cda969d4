//! The repository that backups live in: restic's format, through `rustic_core`, and only here.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Component, Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use rustic_backend::local::LocalBackend;
use rustic_core::repofile::{Node, NodeType, SnapshotFile, SnapshotId};
use rustic_core::{
    BackupOptions, CheckOptions, ConfigOptions, Credentials, IndexedFullStatus, KeyOptions, LsOptions, OpenStatus, ParentOptions, Progress,
    ProgressBars, ProgressType, RepositoryBackends, RepositoryOptions, RusticError, RusticProgress, SnapshotGroupCriterion,
    SnapshotOptions, TreeId,
};

use super::source::{Ledger, Piece, Source};

/// Marks what a pipe left behind before the snapshot it belongs to is complete; never listed.
const UNFINISHED: &str = "unfinished";

type Engine<S> = rustic_core::Repository<S>;
type Result<T> = std::result::Result<T, RepositoryError>;

#[derive(Debug)]
pub enum RepositoryError {
    NotFound(PathBuf),
    AlreadyExists(PathBuf),
    WrongPassword,
    NoSuchSnapshot(String),
    NoSuchFile(String),
    Damaged(String),
    Io(std::io::Error),
    Other(String),
}

impl std::fmt::Display for RepositoryError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NotFound(folder) => write!(f, "{} is not a backup repository", folder.display()),
            Self::AlreadyExists(folder) => write!(f, "{} already holds a backup repository", folder.display()),
            Self::WrongPassword => f.write_str("the password does not open the repository"),
            Self::NoSuchSnapshot(id) => write!(f, "no snapshot has the id `{id}`"),
            Self::NoSuchFile(path) => write!(f, "the snapshot holds no `{path}`"),
            Self::Damaged(what) => write!(f, "the repository is damaged: {what}"),
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
    Pipe(Box<dyn std::io::Read + Send>),
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
    /// What was looked at.
    pub bytes: u64,
    /// What the repository grew by, compressed.
    pub added_bytes: u64,
}

/// Hears how far a long job is.
pub trait Watcher: Send + Sync + std::fmt::Debug {
    fn start(&self, what: &str, total: Option<u64>, bytes: bool);
    fn advance(&self, n: u64);
    fn finish(&self);
}

#[derive(Debug)]
#[cfg(test)]
pub struct Silent;

#[cfg(test)]
impl Watcher for Silent {
    fn start(&self, _: &str, _: Option<u64>, _: bool) {}
    fn advance(&self, _: u64) {}
    fn finish(&self) {}
}

#[derive(Debug)]
pub struct Repository {
    engine: Engine<OpenStatus>,
    backends: RepositoryBackends,
    bars: Bars,
}

impl Repository {
    /// Makes an empty repository in `folder`, which may not hold anything yet.
    pub fn init(folder: &Path, password: &str) -> Result<()> {
        if folder.join("config").exists() {
            return Err(RepositoryError::AlreadyExists(folder.to_owned()));
        }
        if folder.exists() && fs::read_dir(folder)?.next().is_some() {
            return Err(RepositoryError::Other(format!("{} is not empty", folder.display())));
        }
        let format = ConfigOptions::default().set_version(2u32).set_compression(3);
        Engine::new(&RepositoryOptions::default().no_cache(true), &backends(folder)?)
            .and_then(|engine| engine.init(&Credentials::password(password), &KeyOptions::default(), &format))
            .map_err(|err| failed(&err))?;
        Ok(())
    }

    pub fn open(folder: &Path, password: &str, watcher: Arc<dyn Watcher>) -> Result<Self> {
        if !folder.join("config").is_file() {
            return Err(RepositoryError::NotFound(folder.to_owned()));
        }
        let bars = Bars { watcher, expected: Arc::default() };
        let backends = backends(folder)?;
        let engine = unlock(&backends, &bars, &Credentials::password(password))?;
        Ok(Self { engine, backends, bars })
    }

    /// Saves all entries as one snapshot, or none.
    pub fn save(&self, entries: Vec<Entry>, label: &str, host: &str, time: Timestamp, tags: &[&str]) -> Result<Snapshot> {
        let mut form = SnapshotOptions::default().host(host.to_owned()).label(label.to_owned()).command(String::new());
        form = form.time(time.to_zoned(TimeZone::UTC));
        let saved = self.save_pieces(pieces(entries)?, &form, tags);
        self.sweep(host);
        saved
    }

    /// restic restores a file whose recorded size is 0 as an empty one, and a pipe's size is known
    /// only at its end. So a pipe is saved on its own first, without naming it in a snapshot that is
    /// listed, and then goes into the real one by being read back, which also proves it readable.
    fn save_pieces(&self, pieces: Vec<(PathBuf, Piece)>, form: &SnapshotOptions, tags: &[&str]) -> Result<Snapshot> {
        let mut known = Vec::new();
        let mut added = 0;
        for (path, piece) in pieces {
            if !matches!(piece, Piece::Pipe(_)) {
                known.push((path, piece));
                continue;
            }
            let (snapshot, size) = self.archive(vec![(path.clone(), piece)], form, &[UNFINISHED])?;
            added += grown(&snapshot);
            let index = Arc::new(self.index()?);
            let mut node = find_node(&index, snapshot.tree, &path.to_string_lossy())?;
            node.meta.size = size;
            known.push((path, Piece::Stored(Box::new(node), index)));
        }
        let (snapshot, _) = self.archive(known, form, tags)?;
        let mut told = told(&snapshot);
        told.added_bytes += added;
        Ok(told)
    }

    fn archive(&self, pieces: Vec<(PathBuf, Piece)>, form: &SnapshotOptions, tags: &[&str]) -> Result<(SnapshotFile, u64)> {
        let mut snapshot = form.to_snapshot().map_err(|err| failed(&err))?;
        tags.iter().for_each(|tag| snapshot.tags.add((*tag).to_owned()));
        snapshot.program_version = concat!("swj ", env!("CARGO_PKG_VERSION")).to_owned();

        *self.bars.expected.lock().unwrap_or_else(PoisonError::into_inner) = expected(&pieces);
        let parent = self.all()?.into_iter().flatten().rfind(|old| old.hostname == snapshot.hostname);
        let parents = parent.iter().map(|old| old.id.to_hex().to_string()).collect::<Vec<_>>();
        let choice = ParentOptions::default().group_by(SnapshotGroupCriterion::new()).force(parents.is_empty()).parents(parents);
        let options = BackupOptions::default().no_scan(true).parent_opts(choice);

        let paths: Vec<PathBuf> = pieces.iter().map(|(path, _)| path.clone()).collect();
        let ledger = Arc::new(Ledger::default());
        let source = Source::new(pieces, snapshot.time.timestamp(), Arc::clone(&ledger));
        let index = self.index()?;
        let saved = index.archive(&options, &source, snapshot, &paths).map_err(|err| failed(&err));
        let processed = |saved: &SnapshotFile| saved.summary.as_ref().map_or(0, |sum| sum.total_files_processed);
        let fault = ledger.take_fault().map(RepositoryError::Io);
        let lost = "the engine left out a file".to_owned();
        match (saved, fault) {
            (Ok(saved), None) if processed(&saved) == ledger.given.load(Ordering::Relaxed) => {
                Ok((saved, ledger.read.load(Ordering::Relaxed)))
            }
            (Ok(saved), fault) => {
                self.engine.delete_snapshots(&[saved.id]).map_err(|err| failed(&err))?;
                Err(fault.unwrap_or(RepositoryError::Other(lost)))
            }
            (Err(err), fault) => Err(fault.unwrap_or(err)),
        }
    }

    /// Forgets what pipes left behind, in this run or in one that was killed. The data stay; failing
    /// to forget costs nothing, for these are never listed.
    fn sweep(&self, host: &str) {
        let old = self.every().into_iter().flatten().flatten();
        let ids: Vec<_> = old.filter(|old| old.hostname == host && unfinished(old)).map(|old| old.id).collect();
        ids.iter().for_each(|id| drop(self.engine.delete_snapshots(&[*id])));
    }

    /// All snapshots, oldest first.
    pub fn list(&self) -> Result<Vec<Snapshot>> {
        self.all()?.iter().map(|found| found.as_ref().map(told).map_err(|what| RepositoryError::Damaged(what.clone()))).collect()
    }

    /// Finds one by its id, the beginning of it, or the word `latest`; another that is damaged is no obstacle.
    pub fn find(&self, id: &str) -> Result<Snapshot> {
        let none = || RepositoryError::NoSuchSnapshot(id.to_owned());
        let mut readable: Vec<_> = self.all()?.into_iter().flatten().collect();
        if id == "latest" {
            return readable.last().map(told).ok_or_else(none);
        }
        let wanted = id.to_ascii_lowercase();
        readable.retain(|found| !id.is_empty() && found.id.to_hex().starts_with(&wanted));
        match readable.as_slice() {
            [] => Err(none()),
            [one] => Ok(told(one)),
            many => Err(RepositoryError::Other(format!("{} snapshots have ids that begin with `{id}`", many.len()))),
        }
    }

    /// All files of a snapshot with their sizes, by path.
    pub fn files(&self, snapshot: &Snapshot) -> Result<Vec<(String, u64)>> {
        let index = self.index()?;
        let root = find_node(&index, self.load(&snapshot.id)?.tree, "")?;
        let mut files = Vec::new();
        for item in index.ls(&root, &LsOptions::default().recursive(true)).map_err(|err| damaged(&err))? {
            let (path, node) = item.map_err(|err| damaged(&err))?;
            if node.is_file() {
                files.push((path.to_string_lossy().into_owned(), node.meta.size));
            }
        }
        Ok(files)
    }

    /// Writes one file of a snapshot to `out`.
    pub fn read(&self, snapshot: &Snapshot, path: &str, out: &mut dyn Write) -> Result<u64> {
        let index = self.index()?;
        let node = find_node(&index, self.load(&snapshot.id)?.tree, path)?;
        if !node.is_file() {
            return Err(RepositoryError::NoSuchFile(path.to_owned()));
        }
        self.bars.watcher.start("reading", Some(node.meta.size), true);
        let read = self.pour(&index, &node, path, out);
        self.bars.watcher.finish();
        read
    }

    /// Writes what the folder `path` of a snapshot holds into `to`. Files that are there already are
    /// an error, and no link is followed below `to`.
    pub fn restore_folder(&self, snapshot: &Snapshot, path: &str, to: &Path) -> Result<u64> {
        let index = self.index()?;
        let folder = find_node(&index, self.load(&snapshot.id)?.tree, path)?;
        if !folder.is_dir() {
            return Err(RepositoryError::NoSuchFile(path.to_owned()));
        }
        fs::create_dir_all(to).map_err(about(to))?;
        self.bars.watcher.start("restoring", None, true);
        let restored = self.restore_into(&index, &folder, to);
        self.bars.watcher.finish();
        restored
    }

    fn restore_into(&self, index: &Engine<IndexedFullStatus>, folder: &Node, to: &Path) -> Result<u64> {
        let mut bytes = 0;
        let mut folders = Vec::new();
        for item in index.ls(folder, &LsOptions::default().recursive(true)).map_err(|err| damaged(&err))? {
            let (path, node) = item.map_err(|err| damaged(&err))?;
            if !path.components().all(|part| matches!(part, Component::Normal(_))) {
                return Err(RepositoryError::Damaged(format!("the name {} leads outside", path.display())));
            }
            let target = to.join(&path);
            match node.node_type {
                NodeType::Dir => {
                    make_folder(&target).map_err(about(&target))?;
                    folders.push((target, node));
                }
                NodeType::File => {
                    let mut file = OpenOptions::new().write(true).create_new(true).open(&target).map_err(about(&target))?;
                    bytes += self.pour(index, &node, &path.to_string_lossy(), &mut file)?;
                    dress(&file, &node).map_err(about(&target))?;
                }
                NodeType::Symlink { .. } => {
                    std::os::unix::fs::symlink(node.node_type.to_link(), &target).map_err(about(&target))?;
                }
                _ => {}
            }
        }
        // Last and innermost first: a folder's time changes with what is put in it, and it may be read-only.
        for (target, node) in folders.iter().rev() {
            fs::File::open(target).and_then(|opened| dress(&opened, node)).map_err(about(target))?;
        }
        Ok(bytes)
    }

    fn pour(&self, index: &Engine<IndexedFullStatus>, node: &Node, path: &str, out: &mut dyn Write) -> Result<u64> {
        let mut pour = Pour { out, watcher: &*self.bars.watcher, written: 0, failed: None };
        let dumped = index.dump(node, &mut pour);
        if let Some(err) = pour.failed {
            return Err(RepositoryError::Io(err));
        }
        dumped.map_err(|err| RepositoryError::Damaged(format!("{path}: {}", text(&err))))?;
        if pour.written != node.meta.size {
            return Err(RepositoryError::Damaged(format!("{path} has {} bytes instead of {}", pour.written, node.meta.size)));
        }
        Ok(pour.written)
    }

    /// Names what is damaged; with `read_data` every byte is read and compared with its hash.
    pub fn check(&self, read_data: bool) -> Result<Vec<String>> {
        let snapshots = self.every()?;
        let mut faults: Vec<String> = snapshots.iter().filter_map(|found| found.as_ref().err().cloned()).collect();
        let trees = snapshots.into_iter().flatten().map(|found| found.tree).collect();
        let options = CheckOptions::default().read_data(read_data);
        match self.engine.check_with_trees(options, trees) {
            // The engine keeps the names of its levels and findings to itself.
            Ok(found) => {
                let severe = found.0.iter().filter(|(level, _)| format!("{level:?}") == "Error");
                faults.extend(severe.map(|(_, fault)| sentence(&fault.to_string())));
            }
            Err(err) => faults.push(format!("The index cannot be read: {}.", text(&err))),
        }
        faults.dedup();
        Ok(faults)
    }

    /// The engine gives its index up only with itself, so each job unlocks one of its own.
    fn index(&self) -> Result<Engine<IndexedFullStatus>> {
        let key = Credentials::Masterkey(self.engine.key());
        unlock(&self.backends, &self.bars, &key)?.to_indexed().map_err(|err| damaged(&err))
    }

    fn load(&self, id: &str) -> Result<SnapshotFile> {
        let none = || RepositoryError::NoSuchSnapshot(id.to_owned());
        let id: SnapshotId = id.parse::<rustic_core::Id>().map_err(|_| none())?.into();
        self.engine.get_file(&id).map_err(|err| damaged(&err))
    }

    /// The listed snapshots, oldest first; one that cannot be read is a sentence.
    fn all(&self) -> Result<Vec<std::result::Result<SnapshotFile, String>>> {
        let mut all = self.every()?;
        all.retain(|found| !found.as_ref().is_ok_and(unfinished));
        Ok(all)
    }

    fn every(&self) -> Result<Vec<std::result::Result<SnapshotFile, String>>> {
        let ids = self.engine.list::<SnapshotId>().map_err(|err| damaged(&err))?;
        let mut every: Vec<_> = ids
            .map(|id| {
                let file = self.engine.get_file::<SnapshotFile>(&id);
                file.map(|file| SnapshotFile { id, ..file }).map_err(|_| format!("Snapshot {} cannot be read.", id.to_hex().as_str()))
            })
            .collect();
        every.sort_by_key(|found| found.as_ref().ok().map(|file| (file.time.timestamp(), file.id)));
        Ok(every)
    }
}

/// A local folder, whatever its name looks like.
fn backends(folder: &Path) -> Result<RepositoryBackends> {
    let name = folder.to_str().ok_or_else(|| RepositoryError::Other(format!("{} is not a name in UTF-8", folder.display())))?;
    let local = LocalBackend::new(name, []).map_err(|err| failed(&err))?;
    Ok(RepositoryBackends::new(Arc::new(local), None))
}

fn unlock(backends: &RepositoryBackends, bars: &Bars, key: &Credentials) -> Result<Engine<OpenStatus>> {
    Engine::new_with_progress(&RepositoryOptions::default().no_cache(true), backends, bars.clone())
        .and_then(|engine| engine.open(key))
        .map_err(|err| if err.is_incorrect_password() { RepositoryError::WrongPassword } else { damaged(&err) })
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
        Content::Pipe(pipe) => Piece::Pipe(pipe),
    };
    Ok(entries.into_iter().map(|entry| (Path::new("/").join(entry.path), piece(entry.content))).collect())
}

/// The sum of sizes for the bar; unknown with a pipe or where something cannot be looked at.
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
        Piece::Stored(node, _) => Some(node.meta.size),
        Piece::Pipe(_) => None,
    };
    pieces.iter().map(|(_, piece)| of(piece)).sum()
}

fn find_node(index: &Engine<IndexedFullStatus>, root: TreeId, path: &str) -> Result<Node> {
    let none = || RepositoryError::NoSuchFile(path.to_owned());
    let mut node = Node { node_type: NodeType::Dir, subtree: Some(root), ..Node::default() };
    for part in Path::new(path).components().filter(|part| !matches!(part, Component::RootDir)) {
        let tree = index.get_tree(&node.subtree.ok_or_else(none)?).map_err(|err| damaged(&err))?;
        node = tree.nodes.into_iter().find(|node| node.name() == part.as_os_str()).ok_or_else(none)?;
    }
    Ok(node)
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
        bytes: sum.map_or(0, |sum| sum.total_bytes_processed),
        added_bytes: grown(file),
    }
}

fn grown(file: &SnapshotFile) -> u64 {
    file.summary.as_ref().map_or(0, |sum| sum.data_added_packed)
}

fn unfinished(file: &SnapshotFile) -> bool {
    file.tags.contains(UNFINISHED)
}

fn make_folder(path: &Path) -> std::io::Result<()> {
    match fs::create_dir(path) {
        Err(err) if err.kind() == std::io::ErrorKind::AlreadyExists && fs::symlink_metadata(path)?.is_dir() => Ok(()),
        made => made,
    }
}

fn dress(file: &fs::File, node: &Node) -> std::io::Result<()> {
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
        let what = if prefix.starts_with("backing up") { "saving" } else { prefix.trim_end_matches('.') }.to_owned();
        let total = self.expected.lock().unwrap_or_else(PoisonError::into_inner).take();
        Progress::new(Bar { watcher: Arc::clone(&self.watcher), what, bytes, total, started: AtomicBool::new(false) })
    }
}

#[derive(Debug)]
struct Bar {
    watcher: Arc<dyn Watcher>,
    what: String,
    bytes: bool,
    total: Option<u64>,
    started: AtomicBool,
}

impl Bar {
    /// Starts late, for the engine names the total only after it made the bar.
    fn start(&self, total: Option<u64>) {
        if !self.started.swap(true, Ordering::Relaxed) {
            self.watcher.start(&self.what, total, self.bytes);
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

/// One line of what the engine has to say.
fn text(err: &RusticError) -> String {
    let said = err.display_log();
    let (what, rest) = said.split_once(" (kind: related to ").unwrap_or((&said, ""));
    let cause = rest.split_once("caused by: ").map(|(_, cause)| format!(": {cause}")).unwrap_or_default();
    let what = what.trim_start_matches("Error: ").trim_end_matches('.');
    format!("{what}{cause}").split_whitespace().collect::<Vec<_>>().join(" ")
}

fn damaged(err: &RusticError) -> RepositoryError {
    RepositoryError::Damaged(text(err))
}

/// An error of the system underneath, such as a full disk, keeps its kind.
fn failed(err: &RusticError) -> RepositoryError {
    let mut source = std::error::Error::source(err);
    while let Some(inner) = source {
        if let Some(io) = inner.downcast_ref::<std::io::Error>() {
            return RepositoryError::Io(std::io::Error::new(io.kind(), text(err)));
        }
        source = inner.source();
    }
    RepositoryError::Other(text(err))
}

/// Says plainly what a finding of the engine means. Its words are the only thing it shows of one.
fn sentence(finding: &str) -> String {
    let (_, after) = finding.split_once("pack ").unwrap_or_default();
    let pack = after.split(|c: char| !c.is_ascii_hexdigit()).next().unwrap_or_default();
    if finding.contains("but not present") {
        format!("Pack {pack} is missing.")
    } else if finding.contains("actual size") {
        format!("Pack {pack} does not have the size it was written with.")
    } else if finding.starts_with("error checking trees") {
        "A list of files cannot be read.".to_owned()
    } else if finding.starts_with("file ") || finding.trim_start_matches('"').starts_with("dir ") {
        format!("Of a snapshot, {}.", finding.trim_matches(['"', ',']))
    } else if pack.is_empty() {
        format!("{}.", finding.lines().next().unwrap_or(finding))
    } else {
        format!("Pack {pack} is damaged.")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    const PASSWORD: &str = "correct horse";

    struct Office {
        folder: tempfile::TempDir,
    }

    impl Office {
        fn new() -> Self {
            let office = Self { folder: tempfile::tempdir().unwrap() };
            Repository::init(&office.at("repo"), PASSWORD).unwrap();
            fs::create_dir_all(office.at("files/2024/图纸")).unwrap();
            fs::write(office.at("files/2024/图纸/总图.dwg"), noise(3_000_000, 5)).unwrap();
            fs::write(office.at("files/2024.txt"), "sorts between a folder and what it holds").unwrap();
            fs::write(office.at("files/empty"), "").unwrap();
            office
        }

        fn at(&self, name: &str) -> PathBuf {
            self.folder.path().join(name)
        }

        fn open(&self) -> Repository {
            Repository::open(&self.at("repo"), PASSWORD, Arc::new(Silent)).unwrap()
        }

        fn save(&self, entries: Vec<Entry>, second: i64) -> Result<Snapshot> {
            self.open().save(entries, "", "office", Timestamp::from_second(second).unwrap(), &[])
        }

        fn folder(&self) -> Entry {
            entry("attachments", Content::Folder(self.at("files")))
        }

        fn packs(&self) -> Vec<PathBuf> {
            let folders = fs::read_dir(self.at("repo/data")).unwrap();
            let mut packs: Vec<_> =
                folders.flat_map(|folder| fs::read_dir(folder.unwrap().path()).unwrap()).map(|pack| pack.unwrap().path()).collect();
            packs.sort_by_key(|pack| fs::metadata(pack).unwrap().len());
            packs
        }

        fn snapshot_files(&self) -> usize {
            fs::read_dir(self.at("repo/snapshots")).unwrap().count()
        }
    }

    fn entry(path: &str, content: Content) -> Entry {
        Entry { path: path.to_owned(), content }
    }

    fn bytes(path: &str, content: &str) -> Entry {
        entry(path, Content::Bytes(content.into()))
    }

    fn noise(len: usize, mut seed: u64) -> Vec<u8> {
        let next = || {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            seed as u8
        };
        std::iter::repeat_with(next).take(len).collect()
    }

    fn read(repository: &Repository, snapshot: &Snapshot, path: &str) -> Vec<u8> {
        let mut out = Vec::new();
        assert_eq!(repository.read(snapshot, path, &mut out).unwrap(), out.len() as u64);
        out
    }

    struct Breaking(std::io::Take<std::io::Repeat>);

    impl Read for Breaking {
        fn read(&mut self, buf: &mut [u8]) -> std::io::Result<usize> {
            match self.0.read(buf)? {
                0 => Err(std::io::Error::other("pg_dump gave up")),
                n => Ok(n),
            }
        }
    }

    #[test]
    fn every_kind_of_content_is_read_back_as_it_was() {
        let office = Office::new();
        fs::write(office.at("config.toml"), "host = 1\n").unwrap();
        let dump = noise(20_000_000, 7);
        let entries = vec![
            office.folder(),
            bytes("manifest.json", "{}"),
            entry("config.toml", Content::File(office.at("config.toml"))),
            entry("database.sql", Content::Pipe(Box::new(std::io::Cursor::new(dump.clone())))),
        ];
        let time = Timestamp::from_second(1_717_200_000).unwrap();
        let saved = office.open().save(entries, "nightly", "office", time, &["a", "b,c"]).unwrap();

        let repository = office.open();
        let listed = repository.list().unwrap();
        assert_eq!(listed.len(), 1);
        assert_eq!((&listed[0].label, &listed[0].host, listed[0].time), (&"nightly".into(), &"office".into(), time));
        assert_eq!(listed[0].tags, ["a", "b,c"]);
        assert_eq!((listed[0].files, listed[0].bytes, &listed[0].id), (6, 23_000_051, &saved.id));
        assert!(saved.added_bytes > 23_000_000);
        assert!(read(&repository, &saved, "database.sql") == dump);
        assert_eq!(read(&repository, &saved, "/manifest.json"), b"{}");
        assert_eq!(read(&repository, &saved, "config.toml"), b"host = 1\n");
        assert!(read(&repository, &saved, "attachments/2024/图纸/总图.dwg") == noise(3_000_000, 5));
        let files = repository.files(&saved).unwrap();
        let names: Vec<_> = files.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names.len(), 6);
        assert!(names.contains(&"attachments/empty") && files.contains(&("database.sql".to_owned(), 20_000_000)));
        assert!(repository.check(true).unwrap().is_empty());
    }

    #[test]
    fn a_second_save_of_the_same_folder_adds_almost_nothing_and_reads_nothing() {
        let office = Office::new();
        let first = office.save(vec![office.folder()], 1).unwrap();
        let form = SnapshotOptions::default().host("office".to_owned());
        let repository = office.open();
        let (_, read) = repository.archive(pieces(vec![office.folder()]).unwrap(), &form, &[]).unwrap();
        assert_eq!(read, 0);
        let second = office.save(vec![office.folder(), bytes("manifest.json", "{}")], 2).unwrap();
        assert!(first.added_bytes > 3_000_000 && second.added_bytes < 3_000, "{}", second.added_bytes);
        assert_eq!(second.bytes, first.bytes + 2);
    }

    #[test]
    fn made_entries_of_equal_size_and_time_are_not_confused() {
        let office = Office::new();
        office.save(vec![bytes("a", "one"), entry("b", Content::Pipe(Box::new(&b"one"[..])))], 1).unwrap();
        let second = office.save(vec![bytes("a", "two"), entry("b", Content::Pipe(Box::new(&b"two"[..])))], 1).unwrap();
        assert_eq!(read(&office.open(), &second, "a"), b"two");
        assert_eq!(read(&office.open(), &second, "b"), b"two");
    }

    #[test]
    fn a_wrong_password_and_a_wrong_folder_are_told_apart() {
        let office = Office::new();
        let open = |folder: &str, password: &str| Repository::open(&office.at(folder), password, Arc::new(Silent)).unwrap_err();
        assert!(matches!(open("repo", "wrong"), RepositoryError::WrongPassword));
        assert!(matches!(open("files", PASSWORD), RepositoryError::NotFound(_)));
        assert!(matches!(open("nowhere", PASSWORD), RepositoryError::NotFound(_)));
        assert!(!office.at("nowhere").exists());
    }

    #[test]
    fn a_folder_in_use_is_not_made_a_repository() {
        let office = Office::new();
        let init = |folder: &str| Repository::init(&office.at(folder), PASSWORD).unwrap_err();
        assert!(matches!(init("repo"), RepositoryError::AlreadyExists(_)));
        assert!(matches!(init("files"), RepositoryError::Other(_)));
    }

    #[test]
    fn a_snapshot_is_found_by_id_by_its_beginning_and_as_latest() {
        let office = Office::new();
        let late = office.save(vec![bytes("a", "1")], 20).unwrap();
        let early = office.save(vec![bytes("a", "2")], 10).unwrap();
        let repository = office.open();
        assert_eq!(repository.list().unwrap().iter().map(|s| &s.id).collect::<Vec<_>>(), [&early.id, &late.id]);
        for id in [&early.id, &early.short_id] {
            assert_eq!(repository.find(id).unwrap(), early);
        }
        assert_eq!(repository.find("latest").unwrap(), late);
        for id in ["", "zz", &"0".repeat(64)] {
            assert!(matches!(repository.find(id), Err(RepositoryError::NoSuchSnapshot(_))));
        }
    }

    #[test]
    fn a_missing_file_is_named() {
        let office = Office::new();
        let saved = office.save(vec![office.folder()], 1).unwrap();
        for path in ["b", "attachments", "attachments/empty/b", "", ".."] {
            let read = office.open().read(&saved, path, &mut std::io::sink());
            assert!(matches!(read, Err(RepositoryError::NoSuchFile(named)) if named == path));
        }
    }

    #[test]
    fn a_flipped_byte_is_found_by_reading_everything() {
        let office = Office::new();
        office.save(vec![office.folder()], 1).unwrap();
        let pack = office.packs().pop().unwrap();
        let mut content = fs::read(&pack).unwrap();
        content[1_000_000] ^= 1;
        fs::write(&pack, content).unwrap();
        assert!(office.open().check(false).unwrap().is_empty());
        let name = &pack.file_name().unwrap().to_str().unwrap()[..8];
        assert_eq!(office.open().check(true).unwrap(), [format!("Pack {name} is damaged.")]);
        let saved = office.open().find("latest").unwrap();
        let read = office.open().read(&saved, "attachments/2024/图纸/总图.dwg", &mut std::io::sink());
        assert!(matches!(read, Err(RepositoryError::Damaged(_))));
    }

    #[test]
    fn a_cut_pack_and_a_missing_one_are_found_without_reading() {
        let office = Office::new();
        office.save(vec![office.folder()], 1).unwrap();
        let pack = office.packs().pop().unwrap();
        let name = &pack.file_name().unwrap().to_str().unwrap()[..8];
        OpenOptions::new().write(true).open(&pack).unwrap().set_len(1000).unwrap();
        assert_eq!(office.open().check(false).unwrap(), [format!("Pack {name} does not have the size it was written with.")]);
        fs::remove_file(&pack).unwrap();
        assert_eq!(office.open().check(false).unwrap(), [format!("Pack {name} is missing.")]);
    }

    #[test]
    fn a_damaged_snapshot_is_named_and_hides_no_other() {
        let office = Office::new();
        let first = office.save(vec![bytes("a", "1")], 1).unwrap();
        let second = office.save(vec![bytes("a", "2")], 2).unwrap();
        fs::write(office.at("repo/snapshots").join(&second.id), "x").unwrap();
        let repository = office.open();
        assert_eq!(repository.check(false).unwrap(), [format!("Snapshot {} cannot be read.", second.id)]);
        assert!(matches!(repository.list(), Err(RepositoryError::Damaged(what)) if what.contains(&second.id)));
        assert_eq!(repository.find("latest").unwrap(), first);
    }

    #[test]
    fn a_pipe_that_breaks_leaves_no_snapshot() {
        let office = Office::new();
        let pipe = Content::Pipe(Box::new(Breaking(std::io::repeat(7).take(5_000_000))));
        let failed = office.save(vec![office.folder(), entry("database.sql", pipe)], 1).unwrap_err();
        assert!(matches!(&failed, RepositoryError::Io(err) if err.to_string().contains("pg_dump gave up")), "{failed}");
        assert_eq!(office.snapshot_files(), 0);
    }

    #[test]
    fn a_file_that_cannot_be_read_leaves_no_snapshot() {
        let office = Office::new();
        drop(std::os::unix::net::UnixListener::bind(office.at("files/socket")).unwrap());
        let failed = office.save(vec![office.folder()], 1).unwrap_err();
        assert!(failed.to_string().contains("files/socket"), "{failed}");
        assert_eq!(office.snapshot_files(), 0);
    }

    struct Trickle(std::io::Cursor<Vec<u8>>, Arc<std::sync::atomic::AtomicUsize>);

    impl Read for Trickle {
        fn read(&mut self, buf: &mut [u8]) -> std::io::Result<usize> {
            let most = if self.1.fetch_add(1, Ordering::Relaxed).is_multiple_of(2) { 1 } else { buf.len() };
            self.0.read(&mut buf[..most])
        }
    }

    #[test]
    fn short_reads_do_not_slow_a_pipe_down() {
        let office = Office::new();
        let reads = Arc::default();
        let pipe = Content::Pipe(Box::new(Trickle(std::io::Cursor::new(noise(4_000_000, 3)), Arc::clone(&reads))));
        office.save(vec![entry("database.sql", pipe)], 1).unwrap();
        assert!(reads.load(Ordering::Relaxed) < 10_000, "{reads:?}");
    }

    #[test]
    fn a_pipe_leaves_one_snapshot() {
        let office = Office::new();
        office.save(vec![entry("database.sql", Content::Pipe(Box::new(&b"CREATE"[..])))], 1).unwrap();
        assert_eq!(office.snapshot_files(), 1);
    }

    #[test]
    fn a_folder_comes_back_with_times_and_modes_and_overwrites_nothing() {
        let office = Office::new();
        fs::set_permissions(office.at("files/empty"), fs::Permissions::from_mode(0o640)).unwrap();
        std::os::unix::fs::symlink("../elsewhere", office.at("files/link")).unwrap();
        let saved = office.save(vec![office.folder()], 1).unwrap();
        let repository = office.open();
        let to = office.at("new/place");
        assert_eq!(repository.restore_folder(&saved, "attachments", &to).unwrap(), 3_000_040);
        for name in ["empty", "2024.txt", "2024", "2024/图纸/总图.dwg"] {
            let (old, new) = (fs::metadata(office.at("files").join(name)).unwrap(), fs::metadata(to.join(name)).unwrap());
            assert_eq!((old.modified().unwrap(), old.permissions()), (new.modified().unwrap(), new.permissions()), "{name}");
        }
        assert!(fs::read(to.join("2024/图纸/总图.dwg")).unwrap() == noise(3_000_000, 5));
        assert_eq!(fs::read_link(to.join("link")).unwrap(), Path::new("../elsewhere"));
        assert!(matches!(repository.restore_folder(&saved, "attachments", &to), Err(RepositoryError::Io(_))));
    }

    #[test]
    fn a_link_that_waits_in_the_target_is_not_followed() {
        let office = Office::new();
        let saved = office.save(vec![office.folder()], 1).unwrap();
        fs::create_dir_all(office.at("to")).unwrap();
        fs::create_dir_all(office.at("outside")).unwrap();
        std::os::unix::fs::symlink(office.at("outside"), office.at("to/2024")).unwrap();
        assert!(office.open().restore_folder(&saved, "attachments", &office.at("to")).is_err());
        assert_eq!(fs::read_dir(office.at("outside")).unwrap().count(), 0);
    }

    #[test]
    fn names_that_leave_the_snapshot_or_clash_are_refused() {
        let office = Office::new();
        for names in [&["../a"][..], &["/a"], &[""], &["a", "a"], &["a", "a/b"], &[]] {
            let entries = names.iter().map(|name| bytes(name, "")).collect();
            assert!(matches!(office.save(entries, 1), Err(RepositoryError::Other(_))), "{names:?}");
        }
    }
}
