//! What a snapshot says of itself, and the proof that a restored database is that one.

use serde::{Deserialize, Serialize};

use crate::db::access::{self, Access, Locale};
use crate::db::{Db, DbError, TableDigest, audit_logs, engine, migrations, newest_known, settings};

/// The form of the manifest, and of a snapshot's paths.
pub const FORMAT: &str = "swj.backup/1";
/// The manifest's path inside a snapshot.
pub const MANIFEST: &str = "manifest.json";
/// The path of [`HOW_TO`] inside a snapshot. By name it stands between the database and the manifest, where something has
/// to: the engine asks for the next entry before it reads one, and would let the database wait for its digests.
pub const HOW_TO_PATH: &str = "how-to-restore.txt";
/// What tells whoever has restic and no `swj` how to bring a snapshot back, in both languages.
pub const HOW_TO: &str = include_str!("how-to-restore.txt");
/// A SQLite database's path inside a snapshot.
pub const DATABASE_SQLITE: &str = "database.sqlite3";
/// A PostgreSQL dump's path inside a snapshot, where it is a folder of parts.
pub const DATABASE_POSTGRES: &str = "database.sql";

/// What was backed up, counted and digested in the same moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// [`FORMAT`].
    pub format: String,
    pub tool: String,
    pub database_id: String,
    /// `sqlite` or `postgres`.
    pub engine: String,
    pub engine_version: String,
    /// Newest migration applied.
    pub schema_version: String,
    /// RFC 3339, Beijing time.
    pub created_at: String,
    pub host: String,
    pub rows: u64,
    pub tables: Vec<TableDigest>,
    /// Hash of the newest sealed log entry; none for an empty log.
    pub log_head: Option<String>,
    pub log_entries: i64,
    /// Number of the newest log entry; what is written later has a greater one, whatever is purged meanwhile.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log_last: Option<i64>,
    pub has_attachments: bool,
    /// What the database took up on disk, indexes included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub database_bytes: Option<u64>,
    /// Owner, grants and settings, which a dump does not hold; none of a SQLite database.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access: Option<Access>,
}

impl Manifest {
    /// Describes a database of which `tables` are the digests; call it inside the read transaction they were taken in, or on
    /// a copy nobody writes to.
    ///
    /// # Errors
    /// The engine's.
    pub fn of(db: &mut Db, tables: Vec<TableDigest>, created_at: String, host: String, has_attachments: bool) -> Result<Self, DbError> {
        let steps = migrations(db)?;
        Ok(Self {
            format: FORMAT.to_owned(),
            tool: concat!("swj ", env!("CARGO_PKG_VERSION")).to_owned(),
            database_id: settings::get(db, settings::DATABASE_ID)?.unwrap_or_default(),
            engine: db.engine().name().to_owned(),
            engine_version: engine::version(db)?,
            schema_version: steps.into_iter().filter(|step| step.applied).map(|step| step.version).next_back().unwrap_or_default(),
            created_at,
            host,
            rows: tables.iter().map(|table| table.rows).sum(),
            tables,
            log_head: audit_logs::head(db)?.map(|seal| seal.entry_hash),
            log_entries: audit_logs::count(db)?,
            log_last: Some(audit_logs::last_seq(db)?),
            has_attachments,
            database_bytes: Some(engine::bytes(db)?),
            access: access::of(db)?,
        })
    }

    /// The manifest as it is stored.
    pub fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec_pretty(self).unwrap_or_default()
    }

    /// Whether this program knows the schema.
    ///
    /// # Errors
    /// None in practice.
    pub fn is_newer_than_us(&self) -> Result<bool, DbError> {
        Ok(self.schema_version > newest_known()?)
    }

    /// How the database sorted and compared on its server.
    pub fn locale(&self) -> Option<&Locale> {
        self.access.as_ref().and_then(|access| access.locale.as_ref())
    }

    /// The database's path inside the snapshot.
    pub fn database_path(&self) -> &'static str {
        if self.engine == "sqlite" { DATABASE_SQLITE } else { DATABASE_POSTGRES }
    }
}

/// One table's proof.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    pub table: String,
    pub expected: Option<TableDigest>,
    pub found: Option<TableDigest>,
}

impl Proof {
    /// Whether the restored table is the one that was backed up.
    pub fn holds(&self) -> bool {
        self.expected == self.found
    }
}

/// Compares what the manifest promises with what is there, table by table.
pub fn prove(expected: &[TableDigest], found: &[TableDigest]) -> Vec<Proof> {
    let mut names: Vec<&str> = expected.iter().chain(found).map(|digest| digest.table.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    let of = |list: &[TableDigest], name: &str| list.iter().find(|digest| digest.table == name).cloned();
    names.into_iter().map(|name| Proof { table: name.to_owned(), expected: of(expected, name), found: of(found, name) }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(table: &str, sha256: &str) -> TableDigest {
        TableDigest { table: table.into(), rows: 1, sha256: sha256.into() }
    }

    #[test]
    fn a_missing_an_added_and_a_changed_table_all_fail_the_proof() {
        let proof = prove(&[digest("a", "1"), digest("b", "1"), digest("c", "1")], &[digest("a", "1"), digest("b", "2"), digest("d", "1")]);
        let holds: Vec<_> = proof.iter().map(|line| (line.table.as_str(), line.holds())).collect();
        assert_eq!(holds, [("a", true), ("b", false), ("c", false), ("d", false)]);
    }
}
