//! One document with an envelope. Rows are written as they come and never held as a whole.

use std::io::{self, Write};

use serde::Serialize;
use serde::ser::{Error, SerializeMap, SerializeSeq, SerializeStruct, Serializer};

use super::{Cell, Column, Paper, Report, Warning, rate};

pub(super) fn write(report: &Report, paper: &Paper, out: &mut dyn Write) -> io::Result<()> {
    let envelope = Envelope { report, paper };
    serde_json::to_writer_pretty(&mut *out, &envelope)?;
    writeln!(out)
}

struct Envelope<'a> {
    report: &'a Report,
    paper: &'a Paper,
}

impl Serialize for Envelope<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut envelope = serializer.serialize_map(None)?;
        envelope.serialize_entry("schema", &format!("swj.{}/1", self.report.schema))?;
        envelope.serialize_entry("generated_at", self.report.made_at.as_ref().unwrap_or(&self.paper.generated_at))?;
        for (key, value) in &self.report.members {
            envelope.serialize_entry(key, value)?;
        }
        envelope.serialize_entry("data", &Data(self.report))?;
        envelope.serialize_entry("summary", &Summary(self.report))?;
        envelope.serialize_entry("warnings", &self.report.warnings)?;
        envelope.end()
    }
}

struct Data<'a>(&'a Report);

impl Serialize for Data<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut rows = serializer.serialize_seq(None)?;
        let mut refused = None;
        let made = self.0.each(&mut |row| {
            rows.serialize_element(&record(self.0, row)).map_err(|error| {
                refused = Some(error);
                io::ErrorKind::Other.into()
            })
        });
        match (refused, made) {
            (Some(error), _) => Err(error),
            (None, Err(error)) => Err(S::Error::custom(error)),
            (None, Ok(())) => rows.end(),
        }
    }
}

struct Summary<'a>(&'a Report);

impl Serialize for Summary<'_> {
    /// Says how many rows there were when a limit hid some, unless the command already does.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut summary = serializer.serialize_map(None)?;
        for (key, cell) in &self.0.summary {
            summary.serialize_entry(key, cell)?;
        }
        let counted = self.0.summary.iter().any(|(key, _)| *key == "total");
        if let (Some(total), false) = (self.0.truncated, counted) {
            summary.serialize_entry("total", &total)?;
        }
        summary.end()
    }
}

/// A row as an object.
pub(super) fn record<'a>(report: &'a Report, cells: &'a [Cell]) -> Record<'a> {
    Record { columns: &report.columns, cells }
}

pub(super) struct Record<'a> {
    columns: &'a [Column],
    cells: &'a [Cell],
}

impl Serialize for Record<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let keys = self.columns.iter().map(|column| column.key);
        serializer.collect_map(keys.zip(self.cells))
    }
}

impl Serialize for Warning {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut warning = serializer.serialize_struct("Warning", 2)?;
        warning.serialize_field("code", self.code)?;
        warning.serialize_field("message", &self.message)?;
        warning.end()
    }
}

impl Serialize for Cell {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Cell::Empty | Cell::NotApplicable => serializer.serialize_unit(),
            Cell::Text(text) => serializer.serialize_str(text),
            Cell::Int(number) => serializer.serialize_i64(*number),
            Cell::Bool(truth) => serializer.serialize_bool(*truth),
            Cell::Date(day) => serializer.collect_str(day),
            Cell::Rate { numerator, denominator, decimals } => {
                let mut share = serializer.serialize_struct("Rate", 3)?;
                share.serialize_field("numerator", numerator)?;
                share.serialize_field("denominator", denominator)?;
                let percent = rate::percent(*numerator, *denominator, *decimals);
                share.serialize_field("percent", &percent)?;
                share.end()
            }
            Cell::Json(value) => value.serialize(serializer),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::view::{Format, Report, Shape, sample, shape};

    fn parsed(report: &Report) -> Value {
        serde_json::from_str(&sample::written(report, Format::Json)).unwrap()
    }

    #[test]
    fn the_document_has_an_envelope_and_ends_with_a_newline() {
        let mut report = sample::empty().with_summary("active", 1);
        report.push(vec!["lihua".into(), "李华".into()]);
        report.warn("old-data", "从昨天起没有更新");
        assert_eq!(
            sample::written(&report, Format::Json),
            r#"{
  "schema": "swj.user.list/1",
  "generated_at": "2026-11-23T10:15:00+08:00",
  "data": [
    {
      "login": "lihua",
      "name": "李华"
    }
  ],
  "summary": {
    "active": 1
  },
  "warnings": [
    {
      "code": "old-data",
      "message": "从昨天起没有更新"
    }
  ]
}
"#
        );
    }

    #[test]
    fn every_kind_of_cell_keeps_its_type_in_every_language() {
        let document = parsed(&sample::users().with_words("是", "否"));
        let rows = &document["data"];
        assert_eq!(rows[0]["cases"], json!(12));
        assert_eq!(rows[0]["active"], json!(true));
        assert_eq!(rows[0]["since_on"], json!("2024-06-01"));
        assert_eq!(rows[0]["rate"], json!({"numerator": 1708, "denominator": 1913, "percent": "89.3"}));
        assert_eq!(rows[1]["rate"]["percent"], Value::Null);
        assert_eq!(rows[1]["since_on"], Value::Null);
        assert_eq!(rows[2]["cases"], Value::Null);
    }

    #[test]
    fn strange_text_comes_back_as_it_was() {
        assert_eq!(parsed(&sample::users())["data"][1]["name"], sample::STRANGE);
    }

    #[test]
    fn a_limit_that_hid_rows_tells_the_total() {
        let limit = |limit| Shape { limit: Some(limit), ..Shape::default() };
        let cut = shape(sample::users(), &limit(2)).unwrap();
        assert_eq!(parsed(&cut)["summary"], json!({"total": 3}));
        let whole = shape(sample::users(), &limit(3)).unwrap();
        assert_eq!(parsed(&whole)["summary"], json!({}));
    }
}
