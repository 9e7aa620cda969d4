use anyhow::Result;
use jiff::ToSpan;
use jiff::civil::Date;
use serde_json::json;

use super::desk::{Desk, known};
use crate::cli::columns::{left, report};
use crate::cli::import::moved;
use crate::context::{Context, Outcome};
use crate::db::users::User;
use crate::db::{Db, accounts, transfers, units};
use crate::failure::{Exit, Failure};
use crate::say;

/// Remove the account of somebody who left long ago and whom nothing names
///
/// Accounts that any paper, case, grant or log of the OA names stay for ever. Asked for by name; the
/// audit log keeps what was removed.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Login name
    login: String,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let desk = Desk::new(ctx, "user purge")?;
    let days = ctx.config.number("people.purge_days")?;
    let user = planned(ctx.db()?, &desk, args, days)?;
    let left_on = user.left_on.map(|day| day.0);
    let mut report = report("user.purge", vec![left("login_name"), left("real_name"), left("left_on")]);
    report.push(vec![user.login_name.clone().into(), user.real_name.clone().into(), left_on.into()]);
    ctx.show_plan(&report)?;
    ctx.go_ahead_by_name(&args.login)?;
    ctx.write(|db, log| {
        units::one_at_a_time(db)?;
        if planned(db, &desk, args, days)? != user {
            return Err(moved(&args.login));
        }
        accounts::purge(db, user.id)?;
        let old = json!({
            "login_name": user.login_name, "real_name": user.real_name, "staff_no": user.staff_no,
            "left_on": left_on.map(|day| day.to_string()), "created_at": user.created_at.rfc3339(),
        });
        let mut entry = desk.entry(&user, old, serde_json::Value::Null);
        entry.new = None;
        log.push(entry);
        Ok(())
    })?;
    ctx.show(report)?;
    let login = args.login.clone();
    ctx.remark(&if ctx.globals.dry_run { say!("dry-run") } else { say!("user-purged", login = login) });
    Ok(Outcome::Done)
}

fn planned(db: &mut Db, desk: &Desk, args: &Args, days: i64) -> Result<User> {
    let user = known(db, &args.login)?;
    let login = args.login.clone();
    // A day of leaving may be entered as one likes; when the departure was carried out cannot.
    let carried_out = [transfers::departed_at(db, user.id)?, user.disabled_at].into_iter().flatten().map(|at| at.day());
    let left_on = user.left_on.filter(|_| user.status == "closed").map(|day| day.0);
    let gone = left_on.map(|left_on| carried_out.fold(left_on, Date::max));
    let from = desk.today.saturating_sub(days.days());
    if gone.is_none_or(|day| day > from) {
        return Err(Failure::new("user.too-soon", Exit::Conflict, say!("user-too-soon", login = login, days = days))
            .hint(say!("user-too-soon-hint"))
            .into());
    }
    let named = accounts::depending(db, user.id)?;
    if !named.is_empty() {
        let what = named.iter().map(|(table, count)| format!("{table} {count}")).collect::<Vec<_>>().join(", ");
        return Err(Failure::new("user.named", Exit::Conflict, say!("user-named", login = login, what = what))
            .hint(say!("user-named-hint"))
            .into());
    }
    Ok(user)
}
