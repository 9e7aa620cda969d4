//! The rows below the header, with carried-down cells filled and ragged rows refused.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::Arc;

use super::decode::Text;
use super::header::Found;
use super::records::{Broken, Record, Records};
use super::{Field, IntakeError, blocks, trimmed};

/// A word written down a merged column, one character a row, never takes more rows than this (M3).
const LONGEST_COLUMN_WORD: usize = 40;

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
    /// In a list of blocks, which has no header: the fields its labels name.
    stated: Option<Vec<usize>>,
    /// Column and field number of every carried field, from left to right.
    carried: Vec<(usize, usize)>,
}

impl Columns {
    fn has(&self, number: usize) -> bool {
        self.stated.as_ref().map_or_else(|| self.at[number].is_some(), |stated| stated.contains(&number))
    }
}

/// One row.
#[derive(Clone, Debug)]
pub struct Row {
    /// Physical line of the file the row begins on.
    pub line: u64,
    cells: Vec<String>,
    /// Fields whose cell is blank, and what they take from above.
    carried: Vec<(usize, String)>,
    columns: Arc<Columns>,
}

impl Row {
    /// A field's value without outer white space; carried down if the cell is blank and
    /// the field is carried. None when the file has no such column.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.at(self.columns.fields.iter().position(|field| field.key == key)?)
    }

    /// A field's value by its number in the list of fields: quicker than by key.
    pub fn at(&self, number: usize) -> Option<&str> {
        if let Some((_, value)) = self.carried.iter().find(|(field, _)| *field == number) {
            return Some(value);
        }
        Some(disarmed(trimmed(&self.cells[self.columns.at[number]?])))
    }

    /// Gives a field another value than its cell has, or one where it has no cell; the cells stay as they were written.
    pub fn put(&mut self, number: usize, value: String) {
        self.carried.retain(|(field, _)| *field != number);
        self.carried.push((number, value));
    }

    /// Whether the file has a column for a field.
    pub fn has(&self, number: usize) -> bool {
        self.columns.has(number)
    }

    /// Whether a field's value comes from a row above.
    pub fn is_carried(&self, number: usize) -> bool {
        self.carried.iter().any(|(field, _)| *field == number)
    }

    /// The cells as they were written.
    pub fn original(&self) -> &[String] {
        &self.cells
    }

    /// The cells with what was carried down, so that the row can be mended and read alone; those
    /// of the fields at fault stay as they were written.
    pub fn filled(&self, faulty: &[&str]) -> Vec<String> {
        let mut cells = self.cells.clone();
        for (number, value) in self.carried.iter().filter(|(number, _)| !faulty.contains(&self.columns.fields[*number].key)) {
            if let Some(at) = self.columns.at[*number] {
                cells[at].clone_from(value);
            }
        }
        cells
    }

    /// The cells with what was carried down.
    pub fn into_filled(mut self) -> Vec<String> {
        for (number, value) in self.carried {
            if let Some(at) = self.columns.at[number] {
                self.cells[at] = value;
            }
        }
        self.cells
    }

    /// The title of a field's column in the file.
    pub fn column_title(&self, key: &str) -> &str {
        let number = self.columns.fields.iter().position(|field| field.key == key);
        number.and_then(|number| self.columns.at[number]).map_or("", |at| &self.columns.header[at])
    }
}

/// The rows of an opened table.
pub struct Rows {
    records: Records,
    /// Records read ahead, to join a word written down a column.
    ahead: VecDeque<Result<Record, Broken>>,
    columns: Arc<Columns>,
    above: Vec<Option<String>>,
    /// The last words of every column, for 同上.
    last: Vec<String>,
    /// What came through a pipe, until it is read.
    pub(super) spool: Option<tempfile::TempPath>,
}

impl Rows {
    pub(super) fn open(path: &Path, text: &Text, found: Found, fields: &'static [Field]) -> Result<Self, IntakeError> {
        let mut records = found.place.records(path, text)?;
        if found.blocks {
            records = blocks::rows(records, fields);
        }
        for _ in 0..found.records {
            if let Some(Err(broken)) = records.next() {
                return Err(IntakeError::BadWorkbook(broken.detail));
            }
        }
        let at = (0..fields.len()).map(|number| found.columns.iter().find(|(field, _)| *field == number).map(|(_, at)| *at)).collect();
        let at: Vec<Option<usize>> = at;
        let mut carried: Vec<(usize, usize)> = fields
            .iter()
            .enumerate()
            .filter(|(_, field)| field.carry_down)
            .filter_map(|(number, _)| at[number].map(|at| (at, number)))
            .collect();
        carried.sort_unstable();
        let columns = Columns { fields, header: found.header, at, stated: found.stated, carried };
        Ok(Self {
            records,
            ahead: VecDeque::new(),
            columns: Arc::new(columns),
            above: vec![None; fields.len()],
            last: Vec::new(),
            spool: None,
        })
    }

    /// Whether the table came through a pipe: it is gone once it is read.
    pub fn piped(&self) -> bool {
        self.spool.is_some()
    }

    /// Whether the file has a column for a field, by its number in the list of fields.
    pub fn has(&self, number: usize) -> bool {
        self.columns.has(number)
    }

    /// The title of a field's column in the file.
    pub fn title(&self, number: usize) -> &str {
        self.columns.at[number].map_or("", |at| &self.columns.header[at])
    }

    /// The next record; words written down a carried column, one character a row, are joined
    /// and stand in the first of their rows.
    fn record(&mut self) -> Option<Result<Record, Broken>> {
        if let Some(record) = self.ahead.pop_front() {
            return Some(record);
        }
        let record = self.records.next()?;
        let columns = Arc::clone(&self.columns);
        let carried = || columns.carried.iter().map(|(at, _)| *at);
        let single = |record: &Result<Record, Broken>, at: usize| record.as_ref().is_ok_and(|record| one_character(record, at));
        if !carried().any(|at| single(&record, at)) {
            return Some(record);
        }
        self.ahead.push_back(record);
        while self.ahead.len() < LONGEST_COLUMN_WORD && self.ahead.back().is_some_and(|last| carried().any(|at| single(last, at))) {
            match self.records.next() {
                Some(record) => self.ahead.push_back(record),
                None => break,
            }
        }
        for at in carried() {
            let mut first = 0;
            while first < self.ahead.len() {
                let run = self.ahead.iter().skip(first).take_while(|record| single(record, at)).count();
                // 市, 县, 区 one below the other are levels or organs of their own, 无 is nothing: no word.
                let levels = self.ahead.iter().skip(first).take(run).all(|record| {
                    record.as_ref().is_ok_and(|record| {
                        matches!(trimmed(&record.cells[at]), "无" | "国" | "省" | "市" | "区" | "县" | "乡" | "镇" | "街" | "村")
                    })
                });
                if run > 1 && !levels {
                    let taken = self.ahead.iter_mut().skip(first).take(run).filter_map(|record| record.as_mut().ok());
                    let letters: Vec<&mut String> = taken.map(|record| &mut record.cells[at]).collect();
                    let word: String = letters.iter().map(|cell| trimmed(cell)).collect();
                    for (row, cell) in letters.into_iter().enumerate() {
                        *cell = if row == 0 { word.clone() } else { String::new() };
                    }
                }
                first += run.max(1);
            }
        }
        self.ahead.pop_front()
    }

    fn row(&mut self, record: Record) -> Result<Line, RowFault> {
        let Record { line, mut cells, open_ended } = record;
        // Two cells tell a row from a heading; the others need not be looked at.
        let filled = cells.iter().map(|cell| trimmed(cell)).filter(|cell| !cell.is_empty());
        let mut filled: Vec<&str> = if open_ended { filled.collect() } else { filled.take(2).collect() };
        if open_ended {
            // A line merged over all columns is one cell, though each of them holds it.
            filled.dedup();
        }
        match filled.as_slice() {
            [] => return Ok(Line::Skipped { line, why: Skip::Blank }),
            // A total or a signature line, whatever stands beside it.
            [first, _, ..] if closing(first) => return Ok(Line::Skipped { line, why: Skip::Footer }),
            [only] if cells.len() > 1 || self.columns.header.len() > 1 => {
                if let Some(why) = aside(only) {
                    return Ok(Line::Skipped { line, why });
                }
            }
            _ => {}
        }
        if cells.iter().any(|cell| cell.len() > 100 && cell.bytes().filter(|b| *b == b'\n').count() > 100) {
            return Err(RowFault { line, cells, kind: RowFaultKind::BadQuote });
        }
        let expected = self.columns.header.len();
        if open_ended && cells.len() < expected {
            cells.resize(expected, String::new());
        }
        let extra = cells.iter().skip(expected).any(|cell| !trimmed(cell).is_empty());
        if cells.len() < expected || extra {
            let found = cells.len();
            // A short row whose last cell swallowed the end of a line was opened by a quotation mark nobody closed.
            if let Some(cell) = cells.last().filter(|cell| found < expected && cell.contains('\n')) {
                let line = line + u64::from(cell.ends_with('\n'));
                return Err(RowFault { line, cells, kind: RowFaultKind::BadQuote });
            }
            return Err(RowFault { line, cells, kind: RowFaultKind::Ragged { expected, found } });
        }
        cells.truncate(expected);
        let carried = self.carry(&mut cells);
        Ok(Line::Row(Row { line, cells, carried, columns: Arc::clone(&self.columns) }))
    }

    /// What blank cells of carried fields take from above. A change in one column makes the carried columns to its right begin anew, if
    /// their fields are declared after it: an item does not reach into the next organ, but an
    /// organ does reach over many items. 同上 always carries, in every column.
    fn carry(&mut self, cells: &mut [String]) -> Vec<(usize, String)> {
        let columns = Arc::clone(&self.columns);
        let mut carried = Vec::new();
        let mut changed: Vec<usize> = Vec::new();
        self.last.resize(cells.len(), String::new());
        for (cell, last) in cells.iter_mut().zip(&mut self.last) {
            let said = trimmed(cell);
            if ditto(said) {
                cell.clone_from(last);
            } else if !said.is_empty() {
                last.clone_from(cell);
            }
        }
        for (at, number) in columns.carried.iter().copied() {
            let cell = trimmed(&cells[at]);
            if cell.is_empty() {
                let anew = changed.iter().any(|outer| *outer < number);
                match &self.above[number] {
                    Some(value) if !anew => carried.push((number, value.clone())),
                    _ => self.above[number] = None,
                }
            } else if self.above[number].as_deref() != Some(cell) {
                if self.above[number].is_some() {
                    changed.push(number);
                }
                self.above[number] = Some(cell.to_owned());
            }
        }
        carried
    }
}

fn ditto(cell: &str) -> bool {
    matches!(cell, "同上" | "〃" | "″")
}

impl Iterator for Rows {
    type Item = Result<Line, RowFault>;

    fn next(&mut self) -> Option<Self::Item> {
        Some(match self.record()? {
            Ok(record) => self.row(record),
            Err(Broken { line, .. }) => Err(RowFault { line, cells: Vec::new(), kind: RowFaultKind::BadQuote }),
        })
    }
}

/// Whether a cell holds a single character that is neither a digit, a Latin letter nor a ditto mark.
fn one_character(record: &Record, at: usize) -> bool {
    let mut letters = trimmed(record.cells.get(at).map_or("", String::as_str)).chars();
    let one = letters.next().is_some_and(|letter| letter.is_alphabetic() && !letter.is_ascii());
    one && letters.next().is_none()
}

/// Our own exports put an apostrophe before a cell that a spreadsheet would run; it is not part of the value.
fn disarmed(cell: &str) -> &str {
    cell.strip_prefix('\'').filter(|rest| rest.starts_with(['=', '+', '-', '@'])).unwrap_or(cell)
}

/// Words that close a table and begin no row.
fn closing(first: &str) -> bool {
    let word = first.trim_end_matches([':', '：']);
    matches!(word, "合计" | "小计" | "总计")
        || ["填表人：", "填报人：", "审核人：", "制表：", "制表人："].iter().any(|word| first.starts_with(word))
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
