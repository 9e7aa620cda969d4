//! A licence list on its way in: rows are put into temporary tables, compared and written by
//! set-based statements, the same text on both engines. Memory does not grow with the list.

use std::collections::{BTreeMap, HashSet};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use super::connection::Db;
use super::error::DbResult;
use super::license_load::lay_aside;
use super::raw::{Value, run, select_texts, stream_texts};
use super::schema::license_stage;
use super::types::{Cells, Day};

/// An item of the list as it is compared and written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Insertable)]
#[diesel(table_name = license_stage, treat_none_as_default_value = false)]
pub struct StageRow {
    pub seq: i64,
    pub line: i64,
    /// 1 for a name that only stands above other items.
    pub head: i64,
    pub parent_seq: Option<i64>,
    pub parent_code: Option<String>,
    pub level: &'static str,
    pub scheme: &'static str,
    pub code: Option<String>,
    pub name: Option<String>,
    pub name_key: String,
    pub organ: Option<String>,
    pub organ_key: Option<String>,
    pub type_code: &'static str,
    pub lead_dept: Option<String>,
    pub basis: Option<String>,
    pub exercise_level: Option<String>,
    pub legal_n: Option<i64>,
    pub legal_unit: Option<&'static str>,
    pub legal_text: Option<String>,
    pub promise_n: Option<i64>,
    pub promise_unit: Option<&'static str>,
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
    /// A JSON object.
    pub details: String,
    pub fingerprint: String,
    /// The row as written.
    pub raw: Cells,
}

/// What the list has columns for; the rest of a known item stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Columns {
    /// Of [`super::licenses::Version`].
    pub version: Vec<&'static str>,
    /// Keys of the details.
    pub details: Vec<&'static str>,
    pub organ: bool,
    pub kind: bool,
    pub lead_dept: bool,
}

/// Every column of a version that a list may fill.
const FILLED: [&str; 17] = [
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
];

/// Which items a full list speaks for: those it does not name are withdrawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    All,
    /// Name key of the organ.
    Organ(String),
    /// 事项类型.
    Kind(String),
    /// 主管部门.
    LeadDept(String),
}

/// Makes the temporary tables, empty.
///
/// # Errors
/// The engine's.
pub fn open(db: &mut Db) -> DbResult<()> {
    let integer = on_each!(db, sqlite(_c) => "INTEGER", postgres(_c) => "bigint");
    let text = on_each!(db, sqlite(_c) => "text", postgres(_c) => "text COLLATE \"C\"");
    let texts = |names: &[&str]| names.iter().map(|name| format!("{name} {text}")).collect::<Vec<_>>().join(", ");
    let sql = format!(
        "DROP TABLE IF EXISTS license_stage; DROP TABLE IF EXISTS license_match; DROP TABLE IF EXISTS license_settled;
         DROP TABLE IF EXISTS license_gone; DROP TABLE IF EXISTS license_changed;
         CREATE TEMP TABLE license_stage (seq {integer} PRIMARY KEY, line {integer}, head {integer}, parent_seq {integer}, {},
             legal_n bigint, {}, promise_n bigint, {});
         CREATE TEMP TABLE license_match (seq {integer} PRIMARY KEY, line {integer}, head {integer}, parent_seq {integer},
             parent_item bigint, organ_id bigint, item_id bigint, version_no bigint, several bigint, moved bigint, action {text});
         CREATE TEMP TABLE license_settled (seq {integer} PRIMARY KEY, item_id bigint);
         CREATE TEMP TABLE license_gone (item_id {integer} PRIMARY KEY, version_no bigint);
         CREATE TEMP TABLE license_changed (seq {integer} PRIMARY KEY, item_id bigint, version_no bigint);",
        texts(&[
            "parent_code",
            "level",
            "scheme",
            "code",
            "name",
            "name_key",
            "organ",
            "organ_key",
            "type_code",
            "lead_dept",
            "basis",
            "exercise_level"
        ]),
        texts(&["legal_unit", "legal_text"]),
        texts(&[
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
            "details",
            "fingerprint",
            "raw"
        ]),
    );
    on_each!(db, conn => conn.batch_execute(&sql))?;
    Ok(())
}

/// Puts rows into the stage.
///
/// # Errors
/// The engine's.
pub fn stage(db: &mut Db, rows: &[StageRow]) -> DbResult<()> {
    if rows.is_empty() {
        return Ok(());
    }
    on_each!(db,
    sqlite(conn) => {
        // One prepared statement, run for every row, in one transaction.
        conn.transaction(|conn| {
            for row in rows {
                diesel::insert_into(license_stage::table).values(row).execute(conn)?;
            }
            QueryResult::Ok(())
        })?;
    },
    postgres(conn) => {
        diesel::copy_from(license_stage::table).from_insertable(rows).execute(conn)?;
    });
    Ok(())
}

/// Takes out of `rows` those that are certain to be the same: a known code with the fingerprint of the version that holds,
/// on nothing else. They are settled, and never staged: what is done with the others does not pass over them.
///
/// # Errors
/// The engine's.
pub fn settle(db: &mut Db, rows: &mut Vec<StageRow>) -> DbResult<()> {
    let certain = |row: &&StageRow| row.head == 0 && row.parent_seq.is_none() && row.parent_code.is_none() && row.code.is_some();
    let said = rows.iter().filter(certain).map(|row| (row.seq, row.scheme, &row.code, &row.fingerprint));
    let said = serde_json::to_string(&said.collect::<Vec<_>>()).unwrap_or_default();
    let list = on_each!(&*db,
    sqlite(_c) => "SELECT value->>0 AS seq, value->>1 AS scheme, value->>2 AS code, value->>3 AS fingerprint FROM json_each($1)",
    postgres(_c) => "SELECT CAST(r->>0 AS bigint) AS seq, r->>1 AS scheme, r->>2 AS code, r->>3 AS fingerprint
        FROM jsonb_array_elements(CAST($1 AS jsonb)) AS r");
    let sql = format!(
        "INSERT INTO license_settled (seq, item_id) SELECT s.seq, i.id FROM ({list}) AS s
         JOIN license_item i ON i.scheme = s.scheme AND i.code = s.code
         JOIN license_version v ON v.item_id = i.id AND v.valid_to IS NULL
         WHERE v.fingerprint = s.fingerprint AND i.status <> 'withdrawn' RETURNING seq"
    );
    let settled: Vec<Settled> = on_each!(db, conn => diesel::sql_query(sql).bind::<Text, _>(said).load(conn))?;
    let settled: HashSet<i64> = settled.into_iter().map(|settled| settled.seq).collect();
    rows.retain(|row| !settled.contains(&row.seq));
    Ok(())
}

#[derive(QueryableByName)]
struct Settled {
    #[diesel(sql_type = BigInt)]
    seq: i64,
}

/// Whether there is any item to compare with.
///
/// # Errors
/// The engine's.
pub fn known(db: &mut Db) -> DbResult<bool> {
    any(db, "license_item")
}

/// Lets rows that came with all their words take the place of bare names: pairs of the bare
/// name's number and the row's.
///
/// # Errors
/// The engine's.
pub fn fill_heads(db: &mut Db, pairs: &[(i64, i64)]) -> DbResult<()> {
    for (head, full) in pairs {
        run(db, "UPDATE license_stage SET parent_seq = $2 WHERE parent_seq = $1", &[Value::Int(*head), Value::Int(*full)])?;
        run(db, "DELETE FROM license_stage WHERE seq = $1", &[Value::Int(*head)])?;
    }
    Ok(())
}

/// The item the row of a number speaks of, where it is known already.
fn item_of(seq: &str) -> String {
    format!(
        "COALESCE((SELECT p.item_id FROM license_match p WHERE p.seq = {seq}), (SELECT p.item_id FROM license_settled p WHERE p.seq = {seq}))"
    )
}

/// The items that rows speak of.
const FOUND: &str = "SELECT m.item_id FROM license_match m WHERE m.item_id IS NOT NULL UNION ALL SELECT p.item_id FROM license_settled p";

/// The name of what a row of the match hangs on, staged or known.
fn new_parent() -> String {
    format!(
        "COALESCE((SELECT p.name FROM license_stage p WHERE p.seq = m.parent_seq), (SELECT q.name FROM license_item q WHERE q.id = {}),
             (SELECT p.name FROM license_item p WHERE p.id = m.parent_item))",
        item_of("m.parent_seq")
    )
}

/// Finds the item each row speaks of and what is to be done with it: `add`, `same`, `change`,
/// `return`, or a fault (`parent-missing`, `item-unknown`, `item-twice`).
///
/// # Errors
/// The engine's.
pub fn match_up(db: &mut Db, columns: &Columns, coded_parents: bool, known: bool) -> DbResult<()> {
    learn(db, "license_stage (seq, parent_seq, parent_code, scheme, code, name_key, organ_key, head)")?;
    match_by_code(db, known)?;
    if coded_parents {
        run(db, "CREATE INDEX license_stage_code ON license_stage (code)", &[])?;
        run(db, "CREATE INDEX license_match_item ON license_match (item_id)", &[])?;
        run(db, "CREATE INDEX license_settled_item ON license_settled (item_id)", &[])?;
        run(
            db,
            "UPDATE license_match SET
                 parent_seq = COALESCE((SELECT min(p.seq) FROM license_stage p WHERE p.scheme = s.scheme AND p.code = s.parent_code),
                     (SELECT min(p.seq) FROM license_item i JOIN license_match p ON p.item_id = i.id
                      WHERE i.scheme = s.scheme AND i.code = s.parent_code),
                     (SELECT min(p.seq) FROM license_item i JOIN license_settled p ON p.item_id = i.id
                      WHERE i.scheme = s.scheme AND i.code = s.parent_code)),
                 parent_item = (SELECT i.id FROM license_item i WHERE i.scheme = s.scheme AND i.code = s.parent_code)
             FROM license_stage s WHERE s.seq = license_match.seq AND s.parent_code IS NOT NULL AND license_match.parent_seq IS NULL",
            &[],
        )?;
    }
    if known {
        match_by_name(db, columns)?;
        match_places(db)?;
    }
    decide(db, columns, known)?;
    run(db, "INSERT INTO license_changed SELECT seq, item_id, version_no FROM license_match WHERE action IN ('change', 'return')", &[])?;
    learn(db, "license_match")?;
    learn(db, "license_settled")?;
    learn(db, "license_changed")
}

/// Tells PostgreSQL's planner, which knows nothing of a table just filled, what is in it.
fn learn(db: &mut Db, table: &str) -> DbResult<()> {
    #[cfg(not(feature = "postgres"))]
    let _ = table;
    on_each!(db,
    sqlite(_c) => Ok(()),
    postgres(conn) => {
        conn.batch_execute(&format!("ANALYZE {table}"))?;
        Ok(())
    })
}

/// Whether there is any row in a table, or in a part of it.
fn any(db: &mut Db, part: &str) -> DbResult<bool> {
    let rows = select_texts(db, &format!("SELECT count(*) AS n FROM (SELECT 1 FROM {part} LIMIT 1) AS one"), &["n"], &[])?;
    Ok(rows[0][0] != "0")
}

/// One row of the match for each of the stage. What is certain at once is not looked at again: a known code with the
/// fingerprint of the version that holds is the same; in an empty catalogue whatever hangs on no code is new.
fn match_by_code(db: &mut Db, known: bool) -> DbResult<()> {
    let certain = if known {
        "CASE WHEN v.fingerprint = s.fingerprint AND i.status <> 'withdrawn' AND s.head = 0 AND s.parent_seq IS NULL
             AND s.parent_code IS NULL THEN 'same' END"
    } else {
        "CASE WHEN s.parent_code IS NOT NULL THEN NULL WHEN s.name IS NULL THEN 'item-unknown' ELSE 'add' END"
    };
    run(
        db,
        &format!(
            "INSERT INTO license_match (seq, line, head, parent_seq, organ_id, item_id, version_no, action)
             SELECT s.seq, s.line, s.head, s.parent_seq, o.id, i.id, v.no, {certain}
             FROM license_stage s
             LEFT JOIN license_organ o ON o.name_key = s.organ_key
             LEFT JOIN license_item i ON i.scheme = s.scheme AND i.code = s.code
             LEFT JOIN license_version v ON v.item_id = i.id AND v.valid_to IS NULL"
        ),
        &[],
    )
}

/// Finds by their names the items no code has found.
fn match_by_name(db: &mut Db, columns: &Columns) -> DbResult<()> {
    if !any(db, "license_match WHERE item_id IS NULL")? {
        return Ok(());
    }
    // By organ, parent and name: main items first, then what hangs below them. A code on one
    // side only is no contradiction; two codes are two items.
    // A list that has no column for organs says nothing of them: there the name alone must tell.
    let organ = if columns.organ { "COALESCE(i.organ_id, 0) = COALESCE(license_match.organ_id, 0)" } else { "1 = 1" };
    let main = ("license_match.parent_seq IS NULL AND license_match.parent_item IS NULL", "i.parent_id IS NULL");
    let parent = format!("i.parent_id = {}", item_of("license_match.parent_seq"));
    let below = ("license_match.parent_seq IS NOT NULL", parent.as_str());
    // Three levels at most: what hangs below is found once what it hangs on is.
    for (which, hangs) in [main, below, below] {
        run(
            db,
            &format!(
                "UPDATE license_match SET item_id = (
                     SELECT i.id FROM license_item i WHERE i.name_key = s.name_key AND {organ} AND {hangs}
                         AND (i.code IS NULL OR s.code IS NULL)
                     ORDER BY CASE WHEN i.status = 'active' THEN 0 ELSE 1 END, i.id LIMIT 1),
                     several = (SELECT count(*) FROM license_item i WHERE i.name_key = s.name_key AND {organ} AND {hangs}
                         AND (i.code IS NULL OR s.code IS NULL) AND i.status = 'active')
                 FROM license_stage s
                 WHERE s.seq = license_match.seq AND license_match.item_id IS NULL AND s.name_key <> '' AND {which}
                     AND (s.organ_key IS NULL OR license_match.organ_id IS NOT NULL)"
            ),
            &[],
        )?;
    }
    // An item known at another place of the nesting, or at none, is the same item when nothing else bears its name.
    run(
        db,
        &format!(
            "UPDATE license_match SET item_id = (
                 SELECT min(i.id) FROM license_item i WHERE i.name_key = s.name_key AND {organ} AND i.status = 'active'
                     AND (i.code IS NULL OR s.code IS NULL) HAVING count(*) = 1)
             FROM license_stage s
             WHERE s.seq = license_match.seq AND license_match.item_id IS NULL AND s.name_key <> '' AND license_match.parent_seq IS NOT NULL
                 AND s.head = 0 AND (s.organ_key IS NULL OR license_match.organ_id IS NOT NULL)
                 AND (SELECT min(i.id) FROM license_item i WHERE i.name_key = s.name_key AND {organ} AND i.status = 'active'
                     AND (i.code IS NULL OR s.code IS NULL)) NOT IN ({FOUND})"
        ),
        &[],
    )?;
    refuse_twice(db)
}

/// The versions compared with, and whether items stand elsewhere than they did.
fn match_places(db: &mut Db) -> DbResult<()> {
    // Where the list nests an item, its place is part of what it says.
    run(
        db,
        &format!(
            "UPDATE license_match SET moved = 1 FROM license_item i
             WHERE i.id = license_match.item_id AND (license_match.parent_seq IS NOT NULL OR license_match.parent_item IS NOT NULL) AND (
                 (license_match.parent_seq IS NOT NULL AND COALESCE(i.parent_id, 0) <> COALESCE({}, -1))
                 OR (license_match.parent_item IS NOT NULL AND COALESCE(i.parent_id, 0) <> license_match.parent_item))",
            item_of("license_match.parent_seq")
        ),
        &[],
    )?;
    run(
        db,
        "UPDATE license_match SET version_no = (SELECT max(v.no) FROM license_version v WHERE v.item_id = license_match.item_id)
         WHERE item_id IS NOT NULL AND version_no IS NULL",
        &[],
    )
}

/// What is to be done with each row not settled yet.
fn decide(db: &mut Db, columns: &Columns, known: bool) -> DbResult<()> {
    run(
        db,
        "UPDATE license_match SET action = CASE
             WHEN s.parent_code IS NOT NULL AND license_match.parent_seq IS NULL AND license_match.parent_item IS NULL
                 AND license_match.item_id IS NULL THEN 'parent-missing'
             WHEN license_match.item_id IS NULL AND s.name IS NULL THEN 'item-unknown'
             WHEN license_match.item_id IS NULL THEN 'add'
             WHEN license_match.several > 1 AND s.head = 0 THEN 'item-several'
             WHEN (SELECT i.status FROM license_item i WHERE i.id = license_match.item_id) = 'withdrawn' THEN 'return'
             WHEN s.head = 1 AND license_match.moved IS NULL THEN 'same'
             WHEN license_match.moved IS NULL AND (SELECT v.fingerprint FROM license_version v
                   WHERE v.item_id = license_match.item_id AND v.no = license_match.version_no) = s.fingerprint THEN 'same'
             ELSE 'change' END
         FROM license_stage s WHERE s.seq = license_match.seq AND license_match.action IS NULL",
        &[],
    )?;
    if !known {
        return Ok(());
    }
    // Another fingerprint may come from another layout; only what this list has columns for is compared.
    let same: Vec<String> = differences(db, columns).into_iter().map(|(_, new, old)| format!("{new} IS NOT DISTINCT FROM {old}")).collect();
    run(
        db,
        &format!(
            "UPDATE license_match SET action = 'same' WHERE action = 'change' AND seq IN (
                 SELECT m.seq FROM license_match m JOIN license_stage s ON s.seq = m.seq
                 JOIN license_item i ON i.id = m.item_id
                 JOIN license_version v ON v.item_id = m.item_id AND v.no = m.version_no
                 WHERE m.action = 'change' AND m.moved IS NULL AND {})",
            same.join(" AND ")
        ),
        &[],
    )
}

/// Two rows may find one item, when one of them has no code: the later is refused. Codes alone find an item once.
fn refuse_twice(db: &mut Db) -> DbResult<()> {
    let found = "SELECT m.item_id, m.seq FROM license_match m WHERE m.item_id IS NOT NULL AND m.head = 0
         UNION ALL SELECT p.item_id, p.seq FROM license_settled p";
    run(
        db,
        &format!(
            "UPDATE license_match SET action = 'item-twice' FROM (
                 SELECT f.item_id, min(f.seq) AS first FROM ({found}) AS f GROUP BY f.item_id HAVING count(*) > 1) AS twice
             WHERE license_match.head = 0 AND license_match.item_id = twice.item_id AND license_match.seq <> twice.first"
        ),
        &[],
    )
}

/// Field, its new value and its old one, as SQL over `s` (stage), `v` (version) and `i` (item).
fn differences(db: &Db, columns: &Columns) -> Vec<(&'static str, String, String)> {
    let mut found = vec![
        ("name", "COALESCE(s.name, v.name)".to_owned(), "v.name".to_owned()),
        ("code", "COALESCE(s.code, i.code)".to_owned(), "i.code".to_owned()),
    ];
    if columns.organ {
        found.push(("organs_text", "s.organ".to_owned(), "v.organs_text".to_owned()));
    }
    if columns.kind {
        // A blank type says nothing about an item that is known.
        found.push(("type_code", "COALESCE(NULLIF(s.type_code, ''), i.type_code)".to_owned(), "i.type_code".to_owned()));
    }
    if columns.lead_dept {
        found.push(("lead_dept", "s.lead_dept".to_owned(), "i.lead_dept".to_owned()));
    }
    for column in &columns.version {
        found.push((column, format!("s.{column}"), format!("v.{column}")));
    }
    for key in &columns.details {
        let (new, old) = on_each!(db,
            sqlite(_c) => (format!("json_extract(s.details, '$.{key}')"), format!("json_extract(v.details, '$.{key}')")),
            postgres(_c) => (format!("CAST(s.details AS jsonb)->>'{key}'"), format!("v.details->>'{key}'")));
        found.push((key, new, old));
    }
    found
}

/// Finds what a full list leaves out within its scope; returns how many items that is, and of how many.
///
/// # Errors
/// The engine's.
pub fn find_gone(db: &mut Db, scope: &Scope) -> DbResult<(i64, i64)> {
    let (clause, value) = match scope {
        Scope::All => ("$1 = ''", String::new()),
        Scope::Organ(key) => ("i.organ_id = (SELECT o.id FROM license_organ o WHERE o.name_key = $1)", key.clone()),
        Scope::Kind(code) => ("i.type_code = $1", code.clone()),
        Scope::LeadDept(name) => ("i.lead_dept = $1", name.clone()),
    };
    run(
        db,
        &format!(
            "INSERT INTO license_gone SELECT i.id, (SELECT max(v.no) FROM license_version v WHERE v.item_id = i.id)
             FROM license_item i WHERE i.status = 'active' AND {clause}
             AND i.id NOT IN ({FOUND})"
        ),
        &[Value::Text(value.clone())],
    )?;
    // What an item that stays hangs on stays too.
    run(
        db,
        "DELETE FROM license_gone WHERE item_id IN (SELECT m.parent_item FROM license_match m WHERE m.parent_item IS NOT NULL)
             OR item_id IN (SELECT c.parent_id FROM license_item c WHERE c.status = 'active' AND c.parent_id IS NOT NULL
                 AND c.id NOT IN (SELECT g.item_id FROM license_gone g))",
        &[],
    )?;
    let gone = super::raw::count(db, "license_gone")?;
    let sql = format!("SELECT count(*) AS n FROM license_item i WHERE i.status = 'active' AND {clause}");
    let all = select_texts(db, &sql, &["n"], &[Value::Text(value)])?;
    Ok((gone, all[0][0].parse().unwrap_or(0)))
}

/// How many rows end in each action; names that only stand above others are not counted.
///
/// # Errors
/// The engine's.
pub fn counts(db: &mut Db) -> DbResult<BTreeMap<String, u64>> {
    let sql = "SELECT q.action, sum(q.n) AS n FROM (
             SELECT m.action, count(*) AS n FROM license_match m WHERE m.head = 0 GROUP BY m.action
             UNION ALL SELECT 'same', count(*) FROM license_settled) AS q
         WHERE q.n > 0 GROUP BY q.action";
    let rows = select_texts(db, sql, &["action", "n"], &[])?;
    Ok(rows.into_iter().map(|row| (row[0].clone(), row[1].parse().unwrap_or(0))).collect())
}

/// An item the list would change whose newest version begins after the day the list takes effect, and that day.
///
/// # Errors
/// The engine's.
pub fn later_version(db: &mut Db, on: Day) -> DbResult<Option<(String, String)>> {
    let rows = select_texts(
        db,
        "SELECT v.name AS name, v.valid_from AS valid_from FROM license_changed c
         JOIN license_version v ON v.item_id = c.item_id AND v.no = c.version_no
         WHERE v.valid_from > $1 ORDER BY c.seq LIMIT 1",
        &["name", "valid_from"],
        &[Value::Day(on)],
    )?;
    Ok(rows.into_iter().next().map(|mut row| (row.swap_remove(0), row.swap_remove(0))))
}

/// How many items would be written, bare names included.
///
/// # Errors
/// The engine's.
pub fn writes(db: &mut Db) -> DbResult<u64> {
    let sql = "SELECT (SELECT count(*) FROM license_match WHERE action IN ('add', 'change', 'return')) + (SELECT count(*) FROM license_gone) AS n";
    Ok(select_texts(db, sql, &["n"], &[])?[0][0].parse().unwrap_or(0))
}

fn added(db: &mut Db) -> DbResult<u64> {
    let sql = "SELECT count(*) AS n FROM license_match WHERE action = 'add'";
    Ok(select_texts(db, sql, &["n"], &[])?[0][0].parse().unwrap_or(0))
}

/// A row of the plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planned {
    pub line: u64,
    /// `add`, `change`, `return` or `withdraw`.
    pub action: String,
    /// Code, else name.
    pub key: String,
    pub name: Option<String>,
    /// Field, old and new value.
    pub differences: Vec<(&'static str, Option<String>, Option<String>)>,
}

/// The first `most` items the plan would write, in file order, then those it would withdraw.
///
/// # Errors
/// The engine's.
pub fn planned(db: &mut Db, columns: &Columns, most: usize, mut each: impl FnMut(Planned)) -> DbResult<()> {
    let fields = differences(db, columns);
    let number = |text: &Option<String>| text.as_deref().and_then(|text| text.parse().ok()).unwrap_or(0);
    stream_texts(
        db,
        &format!(
            "SELECT s.line AS line, COALESCE(s.code, s.name) AS item, s.name AS name FROM license_match m JOIN license_stage s ON s.seq = m.seq
             WHERE m.action = 'add' ORDER BY m.seq LIMIT {most}"
        ),
        &["line", "item", "name"],
        &[],
        |row| {
            each(Planned {
                line: number(&row[0]),
                action: "add".to_owned(),
                key: row[1].clone().unwrap_or_default(),
                name: row[2].clone(),
                differences: Vec::new(),
            });
            Ok(())
        },
    )?;
    let mut fields: Vec<(&'static str, String, String)> = fields;
    fields.push((
        "parent",
        format!("CASE WHEN m.moved = 1 THEN {} END", new_parent()),
        "CASE WHEN m.moved = 1 THEN (SELECT p.name FROM license_item p WHERE p.id = i.parent_id) END".to_owned(),
    ));
    let pairs = fields.iter().enumerate().map(|(at, (_, new, old))| format!("{new} AS n{at}, {old} AS o{at}")).collect::<Vec<_>>();
    let mut names: Vec<String> = ["line", "action", "head", "item"].map(str::to_owned).to_vec();
    names.extend((0..fields.len()).flat_map(|at| [format!("n{at}"), format!("o{at}")]));
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    stream_texts(
        db,
        &format!(
            "SELECT s.line AS line, m.action AS action, s.head AS head, COALESCE(i.code, s.code, i.name) AS item, {}
             FROM license_changed c JOIN license_match m ON m.seq = c.seq JOIN license_stage s ON s.seq = c.seq
             JOIN license_item i ON i.id = c.item_id
             JOIN license_version v ON v.item_id = c.item_id AND v.no = c.version_no ORDER BY c.seq LIMIT {most}",
            pairs.join(", ")
        ),
        &names,
        &[],
        |row| {
            let head = row[2].as_deref() == Some("1");
            let differences = fields.iter().enumerate().map(|(at, (field, ..))| (*field, row[5 + 2 * at].clone(), row[4 + 2 * at].clone()));
            each(Planned {
                line: number(&row[0]),
                action: row[1].clone().unwrap_or_default(),
                key: row[3].clone().unwrap_or_default(),
                name: None,
                differences: differences.filter(|(_, old, new)| !head && old != new).collect(),
            });
            Ok(())
        },
    )?;
    stream_texts(
        db,
        &format!(
            "SELECT COALESCE(i.code, i.name) AS item, i.name AS name FROM license_gone g JOIN license_item i ON i.id = g.item_id
             ORDER BY g.item_id LIMIT {most}"
        ),
        &["item", "name"],
        &[],
        |row| {
            each(Planned {
                line: 0,
                action: "withdraw".to_owned(),
                key: row[0].clone().unwrap_or_default(),
                name: row[1].clone(),
                differences: Vec::new(),
            });
            Ok(())
        },
    )
}

/// Rows that cannot be taken, found by comparing: line, rule, value and the row as written (JSON).
///
/// # Errors
/// The engine's.
pub fn faults(db: &mut Db, mut each: impl FnMut(u64, &str, String, String)) -> DbResult<()> {
    stream_texts(
        db,
        "SELECT s.line AS line, m.action AS action, COALESCE(s.parent_code, s.code, s.name) AS item, s.raw AS cells
         FROM license_match m JOIN license_stage s ON s.seq = m.seq
         WHERE m.action IN ('parent-missing', 'item-unknown', 'item-twice', 'item-several') ORDER BY m.seq",
        &["line", "action", "item", "cells"],
        &[],
        |mut row| {
            let line = row[0].as_deref().and_then(|text| text.parse().ok()).unwrap_or(0);
            let mut text = |at: usize| row[at].take().unwrap_or_default();
            each(line, &text(1), text(2), text(3));
            Ok(())
        },
    )
}

/// Rows that bring a code for a name that an active item already has under another code:
/// line, new code, old code. A new edition, perhaps; they are never merged in silence.
///
/// # Errors
/// The engine's.
pub fn other_codes(db: &mut Db, most: usize) -> DbResult<Vec<(u64, String, String)>> {
    if !any(db, "license_item")? {
        return Ok(Vec::new());
    }
    let rows = select_texts(
        db,
        &format!(
            "SELECT s.line AS line, s.code AS new_code, min(i.code) AS old_code FROM license_match m
             JOIN license_stage s ON s.seq = m.seq
             JOIN license_item i ON i.name_key = s.name_key AND i.status = 'active' AND COALESCE(i.organ_id, 0) = COALESCE(m.organ_id, 0)
             WHERE m.action = 'add' AND s.code IS NOT NULL AND i.code IS NOT NULL AND i.code <> s.code
             GROUP BY s.line, s.code ORDER BY s.line LIMIT {most}"
        ),
        &["line", "new_code", "old_code"],
        &[],
    )?;
    Ok(rows.into_iter().map(|row| (row[0].parse().unwrap_or(0), row[1].clone(), row[2].clone())).collect())
}

/// Writes the plan under a batch: organs, items, versions, changes, withdrawals. Part of the caller's transaction.
///
/// # Errors
/// The engine's.
pub fn apply(db: &mut Db, columns: &Columns, batch: i64, on: Day) -> DbResult<()> {
    let with = |sql: &str| (sql.to_owned(), vec![Value::Int(batch), Value::Day(on)]);
    let day = on_each!(db, sqlite(_c) => "$2", postgres(_c) => "CAST($2 AS date)");
    let json = on_each!(db, sqlite(_c) => "", postgres(_c) => "::jsonb");
    run(
        db,
        "INSERT INTO license_organ (name, name_key)
         SELECT min(s.organ), s.organ_key FROM license_stage s JOIN license_match m ON m.seq = s.seq
         WHERE s.organ_key IS NOT NULL AND m.organ_id IS NULL AND m.action IN ('add', 'change', 'return')
         GROUP BY s.organ_key ORDER BY min(s.seq)",
        &[],
    )?;
    run(
        db,
        "UPDATE license_match SET organ_id = o.id FROM license_stage s, license_organ o
         WHERE s.seq = license_match.seq AND license_match.organ_id IS NULL AND license_match.action IN ('change', 'return')
             AND o.name_key = s.organ_key",
        &[],
    )?;
    let new = added(db)?;
    let aside = lay_aside(db, new)?;
    let base: i64 = select_texts(db, "SELECT COALESCE(max(id), 0) AS n FROM license_item", &["n"], &[])?[0][0].parse().unwrap_or(0);
    // A new item's id is its place in the file behind the ids there are: parents are known before they are written.
    run(
        db,
        &format!(
            "INSERT INTO license_item (id, scheme, code, name, name_key, level, parent_id, organ_id, type_code, lead_dept, status,
             first_batch_id, last_batch_id)
         SELECT $2 + s.seq + 1, s.scheme, s.code, s.name, s.name_key, s.level,
             CASE WHEN m.parent_seq IS NULL THEN m.parent_item ELSE COALESCE({}, $2 + m.parent_seq + 1) END,
             COALESCE(m.organ_id, (SELECT o.id FROM license_organ o WHERE o.name_key = s.organ_key)),
             COALESCE(NULLIF(s.type_code, ''), '01'), s.lead_dept, 'active', $1, $1
         FROM license_match m JOIN license_stage s ON s.seq = m.seq WHERE m.action = 'add' ORDER BY m.seq",
            item_of("m.parent_seq")
        ),
        &[Value::Int(batch), Value::Int(base)],
    )?;
    let list = FILLED.join(", ");
    let staged = FILLED.map(|column| format!("s.{column}")).join(", ");
    run(
        db,
        &format!(
            "INSERT INTO license_version (item_id, no, valid_from, batch_id, name, organs_text, {list}, details, fingerprint, raw)
             SELECT {base} + s.seq + 1, 1, {day}, $1, s.name, s.organ, {staged}, s.details{json}, s.fingerprint, s.raw{json}
             FROM license_match m JOIN license_stage s ON s.seq = m.seq WHERE m.action = 'add' ORDER BY m.seq"
        ),
        &[Value::Int(batch), Value::Day(on)],
    )?;
    aside.put_back(db)?;
    remember(db, batch, "SELECT item_id FROM license_changed UNION SELECT item_id FROM license_gone")?;
    // All fields in one pass over the items: each is read once, however many columns the list has.
    let compared = differences(db, columns);
    let each = |word: &dyn Fn(usize) -> String| (0..compared.len()).map(word).collect::<Vec<_>>().join(" ");
    let numbers = (0..compared.len()).map(|at| format!("SELECT {at} AS n")).collect::<Vec<_>>().join(" UNION ALL ");
    run(
        db,
        &format!(
            "INSERT INTO license_change (batch_id, item_id, field, old_value, new_value)
             SELECT $1, c.item_id, CASE f.n {} END, CASE f.n {} END, CASE f.n {} END
             FROM license_changed c JOIN license_stage s ON s.seq = c.seq JOIN license_item i ON i.id = c.item_id
             JOIN license_version v ON v.item_id = c.item_id AND v.no = c.version_no
             CROSS JOIN ({numbers}) AS f
             WHERE s.head = 0 AND CASE f.n {} END ORDER BY f.n, c.seq",
            each(&|at| format!("WHEN {at} THEN '{}'", compared[at].0)),
            each(&|at| format!("WHEN {at} THEN CAST({} AS TEXT)", compared[at].2)),
            each(&|at| format!("WHEN {at} THEN CAST({} AS TEXT)", compared[at].1)),
            each(&|at| format!("WHEN {at} THEN {} IS DISTINCT FROM {}", compared[at].1, compared[at].2)),
        ),
        &[Value::Int(batch)],
    )?;
    run(
        db,
        &format!(
            "INSERT INTO license_change (batch_id, item_id, field, old_value, new_value)
             SELECT $1, m.item_id, 'parent', (SELECT p.name FROM license_item p WHERE p.id = i.parent_id), {}
             FROM license_match m JOIN license_item i ON i.id = m.item_id
             WHERE m.moved = 1 AND m.action IN ('change', 'return') ORDER BY m.seq",
            new_parent()
        ),
        &[Value::Int(batch)],
    )?;
    for (status, table, old, new) in [
        ("return", "license_changed c JOIN license_match m ON m.seq = c.seq AND m.action = 'return'", "withdrawn", "active"),
        ("withdraw", "license_gone c", "active", "withdrawn"),
    ] {
        debug_assert!(["return", "withdraw"].contains(&status));
        run(
            db,
            &format!(
                "INSERT INTO license_change (batch_id, item_id, field, old_value, new_value)
                 SELECT $1, c.item_id, 'status', '{old}', '{new}' FROM {table} ORDER BY c.item_id"
            ),
            &[Value::Int(batch)],
        )?;
    }
    // A version corrected on its first day held for no day at all; a later effective day never goes back behind it.
    let (sql, values) = with(&format!(
        "UPDATE license_version SET valid_to = CASE WHEN valid_from > {day} THEN valid_from ELSE {day} END
         WHERE valid_to IS NULL AND batch_id <> $1
         AND item_id IN (SELECT item_id FROM license_changed UNION SELECT item_id FROM license_gone)"
    ));
    run(db, &sql, &values)?;
    let kept = |column: &str| {
        let said = columns.version.contains(&column);
        let fresh = if said { format!("s.{column}") } else { format!("v.{column}") };
        format!("CASE WHEN s.head = 1 THEN v.{column} ELSE {fresh} END")
    };
    let organs_text = if columns.organ { "CASE WHEN s.head = 1 THEN v.organs_text ELSE s.organ END" } else { "v.organs_text" };
    let values_sql = FILLED.map(kept).join(", ");
    let merged = merged_details(db, columns);
    run(
        db,
        &format!(
            "INSERT INTO license_version (item_id, no, valid_from, batch_id, name, organs_text, {list}, details, fingerprint, raw)
             SELECT c.item_id, c.version_no + 1, CASE WHEN v.valid_to IS NOT NULL AND v.valid_to > {day} THEN v.valid_to ELSE {day} END,
                 $1, COALESCE(s.name, v.name), {organs_text}, {values_sql}, {merged},
                 CASE WHEN s.head = 1 THEN v.fingerprint ELSE s.fingerprint END, CASE WHEN s.head = 1 THEN v.raw ELSE s.raw{json} END
             FROM license_changed c JOIN license_stage s ON s.seq = c.seq
             JOIN license_version v ON v.item_id = c.item_id AND v.no = c.version_no ORDER BY c.seq"
        ),
        &[Value::Int(batch), Value::Day(on)],
    )?;
    let organ = if columns.organ { "CASE WHEN s.head = 1 THEN license_item.organ_id ELSE m.organ_id END" } else { "license_item.organ_id" };
    let kind = if columns.kind { "COALESCE(NULLIF(s.type_code, ''), license_item.type_code)" } else { "license_item.type_code" };
    let parent = item_of("m.parent_seq");
    let lead = if columns.lead_dept { "s.lead_dept" } else { "license_item.lead_dept" };
    let parent = format!(
        "CASE WHEN m.moved IS NULL THEN license_item.parent_id WHEN m.parent_seq IS NULL THEN m.parent_item
             ELSE COALESCE({parent}, {base} + m.parent_seq + 1) END"
    );
    let coded = "CASE WHEN license_item.code IS NULL AND s.code IS NOT NULL THEN s.scheme ELSE license_item.scheme END";
    // What items are found by has indexes, and seldom changes: only where it does are they touched.
    let sought = [
        ("name", "COALESCE(s.name, license_item.name)"),
        ("name_key", "CASE WHEN s.name IS NULL THEN license_item.name_key ELSE s.name_key END"),
        ("scheme", coded),
        ("code", "COALESCE(license_item.code, s.code)"),
        ("organ_id", organ),
        ("parent_id", &parent),
        ("level", "CASE WHEN m.moved IS NULL THEN license_item.level ELSE s.level END"),
    ];
    let set = sought.map(|(column, value)| format!("{column} = {value}")).join(", ");
    let differs = sought.map(|(column, value)| format!("license_item.{column} IS DISTINCT FROM {value}")).join(" OR ");
    let changed = "FROM license_match m JOIN license_stage s ON s.seq = m.seq
         WHERE license_item.id = m.item_id AND m.action IN ('change', 'return')";
    run(db, &format!("UPDATE license_item SET {set} {changed} AND ({differs})"), &[])?;
    run(
        db,
        &format!("UPDATE license_item SET type_code = {kind}, lead_dept = {lead}, status = 'active', last_batch_id = $1 {changed}"),
        &[Value::Int(batch)],
    )?;
    run(
        db,
        "UPDATE license_item SET status = 'withdrawn', last_batch_id = $1 WHERE id IN (SELECT item_id FROM license_gone)",
        &[Value::Int(batch)],
    )
}

/// The details of a version with what the list says put over what was known.
fn merged_details(db: &Db, columns: &Columns) -> String {
    if columns.details.is_empty() {
        return "v.details".to_owned();
    }
    let fresh = on_each!(db,
    sqlite(_c) => {
        let gone: Vec<String> = columns.details.iter().map(|key| format!("'$.{key}'")).collect();
        format!("json_patch(json_remove(v.details, {}), s.details)", gone.join(", "))
    },
    postgres(_c) => {
        let gone: Vec<String> = columns.details.iter().map(|key| format!("'{key}'")).collect();
        format!("((v.details - ARRAY[{}]) || CAST(s.details AS jsonb))", gone.join(", "))
    });
    format!("CASE WHEN s.head = 1 THEN v.details ELSE {fresh} END")
}

/// Keeps items as they are before a batch touches them, for `undo`.
pub(super) fn remember(db: &mut Db, batch: i64, ids: &str) -> DbResult<()> {
    run(
        db,
        &format!(
            "INSERT INTO license_item_before (batch_id, item_id, scheme, code, name, name_key, parent_id, organ_id, type_code, lead_dept,
                 status, last_batch_id, level, open_version_no)
             SELECT $1, i.id, i.scheme, i.code, i.name, i.name_key, i.parent_id, i.organ_id, i.type_code, i.lead_dept, i.status, i.last_batch_id, i.level,
                 (SELECT v.no FROM license_version v WHERE v.item_id = i.id AND v.valid_to IS NULL)
             FROM license_item i WHERE i.id IN ({ids}) ORDER BY i.id"
        ),
        &[Value::Int(batch)],
    )
}
