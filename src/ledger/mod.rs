//! The audit log (审计日志): who did what to what, sealed by a hash chain.
//!
//! Entries are written in the writer's own transaction; the chain is sealed right
//! after by one sealer at a time, so that it does not serialise every writer. A
//! chain alone does not show a cut tail (only a checkpoint kept elsewhere does),
//! so [`verify`] reports the unsealed tail apart and promises no more than it can.

mod actor;
mod anchor;
mod chain;
mod evidence;
mod file;
mod note;
mod tree;
mod walk;

use anyhow::Result;
use serde_json::Value;

use crate::db::audit_logs::{self, NewLogEntry, Seal};
use crate::db::audit_purges;
use crate::db::settings;
use crate::db::{Db, DbError, Document, Instant};

pub use actor::Actor;
pub use anchor::{Anchor, Duty, Fault as AnchorFault, Proof, read as read_anchors};
pub use chain::{GENESIS, canonical_form, entry_hash, hash_in};
pub use evidence::{Judgement, State, Witness, judge, remembered};
pub use file::{FileFault, Part, ProofFile, check_file, export, roots_below};
pub use note::{Checkpoint, Key, Note, PublicKey};
pub use tree::{Hash, Tree, leaf};
pub use walk::{Fault, LEGAL_MONTHS, Verdict, verify, verify_to};

/// Sealed in slices of this many entries.
const SLICE: i64 = 2_000;
/// So far below the number of the head the entries beside it are looked at one by one.
const NEAR: i64 = 1_000;

/// What one change did to one subject.
#[derive(Clone, Debug, Default)]
pub struct Entry {
    /// `user add`.
    pub verb: &'static str,
    pub table: Option<&'static str>,
    /// Natural key, never a row id.
    pub key: Option<String>,
    pub old: Option<Value>,
    pub new: Option<Value>,
}

/// Appends entries; call inside the transaction of the change itself.
///
/// # Errors
/// The engine's.
pub fn append(db: &mut Db, actor: &Actor, op_id: &str, at: Instant, reason: Option<&str>, entries: Vec<Entry>) -> Result<(), DbError> {
    let rows: Vec<_> = entries
        .into_iter()
        .map(|entry| NewLogEntry {
            op_id: op_id.to_owned(),
            at,
            actor: actor.login.clone(),
            os_user: actor.os_user.clone(),
            host: actor.host.clone(),
            source: concat!("swj ", env!("CARGO_PKG_VERSION")).to_owned(),
            verb: entry.verb.to_owned(),
            subject_table: entry.table.map(str::to_owned),
            subject_key: entry.key,
            old_value: entry.old.map(Document),
            new_value: entry.new.map(Document),
            reason: reason.map(str::to_owned),
            result: "done".to_owned(),
        })
        .collect();
    audit_logs::append_all(db, &rows)
}

/// The name of a database's log in its checkpoints.
///
/// # Errors
/// The engine's.
pub fn origin(db: &mut Db) -> Result<String, DbError> {
    let id = settings::get(db, settings::DATABASE_ID)?;
    Ok(format!("swj/{}", id.unwrap_or_else(|| "unnamed".to_owned())))
}

/// The tree over the first links up to this number, from the hashes in the chain alone; none where one is missing.
///
/// # Errors
/// The engine's.
pub fn tree_to(db: &mut Db, no: i64) -> Result<Option<Tree>, DbError> {
    let Some(mut tree) = cut_tree(db)? else { return Ok(None) };
    let cut = tree.clone();
    let whole = leaves_to(db, &cut, no, |leaf| tree.push(leaf))?;
    Ok((whole && tree.size() == no.unsigned_abs()).then_some(tree))
}

/// The proof that a link is in the tree of this size; none where it is not, or was taken away.
///
/// # Errors
/// The engine's.
pub fn path_to(db: &mut Db, no: i64, size: i64) -> Result<Option<tree::Path>, DbError> {
    let Some(cut) = cut_tree(db)? else { return Ok(None) };
    let Some(mut prover) = tree::Prover::new(no.unsigned_abs().saturating_sub(1), size.unsigned_abs(), &cut) else { return Ok(None) };
    let whole = leaves_to(db, &cut, size, |leaf| prover.push(leaf))?;
    Ok(if whole { prover.path() } else { None })
}

/// The tree over what was taken away.
fn cut_tree(db: &mut Db) -> Result<Option<Tree>, DbError> {
    let Some(cut) = audit_purges::last(db)? else { return Ok(Some(Tree::default())) };
    Ok(walk::peaks_in(&cut.peaks.0).and_then(|peaks| Tree::resume(cut.last_no.unsigned_abs(), peaks)))
}

fn leaves_to(db: &mut Db, cut: &Tree, to: i64, mut each: impl FnMut(Hash)) -> Result<bool, DbError> {
    let mut from = cut.size() as i64 + 1;
    while from <= to {
        let end = to.min(from + SLICE - 1);
        for hash in audit_logs::hashes(db, from, end)? {
            let Some(hash) = hash_in(&hash) else { return Ok(false) };
            each(leaf(&hash));
        }
        from = end + 1;
    }
    Ok(true)
}

/// Writes down what somebody wanted to do and may not; in a transaction of its own, for nothing else was written.
///
/// # Errors
/// The engine's.
pub fn refused(db: &mut Db, actor: &Actor, op_id: &str, at: Instant, verb: &str, why: Value, reason: Option<&str>) -> Result<(), DbError> {
    let row = NewLogEntry {
        op_id: op_id.to_owned(),
        at,
        actor: actor.login.clone(),
        os_user: actor.os_user.clone(),
        host: actor.host.clone(),
        source: concat!("swj ", env!("CARGO_PKG_VERSION")).to_owned(),
        verb: verb.to_owned(),
        subject_table: None,
        subject_key: None,
        old_value: None,
        new_value: Some(Document(why)),
        reason: reason.map(str::to_owned),
        result: "refused".to_owned(),
    };
    db.all_or_nothing(|db| audit_logs::append(db, &row))?;
    seal(db, at)
}

/// Seals every entry that has no seal yet. The log is looked through only where the number of seals says that one is
/// missing below the newest: somebody was killed between his commit and his seal, or entries were taken away.
///
/// # Errors
/// The engine's.
pub fn seal(db: &mut Db, at: Instant) -> Result<(), DbError> {
    let first = match audit_logs::head(db)?.map(|head| head.log_seq.saturating_sub(NEAR)) {
        Some(near) if audit_logs::all_sealed_below(db, near)? => audit_logs::next_from(db, near)?,
        _ => audit_logs::first_unsealed(db)?,
    };
    seal_from(db, first, at)
}

/// The same, and the whole log is looked through: for who takes entries away, or vouches for all of them.
///
/// # Errors
/// The engine's.
pub fn seal_all(db: &mut Db, at: Instant) -> Result<(), DbError> {
    let first = audit_logs::first_unsealed(db)?;
    seal_from(db, first, at)
}

fn seal_from(db: &mut Db, first: Option<i64>, at: Instant) -> Result<(), DbError> {
    let mut next = first;
    // What another writer commits meanwhile under a lower number waits for the next seal.
    while let Some(first) = next {
        next = db.all_or_nothing(|db| seal_slice(db, first, at))?;
    }
    Ok(())
}

/// Seals what has no seal among the numbers from `first` on, and tells where to go on; none where no entry is left.
fn seal_slice(db: &mut Db, first: i64, at: Instant) -> Result<Option<i64>, DbError> {
    audit_logs::lock_chain(db)?;
    let last = first.saturating_add(SLICE - 1);
    let waiting = audit_logs::unsealed(db, first, last)?;
    let cut = audit_purges::last(db)?.map(|purge| (purge.last_no, purge.head_hash));
    let head = audit_logs::head(db)?.map(|seal| (seal.no, seal.entry_hash)).or(cut);
    let (mut no, mut hash) = head.unwrap_or_else(|| (0, GENESIS.to_owned()));
    let mut seals = Vec::with_capacity(waiting.len());
    for entry in &waiting {
        no += 1;
        let entry_hash = entry_hash(&hash, entry);
        let prev_hash = std::mem::replace(&mut hash, entry_hash);
        seals.push(Seal { no, log_seq: entry.seq, prev_hash, entry_hash: hash.clone(), sealed_at: at });
    }
    audit_logs::seal(db, &seals)?;
    last.checked_add(1).map_or(Ok(None), |next| audit_logs::next_from(db, next))
}
