use anyhow::Result;

use crate::cli::columns::{left, report};
use crate::context::{Context, Outcome, parse_day};
use crate::db::Instant;
use crate::db::roles;
use crate::db::users::{self, LoggedIn, UserFilter};
use crate::people::Wanted;

/// List users
///
/// Every choice narrows the list. -f ids prints the logins alone, one a line, for another command.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Only users of this unit and of those below it
    #[arg(long, value_name = "CODE")]
    unit: Option<String>,
    /// Only users with this status
    #[arg(long, value_parser = ["active", "disabled", "locked", "closed"])]
    status: Option<String>,
    /// Only users who hold this role
    #[arg(long, value_name = "CODE")]
    role: Option<String>,
    /// Only users whose last login is earlier than this day
    #[arg(long, value_name = "DATE")]
    last_login_before: Option<String>,
    /// Only users whose last login is on this day or later
    #[arg(long, value_name = "DATE")]
    last_login_after: Option<String>,
    /// Only users who never logged in; beside the days, those too
    #[arg(long)]
    never_logged_in: bool,
    /// Only users with these letters in login, name, staff number or e-mail
    #[arg(long, value_name = "WORDS")]
    text: Option<String>,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let instant = |day: &Option<String>| -> Result<Option<Instant>> {
        let day = day.as_deref().map(parse_day).transpose()?;
        Ok(day.map(|day| Instant::at_beijing(day.at(0, 0, 0, 0))))
    };
    let logged_in =
        LoggedIn { before: instant(&args.last_login_before)?, since: instant(&args.last_login_after)?, never: args.never_logged_in };
    let today = ctx.clock.today();
    let db = ctx.db()?;
    let units = args.unit.as_deref().map(|code| crate::cli::unit::with_those_below(db, code)).transpose()?;
    if let Some(code) = &args.role
        && !roles::is_there(db, code)?
    {
        return Err(crate::cli::role::unknown(code));
    }
    let role = args.role.clone().map(|code| (code, today.into()));
    let filter = UserFilter { units, role, logged_in, status: args.status.clone(), ..UserFilter::default() };
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
    let wanted = args.text.as_deref().map(Wanted::new);
    for (user, unit) in users::list(db, &filter)? {
        let words = || [Some(user.login_name.as_str()), Some(&user.real_name), user.staff_no.as_deref(), user.email.as_deref()];
        if wanted.as_ref().is_some_and(|wanted| !wanted.is_in(words().into_iter().flatten())) {
            continue;
        }
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
