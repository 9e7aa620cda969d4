//! The reader's wishes: which columns, in which order, how many rows.

use std::cmp::Ordering;

use super::{Cell, Column, Report};

mod order;

/// What `--fields`, `--sort` and `--limit` ask for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shape {
    pub fields: Option<Vec<String>>,
    pub sort: Vec<SortKey>,
    pub limit: Option<usize>,
}

/// A column to sort by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SortKey {
    pub key: String,
    pub descending: bool,
}

impl SortKey {
    /// Reads `updated`, or `-updated` for the last first.
    pub fn parse(text: &str) -> SortKey {
        let (key, descending) = match text.strip_prefix('-') {
            Some(key) => (key, true),
            None => (text, false),
        };
        SortKey { key: key.to_owned(), descending }
    }
}

/// Why a report cannot take a shape. The caller has the words for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ShapeError {
    UnknownField { field: String, known: Vec<&'static str> },
}

/// Sorts, then cuts, then picks the columns. The rows keep their keys for `ids`.
pub fn shape(mut report: Report, shape: &Shape) -> Result<Report, ShapeError> {
    let sort = shape.sort.iter().map(|by| Ok((position(&report.columns, &by.key)?, by.descending))).collect::<Result<Vec<_>, _>>()?;
    let picked = match &shape.fields {
        Some(fields) => Some(positions(&report.columns, fields)?),
        None => None,
    };

    if report.stream.is_some() {
        if sort.is_empty() {
            shape_stream(&mut report, shape.limit, picked.as_deref());
            return Ok(report);
        }
        // To be sorted they must be held; a stream that cannot be made is told when it is written.
        if let Ok(whole) = report.gathered().map(std::borrow::Cow::into_owned) {
            report = whole;
        }
    }
    let key_left_out = tie_keys_to_rows(&mut report);
    report.rows.sort_by(|a, b| compare(a, b, &sort));
    if let Some(limit) = shape.limit.filter(|limit| *limit < report.rows.len()) {
        report.truncated.get_or_insert(report.rows.len());
        report.rows.truncate(limit);
    }
    if key_left_out {
        untie_keys(&mut report);
    }
    if let Some(picked) = picked {
        pick(&mut report, &picked);
    }
    Ok(report)
}

/// Cuts and picks without holding a row.
fn shape_stream(report: &mut Report, limit: Option<usize>, picked: Option<&[usize]>) {
    let total = report.len();
    let Some(stream) = &mut report.stream else { return };
    if let Some(limit) = limit.filter(|limit| *limit < stream.rows) {
        report.truncated.get_or_insert(total);
        stream.rows = limit;
    }
    if let Some(picked) = picked {
        report.whole_key = report.key;
        stream.picked = Some(picked.to_vec());
        match picked.iter().position(|index| *index == report.key) {
            Some(key) => report.key = key,
            None => report.kept_keys = Some(Vec::new()),
        }
        report.columns = picked.iter().map(|index| report.columns[*index].clone()).collect();
    }
}

/// Puts keys kept by an earlier shaping behind their rows, so that they move and go together.
fn tie_keys_to_rows(report: &mut Report) -> bool {
    let Some(keys) = report.kept_keys.take() else {
        return false;
    };
    for (row, key) in report.rows.iter_mut().zip(keys) {
        row.push(key);
    }
    true
}

fn untie_keys(report: &mut Report) {
    let keys = report.rows.iter_mut().filter_map(Vec::pop).collect();
    report.kept_keys = Some(keys);
}

fn compare(a: &[Cell], b: &[Cell], sort: &[(usize, bool)]) -> Ordering {
    sort.iter()
        .map(|(index, descending)| {
            let order = order::of(&a[*index], &b[*index]);
            if *descending { order.reverse() } else { order }
        })
        .find(|order| order.is_ne())
        .unwrap_or(Ordering::Equal)
}

/// Finds the columns asked for; one named twice stays once, as json keys must.
fn positions(columns: &[Column], fields: &[String]) -> Result<Vec<usize>, ShapeError> {
    let mut found = Vec::new();
    for field in fields {
        let index = position(columns, field)?;
        if !found.contains(&index) {
            found.push(index);
        }
    }
    Ok(found)
}

fn position(columns: &[Column], field: &str) -> Result<usize, ShapeError> {
    columns
        .iter()
        .position(|column| column.key == field.trim())
        .ok_or_else(|| ShapeError::UnknownField { field: field.to_owned(), known: columns.iter().map(|column| column.key).collect() })
}

fn pick(report: &mut Report, picked: &[usize]) {
    match picked.iter().position(|index| *index == report.key) {
        _ if report.kept_keys.is_some() => {}
        Some(key) => report.key = key,
        None => report.kept_keys = Some(report.keys().cloned().collect()),
    }
    report.columns = picked.iter().map(|index| report.columns[*index].clone()).collect();
    for row in &mut report.rows {
        *row = picked.iter().map(|index| std::mem::take(&mut row[*index])).collect();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::{Format, sample};

    fn numbers() -> Report {
        let columns = vec![Column::left("name", "name"), Column::right("n", "n")];
        let mut report = Report::new("x.list", columns);
        for (name, n) in [("a", Cell::Int(10)), ("b", Cell::Empty), ("c", Cell::Int(9)), ("d", Cell::Int(10)), ("e", Cell::NotApplicable)] {
            report.push(vec![name.into(), n]);
        }
        report
    }

    fn sorted(by: &[&str], limit: Option<usize>) -> Report {
        let wish = Shape { sort: by.iter().map(|key| SortKey::parse(key)).collect(), limit, fields: None };
        shape(numbers(), &wish).unwrap()
    }

    fn ids(report: &Report) -> String {
        sample::written(report, Format::Ids).replace('\n', "")
    }

    #[test]
    fn numbers_sort_as_numbers_with_empty_first() {
        assert_eq!(ids(&sorted(&["n"], None)), "becad");
    }

    #[test]
    fn descending_turns_the_order_and_keeps_equals_as_they_were() {
        assert_eq!(ids(&sorted(&["-n"], None)), "adceb");
        assert_eq!(ids(&sorted(&["-n", "-name"], None)), "daceb");
    }

    #[test]
    fn the_limit_comes_after_sorting_and_remembers_the_total() {
        let report = sorted(&["n"], Some(2));
        assert_eq!(ids(&report), "be");
        assert_eq!(report.truncated, Some(5));
        assert_eq!(sorted(&[], Some(5)).truncated, None);
    }

    #[test]
    fn fields_come_in_the_order_asked_for_and_once() {
        let wish = Shape { fields: Some(vec!["n".into(), " name".into(), "n".into()]), ..Shape::default() };
        let report = shape(numbers(), &wish).unwrap();
        assert!(sample::written(&report, Format::Csv).starts_with("n,name\n10,a\n"));
        assert_eq!(report.key_column(), Some(1));
    }

    #[test]
    fn an_unknown_field_names_the_known_ones() {
        let wrong = ShapeError::UnknownField { field: "age".to_owned(), known: vec!["name", "n"] };
        let fields = Shape { fields: Some(vec!["age".to_owned()]), ..Shape::default() };
        assert_eq!(shape(numbers(), &fields), Err(wrong.clone()));
        let sort = Shape { sort: vec![SortKey::parse("-age")], ..Shape::default() };
        assert_eq!(shape(numbers(), &sort), Err(wrong));
    }

    #[test]
    fn keys_outlive_a_second_shaping() {
        let wish = Shape { fields: Some(vec!["n".to_owned()]), ..Shape::default() };
        let once = shape(numbers(), &wish).unwrap();
        assert_eq!(once.key_column(), None);
        let again = Shape { sort: vec![SortKey::parse("-n")], limit: Some(3), ..wish };
        assert_eq!(ids(&shape(once, &again).unwrap()), "adc");
    }
}
