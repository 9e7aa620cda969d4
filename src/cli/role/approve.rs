use anyhow::Result;
use serde_json::json;

use super::{Wanted, acting, held, renewable, role_of, weigh};
use crate::cli::columns::{left, report};
use crate::cli::permissions::{Gate, still};
use crate::context::{Context, Outcome};
use crate::db::accounts;
use crate::db::roles::{self, NewGrant};
use crate::failure::{Exit, Failure};
use crate::ledger::Entry;
use crate::say;

/// Approve a grant that waits, as the second person
///
/// Whoever asked for it and whoever receives it cannot approve it. Everything is judged again at this moment. A
/// privilege needs a second factor (双因素): say which key was handed out, or it must be on record already.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Login name
    login: String,
    /// Role code
    role: String,
    /// Key or certificate handed out with the role; kept in the audit log
    #[arg(long, value_name = "KEY")]
    second_factor: Option<String>,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let (at, today, reason) = (ctx.clock.now(), ctx.clock.today(), ctx.globals.reason.clone());
    let system_administrators_max = ctx.config.number("audit.system_administrators_max")?;
    let (login, gate) = (ctx.actor().login, Gate::of(ctx));
    let key = args.second_factor.as_deref().map(str::trim).filter(|key| !key.is_empty());
    let (to, by, approver, until) = ctx.write(|db, log| {
        roles::lock(db)?;
        let approver = acting(db, login.as_deref())?;
        let role = role_of(db, &args.role)?;
        let mut to = held(db, &args.login)?;
        let request = roles::waiting(db, to.id, role.id)?.ok_or_else(|| nothing_waits(&to.login_name, &role.code))?;
        still(&gate, db, Some((approver.id, approver.login_name.as_str())), "role approve", &["role:approve"])?;
        let by = roles::account(db, request.requested_by)?;
        let new_key = key.filter(|_| !to.mfa_enabled);
        to.mfa_enabled |= key.is_some();
        let until = request.expires_on.map(|day| day.0);
        weigh(db, &Wanted { role: &role, to: &to, by: &by, until, today, at, system_administrators_max }, Some(Some(&approver)))?;
        if let Some(key) = new_key {
            accounts::set_second_factor(db, to.id, true)?;
            log.push(Entry {
                verb: "role approve",
                table: Some("oa_user"),
                key: Some(to.login_name.clone()),
                old: Some(json!({ "second_factor": false })),
                new: Some(json!({ "second_factor": true, "key": key })),
            });
        }
        if let Some(live) = roles::live(db, to.id, role.id)? {
            renewable(db, &role, &to, &live, until)?;
            roles::revoke(db, live.id, at, Some(approver.id), Some("renewed"))?;
        }
        let new = NewGrant {
            user_id: to.id,
            role_id: role.id,
            granted_by: by.id,
            granted_at: at,
            approved_by: Some(approver.id),
            approved_at: Some(at),
            expires_on: request.expires_on,
            reason: request.reason.clone(),
        };
        // In this order: where the server knows the three administrators, it looks for the approval itself.
        roles::decide(db, request.id, "approved", Some(approver.id), at, reason.as_deref())?;
        roles::grant(db, &new)?;
        log.push(Entry {
            verb: "role approve",
            table: Some("user_role"),
            key: Some(format!("{}/{}", to.login_name, role.code)),
            old: Some(json!({ "status": "waiting" })),
            new: Some(json!({
                "status": "granted", "granted_by": by.login_name, "approved_by": approver.login_name,
                "until": until.map(|day| day.to_string()), "reason": request.reason,
            })),
        });
        Ok((to, by, approver, until))
    })?;
    let columns = vec![left("login_name"), left("real_name"), left("role"), left("until"), left("granted_by"), left("approved_by")];
    let mut report = report("role.approve", columns);
    report.push(vec![
        to.login_name.clone().into(),
        to.real_name.into(),
        args.role.clone().into(),
        until.into(),
        by.login_name.into(),
        approver.login_name.into(),
    ]);
    ctx.show(report)?;
    ctx.remark(&if ctx.globals.dry_run { say!("dry-run") } else { say!("role-granted", login = to.login_name, role = args.role.clone()) });
    Ok(Outcome::Done)
}

fn nothing_waits(login: &str, role: &str) -> anyhow::Error {
    Failure::new("role.nothing-waits", Exit::NotFound, say!("role-nothing-waits", login = login, role = role))
        .hint(say!("role-nothing-waits-hint"))
        .into()
}
