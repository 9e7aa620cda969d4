//! An annual report filled from counts, and as the json other programs read (design section 7).

use serde_json::{Map, Value, json};

use super::annual::{Annual, Broken, COLUMNS, Form, GROUPS, RESULTS};
use super::figure::{Amount, Figure};
use super::request::APPLICANTS;

/// Requests of one kind of applicant and one row of results.
#[derive(Clone, Copy, Debug)]
pub struct Requests<'a> {
    pub applicant: &'a str,
    pub row: Option<&'a str>,
    pub new: i64,
    pub carried: i64,
    pub closed: i64,
    pub open: i64,
}

/// Everything a year's report is filled from.
#[derive(Debug)]
pub struct Counts<'a> {
    pub requests: Vec<Requests<'a>>,
    /// Kind, result and count.
    pub disputes: Vec<(&'a str, &'a str, i64)>,
    /// `rule` or `normative`: made, abolished, valid.
    pub normative: Vec<(&'a str, [i64; 3])>,
    /// Figures from other systems, by code or `code:n`.
    pub decisions: Vec<(&'a str, Figure)>,
    /// 行政许可处理决定, where there are cases to count; other systems' figure goes before it.
    pub licences: Option<i64>,
}

/// Fills a report. What nobody counted stays blank in table 二; table 三 and 四 are whole.
pub fn fill(org: &str, year: i16, form: Form, counts: &Counts<'_>) -> Annual {
    let mut report = Annual::blank(org, year, form);
    let mut table: std::collections::BTreeMap<String, [i64; 7]> = report.applications.keys().map(|code| (code.clone(), [0; 7])).collect();
    let mut add = |code: &str, at: usize, n: i64| {
        if let Some(row) = table.get_mut(code) {
            row[at] += n;
            row[6] += n;
        }
    };
    for counted in &counts.requests {
        let at = APPLICANTS.iter().position(|kind| *kind == counted.applicant).unwrap_or(5);
        add("1", at, counted.new);
        add("2", at, counted.carried);
        add("4", at, counted.open);
        add("3.7", at, counted.closed);
        if let Some(row) = counted.row {
            // The form of 2019 has one row for 其他处理, that of 2021 three.
            let row = match form {
                Form::Of2019 if row.starts_with("3.6") => "3.6",
                Form::Of2021 if row == "3.6" => "3.6.3",
                _ => row,
            };
            add(row, at, counted.closed);
        }
    }
    for (code, row) in table {
        report.applications.insert(code, row.map(Figure::count));
    }
    let mut disputes = [[0; 5]; 3];
    for (kind, result, n) in &counts.disputes {
        let group = match *kind {
            "review" => 0,
            "suit_direct" => 1,
            _ => 2,
        };
        let at = match *result {
            "upheld" => 0,
            "corrected" => 1,
            "other" => 2,
            _ => 3,
        };
        disputes[group][at] += n;
        disputes[group][4] += n;
    }
    report.disputes = disputes.map(|group| group.map(Figure::count));
    if form == Form::Of2021 {
        for (code, kind) in [("20.1.1", "rule"), ("20.1.2", "normative")] {
            let found = counts.normative.iter().find(|(found, _)| *found == kind).map_or([0; 3], |(_, values)| *values);
            report.proactive.insert(code.to_owned(), found.map(Figure::count).to_vec());
        }
        if let Some(n) = counts.licences {
            report.proactive.insert("20.5.1".to_owned(), vec![Figure::count(n)]);
        }
    }
    for (code, figure) in &counts.decisions {
        let (code, at) = code.split_once(':').map_or((*code, 0), |(code, n)| (code, n.parse::<usize>().unwrap_or(1).saturating_sub(1)));
        if let Some(cell) = report.proactive.get_mut(code).and_then(|row| row.get_mut(at)) {
            *cell = *figure;
        }
    }
    report
}

fn to_json(figure: Figure) -> Value {
    match figure {
        Figure::Blank => Value::Null,
        Figure::NotApplicable => json!("/"),
        Figure::Number(amount) => amount
            .as_whole()
            .map_or_else(|| amount.to_string().parse::<serde_json::Number>().map_or(Value::Null, Value::Number), Value::from),
    }
}

fn from_json(value: &Value) -> Option<Figure> {
    match value {
        Value::Null => Some(Figure::Blank),
        Value::Number(number) => Amount::read(&number.to_string()).map(Figure::Number),
        Value::String(text) => Figure::read(text),
        _ => None,
    }
}

/// The members of the interchange document.
pub fn members(report: &Annual) -> Vec<(&'static str, Value)> {
    let proactive: Map<String, Value> = report
        .form
        .rows(0)
        .filter_map(|row| {
            let values = report.proactive.get(&row.code)?;
            Some((
                row.code.clone(),
                json!({
                    "label": row.label,
                    "columns": report.form.proactive_columns(&row.code),
                    "values": values.iter().map(|figure| to_json(*figure)).collect::<Vec<_>>(),
                }),
            ))
        })
        .collect();
    let applications: Map<String, Value> = report
        .form
        .rows(1)
        .filter_map(|row| {
            let values = report.applications.get(&row.code)?;
            let label = row.label.rsplit('|').next().unwrap_or_default();
            Some((row.code.clone(), json!({"label": label, "values": values.iter().map(|figure| to_json(*figure)).collect::<Vec<_>>()})))
        })
        .collect();
    let mut disputes = Map::new();
    disputes.insert("columns".to_owned(), json!(RESULTS));
    for ((_, title), row) in GROUPS.iter().zip(&report.disputes) {
        disputes.insert((*title).to_owned(), row.iter().map(|figure| to_json(*figure)).collect());
    }
    vec![
        ("org", report.org.clone().into()),
        ("year", report.year.into()),
        ("form", report.form.code().into()),
        ("proactive", proactive.into()),
        ("columns", COLUMNS.iter().map(|(key, _)| Value::from(*key)).collect()),
        ("applications", applications.into()),
        ("review_litigation", disputes.into()),
    ]
}

/// Reads the interchange document; a part it lacks stays blank.
pub fn read(document: &Value) -> Option<Annual> {
    read_doubting(document).map(|(annual, _)| annual)
}

/// Reads the interchange document of whoever wrote it, with a doubt for every cell that is no figure (E5) or one too
/// many (E3).
pub fn read_doubting(document: &Value) -> Option<(Annual, Vec<Broken>)> {
    let mut doubts = Vec::new();
    let schema = document.get("schema")?.as_str()?;
    if schema != "swj.disclosure.annual_report/1" {
        return None;
    }
    let year = i16::try_from(document.get("year")?.as_i64()?).ok()?;
    let form = document.get("form").and_then(Value::as_str).and_then(Form::from_code).or_else(|| Form::of_year(year))?;
    let mut report = Annual::blank(document.get("org").and_then(Value::as_str).unwrap_or_default(), year, form);
    let mut values = |value: &Value, table: &str, code: &str, width: usize| {
        let cells = value.get("values").unwrap_or(value).as_array()?;
        if cells.len() > width {
            doubts.push(Broken::warning("E3", (table, code, ""), &cells.len().to_string()));
        }
        let mut list = Vec::new();
        for (at, cell) in cells.iter().take(width).enumerate() {
            list.push(from_json(cell).unwrap_or_else(|| {
                let text = cell.as_str().map_or_else(|| cell.to_string(), str::to_owned);
                let column = COLUMNS.get(at).filter(|_| table == "三").map_or_else(|| (at + 1).to_string(), |(key, _)| (*key).to_owned());
                doubts.push(Broken::warning("E5", (table, code, &column), &text));
                super::published::figure(&text).map_or(Figure::NotApplicable, |(figure, _)| figure)
            }));
        }
        Some(list)
    };
    // Rows the form does not have, and columns in another order than its own.
    let mut strange: Vec<(&str, String)> = Vec::new();
    let known: Vec<&str> = form.rows(1).map(|row| row.code.as_str()).chain(["3.6"]).collect();
    if let Some(columns) = document.get("columns").and_then(Value::as_array) {
        let named: Vec<&str> = columns.iter().filter_map(Value::as_str).collect();
        if named != COLUMNS.map(|(key, _)| key) {
            strange.push(("三", named.join(" ")));
        }
    }
    if let Some(blocks) = document.get("proactive").and_then(Value::as_object) {
        for (code, block) in blocks {
            let Some(width) = report.proactive.get(code).map(Vec::len) else {
                strange.push(("二", code.clone()));
                continue;
            };
            if let Some(values) = values(block, "二", code, width) {
                report.proactive.insert(code.clone(), values);
            }
        }
    }
    let rows = document.get("applications").and_then(Value::as_object)?;
    // A report that mixes forms has 3.6 instead of its three items.
    if rows.contains_key("3.6") {
        report.applications.retain(|code, _| !code.starts_with("3.6."));
    }
    for (code, row) in rows {
        if !known.contains(&code.as_str()) {
            strange.push(("三", code.clone()));
            continue;
        }
        let found = values(row, "三", code, 7)?;
        report.applications.insert(code.clone(), std::array::from_fn(|at| found.get(at).copied().unwrap_or_default()));
    }
    if let Some(groups) = document.get("review_litigation") {
        for ((_, title), cells) in GROUPS.iter().zip(&mut report.disputes) {
            if let Some(found) = groups.get(title).and_then(|group| values(group, "四", title, 5)) {
                cells.iter_mut().zip(found).for_each(|(cell, figure)| *cell = figure);
            }
        }
    }
    doubts.extend(strange.into_iter().map(|(table, found)| Broken::warning("E3", (table, "", ""), &found)));
    Some((report, doubts))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disclosure::annual::tests::sound;

    fn document(report: &Annual) -> Value {
        let mut whole = Map::new();
        whole.insert("schema".to_owned(), json!("swj.disclosure.annual_report/1"));
        whole.extend(members(report).into_iter().map(|(key, value)| (key.to_owned(), value)));
        whole.into()
    }

    #[test]
    fn the_interchange_document_is_read_as_it_was_written() {
        for year in [2019, 2024] {
            let mut report = sound(year);
            report.proactive.insert("20.8.1".into(), vec![Figure::read("59237.2449").unwrap(); report.proactive["20.8.1"].len()]);
            report.applications.get_mut("3.1").unwrap()[2] = Figure::Blank;
            report.disputes[1][3] = Figure::NotApplicable;
            let text = document(&report).to_string();
            assert_eq!(read(&serde_json::from_str(&text).unwrap()), Some(report));
        }
    }

    #[test]
    fn what_is_counted_holds_by_construction() {
        let one = |applicant, row, new, carried, closed, open| Requests { applicant, row, new, carried, closed, open };
        let counts = Counts {
            requests: vec![
                one("natural_person", Some("3.1"), 4, 1, 5, 0),
                one("business", None, 2, 0, 0, 2),
                one("legal_service", Some("3.6.1"), 1, 0, 1, 0),
            ],
            disputes: vec![("review", "upheld", 2), ("suit_direct", "pending", 1)],
            normative: vec![("normative", [3, 1, 12])],
            decisions: vec![("20.8.1", Figure::read("35.65").unwrap()), ("20.5.1", Figure::count(9))],
            licences: Some(7),
        };
        for year in [2020, 2024] {
            let report = fill("局", year, Form::of_year(year).unwrap(), &counts);
            let errors: Vec<_> = report.check().into_iter().filter(|found| found.rule != "E1").collect();
            assert_eq!(errors, []);
            assert_eq!(report.applications["1"][6], Figure::count(7));
        }
        let report = fill("局", 2024, Form::Of2021, &counts);
        assert_eq!(report.proactive["20.5.1"], [Figure::count(9)], "another system's figure goes first");
        assert_eq!(report.proactive["20.6.1"], [Figure::Blank], "what nobody counted is no zero");
        assert_eq!(report.applications["3.6.1"][4], Figure::count(1));
        assert_eq!(fill("局", 2020, Form::Of2019, &counts).applications["3.6"][4], Figure::count(1));
    }
}
