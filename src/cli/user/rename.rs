use anyhow::Result;
use serde_json::json;

use super::desk::{Desk, present};
use crate::cli::columns::{left, report};
use crate::cli::import::moved;
use crate::context::{Context, Outcome};
use crate::db::users::{self, User};
use crate::db::{Db, accounts, units};
use crate::failure::{Exit, Failure};
use crate::people::{default_login, valid_login};
use crate::say;

/// Give an account another login
///
/// The person's name changes by `user set --name`. The log keeps both logins.
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
    let user = planned(ctx.db()?, args)?;
    let mut report = report("user.rename", vec![left("before"), left("after"), left("real_name")]);
    report.push(vec![user.login_name.clone().into(), args.to.clone().into(), user.real_name.clone().into()]);
    ctx.show_plan(&report)?;
    ctx.go_ahead(&say!("unit-rename-question", code = args.login.clone(), name = args.to.clone()))?;
    ctx.write(|db, log| {
        units::one_at_a_time(db)?;
        if planned(db, args)? != user {
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

fn planned(db: &mut Db, args: &Args) -> Result<User> {
    let user = present(db, &args.login)?;
    if users::by_login(db, &args.to)?.is_some() {
        return Err(Failure::new("user.exists", Exit::Conflict, say!("user-exists", login = args.to.clone()))
            .hint(say!("user-exists-hint", login = args.to.clone()))
            .into());
    }
    Ok(user)
}
