//! Checkpoints of the audit log (检查点): its size and root at one moment, and where they were written down.

use diesel::prelude::*;

use super::connection::Db;
use super::error::DbResult;
use super::schema::audit_checkpoint;
use super::types::Instant;

/// A checkpoint as the database remembers it.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = audit_checkpoint)]
pub struct Checkpoint {
    pub id: i64,
    pub origin: String,
    pub tree_size: i64,
    /// Hash of the last link it covers.
    pub head_hash: String,
    pub root_hash: Option<String>,
    pub signed_note: Option<String>,
    pub created_at: Instant,
    /// Where it was written down outside; none where only the database has it.
    pub anchored_to: Option<String>,
    pub anchored_at: Option<Instant>,
}

/// A checkpoint not yet written.
#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = audit_checkpoint)]
pub struct NewCheckpoint {
    pub origin: String,
    pub tree_size: i64,
    pub head_hash: String,
    pub root_hash: String,
    pub signed_note: Option<String>,
    pub created_at: Instant,
    pub anchored_to: Option<String>,
    pub anchored_at: Option<Instant>,
}

/// Every checkpoint, by the size of the log.
///
/// # Errors
/// The engine's.
pub fn all(db: &mut Db) -> DbResult<Vec<Checkpoint>> {
    Ok(audit_checkpoint::table.select(Checkpoint::as_select()).order((audit_checkpoint::tree_size, audit_checkpoint::id)).load(db)?)
}

/// Adds a checkpoint and returns its id.
///
/// # Errors
/// The engine's.
pub fn add(db: &mut Db, new: &NewCheckpoint) -> DbResult<i64> {
    Ok(diesel::insert_into(audit_checkpoint::table).values(new).returning(audit_checkpoint::id).get_result(db)?)
}
