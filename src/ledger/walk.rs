//! The walk over the whole chain: read and hashed in slices, by as many threads as there are connections.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};

use jiff::{ToSpan, civil::Date};
use serde_json::Value;

use super::chain::{GENESIS, entry_hash, hash_in, proved_form};
use super::tree::{Hash, Tree, leaf};
use crate::db::audit_checkpoints::{self, Checkpoint};
use crate::db::audit_links::{self, Link};
use crate::db::audit_logs::{self, LogEntry, Seal};
use crate::db::audit_purges::{self, Purge};
use crate::db::settings;
use crate::db::{Db, DbError, Instant};

/// Network logs are kept for not less than six months (网络安全法 of 2016, article 21(3); amended with effect from 2026).
pub const LEGAL_MONTHS: i64 = 6;

/// Writers beside each other are sealed out of order; none takes longer than this many seconds from its number to its
/// commit.
const BESIDE: i64 = 3_600;

/// Links read at once.
const SLICE: i64 = 4_096;
/// Slices that wait for the one before them.
const WAITING: usize = 8;

/// What a walk over the whole chain found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Entries in the log.
    pub entries: i64,
    /// The last link that was taken away after its legal term, 0 for none.
    pub purged: i64,
    /// Links that hold, from the first one that is left.
    pub sound: i64,
    /// Hash of the last sound link: the log's head.
    pub head: String,
    /// The tree over all links up to there.
    pub tree: Tree,
    /// Its roots at the sizes asked for, and the last leaf of each.
    pub roots: BTreeMap<u64, Hash>,
    pub leaves: BTreeMap<u64, Hash>,
    /// A part of a log, from a file: what stands before it was not taken away.
    pub part: bool,
    /// Entries written but not sealed yet.
    pub unsealed: i64,
    /// The first link that does not hold, and why.
    pub broken: Option<(i64, Fault)>,
}

impl Verdict {
    /// The number of the last link that holds.
    pub fn last(&self) -> i64 {
        self.purged + self.sound
    }
}

/// Why a link does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The number does not follow the one before.
    Gap,
    /// It does not hold the hash of the link before.
    Unlinked,
    /// The entry it names is gone.
    Missing,
    /// The entry is not what was sealed.
    Changed,
    /// What stood before it was taken away, and no entry tells of that.
    Untold,
    /// What stood before it was taken away within its legal term.
    Early,
    /// It was put behind entries that are later than it.
    Backdated,
}

impl Fault {
    pub fn word(self) -> &'static str {
        match self {
            Self::Gap => "gap",
            Self::Unlinked => "unlinked",
            Self::Missing => "missing",
            Self::Changed => "changed",
            Self::Untold => "untold",
            Self::Early => "early",
            Self::Backdated => "backdated",
        }
    }
}

/// Walks the whole chain; memory stays bounded. With the hour of the day nothing can be said to come after it.
///
/// # Errors
/// The engine's.
pub fn verify(db: &mut Db, now: Option<Instant>, advance: impl FnMut(u64)) -> Result<Verdict, DbError> {
    verify_to(db, None, &[], now, advance)
}

/// The same with a second connection to share the work, and the roots of the tree at these sizes.
///
/// # Errors
/// Either connection's.
pub fn verify_to(
    db: &mut Db,
    second: Option<&mut Db>,
    sizes: &[u64],
    now: Option<Instant>,
    mut advance: impl FnMut(u64),
) -> Result<Verdict, DbError> {
    let cuts = audit_purges::all(db)?;
    let cut = cuts.last().cloned();
    let entries = audit_logs::count(db)?;
    let mut walk = Walk::begin(cut.as_ref(), entries, sizes);
    let last = audit_logs::head(db)?.map_or(0, |seal| seal.no);
    // A log that was cut meanwhile would look broken to whoever began later.
    let second = match second.filter(|_| last - walk.verdict.purged > 2 * SLICE) {
        Some(second) => (audit_purges::last(second)? == cut).then_some(second),
        None => None,
    };
    let (next, stop) = (AtomicI64::new(0), AtomicBool::new(false));
    let first = walk.verdict.purged + 1;
    std::thread::scope(|scope| -> Result<(), DbError> {
        let (sender, slices) = sync_channel(WAITING);
        for db in [Some(&mut *db), second].into_iter().flatten() {
            let (sender, next, stop) = (sender.clone(), &next, &stop);
            scope.spawn(move || read(db, first, last, next, stop, &sender));
        }
        drop(sender);
        let mut early = BTreeMap::new();
        let mut wanted = 0;
        for (number, slice) in slices {
            early.insert(number, slice);
            while let Some(slice) = early.remove(&wanted) {
                wanted += 1;
                let slice = slice.inspect_err(|_| stop.store(true, Ordering::Relaxed))?;
                advance(slice.leaves.len() as u64);
                walk.take(&slice);
                if walk.verdict.broken.is_some() {
                    stop.store(true, Ordering::Relaxed);
                    return Ok(());
                }
            }
        }
        Ok(())
    })?;
    let (mut verdict, late, ascending) = (walk.verdict, walk.late, walk.ascending);
    // Links that hold name an entry each, and where the numbers rise no two name the same.
    let first_no = audit_logs::first_no(db)?;
    let apart = first_no.is_none_or(|no| no > verdict.purged);
    let counted = verdict.broken.is_none() && ascending && apart && verdict.last() == last;
    verdict.unsealed = if counted { (entries - verdict.sound).max(0) } else { audit_logs::unsealed_count(db)? };
    if let Some(no) = backdated(db, &late, cut.as_ref())?
        && verdict.broken.is_none_or(|(broken, _)| no < broken)
    {
        verdict.broken = Some((no, Fault::Backdated));
    }
    // What a cut covers is gone: a link left there would stand outside the chain.
    if let Some(no) = first_no.filter(|_| !apart) {
        verdict.broken = Some((no, Fault::Gap));
    }
    // The first entry tells of the making of the database: one that was made and has none had its log taken away.
    if verdict.entries == 0 && verdict.sound == 0 && settings::get(db, settings::DATABASE_ID)?.is_some() {
        verdict.broken = Some((verdict.purged + 1, Fault::Missing));
    }
    if let Some(cut) = &cut
        && !told(db, cut)?
    {
        verdict.broken = Some((cut.last_no + 1, Fault::Untold));
    } else if !cuts.is_empty() {
        let checkpoints = audit_checkpoints::all(db)?;
        let early = |cut: &&Purge| early(cut, &checkpoints) || now.is_some_and(|now| cut.purged_at > now);
        verdict.broken = cuts.iter().find(early).map(|cut| (cut.last_no + 1, Fault::Early)).or(verdict.broken);
    }
    Ok(verdict)
}

/// Whether an entry tells of this cut with the same words.
fn told(db: &mut Db, cut: &Purge) -> Result<bool, DbError> {
    let told = audit_logs::told(db, "log purge", "audit_log", &cut.last_no.to_string())?;
    let same = |document: &Value| {
        document["head_hash"] == cut.head_hash && document["peaks"] == cut.peaks.0 && document["export_sha256"] == cut.export_sha256
    };
    Ok(told.into_iter().flatten().any(|document| same(&document.0)))
}

/// Whether a cut took away what was within its legal term: by its own words, or by a checkpoint of that term when the log
/// was shorter than what it took.
fn early(cut: &Purge, checkpoints: &[Checkpoint]) -> bool {
    let kept_from: Date = cut.purged_at.day().saturating_sub(LEGAL_MONTHS.months());
    cut.last_at.day() >= kept_from || checkpoints.iter().any(|point| point.tree_size < cut.last_no && point.created_at.day() >= kept_from)
}

/// The first link that was put behind later ones: its entry has a lower number than one before it, and an hour long
/// before that one's.
fn backdated(db: &mut Db, late: &[(i64, i64, i64)], cut: Option<&Purge>) -> Result<Option<i64>, DbError> {
    for (no, seq, highest) in late {
        let at = audit_logs::by_seq(db, *seq)?.map(|entry| entry.at);
        let before = audit_logs::by_seq(db, *highest)?.map(|entry| entry.at).or_else(|| cut.map(|cut| cut.last_at));
        if at.zip(before).is_some_and(|(at, before)| before.timestamp().as_second() - at.timestamp().as_second() > BESIDE) {
            return Ok(Some(*no));
        }
    }
    Ok(None)
}

/// The peaks as a cut keeps them.
pub fn peaks_in(value: &Value) -> Option<Vec<Hash>> {
    value.as_array()?.iter().map(|peak| hash_in(peak.as_str()?)).collect()
}

pub(super) struct Walk<'a> {
    pub verdict: Verdict,
    pub sizes: &'a [u64],
    /// The highest entry so far.
    highest: i64,
    /// Links whose entry has a lower number than one before: link, entry, and the highest before it.
    late: Vec<(i64, i64, i64)>,
    /// Whether every entry had a higher number than all before it.
    ascending: bool,
}

impl<'a> Walk<'a> {
    fn begin(cut: Option<&Purge>, entries: i64, sizes: &'a [u64]) -> Self {
        let mut verdict = Verdict { head: GENESIS.to_owned(), entries, ..Verdict::default() };
        if let Some(cut) = cut {
            verdict.purged = cut.last_no;
            verdict.head.clone_from(&cut.head_hash);
            match peaks_in(&cut.peaks.0).and_then(|peaks| Tree::resume(cut.last_no.unsigned_abs(), peaks)) {
                Some(tree) => verdict.tree = tree,
                None => verdict.broken = Some((cut.last_no + 1, Fault::Untold)),
            }
        }
        let mut walk = Self::of(verdict, sizes);
        walk.highest = cut.map_or(i64::MIN, |cut| cut.last_seq);
        walk
    }

    /// Goes on behind what is known already.
    pub fn of(verdict: Verdict, sizes: &'a [u64]) -> Self {
        let last = hash_in(&verdict.head).map(|head| leaf(&head));
        let mut walk = Self { verdict, sizes, highest: i64::MIN, late: Vec::new(), ascending: true };
        walk.note(last);
        walk
    }

    fn note(&mut self, last: Option<Hash>) {
        let size = self.verdict.tree.size();
        if self.sizes.contains(&size) {
            self.verdict.roots.insert(size, self.verdict.tree.root());
            self.verdict.leaves.extend(last.map(|last| (size, last)));
        }
    }

    pub fn take(&mut self, slice: &Slice) {
        if self.verdict.broken.is_some() {
            return;
        }
        let Some((first, previous)) = &slice.first else {
            self.verdict.broken = slice.broken;
            return;
        };
        if *first != self.verdict.last() + 1 {
            self.verdict.broken = Some((*first, Fault::Gap));
        } else if *previous != self.verdict.head {
            self.verdict.broken = Some((*first, Fault::Unlinked));
        } else {
            for (at, hash) in slice.leaves.iter().enumerate() {
                self.verdict.tree.push(*hash);
                self.verdict.sound += 1;
                self.note(Some(*hash));
                self.ascending &= slice.entries.get(at).is_some_and(|seq| *seq > self.highest);
                match slice.entries.get(at) {
                    Some(seq) if *seq < self.highest => self.late.push((self.verdict.last(), *seq, self.highest)),
                    Some(seq) => self.highest = *seq,
                    None => {}
                }
            }
            if !slice.leaves.is_empty() {
                self.verdict.head.clone_from(&slice.head);
            }
            self.verdict.broken = slice.broken;
        }
    }
}

/// What one stretch of the chain holds by itself.
#[derive(Default)]
pub(super) struct Slice {
    /// Its first link, and what that one builds on.
    pub first: Option<(i64, String)>,
    /// The links that hold.
    pub leaves: Vec<Hash>,
    /// The entries they name, where they come from a database.
    pub entries: Vec<i64>,
    pub head: String,
    pub broken: Option<(i64, Fault)>,
}

/// Reads one slice after the other, each time the next that nobody has.
fn read(db: &mut Db, first: i64, last: i64, next: &AtomicI64, stop: &AtomicBool, sender: &SyncSender<(i64, Result<Slice, DbError>)>) {
    while !stop.load(Ordering::Relaxed) {
        let number = next.fetch_add(1, Ordering::Relaxed);
        let from = first + number * SLICE;
        if from > last {
            return;
        }
        let slice = slice(db, from, last.min(from + SLICE - 1));
        let failed = slice.is_err();
        // Nobody listens any more once the chain is known to be broken.
        if sender.send((number, slice)).is_err() || failed {
            return;
        }
    }
}

fn slice(db: &mut Db, from: i64, to: i64) -> Result<Slice, DbError> {
    let mut slice = Slice::default();
    let mut next = from;
    while next <= to && slice.broken.is_none() {
        // A link whose pieces do not prove it: it is looked at by itself, and the rest read on from there.
        let mut unproved: Option<Link> = None;
        let read = audit_links::links(db, next, to, |link| {
            let Some(hash) = hash_in(&link.entry_hash).filter(|hash| proved_form(link, hash).is_some()) else {
                unproved = Some(link.clone());
                return ControlFlow::Break(());
            };
            slice.add((link.no, &link.prev_hash, &link.entry_hash), Some(hash), None);
            if slice.broken.is_some() {
                return ControlFlow::Break(());
            }
            slice.entries.push(link.log_seq);
            ControlFlow::Continue(())
        });
        match read {
            Ok(()) => {}
            // Something in this stretch cannot even be read: one at a time, to find which.
            Err(DbError::Other(_)) => return one_by_one(db, from, to),
            Err(error) => return Err(error),
        }
        let Some(link) = unproved else { break };
        let fault = exact(db, &link)?;
        slice.add((link.no, &link.prev_hash, &link.entry_hash), hash_in(&link.entry_hash), fault);
        if slice.broken.is_none() {
            slice.entries.push(link.log_seq);
        }
        next = link.no + 1;
    }
    Ok(slice)
}

/// What is wrong with a link, from its entry field by field; none where it holds all the same.
fn exact(db: &mut Db, link: &Link) -> Result<Option<Fault>, DbError> {
    match audit_logs::links_of(db, link.no) {
        Err(DbError::Other(_)) => Ok(Some(Fault::Changed)),
        Err(error) => Err(error),
        Ok(found) => Ok(match found.as_slice() {
            [] => Some(Fault::Missing),
            [(seal, entry)] => fault_of(seal, entry.as_ref()),
            // Two entries of one number: only one of them was sealed.
            _ => Some(Fault::Changed),
        }),
    }
}

fn one_by_one(db: &mut Db, from: i64, to: i64) -> Result<Slice, DbError> {
    let mut slice = Slice::default();
    for no in from..=to {
        match audit_logs::links_of(db, no) {
            Err(DbError::Other(_)) => slice.broken = Some((no, Fault::Changed)),
            Err(error) => return Err(error),
            Ok(found) => {
                for (seal, entry) in &found {
                    let fault = fault_of(seal, entry.as_ref());
                    slice.add((seal.no, &seal.prev_hash, &seal.entry_hash), hash_in(&seal.entry_hash), fault);
                    slice.entries.push(seal.log_seq);
                }
            }
        }
        if slice.broken.is_some() {
            break;
        }
    }
    Ok(slice)
}

fn fault_of(seal: &Seal, entry: Option<&LogEntry>) -> Option<Fault> {
    match entry {
        None => Some(Fault::Missing),
        Some(entry) if entry_hash(&seal.prev_hash, entry) != seal.entry_hash => Some(Fault::Changed),
        Some(_) => None,
    }
}

impl Slice {
    pub fn add(&mut self, (no, previous, head): (i64, &str, &str), hash: Option<Hash>, fault: Option<Fault>) {
        match &self.first {
            None => self.first = Some((no, previous.to_owned())),
            Some((first, _)) if no != first + self.leaves.len() as i64 => self.broken = Some((no, Fault::Gap)),
            Some(_) if previous != self.head => self.broken = Some((no, Fault::Unlinked)),
            Some(_) => {}
        }
        match (self.broken, fault, hash) {
            (Some(_), ..) => {}
            (None, None, Some(hash)) => {
                self.leaves.push(leaf(&hash));
                head.clone_into(&mut self.head);
            }
            (None, fault, _) => self.broken = Some((no, fault.unwrap_or(Fault::Changed))),
        }
    }
}
