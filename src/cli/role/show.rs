use anyhow::Result;

use crate::cli::columns::{left, report};
use crate::context::{Context, Outcome};
use crate::db::roles;

/// Show one role: what it permits, what it excludes, who holds it and who waits for it
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Role code
    role: String,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let db = ctx.db()?;
    let role = super::role_of(db, &args.role)?;
    let permissions = roles::permissions_of(db, role.id)?;
    let pairs = roles::exclusions(db)?.into_iter().filter_map(|(one, other)| match () {
        () if one == role.code => Some(other),
        () if other == role.code => Some(one),
        () => None,
    });
    let excludes: Vec<String> = pairs.collect();
    let of_role = |lines: Vec<roles::GrantLine>| {
        lines.into_iter().filter(|line| line.role == role.code).map(|line| line.login).collect::<Vec<_>>().join(", ")
    };
    let holders = of_role(roles::grants(db, false)?);
    let waiting = of_role(roles::requests(db, false)?);
    let mut report = report("role.show", vec![left("field"), left("value")]);
    let mut line = |field: &str, value: String| report.push(vec![field.into(), super::some(value).into()]);
    line("code", role.code.clone());
    line("name", role.name);
    line("admin_kind", role.admin_kind);
    line("privileged", role.privileged.to_string());
    line("permissions", permissions.join(", "));
    line("excludes", excludes.join(", "));
    line("holders", holders);
    line("waiting", waiting);
    ctx.show(report)?;
    Ok(Outcome::Done)
}
