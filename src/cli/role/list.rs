use std::collections::HashMap;

use anyhow::Result;

use crate::cli::columns::{left, report, right};
use crate::context::{Context, Outcome};
use crate::db::roles;

/// List the roles
#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

pub(crate) fn run(ctx: &mut Context, _: &Args) -> Result<Outcome> {
    let db = ctx.db()?;
    let tally = |codes: Vec<String>| {
        codes.into_iter().fold(HashMap::<String, i64>::new(), |mut counts, code| {
            *counts.entry(code).or_default() += 1;
            counts
        })
    };
    let permissions = tally(roles::permissions(db)?.into_iter().map(|(code, _)| code).collect());
    let holders = tally(roles::grants(db, false)?.into_iter().map(|grant| grant.role).collect());
    let waiting = tally(roles::requests(db, false)?.into_iter().map(|request| request.role).collect());
    let columns =
        vec![left("code"), left("name"), left("admin_kind"), left("privileged"), right("permissions"), right("holders"), right("waiting")];
    let mut report = report("role.list", columns);
    let count = |counts: &HashMap<String, i64>, code: &str| counts.get(code).copied().unwrap_or(0);
    for role in roles::all(db)? {
        let figures = [&permissions, &holders, &waiting].map(|counts| count(counts, &role.code));
        report.push(vec![
            role.code.into(),
            role.name.into(),
            role.admin_kind.into(),
            role.privileged.into(),
            figures[0].into(),
            figures[1].into(),
            figures[2].into(),
        ]);
    }
    ctx.show(report)?;
    Ok(Outcome::Done)
}
