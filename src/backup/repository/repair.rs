//! What in a repository is not what was written, which snapshots need it, and how it is put out of the way: as long as the
//! index names a damaged pack, later backups think they have what it holds.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use rustic_core::repofile::{IndexFile, IndexId};
use rustic_core::{FileType, Id, IndexedFullStatus, RepairIndexOptions, RusticResult, TreeId};
use sha2::{Digest, Sha256};

use super::{Engine, Fault, Job, Repository, RepositoryError, Result, about, damaged, failed, other as unknown};
use crate::db::hex;

/// Where in the repository's folder damaged files are set aside; restic and we look there for nothing.
const ASIDE: &str = "damaged";

/// Packs that are not what was written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Harmed {
    /// Of those the index names: damaged or missing.
    pub faults: Vec<Fault>,
    /// Of those it does not name, such as one a killed run left half written.
    pub strays: Vec<String>,
}

/// What a repair does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Repairs {
    /// Packs set aside, by name.
    pub packs: Vec<String>,
    /// Packs that are not there and leave the index.
    pub missing: Vec<String>,
    /// Index files set aside; what they name is read out of the packs again.
    pub indexes: Vec<String>,
    /// The snapshots that need what is gone.
    pub needing: Vec<String>,
}

impl Repairs {
    /// Whether there is nothing to repair.
    pub fn is_empty(&self) -> bool {
        self.packs.is_empty() && self.missing.is_empty() && self.indexes.is_empty()
    }
}

impl Repository {
    /// The packs that are not what was written: all are read and compared with their names, which are the hashes of what
    /// was written, or only looked at, whether they are there and as large.
    ///
    /// # Errors
    /// The system refuses to read.
    pub fn harmed(&self, read: bool) -> Result<Harmed> {
        let named = self.named_packs()?;
        let backend = self.backends.repository();
        let mut listed = backend.list_with_size(FileType::Pack).map_err(|err| unknown(&err))?;
        listed.sort_unstable();
        let watcher = &*self.bars.watcher;
        watcher.start(Job::Checking, Some(listed.iter().map(|(_, size)| u64::from(*size)).sum()), true);
        let mut harmed = Harmed::default();
        for (id, size) in &listed {
            let name = id.to_hex().to_string();
            let whole = match read.then(|| backend.read_full(FileType::Pack, id)) {
                None => named.get(id).is_none_or(|written| written == size),
                Some(Ok(bytes)) => hex(&Sha256::digest(&bytes)) == name,
                Some(Err(err)) => match damaged(&err, Fault::Pack(name.clone())) {
                    RepositoryError::Damaged(_) => false,
                    refused => {
                        watcher.finish();
                        return Err(refused);
                    }
                },
            };
            watcher.advance(u64::from(*size));
            match (whole, named.contains_key(id)) {
                (true, _) => {}
                (false, true) => harmed.faults.push(Fault::Pack(name)),
                (false, false) => harmed.strays.push(name),
            }
        }
        watcher.finish();
        let there: HashSet<Id> = listed.into_iter().map(|(id, _)| id).collect();
        let mut missing: Vec<String> = named.keys().filter(|id| !there.contains(id)).map(|id| id.to_hex().to_string()).collect();
        missing.sort_unstable();
        harmed.faults.extend(missing.into_iter().map(Fault::PackMissing));
        Ok(harmed)
    }

    /// The packs that the readable index files name, with their sizes.
    fn named_packs(&self) -> Result<HashMap<Id, u32>> {
        let ids = self.engine.list::<IndexId>().map_err(|err| unknown(&err))?;
        let files = ids.filter_map(|id| self.engine.get_file::<IndexFile>(&id).ok());
        Ok(files
            .flat_map(|file| file.packs.into_iter().chain(file.packs_to_delete))
            .map(|pack| (pack.id.into_inner(), pack.pack_size()))
            .collect())
    }

    /// The snapshots that need a pack these faults name, or what the index does not know; those that cannot be read
    /// themselves are not among them.
    ///
    /// # Errors
    /// No index can be read.
    pub fn needing(&self, faults: &[Fault]) -> Result<Vec<String>> {
        let bad = |fault: &Fault| match fault {
            Fault::Pack(id) | Fault::PackMissing(id) | Fault::PackSize(id) => Some(id.clone()),
            _ => None,
        };
        let bad = faults.iter().filter_map(bad).filter(|id| !id.is_empty()).collect();
        let mut search = Search { index: self.index()?, bad, seen: HashMap::new() };
        let all = self.all()?.into_iter().flatten();
        Ok(all.filter(|file| search.lacks(file.tree)).map(|file| file.id.to_hex().to_string()).collect())
    }

    /// What a repair would do.
    ///
    /// # Errors
    /// As [`Self::harmed`] and [`Self::needing`].
    pub fn repairs(&self) -> Result<Repairs> {
        let Harmed { faults, strays } = self.harmed(true)?;
        let indexes: Vec<String> = self.damaged_indexes()?.into_iter().map(|id| id.to_hex().to_string()).collect();
        // What only a damaged index knows of comes back with the index, so only packs are asked after.
        let needing = if faults.is_empty() && strays.is_empty() { Vec::new() } else { self.needing(&faults)? };
        let mut repairs = Repairs { packs: strays, indexes, needing, ..Repairs::default() };
        for fault in faults {
            match fault {
                Fault::PackMissing(id) => repairs.missing.push(id),
                Fault::Pack(id) => repairs.packs.push(id),
                _ => {}
            }
        }
        Ok(repairs)
    }

    /// Sets damaged packs and index files aside, never away, and writes the index anew: the next backup saves again what
    /// they held and is still there. Interrupted, it is done again. Returns the folder they lie in, and the snapshots that
    /// lack something now.
    ///
    /// # Errors
    /// The disk.
    pub fn repair(&self, repairs: &Repairs) -> Result<(PathBuf, Vec<String>)> {
        let aside = self.folder.join(ASIDE);
        let packs = repairs.packs.iter().map(|id| (self.folder.join("data").join(&id[..2]).join(id), id.clone()));
        let indexes = repairs.indexes.iter().map(|id| (self.folder.join("index").join(id), format!("index-{id}")));
        for (file, name) in packs.chain(indexes) {
            std::fs::create_dir_all(&aside).map_err(about(&aside))?;
            let to = free_name(&aside, &name);
            std::fs::rename(&file, &to).map_err(about(&file))?;
        }
        self.engine.repair_index(&RepairIndexOptions::default(), false).map_err(|err| failed(&err))?;
        Ok((aside, self.needing(&[])?))
    }
}

/// A name nothing bears yet: a pack may have been put back, and damaged again.
fn free_name(folder: &Path, name: &str) -> PathBuf {
    let numbered = (1..).map(|n| folder.join(format!("{name}.{n}")));
    std::iter::once(folder.join(name)).chain(numbered).find(|path| !path.exists()).unwrap_or_else(|| folder.join(name))
}

/// Looks through the trees of snapshots; what several share is looked at once.
struct Search {
    index: Engine<IndexedFullStatus>,
    /// The packs, or the beginnings of their names: the engine tells no more of them.
    bad: Vec<String>,
    seen: HashMap<TreeId, bool>,
}

impl Search {
    /// Whether something of a tree is not to be had.
    fn lacks(&mut self, tree: TreeId) -> bool {
        if let Some(known) = self.seen.get(&tree) {
            return *known;
        }
        let lacks = self.is_bad(self.index.get_index_entry(&tree).map(|entry| entry.pack.into_inner()))
            || self.index.get_tree(&tree).map_or(true, |held| {
                held.nodes.iter().any(|node| {
                    let content = node.content.iter().flatten();
                    let gone = content
                        .map(|blob| self.index.get_index_entry(blob))
                        .any(|entry| self.is_bad(entry.map(|entry| entry.pack.into_inner())));
                    gone || node.subtree.is_some_and(|below| self.lacks(below))
                })
            });
        self.seen.insert(tree, lacks);
        lacks
    }

    fn is_bad(&self, pack: RusticResult<Id>) -> bool {
        pack.map_or(true, |pack| self.bad.iter().any(|bad| pack.to_hex().as_str().starts_with(bad.as_str())))
    }
}
