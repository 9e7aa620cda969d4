//! All rows of one database into another, whichever engine either runs on: what a restore across engines
//! and `db copy` are made of. Whether it is the same database afterwards, the digests tell.

use std::collections::BTreeMap;

use super::bulk::{Bulk, renumber};
use super::connection::{Db, Engine};
use super::error::{DbError, DbResult};
use super::raw::{for_each_row, select_texts};
use super::structure::{TableShape, structure};
use super::types::{Instant, canonical};

/// Takes rows for a database whose tables are there and are to hold these rows only.
pub struct Refill<'a> {
    db: &'a mut Db,
    tables: &'a BTreeMap<String, TableShape>,
    open: Option<Open>,
}

struct Open {
    table: String,
    columns: Vec<String>,
    kinds: Vec<String>,
    bulk: Bulk,
}

impl Refill<'_> {
    /// Adds a row; rows of one table come together, tables in any order. Texts are as [`for_each_row`] or
    /// PostgreSQL's `COPY` writes them.
    ///
    /// # Errors
    /// [`DbError::Schema`] when the table or a column is not there; the engine's.
    pub fn push(&mut self, table: &str, columns: &[String], row: Vec<Option<String>>) -> DbResult<()> {
        if self.open.as_ref().is_none_or(|open| open.table != table || open.columns != columns) {
            self.close()?;
            let shape = self.tables.get(table).ok_or_else(|| DbError::Schema(table.to_owned()))?;
            let kind = |name: &String| {
                let found = shape.columns.iter().find(|column| column.name == *name).map(|column| column.kind.clone());
                found.ok_or_else(|| DbError::Schema(format!("{table}.{name}")))
            };
            let kinds = columns.iter().map(kind).collect::<DbResult<_>>()?;
            let names: Vec<&str> = columns.iter().map(String::as_str).collect();
            let bulk = Bulk::new(self.db, table, &names)?;
            self.open = Some(Open { table: table.to_owned(), columns: columns.to_vec(), kinds, bulk });
        }
        let Some(open) = &mut self.open else { return Ok(()) };
        let row: Vec<_> = row.into_iter().zip(&open.kinds).map(|(cell, kind)| cell.map(|text| common(kind, text))).collect();
        open.bulk.push(self.db, &row)
    }

    fn close(&mut self) -> DbResult<()> {
        self.open.take().map_or(Ok(()), |open| open.bulk.finish(self.db).map(drop))
    }
}

/// Empties every table, lets `fill` push rows in any order, and puts keys and guards back: one transaction.
///
/// # Errors
/// What `fill` returns; a row that breaks a key; the engine's.
pub fn refill<E: From<DbError>>(db: &mut Db, fill: impl FnOnce(&mut Refill<'_>) -> Result<(), E>) -> Result<(), E> {
    if db.engine() == Engine::Sqlite {
        // Has no effect inside a transaction. The keys are checked afterwards, with the rest of the proof.
        db.execute("PRAGMA foreign_keys = OFF")?;
    }
    let done = db.all_or_nothing(|db| {
        let shapes = structure(db)?;
        let put_back = lay_bare(db, &shapes)?;
        let tables = shapes.iter().map(|shape| (shape.name.clone(), shape.clone())).collect();
        let mut rows = Refill { db: &mut *db, tables: &tables, open: None };
        fill(&mut rows)?;
        rows.close()?;
        for statement in put_back {
            db.execute(&statement)?;
        }
        Ok(renumber(db, &shapes)?)
    });
    if db.engine() == Engine::Sqlite {
        db.execute("PRAGMA foreign_keys = ON")?;
    }
    done
}

/// Copies every row of `from`, which is held still by [`Db::one_picture`] or used by nobody else; `each` hears how many
/// more are done.
///
/// # Errors
/// Either engine's.
pub fn copy_rows(from: &mut Db, to: &mut Db, mut each: impl FnMut(u64)) -> DbResult<()> {
    let shapes = structure(from)?;
    refill(to, |rows| {
        for shape in &shapes {
            let columns: Vec<String> = shape.columns.iter().map(|column| column.name.clone()).collect();
            for_each_row(from, shape, |row| {
                each(1);
                rows.push(&shape.name, &columns, row.owned())
            })?;
        }
        Ok(())
    })
}

/// Takes the rows migrations wrote, the keys and the guards away; returns the statements that put the latter back.
fn lay_bare(db: &mut Db, shapes: &[TableShape]) -> DbResult<Vec<String>> {
    let mut put_back = Vec::new();
    let names = shapes.iter().map(|shape| shape.name.as_str());
    if db.engine() == Engine::Sqlite {
        for row in select_texts(db, "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' ORDER BY name", &["name", "sql"], &[])? {
            db.execute(&format!("DROP TRIGGER {}", row[0]))?;
            put_back.push(row[1].clone());
        }
        for name in names {
            db.execute(&format!("DELETE FROM {name}"))?;
        }
        return Ok(put_back);
    }
    let keys = "SELECT conrelid::regclass::text AS t, conname::text AS n, pg_get_constraintdef(oid) AS d FROM pg_constraint \
         WHERE contype = 'f' AND connamespace = current_schema()::regnamespace ORDER BY 1, 2";
    for row in select_texts(db, keys, &["t", "n", "d"], &[])? {
        db.execute(&format!("ALTER TABLE {} DROP CONSTRAINT {}", row[0], row[1]))?;
        put_back.push(format!("ALTER TABLE {} ADD CONSTRAINT {} {}", row[0], row[1], row[2]));
    }
    for name in names.clone() {
        db.execute(&format!("ALTER TABLE {name} DISABLE TRIGGER USER"))?;
        put_back.push(format!("ALTER TABLE {name} ENABLE TRIGGER USER"));
    }
    db.execute(&format!("TRUNCATE {}", names.collect::<Vec<_>>().join(", ")))?;
    Ok(put_back)
}

/// The text both engines take for the same value.
fn common(kind: &str, text: String) -> String {
    match kind {
        "boolean" if text == "t" => "1".to_owned(),
        "boolean" if text == "f" => "0".to_owned(),
        "timestamptz" => Instant::parse(&text).map_or(text, Instant::stored),
        "jsonb" => serde_json::from_str(&text).map_or(text, |value| canonical(&value)),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::common;

    #[test]
    fn what_postgres_writes_becomes_what_sqlite_keeps() {
        assert_eq!(common("boolean", "t".into()), "1");
        assert_eq!(common("boolean", "0".into()), "0");
        assert_eq!(common("timestamptz", "2026-11-23 09:00:00+08".into()), "2026-11-23 09:00:00+08:00");
        assert_eq!(common("timestamptz", "2026-11-23 01:00:00+00".into()), "2026-11-23 09:00:00+08:00");
        assert_eq!(common("jsonb", "{\"b\": 1, \"a\": 2}".into()), "{\"a\":2,\"b\":1}");
        assert_eq!(common("text", "t".into()), "t");
    }
}
