//! A workbook of one sheet. The same report gives the same bytes.

use std::io::{self, Seek, Write};

use jiff::Timestamp;
use jiff::civil::Date;
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder, Workbook, Worksheet, XlsxError};

use super::{Align, Cell, Paper, Report, text};

mod pages;
mod sheet;

/// Beyond this a number in Excel loses its last digits, so it is written as text.
const LARGEST_EXACT: u64 = 1 << 53;

/// The start of 2000, for a report whose own time cannot be read.
const SOME_TIME: i64 = 946_684_800;

pub(super) fn write(report: &Report, paper: &Paper, out: &mut dyn Write) -> io::Result<()> {
    if report.stream.is_none() {
        let bytes = workbook(report, paper).and_then(|mut workbook| workbook.save_to_buffer()).map_err(io::Error::other)?;
        return out.write_all(&bytes);
    }
    // Too long to be held: rows go to a temporary file as they come, and so does the workbook.
    let mut file = tempfile::tempfile()?;
    workbook(report, paper).and_then(|mut workbook| workbook.save_to_writer(&mut file)).map_err(io::Error::other)?;
    file.seek(io::SeekFrom::Start(0))?;
    io::copy(&mut file, out).map(drop)
}

fn workbook(report: &Report, paper: &Paper) -> Result<Workbook, XlsxError> {
    let mut workbook = Workbook::new();
    let created = ExcelDateTime::from_timestamp(seconds(report.made_at.as_ref().unwrap_or(&paper.generated_at)))?;
    let mut properties = DocProperties::new().set_creation_datetime(&created);
    if let Some(title) = report.document.as_ref().map(|document| &document.title) {
        properties = properties.set_title(title);
    }
    workbook.set_properties(&properties);

    if let Some(document) = &report.document {
        pages::write(&mut workbook, document)?;
        return Ok(workbook);
    }
    let sheet = if report.stream.is_some() { workbook.add_worksheet_with_constant_memory()? } else { workbook.add_worksheet() };
    let name = report.title.as_deref().unwrap_or(report.schema);
    sheet.set_name(sheet::name(name))?;
    for (index, width) in sheet::widths(report).map_err(XlsxError::IoError)?.into_iter().enumerate() {
        sheet.set_column_width(column(index), width)?;
    }
    let header = title(sheet, report)?;
    write_header(sheet, report, header)?;
    let end = write_rows(sheet, report, header + 1)?;
    for (note, row) in report.notes.iter().zip(end + 1..) {
        sheet.write_string(row, 0, text::lines(note))?;
    }
    Ok(workbook)
}

fn seconds(generated_at: &str) -> i64 {
    match generated_at.parse::<Timestamp>() {
        Ok(time) => time.as_second(),
        Err(_) => SOME_TIME,
    }
}

/// Excel has 16,384 columns; one beyond them is refused when it is written.
fn column(index: usize) -> u16 {
    u16::try_from(index).unwrap_or(u16::MAX)
}

/// Writes the title across the table and says in which row the header comes.
fn title(sheet: &mut Worksheet, report: &Report) -> Result<u32, XlsxError> {
    let Some(title) = &report.title else {
        return Ok(0);
    };
    let bold = Format::new().set_bold();
    if report.columns.len() > 1 {
        let last = column(report.columns.len() - 1);
        sheet.merge_range(0, 0, 0, last, title, &bold)?;
    } else {
        sheet.write_string_with_format(0, 0, title, &bold)?;
    }
    Ok(1)
}

fn write_header(sheet: &mut Worksheet, report: &Report, row: u32) -> Result<(), XlsxError> {
    for (index, heading) in report.columns.iter().enumerate() {
        let format = aligned(heading.align).set_bold().set_border_bottom(FormatBorder::Thin);
        sheet.write_string_with_format(row, column(index), &heading.title, &format)?;
    }
    sheet.set_freeze_panes(row + 1, 0)?;
    Ok(())
}

fn aligned(align: Align) -> Format {
    match align {
        Align::Left => Format::new(),
        Align::Right => Format::new().set_align(FormatAlign::Right),
    }
}

/// Writes the rows under their filter and gives the first row after them.
fn write_rows(sheet: &mut Worksheet, report: &Report, first: u32) -> Result<u32, XlsxError> {
    let formats: Vec<Format> = report.columns.iter().map(|c| aligned(c.align)).collect();
    let mut row = first;
    report
        .each(&mut |cells| {
            for (index, cell) in cells.iter().enumerate() {
                write_cell(sheet, (row, column(index)), cell, report, &formats[index]).map_err(io::Error::other)?;
            }
            row += 1;
            Ok(())
        })
        .map_err(XlsxError::IoError)?;
    if !report.columns.is_empty() {
        let last = column(report.columns.len() - 1);
        sheet.autofilter(first - 1, 0, row - 1, last)?;
    }
    Ok(row)
}

fn write_cell(sheet: &mut Worksheet, (row, column): (u32, u16), cell: &Cell, report: &Report, format: &Format) -> Result<(), XlsxError> {
    match cell {
        Cell::Empty => {}
        Cell::Int(number) if number.unsigned_abs() <= LARGEST_EXACT => {
            sheet.write_number_with_format(row, column, *number as f64, format)?;
        }
        Cell::Date(day) => match excel_day(*day) {
            Some(day) => {
                let format = format.clone().set_num_format("yyyy-mm-dd");
                sheet.write_datetime_with_format(row, column, day, &format)?;
            }
            None => {
                sheet.write_string_with_format(row, column, day.to_string(), format)?;
            }
        },
        cell => {
            let text = text::human(cell, report, false);
            sheet.write_string_with_format(row, column, text, format)?;
        }
    }
    Ok(())
}

/// Excel counts days from 1900 on; an older one stays text.
fn excel_day(day: Date) -> Option<ExcelDateTime> {
    let year = u16::try_from(day.year()).ok()?;
    let [month, day] = [day.month(), day.day()].map(i8::unsigned_abs);
    ExcelDateTime::from_ymd(year, month, day).ok()
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use calamine::{Data, Range, Reader, Xlsx};

    use super::*;
    use crate::view::{Column, Format as Output, sample};

    fn read(report: &Report, sheet: &str) -> Range<Data> {
        let bytes = sample::bytes(report, Output::Xlsx);
        let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).unwrap();
        book.worksheet_range(sheet).unwrap()
    }

    #[test]
    fn the_same_report_gives_the_same_bytes() {
        let report = sample::users().with_title("名册").with_note("完");
        let first = sample::bytes(&report, Output::Xlsx);
        std::thread::sleep(std::time::Duration::from_millis(1100));
        assert_eq!(first, sample::bytes(&report, Output::Xlsx));
        assert_eq!(&first[..2], b"PK");
    }

    #[test]
    fn excel_gets_real_numbers_and_real_days() {
        let report = sample::users().with_title("名册").with_note("完");
        let sheet = read(&report, "名册");
        let at = |row, column| sheet.get_value((row, column)).cloned().unwrap_or_default();

        assert_eq!(at(0, 0), Data::String("名册".into()));
        assert_eq!(at(1, 2), Data::String("件数".into()));
        assert_eq!(at(2, 2), Data::Float(12.0));
        assert_eq!(at(2, 3), Data::String("yes".into()));
        assert!(matches!(&at(2, 4), Data::DateTime(day) if day.as_f64() == 45_444.0));
        assert_eq!(at(2, 5), Data::String("1708 / 1913 = 89.3 %".into()));
        assert_eq!(at(3, 4), Data::Empty);
        assert_eq!(at(4, 0), Data::String("=cmd".into()));
        assert_eq!(at(4, 2), Data::String("/".into()));
        assert_eq!(at(6, 0), Data::String("完".into()));
    }

    #[test]
    fn what_excel_cannot_hold_exactly_becomes_text() {
        let columns = vec![Column::left("x", "x")];
        let mut report = Report::new("x.list", columns).with_title("a/b");
        report.push(vec![jiff::civil::date(1850, 1, 1).into()]);
        report.push(vec![i64::MIN.into()]);
        let sheet = read(&report, "a-b");
        let at = |row| sheet.get_value((row, 0)).cloned().unwrap_or_default();
        assert_eq!(at(2), Data::String("1850-01-01".into()));
        assert_eq!(at(3), Data::String(i64::MIN.to_string()));
    }

    #[test]
    fn a_cell_longer_than_excel_allows_is_an_error_and_not_cut() {
        let mut report = sample::empty();
        report.push(vec!["x".repeat(40_000).into(), Cell::Empty]);
        let paper = Paper::new(Output::Xlsx, sample::NOW);
        assert!(crate::view::write(&report, &paper, &mut Vec::new()).is_err());
    }

    #[test]
    fn a_report_without_a_time_gets_a_fixed_one() {
        assert_eq!(seconds("yesterday"), SOME_TIME);
        assert_eq!(seconds("2000-01-01T08:00:00+08:00"), SOME_TIME);
    }
}
