//! Disabling, locking, enabling and unlocking: several accounts at once, all or none.

use anyhow::Result;
use serde_json::json;

use super::desk::{Desk, has_officer, not_one_too_many, not_the_last_administrator, present};
use crate::cli::columns::{left, report};
use crate::cli::import::moved;
use crate::cli::unit::change::keeps_officer;
use crate::context::{Context, Outcome};
use crate::db::accounts::Delegations;
use crate::db::users::{self, User};
use crate::db::{Db, Instant, accounts, holdings, units};
use crate::ledger::Entry;
use crate::say;
use crate::view::Report;

/// What is done to each account.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    Disable,
    Lock(Option<Instant>),
    Enable,
    Unlock,
}

impl Turn {
    fn after(self) -> &'static str {
        match self {
            Self::Disable => "disabled",
            Self::Lock(_) => "locked",
            Self::Enable | Self::Unlock => "active",
        }
    }

    /// Whether an account is as it shall be: a lock to another day is another lock.
    fn is_done(self, user: &User) -> bool {
        let until = if let Self::Lock(until) = self { until } else { user.locked_until };
        user.status == self.after() && user.locked_until == until
    }
}

/// Turns every account named; returns how many changed, with the report.
pub(super) fn turn(
    ctx: &mut Context,
    schema: &'static str,
    verb: &'static str,
    logins: &[String],
    turn: Turn,
    question: impl Fn(usize) -> String,
) -> Result<(Report, usize)> {
    let desk = Desk::new(ctx, verb)?;
    let mut named = std::collections::HashSet::new();
    let logins: Vec<&String> = logins.iter().filter(|login| named.insert(login.as_str())).collect();
    let all = |db: &mut Db| logins.iter().map(|login| vetted(db, &desk, login, turn)).collect::<Result<Vec<User>>>();
    let users = all(ctx.db()?)?;
    let mut report = report(schema, vec![left("login_name"), left("real_name"), left("before"), left("after")]);
    for user in &users {
        report.push(vec![user.login_name.clone().into(), user.real_name.clone().into(), user.status.clone().into(), turn.after().into()]);
    }
    ctx.fits(&report)?;
    let targets: Vec<&User> = users.iter().filter(|user| !turn.is_done(user)).collect();
    if targets.is_empty() {
        return Ok((report, 0));
    }
    let check = |db: &mut Db, log: &mut Vec<Entry>| -> Result<()> {
        for user in &targets {
            carry_out(db, log, &desk, user, turn)?;
        }
        Ok(())
    };
    // What would be refused is refused before anything is asked.
    super::rehearsed(ctx.db()?, |db| check(db, &mut Vec::new()))?;
    ctx.show_plan(&report)?;
    ctx.go_ahead(&question(targets.len()))?;
    ctx.write(|db, log| {
        units::one_at_a_time(db)?;
        if all(db)? != users {
            return Err(moved(&targets[0].login_name));
        }
        check(db, log)
    })?;
    if matches!(turn, Turn::Disable | Turn::Lock(_)) {
        for user in &targets {
            let open = holdings::of_person(ctx.db()?, user.id, desk.today.into())?.len();
            if open > 0 {
                ctx.remark(&say!("user-work-left", login = user.login_name.clone(), count = open));
            }
        }
    }
    Ok((report, targets.len()))
}

/// Whether this may be done to an account that is there.
fn vetted(db: &mut Db, desk: &Desk, login: &str, turn: Turn) -> Result<User> {
    let user = present(db, login)?;
    let wrong = match turn {
        Turn::Lock(_) => user.status == "disabled",
        Turn::Enable => user.status == "locked",
        Turn::Unlock => user.status == "disabled",
        Turn::Disable => false,
    };
    if wrong {
        return Err(super::other_way(&user));
    }
    if matches!(turn, Turn::Enable | Turn::Unlock) && !turn.is_done(&user) {
        super::fit_to_open(db, &user, desk.today)?;
    }
    Ok(user)
}

pub(super) fn carry_out(db: &mut Db, log: &mut Vec<Entry>, desk: &Desk, user: &User, turn: Turn) -> Result<()> {
    let had = has_officer(db, user)?;
    match turn {
        Turn::Disable => {
            not_the_last_administrator(db, user, None)?;
            users::disable(db, user.id, desk.at, desk.reason.as_deref())?;
            desk.strip(db, log, user)?;
        }
        Turn::Lock(until) => {
            not_the_last_administrator(db, user, Some(desk.at.day()))?;
            accounts::lock(db, user.id, until)?;
            accounts::end_sessions(db, user.id, desk.at, desk.verb)?;
            desk.strip_delegations(db, log, user, Delegations::To)?;
        }
        Turn::Enable | Turn::Unlock => {
            not_one_too_many(db, user, desk.system_administrators_max)?;
            if desk.open(db, user)? {
                log.push(desk.entry(user, json!({ "password": "outdated" }), json!({ "password": null })));
            }
        }
    }
    keeps_officer(db, user.unit_id, had)?;
    let before = match user.locked_until.filter(|_| user.status == "locked") {
        Some(until) => json!({ "status": user.status, "locked_until": until.rfc3339() }),
        None => json!({ "status": user.status }),
    };
    log.push(desk.entry(
        user,
        before,
        match turn {
            Turn::Disable => json!({ "status": "disabled", "disabled_reason": desk.reason }),
            Turn::Lock(until) => json!({ "status": "locked", "locked_until": until.map(Instant::rfc3339) }),
            Turn::Enable | Turn::Unlock => json!({ "status": "active", "failed_logins": 0 }),
        },
    ));
    Ok(())
}

/// Shows which accounts may log in again, and says how many.
pub(super) fn opened(ctx: &Context, report: Report, count: usize) -> Result<Outcome> {
    ctx.show(report)?;
    ctx.remark(&match count {
        0 => say!("user-open-already"),
        _ if ctx.globals.dry_run => say!("dry-run"),
        count => say!("user-opened", count = count),
    });
    Ok(Outcome::Done)
}
