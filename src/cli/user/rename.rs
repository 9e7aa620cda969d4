use anyhow::Result;
use serde_json::json;

use super::desk::{Desk, present};
use crate::cli::columns::{left, report};
use crate::cli::import::moved;
use crate::cli::permissions::{Gate, still};
use crate::cli::role;
use crate::context::{Context, Outcome};
use crate::db::users::{self, User};
use crate::db::{Db, accounts, audit_logs, units};
use crate::failure::{Exit, Failure};
use crate::people::{default_login, valid_login};
use crate::say;

/// Give an account another login
///
/// The person's name changes by `user set --name`. The log keeps both logins; one that it knows already is not given
/// again. A login in `[actors]` says who an operating-system user is: it leaves that table first. Who holds a privilege
/// gets another login only from whoever approves privileges (role:approve).
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Login name
    login: String,
    /// New login name
    to: String,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let desk = Desk::new(ctx, "user rename")?;
    if !valid_login(&args.to) {
        return Err(Failure::new("user.login-form", Exit::Usage, say!("user-login-form", login = args.to.clone()))
            .hint(say!("fix-login-form"))
            .into());
    }
    if default_login(&args.to) {
        return Err(Failure::new("user.default-login", Exit::Usage, say!("user-default-login", login = args.to.clone()))
            .hint(say!("user-default-login-hint"))
            .into());
    }
    unbound(ctx, args)?;
    let (acting, gate) = (ctx.actor().login, Gate::of(ctx));
    let user = planned(ctx.db()?, args, acting.as_deref(), &gate)?;
    let mut report = report("user.rename", vec![left("before"), left("after"), left("real_name")]);
    report.push(vec![user.login_name.clone().into(), args.to.clone().into(), user.real_name.clone().into()]);
    ctx.show_plan(&report)?;
    ctx.go_ahead(&say!("unit-rename-question", code = args.login.clone(), name = args.to.clone()))?;
    ctx.write(|db, log| {
        units::one_at_a_time(db)?;
        if planned(db, args, acting.as_deref(), &gate)? != user {
            return Err(moved(&args.login));
        }
        accounts::rename(db, user.id, &args.to)?;
        log.push(desk.entry(&user, json!({ "login_name": args.login }), json!({ "login_name": args.to })));
        Ok(())
    })?;
    ctx.show(report)?;
    let (code, name) = (args.login.clone(), args.to.clone());
    ctx.remark(&if ctx.globals.dry_run { say!("dry-run") } else { say!("unit-renamed", code = code, name = name) });
    Ok(Outcome::Done)
}

/// Whoever is bound to a login in `[actors]` would act as whoever has it next.
fn unbound(ctx: &Context, args: &Args) -> Result<()> {
    let bound = ctx.config.actors().find(|(_, login)| [&args.login, &args.to].contains(&&login.text));
    bound.map_or(Ok(()), |(os_user, login)| {
        let (os_user, file) = (os_user.to_owned(), login.origin.clone());
        let message = say!("user-rename-bound", login = login.text.clone(), os_user = os_user, file = file.clone());
        Err(Failure::new("user.rename-bound", Exit::Conflict, message).hint(say!("user-rename-bound-hint", file = file)).into())
    })
}

fn planned(db: &mut Db, args: &Args, acting: Option<&str>, gate: &Gate) -> Result<User> {
    let user = present(db, &args.login)?;
    let acting = acting.map(|login| users::by_login(db, login)).transpose()?.flatten();
    let needed = if role::has_weight(db, user.id)? { "role:approve" } else { "user:write" };
    still(gate, db, acting.as_ref().map(|by| (by.id, by.login_name.as_str())), "user rename", &[needed])?;
    if users::by_login(db, &args.to)?.is_some() {
        return Err(Failure::new("user.exists", Exit::Conflict, say!("user-exists", login = args.to.clone()))
            .hint(say!("user-exists-hint", login = args.to.clone()))
            .into());
    }
    if audit_logs::knows(db, &args.to)? {
        return Err(Failure::new("user.login-used", Exit::Conflict, say!("user-login-used", login = args.to.clone()))
            .hint(say!("user-login-used-hint", login = args.to.clone()))
            .into());
    }
    Ok(user)
}
