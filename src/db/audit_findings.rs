//! Findings kept from audit to audit (审计发现): when first seen, when gone, when seen again.

use diesel::prelude::*;
use diesel::sql_types::Text;
use serde_json::{Value as Json, json};

use super::connection::Db;
use super::error::DbResult;
use super::raw::{self, Value, stream_texts};
use super::types::{Instant, sql};
use super::{Bulk, DbError};

/// Findings sent to the engine at once.
const BATCH: usize = 2_000;

/// One finding as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    pub rule: String,
    /// 32 hexadecimal digits.
    pub fingerprint: String,
    pub severity: String,
    pub table: String,
    pub key: String,
    pub detail: String,
    /// Beginning of the present episode.
    pub first_seen: Instant,
    pub last_seen: Instant,
    pub fixed_at: Option<Instant>,
    /// How often it came.
    pub episodes: i64,
    /// `new`, `open`, `waived` or `fixed`.
    pub state: String,
}

/// Hands out every kept finding, by rule and key.
///
/// # Errors
/// The engine's, or the first error of `each`.
pub fn for_each(db: &mut Db, mut each: impl FnMut(Kept) -> DbResult<()>) -> DbResult<()> {
    let at = |column: &str| format!("substr(CAST({column} AS TEXT), 1, 19) AS {column}");
    let columns = [
        "rule_id",
        "fingerprint",
        "severity",
        "subject_table",
        "subject_key",
        "detail",
        "first_seen",
        "last_seen",
        "fixed_at",
        "episodes",
        "state",
    ];
    let list = columns.map(|name| if name.ends_with("_seen") || name == "fixed_at" { at(name) } else { name.to_owned() }).join(", ");
    let sql = format!("SELECT {list} FROM audit_finding ORDER BY rule_id, subject_table, subject_key");
    stream_texts(db, &sql, &columns, &[], |row| {
        let mut cells = row.into_iter();
        let mut next = || cells.next().flatten();
        let instant = |text: Option<String>| text.and_then(|text| Instant::parse(&format!("{text}+08:00")));
        let needed = |at: Option<Instant>| at.ok_or_else(|| DbError::Other("audit_finding: an instant cannot be read".into()));
        let mut text = || next().unwrap_or_default();
        let [rule, fingerprint, severity, table, key, detail] = std::array::from_fn(|_| text());
        let (first_seen, last_seen) = (needed(instant(next()))?, needed(instant(next()))?);
        let fixed_at = instant(next());
        let episodes = next().and_then(|text| text.parse().ok()).unwrap_or(1);
        let state = next().unwrap_or_default();
        each(Kept { rule, fingerprint, severity, table, key, detail, first_seen, last_seen, fixed_at, episodes, state })
    })
}

/// What tells a kept finding from others, and since when it is there.
#[derive(QueryableByName)]
pub struct Mark {
    #[diesel(sql_type = Text)]
    pub rule_id: String,
    #[diesel(sql_type = Text)]
    pub fingerprint: String,
    #[diesel(sql_type = sql::Moment)]
    pub first_seen: Instant,
    #[diesel(sql_type = Text)]
    pub state: String,
}

/// Hands out the marks of every kept finding, in no order.
///
/// # Errors
/// The engine's.
pub fn for_each_mark(db: &mut Db, mut each: impl FnMut(Mark)) -> DbResult<()> {
    let query = diesel::sql_query("SELECT rule_id, fingerprint, first_seen, state FROM audit_finding");
    // A table read once is not to stay in memory.
    db.passing_through(|db| {
        on_each!(db,
        sqlite(conn) => {
            for mark in query.load_iter::<Mark, diesel::connection::DefaultLoadingMode>(conn)? {
                each(mark?);
            }
        },
        postgres(conn) => {
            for mark in query.load_iter::<Mark, diesel::pg::PgRowByRowLoadingMode>(conn)? {
                each(mark?);
            }
        });
        Ok(())
    })
}

/// How many findings are kept.
///
/// # Errors
/// The engine's.
pub fn count(db: &mut Db) -> DbResult<i64> {
    // An index read once is not to stay in memory.
    db.passing_through(|db| raw::count(db, "audit_finding"))
}

/// When findings were kept last: the latest moment one of them was seen or found gone.
///
/// # Errors
/// The engine's.
pub fn last_kept(db: &mut Db) -> DbResult<Option<Instant>> {
    let sql = "SELECT substr(CAST(max(last_seen) AS TEXT), 1, 19) AS seen, substr(CAST(max(fixed_at) AS TEXT), 1, 19) AS fixed FROM audit_finding";
    let rows = raw::select_texts(db, sql, &["seen", "fixed"], &[])?;
    Ok(rows.into_iter().flatten().filter_map(|text| Instant::parse(&format!("{text}+08:00"))).max())
}

/// What became of a finding, to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Became {
    /// Never seen before.
    Added,
    /// There before, and still there.
    Stayed,
    /// There before, and now waived.
    Waived,
    /// Gone once, and there again.
    Returned,
    /// The same, and waived.
    ReturnedWaived,
    /// Gone.
    Fixed,
}

/// A finding to keep.
#[derive(Clone, Debug)]
pub struct Keep {
    pub became: Became,
    pub rule: String,
    pub fingerprint: String,
    pub severity: &'static str,
    pub table: String,
    pub key: String,
    pub detail: String,
    /// Of one that is added.
    pub state: &'static str,
}

/// Writes findings in batches.
pub struct Keeper {
    at: Instant,
    added: Bulk,
    changed: std::collections::BTreeMap<Became, Vec<Json>>,
}

impl Keeper {
    /// Prepares to keep what was found at a moment.
    ///
    /// # Errors
    /// The engine's.
    pub fn new(db: &mut Db, at: Instant) -> DbResult<Self> {
        let columns = [
            "rule_id",
            "fingerprint",
            "severity",
            "subject_table",
            "subject_key",
            "detail",
            "first_seen",
            "last_seen",
            "state",
            "episodes",
        ];
        Ok(Self { at, added: Bulk::new(db, "audit_finding", &columns)?, changed: std::collections::BTreeMap::new() })
    }

    /// Keeps one.
    ///
    /// # Errors
    /// The engine's.
    pub fn keep(&mut self, db: &mut Db, one: Keep) -> DbResult<()> {
        if one.became == Became::Added {
            let at = self.at.stored();
            let cells = [one.rule, one.fingerprint, one.severity.to_owned(), one.table, one.key, one.detail, at.clone(), at];
            let rest = [one.state.to_owned(), "1".to_owned()];
            return self.added.push(db, &cells.into_iter().chain(rest).map(Some).collect::<Vec<_>>());
        }
        let waiting = self.changed.entry(one.became).or_default();
        waiting.push(json!([one.rule, one.fingerprint, one.detail, one.severity]));
        if waiting.len() >= BATCH { self.send(db, one.became) } else { Ok(()) }
    }

    /// Writes what is waiting.
    ///
    /// # Errors
    /// The engine's.
    pub fn finish(mut self, db: &mut Db) -> DbResult<()> {
        for became in self.changed.keys().copied().collect::<Vec<_>>() {
            self.send(db, became)?;
        }
        self.added.finish(db).map(drop)
    }

    fn send(&mut self, db: &mut Db, became: Became) -> DbResult<()> {
        let batch = std::mem::take(self.changed.entry(became).or_default());
        if batch.is_empty() {
            return Ok(());
        }
        let seen = "last_seen = $2, detail = j.detail, severity = j.severity";
        let set = match became {
            Became::Added | Became::Stayed => format!("state = 'open', {seen}"),
            Became::Waived => format!("state = 'waived', {seen}"),
            Became::Returned => format!("state = 'new', {seen}, first_seen = $2, episodes = episodes + 1"),
            Became::ReturnedWaived => format!("state = 'waived', {seen}, first_seen = $2, episodes = episodes + 1"),
            Became::Fixed => "state = 'fixed', fixed_at = $2".to_owned(),
        };
        let rows = on_each!(db,
            sqlite(_c) => "SELECT json_extract(value, '$[0]') AS rule, json_extract(value, '$[1]') AS print, \
                           json_extract(value, '$[2]') AS detail, json_extract(value, '$[3]') AS severity FROM json_each($1)",
            postgres(_c) => "SELECT r->>0 AS rule, r->>1 AS print, r->>2 AS detail, r->>3 AS severity FROM jsonb_array_elements(CAST($1 AS jsonb)) AS r");
        let sql = format!("UPDATE audit_finding SET {set} FROM ({rows}) AS j WHERE rule_id = j.rule AND fingerprint = j.print");
        raw::run(db, &sql, &[Value::Text(Json::Array(batch).to_string()), Value::Instant(self.at)])
    }
}
