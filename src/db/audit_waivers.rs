//! Waivers (豁免): findings accepted until a day, with a reason, by somebody else than who asked.

use diesel::prelude::*;

use super::connection::Db;
use super::error::DbResult;
use super::raw::select_texts;
use super::schema::audit_waiver;
use super::types::Day;

/// A waiver not yet written.
#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = audit_waiver)]
pub struct NewWaiver {
    pub rule_id: String,
    pub fingerprint: Option<String>,
    pub subject_table: Option<String>,
    pub subject_key: Option<String>,
    pub reason: String,
    pub requested_by: i64,
    pub approved_by: Option<i64>,
    pub created_on: Day,
    pub expires_on: Option<Day>,
    pub basis_doc_no: Option<String>,
}

/// A waiver with the people in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiver {
    pub id: i64,
    pub rule: String,
    pub fingerprint: Option<String>,
    pub table: Option<String>,
    pub key: Option<String>,
    pub reason: String,
    /// Login, and the staff number that tells two accounts of one person.
    pub requested_by: (String, Option<String>),
    pub approved_by: Option<(String, Option<String>)>,
    pub created_on: Day,
    pub expires_on: Option<Day>,
    pub revoked_on: Option<Day>,
    pub basis: Option<String>,
}

/// All waivers ever given, oldest first.
///
/// # Errors
/// The engine's.
pub fn all(db: &mut Db) -> DbResult<Vec<Waiver>> {
    let sql = "SELECT w.id, w.rule_id, w.fingerprint, w.subject_table, w.subject_key, w.reason, \
               r.login_name AS requester, r.staff_no AS requester_no, a.login_name AS approver, a.staff_no AS approver_no, \
               w.created_on, w.expires_on, w.revoked_on, w.basis_doc_no \
               FROM audit_waiver w JOIN oa_user r ON r.id = w.requested_by LEFT JOIN oa_user a ON a.id = w.approved_by ORDER BY w.id";
    let columns = [
        "id",
        "rule_id",
        "fingerprint",
        "subject_table",
        "subject_key",
        "reason",
        "requester",
        "requester_no",
        "approver",
        "approver_no",
        "created_on",
        "expires_on",
        "revoked_on",
        "basis_doc_no",
    ];
    let rows = select_texts(db, sql, &columns, &[])?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let mut cells = row.into_iter();
            let mut next = || cells.next().filter(|text| !text.is_empty());
            let id = next().and_then(|text| text.parse().ok()).unwrap_or_default();
            let rule = next().unwrap_or_default();
            let (fingerprint, table, key) = (next(), next(), next());
            let reason = next().unwrap_or_default();
            let requested_by = (next().unwrap_or_default(), next());
            let (approver, approver_no) = (next(), next());
            let mut day = || next().and_then(|text| text.parse().ok()).map(Day);
            let (created_on, expires_on, revoked_on) = (day(), day(), day());
            Waiver {
                id,
                rule,
                fingerprint,
                table,
                key,
                reason,
                requested_by,
                approved_by: approver.map(|login| (login, approver_no)),
                created_on: created_on.unwrap_or(Day(jiff::civil::Date::MIN)),
                expires_on,
                revoked_on,
                basis: next(),
            }
        })
        .collect())
}

/// Adds a waiver and returns its number.
///
/// # Errors
/// The engine's.
pub fn add(db: &mut Db, new: &NewWaiver) -> DbResult<i64> {
    Ok(diesel::insert_into(audit_waiver::table).values(new).returning(audit_waiver::id).get_result(db)?)
}

/// Takes a waiver back from a day on; false when it was taken back before.
///
/// # Errors
/// The engine's.
pub fn revoke(db: &mut Db, id: i64, on: Day) -> DbResult<bool> {
    let open = audit_waiver::table.find(id).filter(audit_waiver::revoked_on.is_null());
    Ok(diesel::update(open).set(audit_waiver::revoked_on.eq(Some(on))).execute(db)? == 1)
}
