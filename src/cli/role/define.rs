use anyhow::Result;
use serde_json::json;

use crate::cli::columns::{left, report};
use crate::cli::import::on_one_line;
use crate::context::{Context, Outcome};
use crate::db::roles::{self, NewRole};
use crate::failure::{Exit, Failure};
use crate::ledger::Entry;
use crate::people::valid_role_code;
use crate::say;

/// Define a role, or change its name and weight
///
/// A privileged role is given only with a second person's approval. It becomes so only while nobody
/// holds it. The roles of the three administrators (三员) are made by `swj init`, one of each kind.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Role code
    role: String,
    /// Name of the role; may be left out for one that exists
    #[arg(long)]
    name: Option<String>,
    /// Whether a grant waits for a second person
    #[arg(long, value_name = "YES|NO", value_parser = ["yes", "no"])]
    privileged: Option<String>,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let name = args.name.as_deref().map(str::trim).filter(|name| !name.is_empty());
    on_one_line("role.name", name.unwrap_or_default())?;
    let privileged = args.privileged.as_deref().map(|word| word == "yes");
    let code = args.role.clone();
    let (change, role) = ctx.write(|db, log| {
        roles::lock(db)?;
        let Some(mut role) = roles::by_code(db, &args.role)? else {
            if !valid_role_code(&args.role) {
                return Err(Failure::new("role.code-form", Exit::Usage, say!("role-code-form", code = code.clone()))
                    .hint(say!("role-code-form-hint"))
                    .into());
            }
            let Some(name) = name else {
                return Err(Failure::new("role.name", Exit::Usage, say!("role-name-needed", code = code.clone()))
                    .hint(say!("role-name-needed-hint", code = code.clone()))
                    .into());
            };
            let new = NewRole {
                code: args.role.clone(),
                name: name.to_owned(),
                admin_kind: "none".to_owned(),
                privileged: privileged.unwrap_or(false),
            };
            let id = roles::add(db, &new, &[])?;
            log.push(Entry {
                verb: "role define",
                table: Some("role"),
                key: Some(new.code.clone()),
                old: None,
                new: Some(json!({ "name": new.name, "privileged": new.privileged })),
            });
            let role = roles::Role { id, code: new.code, name: new.name, admin_kind: new.admin_kind, privileged: new.privileged };
            return Ok(("add", role));
        };
        let before = role.clone();
        role.name = name.unwrap_or(&role.name).to_owned();
        role.privileged = privileged.unwrap_or(role.privileged);
        if role == before {
            return Ok(("unchanged", role));
        }
        if role.privileged != before.privileged {
            may_change_weight(db, &before)?;
        }
        roles::edit(db, role.id, &role.name, role.privileged)?;
        log.push(Entry {
            verb: "role define",
            table: Some("role"),
            key: Some(role.code.clone()),
            old: Some(json!({ "name": before.name, "privileged": before.privileged })),
            new: Some(json!({ "name": role.name, "privileged": role.privileged })),
        });
        Ok(("change", role))
    })?;
    let mut report = report("role.define", vec![left("code"), left("name"), left("admin_kind"), left("privileged"), left("change")]);
    report.push(vec![role.code.clone().into(), role.name.into(), role.admin_kind.into(), role.privileged.into(), change.into()]);
    ctx.show(report)?;
    ctx.remark(&match change {
        _ if ctx.globals.dry_run => say!("dry-run"),
        "unchanged" => say!("role-nothing"),
        _ => say!("role-defined", code = role.code),
    });
    Ok(Outcome::Done)
}

/// What was given without approval does not become a privilege behind the approver's back, and what was approved
/// does not become a plain role while somebody holds it.
fn may_change_weight(db: &mut crate::db::Db, role: &roles::Role) -> Result<()> {
    if role.admin_kind != "none" {
        return Err(Failure::new("role.administrator", Exit::Conflict, say!("role-administrator", code = role.code.clone()))
            .hint(say!("role-administrator-hint"))
            .into());
    }
    let held = roles::grants(db, false)?.into_iter().find(|grant| grant.role == role.code);
    held.map_or(Ok(()), |grant| Err(self::held(role, grant.login)))
}

/// Somebody holds the role, under another rule than it would have from now on.
pub(super) fn held(role: &roles::Role, login: String) -> anyhow::Error {
    Failure::new("role.held", Exit::Conflict, say!("role-held", code = role.code.clone(), login = login.clone()))
        .hint(say!("role-held-hint", code = role.code.clone(), login = login))
        .into()
}
