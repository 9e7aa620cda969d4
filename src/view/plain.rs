//! Tab separated lines, for a pipe: no wrapping, no padding.

use std::io::{self, Write};

use super::{Paper, Report, text};

pub(super) fn write(report: &Report, paper: &Paper, out: &mut dyn Write) -> io::Result<()> {
    let titles = report.columns.iter().map(|column| column.title.clone());
    line(titles, out)?;
    report.each(&mut |row| line(row.iter().map(|cell| text::human(cell, report, paper.ascii)), out))
}

fn line(cells: impl Iterator<Item = String>, out: &mut dyn Write) -> io::Result<()> {
    let cells: Vec<String> = cells.map(|cell| text::one_line(&cell)).collect();
    writeln!(out, "{}", cells.join("\t"))
}

#[cfg(test)]
mod tests {
    use crate::view::{Format, sample};

    #[test]
    fn a_row_is_one_line_whatever_its_cells_hold() {
        let mut report = sample::empty();
        report.push(vec!["a\tb".into(), "c\nd\r\ne".into()]);
        assert_eq!(sample::written(&report, Format::Plain), "login\tname\na b\tc d e\n");
    }

    #[test]
    fn every_row_has_as_many_tabs() {
        let text = sample::written(&sample::users(), Format::Plain);
        assert!(text.lines().all(|line| line.matches('\t').count() == 6));
    }
}
