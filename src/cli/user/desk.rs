//! What leaving, moving, disabling and locking share: rights end, open work goes to a named person, all of it listed.

use anyhow::Result;
use jiff::ToSpan;
use jiff::civil::Date;
use serde_json::json;

use crate::cli::columns::{left, report};
use crate::cli::unit::change::entries;
use crate::context::Context;
use crate::db::accounts::Delegations;
use crate::db::users::{self, User};
use crate::db::{Db, Instant, accounts, holdings, transfers, units};
use crate::failure::{Exit, Failure};
use crate::ledger::Entry;
use crate::say;
use crate::view::{Column, Report};

/// One line of a handover list (移交清单).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub login: String,
    pub what: String,
    pub key: String,
    pub title: String,
    pub outcome: &'static str,
    pub to: Option<String>,
}

/// The handover list as a report.
pub(super) fn listed(schema: &'static str, lines: &[Line]) -> Report {
    let to = Column::left("to", say!("column-handed-to"));
    let mut report = report(schema, vec![left("login_name"), left("what"), left("key"), left("title"), left("outcome"), to]);
    for line in lines {
        report.push(vec![
            line.login.clone().into(),
            line.what.clone().into(),
            line.key.clone().into(),
            line.title.clone().into(),
            line.outcome.into(),
            line.to.clone().into(),
        ]);
    }
    report
}

/// The hand that changes accounts in one transaction.
pub(super) struct Desk {
    pub verb: &'static str,
    pub at: Instant,
    pub today: Date,
    /// A password older than this is due for change.
    passwords_from: Date,
    pub reason: Option<String>,
    /// How many system administrators there may be.
    pub system_administrators_max: i64,
    actor: Option<String>,
}

impl Desk {
    pub fn new(ctx: &Context, verb: &'static str) -> Result<Self> {
        not_ahead(ctx)?;
        // The real day, but for a rehearsal.
        let today = if ctx.globals.dry_run { ctx.clock.today() } else { ctx.clock.now().day() };
        Ok(Self {
            verb,
            at: ctx.clock.now(),
            today,
            passwords_from: today.saturating_sub(ctx.config.number("audit.password_days")?.days()),
            reason: ctx.globals.reason.clone(),
            system_administrators_max: ctx.config.number("audit.system_administrators_max")?,
            actor: ctx.actor().login,
        })
    }

    /// Who acts, as a row, where his login is bound.
    pub fn by(&self, db: &mut Db) -> Result<Option<i64>> {
        Ok(match &self.actor {
            Some(login) => users::by_login(db, login)?.map(|user| user.id),
            None => None,
        })
    }

    /// An entry of the log on an account.
    pub fn entry(&self, user: &User, old: serde_json::Value, new: serde_json::Value) -> Entry {
        Entry { verb: self.verb, table: Some("oa_user"), key: Some(user.login_name.clone()), old: Some(old), new: Some(new) }
    }

    /// Opens an account; a password that is due for change does not come back with it. Returns whether one was taken.
    pub fn open(&self, db: &mut Db, user: &User) -> Result<bool> {
        accounts::open(db, user.id, self.at)?;
        let outdated =
            accounts::password_since(db, user.id)?.is_some_and(|since| since.unwrap_or(user.created_at).day() < self.passwords_from);
        if outdated {
            accounts::clear_password(db, user.id, self.at)?;
        }
        Ok(outdated)
    }

    fn line(&self, user: &User, what: &str, key: &str, title: &str, outcome: &'static str) -> Line {
        let (key, title) = (key.to_owned(), title.to_owned());
        Line { login: user.login_name.clone(), what: what.to_owned(), key, title, outcome, to: None }
    }

    /// Takes every right: roles, role requests, delegations in both directions, activation codes, sessions
    /// (GB/T 22239 8.1.8.2 a).
    pub fn strip(&self, db: &mut Db, log: &mut Vec<Entry>, user: &User) -> Result<Vec<Line>> {
        let mut lines = self.strip_roles(db, log, user)?;
        lines.extend(self.strip_requests(db, log, user)?);
        lines.extend(self.strip_delegations(db, log, user, Delegations::Both)?);
        let codes = accounts::spend_codes(db, user.id, self.at)?;
        if codes > 0 {
            lines.push(self.line(user, "activation_codes", &codes.to_string(), "", "ended"));
            log.push(self.entry(user, json!({ "activation_codes": codes }), json!({ "activation_codes": 0 })));
        }
        let sessions = accounts::end_sessions(db, user.id, self.at, self.verb)?;
        if sessions > 0 {
            lines.push(self.line(user, "sessions", &sessions.to_string(), "", "ended"));
            log.push(self.entry(user, json!({ "sessions": sessions }), json!({ "sessions": 0 })));
        }
        Ok(lines)
    }

    /// Takes the roles.
    pub fn strip_roles(&self, db: &mut Db, log: &mut Vec<Entry>, user: &User) -> Result<Vec<Line>> {
        let by = self.by(db)?;
        let roles = accounts::revoke_all(db, user.id, self.at, by)?;
        for role in &roles {
            let key = Some(format!("{}/{role}", user.login_name));
            let (old, new) = (Some(json!({ "revoked": false })), Some(json!({ "revoked": true })));
            log.push(Entry { verb: self.verb, table: Some("user_role"), key, old, new });
        }
        Ok(roles.iter().map(|role| self.line(user, "roles", role, "", "revoked")).collect())
    }

    /// Withdraws the role requests that wait on an account, and those its owner made for others.
    fn strip_requests(&self, db: &mut Db, log: &mut Vec<Entry>, user: &User) -> Result<Vec<Line>> {
        let by = self.by(db)?;
        let mut lines = Vec::new();
        for [login, role] in accounts::withdraw_requests(db, user.id, self.at, by, self.verb)? {
            let key = format!("{login}/{role}");
            lines.push(self.line(user, "role_requests", &key, "", "withdrawn"));
            let (old, new) = (Some(json!({ "status": "waiting" })), Some(json!({ "status": "withdrawn" })));
            log.push(Entry { verb: self.verb, table: Some("role_request"), key: Some(key), old, new });
        }
        Ok(lines)
    }

    /// Cancels delegations; of an account that is only locked, those to it.
    pub fn strip_delegations(&self, db: &mut Db, log: &mut Vec<Entry>, user: &User, which: Delegations) -> Result<Vec<Line>> {
        let cancelled = accounts::cancel_delegations(db, user.id, which, self.at)?;
        let mut lines = Vec::new();
        for [from, to, scope] in cancelled {
            let key = format!("{from} -> {to}");
            lines.push(self.line(user, "delegations", &key, &scope, "cancelled"));
            let (old, new) = (Some(json!({ "cancelled": false })), Some(json!({ "cancelled": true })));
            log.push(Entry { verb: self.verb, table: Some("delegation"), key: Some(key), old, new });
        }
        Ok(lines)
    }

    /// Gives the open work to a successor; without one, work left is refused.
    pub fn hand_over(&self, db: &mut Db, log: &mut Vec<Entry>, user: &User, to: Option<&User>, on: Date) -> Result<Vec<Line>> {
        let things = holdings::of_person(db, user.id, on.into())?;
        if things.is_empty() {
            return Ok(Vec::new());
        }
        let Some(to) = to else { return Err(still_busy(user, &things)) };
        holdings::give_persons(db, user.id, to.id, on.into(), self.at)?;
        // The successor was to be followed by the one who goes now: nobody follows himself, so nobody is named any more.
        let (own, given): (Vec<_>, Vec<_>) = things.into_iter().partition(|thing| thing.kind == "transfers" && thing.key == to.login_name);
        log.extend(entries(self.verb, &given, &user.login_name, &to.login_name));
        log.extend(own.iter().map(|thing| Entry {
            verb: self.verb,
            table: thing.table,
            key: Some(thing.key.clone()),
            old: Some(json!({ "successor": user.login_name })),
            new: Some(json!({ "successor": null })),
        }));
        let line = |thing: &holdings::Holding, outcome| self.line(user, thing.kind, &thing.key, &thing.title, outcome);
        let given = given.iter().map(|thing| Line { to: Some(to.login_name.clone()), ..line(thing, "handed_over") });
        Ok(given.chain(own.iter().map(|thing| line(thing, "without_successor"))).collect())
    }

    /// Calls off what is still planned for somebody.
    pub fn call_off(&self, db: &mut Db, log: &mut Vec<Entry>, user: &User) -> Result<Vec<Line>> {
        let planned = transfers::call_off(db, user.id, self.at)?;
        let mut lines = Vec::new();
        for transfer in planned {
            let key = format!("{} {} {}", user.login_name, transfer.kind, transfer.effective_on);
            lines.push(self.line(user, "planned", &transfer.effective_on.to_string(), &transfer.kind, "cancelled"));
            let (old, new) = (Some(json!({ "cancelled": false })), Some(json!({ "cancelled": true })));
            log.push(Entry { verb: self.verb, table: Some("user_transfer"), key: Some(key), old, new });
        }
        Ok(lines)
    }

    /// The unit keeps an information officer (信息员): the successor, if he works there, becomes it.
    pub fn officer_stays(&self, db: &mut Db, log: &mut Vec<Entry>, user: &User, had: bool, to: Option<&User>) -> Result<Vec<Line>> {
        let Some(unit) = user.unit_id.filter(|_| had && user.is_info_officer) else { return Ok(Vec::new()) };
        let fit = to.filter(|to| to.unit_id == Some(unit) && to.status == "active");
        let mut lines = Vec::new();
        if let Some(to) = fit.filter(|to| !to.is_info_officer)
            && !units::has_officer(db, unit)?
        {
            accounts::set_officer(db, to.id, true)?;
            log.push(self.entry(to, json!({ "is_info_officer": false }), json!({ "is_info_officer": true })));
            lines.push(Line { to: Some(to.login_name.clone()), ..self.line(user, "info_officer", &user.login_name, "", "handed_over") });
        }
        crate::cli::unit::change::keeps_officer(db, Some(unit), had)?;
        Ok(lines)
    }
}

/// What is written is written today: a day to come may be looked at, not acted on.
///
/// # Errors
/// Exit 2: `--as-of` names a day to come.
pub(crate) fn not_ahead(ctx: &Context) -> Result<()> {
    let (day, today) = (ctx.clock.today(), ctx.clock.now().day());
    if day > today && !ctx.globals.dry_run {
        let sentence = say!("as-of-ahead", on = day.to_string(), today = today.to_string());
        return Err(Failure::new("usage.as-of-ahead", Exit::Usage, sentence).hint(say!("as-of-ahead-hint")).into());
    }
    Ok(())
}

/// Whether a person's unit has an officer now; asked before, compared after.
pub(super) fn has_officer(db: &mut Db, user: &User) -> Result<bool> {
    Ok(match user.unit_id {
        Some(unit) => units::has_officer(db, unit)?,
        None => false,
    })
}

/// A user that is there.
pub(super) fn known(db: &mut Db, login: &str) -> Result<User> {
    users::by_login(db, login)?.ok_or_else(|| super::unknown(login))
}

/// A user that is there and was not closed.
pub(super) fn present(db: &mut Db, login: &str) -> Result<User> {
    let user = known(db, login)?;
    if user.status == "closed" {
        return Err(Failure::new("user.closed", Exit::Conflict, say!("user-closed", login = login))
            .hint(say!("user-closed-hint", login = login))
            .into());
    }
    Ok(user)
}

/// Somebody else, active, to take over or to act for another.
pub(super) fn active(db: &mut Db, login: &str, but: &User) -> Result<User> {
    let user = known(db, login)?;
    if user.id == but.id {
        return Err(Failure::new("user.himself", Exit::Usage, say!("user-himself", login = login)).hint(say!("user-himself-hint")).into());
    }
    if user.status != "active" {
        return Err(Failure::new("user.not-active", Exit::Conflict, say!("user-not-active", login = login, status = user.status))
            .hint(say!("user-himself-hint"))
            .into());
    }
    Ok(user)
}

/// The only system, security or audit administrator (三员) stays until another holds the role (GB/T 22239 8.1.7.1). Whoever
/// goes for good leaves one whose term has no end, as when the role is taken back; for a lock one in office on that day,
/// the real one, is enough.
pub(super) fn not_the_last_administrator(db: &mut Db, user: &User, locked_on: Option<Date>) -> Result<()> {
    let alone = accounts::held_alone(db, user.id, locked_on.map(Into::into))?;
    let Some(role) = alone.first() else { return Ok(()) };
    let login = user.login_name.clone();
    Err(Failure::new("user.last-administrator", Exit::Conflict, say!("user-last-administrator", login = login, role = role.clone()))
        .hint(say!("user-last-administrator-hint", role = role.clone()))
        .into())
}

/// The limit of system administrators holds for accounts that come back too (GB/T 22239 8.1.4.2 d).
pub(super) fn not_one_too_many(db: &mut Db, user: &User, most: i64) -> Result<()> {
    match accounts::system_administrators_beside(db, user.id)? {
        Some(others) if others >= most => {
            let role = "system_admin".to_owned();
            Err(Failure::new("role.too-many", Exit::Conflict, say!("role-too-many", role = role)).hint(say!("role-too-many-hint")).into())
        }
        _ => Ok(()),
    }
}

pub(super) fn still_busy(user: &User, things: &[holdings::Holding]) -> anyhow::Error {
    let counts = crate::cli::unit::change::counted(things);
    let what = counts.iter().map(|(kind, count)| format!("{kind} {count}")).collect::<Vec<_>>().join(", ");
    Failure::new("user.still-busy", Exit::Conflict, say!("user-still-busy", login = user.login_name.clone(), what = what))
        .hint(say!("user-still-busy-hint"))
        .into()
}
