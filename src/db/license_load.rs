//! The first large load of a catalogue: what PostgreSQL checks and indexes row by row is laid aside, and put back over
//! all rows at once, in the same transaction. Whatever breaks it off, everything stands as it stood.

use std::collections::HashMap;

use diesel::prelude::*;

use super::connection::Db;
use super::error::{DbError, DbResult};
use super::license_import::{Planned, StageRow};
use super::raw::{Value, run};
use super::schema::{license_item, license_organ, license_version};
use super::types::{Day, Json};

/// From so many new items on: below, putting back costs more than it saves.
const LARGE: u64 = 20_000;

/// What was laid aside: the statements that put it back, in their order.
#[must_use = "what was laid aside must be put back before the transaction ends"]
#[derive(Debug, Default)]
pub struct LaidAside(Vec<String>);

/// Lays aside the foreign keys and secondary indexes of items and versions for a load of `rows` items, if there is no
/// item yet. Nobody waits for long: when somebody else has one of the tables in use, or when the tables are another
/// role's, nothing is laid aside and the load takes its time. SQLite gains nothing by it: sorting costs it what
/// inserting does, and it cannot add a key to a table.
///
/// # Errors
/// The engine's.
pub fn lay_aside(db: &mut Db, rows: u64) -> DbResult<LaidAside> {
    if rows < LARGE {
        return Ok(LaidAside::default());
    }
    on_each!(db,
    sqlite(_c) => Ok(LaidAside::default()),
    postgres(conn) => Ok(on_postgres::lay_aside(conn).ok().flatten().unwrap_or_default()))
}

impl LaidAside {
    /// Builds the indexes and adds the foreign keys again: every row is checked here.
    ///
    /// # Errors
    /// The engine's: a row that breaks a key ends the transaction as it would have when it was written.
    pub fn put_back(self, db: &mut Db) -> DbResult<()> {
        self.0.iter().try_for_each(|statement| db.execute(statement))
    }
}

/// Rows of one statement on SQLite.
const TOGETHER: usize = 64;

/// Organs kept in mind during a load; a list of more is no list of licences.
const MOST_ORGANS: usize = 50_000;

/// Finished rows on their way into an empty catalogue, written as they are read.
pub struct FirstLoad {
    batch: i64,
    on: Day,
    /// By name key: the id and the name as it is written.
    organs: HashMap<String, Organ>,
    last_organ: i64,
    /// How many items were written, bare names above others included.
    pub written: u64,
    /// Of them, those that have a row of their own.
    pub rows: u64,
    /// The first of them, as the plan shows them.
    pub shown: Vec<Planned>,
    most_shown: usize,
}

struct Organ {
    id: i64,
    name: String,
    renamed: bool,
    /// It was there before this load: its name stays.
    known: bool,
}

#[derive(Insertable)]
#[diesel(table_name = license_item, treat_none_as_default_value = false)]
struct FirstItem {
    id: i64,
    scheme: &'static str,
    code: Option<String>,
    name: String,
    name_key: String,
    level: &'static str,
    parent_id: Option<i64>,
    organ_id: Option<i64>,
    type_code: &'static str,
    lead_dept: Option<String>,
    status: &'static str,
    first_batch_id: i64,
    last_batch_id: i64,
}

/// Versions in two widths: a fifth of the values need not be given where a list says nothing of them.
macro_rules! versions {
    ($($name:ident { $($rarer:ident),* })*) => {$(
        #[derive(Insertable)]
        #[diesel(table_name = license_version, treat_none_as_default_value = false)]
        struct $name {
            item_id: i64,
            no: i64,
            valid_from: Day,
            batch_id: i64,
            name: String,
            organs_text: Option<String>,
            basis: Option<String>,
            exercise_level: Option<String>,
            legal_n: Option<i64>,
            legal_unit: Option<&'static str>,
            legal_text: Option<String>,
            promise_n: Option<i64>,
            promise_unit: Option<&'static str>,
            promise_text: Option<String>,
            case_kind: Option<String>,
            target: Option<String>,
            condition: Option<String>,
            remark: Option<String>,
            details: Json,
            fingerprint: String,
            raw: Json,
            $($rarer: Option<String>,)*
        }

        impl $name {
            fn of(row: StageRow, batch_id: i64, valid_from: Day) -> Self {
                Self {
                    item_id: row.seq + 1,
                    no: 1,
                    valid_from,
                    batch_id,
                    name: row.name.unwrap_or_default(),
                    organs_text: row.organ,
                    basis: row.basis,
                    exercise_level: row.exercise_level,
                    legal_n: row.legal_n,
                    legal_unit: row.legal_unit,
                    legal_text: row.legal_text,
                    promise_n: row.promise_n,
                    promise_unit: row.promise_unit,
                    promise_text: row.promise_text,
                    case_kind: row.case_kind,
                    target: row.target,
                    condition: row.condition,
                    remark: row.remark,
                    details: Json(row.details),
                    fingerprint: row.fingerprint,
                    raw: Json(row.raw.json()),
                    $($rarer: row.$rarer,)*
                }
            }
        }
    )*};
}

versions! {
    PlainVersion {}
    WholeVersion { visits, fee, materials, result, special }
}

/// What is said of an item beside its rows.
struct Beside {
    /// Key of its organ.
    organ_key: Option<String>,
    line: i64,
    /// It only stands above others.
    head: bool,
    /// Where its version is: among the plain ones or the whole ones.
    plain: bool,
    at: usize,
}

/// Items and their first versions as they are written, side by side; made on the thread that reads.
pub struct FirstRows {
    batch: i64,
    on: Day,
    beside: Vec<Beside>,
    items: Vec<FirstItem>,
    plain: Vec<PlainVersion>,
    whole: Vec<WholeVersion>,
}

impl FirstRows {
    /// Takes a row; what stands above it is known by its number in the list.
    pub fn push(&mut self, mut row: StageRow) {
        let plain = [&row.visits, &row.fee, &row.materials, &row.result, &row.special].into_iter().all(Option::is_none);
        let at = if plain { self.plain.len() } else { self.whole.len() };
        self.beside.push(Beside { organ_key: row.organ_key.take(), line: row.line, head: row.head != 0, plain, at });
        self.items.push(FirstItem {
            id: row.seq + 1,
            scheme: row.scheme,
            code: row.code.take(),
            name: row.name.clone().unwrap_or_default(),
            name_key: std::mem::take(&mut row.name_key),
            level: row.level,
            parent_id: row.parent_seq.map(|seq| seq + 1),
            organ_id: None,
            type_code: if row.type_code.is_empty() { "01" } else { row.type_code },
            lead_dept: row.lead_dept.take(),
            status: "active",
            first_batch_id: self.batch,
            last_batch_id: self.batch,
        });
        if plain {
            self.plain.push(PlainVersion::of(row, self.batch, self.on));
        } else {
            self.whole.push(WholeVersion::of(row, self.batch, self.on));
        }
    }

    /// Forgets the rows and keeps their room.
    pub fn clear(&mut self) {
        self.beside.clear();
        self.items.clear();
        self.plain.clear();
        self.whole.clear();
    }
}

/// Loads finished rows into an empty catalogue, part of the caller's transaction: `work` writes them batch by batch. None,
/// and nothing done, where there are items already or, on PostgreSQL, somebody else uses the tables.
///
/// # Errors
/// What `work` returns; the engine's, also for a row that breaks a key.
pub fn first_load<T, E: From<DbError>>(
    db: &mut Db,
    batch: i64,
    on: Day,
    most_shown: usize,
    work: impl FnOnce(&mut Db, &mut FirstLoad) -> Result<T, E>,
) -> Result<Option<(T, FirstLoad)>, E> {
    if super::raw::count(db, "(SELECT 1 FROM license_item LIMIT 1) AS one")? > 0 {
        return Ok(None);
    }
    let aside = on_each!(&mut *db,
        sqlite(_c) => Some(LaidAside::default()),
        postgres(conn) => on_postgres::lay_aside(conn).ok().flatten());
    let Some(aside) = aside else { return Ok(None) };
    let known: Vec<(i64, String, String)> = license_organ::table
        .select((license_organ::id, license_organ::name, license_organ::name_key))
        .limit(MOST_ORGANS as i64)
        .load(db)
        .map_err(DbError::from)?;
    let last_organ = known.iter().map(|(id, ..)| *id).max().unwrap_or(0);
    let organ = |(id, name, key)| (key, Organ { id, name, renamed: false, known: true });
    let organs = known.into_iter().map(organ).collect();
    let mut load = FirstLoad { batch, on, organs, last_organ, written: 0, rows: 0, shown: Vec::new(), most_shown };
    held_by_types(db, true)?;
    let done = work(db, &mut load);
    held_by_types(db, false)?;
    let value = done?;
    for organ in load.organs.values().filter(|organ| organ.renamed) {
        let values = [Value::Text(organ.name.clone()), Value::Int(organ.id)];
        run(db, "UPDATE license_organ SET name = $1 WHERE id = $2", &values)?;
    }
    aside.put_back(db)?;
    Ok(Some((value, load)))
}

/// SQLite spends half the time of a load on the CHECKs of these tables. What they ask is so by the types the rows are made
/// of: days are days, documents come from serde, levels, schemes and units from enumerations. Keys are checked as ever.
fn held_by_types(db: &mut Db, held: bool) -> DbResult<()> {
    on_each!(&*db,
        sqlite(_c) => (),
        postgres(_c) => return Ok(()));
    db.execute(if held { "PRAGMA ignore_check_constraints = ON" } else { "PRAGMA ignore_check_constraints = OFF" })
}

/// Inserts rows on SQLite: one statement for many costs less than as many statements, and is prepared once.
macro_rules! together {
    ($conn:ident, $table:ident, $rows:ident) => {
        let (many, rest) = $rows.as_chunks::<TOGETHER>();
        for rows in many {
            diesel::insert_into($table::table).values(rows).execute($conn)?;
        }
        for row in rest {
            diesel::insert_into($table::table).values(row).execute($conn)?;
        }
    };
}

impl FirstLoad {
    /// Whether so many organs were named that this is no list to be loaded so.
    pub fn overflows(&self) -> bool {
        self.organs.len() >= MOST_ORGANS
    }

    /// What makes room for rows of this load.
    pub fn room(&self) -> impl Fn() -> FirstRows + Send + use<> {
        let (batch, on) = (self.batch, self.on);
        move || FirstRows { batch, on, beside: Vec::new(), items: Vec::new(), plain: Vec::new(), whole: Vec::new() }
    }

    /// Writes the items and their first versions.
    ///
    /// # Errors
    /// The engine's.
    pub fn write(&mut self, db: &mut Db, rows: &mut FirstRows) -> DbResult<()> {
        let FirstRows { beside, items, plain, whole, .. } = rows;
        for (beside, item) in beside.iter().zip(items.iter_mut()) {
            let name = if beside.plain { &plain[beside.at].organs_text } else { &whole[beside.at].organs_text };
            if let (Some(key), Some(name)) = (&beside.organ_key, name) {
                item.organ_id = Some(self.organ(db, key, name)?);
            }
            self.written += 1;
            self.rows += u64::from(!beside.head);
            if self.shown.len() < self.most_shown {
                let (line, key, name) = (beside.line as u64, item.code.as_ref().unwrap_or(&item.name).clone(), Some(item.name.clone()));
                self.shown.push(Planned { line, action: "add".to_owned(), key, name, differences: Vec::new() });
            }
        }
        on_each!(db,
        sqlite(conn) => {
            together!(conn, license_item, items);
            together!(conn, license_version, plain);
            together!(conn, license_version, whole);
        },
        postgres(conn) => {
            diesel::copy_from(license_item::table).from_insertable(&*items).execute(conn)?;
            if !plain.is_empty() {
                diesel::copy_from(license_version::table).from_insertable(&*plain).execute(conn)?;
            }
            if !whole.is_empty() {
                diesel::copy_from(license_version::table).from_insertable(&*whole).execute(conn)?;
            }
        });
        Ok(())
    }

    /// An organ's id; a new one is written, and bears the first of its spellings in their order.
    fn organ(&mut self, db: &mut Db, key: &str, name: &str) -> DbResult<i64> {
        if let Some(organ) = self.organs.get_mut(key) {
            if !organ.known && *name < *organ.name {
                name.clone_into(&mut organ.name);
                organ.renamed = true;
            }
            return Ok(organ.id);
        }
        // Numbered here: what is taken back leaves no gap in PostgreSQL's counter, which is put right at the end.
        self.last_organ += 1;
        let id = self.last_organ;
        let new = (license_organ::id.eq(id), license_organ::name.eq(name), license_organ::name_key.eq(key));
        diesel::insert_into(license_organ::table).values(new).execute(db)?;
        self.organs.insert(key.to_owned(), Organ { id, name: name.to_owned(), renamed: false, known: false });
        Ok(id)
    }
}

#[cfg(feature = "postgres")]
mod on_postgres {
    use diesel::connection::SimpleConnection;
    use diesel::prelude::*;
    use diesel::sql_types::Text;

    use super::LaidAside;
    use crate::db::schema::license_item;

    /// The definitions as the server itself writes them: indexes first, then foreign keys. Primary keys stay, others point to them.
    const LAID_ASIDE: &str = "
        SELECT format('DROP INDEX %I', c.relname) AS drop, pg_get_indexdef(i.indexrelid) AS restore, 1 AS turn, c.relname AS name
        FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
        WHERE i.indrelid IN ('license_item'::regclass, 'license_version'::regclass)
            AND NOT EXISTS (SELECT 1 FROM pg_constraint k WHERE k.conindid = i.indexrelid)
        UNION ALL
        SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', k.conrelid::regclass, k.conname),
            format('ALTER TABLE %s ADD CONSTRAINT %I %s', k.conrelid::regclass, k.conname, pg_get_constraintdef(k.oid)), 2, k.conname
        FROM pg_constraint k WHERE k.contype = 'f' AND k.conrelid IN ('license_item'::regclass, 'license_version'::regclass)
        ORDER BY turn, name";

    #[derive(QueryableByName)]
    struct Pair {
        #[diesel(sql_type = Text)]
        drop: String,
        #[diesel(sql_type = Text)]
        restore: String,
    }

    /// All of it or, behind a savepoint, nothing; none where there are items.
    pub(super) fn lay_aside(conn: &mut PgConnection) -> QueryResult<Option<LaidAside>> {
        conn.transaction(|conn| {
            conn.batch_execute("LOCK TABLE license_batch, license_organ, license_item, license_version IN ACCESS EXCLUSIVE MODE NOWAIT")?;
            let known: Option<i64> = license_item::table.select(license_item::id).first(conn).optional()?;
            if known.is_some() {
                return Ok(None);
            }
            let pairs: Vec<Pair> = diesel::sql_query(LAID_ASIDE).load(conn)?;
            for pair in &pairs {
                conn.batch_execute(&pair.drop)?;
            }
            // The indexes are built by sorting: in memory, where a million keys fit into it.
            conn.batch_execute("SET LOCAL maintenance_work_mem = '256MB'")?;
            Ok(Some(LaidAside(pairs.into_iter().map(|pair| pair.restore).collect())))
        })
    }
}
