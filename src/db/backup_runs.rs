//! Records of backups (备份) in the database they were made of.

use diesel::prelude::*;

use super::connection::Db;
use super::error::DbResult;
use super::schema::backup_run;
use super::types::Instant;

/// A backup as the database remembers it.
#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = backup_run)]
pub struct NewBackupRun {
    pub snapshot_id: String,
    pub repository: String,
    pub kind: String,
    pub target: String,
    pub started_at: Instant,
    pub finished_at: Instant,
    pub status: String,
    pub bytes: i64,
    pub added_bytes: i64,
    pub manifest_sha256: String,
    pub label: Option<String>,
}

/// Adds a finished backup.
///
/// # Errors
/// The engine's.
pub fn add(db: &mut Db, run: &NewBackupRun) -> DbResult<()> {
    diesel::insert_into(backup_run::table).values(run).execute(db)?;
    Ok(())
}

/// Notes when a snapshot was last verified; how many records that touched.
///
/// # Errors
/// The engine's.
pub fn verified(db: &mut Db, snapshot_id: &str, at: Instant) -> DbResult<usize> {
    Ok(diesel::update(backup_run::table.filter(backup_run::snapshot_id.eq(snapshot_id))).set(backup_run::verified_at.eq(at)).execute(db)?)
}

/// Snapshot ids with the time each was last verified.
///
/// # Errors
/// The engine's.
pub fn verifications(db: &mut Db) -> DbResult<Vec<(Option<String>, Option<Instant>)>> {
    Ok(backup_run::table.select((backup_run::snapshot_id, backup_run::verified_at)).load(db)?)
}

/// When the newest successful backup ended.
///
/// # Errors
/// The engine's.
pub fn last(db: &mut Db) -> DbResult<Option<Instant>> {
    let newest = backup_run::table
        .filter(backup_run::status.eq("ok"))
        .order(backup_run::finished_at.desc())
        .select(backup_run::finished_at)
        .first::<Option<Instant>>(db)
        .optional()?;
    Ok(newest.flatten())
}
