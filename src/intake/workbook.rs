//! Workbooks (XLSX): which sheets there are, what is hidden in them, and their rows as a stream.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufReader, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, sync_channel};

use calamine::{DataRef, Dimensions, Reader, SheetVisible, Xlsx, open_workbook};
use quick_xml::events::Event;

use super::IntakeError;
use super::records::{Broken, Record, Records};

/// A workbook that unpacks to more than this is refused: no list of a bureau is that large.
const MOST_BYTES: u64 = 4 << 30;
const MOST_ROWS: u32 = 1_048_576;
const MOST_COLUMNS: u32 = 16_384;
/// Rows in flight between the thread that unpacks and the one that reads.
const AHEAD: usize = 512;

/// A sheet worth reading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sheet {
    pub(super) name: String,
    pub(super) visible: bool,
    part: String,
}

/// What a reader would not see.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Hidden {
    pub(super) rows: u64,
    pub(super) columns: u64,
}

type Book = Xlsx<BufReader<File>>;

/// The sheets of a workbook, hidden ones too, in their order.
pub(super) fn sheets(path: &Path) -> Result<Vec<Sheet>, IntakeError> {
    refuse_bomb(path)?;
    let opened = catch_unwind(|| open_workbook(path).map_err(|error: calamine::XlsxError| error.to_string()));
    let book: Book = opened.unwrap_or_else(|_| Err("unreadable".to_owned())).map_err(IntakeError::BadWorkbook)?;
    let parts = parts(path).map_err(IntakeError::BadWorkbook)?;
    Ok(book
        .sheets_metadata()
        .iter()
        .filter(|sheet| sheet.typ == calamine::SheetType::WorkSheet)
        .map(|sheet| Sheet {
            name: sheet.name.clone(),
            visible: sheet.visible == SheetVisible::Visible,
            part: parts.get(&sheet.name).cloned().unwrap_or_default(),
        })
        .collect())
}

/// The rows of a sheet that hold anything, with merged cells filled. Another thread unpacks.
pub(super) fn records(path: &Path, sheet: &str) -> Records {
    let (send, receive) = sync_channel(AHEAD);
    let (path, sheet): (PathBuf, String) = (path.to_owned(), sheet.to_owned());
    std::thread::spawn(move || {
        let mut line = 0;
        let each = |record: Record| {
            line = record.line;
            // The reader has gone: nothing more is wanted.
            send.send(Ok(record)).map_err(|_| None)
        };
        // A broken file may break the library too; rows must never end early in silence.
        let ended = catch_unwind(AssertUnwindSafe(|| read(&path, &sheet, each))).unwrap_or_else(|_| Err(Some("unreadable".to_owned())));
        if let Err(Some(detail)) = ended {
            // A reader that has gone does not want to know.
            let _ = send.send(Err(Broken { line: line + 1, detail }));
        }
    });
    Box::new(Received(receive))
}

struct Received(Receiver<Result<Record, Broken>>);

impl Iterator for Received {
    type Item = Result<Record, Broken>;

    fn next(&mut self) -> Option<Self::Item> {
        self.0.recv().ok()
    }
}

fn read(path: &Path, sheet: &str, mut each: impl FnMut(Record) -> Result<(), Option<String>>) -> Result<(), Option<String>> {
    let told = |error: calamine::XlsxError| Some(error.to_string());
    let mut book: Book = open_workbook(path).map_err(told)?;
    let mut merges = book.merge_cells_by_sheet_name(sheet).map_err(told)?;
    merges.sort_by_key(|merge| merge.start);
    let mut cells = book.worksheet_cells_reader(sheet).map_err(told)?;
    let mut merged = Merged { waiting: merges.into(), open: Vec::new() };
    let mut row: Option<(u32, Vec<String>)> = None;
    let finish = |row: Option<(u32, Vec<String>)>, merged: &mut Merged, each: &mut dyn FnMut(Record) -> Result<(), Option<String>>| {
        let Some((at, mut cells)) = row else { return Ok(()) };
        let own = cells.iter().any(|cell| !cell.is_empty());
        merged.fill(at, &mut cells);
        if !own && !merged.several(at) {
            return Ok(());
        }
        each(Record { line: u64::from(at) + 1, cells, open_ended: true })
    };
    while let Some(cell) = cells.next_cell().map_err(told)? {
        let text = text_of(cell.get_value());
        if text.is_empty() {
            continue;
        }
        let (at, column) = cell.get_position();
        // What lies outside Excel's own sheet was made by no spreadsheet.
        if at >= MOST_ROWS || column >= MOST_COLUMNS {
            return Err(Some(format!("a cell at row {at}, column {column}")));
        }
        if row.as_ref().is_none_or(|(open, _)| *open != at) {
            let done = row.take();
            let next = done.as_ref().map_or(at, |(done, _)| done + 1);
            finish(done, &mut merged, &mut each)?;
            // A row inside a merged range may have no cell of its own.
            for between in next..at {
                if merged.covers(between) {
                    finish(Some((between, Vec::new())), &mut merged, &mut each)?;
                }
            }
            row = Some((at, Vec::new()));
        }
        let (_, cells) = row.as_mut().expect("set above");
        if cells.len() <= column as usize {
            cells.resize(column as usize + 1, String::new());
        }
        cells[column as usize] = text;
    }
    finish(row, &mut merged, &mut each)
}

/// Merged ranges: what stands in their first cell stands in all of them.
struct Merged {
    waiting: std::collections::VecDeque<Dimensions>,
    open: Vec<(Dimensions, String)>,
}

impl Merged {
    fn covers(&self, row: u32) -> bool {
        self.open.iter().any(|(merge, text)| merge.end.0 >= row && !text.is_empty())
    }

    /// Whether merges of several columns reach into a row: two of them make a row, one is only a group.
    fn several(&self, row: u32) -> bool {
        self.open.iter().filter(|(merge, text)| merge.start.0 < row && merge.end.0 >= row && !text.is_empty()).count() > 1
    }

    fn fill(&mut self, row: u32, cells: &mut Vec<String>) {
        self.open.retain(|(merge, _)| merge.end.0 >= row);
        while let Some(merge) = self.waiting.front().copied().filter(|merge| merge.start.0 <= row) {
            self.waiting.pop_front();
            if merge.start.0 == row && merge.end.0 >= row {
                let text = cells.get(merge.start.1 as usize).cloned().unwrap_or_default();
                self.open.push((merge, text));
            }
        }
        for (merge, text) in &self.open {
            if text.is_empty() {
                continue;
            }
            // A title merged over many columns is one cell to a reader; only its own columns are filled.
            for column in merge.start.1..=merge.end.1.min(MOST_COLUMNS - 1) {
                let column = column as usize;
                if cells.len() <= column {
                    cells.resize(column + 1, String::new());
                }
                if cells[column].is_empty() {
                    cells[column].clone_from(text);
                }
            }
        }
    }
}

/// A cell as CSV would have it: whole numbers without a point, days as 2026-11-23.
fn text_of(value: &DataRef<'_>) -> String {
    match value {
        DataRef::Empty => String::new(),
        DataRef::String(text) => text.clone(),
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) => number_text(*number),
        DataRef::Bool(truth) => if *truth { "TRUE" } else { "FALSE" }.to_owned(),
        DataRef::DateTime(at) if at.is_duration() => number_text(at.as_f64()),
        DataRef::DateTime(at) => {
            let (year, month, day, hour, minute, second, _) = at.to_ymd_hms_milli();
            match (hour, minute, second) {
                (0, 0, 0) => format!("{year:04}-{month:02}-{day:02}"),
                _ => format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}"),
            }
        }
        DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.clone(),
        // #N/A and its like say nothing.
        DataRef::Error(_) => String::new(),
    }
}

fn number_text(number: f64) -> String {
    // Beyond fifteen digits Excel has lost some: as it shows them, so that no code is made of them.
    match number.abs() {
        1e15.. => format!("{number:E}"),
        _ if number.fract() == 0.0 => format!("{number:.0}"),
        _ => number.to_string(),
    }
}

fn refuse_bomb(path: &Path) -> Result<(), IntakeError> {
    let file = File::open(path).map_err(IntakeError::Unreadable)?;
    let bad = |error: zip::result::ZipError| IntakeError::BadWorkbook(error.to_string());
    let mut archive = zip::ZipArchive::new(BufReader::new(file)).map_err(bad)?;
    let mut bytes = 0_u64;
    for at in 0..archive.len() {
        bytes = bytes.saturating_add(archive.by_index_raw(at).map_err(bad)?.size());
    }
    if bytes > MOST_BYTES { Err(IntakeError::TooLarge { bytes }) } else { Ok(()) }
}

/// Counts hidden rows and columns.
pub(super) fn hidden(path: &Path, sheet: &Sheet) -> Hidden {
    // What is hidden is told for the reader's sake; a sheet that cannot be scanned is still read.
    scan(path, &sheet.part).unwrap_or_default()
}

fn scan(path: &Path, part: &str) -> Result<Hidden, String> {
    let mut found = Hidden::default();
    each_element(path, part, |name, attributes| {
        let yes = |key: &str| attributes.get(key).is_some_and(|value| value == "1" || value == "true");
        if !yes("hidden") {
            return;
        }
        let number = |key: &str| attributes.get(key).and_then(|text| text.parse::<u64>().ok());
        match name {
            "row" => found.rows += 1,
            // Excel hides the unused columns to the right as one range up to the last.
            "col" => {
                if let (Some(from), Some(to)) = (number("min"), number("max"))
                    && to < 16_384
                {
                    found.columns += to.saturating_sub(from) + 1;
                }
            }
            _ => {}
        }
    })?;
    Ok(found)
}

/// Sheet name to the part of the archive it is kept in.
fn parts(path: &Path) -> Result<HashMap<String, String>, String> {
    let mut ids = Vec::new();
    each_element(path, "xl/workbook.xml", |name, attributes| {
        if name == "sheet"
            && let (Some(title), Some(id)) = (attributes.get("name"), attributes.get("id"))
        {
            ids.push((title.clone(), id.clone()));
        }
    })?;
    let mut targets = HashMap::new();
    each_element(path, "xl/_rels/workbook.xml.rels", |name, attributes| {
        if name == "Relationship"
            && let (Some(id), Some(target)) = (attributes.get("Id"), attributes.get("Target"))
        {
            let target = target.strip_prefix('/').map_or_else(|| format!("xl/{target}"), str::to_owned);
            targets.insert(id.clone(), target);
        }
    })?;
    Ok(ids.into_iter().filter_map(|(title, id)| Some((title, targets.get(&id)?.clone()))).collect())
}

/// Calls `each` with every element of a part and its attributes, prefixes left out.
fn each_element(path: &Path, part: &str, mut each: impl FnMut(&str, &HashMap<String, String>)) -> Result<(), String> {
    let file = File::open(path).map_err(|error| error.to_string())?;
    let mut archive = zip::ZipArchive::new(BufReader::new(file)).map_err(|error| error.to_string())?;
    let part = archive.by_name(part).map_err(|error| error.to_string())?.take(MOST_BYTES);
    let mut reader = quick_xml::Reader::from_reader(BufReader::new(part));
    let mut buffer = Vec::new();
    loop {
        match reader.read_event_into(&mut buffer).map_err(|error| error.to_string())? {
            Event::Start(element) | Event::Empty(element) => {
                let name = element.local_name().as_ref().to_owned();
                // Cells are by far the most; they hide nothing by themselves.
                if name != "c" && name != "v" {
                    let attributes = element
                        .attributes()
                        .flatten()
                        .map(|attribute| {
                            let key = attribute.key.local_name().as_ref().to_owned();
                            let value = quick_xml::escape::unescape(&attribute.value).map(|text| text.into_owned()).unwrap_or_default();
                            (key, value)
                        })
                        .collect();
                    each(&name, &attributes);
                }
            }
            Event::Eof => return Ok(()),
            _ => {}
        }
        buffer.clear();
    }
}
