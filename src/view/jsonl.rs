//! Bare records, one a line.

use std::io::{self, Write};

use super::{Report, json};

pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    report.each(&mut |row| {
        serde_json::to_writer(&mut *out, &json::record(report, row))?;
        writeln!(out)
    })
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use crate::view::{Format, sample};

    #[test]
    fn each_line_is_a_record_of_its_own() {
        let text = sample::written(&sample::users(), Format::Jsonl);
        let records: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(records.len(), 3);
        assert_eq!(records[1]["name"], sample::STRANGE);
        assert!(text.starts_with(r#"{"login":"lihua","name":"李华","cases":12,"active":true,"#));
    }
}
