use anyhow::Result;

use crate::calendar::{Runs, rules};
use crate::cli::columns::{left, report, right};
use crate::context::{Context, Outcome};

/// List the time limits of the law, with the days they are in force
#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

pub(crate) fn run(ctx: &mut Context, _: &Args) -> Result<Outcome> {
    let mut report = report(
        "calendar.rules",
        vec![
            left("rule"),
            left("from"),
            left("to"),
            right("days"),
            left("unit"),
            left("runs"),
            left("title_zh"),
            left("title_en"),
            left("source"),
        ],
    );
    for rule in rules() {
        let runs = if rule.runs == Runs::Before { "before" } else { "after" };
        report.push(vec![
            rule.name.clone().into(),
            rule.from.into(),
            rule.to.into(),
            rule.days.into(),
            rule.unit.word().into(),
            runs.into(),
            rule.zh.clone().into(),
            rule.en.clone().into(),
            rule.source.clone().into(),
        ]);
    }
    ctx.show(report)?;
    Ok(Outcome::Done)
}
