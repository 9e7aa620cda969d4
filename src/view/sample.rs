//! Reports and short ways to write them, for tests.

use jiff::civil::date;

use super::{Cell, Column, Format, Paper, Report};

pub(super) const NOW: &str = "2026-11-23T10:15:00+08:00";

pub(super) const STRANGE: &str = "\"quoted\" \\ \u{1}\u{1b}\n😀 𠮷";

pub(super) fn empty() -> Report {
    let columns = vec![Column::left("login", "login"), Column::left("name", "name")];
    Report::new("user.list", columns)
}

/// Three rows with every kind of cell.
pub(super) fn users() -> Report {
    let mut report = Report::new(
        "user.list",
        vec![
            Column::left("login", "账号"),
            Column::left("name", "姓名"),
            Column::right("cases", "件数"),
            Column::left("active", "在用"),
            Column::left("since_on", "起始日"),
            Column::left("rate", "合格率"),
            Column::left("extra", "其他"),
        ],
    );
    report.push(vec![
        "lihua".into(),
        "李华".into(),
        12.into(),
        true.into(),
        date(2024, 6, 1).into(),
        rate(1708, 1913),
        serde_json::json!({"b": 1, "a": [2]}).into(),
    ]);
    report.push(vec!["欧阳娜娜".into(), STRANGE.into(), 0.into(), false.into(), Cell::Empty, rate(0, 0), Cell::Empty]);
    report.push(vec![
        "=cmd".into(),
        "a|b".into(),
        Cell::NotApplicable,
        Cell::NotApplicable,
        date(1999, 12, 31).into(),
        Cell::NotApplicable,
        serde_json::Value::Null.into(),
    ]);
    report
}

fn rate(numerator: i64, denominator: i64) -> Cell {
    Cell::Rate { numerator, denominator, decimals: 1 }
}

pub(super) fn bytes(report: &Report, format: Format) -> Vec<u8> {
    on(report, &Paper::new(format, NOW))
}

pub(super) fn on(report: &Report, paper: &Paper) -> Vec<u8> {
    let mut out = Vec::new();
    super::write(report, paper, &mut out).unwrap();
    out
}

pub(super) fn written(report: &Report, format: Format) -> String {
    String::from_utf8(bytes(report, format)).unwrap()
}

/// Writes a table `width` columns wide.
pub(super) fn table(report: &Report, width: Option<usize>) -> String {
    let paper = Paper { width, ..Paper::new(Format::Table, NOW) };
    String::from_utf8(on(report, &paper)).unwrap()
}
