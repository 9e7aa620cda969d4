//! Units and users: what may be said of them, and reading them from a table.

mod history;
mod layout;
mod passwords;
mod roles;
mod units;
mod users;

pub use history::{Past, Standing, circle_if_moved, last_below, named, names_noted, stood_on};
pub use layout::{Fate, Layout, Lookups, Step, Table};
pub use passwords::{Policy, Weakness};
pub use roles::{
    Clash, ClashRule, Giving, LEVEL, Objection, Party, PermissionFault, RoleFacts, Stage, carried, clash_between, clashes, is_needed,
    objection, permission_fault, powers, valid_role_code,
};
pub use units::{UNIT_FIELDS, UnitFacts, below, first_mode, needs_officer, needs_parent, read_unit, tree_order, valid_unit_code};
pub use users::{Account, USER_FIELDS, UserFacts, default_login, no_end, read_user, valid_login};

use jiff::civil::Date;
use unicode_normalization::UnicodeNormalization;

use crate::identifiers::{masked_number, masked_text};
use crate::intake::{Field, Row, trimmed};

/// Reads 是/否, yes/no, true/false, 1/0; blank is no.
pub fn yes_or_no(text: &str) -> Option<bool> {
    match text.trim().to_lowercase().as_str() {
        "是" | "有" | "yes" | "y" | "true" | "1" => Some(true),
        "" | "否" | "无" | "no" | "n" | "false" | "0" => Some(false),
        _ => None,
    }
}

/// Letters somebody looks for, whatever their width and case.
pub struct Wanted(String);

impl Wanted {
    /// What is looked for.
    pub fn new(text: &str) -> Self {
        Self(folded(text.trim()))
    }

    /// Whether one of the words has it.
    pub fn is_in<'a>(&self, words: impl IntoIterator<Item = &'a str>) -> bool {
        words.into_iter().any(|word| folded(word).contains(&self.0))
    }
}

fn folded(text: &str) -> String {
    if text.is_ascii() { text.to_ascii_lowercase() } else { text.nfkc().flat_map(char::to_lowercase).collect() }
}

/// A fault of one field: the column, the rule it breaks, the value.
pub type Fault = (&'static str, &'static str, String);

/// A cell as an export wrote it: a resident number that is masked there and agrees with the one on record leaves it
/// alone; one that does not agree is a fault.
fn unmasked(row: &Row, key: &str, known: Option<String>) -> Result<Option<String>, String> {
    match row.get(key) {
        None => Ok(known),
        Some(text) if masked_number(text) => match known {
            Some(known) if masked_text(&known) == text => Ok(Some(known)),
            _ => Err(text.to_owned()),
        },
        Some(text) => Ok(Some(text.to_owned()).filter(|text| !text.is_empty())),
    }
}

/// Fields that hold codes, numbers, words of a list and days: their letters count, not how wide they are typed.
const NARROW: [&str; 14] = [
    "login_name",
    "staff_no",
    "unit",
    "is_info_officer",
    "joined_on",
    "valid_until",
    "phone",
    "email",
    "code",
    "parent",
    "uscc",
    "division_code",
    "opened_on",
    "sort_no",
];

/// Writes full-width letters and digits (１０) of codes, numbers and days as plain ones; a code that is on record as it
/// stands is left alone.
pub fn narrowed(row: &mut Row, fields: &[Field], on_record: &dyn Fn(&str) -> bool) {
    for (number, _) in fields.iter().enumerate().filter(|(_, field)| NARROW.contains(&field.key)) {
        let Some(plain) = row.at(number).filter(|cell| !cell.is_ascii() && !on_record(cell)).map(narrow) else { continue };
        row.put(number, plain);
    }
}

/// A code or number with plain letters and digits, without blanks at its ends.
pub fn narrow(text: &str) -> String {
    trimmed(&text.nfkc().collect::<String>()).to_owned()
}

/// Whether a name runs over several lines.
pub fn broken(name: &str) -> bool {
    name.contains(['\n', '\r', '\u{b}', '\u{c}', '\u{85}', '\u{2028}', '\u{2029}'])
}

/// Reads a day as people type it; see [`crate::calendar::read_day`].
fn day(text: &str) -> Option<Date> {
    crate::calendar::read_day(text)
}

#[cfg(test)]
mod tests {
    use super::Wanted;

    #[test]
    fn letters_are_found_whatever_their_width_and_case() {
        for (wanted, word) in [("Li", "lihua"), ("１２", "0123"), ("㈠", "(一)科"), ("𠮷", "周𠮷"), ("", "x")] {
            assert!(Wanted::new(wanted).is_in([word]), "{wanted}");
        }
        assert!(!Wanted::new("吉").is_in(["周𠮷"]));
    }
}
