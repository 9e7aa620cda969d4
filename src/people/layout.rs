//! Tables of people as other office systems export them (布局): which column is what, and what its words mean.
//! A layout is a file of `sql/data/layouts`; the program knows none of them.

use std::collections::{BTreeMap, HashMap};

use serde::Deserialize;

use super::Fault;
use crate::intake::{Field, Row};

#[derive(rust_embed::RustEmbed)]
#[folder = "sql/data/layouts/"]
#[include = "*.toml"]
struct Files;

/// How one system lays out its people and departments.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Layout {
    pub title: String,
    /// What its exports write for NULL.
    #[serde(default)]
    nothing: Vec<String>,
    pub user: Table,
    pub unit: Table,
}

/// One table of it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Table {
    /// Its name in that system's database.
    pub table: String,
    /// Field and the titles its column may have; `status`, `deleted` and `id` beside our own fields.
    columns: BTreeMap<String, Vec<String>>,
    /// Field and the words of its dialect with what they mean here.
    #[serde(default)]
    values: BTreeMap<String, BTreeMap<String, String>>,
    /// What stands for the parent of a topmost department.
    #[serde(default)]
    top: Vec<String>,
    /// Fields whose value stands in other tables, and the way there.
    #[serde(default)]
    through: BTreeMap<String, Vec<Step>>,
}

/// A step from a value to one in another table.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Field the way begins at; of the first step only.
    from: Option<String>,
    pub table: String,
    /// Column that holds the value so far.
    #[serde(rename = "match")]
    pub column: String,
    /// Column that holds the next.
    pub take: String,
    /// Column that says which of several rows counts.
    pub prefer: Option<String>,
}

/// Values of one column by those of another, for each step: table, column, column taken.
pub type Lookups = HashMap<(String, String, String), HashMap<String, String>>;

/// What a row says of its account or department.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// `active`, `disabled` or `locked` over there.
    Status(String),
    /// Deleted over there, though the row is kept.
    Deleted,
}

/// Fields a layout may know beside those of our own tables.
const OWN: [&str; 3] = ["status", "deleted", "id"];

impl Layout {
    /// The names of all layouts, in order.
    pub fn names() -> Vec<String> {
        let mut names: Vec<String> = Files::iter().filter_map(|file| file.strip_suffix(".toml").map(str::to_owned)).collect();
        names.sort();
        names
    }

    /// A layout by its name.
    pub fn named(name: &str) -> Option<Self> {
        let file = Files::get(&format!("{name}.toml"))?;
        toml::from_str(std::str::from_utf8(&file.data).ok()?).ok()
    }

    /// Whether a cell means that there is no value.
    fn is_nothing(&self, cell: &str) -> bool {
        self.nothing.iter().any(|word| word == cell)
    }

    /// Puts a row of `table` into our words; its cells stay as they are.
    ///
    /// # Errors
    /// A word the dialect does not have, or a link that leads nowhere.
    pub fn translate(&self, table: &Table, fields: &'static [Field], row: &mut Row, lookups: &Lookups) -> Result<Fate, Vec<Fault>> {
        let mut faults = Vec::new();
        for (number, field) in fields.iter().enumerate() {
            let Some(cell) = row.at(number).map(str::to_owned) else { continue };
            let word = if self.is_nothing(&cell) { "" } else { cell.as_str() };
            if let Some(way) = table.through.get(field.key).filter(|way| table.goes(way, lookups)) {
                if way[0].from.as_deref() == Some(field.key) && table.top.iter().any(|top| top == word) {
                    row.put(number, String::new());
                    continue;
                }
            } else if table.top.iter().any(|top| top == word) && field.key == "parent" {
                row.put(number, String::new());
                continue;
            }
            match table.values.get(field.key).map(|words| words.get(word)) {
                Some(Some(meaning)) => row.put(number, meaning.clone()),
                Some(None) => faults.push((field.key, "layout-value", cell)),
                None if word != cell => row.put(number, word.to_owned()),
                None => {}
            }
        }
        for (field, way) in table.through.iter().filter(|(_, way)| table.goes(way, lookups)) {
            let Some(number) = fields.iter().position(|known| known.key == field) else { continue };
            let start = way[0].from.as_deref().and_then(|from| row.get(from)).unwrap_or_default().to_owned();
            if start.is_empty() {
                continue;
            }
            match Table::walk(way, &start, lookups) {
                Some(found) => row.put(number, found),
                // Nothing there: the column of its own says it, if it has one.
                None if table.columns.contains_key(field) && way[0].from.as_deref() != Some(field) => {}
                None => faults.push((fields[number].key, "layout-unlinked", start)),
            }
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        let says = |key: &str| row.get(key).map(str::to_owned);
        Ok(match says("status") {
            Some(status) if status == "deleted" => Fate::Deleted,
            _ if says("deleted").as_deref() == Some("yes") => Fate::Deleted,
            status => Fate::Status(status.unwrap_or_else(|| "active".to_owned())),
        })
    }
}

impl Table {
    /// Our fields with the titles of this table. Layouts are few and read once a run: their fields live as long as it.
    pub fn fields(&self, ours: &'static [Field]) -> &'static [Field] {
        let titles = |key: &str| -> &'static [&'static str] {
            let titles = self.columns.get(key).map(Vec::as_slice).unwrap_or_default();
            Vec::leak(titles.iter().map(|title| &*String::leak(title.clone())).collect())
        };
        let mut fields: Vec<Field> = ours
            .iter()
            .map(|field| Field {
                key: field.key,
                aliases: titles(field.key),
                required: field.required && self.columns.contains_key(field.key) && !self.through.contains_key(field.key),
                carry_down: false,
            })
            .collect();
        fields.extend(OWN.iter().filter(|key| self.columns.contains_key(**key)).map(|key| Field {
            key,
            aliases: titles(key),
            required: false,
            carry_down: false,
        }));
        Vec::leak(fields)
    }

    /// Every step to a value in another table.
    pub fn steps(&self) -> impl Iterator<Item = &Step> {
        self.through.values().flatten()
    }

    /// Whether the field has no column of its own, so that the other tables are needed.
    pub fn needs_others(&self) -> bool {
        self.through.iter().any(|(field, way)| !self.columns.contains_key(field) || way[0].from.as_ref() == Some(field))
    }

    fn goes(&self, way: &[Step], lookups: &Lookups) -> bool {
        !way.is_empty() && way.iter().all(|step| lookups.contains_key(&step.key()))
    }

    fn walk(way: &[Step], start: &str, lookups: &Lookups) -> Option<String> {
        way.iter().try_fold(start.to_owned(), |value, step| lookups.get(&step.key())?.get(&value).cloned())
    }
}

impl Step {
    /// What its values are kept under.
    pub fn key(&self) -> (String, String, String) {
        (self.table.clone(), self.column.clone(), self.take.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::people::{UNIT_FIELDS, USER_FIELDS};

    #[test]
    fn every_layout_is_whole() {
        assert_eq!(Layout::names(), ["jeecg", "o2oa", "ruoyi"]);
        for name in Layout::names() {
            let layout = Layout::named(&name).unwrap();
            for (table, ours) in [(&layout.user, USER_FIELDS), (&layout.unit, UNIT_FIELDS)] {
                let known = |key: &str| OWN.contains(&key) || ours.iter().any(|field| field.key == key);
                for key in table.columns.keys().chain(table.values.keys()).chain(table.through.keys()) {
                    assert!(known(key), "{name}: {key}");
                }
                for way in table.through.values() {
                    let from = way[0].from.as_deref().expect("a way begins somewhere");
                    assert!(table.columns.contains_key(from), "{name}: {from}");
                    assert!(way[1..].iter().all(|step| step.from.is_none()));
                }
                let meanings = |field: &str| table.values.get(field).into_iter().flat_map(|words| words.values().map(String::as_str));
                assert!(meanings("status").all(|word| ["active", "disabled", "locked", "deleted"].contains(&word)));
                assert!(meanings("deleted").all(|word| ["yes", "no"].contains(&word)));
                for field in ours.iter().filter(|field| field.required) {
                    assert!(table.columns.contains_key(field.key) || table.through.contains_key(field.key), "{name}: {}", field.key);
                }
            }
        }
        assert!(Layout::named("seeyon").is_none());
    }
}
