//! The rows below the header, with carried-down cells filled and ragged rows refused.

use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use super::decode::{Text, Transcoder, stream};
use super::header::Found;
use super::{Field, IntakeError, trimmed};

/// What stands on a line of the table.
#[derive(Debug)]
pub enum Line {
    Row(Row),
    Skipped { line: u64, why: Skip },
}

/// Why a line is no row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Skip {
    Blank,
    /// `一、水利厅（共2项）`.
    Group,
    /// `注：…`, `填表人：…`, `合计`.
    Footer,
}

/// A row that has not the shape of the header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowFault {
    pub line: u64,
    pub cells: Vec<String>,
    pub kind: RowFaultKind,
}

/// What is wrong with its shape.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RowFaultKind {
    /// Fewer or more cells than the header; never padded, or values move into the wrong column.
    Ragged { expected: usize, found: usize },
    /// A quotation mark that is not closed swallows line after line.
    BadQuote,
}

/// Which column each field has.
#[derive(Debug)]
struct Columns {
    fields: &'static [Field],
    header: Vec<String>,
    /// By field number.
    at: Vec<Option<usize>>,
}

/// One row.
#[derive(Debug)]
pub struct Row {
    /// Physical line of the file the row begins on.
    pub line: u64,
    cells: Vec<String>,
    carried: Vec<(usize, String)>,
    columns: Arc<Columns>,
}

impl Row {
    /// A field's value without outer white space; carried down if the cell is blank and
    /// the field is carried. None when the file has no such column.
    pub fn get(&self, key: &str) -> Option<&str> {
        let number = self.columns.fields.iter().position(|field| field.key == key)?;
        if let Some((_, value)) = self.carried.iter().find(|(field, _)| *field == number) {
            return Some(value);
        }
        self.columns.at[number].map(|at| disarmed(trimmed(&self.cells[at])))
    }

    /// The cells as they were written.
    pub fn original(&self) -> &[String] {
        &self.cells
    }

    /// The title of a field's column in the file.
    pub fn column_title(&self, key: &str) -> &str {
        let number = self.columns.fields.iter().position(|field| field.key == key);
        number.and_then(|number| self.columns.at[number]).map_or("", |at| &self.columns.header[at])
    }
}

/// The rows of an opened table.
pub struct Rows {
    records: csv::StringRecordsIntoIter<Transcoder>,
    columns: Arc<Columns>,
    above: Vec<Option<String>>,
}

/// A reader that refuses nothing by itself: raggedness is judged here.
pub(super) fn reader<R: Read>(from: R, delimiter: u8) -> csv::Reader<R> {
    csv::ReaderBuilder::new().delimiter(delimiter).has_headers(false).flexible(true).from_reader(from)
}

impl Rows {
    pub(super) fn open(path: &Path, text: &Text, found: Found, fields: &'static [Field]) -> Result<Self, IntakeError> {
        let mut records = reader(stream(path, text)?, found.delimiter).into_records();
        for _ in 0..found.records {
            if let Some(Err(error)) = records.next() {
                return Err(IntakeError::Unreadable(std::io::Error::other(error.to_string())));
            }
        }
        let at = (0..fields.len()).map(|number| found.columns.iter().find(|(field, _)| *field == number).map(|(_, at)| *at)).collect();
        let columns = Columns { fields, header: found.header, at };
        Ok(Self { records, columns: Arc::new(columns), above: vec![None; fields.len()] })
    }

    fn row(&mut self, line: u64, mut cells: Vec<String>) -> Result<Line, RowFault> {
        let filled: Vec<&str> = cells.iter().map(|cell| trimmed(cell)).filter(|cell| !cell.is_empty()).collect();
        match filled.as_slice() {
            [] => return Ok(Line::Skipped { line, why: Skip::Blank }),
            [only] if cells.len() > 1 || self.columns.header.len() > 1 => {
                if let Some(why) = aside(only) {
                    return Ok(Line::Skipped { line, why });
                }
            }
            _ => {}
        }
        if cells.iter().any(|cell| cell.matches('\n').count() > 100) {
            return Err(RowFault { line, cells, kind: RowFaultKind::BadQuote });
        }
        let expected = self.columns.header.len();
        let extra = cells.iter().skip(expected).any(|cell| !trimmed(cell).is_empty());
        if cells.len() < expected || extra {
            let found = cells.len();
            return Err(RowFault { line, cells, kind: RowFaultKind::Ragged { expected, found } });
        }
        cells.truncate(expected);
        let carried = self.carry(&cells);
        Ok(Line::Row(Row { line, cells, carried, columns: Arc::clone(&self.columns) }))
    }

    /// Fills blank cells of carried fields from above; a change in one column makes the
    /// carried columns to its right begin anew.
    fn carry(&mut self, cells: &[String]) -> Vec<(usize, String)> {
        let columns = Arc::clone(&self.columns);
        let mut places: Vec<(usize, usize)> = columns
            .fields
            .iter()
            .enumerate()
            .filter(|(_, field)| field.carry_down)
            .filter_map(|(number, _)| columns.at[number].map(|at| (at, number)))
            .collect();
        places.sort_unstable();
        let mut carried = Vec::new();
        let mut anew = false;
        for (at, number) in places {
            let cell = trimmed(&cells[at]);
            if matches!(cell, "" | "同上" | "〃" | "″") {
                match &self.above[number] {
                    Some(value) if !anew => carried.push((number, value.clone())),
                    _ => self.above[number] = None,
                }
            } else {
                anew |= self.above[number].as_deref().is_some_and(|value| value != cell);
                self.above[number] = Some(cell.to_owned());
            }
        }
        carried
    }
}

impl Iterator for Rows {
    type Item = Result<Line, RowFault>;

    fn next(&mut self) -> Option<Self::Item> {
        let record = self.records.next()?;
        Some(match record {
            Ok(record) => {
                let line = record.position().map_or(0, csv::Position::line);
                self.row(line, record.iter().map(str::to_owned).collect())
            }
            Err(error) => {
                let line = error.position().map_or(0, csv::Position::line);
                Err(RowFault { line, cells: Vec::new(), kind: RowFaultKind::BadQuote })
            }
        })
    }
}

/// Our own exports put an apostrophe before a cell that a spreadsheet would run; it is not part of the value.
fn disarmed(cell: &str) -> &str {
    cell.strip_prefix('\'').filter(|rest| rest.starts_with(['=', '+', '-', '@'])).unwrap_or(cell)
}

/// Whether a line with a single cell is a heading or a remark and no row.
fn aside(cell: &str) -> Option<Skip> {
    const FOOTERS: [&str; 11] = ["注：", "注:", "备注：", "说明：", "填表人", "填报人", "制表", "审核人", "合计", "小计", "总计"];
    if FOOTERS.iter().any(|word| cell.starts_with(word)) {
        return Some(Skip::Footer);
    }
    let numeral = |c: char| "一二三四五六七八九十".contains(c);
    let counted = cell.contains("（共") || cell.contains("(共");
    let rest = cell.trim_start_matches(['（', '(']).trim_start_matches(numeral);
    let listed = rest.len() < cell.len() && rest.starts_with(['、', '）', ')']);
    (counted || listed).then_some(Skip::Group)
}
