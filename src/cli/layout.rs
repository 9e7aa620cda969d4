//! Staff lists of other office systems: the layout asked for, and the tables it takes values from.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use anyhow::Result;

use super::faults;
use super::import::ImportArgs;
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::intake::{self, Field, IntakeError, Line};
use crate::people::{Layout, Lookups, Step, Table};
use crate::say;

/// The options of an import that reads other systems' tables.
#[derive(Debug, clap::Args)]
pub(crate) struct LayoutArgs {
    /// Read the file as this office system exports it
    #[arg(long, value_name = "SYSTEM", value_parser = clap::builder::PossibleValuesParser::new(Layout::names()), conflicts_with = "apply_plan")]
    layout: Option<String>,
    /// Another table of that system, for what the file only points to
    #[arg(long, value_name = "TABLE=FILE", value_parser = table_and_file, requires = "layout")]
    with: Vec<(String, PathBuf)>,
}

fn table_and_file(text: &str) -> Result<(String, PathBuf), String> {
    text.split_once('=').map(|(table, file)| (table.to_owned(), PathBuf::from(file))).ok_or_else(|| "TABLE=FILE".to_owned())
}

impl LayoutArgs {
    /// The layout asked for.
    pub(crate) fn layout(&self) -> Option<Layout> {
        self.layout.as_deref().and_then(Layout::named)
    }

    /// Reads the tables that `table` takes values from: those named, sheets of the workbook, and the file itself.
    ///
    /// # Errors
    /// A table that is none of the layout's, that cannot be read, or that is missing.
    pub(crate) fn lookups(&self, ctx: &Context, import: &ImportArgs, table: &Table) -> Result<Lookups> {
        if let Some((name, _)) = self.with.iter().find(|(name, _)| !table.steps().any(|step| step.table.eq_ignore_ascii_case(name))) {
            let mut known: Vec<&str> = table.steps().map(|step| step.table.as_str()).filter(|name| *name != table.table).collect();
            known.dedup();
            return Err(Failure::new("layout.unknown-table", Exit::Usage, say!("layout-unknown-table", table = name.clone()))
                .hint(say!("layout-tables-hint", tables = known.join(", ")))
                .into());
        }
        let mut lookups = Lookups::new();
        let mut missing = Vec::new();
        for step in table.steps() {
            match self.values(import, table, step)? {
                Some(values) => {
                    lookups.insert(step.key(), values);
                }
                None => missing.push(step.table.as_str()),
            }
        }
        // Some of a way is no way; none of it is enough where the file has a column of its own.
        if !missing.is_empty() && (table.needs_others() || !self.with.is_empty()) {
            return Err(Failure::new("layout.table-missing", Exit::Usage, say!("layout-table-missing", tables = missing.join(", ")))
                .hint(say!("layout-table-missing-hint", table = missing[0].to_owned()))
                .into());
        }
        if !missing.is_empty() {
            ctx.remark(&say!("layout-without", tables = missing.join(", ")));
        }
        Ok(lookups)
    }

    fn values(&self, import: &ImportArgs, table: &Table, step: &Step) -> Result<Option<HashMap<String, String>>> {
        let named = self.with.iter().find(|(name, _)| name.eq_ignore_ascii_case(&step.table)).map(|(_, file)| file.as_path());
        if let Some(file) = named {
            return read(file, None, step).map(Some);
        }
        if step.table == table.table {
            return read(import.file(), import.sheet(), step).map(Some);
        }
        if import.file().extension().is_some_and(|ending| ending.eq_ignore_ascii_case("xlsx")) {
            return match open(import.file(), Some(&step.table), step) {
                Ok(rows) => Ok(Some(values_of(rows, step))),
                Err(IntakeError::NoSheet { .. }) => Ok(None),
                Err(error) => Err(faults::of_intake(import.file(), &error).into()),
            };
        }
        Ok(None)
    }
}

fn read(file: &Path, sheet: Option<&str>, step: &Step) -> Result<HashMap<String, String>> {
    let rows = open(file, sheet, step).map_err(|error| faults::of_intake(file, &error))?;
    Ok(values_of(rows, step))
}

fn open(file: &Path, sheet: Option<&str>, step: &Step) -> Result<intake::Rows, IntakeError> {
    let column = |title: &str, required| {
        let title: &'static str = String::leak(title.to_owned());
        Field { key: title, aliases: Vec::leak(vec![title]), required, carry_down: false }
    };
    let mut fields = vec![column(&step.column, true), column(&step.take, true)];
    fields.extend(step.prefer.as_deref().map(|title| column(title, false)));
    let options = intake::Options { sheet: sheet.map(str::to_owned), ..intake::Options::default() };
    Ok(intake::open(file, Vec::leak(fields), &options)?.1)
}

/// The value taken for each value matched: of the row preferred, else of the first.
fn values_of(rows: intake::Rows, step: &Step) -> HashMap<String, String> {
    let mut values: HashMap<String, (String, bool)> = HashMap::new();
    for line in rows {
        // A row without shape links nothing; whoever needed it is told by name.
        let Ok(Line::Row(row)) = line else { continue };
        let (Some(key), Some(value)) = (row.at(0), row.at(1)) else { continue };
        let preferred = step.prefer.is_some() && row.at(2).is_some_and(|word| crate::people::yes_or_no(word) == Some(true));
        match values.get(key) {
            Some((_, already)) if *already || !preferred => {}
            _ => {
                values.insert(key.to_owned(), (value.to_owned(), preferred));
            }
        }
    }
    values.into_iter().map(|(key, (value, _))| (key, value)).collect()
}
