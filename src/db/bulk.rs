//! Many rows into one table, set-based, on both engines by the same path: a batch
//! travels as one JSON text and the engine unfolds it.

use diesel::prelude::*;
use diesel::sql_types::Text;

use super::connection::Db;
use super::error::{DbError, DbResult};
use super::structure;

/// Rows sent at once; with the byte bound it keeps memory small and round trips few.
const BATCH_ROWS: usize = 2_000;
const BATCH_BYTES: usize = 1 << 20;

/// Collects rows for one table and inserts them, or brings those that are there up to date, in batches.
pub struct Bulk {
    sql: String,
    width: usize,
    batch: String,
    rows: usize,
    written: u64,
}

impl Bulk {
    /// Prepares an insert into `columns` of `table`.
    ///
    /// # Errors
    /// [`DbError::Schema`] when the table or a column is not there.
    pub fn new(db: &mut Db, table: &str, columns: &[&str]) -> DbResult<Self> {
        let kinds = kinds_of(db, table, columns)?;
        let names = columns.join(", ");
        let numbered = kinds.iter().enumerate();
        let sql = on_each!(db,
        sqlite(_c) => {
            let values: Vec<_> = numbered.map(|(at, _)| format!("json_extract(value, '$[{at}]')")).collect();
            format!("INSERT INTO {table} ({names}) SELECT {} FROM json_each($1)", values.join(", "))
        },
        postgres(_c) => {
            let values: Vec<_> = numbered.map(|(at, kind)| format!("CAST(r->>{at} AS {kind})")).collect();
            format!("INSERT INTO {table} ({names}) SELECT {} FROM jsonb_array_elements(CAST($1 AS jsonb)) AS r", values.join(", "))
        });
        Ok(Self { sql, width: columns.len(), batch: String::from("["), rows: 0, written: 0 })
    }

    /// Prepares an update of `columns` of `table`; the first of them is unique there and names the row.
    ///
    /// # Errors
    /// [`DbError::Schema`] when the table or a column is not there.
    pub fn editing(db: &mut Db, table: &str, columns: &[&str]) -> DbResult<Self> {
        let kinds = kinds_of(db, table, columns)?;
        let set: Vec<_> = columns.iter().enumerate().skip(1).map(|(at, name)| format!("{name} = s.c{at}")).collect();
        let numbered = kinds.iter().enumerate();
        let rows = on_each!(db,
        sqlite(_c) => {
            let values: Vec<_> = numbered.map(|(at, _)| format!("json_extract(value, '$[{at}]') AS c{at}")).collect();
            format!("SELECT {} FROM json_each($1)", values.join(", "))
        },
        postgres(_c) => {
            let values: Vec<_> = numbered.map(|(at, kind)| format!("CAST(r->>{at} AS {kind}) AS c{at}")).collect();
            format!("SELECT {} FROM jsonb_array_elements(CAST($1 AS jsonb)) AS r", values.join(", "))
        });
        let sql = format!("UPDATE {table} SET {} FROM ({rows}) AS s WHERE {table}.{} = s.c0", set.join(", "), columns[0]);
        Ok(Self { sql, width: columns.len(), batch: String::from("["), rows: 0, written: 0 })
    }

    /// Adds one row; writes the batch when it is full.
    ///
    /// # Errors
    /// The engine's, for the batch being written.
    pub fn push(&mut self, db: &mut Db, row: &[Option<String>]) -> DbResult<()> {
        debug_assert_eq!(row.len(), self.width);
        if self.rows > 0 {
            self.batch.push(',');
        }
        self.batch.push('[');
        for (at, cell) in row.iter().enumerate() {
            if at > 0 {
                self.batch.push(',');
            }
            match cell {
                Some(text) => self.batch.push_str(&serde_json::to_string(text).unwrap_or_default()),
                None => self.batch.push_str("null"),
            }
        }
        self.batch.push(']');
        self.rows += 1;
        if self.rows >= BATCH_ROWS || self.batch.len() >= BATCH_BYTES { self.flush(db) } else { Ok(()) }
    }

    /// Writes what is waiting and tells how many rows went in altogether.
    ///
    /// # Errors
    /// The engine's.
    pub fn finish(mut self, db: &mut Db) -> DbResult<u64> {
        self.flush(db)?;
        Ok(self.written)
    }

    fn flush(&mut self, db: &mut Db) -> DbResult<()> {
        if self.rows == 0 {
            return Ok(());
        }
        self.batch.push(']');
        self.written += diesel::sql_query(&self.sql).bind::<Text, _>(&self.batch).execute(db)? as u64;
        self.rows = 0;
        self.batch.clear();
        self.batch.push('[');
        Ok(())
    }
}

fn kinds_of(db: &mut Db, table: &str, columns: &[&str]) -> DbResult<Vec<String>> {
    let kinds = structure::column_kinds(db, table)?;
    let kind_of = |name: &&str| {
        kinds
            .iter()
            .find(|(column, _)| column == name)
            .map(|(_, kind)| kind.clone())
            .ok_or_else(|| DbError::Schema(format!("{table}.{name}")))
    };
    columns.iter().map(kind_of).collect()
}

/// Brings PostgreSQL's identity counters past the ids that were written by hand; SQLite needs nothing.
///
/// # Errors
/// The engine's.
pub fn renumber(db: &mut Db, tables: &[structure::TableShape]) -> DbResult<()> {
    #[cfg(not(feature = "postgres"))]
    let _ = tables;
    on_each!(db,
    sqlite(_c) => Ok(()),
    postgres(conn) => {
        use diesel::connection::SimpleConnection;
        for table in tables {
            if let Some(column) = table.columns.iter().find(|column| column.identity) {
                let (table, column) = (&table.name, &column.name);
                conn.batch_execute(&format!(
                    "SELECT setval(pg_get_serial_sequence('{table}', '{column}'), \
                     (SELECT COALESCE(max({column}), 0) + 1 FROM {table}), false)"
                ))?;
            }
        }
        Ok(())
    })
}
