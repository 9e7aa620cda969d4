//! Licence items (许可事项), their versions and the batches that brought them.

use std::collections::HashMap;

use diesel::dsl::max;
use diesel::prelude::*;

use super::bulk::Bulk;
use super::connection::Db;
use super::error::DbResult;
use super::schema::{license_batch, license_item, license_organ, license_source, license_version};
use super::types::{Day, Document, Instant};

/// An item with its open version and organ, as lists show it.
#[derive(Clone, Debug, PartialEq, Queryable, Selectable)]
#[diesel(table_name = license_item)]
pub struct Item {
    pub id: i64,
    /// 编码体系.
    pub scheme: String,
    pub code: Option<String>,
    pub name: String,
    /// The name as compared: no white space, one kind of brackets.
    pub name_key: String,
    /// `main`, `sub` or `handling`.
    pub level: String,
    pub parent_id: Option<i64>,
    pub type_code: String,
    pub lead_dept: Option<String>,
    /// `active`, `withdrawn` or `draft`.
    pub status: String,
}

/// A version (事项版本) of an item.
#[derive(Clone, Debug, PartialEq, Queryable, Selectable)]
#[diesel(table_name = license_version)]
pub struct Version {
    pub no: i64,
    pub valid_from: Day,
    /// First day it no longer holds.
    pub valid_to: Option<Day>,
    pub name: String,
    pub organs_text: Option<String>,
    pub basis: Option<String>,
    pub exercise_level: Option<String>,
    pub legal_n: Option<i64>,
    pub legal_unit: Option<String>,
    pub legal_text: Option<String>,
    pub promise_n: Option<i64>,
    pub promise_unit: Option<String>,
    pub promise_text: Option<String>,
    pub case_kind: Option<String>,
    pub visits: Option<String>,
    pub target: Option<String>,
    pub fee: Option<String>,
    pub condition: Option<String>,
    pub materials: Option<String>,
    pub result: Option<String>,
    pub special: Option<String>,
    pub remark: Option<String>,
    pub fingerprint: String,
    pub raw: Document,
}

/// The file a batch came from.
#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = license_source)]
pub struct NewSource {
    pub file_name: String,
    pub sha256: String,
    pub bytes: i64,
    pub encoding: String,
    pub delimiter: String,
    pub header_line: i64,
    pub imported_at: Instant,
}

/// One import.
#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = license_batch)]
pub struct NewBatch {
    pub source_id: i64,
    pub kind: String,
    pub mode: String,
    pub effective_on: Day,
    pub started_at: Instant,
    pub finished_at: Instant,
    pub rows_read: i64,
    pub added: i64,
    pub changed: i64,
    pub unchanged: i64,
    pub withdrawn: i64,
    pub rejected: i64,
    pub skipped: i64,
    pub warned: i64,
    pub status: String,
}

/// An item not yet written; ids are given by the caller, see [`next_id`].
#[derive(Clone, Debug)]
pub struct NewItem {
    pub id: i64,
    pub scheme: String,
    pub code: Option<String>,
    pub name: String,
    pub name_key: String,
    pub level: String,
    pub parent_id: Option<i64>,
    pub organ_id: Option<i64>,
    pub type_code: String,
    pub lead_dept: Option<String>,
}

/// A choice of items.
#[derive(Clone, Debug, Default)]
pub struct ItemFilter {
    pub status: Option<String>,
    pub level: Option<String>,
    /// Part of the name key.
    pub search: Option<String>,
}

/// Lists items with their organ and the version that holds on `on`, by code and name; those without a code last.
///
/// # Errors
/// The engine's.
pub fn list(db: &mut Db, filter: &ItemFilter, on: Day) -> DbResult<Vec<(Item, Option<String>, Version)>> {
    let mut query = license_item::table
        .inner_join(license_version::table)
        .left_join(license_organ::table)
        .filter(license_version::valid_from.le(on))
        .filter(license_version::valid_to.is_null().or(license_version::valid_to.gt(on)))
        .select((Item::as_select(), license_organ::name.nullable(), Version::as_select()))
        // The engines place NULL differently; items without a code come last on both.
        .order((license_item::code.is_null(), license_item::code, license_item::name, license_item::id))
        .into_boxed();
    if let Some(status) = &filter.status {
        query = query.filter(license_item::status.eq(status));
    }
    if let Some(level) = &filter.level {
        query = query.filter(license_item::level.eq(level));
    }
    if let Some(part) = &filter.search {
        let pattern = format!("%{}%", part.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_"));
        query = query.filter(license_item::name_key.like(pattern).escape('\\'));
    }
    Ok(query.load(db)?)
}

/// Every item with its open version's fingerprint, its organ's key and its parent's key: what a plan compares with.
///
/// # Errors
/// The engine's.
pub fn known(db: &mut Db) -> DbResult<Vec<(Item, Option<String>, Option<String>, String)>> {
    let rows: Vec<(Item, Option<String>, String)> = license_item::table
        .inner_join(license_version::table)
        .left_join(license_organ::table)
        .filter(license_version::valid_to.is_null())
        .select((Item::as_select(), license_organ::name_key.nullable(), license_version::fingerprint))
        .load(db)?;
    let keys: HashMap<i64, String> = rows.iter().map(|(item, _, _)| (item.id, item.name_key.clone())).collect();
    Ok(rows
        .into_iter()
        .map(|(item, organ, print)| {
            let parent = item.parent_id.and_then(|id| keys.get(&id).cloned());
            (item, organ, parent, print)
        })
        .collect())
}

/// Items with this code, this id or this name key.
///
/// # Errors
/// The engine's.
pub fn find(db: &mut Db, code: &str, name_key: &str) -> DbResult<Vec<(Item, Option<String>)>> {
    let id: i64 = code.parse().unwrap_or(-1);
    Ok(license_item::table
        .left_join(license_organ::table)
        .filter(license_item::code.eq(code).or(license_item::name_key.eq(name_key)).or(license_item::id.eq(id)))
        .select((Item::as_select(), license_organ::name.nullable()))
        .order(license_item::id)
        .load(db)?)
}

/// All versions of an item, oldest first.
///
/// # Errors
/// The engine's.
pub fn versions(db: &mut Db, item: i64) -> DbResult<Vec<Version>> {
    Ok(license_version::table.filter(license_version::item_id.eq(item)).order(license_version::no).select(Version::as_select()).load(db)?)
}

/// Adds the source and the batch; returns the batch's id.
///
/// # Errors
/// The engine's.
pub fn begin(db: &mut Db, source: &NewSource, batch: impl FnOnce(i64) -> NewBatch) -> DbResult<i64> {
    let source_id = diesel::insert_into(license_source::table).values(source).returning(license_source::id).get_result(db)?;
    Ok(diesel::insert_into(license_batch::table).values(batch(source_id)).returning(license_batch::id).get_result(db)?)
}

/// Organs by name key.
///
/// # Errors
/// The engine's.
pub fn organs(db: &mut Db) -> DbResult<HashMap<String, i64>> {
    Ok(license_organ::table.select((license_organ::name_key, license_organ::id)).load::<(String, i64)>(db)?.into_iter().collect())
}

/// Adds an organ.
///
/// # Errors
/// The engine's.
pub fn add_organ(db: &mut Db, name: &str, name_key: &str) -> DbResult<i64> {
    Ok(diesel::insert_into(license_organ::table)
        .values((license_organ::name.eq(name), license_organ::name_key.eq(name_key)))
        .returning(license_organ::id)
        .get_result(db)?)
}

/// The first id no item has yet. Inside a write transaction nobody else takes it.
///
/// # Errors
/// The engine's.
pub fn next_id(db: &mut Db) -> DbResult<i64> {
    on_each!(db,
    sqlite(_c) => (),
    postgres(conn) => {
        use diesel::connection::SimpleConnection;
        conn.batch_execute("LOCK TABLE license_item IN SHARE ROW EXCLUSIVE MODE")?;
    });
    let newest: Option<i64> = license_item::table.select(max(license_item::id)).first(db)?;
    Ok(newest.unwrap_or(0) + 1)
}

/// The number the next version of each of these items has.
///
/// # Errors
/// The engine's.
pub fn newest_numbers(db: &mut Db) -> DbResult<HashMap<i64, i64>> {
    Ok(license_version::table
        .filter(license_version::valid_to.is_null())
        .select((license_version::item_id, license_version::no))
        .load::<(i64, i64)>(db)?
        .into_iter()
        .collect())
}

/// Adds many items, parents before children.
///
/// # Errors
/// The engine's.
pub fn add_items<'a>(db: &mut Db, items: impl Iterator<Item = &'a NewItem>, batch: i64, mut each: impl FnMut()) -> DbResult<()> {
    let columns = [
        "id",
        "scheme",
        "code",
        "name",
        "name_key",
        "level",
        "parent_id",
        "organ_id",
        "type_code",
        "lead_dept",
        "status",
        "first_batch_id",
        "last_batch_id",
    ];
    let mut bulk = Bulk::new(db, "license_item", &columns)?;
    for item in items {
        let number = |id: Option<i64>| id.map(|id| id.to_string());
        bulk.push(
            db,
            &[
                number(Some(item.id)),
                Some(item.scheme.clone()),
                item.code.clone(),
                Some(item.name.clone()),
                Some(item.name_key.clone()),
                Some(item.level.clone()),
                number(item.parent_id),
                number(item.organ_id),
                Some(item.type_code.clone()),
                item.lead_dept.clone(),
                Some("active".to_owned()),
                number(Some(batch)),
                number(Some(batch)),
            ],
        )?;
        each();
    }
    bulk.finish(db)?;
    Ok(())
}

/// Ends an item's open version on a day, and brings its row up to date.
///
/// # Errors
/// The engine's.
pub fn supersede(db: &mut Db, item: &NewItem, batch: i64, on: Day) -> DbResult<()> {
    let open = license_version::table.filter(license_version::item_id.eq(item.id)).filter(license_version::valid_to.is_null());
    // A version corrected on its first day held for no day at all; a later effective day never goes back behind it.
    let from: Day = open.select(license_version::valid_from).first(db)?;
    let end = if from > on { from } else { on };
    diesel::update(license_version::table.filter(license_version::item_id.eq(item.id)).filter(license_version::valid_to.is_null()))
        .set(license_version::valid_to.eq(Some(end)))
        .execute(db)?;
    diesel::update(license_item::table.find(item.id))
        .set((
            license_item::name.eq(&item.name),
            license_item::name_key.eq(&item.name_key),
            license_item::organ_id.eq(item.organ_id),
            license_item::type_code.eq(&item.type_code),
            license_item::lead_dept.eq(&item.lead_dept),
            license_item::status.eq("active"),
            license_item::last_batch_id.eq(batch),
        ))
        .execute(db)?;
    Ok(())
}

/// The columns of a version that [`add_versions`] fills, in its order.
pub const VERSION_COLUMNS: [&str; 24] = [
    "item_id",
    "no",
    "valid_from",
    "batch_id",
    "name",
    "organs_text",
    "basis",
    "exercise_level",
    "legal_n",
    "legal_unit",
    "legal_text",
    "promise_n",
    "promise_unit",
    "promise_text",
    "case_kind",
    "visits",
    "target",
    "fee",
    "condition",
    "materials",
    "result",
    "special",
    "remark",
    "fingerprint",
];

/// Adds many versions: the columns above and the raw row.
///
/// # Errors
/// The engine's.
pub fn add_versions(db: &mut Db, rows: impl Iterator<Item = Vec<Option<String>>>, mut each: impl FnMut()) -> DbResult<()> {
    let columns: Vec<&str> = VERSION_COLUMNS.into_iter().chain(["raw"]).collect();
    let mut bulk = Bulk::new(db, "license_version", &columns)?;
    for row in rows {
        bulk.push(db, &row)?;
        each();
    }
    bulk.finish(db)?;
    Ok(())
}

/// Adds what changed, field by field.
///
/// # Errors
/// The engine's.
pub fn add_changes(db: &mut Db, batch: i64, changes: &[(i64, &str, Option<String>, Option<String>)]) -> DbResult<()> {
    let mut bulk = Bulk::new(db, "license_change", &["batch_id", "item_id", "field", "old_value", "new_value"])?;
    for (item, field, old, new) in changes {
        bulk.push(db, &[Some(batch.to_string()), Some(item.to_string()), Some((*field).to_owned()), old.clone(), new.clone()])?;
    }
    bulk.finish(db)?;
    Ok(())
}
