//! The audit log (审计日志) and its seals.

use diesel::prelude::*;

use super::bulk::Bulk;
use super::connection::Db;
use super::error::DbResult;
use super::raw::{Value, select_texts};
use super::schema::{audit_log, audit_seal};
use super::types::{Document, Instant, canonical};

/// From so many rows on they go in by the batch: to prepare one costs about as much as this many single ones.
const MANY: usize = 50;

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

/// Appends entries in their order.
///
/// # Errors
/// The engine's.
pub fn append_all(db: &mut Db, entries: &[NewLogEntry]) -> DbResult<()> {
    if entries.len() < MANY {
        return entries.iter().try_for_each(|entry| append(db, entry));
    }
    let columns = [
        "op_id",
        "at",
        "actor",
        "os_user",
        "host",
        "source",
        "verb",
        "subject_table",
        "subject_key",
        "old_value",
        "new_value",
        "reason",
        "result",
    ];
    let mut bulk = Bulk::new(db, "audit_log", &columns)?;
    let document = |document: &Option<Document>| document.as_ref().map(|document| canonical(&document.0));
    for entry in entries {
        let row = [
            Some(entry.op_id.clone()),
            Some(entry.at.stored()),
            entry.actor.clone(),
            Some(entry.os_user.clone()),
            Some(entry.host.clone()),
            Some(entry.source.clone()),
            Some(entry.verb.clone()),
            entry.subject_table.clone(),
            entry.subject_key.clone(),
            document(&entry.old_value),
            document(&entry.new_value),
            entry.reason.clone(),
            Some(entry.result.clone()),
        ];
        bulk.push(db, &row)?;
    }
    bulk.finish(db)?;
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

/// The number of the next entry there is from `seq` on.
///
/// # Errors
/// The engine's.
pub fn next_from(db: &mut Db, seq: i64) -> DbResult<Option<i64>> {
    Ok(audit_log::table.filter(audit_log::seq.ge(seq)).select(diesel::dsl::min(audit_log::seq)).first(db)?)
}

/// The number of the first entry that no seal names yet; the whole log is looked through.
///
/// # Errors
/// The engine's.
pub fn first_unsealed(db: &mut Db) -> DbResult<Option<i64>> {
    let unsealed = audit_log::table.left_join(audit_seal::table).filter(audit_seal::no.nullable().is_null());
    Ok(unsealed.order(audit_log::seq).select(audit_log::seq).first(db).optional()?)
}

/// Whether there are as many seals as entries below `seq`, of one moment: to count is far quicker than to look each one up.
/// Where entries were taken out of the log beside this program there are more seals, and the answer is no.
///
/// # Errors
/// The engine's.
pub fn all_sealed_below(db: &mut Db, seq: i64) -> DbResult<bool> {
    // All less those above: an engine counts a whole table by its smallest index.
    let sql = "SELECT (SELECT count(*) FROM audit_log) - (SELECT count(*) FROM audit_log WHERE seq >= $1) AS entries, \
               (SELECT count(*) FROM audit_seal) - (SELECT count(*) FROM audit_seal WHERE log_seq >= $1) AS seals";
    let counts = select_texts(db, sql, &["entries", "seals"], &[Value::Int(seq)])?;
    Ok(counts.iter().all(|row| row[0] == row[1]))
}

/// The entries of these numbers that no seal names yet, oldest first.
///
/// # Errors
/// The engine's.
pub fn unsealed(db: &mut Db, first: i64, last: i64) -> DbResult<Vec<LogEntry>> {
    // Both sides are bounded: an engine that has no statistics yet would otherwise read through both tables each time.
    let seal = audit_seal::log_seq.eq(audit_log::seq).and(audit_seal::log_seq.between(first, last));
    Ok(audit_log::table
        .left_join(audit_seal::table.on(seal))
        .filter(audit_log::seq.between(first, last))
        .filter(audit_seal::no.nullable().is_null())
        .order(audit_log::seq)
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

/// The number of the first link that is left.
///
/// # Errors
/// The engine's.
pub fn first_no(db: &mut Db) -> DbResult<Option<i64>> {
    Ok(audit_seal::table.select(diesel::dsl::min(audit_seal::no)).first(db)?)
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
    if seals.len() < MANY {
        for seal in seals {
            diesel::insert_into(audit_seal::table).values(seal).execute(db)?;
        }
        return Ok(());
    }
    let mut bulk = Bulk::new(db, "audit_seal", &["no", "log_seq", "prev_hash", "entry_hash", "sealed_at"])?;
    for seal in seals {
        let (no, seq) = (seal.no.to_string(), seal.log_seq.to_string());
        let row = [Some(no), Some(seq), Some(seal.prev_hash.clone()), Some(seal.entry_hash.clone()), Some(seal.sealed_at.stored())];
        bulk.push(db, &row)?;
    }
    bulk.finish(db)?;
    Ok(())
}

/// The links of one number, each with its entry: one, where nobody meddled.
///
/// # Errors
/// The engine's.
pub fn links_of(db: &mut Db, no: i64) -> DbResult<Vec<(Seal, Option<LogEntry>)>> {
    Ok(audit_seal::table
        .left_join(audit_log::table)
        .filter(audit_seal::no.eq(no))
        .select((Seal::as_select(), Option::<LogEntry>::as_select()))
        .load(db)?)
}

/// The hashes of the links of numbers `from` to `to`, in their order.
///
/// # Errors
/// The engine's.
pub fn hashes(db: &mut Db, from: i64, to: i64) -> DbResult<Vec<String>> {
    Ok(audit_seal::table.filter(audit_seal::no.between(from, to)).order(audit_seal::no).select(audit_seal::entry_hash).load(db)?)
}

/// The link that seals an entry.
///
/// # Errors
/// The engine's.
pub fn seal_of(db: &mut Db, seq: i64) -> DbResult<Option<Seal>> {
    Ok(audit_seal::table.filter(audit_seal::log_seq.eq(seq)).select(Seal::as_select()).first(db).optional()?)
}

/// One entry.
///
/// # Errors
/// The engine's.
pub fn by_seq(db: &mut Db, seq: i64) -> DbResult<Option<LogEntry>> {
    Ok(audit_log::table.find(seq).select(LogEntry::as_select()).first(db).optional()?)
}

/// The number of the newest entry, 0 for none.
///
/// # Errors
/// The engine's.
pub fn last_seq(db: &mut Db) -> DbResult<i64> {
    Ok(audit_log::table.select(diesel::dsl::max(audit_log::seq)).first::<Option<i64>>(db)?.unwrap_or(0))
}

/// How many entries came after one.
///
/// # Errors
/// The engine's.
pub fn count_after(db: &mut Db, seq: i64) -> DbResult<i64> {
    Ok(audit_log::table.filter(audit_log::seq.gt(seq)).count().get_result(db)?)
}

/// Entries after one, oldest first, at most `limit`.
///
/// # Errors
/// The engine's.
pub fn after(db: &mut Db, seq: i64, limit: i64) -> DbResult<Vec<LogEntry>> {
    Ok(audit_log::table.filter(audit_log::seq.gt(seq)).order(audit_log::seq).limit(limit).select(LogEntry::as_select()).load(db)?)
}

/// The last link up to which every entry was written before `at`.
///
/// # Errors
/// The engine's.
pub fn last_before(db: &mut Db, at: Instant) -> DbResult<Option<Seal>> {
    let sealed = audit_seal::table.inner_join(audit_log::table);
    let first_kept: Option<i64> = sealed.filter(audit_log::at.ge(at)).select(diesel::dsl::min(audit_seal::no)).first(db)?;
    let mut query = audit_seal::table.select(Seal::as_select()).order(audit_seal::no.desc()).into_boxed();
    if let Some(no) = first_kept {
        query = query.filter(audit_seal::no.lt(no));
    }
    Ok(query.first(db).optional()?)
}

/// The highest entry and the newest hour among the links up to `no`.
///
/// # Errors
/// The engine's.
pub fn highest_to(db: &mut Db, no: i64) -> DbResult<Option<(i64, Instant)>> {
    let among = audit_seal::table.inner_join(audit_log::table).filter(audit_seal::no.le(no));
    let seq: Option<i64> = among.order(audit_log::seq.desc()).select(audit_log::seq).first(db).optional()?;
    let at: Option<Instant> = among.order(audit_log::at.desc()).select(audit_log::at).first(db).optional()?;
    Ok(seq.zip(at))
}

/// What entries of this verb wrote down about this subject, newest first.
///
/// # Errors
/// The engine's.
pub fn told(db: &mut Db, verb: &str, table: &str, key: &str) -> DbResult<Vec<Option<Document>>> {
    Ok(audit_log::table
        .filter(audit_log::verb.eq(verb))
        .filter(audit_log::subject_table.eq(table))
        .filter(audit_log::subject_key.eq(key))
        .order(audit_log::seq.desc())
        .select(audit_log::new_value)
        .load(db)?)
}

/// Whether an entry names this login: as who acted, or as the account it is about.
///
/// # Errors
/// The engine's.
pub fn knows(db: &mut Db, login: &str) -> DbResult<bool> {
    let about = audit_log::subject_table.eq("oa_user").and(audit_log::subject_key.eq(login));
    Ok(diesel::select(diesel::dsl::exists(audit_log::table.filter(audit_log::actor.eq(login).or(about)))).get_result(db)?)
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
