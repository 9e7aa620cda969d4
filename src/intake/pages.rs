//! Whole documents as they were published: every table cell by cell, and the text between them.
//! CSV, XLSX, DOCX and HTML.

use std::fs::File;
use std::io::Read;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use calamine::{Data, Reader, Xlsx, open_workbook};
use quick_xml::events::Event;
use scraper::{Html, Selector};

use super::{IntakeError, Options, decode, records};

/// A document's tables and text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pages {
    /// Tables, rows, cells; a cell that spans several stands once, its further places are missing or blank.
    pub tables: Vec<Vec<Vec<String>>>,
    /// The text outside the tables, a line for each paragraph.
    pub text: String,
}

/// A document larger than this is no report.
const MOST_BYTES: u64 = 64 << 20;

/// Reads a document by its ending.
///
/// # Errors
/// A file that cannot be read, or is not what its ending says.
pub fn pages(path: &Path) -> Result<Pages, IntakeError> {
    let size = std::fs::metadata(path)
        .map_err(|error| if error.kind() == std::io::ErrorKind::NotFound { IntakeError::NotFound } else { IntakeError::Unreadable(error) })?
        .len();
    if size > MOST_BYTES {
        return Err(IntakeError::TooLarge { bytes: size });
    }
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default().to_ascii_lowercase();
    let read = || match ending.as_str() {
        "xlsx" => workbook(path),
        "docx" => word(path),
        "html" | "htm" => Ok(page(&whole(path)?)),
        _ => delimited(path),
    };
    // The libraries meet files nobody made for them.
    catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(|_| Err(IntakeError::BadWorkbook("unreadable".to_owned())))
}

/// The text of a file, from UTF-8, UTF-16 or GB18030.
fn whole(path: &Path) -> Result<String, IntakeError> {
    let bytes = std::fs::read(path).map_err(IntakeError::Unreadable)?;
    if let Some((encoding, skip)) = encoding_rs::Encoding::for_bom(&bytes) {
        return Ok(encoding.decode_without_bom_handling(&bytes[skip..]).0.into_owned());
    }
    Ok(match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => encoding_rs::GB18030.decode(error.as_bytes()).0.into_owned(),
    })
}

fn delimited(path: &Path) -> Result<Pages, IntakeError> {
    let text = decode::examine(path, None)?;
    let delimiter = Options::default().delimiter.unwrap_or(',');
    let mut rows = Vec::new();
    for record in records::of_text(path, &text, delimiter)? {
        let record = record.map_err(|broken| IntakeError::BadWorkbook(broken.detail))?;
        rows.push(record.cells.iter().map(|cell| tidy(cell)).collect());
    }
    // A text leaves out the commas of empty cells at the end, and of an empty line all: figures stand under their heading
    // all the same, as in a sheet.
    let widest = rows.iter().map(Vec::len).max().unwrap_or_default();
    rows.iter_mut().for_each(|row: &mut Vec<String>| row.resize(widest, String::new()));
    let text = lines_of(&rows);
    Ok(Pages { tables: vec![rows], text })
}

fn workbook(path: &Path) -> Result<Pages, IntakeError> {
    let mut book: Xlsx<_> = open_workbook(path).map_err(|error: calamine::XlsxError| IntakeError::BadWorkbook(error.to_string()))?;
    let (mut tables, mut text): (Vec<Vec<Vec<String>>>, _) = (Vec::new(), title_of(path));
    for name in book.sheet_names() {
        let range = book.worksheet_range(&name).map_err(|error| IntakeError::BadWorkbook(error.to_string()))?;
        let rows = range.rows().map(|row| {
            row.iter()
                .map(|cell| match cell {
                    Data::Empty => String::new(),
                    Data::Float(number) if number.fract() == 0.0 && number.abs() < 1e15 => format!("{number:.0}"),
                    other => tidy(&other.to_string()),
                })
                .collect()
        });
        tables.push(rows.collect());
    }
    tables.iter().for_each(|table| text.push_str(&lines_of(table)));
    Ok(Pages { tables, text })
}

/// What a sheet says in lines of its own, such as a title above a table: rows of one filled cell.
fn lines_of(rows: &[Vec<String>]) -> String {
    let mut text = String::new();
    for row in rows {
        let mut filled = row.iter().filter(|cell| !cell.is_empty());
        if let (Some(line), None) = (filled.next(), filled.next()) {
            text.push_str(line);
            text.push('\n');
        }
    }
    text
}

/// The title in a workbook's properties, as a line; empty where it has none.
fn title_of(path: &Path) -> String {
    let title = || -> Option<String> {
        let mut zip = zip::ZipArchive::new(File::open(path).ok()?).ok()?;
        let mut xml = String::new();
        zip.by_name("docProps/core.xml").ok()?.take(1 << 16).read_to_string(&mut xml).ok()?;
        let mut reader = quick_xml::Reader::from_str(&xml);
        loop {
            match reader.read_event().ok()? {
                Event::Start(tag) if tag.local_name().as_ref() == "title" => {
                    return Some(tidy(&reader.read_text(tag.name()).ok()?)).filter(|title| !title.is_empty());
                }
                Event::Eof => return None,
                _ => {}
            }
        }
    };
    title().map_or_else(String::new, |title| title + "\n")
}

/// A Word document: paragraphs and tables of its body; a table inside a cell is part of the cell.
fn word(path: &Path) -> Result<Pages, IntakeError> {
    let bad = |error: &dyn std::fmt::Display| IntakeError::BadWorkbook(error.to_string());
    let mut zip = zip::ZipArchive::new(File::open(path).map_err(IntakeError::Unreadable)?).map_err(|error| bad(&error))?;
    let part = zip.by_name("word/document.xml").map_err(|error| bad(&error))?;
    let mut xml = String::new();
    part.take(MOST_BYTES * 4).read_to_string(&mut xml).map_err(|error| bad(&error))?;
    let mut reader = quick_xml::Reader::from_str(&xml);
    let mut found = Pages::default();
    let (mut depth, mut words) = (0_usize, String::new());
    let (mut table, mut row): (Vec<Vec<String>>, Vec<String>) = (Vec::new(), Vec::new());
    let mut inside = false;
    loop {
        match reader.read_event().map_err(|error| bad(&error))? {
            Event::Start(tag) => match tag.local_name().as_ref() {
                "tbl" => {
                    depth += 1;
                    if depth == 1 {
                        table = Vec::new();
                    }
                }
                "tr" if depth == 1 => row = Vec::new(),
                "tc" if depth == 1 => words.clear(),
                "t" => inside = true,
                _ => {}
            },
            Event::Text(text) if inside => words.push_str(&text),
            Event::GeneralRef(name) if inside => match name.as_ref() {
                "amp" => words.push('&'),
                "lt" => words.push('<'),
                "gt" => words.push('>'),
                "quot" => words.push('"'),
                "apos" => words.push('\''),
                _ => {}
            },
            Event::End(tag) => match tag.local_name().as_ref() {
                "t" => inside = false,
                "tc" if depth == 1 => row.push(tidy(&words)),
                "tr" if depth == 1 => table.push(std::mem::take(&mut row)),
                "tbl" => {
                    depth = depth.saturating_sub(1);
                    if depth == 0 {
                        found.tables.push(std::mem::take(&mut table));
                        words.clear();
                    }
                }
                "p" if depth == 0 => {
                    found.text.push_str(&tidy(&words));
                    found.text.push('\n');
                    words.clear();
                }
                _ => {}
            },
            Event::Eof => return Ok(found),
            _ => {}
        }
    }
}

fn page(text: &str) -> Pages {
    let html = Html::parse_document(text);
    let selector = |words: &str| Selector::parse(words).expect("a selector of ours");
    let (tables, rows, cells) = (selector("table"), selector("tr"), selector("td, th"));
    let said = |element: scraper::ElementRef<'_>| tidy(&element.text().collect::<String>());
    let mut found = Pages::default();
    for table in html.select(&tables) {
        // A table that only lays out other tables is passed over.
        if table.select(&tables).next().is_some() {
            continue;
        }
        found.tables.push(table.select(&rows).map(|row| row.select(&cells).map(said).collect()).collect());
    }
    let prose = selector("title, h1, h2, h3, p, div");
    for element in html.select(&prose) {
        let within = element.ancestors().filter_map(scraper::ElementRef::wrap).any(|above| above.value().name() == "table");
        // A box that holds others says what they say.
        let holds = element.value().name() == "div" && element.select(&prose).next().is_some();
        if !within && !holds && element.select(&tables).next().is_none() {
            found.text.push_str(&said(element));
            found.text.push('\n');
        }
    }
    found
}

/// A cell's words without the white space that lays them out.
fn tidy(text: &str) -> String {
    text.split(|c: char| c.is_whitespace() || matches!(c, '\u{200b}' | '\u{feff}' | '\u{a0}')).filter(|part| !part.is_empty()).collect()
}
