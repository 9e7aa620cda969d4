use anyhow::Result;

use super::{instant, role_of, some, user_of};
use crate::cli::columns::{left, report};
use crate::context::{Context, Outcome};
use crate::db::roles;

/// List who holds which role: given by whom, approved by whom, why and until when
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Only grants of this role
    #[arg(long, value_name = "CODE")]
    role: Option<String>,
    /// Only grants to this user
    #[arg(long, value_name = "LOGIN")]
    user: Option<String>,
    /// Those that were taken back too
    #[arg(long)]
    all: bool,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let db = ctx.db()?;
    if let Some(code) = &args.role {
        role_of(db, code)?;
    }
    if let Some(login) = &args.user {
        user_of(db, login)?;
    }
    let columns = vec![
        left("login_name"),
        left("real_name"),
        left("role"),
        left("granted_by"),
        left("granted_at"),
        left("approved_by"),
        left("approved_at"),
        left("until"),
        left("reason"),
        left("revoked_at"),
        left("revoked_reason"),
    ];
    let mut report = report("role.grants", columns);
    let chosen = |want: &Option<String>, have: &str| want.as_deref().is_none_or(|want| want == have);
    for line in roles::grants(db, args.all)? {
        if !chosen(&args.role, &line.role) || !chosen(&args.user, &line.login) {
            continue;
        }
        report.push(vec![
            line.login.into(),
            line.name.into(),
            line.role.into(),
            line.by.into(),
            instant(&line.at).into(),
            some(line.decided_by).into(),
            instant(&line.decided_at).into(),
            some(line.until).into(),
            some(line.reason).into(),
            instant(&line.end).into(),
            some(line.end_reason).into(),
        ]);
    }
    ctx.show(report)?;
    Ok(Outcome::Done)
}
