use anyhow::Result;
use serde_json::json;

use super::{may_lose, role_of, user_of};
use crate::cli::columns::{left, report};
use crate::cli::import::moved;
use crate::cli::permissions::{Gate, still};
use crate::context::{Context, Outcome};
use crate::db::Db;
use crate::db::roles::{self, Grant, Request};
use crate::db::users::{self, User};
use crate::ledger::Entry;
use crate::say;
use crate::view::Report;

/// Take a grant back, or a request that waits
///
/// The row stays, with the day and the reason. The last active holder of one of the three administrators' roles
/// keeps it until somebody else has it. Where a role is held and a renewal waits, both go; `--request` ends the request
/// alone. `--expired` takes back every grant whose term is over.
#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("which").required(true).args(["login", "expired"]))]
pub(crate) struct Args {
    /// Login name
    #[arg(requires = "role")]
    login: Option<String>,
    /// Role code
    role: Option<String>,
    /// Only the request that waits; the role stays
    #[arg(long, requires = "role")]
    request: bool,
    /// Every grant whose term is over
    #[arg(long, conflicts_with = "role")]
    expired: bool,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    match (&args.login, &args.role) {
        (Some(login), Some(role)) => one(ctx, login, role, args.request),
        _ => expired(ctx),
    }
}

fn table() -> Report {
    let mut report = report("role.revoke", vec![left("login_name"), left("role"), left("before"), left("after")]);
    report.key = 0;
    report
}

fn one(ctx: &mut Context, login: &str, code: &str, request_only: bool) -> Result<Outcome> {
    let (at, reason, acting, gate) = (ctx.clock.now(), ctx.globals.reason.clone(), ctx.actor().login, Gate::of(ctx));
    let db = ctx.db()?;
    let (user, role) = (user_of(db, login)?, role_of(db, code)?);
    let both = |db: &mut Db| -> Result<(Option<Grant>, Option<Request>)> {
        let live = if request_only { None } else { roles::live(db, user.id, role.id)? };
        Ok((live, roles::waiting(db, user.id, role.id)?))
    };
    let (live, waiting) = both(db)?;
    let by = by(db, acting.as_deref())?;
    let mut report = table();
    if live.is_none() && waiting.is_none() {
        ctx.show(report)?;
        ctx.remark(&if request_only {
            say!("role-no-request", login = login, role = code)
        } else {
            say!("role-not-held", login = login, role = code)
        });
        return Ok(Outcome::Done);
    }
    // Whoever asked takes his request back; somebody else refuses it.
    let own = by.as_ref().is_some_and(|by| waiting.as_ref().is_some_and(|waiting| waiting.requested_by == by.id));
    let refusal = if own { "withdrawn" } else { "refused" };
    if waiting.is_some() {
        report.push(vec![login.into(), code.into(), "waiting".into(), refusal.into()]);
    }
    if live.is_some() {
        report.push(vec![login.into(), code.into(), "granted".into(), "revoked".into()]);
    }
    ctx.show_plan(&report)?;
    ctx.go_ahead(&say!("role-revoke-question", login = login, role = code))?;
    ctx.write(|db, log| {
        roles::lock(db)?;
        let same = |one: Option<i64>, other: Option<i64>| one == other;
        let (live_now, waiting_now) = both(db)?;
        if !same(live_now.map(|grant| grant.id), live.as_ref().map(|grant| grant.id))
            || !same(waiting_now.map(|request| request.id), waiting.as_ref().map(|request| request.id))
        {
            return Err(moved(&format!("{login}/{code}")));
        }
        let entry = |table, before: &str, after: &str| Entry {
            verb: "role revoke",
            table: Some(table),
            key: Some(format!("{login}/{code}")),
            old: Some(json!({ "status": before })),
            new: Some(json!({ "status": after, "by": by.as_ref().map(|by| &by.login_name), "reason": reason })),
        };
        let id = by.as_ref().map(|by| by.id);
        if let Some(waiting) = &waiting {
            if !own {
                needs(db, &gate, by.as_ref(), &["role:approve", "role:grant"])?;
            }
            roles::decide(db, waiting.id, refusal, id, at, reason.as_deref())?;
            log.push(entry("role_request", "waiting", refusal));
        }
        if let Some(live) = &live {
            needs(db, &gate, by.as_ref(), &["role:grant"])?;
            may_lose(db, &role, user.id)?;
            roles::revoke(db, live.id, at, id, reason.as_deref())?;
            log.push(entry("user_role", "granted", "revoked"));
        }
        Ok(())
    })?;
    ctx.show(report)?;
    ctx.remark(&match live {
        _ if ctx.globals.dry_run => say!("dry-run"),
        Some(_) => say!("role-revoked", login = login, role = code),
        None => say!("role-request-ended", login = login, role = code),
    });
    Ok(Outcome::Done)
}

fn expired(ctx: &mut Context) -> Result<Outcome> {
    let (at, today, reason) = (ctx.clock.now(), ctx.clock.today(), ctx.globals.reason.clone());
    let (acting, gate) = (ctx.actor().login, Gate::of(ctx));
    let db = ctx.db()?;
    let by = by(db, acting.as_deref())?;
    let found = roles::expired(db, today.into())?;
    let mut plan = table();
    for (_, login, role) in &found {
        plan.push(vec![login.into(), role.into(), "expired".into(), "revoked".into()]);
    }
    if found.is_empty() {
        ctx.show(plan)?;
        ctx.remark(&say!("role-none-expired"));
        return Ok(Outcome::Done);
    }
    ctx.show_plan(&plan)?;
    ctx.go_ahead(&say!("role-revoke-expired-question", count = found.len()))?;
    let done = ctx.write(|db, log| {
        roles::lock(db)?;
        needs(db, &gate, by.as_ref(), &["role:grant"])?;
        let mut done = Vec::new();
        for (grant, login, code) in roles::expired(db, today.into())? {
            let (user, role) = (user_of(db, &login)?, role_of(db, &code)?);
            // The last of the three stays in office until there is another: who watches is worth more than the term.
            let kept = may_lose(db, &role, user.id).is_err();
            if !kept {
                roles::revoke(db, grant, at, by.as_ref().map(|by| by.id), Some(reason.as_deref().unwrap_or("expired")))?;
                log.push(Entry {
                    verb: "role revoke",
                    table: Some("user_role"),
                    key: Some(format!("{login}/{code}")),
                    old: Some(json!({ "status": "expired" })),
                    new: Some(json!({ "status": "revoked", "by": by.as_ref().map(|by| &by.login_name), "reason": reason })),
                });
            }
            done.push((login, code, if kept { "kept" } else { "revoked" }));
        }
        Ok(done)
    })?;
    let mut report = table();
    let kept = done.iter().filter(|(_, _, after)| *after == "kept").count();
    let revoked = done.len() - kept;
    for (login, role, after) in done {
        report.push(vec![login.into(), role.into(), "expired".into(), after.into()]);
    }
    ctx.show(report)?;
    ctx.remark(&if ctx.globals.dry_run { say!("dry-run") } else { say!("role-expired-revoked", count = revoked) });
    if kept > 0 {
        ctx.remark(&say!("role-expired-kept", count = kept));
        return Ok(Outcome::LookAtIt);
    }
    Ok(Outcome::Done)
}

/// The account of the person acting, where one is bound; taking a right away may be done by the operating-system user too.
fn by(db: &mut Db, login: Option<&str>) -> Result<Option<User>> {
    Ok(login.map(|login| users::by_login(db, login)).transpose()?.flatten())
}

fn needs(db: &mut Db, gate: &Gate, by: Option<&User>, any: &[&str]) -> Result<()> {
    still(gate, db, by.map(|by| (by.id, by.login_name.as_str())), "role revoke", any)
}
