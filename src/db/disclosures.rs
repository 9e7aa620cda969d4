//! Items of disclosure (公开信息).

use diesel::prelude::*;
use serde_json::{Value, json};

use super::connection::Db;
use super::error::DbResult;
use super::raw::{Value as Bound, run, select_texts};
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

/// An item with what its way to the public needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Whole {
    pub id: i64,
    pub index_no: String,
    pub title: String,
    /// Code of the publishing unit.
    pub unit: String,
    pub formed_on: Day,
    pub due_on: Option<Day>,
    pub attribute: String,
    pub status: String,
    /// `pass` or `return`.
    pub review: Option<String>,
    /// Login of the author, where it is an account's.
    pub author: Option<String>,
    pub published_on: Option<String>,
}

const WHOLE: &str = "SELECT i.id, i.index_no, i.title, u.code AS unit, i.formed_on, i.due_on, i.attribute, i.status, i.review_result,
        a.login_name AS author, substr(CAST(i.published_at AS text), 1, 10) AS published_on
     FROM disclosure_item i JOIN unit u ON u.id = i.publisher_unit_id LEFT JOIN oa_user a ON a.id = i.author_id";
const WHOLE_COLUMNS: [&str; 11] =
    ["id", "index_no", "title", "unit", "formed_on", "due_on", "attribute", "status", "review_result", "author", "published_on"];

fn wholes(db: &mut Db, sql: &str, values: &[Bound]) -> DbResult<Vec<Whole>> {
    let day = |text: &str| text.parse::<jiff::civil::Date>().ok().map(Day);
    let filled = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    Ok(select_texts(db, sql, &WHOLE_COLUMNS, values)?
        .into_iter()
        .filter_map(|row| {
            Some(Whole {
                id: row[0].parse().ok()?,
                index_no: row[1].clone(),
                title: row[2].clone(),
                unit: row[3].clone(),
                formed_on: day(&row[4])?,
                due_on: day(&row[5]),
                attribute: row[6].clone(),
                status: row[7].clone(),
                review: filled(&row[8]),
                author: filled(&row[9]),
                published_on: filled(&row[10]),
            })
        })
        .collect())
}

/// The item with this index number.
///
/// # Errors
/// The engine's.
pub fn by_index(db: &mut Db, index_no: &str) -> DbResult<Option<Whole>> {
    Ok(wholes(db, &format!("{WHOLE} WHERE i.index_no = $1"), &[Bound::Text(index_no.to_owned())])?.pop())
}

/// Withheld items that were made, or last assessed, on or before a day.
///
/// # Errors
/// The engine's.
pub fn to_assess(db: &mut Db, before: Day) -> DbResult<Vec<Whole>> {
    let sql = format!(
        "{WHOLE} WHERE i.attribute <> 'active' AND COALESCE(i.last_evaluated_on, i.formed_on) <= $1 ORDER BY i.formed_on, i.index_no"
    );
    wholes(db, &sql, &[Bound::Day(before)])
}

/// Notes the author, where the login is an account's.
///
/// # Errors
/// The engine's.
pub fn set_author(db: &mut Db, index_no: &str, login: &str) -> DbResult<()> {
    run(
        db,
        "UPDATE disclosure_item SET author_id = (SELECT id FROM oa_user WHERE login_name = $2) WHERE index_no = $1",
        &[Bound::Text(index_no.to_owned()), Bound::Text(login.to_owned())],
    )
}

/// Sets the attribute from a day on; a review of the old one no longer counts.
///
/// # Errors
/// The engine's.
pub fn set_attribute(db: &mut Db, index_no: &str, attribute: &str, reason: Option<&str>, on: Day, due: Option<Day>) -> DbResult<()> {
    diesel::update(disclosure_item::table.filter(disclosure_item::index_no.eq(index_no)))
        .set((
            disclosure_item::attribute.eq(attribute),
            disclosure_item::reason.eq(reason),
            disclosure_item::attribute_set_on.eq(Some(on)),
            disclosure_item::due_on.eq(due),
            disclosure_item::status.eq(if attribute == "none" { "exempt" } else { "pending" }),
        ))
        .execute(db)?;
    run(
        db,
        "UPDATE disclosure_item SET review_result = NULL, reviewed_at = NULL, reviewed_by = NULL WHERE index_no = $1",
        &[Bound::Text(index_no.to_owned())],
    )
}

/// Notes a review and who made it.
///
/// # Errors
/// The engine's.
pub fn set_review(db: &mut Db, index_no: &str, result: &str, login: &str, at: Instant) -> DbResult<()> {
    run(
        db,
        "UPDATE disclosure_item SET review_result = $2, reviewed_at = $3, reviewed_by = (SELECT id FROM oa_user WHERE login_name = $4)
         WHERE index_no = $1",
        &[Bound::Text(index_no.to_owned()), Bound::Text(result.to_owned()), Bound::Instant(at), Bound::Text(login.to_owned())],
    )
}

/// Publishes an item through a channel; the first day of any channel is the item's.
///
/// # Errors
/// The engine's.
pub fn publish(db: &mut Db, id: i64, channel: &str, on: Day, url: Option<&str>) -> DbResult<()> {
    run(
        db,
        "INSERT INTO disclosure_item_channel (item_id, channel, published_on, url) VALUES ($1, $2, $3, NULLIF($4, ''))
         ON CONFLICT (item_id, channel) DO UPDATE SET published_on = excluded.published_on, url = excluded.url",
        &[Bound::Int(id), Bound::Text(channel.to_owned()), Bound::Day(on), Bound::Text(url.unwrap_or_default().to_owned())],
    )?;
    run(
        db,
        "UPDATE disclosure_item SET status = 'published', url = COALESCE(url, NULLIF($3, '')),
             published_at = CASE WHEN published_at IS NULL OR status <> 'published' OR published_at > $2 THEN $2 ELSE published_at END
         WHERE id = $1",
        &[Bound::Int(id), Bound::Instant(Instant::at_beijing(on.0.at(0, 0, 0, 0))), Bound::Text(url.unwrap_or_default().to_owned())],
    )
}

/// Withdraws a published item.
///
/// # Errors
/// The engine's.
pub fn withdraw(db: &mut Db, index_no: &str, on: Day, because: &str) -> DbResult<()> {
    run(
        db,
        "UPDATE disclosure_item SET status = 'withdrawn', withdrawn_on = $2, withdrawn_reason = $3 WHERE index_no = $1",
        &[Bound::Text(index_no.to_owned()), Bound::Day(on), Bound::Text(because.to_owned())],
    )
}

/// Notes a re-assessment.
///
/// # Errors
/// The engine's.
pub fn set_assessed(db: &mut Db, index_no: &str, on: Day) -> DbResult<()> {
    run(db, "UPDATE disclosure_item SET last_evaluated_on = $2 WHERE index_no = $1", &[Bound::Text(index_no.to_owned()), Bound::Day(on)])
}
