//! Names and widths as Excel allows them.

use crate::view::{Report, text};

/// Cleans a name by Excel's rules: at most 31 UTF-16 units, none of `[]:*?/\`, no apostrophe at
/// either end, not blank.
pub(super) fn name(wish: &str) -> String {
    let cleaned = text::one_line(wish).replace(['[', ']', ':', '*', '?', '/', '\\'], "-");
    let mut units = 0;
    let short: String = cleaned
        .trim_matches(edge)
        .chars()
        .take_while(|character| {
            units += character.len_utf16();
            units <= 31
        })
        .collect();
    match short.trim_matches(edge) {
        "" => "Sheet1".to_owned(),
        // Excel keeps this name for itself.
        reserved if reserved.eq_ignore_ascii_case("history") => format!("{reserved}-"),
        name => name.to_owned(),
    }
}

fn edge(character: char) -> bool {
    character == '\'' || character.is_whitespace()
}

/// How wide each column must be for its longest line, within reason.
pub(super) fn widths(report: &Report) -> std::io::Result<Vec<f64>> {
    // The filter button covers two columns of the title.
    let mut widths: Vec<usize> = report.columns.iter().map(|column| longest_line(&column.title) + 2).collect();
    report.each(&mut |row| {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(longest_line(&text::human(cell, report, false)));
        }
        Ok(())
    })?;
    Ok(widths.into_iter().map(|width| width.clamp(8, 60) as f64).collect())
}

fn longest_line(text: &str) -> usize {
    text.lines().map(text::width).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::sample;

    #[test]
    fn a_sheet_name_keeps_to_the_rules_of_excel() {
        assert_eq!(name("user.list"), "user.list");
        assert_eq!(name("2024/25: [a]*?\\"), "2024-25- -a----");
        assert_eq!(name("'quoted'"), "quoted");
        assert_eq!(name(" ' "), "Sheet1");
        assert_eq!(name("History"), "History-");
        assert_eq!(name(&"水".repeat(40)), "水".repeat(31));
        assert_eq!(name(&"𠮷".repeat(40)), "𠮷".repeat(15));
        assert_eq!(name(&format!("{}'b", "a".repeat(30))), "a".repeat(30));
    }

    #[test]
    fn a_column_is_as_wide_as_its_longest_line_within_reason() {
        let mut report = sample::empty();
        report.push(vec!["x".into(), "水务局\n二十四条规定保管".into()]);
        assert_eq!(widths(&report).unwrap(), [8.0, 16.0]);
        report.push(vec!["x".repeat(200).into(), "x".into()]);
        assert_eq!(widths(&report).unwrap(), [60.0, 16.0]);
    }
}
