use anyhow::Result;
use serde_json::json;

use crate::cli::columns::{left, report};
use crate::context::{Context, Outcome};
use crate::db::roles;
use crate::failure::{Exit, Failure};
use crate::ledger::Entry;
use crate::people::{PermissionFault, permission_fault};
use crate::say;

/// Give a role permissions
///
/// Permissions are listed one by one, such as `unit:write`; `swj role matrix` shows who has which. What belongs to
/// one of the three administrators (三员) cannot be given to another, and nobody may change the audit log.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Role code
    role: String,
    /// Permissions
    #[arg(required = true, value_name = "PERMISSION")]
    permissions: Vec<String>,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let changed = ctx.write(|db, log| {
        roles::lock(db)?;
        let role = super::role_of(db, &args.role)?;
        let mut held = roles::permissions_of(db, role.id)?;
        let before = held.clone();
        let mut changed = Vec::new();
        for perm in &args.permissions {
            if let Some(fault) = permission_fault(perm, &role.admin_kind) {
                return Err(said(fault, perm, &role.code));
            }
            let new = !held.contains(perm);
            if new {
                roles::permit(db, role.id, perm)?;
                held.push(perm.clone());
            }
            changed.push((perm.clone(), if new { "add" } else { "unchanged" }));
        }
        if held.len() > before.len() {
            held.sort();
            log.push(Entry {
                verb: "role permit",
                table: Some("role_permission"),
                key: Some(role.code),
                old: Some(json!({ "permissions": before })),
                new: Some(json!({ "permissions": held })),
            });
        }
        Ok(changed)
    })?;
    show(ctx, "role.permit", &args.role, changed)
}

/// One row for each permission named.
pub(super) fn show(ctx: &Context, schema: &'static str, role: &str, changed: Vec<(String, &str)>) -> Result<Outcome> {
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
        PermissionFault::Reserved(kind) => refuse(
            "role.permission-reserved",
            Exit::Conflict,
            say!("role-permission-reserved", perm = perm, role = role, kind = kind),
            say!("role-permission-reserved-hint", kind = kind),
        ),
    }
}
