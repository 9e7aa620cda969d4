use anyhow::Result;
use serde_json::json;

use super::standing::of_table;
use crate::audit::{Waiver, Written};
use crate::cli::columns::{left, report};
use crate::cli::import::moved;
use crate::context::{Context, Outcome};
use crate::db::{Day, audit_waivers};
use crate::failure::{Exit, Failure};
use crate::ledger::Entry;
use crate::say;

/// Take waivers back
///
/// What they hid is open again from today on.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Numbers, as `swj audit waivers` lists them
    #[arg(required = true)]
    id: Vec<String>,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    super::by_the_real_day(ctx)?;
    let all = of_table(ctx)?;
    let mut targets: Vec<(i64, &Waiver)> = Vec::new();
    for id in &args.id {
        let number = id.trim_start_matches('#').parse::<i64>().ok();
        let found = all.iter().find(|waiver| number.is_some_and(|number| waiver.written == Written::Table(number)));
        let waiver = found.ok_or_else(|| {
            Failure::new("audit.waiver-unknown", Exit::NotFound, say!("audit-waiver-unknown", id = id.clone()))
                .hint(say!("audit-waiver-unknown-hint"))
        })?;
        let number = number.unwrap_or_default();
        if waiver.revoked_on.is_none() && !targets.iter().any(|(known, _)| *known == number) {
            targets.push((number, waiver));
        }
    }
    let mut report = report("audit.unwaive", vec![left("id"), left("rule"), left("table"), left("key"), left("until")]);
    for (number, waiver) in &targets {
        let (rule, table, key) = (waiver.rule.clone(), waiver.table.clone(), waiver.key.clone());
        report.push(vec![format!("#{number}").into(), rule.into(), table.into(), key.into(), waiver.expires_on.into()]);
    }
    let today = Day(ctx.clock.today());
    if !targets.is_empty() {
        ctx.write(|db, log| {
            targets.iter().try_for_each(|(number, waiver)| {
                if !audit_waivers::revoke(db, *number, today)? {
                    return Err(moved(&format!("#{number}")));
                }
                log.push(Entry {
                    verb: "audit unwaive",
                    table: Some("audit_waiver"),
                    key: Some(format!("{} {}", waiver.rule, waiver.subject())),
                    old: Some(json!({ "revoked_on": null })),
                    new: Some(json!({ "revoked_on": today.to_string() })),
                });
                Ok(())
            })
        })?;
    }
    let count = targets.len();
    ctx.show(report)?;
    ctx.remark(&if ctx.globals.dry_run { say!("dry-run") } else { say!("audit-unwaived", count = count) });
    Ok(Outcome::Done)
}
