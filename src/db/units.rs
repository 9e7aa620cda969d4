//! Units (单位): the bureau, its offices, subordinate units and districts.

use diesel::prelude::*;
use serde_json::{Value, json};

use super::connection::Db;
use super::error::DbResult;
use super::schema::{unit, unit_change};
use super::types::{Day, Instant};

/// A unit (单位).
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = unit)]
pub struct Unit {
    pub id: i64,
    /// 单位编码, unique.
    pub code: String,
    /// 全称.
    pub name: String,
    /// 规范化简称.
    pub short_name: String,
    /// `bureau`, `office`, `subordinate`, `district` or `external`.
    pub kind: String,
    pub parent_id: Option<i64>,
    /// 0 for the bureau, then parent's level + 1.
    pub level: i64,
    /// 统一社会信用代码; inner offices have none.
    pub uscc: Option<String>,
    /// 行政区划代码 (GB/T 2260).
    pub division_code: Option<String>,
    /// `full` (全员网上运转), `exchange` (仅公文传递) or `none` (未接入).
    pub oa_mode: String,
    /// `active` or `closed`.
    pub status: String,
    pub opened_on: Day,
    pub closed_on: Option<Day>,
    pub sort_no: i64,
    /// 承接单位: who took its work over.
    pub successor_id: Option<i64>,
}

/// A unit not yet written.
#[derive(Clone, Debug, PartialEq, Eq, Insertable, AsChangeset)]
#[diesel(table_name = unit, treat_none_as_null = true)]
pub struct NewUnit {
    pub code: String,
    pub name: String,
    pub short_name: String,
    pub kind: String,
    pub parent_id: Option<i64>,
    pub level: i64,
    pub uscc: Option<String>,
    pub division_code: Option<String>,
    pub oa_mode: String,
    pub status: String,
    pub opened_on: Day,
    pub closed_on: Option<Day>,
    pub sort_no: i64,
}

/// A choice of units; every field that is set narrows it.
#[derive(Clone, Debug, Default)]
pub struct UnitFilter {
    pub kind: Option<String>,
    pub status: Option<String>,
}

impl Unit {
    /// What the audit log keeps of a unit.
    pub fn logged(&self, parent: Option<&str>) -> Value {
        json!({
            "code": self.code, "name": self.name, "short_name": self.short_name, "kind": self.kind,
            "parent": parent, "level": self.level, "uscc": self.uscc, "division_code": self.division_code,
            "oa_mode": self.oa_mode, "status": self.status, "opened_on": self.opened_on.to_string(),
            "closed_on": self.closed_on.map(|day| day.to_string()), "sort_no": self.sort_no,
        })
    }
}

/// Lists units by sort number and code.
///
/// # Errors
/// The engine's.
pub fn list(db: &mut Db, filter: &UnitFilter) -> DbResult<Vec<Unit>> {
    let mut query = unit::table.select(Unit::as_select()).order((unit::level, unit::sort_no, unit::code)).into_boxed();
    if let Some(kind) = &filter.kind {
        query = query.filter(unit::kind.eq(kind));
    }
    if let Some(status) = &filter.status {
        query = query.filter(unit::status.eq(status));
    }
    Ok(query.load(db)?)
}

/// Finds a unit by its code.
///
/// # Errors
/// The engine's.
pub fn by_code(db: &mut Db, code: &str) -> DbResult<Option<Unit>> {
    Ok(unit::table.filter(unit::code.eq(code)).select(Unit::as_select()).first(db).optional()?)
}

/// Adds a unit and returns its row.
///
/// # Errors
/// The engine's; [`super::DbError::Rule`] when the code is taken.
pub fn add(db: &mut Db, new: &NewUnit) -> DbResult<Unit> {
    Ok(diesel::insert_into(unit::table).values(new).returning(unit::all_columns).get_result(db)?)
}

/// Brings a unit's row up to date.
///
/// # Errors
/// The engine's.
pub fn edit(db: &mut Db, id: i64, to: &NewUnit) -> DbResult<()> {
    diesel::update(unit::table.find(id)).set(to).execute(db)?;
    Ok(())
}

/// Hangs a unit under another.
///
/// # Errors
/// The engine's.
pub fn hang(db: &mut Db, id: i64, under: i64) -> DbResult<()> {
    diesel::update(unit::table.find(id)).set(unit::parent_id.eq(under)).execute(db)?;
    Ok(())
}

/// Sets a unit's level.
///
/// # Errors
/// The engine's.
pub fn set_level(db: &mut Db, id: i64, level: i64) -> DbResult<()> {
    diesel::update(unit::table.find(id)).set(unit::level.eq(level)).execute(db)?;
    Ok(())
}

/// Closes a unit (撤销) from a day on, and says who took its work over.
///
/// # Errors
/// The engine's.
pub fn close(db: &mut Db, id: i64, on: Day, successor: Option<i64>) -> DbResult<()> {
    diesel::update(unit::table.find(id))
        .set((unit::status.eq("closed"), unit::closed_on.eq(Some(on)), unit::successor_id.eq(successor)))
        .execute(db)?;
    Ok(())
}

/// A change of a unit (机构变更): a row is written once and stays.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = unit_change)]
pub struct UnitChange {
    pub unit_id: i64,
    /// `open`, `rename`, `move`, `merge`, `split` or `close`.
    pub kind: String,
    pub effective_on: Day,
    pub old_value: Option<String>,
    pub new_value: Option<String>,
    /// 依据文件.
    pub basis_doc_no: Option<String>,
    pub done_by: Option<i64>,
    pub done_at: Option<Instant>,
}

/// A change not yet written.
#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = unit_change)]
pub struct NewUnitChange {
    pub unit_id: i64,
    pub kind: &'static str,
    pub effective_on: Day,
    pub old_value: Option<String>,
    pub new_value: Option<String>,
    pub basis_doc_no: Option<String>,
    pub done_by: Option<i64>,
    pub done_at: Option<Instant>,
}

/// Notes a change.
///
/// # Errors
/// The engine's.
pub fn note(db: &mut Db, change: &NewUnitChange) -> DbResult<()> {
    diesel::insert_into(unit_change::table).values(change).execute(db)?;
    Ok(())
}

/// Every change of every unit, in the order they took effect.
///
/// # Errors
/// The engine's.
pub fn changes(db: &mut Db) -> DbResult<Vec<UnitChange>> {
    Ok(unit_change::table.order((unit_change::effective_on, unit_change::id)).select(UnitChange::as_select()).load(db)?)
}

/// Lets one at a time change units and accounts: what was checked at the start of a transaction still holds at its end.
///
/// SQLite's writers wait for each other anyway.
///
/// # Errors
/// [`super::DbError::Busy`] when another takes longer than a few seconds.
pub fn one_at_a_time(db: &mut Db) -> DbResult<()> {
    on_each!(db,
    sqlite(_c) => Ok(()),
    postgres(conn) => {
        use diesel::connection::SimpleConnection;
        conn.batch_execute("SELECT pg_advisory_xact_lock(60106)").map_err(Into::into)
    })
}

/// Whether a unit has an information officer (信息员) who is active.
///
/// # Errors
/// The engine's.
pub fn has_officer(db: &mut Db, id: i64) -> DbResult<bool> {
    Ok(!super::users::officers_of(db, id)?.is_empty())
}
