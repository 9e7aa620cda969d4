use anyhow::Result;
use serde_json::json;

use crate::cli::columns::{left, report};
use crate::context::{Context, Outcome};
use crate::db::roles::{self, Role};
use crate::db::{Db, Instant, users};
use crate::failure::{Exit, Failure};
use crate::ledger::Entry;
use crate::people::{PermissionFault, is_needed, permission_fault};
use crate::say;

/// Give a role permissions
///
/// Permissions are listed one by one, such as `unit:write`; `swj role matrix` shows who has which. What belongs to
/// one of the three administrators (三员) cannot be given to another, and nobody may change the audit log. A plain
/// role that gets a power of the system administrator is given like a privilege from then on, with approval, and
/// never beside the two other posts. Nobody adds to a role he holds himself.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Role code
    role: String,
    /// Permissions
    #[arg(required = true, value_name = "PERMISSION")]
    permissions: Vec<String>,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    change(ctx, Change::Permit, &args.role, &args.permissions)
}

/// What is done with each permission.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    Permit,
    Deny,
}

/// Gives a role permissions or takes them out of it, all or none.
pub(super) fn change(ctx: &mut Context, change: Change, code: &str, permissions: &[String]) -> Result<Outcome> {
    let (verb, schema, done) = match change {
        Change::Permit => ("role permit", "role.permit", "add"),
        Change::Deny => ("role deny", "role.deny", "remove"),
    };
    let (acting, at) = (ctx.actor().login, ctx.clock.now());
    let changed = ctx.write(|db, log| {
        roles::lock(db)?;
        let role = super::role_of(db, code)?;
        let before = roles::permissions_of(db, role.id)?;
        let (mut held, mut changed) = (before.clone(), Vec::new());
        for perm in permissions {
            let has = held.contains(perm);
            match change {
                Change::Permit => permission_fault(perm, &role.admin_kind).map_or(Ok(()), |fault| Err(said(fault, perm, &role.code)))?,
                Change::Deny if is_needed(perm, &role.admin_kind) => return Err(needed(perm, &role.code)),
                Change::Deny => {}
            }
            match change {
                Change::Permit if !has => {
                    roles::permit(db, role.id, perm)?;
                    held.push(perm.clone());
                }
                Change::Deny if has => {
                    roles::deny(db, role.id, perm)?;
                    held.retain(|held| held != perm);
                }
                _ => {
                    changed.push((perm.clone(), "unchanged"));
                    continue;
                }
            }
            changed.push((perm.clone(), done));
        }
        if held.len() > before.len() {
            may_grow(db, &role, &before, &held, acting.as_deref(), at)?;
        }
        if held.len() != before.len() {
            held.sort();
            log.push(Entry {
                verb,
                table: Some("role_permission"),
                key: Some(role.code),
                old: Some(json!({ "permissions": before })),
                new: Some(json!({ "permissions": held })),
            });
        }
        Ok(changed)
    })?;
    show(ctx, schema, code, changed)
}

/// A role that somebody holds was given to him for what it permitted then: nobody raises himself, what was given without
/// approval does not become a privilege, and no two hands become one.
fn may_grow(db: &mut Db, role: &Role, before: &[String], after: &[String], acting: Option<&str>, at: Instant) -> Result<()> {
    if let Some(acting) = acting.map(|login| users::by_login(db, login)).transpose()?.flatten() {
        for account in roles::accounts_of(db, acting.id)? {
            if roles::live(db, account, role.id)?.is_some() {
                let message = say!("role-permits-himself", login = acting.login_name, role = role.code.clone());
                let failure = Failure::new("role.permits-himself", Exit::NotPermitted, message);
                return Err(failure.hint(say!("role-another-person-hint")).into());
            }
        }
    }
    let (was, becomes) = (super::weighed(role, before), super::weighed(role, after));
    if was.carries == becomes.carries {
        return Ok(());
    }
    for grant in roles::grants(db, false)?.into_iter().filter(|grant| grant.role == role.code) {
        if !was.needs_approval() {
            return Err(super::define::held(role, grant.login));
        }
        // Its permissions stand in the database by now.
        let holder = super::user_of(db, &grant.login)?;
        let held = super::held_by_person(db, holder.id)?;
        super::no_clash(db, &held, &holder.login_name)?;
        super::no_stand_in_clashes_with(db, &holder, at)?;
    }
    Ok(())
}

/// One row for each permission named.
fn show(ctx: &Context, schema: &'static str, role: &str, changed: Vec<(String, &str)>) -> Result<Outcome> {
    let mut report = report(schema, vec![left("code"), left("permission"), left("change")]);
    report.key = 1;
    let count = changed.iter().filter(|(_, change)| *change != "unchanged").count();
    for (perm, change) in changed {
        report.push(vec![role.into(), perm.into(), change.into()]);
    }
    ctx.show(report)?;
    ctx.remark(&match count {
        _ if ctx.globals.dry_run => say!("dry-run"),
        0 => say!("role-nothing"),
        _ => say!("role-permissions-changed", code = role, count = count),
    });
    Ok(Outcome::Done)
}

fn needed(perm: &str, role: &str) -> anyhow::Error {
    let message = say!("role-permission-needed", perm = perm, role = role);
    Failure::new("role.permission-needed", Exit::Conflict, message).hint(say!("role-permission-needed-hint")).into()
}

fn said(fault: PermissionFault, perm: &str, role: &str) -> anyhow::Error {
    let refuse = |code, exit, message: String, hint: String| Failure::new(code, exit, message).hint(hint).into();
    match fault {
        PermissionFault::Form => {
            refuse("role.permission-form", Exit::Usage, say!("role-permission-form", perm = perm), say!("role-permission-form-hint"))
        }
        PermissionFault::Wildcard => refuse(
            "role.permission-wildcard",
            Exit::Conflict,
            say!("role-permission-wildcard", perm = perm),
            say!("role-permission-form-hint"),
        ),
        PermissionFault::Log => {
            refuse("role.permission-log", Exit::Conflict, say!("role-permission-log", perm = perm), say!("role-permission-log-hint"))
        }
        PermissionFault::Reserved(kind) => {
            let kind = match kind {
                "system" => say!("role-kind-system"),
                "security" => say!("role-kind-security"),
                _ => say!("role-kind-audit"),
            };
            let message = say!("role-permission-reserved", perm = perm, role = role, kind = kind.clone());
            refuse("role.permission-reserved", Exit::Conflict, message, say!("role-permission-reserved-hint", kind = kind))
        }
    }
}
