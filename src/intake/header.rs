//! Finding the header: the row, below whatever titles, that names the fields.

use std::path::Path;

use unicode_normalization::UnicodeNormalization;

use super::decode::{Text, stream};
use super::{Field, IntakeError, Options, trimmed};

/// Titles and page navigation above a header never take more rows than this.
const SEARCHED: usize = 30;
const DELIMITERS: [u8; 4] = *b",\t;|";

/// The header, and which column each field has.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) delimiter: u8,
    /// Line of the header; for a header of two rows, of the first.
    pub(super) line: u64,
    /// How many records to pass over to reach the data.
    pub(super) records: usize,
    pub(super) header: Vec<String>,
    /// Field number and column number.
    pub(super) columns: Vec<(usize, usize)>,
    pub(super) ignored: Vec<String>,
    hits: usize,
    missing: Vec<&'static str>,
}

pub(super) fn find(path: &Path, text: &Text, fields: &'static [Field], options: &Options) -> Result<Found, IntakeError> {
    if let Some((field, _)) = options.map.iter().find(|(field, _)| !fields.iter().any(|known| known.key == field)) {
        return Err(IntakeError::UnknownField { field: field.clone(), known: fields.iter().map(|field| field.key).collect() });
    }
    let mut best: Option<Result<Found, IntakeError>> = None;
    let mut most = 0;
    for delimiter in DELIMITERS {
        let records = first_records(path, text, delimiter)?;
        if records.is_empty() {
            return Err(IntakeError::OnlyBlankRows);
        }
        let found = in_records(&records, delimiter, fields, options);
        let hits = match &found {
            Ok(found) => found.hits + 1,
            Err(IntakeError::NoHeader { best, .. }) => best.first().map_or(0, |(_, _, hits)| *hits),
            Err(_) => 1,
        };
        if best.is_none() || hits > most {
            most = hits;
            best = Some(found);
        }
    }
    best.unwrap_or(Err(IntakeError::OnlyBlankRows))
}

/// A record with its line and its place among the records.
type Record = (u64, usize, Vec<String>);

fn first_records(path: &Path, text: &Text, delimiter: u8) -> Result<Vec<Record>, IntakeError> {
    let mut reader = super::rows::reader(stream(path, text)?, delimiter);
    let mut records = Vec::new();
    for (place, record) in reader.records().enumerate() {
        let record = record.map_err(|error| IntakeError::Unreadable(std::io::Error::other(error.to_string())))?;
        let line = record.position().map_or(0, csv::Position::line);
        let cells: Vec<String> = record.iter().map(|cell| trimmed(cell).to_owned()).collect();
        if cells.iter().any(|cell| !cell.is_empty()) {
            records.push((line, place, cells));
        }
        if records.len() > SEARCHED {
            break;
        }
    }
    Ok(records)
}

fn in_records(records: &[Record], delimiter: u8, fields: &'static [Field], options: &Options) -> Result<Found, IntakeError> {
    let mut candidates = Vec::new();
    let mut refused = None;
    for (at, (line, place, cells)) in records.iter().enumerate().take(SEARCHED) {
        if options.header_row.is_some_and(|wanted| wanted != *line) {
            continue;
        }
        let single = claim(cells, fields, options).map(|claimed| (claimed, place + 1, cells.clone()));
        // A header of two rows: groups above, fields below.
        let double = records.get(at + 1).filter(|(_, next, _)| *next == place + 1).and_then(|(_, next, below)| {
            let joined = join(cells, below);
            let alone = claim(below, fields, options).map_or(0, |claimed| claimed.hits);
            let both = claim(&joined, fields, options).ok().filter(|claimed| claimed.hits > alone)?;
            Some((both, next + 1, joined))
        });
        let (claimed, passed, header) = match (single, double) {
            (Ok(single), Some(double)) if double.0.hits > single.0.hits => double,
            (Ok(single), _) => single,
            (Err(_), Some(double)) => double,
            (Err(error), None) => {
                refused.get_or_insert(error);
                continue;
            }
        };
        candidates.push(Found {
            delimiter,
            line: *line,
            records: passed,
            columns: claimed.columns,
            ignored: claimed.ignored,
            hits: claimed.hits,
            missing: claimed.missing,
            header,
        });
    }
    match (choose(candidates, fields, options), refused) {
        // A row that was a header but for two columns of one name says more than that there is none.
        (Err(IntakeError::NoHeader { .. }), Some(error)) => Err(error),
        (chosen, _) => chosen,
    }
}

fn choose(mut candidates: Vec<Found>, fields: &'static [Field], options: &Options) -> Result<Found, IntakeError> {
    candidates.sort_by_key(|found| std::cmp::Reverse(found.hits));
    let needed = if options.header_row.is_some() || fields.len() == 1 { 1 } else { 2 };
    let complete: Vec<&Found> = candidates.iter().filter(|found| found.missing.is_empty() && found.hits >= needed).collect();
    match complete.as_slice() {
        [] => Err(no_header(&candidates, fields)),
        // A header repeated on every page is the same header; take its first place.
        [first, second, ..] if first.hits == second.hits && first.header != second.header => Err(IntakeError::AmbiguousHeader {
            lines: complete.iter().filter(|found| found.hits == first.hits).map(|found| found.line).collect(),
        }),
        [first, ..] => {
            let same = complete.iter().filter(|found| found.hits == first.hits).min_by_key(|found| found.line);
            Ok((*same.unwrap_or(first)).clone())
        }
    }
}

fn no_header(candidates: &[Found], fields: &'static [Field]) -> IntakeError {
    let best: Vec<_> =
        candidates.iter().filter(|found| found.hits > 0).take(3).map(|found| (found.line, found.header.clone(), found.hits)).collect();
    let missing = match candidates.first() {
        Some(found) if found.hits > 0 => found.missing.clone(),
        _ => fields.iter().filter(|field| field.required).map(|field| field.key).collect(),
    };
    IntakeError::NoHeader { best, missing }
}

/// Which columns the fields claim in one row.
struct Claimed {
    columns: Vec<(usize, usize)>,
    ignored: Vec<String>,
    hits: usize,
    missing: Vec<&'static str>,
}

fn claim(cells: &[String], fields: &'static [Field], options: &Options) -> Result<Claimed, IntakeError> {
    let words: Vec<String> = cells.iter().map(|cell| word(cell)).collect();
    let mut columns: Vec<(usize, usize)> = Vec::new();
    for (number, field) in fields.iter().enumerate() {
        if let Some((_, wanted)) = options.map.iter().find(|(key, _)| key == field.key) {
            columns.push((number, mapped(cells, &words, wanted)?));
            continue;
        }
        let by_rank = field.aliases.iter().map(|alias| {
            let alias = word(alias);
            words
                .iter()
                .enumerate()
                .filter(|(at, found)| **found == alias && !columns.iter().any(|(_, taken)| taken == at))
                .map(|(at, _)| at)
                .collect::<Vec<_>>()
        });
        match by_rank.into_iter().find(|places| !places.is_empty()).as_deref() {
            None => {}
            Some([at]) => columns.push((number, *at)),
            Some(several) => {
                return Err(IntakeError::DuplicateColumn {
                    field: field.key,
                    columns: several.iter().map(|at| format!("{} ({})", cells[*at], at + 1)).collect(),
                });
            }
        }
    }
    let missing = fields
        .iter()
        .enumerate()
        .filter(|(number, field)| field.required && !columns.iter().any(|(has, _)| has == number))
        .map(|(_, field)| field.key)
        .collect();
    let ignored = cells
        .iter()
        .enumerate()
        .filter(|(at, cell)| !cell.is_empty() && !cell.starts_with('_') && !columns.iter().any(|(_, taken)| taken == at))
        .map(|(_, cell)| cell.clone())
        .collect();
    Ok(Claimed { hits: columns.len(), columns, ignored, missing })
}

fn mapped(cells: &[String], words: &[String], wanted: &str) -> Result<usize, IntakeError> {
    let by_number = wanted.parse::<usize>().ok().and_then(|number| number.checked_sub(1)).filter(|at| *at < cells.len());
    let by_title = || words.iter().position(|found| *found == word(wanted));
    by_title().or(by_number).ok_or_else(|| IntakeError::UnknownColumn { column: wanted.to_owned(), known: cells.to_vec() })
}

/// A header word to compare: NFKC, no white space, no bracketed remark, lower case.
fn word(cell: &str) -> String {
    let plain: String =
        cell.nfkc().filter(|c| !c.is_whitespace() && !matches!(c, '\u{200b}'..='\u{200d}' | '\u{feff}')).collect::<String>().to_lowercase();
    let bare = plain.split(['(', '（', '〔', '[']).next().unwrap_or_default();
    let bare = if bare.is_empty() { &plain } else { bare };
    bare.trim_start_matches('*').trim_end_matches([':', '：', '*']).to_owned()
}

fn join(above: &[String], below: &[String]) -> Vec<String> {
    let cell = |row: &[String], at: usize| row.get(at).cloned().unwrap_or_default();
    (0..above.len().max(below.len()))
        .map(|at| match (cell(above, at), cell(below, at)) {
            (above, below) if below.is_empty() => above,
            (_, below) => below,
        })
        .collect()
}
