use anyhow::Result;
use serde_json::json;

use crate::context::{Context, Outcome};
use crate::db::roles;
use crate::failure::{Exit, Failure};
use crate::ledger::Entry;
use crate::people::is_needed;
use crate::say;

/// Take permissions out of a role
///
/// What one of the three administrators (三员) cannot work without stays.
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
            if is_needed(perm, &role.admin_kind) {
                let message = say!("role-permission-needed", perm = perm.clone(), role = role.code);
                return Err(Failure::new("role.permission-needed", Exit::Conflict, message)
                    .hint(say!("role-permission-needed-hint"))
                    .into());
            }
            let old = held.contains(perm);
            if old {
                roles::deny(db, role.id, perm)?;
                held.retain(|held| held != perm);
            }
            changed.push((perm.clone(), if old { "remove" } else { "unchanged" }));
        }
        if held.len() < before.len() {
            log.push(Entry {
                verb: "role deny",
                table: Some("role_permission"),
                key: Some(role.code),
                old: Some(json!({ "permissions": before })),
                new: Some(json!({ "permissions": held })),
            });
        }
        Ok(changed)
    })?;
    super::permit::show(ctx, "role.deny", &args.role, changed)
}
