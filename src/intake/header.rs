//! Finding the header: the row, below whatever titles, that names the fields.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{LazyLock, Mutex, PoisonError};

use unicode_normalization::UnicodeNormalization;

use super::decode::Text;
use super::records::{self, Record, Records};
use super::workbook::{self, Sheet};
use super::{Field, IntakeError, Options, blocks, trimmed};

/// Titles and page navigation above a header never take more rows than this.
const SEARCHED: usize = 30;
const DELIMITERS: [char; 4] = [',', '\t', ';', '|'];

/// The header, and which column each field has.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) place: Place,
    /// Further sheets that hold a table.
    pub(super) other_sheets: Vec<String>,
    /// No header but labels, each beside its value.
    pub(super) blocks: bool,
    /// Of blocks: the fields whose labels were met.
    pub(super) stated: Option<Vec<usize>>,
    /// Line of the header; for a header of two rows, of the first.
    pub(super) line: u64,
    /// How many records to pass over to reach the data.
    pub(super) records: usize,
    pub(super) header: Vec<String>,
    /// Field number and column number.
    pub(super) columns: Vec<(usize, usize)>,
    pub(super) ignored: Vec<String>,
    pub(super) hits: usize,
    pub(super) missing: Vec<&'static str>,
}

pub(super) fn find(path: &Path, text: &Text, fields: &'static [Field], options: &Options) -> Result<Found, IntakeError> {
    if let Some((field, _)) = options.map.iter().find(|(field, _)| !fields.iter().any(|known| known.key == field)) {
        return Err(IntakeError::UnknownField { field: field.clone(), known: fields.iter().map(|field| field.key).collect() });
    }
    let places = if text.is_workbook() { sheets(path, options)? } else { delimiters(options)? };
    let mut best: Option<Result<Found, IntakeError>> = None;
    let mut most = 0;
    let mut others = Vec::new();
    for place in places {
        let records = first_records(&place, path, text)?;
        let found = if records.is_empty() { Err(IntakeError::OnlyBlankRows) } else { in_records(&records, &place, fields, options) };
        let hits = match &found {
            Ok(found) => found.hits + 1,
            Err(IntakeError::NoHeader { best, .. }) => best.first().map_or(0, |(_, _, hits)| *hits),
            Err(IntakeError::OnlyBlankRows) => 0,
            Err(_) => 1,
        };
        if let (Place::Sheet(sheet), true) = (&place, found.is_ok()) {
            others.push(sheet.name.clone());
        }
        if best.is_none() || hits > most || (found.is_ok() && !matches!(best, Some(Ok(_)))) {
            most = hits;
            best = Some(found);
        }
    }
    let mut found = best.unwrap_or(Err(IntakeError::OnlyBlankRows))?;
    if let Place::Sheet(sheet) = &found.place {
        found.other_sheets = others.into_iter().filter(|name| *name != sheet.name).collect();
    }
    Ok(found)
}

/// Where in the file a table may stand.
#[derive(Clone, Debug)]
pub(super) enum Place {
    /// Text cut by this character.
    Delimited(char),
    Sheet(Sheet),
}

impl Place {
    pub(super) fn records(&self, path: &Path, text: &Text) -> Result<Records, IntakeError> {
        match self {
            Self::Delimited(delimiter) => records::of_text(path, text, *delimiter),
            Self::Sheet(sheet) => Ok(workbook::records(path, &sheet.name)),
        }
    }
}

fn delimiters(options: &Options) -> Result<Vec<Place>, IntakeError> {
    if options.sheet.is_some() {
        return Err(IntakeError::NoSheet { wanted: options.sheet.clone().unwrap_or_default(), known: Vec::new() });
    }
    Ok(match options.delimiter {
        Some(delimiter) => vec![Place::Delimited(delimiter)],
        None => DELIMITERS.into_iter().map(Place::Delimited).collect(),
    })
}

/// The sheet asked for by name or number, else every sheet that is not hidden.
fn sheets(path: &Path, options: &Options) -> Result<Vec<Place>, IntakeError> {
    let all = workbook::sheets(path)?;
    let Some(wanted) = &options.sheet else {
        return Ok(all.into_iter().filter(|sheet| sheet.visible).map(Place::Sheet).collect());
    };
    let by_number = || wanted.parse::<usize>().ok().and_then(|number| all.get(number.checked_sub(1)?));
    match all.iter().find(|sheet| sheet.name == *wanted).or_else(by_number) {
        Some(sheet) => Ok(vec![Place::Sheet(sheet.clone())]),
        None => Err(IntakeError::NoSheet { wanted: wanted.clone(), known: all.into_iter().map(|sheet| sheet.name).collect() }),
    }
}

/// A record that is not blank and its place among all records.
type Placed = (usize, Record);

fn first_records(place: &Place, path: &Path, text: &Text) -> Result<Vec<Placed>, IntakeError> {
    let mut found = Vec::new();
    for (at, record) in place.records(path, text)?.enumerate() {
        let mut record = record.map_err(|broken| IntakeError::BadWorkbook(broken.detail))?;
        for cell in &mut record.cells {
            *cell = trimmed(cell).to_owned();
        }
        if record.cells.iter().any(|cell| !cell.is_empty()) {
            found.push((at, record));
        }
        if found.len() > SEARCHED {
            break;
        }
    }
    Ok(found)
}

fn in_records(records: &[Placed], at: &Place, fields: &'static [Field], options: &Options) -> Result<Found, IntakeError> {
    if options.header_row.is_none()
        && let Some(found) = blocks::find(records, at, fields)
    {
        return Ok(found);
    }
    let mut candidates = Vec::new();
    let mut refused = None;
    for (number, (place, Record { line, cells, .. })) in records.iter().enumerate().take(SEARCHED) {
        if options.header_row.is_some_and(|wanted| wanted != *line) {
            continue;
        }
        let single = claim(cells, fields, options).map(|claimed| (claimed, place + 1, cells.clone()));
        // A header of two rows: groups above, fields below.
        let double = records.get(number + 1).filter(|(next, _)| *next == place + 1).and_then(|(next, below)| {
            let joined = join(cells, &below.cells, fields);
            let alone = claim(&below.cells, fields, options).map_or(0, |claimed| claimed.hits);
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
            place: at.clone(),
            other_sheets: Vec::new(),
            blocks: false,
            stated: None,
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
    for (at, (key, first)) in options.map.iter().enumerate() {
        if let Some((_, second)) = options.map[at + 1..].iter().find(|(other, _)| other == key)
            && let Some(field) = fields.iter().find(|field| field.key == key)
        {
            return Err(IntakeError::DuplicateColumn { field: field.key, columns: vec![first.clone(), second.clone()] });
        }
    }
    for (number, field) in fields.iter().enumerate() {
        if let Some((_, wanted)) = options.map.iter().find(|(key, _)| key == field.key) {
            columns.push((number, mapped(cells, &words, wanted)?));
            continue;
        }
        let by_rank = Words::of(fields).by_field[number].iter().map(|alias| {
            words
                .iter()
                .enumerate()
                .filter(|(at, found)| *found == alias && !columns.iter().any(|(_, taken)| taken == at))
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

/// A header word to compare: NFKC, no white space nor underscore, no bracketed remark, lower case.
pub(super) fn word(cell: &str) -> String {
    let plain: String =
        cell.nfkc().filter(|c| !c.is_whitespace() && !matches!(c, '\u{200b}'..='\u{200d}' | '\u{feff}')).collect::<String>().to_lowercase();
    let bare = plain.split(['(', '（', '〔', '[']).next().unwrap_or_default();
    let bare = if bare.is_empty() { &plain } else { bare };
    let bare = bare.trim_start_matches('*').trim_end_matches([':', '：', '*']);
    // short_name is short name; a column that begins with the mark is ours and no field's.
    if bare.starts_with('_') { bare.to_owned() } else { bare.replace('_', "") }
}

/// The header words of a list of fields, made comparable once.
pub(super) struct Words {
    /// By field, best first.
    by_field: Vec<Vec<String>>,
    /// The first field that has a word.
    field_of: HashMap<String, usize>,
}

impl Words {
    /// The words of these fields. Lists of fields are few and live as long as the program.
    pub(super) fn of(fields: &'static [Field]) -> &'static Self {
        static KNOWN: LazyLock<Mutex<HashMap<usize, &'static Words>>> = LazyLock::new(Mutex::default);
        let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
        known.entry(fields.as_ptr().addr()).or_insert_with(|| {
            let by_field: Vec<Vec<String>> = fields.iter().map(|field| field.aliases.iter().map(|alias| word(alias)).collect()).collect();
            let mut field_of = HashMap::new();
            for (number, words) in by_field.iter().enumerate() {
                for word in words {
                    field_of.entry(word.clone()).or_insert(number);
                }
            }
            Box::leak(Box::new(Self { by_field, field_of }))
        })
    }

    /// The field a cell names.
    pub(super) fn field(&self, cell: &str) -> Option<usize> {
        self.field_of.get(&word(cell)).copied()
    }
}

/// One header of two rows. Below a group the field's own word counts; where it is too short to
/// be known, the group's word is put behind or before it (法定 below 办结时限 is 法定办结时限).
fn join(above: &[String], below: &[String], fields: &'static [Field]) -> Vec<String> {
    let known = |text: &str| Words::of(fields).field(text).is_some();
    let mut group = String::new();
    (0..above.len().max(below.len()))
        .map(|at| {
            let (over, under) = (cell(above, at), cell(below, at));
            if !over.is_empty() {
                group.clone_from(&over);
            } else if under.is_empty() {
                group.clear();
            }
            if under.is_empty() || under == over {
                return over;
            }
            let (behind, before) = (format!("{under}{group}"), format!("{group}{under}"));
            if known(&under) || group.is_empty() {
                under
            } else if known(&behind) {
                behind
            } else if known(&before) {
                before
            } else {
                under
            }
        })
        .collect()
}

fn cell(row: &[String], at: usize) -> String {
    row.get(at).cloned().unwrap_or_default()
}
