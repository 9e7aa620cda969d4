//! The only room that formats: a [`Report`] goes in, bytes come out.
//!
//! It knows no other room, no database and no language. Every word it shows comes in with the
//! report.

use std::io::{self, BufWriter, Write};

mod cell;
mod csv;
mod document;
mod docx;
mod findings_page;
mod format;
mod html;
mod ids;
mod inspection;
mod json;
mod jsonl;
mod junit;
mod markdown;
mod plain;
mod rate;
mod report;
#[cfg(test)]
mod sample;
mod sarif;
mod shape;
mod stream;
mod table;
mod text;
mod xlsx;

pub use cell::Cell;
pub use document::{Block, Chart, Document, Grid, GridCell};
pub use format::Format;
pub use inspection::{InspectedRule, Inspection, Words};
pub use report::{Align, Column, Report, Warning};
pub use shape::{Shape, ShapeError, SortKey, shape};
pub use stream::Stream;

/// What a report is written on.
#[derive(Clone, Debug)]
pub struct Paper {
    pub format: Format,
    /// The columns of the terminal; without it nothing is wrapped.
    pub width: Option<usize>,
    pub color: bool,
    /// Makes csv and tsv open well in Excel: a byte order mark, CRLF, and titles for keys.
    pub excel: bool,
    /// RFC 3339 with an offset, as shown in json.
    pub generated_at: String,
    /// Draws with ASCII alone; the data stay as they are.
    pub ascii: bool,
}

impl Paper {
    /// Takes plain paper for a format: no width, no colour, nothing for Excel.
    pub fn new(format: Format, generated_at: impl Into<String>) -> Self {
        Paper { format, width: None, color: false, excel: false, generated_at: generated_at.into(), ascii: false }
    }
}

/// Writes a report in the format of the paper, and flushes.
///
/// A closed pipe comes back as [`io::ErrorKind::BrokenPipe`] from every format.
pub fn write(report: &Report, paper: &Paper, out: &mut dyn Write) -> io::Result<()> {
    let mut out = BufWriter::new(out);
    match paper.format {
        Format::Table => match &report.document {
            Some(document) => document.write_text(report, paper, &mut out),
            None => table::write(report, paper, &mut out),
        },
        Format::Plain => plain::write(report, paper, &mut out),
        Format::Json => json::write(report, paper, &mut out),
        Format::Jsonl => jsonl::write(report, &mut out),
        Format::Csv => csv::write(report, b',', paper.excel, &mut out),
        Format::Tsv => csv::write(report, b'\t', paper.excel, &mut out),
        Format::Markdown => markdown::write(report, paper, &mut out),
        Format::Ids => ids::write(report, &mut out),
        Format::Count => writeln!(out, "{}", report.len()),
        Format::Xlsx => xlsx::write(report, paper, &mut out),
        Format::Docx => docx::write(&*report.gathered()?, paper, &mut out),
        Format::Html => match &report.inspection {
            Some(inspection) => findings_page::write(report, inspection, paper, &mut out),
            None => html::write(&*report.gathered()?, paper, &mut out),
        },
        Format::Sarif => sarif::write(report, &mut out),
        Format::Junit => junit::write(report, &mut out),
    }?;
    out.flush()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::sample;

    struct ClosedPipe;

    impl Write for ClosedPipe {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_closed_pipe_is_told_as_such_by_every_format() {
        let mut report = sample::users();
        for _ in 0..2_000 {
            report.push(report.rows[0].clone());
        }
        for format in Format::ALL {
            let paper = Paper::new(format, sample::NOW);
            let error = write(&report, &paper, &mut ClosedPipe).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::BrokenPipe, "{}", format.name());
        }
    }

    #[test]
    fn an_empty_report_can_be_written_in_every_format() {
        let expected = [
            (Format::Table, "login  name\n-----  ----\n"),
            (Format::Plain, "login\tname\n"),
            (Format::Jsonl, ""),
            (Format::Csv, "login,name\n"),
            (Format::Tsv, "login\tname\n"),
            (Format::Markdown, "| login | name |\n| ----- | ---- |\n"),
            (Format::Ids, ""),
            (Format::Count, "0\n"),
        ];
        for (format, text) in expected {
            assert_eq!(sample::written(&sample::empty(), format), text);
        }
        assert!(sample::written(&sample::empty(), Format::Json).contains("\"data\": [],"));
        assert!(!sample::bytes(&sample::empty(), Format::Xlsx).is_empty());
    }

    #[test]
    fn count_counts_rows() {
        assert_eq!(sample::written(&sample::users(), Format::Count), "3\n");
    }
}
