//! Records of backups (备份) in the database they were made of.

use std::collections::HashMap;

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
    pub read_at: Option<Instant>,
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

/// How deep a look into a snapshot went, beside its structure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Looked {
    /// Every byte of what it needs was read.
    pub read: bool,
    /// Its database was brought back and proved.
    pub restored: bool,
}

/// By what damage was found, the lightest first: what a lighter look would not have seen, it does not take back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Damage {
    Structure,
    Restore,
    All,
    /// Its pack was set aside by a repair: what was in it is gone unless a later backup brought it again.
    Lost,
}

impl Damage {
    const ORDER: [Self; 4] = [Self::Structure, Self::Restore, Self::All, Self::Lost];

    fn name(self) -> &'static str {
        match self {
            Self::Structure => "structure",
            Self::Restore => "restore",
            Self::All => "all",
            Self::Lost => "lost",
        }
    }

    /// What a look of this depth may take back.
    fn cleared_by(looked: Looked) -> Vec<&'static str> {
        let all: &[Self] = if looked.read { &[Self::All, Self::Lost] } else { &[] };
        let restore: &[Self] = if looked.restored { &[Self::Restore] } else { &[] };
        [Self::Structure].iter().chain(all).chain(restore).map(|damage| damage.name()).collect()
    }

    /// What is known already by a lighter look than this.
    fn lighter(self) -> Vec<&'static str> {
        Self::ORDER.iter().take_while(|damage| **damage != self).map(|damage| damage.name()).collect()
    }
}

/// Notes that these snapshots were found sound; damage that only a deeper look finds stays noted.
///
/// # Errors
/// The engine's.
pub fn verified(db: &mut Db, snapshot_ids: &[String], looked: Looked, at: Instant) -> DbResult<()> {
    let found = || backup_run::table.filter(backup_run::snapshot_id.eq_any(snapshot_ids));
    diesel::update(found()).set(backup_run::verified_at.eq(at)).execute(db)?;
    if looked.read {
        diesel::update(found()).set(backup_run::read_at.eq(at)).execute(db)?;
    }
    if looked.restored {
        diesel::update(found()).set(backup_run::restored_at.eq(at)).execute(db)?;
    }
    diesel::update(found().filter(backup_run::damage_depth.eq_any(Damage::cleared_by(looked))))
        .set((backup_run::damaged_at.eq(None::<Instant>), backup_run::damage_depth.eq(None::<String>)))
        .execute(db)?;
    Ok(())
}

/// Notes that these snapshots were found damaged; how many records that touched.
///
/// # Errors
/// The engine's.
pub fn damaged(db: &mut Db, snapshot_ids: &[String], damage: Damage, at: Instant) -> DbResult<usize> {
    let found = || backup_run::table.filter(backup_run::snapshot_id.eq_any(snapshot_ids));
    let lighter = backup_run::damage_depth.is_null().or(backup_run::damage_depth.eq_any(damage.lighter()));
    diesel::update(found().filter(lighter)).set(backup_run::damage_depth.eq(damage.name())).execute(db)?;
    Ok(diesel::update(found()).set(backup_run::damaged_at.eq(at)).execute(db)?)
}

/// When a snapshot was found damaged, and stays so for all that is known.
///
/// # Errors
/// The engine's.
pub fn damaged_since(db: &mut Db, snapshot_id: &str) -> DbResult<Option<Instant>> {
    let found = backup_run::table.filter(backup_run::snapshot_id.eq(snapshot_id)).filter(backup_run::damaged_at.is_not_null());
    Ok(found.select(backup_run::damaged_at).first::<Option<Instant>>(db).optional()?.flatten())
}

/// Whether a repository, under any of its names, is known to hold damage that no repair has set aside; true where it takes
/// reading to find it.
///
/// # Errors
/// The engine's.
pub fn unrepaired(db: &mut Db, repositories: &[String]) -> DbResult<Option<bool>> {
    let held = backup_run::table.filter(backup_run::repository.eq_any(repositories)).filter(backup_run::expires_on.is_null());
    let damaged = held.filter(backup_run::damage_depth.ne(Damage::Lost.name())).filter(backup_run::damaged_at.is_not_null());
    let found = damaged.select(backup_run::damage_depth).load::<Option<String>>(db)?;
    let read = found.iter().flatten().any(|depth| depth != Damage::Structure.name());
    Ok((!found.is_empty()).then_some(read))
}

/// What the database knows of a snapshot's soundness.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known {
    pub verified_at: Option<Instant>,
    pub read_at: Option<Instant>,
    pub restored_at: Option<Instant>,
    pub damaged_at: Option<Instant>,
}

impl Known {
    /// Every byte of it was read, or its database came back, and nothing was found wrong since.
    pub fn proved(&self) -> bool {
        self.damaged_at.is_none() && (self.read_at.is_some() || self.restored_at.is_some())
    }

    /// The deepest look that found it sound, or that it is damaged; none where nobody looked.
    pub fn proof(&self) -> Option<&'static str> {
        match self {
            Self { damaged_at: Some(_), .. } => Some("damaged"),
            Self { read_at: Some(_), restored_at: Some(_), .. } => Some("all restored"),
            Self { read_at: Some(_), .. } => Some("all"),
            Self { restored_at: Some(_), .. } => Some("restored"),
            Self { verified_at: Some(_), .. } => Some("structure"),
            _ => None,
        }
    }
}

/// What is known of each snapshot, by its id.
///
/// # Errors
/// The engine's.
pub fn known(db: &mut Db) -> DbResult<HashMap<String, Known>> {
    let columns = (backup_run::snapshot_id, backup_run::verified_at, backup_run::read_at, backup_run::restored_at, backup_run::damaged_at);
    type Row = (Option<String>, Option<Instant>, Option<Instant>, Option<Instant>, Option<Instant>);
    let rows = backup_run::table.select(columns).load::<Row>(db)?;
    let known = rows.into_iter().filter_map(|(id, verified_at, read_at, restored_at, damaged_at)| {
        Some((id?, Known { verified_at, read_at, restored_at, damaged_at }))
    });
    Ok(known.collect())
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

/// Notes that a repository, under any of the names it was noted under, holds these snapshots no longer, or holds them after
/// all.
///
/// # Errors
/// The engine's.
pub fn expired(db: &mut Db, repositories: &[String], snapshot_ids: &[String], on: Option<Day>) -> DbResult<()> {
    let gone = backup_run::table.filter(backup_run::repository.eq_any(repositories)).filter(backup_run::snapshot_id.eq_any(snapshot_ids));
    diesel::update(gone).set(backup_run::expires_on.eq(on)).execute(db)?;
    Ok(())
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
    let ids = [snapshot_id.to_owned()];
    if ok {
        verified(db, &ids, Looked { read: false, restored: true }, at)?;
    } else {
        damaged(db, &ids, Damage::Restore, at)?;
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
