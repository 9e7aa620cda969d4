//! JUnit's XML: a suite for each area, a case for each rule. What every build server shows.

use std::collections::HashMap;
use std::io::{self, Write};

use super::Report;
use super::html::escaped;
use super::inspection::{InspectedRule, Inspection, Place};

/// So many rows stand in a failure; the number in its message is always the true one.
const ROWS: usize = 50;

#[derive(Default)]
struct Found {
    count: usize,
    waived: usize,
    rows: Vec<String>,
}

pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let nothing = Inspection::default();
    let inspection = report.inspection.as_deref().unwrap_or(&nothing);
    let place = Place::of(report);
    let mut found: HashMap<String, Found> = HashMap::new();
    report.each(&mut |row| {
        let finding = place.read(row, report);
        let of_rule = found.entry(finding.rule).or_default();
        if finding.state == "waived" {
            of_rule.waived += 1;
            return Ok(());
        }
        of_rule.count += 1;
        if of_rule.rows.len() < ROWS {
            of_rule.rows.push(format!("{} {}: {} [{}]", finding.table, finding.key, finding.detail, finding.state));
        }
        Ok(())
    })?;

    let failed = |rule: &InspectedRule| rule.skipped.is_none() && found.get(&rule.id).is_some_and(|found| found.count > 0);
    let numbers = |rules: &[&InspectedRule]| {
        let (failures, skipped) =
            (rules.iter().filter(|rule| failed(rule)).count(), rules.iter().filter(|rule| rule.skipped.is_some()).count());
        format!("tests=\"{}\" failures=\"{failures}\" errors=\"0\" skipped=\"{skipped}\" time=\"0\"", rules.len())
    };
    let all: Vec<&InspectedRule> = inspection.rules.iter().collect();
    writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"swj audit\" {}>", numbers(&all))?;
    for suite in all.chunk_by(|a, b| a.area == b.area) {
        let area = attribute(&suite[0].area);
        // The schema of JUnit knows no offset.
        let at = inspection.clock.get(..19).unwrap_or_default();
        writeln!(out, "  <testsuite name=\"{area}\" {} timestamp=\"{at}\">", numbers(suite))?;
        for rule in suite {
            case(rule, found.get(&rule.id), &area, out)?;
        }
        writeln!(out, "  </testsuite>")?;
    }
    writeln!(out, "</testsuites>")
}

fn case(rule: &InspectedRule, found: Option<&Found>, area: &str, out: &mut dyn Write) -> io::Result<()> {
    write!(out, "    <testcase classname=\"{area}\" name=\"{} {}\" time=\"0\"", attribute(&rule.id), attribute(&rule.title))?;
    if let Some(why) = &rule.skipped {
        return writeln!(out, "><skipped message=\"{}\"/></testcase>", attribute(why));
    }
    let none = Found::default();
    let found = found.unwrap_or(&none);
    if found.count == 0 && found.waived == 0 {
        return writeln!(out, "/>");
    }
    write!(out, ">")?;
    if found.count > 0 {
        let more = found.count - found.rows.len();
        let rest = if more > 0 { format!("\n… +{more}") } else { String::new() };
        write!(
            out,
            "<failure type=\"{}\" message=\"{}: {}\">{}</failure>",
            attribute(&rule.severity),
            found.count,
            attribute(&rule.title),
            escaped(&format!("{}{rest}\n{}\n{}", found.rows.join("\n"), rule.clause, rule.remedy))
        )?;
    }
    if found.waived > 0 {
        write!(out, "<system-out>waived: {}</system-out>", found.waived)?;
    }
    writeln!(out, "</testcase>")
}

/// A new line in an attribute reads as a blank.
fn attribute(text: &str) -> String {
    escaped(&super::text::one_line(text))
}
