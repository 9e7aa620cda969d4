use anyhow::Result;
use serde_json::json;

use super::{Wanted, acting, facts, held, renewable, role_of, weigh};
use crate::cli::columns::{left, report};
use crate::cli::permissions::{Gate, still};
use crate::context::{Context, Outcome, parse_day};
use crate::db::roles::{self, NewGrant, NewRequest};
use crate::failure::{Exit, Failure};
use crate::ledger::Entry;
use crate::say;

/// Give a user a role
///
/// A privileged role, one of the three administrators (三员), and whatever somebody asks for who may ask and not
/// give, waits until a second person approves it: `swj role approve`. A grant that is in force already is renewed
/// when the term differs. Nobody gives a role to himself.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Login name
    login: String,
    /// Role code
    role: String,
    /// Last day of the grant
    #[arg(long, value_name = "DATE")]
    until: Option<String>,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let until = args.until.as_deref().map(parse_day).transpose()?;
    let (at, today, reason) = (ctx.clock.now(), ctx.clock.today(), ctx.globals.reason.clone());
    let system_administrators_max = ctx.config.number("audit.system_administrators_max")?;
    let (login, gate) = (ctx.actor().login, Gate::of(ctx));
    let (to, by, status) = ctx.write(|db, log| {
        roles::lock(db)?;
        let by = acting(db, login.as_deref())?;
        let role = role_of(db, &args.role)?;
        let to = held(db, &args.login)?;
        let live = roles::live(db, to.id, role.id)?;
        if live.as_ref().is_some_and(|live| live.expires_on.map(|day| day.0) == until) {
            return Ok((to, by, "unchanged"));
        }
        let direct = !facts(db, &role)?.needs_approval()
            && still(&gate, db, Some((by.id, by.login_name.as_str())), "role grant", &["role:grant"]).is_ok();
        let wanted = Wanted { role: &role, to: &to, by: &by, until, today, at, system_administrators_max };
        weigh(db, &wanted, direct.then_some(None))?;
        let entry = |table, status| Entry {
            verb: "role grant",
            table: Some(table),
            key: Some(format!("{}/{}", to.login_name, role.code)),
            old: None,
            new: Some(json!({ "granted_by": by.login_name, "until": until.map(|day| day.to_string()), "status": status })),
        };
        if !direct {
            if let Some(waiting) = roles::waiting(db, to.id, role.id)? {
                // Said twice, it is asked for once.
                let same = waiting.requested_by == by.id && waiting.expires_on.map(|day| day.0) == until;
                return if same { Ok((to, by, "waiting")) } else { Err(waits_already(&to.login_name, &role.code)) };
            }
            let new = NewRequest {
                user_id: to.id,
                role_id: role.id,
                requested_by: by.id,
                requested_at: at,
                expires_on: until.map(Into::into),
                reason: reason.clone(),
            };
            roles::ask(db, &new)?;
            log.push(entry("role_request", "waiting"));
            return Ok((to, by, "waiting"));
        }
        if let Some(live) = live {
            renewable(db, &role, &to, &live, until)?;
            roles::revoke(db, live.id, at, Some(by.id), Some("renewed"))?;
        }
        let new = NewGrant {
            user_id: to.id,
            role_id: role.id,
            granted_by: by.id,
            granted_at: at,
            approved_by: None,
            approved_at: None,
            expires_on: until.map(Into::into),
            reason: reason.clone(),
        };
        roles::grant(db, &new)?;
        log.push(entry("user_role", "granted"));
        Ok((to, by, "granted"))
    })?;
    let mut report =
        report("role.grant", vec![left("login_name"), left("real_name"), left("role"), left("until"), left("granted_by"), left("status")]);
    report.push(vec![
        to.login_name.clone().into(),
        to.real_name.into(),
        args.role.clone().into(),
        until.into(),
        by.login_name.into(),
        status.into(),
    ]);
    ctx.show(report)?;
    let (login, role) = (to.login_name, args.role.clone());
    ctx.remark(&match status {
        _ if ctx.globals.dry_run => say!("dry-run"),
        "unchanged" => say!("role-nothing"),
        "waiting" => say!("role-waits", login = login, role = role),
        _ => say!("role-granted", login = login, role = role),
    });
    Ok(Outcome::Done)
}

fn waits_already(login: &str, role: &str) -> anyhow::Error {
    Failure::new("role.waits-already", Exit::Conflict, say!("role-waits-already", login = login, role = role))
        .hint(say!("role-waits-already-hint", login = login, role = role))
        .into()
}
