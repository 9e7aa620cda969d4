//! The schema's history, compiled in: one folder a step, the same steps for both engines.

use diesel::migration::{Migration as _, MigrationSource};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use sha2::{Digest, Sha256};

use super::connection::{Db, Engine};
use super::error::{DbError, DbResult};

const ON_SQLITE: EmbeddedMigrations = embed_migrations!("sql/sqlite");
#[cfg(feature = "postgres")]
const ON_POSTGRES: EmbeddedMigrations = embed_migrations!("sql/postgres");

/// The texts of the steps, to know them by their checksums.
#[derive(rust_embed::RustEmbed)]
#[folder = "sql/"]
#[include = "sqlite/*/up.sql"]
#[include = "postgres/*/up.sql"]
struct Texts;

/// One step of the schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Migration {
    /// Fourteen digits; text order is the order of steps.
    pub version: String,
    pub name: String,
    pub applied: bool,
    /// False for a step the database has and this program does not know.
    pub known: bool,
}

/// Every step, known to the program or found in the database, oldest first.
///
/// # Errors
/// The engine's.
pub fn migrations(db: &mut Db) -> DbResult<Vec<Migration>> {
    let known = known()?;
    let applied: Vec<String> = if has_history(db)? {
        // Asked by hand: diesel's own question begins with CREATE TABLE, which a reader may not do.
        super::raw::select_texts(db, "SELECT version FROM __diesel_schema_migrations", &["version"], &[])?.into_iter().flatten().collect()
    } else {
        Vec::new()
    };
    let mut steps: Vec<Migration> =
        known.into_iter().map(|(version, name)| Migration { applied: applied.contains(&version), version, name, known: true }).collect();
    for version in applied {
        if !steps.iter().any(|step| step.version == version) {
            steps.push(Migration { version, name: String::new(), applied: true, known: false });
        }
    }
    steps.sort_by(|a, b| a.version.cmp(&b.version));
    Ok(steps)
}

/// Applies the steps that are missing and returns them.
///
/// # Errors
/// [`DbError::Schema`] when the database is newer than this program; the engine's.
pub fn migrate(db: &mut Db) -> DbResult<Vec<Migration>> {
    let steps = migrations(db)?;
    if let Some(newer) = steps.iter().find(|step| !step.known) {
        return Err(DbError::Schema(newer.version.clone()));
    }
    ours(db)?;
    if db.engine() == Engine::Sqlite {
        db.execute("PRAGMA journal_mode = WAL")?;
    }
    db.all_or_nothing(apply)?;
    Ok(steps.into_iter().filter(|step| !step.applied).collect())
}

/// Tries what [`migrate`] would do, and takes it back.
///
/// # Errors
/// What [`migrate`] would end in.
pub fn rehearse_migration(db: &mut Db) -> DbResult<()> {
    if let Some(newer) = migrations(db)?.iter().find(|step| !step.known) {
        return Err(DbError::Schema(newer.version.clone()));
    }
    ours(db)?;
    match db.all_or_nothing(|db| -> Result<(), Rehearsed> {
        apply(db)?;
        Err(Rehearsed::Passed)
    }) {
        Err(Rehearsed::Failed(error)) => Err(error),
        Err(Rehearsed::Passed) | Ok(()) => Ok(()),
    }
}

enum Rehearsed {
    Passed,
    Failed(DbError),
}

impl From<DbError> for Rehearsed {
    fn from(error: DbError) -> Self {
        Self::Failed(error)
    }
}

/// All steps in the caller's transaction: who comes second waits, and finds nothing left to do.
fn apply(db: &mut Db) -> DbResult<()> {
    on_each!(db,
    sqlite(conn) => conn.run_pending_migrations(ON_SQLITE).map(drop),
    postgres(conn) => {
        use diesel::connection::SimpleConnection;
        conn.batch_execute("SELECT pg_advisory_xact_lock(20261123)")?;
        conn.run_pending_migrations(ON_POSTGRES).map(drop)
    })
    .map_err(other)?;
    note(db)
}

/// Notes what each step was made of, once: the audit compares it with what a later program ships.
fn note(db: &mut Db) -> DbResult<()> {
    let noted: Vec<String> =
        super::raw::select_texts(db, "SELECT version FROM schema_migration", &["version"], &[])?.into_iter().flatten().collect();
    for (version, name) in known()? {
        if !noted.contains(&version) {
            let checksum = checksum(&version, &name);
            let row = [version, name, checksum].map(super::raw::Value::Text);
            super::raw::run(db, "INSERT INTO schema_migration (version, name, checksum) VALUES ($1, $2, $3)", &row)?;
        }
    }
    Ok(())
}

/// The steps this program ships, as `version:checksum` with blanks between.
pub fn shipped_steps() -> String {
    let steps = known().unwrap_or_default();
    steps.iter().map(|(version, name)| format!("{version}:{}", checksum(version, name))).collect::<Vec<_>>().join(" ")
}

/// The texts of the steps this program ships for an engine, in their order.
pub(super) fn shipped_texts(engine: Engine) -> DbResult<Vec<String>> {
    let text = |(version, name): (String, String)| {
        let file = Texts::get(&format!("{}/{version}_{name}/up.sql", engine.name())).map(|file| file.data).unwrap_or_default();
        String::from_utf8_lossy(&file).into_owned()
    };
    Ok(known()?.into_iter().map(text).collect())
}

/// SHA-256 over the texts of both engines: a database keeps it when it moves from one to the other.
fn checksum(version: &str, name: &str) -> String {
    let mut hash = Sha256::new();
    for engine in ["sqlite", "postgres"] {
        hash.update(Texts::get(&format!("{engine}/{version}_{name}/up.sql")).map(|file| file.data).unwrap_or_default());
    }
    super::digest::hex(&hash.finalize())
}

/// A database with tables and without our history is somebody else's.
fn ours(db: &mut Db) -> DbResult<()> {
    if has_history(db)? {
        return Ok(());
    }
    super::structure::structure(db)?.first().map_or(Ok(()), |table| Err(DbError::OtherProgram(table.name.clone())))
}

/// Brings a fresh database to an older step: the schema an old backup was made on.
///
/// # Errors
/// [`DbError::Schema`] when the step is not known; the engine's.
pub fn migrate_to(db: &mut Db, version: &str) -> DbResult<()> {
    let steps: Vec<_> = known()?.into_iter().map(|(known, _)| known).take_while(|known| known.as_str() <= version).collect();
    if steps.last().is_none_or(|last| last != version) {
        return Err(DbError::Schema(version.to_owned()));
    }
    if db.engine() == Engine::Sqlite {
        db.execute("PRAGMA journal_mode = WAL")?;
    }
    db.all_or_nothing(|db| {
        for _ in steps {
            on_each!(db,
                sqlite(conn) => conn.run_next_migration(ON_SQLITE).map(drop),
                postgres(conn) => conn.run_next_migration(ON_POSTGRES).map(drop))
            .map_err(other)?;
        }
        Ok(())
    })
}

/// The newest version this program knows.
///
/// # Errors
/// None in practice: the list is compiled in.
pub fn newest_known() -> DbResult<String> {
    Ok(known()?.pop().map(|(version, _)| version).unwrap_or_default())
}

fn known() -> DbResult<Vec<(String, String)>> {
    let steps = MigrationSource::<diesel::sqlite::Sqlite>::migrations(&ON_SQLITE).map_err(other)?;
    let mut list: Vec<_> = steps
        .iter()
        .map(|step| {
            let full = step.name().to_string();
            let name = full.split_once('_').map_or("", |(_, name)| name).to_owned();
            (step.name().version().to_string(), name)
        })
        .collect();
    list.sort();
    Ok(list)
}

fn has_history(db: &mut Db) -> DbResult<bool> {
    let sql = on_each!(db,
        sqlite(_c) => "SELECT name AS n FROM sqlite_master WHERE name = '__diesel_schema_migrations'",
        postgres(_c) => "SELECT relname::text AS n FROM pg_class WHERE relname = '__diesel_schema_migrations' AND relnamespace = current_schema()::regnamespace");
    Ok(!super::raw::select_texts(db, sql, &["n"], &[])?.is_empty())
}

fn other(error: Box<dyn std::error::Error + Send + Sync>) -> DbError {
    DbError::Schema(error.to_string())
}
