//! Units and users: what may be said of them, and reading them from a table.

mod units;
mod users;

pub use units::{UNIT_FIELDS, UnitFacts, read_unit, tree_order};
pub use users::{USER_FIELDS, UserFacts, read_user, valid_login};

use jiff::civil::Date;

/// Reads 是/否, yes/no, true/false, 1/0; blank is no.
pub fn yes_or_no(text: &str) -> Option<bool> {
    match text.trim().to_lowercase().as_str() {
        "是" | "有" | "yes" | "y" | "true" | "1" => Some(true),
        "" | "否" | "无" | "no" | "n" | "false" | "0" => Some(false),
        _ => None,
    }
}

/// Reads a day as people type it; see [`crate::calendar::read_day`].
fn day(text: &str) -> Option<Date> {
    crate::calendar::read_day(text)
}
