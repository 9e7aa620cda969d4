use anyhow::Result;
use serde_json::json;

use crate::cli::columns::{left, report};
use crate::context::{Context, Outcome};
use crate::db::roles;
use crate::failure::{Exit, Failure};
use crate::ledger::Entry;
use crate::say;

/// Declare two roles mutually exclusive (互斥角色)
///
/// Nobody may hold both from then on, on one account or on several. Refused while somebody does.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Role code
    role: String,
    /// Code of the other role
    other: String,
    /// End the exclusion; that of the three administrators stays
    #[arg(long)]
    lift: bool,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let (reason, at) = (ctx.globals.reason.clone(), ctx.clock.now());
    let change = ctx.write(|db, log| {
        roles::lock(db)?;
        let (one, other) = (super::role_of(db, &args.role)?, super::role_of(db, &args.other)?);
        if one.id == other.id {
            return Err(Failure::new("role.excludes-itself", Exit::Usage, say!("role-excludes-itself"))
                .hint(say!("role-unknown-hint"))
                .into());
        }
        let declared =
            roles::exclusions(db)?.into_iter().any(|(a, b)| [&a, &b] == [&one.code, &other.code] || [&b, &a] == [&one.code, &other.code]);
        let change = match (declared, args.lift) {
            (true, false) | (false, true) => return Ok("unchanged"),
            (true, true) => {
                if one.admin_kind != "none" && other.admin_kind != "none" {
                    return Err(Failure::new("role.administrators", Exit::Conflict, say!("role-exclusion-stays"))
                        .hint(say!("role-administrator-hint"))
                        .into());
                }
                roles::lift(db, one.id, other.id)?;
                "remove"
            }
            (false, false) => {
                if let Some(login) = roles::with_both(db, one.id, other.id)?.into_iter().next() {
                    let message = say!("role-held-both", login = login.clone(), one = one.code, other = other.code.clone());
                    return Err(Failure::new("role.held-both", Exit::Conflict, message)
                        .hint(say!("role-clash-hint", login = login, other = other.code))
                        .into());
                }
                roles::exclude(db, one.id, other.id, reason.as_deref().unwrap_or_default())?;
                for login in roles::all_holders(db, one.id)? {
                    let holder = super::user_of(db, &login)?;
                    super::no_stand_in_clashes_with(db, &holder, at)?;
                }
                "add"
            }
        };
        let pair = json!({ "one": one.code, "other": other.code });
        log.push(Entry {
            verb: "role exclude",
            table: Some("role_exclusion"),
            key: Some(format!("{}/{}", one.code, other.code)),
            old: (change == "remove").then(|| pair.clone()),
            new: (change == "add").then_some(pair),
        });
        Ok(change)
    })?;
    let mut report = report("role.exclude", vec![left("role"), left("excludes"), left("change")]);
    report.push(vec![args.role.clone().into(), args.other.clone().into(), change.into()]);
    ctx.show(report)?;
    ctx.remark(&match change {
        _ if ctx.globals.dry_run => say!("dry-run"),
        "unchanged" => say!("role-nothing"),
        "remove" => say!("role-exclusion-lifted", one = args.role.clone(), other = args.other.clone()),
        _ => say!("role-excluded", one = args.role.clone(), other = args.other.clone()),
    });
    Ok(Outcome::Done)
}
