//! Licence items (许可事项), their versions and the batches that brought them.

use diesel::dsl::max;
use diesel::prelude::*;

use super::connection::Db;
use super::error::DbResult;
use super::raw::{Value, run, select_texts, stream_texts};
use super::schema::{license_batch, license_item, license_organ, license_source, license_version};
use super::types::{Day, Document, Instant};

/// An item with its open version and organ, as lists show it.
#[derive(Clone, Debug, PartialEq, Queryable, Selectable)]
#[diesel(table_name = license_item)]
pub struct Item {
    pub id: i64,
    /// 编码体系.
    pub scheme: String,
    pub code: Option<String>,
    pub name: String,
    /// The name as compared: no white space, one kind of brackets.
    pub name_key: String,
    /// `main`, `sub` or `handling`.
    pub level: String,
    pub parent_id: Option<i64>,
    pub type_code: String,
    pub lead_dept: Option<String>,
    /// `active`, `withdrawn` or `draft`.
    pub status: String,
}

/// A version (事项版本) of an item.
#[derive(Clone, Debug, PartialEq, Queryable, Selectable)]
#[diesel(table_name = license_version)]
pub struct Version {
    pub no: i64,
    pub valid_from: Day,
    /// First day it no longer holds.
    pub valid_to: Option<Day>,
    pub batch_id: i64,
    pub name: String,
    pub organs_text: Option<String>,
    pub basis: Option<String>,
    pub exercise_level: Option<String>,
    pub legal_n: Option<i64>,
    pub legal_unit: Option<String>,
    pub legal_text: Option<String>,
    pub promise_n: Option<i64>,
    pub promise_unit: Option<String>,
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
    /// Further fields, by key.
    pub details: Document,
    pub fingerprint: String,
    /// The row as written: a list of cells; the source keeps their titles.
    pub raw: Document,
}

/// The file a batch came from.
#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = license_source)]
pub struct NewSource {
    pub file_name: String,
    pub sha256: String,
    pub bytes: i64,
    pub encoding: String,
    pub delimiter: Option<String>,
    pub sheet: Option<String>,
    pub header_line: i64,
    pub header: Document,
    pub imported_at: Instant,
}

/// One import.
#[derive(Clone, Debug, Insertable, AsChangeset)]
#[diesel(table_name = license_batch)]
pub struct NewBatch {
    pub source_id: Option<i64>,
    pub kind: String,
    pub mode: String,
    pub scope: Option<String>,
    pub effective_on: Day,
    pub started_at: Instant,
    pub finished_at: Instant,
    pub rows_read: i64,
    pub added: i64,
    pub changed: i64,
    pub unchanged: i64,
    pub withdrawn: i64,
    pub rejected: i64,
    pub skipped: i64,
    pub warned: i64,
    pub status: String,
}

/// A choice of items.
#[derive(Clone, Debug, Default)]
pub struct ItemFilter {
    pub status: Option<String>,
    pub level: Option<String>,
    /// Words that all stand in the name key.
    pub search: Vec<String>,
    /// Name key of the organ.
    pub organ: Option<String>,
    /// 事项类型.
    pub kind: Option<String>,
    /// Only this item and what hangs below it.
    pub below: Option<i64>,
}

/// Lists items with their organ and the version that holds on `on`, by code and name; those without a code last.
///
/// # Errors
/// The engine's.
pub fn list(db: &mut Db, filter: &ItemFilter, on: Day) -> DbResult<Vec<(Item, Option<String>, Version)>> {
    let mut query = license_item::table
        .inner_join(license_version::table)
        .left_join(license_organ::table)
        .filter(license_version::valid_from.le(on))
        .select((Item::as_select(), license_organ::name.nullable(), Version::as_select()))
        // The engines place NULL differently; items without a code come last on both.
        .order((license_item::code.is_null(), license_item::code, license_item::name, license_item::id))
        .into_boxed();
    // What holds on a day is told by the versions: an item withdrawn later still held then, and one
    // to be withdrawn still holds today.
    let withdrawn = filter.status.as_deref() == Some("withdrawn");
    if withdrawn {
        let other = diesel::alias!(license_version as later);
        let later = other
            .filter(other.field(license_version::item_id).eq(license_item::id))
            .filter(other.field(license_version::valid_from).le(on))
            .filter(other.field(license_version::no).gt(license_version::no));
        query = query.filter(license_version::valid_to.le(on)).filter(diesel::dsl::not(diesel::dsl::exists(later)));
    } else {
        query = query.filter(license_version::valid_to.is_null().or(license_version::valid_to.gt(on)));
    }
    if let Some(level) = &filter.level {
        query = query.filter(license_item::level.eq(level));
    }
    if let Some(organ) = &filter.organ {
        query = query.filter(license_organ::name_key.eq(organ));
    }
    if let Some(kind) = &filter.kind {
        query = query.filter(license_item::type_code.eq(kind));
    }
    if let Some(id) = filter.below {
        query = query.filter(license_item::id.eq(id).or(license_item::parent_id.eq(id)));
    }
    for part in &filter.search {
        let pattern = format!("%{}%", part.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_"));
        query = query.filter(license_item::name_key.like(pattern).escape('\\'));
    }
    let mut found: Vec<(Item, Option<String>, Version)> = query.load(db)?;
    for (item, ..) in &mut found {
        (if withdrawn { "withdrawn" } else { "active" }).clone_into(&mut item.status);
    }
    Ok(found)
}

/// Items with this code, this id or this name key.
///
/// # Errors
/// The engine's.
pub fn find(db: &mut Db, code: &str, name_key: &str) -> DbResult<Vec<(Item, Option<String>)>> {
    // Only the canonical spelling is an id: 004 is a code.
    let id: i64 = code.parse().ok().filter(|id: &i64| id.to_string() == code).unwrap_or(-1);
    Ok(license_item::table
        .left_join(license_organ::table)
        .filter(license_item::code.eq(code).or(license_item::name_key.eq(name_key)).or(license_item::id.eq(id)))
        .select((Item::as_select(), license_organ::name.nullable()))
        .order(license_item::id)
        .load(db)?)
}

/// Every code of the catalogue.
///
/// # Errors
/// The engine's.
pub fn codes(db: &mut Db) -> DbResult<Vec<String>> {
    Ok(license_item::table.filter(license_item::code.is_not_null()).select(license_item::code.assume_not_null()).load(db)?)
}

/// All versions of an item, oldest first.
///
/// # Errors
/// The engine's.
pub fn versions(db: &mut Db, item: i64) -> DbResult<Vec<Version>> {
    Ok(license_version::table.filter(license_version::item_id.eq(item)).order(license_version::no).select(Version::as_select()).load(db)?)
}

/// Adds a source; returns its id.
///
/// # Errors
/// The engine's.
pub fn add_source(db: &mut Db, source: &NewSource) -> DbResult<i64> {
    Ok(diesel::insert_into(license_source::table).values(source).returning(license_source::id).get_result(db)?)
}

/// Adds a batch; returns its id. Until the end of the transaction no other batch can be added.
///
/// # Errors
/// The engine's.
pub fn add_batch(db: &mut Db, batch: &NewBatch) -> DbResult<i64> {
    Ok(diesel::insert_into(license_batch::table).values(batch).returning(license_batch::id).get_result(db)?)
}

/// Adds a source and its batch, under the numbers that follow and not from PostgreSQL's counters: taken back, they leave no
/// gap. Returns both.
///
/// # Errors
/// The engine's.
pub fn add_next_batch(db: &mut Db, source: &NewSource, batch: NewBatch) -> DbResult<(i64, i64)> {
    let source_id: i64 = license_source::table.select(max(license_source::id)).first::<Option<i64>>(db)?.unwrap_or(0) + 1;
    let batch_id = newest_batch(db, true)? + 1;
    diesel::insert_into(license_source::table).values((license_source::id.eq(source_id), source)).execute(db)?;
    let batch = NewBatch { source_id: Some(source_id), ..batch };
    diesel::insert_into(license_batch::table).values((license_batch::id.eq(batch_id), &batch)).execute(db)?;
    Ok((source_id, batch_id))
}

/// Writes a batch anew, when what it counts is known only at its end.
///
/// # Errors
/// The engine's.
pub fn set_batch(db: &mut Db, id: i64, batch: &NewBatch) -> DbResult<()> {
    diesel::update(license_batch::table.find(id)).set(batch).execute(db)?;
    Ok(())
}

/// The number of the newest batch: while it stays, the catalogue has not changed. Inside a
/// write transaction, `hold` keeps others from adding one.
///
/// # Errors
/// The engine's.
pub fn newest_batch(db: &mut Db, hold: bool) -> DbResult<i64> {
    if hold {
        on_each!(db,
        sqlite(_c) => (),
        postgres(conn) => {
            use diesel::connection::SimpleConnection;
            conn.batch_execute("LOCK TABLE license_batch IN SHARE ROW EXCLUSIVE MODE")?;
        });
    }
    let newest: Option<i64> = license_batch::table.select(max(license_batch::id)).first(db)?;
    Ok(newest.unwrap_or(0))
}

/// A batch with the file it came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    pub id: i64,
    /// `import`, `undo` or `edit`.
    pub kind: String,
    /// `merge` or `full`.
    pub mode: String,
    pub file: Option<String>,
    pub effective_on: String,
    pub finished_at: String,
    pub added: i64,
    pub changed: i64,
    pub withdrawn: i64,
    /// `done` or `undone`.
    pub status: String,
    pub note: Option<String>,
}

/// Every batch, newest first.
///
/// # Errors
/// The engine's.
pub fn batches(db: &mut Db) -> DbResult<Vec<Batch>> {
    type Row = (i64, String, String, Option<String>, Day, Option<Instant>, i64, i64, i64, String, Option<String>);
    let rows: Vec<Row> = license_batch::table
        .left_join(license_source::table)
        .select((
            license_batch::id,
            license_batch::kind,
            license_batch::mode,
            license_source::file_name.nullable(),
            license_batch::effective_on,
            license_batch::finished_at,
            license_batch::added,
            license_batch::changed,
            license_batch::withdrawn,
            license_batch::status,
            license_batch::note,
        ))
        .order(license_batch::id.desc())
        .load(db)?;
    Ok(rows
        .into_iter()
        .map(|(id, kind, mode, file, on, at, added, changed, withdrawn, status, note)| Batch {
            id,
            kind,
            mode,
            file,
            effective_on: on.to_string(),
            finished_at: at.map(|at| at.to_string()).unwrap_or_default(),
            added,
            changed,
            withdrawn,
            status,
            note,
        })
        .collect())
}

/// What happened to an item in one batch: batch, field, old and new value, oldest first.
///
/// # Errors
/// The engine's.
pub fn changes(db: &mut Db, item: i64) -> DbResult<Vec<(i64, String, Option<String>, Option<String>)>> {
    let mut found = Vec::new();
    stream_texts(
        db,
        "SELECT batch_id, field, old_value, new_value FROM license_change WHERE item_id = $1 ORDER BY batch_id, id",
        &["batch_id", "field", "old_value", "new_value"],
        &[Value::Int(item)],
        |mut row| {
            let batch = row[0].as_deref().and_then(|text| text.parse().ok()).unwrap_or(0);
            found.push((batch, row[1].take().unwrap_or_default(), row[2].take(), row[3].take()));
            Ok(())
        },
    )?;
    Ok(found)
}

/// A link between two items (事项沿革).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    pub from: String,
    /// `merged_into`, `split_into`, `renamed_to` or `handed_down_to`.
    pub kind: String,
    pub to: String,
    pub doc_no: Option<String>,
    pub on: String,
}

/// The links of an item, in both directions; all links when none is named.
///
/// # Errors
/// The engine's.
pub fn links(db: &mut Db, item: Option<i64>) -> DbResult<Vec<Link>> {
    let mut found = Vec::new();
    stream_texts(
        db,
        "SELECT COALESCE(f.code, f.name) AS from_item, l.kind AS kind, COALESCE(t.code, t.name) AS to_item, l.doc_no AS doc_no, l.linked_on AS linked_on
         FROM license_link l JOIN license_item f ON f.id = l.from_item_id JOIN license_item t ON t.id = l.to_item_id
         WHERE $1 = 0 OR l.from_item_id = $1 OR l.to_item_id = $1 ORDER BY l.linked_on, l.id",
        &["from_item", "kind", "to_item", "doc_no", "linked_on"],
        &[Value::Int(item.unwrap_or(0))],
        |mut row| {
            let mut text = |at: usize| row[at].take().unwrap_or_default();
            found.push(Link { from: text(0), kind: text(1), to: text(2), doc_no: None, on: text(4) });
            if let Some(link) = found.last_mut() {
                link.doc_no = row[3].take();
            }
            Ok(())
        },
    )?;
    Ok(found)
}

/// Links one item to another.
///
/// # Errors
/// The engine's.
pub fn add_link(db: &mut Db, batch: i64, from: i64, kind: &str, to: i64, doc_no: Option<&str>, on: Day) -> DbResult<()> {
    run(
        db,
        "INSERT INTO license_link (from_item_id, to_item_id, kind, doc_no, linked_on, batch_id) VALUES ($1, $2, $3, NULLIF($4, ''), $5, $6)",
        &[
            Value::Int(from),
            Value::Int(to),
            Value::Text(kind.to_owned()),
            Value::Text(doc_no.unwrap_or_default().to_owned()),
            Value::Day(on),
            Value::Int(batch),
        ],
    )
}

/// Withdraws an item from a day on: it ends, nothing is deleted.
///
/// # Errors
/// The engine's.
pub fn withdraw(db: &mut Db, batch: i64, item: i64, on: Day) -> DbResult<()> {
    super::license_import::remember(db, batch, &item.to_string())?;
    run(
        db,
        "INSERT INTO license_change (batch_id, item_id, field, old_value, new_value) VALUES ($1, $2, 'status', 'active', 'withdrawn')",
        &[Value::Int(batch), Value::Int(item)],
    )?;
    let open = license_version::table.filter(license_version::item_id.eq(item)).filter(license_version::valid_to.is_null());
    let from: Option<Day> = open.select(license_version::valid_from).first(db).optional()?;
    let end = from.map_or(on, |from| if from > on { from } else { on });
    diesel::update(license_version::table.filter(license_version::item_id.eq(item)).filter(license_version::valid_to.is_null()))
        .set(license_version::valid_to.eq(Some(end)))
        .execute(db)?;
    diesel::update(license_item::table.find(item))
        .set((license_item::status.eq("withdrawn"), license_item::last_batch_id.eq(batch)))
        .execute(db)?;
    Ok(())
}

/// Items below an item that are not withdrawn: id and name.
///
/// # Errors
/// The engine's.
pub fn open_below(db: &mut Db, item: i64) -> DbResult<Vec<(i64, String)>> {
    Ok(license_item::table
        .filter(license_item::parent_id.eq(item))
        .filter(license_item::status.ne("withdrawn"))
        .order(license_item::id)
        .select((license_item::id, license_item::name))
        .load(db)?)
}

/// What keeps a batch from being undone, as `why` and `what`: items a later batch touched,
/// items hung below its own since, cases that hold one of its versions.
///
/// # Errors
/// The engine's.
pub fn in_the_way(db: &mut Db, batch: i64) -> DbResult<Vec<(String, String)>> {
    let sql = "SELECT 'later-batch' AS why, COALESCE(i.code, i.name) AS what FROM license_item i
            WHERE i.last_batch_id <> $1
              AND (i.first_batch_id = $1 OR i.id IN (SELECT b.item_id FROM license_item_before b WHERE b.batch_id = $1))
        UNION ALL SELECT 'child-item', COALESCE(i.code, i.name) FROM license_item i JOIN license_item p ON p.id = i.parent_id
            WHERE p.first_batch_id = $1 AND i.first_batch_id <> $1
              AND i.id NOT IN (SELECT b.item_id FROM license_item_before b WHERE b.batch_id = $1)
        UNION ALL SELECT 'case', c.no FROM license_case c JOIN license_version v ON v.item_id = c.item_id AND v.no = c.item_version_no
            WHERE v.batch_id = $1
        UNION ALL SELECT 'certificate', c.no FROM license_certificate c JOIN license_item i ON i.id = c.item_id WHERE i.first_batch_id = $1
        UNION ALL SELECT 'link', COALESCE(i.code, i.name) FROM license_link l JOIN license_item i ON i.id IN (l.from_item_id, l.to_item_id)
            WHERE i.first_batch_id = $1 AND COALESCE(l.batch_id, 0) <> $1";
    let rows = select_texts(db, &format!("{sql} ORDER BY 1, 2"), &["why", "what"], &[Value::Int(batch)])?;
    Ok(rows.into_iter().map(|row| (row[0].clone(), row[1].clone())).collect())
}

/// Takes a batch back: afterwards items, versions, organs, changes and links are what they were.
/// [`in_the_way`] must have found nothing.
///
/// # Errors
/// The engine's.
pub fn undo(db: &mut Db, batch: i64, undone_by: i64) -> DbResult<()> {
    let one = [Value::Int(batch)];
    let organs: Vec<i64> = select_texts(
        db,
        "SELECT DISTINCT organ_id AS id FROM license_item WHERE organ_id IS NOT NULL
         AND (first_batch_id = $1 OR id IN (SELECT item_id FROM license_item_before WHERE batch_id = $1)) ORDER BY organ_id",
        &["id"],
        &one,
    )?
    .into_iter()
    .filter_map(|row| row[0].parse().ok())
    .collect();
    for sql in [
        "DELETE FROM license_link WHERE batch_id = $1",
        "DELETE FROM license_change WHERE batch_id = $1",
        "DELETE FROM license_version WHERE batch_id = $1",
        "UPDATE license_version SET valid_to = NULL FROM license_item_before b
         WHERE b.batch_id = $1 AND license_version.item_id = b.item_id AND license_version.no = b.open_version_no",
        "UPDATE license_item SET scheme = b.scheme, code = b.code, name = b.name, name_key = b.name_key, parent_id = b.parent_id,
             organ_id = b.organ_id, type_code = b.type_code, lead_dept = b.lead_dept, status = b.status, last_batch_id = b.last_batch_id, level = COALESCE(b.level, license_item.level)
         FROM license_item_before b WHERE b.batch_id = $1 AND license_item.id = b.item_id",
        "DELETE FROM license_item_before WHERE batch_id = $1",
        "DELETE FROM license_item WHERE first_batch_id = $1",
    ] {
        run(db, sql, &one)?;
    }
    for organ in organs {
        run(
            db,
            "DELETE FROM license_organ WHERE id = $1 AND unit_id IS NULL AND id NOT IN (SELECT organ_id FROM license_item WHERE organ_id IS NOT NULL)
             AND id NOT IN (SELECT organ_id FROM license_item_organ) AND id NOT IN (SELECT organ_id FROM license_case)
             AND id NOT IN (SELECT organ_id FROM license_case_number)",
            &[Value::Int(organ)],
        )?;
    }
    run(db, "UPDATE license_batch SET status = 'undone', undone_by_id = $2 WHERE id = $1", &[Value::Int(batch), Value::Int(undone_by)])
}
