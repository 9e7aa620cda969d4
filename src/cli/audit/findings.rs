use anyhow::Result;

use crate::cli::columns::{left, report, right};
use crate::context::{Context, Outcome, parse_day};
use crate::db::{Instant, audit_findings};

/// List the findings kept: first seen, fixed, seen again
///
/// `swj audit run --keep` keeps them.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Only in this state
    #[arg(long, value_parser = ["new", "open", "waived", "fixed"])]
    state: Option<String>,
    /// Only of this rule
    #[arg(long, value_name = "ID")]
    rule: Option<String>,
    /// Only those first seen or fixed on this day or later
    #[arg(long, value_name = "DATE")]
    since: Option<String>,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let since = args.since.as_deref().map(parse_day).transpose()?.map(|day| Instant::at_beijing(day.at(0, 0, 0, 0)));
    let mut report = report(
        "audit.findings",
        vec![
            left("rule"),
            left("severity"),
            left("state"),
            left("table"),
            left("key"),
            left("detail"),
            left("first_seen"),
            left("last_seen"),
            left("fixed_at"),
            right("episodes"),
            left("fingerprint"),
        ],
    );
    report.key = 4;
    let mut counts = [("new", 0), ("open", 0), ("waived", 0), ("fixed", 0)];
    audit_findings::for_each(ctx.db()?, |kept| {
        let chosen = args.state.as_ref().is_none_or(|state| *state == kept.state)
            && args.rule.as_ref().is_none_or(|rule| rule.eq_ignore_ascii_case(&kept.rule))
            && since.is_none_or(|since| kept.first_seen >= since || kept.fixed_at.is_some_and(|at| at >= since));
        if !chosen {
            return Ok(());
        }
        if let Some((_, count)) = counts.iter_mut().find(|(state, _)| *state == kept.state) {
            *count += 1;
        }
        report.push(vec![
            kept.rule.into(),
            kept.severity.into(),
            kept.state.into(),
            kept.table.into(),
            kept.key.into(),
            kept.detail.into(),
            kept.first_seen.rfc3339().into(),
            kept.last_seen.rfc3339().into(),
            kept.fixed_at.map(Instant::rfc3339).into(),
            kept.episodes.into(),
            kept.fingerprint.into(),
        ]);
        Ok(())
    })?;
    report.summary.extend(counts.map(|(state, count)| (state, count.into())));
    ctx.show(report)?;
    Ok(Outcome::Done)
}
