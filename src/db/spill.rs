//! What does not fit into memory while a file is read: numbers by a key, in a file of SQLite's that nobody else sees and
//! that goes away by itself.

use std::io::{Error, ErrorKind, Result};
use std::path::PathBuf;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;

diesel::table! {
    kept (key) {
        key -> BigInt,
        first -> BigInt,
        second -> BigInt,
    }
}

/// How much of it SQLite keeps in memory: 32 MB. What is given up is not missed: no journal, one transaction without end.
const SETTINGS: &str = "PRAGMA cache_size = -32768; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; \
    CREATE TABLE kept (key INTEGER PRIMARY KEY, first INTEGER NOT NULL, second INTEGER NOT NULL); BEGIN";

/// A row, of a type of its own: such a statement is prepared once.
#[derive(Insertable)]
#[diesel(table_name = kept, treat_none_as_default_value = false)]
struct Kept {
    key: i64,
    first: i64,
    second: i64,
}

/// Pairs of numbers by a key, on disk.
pub struct Spill(SqliteConnection);

impl std::fmt::Debug for Spill {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Spill")
    }
}

impl Spill {
    /// An empty one, in [`folder`].
    ///
    /// # Errors
    /// The disk's.
    pub fn open() -> Result<Self> {
        // A database without a name.
        let mut conn = SqliteConnection::establish("").map_err(Error::other)?;
        conn.batch_execute(SETTINGS).map_err(of_disk)?;
        Ok(Self(conn))
    }

    /// What stands under a key.
    ///
    /// # Errors
    /// The disk's.
    pub fn find(&mut self, key: i64) -> Result<Option<(i64, i64)>> {
        // Not `first`: SQLite prepares a statement anew whenever its LIMIT is bound.
        kept::table.find(key).select((kept::first, kept::second)).get_result(&mut self.0).optional().map_err(of_disk)
    }

    /// Puts a pair under a key, in place of the one that stands there.
    ///
    /// # Errors
    /// The disk's: also that it is full.
    pub fn put(&mut self, key: i64, (first, second): (i64, i64)) -> Result<()> {
        diesel::replace_into(kept::table).values(Kept { key, first, second }).execute(&mut self.0).map_err(of_disk)?;
        Ok(())
    }

    /// Takes away what stands under a key.
    ///
    /// # Errors
    /// The disk's.
    pub fn remove(&mut self, key: i64) -> Result<()> {
        diesel::delete(kept::table.find(key)).execute(&mut self.0).map_err(of_disk)?;
        Ok(())
    }
}

/// Where SQLite puts it, for who must make room there: the first folder of these that there is.
pub fn folder() -> PathBuf {
    let named = ["SQLITE_TMPDIR", "TMPDIR"].into_iter().filter_map(std::env::var_os).map(PathBuf::from);
    named.chain(["/var/tmp", "/usr/tmp"].map(PathBuf::from)).find(|folder| folder.is_dir()).unwrap_or_else(|| PathBuf::from("/tmp"))
}

fn of_disk(error: diesel::result::Error) -> Error {
    let full = error.to_string().contains("disk is full");
    Error::new(if full { ErrorKind::StorageFull } else { ErrorKind::Other }, error)
}
