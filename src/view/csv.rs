//! Comma and tab separated files.

use std::io::{self, Write};

use csv::{Terminator, WriterBuilder};

use super::{Cell, Report, text};

/// Excel in Chinese Windows reads a file without it as GBK.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

pub(super) fn write(report: &Report, delimiter: u8, excel: bool, out: &mut dyn Write) -> io::Result<()> {
    let terminator = if excel {
        out.write_all(BYTE_ORDER_MARK)?;
        Terminator::CRLF
    } else {
        Terminator::Any(b'\n')
    };
    let mut csv = WriterBuilder::new().delimiter(delimiter).terminator(terminator).from_writer(out);

    let header = report.columns.iter().map(|column| match excel {
        true => harmless(column.title.clone()),
        false => column.key.to_owned(),
    });
    csv.write_record(header).map_err(io_error)?;
    report.each(&mut |row| csv.write_record(row.iter().map(|cell| field(cell, report, excel))).map_err(io_error))?;
    csv.flush()
}

fn field(cell: &Cell, report: &Report, excel: bool) -> String {
    match cell {
        Cell::Bool(truth) if !excel => truth.to_string(),
        Cell::Int(_) | Cell::Date(_) | Cell::Json(serde_json::Value::Number(_)) => text::human(cell, report, false),
        cell => harmless(text::human(cell, report, false)),
    }
}

/// Puts an apostrophe before what a spreadsheet would take for a formula and run.
fn harmless(text: String) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text }
}

/// Gives the error of the file below, so that a closed pipe is still known as one.
fn io_error(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}

#[cfg(test)]
mod tests {
    use crate::view::{Format, Paper, sample};

    #[test]
    fn a_cell_that_could_be_a_formula_is_made_harmless() {
        for strange in ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx"] {
            let mut report = sample::empty();
            report.push(vec![strange.into(), serde_json::json!(strange).into()]);
            for format in [Format::Csv, Format::Tsv] {
                let delimiter = if format == Format::Csv { b',' } else { b'\t' };
                let bytes = sample::bytes(&report, format);
                let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).from_reader(bytes.as_slice());
                let record = reader.records().next().unwrap().unwrap();
                assert_eq!(&record[0], format!("'{strange}"));
                assert_eq!(&record[1], format!("'{strange}"));
            }
        }
    }

    #[test]
    fn numbers_and_inner_signs_stay_as_they_are() {
        let mut report = sample::empty();
        report.push(vec![(-5).into(), "a=b".into()]);
        assert_eq!(sample::written(&report, Format::Csv), "login,name\n-5,a=b\n");
    }

    #[test]
    fn a_program_gets_keys_and_true_and_line_feeds() {
        let text = sample::written(&sample::users(), Format::Csv);
        let head = "login,name,cases,active,since_on,rate,extra\n\
                    lihua,李华,12,true,2024-06-01,1708 / 1913 = 89.3 %,\"{\"\"b\"\":1,\"\"a\"\":[2]}\"\n";
        assert!(text.starts_with(head), "{text}");
    }

    #[test]
    fn excel_gets_a_mark_and_titles_and_words() {
        let report = sample::users().with_words("是", "否");
        let paper = Paper { excel: true, ..Paper::new(Format::Csv, sample::NOW) };
        let text = String::from_utf8(sample::on(&report, &paper)).unwrap();
        assert!(text.starts_with("\u{feff}账号,姓名,件数,在用,起始日,合格率,其他\r\nlihua,李华,12,是,"));
        assert!(text.ends_with("\r\n"));
    }
}
