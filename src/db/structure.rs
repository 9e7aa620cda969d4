//! What the live database says of its own structure, in one form for both engines.

use std::collections::BTreeMap;

use diesel::prelude::*;
use diesel::sql_types::Text;
use serde_json::Value;

use super::connection::Db;
use super::error::{DbError, DbResult};

/// One table as the engine itself describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableShape {
    pub name: String,
    pub columns: Vec<ColumnShape>,
    pub primary_key: Vec<String>,
    /// `column,… -> table(column,…)`, sorted.
    pub foreign_keys: Vec<String>,
    /// Name and white-space-free text of each check, sorted by name.
    pub checks: BTreeMap<String, String>,
    /// Name and `unique`/`plain` with its columns.
    pub indexes: BTreeMap<String, String>,
}

/// One column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnShape {
    pub name: String,
    /// `text`, `bigint`, `boolean`, `date`, `timestamptz`, `jsonb` or `numeric(p,s)`.
    pub kind: String,
    pub nullable: bool,
    /// Numbered by the engine when no value is given.
    pub identity: bool,
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

/// Describes every table of the house, in name order; diesel's own table is left out.
///
/// # Errors
/// The engine's.
pub fn structure(db: &mut Db) -> DbResult<Vec<TableShape>> {
    let columns = lines(db, COLUMNS_SQLITE, COLUMNS_POSTGRES)?;
    let keys = lines(db, FOREIGN_KEYS_SQLITE, FOREIGN_KEYS_POSTGRES)?;
    let indexes = lines(db, INDEXES_SQLITE, INDEXES_POSTGRES)?;
    let mut tables: BTreeMap<String, TableShape> = BTreeMap::new();
    for row in columns {
        let table = tables.entry(row[0].clone()).or_insert_with(|| TableShape {
            name: row[0].clone(),
            columns: Vec::new(),
            primary_key: Vec::new(),
            foreign_keys: Vec::new(),
            checks: BTreeMap::new(),
            indexes: BTreeMap::new(),
        });
        let in_key = row[4] != "0";
        table.columns.push(ColumnShape {
            name: row[1].clone(),
            kind: if row[5] == "1" { "bigint".into() } else { row[2].to_lowercase() },
            nullable: row[3] == "0" && !in_key,
            identity: row[5] == "1",
        });
        if in_key {
            table.primary_key.push(format!("{:0>3} {}", row[4], row[1]));
        }
    }
    for table in tables.values_mut() {
        table.primary_key.sort();
        table.primary_key = table.primary_key.iter().map(|key| key[4..].to_owned()).collect();
    }
    for row in keys {
        if let Some(table) = tables.get_mut(&row[0]) {
            table.foreign_keys.push(format!("{} -> {}({})", row[1], row[2], row[3]));
            table.foreign_keys.sort();
        }
    }
    for row in indexes {
        if let Some(table) = tables.get_mut(&row[0]) {
            table.indexes.insert(row[1].clone(), format!("{} {}", row[2], row[3]));
        }
    }
    checks(db, &mut tables)?;
    Ok(tables.into_values().collect())
}

/// The columns of one table with their types, as the live database has them.
///
/// # Errors
/// [`DbError::Schema`] when there is no such table.
pub fn column_kinds(db: &mut Db, table: &str) -> DbResult<Vec<(String, String)>> {
    let found: Vec<_> = lines(db, COLUMNS_SQLITE, COLUMNS_POSTGRES)?
        .into_iter()
        .filter(|row| row[0] == table)
        .map(|row| (row[1].clone(), row[2].to_lowercase()))
        .collect();
    if found.is_empty() { Err(DbError::Schema(table.to_owned())) } else { Ok(found) }
}

fn checks(db: &mut Db, tables: &mut BTreeMap<String, TableShape>) -> DbResult<()> {
    let rows = lines(db, CHECKS_SQLITE, CHECKS_POSTGRES)?;
    for row in rows {
        let Some(table) = tables.get_mut(&row[0]) else { continue };
        // SQLite has no catalog of checks: its row holds the whole CREATE TABLE text.
        let found = if row[1].is_empty() { checks_in(&row[2]) } else { vec![(row[1].clone(), row[2].clone())] };
        table.checks.extend(found);
    }
    Ok(())
}

/// Finds `CONSTRAINT name CHECK (…)` in a CREATE TABLE text.
fn checks_in(sql: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for part in sql.split("CONSTRAINT ").skip(1) {
        let Some((name, rest)) = part.split_once(char::is_whitespace) else { continue };
        let rest = rest.trim_start();
        let Some(body) = rest.strip_prefix("CHECK") else { continue };
        let body = body.trim_start();
        let mut depth = 0;
        let end = body.find(|c| {
            depth += match c {
                '(' => 1,
                ')' => -1,
                _ => 0,
            };
            depth == 0
        });
        if let Some(end) = end {
            found.push((name.to_owned(), body[..=end].to_owned()));
        }
    }
    found
}

fn lines(db: &mut Db, on_sqlite: &str, on_postgres: &str) -> DbResult<Vec<Vec<String>>> {
    #[cfg(not(feature = "postgres"))]
    let _ = on_postgres;
    let sql = on_each!(db, sqlite(_c) => on_sqlite, postgres(_c) => on_postgres);
    let rows: Vec<Line> = diesel::sql_query(sql).load(db)?;
    rows.into_iter()
        .map(|row| {
            let cells: Vec<Value> = serde_json::from_str(&row.line).map_err(|e| DbError::Other(e.to_string()))?;
            Ok(cells
                .into_iter()
                .map(|cell| match cell {
                    Value::String(text) => text,
                    Value::Null => String::new(),
                    Value::Bool(flag) => u8::from(flag).to_string(),
                    other => other.to_string(),
                })
                .collect())
        })
        .collect()
}

// table, column, type, not null, place in the primary key (0 = none), identity
const COLUMNS_SQLITE: &str = "
SELECT json_array(t.name, c.name, c.type, c.\"notnull\", c.pk, c.pk = 1 AND c.type = 'INTEGER') AS line
FROM sqlite_master t JOIN pragma_table_info(t.name) c
WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%' AND t.name NOT LIKE '\\_\\_diesel%' ESCAPE '\\'
ORDER BY t.name, c.cid";
const COLUMNS_POSTGRES: &str = "
SELECT json_build_array(t.relname, a.attname,
    replace(replace(format_type(a.atttypid, a.atttypmod), 'timestamp with time zone', 'timestamptz'), ', ', ','),
    CASE WHEN a.attnotnull THEN 1 ELSE 0 END,
    COALESCE(array_position(i.indkey::int[], a.attnum::int) + 1, 0),
    CASE WHEN a.attidentity <> '' THEN 1 ELSE 0 END)::text AS line
FROM pg_class t
JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_index i ON i.indrelid = t.oid AND i.indisprimary
WHERE t.relkind = 'r' AND t.relnamespace = current_schema()::regnamespace AND t.relname NOT LIKE '\\_\\_diesel%'
ORDER BY t.relname COLLATE \"C\", a.attnum";

// table, columns, target table, target columns
const FOREIGN_KEYS_SQLITE: &str = "
SELECT json_array(t, group_concat(\"from\", ','), target, group_concat(COALESCE(\"to\", 'id'), ',')) AS line
FROM (SELECT t.name AS t, k.id, k.seq, k.\"from\", k.\"table\" AS target, k.\"to\"
      FROM sqlite_master t JOIN pragma_foreign_key_list(t.name) k WHERE t.type = 'table' ORDER BY t.name, k.id, k.seq)
GROUP BY t, id";
const FOREIGN_KEYS_POSTGRES: &str = "
SELECT json_build_array(t.relname,
    (SELECT string_agg(a.attname, ',' ORDER BY k.n) FROM unnest(c.conkey) WITH ORDINALITY k(num, n)
     JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.num),
    f.relname,
    (SELECT string_agg(a.attname, ',' ORDER BY k.n) FROM unnest(c.confkey) WITH ORDINALITY k(num, n)
     JOIN pg_attribute a ON a.attrelid = c.confrelid AND a.attnum = k.num))::text AS line
FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid JOIN pg_class f ON f.oid = c.confrelid
WHERE c.contype = 'f' AND t.relnamespace = current_schema()::regnamespace";

// table, index or constraint name, unique/plain, columns; primary keys are told by the columns already,
// and SQLite's automatic indexes of UNIQUE constraints carry no name: their columns are the name.
const INDEXES_SQLITE: &str = "
SELECT json_array(t, CASE WHEN origin = 'u' THEN 'unique(' || cols || ')' ELSE name END,
    CASE WHEN uniq THEN 'unique' ELSE 'plain' END || CASE WHEN partial THEN ' partial' ELSE '' END, cols) AS line
FROM (SELECT t.name AS t, i.name, i.origin, i.\"unique\" AS uniq, i.partial,
        (SELECT group_concat(COALESCE(x.name, '?'), ',') FROM (SELECT name FROM pragma_index_info(i.name) ORDER BY seqno) x) AS cols
      FROM sqlite_master t JOIN pragma_index_list(t.name) i WHERE t.type = 'table' AND i.origin <> 'pk')";
const INDEXES_POSTGRES: &str = "
SELECT json_build_array(t.relname,
    CASE WHEN c.contype = 'u' THEN 'unique(' || cols || ')' ELSE x.relname END,
    CASE WHEN i.indisunique THEN 'unique' ELSE 'plain' END || CASE WHEN i.indpred IS NOT NULL THEN ' partial' ELSE '' END,
    cols)::text AS line
FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid JOIN pg_class x ON x.oid = i.indexrelid
LEFT JOIN pg_constraint c ON c.conindid = i.indexrelid AND c.contype = 'u'
CROSS JOIN LATERAL (SELECT string_agg(COALESCE(a.attname, '?'), ',' ORDER BY k.n) AS cols
    FROM unnest(i.indkey::int[]) WITH ORDINALITY k(num, n)
    LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.num AND k.num > 0) s
WHERE NOT i.indisprimary AND t.relnamespace = current_schema()::regnamespace";

// table, check name, text
const CHECKS_SQLITE: &str = "SELECT json_array(name, '', sql) AS line FROM sqlite_master WHERE type = 'table'";
const CHECKS_POSTGRES: &str = "
SELECT json_build_array(t.relname, c.conname, pg_get_constraintdef(c.oid))::text AS line
FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid
WHERE c.contype = 'c' AND t.relnamespace = current_schema()::regnamespace";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_check_ends_at_its_own_bracket() {
        let sql = "CREATE TABLE t (a text, CONSTRAINT t_a_check CHECK (a IN ('x', 'y')), CONSTRAINT t_b CHECK (b > (1)))";
        assert_eq!(checks_in(sql), [("t_a_check".into(), "(a IN ('x', 'y'))".into()), ("t_b".into(), "(b > (1))".into())]);
    }
}
