use anyhow::Result;

use super::{instant, some};
use crate::cli::columns::{left, report};
use crate::context::{Context, Outcome};
use crate::db::roles;

/// List the grants that wait for a second person
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Those that were decided too
    #[arg(long)]
    all: bool,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let found = roles::requests(ctx.db()?, args.all)?;
    let columns = vec![
        left("login_name"),
        left("real_name"),
        left("role"),
        left("requested_by"),
        left("requested_at"),
        left("until"),
        left("reason"),
        left("status"),
        left("decided_by"),
        left("decided_at"),
        left("decision_reason"),
    ];
    let mut report = report("role.requests", columns);
    for line in found {
        report.push(vec![
            line.login.into(),
            line.name.into(),
            line.role.into(),
            line.by.into(),
            instant(&line.at).into(),
            some(line.until).into(),
            some(line.reason).into(),
            line.end.into(),
            some(line.decided_by).into(),
            instant(&line.decided_at).into(),
            some(line.end_reason).into(),
        ]);
    }
    ctx.show(report)?;
    Ok(Outcome::Done)
}
