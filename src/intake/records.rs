//! A file as records: a line number and its cells, whatever the file is made of.

use std::path::Path;

use super::IntakeError;
use super::decode::{Text, Transcoder, stream};

/// One record as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Record {
    /// Physical line of the file, or row of the sheet.
    pub(super) line: u64,
    pub(super) cells: Vec<String>,
    /// Cells behind the last one written are blank, as in a sheet; in text they are missing.
    pub(super) open_ended: bool,
}

/// Why no further record can be read.
#[derive(Debug)]
pub(super) struct Broken {
    pub(super) line: u64,
    pub(super) detail: String,
}

pub(super) type Records = Box<dyn Iterator<Item = Result<Record, Broken>> + Send>;

/// The full-width comma, which the csv crate cannot take for a delimiter; it travels as this byte.
const STAND_IN: char = '\u{1f}';

/// The records of delimited text.
pub(super) fn of_text(path: &Path, text: &Text, delimiter: char) -> Result<Records, IntakeError> {
    let mut from = stream(path, text)?;
    let stands_in = !delimiter.is_ascii();
    if stands_in {
        from.replace(delimiter, STAND_IN);
    }
    let byte = if stands_in { STAND_IN as u8 } else { delimiter as u8 };
    // Raggedness is judged later, with the header in hand.
    let reader = csv::ReaderBuilder::new().delimiter(byte).has_headers(false).flexible(true).from_reader(from);
    Ok(Box::new(Delimited { reader, record: csv::ByteRecord::new(), restored: stands_in.then_some(delimiter) }))
}

struct Delimited {
    reader: csv::Reader<Transcoder>,
    record: csv::ByteRecord,
    restored: Option<char>,
}

impl Iterator for Delimited {
    type Item = Result<Record, Broken>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.reader.read_byte_record(&mut self.record) {
            Ok(false) => None,
            Ok(true) => {
                // The reader passes over blank lines before a record without counting them to it:
                // its own line is found back from its end.
                let inner = memchr::memchr_iter(b'\n', self.record.as_slice()).count();
                let line = self.reader.position().line().saturating_sub(1 + inner as u64);
                // Checked in one piece: what comes here was decoded, and is cut at characters of one byte.
                let text = match simdutf8::compat::from_utf8(self.record.as_slice()) {
                    Ok(text) => text,
                    Err(error) => return Some(Err(Broken { line, detail: error.to_string() })),
                };
                let ranges = (0..self.record.len()).filter_map(|at| text.get(self.record.range(at)?));
                let cells = match self.restored {
                    None => ranges.map(str::to_owned).collect(),
                    Some(delimiter) => ranges.map(|cell| cell.replace(STAND_IN, delimiter.encode_utf8(&mut [0; 4]))).collect(),
                };
                Some(Ok(Record { line, cells, open_ended: false }))
            }
            Err(error) => Some(Err(Broken { line: error.position().map_or(0, csv::Position::line), detail: error.to_string() })),
        }
    }
}
