//! Cells as people read them, and how wide they are on a screen.

use unicode_width::UnicodeWidthStr;

use super::{Cell, Report, rate};

/// Writes a cell for people; booleans take the words of the report.
pub(super) fn human(cell: &Cell, report: &Report, ascii: bool) -> String {
    match cell {
        Cell::Empty => String::new(),
        Cell::NotApplicable => "/".to_owned(),
        Cell::Text(text) => text.clone(),
        Cell::Int(number) => number.to_string(),
        Cell::Bool(true) => report.yes.clone(),
        Cell::Bool(false) => report.no.clone(),
        Cell::Date(day) => day.to_string(),
        Cell::Rate { numerator, denominator, decimals } => rate::sentence(*numerator, *denominator, *decimals, ascii),
        Cell::Json(value) => json(value),
    }
}

fn json(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::Null => String::new(),
        serde_json::Value::String(text) => text.clone(),
        value => value.to_string(),
    }
}

/// Puts a text on one line. A control character becomes a blank, so that nothing stored in the
/// database can steer the terminal it is shown on.
pub(super) fn one_line(text: &str) -> String {
    text.replace("\r\n", " ").replace(char::is_control, " ")
}

/// Cleans a text like [`one_line`] and keeps its lines apart.
pub(super) fn lines(text: &str) -> String {
    let lines: Vec<String> = text.lines().map(one_line).collect();
    lines.join("\n")
}

/// The columns a text takes on a screen: a Chinese character takes two.
pub(super) fn width(text: &str) -> usize {
    text.width()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::sample;

    #[test]
    fn zero_and_blank_and_not_applicable_look_different() {
        let report = sample::empty();
        let show = |cell| human(&cell, &report, false);
        assert_eq!(show(Cell::Int(0)), "0");
        assert_eq!(show(Cell::Empty), "");
        assert_eq!(show(Cell::NotApplicable), "/");
    }

    #[test]
    fn booleans_take_the_words_of_the_report() {
        let report = sample::empty().with_words("是", "否");
        assert_eq!(human(&Cell::Bool(true), &report, false), "是");
        assert_eq!(human(&Cell::Bool(false), &report, false), "否");
    }

    #[test]
    fn a_stored_escape_cannot_steer_the_terminal() {
        assert_eq!(one_line("a\u{1b}[31mb\tc\r\nd"), "a [31mb c d");
        assert_eq!(lines("a\u{7}\r\nb"), "a \nb");
    }

    #[test]
    fn a_chinese_character_takes_two_columns() {
        assert_eq!(width("水务局 A"), 8);
        assert_eq!(width("𠮷"), 2);
    }
}
