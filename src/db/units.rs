//! Units (单位): the bureau, its offices, subordinate units and districts.

use diesel::prelude::*;
use serde_json::{Value, json};

use super::connection::Db;
use super::error::DbResult;
use super::schema::unit;
use super::types::Day;

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
