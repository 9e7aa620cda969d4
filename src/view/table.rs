//! The table for a terminal: no borders, two blanks between columns, dashes under the header.

use std::io::{self, Write};

use comfy_table::{CellAlignment, ColumnConstraint, ContentArrangement, ContentLineStyle, LineStyle, Table, TableStyle, Width};

use super::{Align, Cell, Paper, Report, text};

/// ASCII only: box-drawing lines take one column or two, depending on the terminal. The `+` finds
/// the joints of the rule again, see [`gap`].
const STYLE: TableStyle = TableStyle::new()
    .header_lines(ContentLineStyle::none().junction(' '))
    .header_separator(LineStyle::none().fill('-').junction('+'))
    .content_lines(ContentLineStyle::none().junction(' '));

/// A column is not wrapped narrower than this; a line that is too long reads better.
const NARROWEST: u16 = 8;

/// A longer table is written line by line, never laid out as a whole.
const LAID_OUT: usize = 1_000;

pub(super) fn write(report: &Report, paper: &Paper, out: &mut dyn Write) -> io::Result<()> {
    if report.stream.is_some() && report.len() > LAID_OUT {
        return long(report, paper, out);
    }
    let report = &*report.gathered()?;
    if let Some(title) = &report.title {
        writeln!(out, "{}", text::one_line(title))?;
    }
    let mut in_header = true;
    for line in build(report, paper).lines() {
        let line = line.trim_end();
        if in_header && is_rule(line) {
            in_header = false;
            writeln!(out, "{}", gap(line))?;
        } else if in_header && paper.color {
            writeln!(out, "\u{1b}[1m{line}\u{1b}[0m")?;
        } else {
            writeln!(out, "{line}")?;
        }
    }
    if !report.notes.is_empty() {
        writeln!(out)?;
    }
    for note in &report.notes {
        writeln!(out, "{}", text::lines(note))?;
    }
    Ok(())
}

/// A table too long to be laid out: the widths first, then the lines.
fn long(report: &Report, paper: &Paper, out: &mut dyn Write) -> io::Result<()> {
    let cells = |row: &[Cell]| row.iter().map(|cell| text::one_line(&text::human(cell, report, paper.ascii))).collect::<Vec<_>>();
    let titles: Vec<String> = report.columns.iter().map(|column| column.title.clone()).collect();
    let mut widths: Vec<usize> = titles.iter().map(|title| text::width(title)).collect();
    report.each(&mut |row| {
        for (width, cell) in widths.iter_mut().zip(cells(row)) {
            *width = (*width).max(text::width(&cell));
        }
        Ok(())
    })?;
    let mut line = |row: Vec<String>| {
        let padded = report.columns.iter().zip(&widths).zip(row).map(|((column, width), cell)| {
            let blanks = " ".repeat(width.saturating_sub(text::width(&cell)));
            if column.align == Align::Right { blanks + &cell } else { cell + &blanks }
        });
        writeln!(out, "{}", padded.collect::<Vec<_>>().join("  ").trim_end())
    };
    line(titles)?;
    line(widths.iter().map(|width| "-".repeat(*width)).collect())?;
    report.each(&mut |row| line(cells(row)))?;
    for note in &report.notes {
        writeln!(out, "\n{}", text::lines(note))?;
    }
    Ok(())
}

fn build(report: &Report, paper: &Paper) -> Table {
    let mut table = Table::new();
    table.force_no_tty().load_style(STYLE);
    table.set_header(report.columns.iter().map(|c| text::lines(&c.title)));
    for row in &report.rows {
        table.add_row(row.iter().map(|cell| text::lines(&text::human(cell, report, paper.ascii))));
    }
    align(&mut table, report);
    if let Some(width) = paper.width {
        table.set_content_arrangement(ContentArrangement::Dynamic);
        table.set_width(u16::try_from(width).unwrap_or(u16::MAX));
        constrain(&mut table, report);
    }
    table
}

fn align(table: &mut Table, report: &Report) {
    let last = report.columns.len().saturating_sub(1);
    for (index, column) in table.column_iter_mut().enumerate() {
        // The joint is the second blank.
        column.set_padding((0, u16::from(index < last)));
        if report.columns[index].align == Align::Right {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
}

fn constrain(table: &mut Table, report: &Report) {
    let widths = table.column_max_content_widths();
    for (index, column) in table.column_iter_mut().enumerate() {
        column.set_constraint(if is_whole(report, index) {
            // Counts the padding too.
            ColumnConstraint::Absolute(Width::Fixed(widths[index] + column.padding_width()))
        } else {
            let least = widths[index].min(NARROWEST) + column.padding_width();
            ColumnConstraint::LowerBoundary(Width::Fixed(least))
        });
    }
}

/// A key is copied into the next command, and a broken number or day cannot be read.
fn is_whole(report: &Report, index: usize) -> bool {
    report.key_column() == Some(index)
        || report.columns[index].align == Align::Right
        || report.rows.iter().any(|row| matches!(row[index], Cell::Date(_)))
}

fn is_rule(line: &str) -> bool {
    !line.is_empty() && line.bytes().all(|byte| matches!(byte, b'-' | b'+'))
}

/// Opens the rule between two columns as wide as the text above it is open.
fn gap(rule: &str) -> String {
    rule.replace("-+", "  ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::{Column, Format, Shape, sample, shape};

    fn units() -> Report {
        let columns = vec![Column::left("code", "代码"), Column::left("name", "名称"), Column::right("n", "件数")];
        let mut report = Report::new("unit.list", columns);
        report.push(vec!["01".into(), "水务局".into(), 7.into()]);
        report.push(vec!["0102".into(), "Dam office".into(), 1200.into()]);
        report.push(vec!["河长".into(), Cell::Empty, Cell::NotApplicable]);
        report
    }

    #[test]
    fn chinese_and_latin_text_line_up() {
        assert_eq!(
            sample::table(&units(), None),
            "代码  名称        件数\n\
             ----  ----------  ----\n\
             01    水务局         7\n\
             0102  Dam office  1200\n\
             河长                 /\n"
        );
    }

    #[test]
    fn the_last_column_begins_at_the_same_place_on_every_line() {
        let columns = vec![Column::left("a", "甲a"), Column::left("b", "^")];
        let mut report = Report::new("x.list", columns);
        for name in ["水", "abc", "𠮷野家", "ｆｕｌｌ", "😀", ""] {
            report.push(vec![name.into(), "^".into()]);
        }
        for width in [None, Some(80), Some(5)] {
            let text = sample::table(&report, width);
            for line in text.lines().filter(|line| !line.starts_with('-')) {
                let (before, _) = line.split_once('^').unwrap();
                assert_eq!(text::width(before), 10, "{text}");
            }
        }
    }

    #[test]
    fn wrapping_keeps_to_the_width_and_leaves_keys_and_days_whole() {
        let columns = vec![Column::left("login", "账号"), Column::left("remark", "说明"), Column::left("since_on", "起始日")];
        let mut report = Report::new("x.list", columns);
        let key = "a-rather-long-key-of-30-letters";
        let remark = "按照《档案法》第二十四条的规定保管这些材料 and some Latin words too";
        let day = jiff::civil::date(2024, 6, 1);
        report.push(vec![key.into(), remark.into(), day.into()]);

        for width in [55, 56, 57, 70, 100] {
            let text = sample::table(&report, Some(width));
            assert!(text.lines().all(|line| text::width(line) <= width), "{text}");
            assert!(text.contains(key) && text.contains("2024-06-01"), "{text}");
        }
        let narrow = sample::table(&report, Some(10));
        assert!(narrow.contains(key) && narrow.contains("2024-06-01"));
    }

    #[test]
    fn no_line_ends_with_a_blank() {
        for width in [None, Some(40)] {
            let text = sample::table(&sample::users(), width);
            assert!(text.lines().all(|line| line == line.trim_end()), "{text}");
        }
    }

    #[test]
    fn title_comes_first_and_notes_last() {
        let mut report = units().with_title("单位").with_note("截至年底");
        report.rows.truncate(1);
        assert_eq!(sample::table(&report, Some(80)), "单位\n代码  名称    件数\n----  ------  ----\n01    水务局     7\n\n截至年底\n");
    }

    #[test]
    fn only_colour_makes_the_header_bold() {
        let mut paper = Paper::new(Format::Table, sample::NOW);
        let plain = String::from_utf8(sample::on(&sample::empty(), &paper)).unwrap();
        assert!(!plain.contains('\u{1b}'));
        paper.color = true;
        let bold = String::from_utf8(sample::on(&sample::empty(), &paper)).unwrap();
        assert_eq!(bold, "\u{1b}[1mlogin  name\u{1b}[0m\n-----  ----\n");
    }

    #[test]
    fn one_column_and_a_row_of_dashes_are_no_trouble() {
        let wish = Shape { fields: Some(vec!["name".to_owned()]), ..Shape::default() };
        let mut report = shape(units(), &wish).unwrap();
        report.rows = vec![vec!["----".into()], vec!["--+--".into()]];
        assert_eq!(sample::table(&report, Some(80)), "名称\n-----\n----\n--+--\n");
    }
}
