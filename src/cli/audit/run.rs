use anyhow::Result;

use crate::audit::{self, Parameters, Severity};
use crate::cli::columns::{left, report};
use crate::context::{Context, Outcome};
use crate::say;
use crate::view::Cell;

/// Run the rules and list every fault
///
/// Nothing is changed. Exit 3 when there are findings at or above --fail-on; exit 1
/// when a rule could not be evaluated, which is never silent.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Only these rules
    #[arg(long, value_name = "ID", value_delimiter = ',')]
    rule: Vec<String>,
    /// Only rules of this area, such as ACC
    #[arg(long)]
    area: Option<String>,
    /// Only rules at least this severe
    #[arg(long, value_parser = ["low", "medium", "high", "critical"])]
    severity: Option<String>,
    /// End with exit 3 from this severity on
    #[arg(long, default_value = "high", value_name = "SEVERITY", value_parser = ["low", "medium", "high", "critical"])]
    fail_on: String,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let mut rules = super::all(ctx)?;
    for id in &args.rule {
        if !rules.iter().any(|rule| rule.id.eq_ignore_ascii_case(id)) {
            return Err(super::unknown(id));
        }
    }
    rules.retain(|rule| {
        (args.rule.is_empty() || args.rule.iter().any(|id| rule.id.eq_ignore_ascii_case(id)))
            && args.area.as_ref().is_none_or(|area| rule.area().eq_ignore_ascii_case(area))
            && args.severity.as_deref().and_then(Severity::from_name).is_none_or(|least| rule.severity >= least)
    });
    if rules.is_empty() {
        return Err(super::none_chosen());
    }
    let parameters = parameters(ctx)?;
    let progress = ctx.progress(&say!("progress-auditing"), Some(rules.len() as u64));
    let results = audit::run(ctx.db()?, &rules, &parameters, |_| progress.advance(1))?;
    drop(progress);

    let mut report = report(
        "audit.run",
        vec![
            left("rule"),
            left("severity"),
            left("table"),
            left("key"),
            left("detail"),
            left("title"),
            left("remedy"),
            left("fingerprint"),
        ],
    );
    report.key = 3;
    for finding in &results.findings {
        report.push(vec![
            finding.rule.id.clone().into(),
            finding.rule.severity.name().into(),
            finding.table.clone().into(),
            finding.key.clone().into(),
            finding.detail.clone().into(),
            super::title(&finding.rule).into(),
            super::remedy(&finding.rule).into(),
            finding.fingerprint.clone().into(),
        ]);
    }
    let count = |severity: Severity| results.findings.iter().filter(|finding| finding.rule.severity == severity).count();
    for severity in Severity::ALL.into_iter().rev() {
        report.summary.push((severity.name(), Cell::Int(count(severity) as i64)));
    }
    let ran = results.rules - results.skipped.len();
    report.summary.push(("rules", Cell::Int(results.rules as i64)));
    report.summary.push(("ran", Cell::Int(ran as i64)));
    report.summary.push(("skipped", Cell::Int(results.skipped.len() as i64)));
    report.summary.push(("findings", Cell::Int(results.findings.len() as i64)));
    for skipped in &results.skipped {
        report.warn("rule-skipped", format!("{}: {}", skipped.rule, skipped.why));
    }
    ctx.show(report)?;
    for skipped in &results.skipped {
        ctx.remark(&say!("audit-skipped", rule = skipped.rule.clone(), why = skipped.why.clone()));
    }
    ctx.remark(&say!(
        "audit-total",
        rules = results.rules.to_string(),
        ran = ran.to_string(),
        skipped = results.skipped.len().to_string(),
        findings = results.findings.len().to_string()
    ));
    let fail_on = Severity::from_name(&args.fail_on).unwrap_or(Severity::High);
    Ok(if !results.skipped.is_empty() {
        Outcome::Incomplete
    } else if results.findings.iter().any(|finding| finding.rule.severity >= fail_on) {
        Outcome::LookAtIt
    } else {
        Outcome::Done
    })
}

/// The severities of everything the rules find in a database: for the proof of a rehearsal. What a copy says of
/// backups is of the day it was made, and no fault of its own.
pub(super) fn severities(ctx: &Context, db: &mut crate::db::Db) -> Result<Vec<Severity>> {
    let rules: Vec<_> = super::all(ctx)?.into_iter().filter(|rule| rule.area() != "BAK").collect();
    let results = audit::run(db, &rules, &parameters(ctx)?, |_| {})?;
    Ok(results.findings.into_iter().map(|finding| finding.rule.severity).collect())
}

pub(super) fn parameters(ctx: &Context) -> Result<Parameters> {
    Ok(Parameters {
        today: ctx.clock.today(),
        now: ctx.clock.judged_at(),
        dormant_days: ctx.config.number("audit.dormant_days")?,
        password_days: ctx.config.number("audit.password_days")?,
        initial_password_days: ctx.config.number("audit.initial_password_days")?,
        fail_limit: ctx.config.number("audit.fail_limit")?,
        system_administrators_max: ctx.config.number("audit.system_administrators_max")?,
        full_backup_days: ctx.config.number("audit.full_backup_days")?,
        backup_hours: ctx.config.number("audit.backup_hours")?,
        drill_months: ctx.config.number("audit.drill_months")?,
        unit_idle_days: ctx.config.number("audit.unit_idle_days")?,
        receipt_hours: ctx.config.number("audit.receipt_hours")?,
        checkpoint_hours: ctx.config.number("audit.checkpoint_hours")?,
        log_months: ctx.config.number("audit.log_months")?,
        transfer_days: ctx.config.number("audit.transfer_days")?,
        transfer_years: ctx.config.number("audit.transfer_years")?,
        reassess_months: ctx.config.number("audit.reassess_months")?,
        roster_days: ctx.config.number("audit.roster_days")?,
        virus_days: ctx.config.number("audit.virus_days")?,
        critical_days: ctx.config.number("audit.critical_days")?,
        high_days: ctx.config.number("audit.high_days")?,
    })
}
