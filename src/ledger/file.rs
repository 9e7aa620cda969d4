//! The log in a file: an export that proves itself without the database, and the proof of one entry.
//!
//! An export is JSON lines: what it begins from, one line for each link, and what it ends in.
//!
//! ```text
//! {"schema":"swj.log.export/1","origin":"swj/…","from":1,"prev_hash":"000…","peaks":[]}
//! {"no":1,"prev_hash":"000…","entry":[1,"…",…],"entry_hash":"5c2…"}
//! {"entries":1,"head":"5c2…","root":"0f9…"}
//! ```

use std::collections::BTreeMap;
use std::io::{self, BufRead, Read, Write};
use std::ops::ControlFlow;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Mutex, PoisonError};

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::chain::{GENESIS, canonical_form, hash_in, hash_of, proved_form};
use super::note::{Checkpoint, Note};
use super::tree::{Hash, Tree, climb, leaf};
use super::walk::{Fault, Slice, Verdict, Walk, peaks_in};
use crate::db::audit_links;
use crate::db::audit_logs::{self, LogEntry};
use crate::db::audit_purges::{self, Purge};
use crate::db::{Db, DbError, canonical, hex};

const SCHEMA: &str = "swj.log.export/1";
/// Links read at once.
const SLICE: i64 = 2_048;
/// Bytes of a file given to one thread at once.
const BLOCK: u64 = 1 << 20;

/// What an export holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    pub from: i64,
    pub to: i64,
    pub bytes: u64,
    pub sha256: String,
    pub head: String,
    /// Over the whole log up to its end, also what is not in the export.
    pub root: Hash,
}

/// Why there is no export, or what a file is not.
#[derive(Debug)]
pub enum FileFault {
    Db(DbError),
    Io(io::Error),
    /// The chain does not hold at this link.
    Broken(i64),
    /// It does not begin as an export does.
    Foreign,
}

impl From<DbError> for FileFault {
    fn from(error: DbError) -> Self {
        Self::Db(error)
    }
}

impl From<io::Error> for FileFault {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// The entry of a link, read field by field; the log is broken where that cannot be done.
fn entry_of(db: &mut Db, no: i64) -> Result<Option<LogEntry>, FileFault> {
    match audit_logs::links_of(db, no) {
        Ok(found) => Ok(found.into_iter().next().and_then(|(_, entry)| entry)),
        Err(DbError::Other(_)) => Err(FileFault::Broken(no)),
        Err(error) => Err(error.into()),
    }
}

/// Counts and hashes what is written.
struct Digesting<'a> {
    out: &'a mut dyn Write,
    digest: Sha256,
    bytes: u64,
}

impl Digesting<'_> {
    fn line(&mut self, line: &str) -> io::Result<()> {
        for bytes in [line.as_bytes(), b"\n"] {
            self.out.write_all(bytes)?;
            self.digest.update(bytes);
            self.bytes += bytes.len() as u64;
        }
        Ok(())
    }
}

/// Writes the links of numbers `from` to `to`, proving each on the way: the same range is always the same bytes.
///
/// # Errors
/// A link that does not hold or is not there; the engine's; the disk.
pub fn export(db: &mut Db, origin: &str, from: i64, to: i64, out: &mut dyn Write, mut advance: impl FnMut(u64)) -> Result<Part, FileFault> {
    let cut = audit_purges::last(db)?;
    let mut tree = Tree::default();
    let mut head = GENESIS.to_owned();
    let mut next = 1;
    if let Some(cut) = cut {
        let peaks = peaks_in(&cut.peaks.0).and_then(|peaks| Tree::resume(cut.last_no.unsigned_abs(), peaks));
        (tree, head, next) = (peaks.ok_or(FileFault::Broken(cut.last_no + 1))?, cut.head_hash, cut.last_no + 1);
    }
    let mut out = Digesting { out, digest: Sha256::new(), bytes: 0 };
    while next <= to {
        if next == from {
            out.line(&begin(origin, from, &head, &tree))?;
        }
        // What comes before is needed for the tree alone.
        let end = if next < from { (next + SLICE).min(from) - 1 } else { (next + SLICE - 1).min(to) };
        let begun = next;
        // A link whose pieces do not prove it is looked at by itself, and the rest read on from there.
        let (mut unproved, mut written) = (None, Ok(()));
        let read = audit_links::links(db, next, end, |link| {
            let hash = match hash_in(&link.entry_hash) {
                Some(hash) if link.no == next && link.prev_hash == head => hash,
                _ => {
                    written = Err(FileFault::Broken(next));
                    return ControlFlow::Break(());
                }
            };
            if next >= from {
                let Some(form) = proved_form(link, &hash) else {
                    unproved = Some((hash, link.entry_hash.clone()));
                    return ControlFlow::Break(());
                };
                if let Err(error) = out.line(&line(next, &head, &form, &link.entry_hash)) {
                    written = Err(error.into());
                    return ControlFlow::Break(());
                }
            }
            tree.push(leaf(&hash));
            head.clone_from(&link.entry_hash);
            next += 1;
            ControlFlow::Continue(())
        });
        written?;
        if let Err(error) = read {
            // Something cannot be read at all: if it is this entry, the log is broken there.
            return Err(entry_of(db, next).err().filter(|of| matches!(of, FileFault::Broken(_))).unwrap_or_else(|| error.into()));
        }
        if let Some((hash, entry_hash)) = unproved {
            let found = entry_of(db, next)?;
            let form = found.map(|entry| canonical_form(&entry)).filter(|form| hash_of(&head, form.as_bytes()) == hash);
            out.line(&line(next, &head, &form.ok_or(FileFault::Broken(next))?, &entry_hash))?;
            tree.push(leaf(&hash));
            head = entry_hash;
            next += 1;
        } else if next <= end {
            return Err(FileFault::Broken(next));
        }
        advance((next - begun).unsigned_abs());
    }
    let root = tree.root();
    out.line(&end(to - from + 1, &head, &root))?;
    Ok(Part { from, to, bytes: out.bytes, sha256: hex(&out.digest.finalize()), head, root })
}

fn begin(origin: &str, from: i64, head: &str, tree: &Tree) -> String {
    let peaks: Vec<String> = tree.peaks().iter().map(|peak| hex(peak)).collect();
    json!({ "schema": SCHEMA, "origin": origin, "from": from, "prev_hash": head, "peaks": peaks }).to_string()
}

fn line(no: i64, previous: &str, form: &str, hash: &str) -> String {
    format!("{{\"no\":{no},\"prev_hash\":\"{previous}\",\"entry\":{form},\"entry_hash\":\"{hash}\"}}")
}

fn end(entries: i64, head: &str, root: &Hash) -> String {
    json!({ "entries": entries, "head": head, "root": hex(root) }).to_string()
}

/// Proves an export by itself; the roots at these sizes are noted. Returns whose log it is.
///
/// # Errors
/// The file is no export, or cannot be read.
pub fn check_file(file: impl Read + Send, sizes: &[u64], mut advance: impl FnMut(u64)) -> Result<(String, Verdict), FileFault> {
    let mut file = io::BufReader::with_capacity(BLOCK as usize, file);
    let mut first = String::new();
    file.by_ref().take(BLOCK).read_line(&mut first).map_err(|error| match error.kind() {
        io::ErrorKind::InvalidData => FileFault::Foreign,
        _ => FileFault::Io(error),
    })?;
    let first: Value = serde_json::from_str(&first).map_err(|_| FileFault::Foreign)?;
    let begin = || -> Option<(String, Verdict)> {
        let from = first["from"].as_i64().filter(|from| *from > 0 && first["schema"] == SCHEMA)?;
        let tree = Tree::resume(from.unsigned_abs() - 1, peaks_in(&first["peaks"])?)?;
        let head = first["prev_hash"].as_str()?.to_owned();
        Some((first["origin"].as_str()?.to_owned(), Verdict { purged: from - 1, part: from > 1, tree, head, ..Verdict::default() }))
    };
    let (origin, verdict) = begin().ok_or(FileFault::Foreign)?;
    let mut walk = Walk::of(verdict, sizes);
    let mut ending: Option<String> = None;
    let mut unread = None;
    std::thread::scope(|scope| {
        let (blocks, waiting) = sync_channel(4);
        let (sender, slices) = sync_channel(4);
        let waiting = std::sync::Arc::new(Mutex::new(waiting));
        scope.spawn(move || cut_up(&mut file, &blocks));
        for _ in 0..2 {
            let (waiting, sender) = (waiting.clone(), sender.clone());
            scope.spawn(move || prove(&waiting, &sender));
        }
        // The reader must notice when nobody proves any more.
        drop((waiting, sender));
        let (mut early, mut wanted) = (BTreeMap::new(), 0_u64);
        for (number, stretch) in slices {
            early.insert(number, stretch);
            while let Some(stretch) = early.remove(&wanted) {
                wanted += 1;
                let stretch: Stretch = match stretch {
                    Ok(stretch) => stretch,
                    Err(error) => {
                        unread = Some(error);
                        return;
                    }
                };
                advance(stretch.bytes);
                // Something stands after the end.
                if ending.is_some() && (stretch.slice.first.is_some() || stretch.slice.broken.is_some() || stretch.ending.is_some()) {
                    walk.verdict.broken = Some((walk.verdict.last() + 1, Fault::Gap));
                }
                walk.take(&stretch.slice);
                ending = stretch.ending.or(ending.take());
                if walk.verdict.broken.is_some() {
                    return;
                }
            }
        }
    });
    if let Some(error) = unread {
        return Err(error.into());
    }
    let mut verdict = walk.verdict;
    verdict.entries = verdict.sound;
    let last = verdict.last() + 1;
    match &mut verdict.broken {
        // A line that cannot be told apart has no number but that of its place.
        Some((no, _)) if *no == UNREADABLE => *no = last,
        Some(_) => {}
        broken => {
            if ending.as_deref() != Some(end(verdict.sound, &verdict.head, &verdict.tree.root()).as_str()) {
                *broken = Some((last, Fault::Missing));
            }
        }
    }
    Ok((origin, verdict))
}

/// The roots that sound exports prove of what a cut took away, from the cut backwards; each must have been proved with the
/// sizes of the cut and of where the exports begin. None where one that reaches there leads to something else.
pub fn roots_below(cut: &Purge, exports: &[Verdict]) -> Option<BTreeMap<u64, Hash>> {
    let tree = Tree::resume(cut.last_no.unsigned_abs(), peaks_in(&cut.peaks.0)?)?;
    let (mut size, mut root, mut last) = (tree.size(), tree.root(), leaf(&hash_in(&cut.head_hash)?));
    let mut roots = BTreeMap::new();
    while let Some(export) = exports.iter().find(|export| (export.purged..export.last()).contains(&(size as i64 - 1))) {
        if (export.roots.get(&size), export.leaves.get(&size)) != (Some(&root), Some(&last)) {
            return None;
        }
        let begins = export.purged.unsigned_abs();
        roots.extend(export.roots.range(begins..size).map(|(size, root)| (*size, *root)));
        (size, root, last) = (begins, *export.roots.get(&begins)?, *export.leaves.get(&begins)?);
    }
    Some(roots)
}

/// Stands for the number of a line that has none.
const UNREADABLE: i64 = i64::MIN;

/// What one block of a file holds.
#[derive(Default)]
struct Stretch {
    slice: Slice,
    ending: Option<String>,
    bytes: u64,
}

/// Cuts a file into blocks of whole lines.
fn cut_up(file: &mut impl BufRead, blocks: &SyncSender<(u64, io::Result<Vec<u8>>)>) {
    for number in 0.. {
        let mut block = Vec::with_capacity(BLOCK as usize + 4096);
        let read = file.by_ref().take(BLOCK).read_to_end(&mut block).and_then(|_| match block.last() {
            None | Some(b'\n') => Ok(0),
            Some(_) => file.read_until(b'\n', &mut block),
        });
        let (empty, failed) = (block.is_empty(), read.is_err());
        if empty && !failed {
            return;
        }
        if blocks.send((number, read.map(|_| block))).is_err() || failed {
            return;
        }
    }
}

fn prove(waiting: &Mutex<Receiver<(u64, io::Result<Vec<u8>>)>>, sender: &SyncSender<(u64, io::Result<Stretch>)>) {
    loop {
        let next = waiting.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok((number, block)) = next else { return };
        if sender.send((number, block.map(|block| stretch(&block)))).is_err() {
            return;
        }
    }
}

fn stretch(block: &[u8]) -> Stretch {
    let mut stretch = Stretch { bytes: block.len() as u64, ..Stretch::default() };
    for line in block.split_inclusive(|byte| *byte == b'\n') {
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        if line.starts_with(b"{\"entries\":") && stretch.ending.is_none() {
            stretch.ending = Some(String::from_utf8_lossy(line).into_owned());
            continue;
        }
        let parsed = if stretch.ending.is_some() { None } else { parts(line) };
        let Some((no, previous, form, head)) = parsed else {
            stretch.slice.broken = Some((UNREADABLE, Fault::Changed));
            return stretch;
        };
        let hash = hash_in(head).filter(|hash| hash_of(previous, form) == *hash);
        stretch.slice.add((no, previous, head), hash, hash.is_none().then_some(Fault::Changed));
        if stretch.slice.broken.is_some() {
            return stretch;
        }
    }
    stretch
}

/// The four parts of a line, exactly as `export` writes it: number, hash before, canonical form, hash.
fn parts(line: &[u8]) -> Option<(i64, &str, &[u8], &str)> {
    let rest = line.strip_prefix(b"{\"no\":")?;
    let digits = rest.iter().position(|byte| *byte == b',')?;
    let no = std::str::from_utf8(&rest[..digits]).ok()?.parse().ok()?;
    let rest = rest[digits..].strip_prefix(b",\"prev_hash\":\"")?;
    let (previous, rest) = rest.split_at_checked(64)?;
    let rest = rest.strip_prefix(b"\",\"entry\":")?.strip_suffix(b"\"}")?;
    let (rest, head) = rest.split_at_checked(rest.len().checked_sub(64)?)?;
    let form = rest.strip_suffix(b",\"entry_hash\":\"")?;
    Some((no, std::str::from_utf8(previous).ok()?, form, std::str::from_utf8(head).ok()?))
}

/// The proof that one entry is in the log of a checkpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProofFile {
    pub seq: i64,
    pub no: i64,
    /// The entry in its canonical form.
    pub entry: String,
    pub prev_hash: String,
    pub entry_hash: String,
    pub origin: String,
    pub size: i64,
    pub root: String,
    pub path: Vec<Hash>,
    /// The signed checkpoint, if it was signed.
    pub note: Option<String>,
}

impl ProofFile {
    /// As it is printed.
    pub fn json(&self) -> Value {
        json!({
            "seq": self.seq,
            "no": self.no,
            "entry": serde_json::from_str::<Value>(&self.entry).unwrap_or_default(),
            "prev_hash": self.prev_hash,
            "entry_hash": self.entry_hash,
            "origin": self.origin,
            "size": self.size,
            "root": self.root,
            "path": self.path.iter().map(|hash| hex(hash)).collect::<Vec<_>>(),
            "note": self.note,
        })
    }

    /// Reads what `json` made, alone or as the row of a document.
    pub fn read(text: &str) -> Option<Self> {
        let document: Value = serde_json::from_str(text).ok()?;
        let row = document.get("data").map_or(Some(&document), |data| data.get(0))?;
        let words = |key: &str| Some(row.get(key)?.as_str()?.to_owned());
        Some(Self {
            seq: row.get("seq")?.as_i64()?,
            no: row.get("no")?.as_i64()?,
            entry: row.get("entry").filter(|entry| entry.is_array()).map(canonical)?,
            prev_hash: words("prev_hash")?,
            entry_hash: words("entry_hash")?,
            origin: words("origin")?,
            size: row.get("size")?.as_i64()?,
            root: words("root")?,
            path: row.get("path")?.as_array()?.iter().map(|hash| hash_in(hash.as_str()?)).collect::<Option<_>>()?,
            note: words("note"),
        })
    }

    /// What it leads to; none where the entry, its hash, the path, the root or the note do not belong together.
    pub fn checkpoint(&self) -> Option<Checkpoint> {
        let hash = hash_in(&self.entry_hash).filter(|hash| hash_of(&self.prev_hash, self.entry.as_bytes()) == *hash)?;
        let names_itself = serde_json::from_str::<Value>(&self.entry).is_ok_and(|entry| entry[0] == self.seq);
        let (index, size) = (u64::try_from(self.no.checked_sub(1)?).ok()?, u64::try_from(self.size).ok()?);
        let root = climb(leaf(&hash), index, size, &self.path).filter(|root| names_itself && hex(root) == self.root)?;
        let checkpoint = Checkpoint { origin: self.origin.clone(), size, root };
        match &self.note {
            Some(note) => (Note::read(note)?.checkpoint == checkpoint).then_some(checkpoint),
            None => Some(checkpoint),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exported(entries: usize) -> String {
        let (mut tree, mut head) = (Tree::default(), GENESIS.to_owned());
        let mut text = begin("swj/test", 1, &head, &tree) + "\n";
        for no in 1..=entries {
            let form = format!("[{no},\"水 \\\"quoted\\\"\",null]");
            let hash = hash_of(&head, form.as_bytes());
            text += &format!("{{\"no\":{no},\"prev_hash\":\"{head}\",\"entry\":{form},\"entry_hash\":\"{}\"}}\n", hex(&hash));
            tree.push(leaf(&hash));
            head = hex(&hash);
        }
        text + &end(entries as i64, &head, &tree.root()) + "\n"
    }

    fn broken(text: &str) -> Option<(i64, Fault)> {
        check_file(text.as_bytes(), &[], |_| {}).unwrap().1.broken
    }

    #[test]
    fn an_export_proves_itself_over_many_blocks() {
        let text = exported(12_000);
        assert!(text.len() as u64 > 2 * BLOCK);
        let (origin, verdict) = check_file(text.as_bytes(), &[5, 12_000], |_| {}).unwrap();
        assert_eq!((origin.as_str(), verdict.sound, verdict.broken), ("swj/test", 12_000, None));
        assert_eq!(verdict.roots[&12_000], verdict.tree.root());
        assert!(verdict.roots.contains_key(&5));
    }

    #[test]
    fn every_change_of_an_export_is_found_where_it_is() {
        let text = exported(5);
        let lines: Vec<&str> = text.lines().collect();
        let without = |n: usize| [&lines[..n], &lines[n + 1..]].concat().join("\n");
        assert_eq!(broken(&text), None);
        assert_eq!(broken(&text.replacen("[3,", "[8,", 1)), Some((3, Fault::Changed)));
        assert_eq!(broken(&without(3)), Some((4, Fault::Gap)));
        assert_eq!(broken(&without(5)), Some((5, Fault::Missing)));
        assert_eq!(broken(&without(6)), Some((6, Fault::Missing)));
        assert_eq!(broken(&format!("{text}{}\n", lines[5])), Some((6, Fault::Changed)));
        assert_eq!(broken(&text.replacen("\"no\":2", "\"nr\":2", 1)), Some((2, Fault::Changed)));
        for foreign in
            ["", "hello\n", "{}\n", "{\"schema\":\"swj.log.export/1\",\"origin\":\"x\",\"from\":2,\"prev_hash\":\"\",\"peaks\":[]}\n"]
        {
            assert!(matches!(check_file(foreign.as_bytes(), &[], |_| {}), Err(FileFault::Foreign)), "{foreign}");
        }
    }
}
