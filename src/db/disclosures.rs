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
    /// Since when it has its attribute.
    pub attribute_set_on: Option<Day>,
    pub published_at: Option<Instant>,
    pub url: Option<String>,
    /// `pending`, `published`, `withdrawn` or `exempt`.
    pub status: String,
    pub normative: String,
    /// `valid`, `abolished` or `expired`.
    pub validity: String,
    pub abolished_on: Option<Day>,
    pub withdrawn_on: Option<Day>,
    /// `pass` or `return`.
    pub review_result: Option<String>,
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
    pub validity: String,
    pub abolished_on: Option<Day>,
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
            "status": self.status, "normative": self.normative, "validity": self.validity,
            "abolished_on": self.abolished_on.map(|day| day.to_string()),
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

/// A line of a monthly register.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registered {
    pub index_no: String,
    pub title: String,
    pub category: String,
    pub formed_on: Day,
    /// Why it was withheld.
    pub reason: Option<String>,
}

/// What was published within these days and still stood on the last of them, now or before it was withdrawn and
/// published again, by the day it was made.
///
/// # Errors
/// The engine's.
pub fn register_open(db: &mut Db, first: Day, last: Day) -> DbResult<Vec<Registered>> {
    let after = Instant::at_beijing(last.0.saturating_add(jiff::Span::new().days(1)).at(0, 0, 0, 0));
    registered(
        db,
        "SELECT i.index_no, i.title, i.category, i.formed_on, '' AS reason FROM disclosure_item i
         WHERE (i.published_at >= $3 AND i.published_at < $4 AND (i.status = 'published' OR i.withdrawn_on > $2))
            OR EXISTS (SELECT 1 FROM disclosure_publication p WHERE p.item_id = i.id AND p.published_on >= $1 AND p.published_on <= $2
                 AND (p.withdrawn_on IS NULL OR p.withdrawn_on > $2))
         ORDER BY i.formed_on, i.index_no",
        &[Bound::Day(first), Bound::Day(last), Bound::Instant(Instant::at_beijing(first.0.at(0, 0, 0, 0))), Bound::Instant(after)],
    )
}

/// What was withheld by a decision within these days and still was on the last of them, by the day it was made.
///
/// # Errors
/// The engine's.
pub fn register_withheld(db: &mut Db, first: Day, last: Day) -> DbResult<Vec<Registered>> {
    registered(
        db,
        "SELECT q.index_no, q.title, q.category, q.formed_on, q.reason FROM (
             SELECT i.index_no, i.title, i.category, i.formed_on, i.reason FROM disclosure_item i
             WHERE i.attribute = 'none' AND COALESCE(i.attribute_set_on, i.formed_on) >= $1 AND COALESCE(i.attribute_set_on, i.formed_on) <= $2
             UNION
             SELECT i.index_no, i.title, i.category, i.formed_on, a.reason
             FROM disclosure_attribute_change a JOIN disclosure_item i ON i.id = a.item_id
             WHERE a.attribute = 'none' AND COALESCE(a.set_on, i.formed_on) >= $1 AND COALESCE(a.set_on, i.formed_on) <= $2
               AND a.changed_on > $2) q
         ORDER BY q.formed_on, q.index_no",
        &[Bound::Day(first), Bound::Day(last)],
    )
}

fn registered(db: &mut Db, sql: &str, values: &[Bound]) -> DbResult<Vec<Registered>> {
    let rows = select_texts(db, sql, &["index_no", "title", "category", "formed_on", "reason"], values)?;
    Ok(rows
        .into_iter()
        .filter_map(|row| {
            Some(Registered {
                index_no: row[0].clone(),
                title: row[1].clone(),
                category: row[2].clone(),
                formed_on: Day(row[3].parse().ok()?),
                reason: Some(row[4].clone()).filter(|reason| !reason.is_empty()),
            })
        })
        .collect())
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
    if to.validity == "valid" {
        let item = [Bound::Text(to.index_no.clone())];
        run(db, "UPDATE disclosure_item SET replaced_by_id = NULL WHERE index_no = $1 AND replaced_by_id IS NOT NULL", &item)?;
    }
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
    /// Who made it.
    pub author: Option<String>,
    pub published_on: Option<String>,
    /// Since when it has its attribute.
    pub attribute_set_on: Option<Day>,
    pub validity: String,
    pub reason: Option<String>,
    pub last_evaluated_on: Option<Day>,
    pub withdrawn_on: Option<Day>,
}

const WHOLE: &str = "SELECT i.id, i.index_no, i.title, u.code AS unit, i.formed_on, i.due_on, i.attribute, i.status, i.review_result,
        COALESCE(i.author, a.login_name) AS author, substr(CAST(i.published_at AS text), 1, 10) AS published_on, i.attribute_set_on, i.validity, i.reason, i.last_evaluated_on, i.withdrawn_on
     FROM disclosure_item i JOIN unit u ON u.id = i.publisher_unit_id LEFT JOIN oa_user a ON a.id = i.author_id";
const WHOLE_COLUMNS: [&str; 16] = [
    "id",
    "index_no",
    "title",
    "unit",
    "formed_on",
    "due_on",
    "attribute",
    "status",
    "review_result",
    "author",
    "published_on",
    "attribute_set_on",
    "validity",
    "reason",
    "last_evaluated_on",
    "withdrawn_on",
];

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
                attribute_set_on: day(&row[11]),
                validity: row[12].clone(),
                reason: filled(&row[13]),
                last_evaluated_on: day(&row[14]),
                withdrawn_on: day(&row[15]),
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

/// Withheld items that were made, withheld, and last assessed on or before a day.
///
/// # Errors
/// The engine's.
pub fn to_assess(db: &mut Db, before: Day) -> DbResult<Vec<Whole>> {
    let sql = format!(
        "{WHOLE} WHERE i.attribute <> 'active' AND COALESCE(i.last_evaluated_on, i.formed_on) <= $1
           AND COALESCE(i.attribute_set_on, i.formed_on) <= $1 ORDER BY i.formed_on, i.index_no"
    );
    wholes(db, &sql, &[Bound::Day(before)])
}

/// Notes the author: by name, and the account where the name is one's.
///
/// # Errors
/// The engine's.
pub fn set_author(db: &mut Db, index_no: &str, login: &str) -> DbResult<()> {
    run(
        db,
        "UPDATE disclosure_item SET author = $2, author_id = (SELECT id FROM oa_user WHERE login_name = $2) WHERE index_no = $1",
        &[Bound::Text(index_no.to_owned()), Bound::Text(login.to_owned())],
    )
}

/// Keeps the attribute an item had until a day: figures of earlier periods count it under that one.
/// A review of the old attribute no longer counts.
///
/// # Errors
/// The engine's.
pub fn note_change(db: &mut Db, index_no: &str, on: Day) -> DbResult<()> {
    run(
        db,
        "INSERT INTO disclosure_attribute_change (item_id, attribute, changed_on, set_on, reason)
         SELECT id, attribute, $2, attribute_set_on, reason FROM disclosure_item WHERE index_no = $1",
        &[Bound::Text(index_no.to_owned()), Bound::Day(on)],
    )?;
    no_review(db, index_no)
}

/// Voids a review: what was reviewed is not what is there.
///
/// # Errors
/// The engine's.
pub fn no_review(db: &mut Db, index_no: &str) -> DbResult<()> {
    run(
        db,
        "UPDATE disclosure_item SET review_result = NULL, reviewed_at = NULL, reviewed_by = NULL, reviewer = NULL WHERE index_no = $1",
        &[Bound::Text(index_no.to_owned())],
    )
}

/// Sets the attribute from a day on.
///
/// # Errors
/// The engine's.
pub fn set_attribute(db: &mut Db, index_no: &str, attribute: &str, reason: Option<&str>, on: Day, due: Option<Day>) -> DbResult<()> {
    note_change(db, index_no, on)?;
    keep_publication(db, index_no)?;
    diesel::update(disclosure_item::table.filter(disclosure_item::index_no.eq(index_no)))
        .set((
            disclosure_item::attribute.eq(attribute),
            disclosure_item::reason.eq(reason),
            disclosure_item::attribute_set_on.eq(Some(on)),
            disclosure_item::due_on.eq(due),
            disclosure_item::status.eq(if attribute == "none" { "exempt" } else { "pending" }),
        ))
        .execute(db)?;
    Ok(())
}

/// Keeps the publication that came to an end, for the registers of its time, and clears it from the item.
fn keep_publication(db: &mut Db, index_no: &str) -> DbResult<()> {
    let Some(item) = by_index(db, index_no)? else { return Ok(()) };
    if let (Some(on), "withdrawn") = (item.published_on.and_then(|day| day.parse().ok()), item.status.as_str()) {
        run(
            db,
            "INSERT INTO disclosure_publication (item_id, published_on, withdrawn_on, withdrawn_reason)
             SELECT id, $2, withdrawn_on, withdrawn_reason FROM disclosure_item WHERE index_no = $1",
            &[Bound::Text(index_no.to_owned()), Bound::Day(Day(on))],
        )?;
        let of_item = [Bound::Int(item.id)];
        run(
            db,
            "INSERT INTO disclosure_publication_channel (publication_id, channel, published_on, url)
             SELECT (SELECT MAX(p.id) FROM disclosure_publication p WHERE p.item_id = $1), channel, published_on, url
             FROM disclosure_item_channel WHERE item_id = $1",
            &of_item,
        )?;
        run(db, "DELETE FROM disclosure_item_channel WHERE item_id = $1", &of_item)?;
    }
    run(
        db,
        "UPDATE disclosure_item SET published_at = NULL, withdrawn_on = NULL, withdrawn_reason = NULL
         WHERE index_no = $1 AND status = 'withdrawn'",
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
        "UPDATE disclosure_item SET review_result = $2, reviewed_at = $3, reviewer = $4,
             reviewed_by = (SELECT id FROM oa_user WHERE login_name = $4)
         WHERE index_no = $1",
        &[Bound::Text(index_no.to_owned()), Bound::Text(result.to_owned()), Bound::Instant(at), Bound::Text(login.to_owned())],
    )
}

/// Publishes an item through a channel; the first day of any channel is the item's.
///
/// # Errors
/// The engine's.
pub fn publish(db: &mut Db, item: &Whole, channel: &str, on: Day, url: Option<&str>) -> DbResult<()> {
    keep_publication(db, &item.index_no)?;
    let id = item.id;
    run(
        db,
        "INSERT INTO disclosure_item_channel (item_id, channel, published_on, url) VALUES ($1, $2, $3, NULLIF($4, ''))
         ON CONFLICT (item_id, channel) DO UPDATE SET url = COALESCE(excluded.url, disclosure_item_channel.url),
             published_on = CASE WHEN (SELECT status FROM disclosure_item WHERE id = $1) = 'published'
                 THEN disclosure_item_channel.published_on ELSE excluded.published_on END",
        &[Bound::Int(id), Bound::Text(channel.to_owned()), Bound::Day(on), Bound::Text(url.unwrap_or_default().to_owned())],
    )?;
    run(
        db,
        "UPDATE disclosure_item SET status = 'published', withdrawn_on = NULL, withdrawn_reason = NULL, url = COALESCE(url, NULLIF($3, '')),
             published_at = CASE WHEN published_at IS NULL OR status <> 'published' OR published_at > $2 THEN $2 ELSE published_at END
         WHERE id = $1",
        &[Bound::Int(id), Bound::Instant(Instant::at_beijing(on.0.at(0, 0, 0, 0))), Bound::Text(url.unwrap_or_default().to_owned())],
    )
}

/// Notes that an item a register brings was published on the site (政府网站), from the day it says.
///
/// # Errors
/// The engine's.
pub fn on_site(db: &mut Db, index_no: &str, on: Day, url: &str) -> DbResult<()> {
    run(
        db,
        "INSERT INTO disclosure_item_channel (item_id, channel, published_on, url)
         SELECT id, 'site', $2, $3 FROM disclosure_item WHERE index_no = $1
         ON CONFLICT (item_id, channel) DO UPDATE SET url = excluded.url",
        &[Bound::Text(index_no.to_owned()), Bound::Day(on), Bound::Text(url.to_owned())],
    )
}

/// Withdraws a published item; it is reviewed again before it goes out again.
///
/// # Errors
/// The engine's.
pub fn withdraw(db: &mut Db, index_no: &str, on: Day, because: &str) -> DbResult<()> {
    run(
        db,
        "UPDATE disclosure_item SET status = 'withdrawn', withdrawn_on = $2, withdrawn_reason = $3 WHERE index_no = $1",
        &[Bound::Text(index_no.to_owned()), Bound::Day(on), Bound::Text(because.to_owned())],
    )?;
    no_review(db, index_no)
}

/// Notes that an item no longer holds (废止、失效), and what took its place.
///
/// # Errors
/// The engine's.
pub fn abolish(db: &mut Db, id: i64, validity: &str, on: Day, replaced_by: Option<i64>) -> DbResult<()> {
    let by = replaced_by.map_or("NULL", |_| "$4");
    let mut values = vec![Bound::Int(id), Bound::Text(validity.to_owned()), Bound::Day(on)];
    values.extend(replaced_by.map(Bound::Int));
    run(db, &format!("UPDATE disclosure_item SET validity = $2, abolished_on = $3, replaced_by_id = {by} WHERE id = $1"), &values)
}

/// What is still to be published: index number, the day its 20 working days run from, and its last day.
///
/// # Errors
/// The engine's.
pub fn still_due(db: &mut Db) -> DbResult<Vec<(String, Day, Option<Day>)>> {
    let rows = select_texts(
        db,
        "SELECT index_no, COALESCE(attribute_set_on, formed_on) AS since, due_on FROM disclosure_item
         WHERE attribute = 'active' AND status = 'pending' ORDER BY index_no",
        &["index_no", "since", "due_on"],
        &[],
    )?;
    let day = |text: &str| text.parse::<jiff::civil::Date>().ok().map(Day);
    Ok(rows.into_iter().filter_map(|row| Some((row[0].clone(), day(&row[1])?, day(&row[2])))).collect())
}

/// Moves the last day for publishing.
///
/// # Errors
/// The engine's.
pub fn set_due(db: &mut Db, index_no: &str, due: Day) -> DbResult<()> {
    run(db, "UPDATE disclosure_item SET due_on = $2 WHERE index_no = $1", &[Bound::Text(index_no.to_owned()), Bound::Day(due)])
}

/// An issued document (公文) that is not in the register.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    pub id: i64,
    pub title: String,
    pub doc_no: Option<String>,
    pub unit_id: i64,
    /// Code of the unit.
    pub unit: String,
    pub issued_on: Day,
    pub attribute: Option<String>,
    pub reason: Option<String>,
}

/// Documents issued from `from` to `to` that are not in the register, oldest first. Classified ones stay out of it.
///
/// # Errors
/// The engine's.
pub fn not_registered(db: &mut Db, from: Day, to: Day) -> DbResult<Vec<Document>> {
    let rows = select_texts(
        db,
        "SELECT d.id, d.title, d.doc_no_text, d.unit_id, u.code AS unit, d.issued_on, d.disclose_attr, d.disclose_reason
         FROM document d JOIN unit u ON u.id = d.unit_id
         WHERE d.direction = 'out' AND d.issued_on >= $1 AND d.issued_on <= $2 AND d.secrecy = 'none' AND d.status NOT IN ('void', 'returned', 'draft', 'reviewing', 'signed')
           AND NOT EXISTS (SELECT 1 FROM disclosure_item i WHERE i.document_id = d.id)
         ORDER BY d.issued_on, d.id",
        &["id", "title", "doc_no_text", "unit_id", "unit", "issued_on", "disclose_attr", "disclose_reason"],
        &[Bound::Day(from), Bound::Day(to)],
    )?;
    let filled = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    Ok(rows
        .into_iter()
        .filter_map(|row| {
            Some(Document {
                id: row[0].parse().ok()?,
                title: row[1].clone(),
                doc_no: filled(&row[2]),
                unit_id: row[3].parse().ok()?,
                unit: row[4].clone(),
                issued_on: Day(row[5].parse().ok()?),
                attribute: filled(&row[6]),
                reason: filled(&row[7]),
            })
        })
        .collect())
}

/// Items without a document that have this one's number; or, where it has none, its title, unit and day: the index
/// number and title of each.
///
/// # Errors
/// The engine's.
pub fn perhaps_of(db: &mut Db, document: &Document) -> DbResult<Vec<(String, String)>> {
    let (sql, values) = match &document.doc_no {
        Some(no) => (
            "SELECT index_no, title FROM disclosure_item WHERE document_id IS NULL AND doc_no = $1 ORDER BY index_no",
            vec![Bound::Text(no.clone())],
        ),
        None => (
            "SELECT index_no, title FROM disclosure_item WHERE document_id IS NULL AND title = $1 AND publisher_unit_id = $2
                 AND formed_on = $3 ORDER BY index_no",
            vec![Bound::Text(document.title.clone()), Bound::Int(document.unit_id), Bound::Day(document.issued_on)],
        ),
    };
    Ok(select_texts(db, sql, &["index_no", "title"], &values)?.into_iter().map(|row| (row[0].clone(), row[1].clone())).collect())
}

/// Corrects why an item is withheld.
///
/// # Errors
/// The engine's.
pub fn set_reason(db: &mut Db, index_no: &str, reason: &str) -> DbResult<()> {
    run(
        db,
        "UPDATE disclosure_item SET reason = $2 WHERE index_no = $1",
        &[Bound::Text(index_no.to_owned()), Bound::Text(reason.to_owned())],
    )
}

/// Notes of an item that comes with a register that it was withdrawn before.
///
/// # Errors
/// The engine's.
pub fn set_withdrawn(db: &mut Db, index_no: &str, on: Day) -> DbResult<()> {
    run(
        db,
        "UPDATE disclosure_item SET status = 'withdrawn', withdrawn_on = $2 WHERE index_no = $1",
        &[Bound::Text(index_no.to_owned()), Bound::Day(on)],
    )
}

/// Notes which document an item was made from.
///
/// # Errors
/// The engine's.
pub fn set_document(db: &mut Db, index_no: &str, document: i64) -> DbResult<()> {
    run(db, "UPDATE disclosure_item SET document_id = $2 WHERE index_no = $1", &[Bound::Text(index_no.to_owned()), Bound::Int(document)])
}

/// Notes a re-assessment.
///
/// # Errors
/// The engine's.
pub fn set_assessed(db: &mut Db, index_no: &str, on: Day) -> DbResult<()> {
    run(db, "UPDATE disclosure_item SET last_evaluated_on = $2 WHERE index_no = $1", &[Bound::Text(index_no.to_owned()), Bound::Day(on)])
}
