//! The audit log (审计日志) and its seals.

use diesel::prelude::*;

use super::connection::Db;
use super::error::DbResult;
use super::schema::{audit_log, audit_seal};
use super::types::{Document, Instant};

/// One entry of the audit log.
#[derive(Clone, Debug, PartialEq, Queryable, Selectable)]
#[diesel(table_name = audit_log)]
pub struct LogEntry {
    pub seq: i64,
    /// Shared by all entries of one command run; answers "did it happen?" after a lost connection.
    pub op_id: String,
    pub at: Instant,
    /// OA login of the person acting, if one is bound.
    pub actor: Option<String>,
    pub os_user: String,
    pub host: String,
    pub source: String,
    pub verb: String,
    pub subject_table: Option<String>,
    pub subject_key: Option<String>,
    pub old_value: Option<Document>,
    pub new_value: Option<Document>,
    pub reason: Option<String>,
    /// `done` or `refused`.
    pub result: String,
}

/// An entry not yet written.
#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = audit_log)]
pub struct NewLogEntry {
    pub op_id: String,
    pub at: Instant,
    pub actor: Option<String>,
    pub os_user: String,
    pub host: String,
    pub source: String,
    pub verb: String,
    pub subject_table: Option<String>,
    pub subject_key: Option<String>,
    pub old_value: Option<Document>,
    pub new_value: Option<Document>,
    pub reason: Option<String>,
    pub result: String,
}

/// One link of the hash chain.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = audit_seal)]
pub struct Seal {
    /// 1, 2, 3 … without gaps.
    pub no: i64,
    pub log_seq: i64,
    pub prev_hash: String,
    pub entry_hash: String,
    pub sealed_at: Instant,
}

/// A choice of entries.
#[derive(Clone, Debug, Default)]
pub struct LogFilter {
    pub actor: Option<String>,
    pub verb: Option<String>,
    pub subject: Option<String>,
    pub since: Option<Instant>,
    pub last: Option<i64>,
}

/// Appends one entry.
///
/// # Errors
/// The engine's.
pub fn append(db: &mut Db, entry: &NewLogEntry) -> DbResult<()> {
    diesel::insert_into(audit_log::table).values(entry).execute(db)?;
    Ok(())
}

/// Lists entries, newest first.
///
/// # Errors
/// The engine's.
pub fn list(db: &mut Db, filter: &LogFilter) -> DbResult<Vec<LogEntry>> {
    let mut query = audit_log::table.select(LogEntry::as_select()).order(audit_log::seq.desc()).into_boxed();
    if let Some(actor) = &filter.actor {
        query = query.filter(audit_log::actor.eq(actor).or(audit_log::os_user.eq(actor)));
    }
    if let Some(verb) = &filter.verb {
        query = query.filter(audit_log::verb.eq(verb));
    }
    if let Some(subject) = &filter.subject {
        query = query.filter(audit_log::subject_key.eq(subject));
    }
    if let Some(since) = filter.since {
        query = query.filter(audit_log::at.ge(since));
    }
    if let Some(last) = filter.last {
        query = query.limit(last);
    }
    Ok(query.load(db)?)
}

/// Entries that no seal names yet, oldest first, at most `limit`.
///
/// # Errors
/// The engine's.
pub fn unsealed(db: &mut Db, limit: i64) -> DbResult<Vec<LogEntry>> {
    Ok(audit_log::table
        .left_join(audit_seal::table)
        .filter(audit_seal::no.nullable().is_null())
        .order(audit_log::seq)
        .limit(limit)
        .select(LogEntry::as_select())
        .load(db)?)
}

/// How many entries no seal names yet.
///
/// # Errors
/// The engine's.
pub fn unsealed_count(db: &mut Db) -> DbResult<i64> {
    Ok(audit_log::table.left_join(audit_seal::table).filter(audit_seal::no.nullable().is_null()).count().get_result(db)?)
}

/// When the newest entry says it was written.
///
/// # Errors
/// The engine's.
pub fn last_at(db: &mut Db) -> DbResult<Option<Instant>> {
    Ok(audit_log::table.order(audit_log::seq.desc()).select(audit_log::at).first(db).optional()?)
}

/// The newest link of the chain.
///
/// # Errors
/// The engine's.
pub fn head(db: &mut Db) -> DbResult<Option<Seal>> {
    Ok(audit_seal::table.order(audit_seal::no.desc()).select(Seal::as_select()).first(db).optional()?)
}

/// Keeps other sealers out until this transaction ends; SQLite's write lock has done it already.
///
/// The lock is one of our own, not the table's: whoever may only insert into the log can take it. It is given back
/// after the commit can be seen, so the next sealer reads a head that is true.
///
/// # Errors
/// The engine's.
pub fn lock_chain(db: &mut Db) -> DbResult<()> {
    on_each!(db,
    sqlite(_c) => Ok(()),
    postgres(conn) => {
        use diesel::connection::SimpleConnection;
        conn.batch_execute("SELECT pg_advisory_xact_lock(20261125)").map_err(Into::into)
    })
}

/// Adds links to the chain.
///
/// # Errors
/// The engine's.
pub fn seal(db: &mut Db, seals: &[Seal]) -> DbResult<()> {
    for seal in seals {
        diesel::insert_into(audit_seal::table).values(seal).execute(db)?;
    }
    Ok(())
}

/// Links from number `from` on with the entry each one names (none if it is gone), at most `limit`.
///
/// # Errors
/// The engine's.
pub fn chain(db: &mut Db, from: i64, limit: i64) -> DbResult<Vec<(Seal, Option<LogEntry>)>> {
    Ok(audit_seal::table
        .left_join(audit_log::table)
        .filter(audit_seal::no.ge(from))
        .order(audit_seal::no)
        .limit(limit)
        .select((Seal::as_select(), Option::<LogEntry>::as_select()))
        .load(db)?)
}

/// How many entries the log has.
///
/// # Errors
/// The engine's.
pub fn count(db: &mut Db) -> DbResult<i64> {
    Ok(audit_log::table.count().get_result(db)?)
}

/// Whether a link whose hash is or begins with these hexadecimal digits is in the chain.
///
/// # Errors
/// The engine's.
pub fn has_hash(db: &mut Db, hash: &str) -> DbResult<bool> {
    Ok(diesel::select(diesel::dsl::exists(audit_seal::table.filter(audit_seal::entry_hash.like(format!("{hash}%"))))).get_result(db)?)
}
