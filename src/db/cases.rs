//! Cases (办件), their events, which only grow, and their special procedures.

use std::collections::HashMap;

use diesel::dsl::max;
use diesel::prelude::*;

use super::connection::Db;
use super::error::DbResult;
use super::raw::{Value, run, select_texts};
use super::schema::{license_case, license_case_event, license_case_special};
use super::types::{Day, Instant};

/// A case.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, AsChangeset)]
#[diesel(table_name = license_case, treat_none_as_null = true)]
pub struct Case {
    pub id: i64,
    /// 办件编号.
    pub no: String,
    pub organ_id: i64,
    pub item_id: i64,
    /// The version in force when the case was filed; later ones do not touch it.
    pub item_version_no: i64,
    pub applicant_kind: Option<String>,
    pub applicant_name: String,
    pub applicant_id_no: Option<String>,
    pub contact: Option<String>,
    pub received_on: Day,
    pub accepted_on: Option<Day>,
    pub legal_due_on: Option<Day>,
    pub promise_due_on: Option<Day>,
    pub extended_on: Option<Day>,
    pub extended_due_on: Option<Day>,
    pub decided_on: Option<Day>,
    /// `granted`, `refused`, `not_accepted`, `withdrawn` or `terminated`.
    pub outcome: Option<String>,
    pub delivered_on: Option<Day>,
    pub status: String,
    /// `ordinary`, `joint` or `review_first`.
    pub procedure: String,
    /// The rule of the law whose limit holds where the catalogue states none.
    pub rule: String,
    pub promise_days: Option<i64>,
    /// Accepted by silence (行政许可法 Art. 32(4)).
    pub deemed_accepted: bool,
    pub supplement_due_on: Option<Day>,
    pub accept_doc_no: Option<String>,
    pub decision_doc_no: Option<String>,
    pub certificate_no: Option<String>,
    /// Day the licence to be renewed expires.
    pub renews_until: Option<Day>,
    pub applicant_id_kind: Option<String>,
    pub legal_person: Option<String>,
    pub handling_kind: Option<String>,
    pub satisfaction: Option<String>,
    pub by_post: Option<bool>,
}

/// A case not yet written.
#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = license_case)]
pub struct NewCase {
    pub no: String,
    pub organ_id: i64,
    pub item_id: i64,
    pub item_version_no: i64,
    pub applicant_kind: Option<String>,
    pub applicant_name: String,
    pub applicant_id_no: Option<String>,
    pub contact: Option<String>,
    pub received_on: Day,
    pub status: String,
    pub procedure: String,
    pub rule: String,
    pub promise_days: Option<i64>,
    pub renews_until: Option<Day>,
    pub applicant_id_kind: Option<String>,
    pub legal_person: Option<String>,
    pub handling_kind: Option<String>,
}

/// An event of a case.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = license_case_event)]
pub struct CaseEvent {
    pub case_id: i64,
    pub seq: i64,
    pub event: String,
    pub at: Instant,
    pub from_status: Option<String>,
    pub to_status: Option<String>,
    pub until_on: Option<Day>,
    pub doc_no: Option<String>,
    pub note: Option<String>,
    pub row_key: Option<String>,
    pub actor: Option<String>,
}

/// An event not yet written.
#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = license_case_event)]
pub struct NewEvent {
    pub case_id: i64,
    pub seq: i64,
    pub event: String,
    pub at: Instant,
    pub from_status: Option<String>,
    pub to_status: Option<String>,
    pub until_on: Option<Day>,
    pub doc_no: Option<String>,
    pub note: Option<String>,
    pub row_key: Option<String>,
    pub actor: Option<String>,
}

/// A special procedure (特别程序): time that does not count.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = license_case_special)]
pub struct Special {
    pub id: i64,
    pub case_id: i64,
    /// `1` 延长审批, `2` any other.
    pub kind: String,
    pub name: String,
    pub started_on: Day,
    pub ended_on: Option<Day>,
    pub basis: Option<String>,
    pub result: Option<String>,
    pub opinion: Option<String>,
    pub approved_by: Option<String>,
    /// The day it was told to end, as the applicant was told.
    pub until_on: Option<Day>,
}

/// A special procedure not yet written.
#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = license_case_special)]
pub struct NewSpecial {
    pub case_id: i64,
    pub kind: String,
    pub name: String,
    pub started_on: Day,
    pub ended_on: Option<Day>,
    pub basis: Option<String>,
    pub result: Option<String>,
    pub opinion: Option<String>,
    pub approved_by: Option<String>,
    /// The day it was told to end, as the applicant was told.
    pub until_on: Option<Day>,
}

/// What a case's clocks need of the version it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ItemOf {
    pub name: String,
    pub code: Option<String>,
    pub organ: String,
    pub legal_n: Option<i64>,
    pub legal_unit: Option<String>,
    pub promise_n: Option<i64>,
    pub promise_unit: Option<String>,
}

/// All cases in the order of their numbers, by status if one is named.
///
/// # Errors
/// The engine's.
pub fn list(db: &mut Db, status: Option<&str>) -> DbResult<Vec<Case>> {
    let mut query = license_case::table.select(Case::as_select()).order(license_case::no).into_boxed();
    if let Some(status) = status {
        query = query.filter(license_case::status.eq(status));
    }
    Ok(query.load(db)?)
}

/// The case of this number.
///
/// # Errors
/// The engine's.
pub fn by_no(db: &mut Db, no: &str) -> DbResult<Option<Case>> {
    Ok(license_case::table.filter(license_case::no.eq(no)).select(Case::as_select()).first(db).optional()?)
}

/// Items and versions of all cases, by item and version number.
///
/// # Errors
/// The engine's.
pub fn items(db: &mut Db) -> DbResult<HashMap<(i64, i64), ItemOf>> {
    let mut found = HashMap::new();
    super::raw::stream_texts(
        db,
        "SELECT DISTINCT v.item_id AS item, v.no AS no, v.name AS name, i.code AS code, o.name AS organ, v.legal_n AS legal_n,
             v.legal_unit AS legal_unit, v.promise_n AS promise_n, v.promise_unit AS promise_unit
         FROM license_case c JOIN license_version v ON v.item_id = c.item_id AND v.no = c.item_version_no
         JOIN license_item i ON i.id = v.item_id JOIN license_organ o ON o.id = c.organ_id",
        &["item", "no", "name", "code", "organ", "legal_n", "legal_unit", "promise_n", "promise_unit"],
        &[],
        |mut row| {
            let number = |text: &Option<String>| text.as_deref().and_then(|text| text.parse::<i64>().ok());
            let (Some(item), Some(no)) = (number(&row[0]), number(&row[1])) else { return Ok(()) };
            let (legal_n, promise_n) = (number(&row[5]), number(&row[7]));
            found.insert(
                (item, no),
                ItemOf {
                    name: row[2].take().unwrap_or_default(),
                    code: row[3].take(),
                    organ: row[4].take().unwrap_or_default(),
                    legal_n,
                    legal_unit: row[6].take(),
                    promise_n,
                    promise_unit: row[8].take(),
                },
            );
            Ok(())
        },
    )?;
    Ok(found)
}

/// The next number of an organ in a year: no gaps, none used twice. Part of the transaction
/// that uses it; whoever comes second waits.
///
/// # Errors
/// The engine's.
pub fn next_no(db: &mut Db, organ: i64, year: i64) -> DbResult<i64> {
    run(
        db,
        "INSERT INTO license_case_number (organ_id, year, last_no) VALUES ($1, $2, 1)
         ON CONFLICT (organ_id, year) DO UPDATE SET last_no = license_case_number.last_no + 1",
        &[Value::Int(organ), Value::Int(year)],
    )?;
    let rows = select_texts(
        db,
        "SELECT last_no FROM license_case_number WHERE organ_id = $1 AND year = $2",
        &["last_no"],
        &[Value::Int(organ), Value::Int(year)],
    )?;
    Ok(rows[0][0].parse().unwrap_or(0))
}

/// What a case number of an organ begins with: its own prefix, else the short name of its unit, else its name.
///
/// # Errors
/// The engine's.
pub fn prefix(db: &mut Db, organ: i64) -> DbResult<String> {
    let rows = select_texts(
        db,
        "SELECT COALESCE(o.case_prefix, u.short_name, o.name) AS prefix FROM license_organ o LEFT JOIN unit u ON u.id = o.unit_id WHERE o.id = $1",
        &["prefix"],
        &[Value::Int(organ)],
    )?;
    Ok(rows.into_iter().next().map(|mut row| row.swap_remove(0)).unwrap_or_default())
}

/// The version of an item in force on a day: its number.
///
/// # Errors
/// The engine's.
pub fn version_on(db: &mut Db, item: i64, on: Day) -> DbResult<Option<i64>> {
    let rows = select_texts(
        db,
        "SELECT max(no) AS no FROM license_version WHERE item_id = $1 AND valid_from <= $2 AND (valid_to IS NULL OR valid_to > $2)",
        &["no"],
        &[Value::Int(item), Value::Day(on)],
    )?;
    Ok(rows[0][0].parse().ok())
}

/// The organ of an item, as a case of it needs one.
///
/// # Errors
/// The engine's.
pub fn organ_of(db: &mut Db, item: i64) -> DbResult<Option<i64>> {
    let rows = select_texts(db, "SELECT organ_id FROM license_item WHERE id = $1", &["organ_id"], &[Value::Int(item)])?;
    Ok(rows.first().and_then(|row| row[0].parse().ok()))
}

/// Holds a case until the end of the transaction: whoever comes second waits, and then reads what the first wrote.
///
/// # Errors
/// The engine's.
pub fn hold(db: &mut Db, case: i64) -> DbResult<()> {
    run(db, "UPDATE license_case SET status = status WHERE id = $1", &[Value::Int(case)])
}

/// The item of a case, and the version it holds.
///
/// # Errors
/// The engine's.
pub fn item_of(db: &mut Db, case: i64) -> DbResult<Option<(i64, i64)>> {
    Ok(license_case::table.find(case).select((license_case::item_id, license_case::item_version_no)).first(db).optional()?)
}

/// Adds a case.
///
/// # Errors
/// The engine's: the number is taken.
pub fn add(db: &mut Db, case: &NewCase) -> DbResult<Case> {
    diesel::insert_into(license_case::table).values(case).execute(db)?;
    Ok(license_case::table.filter(license_case::no.eq(&case.no)).select(Case::as_select()).first(db)?)
}

/// Brings a case's row up to date.
///
/// # Errors
/// The engine's.
pub fn save(db: &mut Db, case: &Case) -> DbResult<()> {
    diesel::update(license_case::table.find(case.id)).set(case).execute(db)?;
    Ok(())
}

/// Adds an event behind the others of its case; its `seq` is given here.
///
/// # Errors
/// The engine's.
pub fn append(db: &mut Db, event: NewEvent) -> DbResult<()> {
    let newest: Option<i64> =
        license_case_event::table.filter(license_case_event::case_id.eq(event.case_id)).select(max(license_case_event::seq)).first(db)?;
    // A login may change, and in time belong to another: the account is noted beside it.
    let by = super::users::id_of(db, event.actor.as_deref())?;
    let event = NewEvent { seq: newest.unwrap_or(0) + 1, ..event };
    diesel::insert_into(license_case_event::table).values((event, license_case_event::by_user_id.eq(by))).execute(db)?;
    Ok(())
}

/// The events of one case, or of all, oldest first.
///
/// # Errors
/// The engine's.
pub fn events(db: &mut Db, case: Option<i64>) -> DbResult<Vec<CaseEvent>> {
    let mut query =
        license_case_event::table.select(CaseEvent::as_select()).order((license_case_event::case_id, license_case_event::seq)).into_boxed();
    if let Some(case) = case {
        query = query.filter(license_case_event::case_id.eq(case));
    }
    Ok(query.load(db)?)
}

/// The special procedures of one case, or of all, oldest first.
///
/// # Errors
/// The engine's.
pub fn specials(db: &mut Db, case: Option<i64>) -> DbResult<Vec<Special>> {
    let mut query = license_case_special::table
        .select(Special::as_select())
        .order((license_case_special::case_id, license_case_special::started_on, license_case_special::id))
        .into_boxed();
    if let Some(case) = case {
        query = query.filter(license_case_special::case_id.eq(case));
    }
    Ok(query.load(db)?)
}

/// Adds a special procedure.
///
/// # Errors
/// The engine's.
pub fn add_special(db: &mut Db, special: &NewSpecial) -> DbResult<()> {
    diesel::insert_into(license_case_special::table).values(special).execute(db)?;
    Ok(())
}

/// Ends a special procedure.
///
/// # Errors
/// The engine's.
pub fn end_special(db: &mut Db, id: i64, on: Day, result: Option<&str>, opinion: Option<&str>) -> DbResult<()> {
    diesel::update(license_case_special::table.find(id))
        .set((
            license_case_special::ended_on.eq(Some(on)),
            license_case_special::result.eq(result),
            license_case_special::opinion.eq(opinion),
        ))
        .execute(db)?;
    Ok(())
}
