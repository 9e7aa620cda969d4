//! What `audit fix` reads and writes of its own: grants in force, levels of units.

use diesel::prelude::*;

use super::connection::Db;
use super::error::DbResult;
use super::schema::{oa_user, role, unit, user_role};
use super::types::Day;

/// A grant in force that may have to be taken back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    pub id: i64,
    pub user_id: i64,
    pub login: String,
    pub role: String,
    pub expires_on: Option<Day>,
    /// Of the account that holds it.
    pub status: String,
}

/// The grants in force, by login and role.
///
/// # Errors
/// The engine's.
pub fn grants(db: &mut Db) -> DbResult<Vec<Grant>> {
    let rows: Vec<(i64, i64, String, String, Option<Day>, String)> = user_role::table
        .inner_join(role::table)
        .inner_join(oa_user::table.on(oa_user::id.eq(user_role::user_id)))
        .filter(user_role::revoked_at.is_null())
        .order((oa_user::login_name, role::code))
        .select((user_role::id, oa_user::id, oa_user::login_name, role::code, user_role::expires_on, oa_user::status))
        .load(db)?;
    Ok(rows
        .into_iter()
        .map(|(id, user_id, login, role, expires_on, status)| Grant { id, user_id, login, role, expires_on, status })
        .collect())
}

/// Code, parent's code and level of every unit, by code.
///
/// # Errors
/// The engine's.
pub fn levels(db: &mut Db) -> DbResult<Vec<(String, Option<String>, i64)>> {
    let rows: Vec<(i64, String, Option<i64>, i64)> =
        unit::table.order(unit::code).select((unit::id, unit::code, unit::parent_id, unit::level)).load(db)?;
    let codes: std::collections::HashMap<i64, String> = rows.iter().map(|(id, code, ..)| (*id, code.clone())).collect();
    Ok(rows.into_iter().map(|(_, code, parent, level)| (code, parent.and_then(|id| codes.get(&id).cloned()), level)).collect())
}

/// Sets the level of a unit that has another one; false when it has not.
///
/// # Errors
/// The engine's.
pub fn set_level(db: &mut Db, code: &str, from: i64, to: i64) -> DbResult<bool> {
    let there = unit::table.filter(unit::code.eq(code)).filter(unit::level.eq(from));
    Ok(diesel::update(there).set(unit::level.eq(to)).execute(db)? == 1)
}
