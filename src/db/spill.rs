//! What does not fit into memory while a file is read: numbers by a key, in a file of SQLite's that nobody else sees and
//! that goes away by itself.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;

use super::error::{DbError, DbResult};

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

/// Pairs of numbers by a key, on disk.
pub struct Spill(SqliteConnection);

impl std::fmt::Debug for Spill {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Spill")
    }
}

impl Spill {
    /// An empty one, in the folder for temporary files.
    ///
    /// # Errors
    /// SQLite's.
    pub fn open() -> DbResult<Self> {
        // A database without a name.
        let mut conn = SqliteConnection::establish("").map_err(|error| DbError::Other(error.to_string()))?;
        conn.batch_execute(SETTINGS)?;
        Ok(Self(conn))
    }

    /// What stands under a key.
    ///
    /// # Errors
    /// SQLite's.
    pub fn find(&mut self, key: i64) -> DbResult<Option<(i64, i64)>> {
        Ok(kept::table.find(key).select((kept::first, kept::second)).first(&mut self.0).optional()?)
    }

    /// Puts a pair under a key, in place of the one that stands there.
    ///
    /// # Errors
    /// SQLite's: also that the disk is full.
    pub fn put(&mut self, key: i64, (first, second): (i64, i64)) -> DbResult<()> {
        let row = (kept::key.eq(key), kept::first.eq(first), kept::second.eq(second));
        diesel::replace_into(kept::table).values(row).execute(&mut self.0)?;
        Ok(())
    }

    /// Takes away what stands under a key.
    ///
    /// # Errors
    /// SQLite's.
    pub fn remove(&mut self, key: i64) -> DbResult<()> {
        diesel::delete(kept::table.find(key)).execute(&mut self.0)?;
        Ok(())
    }
}
