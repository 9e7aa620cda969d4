//! Reading the tables the wild sends: encodings, title lines, headers, carried-down
//! and ragged rows. It knows no subject: a table's fields are told to it.

mod blocks;
mod decode;
mod header;
mod numerals;
mod pages;
mod records;
mod rejects;
mod rows;
mod workbook;

use std::path::Path;

pub use numerals::chinese_number;
pub use pages::{Pages, pages};
pub use rejects::RejectsWriter;
pub use rows::{Line, Row, RowFault, RowFaultKind, Rows, Skip};

/// One field a table may hold.
#[derive(Debug)]
pub struct Field {
    /// The field's key in messages, exports and `--map`.
    pub key: &'static str,
    /// Header words, best first; compared after NFKC without white space and brackets.
    pub aliases: &'static [&'static str],
    pub required: bool,
    /// A blank cell takes the value above it, as merged cells leave it in CSV.
    pub carry_down: bool,
}

/// What a person said about the file.
#[derive(Clone, Debug, Default)]
pub struct Options {
    pub encoding: Option<String>,
    /// Line of the header, counted from 1.
    pub header_row: Option<u64>,
    /// Field key and the header text or number (from 1) of its column.
    pub map: Vec<(String, String)>,
    /// Name or number (from 1) of the sheet of a workbook.
    pub sheet: Option<String>,
    /// What parts the cells of a text, when it is not a comma, tab, semicolon or bar.
    pub delimiter: Option<char>,
}

/// How the file was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// `UTF-8`, `UTF-8 (BOM)`, `UTF-16LE`, `UTF-16BE`, `GB18030` or `XLSX`.
    pub encoding: &'static str,
    /// Of a text.
    pub delimiter: Option<char>,
    /// Of a workbook.
    pub sheet: Option<String>,
    /// Further sheets that hold a table and were not read.
    pub other_sheets: Vec<String>,
    /// Rows and columns of the sheet that a person does not see.
    pub hidden_rows: u64,
    pub hidden_columns: u64,
    pub header_line: u64,
    pub header: Vec<String>,
    /// Columns no field claimed.
    pub ignored: Vec<String>,
    /// Of the file's bytes, lower-case hex.
    pub sha256: String,
    pub bytes: u64,
}

/// What a file is that is no table of text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hint {
    Xlsx,
    Xls,
    Pdf,
    Html,
    Json,
    BoxDrawing,
    Binary,
}

/// Why a file cannot be used as a whole.
#[derive(Debug)]
pub enum IntakeError {
    NotFound,
    Folder,
    Unreadable(std::io::Error),
    Empty,
    OnlyBlankRows,
    NotATable {
        hint: Hint,
    },
    UnknownEncoding(String),
    /// Neither UTF-8 nor GB18030 from this byte on.
    NotText {
        offset: u64,
        line: u64,
    },
    /// No row names the required fields; the best candidates come with their hits.
    NoHeader {
        best: Vec<(u64, Vec<String>, usize)>,
        missing: Vec<&'static str>,
    },
    /// The workbook has no such sheet, or the file is no workbook.
    NoSheet {
        wanted: String,
        known: Vec<String>,
    },
    /// The workbook's container or parts cannot be read.
    BadWorkbook(String),
    /// The workbook unpacks to more than any list needs.
    TooLarge {
        bytes: u64,
    },
    AmbiguousHeader {
        lines: Vec<u64>,
    },
    UnknownField {
        field: String,
        known: Vec<&'static str>,
    },
    UnknownColumn {
        column: String,
        known: Vec<String>,
    },
    DuplicateColumn {
        field: &'static str,
        columns: Vec<String>,
    },
}

/// Opens a table: finds its encoding, its delimiter and its header, and returns its rows.
/// The file is read twice as a stream; memory stays bounded however large it is.
///
/// # Errors
/// See [`IntakeError`].
pub fn open(path: &Path, fields: &'static [Field], options: &Options) -> Result<(Opened, Rows), IntakeError> {
    let spool = spooled(path)?;
    let path = spool.as_ref().map_or(path, |spool| spool.as_ref());
    let text = decode::examine(path, options.encoding.as_deref())?;
    let found = header::find(path, &text, fields, options)?;
    let hidden = match &found.place {
        header::Place::Sheet(sheet) => workbook::hidden(path, sheet),
        header::Place::Delimited(_) => workbook::Hidden::default(),
    };
    let (delimiter, sheet) = match &found.place {
        header::Place::Delimited(delimiter) => (Some(*delimiter), None),
        header::Place::Sheet(sheet) => (None, Some(sheet.name.clone())),
    };
    let opened = Opened {
        encoding: text.name,
        delimiter,
        sheet,
        other_sheets: found.other_sheets.clone(),
        hidden_rows: hidden.rows,
        hidden_columns: hidden.columns,
        header_line: found.line,
        header: found.header.clone(),
        ignored: found.ignored.clone(),
        sha256: text.sha256.clone(),
        bytes: text.bytes,
    };
    let mut rows = Rows::open(path, &text, found, fields)?;
    rows.spool = spool;
    Ok((opened, rows))
}

/// What comes through a pipe, or as `-` from standard input, can be read once only: it goes through a file of its own.
fn spooled(path: &Path) -> Result<Option<tempfile::TempPath>, IntakeError> {
    let piped = path.as_os_str() == "-" || path.metadata().is_ok_and(|there| !there.is_file() && !there.is_dir());
    if !piped {
        return Ok(None);
    }
    let spool = || -> std::io::Result<tempfile::TempPath> {
        let mut file = tempfile::NamedTempFile::new()?;
        if path.as_os_str() == "-" {
            std::io::copy(&mut std::io::stdin().lock(), &mut file)?;
        } else {
            std::io::copy(&mut std::fs::File::open(path)?, &mut file)?;
        }
        Ok(file.into_temp_path())
    };
    spool().map(Some).map_err(IntakeError::Unreadable)
}

/// A cell without the white space around it, the full-width and invisible kinds included.
pub fn trimmed(cell: &str) -> &str {
    // Nearly every cell begins and ends with what is certainly none of it, and each is asked several times.
    let plain = |c: Option<char>| c.is_none_or(|c| c.is_ascii_graphic() || ('\u{4e00}'..='\u{9fff}').contains(&c));
    if plain(cell.chars().next()) && plain(cell.chars().next_back()) {
        return cell;
    }
    cell.trim_matches(|c: char| c.is_whitespace() || matches!(c, '\u{200b}'..='\u{200d}' | '\u{feff}' | '\u{2060}'))
}

#[cfg(test)]
mod tests;
