//! Items of disclosure (公开信息).

use diesel::prelude::*;
use serde_json::{Value, json};

use super::connection::Db;
use super::error::DbResult;
use super::schema::{disclosure_item, unit};
use super::types::{Day, Instant};

/// An item of disclosure.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = disclosure_item)]
pub struct Item {
    pub id: i64,
    /// 索引号.
    pub index_no: String,
    pub title: String,
    /// 文号.
    pub doc_no: Option<String>,
    pub publisher_unit_id: i64,
    pub category: String,
    pub formed_on: Day,
    /// Last day for publishing: 20 working days.
    pub due_on: Option<Day>,
    /// `active`, `on_request` or `none`.
    pub attribute: String,
    pub reason: Option<String>,
    pub published_at: Option<Instant>,
    pub url: Option<String>,
    /// `pending`, `published`, `withdrawn` or `exempt`.
    pub status: String,
    pub normative: String,
}

/// An item not yet written, or what an import brings up to date.
#[derive(Clone, Debug, Insertable, AsChangeset)]
#[diesel(table_name = disclosure_item, treat_none_as_null = true)]
pub struct NewItem {
    pub index_no: String,
    pub title: String,
    pub doc_no: Option<String>,
    pub publisher_unit_id: i64,
    pub category: String,
    pub formed_on: Day,
    pub due_on: Option<Day>,
    pub attribute: String,
    pub reason: Option<String>,
    pub attribute_set_on: Option<Day>,
    pub published_at: Option<Instant>,
    pub url: Option<String>,
    pub status: String,
    pub normative: String,
}

/// A choice of items.
#[derive(Clone, Debug, Default)]
pub struct ItemFilter {
    pub unit: Option<String>,
    pub attribute: Option<String>,
    pub status: Option<String>,
    pub from: Option<Day>,
    pub to: Option<Day>,
}

impl NewItem {
    /// What the audit log keeps of an item.
    pub fn logged(&self, publisher: &str) -> Value {
        json!({
            "index_no": self.index_no, "title": self.title, "doc_no": self.doc_no, "publisher": publisher,
            "category": self.category, "formed_on": self.formed_on.to_string(), "attribute": self.attribute,
            "reason": self.reason, "published_on": self.published_at.map(|at| at.day().to_string()),
            "status": self.status, "normative": self.normative,
        })
    }
}

/// Lists items with the code and short name of the publishing unit, oldest first.
///
/// # Errors
/// The engine's.
pub fn list(db: &mut Db, filter: &ItemFilter) -> DbResult<Vec<(Item, (String, String))>> {
    let mut query = disclosure_item::table
        .inner_join(unit::table)
        .select((Item::as_select(), (unit::code, unit::short_name)))
        .order((disclosure_item::formed_on, disclosure_item::index_no))
        .into_boxed();
    if let Some(code) = &filter.unit {
        query = query.filter(unit::code.eq(code));
    }
    if let Some(attribute) = &filter.attribute {
        query = query.filter(disclosure_item::attribute.eq(attribute));
    }
    if let Some(status) = &filter.status {
        query = query.filter(disclosure_item::status.eq(status));
    }
    if let Some(from) = filter.from {
        query = query.filter(disclosure_item::formed_on.ge(from));
    }
    if let Some(to) = filter.to {
        query = query.filter(disclosure_item::formed_on.le(to));
    }
    Ok(query.load(db)?)
}

/// Adds an item.
///
/// # Errors
/// The engine's; [`super::DbError::Rule`] when the index number is taken.
pub fn add(db: &mut Db, new: &NewItem, at: Instant) -> DbResult<()> {
    diesel::insert_into(disclosure_item::table).values((new, disclosure_item::created_at.eq(at))).execute(db)?;
    Ok(())
}

/// Brings the item with this index number up to date.
///
/// # Errors
/// The engine's.
pub fn edit(db: &mut Db, to: &NewItem) -> DbResult<()> {
    diesel::update(disclosure_item::table.filter(disclosure_item::index_no.eq(&to.index_no))).set(to).execute(db)?;
    Ok(())
}
