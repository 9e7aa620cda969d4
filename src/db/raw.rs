//! Rows of any table as texts, and hand-written SQL: what digests, copies and audit rules need.

use diesel::backend::Backend;
use diesel::deserialize;
use diesel::prelude::*;
use diesel::row::{Field as _, NamedRow, Row};
use diesel::sql_types::{BigInt, Text};
#[cfg(feature = "postgres")]
use diesel::{
    connection::LoadConnection,
    result::Error::DeserializationError,
    sql_types::{Bool, Nullable},
};
use serde::Serializer as _;

use super::connection::Db;
use super::error::{DbError, DbResult};
use super::structure::{ColumnShape, TableShape};
use super::types::{Day, Instant, canonical, sql};

/// The cells of one row as texts, in the order of the query; one piece of memory for all of them.
#[derive(Debug, Default)]
pub struct Cells {
    text: String,
    /// Where each cell ends in `text`; none for NULL.
    ends: Vec<Option<usize>>,
}

impl Cells {
    fn push(&mut self, cell: Option<&str>) {
        self.ends.push(cell.map(|cell| {
            self.text.push_str(cell);
            self.text.len()
        }));
    }

    #[cfg(feature = "postgres")]
    fn write(&mut self, cell: Option<impl std::fmt::Display>) {
        self.ends.push(cell.map(|cell| {
            use std::fmt::Write as _;
            let _ = write!(self.text, "{cell}");
            self.text.len()
        }));
    }

    /// The cells in order; none for NULL.
    pub fn iter(&self) -> impl Iterator<Item = Option<&str>> {
        let mut from = 0;
        self.ends.iter().map(move |end| end.map(|end| &self.text[std::mem::replace(&mut from, end)..end]))
    }

    /// Each cell on its own.
    pub fn owned(&self) -> Vec<Option<String>> {
        self.iter().map(|cell| cell.map(str::to_owned)).collect()
    }
}

/// An engine whose values can be read as text where they stand.
pub(super) trait AsText: Backend {
    /// Calls `read` with the text.
    ///
    /// # Errors
    /// It is no UTF-8.
    fn text<T>(value: Self::RawValue<'_>, read: impl FnOnce(&str) -> T) -> deserialize::Result<T>;
}

impl AsText for diesel::sqlite::Sqlite {
    fn text<T>(mut value: Self::RawValue<'_>, read: impl FnOnce(&str) -> T) -> deserialize::Result<T> {
        Ok(read(value.read_text()))
    }
}

#[cfg(feature = "postgres")]
impl AsText for diesel::pg::Pg {
    fn text<T>(value: Self::RawValue<'_>, read: impl FnOnce(&str) -> T) -> deserialize::Result<T> {
        Ok(read(std::str::from_utf8(value.as_bytes())?))
    }
}

/// Calls `read` with the text of one cell of a row, none for NULL.
///
/// # Errors
/// There is no such cell, or it is no UTF-8.
pub(super) fn cell<'row, DB: AsText, T>(
    row: &impl Row<'row, DB>,
    at: usize,
    read: impl FnOnce(Option<&str>) -> T,
) -> deserialize::Result<T> {
    let field = Row::get(row, at).ok_or("a row ended early")?;
    match field.value() {
        Some(value) => DB::text(value, |text| read(Some(text))),
        None => Ok(read(None)),
    }
}

impl<DB: AsText> QueryableByName<DB> for Cells {
    fn build<'a>(row: &impl NamedRow<'a, DB>) -> deserialize::Result<Self> {
        let mut cells = Self { text: String::new(), ends: Vec::with_capacity(row.field_count()) };
        for at in 0..row.field_count() {
            cell(row, at, |text| cells.push(text))?;
        }
        Ok(cells)
    }
}

/// A row as one text; in UTF-8 also where the file is in UTF-16.
#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

/// A value bound into hand-written SQL.
#[derive(Clone, Debug)]
pub enum Value {
    Text(String),
    Int(i64),
    Day(Day),
    Instant(Instant),
}

/// Runs a query and returns `columns` of its rows, each as text; NULL is an empty text.
///
/// Parameters are written `$1`, `$2` … on both engines.
///
/// # Errors
/// The engine's, when the text is no valid query.
pub fn select_texts(db: &mut Db, sql: &str, columns: &[&str], values: &[Value]) -> DbResult<Vec<Vec<String>>> {
    let mut rows = Vec::new();
    stream_texts(db, sql, columns, values, |row| {
        rows.push(row.into_iter().map(Option::unwrap_or_default).collect());
        Ok(())
    })?;
    Ok(rows)
}

/// Like [`select_texts`], row by row in bounded memory, NULL told from an empty text.
///
/// # Errors
/// The engine's, or the first error of `each`.
pub fn stream_texts(
    db: &mut Db,
    sql: &str,
    columns: &[&str],
    values: &[Value],
    mut each: impl FnMut(Vec<Option<String>>) -> DbResult<()>,
) -> DbResult<()> {
    let list = columns.iter().map(|column| format!("CAST(q.{column} AS TEXT)")).collect::<Vec<_>>().join(", ");
    let sql = on_each!(db, sqlite(_c) => numbered(sql), postgres(_c) => sql.to_owned());
    let wrapped = format!("SELECT {list} FROM (\n{sql}\n) AS q");
    on_each!(db,
    sqlite(conn) => {
        for row in bound(wrapped, values).load_iter::<Cells, diesel::connection::DefaultLoadingMode>(conn)? {
            each(row?.owned())?;
        }
    },
    postgres(conn) => {
        for row in bound(wrapped, values).load_iter::<Cells, diesel::pg::PgRowByRowLoadingMode>(conn)? {
            each(row?.owned())?;
        }
    });
    Ok(())
}

/// Runs a statement that returns no rows.
///
/// # Errors
/// The engine's.
pub fn run(db: &mut Db, sql: &str, values: &[Value]) -> DbResult<()> {
    changed(db, sql, values).map(drop)
}

/// Runs a statement that returns no rows, and says how many it changed.
///
/// # Errors
/// The engine's.
pub fn changed(db: &mut Db, sql: &str, values: &[Value]) -> DbResult<usize> {
    Ok(on_each!(db,
    sqlite(conn) => bound(numbered(sql), values).execute(conn)?,
    postgres(conn) => bound(sql.to_owned(), values).execute(conn)?))
}

/// Sets one text column of the rows another text column finds.
///
/// # Errors
/// The engine's.
pub fn change_text(db: &mut Db, table: &str, set: (&str, &str), found_by: (&str, &str)) -> DbResult<()> {
    let sql = format!("UPDATE {table} SET {} = $1 WHERE {} = $2", set.0, found_by.0);
    run(db, &sql, &[Value::Text(set.1.to_owned()), Value::Text(found_by.1.to_owned())])
}

fn bound<DB>(sql: String, values: &[Value]) -> diesel::query_builder::BoxedSqlQuery<'static, DB, diesel::query_builder::SqlQuery>
where
    DB: diesel::backend::Backend + diesel::sql_types::HasSqlType<sql::Day> + diesel::sql_types::HasSqlType<sql::Moment>,
    String: diesel::serialize::ToSql<Text, DB>,
    i64: diesel::serialize::ToSql<BigInt, DB>,
    Day: diesel::serialize::ToSql<sql::Day, DB>,
    Instant: diesel::serialize::ToSql<sql::Moment, DB>,
{
    let mut query = diesel::sql_query(sql).into_boxed();
    for value in values {
        query = match value {
            Value::Text(text) => query.bind::<Text, _>(text.clone()),
            Value::Int(number) => query.bind::<BigInt, _>(*number),
            Value::Day(day) => query.bind::<sql::Day, _>(*day),
            Value::Instant(at) => query.bind::<sql::Moment, _>(*at),
        };
    }
    query
}

/// How many rows a table has.
///
/// # Errors
/// The engine's.
pub fn count(db: &mut Db, table: &str) -> DbResult<i64> {
    let rows = select_texts(db, &format!("SELECT count(*) AS n FROM {table}"), &["n"], &[])?;
    rows[0][0].parse().map_err(|_| DbError::Other(format!("count of {table}")))
}

/// `$1` is a name to SQLite, numbered by first appearance; `?1` is the number it looks like.
fn numbered(sql: &str) -> String {
    let mut text = String::with_capacity(sql.len());
    let mut letters = sql.chars().peekable();
    while let Some(letter) = letters.next() {
        let parameter = letter == '$' && letters.peek().is_some_and(char::is_ascii_digit);
        text.push(if parameter { '?' } else { letter });
    }
    text
}

/// Calls `each` with every row of a table, in primary-key order, as texts in the
/// table's column order. Rows are streamed: memory stays bounded.
///
/// # Errors
/// The engine's, or the first error of `each`.
pub fn for_each_row(db: &mut Db, table: &TableShape, mut each: impl FnMut(&Cells) -> DbResult<()>) -> DbResult<()> {
    let documents = documents(table);
    let mut row = |row: Cells| -> DbResult<()> {
        if documents.is_empty() {
            return each(&row);
        }
        let mut settled = Cells::default();
        for (at, cell) in row.iter().enumerate() {
            match cell.filter(|_| documents.contains(&at)) {
                Some(text) => {
                    let value = serde_json::from_str(text).map_err(|e| DbError::Other(format!("{}: {e}", table.name)))?;
                    settled.push(Some(&canonical(&value)));
                }
                None => settled.push(cell),
            }
        }
        each(&settled)
    };
    on_each!(db,
    sqlite(conn) => {
        let query = diesel::sql_query(select(table, &texts(table, text_on_sqlite)));
        for cells in query.load_iter::<Cells, diesel::connection::DefaultLoadingMode>(conn)? {
            row(cells?)?;
        }
    },
    postgres(conn) => {
        let query = diesel::sql_query(select(table, &texts(table, on_postgres)));
        for wire in LoadConnection::<diesel::pg::PgRowByRowLoadingMode>::load(conn, query)? {
            row(from_wire(table, &wire?).map_err(DeserializationError)?)?;
        }
    });
    Ok(())
}

/// The same rows, each as a canonical JSON array of texts.
///
/// # Errors
/// The engine's, or the first error of `each`.
pub fn for_each_line(db: &mut Db, table: &TableShape, mut each: impl FnMut(&[u8]) -> DbResult<()>) -> DbResult<()> {
    if let Db::Sqlite(conn) = db
        && documents(table).is_empty()
    {
        // SQLite writes the array as we would, and far faster than cell by cell.
        let query = diesel::sql_query(select(table, &format!("json_array({}) AS line", texts(table, text_on_sqlite))));
        for line in query.load_iter::<Line, diesel::connection::DefaultLoadingMode>(conn)? {
            each(line?.line.as_bytes())?;
        }
        return Ok(());
    }
    let mut line = Vec::new();
    for_each_row(db, table, |row| {
        line.clear();
        serde_json::Serializer::new(&mut line).collect_seq(row.iter()).map_err(|error| DbError::Other(error.to_string()))?;
        each(&line)
    })
}

fn select(table: &TableShape, what: &str) -> String {
    // With the table's name: an output column that PostgreSQL names like the key would be sorted as a text.
    let order = table.primary_key.iter().map(|key| format!("{}.{key}", table.name)).collect::<Vec<_>>().join(", ");
    let order = if order.is_empty() { order } else { format!(" ORDER BY {order}") };
    format!("SELECT {what} FROM {}{order}", table.name)
}

fn texts(table: &TableShape, text: fn(&ColumnShape) -> String) -> String {
    table.columns.iter().map(text).collect::<Vec<_>>().join(", ")
}

/// Which columns hold JSON: its text is the engine's, so it is written anew.
fn documents(table: &TableShape) -> Vec<usize> {
    table.columns.iter().enumerate().filter(|(_, column)| column.kind == "jsonb").map(|(at, _)| at).collect()
}

fn text_on_sqlite(column: &ColumnShape) -> String {
    format!("CAST({} AS TEXT)", column.name)
}

/// Numbers and instants as they are sent: to write them out is the server's dearest work.
#[cfg(feature = "postgres")]
fn on_postgres(column: &ColumnShape) -> String {
    let name = &column.name;
    match column.kind.as_str() {
        // An identity column is taken for one, whatever it is.
        "bigint" => format!("{name}::bigint"),
        "boolean" | "timestamptz" => name.clone(),
        kind if kind.starts_with("numeric") => format!("trim_scale({name})::text"),
        _ => format!("{name}::text"),
    }
}

/// A row of [`on_postgres`] as the texts SQLite keeps.
#[cfg(feature = "postgres")]
fn from_wire<'row>(table: &TableShape, row: &impl Row<'row, diesel::pg::Pg>) -> deserialize::Result<Cells> {
    let mut cells = Cells { text: String::new(), ends: Vec::with_capacity(table.columns.len()) };
    for (at, column) in table.columns.iter().enumerate() {
        match column.kind.as_str() {
            "bigint" => cells.write(row.get_value::<Nullable<BigInt>, Option<i64>, usize>(at)?),
            "boolean" => cells.write(row.get_value::<Nullable<Bool>, Option<bool>, usize>(at)?.map(u8::from)),
            "timestamptz" => {
                let stored = row.get_value::<Nullable<BigInt>, Option<i64>, usize>(at)?.map(|micros| {
                    let late = || format!("{}.{}: an instant after the year 9999", table.name, column.name);
                    Instant::stored_on_postgres(micros).ok_or_else(late)
                });
                cells.write(stored.transpose()?);
            }
            _ => cell(row, at, |text| cells.push(text))?,
        }
    }
    Ok(cells)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::Url;

    #[test]
    fn sqlite_writes_a_line_as_we_would() {
        let folder = tempfile::tempdir().unwrap();
        let mut db = Db::create(&Url::Sqlite(folder.path().join("t.db"))).unwrap();
        run(&mut db, "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b NUMERIC)", &[]).unwrap();
        let all: String = (1..=0x2fff).filter_map(char::from_u32).chain("\u{7f}\u{2028}𠮷".chars()).collect();
        for (a, b) in [(all.as_str(), "1.50"), ("", "-3"), ("\"\\/", "0.1")] {
            run(&mut db, "INSERT INTO t (a, b) VALUES ($1, $2)", &[Value::Text(a.into()), Value::Text(b.into())]).unwrap();
        }
        run(&mut db, "INSERT INTO t (a) VALUES (NULL)", &[]).unwrap();
        let shape = super::super::structure::structure(&mut db).unwrap().remove(0);
        let (mut lines, mut ours) = (Vec::new(), Vec::new());
        for_each_line(&mut db, &shape, |line| {
            lines.push(String::from_utf8(line.to_vec()).unwrap());
            Ok(())
        })
        .unwrap();
        for_each_row(&mut db, &shape, |row| {
            ours.push(serde_json::to_string(&row.owned()).unwrap());
            Ok(())
        })
        .unwrap();
        assert_eq!(lines, ours);
        assert_eq!(lines.len(), 4);
    }
}
