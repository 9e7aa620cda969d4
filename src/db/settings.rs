//! Facts about the whole database: its identity, the organisation it belongs to.

use diesel::prelude::*;

use super::connection::Db;
use super::error::DbResult;
use super::schema::setting;

/// Random identity given by `swj init`; a restored copy keeps it.
pub const DATABASE_ID: &str = "database_id";
/// Code of the unit the database belongs to.
pub const ORGANISATION: &str = "organisation";

/// One setting, if it is there.
///
/// # Errors
/// The engine's.
pub fn get(db: &mut Db, key: &str) -> DbResult<Option<String>> {
    Ok(setting::table.find(key).select(setting::value).first(db).optional()?)
}

/// Adds a setting that is not there yet.
///
/// # Errors
/// The engine's.
pub fn add(db: &mut Db, key: &str, value: &str) -> DbResult<()> {
    diesel::insert_into(setting::table).values((setting::key.eq(key), setting::value.eq(value))).execute(db)?;
    Ok(())
}
