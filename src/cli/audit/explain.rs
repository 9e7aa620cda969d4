use anyhow::Result;

use crate::cli::columns::{left, report};
use crate::context::{Context, Outcome};

/// Explain a rule: what it finds, why, and how to mend it
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Rule, such as ACC-001
    rule: String,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let rules = super::all(ctx)?;
    let rule = rules.iter().find(|rule| rule.id.eq_ignore_ascii_case(&args.rule)).ok_or_else(|| super::unknown(&args.rule))?;
    let mut report = report("audit.explain", vec![left("field"), left("value")]);
    let mut line = |field: &str, value: String| report.push(vec![field.into(), value.into()]);
    line("rule", rule.id.clone());
    line("name", rule.name.clone());
    line("severity", rule.severity.name().to_owned());
    line("title", super::title(rule));
    line("why", super::why(rule));
    line("clause", rule.clause.clone());
    line("parameters", rule.parameters.join(", "));
    line("remedy", super::remedy(rule));
    line("waivable", rule.waivable.to_string());
    line("sql", rule.sql.clone());
    ctx.show(report)?;
    Ok(Outcome::Done)
}
