//! Column titles: every column key has a message `column-<key>` in both languages.

use i18n_embed::fluent::FluentLanguageLoader;

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

/// A word of a closed vocabulary in the person's language, such as a kind or a status;
/// machine formats never pass through here.
pub fn word(list: &str, code: &str) -> String {
    let id = format!("{list}-{}", code.replace('_', "-"));
    if has(&LOADER, &id) { LOADER.get(&id) } else { code.to_owned() }
}

fn title(key: &str) -> String {
    LOADER.get(&format!("column-{}", key.replace('_', "-")))
}

fn has(loader: &FluentLanguageLoader, id: &str) -> bool {
    loader.has(id)
}
