use anyhow::Result;

use crate::cli::columns::{left, report};
use crate::context::{Context, Outcome};
use crate::db::{self, Db};

/// List the steps of the schema and which are applied
#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

pub(crate) fn run(ctx: &mut Context, _: &Args) -> Result<Outcome> {
    let mut db = Db::open(&ctx.url()?)?;
    let mut report = report("db.status", vec![left("version"), left("step"), left("state")]);
    let mut outcome = Outcome::Done;
    for step in db::migrations(&mut db)? {
        let state = match (step.applied, step.known) {
            (true, true) => "applied",
            (false, _) => "pending",
            (true, false) => "unknown",
        };
        if state != "applied" {
            outcome = Outcome::LookAtIt;
        }
        report.push(vec![step.version.into(), step.name.into(), state.into()]);
    }
    ctx.show(report)?;
    Ok(outcome)
}
