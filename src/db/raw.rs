//! Rows of any table as texts, and hand-written SQL: what digests, copies and audit rules need.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use super::connection::Db;
use super::error::{DbError, DbResult};
use super::structure::{ColumnShape, TableShape};
use super::types::{Day, Instant, canonical, sql};

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
    // A function takes a hundred arguments at most: the columns come in groups.
    let groups = columns.chunks(80).map(|group| group.iter().map(|c| format!("CAST(q.{c} AS TEXT)")).collect::<Vec<_>>().join(", "));
    let array = on_each!(db, sqlite(_c) => "json_array", postgres(_c) => "json_build_array");
    let cast = on_each!(db, sqlite(_c) => "", postgres(_c) => "::text");
    let sql = on_each!(db, sqlite(_c) => numbered(sql), postgres(_c) => sql.to_owned());
    let groups = groups.map(|group| format!("{array}({group})")).collect::<Vec<_>>().join(", ");
    let wrapped = format!("SELECT {array}({groups}){cast} AS line FROM (\n{sql}\n) AS q");
    let cells = |line: &str| -> DbResult<Vec<Option<String>>> {
        let groups: Vec<Vec<Option<String>>> =
            serde_json::from_str(line).map_err(|error| DbError::Other(format!("unreadable row: {error}")))?;
        Ok(groups.into_iter().flatten().collect())
    };
    on_each!(db,
    sqlite(conn) => {
        for line in bound(wrapped, values).load_iter::<Line, diesel::connection::DefaultLoadingMode>(conn)? {
            each(cells(&line?.line)?)?;
        }
    },
    postgres(conn) => {
        for line in bound(wrapped, values).load_iter::<Line, diesel::pg::PgRowByRowLoadingMode>(conn)? {
            each(cells(&line?.line)?)?;
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
pub fn for_each_row(db: &mut Db, table: &TableShape, mut each: impl FnMut(Vec<Option<String>>) -> DbResult<()>) -> DbResult<()> {
    let order = table.primary_key.join(", ");
    let documents: Vec<usize> = table.columns.iter().enumerate().filter(|(_, c)| c.kind == "jsonb").map(|(at, _)| at).collect();
    let select = |array: &str, cast: &str, text: fn(&ColumnShape) -> String| {
        let list = table.columns.iter().map(text).collect::<Vec<_>>().join(", ");
        let order = if order.is_empty() { String::new() } else { format!(" ORDER BY {order}") };
        format!("SELECT {array}({list}){cast} AS line FROM {}{order}", table.name)
    };
    let mut row = |line: Line| -> DbResult<()> {
        let mut row = cells(&line.line)?;
        for &at in &documents {
            if let Some(text) = &row[at] {
                let value = serde_json::from_str(text).map_err(|e| DbError::Other(format!("{}: {e}", table.name)))?;
                row[at] = Some(canonical(&value));
            }
        }
        each(row)
    };
    on_each!(db,
    sqlite(conn) => {
        let query = diesel::sql_query(select("json_array", "", text_on_sqlite));
        for line in query.load_iter::<Line, diesel::connection::DefaultLoadingMode>(conn)? {
            row(line?)?;
        }
    },
    postgres(conn) => {
        let query = diesel::sql_query(select("json_build_array", "::text", text_on_postgres));
        for line in query.load_iter::<Line, diesel::pg::PgRowByRowLoadingMode>(conn)? {
            row(line?)?;
        }
    });
    Ok(())
}

fn text_on_sqlite(column: &ColumnShape) -> String {
    format!("CAST({} AS TEXT)", column.name)
}

#[cfg(feature = "postgres")]
fn text_on_postgres(column: &ColumnShape) -> String {
    let name = &column.name;
    match column.kind.as_str() {
        "boolean" => format!("CASE {name} WHEN TRUE THEN '1' WHEN FALSE THEN '0' END"),
        "timestamptz" => format!("to_char({name} AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM-DD HH24:MI:SS') || '+08:00'"),
        kind if kind.starts_with("numeric") => format!("trim_scale({name})::text"),
        _ => format!("{name}::text"),
    }
}

fn cells(line: &str) -> DbResult<Vec<Option<String>>> {
    serde_json::from_str(line).map_err(|error| DbError::Other(format!("unreadable row: {error}")))
}
