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
    // Each repository gives its snapshots ids of its own: one that is known is known as local or off site already.
    let known: i64 = backup_run::table.filter(backup_run::snapshot_id.eq(&run.snapshot_id)).count().get_result(db)?;
    if known == 0 { add(db, run) } else { Ok(()) }
}

/// Notes that a snapshot was found sound, whatever was found before.
///
/// # Errors
/// The engine's.
pub fn verified(db: &mut Db, snapshot_id: &str, at: Instant) -> DbResult<()> {
    diesel::update(backup_run::table.filter(backup_run::snapshot_id.eq(snapshot_id)))
        .set((backup_run::verified_at.eq(at), backup_run::damaged_at.eq(None::<Instant>)))
        .execute(db)?;
    Ok(())
}

/// Notes that these snapshots were found damaged; how many records that touched.
///
/// # Errors
/// The engine's.
pub fn damaged(db: &mut Db, snapshot_ids: &[String], at: Instant) -> DbResult<usize> {
    let found = backup_run::table.filter(backup_run::snapshot_id.eq_any(snapshot_ids));
    Ok(diesel::update(found).set(backup_run::damaged_at.eq(at)).execute(db)?)
}

/// The snapshots a repository is thought to hold, with the name it was noted under.
///
/// # Errors
/// The engine's.
pub fn held(db: &mut Db) -> DbResult<Vec<(String, String)>> {
    let held = backup_run::table.filter(backup_run::status.eq("ok")).filter(backup_run::expires_on.is_null());
    let rows = held.select((backup_run::repository, backup_run::snapshot_id)).load::<(Option<String>, Option<String>)>(db)?;
    Ok(rows.into_iter().filter_map(|(repository, id)| Some((repository?, id?))).collect())
}

/// Notes that a repository, under any of the names it was noted under, holds these snapshots no longer.
///
/// # Errors
/// The engine's.
pub fn expired(db: &mut Db, repositories: &[String], snapshot_ids: &[String], on: Day) -> DbResult<()> {
    let gone = backup_run::table.filter(backup_run::repository.eq_any(repositories)).filter(backup_run::snapshot_id.eq_any(snapshot_ids));
    diesel::update(gone).set(backup_run::expires_on.eq(on)).execute(db)?;
    Ok(())
}

/// Snapshot ids with the time each was last found sound; none where it was found damaged since.
///
/// # Errors
/// The engine's.
pub fn verifications(db: &mut Db) -> DbResult<Vec<(Option<String>, Option<Instant>)>> {
    let sound = backup_run::table.filter(backup_run::damaged_at.is_null());
    Ok(sound.select((backup_run::snapshot_id, backup_run::verified_at)).load(db)?)
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
    } else {
        damaged(db, &[snapshot_id.to_owned()], at)?;
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
