//! Column titles: every column key has a message `column-<key>` in both languages.

use crate::locale::LOADER;
use crate::say;
use crate::view::{Column, Report};

/// A column of words.
pub fn left(key: &'static str) -> Column {
    Column::left(key, title(key))
}

/// A column of figures.
pub fn right(key: &'static str) -> Column {
    Column::right(key, title(key))
}

/// An empty report of this schema, with yes and no in the person's language.
pub fn report(schema: &'static str, columns: Vec<Column>) -> Report {
    Report::new(schema, columns).with_words(say!("yes"), say!("no"))
}

fn title(key: &str) -> String {
    LOADER.get(&format!("column-{}", key.replace('_', "-")))
}
