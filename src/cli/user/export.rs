use anyhow::Result;

use crate::cli::columns::{left, report};
use crate::context::{Context, Outcome};
use crate::db::users::{self, UserFilter, masked};
use crate::view::Cell;

/// Export users as a table that imports back without a change
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Only users of this unit and of those below it
    #[arg(long, value_name = "CODE")]
    unit: Option<String>,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let db = ctx.db()?;
    let units = args.unit.as_deref().map(|code| crate::cli::unit::with_those_below(db, code)).transpose()?;
    let users = users::list(db, &UserFilter { units, ..UserFilter::default() })?;
    let mut report = report(
        "user.export",
        vec![
            left("login_name"),
            left("real_name"),
            left("staff_no"),
            left("unit"),
            left("account_type"),
            left("is_info_officer"),
            left("joined_on"),
            left("valid_until"),
            left("phone"),
            left("email"),
        ],
    );
    // Left people have no unit to come back to; they are kept, not exported.
    for (user, unit) in users.into_iter().filter(|(user, unit)| user.status != "closed" && unit.is_some()) {
        report.push(vec![
            user.login_name.into(),
            user.real_name.into(),
            user.staff_no.into(),
            unit.map(|(code, _)| code).into(),
            user.account_type.into(),
            Cell::Bool(user.is_info_officer),
            user.joined_on.map(|day| day.0).into(),
            user.valid_until.map(|day| day.0).into(),
            user.phone.as_deref().map(masked).into(),
            user.email.into(),
        ]);
    }
    ctx.show(report)?;
    Ok(Outcome::Done)
}
