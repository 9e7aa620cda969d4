//! Keeping a repository: its keys, what is kept and what goes, and a second one elsewhere.

use std::collections::{BTreeMap, HashSet};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use rustic_core::repofile::{KeyFile, KeyId, SnapshotFile, SnapshotId};
use rustic_core::{CopySnapshot, Credentials, KeepOptions, KeyOptions, PruneOptions};

use super::{Fault, Repository, RepositoryError, Result, Snapshot, damaged, failed, other as unknown, told, unlock};

/// How many snapshots are kept of each stretch of time; the newest of each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Keep {
    pub last: u32,
    pub daily: u32,
    pub weekly: u32,
    pub monthly: u32,
    pub yearly: u32,
}

/// A snapshot, and why it is kept; nothing where it may go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fate {
    pub snapshot: Snapshot,
    pub kept_for: Vec<String>,
}

/// A password that opens the repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    pub id: String,
    pub host: Option<String>,
    pub user: Option<String>,
    pub created: Option<Timestamp>,
    /// The one it was opened with now.
    pub in_use: bool,
}

/// What a pruning does to the room taken up, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Freed {
    /// Goes now.
    pub removed: u64,
    /// Is marked now, and goes by a pruning a day later.
    pub marked: u64,
    /// Was marked less than a day ago.
    pub waiting: u64,
    pub repacked: u64,
}

impl Freed {
    /// Whether nothing is to be done about any of it now.
    pub fn is_idle(&self) -> bool {
        self.removed == 0 && self.marked == 0
    }
}

/// What is known of the snapshots' soundness, by their ids.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Judged {
    /// Nobody could be asked: every one may be the last good one.
    pub unknown: bool,
    pub damaged: HashSet<String>,
    /// Read to the last byte, or brought back and proved.
    pub proved: HashSet<String>,
}

/// What a copying did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Copied {
    /// As they are called there.
    pub snapshots: Vec<Snapshot>,
    /// What is damaged here.
    pub faults: Vec<Fault>,
    /// Those that could not be copied for it, as they are called here.
    pub left_out: Vec<Snapshot>,
}

impl Repository {
    /// What would be kept by these rules, of each database by itself, and of each of its names: a copy that was restored
    /// under another one is not what was copied. A snapshot with a label always is kept, and so are the newest sound one,
    /// what is newer, and the newest that was proved: never the last good one goes. What was found damaged stands for no
    /// day; where nothing sound is left, all of it stays.
    ///
    /// # Errors
    /// The disk; rules that keep nothing.
    pub fn fates(&self, keep: Keep, judged: &Judged, now: Timestamp) -> Result<Vec<Fate>> {
        let all: Vec<_> = self.all()?.into_iter().flatten().collect();
        let of = |n: u32| Some(i32::try_from(n).unwrap_or(i32::MAX)).filter(|n| *n > 0);
        let mut options = KeepOptions::default();
        options.keep_last = of(keep.last);
        options.keep_daily = of(keep.daily);
        options.keep_weekly = of(keep.weekly);
        options.keep_monthly = of(keep.monthly);
        options.keep_yearly = of(keep.yearly);
        let mut of_each: BTreeMap<(Option<String>, Option<String>), Vec<SnapshotFile>> = BTreeMap::new();
        for file in all {
            let snapshot = told(&file);
            of_each.entry((snapshot.database().map(str::to_owned), snapshot.database_name().map(str::to_owned))).or_default().push(file);
        }
        let mut fates = Vec::new();
        for files in of_each.into_values() {
            let is_in = |set: &HashSet<String>, file: &SnapshotFile| set.contains(file.id.to_hex().as_str());
            let (damaged, sound): (Vec<_>, Vec<_>) = files.into_iter().partition(|file| is_in(&judged.damaged, file));
            let newest = sound.iter().map(|file| told(file).order()).max();
            let proved = sound.iter().filter(|file| is_in(&judged.proved, file)).map(|file| told(file).order()).max();
            let mut reasons: Vec<(SnapshotFile, Vec<String>)> = damaged.into_iter().map(|file| (file, Vec::new())).collect();
            if !sound.is_empty() {
                let ruled = options.apply(sound, &now.to_zoned(TimeZone::fixed(jiff::tz::offset(8)))).map_err(|err| failed(&err))?;
                reasons.extend(ruled.into_iter().map(|ruled| (ruled.snapshot, if ruled.keep { ruled.reasons } else { Vec::new() })));
            }
            fates.extend(reasons.into_iter().map(|(file, mut kept_for)| {
                let snapshot = told(&file);
                if !snapshot.label.is_empty() {
                    kept_for.push("label".to_owned());
                }
                // What is damaged and newer may still hold what nothing else does.
                if newest.is_none_or(|newest| snapshot.order() >= newest) {
                    kept_for.push("newest".to_owned());
                }
                if Some(snapshot.order()) == proved && !is_in(&judged.damaged, &file) {
                    kept_for.push("verified".to_owned());
                }
                if judged.unknown {
                    kept_for.push("unknown".to_owned());
                }
                Fate { snapshot, kept_for }
            }));
        }
        fates.sort_by_key(|fate| (fate.snapshot.time, fate.snapshot.order().0, fate.snapshot.id.clone()));
        Ok(fates)
    }

    /// Forgets snapshots and frees what only they needed. First the names go, then the data: whoever is killed between
    /// leaves data nobody names, which the next pruning frees. With `at_once` the data go now, else after a day, so that
    /// a backup running beside is not robbed.
    ///
    /// # Errors
    /// A damaged repository, the disk. A snapshot that cannot be read: what it needs nobody knows, and it may come back
    /// from a copy of its file.
    pub fn prune(&self, ids: &[String], at_once: bool, dry_run: bool) -> Result<Freed> {
        if let Some(id) = self.unreadable()?.into_iter().next() {
            return Err(RepositoryError::Damaged(Fault::Snapshot(id)));
        }
        let ids: Vec<SnapshotId> = ids.iter().filter_map(|id| Some(id.parse::<rustic_core::Id>().ok()?.into())).collect();
        let mut options = PruneOptions::default();
        options.instant_delete = at_once;
        options.ignore_snaps.clone_from(&ids);
        let plan = self.engine.prune_plan(&options).map_err(|err| unknown(&err))?;
        let sum = plan.stats.size_sum();
        let marked = plan.stats.size_to_delete;
        let unneeded = sum.remove + sum.repackrm + plan.stats.size_unref;
        let freed = if at_once {
            Freed { removed: unneeded + marked.remove + marked.keep, repacked: sum.repack, ..Freed::default() }
        } else {
            Freed { removed: marked.remove, marked: unneeded, waiting: marked.keep, repacked: sum.repack }
        };
        if dry_run {
            return Ok(freed);
        }
        for id in ids {
            self.engine.delete_snapshots(&[id]).map_err(|err| failed(&err))?;
        }
        self.engine.prune(&options, plan).map_err(|err| failed(&err))?;
        Ok(freed)
    }

    /// What [`Self::copy_to`] would copy, as it is called here.
    ///
    /// # Errors
    /// Either repository is damaged.
    pub fn not_yet_in(&self, other: &Self) -> Result<Vec<Snapshot>> {
        Ok(self.missing(other)?.iter().map(told).collect())
    }

    fn missing(&self, other: &Self) -> Result<Vec<SnapshotFile>> {
        let mine: Vec<_> = self.all()?.into_iter().flatten().collect();
        let wanted: Vec<CopySnapshot> = other.engine.relevant_copy_snapshots(|_| true, &mine).map_err(|err| unknown(&err))?;
        Ok(wanted.into_iter().filter(|copy| copy.relevant).map(|copy| copy.sn).collect())
    }

    /// Copies what another repository does not hold yet. Snapshots that need what is damaged here are left out, and named
    /// with it; the others go.
    ///
    /// # Errors
    /// No index can be read, the disk is full.
    pub fn copy_to(&self, other: &Self) -> Result<Copied> {
        let mut missing = self.missing(other)?;
        let mut copied = Copied::default();
        if let Err(refused) = self.copy_these(&missing, other) {
            if !matches!(refused, RepositoryError::Damaged(_)) {
                return Err(refused);
            }
            copied.faults = self.harmed(true)?.faults;
            let needing: HashSet<String> = self.needing(&copied.faults)?.into_iter().collect();
            let left_out: Vec<SnapshotFile>;
            (left_out, missing) = missing.into_iter().partition(|file| needing.contains(file.id.to_hex().as_str()));
            if left_out.is_empty() {
                return Err(refused);
            }
            copied.left_out = left_out.iter().map(told).collect();
            self.copy_these(&missing, other)?;
        }
        // Encrypted with another key, each has another id there.
        let same = |file: &&SnapshotFile| missing.iter().any(|copied| copied.time == file.time && copied.tree == file.tree);
        copied.snapshots = other.all()?.iter().flatten().filter(same).map(told).collect();
        Ok(copied)
    }

    fn copy_these(&self, these: &[SnapshotFile], other: &Self) -> Result<()> {
        if these.is_empty() {
            return Ok(());
        }
        let key = Credentials::Masterkey(other.engine.key());
        let there = unlock(&other.backends, &other.bars, &key)?.to_indexed_ids().map_err(|err| unknown(&err))?;
        self.index()?.copy(&there, these).map_err(|err| match unknown(&err) {
            RepositoryError::Damaged(fault) => RepositoryError::Damaged(fault),
            _ => failed(&err),
        })
    }

    /// The passwords that open it.
    ///
    /// # Errors
    /// A key that cannot be read.
    pub fn keys(&self) -> Result<Vec<Key>> {
        let in_use = *self.engine.key_id();
        let ids = self.engine.list::<KeyId>().map_err(|err| unknown(&err))?;
        ids.map(|id| {
            let file = self.engine.get_file::<KeyFile>(&id).map_err(|err| damaged(&err, Fault::Key(id.to_hex().to_string())))?;
            Ok(Key {
                id: id.to_hex().to_string(),
                host: file.hostname,
                user: file.username,
                created: file.created.map(|at| at.timestamp()),
                in_use: in_use == Some(id),
            })
        })
        .collect()
    }

    /// Adds a password; returns its id.
    ///
    /// # Errors
    /// The disk.
    pub fn add_key(&self, password: &str, host: &str, user: &str) -> Result<String> {
        let mut options = KeyOptions::default();
        options.hostname = Some(host.to_owned());
        options.username = Some(user.to_owned());
        options.with_created = true;
        let id = self.engine.add_key(password, &options).map_err(|err| failed(&err))?;
        Ok(id.to_hex().to_string())
    }

    /// The key with this id or the beginning of it, if it may be removed: not the one it was opened with.
    ///
    /// # Errors
    /// No such key, several, or the one in use.
    pub fn removable_key(&self, id: &str) -> Result<Key> {
        let keys = self.keys()?;
        let found: Vec<&Key> = keys.iter().filter(|key| !id.is_empty() && key.id.starts_with(&id.to_ascii_lowercase())).collect();
        match found.as_slice() {
            [one] if one.in_use => Err(RepositoryError::KeyInUse),
            [one] => Ok((*one).clone()),
            _ => Err(RepositoryError::NoSuchKey(id.to_owned())),
        }
    }

    /// Removes a password.
    ///
    /// # Errors
    /// The disk.
    pub fn remove_key(&self, key: &Key) -> Result<()> {
        let parsed: rustic_core::Id = key.id.parse().map_err(|_| RepositoryError::NoSuchKey(key.id.clone()))?;
        self.engine.delete_key(&KeyId::from(parsed)).map_err(|err| failed(&err))
    }
}
