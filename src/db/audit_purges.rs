//! Where the audit log was cut after its legal term (日志清理点), and what the rest is proved from.

use diesel::prelude::*;

use super::connection::Db;
use super::error::DbResult;
use super::schema::{audit_log, audit_purge, audit_seal};
use super::types::{Document, Instant};

/// One cut.
#[derive(Clone, Debug, PartialEq, Queryable, Selectable, Insertable)]
#[diesel(table_name = audit_purge)]
pub struct Purge {
    /// The last link that was taken away, and the highest entry.
    pub last_no: i64,
    pub last_seq: i64,
    pub entries: i64,
    /// What the first link that is left builds on.
    pub head_hash: String,
    /// The peaks of the tree over all that was taken away, a list of hashes.
    pub peaks: Document,
    /// When the newest entry taken away was written.
    pub last_at: Instant,
    pub export_sha256: String,
    pub purged_at: Instant,
}

/// The newest cut.
///
/// # Errors
/// The engine's.
pub fn last(db: &mut Db) -> DbResult<Option<Purge>> {
    Ok(audit_purge::table.select(Purge::as_select()).order(audit_purge::last_no.desc()).first(db).optional()?)
}

/// Every cut, oldest first.
///
/// # Errors
/// The engine's.
pub fn all(db: &mut Db) -> DbResult<Vec<Purge>> {
    Ok(audit_purge::table.select(Purge::as_select()).order(audit_purge::last_no).load(db)?)
}

/// Takes links and entries away up to a cut, which is recorded first: without it the tables refuse.
///
/// # Errors
/// The engine's.
pub fn cut(db: &mut Db, purge: &Purge) -> DbResult<()> {
    diesel::insert_into(audit_purge::table).values(purge).execute(db)?;
    diesel::delete(audit_seal::table.filter(audit_seal::no.le(purge.last_no))).execute(db)?;
    // An entry that was written beside others and sealed after them keeps its link, and stays.
    let linked = diesel::dsl::exists(audit_seal::table.filter(audit_seal::log_seq.eq(audit_log::seq)));
    diesel::delete(audit_log::table.filter(audit_log::seq.le(purge.last_seq)).filter(diesel::dsl::not(linked))).execute(db)?;
    Ok(())
}
