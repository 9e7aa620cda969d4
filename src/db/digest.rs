//! Engine-independent proof of content: the same rows have the same digest on SQLite and PostgreSQL.

use sha2::{Digest as _, Sha256};

use super::connection::Db;
use super::error::DbResult;
use super::raw::{for_each_line, select_texts};
use super::structure::{TableShape, structure};

/// Rows between two words to whoever watches.
const STEP: u64 = 1_000;
/// Bytes that are hashed together.
const AT_ONCE: usize = 1 << 16;

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
pub fn table_digest(db: &mut Db, table: &TableShape, each: &mut impl FnMut(u64)) -> DbResult<TableDigest> {
    let mut hash = Sha256::new();
    let mut rows = 0;
    let names: Vec<_> = table.columns.iter().map(|column| column.name.as_str()).collect();
    hash.update(serde_json::json!(names).to_string());
    hash.update("\n");
    let mut lines = Vec::with_capacity(2 * AT_ONCE);
    for_each_line(db, table, |line| {
        lines.extend_from_slice(line);
        lines.push(b'\n');
        if lines.len() >= AT_ONCE {
            hash.update(&lines);
            lines.clear();
        }
        rows += 1;
        if rows % STEP == 0 {
            each(STEP);
        }
        Ok(())
    })?;
    hash.update(&lines);
    each(rows % STEP);
    Ok(TableDigest { table: table.name.clone(), rows, sha256: hex(&hash.finalize()) })
}

/// Digests every table of the house, in name order; `each` hears how many rows more are done. Call it inside
/// [`Db::one_picture`] for one moment's content.
///
/// # Errors
/// The engine's.
pub fn digests(db: &mut Db, mut each: impl FnMut(u64)) -> DbResult<Vec<TableDigest>> {
    structure(db)?.iter().map(|table| table_digest(db, table, &mut each)).collect()
}

/// About how many rows there are, at once: for a bar, not for a figure.
///
/// # Errors
/// The engine's.
pub fn rows_about(db: &mut Db) -> DbResult<u64> {
    let sql = on_each!(db,
    sqlite(_c) => {
        // Nearly the count where rows are seldom deleted.
        let tables = structure(db)?;
        let highest: Vec<_> = tables.iter().map(|table| format!("SELECT COALESCE(max(rowid), 0) AS n FROM {}", table.name)).collect();
        format!("SELECT sum(n) AS n FROM ({})", highest.join(" UNION ALL "))
    },
    postgres(_c) => "SELECT sum(greatest(reltuples, 0))::bigint AS n FROM pg_class \
         WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace".to_owned());
    Ok(select_texts(db, &sql, &["n"], &[])?.first().and_then(|row| row[0].parse().ok()).unwrap_or(0))
}

/// Lower-case hex.
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |half: u8| char::from(DIGITS[usize::from(half)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}
