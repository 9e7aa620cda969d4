//! SARIF 2.1.0: findings for programs that collect them from many tools. Written finding by finding.

use std::io::{self, Write};

use serde_json::{Value, json};

use super::inspection::{Finding, InspectedRule, Inspection, Place};
use super::{Cell, Report};

const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let nothing = Inspection::default();
    let inspection = report.inspection.as_deref().unwrap_or(&nothing);
    let place = Place::of(report);
    let rules: Vec<Value> = inspection.rules.iter().map(descriptor).collect();
    let driver = json!({ "name": "swj", "version": inspection.version, "rules": rules });
    write!(out, "{{\n\"$schema\":\"{SCHEMA}\",\n\"version\":\"2.1.0\",\n\"runs\":[{{\n\"tool\":{},\n", json!({ "driver": driver }))?;
    write!(out, "\"invocations\":[{}],\n\"results\":[", invocation(inspection))?;
    let mut first = true;
    let mut result = |value: Value| {
        let comma = if std::mem::take(&mut first) { "" } else { "," };
        write!(out, "{comma}\n{value}")
    };
    report.each(&mut |row| result(found(&place.read(row, report), inspection)))?;
    inspection.gone.iter().try_for_each(|gone| result(absent(gone, inspection)))?;
    write!(out, "\n],\n\"properties\":{}\n}}]\n}}\n", json!({ "clock": inspection.clock }))
}

/// What the standard has words for; our four words stand in the properties.
fn level(severity: &str) -> &'static str {
    match severity {
        "critical" | "high" => "error",
        "medium" => "warning",
        _ => "note",
    }
}

fn descriptor(rule: &InspectedRule) -> Value {
    json!({
        "id": rule.id,
        "name": rule.name,
        "shortDescription": { "text": rule.title },
        "fullDescription": { "text": if rule.why.is_empty() { &rule.title } else { &rule.why } },
        "help": { "text": rule.remedy },
        "defaultConfiguration": { "level": level(&rule.severity) },
        "properties": { "severity": rule.severity, "clause": rule.clause, "tags": [rule.area] },
    })
}

/// A rule that could not be evaluated is a notification: silence must never read as a pass.
fn invocation(inspection: &Inspection) -> Value {
    let skipped: Vec<Value> = inspection
        .rules
        .iter()
        .enumerate()
        .filter_map(|(index, rule)| {
            let why = rule.skipped.as_ref()?;
            Some(json!({ "level": "error", "message": { "text": why }, "associatedRule": { "id": rule.id, "index": index } }))
        })
        .collect();
    json!({ "executionSuccessful": skipped.is_empty(), "endTimeUtc": utc(&inspection.clock), "toolExecutionNotifications": skipped })
}

/// The standard wants UTC; the clock is Beijing's.
fn utc(clock: &str) -> String {
    clock.parse::<jiff::Timestamp>().map_or_else(|_| "1970-01-01T00:00:00Z".to_owned(), |at| at.to_string())
}

fn result(rule: &str, severity: Option<&str>, (table, key, detail): (&str, &str, &str), inspection: &Inspection) -> Value {
    let known = inspection.rule(rule);
    let severity = severity.or(known.map(|(_, rule)| rule.severity.as_str())).unwrap_or("low");
    let title = known.map_or(rule, |(_, rule)| rule.title.as_str());
    let mut result = json!({
        "ruleId": rule,
        "level": level(severity),
        "kind": "fail",
        "message": { "text": format!("{title}: {table} {key}: {detail}") },
        "locations": [{ "logicalLocations": [{ "name": key, "fullyQualifiedName": format!("{table}/{key}"), "kind": "resource" }] }],
    });
    if let Some((index, _)) = known {
        result["ruleIndex"] = index.into();
    }
    result["properties"] = json!({ "severity": severity });
    result
}

fn found(finding: &Finding<'_>, inspection: &Inspection) -> Value {
    let mut result = result(&finding.rule, Some(&finding.severity), (&finding.table, &finding.key, &finding.detail), inspection);
    result["partialFingerprints"] = json!({ "swjFinding/v1": finding.fingerprint });
    result["properties"]["state"] = finding.state.as_str().into();
    if !finding.first_seen.is_empty() {
        result["properties"]["firstSeen"] = finding.first_seen.as_str().into();
    }
    if finding.state == "waived" {
        let waiver = if let Cell::Json(waiver) = finding.waiver { waiver.clone() } else { Value::Null };
        let justification = waiver["reason"].as_str().unwrap_or_default();
        // Only an accepted one silences a result; the standard has no place for its end.
        result["suppressions"] =
            json!([{ "kind": "external", "status": "accepted", "justification": justification, "properties": waiver }]);
    } else {
        result["suppressions"] = json!([]);
    }
    if inspection.compared {
        result["baselineState"] = if finding.state == "new" { "new" } else { "unchanged" }.into();
    }
    result
}

fn absent([rule, table, key, detail, fingerprint]: &[String; 5], inspection: &Inspection) -> Value {
    let mut result = result(rule, None, (table, key, detail), inspection);
    result["partialFingerprints"] = json!({ "swjFinding/v1": fingerprint });
    result["baselineState"] = "absent".into();
    result
}
