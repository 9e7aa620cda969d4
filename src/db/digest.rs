//! Engine-independent proof of content: the same rows have the same digest on SQLite and PostgreSQL.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use sha2::{Digest as _, Sha256};

use super::connection::{Db, Url};
use super::error::DbResult;
use super::raw::{for_each_line, select_texts};
use super::structure::{TableShape, structure};

/// Rows between two words to whoever watches.
const STEP: u64 = 1_000;
/// Bytes that are hashed together.
const AT_ONCE: usize = 1 << 16;
/// Tables that are digested at the same time: each has a connection and its memory.
const MOST_AT_ONCE: usize = 4;

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

/// As [`digests`], of a database nobody writes to: several tables at a time, the largest first.
///
/// # Errors
/// The engine's.
pub fn digests_at_rest(url: &Url, each: impl Fn(u64) + Sync) -> DbResult<Vec<TableDigest>> {
    let mut db = Db::open(url)?;
    // Where it cannot be told, the order is another: nothing else hangs on it.
    let rows: BTreeMap<_, _> = rows_of_each(&mut db).unwrap_or_default().into_iter().collect();
    let mut tables = structure(&mut db)?;
    tables.sort_by_key(|table| Reverse(rows.get(&table.name).copied()));
    let next = AtomicUsize::new(0);
    let work = |db: &mut Db| -> DbResult<Vec<TableDigest>> {
        let taken = || tables.get(next.fetch_add(1, Ordering::Relaxed));
        std::iter::from_fn(taken).map(|table| table_digest(db, table, &mut |rows| each(rows))).collect()
    };
    let mut digests = std::thread::scope(|scope| {
        let helpers = std::thread::available_parallelism().map_or(0, |all| all.get().min(MOST_AT_ONCE) - 1);
        // A server with no place for one more leaves the work to those who are in.
        let help = || Db::open(url).map_or(Ok(Vec::new()), |mut db| db.passing_through(work));
        let helpers: Vec<_> = (0..helpers).map(|_| scope.spawn(help)).collect();
        let ours = db.passing_through(work);
        let ended = |helper: std::thread::ScopedJoinHandle<'_, _>| helper.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        helpers.into_iter().map(ended).chain([ours]).collect::<DbResult<Vec<_>>>()
    })?
    .concat();
    digests.sort_by(|a, b| a.table.cmp(&b.table));
    Ok(digests)
}

/// About how many rows there are, at once: for a bar, not for a figure.
///
/// # Errors
/// The engine's.
pub fn rows_about(db: &mut Db) -> DbResult<u64> {
    Ok(rows_of_each(db)?.iter().map(|(_, rows)| rows).sum())
}

/// Each table with about as many rows as it has.
fn rows_of_each(db: &mut Db) -> DbResult<Vec<(String, u64)>> {
    let sql = on_each!(db,
    sqlite(_c) => {
        // Nearly the count where rows are seldom deleted.
        let highest = |table: &TableShape| format!("SELECT '{0}' AS name, COALESCE(max(rowid), 0) AS n FROM {0}", table.name);
        structure(db)?.iter().map(highest).collect::<Vec<_>>().join(" UNION ALL ")
    },
    postgres(_c) => "SELECT relname AS name, greatest(reltuples, 0)::bigint AS n FROM pg_class \
         WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace".to_owned());
    let rows = if sql.is_empty() { Vec::new() } else { select_texts(db, &sql, &["name", "n"], &[])? };
    Ok(rows.into_iter().map(|row| (row[0].clone(), row[1].parse().unwrap_or(0))).collect())
}

/// Lower-case hex.
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |half: u8| char::from(DIGITS[usize::from(half)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}
