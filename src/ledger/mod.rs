//! The audit log (审计日志): who did what to what, sealed by a hash chain.
//!
//! Entries are written in the writer's own transaction; the chain is sealed right
//! after by one sealer at a time, so that it does not serialise every writer. A
//! chain alone does not show a cut tail (only a checkpoint kept elsewhere does),
//! so [`verify`] reports the unsealed tail apart and promises no more than it can.

mod actor;
mod chain;

use anyhow::Result;
use serde_json::Value;

use crate::db::audit_logs::{self, LogEntry, NewLogEntry, Seal};
use crate::db::settings;
use crate::db::{Db, DbError, Document, Instant};

pub use actor::Actor;
pub use chain::{GENESIS, entry_hash};

/// Sealed and verified in slices of this many entries.
const SLICE: i64 = 2_000;

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
    for entry in entries {
        let row = NewLogEntry {
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
        };
        audit_logs::append(db, &row)?;
    }
    Ok(())
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

/// Seals every entry that has no seal yet.
///
/// # Errors
/// The engine's.
pub fn seal(db: &mut Db, at: Instant) -> Result<(), DbError> {
    loop {
        let sealed = db.all_or_nothing(|db| {
            audit_logs::lock_chain(db)?;
            let waiting = audit_logs::unsealed(db, SLICE)?;
            let mut head = audit_logs::head(db)?.map_or((0, GENESIS.to_owned()), |seal| (seal.no, seal.entry_hash));
            let seals: Vec<Seal> = waiting
                .iter()
                .map(|entry| {
                    let hash = entry_hash(&head.1, entry);
                    let seal = Seal {
                        no: head.0 + 1,
                        log_seq: entry.seq,
                        prev_hash: std::mem::replace(&mut head.1, hash.clone()),
                        entry_hash: hash,
                        sealed_at: at,
                    };
                    head.0 += 1;
                    seal
                })
                .collect();
            audit_logs::seal(db, &seals)?;
            Ok::<_, DbError>(seals.len() as i64)
        })?;
        if sealed < SLICE {
            return Ok(());
        }
    }
}

/// What a walk over the whole chain found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Entries in the log.
    pub entries: i64,
    /// Links that hold, from number 1 on.
    pub sound: i64,
    /// Hash of the last sound link: the log's head.
    pub head: String,
    /// Entries written but not sealed yet.
    pub unsealed: i64,
    /// The first link that does not hold, and why.
    pub broken: Option<(i64, Fault)>,
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
}

/// Walks the whole chain; memory stays bounded.
///
/// # Errors
/// The engine's.
pub fn verify(db: &mut Db, mut advance: impl FnMut(u64)) -> Result<Verdict, DbError> {
    let mut verdict = Verdict { head: GENESIS.to_owned(), entries: audit_logs::count(db)?, ..Verdict::default() };
    let mut sealed = 0;
    loop {
        let slice = match audit_logs::chain(db, sealed + 1, SLICE) {
            // Something in this stretch cannot even be read: one at a time, to find which.
            Err(DbError::Other(_)) => match audit_logs::chain(db, sealed + 1, 1) {
                Err(DbError::Other(_)) => {
                    sealed += 1;
                    verdict.broken.get_or_insert((sealed, Fault::Changed));
                    continue;
                }
                one => one?,
            },
            slice => slice?,
        };
        if slice.is_empty() {
            break;
        }
        advance(slice.len() as u64);
        for (seal, entry) in &slice {
            if verdict.broken.is_none() {
                match fault_of(seal, entry.as_ref(), &verdict) {
                    Some(fault) => verdict.broken = Some((seal.no, fault)),
                    None => {
                        verdict.sound += 1;
                        verdict.head.clone_from(&seal.entry_hash);
                    }
                }
            }
            sealed = seal.no;
        }
    }
    verdict.unsealed = audit_logs::unsealed_count(db)?;
    // The first entry tells of the making of the database: one that was made and has none had its log taken away.
    if verdict.entries == 0 && verdict.sound == 0 && settings::get(db, settings::DATABASE_ID)?.is_some() {
        verdict.broken = Some((1, Fault::Missing));
    }
    Ok(verdict)
}

fn fault_of(seal: &Seal, entry: Option<&LogEntry>, so_far: &Verdict) -> Option<Fault> {
    if seal.no != so_far.sound + 1 {
        return Some(Fault::Gap);
    }
    if seal.prev_hash != so_far.head {
        return Some(Fault::Unlinked);
    }
    match entry {
        None => Some(Fault::Missing),
        Some(entry) if entry_hash(&seal.prev_hash, entry) != seal.entry_hash => Some(Fault::Changed),
        Some(_) => None,
    }
}
