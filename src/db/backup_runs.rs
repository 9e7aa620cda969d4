//! Records of backups (备份) in the database they were made of.

use diesel::prelude::*;

use super::connection::Db;
use super::error::DbResult;
use super::raw::{Value, run, select_texts};
use super::schema::backup_run;
use super::types::{Day, Instant};

/// A backup as the database remembers it.
#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = backup_run)]
pub struct NewBackupRun {
    /// None where it failed before there was one.
    pub snapshot_id: Option<String>,
    pub repository: String,
    pub kind: String,
    pub target: String,
    pub started_at: Instant,
    pub finished_at: Instant,
    pub status: String,
    pub bytes: Option<i64>,
    pub added_bytes: Option<i64>,
    pub manifest_sha256: Option<String>,
    pub verified_at: Option<Instant>,
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

/// Adds the record of a snapshot the database does not know.
///
/// # Errors
/// The engine's.
pub fn remember(db: &mut Db, run: &NewBackupRun) -> DbResult<()> {
    let known: i64 = backup_run::table
        .filter(backup_run::snapshot_id.eq(&run.snapshot_id))
        .filter(backup_run::target.eq(&run.target))
        .count()
        .get_result(db)?;
    if known == 0 { add(db, run) } else { Ok(()) }
}

/// Notes when a snapshot was last verified; how many records that touched.
///
/// # Errors
/// The engine's.
pub fn verified(db: &mut Db, snapshot_id: &str, at: Instant) -> DbResult<usize> {
    Ok(diesel::update(backup_run::table.filter(backup_run::snapshot_id.eq(snapshot_id))).set(backup_run::verified_at.eq(at)).execute(db)?)
}

/// Notes that a repository holds these snapshots no longer.
///
/// # Errors
/// The engine's.
pub fn expired(db: &mut Db, repository: &str, snapshot_ids: &[String], on: Day) -> DbResult<()> {
    diesel::update(backup_run::table.filter(backup_run::repository.eq(repository)).filter(backup_run::snapshot_id.eq_any(snapshot_ids)))
        .set(backup_run::expires_on.eq(on))
        .execute(db)?;
    Ok(())
}

/// Snapshot ids with the time each was last verified.
///
/// # Errors
/// The engine's.
pub fn verifications(db: &mut Db) -> DbResult<Vec<(Option<String>, Option<Instant>)>> {
    Ok(backup_run::table.select((backup_run::snapshot_id, backup_run::verified_at)).load(db)?)
}

/// Notes a rehearsal of a restore (恢复演练); false where the database has no record of the snapshot.
///
/// # Errors
/// The engine's.
pub fn tested(db: &mut Db, snapshot_id: &str, at: Instant, place: &str, ok: bool, seconds: i64, rows: i64) -> DbResult<bool> {
    let known =
        select_texts(db, "SELECT MIN(id) AS id FROM backup_run WHERE snapshot_id = $1", &["id"], &[Value::Text(snapshot_id.to_owned())])?;
    let Some(id) = known.first().and_then(|row| row[0].parse().ok()) else { return Ok(false) };
    run(
        db,
        "INSERT INTO restore_test (backup_id, tested_at, environment, status, seconds, rows_checked) VALUES ($1, $2, $3, $4, $5, $6)",
        &[
            Value::Int(id),
            Value::Instant(at),
            Value::Text(place.to_owned()),
            Value::Text(if ok { "ok" } else { "failed" }.to_owned()),
            Value::Int(seconds),
            Value::Int(rows),
        ],
    )?;
    if ok {
        verified(db, snapshot_id, at)?;
    }
    Ok(true)
}

/// When a rehearsal last passed, as text; none when none did.
///
/// # Errors
/// The engine's.
pub fn last_test(db: &mut Db) -> DbResult<Option<String>> {
    let sql = "SELECT MAX(tested_at) AS at FROM restore_test WHERE status = 'ok'";
    Ok(select_texts(db, sql, &["at"], &[])?.into_iter().next().map(|mut row| row.swap_remove(0)).filter(|at| !at.is_empty()))
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
