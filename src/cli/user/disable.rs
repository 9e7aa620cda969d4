use anyhow::Result;
use serde_json::json;

use crate::cli::columns::{left, report};
use crate::cli::import::moved;
use crate::context::{Context, Outcome};
use crate::db::users;
use crate::failure::{Exit, Failure};
use crate::ledger::Entry;
use crate::say;

/// Disable accounts
///
/// The rows stay for ever (signatures and history name them); a disabled account cannot log in.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Login names
    #[arg(required = true)]
    logins: Vec<String>,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let db = ctx.db()?;
    let mut targets = Vec::new();
    let mut named = std::collections::HashSet::new();
    for login in args.logins.iter().filter(|login| named.insert(login.as_str())) {
        let user = users::by_login(db, login)?.ok_or_else(|| super::unknown(login))?;
        if user.status == "closed" {
            return Err(Failure::new("user.closed", Exit::Conflict, say!("user-closed", login = login.clone())).into());
        }
        targets.push(user);
    }
    let mut report = report("user.disable", vec![left("login_name"), left("real_name"), left("before"), left("after")]);
    for user in &targets {
        report.push(vec![user.login_name.clone().into(), user.real_name.clone().into(), user.status.clone().into(), "disabled".into()]);
    }
    targets.retain(|user| user.status != "disabled");
    if targets.is_empty() {
        ctx.show(report)?;
        ctx.remark(&say!("user-disable-nothing"));
        return Ok(Outcome::Done);
    }
    ctx.show_plan(&report)?;
    ctx.go_ahead(&say!("user-disable-question", count = targets.len()))?;
    let (at, reason) = (ctx.clock.now(), ctx.globals.reason.clone());
    ctx.write(|db, log| {
        for user in &targets {
            let now = users::by_login(db, &user.login_name)?.ok_or_else(|| super::unknown(&user.login_name))?;
            if now.status != user.status {
                return Err(moved(&user.login_name));
            }
            users::disable(db, user.id, at, reason.as_deref())?;
            log.push(Entry {
                verb: "user disable",
                table: Some("oa_user"),
                key: Some(user.login_name.clone()),
                old: Some(json!({ "status": user.status })),
                new: Some(json!({ "status": "disabled", "disabled_reason": reason })),
            });
        }
        Ok(())
    })?;
    ctx.show(report)?;
    ctx.remark(&if ctx.globals.dry_run { say!("dry-run") } else { say!("user-disabled", count = targets.len()) });
    Ok(Outcome::Done)
}
