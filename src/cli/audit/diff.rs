use std::collections::HashMap;
use std::path::{Path, PathBuf};

use anyhow::Result;

use super::run::open;
use super::standing::{another_database, not_a_report, whole};
use crate::audit::{Head, Line, Severity, read_report};
use crate::cli::columns::{left, report};
use crate::context::{Context, Outcome};
use crate::say;

/// Compare two reports: what is new, what is gone
///
/// Both are json reports of one database, with all their findings. Nothing is printed about what
/// stayed. Exit 3 when something is new; exit 1 when a rule of the first did not run for the second.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Earlier report
    before: PathBuf,
    /// Later report
    after: PathBuf,
    /// End with exit 3 from this severity on
    #[arg(long, default_value = "low", value_name = "SEVERITY", value_parser = ["low", "medium", "high", "critical"])]
    fail_on: String,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let (before, after) = (read(&args.before)?, read(&args.after)?);
    if before.0.database_id != after.0.database_id {
        return Err(another_database(&args.after));
    }
    let mut report = report(
        "audit.diff",
        vec![left("change"), left("rule"), left("severity"), left("table"), left("key"), left("detail"), left("fingerprint")],
    );
    report.key = 4;
    let mut push = |change: &str, line: &Line| {
        let (rule, severity, detail) = (line.rule.clone(), line.severity.clone(), line.detail.clone());
        let subject = (line.table.clone(), line.key.clone());
        report.push(vec![
            change.into(),
            rule.into(),
            severity.into(),
            subject.0.into(),
            subject.1.into(),
            detail.into(),
            line.fingerprint.clone().into(),
        ]);
    };
    let known: HashMap<&str, &Line> = before.1.iter().map(|line| (line.fingerprint.as_str(), line)).collect();
    let there: HashMap<&str, &Line> = after.1.iter().map(|line| (line.fingerprint.as_str(), line)).collect();
    let fail_on = Severity::from_name(&args.fail_on).unwrap_or(Severity::Low);
    let (mut new, mut fixed, mut unknown, mut fails) = (0, 0, 0, false);
    for line in after.1.iter().filter(|line| !known.contains_key(line.fingerprint.as_str())) {
        push("new", line);
        new += 1;
        fails |= line.state != "waived" && Severity::from_name(&line.severity).is_none_or(|severity| severity >= fail_on);
    }
    for line in before.1.iter().filter(|line| !there.contains_key(line.fingerprint.as_str())) {
        // Nothing found by a rule that did not run is not gone: nobody looked.
        let looked = after.0.ran.contains(&line.rule);
        push(if looked { "fixed" } else { "not_looked" }, line);
        *(if looked { &mut fixed } else { &mut unknown }) += 1;
    }
    let unchanged = after.1.len() - new;
    let not_run: Vec<&str> = before.0.ran.iter().filter(|rule| !after.0.ran.contains(rule)).map(String::as_str).collect();
    for (name, count) in [("new", new), ("fixed", fixed), ("unchanged", unchanged), ("not_looked", unknown)] {
        report.summary.push((name, count.into()));
    }
    for rule in &not_run {
        report.warn("rule-not-run", (*rule).to_owned());
    }
    ctx.show(report)?;
    if !not_run.is_empty() {
        ctx.remark(&say!("audit-diff-not-run", rules = not_run.join(", ")));
    }
    // A nightly job writes a letter about whatever is said: silence when nothing regressed.
    if new > 0 || fixed > 0 {
        let (new, fixed, unchanged) = (new.to_string(), fixed.to_string(), unchanged.to_string());
        ctx.remark(&say!("audit-diff-total", new = new, fixed = fixed, unchanged = unchanged));
    }
    Ok(if !not_run.is_empty() {
        Outcome::Incomplete
    } else if fails {
        Outcome::LookAtIt
    } else {
        Outcome::Done
    })
}

fn read(path: &Path) -> Result<(Head, Vec<Line>)> {
    let mut lines = Vec::new();
    let head = read_report(open(path)?, &mut |line| lines.push(line)).map_err(|error| not_a_report(path, &error.to_string()))?;
    whole(path, &head)?;
    Ok((head, lines))
}
