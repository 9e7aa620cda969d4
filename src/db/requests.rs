//! Requests for disclosure (依申请公开) and their events, which only grow.

use std::collections::HashMap;

use diesel::dsl::max;
use diesel::prelude::*;

use super::connection::Db;
use super::error::DbResult;
use super::raw::{Value, run, select_texts};
use super::schema::{disclosure_request, disclosure_request_event, unit};
use super::types::{Day, Instant};

/// A request.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, AsChangeset)]
#[diesel(table_name = disclosure_request, treat_none_as_null = true)]
pub struct Request {
    pub id: i64,
    pub no: String,
    /// The unit that handles it (承办单位).
    pub unit_id: i64,
    /// One of the form's six kinds of applicants.
    pub applicant_kind: String,
    pub applicant_name: String,
    pub applicant_id_no: Option<String>,
    pub contact: Option<String>,
    /// `in_person`, `post`, `online`, `fax` or `oral`.
    pub channel: String,
    pub arrived_on: Day,
    pub confirmed_on: Option<Day>,
    /// 第0日.
    pub received_on: Option<Day>,
    pub receipt_rule: Option<String>,
    pub subject: String,
    pub form_wanted: Option<String>,
    /// `2008` or `2019`.
    pub regime: String,
    pub due_on: Option<Day>,
    pub extended_due_on: Option<Day>,
    pub replied_on: Option<Day>,
    /// Day of the result that counts in the form.
    pub closed_on: Option<Day>,
    /// The one row of results it fills.
    pub outcome_row: Option<String>,
    pub outcome_article: Option<String>,
    pub reply_no: Option<String>,
    pub pages: Option<i64>,
    pub delivered_on: Option<Day>,
    pub delivery: Option<String>,
    pub status: String,
    /// Sent by post against a signature.
    pub signed: bool,
    /// Pieces of information asked for in one application.
    pub items: Option<i64>,
    /// `item` or `page`.
    pub fee_scheme: Option<String>,
    pub fee_yuan: Option<i64>,
    pub fee_paid_on: Option<Day>,
}

/// A request not yet written.
#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = disclosure_request)]
pub struct NewRequest {
    pub no: String,
    pub unit_id: i64,
    pub applicant_kind: String,
    pub applicant_name: String,
    pub applicant_id_no: Option<String>,
    pub contact: Option<String>,
    pub channel: String,
    pub arrived_on: Day,
    pub confirmed_on: Option<Day>,
    pub received_on: Option<Day>,
    pub receipt_rule: Option<String>,
    pub subject: String,
    pub form_wanted: Option<String>,
    pub regime: String,
    pub status: String,
    pub signed: bool,
    pub items: Option<i64>,
    pub created_at: Instant,
}

/// An event of a request.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = disclosure_request_event)]
pub struct RequestEvent {
    pub request_id: i64,
    pub seq: i64,
    pub kind: String,
    pub on_date: Day,
    pub at: Option<Instant>,
    pub until_on: Option<Day>,
    pub doc_no: Option<String>,
    pub note: Option<String>,
    pub days: Option<i64>,
    pub party: Option<String>,
    pub actor: Option<String>,
}

/// Every status but `closed`: named, they are found through the index.
const OPEN: [&str; 6] = ["unconfirmed", "open", "supplement", "consulting", "reasons", "fee"];

/// A choice of requests.
#[derive(Clone, Debug, Default)]
pub struct RequestFilter {
    pub status: Option<String>,
    pub unit: Option<String>,
    pub from: Option<Day>,
    pub to: Option<Day>,
    /// Not yet closed.
    pub open: bool,
}

/// Requests with the code and short name of their unit, in the order of arrival.
///
/// # Errors
/// The engine's.
pub fn list(db: &mut Db, filter: &RequestFilter) -> DbResult<Vec<(Request, (String, String))>> {
    let mut query = disclosure_request::table
        .inner_join(unit::table)
        .select((Request::as_select(), (unit::code, unit::short_name)))
        .order((disclosure_request::arrived_on, disclosure_request::no))
        .into_boxed();
    if let Some(status) = &filter.status {
        query = query.filter(disclosure_request::status.eq(status));
    }
    if let Some(code) = &filter.unit {
        query = query.filter(unit::code.eq(code));
    }
    if let Some(from) = filter.from {
        query = query.filter(disclosure_request::arrived_on.ge(from));
    }
    if let Some(to) = filter.to {
        query = query.filter(disclosure_request::arrived_on.le(to));
    }
    if filter.open {
        query = query.filter(disclosure_request::status.eq_any(OPEN));
    }
    Ok(query.load(db)?)
}

/// The request of this number.
///
/// # Errors
/// The engine's.
pub fn by_no(db: &mut Db, no: &str) -> DbResult<Option<(Request, (String, String))>> {
    Ok(disclosure_request::table
        .inner_join(unit::table)
        .filter(disclosure_request::no.eq(no))
        .select((Request::as_select(), (unit::code, unit::short_name)))
        .first(db)
        .optional()?)
}

/// Holds a request until the end of the transaction: whoever comes second waits, and then reads what the first wrote.
///
/// # Errors
/// The engine's.
pub fn hold(db: &mut Db, no: &str) -> DbResult<()> {
    run(db, "UPDATE disclosure_request SET status = status WHERE no = $1", &[Value::Text(no.to_owned())])
}

/// Adds a request.
///
/// # Errors
/// The engine's: the number is taken.
pub fn add(db: &mut Db, new: &NewRequest) -> DbResult<()> {
    diesel::insert_into(disclosure_request::table).values(new).execute(db)?;
    Ok(())
}

/// Brings a request's row up to date.
///
/// # Errors
/// The engine's.
pub fn save(db: &mut Db, request: &Request) -> DbResult<()> {
    diesel::update(disclosure_request::table.find(request.id)).set(request).execute(db)?;
    Ok(())
}

/// Adds an event behind the others of its request; its `seq` is given here.
///
/// # Errors
/// The engine's.
pub fn append(db: &mut Db, event: RequestEvent) -> DbResult<()> {
    let newest: Option<i64> = disclosure_request_event::table
        .filter(disclosure_request_event::request_id.eq(event.request_id))
        .select(max(disclosure_request_event::seq))
        .first(db)?;
    // A login may change, and in time belong to another: the account is noted beside it.
    let by = super::users::id_of(db, event.actor.as_deref())?;
    let event = RequestEvent { seq: newest.unwrap_or(0) + 1, ..event };
    diesel::insert_into(disclosure_request_event::table).values((event, disclosure_request_event::by_user_id.eq(by))).execute(db)?;
    Ok(())
}

/// The events of one request, oldest first.
///
/// # Errors
/// The engine's.
pub fn events(db: &mut Db, request: i64) -> DbResult<Vec<RequestEvent>> {
    Ok(disclosure_request_event::table
        .filter(disclosure_request_event::request_id.eq(request))
        .select(RequestEvent::as_select())
        .order(disclosure_request_event::seq)
        .load(db)?)
}

/// The events of all requests that are not closed, by request, oldest first.
///
/// # Errors
/// The engine's.
pub fn events_of_open(db: &mut Db) -> DbResult<HashMap<i64, Vec<RequestEvent>>> {
    let open = disclosure_request::table.filter(disclosure_request::status.eq_any(OPEN)).select(disclosure_request::id);
    let all: Vec<RequestEvent> = disclosure_request_event::table
        .filter(disclosure_request_event::request_id.eq_any(open))
        .select(RequestEvent::as_select())
        .order((disclosure_request_event::request_id, disclosure_request_event::seq))
        .load(db)?;
    let mut found: HashMap<i64, Vec<RequestEvent>> = HashMap::new();
    for event in all {
        found.entry(event.request_id).or_default().push(event);
    }
    Ok(found)
}

/// The next number of a kind, a prefix and a year: no gaps, none used twice. Part of the
/// transaction that uses it; whoever comes second waits.
///
/// # Errors
/// The engine's.
pub fn next_no(db: &mut Db, kind: &str, prefix: &str, year: i64) -> DbResult<i64> {
    let values = [Value::Text(kind.to_owned()), Value::Text(prefix.to_owned()), Value::Int(year)];
    run(
        db,
        "INSERT INTO disclosure_number (kind, prefix, year, last_no) VALUES ($1, $2, $3, 1)
         ON CONFLICT (kind, prefix, year) DO UPDATE SET last_no = disclosure_number.last_no + 1",
        &values,
    )?;
    let rows =
        select_texts(db, "SELECT last_no FROM disclosure_number WHERE kind = $1 AND prefix = $2 AND year = $3", &["last_no"], &values)?;
    Ok(rows[0][0].parse().unwrap_or(0))
}

/// What the same applicant asked for earlier in the same calendar month (按件计收): numbers and items, oldest first.
///
/// The same is who has the same name, kind, and number of identity; where one of the numbers is not known, the same
/// contact; where that is not known either, the name alone. What is charged by pages, or was withdrawn, does not count.
///
/// # Errors
/// The engine's.
pub fn earlier_this_month(db: &mut Db, request: &Request) -> DbResult<Vec<(String, i64)>> {
    let Some(received) = request.received_on else { return Ok(Vec::new()) };
    let text = |text: &Option<String>| Value::Text(text.clone().unwrap_or_default());
    let rows = select_texts(
        db,
        "SELECT no, COALESCE(items, 1) AS items FROM disclosure_request
         WHERE applicant_name = $1 AND applicant_kind = $2 AND received_on >= $3
           AND (received_on < $4 OR (received_on = $4 AND id < $5))
           AND (COALESCE(applicant_id_no, '') = '' OR $6 = '' OR applicant_id_no = $6)
           AND ((COALESCE(applicant_id_no, '') <> '' AND $6 <> '') OR COALESCE(contact, '') = '' OR $7 = '' OR contact = $7)
           AND COALESCE(fee_scheme, 'item') = 'item'
           AND NOT EXISTS (SELECT 1 FROM disclosure_request_event e WHERE e.request_id = disclosure_request.id AND e.kind = 'withdraw')
         ORDER BY received_on, id",
        &["no", "items"],
        &[
            Value::Text(request.applicant_name.clone()),
            Value::Text(request.applicant_kind.clone()),
            Value::Day(Day(received.0.first_of_month())),
            Value::Day(received),
            Value::Int(request.id),
            text(&request.applicant_id_no),
            text(&request.contact),
        ],
    )?;
    Ok(rows.into_iter().map(|row| (row[0].clone(), row[1].parse().unwrap_or(1))).collect())
}

/// Opens or closes a dispute (行政复议、行政诉讼) about a request.
///
/// # Errors
/// The engine's.
pub fn open_dispute(db: &mut Db, request: i64, kind: &str, on: Day) -> DbResult<()> {
    run(
        db,
        "INSERT INTO disclosure_dispute (request_id, kind, opened_on, result) VALUES ($1, $2, $3, 'pending')",
        &[Value::Int(request), Value::Text(kind.to_owned()), Value::Day(on)],
    )
}

/// The disputes of a request: kind, and whether it has ended.
///
/// # Errors
/// The engine's.
pub fn disputes(db: &mut Db, request: i64) -> DbResult<Vec<(String, bool)>> {
    let rows = select_texts(
        db,
        "SELECT kind, CASE WHEN closed_on IS NULL THEN 0 ELSE 1 END AS ended FROM disclosure_dispute WHERE request_id = $1 ORDER BY id",
        &["kind", "ended"],
        &[Value::Int(request)],
    )?;
    Ok(rows.into_iter().map(|row| (row[0].clone(), row[1] == "1")).collect())
}

/// Closes the open dispute of this kind; tells whether there was one.
///
/// # Errors
/// The engine's.
pub fn close_dispute(db: &mut Db, request: i64, kind: &str, on: Day, result: &str) -> DbResult<bool> {
    let key = [Value::Int(request), Value::Text(kind.to_owned())];
    let open = select_texts(
        db,
        "SELECT id FROM disclosure_dispute WHERE request_id = $1 AND kind = $2 AND closed_on IS NULL ORDER BY id LIMIT 1",
        &["id"],
        &key,
    )?;
    let Some(id) = open.first().and_then(|row| row[0].parse().ok()) else { return Ok(false) };
    run(
        db,
        "UPDATE disclosure_dispute SET closed_on = $1, result = $2 WHERE id = $3",
        &[Value::Day(on), Value::Text(result.to_owned()), Value::Int(id)],
    )?;
    Ok(true)
}
