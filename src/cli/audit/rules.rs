use anyhow::Result;

use crate::cli::columns::{left, report};
use crate::context::{Context, Outcome};
use crate::view::Cell;

/// List the rules
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Only rules of these areas, such as ACC
    #[arg(long, value_delimiter = ',')]
    area: Vec<String>,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let mut report =
        report("audit.rules", vec![left("rule"), left("severity"), left("name"), left("title"), left("clause"), left("waivable")]);
    let mut rules = super::all(ctx)?;
    super::known_areas(&rules, &args.area)?;
    rules.retain(|rule| super::is_of(rule, &args.area));
    for rule in &rules {
        report.push(vec![
            rule.id.clone().into(),
            rule.severity.name().into(),
            rule.name.clone().into(),
            super::title(rule).into(),
            rule.clause.clone().into(),
            Cell::Bool(rule.waivable),
        ]);
    }
    ctx.show(report)?;
    Ok(Outcome::Done)
}
