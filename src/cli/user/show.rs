use anyhow::Result;

use crate::cli::columns::{left, report};
use crate::context::{Context, Outcome};
use crate::db::roles;
use crate::db::users::{self, UserFilter, masked};

/// Show one user
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Login name
    login: String,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let db = ctx.db()?;
    let found = users::list(db, &UserFilter { login: Some(args.login.clone()), ..UserFilter::default() })?;
    let (user, unit) = found.into_iter().next().ok_or_else(|| super::unknown(&args.login))?;
    let held = roles::held_by(db, user.id)?;
    let mut report = report("user.show", vec![left("field"), left("value")]);
    let mut line = |field: &str, value: Option<String>| report.push(vec![field.into(), value.into()]);
    line("login_name", Some(user.login_name));
    line("real_name", Some(user.real_name));
    line("staff_no", user.staff_no);
    line("unit", unit.as_ref().map(|(code, _)| code.clone()));
    line("unit_name", unit.map(|(_, name)| name));
    line("account_type", Some(user.account_type));
    line("status", Some(user.status));
    line("is_info_officer", Some(user.is_info_officer.to_string()));
    line("roles", Some(held.join(", ")).filter(|roles| !roles.is_empty()));
    line("joined_on", user.joined_on.map(|day| day.to_string()));
    line("left_on", user.left_on.map(|day| day.to_string()));
    line("valid_until", user.valid_until.map(|day| day.to_string()));
    line("last_login_at", user.last_login_at.map(|at| at.rfc3339()));
    line("must_change_password", Some(user.must_change_pwd.to_string()));
    line("second_factor", Some(user.mfa_enabled.to_string()));
    line("phone", user.phone.as_deref().map(masked));
    line("email", user.email);
    line("disabled_at", user.disabled_at.map(|at| at.rfc3339()));
    line("disabled_reason", user.disabled_reason);
    line("created_at", Some(user.created_at.rfc3339()));
    ctx.show(report)?;
    Ok(Outcome::Done)
}
