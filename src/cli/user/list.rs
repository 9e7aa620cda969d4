use anyhow::Result;

use crate::cli::columns::{left, report};
use crate::context::{Context, Outcome};
use crate::db::units;
use crate::db::users::{self, UserFilter};

/// List users
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Only users of this unit
    #[arg(long, value_name = "CODE")]
    unit: Option<String>,
    /// Only users with this status
    #[arg(long, value_parser = ["active", "disabled", "locked", "closed"])]
    status: Option<String>,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let db = ctx.db()?;
    if let Some(code) = &args.unit {
        units::by_code(db, code)?.ok_or_else(|| crate::cli::unit::unknown(code))?;
    }
    let filter = UserFilter { unit: args.unit.clone(), status: args.status.clone(), login: None };
    let mut report = report(
        "user.list",
        vec![
            left("login_name"),
            left("real_name"),
            left("staff_no"),
            left("unit"),
            left("unit_name"),
            left("account_type"),
            left("status"),
            left("last_login_at"),
        ],
    );
    for (user, unit) in users::list(db, &filter)? {
        let (code, name) = unit.unzip();
        report.push(vec![
            user.login_name.into(),
            user.real_name.into(),
            user.staff_no.into(),
            code.into(),
            name.into(),
            user.account_type.into(),
            user.status.into(),
            user.last_login_at.map(|at| at.rfc3339()).into(),
        ]);
    }
    ctx.show(report)?;
    Ok(Outcome::Done)
}
