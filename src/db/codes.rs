//! Code lists (代码表), compiled in and loaded once by `init`.

use super::bulk::Bulk;
use super::connection::Db;
use super::error::{DbError, DbResult};

/// Lists of GB/T 39046-2020 annex A and of the platforms met in practice.
const LISTS: &str = include_str!("../../sql/data/license_code_lists.csv");

/// Loads every list and tells how many codes there are.
///
/// # Errors
/// The engine's.
pub fn load(db: &mut Db) -> DbResult<u64> {
    let mut bulk = Bulk::new(db, "code_item", &["list", "code", "name", "valid_from"])?;
    for row in csv::Reader::from_reader(LISTS.as_bytes()).records() {
        let row = row.map_err(|error| DbError::Other(error.to_string()))?;
        let cell = |at: usize| Some(row.get(at).unwrap_or_default().to_owned());
        // The sources give no first day; ten years back covers the data met in practice.
        bulk.push(db, &[cell(0), cell(1), cell(2), Some("2010-01-01".to_owned())])?;
    }
    bulk.finish(db)
}
