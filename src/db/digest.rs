//! Engine-independent proof of content: the same rows have the same digest on SQLite and PostgreSQL.

use sha2::{Digest as _, Sha256};

use super::connection::Db;
use super::error::DbResult;
use super::raw::for_each_row;
use super::structure::{TableShape, structure};

/// How many rows a table has, and the SHA-256 over them.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct TableDigest {
    pub table: String,
    pub rows: u64,
    /// Lower-case hex.
    pub sha256: String,
}

/// Digests one table: the column names, then each row in primary-key order as a
/// canonical JSON array of texts, every line ended by a line feed.
///
/// # Errors
/// The engine's.
pub fn table_digest(db: &mut Db, table: &TableShape) -> DbResult<TableDigest> {
    let mut hash = Sha256::new();
    let mut rows = 0;
    let names: Vec<_> = table.columns.iter().map(|column| column.name.as_str()).collect();
    hash.update(serde_json::json!(names).to_string());
    hash.update("\n");
    for_each_row(db, table, |row| {
        hash.update(serde_json::json!(row).to_string());
        hash.update("\n");
        rows += 1;
        Ok(())
    })?;
    Ok(TableDigest { table: table.name.clone(), rows, sha256: hex(&hash.finalize()) })
}

/// Digests every table of the house, in name order. Call it inside
/// [`Db::one_picture`] for one moment's content.
///
/// # Errors
/// The engine's.
pub fn digests(db: &mut Db, mut each: impl FnMut(&TableDigest)) -> DbResult<Vec<TableDigest>> {
    structure(db)?
        .iter()
        .map(|table| {
            let digest = table_digest(db, table)?;
            each(&digest);
            Ok(digest)
        })
        .collect()
}

/// Lower-case hex.
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
