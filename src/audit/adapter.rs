//! Other people's databases: their user, unit, role and log tables, read as ours.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use super::rules::Rule;
use super::text::{self, TextFault};
use crate::db::{Db, DbError};

/// Those that come with the program, by name.
const BUILT_IN: [(&str, &str); 1] = [("ruoyi", include_str!("../../sql/adapters/ruoyi.toml"))];

/// How the tables of one program become ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Adapter {
    pub name: String,
    /// One SELECT for each of our tables.
    selects: BTreeMap<String, String>,
    /// Why a table could not be read after all.
    unreadable: BTreeMap<String, String>,
}

/// What is wrong with the file, and in which line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdapterFault {
    pub line: u64,
    pub fault: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    name: String,
    tables: BTreeMap<String, Table>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    select: Spanned<String>,
}

/// The names of the adapters that come with the program.
pub fn built_in_adapters() -> impl Iterator<Item = &'static str> {
    BUILT_IN.iter().map(|(name, _)| *name)
}

/// The text of one of them.
pub fn built_in_adapter(name: &str) -> Option<&'static str> {
    BUILT_IN.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}

impl Adapter {
    /// Reads an adapter file. Its SELECTs may do no more than read.
    ///
    /// # Errors
    /// The first fault, with its line.
    pub fn read(source: &str) -> Result<Self, AdapterFault> {
        let line_at = |at: usize| source[..at.min(source.len())].matches('\n').count() as u64 + 1;
        let file: File = toml::from_str(source).map_err(|error| AdapterFault {
            line: error.span().map_or(1, |span| line_at(span.start)),
            fault: error.message().to_owned(),
        })?;
        let mut selects = BTreeMap::new();
        for (table, Table { select }) in file.tables {
            let (start, first) = (select.span().start, line_at(select.span().start));
            let select = select.into_inner();
            if !table.chars().all(|c| c.is_ascii_lowercase() || c == '_') {
                return Err(AdapterFault { line: first, fault: format!("no table is called `{table}`") });
            }
            // A text in three quotes may begin on the line after them.
            let opening = source.get(start..).map_or("", |rest| rest.trim_start_matches(['"', '\'']));
            let below = u64::from(opening.starts_with('\n') || opening.starts_with("\r\n"));
            text::check_reading(&select).map_err(|TextFault { line, fault }| AdapterFault { line: first + below + line - 1, fault })?;
            selects.insert(table, select.trim().trim_end_matches(';').to_owned());
        }
        Ok(Self { name: file.name, selects, unreadable: BTreeMap::new() })
    }

    /// Makes the tables seen as ours in this session; those that cannot be read are noted, and their rules skipped.
    ///
    /// # Errors
    /// The database as a whole.
    pub fn put_on(&mut self, db: &mut Db) -> Result<(), DbError> {
        for (table, select) in &self.selects {
            // One statement by itself: whatever else the text held would not be run.
            let made = db.execute_one(&format!("CREATE TEMPORARY VIEW {table} AS\n{select}"));
            note(&mut self.unreadable, table, made)?;
        }
        // The views stand; nothing after them may write, whatever they call.
        db.read_only()?;
        for table in self.selects.keys() {
            // SQLite looks into a view only when it is read.
            let read = db.execute_one(&format!("SELECT * FROM {table} LIMIT 0"));
            note(&mut self.unreadable, table, read)?;
        }
        Ok(())
    }

    /// The first table a rule needs and this does not give, with why, if that is known.
    pub fn lacks(&self, rule: &Rule) -> Option<(String, Option<String>)> {
        rule.tables().into_iter().find_map(|table| {
            let why = self.unreadable.get(&table).cloned();
            (why.is_some() || !self.selects.contains_key(&table)).then_some((table, why))
        })
    }
}

/// Keeps why a table cannot be read.
fn note(unreadable: &mut BTreeMap<String, String>, table: &str, done: Result<(), DbError>) -> Result<(), DbError> {
    match done {
        Ok(()) => {}
        Err(error @ (DbError::Busy(_) | DbError::Unreachable(_))) => return Err(error),
        Err(error) => {
            unreadable.entry(table.to_owned()).or_insert_with(|| error.to_string());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_that_come_with_the_program_can_be_read() {
        for name in built_in_adapters() {
            let adapter = Adapter::read(built_in_adapter(name).unwrap()).unwrap();
            assert_eq!(adapter.name, name);
        }
    }

    #[test]
    fn a_select_that_writes_is_refused_with_its_line() {
        let fault = |text: &str| Adapter::read(text).unwrap_err();
        assert_eq!(fault("name = \"x\"\n[tables.unit]\nselect = \"DELETE FROM unit\"").line, 3);
        let long = "name = \"x\"\n[tables.unit]\nselect = \"\"\"\nSELECT 1\nINTO y\n\"\"\"";
        assert_eq!((fault(long).line, fault(long).fault.as_str()), (5, "INTO does more than read"));
        assert_eq!(fault("name = \"x\"\n[tables.\"unit; x\"]\nselect = \"SELECT 1\"").line, 3);
        assert_eq!(fault("name = \"x\"\ntable = 1").line, 2);
    }
}
