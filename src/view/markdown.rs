//! A pipe table, padded so that it reads well before it is rendered.

use std::io::{self, Write};

use super::{Align, Cell, Paper, Report, text};

/// A rule of fewer than three dashes is not a table to every reader.
const NARROWEST: usize = 3;

pub(super) fn write(report: &Report, paper: &Paper, out: &mut dyn Write) -> io::Result<()> {
    let header: Vec<String> = report.columns.iter().map(|c| escape(&c.title)).collect();
    let body = |row: &[Cell]| row.iter().map(|cell| escape(&text::human(cell, report, paper.ascii))).collect::<Vec<_>>();
    let mut widths: Vec<usize> = header.iter().map(|cell| text::width(cell).max(NARROWEST)).collect();
    report.each(&mut |row| {
        for (width, cell) in widths.iter_mut().zip(body(row)) {
            *width = (*width).max(text::width(&cell));
        }
        Ok(())
    })?;

    if let Some(title) = &report.title {
        writeln!(out, "# {}\n", text::one_line(title))?;
    }
    line(report, &widths, &header, out)?;
    rule(report, &widths, out)?;
    report.each(&mut |row| line(report, &widths, &body(row), out))?;
    for note in &report.notes {
        writeln!(out, "\n{}", text::lines(note))?;
    }
    Ok(())
}

/// A new line or a bar would end the cell.
fn escape(cell: &str) -> String {
    let lines: Vec<String> = cell.lines().map(text::one_line).collect();
    lines.join("<br>").replace('|', "\\|")
}

fn line(report: &Report, widths: &[usize], row: &[String], out: &mut dyn Write) -> io::Result<()> {
    for ((column, width), cell) in report.columns.iter().zip(widths).zip(row) {
        let padding = " ".repeat(width - text::width(cell));
        match column.align {
            Align::Left => write!(out, "| {cell}{padding} ")?,
            Align::Right => write!(out, "| {padding}{cell} ")?,
        }
    }
    writeln!(out, "|")
}

fn rule(report: &Report, widths: &[usize], out: &mut dyn Write) -> io::Result<()> {
    for (column, width) in report.columns.iter().zip(widths) {
        match column.align {
            Align::Left => write!(out, "| {} ", "-".repeat(*width))?,
            Align::Right => write!(out, "| {}: ", "-".repeat(width - 1))?,
        }
    }
    writeln!(out, "|")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::{Column, Format, sample};

    #[test]
    fn bars_and_new_lines_stay_inside_their_cell() {
        assert_eq!(escape("a|b\r\nc\td"), "a\\|b<br>c d");
    }

    #[test]
    fn numbers_keep_to_the_right() {
        let columns = vec![Column::left("unit", "单位"), Column::right("n", "件数")];
        let mut report = Report::new("case.stats", columns).with_title("统计").with_note("数据截至年底");
        report.push(vec!["水务局".into(), 7.into()]);
        report.push(vec!["x".into(), 1200.into()]);
        assert_eq!(
            sample::written(&report, Format::Markdown),
            "# 统计\n\n\
             | 单位   | 件数 |\n\
             | ------ | ---: |\n\
             | 水务局 |    7 |\n\
             | x      | 1200 |\n\
             \n数据截至年底\n"
        );
    }

    #[test]
    fn every_line_of_the_table_is_equally_wide() {
        let text = sample::written(&sample::users(), Format::Markdown);
        let first = text::width(text.lines().next().unwrap());
        assert!(text.lines().all(|line| text::width(line) == first));
    }
}
