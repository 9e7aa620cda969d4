//! Lists without a header: one block per item, each label beside its value (职权信息表, 办事指南).

use std::collections::VecDeque;

use super::Field;
use super::header::{Found, Place, Words};
use super::records::{Broken, Record, Records};

/// So many labels, each leading its line, make blocks of a file; a table has them in its header alone.
const LABELS_NEEDED: usize = 3;

/// Whether the records are blocks of labels: most of them begin with one; the header is then made of the fields' keys.
pub(super) fn find(records: &[(usize, Record)], place: &Place, fields: &'static [Field]) -> Option<Found> {
    let mut seen: Vec<usize> = Vec::new();
    let led = records.iter().filter(|(_, record)| pairs(&record.cells[..record.cells.len().min(1)], fields).len() == 1).count();
    if led < LABELS_NEEDED || led * 2 < records.len() {
        return None;
    }
    for (_, record) in records {
        for (number, value) in pairs(&record.cells, fields) {
            if !value.is_empty() && !seen.contains(&number) {
                seen.push(number);
            }
        }
    }
    let missing = fields.iter().enumerate().any(|(number, field)| field.required && !seen.contains(&number));
    if missing || seen.len() < LABELS_NEEDED {
        return None;
    }
    Some(Found {
        place: place.clone(),
        other_sheets: Vec::new(),
        blocks: true,
        stated: Some(seen.clone()),
        line: records.first().map_or(1, |(_, record)| record.line),
        records: 0,
        header: fields.iter().map(|field| field.key.to_owned()).collect(),
        columns: (0..fields.len()).map(|number| (number, number)).collect(),
        ignored: Vec::new(),
        hits: seen.len(),
        missing: Vec::new(),
    })
}

/// Field number and value of every label in a record: in the first, third … cell.
fn pairs<'a>(cells: &'a [String], fields: &'static [Field]) -> Vec<(usize, &'a str)> {
    let words = Words::of(fields);
    cells
        .chunks(2)
        .filter_map(|pair| {
            let number = words.field(pair.first()?)?;
            Some((number, pair.get(1).map_or("", String::as_str)))
        })
        .collect()
}

/// Turns blocks into rows of the made-up header. A block ends where a label comes again, or at a blank record.
pub(super) fn rows(records: Records, fields: &'static [Field]) -> Records {
    Box::new(Blocks { records, fields, open: None, seen: Vec::new(), ready: VecDeque::new() })
}

struct Blocks {
    records: Records,
    fields: &'static [Field],
    open: Option<Record>,
    /// Labels of the open block.
    seen: Vec<usize>,
    ready: VecDeque<Record>,
}

impl Blocks {
    fn take(&mut self, record: &Record) {
        if record.cells.iter().all(|cell| super::trimmed(cell).is_empty()) && self.seen.len() >= LABELS_NEEDED {
            self.ready.extend(self.open.take());
            self.seen.clear();
        }
        let pairs: Vec<(usize, String)> =
            pairs(&record.cells, self.fields).into_iter().map(|(number, value)| (number, value.to_owned())).collect();
        for (number, value) in pairs {
            // A label that comes again begins the next block, also where its value was left blank.
            if self.seen.contains(&number) {
                self.ready.extend(self.open.take());
                self.seen.clear();
            }
            self.seen.push(number);
            let width = self.fields.len();
            let open = self.open.get_or_insert_with(|| Record { line: record.line, cells: vec![String::new(); width], open_ended: true });
            open.cells[number] = value;
        }
    }
}

impl Iterator for Blocks {
    type Item = Result<Record, Broken>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(record) = self.ready.pop_front() {
                return Some(Ok(record));
            }
            match self.records.next() {
                Some(Ok(record)) => self.take(&record),
                Some(Err(broken)) => return Some(Err(broken)),
                None => return self.open.take().map(Ok),
            }
        }
    }
}
